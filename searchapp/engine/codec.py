"""A segment of arrays behind Whoosh's public classes, so that the index is a Whoosh index: opened
by `whoosh.index.open_dir` and searched by Whoosh's own searcher, one posting at a time.

Reading only. Segments are written by `build`, as a whole; Whoosh's writers are refused.

Whoosh's fields are ours, but for the exact forms of `text` and `title`, which are the fields
`text_exact` and `title_exact` to it, where every document that has a form has it once.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.columns import ColumnReader
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo

from searchapp.analyse import PARAGRAPH_GAP
from searchapp.engine.build import ALL_COLUMNS, FIELDS, STEMMED
from searchapp.engine.postings import Ints
from searchapp.engine.segment import ENDING, Field, Segment
from searchapp.engine.vocabulary import Vocabulary

EXACT = "_exact"


class ArraySegment(base.Segment):  # type: ignore[misc]
    """What the table of contents says of a segment: its name, size and deleted documents."""

    def __init__(self, indexname: str, size: int = 0) -> None:
        super().__init__(indexname)
        self.size = size
        self.deleted = b""
        """The deleted documents, ascending, four bytes each."""

    @property
    def file_name(self) -> str:
        return str(self.make_filename(ENDING))

    def codec(self) -> ArrayCodec:
        return ArrayCodec()

    def should_assemble(self) -> bool:
        return False

    def set_doc_count(self, doccount: int) -> None:
        self.size = doccount

    def doc_count_all(self) -> int:
        return self.size

    def deleted_array(self) -> Ints:
        return np.frombuffer(self.deleted, "<u4").astype(np.int64)

    def deleted_count(self) -> int:
        return len(self.deleted) // 4

    def deleted_docs(self) -> list[int]:
        docs: list[int] = self.deleted_array().tolist()
        return docs

    def is_deleted(self, docnum: int) -> bool:
        docs = self.deleted_docs()
        at = bisect.bisect_left(docs, docnum)
        return at < len(docs) and docs[at] == docnum

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        docs = set(self.deleted_docs())
        if delete:
            docs.add(docnum)
        else:
            docs.discard(docnum)
        self.deleted = np.array(sorted(docs), "<u4").tobytes()

    def without(self, docs: Ints) -> ArraySegment:
        """This segment with more documents deleted."""
        other = ArraySegment(self.indexname, self.size)
        other.segid = self.segid
        other.deleted = np.union1d(self.deleted_array(), docs).astype("<u4").tobytes()
        return other


class ArrayCodec(base.Codec):  # type: ignore[misc]
    """Reads segments of arrays."""

    def per_document_writer(self, storage: Any, segment: Any) -> Any:
        raise NotImplementedError("this index is written by searchapp alone")

    field_writer = postings_writer = per_document_writer

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> Any:
        raise NotImplementedError("postings are not in a file of their own")

    def terms_reader(self, storage: Any, segment: ArraySegment) -> ArrayTerms:
        return ArrayTerms(_opened(storage, segment))

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> ArrayDocuments:
        return ArrayDocuments(_opened(storage, segment), segment)

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        return ArraySegment(indexname)


def _opened(storage: Any, segment: ArraySegment) -> Segment:
    return Segment(Path(storage.folder) / segment.file_name)


# --- terms ----------------------------------------------------------------------------------------


class _Terms:
    """One of Whoosh's fields: its terms, and the postings of each."""

    positions: Callable[[int, Ints], list[list[int]]] | None = None

    def __init__(self, terms: Vocabulary) -> None:
        self.terms = terms

    def rows(self, ordinal: int) -> tuple[Ints, Ints]:
        """Documents, and how often the term is in each."""
        raise NotImplementedError

    @cached_property
    def texts(self) -> list[bytes]:
        return [term.encode() for term in self.terms.terms()]


class _Words(_Terms):
    def __init__(self, field: Field) -> None:
        super().__init__(field.terms)
        self._field = field
        self.positions = self._positions

    def rows(self, ordinal: int) -> tuple[Ints, Ints]:
        term = self._field.term(ordinal)
        tf = np.ones(term.df, np.int64) if term.tf is None else term.tf.astype(np.int64)
        return term.docs, tf

    def _positions(self, ordinal: int, docs: Ints) -> list[list[int]]:
        field = self._field
        addresses = field.term(ordinal).addresses()
        breaks = field.breaks
        base_ = field.base.astype(np.int64)
        at = field.docs_at(addresses)
        within = np.searchsorted(breaks, addresses) - np.searchsorted(breaks, base_[at])
        positions = addresses - base_[at] + (PARAGRAPH_GAP - 1) * within
        ends = np.searchsorted(at, docs, side="right").tolist()
        return [positions[a:b].tolist() for a, b in zip([0, *ends], ends, strict=False)]


