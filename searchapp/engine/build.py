"""Articles → a segment, and several segments → one. Tokens become arrays by one sort."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp import copies
from searchapp.analyse import PARAGRAPH
from searchapp.engine import CORRECTION, UNSEEN, record
from searchapp.engine.arrays import ArrayWriter, narrow
from searchapp.engine.lexer import Lexer, Numbers, Tokens, encoded
from searchapp.engine.parallel import in_order
from searchapp.engine.postings import Bytes, Encoded, Ints, Table, distinct, encode, runs, starts
from searchapp.engine.postings import counts as counts_of
from searchapp.engine.segment import LARGE, STORES, Field, Segment
from searchapp.engine.store import StoreWriter, copy
from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import COLUMNS, MENTIONED, Tagged

FIELDS = ("text", "title", "person", "source")
STEMMED = ("text", "title")
FLUSH_TOKENS = 40_000_000
"""Tokens of text that a segment is made of at most before it is merged, of eight bytes each."""
FLUSH_BYTES = 256_000_000
"""Bytes of compressed articles that a segment is made of at most before it is merged."""
AT_ONCE = (1_000_000, 1_500_000)
"""Occurrences of terms, at least and at most, that a thread makes into postings: some 150 MB."""
BLOCK = 1 << 20
"""Tokens that are looked at together where no order matters."""
BATCH = 1_000_000
"""Bytes of text that a thread cuts into tokens at once: what a processor keeps near."""
BATCHES = 16
"""Batches that wait to be cut together."""
WAITING = 64_000_000
"""Bytes of articles that wait to be compressed."""
ALL_COLUMNS = (*COLUMNS, CORRECTION, UNSEEN)


class Builder:
    """Collects articles, and writes them as one segment in the order they came."""

    def __init__(self, lexer: Lexer) -> None:
        lexer.make_room()
        self._text = _Words(lexer)
        self._others = {"person": _Words(lexer), "source": _Words(lexer)}
        self._lexer = lexer
        self._columns = {name: _ColumnBuilder() for name in ALL_COLUMNS}
        self._articles, self._rests, self._states = StoreWriter(), StoreWriter(), StoreWriter()
        self._ids: list[str] = []
        self._dates: list[int] = []

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def full(self) -> bool:
        stored = self._articles.size + self._rests.size
        return self._text.size >= FLUSH_TOKENS or stored >= FLUSH_BYTES

    def add(self, tagged: Tagged) -> None:
        article, tags, corrected = tagged.article, tagged.tags, tagged.corrected
        doc = len(self._ids)
        headline = encoded(article.headline)
        self._text.add(headline + encoded(article.body), len(headline))
        people = tags.values("person") if tags.person else ()
        self._others["person"].add(b"".join([encoded(name) for name in people]))
        self._others["source"].add(encoded(article.source or ""))
        self._columns["person"].add(doc, people)
        if tags.country:
            self._columns["country"].add(doc, tags.values("country"))
            self._columns[MENTIONED].add(doc, tags.values(MENTIONED))
        self._columns["topic"].add(doc, tags.values("topic") if tags.topic else ())
        if corrected:
            self._columns[CORRECTION].add(doc, corrected.by)
            self._columns[UNSEEN].add(doc, corrected.unseen)
        self._ids.append(article.id)
        self._dates.append(article.date.toordinal() if article.date else 0)
        line, rest = record.pack(tagged)
        self._articles.add(line)
        self._rests.add(rest)
        waiting = self._articles.waiting + self._rests.waiting
        if self._text.batches >= BATCHES or waiting >= WAITING:
            self._text.cut()
            self._articles.compress()
            self._rests.compress()
        self._states.add(f"[{_QUOTE(article.digest)},{_QUOTE(article.origin)}]".encode())

    def write(self, path: Path) -> None:
        """Raises OSError; no file is left then."""
        with writing(path) as out:
            out.facts["documents"] = len(self)
            text, title = self._text.tokens()
            _write_sketches(out, _sketches(self._lexer, text, np.diff(title.first)))
            _write_tokens(out, "text", self._lexer, text)
            del text
            _write_tokens(out, "title", self._lexer, title)
            for name, words in self._others.items():
                _write_tokens(out, name, self._lexer, words.tokens()[0])
            for name in ALL_COLUMNS:
                self._columns[name].write(out, name, len(self))
            _write_ids(out, self._ids)
            out.add("date", np.array(self._dates, np.int32))
            self._articles.write(out, "article")
            self._rests.write(out, "rest")
            self._states.write(out, "state")


_QUOTE: Callable[[str], str] = json.encoder.encode_basestring_ascii


@contextlib.contextmanager
def writing(path: Path) -> Iterator[ArrayWriter]:
    """An ArrayWriter that is closed at the end, or leaves nothing if anything is raised."""
    writer = ArrayWriter(path)
    try:
        writer.facts["lengths"] = {}
        yield writer
        writer.close()
    except BaseException:
        writer.abandon()
        raise


# --- fields ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Range:
    """The postings of a range of terms. `pair_df`: documents with each pair of a stem and a form;
    `left`: which of the terms have any postings."""

    table: Table
    pair_df: Ints
    left: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Written:
    """What `_write_postings` leaves to be written: see `_Range`, of all ranges."""

    pair_df: Ints
    left: NDArray[np.bool_]


def _write_postings(
    out: ArrayWriter, name: str, sizes: Ints, make: Callable[[int, int], _Range], documents: int
) -> _Written:
    """The postings of a field whose terms have these `sizes`, as `make` gives those of the terms
    first…last."""
    df, cf, kinds, lengths, pair_df, left = ([] for _ in range(6))

    def encoded(bounds: tuple[int, int]) -> tuple[_Range, Encoded]:
        made = make(*bounds)
        return made, encode(made.table, documents)

    def chunks() -> Iterator[Bytes]:
        for made, done in in_order(encoded, _ranges(sizes)):
            df.append(made.table.df)
            cf.append(made.table.cf)
            kinds.append(done.kinds)
            lengths.append(done.sizes)
            pair_df.append(made.pair_df)
            left.append(made.left)
            yield done.data

    out.add_chunks(f"{name}/postings", np.uint8, chunks())
    _write_small(out, f"{name}/df", _joined(df))
    _write_small(out, f"{name}/more", _joined(cf) - _joined(df))
    out.add(f"{name}/kind", _joined(kinds, np.uint8))
    _write_small(out, f"{name}/bytes", _joined(lengths))
    return _Written(_joined(pair_df), _joined(left, np.bool_))


def _ranges(sizes: Ints) -> Iterator[tuple[int, int]]:
    """The terms, whose postings have these sizes, in ranges that one thread makes at once."""
    ends = np.cumsum(sizes)
    at_once = min(max(int(ends[-1]) // 16, AT_ONCE[0]), AT_ONCE[1]) if len(ends) else 0
    first = 0
    while first < len(sizes):
        done = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, done + at_once, side="right")), first + 1)
        yield first, last
        first = last


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Stems with their exact forms, ascending by stem, then form.

    `stem`, `form`: their ordinals. `bit`: the number of the form among those of its stem.
    `form_bytes`: of each stem, the bytes of a set of its forms: 0 where there is but one.
    """

    stem: Ints
    form: Ints
    bit: Ints
    form_bytes: Ints
    first: Ints

    @classmethod
    def of(cls, stem: Ints, form: Ints, stems: int) -> _Pairs:
        """The different pairs among those given."""
        keys = distinct(stem << 32 | form)
        stem, form = keys >> 32, keys & 0xFFFFFFFF
        counts = np.bincount(stem, minlength=stems)
        first = starts(counts)
        form_bytes = np.where(counts > 1, (counts + 7) // 8, 0)
        return cls(stem, form, np.arange(len(keys)) - first[stem], form_bytes, first)

    def find(self, stem: Ints, form: Ints) -> Ints:
        """The number of each of these pairs."""
        return np.searchsorted(self.stem << 32 | self.form, stem << 32 | form)

    def write(
        self,
        out: ArrayWriter,
        name: str,
        df: Ints,
        forms: Sequence[str],
        size: int,
        stems_left: NDArray[np.bool_],
    ) -> None:
        """`df`: documents with each pair; those with none are left out, and forms without a pair.
        `stems_left`: the stems that the segment has."""
        left = df > 0
        stem, form, bit = self.stem[left], self.form[left], self.bit[left]
        forms_left = np.zeros(len(forms), np.bool_)
        forms_left[form] = True
        forms = [text for text, wanted in zip(forms, forms_left.tolist(), strict=True) if wanted]
        form = (np.cumsum(forms_left) - 1)[form]
        stem = (np.cumsum(stems_left) - 1)[stem]
        order = np.lexsort([stem, form])
        form_df = np.bincount(form, weights=df[left], minlength=len(forms)).astype(np.int64)
        out.add(f"{name}/form_bytes", narrow(self.form_bytes[stems_left]))
        _write_small(out, f"{name}/form_df", np.minimum(form_df, size))
        if len(form) > len(forms):
            out.add(f"{name}/pair_form", narrow(form[order]))
        out.add(f"{name}/pair_stem", narrow(stem[order]))
        out.add(f"{name}/pair_bit", narrow(bit[order]))
        _write_vocabulary(out, f"{name}/form_", forms)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of one field of many documents: `unit` and `address` of each, see `Lexer`.

    `first`: document d has the tokens first[d]…first[d + 1]. `base`, `breaks`: see `segment`.
    """

    unit: Numbers
    address: Numbers
    first: Ints
    base: Ints
    breaks: Numbers


class _Words:
    """Collects the values of one field of documents, and cuts them into tokens."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._waiting: list[bytes] = []
        self._heads: list[int] = []  # bytes of the first value of each of those
        self._bytes = 0
        self._batches: list[tuple[list[bytes], list[int]]] = []
        self._units, self._addresses, self._ends = _Growing(), _Growing(), _Growing()
        self._places: list[Ints] = []
        self._totals = np.zeros(3, np.int64)  # tokens, addresses and ends of values until now

    @property
    def size(self) -> int:
        """Tokens."""
        return int(self._totals[0])

    @property
    def batches(self) -> int:
        """That are to be cut."""
        return len(self._batches)

    def add(self, text: bytes, head: int = 0) -> None:
        """The values of the next document, `encoded`; `head` bytes of it are the first."""
        self._waiting.append(text)
        self._heads.append(head)
        self._bytes += len(text)
        if self._bytes >= BATCH:
            self._gather()

    def _gather(self) -> None:
        self._batches.append((self._waiting, self._heads))
        self._waiting, self._heads, self._bytes = [], [], 0

    def cut(self) -> None:
        """Make tokens of the batches."""
        for cut, places in in_order(self._tokens, self._batches):
            self._places.append(places + self._totals[:, None, None])
            shift = np.int32(self._totals[1])
            self._units.add(cut.unit)
            self._addresses.add(cut.address + shift)
            self._ends.add(cut.ends + shift)
            self._totals = self._places[-1][:, 2, -1]
        self._batches = []

    def _tokens(self, batch: tuple[list[bytes], list[int]]) -> tuple[Tokens, Ints]:
        """The tokens of a batch, and how many of `_totals` come before the texts, the ends of their
        first values and those of the texts."""
        texts, heads = batch
        first = starts(np.fromiter(map(len, texts), np.int64, len(texts)))
        at = np.stack([first[:-1], first[:-1] + heads, first[1:]])
        cut = self._lexer.tokens(b"".join(texts), at)
        past = np.concatenate([[0], cut.ends + 1])  # an address is taken by every end of a value
        places = np.stack([cut.tokens_before, past[cut.ends_before], cut.ends_before])
        return cut, places

    def tokens(self) -> tuple[_Tokens, _Tokens]:
        """Those of all values, and of the first alone."""
        if self._waiting:
            self._gather()
        self.cut()
        unit, address, ends = (n.taken() for n in (self._units, self._addresses, self._ends))
        places = np.concatenate([np.zeros((3, 3, 0), np.int64), *self._places], axis=2)
        begin, head, end = places.transpose(1, 0, 2)
        parted = np.ones(len(ends), np.bool_)
        parted[end[2][begin[2] < end[2]] - 1] = False  # that parts two documents
        first, base = (np.append(begin[row], end[row][-1:]) for row in (0, 1))
        if not len(first):
            first = base = np.zeros(1, np.int64)
        everything = _Tokens(unit, address, first, base, ends[parted])

        counts = head - begin
        chosen = runs(begin[0], counts[0])
        head_base = starts(counts[1])
        shift = head_base[:-1] - base[:-1]
        moved = address[chosen] + np.repeat(shift, counts[0])
        breaks = np.maximum(counts[2] - 1, 0)
        parting = ends[runs(begin[2], breaks)] + np.repeat(shift, breaks)
        return everything, _Tokens(unit[chosen], moved, starts(counts[0]), head_base, parting)


class _Growing:
    """Numbers that more are added to. An array that grows in place, and not many that are joined at
    the end, which would take the memory twice."""

    def __init__(self) -> None:
        self._array = np.empty(1024, np.int32)
        self._size = 0

    def add(self, numbers: Numbers) -> None:
        end = self._size + len(numbers)
        if end > len(self._array):
            self._array.resize(end + end // 8, refcheck=False)
        self._array[self._size : end] = numbers
        self._size = end

    def taken(self) -> Numbers:
        """All of them; none are left, and none can be added."""
        array, self._array = self._array[: self._size], np.empty(0, np.int32)
        return array


def _write_tokens(out: ArrayWriter, name: str, lexer: Lexer, tokens: _Tokens) -> None:
    """One field of all documents."""
    size = len(tokens.first) - 1
    stemmed = name in STEMMED
    words, rank = lexer.ranked()
    unit_form = rank[np.frombuffer(lexer.unit_exact, np.int32)]
    unit_term = rank[np.frombuffer(lexer.unit_stem, np.int32)] if stemmed else unit_form
    uses = np.zeros(len(unit_form), np.int64)
    for units in _blocks(tokens.unit):
        uses += np.bincount(units, minlength=len(unit_form))
    used = uses > 0
    terms, term_of = _only(words, unit_term[used])
    unit_term = term_of[unit_term]
    cf = np.bincount(unit_term[used], weights=uses[used], minlength=len(terms)).astype(np.int64)
    pairs, unit_bit, forms = None, None, terms
    if stemmed:
        forms, form_of = _only(words, unit_form[used])
        pairs = _Pairs.of(unit_term[used], form_of[unit_form[used]], len(terms))
        unit_bit = np.zeros(len(used), np.int64)
        unit_bit[used] = pairs.bit[pairs.find(unit_term[used], form_of[unit_form[used]])]
    tables = _Tables(tokens, unit_term, cf, pairs, unit_bit)
    written = _write_postings(out, name, cf, tables.range, size)
    if pairs:
        pairs.write(out, name, written.pair_df, forms, size, written.left)
    _write_vocabulary(out, f"{name}/", terms)
    _write_places(out, name, np.diff(tokens.first), tokens.base, tokens.breaks)


def _sketches(lexer: Lexer, text: _Tokens, heads: Ints) -> copies.Sketches:
    """Of texts whose first `heads[d]` tokens are the headline of document d."""
    words, rank = lexer.ranked()
    used = np.zeros(len(lexer.unit_exact), np.bool_)
    for units in _blocks(text.unit):
        used[units] = True
    hashes = np.zeros(len(used), np.uint32)
    numbers = rank[np.frombuffer(lexer.unit_exact, np.int32)[used]].tolist()
    hashes[used] = copies.word_hashes(map(words.__getitem__, numbers))
    counts = np.diff(text.first)

    def sketched(documents: tuple[int, int]) -> copies.Sketches:
        some = slice(*documents)
        units = text.unit[text.first[some.start] : text.first[some.stop]]
        return copies.sketch(hashes.take(units), counts[some], heads[some])

    return copies.Sketches.joined(in_order(sketched, _ranges(counts)))


def _write_sketches(out: ArrayWriter, sketches: copies.Sketches) -> None:
    out.add("copies/values", sketches.values.ravel())
    out.add("copies/sizes", narrow(sketches.sizes))


def _blocks(numbers: Numbers) -> Iterator[Numbers]:
    """The numbers in parts: what they index is looked up by copies of 64 bits."""
    return (numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK))


def _only(words: Sequence[str], used: Ints) -> tuple[list[str], Ints]:
    """The words that are used, and where each word would stand among them."""
    mask = np.zeros(len(words), np.bool_)
    mask[used] = True
    return list(compress(words, mask.tolist())), np.cumsum(mask) - 1


class _Tables:
    """The postings of tokens, a range of terms at a time."""

    def __init__(
        self,
        tokens: _Tokens,
        unit_term: Ints,
        cf: Ints,
        pairs: _Pairs | None,
        unit_bit: Ints | None,
    ) -> None:
        """`unit_term`, `unit_bit`: of each unit, the term and the number of the form."""
        self._tokens = tokens
        self._unit_term = unit_term.astype(np.int32)
        self._cf = cf
        self._pairs = pairs
        self._unit_bit = unit_bit
        self._firsts = [first for first, _ in _ranges(cf)]
        smallest = np.min_scalar_type(len(self._firsts))
        range_of = np.searchsorted(self._firsts, unit_term, side="right").astype(smallest)
        self._range = np.empty(len(tokens.unit), smallest)
        """Which range each token is in, counted from 1."""
        if len(self._firsts) > 1:
            for number, units in enumerate(_blocks(tokens.unit)):
                self._range[number * BLOCK : (number + 1) * BLOCK] = range_of[units]

    def range(self, first: int, last: int) -> _Range:
        """The postings of the terms first…last."""
        unit, address, doc = self._chosen(first, last)
        cf = self._cf[first:last]
        order = _stable_order(self._unit_term[unit] - np.int32(first), last - first)
        docs = doc[order]
        row_begins = starts(cf)
        new = np.ones(len(order), np.bool_)
        np.not_equal(docs[1:], docs[:-1], out=new[1:])
        new[row_begins[:-1]] = True
        rows = np.flatnonzero(new)
        tf = np.diff(rows, append=len(order))
        df = np.diff(np.searchsorted(rows, row_begins))
        form_bytes, forms = np.zeros(len(cf), np.int64), np.empty(0, np.uint8)
        pair_df = np.empty(0, np.int64)
        if self._pairs and self._unit_bit is not None:
            sets = _FormSets(df, self._pairs, first)
            several = np.flatnonzero(np.repeat(sets.width > 0, cf))
            row = np.cumsum(new)[several] - 1
            sets.add(row, self._unit_bit[unit[order[several]]])
            forms, form_bytes, pair_df = sets.packed(), sets.width, sets.pair_df()
        table = Table(df, docs[rows], tf, form_bytes, forms, cf, address[order])
        return _Range(table, pair_df, df > 0)

    def _chosen(self, first: int, last: int) -> tuple[Numbers, Numbers, Numbers]:
        """Unit, address and document of the tokens of some terms."""
        tokens, all_terms = self._tokens, len(self._cf)
        docs = np.arange(len(tokens.first) - 1, dtype=np.int32)
        if (first, last) == (0, all_terms):
            return tokens.unit, tokens.address, np.repeat(docs, np.diff(tokens.first))
        chosen = np.flatnonzero(self._range == 1 + self._firsts.index(first))
        doc = np.repeat(docs, np.diff(np.searchsorted(chosen, tokens.first)))
        return tokens.unit[chosen], tokens.address[chosen], doc


def _stable_order(keys: NDArray[Any], bound: int) -> Ints:
    """What sorts `keys` (below `bound`), equal ones in their order: by 16 bits at a time, for which
    NumPy has a radix sort."""
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    if bound > 1 << 16:
        high = (keys >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order


class _FormSets:
    """The sets of forms of a table of postings, while it is made."""

    def __init__(self, df: Ints, pairs: _Pairs, first: int = 0) -> None:
        """`first`: the stem that the table begins with."""
        self._df = df
        self._pair_counts = np.diff(pairs.first[first : first + len(df) + 1])
        self.width = pairs.form_bytes[first : first + len(df)]
        """Bytes of a set, of each stem."""
        self._at = starts(df * self.width)
        self._rows = starts(df)
        self._bits = np.zeros(8 * self._at[-1], np.bool_)

    def add(self, row: Ints, bit: Ints) -> None:
        """Row by row of the table, a form that it has: one of several. Twice is once."""
        row_at = runs(self._at[:-1], self._df, self.width)
        self._bits[8 * row_at[row] + bit] = True

    def packed(self) -> Bytes:
        return np.packbits(self._bits, bitorder="little")

    def pair_df(self) -> Ints:
        """Documents with each pair of the stems of this table."""
        first = starts(self._pair_counts)
        out = np.zeros(first[-1], np.int64)
        single = (self.width == 0) & (self._pair_counts > 0)
        out[first[:-1][single]] = self._df[single]
        set_at = np.flatnonzero(self._bits)
        counts = np.diff(np.searchsorted(set_at, 8 * self._at))
        bit = (set_at - np.repeat(8 * self._at[:-1], counts)) % np.repeat(8 * self.width, counts)
        out += np.bincount(np.repeat(first[:-1], counts) + bit, minlength=len(out))
        return out


def _write_vocabulary(out: ArrayWriter, prefix: str, terms: Sequence[str]) -> None:
    """`terms` are different and ascend."""
    encoded = [term.encode() for term in terms]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    out.add(f"{prefix}letters", np.frombuffer(b"".join(encoded), np.uint8))
    _write_small(out, f"{prefix}sizes", lengths)


def _write_small(out: ArrayWriter, name: str, numbers: Ints) -> None:
    """See `segment`."""
    large = numbers >= LARGE
    out.add(name, np.minimum(numbers, LARGE).astype(np.uint8))
    out.add(f"{name}_large", narrow(numbers[large]))


def _write_places(
    out: ArrayWriter, name: str, lengths: NDArray[Any], base: Ints, breaks: NDArray[Any]
) -> None:
    out.add(f"{name}/lengths", narrow(lengths))
    out.add(f"{name}/spans", narrow(np.diff(base)))
    out.add(f"{name}/breaks", narrow(np.diff(breaks, prepend=0)))
    out.facts["lengths"][name] = int(lengths.sum(dtype=np.int64))


# --- columns and ids ------------------------------------------------------------------------------


class _ColumnBuilder:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows: list[int] = []
        self._docs: list[int] = []

    def add(self, doc: int, values: Sequence[str]) -> None:
        """The values of a document; documents ascend. Of a value that comes twice the first."""
        numbers = self._numbers
        for value in values if len(values) < 2 else dict.fromkeys(values):
            number = numbers.get(value)
            if number is None:
                number = numbers.setdefault(value.replace(PARAGRAPH, " "), len(numbers))
            self._rows.append(number)
            self._docs.append(doc)

    def write(self, out: ArrayWriter, name: str, size: int) -> None:
        values = sorted(self._numbers)
        rank = np.zeros(len(values), np.int64)
        rank[[self._numbers[value] for value in values]] = np.arange(len(values))
        counts = np.bincount(np.array(self._docs, np.int64), minlength=size)
        _write_column(out, name, values, rank[np.array(self._rows, np.int64)], counts)


def _write_column(
    out: ArrayWriter, name: str, values: Sequence[str], ordinals: Ints, counts: Ints
) -> None:
    """Nothing where there are no values."""
    if values:
        _write_vocabulary(out, f"facet/{name}/", values)
        out.add(f"facet/{name}/ordinals", narrow(ordinals))
        out.add(f"facet/{name}/counts", narrow(counts))


def _write_ids(out: ArrayWriter, ids: Sequence[str]) -> None:
    """Of an id that comes twice the last document first: it has replaced the others."""
    order = np.array(sorted(range(len(ids) - 1, -1, -1), key=ids.__getitem__), np.int64)
    _write_vocabulary(out, "id/", [ids[doc] for doc in order.tolist()])
    out.add("id/doc", narrow(order))


# --- merging --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and which of its documents a merge takes."""

    segment: Segment
    keep: NDArray[np.bool_]

    @property
    def size(self) -> int:
        return int(np.count_nonzero(self.keep))


def merge(parts: Sequence[Part], path: Path) -> None:
    """Write one segment of the documents of several, in their order. Raises OSError and
    IndexDamaged; no file is left then."""
    sizes = [part.size for part in parts]
    bases = starts(np.array(sizes, np.int64))
    new_docs = [
        np.where(part.keep, np.cumsum(part.keep) - 1 + base, -1)
        for part, base in zip(parts, bases[:-1].tolist(), strict=True)
    ]
    with writing(path) as out:
        out.facts["documents"] = int(bases[-1])
        for name in FIELDS:
            _MergedField(name, parts, new_docs, int(bases[-1])).write(out)
        for name in ALL_COLUMNS:
            _merge_column(out, name, parts)
        ids = [
            id_
            for part in parts
            for id_, kept in zip(part.segment.ids_by_document(), part.keep.tolist(), strict=True)
            if kept
        ]
        _write_ids(out, ids)
        out.add("date", _joined([part.segment.dates[part.keep] for part in parts], np.int32))
        sketches = (part.segment.sketches.take(part.keep) for part in parts)
        _write_sketches(out, copies.Sketches.joined(sketches))
        for name in STORES:
            store = StoreWriter()
            for part in parts:
                copy(part.segment.store(name), part.keep, store)
            store.write(out, name)


class _MergedField:
    """One field of several segments, merged a range of terms at a time."""

    def __init__(
        self, name: str, parts: Sequence[Part], new_docs: Sequence[Ints], size: int
    ) -> None:
        self._name = name
        self._parts = parts
        self._new_docs = new_docs
        self._size = size
        self._fields: list[Field] = [part.segment.field(name) for part in parts]
        self._terms, self._term_of = _merged_terms([f.terms for f in self._fields])
        self._spans = [_Spans(f, part.keep) for f, part in zip(self._fields, parts, strict=True)]
        lengths = starts(np.array([spans.total for spans in self._spans], np.int64))
        self._shift = lengths[:-1].tolist()
        self._pairs: _Pairs | None = None
        self._new_bits: list[Ints] = []
        self._forms: list[str] = []
        if name in STEMMED:
            self._merge_pairs()

    def _merge_pairs(self) -> None:
        self._forms, form_of = _merged_terms([f.forms for f in self._fields])
        stems = [of[f.pair_stem] for f, of in zip(self._fields, self._term_of, strict=True)]
        forms = [of[f.pair_form] for f, of in zip(self._fields, form_of, strict=True)]
        self._pairs = _Pairs.of(_joined(stems), _joined(forms), len(self._terms))
        for f, stem, form in zip(self._fields, stems, forms, strict=True):
            # Of each old pair, by old stem and bit, the new bit.
            order = np.lexsort([f.pair_bit, f.pair_stem])
            self._new_bits.append(self._pairs.bit[self._pairs.find(stem, form)][order])

    def write(self, out: ArrayWriter) -> None:
        sizes = np.zeros(len(self._terms), np.int64)
        for f, of in zip(self._fields, self._term_of, strict=True):
            sizes[of] += f.cf
        written = _write_postings(out, self._name, sizes, self._range, self._size)
        _write_vocabulary(out, f"{self._name}/", list(compress(self._terms, written.left.tolist())))
        if self._pairs:
            self._pairs.write(
                out, self._name, written.pair_df, self._forms, self._size, written.left
            )
        lengths, base, breaks = [], [np.zeros(1, np.int64)], []
        for f, part, spans, shift in zip(
            self._fields, self._parts, self._spans, self._shift, strict=True
        ):
            lengths.append(f.lengths[part.keep].astype(np.int64))
            base.append(spans.base[1:] + shift)
            breaks.append(spans.moved(spans.kept_breaks()) + shift)
        _write_places(out, self._name, _joined(lengths), _joined(base), _joined(breaks))

    def _range(self, first: int, last: int) -> _Range:
        """The postings of the terms first…last."""
        rows = [self._rows_of(number, first, last) for number in range(len(self._fields))]
        term, doc = _joined([r.term for r in rows]), _joined([r.doc for r in rows])
        tf = _joined([r.tf for r in rows])
        order = _stable_order(term, last - first)  # documents ascend from part to part
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        df = np.bincount(term, minlength=last - first)
        cf = np.bincount(term, weights=tf, minlength=last - first).astype(np.int64)
        addresses = _joined([r.addresses for r in rows])
        addresses = addresses[runs(starts(tf)[:-1][order], tf[order])]
        forms, form_bytes = np.empty(0, np.uint8), np.zeros(last - first, np.int64)
        pair_df = np.empty(0, np.int64)
        if self._pairs:
            sets = _FormSets(df, self._pairs, first)
            before = starts(np.array([len(r.term) for r in rows], np.int64))
            for r, base in zip(rows, before.tolist(), strict=False):
                row = place[r.set_row + base]
                several = sets.width[term[order[row]]] > 0
                sets.add(row[several], r.set_bit[several])
            forms, form_bytes = sets.packed(), sets.width
            pair_df = sets.pair_df()
        left = df > 0  # not the terms of deleted documents alone
        table = Table(df[left], doc[order], tf[order], form_bytes[left], forms, cf[left], addresses)
        return _Range(table, pair_df, left)

    def _rows_of(self, number: int, first: int, last: int) -> _Rows:
        """What one part brings to the terms first…last; documents and addresses as merged."""
        f, of, new_doc = self._fields[number], self._term_of[number], self._new_docs[number]
        low, high = np.searchsorted(of, [first, last])
        table = f.table(int(low), int(high))
        assert table.addresses is not None
        keep = new_doc[table.docs] >= 0
        term = np.repeat(of[low:high] - first, table.df)
        row_of = np.cumsum(keep) - 1
        set_row, set_bit = np.empty(0, np.int64), np.empty(0, np.int64)
        if self._pairs:
            set_row, set_bit = self._sets(number, int(low), table)
            kept = keep[set_row]
            set_row, set_bit = row_of[set_row[kept]], set_bit[kept]
        addresses = table.addresses
        if not keep.all():
            addresses = addresses[np.repeat(keep, table.tf)]
        addresses = self._spans[number].moved(addresses) + self._shift[number]
        return _Rows(
            term[keep], new_doc[table.docs[keep]], table.tf[keep], set_row, set_bit, addresses
        )

    def _sets(self, number: int, low: int, table: Table) -> tuple[Ints, Ints]:
        """Each row of a table with each form it has, as the new bit."""
        f = self._fields[number]
        counts = np.bincount(f.pair_stem, minlength=len(f.terms))
        pair_first = starts(counts)
        row_term = np.repeat(np.arange(len(table.df)), table.df)
        width = table.form_bytes[row_term]
        single = np.flatnonzero(width == 0)
        bits = np.flatnonzero(np.unpackbits(table.forms, bitorder="little"))
        row_at = starts(8 * width)
        row = np.searchsorted(row_at, bits, side="right") - 1
        bit = bits - row_at[row]
        set_row = np.concatenate([single, row])
        old = pair_first[low + row_term[set_row]]
        old[len(single) :] += bit
        return set_row, self._new_bits[number][old]


@dataclass(frozen=True, slots=True)
class _Rows:
    term: Ints
    doc: Ints
    tf: Ints
    set_row: Ints
    set_bit: Ints
    addresses: Ints


class _Spans:
    """The addresses of a field without those of documents that are not kept."""

    def __init__(self, f: Field, keep: NDArray[np.bool_]) -> None:
        self._field = f
        self._keep = keep
        old = f.base
        self._lost = starts(np.where(keep, 0, np.diff(old)))
        self.base = starts(np.diff(old)[keep])
        self.total = int(self.base[-1])

    def kept_breaks(self) -> Ints:
        breaks = self._field.breaks
        return breaks[self._keep[self._field.docs_at(breaks)]] if len(breaks) else breaks

    def moved(self, addresses: Ints) -> Ints:
        """Where kept addresses come to be."""
        if self._lost[-1] == 0:
            return addresses
        moved: Ints = addresses - self._lost[self._field.docs_at(addresses)]
        return moved


def _merged_terms(vocabularies: Sequence[Vocabulary]) -> tuple[list[str], list[Ints]]:
    """All terms sorted, and of each vocabulary where its terms stand among them."""
    lists = [vocabulary.terms() for vocabulary in vocabularies]
    merged = list(dict.fromkeys(sorted(term for terms in lists for term in terms)))
    place = {term: number for number, term in enumerate(merged)}
    return merged, [
        np.fromiter(map(place.__getitem__, terms), np.int64, len(terms)) for terms in lists
    ]


def _merge_column(out: ArrayWriter, name: str, parts: Sequence[Part]) -> None:
    columns = [part.segment.column(name) for part in parts]
    values, places = _merged_terms([column.vocabulary for column in columns])
    ordinals, counts = [], []
    for column, place, part in zip(columns, places, parts, strict=True):
        rows = counts_of(column.first)
        kept = np.repeat(part.keep, rows)
        ordinals.append(place[column.ordinals[kept]])
        counts.append(rows[part.keep])
    rows_, used = _joined(ordinals), np.zeros(len(values), np.bool_)
    used[rows_] = True
    rank = np.cumsum(used) - 1
    live = [value for value, use in zip(values, used.tolist(), strict=True) if use]
    _write_column(out, name, live, rank[rows_], _joined(counts))


def _joined(arrays: Sequence[NDArray[Any]], dtype: Any = np.int64) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *arrays], dtype=dtype, casting="same_kind")
