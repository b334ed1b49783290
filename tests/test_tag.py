"""What tagging promises for every article, and the two sample articles."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp import tag
from searchapp.model import FACETS, Article, Tag, Tags
from searchapp.tag import lexicons

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def article(body: str, headline: str = "", **more: object) -> Article:
    found = {"title": "found"} if headline else {"title": "inferred"}
    return Article("a", headline or body[:80], body, provenance=found, **more)  # type: ignore[arg-type]


def labels(tags: tuple[Tag, ...]) -> set[str]:
    return {found.label for found in tags}


@pytest.fixture(scope="module")
def rapprochement() -> Tags:
    text = (SEEDS / "000_8fcf2ceb6fb25fee.txt").read_text(encoding="utf-8")
    headline = "Middle East: Analysis From Washington -- A Russian-Iranian Rapprochement"
    return tag.tag_article(
        article(text[text.index("Russia and Iran have upgraded") :], headline, place="Washington")
    )


@pytest.fixture(scope="module")
def contacts() -> Tags:
    return tag.tag_article(
        article((SEEDS / "003_49aa628526d73ed2.txt").read_text(encoding="utf-8"))
    )


def test_people_of_the_first_sample(rapprochement: Tags) -> None:
    assert labels(rapprochement.person) == {
        "Leonid Ivashov",
        "Mohammad Khatami",
        "Robert Kocharian",
        "Safar Abiyev",
        "Mehdi Safari",
    }


def test_countries_of_the_first_sample(rapprochement: Tags) -> None:
    assert labels(rapprochement.country) >= {
        "Russia",
        "Iran",
        "United States",
        "Afghanistan",
        "Armenia",
        "Azerbaijan",
        "Israel",
        "Turkey",
    }


def test_topics_of_the_first_sample(rapprochement: Tags) -> None:
    assert labels(rapprochement.topic) >= {
        "conflict, war and peace",
        "politics and government",
        "international relations",
    }


def test_people_of_the_second_sample(contacts: Tags) -> None:
    assert labels(contacts.person) == {"Ali Shamkhani", "Sergei Ivanov"}


def test_countries_of_the_second_sample(contacts: Tags) -> None:
    assert labels(contacts.country) >= {
        "Russia",
        "Iran",
        "United States",
        "Afghanistan",
        "Azerbaijan",
        "Turkey",
        "Armenia",
        "Kazakhstan",
        "Belgium",
    }


def test_evidence_is_the_words_that_stand_there() -> None:
    shown = article("Ivan Petrov met Polish farmers. Petrov left.", "Petrov in Warsaw")
    tags = tag.tag_article(shown)
    (person,) = tags.person
    assert [shown.text[s:e] for s, e in person.spans] == ["Petrov", "Ivan Petrov", "Petrov"]
    (country,) = tags.country
    assert [shown.text[s:e] for s, e in country.spans] == ["Warsaw", "Polish"]


@pytest.mark.parametrize(
    ("facet", "given_value", "value", "label"),
    [
        ("country", "IR", "IR", "Iran"),
        ("country", "Burma", "MM", "Myanmar"),
        ("country", "Atlantis", "Atlantis", "Atlantis"),
        ("person", "Mr Nobody", "Mr Nobody", "Mr Nobody"),
        ("topic", "medtop:15000000", "medtop:15000000", "sport"),
        ("topic", "sport", "medtop:15000000", "sport"),
        ("topic", "our town", "our town", "our town"),
    ],
)
def test_what_the_owner_says_wins(facet: str, given_value: str, value: str, label: str) -> None:
    told = article("Leonid Ivashov visited Tehran.", given={facet: (given_value,)})
    assert tag.tag_article(told).of(facet) == (Tag(value, label),)


def test_a_topic_the_owner_gives_brings_its_parent() -> None:
    told = article("Nothing.", given={"topic": ("international relations",)})
    assert [t.label for t in tag.tag_article(told).topic] == [
        "politics and government",
        "international relations",
    ]


def test_what_the_owner_says_of_one_facet_leaves_the_others() -> None:
    told = article("Colonel Leonid Ivashov visited Tehran.", given={"country": ("FR",)})
    assert labels(tag.tag_article(told).person) == {"Leonid Ivashov"}


def test_an_owner_who_says_nothing_is_not_heard() -> None:
    told = article("He flew to Tehran.", given={"country": (), "topic": (" ",)})
    assert labels(tag.tag_article(told).country) == {"Iran"}


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("Iran", {"IR"}),
        ("ir", {"IR"}),
        ("IRN", {"IR"}),
        ("iranians", {"IR"}),
        ("U.S.", {"US"}),
        ("the United Kingdom", {"GB"}),
        ("côte d'ivoire", {"CI"}),
        ("Cote d'Ivoire", {"CI"}),
        ("Soviet Union", {"RU"}),
        ("congolese", {"CD", "CG"}),
        ("Atlantis", set()),
        ("", set()),
        ("-", set()),
    ],
)
def test_countries_people_type(words: str, codes: set[str]) -> None:
    assert tag.resolve("country", words) == codes


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("medtop:16000000", {"medtop:16000000"}),
        ("MEDTOP:16000000", {"medtop:16000000"}),
        ("Conflict, war and peace", {"medtop:16000000"}),
        ("international relations", {"medtop:20000638"}),
        ("war peace", {"medtop:16000000"}),
        ("no such topic", set()),
        ("", set()),
    ],
)
def test_topics_people_type(words: str, codes: set[str]) -> None:
    assert tag.resolve("topic", words) == codes


def test_people_are_not_resolved() -> None:
    assert tag.resolve("person", "Iran") == frozenset()


def test_every_country_is_found_by_its_own_label_and_code() -> None:
    codes = [code for code, kind, _ in lexicons.rows("built_countries.tsv") if kind == "label"]
    assert len(codes) == 250  # ISO 3166-1, and Kosovo
    for code in codes:
        assert tag.resolve("country", tag.label("country", code)) == {code}
        assert code in tag.resolve("country", code)


@pytest.mark.parametrize(
    ("facet", "value", "label"),
    [
        ("country", "IR", "Iran"),
        ("country", "KR", "South Korea"),
        ("country", "RU", "Russia"),
        ("country", "??", "??"),
        ("person", "Ali Shamkhani", "Ali Shamkhani"),
        ("topic", "medtop:16000000", "conflict, war and peace"),
    ],
)
def test_labels(facet: str, value: str, label: str) -> None:
    assert tag.label(facet, value) == label


def test_parents_are_those_of_level_two() -> None:
    assert tag.parents("topic", "medtop:20000638") == ("medtop:11000000",)
    assert tag.parents("topic", "medtop:11000000") == ()
    assert tag.parents("country", "IR") == ()


def test_fingerprint_is_stable() -> None:
    assert tag.fingerprint() == tag.fingerprint() != ""


VOCABULARY = """
Iran U.S. US us Georgia Jordan Chad Paris Texas Mr. President Gen. Col.-Gen. John Smith O'Neill bin
Laden al-Assad van der Pas said 's ’s , . - -- ( ) & the of WAR war treaty football Ala. Inc. J.
<ABC> 47 15th é 中国 العربية 🙂 \x00
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n", "\n\n", "\n \n"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=60).map(" ".join))


