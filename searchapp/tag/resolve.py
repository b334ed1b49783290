"""Decides which country each place of an article means.

Every place name gives one or more readings. Readings that can be only one country are the
evidence that decides the others; a city followed by its state or country is that country's. What
only looks like a place, and what may be any of many small towns, is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from searchapp.tag.gazetteer import LARGE, NEEDS_COMMA, Reading, gazetteer
from searchapp.tag.namesakes import (
    BEFORE_PLACES,
    STREETS,
    TOWNS,
    addressed,
    is_part_of_name,
    is_street,
    is_way_of_life,
    names_company,
)
from searchapp.tag.places import Place, dateline_end
from searchapp.tag.text import Tokens
from searchapp.tag.words import PARTICLE, classes

QUALIFIERS = frozenset({"name", "state", "abbrev", "postal", "region"})
"""What may follow a town and a comma and says where the town is."""

LOCAL = frozenset({"state", "abbrev", "postal", "region"})
FAMOUS = 4.0
"""The likelihood from which a city needs no country behind it in a dateline."""

AT_DATELINE = 1.5
METROPOLIS = 9.0
"""What a famous city and a famous capital gain there over towns of their name, which would have
their state behind them."""

WRITTEN_FROM = 1.0
"""Local hints from which names of foreign countries may be towns."""

MOST_LOCAL = 5.0
"""Local hints beyond this make a town no likelier."""

DWARFED = 200
"""Times smaller than its namesake from which hints make a town only half as likely: Toronto, Ohio
needs more than a few American words."""

UNHEARD_OF = 3.0
"""What a city loses where its country is never named, and a namesake's country is."""

ALONE_AT_HOME = 4.5
KNOWN = 5
HOMELY = 1.5
"""What a country's name loses where it is a town's (of so many thousand people) of the country the
article is at home in, by so many of its words, and nothing else is said of that country, its
neighbours or any other: Lebanon in Ohio, not the Bank of China in New York."""

NAMED_OTHERWISE = 6.0
"""What an ambiguous name loses where the country is named by what it was called then: beside Zaire,
the Congo is the other one."""

CLEAR = 2.5
"""How much likelier than the next a reading must be to be evidence for others."""

MOST_STREETS = 4
ENGLISH_SPEAKING = ("US", "GB", "CA", "AU", "IE", "NZ")
"""Countries whose local news name streets so, which makes towns in them likelier."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place read as one country; `in_company` where it lent a company its name."""

    place: Place
    reading: Reading
    in_company: bool


@dataclass(frozen=True, slots=True)
class Hints:
    """What an article tells about countries, by code.

    `named`: how often a name beyond doubt names it; `local`: how much is written from inside it, by
    its states and regions and by what is `homely`, words and streets found only there; `former`:
    the countries that are named by a state that is gone.
    """

    named: dict[str, float]
    local: dict[str, float]
    homely: dict[str, float]
    former: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class Around:
    """What the whole article tells about single words, as keys.

    `written`: its words as they are, where a key is found that it also writes small; `people` and
    `companies`: words of names of theirs; `surely`: the countries that are named by none of these.
    """

    dateline: int
    written: AbstractSet[str]
    people: AbstractSet[str]
    surely: AbstractSet[str]
    companies: AbstractSet[str]


def resolve(tokens: Tokens, places: Sequence[Place], taken: Collection[int]) -> list[Mention]:
    """Each place as the country it is most likely in; doubtful towns are left out, and the tokens
    `taken` by people's names; nobody is named in a dateline."""
    dateline = dateline_end(tokens)
    free = [
        place
        for place in places
        if (place.first not in taken and place.last not in taken)
        or tokens.headline <= place.first <= place.last < dateline
    ]
    forced = _forced(tokens, free, dateline)
    hints = _hints(tokens, free, forced)
    people = {tokens.keys[i] for i in taken} | addressed(tokens, free)
    around = Around(
        dateline,
        set(tokens.words),
        people,
        _surely_named(tokens, free, people),
        {tokens.keys[p.first] for p in free if names_company(tokens, p)},
    )
    mentions = []
    for n, place in enumerate(free):
        reading = forced.get(n)
        if reading is None:
            reading = _read(tokens, place, hints, around)
            if not _credible(tokens, place, reading, hints, around):
                continue
        in_company = reading.kind in TOWNS and tokens.keys[place.first] in around.companies
        mentions.append(Mention(place, reading, in_company))
    return mentions


