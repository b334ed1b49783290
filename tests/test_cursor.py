"""A walk by cursor while the index changes: what was there all the time comes once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from searchapp import address
from searchapp.archive import Archive
from searchapp.engine import open_engine, rerank
from searchapp.model import COPIES, SORTS, Copies, Page, Search, Sort, Tagged
from searchapp.settings import Settings
from tests.conftest import item

KEPT = Settings(cursor_seconds=1e9, cursor_commits=1000)
FORGOTTEN = Settings(cursor_seconds=1e9, cursor_commits=0)
QUERY = "oil gas price"

names = st.sampled_from([f"a{number:02}" for number in range(25)])
texts = st.sampled_from(
    ["Oil.", "Gas and oil.", "Price of oil.", "Gas price, oil price.", "Talks.", "Oil " * 9]
)
days = st.sampled_from([None, "2001-01-01", "2001-01-02", "2001-02-01"])
news = st.builds(item, names, st.sampled_from(["Oil", "News"]), texts, days)
changes = st.tuples(st.lists(news, max_size=3), st.lists(names, max_size=2))


def opened(folder: str | Path, settings: Settings) -> Archive:
    return Archive(open_engine(folder, settings, create=True), settings)


def walked(archive: Archive, search: Search, between: Callable[[], None]) -> Iterator[Page]:
    """The pages by cursor, each through its token; `between` is called after each."""
    while True:
        page = archive.run(search)
        yield page
        if page.next is None:
            return
        between()
        token = address.token_of(page.next, search.sort)
        search = replace(search, cursor=address.cursor_of(token, search.sort))


def ids(pages: Sequence[Page]) -> list[str]:
    return [hit.id for page in pages for hit in page.hits]


def walk_while_changing(
    settings: Settings,
    first: Sequence[Tagged],
    later: Sequence[tuple[list[Tagged], list[str]]],
    search: Search,
) -> tuple[list[str], list[str], set[str]]:
    """The ids at first, those that a walk finds, and those that changed meanwhile."""
    changed: set[str] = set()
    left = iter(later)
    with tempfile.TemporaryDirectory() as folder, opened(folder, settings) as archive:
        archive.engine.write(first)
        whole = ids([archive.run(replace(search, per_page=100))])

        def change() -> None:
            added, gone = next(left, ([], []))
            changed.update(gone, (tagged.article.id for tagged in added))
            archive.engine.write(added, gone)

        return whole, ids(list(walked(archive, search, change))), changed


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(news, min_size=1, max_size=25, unique_by=lambda tagged: tagged.article.id),
    st.lists(changes, max_size=6),
    st.sampled_from(SORTS),
    st.sampled_from(COPIES),
    st.integers(1, 4),
    st.integers(1, 8),
)
def test_a_walk_is_of_the_commit_it_began_in(
    first: list[Tagged],
    later: list[tuple[list[Tagged], list[str]]],
    sort: Sort,
    copies: Copies,
    size: int,
    depth: int,
) -> None:
    search = Search(q=QUERY, match="any", sort=sort, copies=copies, per_page=size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rerank, "DEPTH", depth)
        whole, found, _ = walk_while_changing(KEPT, first, later, search)
    assert found == whole


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(news, min_size=1, max_size=25, unique_by=lambda tagged: tagged.article.id),
    st.lists(changes, max_size=6),
    st.sampled_from(["newest", "oldest"]),
    st.sampled_from(["any", "all"]),
    st.integers(1, 4),
)
def test_by_date_what_did_not_change_comes_once_where_no_commit_is_kept(
    first: list[Tagged],
    later: list[tuple[list[Tagged], list[str]]],
    sort: Sort,
    match: str,
    size: int,
) -> None:
    search = Search(q=QUERY, match=match, sort=sort, per_page=size)  # type: ignore[arg-type]
    whole, found, changed = walk_while_changing(FORGOTTEN, first, later, search)
    for id_ in set(whole) - changed:
        assert found.count(id_) == 1


def test_an_article_that_was_removed_is_shown_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path / "i", KEPT) as archive:
        archive.engine.write([item("a", body="Oil one."), item("b", body="Oil two.")])
        first = archive.search("oil", per_page=1)
        archive.engine.write([item("c", body="Oil.")], ["b"])
        rest = archive.search("oil", per_page=1, cursor=first.next)
        assert [hit.passages[0].text for hit in rest.hits] == ["Oil two."]
        assert (rest.total, rest.start, rest.next, rest.warnings) == (2, 1, None, ())
        assert {hit.id for hit in archive.search("oil").hits} == {"a", "c"}


@pytest.mark.parametrize(
    ("sort", "copies", "moved"),
    [
        ("relevance", "all", True),
        ("newest", "all", False),
        ("oldest", "all", False),
        ("newest", "grouped", True),
    ],
)
def test_what_is_not_kept_goes_on_in_the_newest_and_says_where_that_matters(
    tmp_path: Path, sort: Sort, copies: Copies, moved: bool
) -> None:
    with opened(tmp_path / "i", FORGOTTEN) as archive:
        archive.engine.write([item(f"a{n}", body=f"Oil {n}.") for n in range(3)])
        first = archive.search("oil", per_page=1, sort=sort, copies=copies)
        same = archive.search("oil", per_page=1, sort=sort, copies=copies, cursor=first.next)
        assert same.warnings == ()
        archive.engine.write([item("b", body="Oil.")])
        rest = archive.search("oil", per_page=9, sort=sort, copies=copies, cursor=first.next)
        assert rest.total == 4
        said = ["the list as it was is not kept" in warning for warning in rest.warnings]
        assert said == [True] * moved


def test_commits_are_kept_for_their_time_and_only_so_many(tmp_path: Path) -> None:
    settings = Settings(cursor_seconds=60, cursor_commits=2)
    with opened(tmp_path / "i", settings) as archive:
        engine = archive.engine
        now = 0.0
        engine.clock = lambda: now  # type: ignore[attr-defined]
        commits = []
        for number in range(4):
            engine.write([item(f"{number}{letter}", body="Oil.") for letter in "ab"])
            commits.append(engine.commit())
        assert len(set(commits)) == 4
        assert [bool(engine.frozen(commit)) for commit in commits] == [False, True, True, True]
        now = 61.0
        assert [bool(engine.frozen(commit)) for commit in commits] == [False, False, False, True]


def test_another_process_goes_on_in_a_commit_that_it_has_read(tmp_path: Path) -> None:
    with opened(tmp_path / "i", KEPT) as one, opened(tmp_path / "i", KEPT) as other:
        one.engine.write([item(f"a{n}", body="Oil.") for n in range(4)])
        first = one.search("oil", per_page=1)
        assert other.engine.commit() == one.engine.commit()
        one.engine.write([item("b", body="Oil. Oil.")], ["a1"])
        assert other.search("oil").total == 4
        rest = other.search("oil", cursor=first.next)
        assert ([hit.id for hit in rest.hits], rest.warnings) == (["a1", "a2", "a3"], ())


def test_another_process_goes_on_where_the_hit_stood(tmp_path: Path) -> None:
    with opened(tmp_path / "i", KEPT) as one:
        one.engine.write([item(f"a{n}", body="Oil.", date="2001-01-01") for n in range(4)])
        first = one.search("oil", per_page=2, sort="newest")
        one.engine.write([item("a9", body="Oil.", date="2001-01-01")], ["a2"])
        with opened(tmp_path / "i", KEPT) as late:
            rest = late.search("oil", sort="newest", cursor=first.next)
            assert [hit.id for hit in rest.hits] == ["a3", "a9"]


def test_a_list_with_some_of_the_words_stays_one_when_an_article_has_all(tmp_path: Path) -> None:
    with opened(tmp_path / "i", FORGOTTEN) as archive:
        archive.engine.write(
            [item("a", body="Oil."), item("b", body="Gas."), item("c", body="Oil")]
        )
        search = Search(q="oil gas", sort="newest", per_page=1)
        both = [item("d", body="Oil and gas.", date="2001-01-01")]
        pages = list(walked(archive, search, lambda: archive.engine.write(both)))
        assert ids(pages) == ["a", "b", "c"]
        assert all("some of them" in page.warnings[-1] for page in pages)


def test_a_list_with_all_of_the_words_does_not_go_on_with_some(tmp_path: Path) -> None:
    with opened(tmp_path / "i", FORGOTTEN) as archive:
        archive.engine.write([item(f"a{n}", body="Oil and gas.") for n in range(2)])
        archive.engine.write([item("b", body="Oil.")])
        first = archive.search("oil gas", sort="newest", per_page=1)
        archive.engine.write([], ["a0", "a1"])
        rest = archive.search("oil gas", sort="newest", cursor=first.next)
        assert rest.hits == ()
