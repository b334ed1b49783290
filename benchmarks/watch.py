"""How long it takes until a search finds what was written into a folder that is watched.

    python benchmarks/watch.py INDEX FOLDER [--times 12] [--many 2000]

FOLDER is what INDEX was made from. Files are written into it, and deleted again; the watcher is a
process of its own, as is whoever searches.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import searchapp


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--many", type=int, default=2000)
    given = parser.parse_args()
    desk = given.folder / "benchmark-of-watch"
    desk.mkdir()
    command = [sys.executable, "-m", "searchapp", "watch", given.folder, "--index", given.index]
    watcher = subprocess.Popen([str(word) for word in command])
    try:
        with searchapp.open(given.index) as archive:
            write(desk, "settled", 1)
            print(f"first run {seconds_until(archive, 'settled', 1):.1f} s")
            took = []
            for number in range(given.times):
                time.sleep(2 + number % 10 / 10)
                write(desk, f"single{number}x", 1)
                took.append(seconds_until(archive, f"single{number}x", 1))
            decile = statistics.quantiles(took, n=10)
            print(f"one file: median {statistics.median(took):.2f} s, 90 % {decile[-1]:.2f} s")
            time.sleep(3)
            write(desk, "many", given.many)
            print(f"{given.many:,} files: {seconds_until(archive, 'many', given.many):.1f} s")
            shutil.rmtree(desk)
            print(f"all deleted: {seconds_until(archive, 'many', 0):.1f} s")
    finally:
        shutil.rmtree(desk, ignore_errors=True)
        watcher.terminate()
        watcher.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, most = used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
    print(f"watcher: {seconds:.0f} s of a processor, {most} MB")


def write(desk: Path, word: str, count: int) -> None:
    """Articles with a word that no other has."""
    for number in range(count):
        text = f"Title {number}\n\nThe zyzzyva{word} was seen in Ankara by number {number}.\n"
        (desk / f"{word}-{number}.txt").write_text(text, encoding="utf-8")


def seconds_until(archive: searchapp.Archive, word: str, articles: int) -> float:
    """Until a search for the word finds so many; every 20 ms it is asked."""
    began = time.perf_counter()
    while archive.search(f"zyzzyva{word}").total != articles:
        time.sleep(0.02)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
