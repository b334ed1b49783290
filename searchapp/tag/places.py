"""Finds place names in an article and decides which country each of them means.

Every place name gives one or more readings. Readings that can be only one country are the
evidence that decides the others; a city followed by its state or country is that country's. What
only looks like a place (a street, a company, somebody's surname) is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from searchapp.tag.gazetteer import LARGE, NEEDS_COMMA, Reading, gazetteer
from searchapp.tag.text import BREAK, Tokens
from searchapp.tag.words import COMPANY, FUNCTION, HONORIFIC, OTHER, PARTICLE, TITLE, WHEN, classes

QUALIFIERS = frozenset({"name", "state", "abbrev", "postal", "region"})
"""What may follow a town and a comma and says where the town is."""

LOCAL = frozenset({"state", "abbrev", "postal", "region"})
TOWNS = frozenset({"city", "region", "capital"})
"""Kinds whose names companies, streets and people bear, too."""

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

STREET_WORDS = frozenset(
    (
        *("Street", "St.", "Avenue", "Ave", "Ave.", "Road", "Rd", "Rd.", "Drive", "Lane"),
        *("Boulevard", "Blvd", "Blvd.", "Terrace", "Parkway", "Turnpike"),
    )
)
"""What follows a name that a street took from elsewhere: `Dublin Road`."""
MOST_STREETS = 4
ENGLISH_SPEAKING = ("US", "GB", "CA", "AU", "IE", "NZ")
"""Countries whose local news name streets so, which makes towns in them likelier."""

EXCHANGES = frozenset("stock exchange markets bourse".split())
"""Words of companies' names that make no company: a stock exchange is its country's."""

SPEAKING = frozenset("speak speaks spoke spoken speaking learn learned learning".split())
MADE_ANYWHERE = frozenset(
    (
        *("language", "languages", "food", "foods", "cuisine", "cooking", "restaurant"),
        *("restaurants", "sausage", "sausages", "bread", "pastry", "dressing", "lessons"),
    )
)

COUNTY = ["County"]
AMERICAN_COUNTY = Reading("US", "county")
"""The likeliest country of a county: few other places write the word behind its name."""

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
    """A place read as one country."""

    place: Place
    reading: Reading


@dataclass(frozen=True, slots=True)
class Hints:
    """Code → how strongly the article speaks of that country, by names of it beyond doubt (`named`,
    those of `former` by the name of a state that is gone), and how strongly it is written from
    inside it: states, regions (`local`) and words and streets found there (`homely`)."""

    named: dict[str, float]
    local: dict[str, float]
    homely: dict[str, float]
    former: AbstractSet[str]


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
            if words[i + 1 : i + 2] == COUNTY and _may_be_county(keys[i]):
                found.append(Place(i, i + 1, (AMERICAN_COUNTY,)))
                end = i + 2
            continue
        size, readings = match
        if words[i + size : i + size + 1] == COUNTY:
            size, readings = size + 1, _as_county(readings)
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
    people = {tokens.keys[i] for i in taken} | _addressed(tokens, free)
    around = Around(
        dateline,
        {w for w in tokens.words if w[0].islower()},
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
        mentions.append(Mention(place, reading))
    return mentions


@dataclass(frozen=True, slots=True)
class Around:
    """What the whole article tells about single words (keys): `small`, those it also writes in
    small letters; `people`, parts of people's names, beside the countries that are `surely` named
    by words that are none; `companies`, first words of theirs."""

    dateline: int
    small: AbstractSet[str]
    people: AbstractSet[str]
    surely: AbstractSet[str]
    companies: AbstractSet[str]


def _addressed(tokens: Tokens, places: Sequence[Place]) -> AbstractSet[str]:
    """What is somebody's name, because it says so: the keys of `Mr Houston`."""
    table, keys = classes(), tokens.keys
    return {
        keys[place.first]
        for place in places
        if place.first and table.get(keys[place.first - 1], 0) & HONORIFIC
    }


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
    for i, key in enumerate(keys):
        cue = cues.get(key)
        if cue is not None:
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
    return sum(
        word in STREET_WORDS and words[i - 1][0].isupper() for i, word in enumerate(words) if i
    )