@given(headline=TEXTS, body=TEXTS)
def test_laws_of_tags(headline: str, body: str) -> None:
    shown = article(body, headline)
    tags = tag.tag_article(shown)
    assert tags == tag.tag_article(shown)
    for facet in FACETS:
        found = tags.of(facet)
        assert [t.score for t in found] == sorted((t.score for t in found), reverse=True)
        assert len({t.value for t in found}) == len(found)
        for one in found:
            assert 0.0 <= one.score <= 1.0
            assert one.value
            assert one.label
            ends = [0, *(end for _, end in one.spans)]
            assert all(end <= start for end, (start, _) in zip(ends, one.spans, strict=False))
            assert all(0 <= start < end <= len(shown.text) for start, end in one.spans)


@given(body=TEXTS)
def test_level_two_never_stands_without_its_parent(body: str) -> None:
    scores = {t.value: t.score for t in tag.tag_article(article(body)).topic}
    for value, score in scores.items():
        for parent in tag.parents("topic", value):
            assert scores[parent] >= score


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n\t",
        "a" * 1_000_000,
        "A" * 1_000_000,
        "a.b" * 100_000,
        "A." * 100_000,
        "a-" * 100_000,
        "A-b-" * 100_000,
        "A'" * 100_000,
        "'s" * 100_000,
        "Van der " * 50_000,
        "President " * 50_000,
        "John Smith " * 50_000,
        "Paris, " * 50_000,
        "IRAN " * 100_000,
        "(((" * 100_000,
        "\n" * 100_000,
        "\x00🙂" * 100_000,
        "محمد خاتمي " * 20_000,
        "́" * 100_000,
    ],
    ids=lambda body: repr(body[:8]),
)
def test_hostile_text_is_tagged_like_any_other(body: str) -> None:
    assert isinstance(tag.tag_article(article(body)), Tags)
