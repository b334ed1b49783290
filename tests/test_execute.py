"""The fast path proved by the slow ones: Whoosh's own searcher for matches and scores, and the
reference engine for matches and counts, on random articles and random trees."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import whoosh.index
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as whoosh_query
from whoosh import scoring

from searchapp import variants
from searchapp.analyse import Analyser
from searchapp.engine import execute, facets, open_engine, order, postings
from searchapp.engine.execute import EXACT, HEADLINE, K1, TITLE, B, idf, norm, saturated
from searchapp.model import (
    COLUMNS,
    COUNTRIES,
    FACETS,
    MENTIONED,
    All,
    Any,
    Countries,
    Dated,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    SearchTimeout,
    Tagged,
    Wildcard,
    Word,
)
from searchapp.settings import Settings
from tests.conftest import item
from tests.reference import ReferenceEngine

WORDS = ["oil", "oils", "gas", "iran", "iranian", "talks", "talk", "S-300", "the", "northern"]
VALUES = {
    "country": ["IR", "RU", "US"],
    "person": ["Ali Shamkhani", "Leonid Ivashov", "Ali Ivashov", "ALI SHAMKHANI", "Aly Shamkhani"],
    "topic": ["medtop:16000000", "medtop:11000000"],
}
VALUES[MENTIONED] = VALUES["country"]
DATES = [None, "2000-07-03", "2000-12-31", "2001-10-05"]

texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=3, unique=True)


@st.composite
def articles(draw: st.DrawFn) -> list[Tagged]:
    return [
        item(
            f"a{draw(st.integers(0, 12))}",
            draw(texts),
            draw(texts),
            draw(st.sampled_from(DATES)),
            draw(st.sampled_from([None, "Reuters", "Northern Star"])),
            **{facet: draw(some(VALUES[facet])) for facet in FACETS},
            mentioned=draw(some(VALUES["country"])),
        )
        for _ in range(draw(st.integers(0, 10)))
    ]


@contextlib.contextmanager
def thresholds(small: bool) -> Iterator[None]:
    """With `small` ones, what is done for many articles is done for these few."""
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(execute, "WORTH_REMEMBERING", 0)
            patch.setattr(execute, "WORTH_NARROWING", 0)
            patch.setattr(facets, "FEW", 0)
            patch.setattr(order, "_ROW", 1)
            patch.setattr(postings, "FEW", 0)
            patch.setattr(postings, "HEADS_FROM", 2)
            patch.setattr(postings, "BLOCK", 2)
        yield


def last_of_each(batch: list[Tagged]) -> list[Tagged]:
    return list({tagged.article.id: tagged for tagged in batch}.values())


ANALYSER = Analyser("english")
TOKENS = [token for text in WORDS for token in ANALYSER.tokens(text)]
fields = st.sampled_from([("text",), ("title",), ("text", "person"), ("person",), ("source",)])


def words(names: tuple[str, ...]) -> st.SearchStrategy[Word]:
    return st.sampled_from([Word(t.stem, t.exact, names) for t in TOKENS])


leaves: st.SearchStrategy[Node] = st.one_of(
    fields.flatmap(words),
    fields.flatmap(
        lambda names: st.lists(words(names), min_size=2, max_size=3).map(
            lambda row: Phrase(tuple(row), names)
        )
    ),
    st.builds(Prefix, st.sampled_from(["o", "ir", "t", "zz"]), fields),
    st.builds(Wildcard, st.sampled_from(["?il", "*ran*", "t*k", "i??n", "*a?i*"]), fields),
    st.sampled_from(
        [HasValue(column, frozenset([value])) for column in COLUMNS for value in VALUES[column]]
    ),
)
bent = st.builds(
    Fuzzy, st.sampled_from(["oil", "irna", "tolk", "leonidd"]), st.integers(0, 2), fields
)
near = fields.flatmap(
    lambda names: st.lists(words(names), min_size=2, max_size=4).flatmap(
        lambda row: st.builds(Near, st.just(tuple(row)), st.integers(0, 4), st.just(names))
    )
)
ours = st.one_of(leaves, bent, near)
"""Whoosh has no question like the last two: FuzzyTerm counts edits otherwise, SpanNear pairs."""
dates = st.sampled_from([None, datetime.date(2000, 7, 3), datetime.date(2001, 1, 1)])


def trees(leaf: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaf,
        lambda parts: st.one_of(
            st.lists(parts, max_size=3).map(lambda found: All(tuple(found))),
            st.lists(parts, max_size=3).map(lambda found: Any(tuple(found))),
            st.builds(Not, parts),
        ),
        max_leaves=6,
    )


def values(facet: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([*VALUES[facet], "nobody"]), min_size=1, max_size=2)


filters = st.fixed_dictionaries({}, optional={facet: values(facet) for facet in FACETS})
modes = st.frozensets(st.sampled_from(FACETS))
ranges = st.one_of(st.none(), st.builds(Dated, dates, dates))


# --- Whoosh as the proof ------------------------------------------------------------------------


NOTHING = 1e-300
"""The score of a filter: Whoosh takes 0 for "not given"."""


def to_whoosh(node: Node) -> whoosh_query.Query:
    """The same question in Whoosh's own query classes."""
    match node:
        case Word():
            return whoosh_query.Or([_word(node, name) for name in node.fields])
        case Phrase():
            return whoosh_query.Or([_phrase(node, name) for name in node.fields])
        case Prefix():
            return whoosh_query.Or([_prefix(node, name) for name in node.fields])
        case Wildcard():
            return whoosh_query.Or([_wildcard(node, name) for name in node.fields])
        case HasValue(column, wanted):
            name = f"facet_{column}"
            every = [v for v in VALUES[column] if variants.same(column, v, wanted)]
            return whoosh_query.Or([whoosh_query.Term(name, v, boost=NOTHING) for v in every])
        case Not(part):
            return whoosh_query.AndNot(_every(), to_whoosh(part))
        case All(parts):
            return whoosh_query.And([_every(), *map(to_whoosh, parts)])
        case Any(parts):
            return whoosh_query.Or([to_whoosh(part) for part in parts])
        case _:
            raise AssertionError(node)


