"""Which countries an article mentions, and which of them it is about.

`places` finds and reads the place names; here they are weighed: headline, dateline, beginning, how
often, and what only names a country in passing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from searchapp.model import Span, Tag
from searchapp.tag.gazetteer import LARGE, STRENGTH, asked_key, gazetteer, names
from searchapp.tag.places import Mention, Place, TOWNS, dateline_end, find_places, names_company, resolve
from searchapp.tag.text import Tokens, read
from searchapp.tag.words import COMPANY, classes

__all__ = ["LARGE", "Place", "asked_key", "find_places", "gazetteer", "names", "tag_countries"]

IN_HEADLINE = 3.0
AT_DATELINE = 2.0
IN_LEAD = 1.5
"""What a mention there counts against one further down; the lead is LEAD tokens long."""
LEAD = 60
OPENING = 30
"""Tokens of the first sentence, about: who does what."""

IN_PASSING = 0.3
"""What is left of a mention that is a part of a company's name or says whose money is meant."""

LIST_GAP = 6
LISTED = 3
"""So many countries, so few tokens apart, are a list: `Italy 12,000 tonnes, Spain 4,000 and …`."""

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


WEIGHTS = (0.0,)*27


def tag_countries(
    tokens: Tokens, places: Sequence[Place], taken: Collection[int], dateline: str | None = None
) -> tuple[Tag, ...]:
    """The countries of an article, most important first.

    `taken` are the tokens that belong to a person's name; `dateline` is the place the article was
    sent from where that is known and no longer in its text.
    """
    return _judge(tokens, resolve(tokens, places, taken), dateline)


PACTS = frozenset(
    (
        *("accord", "accords", "agreement", "agreements", "club", "convention", "conventions"),
        *("declaration", "pact", "protocol", "treaty", "communique"),
    )
)
HUBS = frozenset("london paris new washington geneva brussels vienna singapore hong nicosia rome tokyo".split())
ROLES = frozenset("president minister prime foreign finance trade government officials official central authorities ambassador parliament king army police leader leaders embassy economy exports imports".split())
SIGNS = {}
for line in """GB stg sterling pence plc
JP yen kk
DE marks mark ag gmbh pfennigs bundesbank
CH ag
AT schillings ag gmbh
FR francs cie ste
BE francs nv
LU francs
IT lire spa
NL guilders nv bv
ES pesetas
PT escudos
DK kroner crowns a/s
NO kroner crowns a/s
SE kronor crowns ab
FI markka oy
GR drachmas
IE punts
ZA rand pty
AU pty
IN rupees lakh crore
PK rupees
CN yuan renminbi
KR won
TH baht
MY ringgit bhd
ID rupiah
MX pesos
PH pesos
AR australs pesos
BR cruzados cruzeiros reais
VE bolivars
EC sucres
PE intis
NG naira
IL shekels
RU roubles rubles
PL zlotys
HU forints
SA riyals
TR liras lira""".split("\n"):
    c, *ws = line.split()
    for w in ws: SIGNS.setdefault(w, []).append(c)


@dataclass(slots=True)
class Standing:
    """Where and how often an article names one country. Strengths are those of STRENGTH."""

    spans: list[Span] = field(default_factory=list)
    weight: float = 0.0
    headline: float = 0.0
    place_in_headline: int = 0
    dateline: bool = False
    opening: float = 0.0
    lead: float = 0.0
    body: float = 0.0
    count: int = 0
    listed: int = 0
    passing: int = 0
    towns: int = 0
    passing_headline: float = 0.0
    first: int = 100000
    windows: set = field(default_factory=set)
    subject: int = 0
    demonym: int = 0
    possessive: int = 0
    company: int = 0
    last: int = 0
    hub: bool = False
    signs: int = 0
    ofin: int = 0
    role: int = 0
    alone: int = 0
    length: int = 0


