"""How many threads of one process should compute at a time: requests per second, and how long each
takes, with 1, 2, 4 and 8 of them.

    python benchmarks/threads.py --index /tmp/reuters

Searches are asked through the WSGI application in this process, without a server. Threads share
one interpreter lock: more of them hardly answer more, and each waits for the others. The switch
interval (`sys.setswitchinterval`) is how long one may hold the lock while another waits. Rounds of
all combinations alternate; medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from itertools import product
from pathlib import Path
from typing import Any

import api_cpu
import asking

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings


def round_of(app: Any, paths: list[str], threads: int, seconds: float) -> tuple[float, ...]:
    """Requests per second, CPU ms for each, p50 and p99 in ms."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def ask(start: int) -> None:
        at = start
        while (began := time.perf_counter()) < until:
            api_cpu.ask(app, paths[at % len(paths)])
            times.append(1000 * (time.perf_counter() - began))
            at += 1

    jobs = [threading.Thread(target=ask, args=(n * len(paths) // threads,)) for n in range(threads)]
    cpu = time.process_time()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    cpu = time.process_time() - cpu
    cuts = statistics.quantiles(times, n=100)
    return len(times) / seconds, 1000 * cpu / len(times), cuts[49], cuts[98]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--intervals", type=float, nargs="+", default=[1, 5, 20], help="ms")
    arguments = parser.parse_args()
    settings = Settings(index=str(arguments.index), max_answer_bytes=0)
    with Archive(open_engine(arguments.index, settings), settings) as archive:
        paths = asking.searches(asking.questions(archive, 200))
        app = web.create_app(archive, settings)
        for path in paths:
            api_cpu.ask(app, path)
        pairs = list(product(arguments.threads, arguments.intervals))
        seen: dict[tuple[int, float], list[tuple[float, ...]]] = {pair: [] for pair in pairs}
        for _ in range(arguments.rounds):
            for threads, interval in pairs:
                sys.setswitchinterval(interval / 1000)
                seen[threads, interval].append(round_of(app, paths, threads, arguments.seconds))
    print(
        "| threads | switch interval, ms | requests/s | CPU ms each | p50 ms | p99 ms | p99 / p50 |"
    )
    print("|" + " ---: |" * 7)
    for (threads, interval), rounds in seen.items():
        rate, cpu, p50, p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"| {threads} | {interval:g} | {rate:.0f} | {cpu:.2f} | {p50:.1f} | {p99:.1f} "
            f"| {p99 / p50:.1f} |"
        )


if __name__ == "__main__":
    main()
