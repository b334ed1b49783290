"""Flipped and missing bytes: check names the file, and no search answers from it.

Every file of an index, but for the lock, which holds nothing, is damaged at many places, one at a
time: a byte changed, or the file cut. An index opened then either refuses, naming the file, or
answers as the sound one does.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from durability.news import SETTINGS, WORDS, Change, Failure, body
from searchapp.engine import Engine, open_engine
from searchapp.model import IndexDamaged, Query, Word

ARTICLES = (1200, 400, 100)
"""In each of the segments, so that they are not merged."""


def run(where: Path, count: int, seed: int) -> str:
    """Raises Failure."""
    began, folder, chance = time.monotonic(), where / "index", random.Random(seed)
    _make(folder, chance)
    sound = {name: ask(open_engine(folder, SETTINGS)) for name, ask in QUESTIONS.items()}
    files = sorted([*folder.glob("*.arrays"), *folder.glob("*.toc")])
    said = Counter[str]()
    for path in files:
        data = path.read_bytes()
        for place in range(count):
            at = (place * len(data) + chance.randrange(len(data))) // count
            at = min(at, len(data) - 1)
            flipped = bytearray(data)
            flipped[at] ^= chance.randrange(1, 256)
            for damaged, how in ((bytes(flipped), "flipped"), (data[:at], "cut")):
                path.write_bytes(damaged)
                try:
                    _look(folder, path, sound, said)
                except Failure as failure:
                    raise Failure(f"{path.name} {how} at {at}: {failure}") from failure
        path.write_bytes(data)
    names = ", ".join(f"{path.suffix[1:]} of {path.stat().st_size:,} bytes" for path in files)
    return (
        f"{len(files)} files ({names}), {count} places each flipped and cut: all "
        f"{2 * count * len(files):,} found by check; of {sum(said.values()):,} questions "
        f"{said['refused']:,} refused, {said['right']:,} answered rightly, 0 wrongly, "
        f"{time.monotonic() - began:.0f} s"
    )


def _make(folder: Path, chance: random.Random) -> None:
    engine, done = open_engine(folder, SETTINGS, create=True), 0
    for articles in ARTICLES:
        ids = [f"article-{number}" for number in range(done, done + articles)]
        Change({id_: body(chance) for id_ in ids}, ids[:0]).write(engine)
        done += articles
    Change({}, ["article-0", "article-1210"]).write(engine)
    if engine.stats().segments != len(ARTICLES):
        raise Failure(f"{engine.stats().segments} segments, not {len(ARTICLES)}")


QUESTIONS: Mapping[str, Callable[[Engine], object]] = {
    "everything": lambda engine: engine.rank(Query(), stop=3000),
    **{word: lambda engine, w=word: engine.rank(Query(Word(w, w))) for word in WORDS},  # type: ignore[misc]
    "articles": lambda engine: engine.get([f"article-{number}" for number in range(0, 1300, 130)]),
    "known": lambda engine: engine.known(),
    "values": lambda engine: list(engine.values("country")),
}


def _look(folder: Path, path: Path, sound: Mapping[str, object], said: Counter[str]) -> None:
    try:
        engine = open_engine(folder, SETTINGS)
    except IndexDamaged as problem:
        _named(path, problem)
        said["refused"] += len(QUESTIONS)
        return
    for name, ask in QUESTIONS.items():
        try:
            answer = ask(engine)
        except IndexDamaged as problem:
            _named(path, problem)
            said["refused"] += 1
        else:
            if answer != sound[name]:
                raise Failure(f"{name}: {answer}")
            said["right"] += 1
    problems = engine.check()
    if len(problems) != 1 or path.name not in problems[0]:
        raise Failure(f"check says {problems}")
    engine.close()


def _named(path: Path, problem: IndexDamaged) -> None:
    if str(path) not in str(problem):
        raise Failure(f"does not name the file: {problem}")
