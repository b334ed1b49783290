"""Queries and filters in words."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

import pytest

from searchapp import query, tag
from searchapp.describe import describe
from searchapp.model import Search
from searchapp.query import Both, Either, Negated, Range, Syntax, Typed
from searchapp.said import Said

ALL = Search(
    chosen={"country": ("IR", "RU"), "person": ("Ali Shamkhani",), "topic": ("medtop:16000000",)},
    excluded={"country": ("IQ",), "person": ("A", "B"), "topic": ("own",)},
    date_from=datetime.date(2000, 7, 3),
)


def described(typed: str, search: Search | None = None) -> Said:
    return describe(query.parse(typed).root, search or Search(), tag.resolve, tag.label)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "all articles"),
        ("gas", "articles with gas"),
        ("gas gas", "articles with gas"),
        ("gas pipeline", "articles with gas and pipeline"),
        ("a b c", "articles with a, b and c"),
        ("gas OR oil", "articles with gas or oil"),
        ("a OR b OR c", "articles with a, b or c"),
        ("gas -Caspian", "articles with gas, without Caspian"),
        ("gas -a -b", "articles with gas, without a or b"),
        ("-gas", "articles without gas"),
        ('"Northern Alliance"', 'articles with the phrase "Northern Alliance"'),
        ('gas -"a b"', 'articles with gas, without the phrase "a b"'),
        ("pipelin*", "articles with a word that starts with pipelin"),
        ("p?pe*s", "articles with a word like p?pe*s"),
        ("pipline~", "articles with a word at most 2 letters from pipline"),
        ("Tehren~1", "articles with a word at most one letter from Tehren"),
        ("Tehran~0", "articles with Tehran"),
        ('"a b"~0', "articles with the words a b side by side"),
        ('"a b"~1', "articles with the words a b with at most one other among them"),
        ('"a b"~5', "articles with the words a b with at most 5 others among them"),
        ("title:gas", "articles with gas in the title"),
        ("title:(gas oil)", "articles with gas and oil in the title"),
        ("title:gas -title:oil", "articles with gas in the title, without oil in the title"),
        ("title:(a OR b)", "articles with a or b in the title"),
        ("country:IR", "articles about Iran"),
        ("country:Persia", "articles about Iran"),
        ("country:Atlantis", "articles about Atlantis"),
        ("-country:IR", "articles not about Iran"),
        ("country:(IR OR RU)", "articles about Iran or Russia"),
        ("mentions:(IR OR RU)", "articles that mention Iran or Russia"),
        ("-mentions:IR", "articles that do not mention Iran"),
        ("topic:medtop:16000000", "articles on the topic of conflict, war and peace"),
        ("-topic:medtop:16000000", "articles not on the topic of conflict, war and peace"),
        ("person:ivashov", "articles on a person named ivashov"),
        ('person:"Ali Shamkhani"', "articles on a person named Ali Shamkhani"),
        (
            "person:Iv?shov",
            "articles on a person whose name has a word like Iv?shov",
        ),
        ("-person:ivashov", "articles not on a person named ivashov"),
        ("person:(a b)", "articles on a person named a, on a person named b"),
        ("person:(a OR b)", "articles either on a person named a or on a person named b"),
        ("source:RFE/RL", "articles published by RFE/RL"),
        (
            "-source:RFE*",
            "articles not published by a source whose name has a word that starts with RFE",
        ),
        ("date:2000-07-03", "articles of 3 July 2000"),
        ("date:2000", "articles of the year 2000"),
        ("date:2000-07", "articles from 1 July 2000 to 31 July 2000"),
        ("date:2000..2001", "articles from 1 January 2000 to 31 December 2001"),
        ("date:2000..", "articles from 1 January 2000 on"),
        ("date:..2000", "articles until 31 December 2000"),
        ("-date:2000", "articles not of the year 2000"),
    ],
)
def test_common_queries_read_well(typed: str, expected: str) -> None:
    assert described(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Brussels OR Bushehr Vek", "articles with Brussels or both Bushehr and Vek"),
        ("(Brussels OR Bushehr) Vek", "articles with Vek and either Brussels or Bushehr"),
        ("a (b OR c OR d)", "articles with a and any of b, c or d"),
        ("a OR (b c d)", "articles with a or all of b, c and d"),
        ("-(a b)", "articles not with both a and b"),
        ("-(a OR b)", "articles not with either a or b"),
        ("a OR -b", "articles either with a or without b"),
        ("a OR country:IR OR title:b", "articles either with a, about Iran or with b in the title"),
        (
            "(a country:IR date:2000) OR (b -c)",
            "articles either at once with a, about Iran and of the year 2000 or both with b and "
            "without c",
        ),
        ("-country:(IR OR RU)", "articles not about either Iran or Russia"),
        ("-(a country:IR)", "articles not both with a and about Iran"),
    ],
)
def test_nested_queries_are_told_apart_by_their_brackets(typed: str, expected: str) -> None:
    assert described(typed) == expected


def test_filters_stand_behind_the_query() -> None:
    assert described("gas -oil", ALL) == (
        "articles with gas, without oil, about Iran or Russia, not about Iraq, on Ali Shamkhani, "
        "not on A or B, on the topic of conflict, war and peace, not on the topic of own, "
        "from 3 July 2000 on"
    )


def test_countries_mentioned() -> None:
    search = Search(
        chosen={"country": ("IR",)}, excluded={"country": ("IQ",)}, countries="mentioned"
    )
    assert described("", search) == "articles that mention Iran, that do not mention Iraq"


def test_words_as_typed_and_labels_stand_out() -> None:
    pieces = described('gas "a b"', Search(chosen={"country": ("IR",)})).pieces()
    assert [tuple(piece) for piece in pieces] == [
        ("text", "articles with "),
        ("term", "gas"),
        ("text", " and the phrase "),
        ("term", '"a b"'),
        ("text", ", about "),
        ("label", "Iran"),
    ]


def test_a_long_list_is_no_deep_nest() -> None:
    words = [f"w{number}" for number in range(5000)]
    node = Either(tuple(Typed(word) for word in words))
    said = describe(node, Search(), tag.resolve, tag.label)
    assert "".join(piece.text for piece in said.pieces()) == str(said)
    assert str(said).endswith("w4997, w4998 or w4999")


# --- no two queries are described alike ---------------------------------------------------------

LEAVES: tuple[Syntax, ...] = (
    Typed("a"),
    Typed("b"),
    Typed("a", field="title"),
    Typed("IR", field="country"),
    Range(datetime.date(2000, 7, 3), None),
)


def trees(depth: int) -> Iterator[Syntax]:
    """Every tree of at most so many levels of groups of two or three parts, flat as parsed."""
    yield from LEAVES
    if not depth:
        return
    parts = list(LEAVES) if depth == 1 else list(dict.fromkeys((*LEAVES, *_some(trees(depth - 1)))))
    parts += [Negated(part) for part in parts if not isinstance(part, Negated)]
    yield from (part for part in parts if isinstance(part, Negated))
    for size in (2, 3):
        for chosen in combinations(parts, size):
            for kind in (Both, Either):
                if not any(isinstance(part, kind) for part in chosen):
                    yield kind(chosen)


def _some(nodes: Iterator[Syntax]) -> Sequence[Syntax]:
    """Every 31st, so that there are not too many."""
    return [node for number, node in enumerate(nodes) if number % 31 == 0]


def meaning(node: Syntax) -> Hashable:
    """Equal for trees that differ in the order of parts alone."""
    match node:
        case Both(parts):
            return ("both", frozenset(map(meaning, parts)))
        case Either(parts):
            return ("either", frozenset(map(meaning, parts)))
        case Negated(part):
            return ("not", meaning(part))
    return node


def test_queries_that_differ_are_described_differently() -> None:
    seen: dict[tuple[object, ...], Hashable] = {}
    for node in trees(2):
        pieces = describe(node, Search(), tag.resolve, tag.label).pieces()
        assert seen.setdefault(pieces, meaning(node)) == meaning(node), query.show(node)
    assert len(seen) > 1000
