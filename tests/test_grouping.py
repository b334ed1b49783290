"""Copies of a story in an index: found over all segments, listed once, counted still."""

from __future__ import annotations

import datetime
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.engine import Engine, open_engine, rerank
from searchapp.model import (
    FACETS,
    SORTS,
    Any,
    Cursor,
    Dated,
    FacetCounts,
    Node,
    Query,
    Sort,
    Tagged,
    Word,
)
from searchapp.settings import Settings
from tests.conftest import item
from tests.reference import ReferenceEngine
from tests.test_copies import ALLIANCE, BOILERPLATE, FOLLOW_UP, PIPELINE, story
from tests.test_execute import (
    ANALYSER,
    DATES,
    VALUES,
    filters,
    last_of_each,
    modes,
    ours,
    ranges,
    some,
    texts,
    thresholds,
    trees,
)
from tests.test_explain import typed
from tests.test_paging import walked

NEWS = [
    item("wire", "Gas deal", story(*PIPELINE), "2000-07-03", "Reuters", country=["IR", "TR"]),
    item("paper", "Pipeline at last", story(*PIPELINE[:4]), "2000-07-04", country=["TR"]),
    item("site", "Turkey gets gas", story(BOILERPLATE, *PIPELINE), None, country=["IR"]),
    item("later", "Lorries wait", story(*FOLLOW_UP, *PIPELINE[2:4]), "2000-07-09", country=["TR"]),
    item("war", "Bagram falls", story(*ALLIANCE), "2001-11-12", country=["AF"]),
    item("war too", "Airfield taken", story(*ALLIANCE[:3]), "2001-11-12", country=["AF"]),
    item("gold", "Gold", "Gold closed at 405 dollars.", "2000-07-03"),
]
GROUPED = Query(grouped=True)
PIPE = Word("pipelin", "pipeline")

Make = Callable[[Sequence[Tagged]], Engine]


@pytest.fixture(params=["one segment", "many segments", "reference"])
def engine_of(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Make:
    if request.param == "many segments":
        monkeypatch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])

    def make(articles: Sequence[Tagged]) -> Engine:
        if request.param == "reference":
            engine: Engine = ReferenceEngine(ANALYSER)
        else:
            engine = open_engine(tmp_path / "index", Settings(), create=True)
        parts = 3 if request.param == "many segments" else 1
        for number in range(parts):
            engine.write(articles[number::parts])
        return engine

    return make


@pytest.fixture
def engine(engine_of: Make) -> Engine:
    return engine_of(NEWS)


def listed(engine: Engine, query: Query, sort: Sort = "relevance") -> list[tuple[str, int]]:
    """The hits and how many others each stands for."""
    ranking = engine.rank(query, sort, stop=100)
    assert ranking.groups == len(ranking.hits)
    return [(id_, more) for (id_, _), more in zip(ranking.hits, ranking.similar, strict=True)]


def test_the_copies_of_an_article_are_its_others_oldest_first(engine: Engine) -> None:
    assert list(engine.copies("wire")) == ["paper", "site"]
    assert list(engine.copies("site")) == ["wire", "paper"]
    assert list(engine.copies("war")) == ["war too"]


@pytest.mark.parametrize("id_", ["later", "gold", "nobody", ""])
def test_what_has_no_copies_has_none(engine: Engine, id_: str) -> None:
    assert list(engine.copies(id_)) == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", [("war", 1), ("later", 0), ("paper", 2), ("gold", 0)]),
        ("oldest", [("gold", 0), ("wire", 2), ("later", 0), ("war", 1)]),
    ],
)
def test_the_first_of_each_story_is_listed(
    engine: Engine, sort: Sort, expected: list[tuple[str, int]]
) -> None:
    assert listed(engine, GROUPED, sort) == expected


def test_total_and_counts_are_of_articles(engine: Engine) -> None:
    grouped, plain = engine.rank(GROUPED), engine.rank(Query())
    assert (grouped.total, grouped.groups) == (7, 4)
    assert grouped.facets == plain.facets
    assert (plain.groups, plain.similar) == (None, ())


