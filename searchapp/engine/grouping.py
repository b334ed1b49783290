"""Of matches that are copies of one story, the one that is listed: the first in the order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from searchapp.engine.execute import Found
from searchapp.engine.order import Ranked, undated_last
from searchapp.engine.postings import Ints
from searchapp.engine.snapshot import Copies
from searchapp.model import Sort


class Groups:
    """What one search found, in groups. `found`: one part for each leaf, in their order."""

    def __init__(self, copies: Copies, found: Sequence[Found], sort: Sort) -> None:
        self._copies = copies
        self._sort = sort
        self._found = found
        self._leaves = {id(part.leaf): number for number, part in enumerate(found)}
        self._groups = [of.take(part.docs) for of, part in zip(copies.of, found, strict=True)]
        """Of each match the number of its group, -1 for none."""
        self._sizes = np.zeros(copies.size, np.int64)
        for groups in self._groups:
            self._sizes += np.bincount(groups[groups >= 0], minlength=copies.size)

    def similar(self, hit: Ranked) -> int:
        """How many other matches are copies of a hit."""
        group = self._of(hit)
        return int(self._sizes[group]) - 1 if group >= 0 else 0

    def first_of(self, hits: Iterable[Ranked]) -> list[Ranked]:
        """Those that no other hit of their group comes before."""
        seen: set[int] = set()
        first = []
        for hit in hits:
            group = self._of(hit)
            if group not in seen:
                first.append(hit)
            if group >= 0:
                seen.add(group)
        return first

    def _of(self, hit: Ranked) -> int:
        return int(self._copies.of[self._leaves[id(hit.leaf)]][hit.doc])

    def heads(self, without: Sequence[Ranked]) -> list[Found]:
        """The first match of each group, and what has no copies; none of some hits, and nothing of
        their groups."""
        kept = [self._alone(number, without) for number in range(len(self._found))]
        gone = np.zeros(self._copies.size, np.bool_)
        gone[[group for hit in without if (group := self._of(hit)) >= 0]] = True
        rows = [
            np.flatnonzero((groups >= 0) & ~gone[groups] if len(gone) else groups >= 0)
            for groups in self._groups
        ]
        for keep, row in zip(kept, self._first(rows), strict=True):
            keep[row] = True
        return [
            replace(
                part,
                docs=part.docs[keep],
                scores=None if part.scores is None else part.scores[keep],
            )
            for part, keep in zip(self._found, kept, strict=True)
        ]

    def _alone(self, number: int, without: Sequence[Ranked]) -> NDArray[np.bool_]:
        part = self._found[number]
        alone = self._groups[number] < 0
        alone[np.searchsorted(part.docs, [h.doc for h in without if h.leaf is part.leaf])] = False
        return alone

    def _first(self, rows: Sequence[Ints]) -> list[Ints]:
        """Which of some matches of each leaf come first in their groups."""
        if not rows:
            return []
        keys: list[list[NDArray[np.generic]]] = [[], [], [], []]
        for part, place, groups, row in zip(
            self._found, self._copies.place, self._groups, rows, strict=True
        ):
            docs = part.docs.take(row)
            dates = part.leaf.segment.dates.take(docs)
            keys[0].append(place.take(docs))
            keys[1].append(undated_last(dates) if self._sort == "oldest" else -dates)
            scores = part.scores if self._sort == "relevance" else None
            none = np.zeros(len(row), np.float32)
            keys[2].append(none if scores is None else -scores.take(row))
            keys[3].append(groups.take(row))
        together = [np.concatenate(key) for key in keys]
        order = np.lexsort(together)
        groups = together[3][order]
        first = order[np.diff(groups, prepend=-1) != 0]
        first.sort()
        ends = np.cumsum([len(row) for row in rows])
        cut = np.split(first, np.searchsorted(first, ends[:-1]))
        begins = [0, *ends[:-1].tolist()]
        return [row.take(one - begin) for row, one, begin in zip(rows, cut, begins, strict=True)]
