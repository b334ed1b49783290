"""Finds place names in an article and decides which country each of them means.

Every place name gives one or more readings. Readings that can be only one country are the
evidence that decides the others; a city followed by its state or country is that country's. What
only looks like a place (a street, a company, somebody's surname) is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from searchapp.tag.gazetteer import LARGE, NEEDS_COMMA, Reading, gazetteer
from searchapp.tag.text import BREAK, Tokens
from searchapp.tag.words import COMPANY, FIRST, LAST, ORG, SPEECH, classes

QUALIFIERS = frozenset({"name", "state", "abbrev", "postal", "region"})
"""What may follow a town and a comma and says where the town is."""

LOCAL = frozenset({"state", "abbrev", "postal", "region"})
TOWNS = frozenset({"city", "region", "capital"})
"""Kinds whose names companies, streets and people bear, too."""

FAMOUS = 4.0
"""The likelihood from which a city needs no country behind it in a dateline."""

CLEAR = 2.5
"""How much likelier than the next a reading must be to be evidence for others."""

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
    "street st avenue ave road rd drive dr lane boulevard blvd terrace parkway turnpike".split()
)
"""What follows a name that a street took from elsewhere: `Dublin Road`."""

EXCHANGES = frozenset("stock exchange markets bourse".split())
"""Words of companies' names that make no company: a stock exchange is its country's."""

LONGEST_NAME = 5
"""Tokens after a place in which the end of a company's name is looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A phrase of tokens `first`…`last` that may name a place: its readings, likeliest first."""

    first: int
    last: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place read as one country; `passing` where it is a part of a company's name."""

    place: Place
    reading: Reading
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """Code → how strongly the article speaks of that country, by names of it beyond doubt, and
    how strongly it is written from inside it: states, regions, words only used there."""

    named: dict[str, float]
    local: dict[str, float]


def find_places(tokens: Tokens) -> list[Place]:
    """Every phrase that may name a place, in order, not overlapping."""
    known = gazetteer()
    words, keys = tokens.words, tokens.keys
    found: list[Place] = []
    end = 0
    for i, word in enumerate(words):
        if i < end or not word[0].isupper():
            continue
        match = known.forms.at(keys, i)
        if match is None:
            continue
        size, readings = match
        place = Place(i, i + size - 1, readings)
        if _possible(tokens, place):
            found.append(place)
        if size > 1 or (found and found[-1] is place):
            end = i + size
    return found


def _possible(tokens: Tokens, place: Place) -> bool:
    """Whether capitals, full stops and commas are as this form needs them."""
    i = place.first
    word = tokens.words[i]
    kind = place.readings[0].kind
    if kind == "none" or (i > 0 and tokens.words[i - 1] == "<"):
        return False
    if " ".join(tokens.keys[i : place.last + 1]) in gazetteer().exact and not word.isupper():
        return False
    if kind in NEEDS_COMMA:
        if i < 2 or tokens.words[i - 1] != "," or not tokens.words[i - 2][0].isupper():
            return False
        return word.isupper() or "." in word
    return True


def resolve(tokens: Tokens, places: Sequence[Place], taken: Collection[int]) -> list[Mention]:
    """Each place as the country it is most likely in; doubtful towns are left out, and the tokens
    `taken` by people's names."""
    free = [place for place in places if place.first not in taken and place.last not in taken]
    forced = _forced(tokens, free)
    hints = _hints(tokens, free, forced)
    dateline = dateline_end(tokens)
    written_small = {w for w in tokens.words if w[0].islower()}
    people = {tokens.keys[i] for i in taken}
    mentions = []
    for n, place in enumerate(free):
        if n in forced:
            reading = forced[n]
        elif tokens.headline <= place.first < dateline and place.readings[0].likelihood > FAMOUS:
            reading = place.readings[0]
        else:
            reading = _likeliest(place.readings, hints)
        if reading.kind == "city" and n not in forced:
            if tokens.keys[place.first] in written_small and place.first == place.last:
                continue
            if not _credible(tokens, place, reading, hints, dateline):
                continue
        mentions.append(Mention(place, reading))
    return mentions


