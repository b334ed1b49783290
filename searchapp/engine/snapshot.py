"""One commit of an index as `execute` searches it: segments, each with what is deleted in it, and
what is known of all of them together."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp import copies, variants
from searchapp.engine.postings import Ints, counts, distinct, runs, starts
from searchapp.engine.segment import Field, Segment

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

Arrays = tuple[NDArray[Any], ...]

REMEMBERED = 100_000_000
"""Bytes of decoded words that a segment keeps."""
MASKS = 64
"""Masks of facet values that a segment keeps: what somebody narrows by is asked for again."""


class Leaf:
    """One segment as one commit has it. Documents are numbered within it, 0…size-1."""

    def __init__(self, segment: Segment, deleted: Ints, snapshot: Snapshot) -> None:
        self.segment = segment
        self.size = segment.size
        self.deleted = deleted
        # No cycle: a snapshot that is replaced lets go of its files at once, which may be large.
        self._snapshot_ref = weakref.ref(snapshot)
        self._norms: dict[str, Floats] = {}
        self._words: OrderedDict[tuple[str, ...], Arrays] = OrderedDict()
        self._bytes = 0
        self._masks: OrderedDict[tuple[str, frozenset[str]], Mask] = OrderedDict()
        self._rows: dict[str, Rows] = {}
        self._several: dict[tuple[str, ...], Rows] = {}
        self._lock = threading.Lock()

    @property
    def _snapshot(self) -> Snapshot:
        """Whoever searches a leaf holds the snapshot."""
        snapshot = self._snapshot_ref()
        assert snapshot is not None
        return snapshot

    @cached_property
    def live(self) -> Mask | None:
        """The documents that are not deleted; None where none is."""
        if not len(self.deleted):
            return None
        live = np.ones(self.size, np.bool_)
        live[self.deleted] = False
        return live

    def field(self, name: str) -> Field:
        return self.segment.field(name)

    def norms(self, name: str, make: Callable[[Leaf], Floats]) -> Floats:
        """What `make` makes of the lengths of a field, kept."""
        if name not in self._norms:
            self._norms[name] = make(self)
        return self._norms[name]

    def remembered(self, key: tuple[str, ...], make: Callable[[], Arrays]) -> Arrays:
        """What `make` makes for a word, kept while there is room: the words of a search are asked
        for again with every filter and on every page."""
        with self._lock:
            if (known := self._words.get(key)) is not None:
                self._words.move_to_end(key)
                return known
        made = make()
        for array in made:
            array.flags.writeable = False  # other searches have it, too
        with self._lock:
            if key not in self._words:
                self._words[key] = made
                self._bytes += sum(array.nbytes for array in made)
            while self._bytes > REMEMBERED and len(self._words) > 1:
                self._bytes -= sum(array.nbytes for array in self._words.popitem(last=False)[1])
        return made

    def having(self, column: str, values: frozenset[str]) -> Mask:
        """The documents with any of the values, in any spelling."""
        key = (column, values)
        with self._lock:
            if key in self._masks:
                self._masks.move_to_end(key)
                return self._masks[key]
        mask = self._having(column, values)
        with self._lock:
            self._masks[key] = mask
            while len(self._masks) > MASKS:
                self._masks.popitem(last=False)
        return mask

    def _having(self, column: str, values: frozenset[str]) -> Mask:
        whole = self._snapshot.column(column)
        wanted = np.zeros(len(whole.values) + 1, np.bool_)
        wanted[[o for value in values if (o := whole.ordinal(value)) is not None]] = True
        return self.rows(column).having(wanted)

    def rows(self, column: str) -> Rows:
        """This segment's column with ordinals of the whole column."""
        if column not in self._rows:
            self._rows[column] = _rows(self._snapshot.column(column), self)
        return self._rows[column]

    def together(self, columns: tuple[str, ...]) -> Rows:
        """Several columns as one, the values of one behind those of the other: what is asked of
        the same documents costs little more for three columns than for one."""
        if columns not in self._several:
            parts = [self.rows(column) for column in columns]
            self._several[columns] = Rows.joined(parts, self._snapshot.begins(columns))
        return self._several[columns]