class _Forms(_Terms):
    def __init__(self, field: Field) -> None:
        super().__init__(field.forms)
        self._field = field

    def rows(self, ordinal: int) -> tuple[Ints, Ints]:
        docs = self._field.form_docs(ordinal)
        return docs, np.ones(len(docs), np.int64)


class _Values(_Terms):
    def __init__(self, segment: Segment, name: str) -> None:
        self._column = segment.column(name)
        super().__init__(self._column.vocabulary)

    def rows(self, ordinal: int) -> tuple[Ints, Ints]:
        docs, first = self._column.by_value
        found = docs[first[ordinal] : first[ordinal + 1]]
        return found, np.ones(len(found), np.int64)


class _Ids(_Terms):
    def __init__(self, segment: Segment) -> None:
        super().__init__(segment.ids)
        self._docs = segment.id_docs

    def rows(self, ordinal: int) -> tuple[Ints, Ints]:
        return np.array([self._docs[ordinal]], np.int64), np.ones(1, np.int64)


class ArrayTerms(base.TermsReader):  # type: ignore[misc]
    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._fields: dict[str, _Terms] = {"id": _Ids(segment)}
        for name in FIELDS:
            field = segment.field(name)
            self._fields[name] = _Words(field)
            if name in STEMMED:
                self._fields[name + EXACT] = _Forms(field)
        for name in ALL_COLUMNS:
            self._fields[f"facet_{name}"] = _Values(segment, name)

    def _find(self, fieldname: str, text: bytes) -> tuple[_Terms, int]:
        terms = self._fields.get(fieldname)
        at = terms.terms.find(text.decode()) if terms else None
        if terms is None or at is None:
            raise KeyError((fieldname, text))
        return terms, at

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        try:
            self._find(*term)
        except KeyError:
            return False
        return True

    def indexed_field_names(self) -> list[str]:
        return sorted(self._fields)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        return self.terms_from("", b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        for name in self.indexed_field_names():
            if name >= fieldname:
                texts = self._fields[name].texts
                start = bisect.bisect_left(texts, prefix) if name == fieldname else 0
                for text in texts[start:]:
                    yield name, text

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return self.items_from("", b"")

    def items_from(
        self, fieldname: str, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for name, text in self.terms_from(fieldname, prefix):
            yield (name, text), self.term_info(name, text)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        terms, at = self._find(fieldname, text)
        docs, tf = terms.rows(at)
        lengths = self._lengths(fieldname)
        found = lengths[docs] if lengths is not None else np.ones(1, np.int64)
        return TermInfo(
            weight=float(tf.sum()),
            df=len(docs),
            minlength=int(found.min()),
            maxlength=int(found.max()),
            maxweight=float(tf.max()),
            minid=int(docs[0]),
            maxid=int(docs[-1]),
        )

    def frequency(self, fieldname: str, text: bytes) -> float:
        terms, at = self._find(fieldname, text)
        return float(terms.rows(at)[1].sum())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        terms, at = self._find(fieldname, text)
        return len(terms.rows(at)[0])

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> ArrayMatcher:
        terms, at = self._find(fieldname, text)
        docs, tf = terms.rows(at)
        find = terms.positions
        positions = (lambda: find(at, docs)) if find else None
        info = self.term_info(fieldname, text)
        return ArrayMatcher(docs, tf, positions, format_, scorer, (fieldname, text), info)

    def cursor(self, fieldname: str, fieldobj: Any) -> ArrayCursor:
        terms = self._fields.get(fieldname)
        return ArrayCursor(self, fieldname, fieldobj, terms.texts if terms else [])

    def _lengths(self, fieldname: str) -> Any:
        name = fieldname.removesuffix(EXACT)
        return self._segment.field(name).lengths if name in FIELDS else None


class ArrayMatcher(ListMatcher):  # type: ignore[misc]
    """The postings of one term. Its values are positions, found when first asked for."""

    def __init__(
        self,
        docs: Ints,
        tf: Ints,
        positions: Callable[[], list[list[int]]] | None,
        format_: Any,
        scorer: Any,
        term: tuple[str, bytes],
        info: TermInfo,
    ) -> None:
        weights = tf.astype(float).tolist()
        super().__init__(docs.tolist(), weights, None, format_, scorer, term=term, terminfo=info)
        self._docs, self._tf, self._find_positions, self._info = docs, tf, positions, info
        self._positions: list[list[int]] | None = None

    def copy(self) -> ArrayMatcher:
        other = ArrayMatcher(
            self._docs,
            self._tf,
            self._find_positions,
            self._format,
            self._scorer,
            self._term,
            self._info,
        )
        other._i = self._i
        return other

    _i: int

    def skip_to(self, id: int) -> None:
        self._i = max(self._i, bisect.bisect_left(self._ids, id))

    def value(self) -> Any:
        if not self._find_positions:
            return self._format.encode(self.weight())
        return self._format.encode(self._places())

    def value_as(self, astype: str) -> Any:
        if astype == "positions" and self._find_positions:
            return self._places()
        return super().value_as(astype)

    def _places(self) -> list[int]:
        if self._positions is None and self._find_positions:
            self._positions = self._find_positions()
        return self._positions[self._i] if self._positions else []

    def block_max_weight(self) -> float:
        return float(self._info.max_weight())

    def block_min_length(self) -> int:
        return int(self._info.min_length() or 0)


class ArrayCursor(base.FieldCursor):  # type: ignore[misc]
    """Walks the terms of a field."""

    def __init__(self, terms: ArrayTerms, name: str, field: Any, texts: list[bytes]) -> None:
        self._terms, self._name, self._field, self._texts, self._i = terms, name, field, texts, 0

    def is_valid(self) -> bool:
        return self._i < len(self._texts)

    def first(self) -> Any:
        self._i = 0
        return self.text()

    def find(self, term: bytes | str) -> Any:
        wanted = term if isinstance(term, bytes) else self._field.to_bytes(term)
        self._i = bisect.bisect_left(self._texts, wanted)
        return self.text()

    def next(self) -> Any:
        self._i += 1
        return self.text()

    def text(self) -> Any:
        return self._field.from_bytes(self._texts[self._i]) if self.is_valid() else None

    term = text

    def term_info(self) -> TermInfo | None:
        return self._terms.term_info(self._name, self._texts[self._i]) if self.is_valid() else None


# --- documents ------------------------------------------------------------------------------------


class ArrayDocuments(base.PerDocumentReader):  # type: ignore[misc]
    def __init__(self, segment: Segment, entry: ArraySegment) -> None:
        self._segment = segment
        self._entry = entry
        self._deleted = frozenset(entry.deleted_docs())

    def doc_count(self) -> int:
        return self._segment.size - len(self._deleted)

    def doc_count_all(self) -> int:
        return self._segment.size

    def has_deletions(self) -> bool:
        return bool(self._deleted)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self._deleted

    def deleted_docs(self) -> frozenset[int]:
        return self._deleted

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        return fieldname in self.list_columns()

    def list_columns(self) -> list[str]:
        return ["date", "id", "record", "rest", "state"]

    def column_reader(self, fieldname: str, column: Any) -> ArrayColumn:
        segment = self._segment
        get: dict[str, Callable[[int], Any]] = {
            "id": lambda doc: segment.id_of(doc).encode(),
            "date": lambda doc: int(segment.dates[doc]),
            "record": lambda doc: segment.articles.lines([doc])[0],
            "rest": lambda doc: segment.store("rest").lines([doc])[0],
            "state": lambda doc: segment.states.lines([doc])[0],
        }
        return ArrayColumn(get[fieldname], segment.size)

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        name = fieldname.removesuffix(EXACT)
        return int(self._segment.field(name).lengths[docnum]) if name in FIELDS else default

    def field_length(self, fieldname: str) -> int:
        name = fieldname.removesuffix(EXACT)
        return self._segment.field(name).total_length if name in FIELDS else 0

    def min_field_length(self, fieldname: str) -> int:
        return self._extreme(fieldname, np.min)

    def max_field_length(self, fieldname: str) -> int:
        return self._extreme(fieldname, np.max)

    def _extreme(self, fieldname: str, which: Callable[[Any], Any]) -> int:
        name = fieldname.removesuffix(EXACT)
        return int(which(self._segment.field(name).lengths)) if name in FIELDS else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return {}


class ArrayColumn(ColumnReader):  # type: ignore[misc]
    def __init__(self, get: Callable[[int], Any], size: int) -> None:
        self._get = get
        self._doccount = size

    def __getitem__(self, docnum: int) -> Any:
        return self._get(docnum)

    def set_reverse(self) -> None:
        raise NotImplementedError
