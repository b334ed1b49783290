"""A segment: one file of the index, read as arrays. It never changes once it is written.

Names in the file, for each field of words `F` (`text`, `title`, `person`, `source`):

    F/letters, F/sizes          its terms, a vocabulary: stems, or exact forms of names
    F/df, F/more                of each term: documents, and occurrences beyond one in each
    F/kind, F/bytes             of each term: how its postings are written, and in how many bytes
    F/postings                  see `postings`
    F/lengths                   tokens of each document
    F/spans, F/breaks           addresses, see below
    F/form_letters, F/form_sizes, F/form_df      the exact forms of the stems, in `text` and `title`
    F/form_bytes                of each stem: bytes of a set of its forms
    F/pair_form, F/pair_stem, F/pair_bit         which bit of which stem's sets a form is; the first
                                only where some form has several stems

A *vocabulary* is the letters of its terms in UTF-8, one after the other, and the size of each in
bytes. Numbers that are small but for a few (`sizes`, `df`, `more`, `bytes`, `form_df`) take one
byte each: 255 stands for the next of those in an array of the same name and `_large`.

An *address* is where a token stands in the field as if all documents were one text. Document d has
the addresses from base[d] on, base[d + 1] excluded; the last of each of its values is left free,
and `breaks` are those between two values, so that what stands at neighbouring addresses is
neighbouring text of one value. `spans` are the differences of `base`, F/breaks those of breaks.

For each column `C`: facet/C/letters and facet/C/sizes, its values, a vocabulary; facet/C/counts,
how many each document has, and facet/C/ordinals, which, document after document. Beside them `date`
(ordinals of days, 0 undated), the ids as a vocabulary, `id/`, with `id/doc`, the document of each;
`copies/values` and `copies/sizes`, the sketches of `searchapp.copies`, document after document; and
the stores `article`, `rest` (see `record`) and `state`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.copies import VALUES, Sketches
from searchapp.engine.arrays import ArrayFile
from searchapp.engine.postings import Ints, Table, Term, counts, decode, distinct, runs, starts
from searchapp.engine.store import StoreReader
from searchapp.engine.vocabulary import Vocabulary

Array = NDArray[Any]
ENDING = ".arrays"
STORES = ("article", "rest", "state")


class Segment:
    """Opens the file; arrays are read when they are first asked for. Raises IndexDamaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = ArrayFile(path)
        self.size: int = self.file.facts["documents"]
        self._fields: dict[str, Field] = {}
        self._columns: dict[str, ColumnPart] = {}
        self._stores: dict[str, StoreReader] = {}

    def field(self, name: str) -> Field:
        if name not in self._fields:
            self._fields[name] = Field(self.file, name, self.size)
        return self._fields[name]

    def column(self, name: str) -> ColumnPart:
        if name not in self._columns:
            self._columns[name] = ColumnPart(self.file, name, self.size)
        return self._columns[name]

    @cached_property
    def ids(self) -> Vocabulary:
        return _vocabulary(self.file, "id/")

    @cached_property
    def id_docs(self) -> Array:
        """The document of each id, in the order of the ids."""
        return self.file.array("id/doc")

    @cached_property
    def id_ranks(self) -> Array:
        """Where the id of each document stands in the order of the ids."""
        ranks = np.empty(self.size, np.uint32)
        ranks[self.id_docs] = np.arange(self.size, dtype=np.uint32)
        return ranks

    @cached_property
    def newest(self) -> NDArray[np.int32]:
        """Where each document stands among all, the newest first, ties by id."""
        place = np.empty(self.size, np.int32)
        place[np.lexsort([self.id_ranks, -self.dates])] = np.arange(self.size, dtype=np.int32)
        return place

    def ids_by_document(self) -> list[str]:
        """The id of each document."""
        ids = self.ids.terms()
        return [ids[rank] for rank in self.id_ranks.tolist()]

    def id_of(self, doc: int) -> str:
        return self.ids.term(int(self.id_ranks[doc]))

    def find(self, id_: str) -> int | None:
        """The document with an id."""
        rank = self.ids.find(id_)
        return None if rank is None else int(self.id_docs[rank])

    @cached_property
    def dates(self) -> Array:
        return self.file.array("date")

    @property
    def sketches(self) -> Sketches:
        """Of each document."""
        values = self.file.array("copies/values").reshape(-1, VALUES)
        return Sketches(values, self.file.array("copies/sizes").astype(np.uint32))

    @property
    def articles(self) -> StoreReader:
        return self.store("article")

    @property
    def states(self) -> StoreReader:
        return self.store("state")

    def store(self, name: str) -> StoreReader:
        """One of STORES."""
        if name not in self._stores:
            self._stores[name] = StoreReader(self.file, name)
        return self._stores[name]