def _judge(tokens: Tokens, mentions: Sequence[Mention], place: str | None) -> tuple[Tag, ...]:
    """One tag a country, scored by where and how often it is named."""
    standings = _standings(tokens, mentions)
    if place and not any(standing.dateline for standing in standings.values()):
        for code in _codes_of_dateline(place):
            standings[code].dateline = True
            standings[code].weight += AT_DATELINE
    total = sum(standing.weight for standing in standings.values()) or 1.0
    about = _about(standings, tokens.headline > 0)
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
    dateline = dateline_end(tokens)
    companies = {tokens.keys[m.place.first] for m in mentions if names_company(tokens, m.place)}
    listed = _listed(mentions)
    in_headline = 0
    for mention, in_list in zip(mentions, listed, strict=True):
        standing = standings[mention.reading.code]
        first, last = mention.place.first, mention.place.last
        standing.spans.append(tokens.span(first, last))
        strength = STRENGTH[mention.reading.kind]
        if _is_money(tokens, last) or _names_pact(tokens, mention) or (
            tokens.keys[first] in companies and mention.reading.kind in TOWNS
        ):
            strength *= IN_PASSING
            standing.passing += 1
            if last < tokens.headline: standing.passing_headline = 1.0
        if first >= dateline:
            standing.first = min(standing.first, first - dateline)
            standing.last = max(standing.last, first - dateline)
            standing.windows.add((first - dateline) // 50)
            prev = tokens.words[first-1] if first else '.'
            standing.subject += prev in '.\n"' or first == dateline or tokens.keys[first-1] in ("the","-") and tokens.words[first-2] in '.\n'
            standing.demonym += mention.reading.kind == "demonym"
            nxt = tokens.keys[last+1] if last + 1 < len(tokens) else '.'
            standing.possessive += nxt in ("'s", "’s")
            standing.ofin += tokens.keys[first-1] in ("in",)
            standing.role += (tokens.keys[last+1] if last+1<len(tokens) else '') in ROLES
        elif first >= tokens.headline and tokens.keys[first] in HUBS: standing.hub = True
        standing.length = len(tokens)
        if last < tokens.headline:
            if not standing.headline:
                in_headline += 1
                standing.place_in_headline = in_headline
            standing.headline = max(standing.headline, strength)
            standing.weight += strength * IN_HEADLINE
        elif last < dateline:
            standing.dateline = True
            standing.weight += strength * AT_DATELINE
        else:
            if first < dateline + OPENING:
                standing.opening = max(standing.opening, strength)
            if first < dateline + LEAD:
                standing.lead = max(standing.lead, strength)
            standing.body += strength
            standing.count += 1
            standing.listed += in_list
            standing.towns += mention.reading.kind in TOWNS
            standing.weight += strength * (IN_LEAD if first < dateline + LEAD else 1.0)
    for key in SIGNS.keys() & set(tokens.keys):
        for c in SIGNS[key]:
            if c in standings: standings[c].signs += 1
    return standings


def _listed(mentions: Sequence[Mention]) -> list[bool]:
    """For each mention, whether it is one of a list of countries."""
    listed: list[bool] = []
    start = 0
    for n in range(1, len(mentions) + 1):
        if n < len(mentions) and (
            mentions[n].place.first - mentions[n - 1].place.last <= LIST_GAP
        ):
            continue
        different = len({mention.reading.code for mention in mentions[start:n]})
        listed += [different >= LISTED] * (n - start)
        start = n
    return listed


def _names_pact(tokens: Tokens, mention: Mention) -> bool:
    """`Paris Club`, `Treaty of Rome`: what was agreed in a town keeps its name."""
    if mention.reading.kind not in TOWNS:
        return False
    first, last = mention.place.first, mention.place.last
    after = tokens.keys[last + 1 : last + 3]
    return any(key in PACTS for key in after) or (
        first > 1 and tokens.keys[first - 1] == "of" and tokens.keys[first - 2] in PACTS
    )


def _is_money(tokens: Tokens, last: int) -> bool:
    """Whether the country only says whose money: `Swiss francs`, `Canadian dlrs`."""
    return last + 1 < len(tokens) and tokens.keys[last + 1] in CURRENCIES


def _about(standings: dict[str, Standing], has_headline: bool) -> set[str]:
    """The countries an article is about; the likeliest one where none is likely enough."""
    chances = {
        code: sum(w * f for w, f in zip(WEIGHTS, features, strict=True))
        for code, features in describe(standings, has_headline).items()
    }
    about = {code for code, chance in chances.items() if chance > 0.0}
    return about or {code for code, chance in chances.items() if chance == max(chances.values())}


def describe(
    standings: Mapping[str, Standing], has_headline: bool
) -> dict[str, tuple[float, ...]]:
    """What WEIGHTS are for: numbers that say how an article speaks of each of its countries."""
    everyone = list(standings.values())
    has_dateline = any(s.dateline for s in everyone)
    weight = sum(s.weight for s in everyone) or 1.0
    body = sum(s.body for s in everyone) or 1.0
    most = max((s.body for s in everyone), default=0.0) or 1.0
    headlines = sum(s.headline >= 0.5 for s in everyone)
    openings = sum(s.opening >= 0.5 for s in everyone)
    many = math.log(len(everyone)) if everyone else 0.0
    found = {}
    for code, s in standings.items():
        count = max(s.count, 1)
        elsewhere = headlines - (s.headline >= 0.5)
        found[code] = (
            1.0,
            s.headline,
            float(s.place_in_headline == 1),
            s.headline * math.log1p(elsewhere),
            float(s.dateline),
            float(s.dateline and s.count == 0 and not s.headline),
            float(s.dateline and s.headline == 0 and elsewhere > 0),
            float(s.dateline and s.count == 0 and elsewhere > 0 and s.headline == 0),
            s.opening,
            s.lead,
            float(s.opening > 0 and openings == 1),
            math.log1p(s.body),
            s.body / body,
            s.body / most,
            s.weight / weight,
            float(len(everyone) == 1),
            many,
            s.listed / count,
            s.passing / count,
            s.towns / count,
            float(has_headline),
            float(has_headline and headlines > 0 and s.headline == 0),
            float(has_dateline),
            float(has_dateline and not s.dateline),
            many * s.body / body,
            many * s.lead,
            many * s.listed / count,
            s.passing_headline,
            math.log1p(min(s.first, 2000)),
            min(s.first, s.length) / max(s.length, 1),
            math.log1p(len(s.windows)),
            len(s.windows) * 50 / max(s.length, 50),
            s.subject / count,
            math.log1p(s.subject),
            s.demonym / count,
            math.log1p(s.possessive),
            float(s.hub),
            float(s.hub and s.count == 0 and s.headline == 0),
            float(s.hub and s.headline == 0 and elsewhere > 0),
            float(s.hub and s.headline == 0 and elsewhere > 0 and s.count == 0),
            float(min(s.signs, 3)),
            float(min(s.signs, 3)) * s.dateline,
            math.log1p(s.ofin), math.log1p(s.role),
            math.log(s.length or 1),
            sum(o.body > s.body for o in everyone), 
            math.log1p(sum(o.body > s.body for o in everyone)),
            many * many * s.body / body,
            float(s.count >= 2), float(s.count >= 3), float(s.count >= 5),
            math.log(s.length or 1) * math.log1p(s.body),
            many * math.log1p(s.body),
            many * s.headline,
        )
    return found


def _codes_of_dateline(place: str) -> list[str]:
    """The countries of a dateline that was taken off the body: `Washington`, `PARIS, Texas`."""
    tokens = read(place)
    places = find_places(tokens)
    return [mention.reading.code for mention in resolve(tokens, places, ())][:1]
