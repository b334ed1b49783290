"""What the words of a query do to the order beyond each word's own weight: how often they were
typed, whether they are stop words, how near each other they stand, and feedback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp import query
from searchapp.analyse import Analyser
from searchapp.engine import Engine, open_engine, stopwords
from searchapp.model import Query, Ranking, Tagged, Word
from searchapp.settings import Settings
from tests.conftest import item
from tests.test_execute import articles, last_of_each, thresholds

ANALYSER = Analyser("english")


def engine_of(folder: Path, *news: Tagged) -> Engine:
    engine = open_engine(folder, Settings(), create=True)
    engine.write(news)
    return engine


def ask(engine: Engine, text: str, match: str = "any", **rank: int) -> Ranking:
    parsed = query.bag(text) if match == "any" else query.parse(text)
    root, _ = query.analyse(parsed.root, engine.analyser, lambda facet, name: frozenset())
    return engine.rank(Query(root, words=query.words(parsed.root, engine.analyser)), **rank)


def ids(ranking: Ranking) -> list[str]:
    return [id_ for id_, _ in ranking.hits]


FILLER = "the minister met the press and left again before the hall was full of people"


def test_words_in_a_row_come_before_words_in_one_window_before_words_apart(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        item("apart", body=f"gas {FILLER} pipeline"),
        item("near", body=f"gas in a pipeline {FILLER}"[: len(f"gas {FILLER} pipeline")] + " it"),
        item("row", body=f"gas pipeline {FILLER}"),
    )
    assert ids(ask(engine, "gas pipeline")) == ["row", "near", "apart"]
    assert ids(ask(engine, "gas pipeline", "all")) == ["row", "near", "apart"]


def test_words_are_not_near_across_headline_and_body_or_articles(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        item("a", "Moscow gas", "pipeline talks"),
        item("b", "Moscow gas", "talks pipeline"),
    )
    scores = dict(ask(engine, "gas pipeline", "all").hits)
    without = dict(
        engine.rank(
            Query(
                query.analyse(query.parse("gas pipeline").root, ANALYSER, lambda *_: frozenset())[0]
            )
        ).hits
    )
    assert scores["a"] - without["a"] == pytest.approx(scores["b"] - without["b"])


def test_a_word_typed_twice_counts_twice(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, item("o", body="oil fell"), item("g", body="gas fell"))
    even = dict(ask(engine, "gas oil").hits)
    assert even["o"] == pytest.approx(even["g"])
    assert dict(ask(engine, "oil gas oil").hits)["o"] == pytest.approx(2 * even["o"])


def test_stop_words_of_a_question_match_and_score_nothing(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        item("topic", body="inflation"),
        item("chaff", body="what is the of in"),
        item("c"),
    )
    ranking = ask(engine, "what is the effect of inflation in Turkey")
    assert ranking.total == 2
    assert ids(ranking) == ["topic", "chaff"]
    assert dict(ranking.hits)["chaff"] == 0.0


def test_few_words_are_all_meant(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, item("band", body="the who"), item("other", body="who"), item("c"))
    assert ids(ask(engine, "the who"))[0] == "band"
    assert all(score > 0 for _, score in ask(engine, "what is the of in").hits)


def test_feedback_lifts_what_speaks_of_the_same(tmp_path: Path) -> None:
    """Both `same` and `other` have one word of the question; the best articles share `reactor`."""
    question = "uranium enrichment centrifuge inspectors Natanz"
    best = [item(f"best{n}", body=f"{question} reactor plutonium {n}") for n in range(3)]
    rest = [item(f"rest{n}", body=f"harvest wheat maize {n}") for n in range(20)]
    engine = engine_of(
        tmp_path,
        *best,
        *rest,
        item("other", body="inspectors harvest wheat"),
        item("same", body="inspectors reactor plutonium"),
    )
    scores = dict(ask(engine, question).hits)
    assert scores["same"] > scores["other"]


def test_stop_words_are_as_the_analyser_leaves_them() -> None:
    english = stopwords.of(ANALYSER)
    assert {"the", "of", "dont", "im", "would"} <= english
    assert not english & {"oil", "will smith", "iran"}
    assert stopwords.of(Analyser("tamil")) == frozenset()


typed = st.lists(st.sampled_from(["oil", "gas", "the", "talks", "iran", "northern"]), min_size=1)


@settings(max_examples=25)
@given(articles(), typed)
def test_the_order_changes_and_nothing_else(news: list[Tagged], words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(Path(folder), *last_of_each(news))
        ranked = ask(engine, " ".join(words), stop=100)
        root, _ = query.analyse(query.bag(" ".join(words)).root, ANALYSER, lambda *_: frozenset())
        plain = engine.rank(Query(root), stop=100)
        assert sorted(ids(ranked)) == sorted(ids(plain))
        assert (ranked.total, ranked.facets) == (plain.total, plain.facets)
        assert [s for _, s in ranked.hits] == sorted((s for _, s in ranked.hits), reverse=True)


@settings(max_examples=25)
@given(articles(), typed, st.integers(0, 5), st.booleans())
def test_pages_are_parts_of_one_order_whatever_the_segments(
    news: list[Tagged], words: list[str], start: int, small: bool
) -> None:
    news, text = last_of_each(news), " ".join(words)
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as many,
        thresholds(small),
    ):
        whole = engine_of(Path(one), *news)
        parted = open_engine(many, Settings(), create=True)
        for at in range(3):
            parted.write(news[at::3])
        every = ask(whole, text, stop=100)
        assert ids(ask(parted, text, stop=100)) == ids(every)
        assert dict(ask(parted, text, stop=100).hits) == pytest.approx(dict(every.hits), rel=1e-5)
        assert ids(ask(whole, text, start=start, stop=start + 3)) == ids(every)[start : start + 3]


def test_words_in_the_order_typed() -> None:
    def words(text: str) -> list[str]:
        return [word.exact for word in query.words(query.parse(text).root, ANALYSER)]

    assert words("gas pipeline gas") == ["gas", "pipeline", "gas"]
    assert words('"gas pipeline" OR oil') == ["gas", "pipeline", "oil"]
    assert words("oil -gas title:coal person:Putin inter* pipline~ date:2000") == ["oil"]
    assert query.words(None, ANALYSER) == ()
    assert isinstance(query.words(query.parse("oil").root, ANALYSER)[0], Word)