def _forced(tokens: Tokens, places: Sequence[Place]) -> dict[int, Reading]:
    """Places followed by a comma and what they lie in: `Birmingham, Ala.`, `Paris, Texas`."""
    forced: dict[int, Reading] = {}
    for n in range(len(places) - 2, -1, -1):
        here, there = places[n], places[n + 1]
        if there.first != here.last + 2 or tokens.words[here.last + 1] != ",":
            continue
        known = {reading.code: reading for reading in here.readings}
        for outer in [forced[n + 1]] if n + 1 in forced else there.readings:
            if outer.kind not in QUALIFIERS or here.readings[0].kind in NEEDS_COMMA:
                continue
            if outer.code in known and known[outer.code].kind in ("city", "capital"):
                forced[n] = known[outer.code]
                if len(there.readings) > 1:
                    forced[n + 1] = outer
                break
            if outer.kind in NEEDS_COMMA:
                forced[n] = Reading(outer.code, "city", 1)
                break
    return forced


def _hints(tokens: Tokens, places: Sequence[Place], forced: dict[int, Reading]) -> Hints:
    named: dict[str, float] = defaultdict(float)
    local: dict[str, float] = defaultdict(float)
    for n, place in enumerate(places):
        reading = forced.get(n) or place.readings[0]
        clear = (
            n in forced
            or len(place.readings) == 1
            or (reading.likelihood - place.readings[1].likelihood > CLEAR)
        )
        if not clear or (reading.kind == "city" and n not in forced):
            continue
        named[reading.code] += 1.0
        if n in forced or reading.kind in LOCAL:
            local[reading.code] += 1.0
    for code in _cued(tokens):
        local[code] += 0.5
    return Hints(named, local)


def _cued(tokens: Tokens) -> Iterator[str]:
    """The country each word hints at that is only used there."""
    cues, keys = gazetteer().cues, tokens.keys
    for i, key in enumerate(keys):
        cue = cues.get(key)
        if cue is not None:
            code = cue.after.get(keys[i - 1]) if i else None
            if code or cue.code:
                yield code or cue.code or ""


def _likeliest(readings: tuple[Reading, ...], hints: Hints) -> Reading:
    """The reading that likelihood and the rest of the article speak for."""
    if len(readings) == 1:
        return readings[0]
    neighbours = gazetteer().neighbours
    abroad = len(hints.named) - 1

    def belief(reading: Reading) -> float:
        named, local = hints.named.get(reading.code, 0.0), hints.local.get(reading.code, 0.0)
        if reading.kind == "city":
            inside = min(local + 0.2 * min(named, 3.0), 5.0) - 0.5 - 0.5 * max(abroad, 0)
            return reading.likelihood + 1.5 * max(inside, 0.0)
        near = sum(hints.named.get(code, 0.0) for code in neighbours.get(reading.code, ()))
        return reading.likelihood + 1.5 * min(named, 3.0) + 0.3 * min(near, 3.0)

    return max(readings, key=belief)


def _credible(tokens: Tokens, place: Place, reading: Reading, hints: Hints, dateline: int) -> bool:
    """Whether a bare city name is that city: it is large, or something near says so."""
    i = place.first
    if tokens.headline <= i < dateline:
        return True
    if tokens.words[i].isupper() and (reading.thousands < LARGE or len(tokens.words[i]) < 5):
        return False
    if reading.thousands >= LARGE:
        return True
    if hints.named.get(reading.code) or hints.local.get(reading.code):
        return True
    return reading.thousands >= 15 and i > 0 and tokens.keys[i - 1] in BEFORE_PLACES


def dateline_end(tokens: Tokens) -> int:
    """The token after the dateline (`BUENOS AIRES, Feb 26 -`); the body's start when none."""
    start = tokens.headline
    for i in range(start, min(start + 20, len(tokens))):
        word = tokens.words[i]
        if word[0] in "-–—_" or (word == BREAK and i > start):
            opening = tokens.words[start:i]
            if any((w.isupper() and len(w) > 2) or w[0].isdigit() for w in opening):
                return i
            return start
    return start
