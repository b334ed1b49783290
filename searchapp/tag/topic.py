"""What an article is about, as IPTC Media Topics: weighted phrases, counted.

The phrases are in `lexicon/topic_phrases.tsv`, which a newsroom can edit; its head says how. Their
weights are set by judgement and not learnt: what is learnt from one archive names the people and
firms of its years. A topic's points grow with the logarithm of how often each of its phrases
occurs, so that one repeated word is not a topic; a level-1 topic has its own points and those of
the topics below it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from searchapp.model import Span, Tag
from searchapp.tag import lexicons
from searchapp.tag.inflection import base
from searchapp.tag.text import Phrases, Tokens, read

OURS = "topic_phrases.tsv"
BUILT = "built_topic_phrases.tsv"

BUILT_WEIGHT = 1.5
"""IPTC's labels are names of fields rather than the words of articles."""

MOST_WEIGHT = 5.0

HEADLINE = 1.0
"""Occurrences that one in the headline counts in addition. More makes short texts worse."""

SUPPORT = 1.0
SUPPORT_ALONE = 2.0
"""Phrases up to the weight SUPPORT only support a topic: together they give at most as many points
as its stronger phrases, and two more. So "win", "team" and "side" make no sport of a business
article, yet are a hint where a text of two lines has nothing else."""

LEAST_POINTS = 3.0
LEAST_SHARE = 0.4
"""A level-1 topic needs these points, and this share of the points of the strongest one. Of 0.25 to
0.5, 0.4 agrees best with what a reader gave 150 articles that have several topics."""

LEAST_TO_BE_FIRST = 2.0
"""The strongest one needs only these points: short texts have few phrases."""

LEAST_CHILD_POINTS = 3.0
LEAST_CHILD_SHARE = 0.25
LEAST_FIRST_CHILD_SHARE = 0.15
"""The same for a level-2 topic, against its parent's points; less for the strongest below a parent,
which is right nine times in ten down to there."""

POLITICS = "medtop:11000000"
CRIME, EDUCATION, HEALTH = "medtop:02000000", "medtop:05000000", "medtop:07000000"
LABOUR, SOCIETY = "medtop:09000000", "medtop:14000000"
GOVERNED = frozenset({CRIME, EDUCATION, HEALTH, LABOUR, SOCIETY})
GOVERNED_YIELD = 0.75
"""What the points of these fields count where politics is found too: what ministers do about
schools is politics, yet schools have more words than ministers. On BBC news that is worth 0.7
percent of the articles; at 0.65 other news loses more than this gains."""

HALF_SCORE = 12.0
"""Points that give a score of one half."""

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Weight:
    """One phrase of one topic; `exact` is the phrase as it must be written, if it must, and
    `capital` whether that is with capitals."""

    code: str
    points: float
    exact: tuple[str, ...] = ()
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """The topic lexicons in one. The weights of a phrase are in order, the heaviest first."""

    labels: dict[str, str]
    parents: dict[str, str]
    phrases: Phrases[tuple[Weight, ...]]


@lexicons.cached
def tables() -> Tables:
    """Built on first use. Raises MalformedLexicon, which names the line."""
    labels, parents = {}, {}
    for code, parent, label in lexicons.rows("built_topics.tsv"):
        labels[code] = label
        if parent != code:
            parents[code] = parent
    entries = _entries(labels)
    for weights in entries.values():
        weights.sort(key=lambda weight: -weight.points)
    phrases = Phrases((list(words), tuple(weights)) for words, weights in entries.items())
    return Tables(labels, parents, phrases)


def _entries(labels: dict[str, str]) -> dict[tuple[str, ...], list[Weight]]:
    """The weights of every phrase, by its words in their base forms."""
    entries: dict[tuple[str, ...], list[Weight]] = defaultdict(list)
    for code, points, phrase in _listed(labels):
        capital = phrase != phrase.lower()
        must = capital or phrase[0] == "="
        for words in _spellings(phrase.removeprefix("=")):
            weight = Weight(code, points, tuple(words) if must else (), capital)
            known = entries[_bases(words)]
            if code == NOTHING:  # takes the phrase away from the topics in rows before
                known.clear()
            known.append(weight)
    ours = frozenset(entries)
    for code, phrase in lexicons.rows(BUILT):
        for words in _spellings(phrase):
            if _bases(words) not in ours:
                entries[_bases(words)].append(Weight(code, BUILT_WEIGHT))
    return entries


def _listed(labels: dict[str, str]) -> Iterator[tuple[str, float, str]]:
    """Code, weight and phrase of our own list, checked; a code is one of `labels` or "-"."""
    for number, fields in lexicons.numbered_rows(OURS):
        try:
            code, weight, phrases = fields
            points = float(weight)
        except ValueError as error:
            raise _malformed(number, "needs code, weight and phrases, between tabs") from error
        if code != NOTHING and code not in labels:
            raise _malformed(number, f"{code} is no topic of level 1 or 2")
        if not 0 <= points <= MOST_WEIGHT:
            raise _malformed(number, f"the weight {weight} is not between 0 and {MOST_WEIGHT:g}")
        for phrase in phrases.split("; "):
            if phrase != phrase.strip() or not read(phrase.removeprefix("=")).words:
                raise _malformed(number, f'"{phrase}" is no phrase; "; " stands between phrases')
            yield code, points, phrase


