"""Runs of indexing in the served process: one at a time, in a thread, told from any other.

A run commits as it goes, so that searches see its articles while it goes on. When the server ends,
so does the run: what was committed stays, and reading again adds the rest. Where several processes
serve, the one that runs tells the others in a file of the folder they share.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from searchapp.archive import Archive
from searchapp.disk import taken
from searchapp.ingest import Progress, Report
from searchapp.model import SearchError
from searchapp.said import Said

NOT_BEGUN = Progress(0, 0, 0, 0)
TOLD_EVERY = 0.2
"""Seconds, at least, between two tellings of progress to other processes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands: going on, done with a `report`, or ended by a `problem`."""

    paths: tuple[Path, ...]
    progress: Progress = NOT_BEGUN
    report: Report | None = None
    problem: str = ""

    @property
    def is_over(self) -> bool:
        return bool(self.report or self.problem)

    @property
    def percent(self) -> int:
        if self.is_over:
            return 100
        return min(99, 100 * self.progress.done_bytes // max(1, self.progress.total_bytes))


class Runner:
    """Starts runs and knows how the last one stands. Threads may share it, and with a `folder`
    processes, too."""

    def __init__(self, archive: Archive, folder: Path | None = None) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._last: Run | None = None
        self._board = Board(folder) if folder else None

    def last(self) -> Run | None:
        """The run that goes on, or the last one of this server."""
        own = self._last
        if self._board is None or (own and not own.is_over):
            return own
        return self._board.read()

    def start(self, paths: Sequence[Path]) -> bool:
        """Begin to index `paths`; False, and nothing is begun, while another run goes on."""
        with self._lock:
            if self._last and not self._last.is_over:
                return False
            if self._board and not self._board.take():
                return False
            run = Run(tuple(paths))
            thread = threading.Thread(target=self._index, args=(run,), name="indexing", daemon=True)
            self._tell(run)
            try:
                thread.start()
            except RuntimeError as problem:  # there are too many
                self._tell(replace(run, problem=str(problem)))
        return True

    def _index(self, run: Run) -> None:
        workers = self._archive.settings.workers or os.cpu_count() or 1
        try:
            report = self._archive.add(run.paths, workers=workers, progress=self._advance)
            ended = replace(run, report=report)
        except SearchError as problem:
            ended = replace(run, problem=problem.said)
        except Exception as problem:  # whatever it is, the page must not wait for ever
            log.exception("indexing %s failed", run.paths)
            why = f"{type(problem).__name__}: {problem}"
            ended = replace(run, problem=Said("it failed: {problem}", problem=why))
        self._tell(replace(ended, progress=self._last.progress if self._last else run.progress))

    def _advance(self, progress: Progress) -> None:
        if self._last:
            self._tell(replace(self._last, progress=progress))

    def _tell(self, run: Run) -> None:
        self._last = run  # first, so that no other process knows more than this one
        if self._board:
            self._board.write(run)


class Board:
    """Where processes tell each other of the last run: a file in a folder that only they write."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "run"
        self._lock_file = folder / "run.lock"
        self._lock: BinaryIO | None = None
        self._told = 0.0
        self._read: tuple[tuple[int, int], tuple[int, Run]] | None = None

    def take(self) -> bool:
        """Whether this process may run, since no other one does."""
        self._lock = taken(self._lock_file)
        return self._lock is not None

    def write(self, run: Run) -> None:
        """Tell how `run` stands, unless something was just told; one that is over is no longer
        this process's."""
        if not run.is_over and run.progress != NOT_BEGUN:
            now = time.monotonic()
            if now < self._told + TOLD_EVERY:
                return
            self._told = now
        new = self._file.with_suffix(".new")
        try:
            new.write_bytes(pickle.dumps((os.getpid(), run)))
            new.replace(self._file)
        except OSError as problem:  # a full disk: the run goes on all the same
            log.warning("other processes are not told of a run: %s", problem)
        if run.is_over and self._lock:
            self._lock.close()

    def read(self) -> Run | None:
        """The last run of any process. One whose process is gone is over."""
        try:
            found = self._file.stat()
            state = (found.st_ino, found.st_mtime_ns)
            if self._read is None or self._read[0] != state:
                data = self._file.read_bytes()
                self._read = (state, pickle.loads(data))  # noqa: S301  written by this server only
        except OSError:
            return None
        pid, run = self._read[1]
        if run.is_over or _is_alive(pid):
            return run
        return replace(run, problem=Said("the process that read them has ended"))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