def _every() -> whoosh_query.Query:
    return whoosh_query.Every(boost=NOTHING)


def _exact(name: str) -> str:
    return name if name in ("person", "source") else f"{name}_exact"


def _word(word: Word, name: str) -> whoosh_query.Query:
    if name in ("person", "source"):
        return whoosh_query.Term(name, word.exact)
    parts = [
        whoosh_query.Term(name, word.stem),
        whoosh_query.Term(f"{name}_exact", word.exact, boost=EXACT),
    ]
    return whoosh_query.Or(parts)


def _prefix(prefix: Prefix, name: str) -> whoosh_query.Query:
    """Whoosh scores a prefix of one word as that word; ours always scores 1."""
    return whoosh_query.ConstantScoreQuery(whoosh_query.Prefix(_exact(name), prefix.start), 1.0)


def _wildcard(wildcard: Wildcard, name: str) -> whoosh_query.Query:
    found = whoosh_query.Wildcard(_exact(name), wildcard.pattern)
    return whoosh_query.ConstantScoreQuery(found, 1.0)


def _phrase(phrase: Phrase, name: str) -> whoosh_query.Query:
    names = name in ("person", "source")
    row = [word.exact if names else word.stem for word in phrase.words]
    words_ = whoosh_query.And([_word(word, name) for word in phrase.words])
    return whoosh_query.Require(words_, whoosh_query.Phrase(name, row))


class Weighting(scoring.WeightingModel):
    """Whoosh's BM25F with our idf; an exact form counts once, whatever the length; and words of the
    text count more in the headline."""

    def idf(self, searcher, fieldname, text):  # type: ignore[no-untyped-def]
        parent = searcher.get_parent()
        return idf(parent.doc_count_all(), parent.doc_frequency(fieldname, text))

    def scorer(self, searcher, fieldname, text, qf=1):  # type: ignore[no-untyped-def]
        if fieldname == "text":
            return Headline(searcher, text)
        if fieldname.startswith("facet_"):
            return scoring.WeightScorer.for_(searcher, fieldname, text)
        b = 0.0 if fieldname.endswith("_exact") else B
        return scoring.BM25FScorer(searcher, fieldname, text, b, K1)


