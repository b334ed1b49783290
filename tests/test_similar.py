"""Articles like one, and the words that say why."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Hit, NoSuchArticle
from searchapp.settings import Settings
from tests.conftest import item

NEWS = [
    item("gas", "Gas pipeline to Iran", "Engineers laid the pipeline in 1999. The gas will flow."),
    item("pipe", "A pipeline burst", "Pipelines burst near the sea, and gas leaked."),
    item("oil", "Oil", "Oil will flow to Iran."),
    item("tea", "Tea", "The harvest of tea in 1999 was good, and will be."),
]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"))
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    archive.engine.write(NEWS[:2])
    archive.engine.write(NEWS[2:])
    return archive


def marked(hit: Hit) -> set[str]:
    return {p.text[a:b] for p in (hit.title, *hit.passages) for a, b in p.marks}


def test_articles_that_share_the_telling_words_come_first(archive: Archive) -> None:
    assert [hit.id for hit in archive.similar("gas")] == ["pipe", "oil"]
    assert [hit.id for hit in archive.similar("gas", size=1)] == ["pipe"]


def test_a_hit_says_by_which_words_and_marks_them(archive: Archive) -> None:
    pipe, oil = archive.similar("gas")
    assert set(pipe.shared) == {"pipeline", "gas"}
    assert marked(pipe) == {"pipeline", "Pipelines", "gas"}
    assert set(oil.shared) == {"Iran", "flow"}
    assert pipe.shared[0] == "pipeline"


def test_stop_words_and_numbers_make_nothing_similar(archive: Archive) -> None:
    assert "tea" not in {hit.id for hit in archive.similar("gas")}
    assert archive.similar("tea") == ()


def test_articles_that_are_gone_are_not_similar(archive: Archive) -> None:
    archive.engine.write([], gone=["pipe"])
    assert [hit.id for hit in archive.similar("gas")] == ["oil"]
    with pytest.raises(NoSuchArticle):
        archive.similar("pipe")


def test_an_article_without_words_is_like_no_other(archive: Archive) -> None:
    archive.engine.write([item("empty"), item("same")])
    assert archive.similar("empty") == ()


def test_segments_do_not_matter(archive: Archive, tmp_path: Path) -> None:
    whole = Archive(open_engine(tmp_path / "whole", Settings(), create=True), Settings())
    whole.engine.write(NEWS)
    for tagged in NEWS:
        ours, theirs = (one.similar(tagged.article.id) for one in (archive, whole))
        assert [(h.id, h.shared) for h in ours] == [(h.id, h.shared) for h in theirs]
        assert [h.score for h in ours] == pytest.approx([h.score for h in theirs])
