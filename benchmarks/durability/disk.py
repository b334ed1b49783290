"""What a disk may hold after a power cut, worked out from what a writer asked of the system.

The model, which is harsher than any journalling file system in use:

- The bytes of a file are safe up to its last fsync. Of what was written since, every block (of 512
  bytes or 4 KB) is there, or as it was before, or zeros; and the file is as long as it was, as it
  was to become, or ends at a block between.
- The names in a folder are safe up to the last fsync of that folder. Of names that were made, given
  or removed since, any subset is; that a rename gives one name and takes another counts as two.
- An fsync brings what it is called on and nothing else, and it does bring that.

A `Recorder` sees every opening, renaming, removing and making from Python's audit events, which it
cannot miss, and every fsync through `os.fsync`. Before each it looks at what the folder holds: what
differs from the last look was written between. Each look is a moment at which the power may go.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVENTS = {"open", "os.rename", "os.remove", "os.truncate", "os.mkdir", "os.rmdir", "os.link"}


@dataclass(slots=True)
class Node:
    """A file, or a folder: `now` what it holds, `safe` what it held at its last fsync."""

    number: int
    folder: bool = False
    now: bytes = b""
    safe: bytes = b""


Step = tuple[str, "Node | None"]
"""A name that came to mean a node, or None: nothing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the power goes: names that are safe, what was done to names since, files by node."""

    safe: Mapping[str, Node]
    steps: tuple[Step, ...]
    files: Mapping[int, tuple[bytes, bytes]]  # by number of the node, (safe, now)
    allowed: tuple[Any, ...]
    """What the index may hold, as `Recorder.allowed` said."""

    def image(self, where: Path, chance: random.Random) -> None:
        """One of the things that a disk may hold then, made as the folder `where`."""
        where.mkdir()
        names = dict(self.safe)
        likely = chance.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for name, node in self.steps:
            if chance.random() < likely:
                names.pop(name, None)
                if node is not None:
                    names[name] = node
        style = chance.choice((torn, torn, torn, lost, kept))
        for name in sorted(names):  # a folder comes before what is in it
            path, node = where / name, names[name]
            if not path.parent.is_dir():
                continue  # with the folder's name its files are gone
            if node.folder:
                path.mkdir()
            else:
                path.write_bytes(style(*self.files[node.number], chance))


def kept(safe: bytes, now: bytes, chance: random.Random) -> bytes:
    """All that was written."""
    return now


def lost(safe: bytes, now: bytes, chance: random.Random) -> bytes:
    """Nothing since the last fsync."""
    return safe


def torn(safe: bytes, now: bytes, chance: random.Random) -> bytes:
    """Some blocks of what was written since the last fsync."""
    if safe == now:
        return now
    block = chance.choice((512, 4096))
    sizes = sorted((len(safe), len(now)))
    between = range(-(-sizes[0] // block) * block, sizes[1], block)
    size = chance.choice((*sizes, sizes[1], *between))
    out = bytearray()
    for at in range(0, size, block):
        source = chance.choice((safe, now, now, b""))
        out += source[at : at + block].ljust(min(block, size - at), b"\0")[: size - at]
    return bytes(out)


@dataclass(slots=True)
class Recorder:
    """Watches what is done in the folder `root` while it is `watching`."""

    root: Path
    allowed: tuple[Any, ...] = ()
    moments: list[Moment] = field(default_factory=list)
    stop_at: int = -1
    """The moment at which `stop` is called, as if the process were killed."""
    stop_when: str = ""
    """Or the first one at which a name that ends so is new and not safe."""
    stop: Callable[[], None] = lambda: None
    _on: bool = False
    _made: int = 0
    _names: dict[str, Node] = field(default_factory=dict)
    _safe: dict[str, Node] = field(default_factory=dict)
    _steps: list[Step] = field(default_factory=list)
    _inodes: dict[int, Node] = field(default_factory=dict)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """One recorder at a time."""
        real = os.fsync

        def fsync(handle: int) -> None:
            self._look()
            real(handle)
            self._synced(handle)
            self._look()

        global _current
        os.fsync, _current, self._on = fsync, self, True  # type: ignore[assignment]
        try:
            yield
            self._look()
        finally:
            os.fsync, _current, self._on = real, None, False

    def event(self, name: str) -> None:
        if self._on and name in EVENTS:
            self._look()

    def _look(self) -> None:
        self._on = False  # looking opens files too
        try:
            self._compare()
            files = {node.number: (node.safe, node.now) for node in self._nodes()}
            self.moments.append(Moment(dict(self._safe), tuple(self._steps), files, self.allowed))
            if len(self.moments) == self.stop_at or self._stops_here():
                self.stop()
        finally:
            self._on = True

    def _stops_here(self) -> bool:
        new = [name for name, node in self._steps if node is not None]
        return bool(self.stop_when) and any(name.endswith(self.stop_when) for name in new)

    def _nodes(self) -> Iterator[Node]:
        yield from self._names.values()
        yield from self._safe.values()
        yield from (node for _, node in self._steps if node is not None)

    def _compare(self) -> None:
        """What was done since the last look: one change of names at most, and writing."""
        names: dict[str, Node] = {}
        inodes: dict[int, Node] = {}
        for path in sorted(self.root.rglob("*")):
            inode = path.stat().st_ino
            node = self._inodes.get(inode)
            if node is None:
                self._made += 1
                node = Node(self._made, path.is_dir())
            names[path.relative_to(self.root).as_posix()] = inodes[inode] = node
            if not node.folder:
                node.now = path.read_bytes()
        for name, node in names.items():
            if self._names.get(name) is not node:
                self._steps.append((name, node))
        self._steps += [(name, None) for name in self._names if name not in names]
        self._names, self._inodes = names, inodes

    def _synced(self, handle: int) -> None:
        inode = os.fstat(handle).st_ino
        node = self._inodes.get(inode)
        if node is not None and not node.folder:
            node.safe = node.now
            return
        folder = next((name for name, other in self._names.items() if other is node), None)
        if node is None and inode == self.root.stat().st_ino:
            folder = "."
        if folder is None:
            return  # of no interest
        left = []
        for name, what in self._steps:
            if (os.path.dirname(name) or ".") != folder:
                left.append((name, what))
            elif what is None:
                self._safe.pop(name, None)
            else:
                self._safe[name] = what
        self._steps = left


_current: Recorder | None = None


def _hear(event: str, _: tuple[Any, ...]) -> None:
    if _current is not None:
        _current.event(event)


sys.addaudithook(_hear)
