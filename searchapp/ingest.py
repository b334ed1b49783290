"""The left half: paths → read → extract → tag → engine, with a report of what became of each."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import itertools
import multiprocessing
import os
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
    make no sense.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    corrected: int = 0
    overridden: int = 0
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)

    def count(self, result: str) -> None:
        """One more that was "added", "updated" or is "unchanged"."""
        setattr(self, result, getattr(self, result) + 1)


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
) -> Report:
    """Index what programs sent (see `documents`) and everything under `paths`, committing every
    `commit_every` articles.

    What programs sent or deleted wins over files. Sources whose content is known are skipped,
    changed ones replaced; what fails is reported and keeps what was indexed of it before. `prune`
    removes articles whose file is gone, or which their file does not hold any more. `rebuild` makes
    it one commit, for an engine that starts anew, and reads the files sent from the pages, too.
    Raises IndexLocked; what was committed before stays. What failed is kept beside the index
    until its file is read again: see `journal`.
    """
    run = _Run(engine, paths, settings, progress, rebuild)
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
        gone = run.deleted() + (run.gone() if prune and run.may_prune else [])
        if gone:
            engine.write(run.sent_again(gone), gone)
            run.report.removed = len(gone)
    with lexicons.using(run.tagger.lexicon):
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
    ) -> None:
        self.settings = settings
        self.paths = [*paths]
        if rebuild and settings.uploads_folder.is_dir():
            self.paths.append(settings.uploads_folder)
        self.store = Store(settings.documents_folder)
        self._before = 0
        self._said: frozenset[str] = frozenset()
        self.tagger = tagger_of(settings, engine.analyser.language)
        with lexicons.using(self.tagger.lexicon):
            corrections = table.load(settings.rules_folder)
        self.corrections = corrections.corrections
        self.report = Report(failed=list(self.tagger.problems), warnings=list(corrections.problems))
        self.known: Mapping[str, Known] = engine.known()
        self.files, failures = read.list_files(
            self.paths,
            index=Path(settings.index),
            rules=settings.rules_folder,
            uploads=settings.uploads_folder,
            documents=settings.documents_folder,
        )
        self.report.failed += failures
        self.may_prune = bool(self.files) and all(path.exists() for path in paths)
        self.total_bytes = sum(_size(file.path) for file in self.files) + self.store.size()
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
            and (known.origin in self._whole or not Path(known.origin).exists())
        ]

    def keep_journal(self, anew: bool) -> None:
        """Write down what was read and what failed; that it cannot be written ends no run."""
        folder = Path(self.settings.index)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        read_ = [path.resolve() for path in self.paths if path.exists()]
        try:
            journal.record(folder, read_, self.report.failed, now, anew)
        except OSError as problem:
            reason = f"what failed cannot be kept here ({problem.strerror})"
            self.report.warnings.append(Failure(str(folder), reason))

    def _fresh(self) -> Iterator[tuple[Source, str]]:
        """Sources that are new or changed, with their digests: what programs sent, then files."""
        yield from self._sent()
        for file in self.files:
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
        """What programs sent; afterwards it is known what they said anything about."""
        self._before = self.store.newest()
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
            reason = f"has the same id {source.id!r} as {twin}"
            self.report.failed.append(Failure(source.path, reason, source.origin))
            return None
        self._seen[source.id] = source.path
        known = self.known.get(source.id)
        if known and self._other_file(known, source):
            reason = f"its id {source.id!r} belongs to {known.origin}"
            self.report.failed.append(Failure(source.path, reason, source.origin))
            return None
        digest = digest_of(source, self.tagger)
        if known and known.digest == digest:
            self.report.unchanged += 1
            return None
        return source, digest

    def _other_file(self, known: Known, source: Source) -> bool:
        """Whether the id, made from a path, belongs to another file that still exists."""
        made_from_path = source.id == source.path
        sent = known.origin == read.origin_of(self.store.path)  # and forgotten since
        other = known.origin != source.origin and not sent
        return made_from_path and other and Path(known.origin).exists()

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
    """Makes this worker end when the run is killed: a pool's workers would wait for ever."""
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
