"""What the benchmarks of the API ask is what it answers, and the same each time."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

import pytest

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Article, Tag, Tagged, Tags
from searchapp.settings import Settings
from searchapp.web import create_app

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NEWS = (
    "Oil prices rose again on Monday after ministers said output will fall.",
    "The bank left interest rates where they were, dealers said.",
    "Ministers meet in Vienna to talk about oil output and prices.",
    "Wheat exports fell, the ministry said, while corn exports rose.",
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"))
    engine = open_engine(tmp_path / "index", settings, create=True)
    tags = Tags(country=(Tag("AT", "Austria", about=True),))
    engine.write(
        Tagged(Article(f"{number}", text[:20], text), tags) for number, text in enumerate(NEWS * 5)
    )
    return Archive(engine, settings)


def test_every_address_is_answered(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("asking", "compare", "compare.questions", "compare.articles"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import asking

    asked = asking.questions(archive, 40)
    assert asked
    assert asked == asking.questions(archive, 40)
    assert {one.country for one in asked} == {"AT"}
    lists = (
        asking.searches(asked),
        asking.filtered(asked),
        asking.searches(asked, asking.PLAIN),
        asking.suggestions(asked),
        asking.documents(archive, 3),
    )
    client = create_app(archive, archive.settings).test_client()
    for path in chain(*lists):
        assert client.get(path).status_code == 200, path