def test_copies_that_do_not_match_are_not_counted(engine: Engine) -> None:
    chosen = replace(GROUPED, chosen={"country": frozenset({"IR"})})
    assert listed(engine, chosen, "oldest") == [("wire", 1)]
    dated = replace(GROUPED, dated=Dated(datetime.date(2000, 7, 4), None))
    assert listed(engine, dated, "oldest") == [("paper", 0), ("later", 0), ("war", 1)]


def test_another_copy_is_listed_where_the_first_does_not_match(engine: Engine) -> None:
    assert listed(engine, replace(GROUPED, root=Word("turkey", "turkey", ("title",)))) == [
        ("site", 0)
    ]


def test_nothing_found_has_no_groups(engine: Engine) -> None:
    ranking = engine.rank(replace(GROUPED, root=Word("zebra", "zebra")))
    assert (ranking.total, ranking.groups, ranking.hits, ranking.similar) == (0, 0, (), ())


def test_an_empty_index_has_no_groups(engine_of: Make) -> None:
    engine = engine_of([])
    for sort in SORTS:
        ranking = engine.rank(GROUPED, sort)
        assert (ranking.total, ranking.groups, ranking.hits) == (0, 0, ())
    assert list(engine.copies("a")) == []
    assert engine.rank(Query(copies_of="a")).total == 0


