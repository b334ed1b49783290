"""Finds the phrases of an article that may name a place, each with the countries it may lie in."""

from __future__ import annotations

from dataclasses import dataclass

from searchapp.tag.gazetteer import NEEDS_COMMA, Reading, gazetteer
from searchapp.tag.text import BREAK, Tokens
from searchapp.tag.words import FUNCTION, OTHER, TITLE, WHEN, classes

COUNTY = ["County"]
AMERICAN_COUNTY = Reading("US", "county")
"""The likeliest country of a county: few other places write the word behind its name."""

TOGETHER = (["and"], ["or"])

DATELINE = 20
"""Tokens in which a dateline ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """A phrase of tokens `first`…`last` that may name a place: its readings, likeliest first."""

    first: int
    last: int
    readings: tuple[Reading, ...]


def find_places(tokens: Tokens) -> list[Place]:
    """Every phrase that may name a place, in order, not overlapping."""
    known = gazetteer()
    words, keys = tokens.words, tokens.keys
    found: list[Place] = []
    counties = "County" in words
    end = 0
    for i, word in enumerate(words):
        if not word[0].isupper() or i < end:
            continue
        match = known.forms.at(keys, i)
        if match is None:
            if counties and words[i + 1 : i + 2] == COUNTY and _may_be_county(keys[i]):
                found.append(Place(i, i + 1, (AMERICAN_COUNTY,)))
                end = i + 2
            elif keys[i + 1 : i + 2] in TOGETHER and (half := _half(keys, i)):
                found.append(Place(i, i, half))
            continue
        size, readings = match
        if counties and words[i + size : i + size + 1] == COUNTY:
            size, readings = size + 1, _as_county(readings)
        place = Place(i, i + size - 1, readings)
        if _possible(tokens, place):
            found.append(place)
        if size > 1 or (found and found[-1] is place):
            end = i + size
    return found


def _half(keys: list[str], i: int) -> tuple[Reading, ...]:
    """The readings of North Korea at the first word of `North and South Korea`, else nothing."""
    forms = gazetteer().forms
    whole = forms.at(keys, i + 2) if i + 2 < len(keys) else None
    if whole is None or whole[0] < 2:
        return ()
    other = [keys[i], *keys[i + 3 : i + 2 + whole[0]]]
    match = forms.at(other, 0)
    return match[1] if match and match[0] == len(other) else ()


def _possible(tokens: Tokens, place: Place) -> bool:
    """Whether capitals, full stops and commas are as this form needs them."""
    i = place.first
    word = tokens.words[i]
    kind = place.readings[0].kind
    if kind == "none" or (i > 0 and tokens.words[i - 1] == "<"):
        return False
    if " ".join(tokens.keys[i : place.last + 1]) in gazetteer().exact and not word.isupper():
        return False
    if kind == "the":
        return i > 0 and tokens.keys[i - 1] == "the" and not word.isupper()
    if kind in NEEDS_COMMA:
        if i < 2 or tokens.words[i - 1] != "," or not tokens.words[i - 2][0].isupper():
            return False
        return word.isupper() or "." in word or _closes_dateline(tokens, i)
    return True


def _closes_dateline(tokens: Tokens, i: int) -> bool:
    """`CANTON, Mass, March 4`: no full stop, but a town in capitals and two commas."""
    town = tokens.words[i - 2]
    return town.isupper() and len(town) > 2 and tokens.words[i + 1 : i + 2] == [","]


def _may_be_county(key: str) -> bool:
    return len(key) > 2 and not classes().get(key, 0) & (FUNCTION | WHEN | TITLE | OTHER)


def _as_county(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """The readings of X for `X County`: the Lebanon of Lebanon County is no country."""
    kept = [reading for reading in readings if reading.kind not in ("name", "state", "demonym")]
    return tuple(sorted([*kept, AMERICAN_COUNTY], key=lambda r: -r.likelihood))


def dateline_end(tokens: Tokens) -> int:
    """The token after the dateline (`BUENOS AIRES, Feb 26 -`); the body's start when none."""
    start = tokens.headline
    for i in range(start, min(start + DATELINE, len(tokens))):
        word = tokens.words[i]
        if word[0] in "-–—_" or (word == BREAK and i > start):
            opening = tokens.words[start:i]
            if any((w.isupper() and len(w) > 2) or w[0].isdigit() for w in opening):
                return i
            return start
    return start
