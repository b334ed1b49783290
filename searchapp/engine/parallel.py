"""The same work on many things at once, in threads: NumPy and Zstandard let others run meanwhile.

Threads and not processes, as a server has threads of its own, which no fork survives.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 4
"""Threads at most: each holds what it works on, some 200 MB."""


def in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The result of `work` on each item, in their order. No more are in memory than threads run."""
    some, threads = iter(items), min(_processors(), MOST)
    first = list(islice(some, 2))
    if threads == 1 or len(first) < 2:
        yield from map(work, first)
        yield from map(work, some)
        return
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[Result]] = deque(pool.submit(work, item) for item in first)
        for item in some:
            if len(running) >= threads:
                yield running.popleft().result()
            running.append(pool.submit(work, item))
        while running:
            yield running.popleft().result()


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
