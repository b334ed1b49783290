"""The embedded engine: a Whoosh index in a folder, read as arrays and executed by `execute`."""

from __future__ import annotations

import contextlib
import copy
import datetime
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import Analyser
from searchapp.disk import sync_folder
from searchapp.engine import (
    Known,
    Spelling,
    commit,
    copying,
    execute,
    explain,
    paging,
    record,
    rerank,
    similar,
    stopwords,
    toc,
    words,
)
from searchapp.engine.codec import ArraySegment
from searchapp.engine.execute import Budget, Found, Run
from searchapp.engine.facets import count_dates, count_facets
from searchapp.engine.grouping import Groups
from searchapp.engine.lexer import Lexer
from searchapp.engine.order import Ranked
from searchapp.engine.schema import fingerprint, schema
from searchapp.engine.segment import Segment
from searchapp.engine.snapshot import Leaf, Snapshot
from searchapp.model import (
    FACETS,
    Cursor,
    DateCounts,
    Explanation,
    FacetCounts,
    IndexDamaged,
    IndexMismatch,
    Neighbour,
    NoIndex,
    Query,
    Ranking,
    Sort,
    Stats,
    Tagged,
    Word,
)
from searchapp.pieces import stems_of
from searchapp.remembered import Remembered
from searchapp.said import Said
from searchapp.settings import Settings

T = TypeVar("T")
Parts = Sequence[tuple[Segment, NDArray[np.int64]]]
"""Segments, and the documents of each that are deleted."""

ARTICLES_REMEMBERED = 32 * 1024 * 1024
"""Bytes: some 9,000 articles of Reuters. Reading and parsing ten took 0.7 ms of CPU time."""
STEMS_REMEMBERED = 8 * 1024 * 1024
WORDS_REMEMBERED = 4 * 1024 * 1024
"""Of words by their beginning: whoever types asks for the same ones as others."""
_STEMMED = 50_000
"""Characters of an article that feedback learns from: ten articles are read in 0.1 s."""
_BATCH = 1000
"""Articles that are read at once where all are asked for: a batch of long ones takes 10 MB."""
MADE = 3
"""Commits that were replaced and that are ready to be searched: each may take as much memory as the
newest."""
_RETRIES = 100
"""Times that a reader looks again because a commit replaced the one it was opening."""


