"""What has a place's name and is none: streets, companies, people, kitchens and languages."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from searchapp.tag.gazetteer import Reading
from searchapp.tag.places import Place
from searchapp.tag.text import Tokens
from searchapp.tag.words import COMPANY, HONORIFIC, classes

TOWNS = frozenset({"city", "region", "capital"})
"""Kinds of reading whose names companies and people bear, too."""

BEFORE_PLACES = frozenset(
    (
        "in",
        "at",
        "near",
        "from",
        "to",
        "of",
        "around",
        "outside",
        "via",
        "toward",
        "towards",
        "across",
    )
)

STREETS = frozenset(
    (
        *("Street", "St.", "Avenue", "Ave", "Ave.", "Road", "Rd", "Rd.", "Drive", "Lane"),
        *("Boulevard", "Blvd", "Blvd.", "Terrace", "Parkway", "Turnpike"),
    )
)
"""What follows a name that a street took from elsewhere: `Dublin Road`."""

EXCHANGES = frozenset(["stock", "exchange", "markets", "bourse"])
"""Words of companies' names that make no company: a stock exchange is its country's."""

SPEAKING = frozenset(
    ["speak", "speaks", "spoke", "spoken", "speaking", "learn", "learned", "learning"]
)
MADE_ANYWHERE = frozenset(
    (
        *("language", "languages", "food", "foods", "cuisine", "cooking", "restaurant"),
        *("restaurants", "sausage", "sausages", "bread", "pastry", "dressing", "lessons"),
    )
)

LONGEST_NAME = 5
"""Tokens after a place in which the end of a company's name is looked for."""


def is_street(tokens: Tokens, place: Place) -> bool:
    """`Dublin Road`: streets take their names from anywhere."""
    after = place.last + 1
    return (
        after < len(tokens)
        and tokens.words[after] in STREETS
        and place.readings[0].kind not in ("seat", "demonym")
    )


def is_way_of_life(tokens: Tokens, place: Place, reading: Reading) -> bool:
    """`Mexican food`, `spoke French`: a kitchen or a language, wherever it is."""
    if reading.kind != "demonym":
        return False
    before = tokens.keys[place.first - 1] if place.first else ""
    after = tokens.keys[place.last + 1] if place.last + 1 < len(tokens) else ""
    return before in SPEAKING or after in MADE_ANYWHERE


def names_company(tokens: Tokens, place: Place) -> bool:
    """`Essex Corp`, `Norfolk Southern Corp`, `Santos Ltd <STOS>`: a town that lent a company its
    name."""
    if place.readings[0].kind not in TOWNS:
        return False
    table = classes()
    for i in range(place.last + 1, min(place.last + 1 + LONGEST_NAME, len(tokens))):
        word = tokens.words[i]
        if word == "<":
            return True
        if word == "-" or word == "&":
            continue
        if not word[0].isupper() or tokens.keys[i] in EXCHANGES:
            return False
        if table.get(tokens.keys[i], 0) & COMPANY:
            return True
    return False


def is_part_of_name(tokens: Tokens, place: Place) -> bool:
    """`James Capel`, `Morgan Grenfell`: a capital right before or after it."""
    before, after = place.first - 1, place.last + 1
    if after < len(tokens) and tokens.words[after][0].isupper():
        return True
    return before > tokens.headline and (
        tokens.words[before][0].isupper() and tokens.keys[before] not in BEFORE_PLACES
    )


def addressed(tokens: Tokens, places: Sequence[Place]) -> AbstractSet[str]:
    """What is somebody's name, because it says so: the keys of `Mr Houston`."""
    table, keys = classes(), tokens.keys
    return {
        keys[place.first]
        for place in places
        if place.first and table.get(keys[place.first - 1], 0) & HONORIFIC
    }
