"""How a score came about: the leaves of every explanation add up to what `rank` gave."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp import query as grammar
from searchapp.engine import Engine, open_engine
from searchapp.engine.execute import EXACT, TITLE, idf
from searchapp.model import (
    EXPLAINED,
    SORTS,
    All,
    Any,
    Dated,
    Explanation,
    Fuzzy,
    HasValue,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    Sort,
    Tagged,
    Word,
)
from searchapp.settings import Settings
from tests.conftest import item
from tests.test_execute import ANALYSER, articles, filters, last_of_each, ours, ranges, trees, words

typed = st.one_of(
    st.lists(words(("text",)), max_size=4),
    st.lists(words(("text",)), min_size=5, max_size=9),
)


def leaves(explanation: Explanation) -> Iterator[Explanation]:
    if not explanation.parts:
        yield explanation
    for part in explanation.parts:
        yield from leaves(part)


def test_each_of_all_chosen_values_is_a_filter(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    engine.write([item("a", country=["IR", "RU"])])
    chosen = {"country": frozenset({"RU", "IR"})}
    for all_of, said in ((frozenset(), ["IR or RU"]), (frozenset({"country"}), ["IR", "RU"])):
        (why,) = engine.explain(Query(chosen=chosen, all_of=frozenset(all_of)), ["a"])
        assert why
        assert [part.what for part in leaves(why)][-len(said) :] == [f"country:{v}" for v in said]


def nodes(explanation: Explanation) -> Iterator[Explanation]:
    yield explanation
    for part in explanation.parts:
        yield from nodes(part)


def assert_adds_up(engine: Engine, query: Query, sort: Sort = "relevance") -> None:
    """That every hit is explained by what it scored, and nothing else is explained."""
    hits = engine.rank(query, sort, 0, 1000).hits
    ids = [id_ for id_, _ in hits]
    explained = engine.explain(query, ids, sort)
    for (id_, score), explanation in zip(hits, explained, strict=True):
        assert explanation, id_
        assert explanation.score == score
        assert sum(leaf.score for leaf in leaves(explanation)) == pytest.approx(score, 1e-5, 1e-5)
        for node in nodes(explanation):
            assert node.kind in EXPLAINED
            parts = sum(part.score for part in node.parts) if node.parts else node.score
            assert node.score == pytest.approx(parts, 1e-5, 1e-5)
    others = [f"a{n}" for n in range(13) if f"a{n}" not in ids]
    assert engine.explain(query, others, sort) == [None] * len(others)


@settings(max_examples=60)
@given(
    st.lists(articles(), min_size=1, max_size=3),
    st.booleans(),
    trees(ours),
    filters,
    filters,
    ranges,
    typed,
    st.sampled_from(SORTS),
)
def test_leaves_add_up_to_the_score(
    batches: list[list[Tagged]],
    merged: bool,
    root: Node,
    chosen: dict[str, frozenset[str]],
    excluded: dict[str, frozenset[str]],
    dated: Dated | None,
    row: list[Word],
    sort: Sort,
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if not merged:
            patch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
        engine = open_engine(folder, Settings(), create=True)
        for batch in batches:
            engine.write(last_of_each(batch))
        assert_adds_up(engine, Query(root, chosen, excluded, dated, words=tuple(row)), sort)
        engine.close()


@settings(max_examples=40)
@given(st.lists(articles(), min_size=2, max_size=3), typed.filter(bool))
def test_leaves_add_up_for_words_in_any_number(
    batches: list[list[Tagged]], row: list[Word]
) -> None:
    """Trees as the grammar makes them, in which most of what is looked at again is found."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(folder, Settings(), create=True)
        for batch in batches:
            engine.write(last_of_each(batch))
        assert_adds_up(engine, Query(Any(tuple(dict.fromkeys(row))), words=tuple(row)))
        engine.close()


NEWS = [
    item(
        "deal",
        "Gas pipelines",
        "A gas pipeline from the Caspian. Turkey wants the gas, and the Caspian has it.",
        country=["TR"],
    ),
    item("oil", "Oil", "The pipeline is old, and the oil of the Caspian is expensive."),
    item("talks", "Talks", "They spoke of pipelines in Turkey.", source="Reuters"),
    item("coal", "Coal", "Coal is out."),
]


