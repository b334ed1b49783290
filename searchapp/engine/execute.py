"""Query trees evaluated on arrays: matching, BM25F, facet counts, order. NumPy, `vocabulary` and
`model` only.

A set of matches is a pair of arrays: document numbers, ascending int64, and their scores,
float64. Document numbers are those of one snapshot of the index, 0…size-1.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import (
    FACETS,
    All,
    Any,
    BadQuery,
    Dated,
    FacetCounts,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    SearchTimeout,
    Sort,
    Wildcard,
    Word,
)

Docs = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Matches = tuple[Docs, Floats]

K1 = 1.2
B = 0.75
"""The constants of BM25, at the values Robertson & Zaragoza (2009, 3.4.1) and Lucene use."""
EXACT = 0.25
"""Weight of the typed form beside the stem, which every article with that form has too."""
TITLE = 0.5
"""Weight of a word in the headline, beside its weight in the text that the headline is part of."""
NAMES = ("person", "source")
"""Fields of names, which are indexed as written: stems would merge different people."""


class Column(Protocol):
    """One column of a snapshot: row i says live document `docs[i]` has `values[ordinals[i]]`.

    A document has a value once. `variants` are the spellings of a value that has several.
    """

    values: Sequence[str]
    variants: Mapping[str, tuple[str, ...]]
    docs: Docs
    ordinals: NDArray[np.int64]

    def ordinal(self, value: str) -> int | None:
        """Where `value`, or what it is a spelling of, stands in `values`."""
        ...


class Snapshot(Protocol):
    """One commit of an index as arrays. Deleted documents keep their number until a merge."""

    size: int
    live: Mask

    @property
    def dates(self) -> NDArray[np.int32]:
        """Proleptic ordinals of days, one a document; 0 is undated."""
        ...

    def postings(self, name: str, term: str) -> Matches:
        """The documents with `term` in a field and its frequency there."""
        ...

    def positions(self, name: str, term: str) -> tuple[Docs, Docs]:
        """Every occurrence of `term` in a field as document and position, ascending by both."""
        ...

    def frequency(self, name: str, term: str) -> int:
        """How many documents have `term` in a field, deleted ones included."""
        ...

    def lengths(self, name: str) -> Floats:
        """Terms in a field of each document."""
        ...

    def average_length(self, name: str) -> float: ...

    def expand(self, name: str, start: str, limit: int) -> list[str]:
        """The terms of a field that start with `start`, at most `limit`."""
        ...

    def vocabularies(self, name: str) -> Sequence[Vocabulary]:
        """The terms of a field, a vocabulary for each segment."""
        ...

    def column(self, name: str) -> Column:
        """One of `model.COLUMNS`."""
        ...

    def id_ranks(self, docs: Docs) -> NDArray[np.int64]:
        """Where the ids of `docs` stand in the order of all ids."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may cost. `clock` is the monotonic clock, in seconds."""

    deadline: float = float("inf")
    seconds: float = float("inf")
    expansions: int = 1024
    clock: Callable[[], float] = time.monotonic

    def check(self) -> None:
        """Raises SearchTimeout past the deadline."""
        if self.clock() > self.deadline:
            raise SearchTimeout(
                f"the search took longer than {self.seconds:g} s (search_seconds); make it narrower"
            )


# --- matching and scoring ------------------------------------------------------------------------


