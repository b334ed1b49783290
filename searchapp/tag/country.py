"""Which countries an article mentions, and where and how it names each.

`places` finds the place names and `resolve` reads them; here they become one tag a country, and
`about` judges which of those the article is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from searchapp.model import Tag
from searchapp.tag.about import AT_DATELINE, IN_HEADLINE, IN_LEAD, STRETCH, Standing, about
from searchapp.tag.gazetteer import LARGE, STRENGTH, asked_key, names
from searchapp.tag.namesakes import TOWNS
from searchapp.tag.places import Place, dateline_end, find_places
from searchapp.tag.resolve import Mention, resolve
from searchapp.tag.text import Tokens, read

__all__ = ["LARGE", "Place", "asked_key", "find_places", "names", "tag_countries"]

OPENING = 30
"""Tokens of the first sentence, about: who does what."""
LEAD = 60

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


PACTS = frozenset(
    (
        *("accord", "accords", "agreement", "agreements", "club", "convention", "conventions"),
        *("declaration", "pact", "protocol", "treaty", "communique"),
    )
)
GOVERNMENT = frozenset(
    (
        *("government", "president", "prime", "premier", "minister", "ministry", "foreign"),
        *("finance", "trade", "officials", "official", "authorities", "central", "parliament"),
        *("ambassador", "embassy", "king", "queen", "army", "police", "leader", "leaders"),
        *("economy", "exports", "imports", "troops", "forces", "military"),
    )
)
"""What follows a country that acts: `Iranian officials`, `China's exports`."""


def tag_countries(
    tokens: Tokens, places: Sequence[Place], taken: Collection[int], dateline: str | None = None
) -> tuple[Tag, ...]:
    """The countries of an article, most important first.

    `taken` are the tokens that belong to a person's name; `dateline` is the place the article was
    sent from where that is known and no longer in its text.
    """
    standings = stand(tokens, resolve(tokens, places, taken), dateline)
    total = sum(standing.weight for standing in standings.values()) or 1.0
    chosen = about(standings, len(tokens))
    tags = [
        Tag(
            code,
            names().labels.get(code, code),
            tuple(standing.spans),
            round(standing.weight / total, 4),
            code in chosen,
        )
        for code, standing in standings.items()
    ]
    return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.spans[:1])))


def stand(
    tokens: Tokens, mentions: Sequence[Mention], dateline: str | None = None
) -> dict[str, Standing]:
    """How the article stands to each country it mentions, and to that of its dateline."""
    standings: dict[str, Standing] = defaultdict(Standing)
    start = dateline_end(tokens)
    for mention in mentions:
        standing = standings[mention.reading.code]
        first, last = mention.place.first, mention.place.last
        standing.spans.append(tokens.span(first, last))
        strength = STRENGTH[mention.reading.kind]
        passing = _is_passing(tokens, mention)
        if passing:
            strength *= IN_PASSING
        if last < tokens.headline:
            standing.headline = max(standing.headline, strength)
            standing.weight += strength * IN_HEADLINE
        elif last < start:
            standing.dateline = True
            standing.weight += strength * AT_DATELINE
        else:
            _count(standing, tokens, mention, strength, max(first - start, 0))
            standing.passing += passing
    if dateline and not any(standing.dateline for standing in standings.values()):
        for code in _codes_of_dateline(dateline):
            standings[code].dateline = True
            standings[code].weight += AT_DATELINE
    return standings


def _count(
    standing: Standing, tokens: Tokens, mention: Mention, strength: float, before: int
) -> None:
    """Adds a mention of the body that `before` of its tokens precede."""
    if not standing.count:
        standing.first = before
    standing.count += 1
    standing.body += strength
    standing.weight += strength * (IN_LEAD if before < LEAD else 1.0)
    if before < OPENING:
        standing.opening = max(standing.opening, strength)
    standing.stretches.add(before // STRETCH)
    standing.towns += mention.reading.kind in TOWNS
    standing.demonyms += mention.reading.kind == "demonym"
    after = mention.place.last + 1
    if after < len(tokens):
        owning = tokens.keys[after] in ("'s", "’s")
        standing.owning += owning
        after += owning
    if after < len(tokens):
        standing.governing += tokens.keys[after] in GOVERNMENT


def _is_passing(tokens: Tokens, mention: Mention) -> bool:
    """Whether this only names money, an agreement or a company after the country."""
    return (
        mention.in_company
        or _is_money(tokens, mention.place.last)
        or (mention.reading.kind in TOWNS and _names_pact(tokens, mention))
    )


def _names_pact(tokens: Tokens, mention: Mention) -> bool:
    """`Paris Club`, `Treaty of Rome`: what was agreed in a town keeps its name."""
    first, last = mention.place.first, mention.place.last
    after = tokens.keys[last + 1 : last + 3]
    return any(key in PACTS for key in after) or (
        first > 1 and tokens.keys[first - 1] == "of" and tokens.keys[first - 2] in PACTS
    )


def _is_money(tokens: Tokens, last: int) -> bool:
    """Whether the country only says whose money: `Swiss francs`, `Canadian dlrs`."""
    return last + 1 < len(tokens) and tokens.keys[last + 1] in CURRENCIES


def _codes_of_dateline(place: str) -> list[str]:
    """The countries of a dateline that was taken off the body: `Washington`, `PARIS, Texas`."""
    tokens = read(place)
    places = find_places(tokens)
    return [mention.reading.code for mention in resolve(tokens, places, ())][:1]