class Rows:
    """The values of documents: those of d are ordinals[first[d]:first[d] + width[d]]."""

    def __init__(self, first: Ints, ordinals: NDArray[Any], size: int) -> None:
        """`size`: one more than the largest ordinal there may be."""
        self.first = first[:-1].astype(np.int32)
        self.width = np.diff(first).astype(np.int32)
        self.ordinals = ordinals.astype(np.int32)
        self._size = size

    @classmethod
    def joined(cls, parts: Sequence[Rows], begins: Sequence[int]) -> Rows:
        """`begins`: the first ordinal of each part, and where the last ends."""
        width = np.add.reduce([part.width for part in parts], dtype=np.int64)
        first = starts(width)
        ordinals = np.empty(first[-1], np.int32)
        at = first[:-1].copy()
        for part, begin in zip(parts, begins, strict=False):
            ordinals[runs(at, part.width)] = part.ordinals + begin
            at += part.width
        return cls(first, ordinals, begins[-1])

    @cached_property
    def totals(self) -> Ints:
        """How many documents have each value, deleted ones included."""
        return np.bincount(self.ordinals, minlength=self._size)

    def of(self, docs: Ints) -> NDArray[np.int32]:
        """The values of `docs`, one document after the other."""
        width = self.width.take(docs)
        ends = np.cumsum(width, dtype=np.int32)
        begins = self.first.take(docs)
        begins += width
        begins -= ends
        rows = np.repeat(begins, width)
        rows += np.arange(len(rows), dtype=np.int32)
        return self.ordinals.take(rows)

    def having(self, wanted: Mask) -> Mask:
        """The documents with any value whose ordinal is wanted."""
        found = np.zeros(len(self.first), np.bool_)
        rows = np.flatnonzero(wanted[self.ordinals])
        ends = self.first + self.width
        found[np.searchsorted(ends, rows, side="right")] = True
        return found


def _rows(whole: Column, leaf: Leaf) -> Rows:
    """A column of one segment with the ordinals of all; of two spellings of one value in a document
    but one."""
    part = leaf.segment.column(whole.name)
    first = part.first
    ordinals = whole.places(leaf)[part.ordinals]
    size = len(whole.values) + 1
    if whole.variants:
        docs = np.repeat(np.arange(leaf.size), np.diff(first))
        docs, ordinals = np.divmod(distinct(docs * size + ordinals), size)
        first = starts(np.bincount(docs, minlength=leaf.size))
    return Rows(first, ordinals, size)


class Column:
    """The values of one column in all segments, ascending.

    Spellings of one person become one value here and not in the index, so that the list of
    spellings can grow without making indexes anew. Values of deleted articles alone are not there.
    """

    def __init__(self, leaves: Sequence[Leaf], name: str) -> None:
        self.name = name
        counts: dict[str, int] = {}
        for leaf in leaves:
            part = leaf.segment.column(name)
            for value, count in zip(part.values, _live_counts(leaf, name), strict=True):
                if count:
                    counts[value] = counts.get(value, 0) + count
        groups: dict[str, list[str]] = {}
        for value in counts:
            groups.setdefault(variants.key(name, value), []).append(value)
        ranked = sorted(
            (sorted(group, key=lambda value: (-counts[value], value)), key)
            for key, group in groups.items()
        )
        self.values: Sequence[str] = [group[0] for group, _ in ranked]
        self.variants: Mapping[str, tuple[str, ...]] = {
            group[0]: tuple(group) for group, _ in ranked if len(group) > 1
        }
        self._ordinal = {key: ordinal for ordinal, (_, key) in enumerate(ranked)}

    def ordinal(self, value: str) -> int | None:
        """Where `value`, or what it is a spelling of, stands in `values`."""
        return self._ordinal.get(variants.key(self.name, value))

    def places(self, leaf: Leaf) -> Ints:
        """Of each value in a segment's column its ordinal; one that no live article has is last."""
        get, name, last = self._ordinal.get, self.name, len(self.values)
        values = leaf.segment.column(name).values
        keys = (variants.key(name, value) for value in values)
        return np.fromiter((get(key, last) for key in keys), np.int64, len(values))


