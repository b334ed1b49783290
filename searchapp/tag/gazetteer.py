"""What stands for a country in news: the place lexicons, as one table of phrases.

Two tables for two needs: `names` are the labels of countries and what people may type for one,
`gazetteer` is every form an article may use, down to small towns. Both are read on first use.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from searchapp.tag import lexicons
from searchapp.tag.text import Phrases, fold, keys_of
from searchapp.tag.words import CUTS, WORD, classes

STRENGTH = {
    "name": 1.0,
    "demonym": 1.0,
    "former": 1.0,
    "seat": 0.6,
    "the": 0.6,
    "capital": 0.8,
    "state": 0.7,
    "abbrev": 0.7,
    "postal": 0.7,
    "region": 0.7,
    "county": 0.5,
    "city": 0.5,
    "none": 0.0,
}
"""What one mention weighs, by how it names the country."""

LIKELIHOOD = {
    "name": 7.0,
    "demonym": 7.0,
    "former": 7.0,
    "seat": 7.0,
    "the": 7.0,
    "state": 6.5,
    "abbrev": 7.0,
    "postal": 7.0,
    "region": 4.5,
    "county": 5.0,
    "capital": 2.0,
    "city": 0.0,
    "none": 9.0,
}
"""How far a reading is preferred before the article is looked at; cities add their size."""

LARGE = 300
"""Thousands of people from which a city is meant without anything near it saying so."""

NEEDS_COMMA = frozenset({"abbrev", "postal"})
MAY_BE_TOWNS = frozenset({"name", "capital", "state", "region", "city"})
"""Kinds whose forms are towns elsewhere, too: Lebanon, Paris, Norfolk."""

SHORTENED = 100
"""Thousands of people from which `Ludwigshafen am Rhein` is also called by its first word."""
_ON_A_RIVER = re.compile(r"(\w{5,}) (?:am|an der|im|in der|upon|ob der|nad|sur) \w+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ö": "Oe"})
_SHORT_FORMS = {"saint": ("st",), "st": ("saint",), "fort": ("ft",), "mount": ("mt",)}
_PLURAL = re.compile(r"\w*(?:[aeiou]n|i|[aeo]r|ot|ak)")
"""Demonyms that take an s: Omanis, Angolans, New Zealanders; not Danish, Chinese."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One country a phrase may stand for; `thousands` of people where it is a city."""

    code: str
    kind: str
    thousands: int = 0

    @property
    def likelihood(self) -> float:
        """Comparable between the readings of one phrase, before any context."""
        size = math.log10(self.thousands + 1)
        if self.kind == "capital" and self.thousands < LARGE:
            return size + 0.5
        if self.kind == "city" and self.thousands >= LARGE:
            return size + 1.5
        return LIKELIHOOD[self.kind] + size


@dataclass(frozen=True, slots=True)
class Names:
    """What countries are called (`labels`), and what people may type for one (`asked`)."""

    labels: dict[str, str]
    asked: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Cue:
    """The countries a word hints at: by itself, or by the word before it (`after`)."""

    alone: tuple[str, ...]
    after: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The place lexicons in one.

    `forms`: what stands for a country in news, the likeliest reading first; `exact`: keys of those
    that need capitals (US); `cues`: last words of what hints at a country.
    """

    forms: Phrases[tuple[Reading, ...]]
    exact: frozenset[str]
    neighbours: dict[str, frozenset[str]]
    cues: dict[str, Cue]


@lexicons.cached
def names() -> Names:
    """Read on first use, without the cities: a page of results needs the labels alone."""
    labels: dict[str, str] = {}
    asked: dict[str, set[str]] = defaultdict(set)
    for code, kind, form in _rows():
        if kind == "label":
            labels.setdefault(code, form)
        if kind in ("label", "name", "demonym", "former", "iso3"):
            asked[asked_key(form)].add(code)
        if kind == "iso3":
            asked[asked_key(code)].add(code)
    return Names(labels, {words: frozenset(codes) for words, codes in asked.items()})


def asked_key(words: str) -> str:
    """How a country's name is compared when somebody types it."""
    return " ".join(key for key in keys_of(fold(words.replace(".", ""))) if key.isalnum())


