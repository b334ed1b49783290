"""The engines that `benchmarks/compare.py` compares do the same work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
ENGINES = ("searchapp", "tantivy", "tantivy-threads", "fts5", "xapian", "whoosh")

NEWS = [
    ("Gas deal signed", "Iran and Russia signed a contract.", ("IR", "RU"), ("Putin",), ("gas",)),
    ("Pipeline talks", "Talks on the gas pipeline went on in Tehran.", ("IR",), (), ("gas",)),
    ("Wheat harvest", "Farmers in Russia expect a good harvest.", ("RU",), (), ("farming",)),
    ("Football", "The pipeline of young players is full.", (), ("Pele", "Putin"), ("sport",)),
]
CASES = [
    ("common word", ["contracts"], None, [1], {"IR": 1, "RU": 1}),
    ("common word", ["pipelines"], "IR", [2], {"IR": 1}),
    ("any word", ["gas", "harvests"], None, [1, 2, 3], {"IR": 2, "RU": 2}),
    ("any word", ["gas", "harvests"], "RU", [1, 3], {"IR": 2, "RU": 2}),
    ("all words", ["gas", "pipeline"], None, [2], {"IR": 1}),
    ("phrase", ["gas", "pipeline"], None, [2], {"IR": 1}),
    ("phrase", ["pipeline", "gas"], None, [], {}),
    ("prefix", ["pip"], None, [2, 4], {"IR": 1}),
    ("fuzzy", ["harvost"], None, [3], {"RU": 1}),
]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def peer(name: str) -> Any:
    from compare.peer import Missing, load

    try:
        return load(name)
    except Missing as problem:
        pytest.skip(f"{name}: {problem}")


def articles() -> list[Any]:
    from compare.articles import Article

    return [
        Article(number, title, body, tuple(values))
        for number, (title, body, *values) in enumerate(NEWS, 1)
    ]


def question(kind: str, words: list[str], country: str | None = None) -> Any:
    from compare.questions import Question

    return Question(kind, tuple(words), country)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_finds_and_counts(name: str, tmp_path: Path) -> None:
    engine = peer(name)
    engine.build(tmp_path, engine.prepare(articles()))
    engine.open(tmp_path)
    for kind, words, country, numbers, countries in CASES:
        if kind in engine.lacks:
            continue
        answer = engine.search(question(kind, words, country))
        said = (sorted(answer.numbers), answer.total, {k: n for k, n in answer.counts[0] if n})
        assert said == (numbers, len(numbers), countries), (kind, words, country)
    engine.close()


@pytest.mark.parametrize("name", ENGINES)
def test_a_chosen_country_narrows_the_other_facets(name: str, tmp_path: Path) -> None:
    engine = peer(name)
    engine.build(tmp_path, engine.prepare(articles()))
    engine.open(tmp_path)
    _, people, topics = engine.search(question("any word", ["gas", "harvest"], "RU")).counts
    assert people == (("Putin", 1),)
    assert topics == (("farming", 1), ("gas", 1))
    engine.close()


@pytest.mark.parametrize("name", ENGINES)
def test_a_committed_article_is_found(name: str, tmp_path: Path) -> None:
    engine = peer(name)
    first, *rest = articles()
    engine.build(tmp_path, engine.prepare(rest))
    engine.open(tmp_path)
    engine.add(tmp_path, engine.prepare([first]))
    assert engine.search(question("common word", ["contract"])).numbers == (1,)
    engine.close()


def test_an_engine_that_is_not_installed_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from compare.peer import Missing, load

    monkeypatch.setitem(__import__("sys").modules, "compare.tantivy_peer", None)
    with pytest.raises(Missing, match="pip install"):
        load("tantivy")


def test_questions_are_the_same_every_time() -> None:
    from compare.articles import Article
    from compare.questions import KINDS, draw

    words = [f"{first}{second}ama{first}e" for first in "bcdfglmnprst" for second in "aeiou"]
    news = [
        Article(n, "", " ".join(w for k, w in enumerate(words) if n % (k * k + 3) == 0), (("X",),))
        for n in range(1, 3000)
    ]
    once, again = draw(news, 2), draw(news, 2)
    assert once == again
    assert [q.kind for q in once] == [kind for kind in KINDS for _ in range(2)] * 2
    assert [bool(q.country) for q in once] == [False] * 14 + [True] * 14
