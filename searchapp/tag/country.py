"""Which countries an article mentions, and which of them it is about.

`places` finds and reads the place names; here they are weighed: headline, dateline, beginning, how
often, and what only names a country in passing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
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

OFTEN = 3
"""Mentions in the body, the first in the lead, that make a country one the article is about."""
HEAVY = 0.3
"""The share of the heaviest country's weight that does, without headline and dateline."""

IN_PASSING = 0.3
"""What is left of a mention that is a part of a company's name or says whose money is meant."""
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


def tag_countries(
    tokens: Tokens, places: Sequence[Place], taken: Collection[int], dateline: str | None = None
) -> tuple[Tag, ...]:
    """The countries of an article, most important first.

    `taken` are the tokens that belong to a person's name; `dateline` is the place the article was
    sent from where that is known and no longer in its text.
    """
    return _judge(tokens, resolve(tokens, places, taken), dateline)


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
    dateline = dateline_end(tokens)
    companies = {tokens.keys[m.place.first] for m in mentions if names_company(tokens, m.place)}
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
    return [mention.reading.code for mention in resolve(tokens, places, ())][:1]