class EmbeddedEngine:
    """A Whoosh index in a folder; see `searchapp.engine.Engine`."""

    def __init__(self, folder: Path, analyser: Analyser, settings: Settings, rebuild: bool) -> None:
        self.folder = folder
        self.analyser = analyser
        self.settings = settings
        self.clock = time.monotonic
        """What searches go by, in seconds."""
        self._rebuild = rebuild
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._lexer: Lexer | None = None
        self._kept = Kept(settings.cursor_seconds, settings.cursor_commits)
        self._is_frozen = False
        self._stats: tuple[str, Stats] | None = None
        # By the file of a segment and the number of a document in it, which stay what they are.
        self._articles: Remembered[_Place, Tagged] = Remembered(ARTICLES_REMEMBERED, _weight)
        self._beginning: Remembered[tuple[int, str, int, int, str], Sequence[tuple[str, int]]]
        self._beginning = Remembered(WORDS_REMEMBERED, lambda found: 300 + 120 * len(found))
        self._stemmed: Remembered[_Place, list[str]] = Remembered(STEMS_REMEMBERED, _stems_weight)

    @classmethod
    def open(cls, folder: Path, settings: Settings, create: bool, rebuild: bool) -> EmbeddedEngine:
        """See `searchapp.engine.open_engine`."""
        missing = toc.generation(folder) < 0
        if missing and not (create or rebuild):
            raise NoIndex(
                Said(
                    "{folder}: there is no index yet; make one with `searchapp index PATH`",
                    folder=str(folder),
                )
            )
        if missing or rebuild:
            _make_folder(folder)
            return cls(folder, Analyser(settings.language or "english"), settings, rebuild)
        contents, _ = _newest(folder, lambda generation: toc.read(folder, generation))
        return cls(folder, _analyser(folder, contents, settings), settings, rebuild=False)

    def known(self) -> Mapping[str, Known]:
        if not self._exists():
            return {}
        known = {}
        for leaf in self._current().leaves:
            ids, lines = leaf.segment.ids_by_document(), leaf.segment.states.all_lines()
            for doc, (id_, line) in enumerate(zip(ids, lines, strict=True)):
                if leaf.live is None or leaf.live[doc]:
                    known[id_] = Known(*json.loads(line))
        return known

    def write(self, articles: Iterable[Tagged], gone: Collection[str] = ()) -> None:
        with commit.locked(self.folder, self.settings.lock_seconds):
            contents: Any = schema(self.analyser)
            entries: list[ArraySegment] = []
            anew = not self._exists()
            if not anew:
                contents, entries = self._read(toc.generation(self.folder))
            lexer, self._lexer = self._lexer, None
            if lexer is None or lexer.analyser is not self.analyser:
                lexer = Lexer(self.analyser)
            commit.commit(self.folder, contents, lexer, entries, articles, gone, anew)
            self._lexer = lexer  # but not one that was interrupted
            self._rebuild = False

    def rank(
        self,
        query: Query,
        sort: Sort = "relevance",
        start: int = 0,
        stop: int = 10,
        size: int | None = 10,
        after: Cursor | None = None,
    ) -> Ranking:
        if not self._exists():
            nothing = {facet: FacetCounts() for facet in FACETS} if size is not None else {}
            return Ranking(0, (), nothing, groups=0 if query.grouped else None)
        run, typed = self._run(query)
        found = execute.find(run, query)
        run.budget.check()
        order = paging.Order(run, found, sort, typed, self._stems)
        groups = Groups(run.snapshot.copies, found, sort) if query.grouped else None
        if groups:
            page = order.page_of_groups(start, stop, after, groups)
        else:
            page = order.page(start, stop, after)
        counts = {} if size is None else count_facets(run, query, found, size)
        run.budget.check()
        more = page.hits and page.before + len(page.hits) < page.number
        return Ranking(
            sum(len(part.docs) for part in found),
            tuple((hit.id, hit.score) for hit in page.hits),
            counts,
            page.before,
            _cursor(page.hits[-1], sort, run.snapshot.identity) if more else None,
            page.number if groups else None,
            tuple(map(groups.similar, page.hits)) if groups else (),
        )

    def explain(
        self, query: Query, ids: Sequence[str], sort: Sort = "relevance"
    ) -> list[Explanation | None]:
        if not self._exists():
            return [None] * len(ids)
        run, typed = self._run(query)
        places = [run.snapshot.find(id_) for id_ in ids]
        near = typed if sort == "relevance" else ()
        return explain.explain(run, query, places, near, self._stems)

    def every(
        self, query: Query, sort: Sort = "relevance", whole: bool = True
    ) -> Iterator[tuple[Tagged, float]]:
        if not self._exists():
            return iter(())
        run, words = self._run(query)
        found = execute.find(run, query)
        run.budget.check()
        run.budget = Budget(expansions=run.budget.expansions)
        return self._in_batches(paging.Order(run, found, sort, words, self._stems), whole)

    def _in_batches(self, order: paging.Order, whole: bool) -> Iterator[tuple[Tagged, float]]:
        after = None
        while hits := order.page(0, _BATCH, after)[1]:
            places = [(hit.leaf, hit.doc) for hit in hits]
            articles = _read_articles(order.run.snapshot, places, whole)
            for hit, tagged in zip(hits, articles, strict=True):
                assert tagged is not None, "found, and not stored"
                yield tagged, hit.score
            after = _cursor(hits[-1], order.sort)

    def similar(self, id_: str, size: int = 10) -> list[Neighbour]:
        if not self._exists():
            return []
        run, _ = self._run(Query())
        there = run.snapshot.find(id_)
        if there is None:
            return []
        article = record.unpack(there[0].segment.articles.lines([there[1]])[0]).article
        words = similar.telling(run, article, self.analyser, stopwords.of(self.analyser))
        run.weights = {telling.word.exact: telling.weight for telling in words}
        return similar.similar(run, words, there, size)

    def dates(self, query: Query) -> DateCounts:
        if not self._exists():
            return DateCounts()
        run, _ = self._run(query)
        found = execute.find(run, replace(query, dated=None))
        run.budget.check()
        return count_dates(found)

    def _run(self, query: Query) -> tuple[Run, Sequence[Word]]:
        """A search of the newest commit, its clock started, and the words that score."""
        snapshot = self._current()
        self._prepare(snapshot, query)
        seconds = self.settings.search_seconds
        limit = self.settings.max_expansions
        budget = Budget(self.clock() + seconds, seconds, limit, self.clock)
        typed = rerank.content(query.words, stopwords.of(self.analyser))
        return Run(snapshot, budget, rerank.weights(query.words, typed)), typed

    def _prepare(self, snapshot: Snapshot, query: Query) -> None:
        """Make what is made once for a commit and kept, outside of the time of a search: of a large
        index it takes longer, and the first search after each commit would be refused."""
        if query.grouped or query.copies_of:
            snapshot.copies  # noqa: B018 made now
        if query.countries in snapshot.prepared:
            return
        none = np.empty(0, np.int64)
        nothing = [Found(leaf, none, None, dict.fromkeys(FACETS, none)) for leaf in snapshot.leaves]
        count_facets(Run(snapshot, Budget()), Query(countries=query.countries), nothing, 0)
        snapshot.prepared.add(query.countries)

    def _stems(self, leaf: Leaf, doc: int) -> list[str]:
        key = leaf.segment.path.name, doc
        stems = self._stemmed.get(key)
        if stems is None:
            tagged = self._articles.get(key)
            if tagged is None:
                tagged = record.unpack(leaf.segment.articles.lines([doc])[0])
                self._articles.put(key, tagged)
            text = tagged.article.text[:_STEMMED]
            stems = stems_of(self.analyser, text)
            self._stemmed.put(key, stems)
        return stems

    def values(self, column: str) -> Sequence[str]:
        return self._current().column(column).values if self._exists() else ()

    def having(self, column: str, value: str) -> frozenset[str]:
        if not self._exists():
            return frozenset()
        found = execute.having(self._current(), column, frozenset({value}))
        return frozenset(leaf.segment.id_of(doc) for leaf, doc in found)

    def copies(self, id_: str) -> Sequence[str]:
        if not self._exists():
            return ()
        snapshot = self._current()
        found = [
            (leaf.segment.dates[doc] or np.inf, copy)
            for leaf, docs in zip(snapshot.leaves, snapshot.copies_of(id_), strict=True)
            for doc in docs.tolist()
            if (copy := leaf.segment.id_of(doc)) != id_
        ]
        return [copy for _, copy in sorted(found)]

    def words(
        self, start: str, limit: int, edits: int = 0, field: str = "text"
    ) -> Sequence[tuple[str, int]]:
        if not self._exists():
            return ()
        snapshot = self._current()
        key = (snapshot.generation, start, limit, edits, field)
        found = self._beginning.get(key)
        if found is None:
            stop = stopwords.of(self.analyser)
            found = words.beginning(snapshot, field, start, limit, edits, stop)
            self._beginning.put(key, found)
        return found

    def spellings(self, word: str, edits: int, field: str = "text") -> Sequence[Spelling]:
        return words.near(self._current(), field, word, edits) if self._exists() else ()

    def generation(self) -> int:
        return self._current().generation if self._exists() else -1

    def commit(self) -> str:
        return self._current().identity if self._exists() else ""

    def frozen(self, commit: str = "") -> Self | None:
        if not self._exists():
            return None if commit else self
        snapshot = self._current()
        if commit and commit != snapshot.identity:
            kept = self._kept.get(commit, self.clock())
            if kept is None:
                return None
            snapshot = kept
        engine = copy.copy(self)
        engine._snapshot, engine._is_frozen = snapshot, True
        return engine

    def committed(self) -> float | None:
        if not self._exists():
            return None
        return _newest(self.folder, lambda number: toc.written(self.folder, number))

    def get(self, ids: Sequence[str], whole: bool = True) -> list[Tagged | None]:
        if not self._exists():
            return [None] * len(ids)
        snapshot = self._current()
        places = [snapshot.find(id_) for id_ in ids]
        return (
            _read_articles(snapshot, places, True) if whole else self._beginnings(snapshot, places)
        )

    def _beginnings(
        self, snapshot: Snapshot, places: Sequence[tuple[Leaf, int] | None]
    ) -> list[Tagged | None]:
        """What pages of results show, of which a few are asked for again and again."""
        keys = [place and (place[0].segment.path.name, place[1]) for place in places]
        found = [self._articles.get(key) if key else None for key in keys]
        new = [at for at, place in enumerate(places) if place and found[at] is None]
        if new:
            read = _read_articles(snapshot, [places[at] for at in new], whole=False)
            for at, tagged in zip(new, read, strict=True):
                found[at] = tagged
                if (key := keys[at]) and tagged:
                    self._articles.put(key, tagged)
        return found

    def stats(self) -> Stats:
        if not self._exists():
            return Stats(0, 0, 0, 0, -1, self.analyser.fingerprint)
        snapshot = self._current()
        known = self._stats
        if known is None or known[0] != snapshot.identity:
            known = self._stats = snapshot.identity, self._stats_of(snapshot)
        return known[1]

    def _stats_of(self, snapshot: Snapshot) -> Stats:
        dates = np.concatenate(
            [np.empty(0, np.int32)]
            + [
                leaf.segment.dates if leaf.live is None else leaf.segment.dates[leaf.live]
                for leaf in snapshot.leaves
            ]
        )
        dated = dates[dates != 0]
        everything = self.rank(Query(), stop=0, size=0)
        return Stats(
            articles=everything.total,
            dated=len(dated),
            segments=len(snapshot.leaves),
            bytes=_bytes(self.folder),
            generation=snapshot.generation,
            fingerprint=self.analyser.fingerprint,
            first_date=_date(dated.min()) if len(dated) else None,
            last_date=_date(dated.max()) if len(dated) else None,
            values={facet: everything.facets[facet].value_count for facet in FACETS},
            written=_written(self.folder, snapshot.generation),
        )

    def check(self) -> list[str]:
        if not self._exists():
            return []
        try:
            return _newest(self.folder, self._check)
        except IndexDamaged as problem:
            return [str(problem)]

    def _check(self, generation: int) -> list[str]:
        _, entries = self._read(generation)
        problems = []
        for entry in entries:
            try:
                segment = Segment(self.folder / entry.file_name)
                segment.file.check_all()
            except IndexDamaged as problem:
                problems.append(str(problem))
            except OSError as problem:
                gone = isinstance(problem, FileNotFoundError)
                if gone and generation != toc.generation(self.folder):
                    raise  # another commit has replaced it
                problems.append(f"{self.folder / entry.file_name}: {problem.strerror}")
            else:
                if segment.size != entry.size:
                    problems.append(f"{segment.path}: of another size than its index says")
        return problems

    def copy(self, into: Path, meanwhile: Callable[[], None]) -> None:
        copying.copy(self.folder, into, self.settings.lock_seconds, meanwhile)

    def take(self, source: Path, meanwhile: Callable[[], None]) -> None:
        copying.take(source, self.folder, self.settings.lock_seconds, meanwhile)
        self._rebuild = False

    def close(self) -> None:
        self._snapshot = None
        self._kept.clear()

    def _exists(self) -> bool:
        """Whether there is an index to use; another process may have made it since."""
        if self._rebuild:
            return False
        return self._snapshot is not None or toc.generation(self.folder) >= 0

    def _read(self, generation: int) -> tuple[Any, list[ArraySegment]]:
        contents, entries = toc.read(self.folder, generation)
        analyser = _analyser(self.folder, contents, self.settings)
        if analyser.fingerprint != self.analyser.fingerprint:
            self.analyser = analyser
        return contents, entries

    def _current(self) -> Snapshot:
        """The newest commit, opened anew only when there is a newer one."""
        self._kept.forget(self.clock)
        snapshot = self._snapshot
        if snapshot is not None and (
            self._is_frozen or toc.is_newest(self.folder, snapshot.generation)
        ):
            return snapshot
        with self._lock:
            before = self._snapshot
            self._snapshot = _newest(self.folder, self._open)
            if before is not None and before is not self._snapshot:
                self._kept.keep(before, self.clock())
            return self._snapshot

    def _open(self, generation: int) -> Snapshot:
        before = self._snapshot
        if before is not None and before.generation == generation:
            return before  # another thread was first
        _, entries = self._read(generation)
        known = {segment.path.name: segment for segment in before.segments} if before else {}
        parts = []
        for entry in entries:
            segment = known.get(entry.file_name) or Segment(self.folder / entry.file_name)
            parts.append((segment, entry.deleted_array()))
        return Snapshot(generation, parts, toc.identity(self.folder, generation))