class Headline(scoring.BaseScorer):
    """Whoosh's formula for frequencies and lengths in which the headline counts HEADLINE more."""

    def __init__(self, searcher, text):  # type: ignore[no-untyped-def]
        parent = searcher.get_parent()
        total = parent.field_length("text") + HEADLINE * parent.field_length("title")
        self.average = total / parent.doc_count_all() or 1.0
        self.weight = parent.idf("text", text)
        self.length = searcher.doc_field_length
        reader = searcher.reader()
        self.headline = {}
        if ("title", text) in reader:
            matcher = reader.postings("title", text)
            while matcher.is_active():
                self.headline[matcher.id()] = matcher.weight()
                matcher.next()

    def supports_block_quality(self):  # type: ignore[no-untyped-def]
        return False

    def score(self, matcher):  # type: ignore[no-untyped-def]
        doc = matcher.id()
        tf = matcher.weight() + HEADLINE * self.headline.get(doc, 0)
        length = self.length(doc, "text", 0) + HEADLINE * self.length(doc, "title", 0)
        score = scoring.bm25(self.weight, tf, length, self.average, B, K1)
        return score + TITLE * self.weight * (doc in self.headline)


def whoosh_answer(folder: Path, node: Node) -> dict[str, float]:
    index = whoosh.index.open_dir(str(folder))
    with index.searcher(weighting=Weighting()) as searcher:
        results = searcher.search(to_whoosh(node), limit=None, optimize=False)
        if not results:
            return {}
        ids = searcher.reader().column_reader("id")
        return {ids[docnum]: score for score, docnum in results.top_n}


