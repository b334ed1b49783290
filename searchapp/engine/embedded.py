"""The embedded engine: a Whoosh index in a folder, read as arrays and executed by `execute`.

Only here does searchapp know Whoosh. A reader is turned into arrays term by term, when a query
first needs one, and kept: a segment never changes, so its arrays outlive commits. Whoosh's matchers
share a file position, so loading is under a lock; executing is not.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import whoosh.index
from numpy.typing import NDArray
from whoosh import analysis, columns, fields
from whoosh.filedb.filestore import FileStorage
from whoosh.index import LockError
from whoosh.reading import TermNotFound

from searchapp import variants
from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine import CORRECTION, UNSEEN, Known, Stats, execute, record, toc
from searchapp.engine.execute import Budget, Docs, Floats, Matches
from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import (
    COLUMNS,
    FACETS,
    FacetCounts,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    NoIndex,
    Query,
    Ranking,
    Sort,
    Tagged,
)
from searchapp.settings import Settings

FORMAT = "2"
"""Of the schema and the records: raise it when an index made before cannot be used."""
CACHED_POSTINGS = 20_000_000
"""Postings a segment keeps as arrays before it forgets them all: at most 320 MB."""

SEAL = ".sha256"
"""Ending of the file beside a segment that says what its bytes hash to."""

_STEMS = ("text", "title")
_STATE_SEPARATOR = "\0"


# --- what Whoosh is told -------------------------------------------------------------------------


class Words(analysis.Analyzer):  # type: ignore[misc]
    """Our analyser as one of Whoosh's, giving stems or exact forms. Pickled into the schema."""

    def __init__(self, analyser: Analyser, stems: bool) -> None:
        self.language = analyser.language
        self.fingerprint = _fingerprint(analyser)
        self.stems = stems
        self._analyser: Analyser | None = analyser

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_analyser": None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, value: str, **_: Any) -> Iterator[analysis.Token]:
        if self._analyser is None:
            self._analyser = Analyser(self.language)
        token = analysis.Token()
        token.boost = 1.0
        token.stopped = False
        for exact, stem, position, start, end in self._analyser.tokens(value):
            token.text = stem if self.stems else exact
            token.pos, token.startchar, token.endchar = position, start, end
            yield token