@dataclass(slots=True)
class Kept:
    """Commits that were replaced, so that a cursor goes on in the one it is of.

    Their files can be read for as long as they are mapped, also when they are removed. What a
    search derives from a commit is kept of the MADE that were asked for last.
    """

    seconds: float
    most: int
    _parts: OrderedDict[str, tuple[float, int, Parts]] = field(default_factory=OrderedDict)
    """By identity, the oldest first: when each was replaced, its number, what it is made of."""
    _made: OrderedDict[str, Snapshot] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, snapshot: Snapshot, now: float) -> None:
        with self._lock:
            self._parts[snapshot.identity] = now, snapshot.generation, snapshot.parts
            self._forget(now)

    def get(self, identity: str, now: float) -> Snapshot | None:
        """The commit, where it is still kept."""
        with self._lock:
            self._forget(now)
            if identity not in self._parts:
                return None
            snapshot = self._made.pop(identity, None)
            if snapshot is None:
                _, generation, parts = self._parts[identity]
                snapshot = Snapshot(generation, parts, identity)
            self._made[identity] = snapshot
            if len(self._made) > MADE:
                self._made.popitem(last=False)
            return snapshot

    def forget(self, clock: Callable[[], float]) -> None:
        """Let go of what was replaced too long ago: asked with every search."""
        if self._parts:
            with self._lock:
                self._forget(clock())

    def clear(self) -> None:
        with self._lock:
            self._parts.clear()
            self._made.clear()

    def _forget(self, now: float) -> None:
        """Nothing is left of what was replaced too long ago, and of the oldest of too many."""
        while self._parts:
            identity, (when, _, _) = next(iter(self._parts.items()))
            if len(self._parts) <= self.most and now - when <= self.seconds:
                break
            del self._parts[identity]
            self._made.pop(identity, None)


