"""What tests of changes from the pages share: a small archive, a browser that may change it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings

NEWS = {
    "gas.txt": "Khatami in Ankara\n\nPresident Mohammad Khatami of Iran sold gas to Turkey. "
    "Mohammad Khatami said that Iran and Turkey agree. Belgium was silent.\n",
    "oil.txt": "Khatami on oil\n\nPresident Mohammad Khatami of Iran spoke of oil in Tehran.\n",
}


@dataclass
class Browser:
    """A client that fills in the forms of the pages it was shown."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        answer = self.client.get(path, **more)
        if tokens := re.findall(r'name="csrf" value="([^"]+)"', answer.text):
            self.token = unescape(tokens[0])
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf": self.token, **(data or {})}, **more)


@contextmanager
def shelf(tmp_path: Path, news: dict[str, str] | None = None, **more: Any) -> Iterator[Archive]:
    """An archive in `tmp_path`/index of `news`, files in `tmp_path`/news."""
    folder = tmp_path / "news"
    folder.mkdir(exist_ok=True)
    for name, text in (NEWS if news is None else news).items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(index=str(tmp_path / "index"), workers=1, lock_seconds=0.2, **more)
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        if news is None or news:
            archive.add([folder])
        yield archive


def browser_of(archive: Archive) -> Browser:
    return Browser(web.create_app(archive, archive.settings).test_client())


@contextmanager
def another_writing(archive: Archive) -> Iterator[None]:
    """Inside, another writer holds the lock of the index."""
    holding, done = threading.Event(), threading.Event()

    def held() -> Iterator[Any]:
        holding.set()
        done.wait(60)
        yield from ()

    other = open_engine(archive.settings.index, archive.settings)
    holder = threading.Thread(target=other.write, args=[held()])
    holder.start()
    try:
        assert holding.wait(60)
        yield
    finally:
        done.set()
        holder.join()
