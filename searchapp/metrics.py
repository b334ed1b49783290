"""What Prometheus asks of a server: requests, searches, refusals, the index, the processes.

With several processes each counts in files of a folder that they share, as prometheus_client has
it, and whichever is asked adds them up; what is said of the index is looked up when it is asked.
Labels are names from lists of our own, so that their number is bounded whatever is sent.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""
NONE = "none"
"""The label of a request for which there is no route."""
_PER_PROCESS = frozenset({"process_start_time_seconds", "process_max_fds"})
"""What is not added up over processes: the first to start counts, and the lowest limit."""


@dataclass(frozen=True, slots=True)
class Index:
    """What is told of an index. `committed`: when, in seconds since 1970."""

    articles: int
    failures: int
    generation: int
    committed: float | None


class Metrics:
    """Counts what happens. Threads may share it, and processes that were forked with it.

    `folder` is where several processes count together; without it this one counts alone. `index`
    says how the index stands, None where it cannot be used.
    """

    def __init__(self, index: Callable[[], Index | None], folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = CollectorRegistry()
        self._index = _IndexCollector(index)
        registry = self._registry
        self.requests = Counter(
            "searchapp_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=registry,
        )
        self.searches = Counter(
            "searchapp_searches",
            "Searches and other questions to the index, by what they asked and how they ended.",
            ["kind", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "searchapp_request_seconds",
            "Time until an answer was sent, by what was asked; health and metrics left out.",
            ["kind"],
            buckets=BUCKETS,
            registry=registry,
        )
        self.errors = Counter(
            "searchapp_errors", "Requests that failed unexpectedly.", registry=registry
        )
        self.timeouts = Counter(
            "searchapp_timeouts",
            "Searches that took longer than search_seconds.",
            registry=registry,
        )
        self.overloads = Counter(
            "searchapp_overloads",
            "Requests refused because too many were under way.",
            registry=registry,
        )
        self.in_progress = Gauge(
            "searchapp_requests_in_progress",
            "Requests being answered.",
            multiprocess_mode="livesum",
            registry=registry,
        )

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All of it in the format that `accept`, a header, asks for, and its media type."""
        encode, content_type = choose_encoder(accept)
        registry = CollectorRegistry()
        registry.register(self._index)
        if self._folder is None:
            registry.register(_Processes([os.getpid()]))
            registry.register(self._registry)
        else:
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
            registry.register(_Processes(_alive(self._folder)))
        return encode(registry), content_type


class _IndexCollector(Collector):
    def __init__(self, index: Callable[[], Index | None]) -> None:
        self._index = index

    def collect(self) -> Iterator[Metric]:
        found = self._index()
        yield _gauge("usable", "1 where the index can be searched.", int(found is not None))
        if found is None:
            return
        yield _gauge("articles", "Articles in the index.", found.articles)
        yield _gauge("failures", "Files and lines that could not be indexed.", found.failures)
        yield _gauge("generation", "Number of the newest commit.", found.generation)
        if found.committed is not None:
            age = max(0.0, time.time() - found.committed)
            yield _gauge("age_seconds", "Time since the newest commit.", age)


class _Processes(Collector):
    """Memory, time and files of some processes together, under the names of one."""

    def __init__(self, pids: Collection[int]) -> None:
        self._pids = pids

    def collect(self) -> Iterator[Metric]:
        found: dict[str, list[Metric]] = {}
        for pid in self._pids:
            one = ProcessCollector(pid=partial(int, pid), registry=None)
            for metric in one.collect():
                found.setdefault(metric.name, []).append(metric)
        for name, metrics in found.items():
            values = (sample.value for metric in metrics for sample in metric.samples)
            value = min(values) if name in _PER_PROCESS else sum(values)
            family = CounterMetricFamily if metrics[0].type == "counter" else GaugeMetricFamily
            yield family(name, metrics[0].documentation, value=value)


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"searchapp_index_{name}", said, value=value)


def _alive(folder: Path) -> Collection[int]:
    """The processes that count in `folder` and have not ended."""
    return {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*_*.db")}