def idf(size: int, frequency: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), as Lucene has it: never negative, and next to nothing for
    a word that every article has, where Whoosh's ln(N / (n + 1)) + 1 still gives it 1.
    """
    return float(np.log1p((size - frequency + 0.5) / (frequency + 0.5)))


def bm25(weight: float, tf: Floats, length: Floats, average: float) -> Floats:
    """Robertson & Zaragoza (2009), equation 3.15, with `weight` the idf. One score a document."""
    scores: Floats = weight * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average))
    return scores


def match(snapshot: Snapshot, node: Node, budget: Budget) -> Matches:
    """The live documents that `node` matches, with their scores."""
    docs, scores = _match(snapshot, node, budget)
    keep = snapshot.live[docs]
    return (docs, scores) if keep.all() else (docs[keep], scores[keep])


def _match(snapshot: Snapshot, node: Node, budget: Budget) -> Matches:
    budget.check()
    match node:
        case Word():
            return _union([_word(snapshot, node, name) for name in node.fields])
        case Phrase():
            return _union([_phrase(snapshot, node, name) for name in node.fields])
        case Prefix():
            return _union([_prefix(snapshot, node, name, budget) for name in node.fields])
        case Near():
            return _union([_near(snapshot, node, name) for name in node.fields])
        case Wildcard():
            return _union([_wildcard(snapshot, node, name, budget) for name in node.fields])
        case Fuzzy():
            return _union([_fuzzy(snapshot, node, name, budget) for name in node.fields])
        case HasValue(name, values):
            return _unscored(np.flatnonzero(_has_value(snapshot, name, values)))
        case Dated():
            return _unscored(np.flatnonzero(_dated(snapshot, node)))
        case Not(part):
            keep = np.ones(snapshot.size, np.bool_)
            keep[_match(snapshot, part, budget)[0]] = False
            return _unscored(np.flatnonzero(keep))
        case All(()):
            return _unscored(np.arange(snapshot.size))
        case All(parts):
            return _intersection([_match(snapshot, part, budget) for part in parts])
        case Any(parts):
            return _union([_match(snapshot, part, budget) for part in parts])


def _word(snapshot: Snapshot, word: Word, name: str) -> Matches:
    if name in NAMES:
        return _scored(snapshot, name, word.exact, 1.0)
    stems = _scored(snapshot, name, word.stem, 1.0)
    typed = _scored(snapshot, f"{name}_exact", word.exact, EXACT)
    headline = [_scored(snapshot, "title", word.stem, TITLE)] if name == "text" else []
    return _union([stems, typed, *headline])


def _scored(snapshot: Snapshot, name: str, term: str, boost: float) -> Matches:
    docs, tf = snapshot.postings(name, term)
    weight = boost * idf(snapshot.size, snapshot.frequency(name, term)) if len(docs) else 0.0
    lengths = snapshot.lengths(name)[docs]
    return docs, bm25(weight, tf, lengths, snapshot.average_length(name) or 1.0)


def _phrase(snapshot: Snapshot, phrase: Phrase, name: str) -> Matches:
    """Documents with the words in a row; scored as the words are."""
    starts: NDArray[np.int64] | None = None
    for step, word in enumerate(phrase.words):
        term = word.exact if name in NAMES else word.stem
        docs, positions = snapshot.positions(name, term)
        here = (docs << 32) + positions - step
        starts = here if starts is None else np.intersect1d(starts, here)
        if not len(starts):
            return _NO_MATCHES
    found = np.unique(starts >> 32) if starts is not None else _NO_MATCHES[0]
    words = _intersection([_word(snapshot, word, name) for word in phrase.words])
    return _intersection([_unscored(found), words])


def _prefix(snapshot: Snapshot, prefix: Prefix, name: str, budget: Budget) -> Matches:
    """Documents with any of the words; every one scores 1."""
    field = _exact_field(name)
    terms = snapshot.expand(field, prefix.start, budget.expansions + 1)
    _check_number(len(terms), f"{prefix.start}*", budget)
    docs = _having_any(snapshot, field, terms)
    return docs, np.ones(len(docs))


def _near(snapshot: Snapshot, near: Near, name: str) -> Matches:
    """Documents with the words in one window; scored as the words are."""
    terms = dict.fromkeys(word.exact if name in NAMES else word.stem for word in near.words)
    reach = len(terms) - 1 + near.distance
    places = []
    for term in terms:
        docs, positions = snapshot.positions(name, term)
        places.append((docs << 32) + positions)
    words = _intersection([_word(snapshot, word, name) for word in near.words])
    found = _windows(places, reach) >> 32
    return _intersection([_unscored(found[np.flatnonzero(np.diff(found, prepend=-1))]), words])


def _windows(places: Sequence[Docs], reach: int) -> Docs:
    """Where a window of `reach` and one places starts that has a place of each sequence, ascending.

    A place is a document (from bit 32 on) and a position; each sequence is ascending. A window
    starts at one of the places, and each sequence must go on soon enough after it.
    """
    rarest = min(places, key=len)
    places = [_around(these, rarest, reach) for these in places]
    starts = np.sort(np.concatenate(places), kind="stable")  # merges, where unique would hash
    for these in places:
        if not len(these):
            return these
        following = these[np.minimum(np.searchsorted(these, starts), len(these) - 1)]
        starts = starts[(following >= starts) & (following <= starts + reach)]
    return starts


def _around(places: Docs, some: Docs, reach: int) -> Docs:
    """Those of `places` that are at most `reach` from any of `some`."""
    size = len(places) + 1
    begins = np.bincount(np.searchsorted(places, some - reach), minlength=size)
    ends = np.bincount(np.searchsorted(places, some + reach, side="right"), minlength=size)
    near: Docs = places[np.cumsum(begins - ends)[:-1] > 0]
    return near


def _wildcard(snapshot: Snapshot, wildcard: Wildcard, name: str, budget: Budget) -> Matches:
    """Documents with any of the words; every one scores 1, as for a prefix."""
    field = _exact_field(name)
    terms: set[str] = set()
    for vocabulary in snapshot.vocabularies(field):
        ordinals = vocabulary.wildcard(wildcard.pattern)
        _check_number(len(ordinals), wildcard.pattern, budget)
        terms.update(map(vocabulary.term, ordinals.tolist()))
    _check_number(len(terms), wildcard.pattern, budget)
    docs = _having_any(snapshot, field, terms)
    return docs, np.ones(len(docs))


def _fuzzy(snapshot: Snapshot, fuzzy: Fuzzy, name: str, budget: Budget) -> Matches:
    """Documents with any of the words. One scores the idf of having any of them, times how much the
    closest of its words is like the one typed: 1 - edits / letters, and never below 0."""
    field = _exact_field(name)
    typed = f"{fuzzy.word}~{fuzzy.edits}"
    edits: dict[str, int] = {}
    for vocabulary in snapshot.vocabularies(field):
        ordinals, distances = vocabulary.fuzzy(fuzzy.word, fuzzy.edits)
        _check_number(len(ordinals), typed, budget)
        terms = map(vocabulary.term, ordinals.tolist())
        edits |= zip(terms, distances.tolist(), strict=True)
    _check_number(len(edits), typed, budget)
    likeness = np.full(snapshot.size, -1.0)  # of each document; below 0 is without any
    for term in sorted(edits, key=edits.__getitem__, reverse=True):  # the closest has the last say
        here, _ = snapshot.postings(field, term)
        likeness[here] = max(0, 1 - edits[term] / len(fuzzy.word))
    docs = np.flatnonzero(likeness >= 0)
    return docs, idf(snapshot.size, len(docs)) * likeness[docs]


def _exact_field(name: str) -> str:
    """The field with the forms as written."""
    return name if name in NAMES else f"{name}_exact"


def _having_any(snapshot: Snapshot, field: str, terms: Iterable[str]) -> Docs:
    found = np.zeros(snapshot.size, np.bool_)
    for term in terms:
        found[snapshot.postings(field, term)[0]] = True
    return np.flatnonzero(found)


def _check_number(terms: int, typed: str, budget: Budget) -> None:
    if terms > budget.expansions:
        raise BadQuery(
            f"“{typed}” stands for more than {budget.expansions:,} words (max_expansions); "
            "type more letters"
        )


_NO_MATCHES: Matches = (np.empty(0, np.int64), np.empty(0))


def _unscored(docs: Docs) -> Matches:
    return docs.astype(np.int64, copy=False), np.zeros(len(docs))


def _union(parts: Sequence[Matches]) -> Matches:
    """Documents in any part; a document's score is the sum over the parts, in their order."""
    parts = [part for part in parts if len(part[0])]
    if len(parts) < 2:
        return parts[0] if parts else _NO_MATCHES
    docs = np.unique(np.concatenate([part[0] for part in parts]))
    scores = np.zeros(len(docs))
    for part_docs, part_scores in parts:
        scores[np.searchsorted(docs, part_docs)] += part_scores
    return docs, scores