class Values(analysis.Analyzer):  # type: ignore[misc]
    """Every value of a facet whole; they come joined by PARAGRAPH, which no value contains."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, value: str, **_: Any) -> Iterator[analysis.Token]:
        token = analysis.Token()
        token.boost = 1.0
        token.stopped = False
        for position, text in enumerate(value.split(PARAGRAPH)):
            token.text, token.pos = text, position
            yield token


def _fingerprint(analyser: Analyser) -> str:
    """What an index must have been made by for this program to use it."""
    return f"format-{FORMAT}-analyser-{analyser.fingerprint}"


def schema(analyser: Analyser) -> fields.Schema:
    """The fields of an index. Nothing is a stored field: Whoosh pickles those."""
    stems, exact = Words(analyser, stems=True), Words(analyser, stems=False)
    names: dict[str, fields.FieldType] = {
        "id": fields.ID(unique=True, sortable=True),
        "state": fields.COLUMN(columns.VarBytesColumn()),
        "record": fields.COLUMN(columns.VarBytesColumn()),
        "date": fields.COLUMN(columns.NumericColumn("i", default=0)),
    }
    for name in _STEMS:
        names[name] = fields.TEXT(analyzer=stems)
        names[f"{name}_exact"] = fields.TEXT(analyzer=exact, phrase=False)
    for name in ("person", "source"):
        names[name] = fields.TEXT(analyzer=exact)
    for column in (*COLUMNS, CORRECTION, UNSEEN):
        names[f"facet_{column}"] = fields.ID(analyzer=Values())
    return fields.Schema(**names)


def _document(tagged: Tagged) -> dict[str, Any]:
    article, tags = tagged.article, tagged.tags
    text = f"{article.headline}{PARAGRAPH}{article.body}" if article.headline else article.body
    values = {
        column: list(dict.fromkeys(_value(value) for value in tags.values(column)))
        for column in COLUMNS
    }
    if corrected := tagged.corrected:
        values[CORRECTION] = list(corrected.by)
        values[UNSEEN] = [_value(subject) for subject in corrected.unseen]
    document: dict[str, Any] = {
        "id": article.id,
        "state": f"{article.digest}{_STATE_SEPARATOR}{article.origin}".encode("utf-8", "replace"),
        "record": record.pack(tagged),
        "text": text,
        "text_exact": text,
        "title": article.headline,
        "title_exact": article.headline,
        "person": PARAGRAPH.join(values["person"]),
        "source": article.source or "",
    }
    if article.date:
        document["date"] = article.date.toordinal()
    document |= {f"facet_{column}": PARAGRAPH.join(v) for column, v in values.items() if v}
    return {name: value for name, value in document.items() if value != ""}


def _value(value: str) -> str:
    return value.replace(PARAGRAPH, " ")


# --- a commit as arrays --------------------------------------------------------------------------


def _leaves(reader: Any) -> list[tuple[Any, int]]:
    """The readers of the segments, with the number of their first document."""
    return [(leaf, base) for leaf, base in reader.leaf_readers() if leaf.doc_count_all()]


class _Segment:
    """One segment's arrays, loaded from its reader when first asked for and kept."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.size: int = reader.doc_count_all()
        self.lock = threading.Lock()
        self._postings: dict[tuple[str, str], Matches] = {}
        self._positions: dict[tuple[str, str], tuple[Docs, Docs]] = {}
        self._lengths: dict[str, Floats] = {}
        self._vocabularies: dict[str, Vocabulary] = {}
        self._byte_columns: dict[str, Any] = {}
        self._cached = 0

    def postings(self, name: str, term: str) -> Matches:
        if (known := self._postings.get((name, term))) is None:
            with self.lock:
                docs, weights = [], []
                for matcher in self._matchers(name, term):
                    docs.append(matcher.id())
                    weights.append(matcher.weight())
            known = np.array(docs, np.int64), np.array(weights, np.float64)
            self._keep(self._postings, (name, term), known)
        return known

    def positions(self, name: str, term: str) -> tuple[Docs, Docs]:
        if (known := self._positions.get((name, term))) is None:
            with self.lock:
                pairs = [
                    (matcher.id(), position)
                    for matcher in self._matchers(name, term)
                    for position in matcher.value_as("positions")
                ]
            table = np.array(pairs, np.int64).reshape(-1, 2)
            known = table[:, 0].copy(), table[:, 1].copy()
            self._keep(self._positions, (name, term), known)
        return known

    def lengths(self, name: str) -> Floats:
        if (known := self._lengths.get(name)) is None:
            with self.lock:
                length = self.reader.doc_field_length
                values = [length(doc, name, 0) or 0 for doc in range(self.size)]
            known = self._lengths[name] = np.array(values, np.float64)
        return known

    def frequency(self, name: str, term: str) -> int:
        with self.lock:
            return int(self.reader.doc_frequency(name, term))

    def total_length(self, name: str) -> int:
        with self.lock:
            return int(self.reader.field_length(name))

    def expand(self, name: str, start: str, limit: int) -> list[str]:
        with self.lock:
            terms = itertools.islice(self.reader.expand_prefix(name, start), limit)
            return [term.decode() for term in terms]

    def vocabulary(self, name: str) -> Vocabulary:
        if (known := self._vocabularies.get(name)) is None:
            with self.lock:
                terms = [term.decode() for term in self.reader.lexicon(name)]
            known = self._vocabularies[name] = Vocabulary.of(terms)
        return known

    @cached_property
    def ids(self) -> list[str]:
        with self.lock:
            column = self.reader.column_reader("id")
            return [column[doc] for doc in range(self.size)]

    @cached_property
    def dates(self) -> NDArray[np.int32]:
        with self.lock:
            if not self.reader.has_column("date"):
                return np.zeros(self.size, np.int32)
            column = self.reader.column_reader("date")
            return np.array([column[doc] for doc in range(self.size)], np.int32)

    def rows(self, column: str) -> Iterator[tuple[str, Docs]]:
        """Each value of a column with the documents that have it."""
        name = f"facet_{column}"
        with self.lock:
            values = [term.decode() for term in self.reader.lexicon(name)]
        for value in values:
            yield value, self.postings(name, value)[0]

    def bytes_of(self, name: str, doc: int) -> bytes:
        with self.lock:
            if name not in self._byte_columns:
                self._byte_columns[name] = self.reader.column_reader(name)
            return bytes(self._byte_columns[name][doc])

    def _matchers(self, name: str, term: str) -> Iterator[Any]:
        """The matcher of a term, standing at each of its postings in turn."""
        try:
            matcher = self.reader.postings(name, term)
        except TermNotFound:
            return
        while matcher.is_active():
            yield matcher
            matcher.next()

    def _keep(self, cache: dict[Any, Any], key: tuple[str, str], value: tuple[Any, Any]) -> None:
        if self._cached > CACHED_POSTINGS:
            self._postings, self._positions, self._cached = {}, {}, 0
        self._cached += len(value[0])
        cache[key] = value


