"""The grammar: what is understood, what is repaired and said, what is refused."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import Analyser
from searchapp.model import (
    EVERYTHING,
    MENTIONED,
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
    Wildcard,
    Word,
)
from searchapp.query import Both, Typed, analyse, bag, parse, show
from searchapp.settings import Settings

CODES = {"Iran": "IR", "Russia": "RU", "United States": "US"}


def words(text: str, name: str) -> tuple[Word, ...]:
    return tuple(Word(word, word, (name,)) for word in text.split())


def resolve(facet: str, name: str) -> frozenset[str]:
    return frozenset({CODES[name]}) if name in CODES else frozenset()


def tree(analyser: Analyser, text: str) -> Node:
    return analyse(parse(text).root, analyser, resolve)[0]


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("missiles to Iran", "missiles AND to AND Iran"),
        ('"Northern Alliance"', '"Northern Alliance"'),
        ("pipeline -Caspian", "pipeline AND NOT Caspian"),
        ("pipeline NOT Caspian", "pipeline AND NOT Caspian"),
        ("pipeline −Caspian", "pipeline AND NOT Caspian"),
        ("oil OR gas price", "oil OR (gas AND price)"),
        ("(oil OR gas) price", "(oil OR gas) AND price"),
        ("oil || gas && price", "oil OR (gas AND price)"),
        ("-(oil gas)", "NOT (oil AND gas)"),
        ("NOT NOT oil", "oil"),
        ("title:pipeline", "title:pipeline"),
        ("TITLE:pipeline", "title:pipeline"),
        ('person:"Ali Shamkhani"', 'person:"Ali Shamkhani"'),
        ("country:(Iran OR Russia) oil", "(country:Iran OR country:Russia) AND oil"),
        ("-country:Iran", "NOT country:Iran"),
        ("topic:medtop:16000000", 'topic:"medtop:16000000"'),
        ("pipelin*", "pipelin*"),
        ("w?rld ?ran *stan pip*ne", "w?rld AND ?ran AND *stan AND pip*ne"),
        ("w??*r**d, s?*", "w??*r*d AND s?*"),
        ("pipline~ 'pipline~1', pipline~0?", "pipline~2 AND pipline~1 AND pipline~0"),
        ("iran~ us~", "iran~1 AND us~0"),
        ('"gas pipeline"~5', '"gas pipeline"~5'),
        (
            'title:"a b"~3 person:Ivash?v person:Ivashof~',
            'title:"a b"~3 AND person:Ivash?v AND person:Ivashof~2',
        ),
        ("title:(w?rld OR pipline~1)", "title:w?rld OR title:pipline~1"),
        (
            '-"gas pipeline"~5 NOT (w?rld pipline~1)',
            'NOT "gas pipeline"~5 AND NOT (w?rld AND pipline~1)',
        ),
        ("date:2000", "date:2000-01-01..2000-12-31"),
        ("date:2000..2001", "date:2000-01-01..2001-12-31"),
        ("date:2000-02", "date:2000-02-01..2000-02-29"),
        ("date:2001-09-11..", "date:2001-09-11.."),
        ("date:..2001", "date:..2001-12-31"),
        ("and or not", "and AND or AND not"),
        ("well-known S-300PMU-1", "well-known AND S-300PMU-1"),
        ("12:30 http://example.org/a", "12:30 AND http://example.org/a"),
        ("a ( b", "a AND b"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_understood_as(text: str, understood: str) -> None:
    assert str(parse(text)) == understood


@pytest.mark.parametrize(
    "text",
    [
        "what happened in Iran?",
        "Who? What?",
        "Iran?! really?? (why?)",
        "what?-ever",
        "~100 dead",
        "5~9 March",
        "~hello~ world",
        "a ~ b",
        "roam~0.8 word~12",
        "http://example.org/~foo/a?b=1",
        '"w?rld pip*ne pipline~1"',
        '"gas pipeline" ~ 5',
        '"gas pipeline"~5km',
    ],
)
def test_punctuation_is_no_syntax(text: str) -> None:
    parsed = parse(text)
    assert parsed.repairs == ()
    assert isinstance(parsed.root, Both | Typed)
    parts = parsed.root.parts if isinstance(parsed.root, Both) else (parsed.root,)
    assert {part.kind for part in parts if isinstance(part, Typed)} <= {"word", "phrase"}


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("oil gas", "oil OR gas"),
        ('o?l gaz~1 "a b"~2', 'o?l OR gaz~1 OR "a b"~2'),
        ("oil gas -price", "(oil OR gas) AND NOT price"),
        ("oil AND gas price", "(oil AND gas) OR price"),
        ("oil gas country:Iran date:2000", None),
    ],
)
def test_match_any_makes_alternatives_of_words_and_keeps_filters(
    text: str, understood: str | None
) -> None:
    expected = "(oil OR gas) AND country:Iran AND date:2000-01-01..2000-12-31"
    assert str(parse(text, "any")) == (understood or expected)


@pytest.mark.parametrize(
    ("text", "understood", "said"),
    [
        ("“Northern Alliance”", '"Northern Alliance"', "curly quotation marks"),
        ('"Northern Alliance', '"Northern Alliance"', "closing quotation mark was missing"),
        ("(oil OR gas", "oil OR gas", "closing bracket was missing"),
        ("oil) gas", "oil AND gas", "without an opening one"),
        ("oil AND", "oil", "AND with nothing beside it"),
        ("AND oil", "oil", "AND with nothing beside it"),
        ("oil AND AND gas", "oil AND gas", "AND with nothing beside it"),
        ("oil OR", "oil", "OR with nothing beside it"),
        ("oil NOT", "oil", "NOT with nothing after it"),
        ("oil ()", "oil", "empty brackets"),
        ('oil ""', "oil", "empty quotation marks"),
        ("oil *", "oil", "* without letters"),
        ("**", "", "* without letters"),
        ("oil ?*", "oil", "* without letters"),
        ("w?rld~1", "w?rld", "~ does not go with"),
        ("pip*~", "pip*", "~ does not go with"),
        ('"gas pipeline"~', '"gas pipeline"~10', "a ~ after a phrase needs a number"),
        ("http://a.org/*/b", "http://a.org/*", "http://a.org/* was searched"),
        ("country:Iran*", "country:Iran", "looked up by its name"),
        ("country:Iran~1", "country:Iran", "looked up by its name"),
        ('topic:"oil gas"~3', 'topic:"oil gas"', "looked up by its name"),
        ("date:2000~1 oil", "oil", "“date:2000~1” was left out"),
        ("date:yesterday oil", "oil", "date:yesterday"),
        ("date:2001-02-30 oil", "oil", "date:2001-02-30"),
        ("colour:red", "colour AND red", "“colour:” is not a field"),
    ],
)
def test_repairs_are_said(text: str, understood: str, said: str) -> None:
    parsed = parse(text)
    assert str(parsed) == understood
    assert any(said in repair for repair in parsed.repairs), parsed.repairs


@pytest.mark.parametrize("text", ["oil gas", '"oil gas" -coal country:Iran', "don't", "5-year"])
def test_what_is_well_formed_needs_no_repair(text: str) -> None:
    assert parse(text).repairs == ()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("x" * 2049, "max_query_chars"),
        ("a " * 65, "max_query_clauses"),
        ("(" * 1000, "max_query_depth"),
        ("title:" * 300, "max_query_depth"),
        ("date:(" * 300, "max_query_depth"),
        (" OR ".join(["oil"] * 1000), "max_query_c"),
        ("x" * 100_000, "max_query_chars"),
        ("abcdefg~9", "max_fuzziness"),
        ("title:(pipline~3)", "max_fuzziness"),
        ('"gas pipeline"~51', "max_distance"),
        (f'"gas pipeline"~{"9" * 2000}', "max_distance"),
    ],
)
def test_limits_are_named(text: str, limit: str) -> None:
    with pytest.raises(BadQuery, match=limit):
        parse(text)


LARGE = Settings(max_query_chars=10**6, max_query_clauses=10**6)
"""Limits of an operator who has lifted some."""


HOSTILE = [
    "(" * 1000 + "oil" + ")" * 1000,
    "*" * 1000,
    "?*" * 1000,
    "?" * 1000,
    "a*" * 1000,
    "a" + "*" * 1000 + "b",
    "a" + "?" * 1000 + "b",
    "~" * 1000,
    "a~" * 1000,
    "abcdefg~9",
    '"' + "a " * 1000 + '"~5',
    '"a"~' * 500,
    " OR ".join(["oil"] * 1000),
    "oil " * 25_000,
    "*" * 100_000,
    "a?" * 50_000,
    "?/*" * 30_000,
    "a" * 100_000 + "~",
    "~1" * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
@pytest.mark.parametrize("limits", [Settings(), LARGE], ids=["default", "lifted"])
def test_no_query_takes_long(analyser: Analyser, text: str, limits: Settings) -> None:
    """It ends, and in no other error; `benchmarks/hostile.py` has the times."""
    with contextlib.suppress(BadQuery):
        analyse(parse(text, "all", limits).root, analyser, resolve)


def test_words_alone_may_be_relaxed_and_what_was_typed_may_not() -> None:
    assert parse("gas pipeline").relaxable
    assert not parse("gas AND pipeline").relaxable
    assert not parse('"gas pipeline"').relaxable


def test_words_become_terms_of_the_text_or_the_field_named(analyser: Analyser) -> None:
    assert tree(analyser, "missiles") == Word("missil", "missiles", ("text",))
    assert tree(analyser, "title:missiles") == Word("missil", "missiles", ("title",))
    assert tree(analyser, "pipelin*") == Prefix("pipelin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W?RLD", Wildcard("w?rld")),
        ("Z?rich*x", Wildcard("z?rich*x")),
        ("Übermäß?gkeit", Wildcard("ubermass?gkeit")),
        ("well-kn?wn", Wildcard("wellkn?wn")),
        ("person:Ivash?v", Wildcard("ivash?v", ("person",))),
        ("source:*ters", Wildcard("*ters", ("source",))),
        ("Pipline~", Fuzzy("pipline", 2)),
        ("S-300~1", Fuzzy("s300", 1)),
        ("title:Zürich~1", Fuzzy("zurich", 1, ("title",))),
        ("person:Ivashof~", Fuzzy("ivashof", 2, ("person",))),
        ('"missiles"~3', Word("missil", "missiles")),
        ('"missile missiles"~3', Word("missil", "missile")),
        ('person:"a b"~3', Near(words("a b", "person"), 3, ("person",))),
        ('"gas missiles gas"~0', Near((Word("gas", "gas"), Word("missil", "missiles")), 0)),
        ('"S-300"~2', Near(words("s 300", "text"), 2)),
        ("中国~1", Phrase(words("中 国", "text"))),
    ],
)
def test_patterns_slips_and_near_words_become_terms(
    analyser: Analyser, text: str, expected: Node
) -> None:
    assert tree(analyser, text) == expected


@pytest.mark.parametrize("within", [0, 1, 2])
def test_how_far_a_word_may_be_off_is_limited_by_a_setting(within: int) -> None:
    limits = Settings(max_fuzziness=within, max_distance=within)
    assert str(parse("pipeline~", settings=limits)) == f"pipeline~{within}"
    assert str(parse('"a b"~', settings=limits)) == f'"a b"~{within}'


def test_hyphenated_word_is_a_phrase_or_the_whole(analyser: Analyser) -> None:
    assert tree(analyser, "re-arms") == Any(
        (Phrase((Word("re", "re"), Word("arm", "arms"))), Word("rearm", "rearms"))
    )


def test_person_is_looked_up_by_words_of_the_name(analyser: Analyser) -> None:
    assert tree(analyser, "person:ivashov") == Word("ivashov", "ivashov", ("person",))


def test_country_is_looked_up_by_its_names(analyser: Analyser) -> None:
    assert tree(analyser, 'country:"United States" -country:Iran') == All(
        (HasValue("country", frozenset({"US"})), Not(HasValue("country", frozenset({"IR"}))))
    )


def test_countries_mentioned_are_asked_for_by_their_own_field(analyser: Analyser) -> None:
    both = HasValue(MENTIONED, frozenset({"US"})), HasValue("country", frozenset({"IR"}))
    assert tree(analyser, 'mentions:"United States" country:Iran') == All(both)
    assert str(parse("mentions:(Iran OR Iraq)")) == "mentions:Iran OR mentions:Iraq"


def test_unknown_country_finds_nothing_and_says_so(analyser: Analyser) -> None:
    node, unknown = analyse(parse("country:Atlantis").root, analyser, resolve)
    assert node == HasValue("country", frozenset({"Atlantis"}))
    assert unknown == ["no country is called “Atlantis”"]


def test_dates_become_ranges(analyser: Analyser) -> None:
    day = datetime.date
    assert tree(analyser, "date:2000..") == Dated(day(2000, 1, 1), None)


def test_query_without_words_is_everything(analyser: Analyser) -> None:
    assert tree(analyser, "") == EVERYTHING
    assert tree(analyser, "!!") == EVERYTHING


def test_bag_reads_no_syntax() -> None:
    assert str(bag("What's (TSS), a -b OR title:c?")) == (
        'What OR s OR TSS OR a OR b OR "OR" OR title OR c'
    )


WORDS = ["oil", "gas", "Iran", "2000", "é", "x" * 50, "\u0000", "\u202e"]
SYNTAX = [
    "AND",
    "OR",
    "NOT",
    "-",
    "(",
    ")",
    '"',
    "“",
    "*",
    "?",
    "~",
    "~1",
    '"~3',
    "date:",
    "..",
    "title:",
    "country:",
    ":",
]
pieces = st.sampled_from([*WORDS, *SYNTAX, " ", " ", " "])


@given(st.one_of(st.text(max_size=300), st.lists(pieces, max_size=40).map("".join)))
def test_any_text_is_understood_or_refused_by_name(analyser: Analyser, text: str) -> None:
    refused = ""
    for match in ("all", "any"):
        try:
            analyse(parse(text, match).root, analyser, resolve)  # type: ignore[arg-type]
        except BadQuery as problem:
            refused = str(problem)
    assert not refused or "(max_" in refused


@given(st.lists(pieces, max_size=25).map("".join))
def test_canonical_spelling_means_the_same(analyser: Analyser, text: str) -> None:
    try:
        root = parse(text).root
    except BadQuery:
        return
    if root is not None:
        again = parse(show(root)).root
        assert analyse(again, analyser, resolve) == analyse(root, analyser, resolve)