_Place = tuple[str, int]


def _weight(tagged: Tagged) -> int:
    """About what an article takes in memory: nearly all are ASCII, and each tag has two strings."""
    article = tagged.article
    tags = sum(len(tagged.tags.of(facet)) for facet in FACETS)
    return 1500 + len(article.title) + len(article.body) + 300 * tags


def _stems_weight(stems: list[str]) -> int:
    """The stems themselves are the analyser's."""
    return 100 + 8 * len(stems)


def _read_articles(
    snapshot: Snapshot, places: Sequence[tuple[Leaf, int] | None], whole: bool
) -> list[Tagged | None]:
    """See `searchapp.engine.Engine.get`."""
    lines = snapshot.lines(places, "article")
    rests = snapshot.lines(places, "rest") if whole else [None] * len(places)
    return [
        None if line is None else record.unpack(line, rest)
        for line, rest in zip(lines, rests, strict=True)
    ]


def _newest(folder: Path, read: Callable[[int], T]) -> T:
    """What `read` makes of the newest commit, whose number it is given; again where another commit
    replaced that one meanwhile and removed what it had. Raises IndexDamaged."""
    for _ in range(_RETRIES):
        generation = toc.generation(folder)
        try:
            return read(generation)
        except FileNotFoundError as problem:
            missing = problem
            if generation == toc.generation(folder):
                break
    raise IndexDamaged(f"{missing.filename}: is missing") from missing