class _Column:
    """One column over all segments; see `execute.Column`.

    Spellings of one person become one value here and not in the index, so that the list of
    spellings can grow without making indexes anew.
    """

    def __init__(
        self, segments: Sequence[_Segment], bases: Sequence[int], live: NDArray[np.bool_], name: str
    ) -> None:
        self._facet = name
        self._ordinal: dict[str, int] = {}
        spellings: dict[str, int] = {}
        docs, rows = [], []
        for segment, base in zip(segments, bases, strict=True):
            for spelling, here in segment.rows(name):
                there = here + base
                docs.append(there[live[there]])
                at = spellings.setdefault(spelling, len(spellings))
                rows.append(np.full(len(docs[-1]), at, np.int64))
        self.docs = np.concatenate([np.empty(0, np.int64), *docs])
        self.ordinals = np.concatenate([np.empty(0, np.int64), *rows])
        self.values: Sequence[str] = []
        self.variants: Mapping[str, tuple[str, ...]] = {}
        self._merge(list(spellings), len(live))

    def ordinal(self, value: str) -> int | None:
        return self._ordinal.get(variants.key(self._facet, value))

    def _merge(self, spellings: Sequence[str], size: int) -> None:
        """Make one value of the spellings with one key. What no live document has goes."""
        counts = np.bincount(self.ordinals, minlength=len(spellings)).tolist()
        groups: dict[str, list[int]] = {}
        for at, spelling in enumerate(spellings):
            if counts[at]:
                groups.setdefault(variants.key(self._facet, spelling), []).append(at)
        value_of = np.zeros(len(spellings), np.int64)
        ranked = [
            sorted(group, key=lambda at: (-counts[at], spellings[at])) for group in groups.values()
        ]
        for ordinal, group in enumerate(ranked):
            value_of[group] = ordinal
        self._ordinal = {key: ordinal for ordinal, key in enumerate(groups)}
        self.values = [spellings[group[0]] for group in ranked]
        several = [tuple(spellings[at] for at in group) for group in ranked if len(group) > 1]
        self.variants = {group[0]: group for group in several}
        self.ordinals = value_of[self.ordinals]
        if several:  # a document may have two spellings
            rows = np.unique(self.ordinals * size + self.docs)
            self.ordinals, self.docs = rows // size, rows % size


