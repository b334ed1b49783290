"""The left half: paths → read → extract → tag → engine, with a report of what became of each."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from searchapp import additions, extract, journal, read
from searchapp.corrections import Corrections, identity, subject, table
from searchapp.documents import Sent
from searchapp.documents.store import Store
from searchapp.engine import CORRECTION, UNSEEN, Engine, Known
from searchapp.model import MENTIONED, Failure, Source, Tagged, UnreadableSource
from searchapp.read import File
from searchapp.settings import Settings
from searchapp.tag import Tagger, lexicons

CHUNK = 32
"""Articles handed to a worker at a time: large enough to hide the hand-over."""
POOL_BYTES = 2_000_000
"""Below this much to read, starting processes costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    done_bytes: int
    total_bytes: int
    articles: int
    failed: int


Listener = Callable[[Progress], None]


@dataclass(slots=True)
class Report:
    """What became of everything that was found. `failed` says why, by path and line.

    `corrected` counts articles that corrections changed without their being read again,
    `overridden` those of files that are left out because an article with their id was sent or
    deleted by a program (see `documents`); `warnings` are rows of the table of corrections that
    make no sense; `contested` the origins that have an article under an id which another file has,
    too.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    corrected: int = 0
    overridden: int = 0
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)

    def count(self, result: str) -> None:
        """One more that was "added", "updated" or is "unchanged"."""
        setattr(self, result, getattr(self, result) + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """Which files a run reads, for one who knows what changed since the run before.

    `files`: all that there are, in the order of `list_files`, with its `failures`. `chosen`: those
    to read. `gone`: origins of files that are no longer there. `settled`: origins of which earlier
    failures are no longer true, besides those of what is read.
    """

    files: Sequence[File]
    failures: Sequence[Failure]
    chosen: Collection[Path]
    gone: Collection[str] = ()
    settled: Collection[str] = ()


def tagger_of(settings: Settings, language: str = "") -> Tagger:
    """The tagger of an index: the rules, and what lies in the folder of its owner's own.

    `language` is that of the index's stems, where it is known better than by the settings.
    """
    return additions.tagger_of(settings, language)


def prepare(source: Source, tagger: Tagger, digest: str = "") -> Tagged | Failure:
    """One source through extraction and tagging."""
    try:
        article = replace(extract.extract(source), digest=digest)
        return Tagged(article, tagger.tag(article))
    except UnreadableSource as problem:
        return Failure(source.path, str(problem), source.origin)
    except Exception as problem:  # one article out of a million must not end the run
        reason = f"could not be processed: {type(problem).__name__}: {problem}"
        return Failure(source.path, reason, source.origin)


def source_of(article: Sent, store: Store) -> Source:
    """An article that a program sent, to be prepared as any other."""
    return Source(article.id, article.id, read.origin_of(store.path), "json", article.data)


def digest_of(source: Source, tagger: Tagger) -> str:
    """Changes when the source does, or what this program makes of it."""
    program = f"{extract.VERSION}\n{tagger.fingerprint()}\n{source.kind}\n".encode()
    return hashlib.sha256(program + source.data).hexdigest()[:32]


def add(
    engine: Engine,
    paths: Sequence[Path],
    settings: Settings,
    prune: bool = False,
    workers: int = 1,
    progress: Listener | None = None,
    rebuild: bool = False,
    part: Part | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Report:
    """Index what programs sent (see `documents`) and everything under `paths`, committing every
    `commit_every` articles.

    What programs sent or deleted wins over files. Sources whose content is known are skipped,
    changed ones replaced; what fails is reported and keeps what was indexed of it before. `prune`
    removes articles whose file is gone, or which their file does not hold any more. `rebuild` makes
    it one commit, for an engine that starts anew, and reads the files sent from the pages, too.
    Raises IndexLocked; what was committed before stays. What failed is kept beside the index
    until its file is read again: see `journal`.

    With `part` only what it chose is read, and only of what it says is gone articles are removed:
    the index is then as after a run over everything, as long as every file that changed or was
    `contested` before is chosen. Once `stopped` says so no other file is begun; what was read is
    committed, and nothing else done.
    """
    run = _Run(engine, paths, settings, progress, rebuild, part, stopped)
    with (
        lexicons.using(run.tagger.lexicon),  # in which corrections name countries
        _submitter(run.tagger, workers, run.total_bytes) as submit,
    ):
        tagged = run.tagged(submit)
        if rebuild:
            engine.write(tagged)
        else:
            # A batch is written as it arrives, so that workers tag while this process writes.
            for first in tagged:
                rest = itertools.islice(tagged, max(0, settings.commit_every - 1))
                engine.write(run.still_wanted(itertools.chain([first], rest)))
    if stopped():
        return run.report
    with lexicons.using(run.tagger.lexicon):
        gone = run.deleted() + (run.gone() if prune and run.may_prune else [])
        if gone:
            engine.write(run.sent_again(gone), gone)
            run.report.removed = len(gone)
        run.report.corrected = settle(engine, settings)
    run.report.failed.sort(key=_place)
    run.keep_journal(rebuild)
    return run.report


# --- corrections ---------------------------------------------------------------------------------


def settle(engine: Engine, settings: Settings) -> int:
    """Make every article's tags what the table of corrections says now; how many that changed.

    Only articles are read that a correction newly speaks of, or that one spoke of which is gone.
    After it returns, `rank` sees the tags as corrected. Raises IndexLocked; the table is as it is,
    and the next run will settle it.
    """
    if next(_stale(engine, settings), None) is None:
        return 0
    changed = 0

    def again() -> Iterator[Tagged]:
        # Looked for anew while nobody else can write, neither articles nor corrections of others.
        nonlocal changed
        for tagged in _stale(engine, settings):
            changed += 1
            yield tagged

    engine.write(again())
    return changed


def _stale(engine: Engine, settings: Settings) -> Iterator[Tagged]:
    """The articles whose tags are not what the corrections make of them, corrected."""
    now = table.load(settings.rules_folder)
    if not now.readable:
        return
    ids = sorted(_spoken_of(engine, now.corrections))
    for start in range(0, len(ids), CHUNK):
        for tagged in engine.get(ids[start : start + CHUNK]):
            if tagged and (corrected := now.corrections.correct(tagged)) != tagged:
                yield corrected


def _spoken_of(engine: Engine, corrections: Corrections) -> set[str]:
    """The ids of articles to which other corrections speak than those that were applied."""
    applied = {mark: engine.having(CORRECTION, mark) for mark in engine.values(CORRECTION)}
    ids = {id_ for mark in applied.keys() - corrections.identities for id_ in applied[mark]}
    for correction in corrections:
        if correction.article:
            spoken_of = frozenset({correction.article})
        else:
            column = MENTIONED if correction.facet == "country" else correction.facet
            about = subject(correction.facet, correction.value)
            spoken_of = engine.having(column, correction.value) | engine.having(UNSEEN, about)
        ids |= spoken_of - applied.get(identity(correction), frozenset())
    return ids


def _place(failure: Failure) -> tuple[str, int]:
    """The file, and the line in it where there is one."""
    file, _, line = failure.path.partition("#L")
    return file, int(line) if line.isdecimal() else 0


class _Run:
    """One call of `add`: what is known, what was met, what became of it."""

    def __init__(
        self,
        engine: Engine,
        paths: Sequence[Path],
        settings: Settings,
        progress: Listener | None,
        rebuild: bool,
        part: Part | None,
        stopped: Callable[[], bool],
    ) -> None:
        self.settings = settings
        self.paths = [*paths]
        if rebuild and settings.uploads_folder.is_dir():
            self.paths.append(settings.uploads_folder)
        self.part = part
        self._stopped = stopped
        self.store = Store(settings.documents_folder)
        self._before = 0
        self._said: frozenset[str] = frozenset()
        self.tagger = tagger_of(settings, engine.analyser.language)
        with lexicons.using(self.tagger.lexicon):
            corrections = table.load(settings.rules_folder)
        self.corrections = corrections.corrections
        self.report = Report(failed=list(self.tagger.problems), warnings=list(corrections.problems))
        self.known: Mapping[str, Known] = engine.known()
        if part:
            listed, failures = part.files, part.failures
            self.files = [file for file in listed if file.path in part.chosen]
            self.may_prune = bool(part.gone or self.files)
        else:
            listed, failures = list_files(self.paths, settings)
            self.files = list(listed)
            self.may_prune = bool(self.files) and all(path.exists() for path in paths)
        self._places = {read.origin_of(file.path): place for place, file in enumerate(listed)}
        self._read = {read.origin_of(file.path) for file in self.files}
        self.report.failed += failures
        self.total_bytes = sum(_size(file.path) for file in self.files)
        if not part:
            self.total_bytes += self.store.size()
        self._progress = progress
        self._done = 0
        self._seen: dict[str, str] = {}
        self._whole: set[str] = set()

    def tagged(self, submit: Submit) -> Iterator[Tagged]:
        """What is new or changed, ready to be written; the rest goes to the report."""
        waiting: deque[Future[list[Tagged | Failure]]] = deque()
        fresh = self._fresh()
        while chunk := list(itertools.islice(fresh, CHUNK)):
            waiting.append(submit(chunk))
            if len(waiting) > 2 * (multiprocessing.cpu_count() or 1):
                yield from self._finished(waiting.popleft())
        while waiting:
            yield from self._finished(waiting.popleft())

    def still_wanted(self, tagged: Iterable[Tagged]) -> Iterator[Tagged]:
        """Those of `tagged` with whose ids no program did anything since the run began: what it
        did counts. To be asked for while nobody else can write."""
        since = self.store.changed_since(self._before)
        yield from (item for item in tagged if item.article.id not in since)

    def deleted(self) -> list[str]:
        """Ids in the index that a program deleted: it ended before the commit."""
        return sorted(self.store.deleted() & self.known.keys())

    def sent_again(self, gone: Collection[str]) -> Iterator[Tagged]:
        """Those of the articles `gone` that a program sent meanwhile. To be asked for while nobody
        else can write."""
        for article in self.store.articles(gone):
            source = source_of(article, self.store)
            item = prepare(source, self.tagger, digest_of(source, self.tagger))
            if isinstance(item, Tagged):
                yield self.corrections.correct(item)

    def gone(self) -> list[str]:
        """Ids in the index whose file is no longer there or no longer holds them."""
        return [
            id_
            for id_, known in self.known.items()
            if id_ not in self._seen
            and (known.origin in self._whole or self._is_gone(known.origin))
        ]

    def _is_gone(self, origin: str) -> bool:
        return origin in self.part.gone if self.part else is_gone(origin)

    def keep_journal(self, anew: bool) -> None:
        """Write down what was read and what failed; that it cannot be written ends no run."""
        folder = Path(self.settings.index)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        named = [str(path.resolve()) for path in self.paths if path.exists()]
        again = {*self._read, *self.part.gone, *self.part.settled} if self.part else named
        try:
            journal.record(folder, named, again, self.report.failed, now, anew)
        except OSError as problem:
            reason = f"what failed cannot be kept here ({problem.strerror})"
            self.report.warnings.append(Failure(str(folder), reason))

    def _fresh(self) -> Iterator[tuple[Source, str]]:
        """Sources that are new or changed, with their digests: what programs sent, then files."""
        yield from self._sent()
        for file in self.files:
            if self._stopped():
                return
            size, used = _size(file.path), 0
            failures = len(self.report.failed)
            for item in read.read_file(file, self.settings.max_file_bytes):
                if isinstance(item, Failure):
                    self.report.failed.append(item)
                    continue
                used = min(size, used + len(item.data))
                self._tell(self._done + used)
                if item.id in self._said:
                    self.report.overridden += 1
                elif fresh := self._judge(item):
                    yield fresh
            self._done += size
            self._tell(self._done)
            if len(self.report.failed) == failures:
                self._whole.add(str(file.path))

    def _sent(self) -> Iterator[tuple[Source, str]]:
        """What programs sent, where everything is read; afterwards it is known what they said
        anything about."""
        self._before = self.store.newest()
        if self.part:
            self._said = self.store.changed_since(0)
            return
        size, used = self.store.size(), 0
        for article in self.store.articles():
            used = min(size, used + len(article.data))
            self._tell(used)
            if fresh := self._judge(source_of(article, self.store)):
                yield fresh
        self._done = size
        self._whole.add(read.origin_of(self.store.path))
        self._said = self.store.deleted() | self._seen.keys()

    def _judge(self, source: Source) -> tuple[Source, str] | None:
        if twin := self._seen.get(source.id):
            self._refuse(source, f"has the same id {source.id!r} as {twin}")
            return None
        known = self.known.get(source.id)
        if known and self._comes_before(known, source):
            self._refuse(source, f"has the same id {source.id!r} as {known.origin}")
            return None
        self._seen[source.id] = source.path
        if known and self._other_file(known, source):
            self._refuse(source, f"its id {source.id!r} belongs to {known.origin}")
            return None
        digest = digest_of(source, self.tagger)
        # What is gone is known by its origin where not everything is read: so that has to be right.
        moved = self.part is not None and known is not None and known.origin != source.origin
        if known and known.digest == digest and not moved:
            self.report.unchanged += 1
            return None
        return source, digest

    def _refuse(self, source: Source, reason: str) -> None:
        self.report.failed.append(Failure(source.path, reason, source.origin))
        self.report.contested.add(source.origin)

    def _comes_before(self, known: Known, source: Source) -> bool:
        """Whether a file that has the same id and is not read in this run would be read before that
        of `source`, and so keeps it."""
        here, there = self._places.get(source.origin), self._places.get(known.origin)
        if here is None or there is None or known.origin in self._read:
            return False
        if there > here:
            self.report.contested.add(known.origin)  # it loses its article
        return there < here

    def _other_file(self, known: Known, source: Source) -> bool:
        """Whether the id, made from a path, belongs to another file that still exists."""
        made_from_path = source.id == source.path
        sent = known.origin == read.origin_of(self.store.path)  # and forgotten since
        other = known.origin != source.origin and not sent
        return made_from_path and other and not is_gone(known.origin)

    def _finished(self, future: Future[list[Tagged | Failure]]) -> Iterator[Tagged]:
        for item in future.result():
            if isinstance(item, Failure):
                self.report.failed.append(item)
                continue
            if item.article.id in self.known:
                self.report.updated += 1
            else:
                self.report.added += 1
            yield self.corrections.correct(item)

    def _tell(self, done: int) -> None:
        if self._progress:
            report = self.report
            articles = report.added + report.updated + report.unchanged
            self._progress(Progress(done, self.total_bytes, articles, len(report.failed)))


def list_files(
    paths: Iterable[Path], settings: Settings
) -> tuple[Sequence[File], Sequence[Failure]]:
    """The files that a run over `paths` reads, in its order, and what is left out and why."""
    return read.list_files(
        paths,
        index=Path(settings.index),
        rules=settings.rules_folder,
        uploads=settings.uploads_folder,
        documents=settings.documents_folder,
    )


def is_gone(origin: str) -> bool:
    """Whether there is certainly no such file: one that cannot be looked for may well be there."""
    try:
        os.lstat(origin)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


Submit = Callable[[list[tuple[Source, str]]], "Future[list[Tagged | Failure]]"]


@contextlib.contextmanager
def _submitter(tagger: Tagger, workers: int, total_bytes: int) -> Iterator[Submit]:
    """Hands chunks to `workers` processes where that pays, else does them at once, here."""
    if workers < 2 or total_bytes < POOL_BYTES:
        yield lambda chunk: _here(tagger, chunk)
        return
    # Not fork: it is unsafe beside threads, which a caller may have.
    spawn = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, spawn, initializer=_end_with_parent)
    try:
        yield lambda chunk: executor.submit(_prepare_all, tagger, chunk)
    finally:
        executor.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Makes this worker end when the run does, even if that is killed, and no sooner: what stops a
    program is often sent to all its processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _here(tagger: Tagger, chunk: list[tuple[Source, str]]) -> Future[list[Tagged | Failure]]:
    done: Future[list[Tagged | Failure]] = Future()
    done.set_result(_prepare_all(tagger, chunk))
    return done


def _prepare_all(tagger: Tagger, chunk: Iterable[tuple[Source, str]]) -> list[Tagged | Failure]:
    return [prepare(source, tagger, digest) for source, digest in chunk]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