def _intersection(parts: Sequence[Matches]) -> Matches:
    """Documents in every part; a document's score is the sum over the parts, in their order."""
    docs = min((part[0] for part in parts), key=len)
    for part_docs, _ in parts:
        docs = docs[_member(docs, part_docs)]
    scores = np.zeros(len(docs))
    for part_docs, part_scores in parts:
        scores += part_scores[np.searchsorted(part_docs, docs)]
    return docs, scores


def _member(docs: Docs, among: Docs) -> Mask:
    """Which of `docs` stand in `among`; both ascending."""
    if not len(among):
        return np.zeros(len(docs), np.bool_)
    at = np.minimum(np.searchsorted(among, docs), len(among) - 1)
    found: Mask = among[at] == docs
    return found


def _has_value(snapshot: Snapshot, name: str, values: frozenset[str]) -> Mask:
    """A mask over all documents."""
    column = snapshot.column(name)
    wanted = np.zeros(len(column.values), np.bool_)
    wanted[[o for value in values if (o := column.ordinal(value)) is not None]] = True
    found = np.zeros(snapshot.size, np.bool_)
    found[column.docs[wanted[column.ordinals]]] = True
    return found


def having(snapshot: Snapshot, name: str, values: frozenset[str]) -> Docs:
    """The live documents with any of `values` in a column."""
    return np.flatnonzero(_has_value(snapshot, name, values) & snapshot.live)


