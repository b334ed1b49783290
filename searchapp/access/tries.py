"""How many wrong keys came from where, so that nobody can try many."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tries:
    """Wrong keys of the last minute, by the address they came from; each process has its own."""

    most: int = 10
    seconds: float = 60.0
    addresses: int = 1000
    _failed: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def are_too_many(self, address: str, now: float) -> bool:
        with self._lock:
            times = self._failed.get(address, deque())
            while times and times[0] <= now - self.seconds:
                times.popleft()
            return len(times) >= self.most

    def count(self, address: str, now: float) -> None:
        with self._lock:
            times = self._failed.pop(address, deque(maxlen=self.most))
            times.append(now)
            self._failed[address] = times  # the last
            if len(self._failed) > self.addresses:
                del self._failed[next(iter(self._failed))]
