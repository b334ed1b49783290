"""Counts of requests that all processes which serve an index share: a small file, mapped by each.

flask-limiter counts in Redis and the like, or in memory, where each process has its own count. The
file is a table of a fixed size, which no flood of senders makes larger: a count is in one of the
slots of its row, which the hash of its key chooses, and where these are taken the smallest makes
room, so that none is forgotten which is about to reach a limit.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limits.storage import Storage

from searchapp.disk import locked

_SLOT = struct.Struct("<16sdQ")
"""The hash of a key, when its count ends (seconds since 1970), the count."""
WAYS, ROWS = 8, 2048
_ROW = WAYS * _SLOT.size
SIZE = ROWS * _ROW
"""Bytes: 512 KB for 16,384 counts."""


class SharedCounts(Storage):
    """What flask-limiter needs to count in fixed windows."""

    STORAGE_SCHEME = ["searchapp-counts"]  # noqa: RUF012  # as limits declares it

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, *, path: str, **options: str
    ) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._path = Path(path)
        self._table: mmap.mmap | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The count after `amount` is added; a new one is forgotten after `expiry` seconds."""
        name, now = _name(key), time.time()
        with self._row(name) as (table, start):
            slots = {at: _SLOT.unpack_from(table, at) for at in _places(start)}
            # One that ends too late was counted by a clock that has been set back since.
            live = {at: slot for at, slot in slots.items() if now < slot[1] <= now + expiry}
            at = next((at for at, slot in live.items() if slot[0] == name), None)
            if at is None:
                at = min(slots, key=lambda at: live[at][2] if at in live else -1)
                end, count = now + expiry, 0
            else:
                _, end, count = live[at]
            _SLOT.pack_into(table, at, name, end, count + amount)
        return int(count + amount)

    def get(self, key: str) -> int:
        return int(self._find(key)[1])

    def get_expiry(self, key: str) -> float:
        return self._find(key)[0]

    def clear(self, key: str) -> None:
        name = _name(key)
        with self._row(name) as (table, start):
            for at in _places(start):
                if _SLOT.unpack_from(table, at)[0] == name:
                    _SLOT.pack_into(table, at, bytes(16), 0.0, 0)

    def check(self) -> bool:
        try:
            self._mapped()
        except OSError:
            return False
        return True

    def reset(self) -> int | None:
        with locked(self._path):
            self._mapped()[:] = bytes(SIZE)
        return None

    def _find(self, key: str) -> tuple[float, int]:
        """When the count ends, and how far it is; now and nothing where there is none."""
        name, now = _name(key), time.time()
        with self._row(name) as (table, start):
            for at in _places(start):
                found, end, count = _SLOT.unpack_from(table, at)
                if found == name and end > now:
                    return end, count
        return now, 0

    @contextmanager
    def _row(self, name: bytes) -> Iterator[tuple[mmap.mmap, int]]:
        """The table, for nobody else meanwhile, and where in it the row of a key begins."""
        table = self._mapped()
        with locked(self._path):
            yield table, int.from_bytes(name[:4], "little") % ROWS * _ROW

    def _mapped(self) -> mmap.mmap:
        """Opened when it is first needed. A process forked later shares it as any other does."""
        if self._table is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(file).st_size < SIZE:
                    os.ftruncate(file, SIZE)
                self._table = mmap.mmap(file, SIZE)
            finally:
                os.close(file)
        return self._table


def _places(start: int) -> range:
    """Where in the table the slots of the row are that begins there."""
    return range(start, start + _ROW, _SLOT.size)


def _name(key: str) -> bytes:
    """Of whom is counted, 128 bits of a hash: addresses of readers are not kept as they are."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).digest()
