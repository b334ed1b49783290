"""Articles → a segment, and several segments → one. Tokens become arrays by one sort."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import PARAGRAPH
from searchapp.engine import CORRECTION, UNSEEN, record
from searchapp.engine.arrays import ArrayWriter, narrow
from searchapp.engine.lexer import Lexer, Numbers, Tokens
from searchapp.engine.postings import Bytes, Encoded, Ints, Table, distinct, encode, runs, starts
from searchapp.engine.postings import counts as counts_of
from searchapp.engine.segment import STORES, Field, Segment
from searchapp.engine.store import StoreWriter, copy
from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import COLUMNS, Tagged

FIELDS = ("text", "title", "person", "source")
STEMMED = ("text", "title")
FLUSH = 4_000_000
"""Pieces of text that a segment is made of at most before it is merged: some 500 MB to make."""
MERGED_AT_ONCE = 4_000_000
"""Postings that a merge holds in memory: some 500 MB."""
ALL_COLUMNS = (*COLUMNS, CORRECTION, UNSEEN)


class Builder:
    """Collects articles, and writes them as one segment in the order they came."""

    def __init__(self, lexer: Lexer) -> None:
        lexer.make_room()
        self._lexer = lexer
        self._numbers: dict[str, list[Numbers]] = {name: [] for name in FIELDS}
        self._columns = {name: _ColumnBuilder() for name in ALL_COLUMNS}
        self._articles, self._rests, self._states = StoreWriter(), StoreWriter(), StoreWriter()
        self._ids: list[str] = []
        self._dates: list[int] = []
        self._pieces = 0

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def full(self) -> bool:
        return self._pieces >= FLUSH

    def add(self, tagged: Tagged) -> None:
        article, tags = tagged.article, tagged.tags
        headline = self._pieces_of(article.headline)
        self._number("text", headline + self._pieces_of(article.body))
        self._number("title", headline)
        people = tags.values("person")
        self._number("person", [piece for name in people for piece in self._pieces_of(name)])
        self._number("source", self._pieces_of(article.source or ""))
        for name in COLUMNS:
            self._columns[name].add(tags.values(name))
        corrected = tagged.corrected
        self._columns[CORRECTION].add(corrected.by if corrected else ())
        self._columns[UNSEEN].add(corrected.unseen if corrected else ())
        self._ids.append(article.id)
        self._dates.append(article.date.toordinal() if article.date else 0)
        line, rest = record.pack(tagged)
        self._articles.add(line)
        self._rests.add(rest)
        self._states.add(json.dumps([article.digest, article.origin]).encode())

    def _pieces_of(self, value: str) -> list[str]:
        """The pieces of one value of a field, and what ends it."""
        return [*self._lexer.analyser.pieces(value), PARAGRAPH] if value else []

    def _number(self, name: str, pieces: Sequence[str]) -> None:
        self._numbers[name].append(self._lexer.number(pieces))
        self._pieces += len(pieces)

    def write(self, path: Path) -> None:
        """Raises OSError; no file is left then."""
        with writing(path) as out:
            out.facts["documents"] = len(self)
            for name in FIELDS:
                _write_tokens(out, name, self._lexer, self._numbers.pop(name))
            for name in ALL_COLUMNS:
                self._columns[name].write(out, name)
            _write_ids(out, self._ids)
            out.add("date", np.array(self._dates, np.int32))
            self._articles.write(out, "article")
            self._rests.write(out, "rest")
            self._states.write(out, "state")


class writing:
    """An ArrayWriter that is closed at the end, or leaves nothing if anything is raised."""

    def __init__(self, path: Path) -> None:
        self._writer = ArrayWriter(path)

    def __enter__(self) -> ArrayWriter:
        self._writer.facts["lengths"] = {}
        return self._writer

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._writer.close()
        except BaseException:
            self._writer.abandon()
            raise
        if kind is not None:
            self._writer.abandon()


# --- fields ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Postings:
    """Postings of a field, encoded range by range of its terms."""

    df: list[Ints] = field(default_factory=list)
    cf: list[Ints] = field(default_factory=list)
    kinds: list[Bytes] = field(default_factory=list)
    sizes: list[Ints] = field(default_factory=list)

    def encoded(self, tables: Iterable[Table], size: int) -> Iterator[Bytes]:
        for table in tables:
            done: Encoded = encode(table, size)
            self.df.append(table.df)
            self.cf.append(table.cf)
            self.kinds.append(done.kinds)
            self.sizes.append(done.sizes)
            yield done.data

    def write(self, out: ArrayWriter, name: str, tables: Iterable[Table], size: int) -> None:
        out.add_chunks(f"{name}/postings", np.uint8, self.encoded(tables, size))
        out.add(f"{name}/df", narrow(_joined(self.df)))
        out.add(f"{name}/cf", narrow(_joined(self.cf)))
        out.add(f"{name}/kind", np.concatenate([np.empty(0, np.uint8), *self.kinds]))
        out.add(f"{name}/at", narrow(starts(_joined(self.sizes))))


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
        out.add(f"{name}/form_df", narrow(np.minimum(form_df, size)))
        out.add(f"{name}/pair_form", narrow(form[order]))
        out.add(f"{name}/pair_stem", narrow(stem[order]))
        out.add(f"{name}/pair_bit", narrow(bit[order]))
        _write_vocabulary(out, f"{name}/form_", forms)


def _write_tokens(out: ArrayWriter, name: str, lexer: Lexer, numbers: Sequence[Numbers]) -> None:
    """One field of all documents from the numbers of its pieces."""
    size = len(numbers)
    counts = np.array([len(row) for row in numbers], np.int64)
    tokens = lexer.tokens(np.concatenate([np.empty(0, np.int32), *numbers]), counts)
    pair_exact = np.frombuffer(lexer.pair_exact, np.int32).astype(np.int64)
    pair_stem = np.frombuffer(lexer.pair_stem, np.int32).astype(np.int64)
    stemmed = name in STEMMED
    used = np.bincount(tokens.pair, minlength=len(pair_exact)) > 0
    forms, form_rank = _ranked(lexer.exact, pair_exact[used])
    terms, term_rank = _ranked(lexer.stems, pair_stem[used]) if stemmed else (forms, form_rank)
    term = term_rank[(pair_stem if stemmed else pair_exact)[tokens.pair]]
    order = _stable_order(term, len(terms))
    postings = _Postings()
    if stemmed:
        pairs = _Pairs.of(term_rank[pair_stem[used]], form_rank[pair_exact[used]], len(terms))
        pair_of = np.zeros(len(pair_exact), np.int64)
        pair_of[used] = pairs.find(term_rank[pair_stem[used]], form_rank[pair_exact[used]])
        table, pair_df = _table(tokens, term, order, pairs, pair_of)
        postings.write(out, name, [table], size)
        pairs.write(out, name, pair_df, forms, size, np.ones(len(terms), np.bool_))
    else:
        table, _ = _table(tokens, term, order, None, None)
        postings.write(out, name, [table], size)
    _write_vocabulary(out, f"{name}/", terms)
    lengths = np.bincount(tokens.doc, minlength=size)
    _write_places(out, name, lengths, tokens.base, tokens.breaks)


def _ranked(numbers: Mapping[str, int], used: Ints) -> tuple[list[str], Ints]:
    """The terms with the `used` numbers, sorted, and where each number stands among them."""
    wanted = np.zeros(len(numbers), np.bool_)
    wanted[used] = True
    terms = sorted(
        (term, number)
        for (term, number), use in zip(numbers.items(), wanted.tolist(), strict=True)
        if use
    )
    rank = np.zeros(len(numbers), np.int64)
    rank[np.array([number for _, number in terms], np.int64)] = np.arange(len(terms))
    return [term for term, _ in terms], rank


def _stable_order(keys: Ints, bound: int) -> Ints:
    """What sorts `keys` (below `bound`), equal ones in their order: by 16 bits at a time, for which
    NumPy has a radix sort."""
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    if bound > 1 << 16:
        high = (keys >> 16).astype(np.uint16)
        order = order[np.argsort(high[order], kind="stable")]
    return order


def _table(
    tokens: Tokens, term: Ints, order: Ints, pairs: _Pairs | None, pair_of: Ints | None
) -> tuple[Table, Ints]:
    """The postings of tokens, and how many documents have each pair. `order` sorts by term."""
    terms, docs = term[order], tokens.doc[order]
    new = np.ones(len(order), np.bool_)
    if len(order):
        new[1:] = (terms[1:] != terms[:-1]) | (docs[1:] != docs[:-1])
    rows = np.flatnonzero(new)
    tf = np.diff(rows, append=len(order))
    stems = len(pairs.form_bytes) if pairs else (int(term.max()) + 1 if len(term) else 0)
    df = np.bincount(terms[rows], minlength=stems)
    cf = np.bincount(term, minlength=stems)
    form_bytes = pairs.form_bytes if pairs else np.zeros(stems, np.int64)
    forms, pair_df = np.empty(0, np.uint8), np.empty(0, np.int64)
    if pairs and pair_of is not None:
        sets = _FormSets(df, pairs)
        row = np.repeat(np.arange(len(rows)), tf)
        sets.add(row, pairs.bit[pair_of[tokens.pair[order]]])
        forms, pair_df = sets.packed(), sets.pair_df()
    return Table(df, docs[rows], tf, form_bytes, forms, cf, tokens.address[order]), pair_df


class _FormSets:
    """The sets of forms of a table of postings, while it is made."""

    def __init__(self, df: Ints, pairs: _Pairs, first: int = 0) -> None:
        """`first`: the stem that the table begins with."""
        self._df = df
        self._pairs = pairs
        self._stems = np.arange(first, first + len(df))
        self._width = pairs.form_bytes[first : first + len(df)]
        self._at = starts(df * self._width)
        self._rows = starts(df)
        self._bits = np.zeros(8 * self._at[-1], np.bool_)

    def add(self, row: Ints, bit: Ints) -> None:
        """Row by row of the table, a form that it has. Twice is once."""
        stem = np.repeat(np.arange(len(self._df)), self._df)
        width = self._width[stem]
        row_at = self._at[:-1][stem] + (np.arange(len(stem)) - self._rows[:-1][stem]) * width
        several = width[row] > 0
        self._bits[8 * row_at[row[several]] + bit[several]] = True

    def packed(self) -> Bytes:
        return np.packbits(self._bits, bitorder="little")

    def pair_df(self) -> Ints:
        """Documents with each pair of the stems of this table."""
        counts = np.diff(self._pairs.first)[self._stems]
        out = np.zeros(counts.sum(), np.int64)
        first = starts(counts)
        single = self._width == 0
        out[first[:-1][single & (counts > 0)]] = self._df[single & (counts > 0)]
        set_at = np.flatnonzero(self._bits)
        stem = np.searchsorted(8 * self._at, set_at, side="right") - 1
        bit = (set_at - 8 * self._at[stem]) % (8 * self._width[stem])
        out += np.bincount(first[stem] + bit, minlength=len(out))
        return out


def _write_vocabulary(out: ArrayWriter, prefix: str, terms: Iterable[str]) -> None:
    vocabulary = Vocabulary.of(terms)
    out.add(f"{prefix}letters", vocabulary.letters)
    out.add(f"{prefix}starts", narrow(vocabulary.starts))


def _write_places(
    out: ArrayWriter, name: str, lengths: NDArray[Any], base: Ints, breaks: Ints
) -> None:
    out.add(f"{name}/lengths", narrow(lengths))
    out.add(f"{name}/base", narrow(base))
    out.add(f"{name}/breaks", narrow(breaks))
    out.facts["lengths"][name] = int(lengths.sum(dtype=np.int64))


# --- columns and ids ------------------------------------------------------------------------------


class _ColumnBuilder:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows: list[int] = []
        self._counts: list[int] = []

    def add(self, values: Sequence[str]) -> None:
        """The values of the next document; of one that comes twice the first."""
        numbers = self._numbers
        before = len(self._rows)
        for value in values if len(values) < 2 else dict.fromkeys(values):
            self._rows.append(numbers.setdefault(value.replace(PARAGRAPH, " "), len(numbers)))
        self._counts.append(len(self._rows) - before)

    def write(self, out: ArrayWriter, name: str) -> None:
        values = sorted(self._numbers)
        rank = np.zeros(len(values), np.int64)
        rank[[self._numbers[value] for value in values]] = np.arange(len(values))
        _write_column(out, name, values, rank[self._rows], np.array(self._counts, np.int64))


def _write_column(
    out: ArrayWriter, name: str, values: Sequence[str], ordinals: Ints, counts: Ints
) -> None:
    """Nothing where there are no values."""
    if values:
        _write_vocabulary(out, f"facet/{name}/", values)
        out.add(f"facet/{name}/ordinals", narrow(ordinals))
        out.add(f"facet/{name}/first", narrow(starts(counts)))


def _write_ids(out: ArrayWriter, ids: Sequence[str]) -> None:
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
    rank = np.empty(len(ids), np.int64)
    rank[order] = np.arange(len(ids))
    _write_vocabulary(out, "id/", [ids[doc] for doc in order.tolist()])
    out.add("id/doc", narrow(order))
    out.add("id/rank", narrow(rank))


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
            for id_, kept in zip(_ids_in_order(part.segment), part.keep.tolist(), strict=True)
            if kept
        ]
        _write_ids(out, ids)
        out.add("date", _joined([part.segment.dates[part.keep] for part in parts], np.int32))
        for name in STORES:
            store = StoreWriter()
            for part in parts:
                copy(part.segment.store(name), part.keep, store)
            store.write(out, name)


def _ids_in_order(segment: Segment) -> list[str]:
    """By document."""
    ids = segment.ids.terms()
    return [ids[rank] for rank in segment.id_ranks.tolist()]


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
        self._pair_df: list[Ints] = []
        self._left: list[NDArray[np.bool_]] = []
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
        postings = _Postings()
        postings.write(out, self._name, self._tables(), self._size)
        left = np.concatenate([np.empty(0, np.bool_), *self._left])
        terms = [term for term, wanted in zip(self._terms, left.tolist(), strict=True) if wanted]
        _write_vocabulary(out, f"{self._name}/", terms)
        if self._pairs:
            df = _joined(self._pair_df)
            self._pairs.write(out, self._name, df, self._forms, self._size, left)
        lengths, base, breaks = [], [np.zeros(1, np.int64)], []
        for f, part, spans, shift in zip(
            self._fields, self._parts, self._spans, self._shift, strict=True
        ):
            lengths.append(f.lengths[part.keep].astype(np.int64))
            base.append(spans.base[1:] + shift)
            breaks.append(spans.moved(spans.kept_breaks()) + shift)
        _write_places(out, self._name, _joined(lengths), _joined(base), _joined(breaks))

    def _tables(self) -> Iterator[Table]:
        """The merged postings, a range of terms after the other."""
        weights = np.zeros(len(self._terms), np.int64)
        for f, of in zip(self._fields, self._term_of, strict=True):
            np.add.at(weights, of, f.df.astype(np.int64))
        ends = np.cumsum(weights)
        first = 0
        while first < len(self._terms):
            done = int(ends[first - 1]) if first else 0
            last = int(np.searchsorted(ends, done + MERGED_AT_ONCE, side="right"))
            last = max(last, first + 1)
            yield self._range(first, last)
            first = last

    def _range(self, first: int, last: int) -> Table:
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
        if self._pairs:
            sets = _FormSets(df, self._pairs, first)
            before = starts(np.array([len(r.term) for r in rows], np.int64))
            for r, base in zip(rows, before.tolist(), strict=False):
                sets.add(place[r.set_row + base], r.set_bit)
            forms, form_bytes = sets.packed(), self._pairs.form_bytes[first:last]
            self._pair_df.append(sets.pair_df())
        left = df > 0  # not the terms of deleted documents alone
        self._left.append(left)
        return Table(df[left], doc[order], tf[order], form_bytes[left], forms, cf[left], addresses)

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
        old = f.base.astype(np.int64)
        self._lost = starts(np.where(keep, 0, np.diff(old)))
        self.base = starts(np.diff(old)[keep])
        self.total = int(self.base[-1])

    def kept_breaks(self) -> Ints:
        breaks = self._field.breaks.astype(np.int64)
        return breaks[self._keep[self._field.docs_at(breaks)]] if len(breaks) else breaks

    def moved(self, addresses: Ints) -> Ints:
        """Where kept addresses come to be."""
        if self._lost[-1] == 0:
            return addresses
        return addresses - self._lost[self._field.docs_at(addresses)]


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
