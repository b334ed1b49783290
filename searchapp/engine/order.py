"""The best of what was found, in the order that `Engine.rank` promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchapp.engine.execute import Found
from searchapp.engine.postings import Ints
from searchapp.engine.snapshot import Floats, Leaf
from searchapp.model import Sort

Key = Callable[[Ints], NDArray[Any]]
_ROW = 64
"""Values of which the least is taken, to find a bound that few values reach."""


@dataclass(slots=True)
class Best:
    """The best documents of one leaf, ascending by number; scores and dates (ordinals of days, 0
    undated) in the same order."""

    leaf: Leaf
    docs: Ints
    scores: Floats
    dates: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.docs)


class Ranked(NamedTuple):
    """One hit."""

    leaf: Leaf
    doc: int
    id: str
    score: float
    date: int


def best(part: Found, sort: Sort, count: int) -> Best:
    """The `count` documents of a leaf that come first."""
    segment, docs, scores = part.leaf.segment, part.docs, part.scores
    at = None
    if len(docs) > count:
        keys: list[Key] = [lambda at: segment.newest.take(docs.take(at))]
        if sort == "oldest":
            keys = [
                lambda at: undated_last(segment.dates.take(docs.take(at))),
                lambda at: segment.id_ranks.take(docs.take(at)),
            ]
        at = None
        if sort == "relevance" and scores is not None and (scores != scores[0]).any():
            relevance = scores
            at = _least(-scores, count)
            keys.insert(0, lambda at: -relevance.take(at))
        at = _first(np.arange(len(docs)) if at is None else at, keys, count)
        at.sort()
        docs = docs.take(at)
    if scores is None:
        scores = np.zeros(len(docs), np.float32)
    elif at is not None:
        scores = scores.take(at)
    return Best(part.leaf, docs, scores, segment.dates.take(docs))


def undated_last(dates: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.where(dates == 0, np.int32(np.iinfo(np.int32).max), dates)


def _least(values: NDArray[Any], count: int) -> Ints:
    """Positions of the `count` least values, their equals, and not many more: the greatest of the
    `count` least among the minima of rows of values is no less than what is looked for."""
    rows = len(values) // _ROW
    if rows <= 2 * count:
        return np.arange(len(values))
    least = values[: rows * _ROW].reshape(rows, _ROW).min(axis=1)
    return np.flatnonzero(values <= np.partition(least, count - 1)[count - 1])


def _first(at: Ints, keys: Sequence[Key], count: int) -> Ints:
    """The first `count` of `at` by several keys, smaller first, a later key where the earlier ones
    tie; in no order. A key is computed for those alone that it has to tell apart."""
    ahead: list[Ints] = []
    for key in keys:
        if len(at) <= count or count <= 0:
            break
        values = key(at)
        near = _least(values, count)
        at, values = at.take(near), values.take(near)
        bound = np.partition(values, count - 1)[count - 1]
        better = at[values < bound]
        at = at[values == bound]
        ahead.append(better)
        count -= len(better)
    return np.concatenate([*ahead, at[: max(count, 0)]])


def place(parts: Sequence[Best], sort: Sort, start: int, stop: int) -> list[Ranked]:
    """Hits start…stop of the best of all leaves."""
    if len(parts) == 1:
        return _place_alone(parts[0], sort, start, stop)
    rows = sorted(row for number, part in enumerate(parts) for row in _rows(part, number, sort))
    hits: list[Ranked] = []
    at = 0
    while at < len(rows) and len(hits) < stop:
        end = at + 1
        while end < len(rows) and rows[end][:2] == rows[at][:2]:
            end += 1
        ties = [_ranked(parts, number, place, doc) for _, _, number, place, doc in rows[at:end]]
        hits += sorted(ties, key=lambda hit: hit.id) if len(ties) > 1 else ties
        at = end
    return hits[start:stop]


def _place_alone(part: Best, sort: Sort, start: int, stop: int) -> list[Ranked]:
    """The same for one leaf, in which the ids have their places."""
    segment = part.leaf.segment
    if sort == "oldest":
        keys = [segment.id_ranks.take(part.docs), undated_last(part.dates)]
    else:
        keys = [segment.newest.take(part.docs)]
        if sort == "relevance":
            keys.append(-part.scores)
    at = np.lexsort(keys)[start:stop]
    docs, scores = part.docs.take(at).tolist(), part.scores.take(at).tolist()
    rows = zip(docs, scores, part.dates.take(at).tolist(), strict=True)
    return [Ranked(part.leaf, doc, segment.id_of(doc), score, date) for doc, score, date in rows]


def _rows(part: Best, number: int, sort: Sort) -> Iterable[tuple[float, float, int, int, int]]:
    """Of each document what it is sorted by, before its id, and where it is."""
    scores = (-part.scores).tolist() if sort == "relevance" else [0.0] * len(part)
    dates = part.dates.tolist() if sort == "oldest" else (-part.dates).tolist()
    if sort == "oldest":
        dates = [date or np.inf for date in dates]
    places = range(len(part))
    return zip(scores, dates, repeat(number), places, part.docs.tolist(), strict=False)


def _ranked(parts: Sequence[Best], number: int, place: int, doc: int) -> Ranked:
    part = parts[number]
    id_ = part.leaf.segment.id_of(doc)
    return Ranked(part.leaf, doc, id_, float(part.scores[place]), int(part.dates[place]))
