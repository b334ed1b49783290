"""Keeps an index current: looks at what lies in folders again and again, and indexes what changed.

What the system tells of changes is taken as a hint to look, and no more: it is lost when too much
happens at once, says nothing of what other machines change on a network share, and names paths,
where an article's id depends on the folder named and on the links and files beside it. So what is
read follows from two looks and not from events: a hint that is lost costs time, never an article.
"""

from __future__ import annotations

import math
import os
import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from searchapp import ingest, read
from searchapp.engine import Engine
from searchapp.ingest import Part, Report
from searchapp.model import Failure, IndexLocked
from searchapp.read import File
from searchapp.settings import Settings

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

QUIET = 1.0
"""Seconds that a file must be as it was before it is read: it may be half-written."""
LONGEST = 10.0
"""Seconds after which what rests is read though other files go on changing."""
RECHECK = 600.0
"""Seconds between looks where nothing is heard of changes: for hints that were lost."""
POLL = 10.0
"""Seconds between looks where the system is not asked, by default."""
TICK = 1.0
"""Seconds between questions whether the folders themselves are still the same."""
RETRY = 5.0
"""Seconds until what could not be written is tried again."""

Signature = tuple[int, int, int, int]
"""Of a file; another one means that it may have changed. The time of its last change of mode is in
it, so that a file is read again when it can be."""
_UNREAD: Signature = (0, 0, 0, 0)
Identity = tuple[int, int]
"""Of a folder: device and number. That of the folder a disk was mounted on is another."""


