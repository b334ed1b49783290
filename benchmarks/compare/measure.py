"""Runs the clock: building and opening in processes of their own, searching in turns.

An index that is there already, of the same version of the engine, is used again.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from compare.articles import COLLECTIONS, STEP, Article
from compare.peer import Answer, Peer, load
from compare.questions import Question

OPENINGS = 5
COMMITS = 7
NO_FSYNC = Path("/usr/lib/x86_64-linux-gnu/libeatmydata.so")
"""Debian's libeatmydata turns fsync and its kin into nothing, whatever the engine is written in."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Built:
    """Seconds on the clock and of all processors, megabytes of memory beyond the articles, bytes
    on disk, these also by the ending of the file's name, and the engine's version."""

    version: str
    articles: int
    seconds: float
    cpu: float
    memory: float
    bytes: int
    endings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """Median milliseconds in fresh processes: importing the engine, opening, and the first search
    after that."""

    importing: float
    opening: float
    searching: float


@dataclass(frozen=True, slots=True)
class Committed:
    """Milliseconds of one article's commit: the first of a process, and the median of the next."""

    first: float
    next: float


@dataclass(frozen=True, slots=True)
class Timed:
    """One question to one engine: the answer, or what it raised, and medians of milliseconds.

    `cold` is right after the other engines have had the processor and its caches to themselves,
    `warm` the same question once more.
    """

    answer: Answer | None
    problem: str = ""
    warm: float = 0.0
    cold: float = 0.0


@dataclass(slots=True)
class Outcome:
    """Everything measured on one collection, by engine.

    `absent` says why an engine has no numbers; `unsynced` are commits that do not wait for the
    disk; `timed` goes by `questions`; `exact`, too: whether tantivy's total and counts are.
    """

    collection: str
    title: str
    questions: Sequence[Question]
    built: dict[str, Built] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    opened: dict[str, Opened] = field(default_factory=dict)
    committed: dict[str, Committed] = field(default_factory=dict)
    unsynced: dict[str, Committed] = field(default_factory=dict)
    timed: dict[str, list[Timed | None]] = field(default_factory=dict)
    exact: dict[str, list[tuple[bool, bool]]] = field(default_factory=dict)


# --- building ------------------------------------------------------------------------------------


def build(peer: str, collection: str, folder: Path, again: bool) -> Built:
    """The index of a collection in `folder`; `again` makes it anew in any case."""
    report = folder.with_suffix(".json")
    if report.is_file() and not again:
        built = Built(**json.loads(report.read_text()))
        if built.version == load(peer).version():
            return built
    report.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    built = _in_a_process(_build, peer, collection, folder)
    report.write_text(json.dumps(asdict(built), indent=1))
    return built


def _build(name: str, collection: str, folder: Path) -> Built:
    peer = load(name)
    prepared = peer.prepare(COLLECTIONS[collection].articles())
    gc.collect()
    gc.freeze()  # what was prepared is nothing for the collector to go through
    memory, cpu, began = _memory(), time.process_time(), time.perf_counter()
    peer.build(folder, prepared)
    seconds, cpu, memory = (
        time.perf_counter() - began,
        time.process_time() - cpu,
        _memory() - memory,
    )
    endings = sizes(folder)
    total = sum(endings.values())
    return Built(peer.version(), len(prepared), seconds, cpu, memory, total, endings)


def sizes(folder: Path) -> dict[str, int]:
    """Bytes by the ending of the file's name, most first."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file():
            found[path.suffix or path.name] += path.stat().st_size
    return dict(found.most_common())


def _memory() -> float:
    """The most megabytes this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- opening and committing ----------------------------------------------------------------------


def opening(peer: str, folder: Path, question: Question) -> Opened:
    turns = [_in_a_process(_open, peer, folder, question) for _ in range(OPENINGS)]
    return Opened(*(1000 * statistics.median(column) for column in zip(*turns, strict=True)))