def test_no_index_has_no_groups(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    assert engine.rank(GROUPED).groups == 0
    assert list(engine.copies("a")) == []


def test_copies_of_one_article_alone_can_be_asked_for(engine: Engine) -> None:
    ranking = engine.rank(Query(copies_of="site"), "oldest")
    assert [id_ for id_, _ in ranking.hits] == ["wire", "paper", "site"]
    assert ranking.total == 3
    assert ranking.facets["country"].values == (("IR", 2), ("TR", 2))
    assert engine.dates(Query(copies_of="war")).days == ((datetime.date(2001, 11, 12), 2),)


def test_copies_of_an_article_are_narrowed_by_words_and_filters(engine: Engine) -> None:
    query = Query(Word("lorri", "lorries", ("title",)), copies_of="wire")
    assert engine.rank(query).total == 0
    chosen = Query(PIPE, {"country": frozenset({"TR"})}, copies_of="site")
    assert {id_ for id_, _ in engine.rank(chosen).hits} == {"wire", "paper"}


@pytest.mark.parametrize(("id_", "expected"), [("gold", ["gold"]), ("nobody", [])])
def test_an_article_without_copies_is_its_only_one(
    engine: Engine, id_: str, expected: list[str]
) -> None:
    assert [found for found, _ in engine.rank(Query(copies_of=id_)).hits] == expected


def test_a_deleted_article_is_no_copy(engine: Engine) -> None:
    engine.write([], gone=["paper", "war"])
    assert list(engine.copies("wire")) == ["site"]
    assert list(engine.copies("paper")) == list(engine.copies("war too")) == []
    assert listed(engine, GROUPED, "oldest")[1] == ("wire", 1)
    assert engine.rank(Query(copies_of="paper")).total == 0


def test_a_group_holds_without_its_longest_text(engine: Engine) -> None:
    engine.write([], gone=["site", "wire"])
    engine.write([item("short", "", story(*PIPELINE[:3]))])
    assert list(engine.copies("short")) == ["paper"]


def test_a_replaced_article_is_what_it_is_now(engine: Engine) -> None:
    engine.write([item("paper", "Corrected", story(*ALLIANCE[1:]), "2000-07-04")])
    assert list(engine.copies("wire")) == ["site"]
    assert set(engine.copies("paper")) == {"war", "war too"}
    engine.write([item("paper", "Corrected again", "Nothing of it was true.", "2000-07-04")])
    assert list(engine.copies("paper")) == []
    assert list(engine.copies("war")) == ["war too"]


def test_an_article_without_text_has_no_copies(engine_of: Make) -> None:
    engine = engine_of([item("a", "News"), item("b", "News"), item("c"), item("d")])
    assert [list(engine.copies(id_)) for id_ in "abcd"] == [[], [], [], []]
    assert engine.rank(GROUPED).groups == 4


def test_explanations_are_those_of_the_articles(engine: Engine) -> None:
    words = (PIPE, Word("gas", "gas"), Word("turkish", "turkish"))
    query = Query(Any(words), words=words)
    ids = [tagged.article.id for tagged in NEWS]
    assert engine.explain(replace(query, grouped=True), ids) == engine.explain(query, ids)
    scores = dict(engine.rank(replace(query, grouped=True)).hits)
    for id_, why in zip(ids, engine.explain(replace(query, grouped=True), ids), strict=True):
        if id_ in scores:
            assert why
            assert why.score == pytest.approx(scores[id_], rel=1e-5)
    within = engine.explain(replace(query, copies_of="wire"), ids)
    assert [id_ for id_, why in zip(ids, within, strict=True) if why] == ["wire", "paper", "site"]


def test_every_article_is_given_of_a_grouped_search(engine: Engine) -> None:
    """Exports are of articles."""
    assert len(list(engine.every(GROUPED))) == len(NEWS)
    assert len(list(engine.every(Query(copies_of="wire")))) == 3


# --- laws -----------------------------------------------------------------------------------------

bodies = st.one_of(
    texts,
    st.sampled_from(
        [
            story(*PIPELINE),
            story(*PIPELINE[:4], "Iranian oil talks."),
            story("the oil of Iran", *PIPELINE[1:]),
            story(*PIPELINE[2:], *ALLIANCE[:2]),
            story(*FOLLOW_UP, *PIPELINE[2:4]),
            story(*ALLIANCE),
            story(*ALLIANCE[:3], "northern gas talks"),
            "oil gas",
        ]
    ),
)


@st.composite
def news(draw: st.DrawFn) -> list[Tagged]:
    return [
        item(
            f"a{draw(st.integers(0, 12))}",
            draw(st.sampled_from(["", "Oil", "Iran talks", "Northern gas"])),
            draw(bodies),
            draw(st.sampled_from(DATES)),
            **{facet: draw(some(VALUES[facet])) for facet in FACETS},
        )
        for _ in range(draw(st.integers(0, 10)))
    ]


def first_of_each(
    engine: Engine, hits: Sequence[tuple[str, float]]
) -> list[tuple[tuple[str, float], int]]:
    """The first hit of each story with how many others there are: the whole list, looked through
    one by one."""
    stories = {id_: frozenset({id_, *engine.copies(id_)}) for id_, _ in hits}
    sizes = Counter(stories[id_] for id_, _ in hits)
    seen: set[frozenset[str]] = set()
    first = []
    for hit in hits:
        of = stories[hit[0]]
        if of not in seen:
            first.append((hit, sizes[of] - 1))
        seen.add(of)
    return first


@settings(max_examples=100)
@given(
    st.lists(news(), min_size=1, max_size=4),
    trees(ours) | st.just(Any((Word("oil", "oil"), Word("gas", "gas"), Word("iran", "iran")))),
    filters,
    modes,
    ranges,
    typed,
    st.sampled_from(SORTS),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(1, 8),
    st.frozensets(st.integers(0, 12).map(lambda number: f"a{number}"), max_size=3),
    st.booleans(),
)
def test_a_grouped_list_is_the_first_of_each_story(
    batches: list[list[Tagged]],
    root: Node,
    chosen: dict[str, frozenset[str]],
    all_of: frozenset[str],
    dated: Dated | None,
    row: list[Word],
    sort: Sort,
    sizes: list[int],
    depth: int,
    gone: frozenset[str],
    small: bool,
) -> None:
    query = Query(root, chosen, dated=dated, all_of=all_of, words=tuple(row))
    grouped = replace(query, grouped=True)
    reference = ReferenceEngine(ANALYSER)
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        thresholds(small),
    ):
        patch.setattr(rerank, "DEPTH", depth)  # so that few articles cross the border
        patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        engine = open_engine(folder, Settings(), create=True)
        for batch in batches:
            engine.write(last_of_each(batch))
            reference.write(last_of_each(batch))
        for one in (engine, reference):
            one.write([], gone)
            whole = one.rank(query, sort, 0, 1000)
            expected = first_of_each(one, whole.hits)
            ranking = one.rank(grouped, sort, 0, 1000)
            assert list(zip(ranking.hits, ranking.similar, strict=True)) == expected
            assert ranking.groups == len(expected)
            assert (ranking.total, ranking.facets) == (whole.total, whole.facets)
            hits = [hit for hit, _ in expected]
            assert walked(one, grouped, sort, sizes) == hits
            for at in range(0, 24, sizes[0]):
                page = one.rank(grouped, sort, at, at + sizes[0])
                assert list(page.hits) == hits[at : at + sizes[0]]
                assert page.start == min(at, len(hits))
                assert (page.next is not None) == (bool(page.hits) and at + sizes[0] < len(hits))
        for id_ in reference.known():
            assert list(engine.copies(id_)) == list(reference.copies(id_))
            of = replace(query, copies_of=id_)
            one, other = engine.rank(of, "newest"), reference.rank(of, "newest")
            assert [id_ for id_, _ in one.hits] == [id_ for id_, _ in other.hits]
            assert (one.total, one.facets) == (other.total, other.facets)
        engine.close()


