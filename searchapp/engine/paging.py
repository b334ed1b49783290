"""Which hits are on a page: a slice of the whole order, or of what follows a hit in it.

The order goes by a key, score, date and id, also where `rerank` changed the scores of the best:
they only grow, so the best keep their lead, and what follows a key is the same list however it is
cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.engine import execute, rerank
from searchapp.engine.execute import Found, Ranked
from searchapp.model import Cursor, Sort

Again = Callable[[Sequence[Ranked]], list[Ranked]]
"""The best of the order in their new order: `rerank.rerank` of one search."""


def page(
    found: Sequence[Found],
    sort: Sort,
    start: int,
    stop: int,
    again: Again | None,
    after: Cursor | None,
) -> tuple[int, list[Ranked]]:
    """How many matches come before, and hits start…stop: of those after a cursor if there is one.
    Without `again` nothing is looked at again."""
    if after is None:
        return min(start, _number(found)), _slice(found, sort, start, stop, again)
    day = after.date.toordinal() if after.date else 0
    place = _Place(sort, after.score, day, after.id)
    best: list[Ranked] = []
    first = execute.order(found, sort, 0, rerank.DEPTH) if again and stop > start else []
    if again and first and place < (last := _place(first[-1], sort)):  # it is one of the best
        best = [hit for hit in again(first) if place < _place(hit, sort)]
        place = last
    behind = [_behind(part, place) for part in found]
    before = _number(found) - _number(behind) - len(best) + start
    return before, [*best, *execute.order(behind, sort, 0, stop)][start:stop]


def _slice(
    found: Sequence[Found], sort: Sort, start: int, stop: int, again: Again | None
) -> list[Ranked]:
    """The best of them looked at again, where that can change their order."""
    if not again or stop <= start or start >= rerank.DEPTH:
        return execute.order(found, sort, start, stop)
    hits = execute.order(found, sort, 0, max(stop, rerank.DEPTH))
    return [*again(hits[: rerank.DEPTH]), *hits[rerank.DEPTH :]][start:stop]


def _number(found: Sequence[Found]) -> int:
    return sum(len(part.docs) for part in found)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the order. `day` is an ordinal, 0 undated."""

    sort: Sort
    score: float
    day: int
    id: str

    def __lt__(self, other: _Place) -> bool:
        return self._key < other._key

    @property
    def _key(self) -> tuple[tuple[float, ...], str]:
        return execute.key(self.sort, self.score, self.day), self.id


def _place(hit: Ranked, sort: Sort) -> _Place:
    return _Place(sort, hit.score, hit.date, hit.id)


def _behind(part: Found, place: _Place) -> Found:
    """Those of a leaf's matches that come after a place."""
    segment = part.leaf.segment
    days = segment.dates.take(part.docs).astype(np.int64)
    after = segment.id_ranks.take(part.docs) >= segment.ids.after(place.id)
    if place.sort == "oldest":
        undated = np.iinfo(np.int64).max
        days, day = np.where(days == 0, undated, days), place.day or undated
        after = (days > day) | (days == day) & after
    else:
        after = (days < place.day) | (days == place.day) & after
    if place.sort == "relevance":
        scores = np.zeros(len(part.docs)) if part.scores is None else part.scores.astype(np.float64)
        after = (scores < place.score) | (scores == place.score) & after
    return replace(
        part, docs=part.docs[after], scores=None if part.scores is None else part.scores[after]
    )