def _surely_named(
    tokens: Tokens, places: Sequence[Place], people: AbstractSet[str]
) -> AbstractSet[str]:
    """The countries named so that nobody can be meant: `Jordanian`, `in Jordan`."""
    return {
        place.readings[0].code
        for place in places
        if _is_clear(place.readings)
        and (
            tokens.keys[place.first] not in people
            or (place.first and tokens.keys[place.first - 1] in BEFORE_PLACES)
        )
    }


def _forced(tokens: Tokens, places: Sequence[Place], dateline: int) -> dict[int, Reading]:
    """Places that what follows them decides: `Birmingham, Ala.`, `Paris, Texas`."""
    forced: dict[int, Reading] = {}
    for n in range(len(places) - 2, -1, -1):
        here, there = places[n], places[n + 1]
        if there.first != here.last + 2 or tokens.words[here.last + 1] != ",":
            continue
        known = {reading.code: reading for reading in here.readings}
        sent_from = tokens.headline <= here.first and there.last < dateline
        for outer in [forced[n + 1]] if n + 1 in forced else there.readings:
            if outer.kind not in QUALIFIERS or here.readings[0].kind in NEEDS_COMMA:
                continue
            if outer.code in known and known[outer.code].kind in ("city", "capital"):
                forced[n] = known[outer.code]
                if len(there.readings) > 1:
                    forced[n + 1] = outer
                break
            if outer.kind in NEEDS_COMMA or (
                here.readings[0].kind == "city" and (outer.kind == "state" or sent_from)
            ):
                forced[n] = Reading(outer.code, "city", 1)
                break
    return forced


def _hints(tokens: Tokens, places: Sequence[Place], forced: Mapping[int, Reading]) -> Hints:
    """What the places beyond doubt say; a name that may be a town of a country the article is
    written from (`Lebanon` beside Ohio) is none of them."""
    local: dict[str, float] = defaultdict(float)
    clear: list[tuple[Place, Reading]] = []
    for n, place in enumerate(places):
        reading = forced.get(n) or place.readings[0]
        if n in forced or _is_clear(place.readings):
            clear.append((place, reading))
            if n in forced or reading.kind in LOCAL:
                local[reading.code] += 1.0
    homely = _homely(tokens)
    for code, words in homely.items():
        local[code] += words
    named: dict[str, float] = defaultdict(float)
    for place, reading in clear:
        if not any(
            r.kind == "city" and r.code != reading.code and local.get(r.code, 0.0) >= WRITTEN_FROM
            for r in place.readings
        ):
            named[reading.code] += 1.0
    former = {reading.code for _, reading in clear if reading.kind == "former"}
    return Hints(named, local, homely, former)


def _is_clear(readings: tuple[Reading, ...]) -> bool:
    """Whether this is a country's name whatever the article says."""
    if readings[0].kind in ("city", "county"):
        return False
    return len(readings) == 1 or readings[0].likelihood - readings[1].likelihood > CLEAR


def _homely(tokens: Tokens) -> dict[str, float]:
    """Code → how many words hint at it that are only used there, and streets it names like that."""
    found: dict[str, float] = defaultdict(float)
    cues, keys = gazetteer().cues, tokens.keys
    here = cues.keys() & set(keys)
    for i, key in enumerate(keys) if here else ():
        if key in here:
            cue = cues[key]
            for code in cue.after.get(keys[i - 1], cue.alone) if i else cue.alone:
                found[code] += 0.5
    streets = min(_streets(tokens), MOST_STREETS)
    if streets:
        for code in ENGLISH_SPEAKING:
            found[code] += 0.25 * streets
    return found


def _streets(tokens: Tokens) -> int:
    """How many streets the article names the English way."""
    words = tokens.words
    if STREETS.isdisjoint(words):
        return 0
    return sum(word in STREETS and words[i - 1][0].isupper() for i, word in enumerate(words) if i)