@lexicons.cached
def gazetteer() -> Gazetteer:
    """Built on first use."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, dict[str, list[str]]] = defaultdict(dict)
    cues: list[tuple[str, str]] = []
    for code, kind, form in _rows():
        if kind == "neighbour":
            neighbours[code].add(form)
        elif kind == "cue":
            cues.append((code, form))
        elif kind in STRENGTH:
            forms[form].setdefault(kind, []).append(code)
            if kind == "demonym" and _PLURAL.fullmatch(form.split()[-1]):
                forms[form + "s"].setdefault(kind, []).append(code)
    return Gazetteer(
        Phrases(_entries(forms)),
        _only_in_capitals(forms),
        {code: frozenset(codes) for code, codes in neighbours.items()},
        _cues(cues),
    )


def _rows() -> Iterator[tuple[str, str, str]]:
    """Code, kind and form: our own first, then the built ones that ours do not drop."""
    ours = [(row[0], row[1], row[2]) for row in lexicons.rows("countries.tsv")]
    dropped = {(code, form) for code, kind, form in ours if kind == "drop"}
    yield from ours
    for code, kind, form in lexicons.rows("built_countries.tsv"):
        if (code, form) not in dropped:
            yield code, kind, form


def _only_in_capitals(forms: Iterable[str]) -> frozenset[str]:
    """The keys whose every form is in capitals: `us` is no country, but `Va.` is a state as VA."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for form in forms:
        spellings[" ".join(keys_of(form))].append(form)
    return frozenset(key for key, found in spellings.items() if all(f.isupper() for f in found))


def _cues(rows: Iterable[tuple[str, str]]) -> dict[str, Cue]:
    """Last word of a cue → what it hints at; cues have one or two words."""
    table: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for code, cue in rows:
        before, _, word = cue.rpartition(" ")
        table[word][before] = (*table[word].get(before, ()), code)
    return {word: Cue(found.pop("", ()), found) for word, found in table.items()}


def _entries(
    forms: dict[str, dict[str, list[str]]],
) -> Iterable[tuple[list[str], tuple[Reading, ...]]]:
    """Phrase → readings, from the cities and from `forms` (form → kind → codes)."""
    table = _cities()
    for form, kinds in forms.items():
        for key in _variants(_key(form)):
            towns = table[key]
            readings = dict(towns) if kinds.keys() <= MAY_BE_TOWNS else {}
            for kind, codes in kinds.items():
                for code in codes:
                    known = readings.get(code)
                    if known is None or STRENGTH[kind] >= STRENGTH[known.kind]:
                        size = towns[code].thousands if code in towns else 0
                        if kind == "city":
                            size = max(size, LARGE)
                        readings[code] = Reading(code, kind, size)
            table[key] = readings
    table = {k: v for k, v in table.items() if not _is_ordinary(k, v)}
    for key, readings in table.items():
        yield list(key), tuple(sorted(readings.values(), key=lambda r: -r.likelihood))


def _cities() -> dict[tuple[str, ...], dict[str, Reading]]:
    """Keys of a city's name, in every spelling → country → the largest of that name there."""
    table: dict[tuple[str, ...], dict[str, Reading]] = defaultdict(dict)
    for line in lexicons.lines("built_cities.txt.gz"):
        name, places = line.split("\t")
        readings = [Reading(place[:2], "city", int(place[3:])) for place in places.split(",")]
        for key in _spellings(name):
            for reading in readings:
                known = table[key].get(reading.code)
                if known is None or known.thousands < reading.thousands:
                    table[key][reading.code] = reading
        if " " in name and (short := _ON_A_RIVER.fullmatch(name)):
            for reading in readings:
                if reading.thousands >= SHORTENED:
                    table[_key(short[1])].setdefault(reading.code, reading)
    return table


def _spellings(name: str) -> Iterator[tuple[str, ...]]:
    """The keys of `name` as written, without umlauts (Duesseldorf), and with St for Saint."""
    yield from _variants(_key(name))
    if not name.isascii():
        plain = name.translate(_UMLAUTS)
        if plain != name:
            yield _key(plain)


def _variants(key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """`saint louis`, `st louis` and `st . louis`, as headlines in capitals cut it."""
    yield key
    if len(key) > 1 and key[0] in _SHORT_FORMS:
        for short in _SHORT_FORMS[key[0]]:
            yield (short, *key[1:])
        last = _SHORT_FORMS[key[0]][-1] if key[0] != "st" else "st"
        yield (last, ".", *key[1:])


def _key(name: str) -> tuple[str, ...]:
    """The keys of `name`, most of which need no tokenizer."""
    if name.isascii() and name.replace(" ", "").isalpha():
        return tuple(name.lower().split())
    return tuple(keys_of(name))


def _is_ordinary(key: tuple[str, ...], readings: dict[str, Reading]) -> bool:
    """Towns called like an ordinary word (Reading, Mobile, Nice) are left out."""
    if len(key) > 1 or not classes().get(key[0], 0) & (WORD | CUTS):
        return False
    return all(r.kind == "city" and r.thousands < 5 * LARGE for r in readings.values())
