"""The engine contract, for every engine, and for one segment and many."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from searchapp.analyse import Analyser
from searchapp.engine import Engine, Spelling, open_engine
from searchapp.model import (
    BEGINNING,
    EVERYTHING,
    MENTIONED,
    NOTHING,
    All,
    Any,
    BadQuery,
    Dated,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    Tagged,
    Wildcard,
    Word,
)
from searchapp.settings import Settings
from tests.conftest import item
from tests.reference import ReferenceEngine

NEWS = [
    item(
        "talks",
        "Russia and Iran in talks",
        "Leonid Ivashov spoke of missiles. The Northern Alliance was not there.",
        "2000-07-03",
        "RFE/RL",
        country=["IR", "RU"],
        person=["Leonid Ivashov"],
        topic=["medtop:16000000"],
    ),
    item(
        "visit",
        "Shamkhani visits Moscow",
        "The alliance of northern states wants an S-300PMU-1 missile.",
        "2001-10-05",
        "Pravda",
        country=["IR", "RU", "AF"],
        person=["Ali Shamkhani", "Sergei Ivanov"],
        topic=["medtop:16000000", "medtop:11000000"],
    ),
    item("oil", "Oil prices", "Oil rose, oil fell; the pipeline waits.", "2001-10-05", "Reuters"),
    item(
        "undated",
        "A pipeline",
        "Pipelines for gas.",
        None,
        "Reuters",
        country=["TR"],
        mentioned=["US", "RU"],
    ),
]

Make = Callable[[list[Tagged]], Engine]


@pytest.fixture(params=["embedded, one segment", "embedded, many segments", "reference"])
def engine_of(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    analyser: Analyser,
    monkeypatch: pytest.MonkeyPatch,
) -> Make:
    if "many" in request.param:
        monkeypatch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])

    def make(articles: list[Tagged]) -> Engine:
        if request.param == "reference":
            engine: Engine = ReferenceEngine(analyser)
        else:
            engine = open_engine(tmp_path / "index", Settings(), create=True)
        if "many" not in request.param:
            engine.write(articles)
        else:
            for number in range(3):
                engine.write(articles[number::3])
            assert len(articles) < 3 or engine.stats().segments == 3
        return engine

    return make


@pytest.fixture
def engine(engine_of: Make) -> Engine:
    return engine_of(NEWS)


def word(text: str, *fields: str, stem: str = "") -> Word:
    return Word(stem or text, text, fields or ("text",))


def found(engine: Engine, root: Node = EVERYTHING, **filters: object) -> set[str]:
    ranking = engine.rank(Query(root, **filters), stop=100)  # type: ignore[arg-type]
    assert ranking.total == len(ranking.hits)
    return {id_ for id_, _ in ranking.hits}


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (EVERYTHING, {"talks", "visit", "oil", "undated"}),
        (NOTHING, set()),
        (word("missiles", stem="missil"), {"talks", "visit"}),
        (word("oil"), {"oil"}),
        (word("oil", "title"), {"oil"}),
        (word("gas", "title"), set()),
        (word("missiles", "title", stem="missil"), set()),
        (All((word("missiles", stem="missil"), word("moscow"))), {"visit"}),
        (Any((word("oil"), word("moscow"))), {"oil", "visit"}),
        (All((word("pipeline", stem="pipelin"), Not(word("oil")))), {"undated"}),
        (Not(word("oil")), {"talks", "visit", "undated"}),
        (Not(Not(word("oil"))), {"oil"}),
        (Phrase((word("northern"), word("alliance", stem="allianc"))), {"talks"}),
        (Phrase((word("s"), word("300"), word("pmu"), word("1"))), {"visit"}),
        (Phrase((word("talks", stem="talk"), word("leonid"))), set()),
        (Phrase((word("oil"), word("oil"))), set()),
        (word("s300pmu1"), {"visit"}),
        (Prefix("pipelin"), {"oil", "undated"}),
        (Prefix("zz"), set()),
        (Wildcard("pi*ne"), {"oil", "undated"}),
        (Wildcard("*z*z*"), set()),
        (Wildcard("iv?shov", ("person",)), {"talks"}),
        (Fuzzy("pipline", 1), {"oil", "undated"}),
        (Fuzzy("pipline", 0), set()),
        (Fuzzy("ivashof", 1, ("person",)), {"talks"}),
        (Near((word("alliance", stem="allianc"), word("northern")), 0), {"talks"}),
        (Near((word("alliance", stem="allianc"), word("northern")), 1), {"talks", "visit"}),
        (Near((word("talks", stem="talk"), word("leonid")), 50), set()),
        (Near((word("shamkhani"), word("ali")), 0, ("person",)), {"visit"}),
        (Near((word("shamkhani"), word("sergei")), 50, ("person",)), set()),
        (word("ivashov", "person"), {"talks"}),
        (Phrase((word("ali"), word("shamkhani")), ("person",)), {"visit"}),
        (Phrase((word("shamkhani"), word("sergei")), ("person",)), set()),
        (word("reuters", "source"), {"oil", "undated"}),
        (HasValue("country", frozenset({"RU"})), {"talks", "visit"}),
        (HasValue("country", frozenset({"TR", "AF"})), {"visit", "undated"}),
        (HasValue("country", frozenset({"XX"})), set()),
        (HasValue("country", frozenset({"US"})), set()),
        (HasValue(MENTIONED, frozenset({"US"})), {"undated"}),
        (HasValue(MENTIONED, frozenset({"RU"})), {"talks", "visit", "undated"}),
        (Dated(datetime.date(2001, 1, 1), None), {"visit", "oil"}),
        (Dated(None, datetime.date(2000, 7, 3)), {"talks"}),
        (Not(Dated(None, None)), {"undated"}),
    ],
)
def test_finds(engine: Engine, root: Node, expected: set[str]) -> None:
    assert found(engine, root) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"chosen": {"country": frozenset({"RU"})}}, {"talks", "visit"}),
        ({"chosen": {"country": frozenset({"RU", "TR"})}}, {"talks", "visit", "undated"}),
        (
            {
                "chosen": {
                    "country": frozenset({"RU", "TR"}),
                    "person": frozenset({"Ali Shamkhani"}),
                }
            },
            {"visit"},
        ),
        ({"excluded": {"country": frozenset({"RU"})}}, {"oil", "undated"}),
        (
            {"chosen": {"country": frozenset({"RU"})}, "countries": "mentioned"},
            {"talks", "visit", "undated"},
        ),
        ({"excluded": {"country": frozenset({"RU"})}, "countries": "mentioned"}, {"oil"}),
        (
            {
                "chosen": {"country": frozenset({"IR"})},
                "excluded": {"country": frozenset({"AF"})},
            },
            {"talks"},
        ),
        (
            {"dated": Dated(datetime.date(2001, 10, 5), datetime.date(2001, 10, 5))},
            {"visit", "oil"},
        ),
    ],
)
def test_filters(engine: Engine, filters: dict[str, object], expected: set[str]) -> None:
    assert found(engine, **filters) == expected


def test_counts_leave_out_the_facets_own_choice(engine: Engine) -> None:
    ranking = engine.rank(Query(chosen={"country": frozenset({"AF"})}))
    assert ranking.total == 1
    assert ranking.facets["country"].values == (("IR", 2), ("RU", 2), ("AF", 1), ("TR", 1))
    assert ranking.facets["person"].values == (("Ali Shamkhani", 1), ("Sergei Ivanov", 1))


def test_counts_of_countries_mentioned(engine: Engine) -> None:
    query = Query(chosen={"country": frozenset({"AF"})}, countries="mentioned")
    ranking = engine.rank(query)
    assert ranking.total == 1
    assert dict(ranking.facets["country"].values) == {"RU": 3, "IR": 2, "AF": 1, "TR": 1, "US": 1}


def test_counts_keep_what_is_excluded(engine: Engine) -> None:
    ranking = engine.rank(Query(excluded={"country": frozenset({"AF"})}))
    assert dict(ranking.facets["country"].values) == {"IR": 1, "RU": 1, "TR": 1, "AF": 0}


def test_counts_are_the_total_after_choosing(engine: Engine) -> None:
    query = Query(word("missiles", stem="missil"))
    for value, count in engine.rank(query).facets["country"].values:
        chosen = Query(query.root, chosen={"country": frozenset({value})})
        assert engine.rank(chosen).total == count


def test_chosen_values_are_listed_also_at_zero(engine: Engine) -> None:
    query = Query(word("oil"), chosen={"country": frozenset({"TR", "XX"})})
    assert engine.rank(query, size=0).facets["country"].values == (("TR", 0), ("XX", 0))


def test_the_commonest_values_are_listed_and_the_rest_counted(engine: Engine) -> None:
    counts = engine.rank(Query(), size=1).facets["country"]
    assert counts.values == (("IR", 2),)
    assert (counts.other_count, counts.value_count) == (4, 4)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", ["oil", "visit", "talks", "undated"]),
        ("oldest", ["talks", "oil", "visit", "undated"]),
        ("relevance", ["oil", "visit", "talks", "undated"]),
    ],
)
def test_order_without_words(engine: Engine, sort: str, expected: list[str]) -> None:
    ranking = engine.rank(Query(), sort)  # type: ignore[arg-type]
    assert [id_ for id_, _ in ranking.hits] == expected


def test_pages_join_to_the_whole_order(engine: Engine) -> None:
    whole = engine.rank(Query(), "newest", 0, 10).hits
    pages = [engine.rank(Query(), "newest", at, at + 1).hits for at in range(5)]
    assert sum(pages, ()) == whole


def test_page_beyond_the_end_is_empty_and_keeps_the_total(engine: Engine) -> None:
    ranking = engine.rank(Query(), start=1000, stop=1010)
    assert (ranking.total, ranking.hits) == (4, ())


def test_articles_come_back_as_they_were_written(engine: Engine) -> None:
    assert engine.get(["visit", "nobody", "talks"]) == [NEWS[1], None, NEWS[0]]


def test_a_page_of_results_gets_the_beginning_of_articles(engine_of: Make) -> None:
    page = item("page", "Gas", "Gas for Iran.", country=["IR"])
    page = replace(page, article=replace(page.article, original="<p>Gas for Iran.</p>" * 9999))
    book = item("book", "A history of oil", "Oil rose. " * 40_000)
    engine = engine_of([page, *NEWS, book])
    assert engine.get(["book", "nobody", "page"]) == [book, None, page]
    start, nothing, short = engine.get(["book", "nobody", "page"], whole=False)
    assert start
    assert nothing is None
    assert start.article == replace(book.article, body=book.article.body[:BEGINNING], original="")
    assert short == replace(page, article=replace(page.article, original=""))


def test_words_go_on_from_their_beginning_commonest_first(engine: Engine) -> None:
    assert engine.words("pi", 10) == [("pipeline", 2), ("pipelines", 1)]
    assert engine.words("p", 1) == [("pipeline", 2)]
    assert engine.words("pipeline", 10) == [("pipeline", 2), ("pipelines", 1)]
    assert engine.words("zz", 10) == []


def test_words_offered_are_no_stop_words_and_have_no_digits(engine: Engine) -> None:
    assert engine.words("wa", 10) == [("waits", 1), ("wants", 1)]
    assert engine.words("s300", 10) == []
    assert engine.words("th", 10) == []


def test_words_of_another_field(engine: Engine) -> None:
    assert engine.words("p", 10, field="title") == [("pipeline", 1), ("prices", 1)]
    assert engine.words("r", 10, field="source") == [("reuters", 2), ("rfe", 1), ("rl", 1)]


def test_words_whose_beginning_was_mistyped(engine: Engine) -> None:
    assert engine.words("pipil", 10, edits=1) == [("pipeline", 2), ("pipelines", 1)]
    assert engine.words("ipel", 10, edits=1) == []  # another first letter


def test_spellings_are_the_nearest_words_first(engine: Engine) -> None:
    assert engine.spellings("pipelines", 2) == [
        Spelling("pipelines", 0, 1),
        Spelling("pipeline", 1, 2),
    ]
    assert engine.spellings("misisle", 1) == [Spelling("missile", 1, 1)]
    assert engine.spellings("ivanof", 1, "person") == [Spelling("ivanov", 1, 1)]
    assert engine.spellings("zzzzzz", 2) == []


def test_words_of_articles_that_are_gone_do_not_count(engine: Engine) -> None:
    engine.write([item("talks", "Missiles", "Missiles again.")], gone=["oil"])
    assert engine.words("pi", 10) == [("pipeline", 1), ("pipelines", 1)]
    assert engine.words("prices", 10) == []
    assert [s.word for s in engine.spellings("missiles", 1)] == ["missiles", "missile"]
    assert engine.spellings("prices", 1) == []


def test_the_generation_changes_with_every_commit(engine: Engine) -> None:
    before = engine.generation()
    assert engine.generation() == before
    engine.write([item("new")])
    assert engine.generation() > before


def test_written_again_replaces(engine: Engine) -> None:
    engine.write([item("oil", "Coal", "Coal rose.")])
    assert found(engine, word("oil")) == set()
    assert found(engine, word("coal")) == {"oil"}
    assert found(engine) == {"talks", "visit", "oil", "undated"}


def test_gone_is_gone(engine: Engine) -> None:
    engine.write([], gone=["talks", "never there"])
    assert found(engine, word("missiles", stem="missil")) == {"visit"}
    assert engine.rank(Query()).facets["country"].values == (
        ("AF", 1),
        ("IR", 1),
        ("RU", 1),
        ("TR", 1),
    )
    assert engine.get(["talks"]) == [None]
    assert set(engine.known()) == {"visit", "oil", "undated"}


def test_known_tells_digest_and_origin(engine: Engine) -> None:
    known = engine.known()["oil"]
    assert (known.digest, known.origin) == (NEWS[2].article.digest, "/news/oil")


def test_nothing_changes_when_writing_fails(engine: Engine) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield item("new", "New")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire"):
        engine.write(broken(), gone=["oil"])
    assert found(engine) == {"talks", "visit", "oil", "undated"}
    engine.write([item("new", "New")])
    assert "new" in found(engine)


def test_empty_engine_answers(engine_of: Make) -> None:
    engine = engine_of([])
    assert engine.rank(Query(word("oil"))).total == 0
    assert engine.get(["oil"]) == [None]
    assert engine.known() == {}
    assert engine.stats().articles == 0
    assert (engine.words("o", 5), engine.spellings("oil", 1)) == ([], [])
    assert engine.check() == []


def test_sound_index_has_no_problems(engine: Engine) -> None:
    assert engine.check() == []


@pytest.mark.parametrize("name", ["title", "body"])
def test_facet_values_may_hold_anything(engine_of: Make, name: str) -> None:
    odd = ['O\'Neill, Jr. "Bob"', "a\u2029b\nc", "<b>", "  ", "名前"]
    engine = engine_of([item("odd", **{name: "x"}, person=odd), item("b"), item("c")])
    counts = dict(engine.rank(Query()).facets["person"].values)
    for value in ('O\'Neill, Jr. "Bob"', "<b>", "名前"):
        assert counts[value] == 1
        assert found(engine, chosen={"person": frozenset({value})}) == {"odd"}


@pytest.mark.parametrize(
    ("few", "many"),
    [
        (Prefix("b"), Prefix("a")),
        (Wildcard("*b"), Wildcard("a?")),
        (Fuzzy("ab", 0), Fuzzy("ab", 1)),
    ],
)
@pytest.mark.parametrize("commits", [1, 2])
def test_more_words_than_the_limit_are_refused(
    tmp_path: Path, few: Node, many: Node, commits: int
) -> None:
    engine = open_engine(tmp_path / "i", Settings(max_expansions=3), create=True)
    news = [item("a", body="aa ab ac"), item("b", body="ad b")]
    for number in range(commits):
        engine.write(news[number::commits])
    assert engine.rank(Query(few)).total > 0
    with pytest.raises(BadQuery, match=r"stands for more than 3 words \(max_expansions\)"):
        engine.rank(Query(many))


def test_a_form_of_two_stems_is_found_by_either(engine_of: Make) -> None:
    """Folded, résumé and resume are one form; their stems are two."""
    news = [item("a", body="A résumé."), item("b", body="They resume."), item("c", body="Oil.")]
    engine = engine_of(news)
    assert found(engine, Prefix("resum")) == {"a", "b"}
    assert found(engine, Prefix("resume")) == {"a", "b"}
    assert found(engine, Prefix("o")) == {"c"}
