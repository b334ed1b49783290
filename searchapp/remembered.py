"""What was made before and may be asked for again, as much of it as fits into some bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key, of at most `most` bytes together; what was longest not asked for goes first.

    A value is one that nobody changes. Threads may share it: two that ask for the same at once may
    both make it.
    """

    def __init__(self, most: int, weigh: Callable[[V], int]) -> None:
        self.most = most
        self.bytes = 0
        """What the values weigh together."""
        self._weigh = weigh
        self._values: dict[K, V] = {}  # in the order they were last asked for
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        with self._lock:
            value = self._values.pop(key, None)
            if value is not None:
                self._values[key] = value
            return value

    def put(self, key: K, value: V) -> None:
        """One that weighs more than an eighth of all is not kept: it would push out too much."""
        weight = self._weigh(value)
        if weight > self.most // 8:
            return
        with self._lock:
            if (before := self._values.pop(key, None)) is not None:
                self.bytes -= self._weigh(before)
            self._values[key] = value
            self.bytes += weight
            while self.bytes > self.most:
                self.bytes -= self._weigh(self._values.pop(next(iter(self._values))))
