"""Writing an index: one commit at a time, whole or not at all, and on the disk before it is
acknowledged.

    lock → read the newest table of contents → write new segments, each synced → merge →
    sync the folder → write the new table, synced, under its name → remove what it does not name

A process that is killed anywhere leaves the last commit as it was, and files that no table names,
which the next commit removes. The lock is the operating system's, so that it goes with the process.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage

from searchapp.disk import sync_folder
from searchapp.engine import toc
from searchapp.engine.build import Builder, Part, merge
from searchapp.engine.codec import ArraySegment
from searchapp.engine.lexer import Lexer
from searchapp.engine.segment import Segment
from searchapp.model import IndexLocked, Tagged

_OURS = re.compile(rf"{toc.NAME}_[0-9a-z]+\.|_{toc.NAME}_\d+\.toc|\.new-|\.{toc.NAME}_")
_LOCK = f"{toc.NAME}_WRITELOCK"


def commit(
    folder: Path,
    schema: Any,
    lexer: Lexer,
    entries: Sequence[ArraySegment],
    articles: Iterable[Tagged],
    gone: Collection[str],
    anew: bool,
) -> None:
    """Make the next commit of the index in `folder`, whose newest has `entries`, under its lock.
    `anew`: the newest commit, if there is one, is not kept, so that even nothing is a commit.

    Whatever is raised, the index is as before and can be written again.
    """
    writer = _Writer(folder, lexer, list(entries), _changed=anew)
    number = max(toc.generation(folder), 0) + 1
    try:
        writer.remove(gone)
        for tagged in articles:
            writer.add(tagged)
        if writer.finish():
            toc.write(folder, number, schema, writer.entries)
    except BaseException:
        if toc.generation(folder) < number:  # not under a table that could not be taken back
            writer.abandon()
        raise
    clean(folder, writer.entries)


@dataclass(slots=True)
class _Writer:
    """The segments of a commit in the making."""

    folder: Path
    lexer: Lexer
    entries: list[ArraySegment]
    _opened: dict[str, Segment] = field(default_factory=dict)
    _gone: dict[str, set[int]] = field(default_factory=dict)  # by segment, documents to delete
    _builder: Builder | None = None
    _added: dict[str, int] = field(default_factory=dict)  # of the builder's articles
    _replaced: set[int] = field(default_factory=set)  # of those again
    _made: list[Path] = field(default_factory=list)
    _changed: bool = False

    def remove(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            if (doc := self._added.pop(id_, None)) is not None:
                self._replaced.add(doc)
            for entry in self.entries:
                doc = self._segment(entry).find(id_)
                if doc is not None:
                    self._gone.setdefault(entry.file_name, set()).add(doc)

    def add(self, tagged: Tagged) -> None:
        """An article in the place of those with its id."""
        self.remove([tagged.article.id])
        if self._builder is None:
            self._builder = Builder(self.lexer)
        self._added[tagged.article.id] = len(self._builder)
        self._builder.add(tagged)
        if self._builder.full:
            self._flush()

    def finish(self) -> bool:
        """Whether there is anything to commit."""
        self._flush()
        entries = []
        for entry in self.entries:
            docs = np.array(sorted(self._gone.get(entry.file_name, ())), np.int64)
            after = entry.without(docs) if len(docs) else entry
            self._changed |= after.deleted_count() > entry.deleted_count()
            entries.append(after)
        self.entries = [entry for entry in entries if entry.doc_count()]
        if self._changed:
            self._merge()
        # Also without a change: a writer killed before it could do so may have made the newest
        # commit, and what that replaced is about to be removed.
        sync_folder(self.folder)
        return self._changed

    def abandon(self) -> None:
        for path in self._made:
            with contextlib.suppress(OSError):  # the next commit removes it
                path.unlink()

    def _flush(self) -> None:
        if self._builder:
            entry = self._new(len(self._builder))
            self._builder.write(self.folder / entry.file_name)
            self._gone[entry.file_name] = self._replaced
            self._builder, self._added, self._replaced = None, {}, set()

    def _new(self, size: int) -> ArraySegment:
        entry = ArraySegment(toc.NAME, size)
        # Whoosh draws names from `random`, which a program may seed: the same name each time.
        entry.segid = secrets.token_hex(8)
        self._made.append(self.folder / entry.file_name)
        self.entries.append(entry)
        self._changed = True
        return entry

    def _merge(self) -> None:
        chosen = to_merge([(entry.doc_count(), entry.deleted_count()) for entry in self.entries])
        if not chosen:
            return
        merged = [self.entries[number] for number in chosen]
        need = sum((self.folder / entry.file_name).stat().st_size for entry in merged)
        if shutil.disk_usage(self.folder).free < 1.2 * need:
            return  # more segments are slower, and do no harm
        parts = []
        for entry in merged:
            keep = np.ones(entry.size, np.bool_)
            keep[entry.deleted_array()] = False
            parts.append(Part(self._segment(entry), keep))
        new = self._new(sum(part.size for part in parts))
        merge(parts, self.folder / new.file_name)
        self.entries = [entry for entry in self.entries if entry not in merged]

    def _segment(self, entry: ArraySegment) -> Segment:
        if entry.file_name not in self._opened:
            self._opened[entry.file_name] = Segment(self.folder / entry.file_name)
        return self._opened[entry.file_name]


def to_merge(segments: Sequence[tuple[int, int]]) -> list[int]:
    """Which segments to make one of, from the live and deleted documents of each.

    A segment stays while it has at least as many articles as all smaller ones together, so that
    there are at most log2(n) + 1 and an article is rewritten as often at most; and while at most
    half of it is deleted.
    """
    by_size = sorted(range(len(segments)), key=lambda number: -segments[number][0])
    smaller = sum(live for live, _ in segments)
    for place, number in enumerate(by_size):
        live, _ = segments[number]
        smaller -= live
        if live < smaller:
            return sorted(by_size[place:])
    return [number for number, (live, deleted) in enumerate(segments) if deleted > live][:1]


def clean(folder: Path, entries: Iterable[ArraySegment]) -> None:
    """Remove every file of an index that its newest commit does not name."""
    named = {entry.file_name for entry in entries} | {toc.file_name(toc.generation(folder)), _LOCK}
    for name in os.listdir(folder):
        if name not in named and _OURS.match(name):
            path = folder / name
            with contextlib.suppress(OSError):  # somebody reads it, where that locks a file
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def locked(folder: Path, seconds: float) -> Iterator[None]:
    """Whoosh's own lock on the index in `folder`, which need not be readable. Raises IndexLocked,
    saying who holds it."""
    lock = FileStorage(str(folder)).lock(_LOCK)
    deadline = time.monotonic() + seconds
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise IndexLocked(
                f"{folder}: {_holder(folder)} is writing to the index; "
                f"waited {seconds:g} s (lock_seconds)"
            )
        time.sleep(0.02)
    try:
        _sign(folder)
        yield
    finally:
        with contextlib.suppress(OSError):
            os.truncate(folder / _LOCK, 0)
        lock.release()


def _sign(folder: Path) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]]).strip() or "python"
    text = f"process {os.getpid()} ({command}) on {socket.gethostname()}"
    with contextlib.suppress(OSError):
        (folder / _LOCK).write_text(text, "utf-8", "replace")


def _holder(folder: Path) -> str:
    try:
        text = (folder / _LOCK).read_text("utf-8", "replace")
    except OSError:
        text = ""
    return text if text.startswith("process ") else "another process"