def _dated(snapshot: Snapshot, range_: Dated) -> Mask:
    """A mask over all documents."""
    start = range_.start.toordinal() if range_.start else 1
    end = range_.end.toordinal() if range_.end else np.iinfo(np.int32).max
    found: Mask = (snapshot.dates >= start) & (snapshot.dates <= end)
    return found


# --- filters, counts, order ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: the matches under every filter, and for each facet the documents under
    every filter but that facet's chosen values."""

    docs: Docs
    scores: Floats
    countable: Mapping[str, Docs]


def find(snapshot: Snapshot, query: Query, budget: Budget) -> Found:
    """Match the query's tree and apply its filters."""
    docs, scores = match(snapshot, query.root, budget)
    keep = np.ones(len(docs), np.bool_)
    if query.dated:
        keep &= _dated(snapshot, query.dated)[docs]
    for facet, values in query.excluded.items():
        keep &= ~_has_value(snapshot, query.column(facet), values)[docs]
    chosen = {
        facet: _has_value(snapshot, query.column(facet), values)[docs]
        for facet, values in query.chosen.items()
        if values
    }
    countable = {
        facet: docs[_every(keep, [mask for name, mask in chosen.items() if name != facet])]
        for facet in FACETS
    }
    keep = _every(keep, list(chosen.values()))
    return Found(docs[keep], scores[keep], countable)


def _every(mask: Mask, others: Sequence[Mask]) -> Mask:
    for other in others:
        mask = mask & other
    return mask


def count_facet(
    snapshot: Snapshot, name: str, docs: Docs, size: int, listed: frozenset[str]
) -> FacetCounts:
    """How many of `docs` have each value of a column: the `size` commonest, and those `listed`."""
    column = snapshot.column(name)
    wanted = np.zeros(snapshot.size, np.bool_)
    wanted[docs] = True
    counts = np.bincount(column.ordinals[wanted[column.docs]], minlength=len(column.values))
    present = np.flatnonzero(counts)
    top = _commonest(column.values, counts, present, size)
    wanted_too = {_called(column, value) for value in listed}
    missing = sorted(wanted_too.difference(value for value, _ in top))
    extra = [(value, _count(column, counts, value)) for value in missing]
    values = tuple(sorted(top + extra, key=lambda pair: (-pair[1], pair[0])))
    other = int(counts.sum()) - sum(count for _, count in values)
    variants = {v: column.variants[v] for v, _ in values if v in column.variants}
    return FacetCounts(values, other, len(present), variants)


def _commonest(
    values: Sequence[str], counts: NDArray[np.int64], present: NDArray[np.int64], size: int
) -> list[tuple[str, int]]:
    """Most first, ties by value, also at the cut."""
    if size <= 0:
        return []
    if len(present) > size:
        least = np.partition(counts[present], -size)[-size]
        present = present[counts[present] >= least]
    pairs = ((values[o], int(counts[o])) for o in present.tolist())
    return heapq.nsmallest(size, pairs, key=lambda pair: (-pair[1], pair[0]))


def _called(column: Column, value: str) -> str:
    """The spelling that stands for `value`; itself where no document has it in any."""
    ordinal = column.ordinal(value)
    return value if ordinal is None else column.values[ordinal]


def _count(column: Column, counts: NDArray[np.int64], value: str) -> int:
    ordinal = column.ordinal(value)
    return 0 if ordinal is None else int(counts[ordinal])


def order(
    snapshot: Snapshot, docs: Docs, scores: Floats, sort: Sort, start: int, stop: int
) -> tuple[Docs, Floats]:
    """Matches start…stop in the order that `Engine.rank` promises."""
    dates = snapshot.dates[docs].astype(np.int64)
    undated = dates == 0
    if sort == "relevance":
        keys = [-scores, -dates]
    elif sort == "newest":
        keys = [-dates]
    else:
        keys = [np.where(undated, np.iinfo(np.int64).max, dates)]
    if stop < len(docs):  # what cannot reach the page needs no exact place
        bound = np.partition(keys[0], stop - 1)[stop - 1] if stop > 0 else -np.inf
        near = keys[0] <= bound
        docs, scores, keys = docs[near], scores[near], [key[near] for key in keys]
    placed = np.lexsort([snapshot.id_ranks(docs), *reversed(keys)])[start:stop]
    return docs[placed], scores[placed]
