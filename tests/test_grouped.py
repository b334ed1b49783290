"""Copies of a story through all layers: a search, its page, and an article's copies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import NoSuchArticle, Search
from searchapp.settings import Settings
from tests.conftest import item

STORY = " ".join(
    f"The minister told reporters on day {day} that the pipeline to the coast would be finished "
    f"before winter, and that {day} companies from abroad had asked for a share of the gas."
    for day in range(1, 9)
)
NEWS = [
    item("a", "Pipeline ready by winter", STORY, "2001-05-01", "Vek", country=["IR"]),
    item("b", "Gas: a promise", f"Moscow, May 2. {STORY}", "2001-05-02", "Herald"),
    item("c", "Winter gas", STORY, source="Post"),
    item("d", "Gas prices", "Gas was dearer in all of the markets.", "2001-05-03"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    where = tmp_path_factory.mktemp("grouped") / "index"
    settings = Settings(index=str(where))
    engine = open_engine(where, settings, create=True)
    engine.write(NEWS)
    with Archive(engine, settings) as archive:
        yield archive


def test_copies_are_one_hit_that_says_for_how_many_it_stands(archive: Archive) -> None:
    page = archive.search("gas", copies="grouped", sort="oldest")
    assert [(hit.id, hit.similar) for hit in page.hits] == [("a", 2), ("d", 0)]
    assert (page.total, page.groups, page.entries) == (4, 2, 2)


def test_each_is_listed_where_nothing_is_said(archive: Archive) -> None:
    page = archive.search("gas")
    assert {hit.id for hit in page.hits} == {"a", "b", "c", "d"}
    assert (page.groups, page.entries) == (None, 4)
    assert archive.run(Search(q="gas"), grouped=True).groups == 2
    assert archive.run(Search(q="gas", copies="all"), grouped=True).groups is None


def test_only_matching_copies_count(archive: Archive) -> None:
    page = archive.search("Moscow", copies="grouped")
    assert [(hit.id, hit.similar) for hit in page.hits] == [("b", 0)]


def test_the_copies_of_a_story_are_listed_each(archive: Archive) -> None:
    page = archive.search("gas", copies_of="b", copies="grouped", sort="newest")
    assert [hit.id for hit in page.hits] == ["b", "a", "c"]
    assert [(c.facet, c.label, c.without.copies_of) for c in page.chosen] == [
        ("copies", "Gas: a promise", "")
    ]
    assert archive.search(copies_of="d").total == 1
    assert archive.search(copies_of="none").total == 0


def test_counts_are_of_articles_grouped_or_not(archive: Archive) -> None:
    each, grouped = archive.search("gas"), archive.search("gas", copies="grouped")
    assert each.facets == grouped.facets


def test_an_article_names_its_copies_oldest_first(archive: Archive) -> None:
    copies = archive.copies("b")
    assert [(copy.id, copy.title.text, copy.source) for copy in copies] == [
        ("a", "Pipeline ready by winter", "Vek"),
        ("c", "Winter gas", "Post"),
    ]
    assert archive.copies("d") == ()
    with pytest.raises(NoSuchArticle):
        archive.copies("none")


def test_a_copy_is_not_called_similar(archive: Archive) -> None:
    assert not {hit.id for hit in archive.similar("a")} & {"b", "c"}