def _read(tokens: Tokens, place: Place, hints: Hints, around: Around) -> Reading:
    """The reading that likelihood and the rest of the article speak for."""
    readings = place.readings
    if len(readings) == 1:
        return readings[0]
    neighbours = gazetteer().neighbours
    abroad = len(hints.named) - 1
    famous = tokens.headline <= place.first < around.dateline
    at_home = any(
        r.kind == "city" and r.thousands >= KNOWN and hints.homely.get(r.code, 0.0) >= HOMELY
        for r in readings
    )
    largest = max(r.thousands for r in readings)
    written_from = any(
        r.kind == "city" and hints.local.get(r.code, 0.0) >= WRITTEN_FROM for r in readings
    )

    def belief(reading: Reading) -> float:
        named, local = hints.named.get(reading.code, 0.0), hints.local.get(reading.code, 0.0)
        likely = reading.likelihood
        if famous and reading is readings[0] and likely > FAMOUS:
            likely += METROPOLIS if reading.kind == "capital" else AT_DATELINE
        if reading.kind in ("city", "county"):
            inside = min(local + 0.2 * min(named, 3.0), MOST_LOCAL) - 0.5 - 0.5 * max(abroad, 0)
            if reading.thousands * DWARFED < largest:
                inside /= 2
            if written_from and not (named or local):
                likely -= UNHEARD_OF
            return likely + 1.5 * max(inside, 0.0)
        if reading.kind == "state":
            named = max(named, local, 0.0 if hints.named else 1.0)
        near = sum(hints.named.get(code, 0.0) for code in neighbours.get(reading.code, ()))
        if reading.kind == "name" and at_home and not (named or near or abroad > 0):
            likely -= ALONE_AT_HOME
        if reading.code in hints.former:
            likely -= NAMED_OTHERWISE
        return likely + 1.5 * min(named, 3.0) + 0.3 * min(near, 3.0)

    return max(readings, key=belief)


def _credible(
    tokens: Tokens, place: Place, reading: Reading, hints: Hints, around: Around
) -> bool:
    """Whether this is a place at all, and a bare town the one that was read."""
    if _is_street(tokens, place) or _is_way_of_life(tokens, place, reading):
        return False
    i, key = place.first, tokens.keys[place.first]
    before = tokens.keys[i - 1] if i else ""
    inside = before in ("in", "near")
    single = place.first == place.last
    small = reading.kind in ("city", "capital") and reading.thousands < LARGE
    if tokens.headline <= i < around.dateline:
        return True
    if single and key in around.people and not inside:
        if reading.kind in TOWNS or (
            reading.code not in around.surely and before not in BEFORE_PLACES
        ):
            return False
    if single and reading.kind == "city" and not inside and classes().get(key, 0) & PARTICLE:
        return False
    if key in around.companies and not inside and (small or reading.kind == "region"):
        return False
    if reading.kind == "county":
        return hints.local.get("US", 0.0) >= WRITTEN_FROM or not hints.named
    if reading.kind != "city":
        return True
    if single and key in around.small:
        return False
    length = tokens.starts[place.last] + len(tokens.words[place.last]) - tokens.starts[i]
    if tokens.words[i].isupper() and (reading.thousands < LARGE or length < 5):
        return False
    if reading.thousands >= LARGE or hints.local.get(reading.code):
        return True
    if _is_part_of_name(tokens, place):
        return False
    return bool(hints.named.get(reading.code)) or (
        reading.thousands >= 15 and before in BEFORE_PLACES
    )


def _is_part_of_name(tokens: Tokens, place: Place) -> bool:
    """`James Capel`, `Morgan Grenfell`: a capital right before or after it."""
    before, after = place.first - 1, place.last + 1
    if after < len(tokens) and tokens.words[after][0].isupper():
        return True
    return before > tokens.headline and (
        tokens.words[before][0].isupper() and tokens.keys[before] not in BEFORE_PLACES
    )


def _is_street(tokens: Tokens, place: Place) -> bool:
    """`Dublin Road`: streets take their names from anywhere."""
    after = place.last + 1
    return (
        after < len(tokens)
        and tokens.words[after] in STREET_WORDS
        and place.readings[0].kind not in ("seat", "demonym")
    )


def _is_way_of_life(tokens: Tokens, place: Place, reading: Reading) -> bool:
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