@pytest.fixture(params=[1, 2], ids=["one segment", "two segments"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    monkeypatch.setattr("searchapp.engine.commit.to_merge", lambda segments: [])
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    for number in range(request.param):
        engine.write(NEWS[number :: request.param])
    return engine


def explain(engine: Engine, text: str, id_: str, match: str = "all", **more: object) -> Explanation:
    parsed = grammar.parse(text, match, Settings())  # type: ignore[arg-type]
    root, _ = grammar.analyse(parsed.root, ANALYSER, lambda facet, name: frozenset({name}))
    query = Query(root, words=grammar.words(parsed.root, ANALYSER), **more)  # type: ignore[arg-type]
    assert_adds_up(engine, query)
    (found,) = engine.explain(query, [id_])
    assert found
    return found


def by_kind(explanation: Explanation, kind: str) -> list[Explanation]:
    return [node for node in nodes(explanation) if node.kind == kind]


def test_a_word_tells_its_numbers(engine: Engine) -> None:
    (word,) = explain(engine, "pipelines", "deal").parts
    assert (word.kind, word.what) == ("word", "pipelines")
    assert word.facts == {
        "field": "text",
        "stem": "pipelin",
        "idf": idf(4, 3),
        "articles": 3,
        "of": 4,
    }
    occurrences, headline, form = word.parts
    assert occurrences.facts["times"] == 2
    assert occurrences.facts["headline"] == 1
    assert occurrences.facts["length"] == 19  # 15 in the body, and the two of the headline twice
    assert occurrences.score == pytest.approx(idf(4, 3) * float(occurrences.facts["saturated"]))
    assert (headline.kind, headline.score) == ("headline", TITLE * idf(4, 3))
    assert (form.kind, form.what) == ("form", "pipelines")
    assert form.score == pytest.approx(EXACT * idf(4, 2))
    assert form.facts["articles"] == 2


def test_stop_words_of_a_question_score_nothing(engine: Engine) -> None:
    whole = explain(engine, "what is the oil of the Caspian", "oil", match="any")
    assert {e.what for e in by_kind(whole, "stop word")} == {"is", "the", "of"}
    assert {e.score for e in by_kind(whole, "stop word")} == {0.0}
    assert {e.what for e in by_kind(whole, "word")} == {"oil", "caspian"}


def test_a_word_typed_twice_counts_twice(engine: Engine) -> None:
    once, twice = (explain(engine, text, "oil", match="any") for text in ("oil", "oil oil"))
    assert twice.score == pytest.approx(2 * once.score)
    assert by_kind(twice, "word")[0].facts["typed"] == 2


def test_neighbouring_words_tell_how_often_they_stand_together(engine: Engine) -> None:
    whole = explain(engine, "gas pipeline", "deal")
    (pair,) = by_kind(whole, "pair")
    assert pair.what == "gas pipeline"
    ordered, window = pair.parts
    assert (ordered.kind, ordered.facts["times"]) == ("in order", 2)
    assert (window.kind, window.facts["window"]) == ("in a window", 8)
    assert whole.score == pytest.approx(sum(part.score for part in whole.parts))


def test_words_of_the_best_articles_are_named(engine: Engine) -> None:
    whole = explain(engine, "gas pipelines oil Caspian Turkey talks", "deal", match="any")
    fed = by_kind(whole, "feedback")
    assert fed
    assert all(0 < float(e.facts["weight"]) <= 0.2 and e.score > 0 for e in fed)


def test_dates_and_not_best_in_another_order(engine: Engine) -> None:
    """By date nothing is looked at again, so nothing is explained by it."""
    query = Query(Any((Word("gas", "gas"), Word("pipelin", "pipeline"))))
    query = Query(query.root, words=(Word("gas", "gas"), Word("pipelin", "pipeline")))
    (found,) = engine.explain(query, ["deal"], "newest")
    assert found
    assert by_kind(found, "pair") == []
    assert_adds_up(engine, query, "newest")


@pytest.mark.parametrize(
    ("text", "kind", "what", "score"),
    [
        ("pipelin*", "pattern", "pipelin*", 1.0),
        ("p*s", "pattern", "p*s", 1.0),
        ("pipelinez~1", "slip", "pipelinez~1", idf(4, 3) * (1 - 1 / 9)),
        ("country:TR", "filter", "country:TR", 0.0),
        ("-coal", "filter", "NOT coal", 0.0),
        ("-title:coal", "filter", "NOT title:coal", 0.0),
    ],
)
def test_what_is_not_a_word(engine: Engine, text: str, kind: str, what: str, score: float) -> None:
    (part,) = explain(engine, text, "deal").parts
    assert (part.kind, part.what) == (kind, what)
    assert part.score == pytest.approx(score)


def test_a_phrase_is_its_words(engine: Engine) -> None:
    whole = explain(engine, '"gas pipeline"', "deal")
    (phrase,) = by_kind(whole, "phrase")
    assert phrase.what == '"gas pipeline"'
    assert [part.what for part in phrase.parts] == ["gas", "pipeline"]


def test_filters_beside_the_query_score_nothing(engine: Engine) -> None:
    chosen = {"country": frozenset({"TR"})}
    excluded = {"person": frozenset({"Nobody"})}
    whole = explain(engine, "gas", "deal", chosen=chosen, excluded=excluded)
    said = [(e.what, e.score) for e in by_kind(whole, "filter")]
    assert said == [("country:TR", 0.0), ("NOT person:Nobody", 0.0)]


def test_what_is_not_found_is_not_explained(engine: Engine) -> None:
    query = Query(Word("oil", "oil"))
    nothing, oil, nobody, again = engine.explain(query, ["deal", "oil", "nobody", "oil"])
    assert (nothing, nobody) == (None, None)
    assert oil == again != None  # noqa: E711


def test_nothing_is_explained_without_an_index(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    assert engine.explain(Query(), ["a"]) == [None]


def test_every_kind_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "ranking.md").read_text(encoding="utf-8")
    assert [kind for kind in EXPLAINED if f"| `{kind}` |" not in page] == []


def test_trees_are_said_as_they_could_be_typed() -> None:
    from searchapp.engine.explain import said

    gas = Word("gas", "gas")
    assert said(Not(All((gas, Phrase((gas, gas), ("title",)))))) == 'NOT (gas AND title:"gas gas")'
    assert said(Any((Prefix("ga"), Fuzzy("gas", 1, ("person",))))) == "(ga* OR person:gas~1)"
    assert said(HasValue("country_mentioned", frozenset({"IR"}))) == "mentions:IR"
