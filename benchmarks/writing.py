"""How quickly articles that are sent one by one go in, with commits of threads joined and not.

    python benchmarks/writing.py [FOLDER]

In an index of 2,000 short articles in FOLDER (a temporary one without), threads put one article
after the other: each with a `Sending` of its own, so that every article is a commit, and all with
one, which joins what waits. It prints articles and commits a second and the milliseconds of an
article, median and 99th percentile; then what the disk takes to keep 10,000 articles: as one write
of the store, and as a file for each, brought to the disk (fsync) and renamed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import searchapp
from searchapp.archive import Archive
from searchapp.documents import Sent, sent
from searchapp.documents.store import Store
from searchapp.sending import Sending

THREADS = (1, 8, 32)
ARTICLES = 320
KEPT = 10_000
TEXT = "Iran and Turkey spoke of gas and of oil in Ankara, President Mohammad Khatami said. " * 8


def article(name: str) -> Sent:
    return sent(f'{{"id": "{name}", "text": "{name}. {TEXT}"}}'.encode(), 1_000_000)


def puts(archive: Archive, threads: int, joined: bool, seconds: list[float]) -> float:
    """Seconds that all took; those of each go to `seconds`."""

    def work(number: int) -> None:
        sending = archive.sending if joined else Sending(archive.engine, archive.settings)
        sending.tagger()
        for at in range(ARTICLES // threads):
            one = article(f"{joined}-{threads}-{number}-{at}")
            began = time.perf_counter()
            sending.put([one])
            seconds.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return time.perf_counter() - began


def files(folder: Path, articles: list[Sent]) -> None:
    folder.mkdir()
    for number, one in enumerate(articles):
        new = folder / f".{number}"
        with new.open("wb") as file:
            file.write(one.data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / f"{number}.json")


def main(folder: Path) -> None:
    with searchapp.open(folder / "index", lock_seconds=600) as archive:
        archive.sending.put([article(f"first-{n}") for n in range(2000)])
        print("threads joined  articles/s  commits/s   median ms     p99 ms")
        for threads in THREADS:
            for joined in (False, True):
                seconds: list[float] = []
                before = archive.engine.generation()
                took = puts(archive, threads, joined, seconds)
                commits = archive.engine.generation() - before
                seconds.sort()
                rates = f"{len(seconds) / took:11.1f}{commits / took:11.1f}"
                median, last = statistics.median(seconds), seconds[int(0.99 * len(seconds))]
                print(f"{threads:7} {joined!s:6} {rates}{1000 * median:12.1f}{1000 * last:11.1f}")
    kept = [article(f"kept-{n}") for n in range(KEPT)]
    for name, keep in (
        ("store", lambda: Store(folder / "kept").write(kept)),
        ("files", lambda: files(folder / "files", kept)),
    ):
        began = time.perf_counter()
        keep()
        print(f"{KEPT:,} articles kept as {name}: {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    number = sum(1 for _ in Store(folder / "kept").articles())
    print(f"{number:,} articles read: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