@settings(max_examples=40)
@given(st.lists(news(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_one_segment_has_the_copies_of_many_in_any_order(
    batches: list[list[Tagged]], draw: random.Random
) -> None:
    every = last_of_each([tagged for batch in batches for tagged in batch])
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as many,
        pytest.MonkeyPatch.context() as patch,
    ):
        whole = open_engine(one, Settings(), create=True)
        whole.write(every)
        other = open_engine(many, Settings(), create=True)
        draw.shuffle(every)
        patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        for at in range(3):
            other.write(every[at::3])
        patch.undo()
        assert copies(other, every) == copies(whole, every)
        other.write([item("z", "Zebra", "A zebra.")])  # which merges the others
        assert copies(other, every) == copies(whole, every)
        assert list(other.copies("z")) == []
        whole.close()
        other.close()


def copies(engine: Engine, articles: Sequence[Tagged]) -> dict[str, list[str]]:
    return {t.article.id: list(engine.copies(t.article.id)) for t in articles}


# --- many -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Four hundred articles in several segments, half of them copies of few."""
    draw = random.Random(5)
    words = ["oil", "gas", "Caspian", "pipeline", "Turkey", "talks", "price", "export"]
    stories = [" ".join(draw.choices(words, k=30)) for _ in range(40)]
    made = [
        item(
            f"a{number:03}",
            "News",
            stories[number % 40 if number % 3 else 0] if number % 2 else f"{stories[0]} {number}",
            None if number % 5 == 0 else f"2001-01-{1 + number % 9:02}",
        )
        for number in range(400)
    ]
    draw.shuffle(made)
    engine = open_engine(tmp_path_factory.mktemp("many") / "i", Settings(), create=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        for at in range(3):
            engine.write(made[at::3])
    return engine


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("sizes", [[1], [7], [49], [50], [51], [30, 100], [250]])
@pytest.mark.parametrize("text", ["oil gas", "oil gas caspian pipelin turkey price", "oil"])
def test_pages_of_groups_cross_the_border_of_what_is_looked_at_again(
    many: Engine, sort: Sort, sizes: list[int], text: str
) -> None:
    row = tuple(Word(word, word) for word in text.split())
    query = Query(Any(row), words=row)
    expected = first_of_each(many, many.rank(query, sort, 0, 1000).hits)
    assert rerank.DEPTH + 50 < len(expected) < 300
    assert walked(many, replace(query, grouped=True), sort, sizes) == [hit for hit, _ in expected]


def test_a_cursor_from_elsewhere_goes_on_where_its_hit_would_stand(many: Engine) -> None:
    """Its article may be gone, or one that another of its story comes before."""
    whole = many.rank(GROUPED, "newest", 0, 1000)
    after = Cursor(99.0, datetime.date(2001, 1, 5), "a2")
    ranking = many.rank(GROUPED, "newest", 0, 1000, after=after)
    assert ranking.hits == whole.hits[ranking.start :]
    assert 0 < ranking.start < len(whole.hits)
    assert ranking.groups == whole.groups
    end = many.rank(GROUPED, "newest", after=Cursor(0.0, None, "b"))
    assert (end.hits, end.start, end.next) == ((), whole.groups, None)


def test_a_slice_of_nothing_still_counts_the_groups(many: Engine) -> None:
    ranking = many.rank(GROUPED, stop=0)
    assert (ranking.hits, ranking.next) == ((), None)
    assert ranking.groups == many.rank(GROUPED, stop=10).groups
    assert isinstance(ranking.facets["country"], FacetCounts)
