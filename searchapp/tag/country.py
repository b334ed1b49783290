"""Which countries an article mentions, and which of them it is about.

Every place name gives one or more readings. Readings that can be only one country are the
evidence that decides the others; a city followed by its state or country is that country's.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from searchapp.model import Span, Tag
from searchapp.tag import lexicons
from searchapp.tag.text import BREAK, Phrases, Tokens, fold, keys_of, read
from searchapp.tag.words import COMPANY, CUTS, WORD, classes

STRENGTH = {
    "name": 1.0,
    "demonym": 1.0,
    "former": 1.0,
    "seat": 0.6,
    "capital": 0.8,
    "state": 0.7,
    "abbrev": 0.7,
    "postal": 0.7,
    "region": 0.7,
    "city": 0.5,
    "none": 0.0,
}
"""What one mention weighs, by how it names the country."""

LIKELIHOOD = {
    "name": 7.0,
    "demonym": 7.0,
    "former": 7.0,
    "seat": 7.0,
    "state": 6.5,
    "abbrev": 7.0,
    "postal": 7.0,
    "region": 4.5,
    "capital": 2.0,
    "city": 0.0,
    "none": 9.0,
}
"""How far a reading is preferred before the article is looked at; cities add their size."""

QUALIFIERS = frozenset({"name", "state", "abbrev", "postal", "region"})
"""What may follow a town and a comma and says where the town is."""

NEEDS_COMMA = frozenset({"abbrev", "postal"})
LOCAL = frozenset({"state", "abbrev", "postal", "region"})
MAY_BE_TOWNS = frozenset({"name", "capital", "state", "region", "city"})
"""Kinds whose forms are towns elsewhere, too: Lebanon, Paris, Norfolk."""

LARGE = 300
"""Thousands of people from which a city is meant without anything near it saying so."""

IN_HEADLINE = 3.0
AT_DATELINE = 2.0
IN_LEAD = 1.5
"""What a mention there counts against one further down; the lead is LEAD tokens long."""
LEAD = 60

OFTEN = 3
"""Mentions in the body, the first in the lead, that make a country one the article is about."""
HEAVY = 0.3
"""The share of the heaviest country's weight that does, without headline and dateline."""

IN_PASSING = 0.3
"""What is left of a mention that is a part of a company's name or says whose money is meant."""
TOWNS = frozenset({"city", "region", "capital"})
CURRENCIES = frozenset(
    (
        "dlr",
        "dlrs",
        "dollar",
        "dollars",
        "franc",
        "francs",
        "mark",
        "marks",
        "pound",
        "pounds",
        "yen",
        "lira",
        "lire",
        "guilder",
        "guilders",
        "crown",
        "crowns",
        "krona",
        "kronor",
        "kroner",
        "peso",
        "pesos",
        "rupee",
        "rupees",
        "rand",
        "euro",
        "euros",
        "stg",
        "sterling",
    )
)

FAMOUS = 4.0
"""The likelihood from which a city needs no country behind it in a dateline."""

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
class Place:
    """A phrase of tokens `first`…`last` that may name a place: its readings, likeliest first."""

    first: int
    last: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What countries are called (`labels`), and what people may type for one (`asked`)."""

    labels: dict[str, str]
    asked: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The place lexicons in one.

    `forms`: what stands for a country in news; `exact`: keys of those that need capitals (US);
    `cues`: words that hint at a country.
    """

    forms: Phrases[tuple[Reading, ...]]
    exact: frozenset[str]
    neighbours: dict[str, frozenset[str]]
    cues: dict[str, str]


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


@lexicons.cached
def gazetteer() -> Gazetteer:
    """Built on first use."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, dict[str, list[str]]] = defaultdict(dict)
    cues: dict[str, str] = {}
    for code, kind, form in _rows():
        if kind == "neighbour":
            neighbours[code].add(form)
        elif kind == "cue":
            cues[form] = code
        elif kind in STRENGTH:
            forms[form].setdefault(kind, []).append(code)
    return Gazetteer(
        Phrases(_entries(forms)),
        frozenset(" ".join(keys_of(form)) for form in forms if form.isupper()),
        {code: frozenset(codes) for code, codes in neighbours.items()},
        cues,
    )


def _rows() -> Iterator[tuple[str, str, str]]:
    """Code, kind and form: our own first, then the built ones that ours do not drop."""
    ours = [(row[0], row[1], row[2]) for row in lexicons.rows("countries.tsv")]
    dropped = {(code, form) for code, kind, form in ours if kind == "drop"}
    yield from ours
    for code, kind, form in lexicons.rows("built_countries.tsv"):
        if (code, form) not in dropped:
            yield code, kind, form


def _entries(
    forms: dict[str, dict[str, list[str]]],
) -> Iterable[tuple[list[str], tuple[Reading, ...]]]:
    """Phrase → readings, from the cities and from `forms` (form → kind → codes)."""
    table: dict[tuple[str, ...], dict[str, Reading]] = defaultdict(dict)
    for line in lexicons.lines("built_cities.txt.gz"):
        name, places = line.split("\t")
        key = _key(name)
        for place in places.split(","):
            code = place[:2]
            if code not in table[key]:
                table[key][code] = Reading(code, "city", int(place[3:]))
    for form, kinds in forms.items():
        key = _key(form)
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


def asked_key(words: str) -> str:
    """How a country's name is compared when somebody types it."""
    return " ".join(key for key in keys_of(fold(words.replace(".", ""))) if key.isalnum())


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


