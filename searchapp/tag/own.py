"""Topics of the owner's own: an article that matches a topic's query has the topic.

The queries are trees of analysed terms, made by `searchapp.additions` from a file of the owner's.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from searchapp.model import Node, Span, Tag, Tags
from searchapp.tag.percolate import Mark, Words, marks
from searchapp.tag.topic import HALF_SCORE, HEADLINE, disjoint

POINTS = 4.0
"""What each part of the query that the text shows is worth, in the points of `topic`: twice a
good phrase of the rules, because the owner asked for it."""


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """A topic and what an article must match to have it.

    `value` is the owner's name for it, or an IPTC code that the query adds to; `above` are the
    topics it brings, nearest first, as (value, label).
    """

    value: str
    label: str
    query: Node
    above: tuple[tuple[str, str], ...] = ()


def tag_own(words: Words, tags: Tags, topics: Iterable[OwnTopic]) -> tuple[Tag, ...]:
    """The topics of an article, with those of the owner's own that it matches.

    A query may ask for a topic that comes before it in `topics`.
    """
    for topic in topics:
        shown = marks(topic.query, words, tags)
        if shown is not None:
            found = Tag(topic.value, topic.label, _spans(shown), _score(shown, words))
            tags = replace(tags, topic=with_topic(tags.topic, found, topic.above))
    return tags.topic


def with_topic(
    topics: Sequence[Tag], found: Tag, above: Iterable[tuple[str, str]] = ()
) -> tuple[Tag, ...]:
    """`topics` with one more and those above it, which score no less and share its evidence."""
    known = {tag.value: tag for tag in topics}
    for value, label in ((found.value, found.label), *above):
        old = known.get(value, Tag(value, label, (), 0.0))
        spans = disjoint((*old.spans, *found.spans))
        known[value] = replace(old, spans=spans, score=max(old.score, found.score))
    return ordered(known.values())


def ordered(topics: Iterable[Tag]) -> tuple[Tag, ...]:
    """By score, ties by first mention."""
    return tuple(sorted(topics, key=_place))


def _place(topic: Tag) -> tuple[float, tuple[float, ...], str]:
    return -topic.score, topic.spans[0] if topic.spans else (math.inf,), topic.value


def _spans(shown: Iterable[Mark]) -> tuple[Span, ...]:
    return disjoint(span for _, span in shown)


def _score(shown: Iterable[Mark], words: Words) -> float:
    """As topics of the rules are scored, each leaf of the query being a phrase."""
    places: dict[Node, set[Span]] = defaultdict(set)
    for leaf, span in shown:
        places[leaf].add(span)
    points = 0.0
    for spans in places.values():
        headline = HEADLINE if min(spans)[0] < words.article.body_offset else 0.0
        points += POINTS * (1.0 + math.log(len(spans) + headline))
    points = max(points, POINTS)
    return round(points / (points + HALF_SCORE), 4)
