"""Which hits are on a page: a slice of the whole order, or of what follows a hit in it.

The order (`order`) goes by score, date and id, also where `rerank` changed the scores of the best:
they only grow, so the best keep their lead, and what follows a hit is the same list however it is
cut. The order of groups is the same without what comes after another hit of its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from searchapp.engine import rerank
from searchapp.engine.execute import Found, Run
from searchapp.engine.grouping import Groups
from searchapp.engine.order import Ranked, best, place
from searchapp.engine.rerank import Stems
from searchapp.model import Cursor, Sort, Word


class Slice(NamedTuple):
    """Some hits, how many come before them, and how many there are in all."""

    before: int
    hits: list[Ranked]
    number: int


@dataclass(frozen=True, slots=True)
class Order:
    """What one search found, in one order. Without `words`, those that score in the order typed,
    nothing is looked at again."""

    run: Run
    found: Sequence[Found]
    sort: Sort
    words: Sequence[Word]
    stems: Stems

    def page(self, start: int, stop: int, after: Cursor | None) -> Slice:
        """Hits start…stop: of those after a cursor if there is one."""
        if after is None:
            hits = self._slice(start, stop) if stop > start else []
            return Slice(min(start, _number(self.found)), hits, _number(self.found))
        where = self._after(after)
        ahead: list[Ranked] = []
        if self._again and stop > start:
            first = self._plain(self.found, 0, rerank.DEPTH)
            if first and where < (last := self._place(first[-1])):  # it is one of the best
                ahead = [hit for hit in self._slice(0, rerank.DEPTH) if where < self._place(hit)]
                where = last
        behind = [_behind(part, where) for part in self.found]
        before = _number(self.found) - _number(behind) - len(ahead) + start
        hits = [*ahead, *self._plain(behind, 0, stop)][start:stop]
        return Slice(before, hits, _number(self.found))

    def page_of_groups(self, start: int, stop: int, after: Cursor | None, groups: Groups) -> Slice:
        """The same, each group of what was found as its first hit."""
        best = self._slice(0, rerank.DEPTH) if self._again else []
        first = groups.first_of(best)
        rest = groups.heads([*first, *best])
        number, before = len(first) + _number(rest), 0
        if after is not None:
            where = self._after(after)
            first = [hit for hit in first if where < self._place(hit)]
            lead = self._plain(self.found, 0, rerank.DEPTH) if self._again else []
            if not lead or not where < self._place(lead[-1]):
                rest = [_behind(part, where) for part in rest]
            before = number - len(first) - _number(rest)
        left = max(stop - len(first), 0)
        hits = [*first, *self._plain(rest, 0, left)][start:stop] if stop > start else []
        return Slice(min(before + start, number) if after is None else before + start, hits, number)

    def _after(self, cursor: Cursor) -> _Place:
        day = cursor.date.toordinal() if cursor.date else 0
        return _Place(self.sort, cursor.score, day, cursor.id)

    @property
    def _again(self) -> bool:
        return self.sort == "relevance" and len(self.words) > 1

    def _slice(self, start: int, stop: int) -> list[Ranked]:
        if not self._again:
            return self._plain(self.found, start, stop)
        return rerank.best_first(self.run, self.found, self.words, self.stems, start, stop)

    def _plain(self, found: Sequence[Found], start: int, stop: int) -> list[Ranked]:
        """Without looking at the best again."""
        return place([best(part, self.sort, stop) for part in found], self.sort, start, stop)

    def _place(self, hit: Ranked) -> _Place:
        return _Place(self.sort, hit.score, hit.date, hit.id)


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
    def _key(self) -> tuple[float, float, str]:
        score = -self.score if self.sort == "relevance" else 0.0
        return score, (self.day or np.inf) if self.sort == "oldest" else -self.day, self.id


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
