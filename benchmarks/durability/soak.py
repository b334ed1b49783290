"""Readers and writers at the same time: nothing fails, and every search sees one commit, whole.

Each commit puts or removes articles in pairs, one on oil and France and one on gas and Iran, with
one number in both. So in any one search there are as many of the one as of the other, and the two
of a pair have the same number. Each writer also counts its commits in an article of its own: what a
reader finds there never goes back, and is at least what was acknowledged before it looked.
"""

from __future__ import annotations

import multiprocessing
import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from durability.news import Failure, article, orphans
from searchapp.engine import Engine, open_engine
from searchapp.model import Query, Tagged, Word
from searchapp.settings import Settings

WRITERS = 2
PAIRS = 40
SETTINGS = Settings(lock_seconds=120, search_seconds=60)
"""Patient, so that a busy machine is no failure."""
PAIR = (("oil", "FR"), ("gas", "IR"))


def run(where: Path, seconds: float, readers: int, seed: int) -> str:
    """Raises Failure."""
    began, folder = time.monotonic(), where / "index"
    open_engine(folder, SETTINGS, create=True).write(list(_pair("start", 0)))
    fork = multiprocessing.get_context("fork")
    acknowledged = fork.Array("q", WRITERS)
    until = time.monotonic() + seconds
    jobs = [(_write, n) for n in range(WRITERS)] + [(_read, n) for n in range(readers)]
    ends, processes = [], []
    for job, number in jobs:
        out, into = fork.Pipe(duplex=False)
        chance = random.Random(f"{seed} {job.__name__} {number}")
        task = (job, folder, number, chance, acknowledged, until, into)
        processes.append(fork.Process(target=_report, args=task))
        processes[-1].start()
        ends.append(out)
        into.close()
    reports = [_received(end) for end in ends]
    for process in processes:
        process.join()
    if failed := [report for report in reports if isinstance(report, str)]:
        raise Failure(f"{len(failed)} of {len(jobs)} processes failed:\n" + "\n".join(failed))
    commits = [reports[number]["commits"] for number in range(WRITERS)]
    total = sum((reports[number] for number in range(WRITERS, len(jobs))), Counter[str]())
    engine = open_engine(folder, SETTINGS)
    _expect(engine.check() == [], f"check: {engine.check()}")
    _search(engine)
    if left := orphans(folder):
        raise Failure(f"left behind: {sorted(left)}")
    return (
        f"{readers} readers and {WRITERS} writers for {seconds:g} s: "
        f"{' and '.join(f'{n:,}' for n in commits)} commits, {total['searches']:,} searches, "
        f"{total['gets']:,} readings of articles, {total['opens']:,} openings, {total['checks']:,} "
        f"checks, {total['newer']:,} newer commits seen; no error, {time.monotonic() - began:.0f} s"
    )


def _report(job: Any, folder: Path, number: int, chance: Any, acks: Any, until: float, into: Any):  # type: ignore[no-untyped-def]
    try:
        into.send(job(folder, number, chance, acks, until))
    except BaseException:
        into.send(f"{job.__name__} {number}: {traceback.format_exc()}")


def _received(end: Any) -> Counter[str] | str:
    try:
        report: Counter[str] | str = end.recv()
    except EOFError:
        return "a process ended without a word"
    return report


# --- writing --------------------------------------------------------------------------------------


def _write(folder: Path, number: int, chance: random.Random, acks: Any, until: float) -> Any:
    engine, commits = open_engine(folder, SETTINGS), 0
    while time.monotonic() < until:
        commits += 1
        names = chance.sample(range(PAIRS), chance.randrange(1, 5))
        names = [f"{number}-{name}" for name in names]
        gone = [f"{name}-{word}" for name in names[1:] for word, _ in PAIR]
        put = [*_pair(names[0], commits), article(f"count-{number}", str(commits), "RU")]
        engine.write(put, gone)
        acks[number] = commits
        if chance.random() < 0.05:
            engine = open_engine(folder, SETTINGS)
    return Counter(commits=commits)


def _pair(name: str, number: int) -> Iterator[Tagged]:
    for word, country in PAIR:
        yield article(f"{name}-{word}", f"{word} {number}", country)


# --- reading --------------------------------------------------------------------------------------


def _read(folder: Path, number: int, chance: random.Random, acks: Any, until: float) -> Any:
    """Every second reader is two threads that share an engine; the others open it again often."""
    engine, threads = open_engine(folder, SETTINGS), 1 + number % 2
    with ThreadPoolExecutor(threads) as pool:
        jobs = [
            pool.submit(_ask, engine, random.Random(chance.random()), acks, until, threads == 1)
            for _ in range(threads)
        ]
        return sum((job.result() for job in jobs), Counter(opens=1))


def _ask(engine: Any, chance: random.Random, acks: Any, until: float, reopen: bool) -> Counter[str]:
    folder, counts = engine.folder, Counter[str]()
    seen, newest = [0] * WRITERS, 0
    while time.monotonic() < until:
        kind = chance.random()
        if reopen and kind < 0.05:
            engine.close()
            engine = open_engine(folder, SETTINGS)
            counts["opens"] += 1
        if kind < 0.02:
            _expect(engine.check() == [], f"check: {engine.check()}")
            counts["checks"] += 1
        elif kind < 0.1:
            generation = engine.stats().generation
            _expect(generation >= newest, f"commit {generation} after {newest}")
            counts["newer"] += generation > newest
            newest = generation
        elif kind < 0.5:
            _search(engine)
            counts["searches"] += 2
        else:
            seen = _get(engine, chance, list(acks), seen)
            counts["gets"] += 1
    return counts


def _search(engine: Engine) -> None:
    everything = engine.rank(Query(), stop=200)
    counts = dict(everything.facets["country"].values)
    _expect(counts["FR"] == counts["IR"], f"{counts}")
    _expect(everything.total == sum(counts.values()), f"{everything.total} of {counts}")
    _expect(len(everything.hits) == everything.total, f"{everything}")
    oil = engine.rank(Query(Word("oil", "oil")))
    _expect(oil.facets["country"].values == (("FR", oil.total),), f"{oil}")


def _get(engine: Engine, chance: random.Random, acks: list[int], seen: list[int]) -> list[int]:
    """What each writer has counted to."""
    name = f"{chance.randrange(WRITERS)}-{chance.randrange(PAIRS)}"
    ids = [f"{name}-{word}" for word, _ in PAIR]
    found = engine.get([*ids, *(f"count-{number}" for number in range(WRITERS))])
    bodies = [None if tagged is None else tagged.article.body.split()[-1] for tagged in found]
    _expect(bodies[0] == bodies[1], f"{name}: {bodies}")
    counted = [int(body or 0) for body in bodies[2:]]
    for now, acknowledged, before in zip(counted, acks, seen, strict=True):
        _expect(now >= max(acknowledged, before), f"{now}, was {before}, written {acknowledged}")
    return counted


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise Failure(what)
