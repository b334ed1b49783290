"""Runs of indexing in the served process: one at a time, in a thread, told from any other.

A run commits as it goes, so that searches see its articles while it goes on. When the server ends,
so does the run: what was committed stays, and reading again adds the rest.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from searchapp.archive import Archive
from searchapp.ingest import Progress, Report
from searchapp.model import SearchError
from searchapp.said import Said

NOT_BEGUN = Progress(0, 0, 0, 0)

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
    """Starts runs and knows how the last one stands. Threads may share it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        self._last: Run | None = None

    def last(self) -> Run | None:
        """The run that goes on, or the last one of this process."""
        return self._last

    def start(self, paths: Sequence[Path]) -> bool:
        """Begin to index `paths`; False, and nothing is begun, while another run goes on."""
        with self._lock:
            if self._last and not self._last.is_over:
                return False
            run = Run(tuple(paths))
            thread = threading.Thread(target=self._index, args=(run,), name="indexing", daemon=True)
            self._last = run
            try:
                thread.start()
            except RuntimeError as problem:  # there are too many
                self._last = replace(run, problem=str(problem))
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
        self._last = replace(ended, progress=self._last.progress if self._last else run.progress)

    def _advance(self, progress: Progress) -> None:
        if self._last:
            self._last = replace(self._last, progress=progress)
