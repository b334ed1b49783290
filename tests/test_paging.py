"""Going on where a page ended: the pages are the whole order, cut."""

from __future__ import annotations

import datetime
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.engine import Engine, open_engine, rerank
from searchapp.model import SORTS, Any, Cursor, Node, Query, Sort, Tagged, Word
from searchapp.settings import Settings
from tests.conftest import item
from tests.reference import ReferenceEngine
from tests.test_execute import ANALYSER, articles, filters, last_of_each, ours, trees
from tests.test_explain import typed


def walked(
    engine: Engine, query: Query, sort: Sort, sizes: Sequence[int]
) -> list[tuple[str, float]]:
    """All hits, page after page by cursor; the pages are of these sizes, the last one for good."""
    found: list[tuple[str, float]] = []
    after = None
    for number in range(1000):
        size = sizes[min(number, len(sizes) - 1)]
        ranking = engine.rank(query, sort, 0, size, after=after)
        assert ranking.start == len(found)
        found += ranking.hits
        after = ranking.next
        every = ranking.total if ranking.groups is None else ranking.groups
        assert (after is None) == (len(found) == every)
        if after is None:
            return found
    raise AssertionError("pages without end")


@settings(max_examples=60)
@given(
    st.lists(articles(), min_size=1, max_size=4),
    trees(ours) | st.just(Any((Word("oil", "oil"), Word("gas", "gas"), Word("iran", "iran")))),
    filters,
    typed,
    st.sampled_from(SORTS),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(1, 8),
)
def test_pages_by_cursor_are_the_whole_order(
    batches: list[list[Tagged]],
    root: Node,
    chosen: dict[str, frozenset[str]],
    row: list[Word],
    sort: Sort,
    sizes: list[int],
    depth: int,
) -> None:
    query = Query(root, chosen, words=tuple(row))
    reference = ReferenceEngine(ANALYSER)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rerank, "DEPTH", depth)  # so that few articles cross the border
        patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        engine = open_engine(folder, Settings(), create=True)
        for batch in batches:
            engine.write(last_of_each(batch))
            reference.write(last_of_each(batch))
        for one in (engine, reference):
            whole = list(one.rank(query, sort, 0, 1000).hits)
            assert walked(one, query, sort, sizes) == whole
            pages = [one.rank(query, sort, at, at + sizes[0]) for at in range(0, 60, sizes[0])]
            assert [hit for page in pages for hit in page.hits] == whole
        engine.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Three hundred articles in several segments, among them many that tie, and some undated."""
    draw = random.Random(7)
    words = ["oil", "gas", "Caspian", "pipeline", "Turkey", "talks", "price", "export"]
    news = [
        item(
            f"a{number:03}",
            "Oil" if number % 7 == 0 else "News",
            "Oil and gas." if number % 2 else " ".join(draw.choices(words, k=12)),
            None if number % 5 == 0 else f"2001-01-{1 + number % 9:02}",
        )
        for number in range(300)
    ]
    draw.shuffle(news)
    engine = open_engine(tmp_path_factory.mktemp("many") / "i", Settings(), create=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        for at in range(3):
            engine.write(news[at::3])
    assert engine.stats().segments == 3
    return engine


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("sizes", [[1], [7], [99], [100], [101], [30, 100], [250]])
@pytest.mark.parametrize("text", ["oil gas", "oil gas caspian pipelin turkey price", "oil"])
def test_pages_cross_the_border_of_what_is_looked_at_again(
    many: Engine, sort: Sort, sizes: list[int], text: str
) -> None:
    row = tuple(Word(word, word) for word in text.split())
    query = Query(Any(row), words=row)
    whole = list(many.rank(query, sort, 0, 1000).hits)
    assert len(whole) > rerank.DEPTH + 50
    assert walked(many, query, sort, sizes) == whole


def test_a_cursor_goes_on_where_its_hit_stood(many: Engine) -> None:
    """Its article may be gone, and another engine may give it another score."""
    ranking = many.rank(Query(), "newest", after=Cursor(99.0, datetime.date(2001, 1, 9), "a9"))
    (first, _), *_ = ranking.hits
    assert (first, ranking.start) == ("a007", 27)
    end = many.rank(Query(), "newest", after=Cursor(0.0, None, "b"))
    assert (end.hits, end.start, end.total, end.next) == ((), 300, 300, None)
    start = many.rank(Query(), "oldest", after=Cursor(0.0, datetime.date(1, 1, 1), ""))
    assert (start.start, len(start.hits)) == (0, 10)


def test_a_slice_of_what_follows(many: Engine) -> None:
    whole = many.rank(Query(), "oldest", 0, 50)
    first = many.rank(Query(), "oldest", 0, 5)
    assert many.rank(Query(), "oldest", 3, 20, after=first.next).hits == whole.hits[8:25]


def test_nothing_asked_for_has_no_end(many: Engine) -> None:
    assert many.rank(Query(), stop=0).next is None
    assert many.rank(Query(), start=290, stop=300).next is None
    assert many.rank(Query(), start=290, stop=299).next is not None


def test_every_search_has_an_end_over_no_article(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    engine.write([])
    ranking = engine.rank(Query(), after=Cursor(1.0, None, "a"))
    assert (ranking.hits, ranking.next) == ((), None)