def _malformed(number: int, why: str) -> lexicons.MalformedLexicon:
    return lexicons.MalformedLexicon(f"{OURS}, line {number}: {why}")


def _bases(words: list[str]) -> tuple[str, ...]:
    return tuple(base(word.lower()) for word in words)


def _spellings(phrase: str) -> list[list[str]]:
    """The words of `phrase` with and without its hyphens; two words also joined by one.

    Only the one with hyphens if it has a part of one letter or a number: A-list, 2-1.
    """
    words = read(phrase).words
    if "-" in words and min(len(word) for word in words if word != "-") == 1:
        return [words]
    if "-" in words:
        return [words, [word for word in words if word != "-"]]
    return [words, [words[0], "-", words[1]]] if len(words) == 2 else [words]


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
    counts = _what_counts(total)
    total = {parent: counts[parent] * points for parent, points in total.items()}
    least = _least(total)
    tags = []
    for parent, family in families.items():
        if total[parent] < least:
            continue
        tags.append(_tag(tokens, parent, total[parent], found, family))
        own = {code: counts[parent] * _points(tokens, found, [code]) for code in family}
        own.pop(parent, None)
        for code in _children(own, total[parent]):
            tags.append(_tag(tokens, code, own[code], found, [code]))
    return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.spans[0], tag.value)))


def _what_counts(total: dict[str, float]) -> dict[str, float]:
    """The share of each level-1 topic's points that counts: all, or less if it is governed."""
    political = total.get(POLITICS, 0.0) >= _least(total)
    return {code: GOVERNED_YIELD if political and code in GOVERNED else 1.0 for code in total}


def _least(total: dict[str, float]) -> float:
    """The points that a level-1 topic needs."""
    most = max(total.values(), default=0.0)
    return max(LEAST_SHARE * most, min(most, LEAST_POINTS), LEAST_TO_BE_FIRST)


def _children(own: dict[str, float], parent: float) -> Iterator[str]:
    """The level-2 topics worth a tag, of those below a topic with `parent` points."""
    most = max(own.values(), default=0.0)
    for code, points in own.items():
        share = LEAST_FIRST_CHILD_SHARE if points == most else LEAST_CHILD_SHARE
        if points >= max(LEAST_CHILD_POINTS, share * parent):
            yield code


def _find(tokens: Tokens) -> Found:
    phrases = tables().phrases
    words = list(map(base, tokens.keys))
    found: Found = defaultdict(dict)
    end = 0
    for i in [i for i, word in enumerate(words) if word in phrases.first]:
        match = phrases.at(words, i) if i >= end else None
        if match is None:
            continue
        size, weights = match
        end = i + size
        phrase = words[i] if size == 1 else " ".join(words[i:end])
        for weight in _matching(tokens, i, weights):
            _add(found[weight.code], phrase, weight.points, (i, end - 1))
    return found


def _matching(tokens: Tokens, i: int, weights: tuple[Weight, ...]) -> list[Weight]:
    """Those of `weights` that hold for how the phrase is written at token `i`: the Lions are a team
    and no animals, for a phrase with capitals takes the place from those without."""
    matching = [
        weight
        for weight in weights
        if weight.code != NOTHING and _as_written(tokens, i, weight.exact)
    ]
    return [weight for weight in matching if weight.capital] or matching


def _add(seen: dict[str, Occurrences], phrase: str, points: float, place: tuple[int, int]) -> None:
    """A place that two entries of a topic ask for ("=win", "wins") counts once."""
    known = seen.get(phrase)
    if known is None:
        seen[phrase] = Occurrences(points, [place])
    elif known.places[-1] != place:
        known.places.append(place)


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
    strong: dict[str, float] = {}
    support: dict[str, float] = {}
    for code in codes:
        for phrase, seen in found[code].items():
            headline = HEADLINE if seen.places[0][0] < tokens.headline else 0.0
            points = seen.weight * (1.0 + math.log(len(seen.places) + headline))
            best = strong if seen.weight > SUPPORT else support
            best[phrase] = max(points, best.get(phrase, 0.0))
    firm = sum(strong.values())
    soft = sum(points for phrase, points in support.items() if phrase not in strong)
    return firm + min(firm + SUPPORT_ALONE, soft)


def _tag(tokens: Tokens, code: str, points: float, found: Found, evidence: Iterable[str]) -> Tag:
    """The tag of `code`, with the phrases found for the topics of `evidence`."""
    spans = (
        tokens.span(*place)
        for topic in evidence
        for seen in found[topic].values()
        for place in seen.places
    )
    score = points / (points + HALF_SCORE)
    return Tag(code, tables().labels[code], disjoint(spans), round(score, 4))


def disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ascending; of two that overlap the one that starts first, and the longer of those."""
    kept: list[Span] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept)