class Field:
    """One field of words of one segment."""

    def __init__(self, file: ArrayFile, name: str, size: int) -> None:
        self._file = file
        self.name = name
        self.size = size
        self.total_length: int = file.facts["lengths"][name]
        self._blob = file.reader(f"{name}/postings")

    def _array(self, name: str) -> Array:
        return self._file.array(f"{self.name}/{name}")

    @cached_property
    def terms(self) -> Vocabulary:
        return _vocabulary(self._file, f"{self.name}/")

    @cached_property
    def df(self) -> Ints:
        return _small(self._file, f"{self.name}/df")

    @cached_property
    def cf(self) -> Ints:
        return self.df + _small(self._file, f"{self.name}/more")

    @cached_property
    def kinds(self) -> Array:
        return self._array("kind")

    @cached_property
    def at(self) -> Ints:
        """Where the postings of each term begin, and where the last end."""
        return starts(_small(self._file, f"{self.name}/bytes"))

    @cached_property
    def lengths(self) -> Array:
        return self._array("lengths")

    @cached_property
    def base(self) -> Ints:
        return starts(self._array("spans"))

    @cached_property
    def breaks(self) -> Ints:
        return np.cumsum(self._array("breaks"), dtype=np.int64)

    def term(self, ordinal: int) -> Term:
        """The postings of a term."""
        data = self._blob[int(self.at[ordinal]) : int(self.at[ordinal + 1])]
        form_bytes = int(self.form_bytes[ordinal]) if self.has_forms else 0
        df, cf = int(self.df[ordinal]), int(self.cf[ordinal])
        return Term(data, int(self.kinds[ordinal]), df, cf, form_bytes, self.size)

    def table(self, first: int, last: int, addresses: bool = True) -> Table:
        """The postings of the terms first…last, all at once."""
        start, stop = int(self.at[first]), int(self.at[last])
        chosen = slice(first, last)
        df, cf = self.df[chosen], self.cf[chosen]
        width = self.form_bytes[chosen].astype(np.int64) if self.has_forms else np.zeros_like(df)
        at = self.at[first:last] - start
        data = self._blob[start:stop] if stop > start else np.empty(0, np.uint8)
        return decode(data, at, self.kinds[chosen], df, cf, width, self.size, addresses)

    # exact forms

    @property
    def has_forms(self) -> bool:
        """Whether the terms are stems, whose exact forms are kept."""
        return f"{self.name}/form_df" in self._file

    @cached_property
    def forms(self) -> Vocabulary:
        if not self.has_forms:
            return self.terms
        return _vocabulary(self._file, f"{self.name}/form_")

    @cached_property
    def form_df(self) -> Ints:
        return _small(self._file, f"{self.name}/form_df") if self.has_forms else self.df

    @cached_property
    def form_bytes(self) -> Array:
        return self._array("form_bytes")

    @cached_property
    def pair_form(self) -> Array:
        if f"{self.name}/pair_form" in self._file:
            return self._array("pair_form")
        return np.arange(len(self.forms))

    @cached_property
    def pair_stem(self) -> Array:
        return self._array("pair_stem")

    @cached_property
    def pair_bit(self) -> Array:
        return self._array("pair_bit")

    def pairs(self, form: int) -> range:
        """The pairs of an exact form: it has one for each stem it comes from, nearly always 1."""
        if len(self.pair_form) == len(self.forms):
            return range(form, form + 1)
        low, high = np.searchsorted(self.pair_form, [form, form + 1])
        return range(int(low), int(high))

    def form_docs(self, form: int) -> Ints:
        """The documents with an exact form, ascending."""
        if not self.has_forms:
            return self.term(form).docs
        found = []
        for pair in self.pairs(form):
            term = self.term(int(self.pair_stem[pair]))
            having = term.having_form(int(self.pair_bit[pair]))
            found.append(term.docs if having is None else term.docs[having])
        return found[0] if len(found) == 1 else distinct(np.concatenate(found))

    def docs_of_forms(self, forms: Ints) -> Iterator[Ints]:
        """The documents with some exact forms, which ascend, stem by stem."""
        if not self.has_forms:
            yield from (self.term(form).docs for form in forms.tolist())
            return
        first = self.pair_form.searchsorted(forms)
        pairs = runs(first, self.pair_form.searchsorted(forms, side="right") - first)
        stems = self.pair_stem.take(pairs)
        order = np.argsort(stems, kind="stable")
        stems, bits = stems[order], self.pair_bit.take(pairs)[order]
        begins = np.flatnonzero(np.diff(stems.astype(np.int64), prepend=-1)).tolist()
        for begin, end in pairwise([*begins, len(stems)]):
            stem = int(stems[begin])
            term = self.term(stem)
            if end - begin == self.form_counts[stem]:
                yield term.docs
            else:
                yield term.docs[term.having_any(bits[begin:end])]

    @cached_property
    def form_counts(self) -> Ints:
        """How many exact forms each stem has."""
        return np.bincount(self.pair_stem, minlength=len(self.terms))

    # addresses

    def docs_at(self, addresses: Ints) -> Ints:
        """The document of each address."""
        return np.searchsorted(self.base, addresses, side="right") - 1