def _make_folder(folder: Path) -> None:
    """Make the folder, and those it is in, and bring their names to the disk."""
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in new:
            sync_folder(path.parent)
    except OSError as problem:
        raise NoIndex(f"{folder}: cannot be made ({problem.strerror})") from problem


def _bytes(folder: Path) -> int:
    """What the files of a folder take; others may come and go meanwhile."""
    total = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _written(folder: Path, generation: int) -> str | None:
    """When a commit was made, ISO 8601 in UTC; None where it has been replaced."""
    try:
        seconds = (folder / toc.file_name(generation)).stat().st_mtime
    except OSError:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")


def _analyser(folder: Path, contents: Any, settings: Settings) -> Analyser:
    """The analyser that an index was made with. Raises IndexMismatch where that is not ours."""
    try:
        words = contents["text"].analyzer
        language, made_by = str(words.language), str(words.fingerprint)
    except (KeyError, AttributeError) as problem:
        raise IndexMismatch(
            Said("{folder}: a Whoosh index that searchapp did not make", folder=str(folder))
        ) from problem
    ours = Analyser(settings.language or language)
    if fingerprint(ours) != made_by:
        raise IndexMismatch(
            Said(
                "{folder}: the index was made by {before}, this is {now}; make it anew with "
                "`searchapp index --rebuild PATH`",
                folder=str(folder),
                before=made_by,
                now=fingerprint(ours),
            )
        )
    return ours


def _cursor(hit: Ranked, sort: Sort, commit: str = "") -> Cursor:
    """Without what the order does not go by."""
    date = datetime.date.fromordinal(hit.date) if hit.date else None
    return Cursor(hit.score if sort == "relevance" else 0.0, date, hit.id, commit)


def _date(ordinal: int) -> str:
    return datetime.date.fromordinal(int(ordinal)).isoformat()
