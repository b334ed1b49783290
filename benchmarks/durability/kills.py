"""SIGKILL at any moment: what was acknowledged is there, and what was not is there whole or not.

A child makes one commit after the other and says on a pipe what it begins and what `write` has
returned from; it is killed, and the parent opens the index. The next child goes on with it.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from durability.news import SETTINGS, Change, Failure, State, change, continue_from, held, orphans
from searchapp.engine import open_engine, toc

LONGEST = 0.3
"""Seconds that a child lives at most: some ten commits."""


@dataclass(slots=True)
class Counts:
    kills: int = 0
    commits: int = 0
    merges: int = 0
    within: int = 0  # kills while a commit was made
    found: int = 0  # of those, the commit was there
    littered: int = 0  # kills that left files behind


def run(where: Path, count: int, seed: int) -> str:
    """Raises Failure."""
    began = time.monotonic()
    folder, chance, counts = where / "index", random.Random(seed), Counts()
    state: State = continue_from(folder, {}, chance)  # which loads what a child needs
    for number in range(count):
        try:
            state = _kill(folder, state, chance, counts)
        except Exception as problem:
            raise Failure(f"kill {number}, seed {seed}: {problem!r}") from problem
    return (
        f"{counts.kills} kills, {counts.within} of them within a commit (it was there whole "
        f"{counts.found} times, not at all {counts.within - counts.found} times), "
        f"{counts.commits} commits acknowledged, {counts.merges} of them merging; {counts.littered}"
        f" kills left files behind, the next commit removed them; nothing lost, "
        f"{time.monotonic() - began:.0f} s"
    )


def _kill(folder: Path, state: State, chance: random.Random, counts: Counts) -> State:
    """One child, and what the index holds after it and one commit more."""
    said = _said_before_death(folder, state, chance.random(), chance.uniform(0, LONGEST))
    within: State | None = None
    for line in said:
        if "problem" in line:
            raise Failure(line["problem"])
        if "put" in line:
            within = Change(line["put"], line["gone"]).after(state)
        elif within is not None:
            state, within = within, None
            counts.commits += 1
            counts.merges += line["merged"]
    counts.kills += 1
    counts.littered += bool(orphans(folder))
    engine = open_engine(folder, SETTINGS)
    now = held(engine)
    engine.close()
    if within is not None:
        counts.within += 1
        counts.found += now == within and now != state
    if now not in (state, within):
        raise Failure(f"holds {now}, acknowledged was {state}, begun was {within}")
    return continue_from(folder, now, chance)


def _said_before_death(
    folder: Path, state: State, seed: float, seconds: float
) -> list[Mapping[str, Any]]:
    """What a child that is killed after some `seconds` managed to say."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(out)
            _write_for_ever(folder, state, random.Random(seed), into)
        except BaseException:
            _say(into, {"problem": traceback.format_exc()})
        finally:
            os._exit(1)
    os.close(into)
    said, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([out], [], [], left)[0]:
            if not (more := os.read(out, 1 << 16)):
                break
            said += more
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(out, 1 << 16):
        said += more
    os.close(out)
    return [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def _write_for_ever(folder: Path, state: State, chance: random.Random, into: int) -> None:
    engine = open_engine(folder, SETTINGS)
    segments = _segments(folder)
    while True:
        one = change(chance, state)
        _say(into, {"put": one.put, "gone": one.gone})
        one.write(engine)
        before, segments = segments, _segments(folder)
        merged = bool(one.put) and len(segments) <= len(before) and segments != before
        _say(into, {"merged": merged})
        state = one.after(state)


def _segments(folder: Path) -> set[str]:
    _, entries = toc.read(folder, toc.generation(folder))
    return {entry.file_name for entry in entries}


def _say(into: int, what: Mapping[str, Any]) -> None:
    data = json.dumps(what).encode() + b"\n"
    while data:
        data = data[os.write(into, data) :]