class _Snapshot:
    """One commit; see `execute.Snapshot`."""

    def __init__(self, reader: Any, generation: int, known: Mapping[Any, _Segment]) -> None:
        self.generation = generation
        self.segments: dict[Any, _Segment] = {}
        deleted: list[int] = []
        for leaf, base in _leaves(reader):
            key = leaf.segment().segment_id()
            self.segments[key] = known[key] if key in known else _Segment(leaf)
            deleted += [base + doc for doc in leaf.segment().deleted_docs()]
        self._parts = list(self.segments.values())
        self._bases = [0, *np.cumsum([part.size for part in self._parts]).tolist()]
        self.size = self._bases[-1]
        self.live = np.ones(self.size, np.bool_)
        self.live[deleted] = False
        self._columns: dict[str, _Column] = {}
        self._lock = threading.Lock()

    def postings(self, name: str, term: str) -> Matches:
        return self._joined([part.postings(name, term) for part in self._parts])

    def positions(self, name: str, term: str) -> tuple[Docs, Docs]:
        return self._joined([part.positions(name, term) for part in self._parts])

    def _joined(self, pairs: Sequence[tuple[Docs, Any]]) -> tuple[Docs, Any]:
        if len(pairs) == 1:
            return pairs[0]
        docs = [pair[0] + base for pair, base in zip(pairs, self._bases, strict=False)]
        return (
            np.concatenate([np.empty(0, np.int64), *docs]),
            np.concatenate([np.empty(0, np.int64), *(pair[1] for pair in pairs)]),
        )

    def frequency(self, name: str, term: str) -> int:
        return sum(part.frequency(name, term) for part in self._parts)

    def lengths(self, name: str) -> Floats:
        if len(self._parts) == 1:
            return self._parts[0].lengths(name)
        return np.concatenate([np.empty(0), *(part.lengths(name) for part in self._parts)])

    def average_length(self, name: str) -> float:
        return sum(part.total_length(name) for part in self._parts) / (self.size or 1)

    def expand(self, name: str, start: str, limit: int) -> list[str]:
        found = {term for part in self._parts for term in part.expand(name, start, limit)}
        return sorted(found)[:limit]

    def vocabularies(self, name: str) -> Sequence[Vocabulary]:
        return [part.vocabulary(name) for part in self._parts]

    @cached_property
    def dates(self) -> NDArray[np.int32]:
        return np.concatenate([np.empty(0, np.int32), *(part.dates for part in self._parts)])

    def column(self, name: str) -> _Column:
        with self._lock:
            if name not in self._columns:
                self._columns[name] = _Column(self._parts, self._bases[:-1], self.live, name)
            return self._columns[name]

    @cached_property
    def ids(self) -> list[str]:
        return [id_ for part in self._parts for id_ in part.ids]

    @cached_property
    def _ranks(self) -> NDArray[np.int64]:
        ranks = np.empty(self.size, np.int64)
        ranks[sorted(range(self.size), key=self.ids.__getitem__)] = np.arange(self.size)
        return ranks

    def id_ranks(self, docs: Docs) -> NDArray[np.int64]:
        return self._ranks[docs]

    @cached_property
    def docs(self) -> dict[str, int]:
        """The live document of each id."""
        return {self.ids[doc]: doc for doc in np.flatnonzero(self.live).tolist()}

    def bytes_of(self, name: str, doc: int) -> bytes:
        at = int(np.searchsorted(self._bases, doc, side="right")) - 1
        return self._parts[at].bytes_of(name, doc - self._bases[at])


# --- the engine ----------------------------------------------------------------------------------