class Listener(Protocol):
    """Who is told what happens."""

    def ran(self, report: Report, seconds: float) -> None:
        """A run is over. Of its failures and warnings only those are there that the one before did
        not have."""
        ...

    def said(self, text: str) -> None:
        """Something else that an operator may want to know."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What lay under the folders at one time: `files` in the order of `list_files`, those left out
    with their reasons, and what the paths given (without links) are, None where that is unknown."""

    files: Mapping[Path, tuple[File, Signature]] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    roots: Mapping[Path, Identity | None] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What is to be read, from one look to the next. `done`: files as they were read, with the
    folder they are under. `fresh`: those that are otherwise now, None for one that is gone, and
    when they were first seen so. `contested`: see `ingest.Report`; `listed`: what the last run left
    out."""

    done: dict[Path, tuple[Signature, Path]] = field(default_factory=dict)
    fresh: dict[Path, tuple[Signature | None, float]] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    listed: Sequence[Failure] = ()
    last: Look = field(default_factory=Look)
    _homes: dict[Path, Identity] = field(default_factory=dict)

    def see(self, look: Look, now: float) -> None:
        """Compare with what was read and with what was seen before, at a time on any clock."""
        self.last = look
        for root in {file.root for file, _ in look.files.values()}:
            if identity := look.roots.get(root):
                self._homes[root] = identity
        seen: dict[Path, Signature | None] = {
            path: signature
            for path, (_, signature) in look.files.items()
            if path not in self.done or self.done[path][0] != signature
        }
        seen |= dict.fromkeys(self._gone())
        before = self.fresh
        self.fresh = {
            path: before[path] if path in before and before[path][0] == what else (what, now)
            for path, what in seen.items()
        }

    def rested(self, now: float) -> set[Path]:
        """What has been as it is for a while."""
        return {path for path, (_, since) in self.fresh.items() if now - since >= QUIET}

    def part(self, now: float) -> Part:
        """What a run has to read now: what rests, and files that share an id with others, so that
        what is to be read of them depends on those."""
        rested, files = self.rested(now), self.last.files
        chosen = set(rested)
        if self.contested:
            shared = {path for path in files if read.origin_of(path) in self.contested}
            chosen |= shared - self.fresh.keys()
        return Part(
            files=[file for file, _ in files.values()],
            failures=self.last.failures,
            chosen=chosen,
            gone={read.origin_of(path) for path in rested if path not in files},
            settled={failure.origin for failure in (*self.listed, *self.last.failures)},
        )

    def away(self) -> set[Path]:
        """Folders with files that were read, and which are not the ones they were in."""
        return {
            root for root in {root for _, root in self.done.values()} if not self._is_home(root)
        }

    def read(self, part: Part, report: Report) -> None:
        """Take note of what became of a part."""
        for path in part.chosen:
            self.fresh.pop(path, None)
            if there := self.last.files.get(path):
                self.done[path] = there[1], there[0].root
            else:
                self.done.pop(path, None)
        self.contested = report.contested
        self.listed = part.failures
        for path, (file, signature) in self.last.files.items() if self.contested else ():
            if path not in part.chosen and read.origin_of(path) in self.contested:
                # It lost an article to what was read, and has to say so: at the next look.
                self.done[path] = _UNREAD, file.root
                self.fresh.setdefault(path, (signature, -math.inf))

    def _gone(self) -> Iterator[Path]:
        """Files that were read, are not there, and whose folder is the one they were in: where a
        disk is not mounted nothing is gone."""
        homes = {root: self._is_home(root) for root in self.last.roots}
        for path, (_, root) in self.done.items():
            if path not in self.last.files and homes.get(root) and _is_gone(path):
                yield path

    def _is_home(self, root: Path) -> bool:
        return self.last.roots.get(root) is not None and (
            self.last.roots[root] == self._homes.get(root)
        )


class Watcher:
    """Keeps the index of `engine` current with `paths` until it is told to stop.

    `poll`: seconds between looks where the system is not to be asked; None asks it.
    """

    def __init__(
        self,
        engine: Engine,
        paths: Sequence[Path],
        settings: Settings,
        listener: Listener,
        prune: bool = True,
        workers: int = 1,
        poll: float | None = None,
    ) -> None:
        self._engine = engine
        self._paths = paths
        self._settings = settings
        self._listener = listener
        self._prune = prune
        self._workers = workers
        self._poll = poll
        self._changes = Changes()
        self._first = True
        self._told: set[tuple[str, str]] = set()
        self._away: set[Path] = set()
        self._problem = ""
        self._hints: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._hinted = False
        self._stopping = False
        self._ear: _Ear | None = None

    def stop(self) -> None:
        """Make `run` return after the commit under way. May be called by a signal's handler."""
        self._stopping = True
        self._hints.put(None)  # which may be called while it is called, unlike an Event's set

    def run(self) -> None:
        """Bring the index up to date, and then whenever something changes. Raises as `ingest.add`
        does, but for IndexLocked and full disks, which are waited for."""
        try:
            while not self._stopping:
                self._listen()
                self._catch_up()
                self._await_hint()
        finally:
            if self._ear:
                self._ear.close()

    # --- reading what changed -------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Look and index until a look shows nothing to do."""
        began = time.monotonic()
        while not self._stopping:
            while not self._hints.empty():
                self._hints.get()
            self._hinted = False
            now = time.monotonic()
            self._changes.see(look(self._paths, self._settings), now)
            took = time.monotonic() - now
            self._say_who_is_away()
            rested = self._changes.rested(now)
            going_on = len(rested) < len(self._changes.fresh) and now - began < LONGEST
            if not going_on and self._has_work(rested):
                self._index(now)
                began = time.monotonic()
            if not (self._changes.fresh or self._hinted or self._problem):
                return
            self._pause(max(QUIET, took))  # of large folders half of the time is spent on looks

    def _has_work(self, rested: set[Path]) -> bool:
        unlisted = tuple(self._changes.last.failures) != tuple(self._changes.listed)
        return self._first or bool(rested) or unlisted

    def _index(self, now: float) -> None:
        """One run over what changed and rests; if it cannot be written, not yet."""
        part = self._changes.part(now)
        if self._first and self._prune:
            part = replace(part, gone=self._gone_before())
        began = time.monotonic()
        try:
            report = ingest.add(
                self._engine,
                self._paths,
                self._settings,
                prune=self._prune,
                workers=self._workers,
                part=part,
                stopped=lambda: self._stopping,
            )
        except (IndexLocked, OSError) as problem:
            if str(problem) != self._problem:
                self._problem = str(problem)
                self._listener.said(f"{problem}; it is tried again")
            self._pause(RETRY)
            return
        self._problem = ""
        self._changes.read(part, report)
        self._first = False
        self._listener.ran(self._only_new(report), time.monotonic() - began)

    def _gone_before(self) -> set[str]:
        """Origins in the index of files that went while nobody watched: of those under folders that
        are there and hold something, as of one where a disk is not mounted nothing is gone."""
        homes = {file.root for file, _ in self._changes.last.files.values()}
        known = {known.origin for known in self._engine.known().values()}
        return {
            origin
            for origin in known
            if not homes.isdisjoint((Path(origin), *Path(origin).parents))
            and ingest.is_gone(origin)
        }

    def _only_new(self, report: Report) -> Report:
        """The report without what was told before and is still so."""
        before = self._told
        self._told = {(told.path, told.reason) for told in (*report.failed, *report.warnings)}
        return replace(
            report,
            failed=[told for told in report.failed if (told.path, told.reason) not in before],
            warnings=[told for told in report.warnings if (told.path, told.reason) not in before],
        )

    def _say_who_is_away(self) -> None:
        away = self._changes.away()
        for root in sorted(away - self._away):
            self._listener.said(f"{root}: is not there, or is another; its articles are kept")
        for root in sorted(self._away - away):
            self._listener.said(f"{root}: is there again")
        self._away = away

    # --- waiting --------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Ask the system to tell of changes, where that is wanted and not done for these folders,
        as they are now."""
        if self._poll is not None:
            return
        homes = _roots(self._paths)
        if self._ear and self._ear.homes == homes:
            return
        if self._ear:
            self._ear.close()
        try:
            self._ear = _Ear(homes, self._hint)
        except OSError as problem:  # no more watches, or a file system without them
            self._ear, self._poll = None, POLL
            self._listener.said(
                f"the system does not tell of changes ({problem.strerror or problem}); "
                f"looking every {POLL:g} s"
            )

    def _hint(self) -> None:
        if not self._hinted:
            self._hinted = True
            self._hints.put(None)

    def _await_hint(self) -> None:
        """Until there is a hint, a folder is another than before, or enough time went by."""
        until = time.monotonic() + (RECHECK if self._poll is None else self._poll)
        while not self._stopping and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._hints.get(timeout=min(left, TICK))
                return
            if self._ear and self._ear.homes != _roots(self._paths):
                return

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._hints.get(timeout=left)


# --- looking ------------------------------------------------------------------------------------


def look(paths: Sequence[Path], settings: Settings) -> Look:
    """What lies under `paths` now."""
    roots = _roots(paths)  # before the files: a folder that goes meanwhile does not look emptied
    files, failures = ingest.list_files(paths, settings)
    found = {}
    for file in files:
        if signature := _signature(file.path):
            found[file.path] = file, signature
    return Look(found, failures, roots if roots == _roots(paths) else dict.fromkeys(roots))


def _roots(paths: Sequence[Path]) -> dict[Path, Identity | None]:
    """The paths without links, and what they are."""
    found: dict[Path, Identity | None] = {}
    for path in paths:
        with suppress(OSError, RuntimeError):
            path = path.resolve()
        found[path] = _identity(path)
    return found


def _identity(path: Path) -> Identity | None:
    """Of what is no folder that of the one it is in, which stays when a file is replaced."""
    try:
        if not path.is_dir():
            path = path.parent
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def _signature(path: Path) -> Signature | None:
    try:
        there = path.lstat()
    except OSError:
        return None
    return there.st_mtime_ns, there.st_ctime_ns, there.st_size, there.st_ino


def _is_gone(path: Path) -> bool:
    return ingest.is_gone(os.fspath(path))


# --- being told ---------------------------------------------------------------------------------


class _Ear:
    """Hears of changes below folders from the system. Raises OSError where that cannot be."""

    def __init__(self, homes: Mapping[Path, Identity | None], hint: Callable[[], None]) -> None:
        from watchdog import events, observers  # only a watcher needs these

        class Handler(events.FileSystemEventHandler):
            def on_any_event(self, event: events.FileSystemEvent) -> None:
                hint()

        # Not what our own reading does: opening, and closing what was not written to.
        telling = [
            *(events.FileCreatedEvent, events.FileModifiedEvent, events.FileDeletedEvent),
            *(events.FileMovedEvent, events.DirCreatedEvent, events.DirDeletedEvent),
            *(events.DirMovedEvent, events.FileAttribEvent, events.DirAttribEvent),
        ]
        self.homes = homes
        self._observer: BaseObserver = observers.Observer()
        self._observer.start()
        try:
            for path, identity in homes.items():
                if identity is not None:
                    is_folder = path.is_dir()
                    where = str(path if is_folder else path.parent)
                    self._observer.schedule(
                        Handler(), where, recursive=is_folder, event_filter=telling
                    )
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()
