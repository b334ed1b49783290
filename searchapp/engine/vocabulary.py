"""stub"""

from __future__ import annotations
from collections.abc import Iterable
import numpy as np
from numpy.typing import NDArray


class Vocabulary:
    def __init__(self, letters, starts) -> None:
        self.letters = letters
        self.starts = starts
        self._blob = memoryview(letters) if len(letters) else memoryview(b"")

    @classmethod
    def of(cls, terms: Iterable[str]) -> Vocabulary:
        encoded = [t.encode() for t in terms]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(t) for t in encoded], out=starts[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def raw(self, i: int) -> bytes:
        return bytes(self._blob[self.starts[i] : self.starts[i + 1]])

    def term(self, i: int) -> str:
        return self.raw(i).decode()

    def terms(self) -> list[str]:
        blob, s = bytes(self._blob), self.starts.tolist()
        return [blob[a:b].decode() for a, b in zip(s, s[1:])]

    def _low(self, term: bytes) -> int:
        lo, hi = 0, len(self)
        while lo < hi:
            mid = (lo + hi) // 2
            if self.raw(mid) < term:
                lo = mid + 1
            else:
                hi = mid
        return lo

    def find(self, term: str) -> int | None:
        key = term.encode()
        at = self._low(key)
        return at if at < len(self) and self.raw(at) == key else None

    def prefix(self, start: str) -> range:
        key = start.encode()
        lo = self._low(key)
        end = key.rstrip(b"\xff")
        hi = self._low(end[:-1] + bytes([end[-1] + 1])) if end else len(self)
        return range(lo, hi)