@settings(max_examples=60)
@given(articles(), articles(), st.sets(st.integers(0, 12)), trees(leaves), st.booleans())
def test_same_articles_and_scores_as_whoosh(
    first: list[Tagged], second: list[Tagged], gone: set[int], root: Node, small: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, thresholds(small):
        engine = open_engine(folder, Settings(), create=True)
        engine.write(last_of_each(first))
        engine.write(last_of_each(second), gone=[f"a{n}" for n in gone])
        ranking = engine.rank(Query(root), stop=100)
        expected = whoosh_answer(Path(folder), root)
        assert dict(ranking.hits) == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert ranking.total == len(expected)
        engine.close()


# --- brute force as the proof -------------------------------------------------------------------


@settings(max_examples=30)
@given(
    st.lists(articles(), min_size=1, max_size=3),
    trees(st.one_of(ours, st.builds(Dated, dates, dates))),
    filters,
    filters,
    modes,
    ranges,
    st.sampled_from(COUNTRIES),
    st.sampled_from(["newest", "oldest"]),
    st.integers(0, 4),
    st.sampled_from([1, 2, 4, 100]),
    st.booleans(),
)
def test_same_articles_counts_and_order_as_brute_force(
    batches: list[list[Tagged]],
    root: Node,
    chosen: dict[str, frozenset[str]],
    excluded: dict[str, frozenset[str]],
    all_of: frozenset[str],
    dated: Dated | None,
    countries: Countries,
    sort: str,
    size: int,
    stop: int,
    small: bool,
) -> None:
    query = Query(root, chosen, excluded, dated, countries, all_of=all_of)
    reference = ReferenceEngine(ANALYSER)
    with tempfile.TemporaryDirectory() as folder, thresholds(small):
        engine = open_engine(folder, Settings(), create=True)
        for batch in batches:
            engine.write(last_of_each(batch))
            reference.write(last_of_each(batch))
        ours = engine.rank(query, sort, 0, stop, size)  # type: ignore[arg-type]
        theirs = reference.rank(query, sort, 0, stop, size)  # type: ignore[arg-type]
        assert [id_ for id_, _ in ours.hits] == [id_ for id_, _ in theirs.hits]
        assert ours.facets == theirs.facets
        assert ours.total == theirs.total
        assert engine.dates(query) == reference.dates(query)
        engine.close()


@settings(max_examples=15)
@given(articles(), trees(ours), filters, modes, st.sampled_from(COUNTRIES))
def test_a_count_is_the_total_after_choosing_the_value(
    news: list[Tagged],
    root: Node,
    chosen: dict[str, frozenset[str]],
    all_of: frozenset[str],
    countries: Countries,
) -> None:
    """Alone where values are alternatives, beside the others where all have to be there."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(folder, Settings(), create=True)
        engine.write(last_of_each(news))
        query = Query(root, chosen, countries=countries, all_of=all_of)
        for facet, counts in engine.rank(query).facets.items():
            beside = chosen.get(facet, frozenset()) if facet in all_of else frozenset()
            for value, count in counts.values:
                after = {**chosen, facet: beside | {value}}
                assert engine.rank(replace(query, chosen=after)).total == count
        engine.close()


@settings(max_examples=15)
@given(articles(), trees(ours), st.randoms(use_true_random=False))
def test_order_of_adding_and_number_of_segments_do_not_matter(
    news: list[Tagged], root: Node, random: object
) -> None:
    news = last_of_each(news)
    shuffled = list(news)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        whole = open_engine(one, Settings(), create=True)
        whole.write(news)
        parted = open_engine(many, Settings(), create=True)
        for at in range(3):
            parted.write(shuffled[at::3])
        a, b = whole.rank(Query(root), stop=100), parted.rank(Query(root), stop=100)
        assert [id_ for id_, _ in a.hits] == [id_ for id_, _ in b.hits]
        assert dict(a.hits) == pytest.approx(dict(b.hits))
        assert a.facets == b.facets
        whole.close()
        parted.close()


# --- the formula --------------------------------------------------------------------------------


def test_bm25_by_hand() -> None:
    """One term twice in a field of average length: 2 · 2.2 / (2 + 1.2)."""
    lengths = norm(np.array([10]), 10.0)
    (score,) = saturated(np.array([2.0], np.float32), lengths)
    assert score == pytest.approx(4.4 / 3.2)


def test_idf_is_positive_even_for_a_word_in_every_article() -> None:
    assert idf(10, 10) > 0
    assert idf(10, 1) > idf(10, 5)


def test_exact_form_outranks_another_form_of_the_word(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    engine.write([item("one", body="the missile was old"), item("two", body="missiles were old")])
    hits = engine.rank(Query(Word("missil", "missiles"))).hits
    assert [id_ for id_, _ in hits] == ["two", "one"]


def test_fuzzy_word_scores_by_its_closest_form_and_by_how_rare_all_forms_are(
    tmp_path: Path,
) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    bodies = ["pipeline", "pipline pipeline", "piplines pipelines", "oil", "gas"]
    engine.write([item(body, body=body) for body in bodies])
    weight = idf(5, 3)
    assert dict(engine.rank(Query(Fuzzy("pipline", 2))).hits) == pytest.approx(
        {
            "pipline pipeline": weight,
            "pipeline": weight * (1 - 1 / 7),
            "piplines pipelines": weight * (1 - 1 / 7),
        }
    )


def test_fuzzy_word_of_as_few_letters_as_edits_scores_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    engine.write([item("a", body="oil")])
    assert engine.rank(Query(Fuzzy("o", 2))).hits == (("a", 0.0),)


@settings(max_examples=15)
@given(articles(), near)
def test_words_near_each_other_score_as_the_words_do(news: list[Tagged], node: Near) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(folder, Settings(), create=True)
        engine.write(last_of_each(news))
        for name in node.fields:
            row = [Word(word.stem, word.exact, (name,)) for word in node.words]
            every = dict(engine.rank(Query(All(tuple(row))), stop=100).hits)
            close = engine.rank(Query(Near(node.words, node.distance, (name,))), stop=100).hits
            assert dict(close) == pytest.approx({id_: every[id_] for id_, _ in close})
        engine.close()


def test_search_over_its_time_is_refused(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(search_seconds=0.0), create=True)
    engine.write([item("one", body="oil")])
    with pytest.raises(SearchTimeout, match="search_seconds"):
        engine.rank(Query(Word("oil", "oil")))
