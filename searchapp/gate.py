"""How many may be at something at once, and how many wait for it: first come, first served."""

from __future__ import annotations

import threading
from collections import deque


class Gate:
    """Lets `places` in at a time. Of those that come when it is full, `waiting` wait `seconds` each
    at most; whoever comes beyond that is turned away at once."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._free = max(1, places)
        self._most = waiting
        self._seconds = seconds
        self._lock = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        """Each is held until it is its owner's turn: a lock takes a tenth of what an event does."""

    def enter(self) -> bool:
        """Whether the caller is in, and has to `leave`."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._queue) >= self._most:
                return False
            turn = threading.Lock()
            turn.acquire()
            self._queue.append(turn)
        if turn.acquire(timeout=self._seconds):
            return True
        with self._lock:
            if not turn.locked():  # just now
                return True
            self._queue.remove(turn)
        return False

    def leave(self) -> None:
        """The place is for who waits longest, else free."""
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._free += 1
