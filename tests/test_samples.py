"""The two sample articles, exactly: what a reader of both would expect."""

from __future__ import annotations

import datetime

import pytest

from searchapp.archive import Archive
from searchapp.model import Tagged

WASHINGTON = "000_8fcf2ceb6fb25fee.txt"
MOSCOW = "003_49aa628526d73ed2.txt"


@pytest.fixture
def washington(seeds: Archive) -> Tagged:
    return seeds.article(WASHINGTON)


@pytest.fixture
def moscow(seeds: Archive) -> Tagged:
    return seeds.article(MOSCOW)


def labels(tagged: Tagged, facet: str) -> set[str]:
    return {tag.label for tag in tagged.tags.of(facet)}


def test_headline_dateline_and_furniture(washington: Tagged) -> None:
    article = washington.article
    assert article.title == (
        "Middle East: Analysis From Washington -- A Russian-Iranian Rapprochement"
    )
    assert article.date == datetime.date(2000, 7, 3)
    assert article.source == "RFE/RL"
    assert article.place == "Washington"
    assert article.language == "en"
    assert article.body.startswith("Russia and Iran have upgraded")
    assert article.body.rstrip().endswith("left Russia and Iran at odds.")
    assert article.original.startswith("Accessibility links")
    assert article.provenance["title"] == "found"


def test_article_without_headline_and_date(moscow: Tagged) -> None:
    article = moscow.article
    assert article.title == (
        "Despite protests from the US, Moscow did not give up military contacts with Tehran, "
        "but also decided to develop them."
    )
    assert article.provenance["title"] == "inferred"
    assert article.date is None
    assert article.body.startswith("Despite protests from the US")


def test_people_exactly(washington: Tagged, moscow: Tagged) -> None:
    assert labels(washington, "person") == {
        "Leonid Ivashov",
        "Mohammad Khatami",
        "Robert Kocharian",
        "Safar Abiyev",
        "Mehdi Safari",
    }
    assert labels(moscow, "person") == {"Ali Shamkhani", "Sergei Ivanov"}


def test_countries(washington: Tagged, moscow: Tagged) -> None:
    assert labels(washington, "country") >= {
        "Russia",
        "Iran",
        "United States",
        "Afghanistan",
        "Armenia",
        "Azerbaijan",
        "Israel",
        "Turkey",
    }
    assert labels(moscow, "country") >= {
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


def test_topics(washington: Tagged) -> None:
    assert labels(washington, "topic") >= {
        "conflict, war and peace",
        "politics and government",
        "international relations",
    }


def test_every_tag_has_evidence(seeds: Archive) -> None:
    for id_ in (WASHINGTON, MOSCOW):
        for evidence in seeds.read(id_).evidence.values():
            for value in evidence:
                assert value.sentences, value.tag.label
                assert all(sentence.marks for sentence in value.sentences)


def test_why_belgium(seeds: Archive) -> None:
    (belgium,) = (e for e in seeds.read(MOSCOW).evidence["country"] if e.tag.value == "BE")
    (sentence,) = belgium.sentences
    assert sentence.text.startswith("During his visit to Brussels last week")
    assert [sentence.text[a:b] for a, b in sentence.marks] == ["Brussels"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ('"Northern Alliance"', [MOSCOW]),
        ("Shamkhani", [MOSCOW]),
        ("pipeline", [WASHINGTON]),
        ("pipeline -Caspian", []),
        ("Caspian -pipeline", [MOSCOW]),
        ("person:ivashov", [WASHINGTON]),
        ('person:"Ali Shamkhani"', [MOSCOW]),
        ("S-300PMU-1", [MOSCOW]),
        ("S-300 PMU-1", [MOSCOW]),
        ("s300pmu1", [MOSCOW]),
        ("PMU", [MOSCOW]),
        ("mentions:Belgium", [MOSCOW]),
        ("mentions:Israel Iran", [WASHINGTON]),
        ("country:Belgium", []),
        ("date:2000", [WASHINGTON]),
        ("source:RFE/RL", [WASHINGTON]),
        ("title:rapprochement", [WASHINGTON]),
        ("Accessibility", []),
    ],
)
def test_finds(seeds: Archive, q: str, expected: list[str]) -> None:
    page = seeds.search(q)
    assert [hit.id for hit in page.hits] == expected
    assert page.total == len(expected)


def test_both_for_what_both_speak_of(seeds: Archive) -> None:
    for q in ("Iran", "U.S.", "US", 'topic:"international relations"', "Tehran Afghanistan"):
        assert seeds.search(q).total == 2, q


def test_missiles_to_iran_says_that_no_article_has_all_the_words(seeds: Archive) -> None:
    page = seeds.search("missiles to Iran")
    assert page.total == 2
    assert page.warnings == ("No article has all of these words; these have some of them.",)
    assert all("Iran" in marked(hit.passages) for hit in page.hits)


def marked(passages) -> set[str]:  # type: ignore[no-untyped-def]
    return {p.text[a:b] for p in passages for a, b in p.marks}


def test_snippet_shows_why(seeds: Archive) -> None:
    (hit,) = seeds.search('"Northern Alliance"').hits
    assert marked(hit.passages) == {"Northern Alliance"}
    (hit,) = seeds.search("person:ivashov").hits
    assert marked(hit.passages) == {"Ivashov"}
