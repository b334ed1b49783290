"""A file of named NumPy arrays, mapped into memory: what a segment of the index is stored in.

    arrays, each at a multiple of 8 bytes · directory · checksums · footer

The directory is JSON: the dtype, offset and length of every array, and a few plain facts. The
checksums are a CRC-32 for every BLOCK bytes before them. A block is checked when it is first
read, so that opening takes the same time for any size and no damaged byte is ever served.
All numbers are little-endian.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.model import IndexDamaged

BLOCK = 16 * 1024
"""Bytes that one checksum covers: 16 µs to check, and a quarter of a per mille of the file."""
_FOOTER = struct.Struct("<QQI12s")
_END = b"searchapp 3\n"

Array = NDArray[Any]


class ArrayFile:
    """Reads one file. Arrays are views of the mapping and must not be written to.

    Raises IndexDamaged, naming the file, from whatever touches a byte that is not as written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            if self.size < _FOOTER.size:
                raise IndexDamaged(f"{path}: cut short, {self.size} bytes")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._sums, directory = self._read_footer()
        self._sound = bytearray(len(self._sums))
        self.facts: Mapping[str, Any] = directory["facts"]
        self._entries: Mapping[str, tuple[str, int, int]] = directory["arrays"]
        self._whole = np.frombuffer(self._bytes, np.uint8)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def array(self, name: str) -> Array:
        """The whole array, every block of it checked."""
        dtype, offset, length = self._entries[name]
        self._check(offset, offset + length * np.dtype(dtype).itemsize)
        return self.unchecked(name)

    def unchecked(self, name: str) -> Array:
        """The array for reading parts, each after `check`."""
        dtype, offset, length = self._entries[name]
        if not length:
            return np.empty(0, dtype)
        return np.frombuffer(self._bytes, dtype, length, offset)

    def check(self, name: str, start: int, stop: int) -> None:
        """Raises IndexDamaged unless items start…stop of the array are as written."""
        dtype, offset, _ = self._entries[name]
        width = np.dtype(dtype).itemsize
        self._check(offset + start * width, offset + stop * width)

    def reader(self, name: str) -> Checked:
        """The bytes of an array of uint8, checked as they are read."""
        dtype, offset, length = self._entries[name]
        assert dtype == "|u1", name
        return Checked(self, self._whole[offset : offset + length], offset)

    def check_all(self) -> None:
        """Reads the whole file and raises IndexDamaged where a byte is not as written."""
        self._sound = bytearray(len(self._sums))
        self._check(0, len(self._sums) * BLOCK)

    def _check(self, start: int, stop: int) -> None:
        """Check the blocks that bytes start…stop are in, unless that was done before."""
        first, last = start // BLOCK, (stop - 1) // BLOCK
        sound = self._sound
        at = sound.find(0, first, last + 1)
        while at >= 0:
            block = self._bytes[at * BLOCK : (at + 1) * BLOCK]
            if at == len(self._sums) - 1:
                block = block[: self._data_end - at * BLOCK]
            if zlib.crc32(block) != self._sums[at]:
                raise IndexDamaged(
                    f"{self.path}: damaged between bytes {at * BLOCK:,} and "
                    f"{at * BLOCK + len(block):,}; restore it or rebuild the index"
                )
            sound[at] = 1
            at = sound.find(0, at + 1, last + 1)

    def _read_footer(self) -> tuple[list[int], dict[str, Any]]:
        start, sums_at, crc, end = _FOOTER.unpack(self._bytes[-_FOOTER.size :])
        tail = self._bytes[sums_at : -4 - len(_END)] if sums_at < self.size else b""
        if end != _END or zlib.crc32(tail) != crc or start > sums_at:
            raise IndexDamaged(f"{self.path}: its end is damaged or cut off")
        self._data_end = sums_at
        sums = np.frombuffer(tail[:-16], "<u4").tolist()
        if len(sums) != -(-sums_at // BLOCK):
            raise IndexDamaged(f"{self.path}: not as long as it was written")
        self._sums = sums
        self._sound = bytearray(len(sums))
        self._check(start, sums_at)
        return sums, json.loads(self._bytes[start:sums_at])


class Checked:
    """A run of bytes in a file, each block of it checked when a slice first touches it."""

    __slots__ = ("_bytes", "_file", "_offset")

    def __init__(self, file: ArrayFile, bytes_: NDArray[np.uint8], offset: int) -> None:
        self._file = file
        self._bytes = bytes_
        self._offset = offset

    def __len__(self) -> int:
        return len(self._bytes)

    def __getitem__(self, where: slice) -> NDArray[np.uint8]:
        self._file._check(self._offset + where.start, self._offset + where.stop)
        return self._bytes[where]


class ArrayWriter:
    """Writes one file: `add` every array, then `close`. Nothing is readable before that."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        self._entries: dict[str, tuple[str, int, int]] = {}
        self._file = path.open("x+b")  # never over a file that somebody reads

    def add(self, name: str, array: Array) -> None:
        self.add_chunks(name, array.dtype, [array])

    def add_chunks(self, name: str, dtype: Any, chunks: Iterable[Array | bytes]) -> None:
        """An array of `dtype` from its pieces, in order: for those larger than memory."""
        dtype = np.dtype(dtype).newbyteorder("<")
        offset = self._align()
        for chunk in chunks:
            if isinstance(chunk, bytes):
                self._file.write(chunk)
            elif len(chunk):
                self._file.write(np.ascontiguousarray(chunk, dtype).data)
        length = (self._file.tell() - offset) // dtype.itemsize
        self._entries[name] = (dtype.str, offset, length)

    def close(self) -> None:
        """Write the directory and the checksums, and bring everything to the disk."""
        start = self._align()
        directory = {"facts": self.facts, "arrays": self._entries}
        self._file.write(json.dumps(directory, separators=(",", ":")).encode())
        sums_at = self._file.tell()
        self._file.flush()
        tail = self._sums(sums_at) + _FOOTER.pack(start, sums_at, 0, b"")[:16]
        self._file.write(tail + struct.pack("<I", zlib.crc32(tail)) + _END)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError):  # what is not written yet has no room
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _align(self) -> int:
        at = self._file.tell()
        self._file.write(bytes(-at % 8))
        return at + -at % 8

    def _sums(self, stop: int) -> bytes:
        with mmap.mmap(self._file.fileno(), stop, access=mmap.ACCESS_READ) as written:
            blocks = (written[at : min(at + BLOCK, stop)] for at in range(0, stop, BLOCK))
            return np.array([zlib.crc32(block) for block in blocks], "<u4").tobytes()


def narrow(values: Array) -> Array:
    """`values` (not negative) in the smallest unsigned type that holds them."""
    top = int(values.max()) if len(values) else 0
    for dtype in ("<u1", "<u2", "<u4"):
        if top <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype("<u8")
