"""Postings as bytes: for each term of a field the documents that have it, how often, in which
exact forms, and where.

A term's bytes are, one part after the other:

    documents    ascending numbers as gaps, the first counted from 0
    frequencies  1, 2 or 4 bytes a document; nothing where every one is 1
    forms        a set of bits a document, `form_bytes` long: which exact forms of a stem occur
    addresses    ascending numbers as gaps; see `fields`

Gaps are 1, 2 or 4 bytes each, whatever is shortest; the few that need more have their upper part
in a list before them (Zukowski et al. 2006 call it patching). A long list of addresses also has
*heads*, the last address before every BLOCK-th, so that some of it can be read without the rest. A
term that most documents have is *dense* instead: no numbers, but a frequency for every document, 0
where it is absent. `kind` says which of these a term's bytes are. Reading a term is a cumulative
sum or two; reading and writing all of them (`decode`, `encode`) is done for all terms at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

WIDTHS = (1, 2, 4)
DENSE = 3
_DTYPES = tuple(np.dtype(f"<u{width}") for width in WIDTHS)
_NO_TF, _NO_ADDRESSES = 0, 3
# Bits of `kind`: 0-1 index of the width of document gaps, or DENSE; 2-3 index + 1 of the width of
# frequencies, or _NO_TF; 4-5 index of the width of address gaps, or _NO_ADDRESSES; 6 and 7 whether
# document and address gaps are patched.
_PATCHED_DOCS, _PATCHED_ADDRESSES = 64, 128
_PATCH = 8
"""Bytes of one patch: which gap, and its upper part."""
BLOCK = 128
"""Addresses from one head to the next."""
FEW = 100_000
"""Addresses up to which reading all is quicker than finding out which to read."""
HEADS_FROM = 1024
"""Addresses from which a list has heads, of four bytes each."""


@dataclass(frozen=True, slots=True)
class Table:
    """Postings of many terms, term after term, and of each in ascending order of documents.

    `df`: documents of each term. `docs`, `tf`: one a posting. `form_bytes`: bytes of a set of
    forms, for each term; `forms`: those sets, flat. `cf`: occurrences of each term (the sum of its
    `tf`); `addresses`: one an occurrence, or None in fields without.
    """

    df: Ints
    docs: NDArray[Any]
    tf: Ints
    form_bytes: Ints
    forms: Bytes
    cf: Ints
    addresses: NDArray[Any] | None


class Term:
    """One term's postings in one segment, decoded part by part when first asked for."""

    __slots__ = ("_data", "_docs", "_form_bytes", "_kind", "_size", "_tf", "cf", "df")

    def __init__(
        self, data: Bytes, kind: int, df: int, cf: int, form_bytes: int, size: int
    ) -> None:
        """`df`: documents that have it; `cf`: occurrences in all of them."""
        self.df = df
        self.cf = cf
        self._data = data
        self._kind = kind
        self._form_bytes = form_bytes
        self._size = size
        self._docs: Ints | None = None
        self._tf: NDArray[Any] | None = None

    @property
    def dense(self) -> NDArray[Any] | None:
        """The frequency in every document of the segment, for a dense term."""
        if self._kind & 3 != DENSE:
            return None
        dtype = _DTYPES[(self._kind >> 2 & 3) - 1]
        return self._data[: self._size * dtype.itemsize].view(dtype)

    @property
    def docs(self) -> Ints:
        """Ascending."""
        if self._docs is None:
            if (dense := self.dense) is not None:
                self._docs = np.flatnonzero(dense)
            else:
                patched = bool(self._kind & _PATCHED_DOCS)
                self._docs = _gaps(self._data, 0, self.df, self._kind & 3, patched)
        return self._docs

    @property
    def tf(self) -> NDArray[Any] | None:
        """How often in each document; None where once in every one."""
        if self._tf is None:
            if (dense := self.dense) is not None:
                self._tf = dense.take(self.docs)
            elif code := self._kind >> 2 & 3:
                dtype, at = _DTYPES[code - 1], self._docs_end()
                self._tf = self._data[at : at + self.df * dtype.itemsize].view(dtype)
        return self._tf

    def forms(self) -> Bytes | None:
        """A row of bits for each document, (df, form_bytes); None where there is one form only."""
        width = self._form_bytes
        if not width:
            return None
        start = self._forms_start()
        rows = self._size if self._kind & 3 == DENSE else self.df
        table = self._data[start : start + rows * width].reshape(rows, width)
        return table[self.docs] if self._kind & 3 == DENSE else table

    def having_form(self, bit: int, rows: Ints | None = None) -> NDArray[np.bool_] | None:
        """Which of `docs` have the form with this number; None for all. With `rows`, which of
        those postings, or of a dense term, which of those documents."""
        width = self._form_bytes
        if not width:
            return None
        start = self._forms_start() + (bit >> 3)
        dense = self._kind & 3 == DENSE
        count = self._size if dense else self.df
        column = self._data[start : start + (count - 1) * width + 1 : width]
        if dense and rows is None:
            rows = self.docs
        if rows is not None:
            column = column.take(rows)
        found: NDArray[np.bool_] = (column & (1 << (bit & 7))) != 0
        return found

    def having_any(self, bits: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of `docs` have any of the forms with these numbers."""
        sets = self.forms()
        assert sets is not None
        wanted = np.zeros(8 * self._form_bytes, np.bool_)
        wanted[bits] = True
        mask = np.packbits(wanted, bitorder="little")
        shared: NDArray[np.uint8] = sets & mask
        found: NDArray[np.bool_] = shared[:, 0] != 0
        return found if self._form_bytes == 1 else shared.any(axis=1)  # type: ignore[return-value]

    def addresses(self) -> Ints:
        """Every occurrence, ascending; empty in a field that has none."""
        if (where := self._address_list()) is None:
            return np.empty(0, np.int64)
        start, count, code = where
        patched = bool(self._kind & _PATCHED_ADDRESSES)
        return _gaps(self._data, start + _heads_size(count), count, code, patched)

    def addresses_near(self, begins: Ints, ends: Ints) -> Ints:
        """All occurrences at begin…end - 1 of any of these stretches, ascending, among others.
        The stretches ascend."""
        where = self._address_list()
        if where is None or where[1] < max(FEW, 2 * BLOCK * len(begins)):
            return self.addresses()
        start, count, code = where
        middle = start + _heads_size(count)
        heads = self._data[start:middle].view("<u4").astype(np.int64)
        first = np.searchsorted(heads[1:], begins, side="left")
        last = np.maximum(np.searchsorted(heads, ends, side="left") - 1, first)
        if int((last - first + 1).sum()) * 2 > len(heads):
            return self.addresses()
        blocks = distinct(runs(first, last - first + 1))
        return self._blocks(blocks, heads, middle, count, code)

    def _blocks(self, blocks: Ints, heads: NDArray[Any], at: int, count: int, code: int) -> Ints:
        """The addresses of some blocks of a list of gaps that begins `at`."""
        sizes = np.minimum(count - blocks * BLOCK, BLOCK)
        offsets = starts(sizes)
        patches = None
        if self._kind & _PATCHED_ADDRESSES:
            patches, at = _patches(self._data, at)
        gaps = self._data[at : at + count * WIDTHS[code]].view(_DTYPES[code])
        values = gaps.take(runs(blocks * BLOCK, sizes)).astype(np.int64)
        if patches:
            which = patches[0].astype(np.int64)
            place = np.minimum(np.searchsorted(blocks, which // BLOCK), len(blocks) - 1)
            here = blocks[place] == which // BLOCK
            upper = patches[1][here].astype(np.int64) << 8 * WIDTHS[code]
            values[offsets[place[here]] + which[here] % BLOCK] += upper
        before = heads[blocks]
        after = before + np.add.reduceat(values, offsets[:-1])
        before[1:] -= after[:-1]
        values[offsets[:-1]] += before
        return np.cumsum(values)

    def _address_list(self) -> tuple[int, int, int] | None:
        """Where the addresses begin, how many there are and the code of their width."""
        code = self._kind >> 4 & 3
        if code == _NO_ADDRESSES:
            return None
        start = self._forms_start()
        start += (self._size if self._kind & 3 == DENSE else self.df) * self._form_bytes
        return start, self.cf, code

    def _forms_start(self) -> int:
        if (dense := self.dense) is not None:
            return dense.nbytes
        code = self._kind >> 2 & 3
        return self._docs_end() + (self.df * WIDTHS[code - 1] if code else 0)

    def _docs_end(self) -> int:
        """Where the frequencies of a term that is not dense begin."""
        patches = 0
        if self._kind & _PATCHED_DOCS:
            patches = 4 + _PATCH * int(self._data[:4].view("<u4")[0])
        return patches + self.df * WIDTHS[self._kind & 3]


def _gaps(data: Bytes, at: int, count: int, code: int, patched: bool) -> Ints:
    """The numbers of a list of gaps."""
    patches = None
    if patched:
        patches, at = _patches(data, at)
    gaps: NDArray[Any] = data[at : at + count * WIDTHS[code]].view(_DTYPES[code])
    if patches:
        gaps = gaps.astype(np.int64)
        gaps[patches[0]] += patches[1].astype(np.int64) << (8 * WIDTHS[code])
    return gaps.cumsum(dtype=np.int64)


def _patches(data: Bytes, at: int) -> tuple[tuple[NDArray[Any], NDArray[Any]], int]:
    """Which gaps have an upper part, those parts, and where the gaps begin."""
    number = int(data[at : at + 4].view("<u4")[0])
    middle, end = at + 4 + 4 * number, at + 4 + _PATCH * number
    return (data[at + 4 : middle].view("<u4"), data[middle:end].view("<u4")), end


def _heads_size(count: int) -> int:
    return 4 * -(-count // BLOCK) if count >= HEADS_FROM else 0


# --- all terms at once ---------------------------------------------------------------------------


def starts(sizes: NDArray[Any], dtype: Any = np.int64) -> NDArray[Any]:
    """Where each run begins in what holds runs of `sizes` items one after the other; one more
    number than there are runs, the last is where all end."""
    out = np.zeros(len(sizes) + 1, dtype)
    np.cumsum(sizes, out=out[1:])
    return out


def counts(first: NDArray[Any]) -> Ints:
    """The inverse of `starts`."""
    wide = first.astype(np.int64)
    return wide[1:] - wide[:-1]


def distinct(numbers: Ints) -> Ints:
    """The different numbers, ascending. NumPy's `unique` hashes, which is slow for many of them."""
    ascending = np.sort(numbers, kind="stable")
    new = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return ascending[new]


def runs(
    begins: NDArray[Any], counts: NDArray[Any], step: Any = 1, dtype: Any = np.int64
) -> NDArray[Any]:
    """begin, begin + step, … `count` times, for each run, one run after the other. `step` may be
    an array, of one for each run."""
    first = starts(counts)
    index = np.repeat((begins - first[:-1] * step).astype(dtype), counts)
    ascending = np.arange(first[-1], dtype=dtype)
    if isinstance(step, np.ndarray):
        ascending *= np.repeat(step.astype(dtype), counts)
    elif step > 1:
        ascending *= step
    index += ascending
    return index


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a table. `sizes`: bytes of each term."""

    data: Bytes
    sizes: Ints
    kinds: Bytes


def encode(table: Table, size: int) -> Encoded:
    """`size` is the number of documents in the segment."""
    docs = _Gaps(table.docs, table.df)
    row_starts = starts(table.df)
    most = np.maximum.reduceat(table.tf, row_starts[:-1]) if len(table.df) else table.df
    tf_code = np.where(most == 1, 0, 1 + np.searchsorted([0xFF, 0xFFFF], most, side="left"))
    tf_width = np.array([0, *WIDTHS])[tf_code]
    dense_code = np.maximum(tf_code, 1)
    row_bytes = np.array([0, *WIDTHS])[dense_code] + table.form_bytes
    sparse_size = docs.sizes + table.df * (tf_width + table.form_bytes)
    dense = size * row_bytes <= sparse_size
    head = np.where(dense, size * row_bytes, sparse_size)

    kinds = np.where(dense, DENSE | dense_code << 2, docs.codes | tf_code << 2)
    kinds |= np.where(docs.patched & ~dense, _PATCHED_DOCS, 0)
    sizes = head
    addresses = None
    if table.addresses is not None:
        addresses = _Gaps(table.addresses, table.cf, heads=True)
        kinds |= addresses.codes << 4 | np.where(addresses.patched, _PATCHED_ADDRESSES, 0)
        sizes = head + addresses.sizes
    else:
        kinds |= _NO_ADDRESSES << 4

    at = starts(sizes)
    data = np.zeros(at[-1], np.uint8)
    sparse = ~dense
    docs.write(data, at[:-1], sparse)
    tf_at = at[:-1] + docs.sizes
    for code, width in enumerate(WIDTHS, 1):
        chosen = sparse & (tf_code == code)
        _scatter(data, tf_at, table.tf, table.df, chosen, width)
    form_counts = table.df * table.form_bytes
    forms_at = tf_at + table.df * tf_width
    _scatter(data, forms_at, table.forms, form_counts, sparse & (form_counts > 0), 1)
    for term in np.flatnonzero(dense).tolist():
        _write_dense(data, int(at[term]), table, term, row_starts, size, int(dense_code[term]))
    if addresses is not None:
        addresses.write(data, at[:-1] + head, np.ones(len(at) - 1, np.bool_))
    return Encoded(data, sizes, kinds.astype(np.uint8))


class _Gaps:
    """Lists of ascending numbers, one after the other, and how each is best written."""

    def __init__(self, numbers: Ints, counts: Ints, heads: bool = False) -> None:
        self.numbers = numbers
        self.counts = counts
        self.heads = np.where(heads & (counts >= HEADS_FROM), 4 * (-(-counts // BLOCK)), 0)
        self.first = starts(counts)
        self.gaps = np.diff(numbers, prepend=0)
        begins = self.first[:-1]
        self.gaps[begins] = numbers[begins]
        sizes = []
        for width in WIDTHS:
            if width == 4:
                patches = np.zeros(len(counts), np.int64)
            else:
                patches = np.add.reduceat(self.gaps >= 1 << 8 * width, begins, dtype=np.int64)
            sizes.append(counts * width + np.where(patches, 4 + _PATCH * patches, 0))
            if width == 1:
                self._over = patches
            elif width == 2:
                self._over2 = patches
        table = np.stack(sizes) if len(counts) else np.zeros((3, 0), np.int64)
        self.codes = np.argmin(table, axis=0) if len(counts) else np.zeros(0, np.int64)
        self.sizes = (table.min(axis=0) if len(counts) else np.zeros(0, np.int64)) + self.heads
        patches = np.where(self.codes == 0, self._over, np.where(self.codes == 1, self._over2, 0))
        self.patched = patches > 0

    def write(self, data: Bytes, at: Ints, chosen: NDArray[np.bool_]) -> None:
        ends = at + self.sizes
        for code, width in enumerate(WIDTHS):
            these = chosen & (self.codes == code)
            _scatter(data, ends - self.counts * width, self.gaps, self.counts, these, width)
        self._write_patches(data, at + self.heads, np.flatnonzero(chosen & self.patched))
        for run in np.flatnonzero(chosen & (self.heads > 0)).tolist():
            numbers = self.numbers[self.first[run] : self.first[run + 1]]
            heads = np.concatenate([[0], numbers[BLOCK - 1 : -1 : BLOCK]]).astype("<u4")
            data[at[run] : at[run] + heads.nbytes] = heads.view(np.uint8)

    def _write_patches(self, data: Bytes, at: Ints, runs_: Ints) -> None:
        at, counts = at[runs_], self.counts[runs_]
        upper = self.gaps[runs(self.first[runs_], counts)]
        upper = upper >> np.repeat(8 * np.array(WIDTHS)[self.codes[runs_]], counts)
        where = np.flatnonzero(upper)
        run = np.repeat(np.arange(len(runs_)), counts)[where]
        number = np.bincount(run, minlength=len(runs_))
        every = np.ones(len(runs_), np.bool_)
        _scatter(data, at, number, every.astype(np.int64), every, 4)
        _scatter(data, at + 4, where - starts(counts)[run], number, every, 4)
        _scatter(data, at + 4 + 4 * number, upper[where], number, every, 4)


def _scatter(
    data: Bytes,
    at: Ints,
    values: NDArray[Any],
    counts: Ints,
    chosen: NDArray[np.bool_],
    width: int,
) -> None:
    """Write the values of the chosen runs, `width` bytes each, a run beginning at its `at`."""
    if not chosen.any():
        return
    if not chosen.all():
        values = values[np.repeat(chosen, counts)]
        at, counts = at[chosen], counts[chosen]
    where = runs(at, counts, width)
    for byte in range(width):
        data[where + byte if byte else where] = values >> 8 * byte & 0xFF if width > 1 else values


def _write_dense(
    data: Bytes, at: int, table: Table, term: int, first: Ints, size: int, code: int
) -> None:
    rows = slice(first[term], first[term + 1])
    docs, width, dtype = table.docs[rows], int(table.form_bytes[term]), _DTYPES[code - 1]
    tf = np.zeros(size, dtype)
    tf[docs] = table.tf[rows]
    data[at : at + tf.nbytes] = tf.view(np.uint8)
    if width:
        forms = np.zeros((size, width), np.uint8)
        begin = int((table.df[:term] * table.form_bytes[:term]).sum())
        forms[docs] = table.forms[begin : begin + len(docs) * width].reshape(-1, width)
        data[at + tf.nbytes : at + tf.nbytes + forms.size] = forms.ravel()


def decode(
    data: Bytes,
    at: Ints,
    kinds: Bytes,
    df: Ints,
    cf: Ints,
    form_bytes: Ints,
    size: int,
    addresses: bool,
) -> Table:
    """The inverse of `encode`: `at` says where in `data` each term begins."""
    dense = (kinds & 3) == DENSE
    sparse = ~dense
    row_starts, form_starts = starts(df), starts(df * form_bytes)
    docs, tf_at = _lists(data, at, kinds & 3, sparse, kinds & _PATCHED_DOCS != 0, row_starts)
    tf = np.ones(row_starts[-1], np.int64)
    forms = np.zeros(form_starts[-1], np.uint8)
    tf_width = np.array([0, *WIDTHS])[kinds >> 2 & 3]
    for width in WIDTHS:
        _gather(data, tf_at, tf, row_starts, df, sparse & (tf_width == width), width)
    forms_at = tf_at + df * tf_width
    form_counts = df * form_bytes
    _gather(data, forms_at, forms, form_starts, form_counts, sparse & (form_counts > 0), 1)
    for number in np.flatnonzero(dense).tolist():
        kind, has, all_, width = (int(a[number]) for a in (kinds, df, cf, form_bytes))
        term = Term(data[at[number] :], kind, has, all_, width, size)
        rows = slice(row_starts[number], row_starts[number + 1])
        docs[rows] = term.docs
        tf[rows] = term.tf
        if (sets := term.forms()) is not None:
            forms[form_starts[number] : form_starts[number + 1]] = sets.ravel()
    found = None
    if addresses:
        found_at = np.where(dense, at + size * (tf_width + form_bytes), forms_at + form_counts)
        found_at += np.where(cf >= HEADS_FROM, 4 * (-(-cf // BLOCK)), 0)
        patched = kinds & _PATCHED_ADDRESSES != 0
        every = np.ones(len(kinds), np.bool_)
        found, _ = _lists(data, found_at, kinds >> 4 & 3, every, patched, starts(cf))
    return Table(df, docs, tf, form_bytes, forms, cf, found)


def _lists(
    data: Bytes,
    at: Ints,
    codes: NDArray[Any],
    chosen: NDArray[np.bool_],
    patched: NDArray[np.bool_],
    first: Ints,
) -> tuple[Ints, Ints]:
    """The numbers of lists of gaps that begin `at`, zeros for those that are not chosen, and where
    the bytes of each end. Those of list i are first[i]…first[i + 1] of the numbers."""
    numbers, counts = np.zeros(first[-1], np.int64), np.diff(first)
    which = np.flatnonzero(chosen & patched)
    patches = np.zeros(len(which), np.int64)
    every = np.ones(len(which), np.bool_)
    _gather(data, at[which], patches, np.arange(len(which) + 1), every.astype(np.int64), every, 4)
    at = at.copy()
    patches_at = at[which] + 4
    at[which] += 4 + _PATCH * patches
    for code, width in enumerate(WIDTHS):
        these = chosen & (codes == code)
        _gather(data, at, numbers, first, counts, these, width)
        at[these] += counts[these] * width
    gap, upper = (np.zeros(patches.sum(), np.int64) for _ in range(2))
    _gather(data, patches_at, gap, starts(patches), patches, every, 4)
    _gather(data, patches_at + 4 * patches, upper, starts(patches), patches, every, 4)
    shift = 8 * np.array([*WIDTHS, 0])[codes[which]]
    numbers[np.repeat(first[which], patches) + gap] += upper << np.repeat(shift, patches)
    _sum_runs(numbers, first, chosen)
    return numbers, at


def _gather(
    data: Bytes,
    at: Ints,
    out: NDArray[Any],
    first: Ints,
    counts: Ints,
    chosen: NDArray[np.bool_],
    width: int,
) -> None:
    """Read the chosen runs into their places in `out`; the inverse of `_scatter`."""
    if not chosen.any():
        return
    counts = counts[chosen]
    where = runs(at[chosen], counts, width)
    values = data[where].astype(out.dtype)
    for byte in range(1, width):
        values |= data[where + byte].astype(out.dtype) << 8 * byte
    if chosen.all():
        out[:] = values
    else:
        out[runs(first[:-1][chosen], counts)] = values


def _sum_runs(values: Ints, first: Ints, chosen: NDArray[np.bool_]) -> None:
    """Turn gaps into numbers, in place. Runs that are not chosen hold zeros."""
    if not len(values):
        return
    begins, counts = first[:-1], np.diff(first)
    first_gaps = values[begins]
    total = np.cumsum(values)
    values[:] = total - np.repeat(total[begins] - first_gaps, counts)
