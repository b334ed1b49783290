"""What an article is about, as IPTC Media Topics: weighted phrases, counted.

The phrases are in `lexicon/topic_phrases.tsv`, which a newsroom can edit. A topic's points grow
with the logarithm of how often each of its phrases occurs, so that one repeated word is not a
topic; a level-1 topic has its own points and those of the topics below it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import Stemmer  # type: ignore[import-not-found]

from searchapp.model import Span, Tag
from searchapp.tag import lexicons
from searchapp.tag.text import Phrases, Tokens, read

HEADLINE = 1.0
"""Occurrences that one in the headline counts in addition."""

LEAST_POINTS = 3.0
LEAST_SHARE = 0.3
"""A level-1 topic needs these points, and this share of the points of the strongest one."""

LEAST_CHILD_POINTS = 3.0
LEAST_CHILD_SHARE = 0.25
"""The same for a level-2 topic, against its parent's points."""

HALF_SCORE = 12.0
"""Points that give a score of one half."""

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Weight:
    """One phrase of one topic; `exact` is the phrase as it must be written, if it must."""

    code: str
    points: float
    exact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The topic lexicons in one."""

    labels: dict[str, str]
    parents: dict[str, str]
    phrases: Phrases[tuple[Weight, ...]]


@lexicons.cached
def tables() -> Tables:
    """Built on first use."""
    labels, parents = {}, {}
    for code, parent, label in lexicons.rows("built_topics.tsv"):
        labels[code] = label
        if parent != code:
            parents[code] = parent
    entries: dict[tuple[str, ...], list[Weight]] = defaultdict(list)
    for code, points, phrases in lexicons.rows("topic_phrases.tsv"):
        for phrase in phrases.split("; "):
            words = read(phrase.removeprefix("=")).words
            exact = tuple(words) if phrase[0] == "=" or phrase != phrase.lower() else ()
            known = entries[tuple(stems([w.lower() for w in words]))]
            if code == NOTHING:  # takes the phrase away from the topics in rows before
                known.clear()
            known.append(Weight(code, float(points), exact))
    table = Phrases((list(words), tuple(weights)) for words, weights in entries.items())
    return Tables(labels, parents, table)


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english", 30_000)


def stems(keys: list[str]) -> list[str]:
    """The English stems that phrases are compared by."""
    stemmed: list[str] = _stemmer().stemWords(keys)
    return stemmed


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a phrase stands, as (first, last) tokens, and what it is worth to a topic."""

    weight: float
    places: list[tuple[int, int]]


Found = dict[str, dict[str, Occurrences]]
"""Code → phrase → its occurrences."""


def tag_topics(tokens: Tokens) -> tuple[Tag, ...]:
    """The topics of an article, strongest first; a level-2 topic never without its parent."""
    found = _find(tokens)
    families: dict[str, list[str]] = defaultdict(list)
    for code in found:
        families[tables().parents.get(code, code)].append(code)
    total = {parent: _points(tokens, found, family) for parent, family in families.items()}
    most = max(total.values(), default=0.0)
    tags = []
    for parent, family in families.items():
        if total[parent] < max(LEAST_POINTS, LEAST_SHARE * most):
            continue
        tags.append(_tag(tokens, parent, total[parent], found, family))
        for code in family:
            own = _points(tokens, found, [code])
            if code != parent and own >= max(LEAST_CHILD_POINTS, LEAST_CHILD_SHARE * total[parent]):
                tags.append(_tag(tokens, code, own, found, [code]))
    return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.spans[0], tag.value)))


def _find(tokens: Tokens) -> Found:
    phrases = tables().phrases
    words = stems(tokens.keys)
    found: Found = defaultdict(dict)
    end = 0
    for i, word in enumerate(words):
        match = phrases.at(words, i) if i >= end else None
        if match is None:
            continue
        size, weights = match
        end = i + size
        phrase = word if size == 1 else " ".join(words[i:end])
        for weight in weights:
            if weight.code != NOTHING and _as_written(tokens, i, weight.exact):
                known = found[weight.code].setdefault(phrase, Occurrences(weight.points, []))
                known.places.append((i, end - 1))
    return found


def _as_written(tokens: Tokens, i: int, exact: tuple[str, ...]) -> bool:
    if not exact:
        return True
    written = tuple(word.replace(".", "") for word in tokens.words[i : i + len(exact)])
    return written == exact or (
        exact == tuple(w.lower() for w in exact) == tuple(w.lower() for w in written)
    )


def _points(tokens: Tokens, found: Found, codes: Iterable[str]) -> float:
    """The points of all phrases of `codes`, each phrase once however many of them list it.

    A phrase gives its weight, more when it stands in the headline, and ever less for each further
    time: 1 + log of how often, as term frequency counts in ranking.
    """
    best: dict[str, float] = {}
    for code in codes:
        for phrase, seen in found[code].items():
            headline = HEADLINE if seen.places[0][0] < tokens.headline else 0.0
            points = seen.weight * (1.0 + math.log(len(seen.places) + headline))
            best[phrase] = max(points, best.get(phrase, 0.0))
    return sum(best.values())


def _tag(tokens: Tokens, code: str, points: float, found: Found, evidence: Iterable[str]) -> Tag:
    """The tag of `code`, with the phrases found for the topics of `evidence`."""
    spans = (
        tokens.span(*place)
        for topic in evidence
        for seen in found[topic].values()
        for place in seen.places
    )
    score = points / (points + HALF_SCORE)
    return Tag(code, tables().labels[code], _disjoint(spans), round(score, 4))


def _disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for start, end in sorted(set(spans)):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept)