class Copies:
    """Which live articles are copies of one story, in all segments: see `searchapp.copies.groups`.

    `of[n]`: of each document of leaf n the number of its group, -1 where it has no copies.
    `place[n]`: where its id stands among those of all that have some. `size`: how many groups.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        docs = [
            np.arange(leaf.size) if leaf.live is None else np.flatnonzero(leaf.live)
            for leaf in leaves
        ]
        sketches = (
            leaf.segment.sketches.take(here) for leaf, here in zip(leaves, docs, strict=True)
        )
        number = copies.groups(copies.Sketches.joined(sketches))
        several = np.bincount(number, minlength=len(number))[number] > 1
        numbers, group = np.unique(number[several], return_inverse=True)
        self.size = len(numbers)
        self.of: list[NDArray[np.int32]] = [np.full(leaf.size, -1, np.int32) for leaf in leaves]
        self.place: list[NDArray[np.int32]] = [np.zeros(leaf.size, np.int32) for leaf in leaves]
        ends = starts(np.array([len(here) for here in docs], np.int64))
        chosen = [
            here[several[first:last]]
            for here, first, last in zip(docs, ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        ]
        place = _places(leaves, chosen)
        at = 0
        for number_, here in enumerate(chosen):
            self.of[number_][here] = group[at : at + len(here)]
            self.place[number_][here] = place[at : at + len(here)]
            at += len(here)


def _places(leaves: Sequence[Leaf], chosen: Sequence[Ints]) -> Ints:
    """Where the ids of some documents of each leaf stand among all of them."""
    if len(leaves) == 1:
        return leaves[0].segment.id_ranks.take(chosen[0])
    ids: list[str] = []
    for leaf, docs in zip(leaves, chosen, strict=True):
        if len(docs):
            here = leaf.segment.ids.terms()
            ids += [here[rank] for rank in leaf.segment.id_ranks.take(docs).tolist()]
    place = np.empty(len(ids), np.int64)
    place[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return place


def _live_counts(leaf: Leaf, name: str) -> list[int]:
    part = leaf.segment.column(name)
    ordinals = part.ordinals
    if leaf.live is not None:
        ordinals = ordinals[np.repeat(leaf.live, counts(part.first))]
    found: list[int] = np.bincount(ordinals, minlength=len(part.values)).tolist()
    return found


class Snapshot:
    """One commit. Nothing in it changes; what is derived is made when first asked for and kept."""

    def __init__(
        self, generation: int, parts: Sequence[tuple[Segment, Ints]], identity: str = ""
    ) -> None:
        self.generation = generation
        self.identity = identity
        """That of `toc.identity`."""
        self.parts = parts
        self.prepared: set[str] = set()
        """For which `Query.countries` all that is made once is made."""
        self.leaves = [Leaf(segment, deleted, self) for segment, deleted in parts]
        self.size = sum(leaf.size for leaf in self.leaves)
        """Documents, deleted ones included."""
        self._columns: dict[str, Column] = {}
        self._begins: dict[tuple[str, ...], list[int]] = {}
        self._copies: Copies | None = None
        self._lock = threading.RLock()

    @property
    def segments(self) -> list[Segment]:
        return [leaf.segment for leaf in self.leaves]

    @property
    def copies(self) -> Copies:
        with self._lock:
            if self._copies is None:
                self._copies = Copies(self.leaves)
            return self._copies

    def copies_of(self, id_: str) -> list[Ints]:
        """Of each leaf, in their order, the live documents that are copies of an article, itself
        among them; none where there is no such article."""
        if (found := self.find(id_)) is None:
            return [np.empty(0, np.int64) for _ in self.leaves]
        leaf, doc = found
        group = self.copies.of[self.leaves.index(leaf)][doc]
        if group >= 0:
            return [np.flatnonzero(of == group) for of in self.copies.of]
        return [np.array([doc] if one is leaf else [], np.int64) for one in self.leaves]

    def total_length(self, name: str) -> int:
        """Tokens of a field in all documents."""
        return sum(leaf.field(name).total_length for leaf in self.leaves)

    def column(self, name: str) -> Column:
        with self._lock:
            if name not in self._columns:
                self._columns[name] = Column(self.leaves, name)
            return self._columns[name]

    def begins(self, columns: tuple[str, ...]) -> list[int]:
        """Where the ordinals of each column begin when several are counted as one, and where those
        of the last end. Behind the values of a column is one for what no live article has."""
        if columns not in self._begins:
            sizes = [len(self.column(column).values) + 1 for column in columns]
            self._begins[columns] = list(accumulate(sizes, initial=0))
        return self._begins[columns]

    def find(self, id_: str) -> tuple[Leaf, int] | None:
        """The live document with an id, and its segment."""
        for leaf in reversed(self.leaves):
            doc = leaf.segment.find(id_)
            if doc is not None and (leaf.live is None or leaf.live[doc]):
                return leaf, doc
        return None

    def lines(self, found: Sequence[tuple[Leaf, int] | None], name: str) -> list[Any]:
        """The records of documents in a store, each frame read once; None for None."""
        out: list[Any] = [None] * len(found)
        by_leaf: dict[int, list[int]] = {}
        for at, place in enumerate(found):
            if place:
                by_leaf.setdefault(id(place[0]), []).append(at)
        for places in by_leaf.values():
            pairs = [found[at] for at in places]
            leaf = pairs[0][0]  # type: ignore[index]
            lines = leaf.segment.store(name).lines([pair[1] for pair in pairs if pair])
            for at, line in zip(places, lines, strict=True):
                out[at] = line
        return out
