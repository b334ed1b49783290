"""What runs of indexing leave beside the articles: the paths they read, and what failed and why.

Two files in the folder of the index that no search needs: without them, or with nonsense in them,
the index is as sound as before and only forgets what this module tells.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from searchapp.disk import locked, replace_file
from searchapp.model import Failure

FAILURES = "failures.jsonl"
PATHS = "paths.json"
MOST_PATHS = 1000
"""Paths that are kept, the newest: a program may name each file by itself."""
_LOCK = ".journal.lock"


def failures(folder: Path) -> tuple[Failure, ...]:
    """What failed when it was last read, in order of file and line; a line for each."""
    try:
        with (folder / FAILURES).open("rb") as file:
            return tuple(failure for line in file if (failure := _failure(line)))
    except OSError:
        return ()


def failures_state(folder: Path) -> tuple[int, ...]:
    """Changes when `failures` do."""
    try:
        found = (folder / FAILURES).stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def paths(folder: Path) -> tuple[str, ...]:
    """The files and folders that were named to runs, absolute, in the order of their first run."""
    try:
        said = json.loads((folder / PATHS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(path for path in said if isinstance(path, str)) if isinstance(said, list) else ()


def record(
    folder: Path,
    named: Sequence[str],
    read: Collection[str],
    failed: Iterable[Failure],
    when: str,
    anew: bool,
) -> None:
    """Keep what a run that was given the paths `named` and read all of `read` at `when` came to;
    paths are absolute and without links.

    Its failures take the place of those before of everything below `read`, and those of files that
    are gone are dropped; `anew` drops everything of earlier runs. Each file changes in one step.
    Raises OSError; then the old one is there.
    """
    if not folder.is_dir():  # an index that is elsewhere
        return
    with locked(folder / _LOCK):
        before = () if anew else failures(folder)
        again = frozenset(read)
        kept = [old for old in before if not _is_below(old.origin, again) and _is_there(old.origin)]
        new = [dataclasses.replace(failure, when=when) for failure in failed if failure.origin]
        if before or new:
            lines = map(_line, sorted([*kept, *new], key=_place))
            replace_file(folder / FAILURES, lines)
        earlier = () if anew else paths(folder)
        all_named = list(dict.fromkeys((*earlier, *named)))[-MOST_PATHS:]
        if all_named != list(earlier):
            replace_file(folder / PATHS, [json.dumps(all_named, indent=0).encode()])


def _failure(line: bytes) -> Failure | None:
    try:
        said: Any = json.loads(line)
        failure = Failure(**said)
    except (ValueError, TypeError, RecursionError):
        return None
    values = dataclasses.astuple(failure)
    return failure if all(isinstance(value, str) for value in values) else None


def _line(failure: Failure) -> bytes:
    return json.dumps(dataclasses.asdict(failure)).encode() + b"\n"


def _place(failure: Failure) -> tuple[str, int, str]:
    """The file, the line in it where there is one."""
    _, _, line = failure.path.rpartition("#L")
    return failure.origin, int(line) if line.isascii() and line.isdigit() else 0, failure.path


def _is_below(origin: str, paths: frozenset[str]) -> bool:
    path = Path(origin)
    return not paths.isdisjoint(map(str, (path, *path.parents)))


def _is_there(origin: str) -> bool:
    """Whether there is a file, or a link, though it may lead nowhere."""
    try:
        return os.path.lexists(origin)
    except ValueError:
        return False
