"""Topics: phrases, forms, exclusions, levels, and the list that a newsroom edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from searchapp.model import Article
from searchapp.tag import lexicons, tables, tag_article

ARTS = "arts, culture, entertainment and media"
CRIME = "crime, law and justice"
DISASTER = "disaster, accident and emergency incident"
ECONOMY = "economy, business and finance"
POLITICS = "politics and government"
SCIENCE = "science and technology"
CONFLICT = "conflict, war and peace"


def topics(body: str, headline: str = "") -> list[str]:
    found = {"title": "found"} if headline else {"title": "inferred"}
    article = Article("a", headline, body, provenance=found)  # type: ignore[arg-type]
    return [tag.label for tag in tag_article(article).topic]


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ("The film won an Oscar; its actress sings on the album.", ARTS),
        ("Police arrested a man for murder; a court jailed him.", CRIME),
        ("An earthquake and a flood killed many; rescuers dug.", DISASTER),
        ("Shares fell as profit and dividend disappointed investors.", ECONOMY),
        ("Pupils and teachers returned to school for exams.", "education"),
        ("Pollution and climate change threaten wildlife.", "environment"),
        ("Doctors at the hospital give the vaccine to patients.", "health"),
        ("The princess and the crown prince waved at their wedding.", "human interest"),
        ("Unions called a strike; workers walk out over wages.", "labour"),
        ("Tourists like the restaurant and its recipes; fashion too.", "lifestyle and leisure"),
        ("The prime minister lost the election in parliament.", POLITICS),
        ("The bishop and the imam prayed in church and mosque.", "religion"),
        ("Astronomers with a telescope saw a planet; software helped.", SCIENCE),
        ("Immigrants and refugees face racism and poverty.", "society"),
        ("The striker scored in the football championship.", "sport"),
        ("Troops invaded; the war killed soldiers.", CONFLICT),
        ("Snow and rain are forecast; temperatures drop.", "weather"),
    ],
)
def test_each_field_is_recognised(body: str, topic: str) -> None:
    assert topics(body)[0] == topic


@pytest.mark.parametrize(
    ("headline", "body", "topic"),
    [
        (
            "Console maker's profit falls",
            "The company said quarterly earnings dropped as sales of its games console slowed. "
            "Shares closed lower and analysts cut their forecasts.",
            ECONOMY,
        ),
        (
            "New console plays games in the dark",
            "The handheld has a touchscreen and wireless internet; gamers download video games.",
            SCIENCE,
        ),
        (
            "Striker signs for rivals",
            "The midfielder's team-mate joins for a transfer fee of 20 million euros and a bonus; "
            "the club's chairman called it a good deal.",
            "sport",
        ),
        (
            "Drivers strike on Friday",
            "The union said train drivers would walk out after pay talks failed.",
            "labour",
        ),
        (
            "War drama opens film festival",
            "Critics praised the actor who plays a soldier; the director's last movie won a prize.",
            ARTS,
        ),
        (
            "Minister defends school exams",
            "MPs from the opposition asked the government why pupils and teachers were not heard. "
            "The education secretary told the Commons that the reform would go on.",
            POLITICS,
        ),
        (
            "Pupils fear exams",
            "Teachers say that pupils in primary schools sleep badly before tests.",
            "education",
        ),
        (
            "Banker jailed for fraud",
            "A judge sentenced the former banker after a jury found him guilty of theft.",
            CRIME,
        ),
        (
            "Rebels kill mayor",
            "Insurgents attacked the town; troops shelled the militia's positions.",
            CONFLICT,
        ),
        (
            "Storm sinks ferry",
            "Rescuers searched for survivors after the ferry capsized; dozens drowned.",
            DISASTER,
        ),
        (
            "Storm to bring snow",
            "Forecasters expect gales, heavy snow and freezing rain at the weekend.",
            "weather",
        ),
        (
            "Protestant church opens its doors",
            "The congregation prayed with the priest and sang hymns.",
            "religion",
        ),
        (
            "Virus closes websites",
            "The computer virus spread by e-mail; security software stopped the hackers.",
            SCIENCE,
        ),
        (
            "Virus closes wards",
            "Nurses treat infected patients in intensive care; the outbreak spreads.",
            "health",
        ),
    ],
)
def test_words_of_two_fields_go_by_their_company(headline: str, body: str, topic: str) -> None:
    assert topics(body, headline)[0] == topic


@pytest.mark.parametrize(
    ("headline", "body", "not_about"),
    [
        (
            "Defender joins rivals for 20 million",
            "The defender passed his medical and signed for four years. He scored twice in the cup "
            "last season and will play in midfield, the coach said.",
            ECONOMY,
        ),
        (
            "Firm wins contract",
            "The company beat a rival bid and its team will start next season, the chief executive "
            "said. Shares rose and profit should grow.",
            "sport",
        ),
        (
            "Champions win derby",
            "The captain scored a header in injury time. The prime minister was in the stadium "
            "when the referee sent off the goalkeeper.",
            POLITICS,
        ),
    ],
)
def test_a_passing_word_is_no_topic(headline: str, body: str, not_about: str) -> None:
    assert not_about not in topics(body, headline)


def test_several_topics_stand_side_by_side() -> None:
    body = "The president asked parliament for elections after the war; troops and rebels left."
    assert {CONFLICT, POLITICS} <= set(topics(body))


def test_a_level_two_topic_brings_its_level_one() -> None:
    found = topics("The ambassador handed over the treaty; diplomats praised the summit.")
    assert found[:2] == [POLITICS, "international relations"]


@pytest.mark.parametrize(
    ("body", "level_two"),
    [
        ("The batsman made a century; the bowler took six wickets.", "competition discipline"),
        ("The sprinter failed a drugs test and was banned for doping.", "drug use in sport"),
        ("Inflation rose, so the central bank raised interest rates.", "economy"),
        ("Crude futures and the stock market fell; traders sold bonds.", "market and exchange"),
        ("A suicide bomber set off a car bomb; militants cheered.", "act of terror"),
        ("Truce holds as peacekeepers guard the ceasefire and peace talks.", "peace process"),
        ("Asylum seekers and migrants fear deportation.", "immigration"),
        ("The jury heard the trial's last witness; the judge will sentence him.", "judiciary"),
        ("Greenhouse gas emissions drive climate change.", "climate change"),
        ("Voters queued at polling stations; the ballot is an election.", "election"),
    ],
)
def test_level_two_says_what_kind(body: str, level_two: str) -> None:
    assert level_two in topics(body)


def test_a_child_is_never_stronger_than_its_parent() -> None:
    body = "MPs and ministers met in parliament. The trial, the judge, the jury, the court; murder."
    tags = tag_article(Article("a", "", body)).topic
    score = {tag.value: tag.score for tag in tags}
    assert all(score[tables().parents.get(code, code)] >= score[code] for code in score)
    assert CRIME in {tag.label for tag in tags}


def test_an_exclusion_takes_a_phrase_away() -> None:
    assert topics("A price war, a turf war and a war of words broke out. A price war!") == []


def test_words_that_share_a_stem_with_a_phrase_are_not_it() -> None:
    assert (
        topics("According to an important private view, finally they tried to find access.") == []
    )


def test_an_article_about_nothing_has_no_topic() -> None:
    assert topics("It was there.") == topics("") == []


def test_supporting_words_alone_are_a_hint_only_where_there_is_nothing_else() -> None:
    assert topics("A game to win.") == ["sport"]
    assert topics("A game to win at the hospital, where doctors see patients.") == [
        "health",
        "medical profession",
    ]


def test_hyphens_may_be_there_or_not() -> None:
    assert (
        topics("A cease-fire!")[:2]
        == topics("A ceasefire!")[:2]
        == topics("A cease fire!")[:2]
        == [CONFLICT, "peace process"]
    )
    assert topics("The stem-cell genome.") == topics("The stem cell genome.")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("On Sunday the Lions won.", ["sport"]),
        ("Lions hunt where elephants drink.", ["environment", "nature"]),
        ("Labour promised it.", [POLITICS]),
        ("It was a labour of love.", []),
        ("The Commons and the Lords sat.", [POLITICS, "government"]),
        ("The common good of the lord.", []),
    ],
)
def test_capitals_take_the_place_from_small_letters(body: str, expected: list[str]) -> None:
    assert topics(body) == expected


def test_the_headline_counts_more() -> None:
    body = "Troops, soldiers and rebels fought. The election and the ballot went on."
    plain = tag_article(Article("a", "", body)).topic
    told = tag_article(Article("a", "Election ballot", body)).topic
    assert plain[0].label == CONFLICT
    assert told[0].label == POLITICS


def test_every_level_one_topic_has_phrases() -> None:
    listed = {code for code, _, _ in lexicons.rows("topic_phrases.tsv")}
    level_one = {code for code in tables().labels if code not in tables().parents}
    assert len(level_one) == 17
    assert level_one <= listed


@pytest.fixture
def lexicon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of lexicons in place of the package's, with one topic and no phrases."""
    (tmp_path / "built_topics.tsv").write_text("medtop:1\tmedtop:1\tgardens\n", encoding="utf-8")
    (tmp_path / "built_topic_phrases.tsv").write_text("", encoding="utf-8")
    (tmp_path / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path.parent)
    monkeypatch.setattr(lexicons, "PACKAGE", tmp_path.name)
    tables.cache_clear()
    yield tmp_path
    tables.cache_clear()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("medtop:1 2 rose", "needs code, weight and phrases, between tabs"),
        ("medtop:1\t2", "needs code, weight and phrases, between tabs"),
        ("medtop:1\ttwo\trose", "needs code, weight and phrases, between tabs"),
        ("medtop:2\t2\trose", "medtop:2 is no topic of level 1 or 2"),
        ("medtop:1\t7\trose", "the weight 7 is not between 0 and 5"),
        ("medtop:1\tnan\trose", "the weight nan is not between 0 and 5"),
        ("medtop:1\t2\trose; ", '"" is no phrase; "; " stands between phrases'),
        ("medtop:1\t2\trose;  lily", '" lily" is no phrase; "; " stands between phrases'),
        ("medtop:1\t2\t", '"" is no phrase; "; " stands between phrases'),
    ],
)
def test_a_malformed_line_is_named(lexicon: Path, line: str, why: str) -> None:
    text = f"# gardens\nmedtop:1\t2\ttulip\n\n{line}\n"
    (lexicon / "topic_phrases.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(lexicons.MalformedLexicon) as raised:
        tables()
    assert str(raised.value) == f"topic_phrases.tsv, line 4: {why}"


def test_our_phrase_replaces_the_built_one(lexicon: Path) -> None:
    (lexicon / "built_topic_phrases.tsv").write_text("medtop:1\trose garden\n", encoding="utf-8")
    (lexicon / "topic_phrases.tsv").write_text("-\t0\trose gardens\n", encoding="utf-8")
    assert [w.code for w in tables().phrases.at(["rose", "garden"], 0)[1]] == ["-"]  # type: ignore[index]