def _read(tokens: Tokens, place: Place, hints: Hints, around: Around) -> Reading:
    """The reading that likelihood and the rest of the article speak for."""
    readings = place.readings
    if len(readings) == 1:
        return readings[0]
    abroad = max(len(hints.named) - 1, 0)
    towns = [r for r in readings if r.kind == "city"]
    largest = max(r.thousands for r in readings)
    written_from = any(hints.local.get(r.code, 0.0) >= WRITTEN_FROM for r in towns)
    at_home = abroad == 0 and any(
        r.thousands >= KNOWN and hints.homely.get(r.code, 0.0) >= HOMELY for r in towns
    )

    def belief(reading: Reading) -> float:
        if reading.kind not in ("city", "county"):
            return _belief_in_country(reading, hints, at_home)
        belief = _belief_in_town(reading, hints, abroad, reading.thousands * DWARFED < largest)
        heard_of = hints.named.get(reading.code) or hints.local.get(reading.code)
        return belief - UNHEARD_OF if written_from and not heard_of else belief

    beliefs = [belief(reading) for reading in readings]
    if tokens.headline <= place.first < around.dateline and readings[0].likelihood > FAMOUS:
        beliefs[0] += METROPOLIS if readings[0].kind == "capital" else AT_DATELINE
    return readings[beliefs.index(max(beliefs))]


def _belief_in_town(reading: Reading, hints: Hints, abroad: int, dwarfed: bool) -> float:
    """Comparable with that in a country; `abroad` are the other countries the article names."""
    named, local = hints.named.get(reading.code, 0.0), hints.local.get(reading.code, 0.0)
    inside = min(local + 0.2 * min(named, 3.0), MOST_LOCAL) - 0.5 - 0.5 * abroad
    return reading.likelihood + (0.75 if dwarfed else 1.5) * max(inside, 0.0)


def _belief_in_country(reading: Reading, hints: Hints, at_home: bool) -> float:
    named = hints.named.get(reading.code, 0.0)
    if reading.kind == "state":
        named = max(named, hints.local.get(reading.code, 0.0), 0.0 if hints.named else 1.0)
    neighbours = gazetteer().neighbours.get(reading.code, frozenset())
    near = sum(hints.named.get(code, 0.0) for code in neighbours)
    belief = reading.likelihood + 1.5 * min(named, 3.0) + 0.3 * min(near, 3.0)
    if reading.kind == "name" and at_home and not (named or near):
        belief -= ALONE_AT_HOME
    if reading.code in hints.former:
        belief -= NAMED_OTHERWISE
    return belief


def _is_written_from(code: str, hints: Hints) -> bool:
    """Whether no other country has twice the hints: English words and streets hint at many."""
    local = hints.local.get(code, 0.0)
    return local > 0.0 and 2 * local >= max(hints.local.values())


def _credible(tokens: Tokens, place: Place, reading: Reading, hints: Hints, around: Around) -> bool:
    """Whether this is a place at all, and a bare town the one that was read."""
    if is_street(tokens, place) or is_way_of_life(tokens, place, reading):
        return False
    i, key = place.first, tokens.keys[place.first]
    before = tokens.keys[i - 1] if i else ""
    inside = before in ("in", "near")
    single = place.first == place.last
    small = reading.kind in ("city", "capital") and reading.thousands < LARGE
    if tokens.headline <= i < around.dateline:
        return True
    if single and key in around.people and not inside:
        unheard = reading.code not in around.surely and before not in BEFORE_PLACES
        if unheard or reading.kind in TOWNS:
            return False
    if single and reading.kind == "city" and not inside and classes().get(key, 0) & PARTICLE:
        return False
    if key in around.companies and not inside and (small or reading.kind == "region"):
        return False
    if reading.kind == "county":
        return hints.local.get("US", 0.0) >= WRITTEN_FROM or not hints.named
    if reading.kind != "city":
        return True
    if single and key in around.written:
        return False
    length = tokens.starts[place.last] + len(tokens.words[place.last]) - tokens.starts[i]
    if tokens.words[i].isupper() and (reading.thousands < LARGE or length < 5):
        return False
    if reading.thousands >= LARGE or _is_written_from(reading.code, hints):
        return True
    if is_part_of_name(tokens, place):
        return False
    return bool(hints.named.get(reading.code)) or (
        reading.thousands >= 15 and before in BEFORE_PLACES
    )
