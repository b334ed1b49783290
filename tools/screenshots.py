"""Takes the pictures of docs/screenshots/ of a server it starts on the made-up news beside them.

.venv/bin/python tools/screenshots.py [ARTICLES.jsonl]

With other articles, say those that benchmarks/reuters.py writes, the pictures go to .screenshots/
instead: only news that is ours to give away may be in the repository. Uses the Chromium of the
system, or the one that $CHROMIUM names.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "screenshots"
NEWSROOM = PICTURES / "newsroom.jsonl"
LARGEST = 200_000
"""Bytes: everybody who opens the README loads one of them."""


@dataclass(frozen=True)
class Picture:
    path: str
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    prepare: Callable[[Page], None] | None = None
    empty: bool = False


def _suggest(page: Page) -> None:
    page.locator("#q").press_sequentially("ira")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")


def _open_first(page: Page) -> None:
    page.locator(".hits h2 a").first.click()
    page.locator("#why summary").first.click()


def _open_marked(page: Page) -> None:
    page.locator(".hits h2 a").first.click()
    for facet in ("country", "person"):
        page.locator(f"#mark-{facet}[aria-current], #mark-{facet}").first.click()
        page.locator(f"#mark-{facet}[aria-current]").wait_for()


def _open_person(page: Page) -> None:
    page.goto(page.url.split("/?")[0] + "/facet/person")
    page.locator(".values input").first.check()
    page.get_by_role("button", name="Apply and show articles").click()
    page.locator(".overviews a").click()


TOGETHER = "/?q=pipeline&country=IR&country=RU"
TAKEN = {
    "results": Picture(TOGETHER),
    "results-phone-dark": Picture(TOGETHER, 390, 844, "dark"),
    "map": Picture("/?q=gas&map=1&country=IR", height=1000),
    "article": Picture(TOGETHER, height=780, prepare=_open_first),
    "article-phone": Picture(TOGETHER, 390, 844, prepare=_open_marked),
    "person": Picture("/", prepare=_open_person),
    "suggestions": Picture("/", height=560, prepare=_suggest),
    "empty": Picture("/", height=560, empty=True),
}


@contextmanager
def serving(articles: Path | None) -> Iterator[str]:
    """The address of a server on `articles`, or on none, while it is needed."""
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / "news"
        folder.mkdir()
        program = [sys.executable, "-m", "searchapp", "serve", articles or folder]
        process = subprocess.Popen(
            [*program, "--index", f"{where}/index", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"searchapp is on (http://\S+)", line):
            return found[1]
    raise SystemExit("no server")


def take(articles: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with serving(articles) as full, serving(None) as empty, sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, picture in TAKEN.items():
            page = browser.new_page(
                viewport={"width": picture.width, "height": picture.height},
                color_scheme=picture.scheme,
                reduced_motion="reduce",
            )
            page.goto((empty if picture.empty else full) + picture.path)
            if picture.prepare:
                picture.prepare(page)
            page.wait_for_load_state("networkidle")
            path = folder / f"{name}.png"
            page.screenshot(path=path)
            page.close()
            if (size := path.stat().st_size) > LARGEST:
                sys.exit(f"{path}: {size:,} bytes; the limit is {LARGEST:,}")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(Path(sys.argv[1]).absolute(), ROOT / ".screenshots")
    else:
        take(NEWSROOM, PICTURES)
