"""Topics: phrases, stems, exclusions and levels."""

from __future__ import annotations

import pytest

from searchapp.model import Article
from searchapp.tag import lexicons, tables, tag_article


def topics(body: str, headline: str = "") -> list[str]:
    found = {"title": "found"} if headline else {"title": "inferred"}
    article = Article("a", headline, body, provenance=found)  # type: ignore[arg-type]
    return [tag.label for tag in tag_article(article).topic]


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (
            "The film won an Oscar; its actress sings on the album.",
            "arts, culture, entertainment and media",
        ),
        ("Police arrested a man for murder; a court jailed him.", "crime, law and justice"),
        (
            "An earthquake and a flood killed many; rescuers dug.",
            "disaster, accident and emergency incident",
        ),
        (
            "Shares fell as profit and dividend disappointed investors.",
            "economy, business and finance",
        ),
        ("Pupils and teachers returned to school for exams.", "education"),
        ("Pollution and climate change threaten wildlife.", "environment"),
        ("Doctors at the hospital give the vaccine to patients.", "health"),
        ("Unions called a strike; workers walk out over wages.", "labour"),
        ("Tourists like the restaurant and its recipes; fashion too.", "lifestyle and leisure"),
        ("The prime minister lost the election in parliament.", "politics and government"),
        ("The bishop and the imam prayed in church and mosque.", "religion"),
        ("Astronomers with a telescope saw a planet; software helped.", "science and technology"),
        ("Immigrants and refugees face racism and poverty.", "society"),
        ("The striker scored in the football championship.", "sport"),
        ("Troops invaded; the war killed soldiers.", "conflict, war and peace"),
        ("Snow and rain are forecast; temperatures drop.", "weather"),
    ],
)
def test_each_field_is_recognised(body: str, topic: str) -> None:
    assert topics(body)[0] == topic


def test_several_topics_stand_side_by_side() -> None:
    body = "The president asked parliament for elections after the war; troops and rebels left."
    assert {"conflict, war and peace", "politics and government"} <= set(topics(body))


def test_a_level_two_topic_brings_its_level_one() -> None:
    found = topics("The ambassador handed over the treaty; diplomats praised the summit.")
    assert found[:2] == ["politics and government", "international relations"]


def test_an_exclusion_takes_a_phrase_away() -> None:
    assert topics("A price war, a trade war and a war of words broke out. A price war!") == []


def test_words_that_share_a_stem_with_a_phrase_are_not_it() -> None:
    assert (
        topics("According to an important private view, finally they tried to find access.") == []
    )


def test_an_article_about_nothing_has_no_topic() -> None:
    assert topics("It was there.") == topics("") == []


def test_the_headline_counts_more() -> None:
    body = "Troops, soldiers and rebels fought. The election and the ballot went on."
    plain = tag_article(Article("a", "", body)).topic
    told = tag_article(Article("a", "Election ballot", body)).topic
    assert plain[0].label == "conflict, war and peace"
    assert told[0].label == "politics and government"


def test_every_phrase_belongs_to_a_living_topic() -> None:
    for number, (code, weight, phrases) in enumerate(lexicons.rows("topic_phrases.tsv")):
        assert code == "-" or code in tables().labels, number
        assert 0 <= float(weight) <= 5, number
        assert all(phrase.strip() == phrase != "" for phrase in phrases.split("; ")), number


def test_every_level_one_topic_has_phrases() -> None:
    listed = {code for code, _, _ in lexicons.rows("topic_phrases.tsv")}
    level_one = {code for code in tables().labels if code not in tables().parents}
    assert len(level_one) == 17
    assert level_one <= listed
