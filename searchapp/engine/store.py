"""The articles of a segment as they are given back: JSON Lines in frames of Zstandard.

A frame holds the records of consecutive documents, a line each, about FRAME bytes of them, so that
text compresses to what whole files would and one article costs one small frame to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import zstandard

from searchapp.engine.arrays import ArrayFile, ArrayWriter, narrow
from searchapp.engine.parallel import in_order
from searchapp.engine.postings import starts
from searchapp.model import IndexDamaged

FRAME = 32 * 1024
"""Bytes of text in a frame: 16 KB are 5 % larger on disk, 64 KB 5 % smaller and twice as slow."""
LINE = 16
"""Bytes that a line counts besides its own: of empty lines a frame holds 2,000, no more."""
LEVEL = 3
AT_ONCE = 32
"""Frames that one thread compresses at once."""
LARGEST = 1 << 31
"""Bytes that a frame may claim to hold."""


class StoreWriter:
    """Collects lines, one a document in order, and compresses them a frame at a time."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._firsts: list[int] = []
        self._lines: list[bytes] = []
        self._pending = 0
        self._documents = 0
        self._plain: list[int] = []  # those of the frames that are not yet compressed
        self.size = 0
        """Bytes of compressed frames."""
        self.waiting = 0
        """Bytes that are not yet compressed."""

    def add(self, line: bytes) -> None:
        if len(line) >= FRAME:  # by itself, so that its neighbours can be read without it
            self._flush()
        self._lines.append(line)
        self._pending += len(line) + LINE
        self.waiting += len(line)
        if self._pending >= FRAME:
            self._flush()

    def add_frame(self, frame: bytes, documents: int) -> None:
        """A whole frame as another segment has it."""
        self._flush()
        self._append(frame, documents)
        self.size += len(frame)

    def compress(self) -> None:
        """What is collected until now."""
        groups = [self._plain[at : at + AT_ONCE] for at in range(0, len(self._plain), AT_ONCE)]
        plain = ([self._frames[number] for number in group] for group in groups)
        for group, done in zip(groups, in_order(_compressed, plain), strict=True):
            for number, frame in zip(group, done, strict=True):
                self._frames[number] = frame
                self.size += len(frame)
        self._plain, self.waiting = [], self._pending

    def write(self, out: ArrayWriter, name: str) -> None:
        self._flush()
        self.compress()
        sizes = np.array([len(frame) for frame in self._frames], np.int64)
        out.add_chunks(f"{name}/frames", np.uint8, self._frames)
        out.add(f"{name}/at", narrow(starts(sizes)))
        out.add(f"{name}/first", narrow(np.array([*self._firsts, self._documents], np.int64)))

    def _flush(self) -> None:
        if self._lines:
            self._plain.append(len(self._frames))
            self._append(b"\n".join(self._lines), len(self._lines))
            self._lines, self._pending = [], 0

    def _append(self, frame: bytes, documents: int) -> None:
        self._frames.append(frame)
        self._firsts.append(self._documents)
        self._documents += documents


def _compressed(frames: Sequence[bytes]) -> list[bytes]:
    compressor = zstandard.ZstdCompressor(level=LEVEL)  # not for several threads
    return [compressor.compress(frame) for frame in frames]


class StoreReader:
    """Reads what a `StoreWriter` wrote. Raises IndexDamaged."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        self._path = file.path
        self._frames = file.reader(f"{name}/frames")
        self._at = file.array(f"{name}/at")
        self._first = file.array(f"{name}/first")

    def __len__(self) -> int:
        """Frames."""
        return len(self._at) - 1

    def lines(self, docs: Sequence[int]) -> list[bytes]:
        """The lines of `docs`, in their order; each frame is read once."""
        frames = np.searchsorted(self._first, docs, side="right") - 1
        wanted: dict[int, list[bytes]] = {}
        found = []
        for doc, frame in zip(docs, frames.tolist(), strict=True):
            if frame not in wanted:
                wanted[frame] = self.frame(frame)
            found.append(wanted[frame][doc - int(self._first[frame])])
        return found

    def documents(self, frame: int) -> range:
        return range(int(self._first[frame]), int(self._first[frame + 1]))

    def frame(self, number: int) -> list[bytes]:
        """The lines of a frame."""
        lines: list[bytes] = (
            zstandard.ZstdDecompressor()
            .decompress(self.compressed(number), max_output_size=LARGEST)
            .split(b"\n")
        )
        if len(lines) != len(self.documents(number)):
            raise IndexDamaged(f"{self._path}: a frame of articles has the wrong number of them")
        return lines

    def compressed(self, number: int) -> bytes:
        return bytes(self._frames[int(self._at[number]) : int(self._at[number + 1])])

    def all_lines(self) -> Iterator[bytes]:
        for number in range(len(self)):
            yield from self.frame(number)


def copy(reader: StoreReader, keep: np.ndarray, into: StoreWriter) -> None:
    """Append the documents that `keep` (a mask) marks; whole frames are not compressed anew."""
    for number in range(len(reader)):
        documents = reader.documents(number)
        kept = keep[documents.start : documents.stop]
        if kept.all() and len(documents):
            into.add_frame(reader.compressed(number), len(documents))
        elif kept.any():
            lines: Iterable[bytes] = reader.frame(number)
            for line, wanted in zip(lines, kept.tolist(), strict=True):
                if wanted:
                    into.add(line)
