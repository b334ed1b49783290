"""How many of the articles found have each value of each facet.

Exact, whatever was found: a few rows are counted one by one, many by `bincount`, and where most of
a segment was found, what was not.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from searchapp.engine.execute import Found, Run
from searchapp.engine.postings import Ints
from searchapp.engine.snapshot import Column
from searchapp.model import FACETS, DateCounts, FacetCounts, Query

FEW = 1000
"""Rows up to which a dictionary is quicker than arrays as long as there are values."""


def count_facets(
    run: Run, query: Query, found: Sequence[Found], size: int
) -> dict[str, FacetCounts]:
    """The `size` commonest values of each facet, and those chosen or excluded."""
    snapshot = run.snapshot
    counted: dict[str, _Counts] = {}
    for facets in _counted_together(query):
        parts = [(part, part.countable[facets[0]]) for part in found]
        columns = tuple(query.column(facet) for facet in facets)
        counted |= zip(facets, _count(run, columns, parts), strict=True)
    return {
        facet: _facet(
            snapshot.column(query.column(facet)), counted[facet], size, _listed(query, facet)
        )
        for facet in FACETS
    }


def count_dates(found: Sequence[Found]) -> DateCounts:
    """How many of the articles found there are of each day."""
    parts = [part.leaf.segment.dates.take(part.docs) for part in found]
    dates = np.concatenate(parts) if parts else np.empty(0, np.int32)
    dated = dates[dates > 0]
    first = int(dated.min()) if len(dated) else 0
    counts = np.bincount(dated - first)
    present = np.flatnonzero(counts)
    days = map(datetime.date.fromordinal, (present + first).tolist())
    pairs = zip(days, counts.take(present).tolist(), strict=True)
    return DateCounts(tuple(pairs), len(dates) - len(dated))


def _counted_together(query: Query) -> Iterable[tuple[str, ...]]:
    """The facets that the same documents are counted for: all but those of which alternatives are
    chosen."""
    alone = [facet for facet in FACETS if query.chosen.get(facet) and facet not in query.all_of]
    together = tuple(facet for facet in FACETS if facet not in alone)
    return [*([together] if together else []), *((facet,) for facet in alone)]


@dataclass(frozen=True, slots=True)
class _Counts:
    """What was counted of one column: `total` rows; `values` different ones; of each ordinal, or
    of those counted as (ordinal, count), most first, ties by ordinal."""

    total: int
    values: int
    of: Ints | Sequence[tuple[int, int]]

    def commonest(self, size: int) -> Sequence[tuple[int, int]]:
        """Those counted most as (ordinal, count), ties by ordinal, also at the cut."""
        if not isinstance(self.of, np.ndarray):
            return self.of[:size]
        if size <= 0:
            return []
        present = np.flatnonzero(self.of)
        keys = present - (self.of.take(present) << 32)
        if len(keys) > size:
            keys = np.partition(keys, size - 1)[:size]
        keys.sort()
        top = keys & 0xFFFFFFFF
        return list(zip(top.tolist(), self.of.take(top).tolist(), strict=True))

    def get(self, ordinal: int) -> int:
        if isinstance(self.of, np.ndarray):
            return int(self.of[ordinal])
        return dict(self.of).get(ordinal, 0)


def _count(
    run: Run, columns: tuple[str, ...], parts: Sequence[tuple[Found, Ints]]
) -> list[_Counts]:
    """Of each column."""
    begins = run.snapshot.begins(columns)
    dense = np.zeros(0, np.int64)
    rows = []
    for part, docs in parts:
        run.budget.check()
        several = part.leaf.together(columns)
        if len(docs) * 2 > part.leaf.size:  # counting the others is quicker
            others = np.ones(part.leaf.size, np.bool_)
            others[docs] = False
            rest = several.of(np.flatnonzero(others))
            dense = _sum(dense, several.totals - np.bincount(rest, minlength=begins[-1]))
        else:
            rows.append(several.of(docs))
    if not len(dense) and sum(map(len, rows)) <= FEW:
        return _split(Counter(chain.from_iterable(row.tolist() for row in rows)), begins)
    for row in rows:
        dense = _sum(dense, np.bincount(row, minlength=begins[-1]))
    found = [dense[a : b - 1] for a, b in pairwise(begins)]
    return [_Counts(int(of.sum()), int(np.count_nonzero(of)), of) for of in found]


def _sum(counts: Ints, more: Ints) -> Ints:
    return counts + more if len(counts) else more


def _split(counter: Mapping[int, int], begins: Sequence[int]) -> list[_Counts]:
    """What was counted of several columns, column by column. The last ordinal of each is no value:
    what no live article has."""
    found: list[list[tuple[int, int]]] = [[] for _ in begins[1:]]
    for count, ordinal in sorted((-count, ordinal) for ordinal, count in counter.items()):
        column = bisect_right(begins, ordinal) - 1
        if ordinal < begins[column + 1] - 1:
            found[column].append((ordinal - begins[column], -count))
    return [_Counts(sum(count for _, count in of), len(of), of) for of in found]


def _listed(query: Query, facet: str) -> frozenset[str]:
    return query.chosen.get(facet, frozenset()) | query.excluded.get(facet, frozenset())


def _facet(column: Column, counts: _Counts, size: int, listed: frozenset[str]) -> FacetCounts:
    shown = {column.values[ordinal]: count for ordinal, count in counts.commonest(size)}
    for value in listed:
        ordinal = column.ordinal(value)
        if ordinal is None:
            shown[value] = 0
        else:
            shown[column.values[ordinal]] = counts.get(ordinal)
    if listed:
        values = tuple(sorted(shown.items(), key=lambda pair: (-pair[1], pair[0])))
    else:
        values = tuple(shown.items())  # ordinals are in the order of the values
    spelled = column.variants and {v: column.variants[v] for v, _ in values if v in column.variants}
    return FacetCounts(values, counts.total - sum(shown.values()), counts.values, spelled)
