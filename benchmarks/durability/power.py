"""Power cuts: an index opens at the commit before or the one after, whole, whatever of the unsynced
is lost; once a commit was acknowledged, at that one.

A few dozen commits (adding, replacing, removing, merging, a rebuild, commits of nothing) are
recorded by `disk.Recorder`, some of them killed half-way so that others come upon what they left.
Images are drawn from the moments in turn. Each must pass check, hold one of the states that it may,
and take another commit, which must clean up.
"""

from __future__ import annotations

import os
import pickle
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from durability.disk import Moment, Recorder
from durability.news import SETTINGS, Change, Failure, State, change, continue_from, held
from searchapp.engine import open_engine, toc
from searchapp.model import NoIndex

COMMITS = 48


def run(where: Path, count: int, seed: int) -> str:
    """Raises Failure."""
    began = time.monotonic()
    chance = random.Random(seed)
    tape = _record(where / "disk", COMMITS if count >= 200 else COMMITS // 4, chance)
    found = Counter[str]()
    step = len(tape.moments) / count
    for number in range(count):
        moment = tape.moments[int(number * step)]
        try:
            found[_try(moment, where / f"image-{number}", chance)] += 1
        except Exception as problem:
            raise Failure(f"image {number}, seed {seed}: {problem!r}") from problem
    return (
        f"{count} images of {len(tape.moments)} moments in {tape.commits} commits ({tape.merges} "
        f"merging, {tape.killed} killed half-way): {found['acknowledged']} held the only commit "
        f"there could be, {found['before']} the one before, {found['after']} the one begun; none "
        f"anything else, {time.monotonic() - began:.0f} s"
    )


def _try(moment: Moment, image: Path, chance: random.Random) -> str:
    """Which of the states that it may an image holds."""
    moment.image(image, chance)
    folder = image / "archive" / "index"
    try:
        engine = open_engine(folder, SETTINGS)
    except NoIndex:
        now: State | None = None
    else:
        now = held(engine)
        engine.close()
    if now not in moment.allowed:
        raise Failure(f"holds {now}, allowed is {moment.allowed}")
    continue_from(folder, now or {}, chance)
    if all(state == now for state in moment.allowed):
        return "acknowledged"
    return "before" if now == moment.allowed[0] else "after"


@dataclass(slots=True)
class Tape:
    moments: list[Moment]
    commits: int = 0
    merges: int = 0
    killed: int = 0


def _record(root: Path, commits: int, chance: random.Random) -> Tape:
    root.mkdir()
    folder, recorder, tape = root / "archive" / "index", Recorder(root), Tape([])
    sure: State | None = None  # acknowledged; None while there is no index
    now: State | None = None  # what the files say, which a killed commit may have changed
    for number in range(commits):
        rebuild = number == commits * 2 // 3
        kill = number % 4 == 2 and not rebuild
        one = Change({}, ["nothing"]) if number % 8 == 7 else change(chance, now or {})
        after = one.after({} if rebuild else now or {})
        recorder.allowed = (sure, now, after)
        before = _segments(folder)
        if kill:
            ending = ".toc" if number % 8 == 6 else ""  # before a commit of nothing
            moment = 1000 if ending else chance.randrange(1, 24)
            recorder = _killed(recorder, folder, one, moment, ending)
            tape.killed += 1
            engine = open_engine(folder, SETTINGS)
            now = held(engine)
            engine.close()
            if now not in recorder.allowed:
                raise Failure(f"holds {now} after a kill")
        else:
            _write(recorder, folder, one, rebuild)
            tape.commits += 1
            tape.merges += bool(one.put) and 0 < len(_segments(folder)) <= len(before)
            sure = now = after
    tape.moments = recorder.moments
    return tape


def _segments(folder: Path) -> list[str]:
    generation = toc.generation(folder)
    if generation < 0:
        return []
    return [entry.file_name for entry in toc.read(folder, generation)[1]]


def _write(recorder: Recorder, folder: Path, one: Change, rebuild: bool) -> None:
    """One commit, and the moment after it was acknowledged."""
    with recorder.watching():
        engine = open_engine(folder, SETTINGS, create=True, rebuild=rebuild)
        one.write(engine)
        engine.close()
        recorder.allowed = (recorder.allowed[-1],)


def _killed(recorder: Recorder, folder: Path, one: Change, after: int, ending: str) -> Recorder:
    """One commit in a process that ends in it, and what its recorder saw until then: `after` so
    many moments, or when a file of that `ending` has got its name and that is not safe yet."""
    out, into = os.pipe()
    child = os.fork()
    if not child:

        def stop() -> None:
            recorder.stop, recorder.stop_when = int, ""  # which does nothing, and can be pickled
            with os.fdopen(into, "wb") as file:
                pickle.dump(recorder, file)
            os._exit(0)

        recorder.stop = stop
        recorder.stop_at, recorder.stop_when = len(recorder.moments) + after, ending
        try:
            _write(recorder, folder, one, False)
            stop()
        finally:
            os._exit(1)
    os.close(into)
    with os.fdopen(out, "rb") as file:
        left: Recorder = pickle.load(file)
    os.waitpid(child, 0)
    return left