def _open(name: str, folder: Path, question: Question) -> tuple[float, float, float]:
    began = time.perf_counter()
    peer = load(name)
    imported = time.perf_counter()
    peer.open(folder)
    opened = time.perf_counter()
    peer.search(question)
    searched = time.perf_counter()
    peer.close()
    return imported - began, opened - imported, searched - opened


def committing(peer: str, collection: str, folder: Path, fsync: bool) -> Committed:
    """Commits to a copy of the index. Raises AssertionError when a search does not see one."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as copy, _fsync(fsync):
        shutil.copytree(folder, Path(copy), dirs_exist_ok=True)
        os.sync()  # the copy's own writing is nobody's commit
        first, *rest = _in_a_process(_commit, peer, collection, Path(copy))
    return Committed(1000 * first, 1000 * statistics.median(rest))


def _commit(name: str, collection: str, folder: Path) -> list[float]:
    peer = load(name)
    peer.open(folder)
    times = []
    for article in _new(collection):
        prepared = peer.prepare([article])
        began = time.perf_counter()
        peer.add(folder, prepared)
        times.append(time.perf_counter() - began)
        found = peer.search(Question("rare word", (_mark(article),)))
        assert found.numbers == (article.number,), f"{name} does not find what it committed"
    peer.close()
    return times


def _new(collection: str) -> Iterator[Article]:
    """COMMITS articles of the collection with new numbers, each with a word that no other has."""
    for article in COLLECTIONS[collection].once()[:COMMITS]:
        new = replace(article, number=article.number + 1000 * STEP)
        yield replace(new, body=f"{article.body} {_mark(new)}")


def _mark(article: Article) -> str:
    """A word of letters alone, as tokenisers differ about others."""
    return "zq" + "".join(chr(ord("b") + int(digit)) for digit in str(article.number)) + "zq"


@contextmanager
def _fsync(works: bool) -> Iterator[None]:
    """Whether processes started within wait for the disk."""
    before = os.environ.get("LD_PRELOAD")
    if not works:
        os.environ["LD_PRELOAD"] = str(NO_FSYNC)
    try:
        yield
    finally:
        os.environ.pop("LD_PRELOAD", None)
        if before is not None:
            os.environ["LD_PRELOAD"] = before


# --- searching -----------------------------------------------------------------------------------


def searching(
    peers: Sequence[Peer], questions: Sequence[Question], rounds: int
) -> dict[str, list[Timed | None]]:
    """Of every engine, open already, each question's time; None for a kind that it lacks.

    Every question goes to all engines in turn, `rounds` times, each round beginning with another;
    in its turn an engine answers it twice.
    """
    found: dict[str, list[Timed | None]] = {peer.name: [] for peer in peers}
    for question in questions:
        for name, timed in _ask(peers, question, rounds).items():
            found[name].append(timed)
    return found


def _ask(peers: Sequence[Peer], question: Question, rounds: int) -> dict[str, Timed | None]:
    able = [peer for peer in peers if question.kind not in peer.lacks]
    turns: dict[str, list[Timed]] = {peer.name: [] for peer in peers}
    for turn in range(rounds):
        first = turn % max(1, len(able))
        for peer in able[first:] + able[:first]:
            turns[peer.name].append(_turn(peer, question))
    return {name: _median(times) if times else None for name, times in turns.items()}


def _turn(peer: Peer, question: Question) -> Timed:
    try:
        began = time.perf_counter()
        peer.search(question)
        again = time.perf_counter()
        answer = peer.search(question)
        ended = time.perf_counter()
    except Exception as problem:
        return Timed(None, f"{type(problem).__name__}: {problem}")
    return Timed(answer, warm=1000 * (ended - again), cold=1000 * (again - began))


def _median(turns: Sequence[Timed]) -> Timed:
    """What all turns came to; the problem, if one of them had any."""
    if failed := next((turn for turn in turns if turn.problem), None):
        return failed
    return replace(
        turns[0],
        warm=statistics.median(turn.warm for turn in turns),
        cold=statistics.median(turn.cold for turn in turns),
    )


def _in_a_process(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `work` returns, from a fresh process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(work, *args, **kwargs).result()