# --- from places to countries -------------------------------------------------------------------


def tag_countries(
    tokens: Tokens, places: Sequence[Place], taken: Collection[int], dateline: str | None = None
) -> tuple[Tag, ...]:
    """The countries of an article, most important first.

    `taken` are the tokens that belong to a person's name; `dateline` is the place the article was
    sent from where that is known and no longer in its text.
    """
    free = [place for place in places if place.first not in taken and place.last not in taken]
    chosen = _resolve(tokens, free)
    return _judge(tokens, chosen, dateline)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place read as one country."""

    place: Place
    reading: Reading


@dataclass(frozen=True, slots=True)
class Hints:
    """Code → how strongly the article speaks of that country, by names of it beyond doubt, and
    how strongly it is written from inside it: states, regions, words only used there."""

    named: dict[str, float]
    local: dict[str, float]


def _resolve(tokens: Tokens, places: Sequence[Place]) -> list[Mention]:
    """Each place as the country it is most likely in; doubtful towns are left out."""
    forced = _forced(tokens, places)
    hints = _hints(tokens, places, forced)
    dateline = _dateline_end(tokens)
    written_small = {w for w in tokens.words if w[0].islower()}
    mentions = []
    for n, place in enumerate(places):
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
            or (reading.likelihood - place.readings[1].likelihood > 2.5)
        )
        if not clear or (reading.kind == "city" and n not in forced):
            continue
        named[reading.code] += 1.0
        if n in forced or reading.kind in LOCAL:
            local[reading.code] += 1.0
    cues = gazetteer().cues
    for key in tokens.keys:
        if key in cues:
            local[cues[key]] += 0.5
    return Hints(named, local)


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


def _dateline_end(tokens: Tokens) -> int:
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


@dataclass(slots=True)
class Standing:
    """Where and how often an article names one country."""

    spans: list[Span] = field(default_factory=list)
    weight: float = 0.0
    headline: bool = False
    dateline: bool = False
    lead: bool = False
    body: int = 0


def _judge(tokens: Tokens, mentions: Sequence[Mention], place: str | None) -> tuple[Tag, ...]:
    """One tag a country, scored by where and how often it is named."""
    standings = _standings(tokens, mentions)
    if place and not any(standing.dateline for standing in standings.values()):
        for code in _codes_of_dateline(place):
            standings[code].dateline = True
            standings[code].weight += AT_DATELINE
    total = sum(standing.weight for standing in standings.values()) or 1.0
    about = _about(standings)
    tags = [
        Tag(
            code,
            names().labels.get(code, code),
            tuple(standing.spans),
            round(standing.weight / total, 4),
            code in about,
        )
        for code, standing in standings.items()
    ]
    return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.spans[:1])))


def _standings(tokens: Tokens, mentions: Sequence[Mention]) -> dict[str, Standing]:
    standings: dict[str, Standing] = defaultdict(Standing)
    dateline = _dateline_end(tokens)
    companies = {tokens.keys[m.place.first] for m in mentions if _names_company(tokens, m)}
    for mention in mentions:
        standing = standings[mention.reading.code]
        first, last = mention.place.first, mention.place.last
        standing.spans.append(tokens.span(first, last))
        strength = STRENGTH[mention.reading.kind]
        if _is_money(tokens, last) or (
            tokens.keys[first] in companies and mention.reading.kind in TOWNS
        ):
            strength *= IN_PASSING
        if last < tokens.headline:
            standing.headline = standing.headline or strength >= STRENGTH["city"]
            standing.weight += strength * IN_HEADLINE
        elif last < dateline:
            standing.dateline = True
            standing.weight += strength * AT_DATELINE
        else:
            lead = first < dateline + LEAD
            standing.lead = standing.lead or lead
            standing.body += strength >= STRENGTH["city"]
            standing.weight += strength * (IN_LEAD if lead else 1.0)
    return standings


def _is_money(tokens: Tokens, last: int) -> bool:
    """Whether the country only says whose money: `Swiss francs`, `Canadian dlrs`."""
    return last + 1 < len(tokens) and tokens.keys[last + 1] in CURRENCIES


def _names_company(tokens: Tokens, mention: Mention) -> bool:
    """`Essex Corp`, `Santos Ltd <STOS>`: a town that lent a company its name."""
    after = mention.place.last + 1
    if after >= len(tokens) or mention.reading.kind not in TOWNS:
        return False
    return tokens.words[after] == "<" or bool(classes().get(tokens.keys[after], 0) & COMPANY)


def _about(standings: dict[str, Standing]) -> set[str]:
    """The countries an article is about: those of its headline and dateline and those it keeps
    coming back to; the most weighty ones where it has neither headline nor dateline."""
    most = max((standing.body for standing in standings.values()), default=0)
    heaviest = max((standing.weight for standing in standings.values()), default=0.0)
    about = {
        code
        for code, standing in standings.items()
        if standing.headline
        or standing.dateline
        or (standing.lead and standing.body >= OFTEN and 2 * standing.body >= most)
    }
    return about or {
        code for code, standing in standings.items() if standing.weight >= HEAVY * heaviest
    }


def _codes_of_dateline(place: str) -> list[str]:
    """The countries of a dateline that was taken off the body: `Washington`, `PARIS, Texas`."""
    tokens = read(place)
    places = find_places(tokens)
    return [mention.reading.code for mention in _resolve(tokens, places)][:1]