class EmbeddedEngine:
    """A Whoosh index in a folder; see `searchapp.engine.Engine`."""

    def __init__(
        self, folder: Path, index: Any, analyser: Analyser, settings: Settings, rebuild: bool
    ) -> None:
        self.folder = folder
        self.analyser = analyser
        self.settings = settings
        self._rebuild = rebuild
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._index = index  # None until there is one

    @classmethod
    def open(cls, folder: Path, settings: Settings, create: bool, rebuild: bool) -> EmbeddedEngine:
        """See `searchapp.engine.open_engine`."""
        missing = toc.generation(folder) < 0
        if missing and not (create or rebuild):
            raise NoIndex(f"{folder}: there is no index yet; make one with `searchapp index PATH`")
        if missing or rebuild:
            _make_folder(folder)
            return cls(folder, None, Analyser(settings.language or "english"), settings, rebuild)
        return cls(folder, *_opened(folder, settings), settings, rebuild=False)

    def _exists(self) -> bool:
        """Whether there is an index to use; another process may have made it since."""
        if self._index is None and not self._rebuild and toc.generation(self.folder) >= 0:
            self._index, self.analyser = _opened(self.folder, self.settings)
        return self._index is not None

    def known(self) -> Mapping[str, Known]:
        if not self._exists():
            return {}
        snapshot = self._current()
        known = {}
        for id_, doc in snapshot.docs.items():
            digest, _, origin = snapshot.bytes_of("state", doc).decode().partition(_STATE_SEPARATOR)
            known[id_] = Known(digest, origin)
        return known

    def write(self, articles: Iterable[Tagged], gone: Collection[str] = ()) -> None:
        if self._exists() or not self._write_anew(articles):
            with self._writer(self._index) as writer:
                docs = self._current().docs
                for id_ in gone:
                    if id_ in docs:
                        writer.delete_document(docs[id_])
                _add(writer, articles, docs)
        _seal(self.folder, self._current().segments)

    def _write_anew(self, articles: Iterable[Tagged]) -> bool:
        """A whole index beside the one in the folder, which it replaces in one step.

        False, and nothing done, where another process made the first one meanwhile.
        """
        with (
            _locked(self.folder, self.settings.lock_seconds),
            tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as beside,
        ):
            if self._exists():
                return False
            index = whoosh.index.create_in(beside, schema(self.analyser))
            with self._writer(index) as writer:
                writer.generation = max(toc.generation(self.folder), 0) + 1  # 0 is the empty one
                _add(writer, articles, {})
            _publish(Path(beside), self.folder)
        self._rebuild = False
        return self._exists()

    @contextlib.contextmanager
    def _writer(self, index: Any) -> Iterator[Any]:
        """A writer that is committed at the end, or cancelled if anything is raised."""
        try:
            writer = index.writer(timeout=self.settings.lock_seconds)
        except LockError as problem:
            raise _in_use(self.folder, self.settings.lock_seconds) from problem
        try:
            yield writer
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def rank(
        self, query: Query, sort: Sort = "relevance", start: int = 0, stop: int = 10, size: int = 10
    ) -> Ranking:
        if not self._exists():
            return Ranking(0, (), {facet: FacetCounts() for facet in FACETS})
        snapshot = self._current()
        seconds = self.settings.search_seconds
        budget = Budget(time.monotonic() + seconds, seconds, self.settings.max_expansions)
        found = execute.find(snapshot, query, budget)
        budget.check()
        docs, scores = execute.order(snapshot, found.docs, found.scores, sort, start, stop)
        counts = {
            facet: execute.count_facet(
                snapshot, query.column(facet), found.countable[facet], size, _listed(query, facet)
            )
            for facet in FACETS
        }
        hits = zip((snapshot.ids[doc] for doc in docs.tolist()), scores.tolist(), strict=True)
        return Ranking(len(found.docs), tuple(hits), counts)

    def values(self, column: str) -> Sequence[str]:
        return self._current().column(column).values if self._exists() else ()

    def having(self, column: str, value: str) -> frozenset[str]:
        if not self._exists():
            return frozenset()
        snapshot = self._current()
        docs = execute.having(snapshot, column, frozenset({value}))
        return frozenset(snapshot.ids[doc] for doc in docs.tolist())

    def get(self, ids: Sequence[str]) -> list[Tagged | None]:
        if not self._exists():
            return [None] * len(ids)
        snapshot = self._current()
        docs = [snapshot.docs.get(id_) for id_ in ids]
        return [
            None if doc is None else record.unpack(snapshot.bytes_of("record", doc)) for doc in docs
        ]

    def stats(self) -> Stats:
        if not self._exists():
            return Stats(0, 0, 0, 0, -1, self.analyser.fingerprint)
        snapshot = self._current()
        dates = snapshot.dates[snapshot.live & (snapshot.dates > 0)]
        everything = self.rank(Query(), stop=0, size=0)
        return Stats(
            articles=everything.total,
            dated=len(dates),
            segments=len(snapshot.segments),
            bytes=sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file()),
            generation=snapshot.generation,
            fingerprint=self.analyser.fingerprint,
            first_date=_date(dates.min()) if len(dates) else None,
            last_date=_date(dates.max()) if len(dates) else None,
            values={facet: everything.facets[facet].value_count for facet in FACETS},
        )

    def check(self) -> list[str]:
        changed = [path for path in sorted(self.folder.glob("*.seg")) if _is_broken_seal(path)]
        if changed:
            return [f"{path}: not what was written (its SHA-256 differs)" for path in changed]
        try:
            leaves = _leaves(self._index.reader()) if self._exists() else []
        except Exception as problem:  # whatever a broken file makes Whoosh raise
            return [f"{self.folder}: the index cannot be opened ({problem})"]
        return [problem for leaf, _ in leaves for problem in _check_unsealed(self.folder, leaf)]

    def close(self) -> None:
        self._snapshot = None
        if self._index:
            self._index.close()

    def _current(self) -> _Snapshot:
        """The newest commit, opened anew only when there is a newer one."""
        generation = toc.generation(self.folder)
        snapshot = self._snapshot
        if snapshot is not None and snapshot.generation == generation:
            return snapshot
        with self._lock:
            snapshot = self._snapshot
            known = snapshot.segments if snapshot else {}
            for attempt in range(5):
                generation = toc.generation(self.folder)
                if snapshot is not None and snapshot.generation == generation:
                    break  # another thread was first
                try:
                    toc.inspect(self.folder / toc.file_name(generation))
                    snapshot = _Snapshot(self._index.reader(), generation, known)
                except (OSError, IndexDamaged):  # a writer has just replaced this commit
                    if attempt == 4 or generation == toc.generation(self.folder):
                        raise
                else:
                    break
            assert snapshot is not None
            self._snapshot = snapshot
            return snapshot


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise NoIndex(f"{folder}: cannot be made ({problem.strerror})") from problem