class ColumnPart:
    """One column of one segment."""

    def __init__(self, file: ArrayFile, name: str, size: int) -> None:
        self._file = file
        self._name = f"facet/{name}"
        self._size = size
        self._any = f"{self._name}/counts" in file

    @cached_property
    def values(self) -> list[str]:
        """The different values, in their order."""
        return self.vocabulary.terms()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return _vocabulary(self._file, f"{self._name}/") if self._any else Vocabulary.of([])

    @cached_property
    def first(self) -> Ints:
        """Document d has the values `ordinals[first[d]:first[d + 1]]`."""
        if not self._any:
            return np.zeros(self._size + 1, np.int64)
        return starts(self._file.array(f"{self._name}/counts"))

    @cached_property
    def ordinals(self) -> Array:
        return self._file.array(f"{self._name}/ordinals") if self._any else np.empty(0, np.uint8)

    @cached_property
    def by_value(self) -> tuple[Ints, Ints]:
        """The documents of each value, one value after the other, and where each begins."""
        docs = np.repeat(np.arange(self._size), counts(self.first))
        order = np.argsort(self.ordinals, kind="stable")
        sizes = np.bincount(self.ordinals, minlength=len(self.vocabulary))
        return docs[order], starts(sizes)


def _vocabulary(file: ArrayFile, prefix: str) -> Vocabulary:
    return Vocabulary(file.array(f"{prefix}letters"), starts(_small(file, f"{prefix}sizes")))


LARGE = 255
"""Stands for a number that is not smaller."""


def _small(file: ArrayFile, name: str) -> Ints:
    """Numbers of which nearly all take one byte."""
    numbers = file.array(name).astype(np.int64)
    numbers[numbers == LARGE] = file.array(f"{name}_large")
    return numbers