def _opened(folder: Path, settings: Settings) -> tuple[Any, Analyser]:
    """Whoosh's index and the analyser it was made with.

    Raises IndexMismatch where that is not ours any more, and IndexDamaged.
    """
    toc.inspect(folder / toc.file_name(toc.generation(folder)))
    try:
        index = whoosh.index.open_dir(str(folder))
        words = index.schema["text"].analyzer
        language, fingerprint = str(words.language), str(words.fingerprint)
    except (KeyError, AttributeError) as problem:
        raise IndexMismatch(f"{folder}: a Whoosh index that searchapp did not make") from problem
    except Exception as problem:  # whatever a broken file makes Whoosh raise
        raise IndexDamaged(f"{folder}: the index cannot be opened ({problem})") from problem
    ours = Analyser(settings.language or language)
    if _fingerprint(ours) != fingerprint:
        raise IndexMismatch(
            f"{folder}: the index was made by {fingerprint}, this is {_fingerprint(ours)}; "
            "make it anew with `searchapp index --rebuild PATH`"
        )
    return index, ours


def _add(writer: Any, articles: Iterable[Tagged], docs: Mapping[str, int]) -> None:
    added: set[str] = set()
    for tagged in articles:
        id_ = tagged.article.id
        if id_ in added:
            raise ValueError(f"{id_!r} comes twice in one commit")
        added.add(id_)
        if id_ in docs:
            writer.delete_document(docs[id_])
        writer.add_document(**_document(tagged))


@contextlib.contextmanager
def _locked(folder: Path, seconds: float) -> Iterator[None]:
    """Whoosh's own lock on the index in `folder`, which need not be readable."""
    lock = FileStorage(str(folder)).lock(f"{toc.NAME}_WRITELOCK")
    deadline = time.monotonic() + seconds
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise _in_use(folder, seconds)
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()


def _in_use(folder: Path, seconds: float) -> IndexLocked:
    return IndexLocked(
        f"{folder}: another process is writing to the index; waited {seconds:g} s (lock_seconds)"
    )


def _publish(beside: Path, folder: Path) -> None:
    """Move a whole index into `folder`: its table of contents last, then what it replaces goes."""
    old = [path for path in folder.iterdir() if path.name.startswith((toc.NAME, f"_{toc.NAME}_"))]
    contents = beside / toc.file_name(toc.generation(beside))
    for path in beside.iterdir():
        if path.is_file() and path.suffix == ".seg":
            os.replace(path, folder / path.name)
    os.replace(contents, folder / contents.name)
    for path in old:
        if path.suffix in (".seg", ".toc", SEAL):
            path.unlink(missing_ok=True)
    for path in folder.glob(".new-*"):  # of a run that was killed
        if path != beside:
            shutil.rmtree(path, ignore_errors=True)


def _listed(query: Query, facet: str) -> frozenset[str]:
    return query.chosen.get(facet, frozenset()) | query.excluded.get(facet, frozenset())


def _date(ordinal: int) -> str:
    return datetime.date.fromordinal(int(ordinal)).isoformat()


def _seal(folder: Path, segments: Iterable[str]) -> None:
    """Write beside each segment what its bytes hash to. Whoosh removes both together.

    Only committed segments: another process may be writing the next one already.
    """
    for name in segments:
        segment = folder / f"{name}.seg"
        seal = segment.with_suffix(SEAL)
        if not seal.exists():
            new = seal.with_name(f".{seal.name}.new")
            new.write_text(_hash(segment), encoding="ascii")
            os.replace(new, seal)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_broken_seal(segment: Path) -> bool:
    seal = segment.with_suffix(SEAL)
    return seal.exists() and _hash(segment) != seal.read_text("ascii", errors="replace")


def _check_unsealed(folder: Path, leaf: Any) -> list[str]:
    """Reads everything of a segment that a crash left without its seal."""
    segment = folder / f"{leaf.segment().segment_id()}.seg"
    if segment.with_suffix(SEAL).exists():
        return []
    try:
        for _ in leaf.iter_postings():
            pass
        for doc in leaf.all_doc_ids():
            record.unpack(bytes(leaf.column_reader("record")[doc]))
    except Exception as problem:  # whatever a broken file makes Whoosh raise
        return [f"{segment}: {problem}"]
    return []
