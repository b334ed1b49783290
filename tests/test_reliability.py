"""That an index survives kills, power cuts, full disks and damage, and readers beside writers.

The long runs are those of `benchmarks/reliability.py`; here are short ones of the same.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import os
import random
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchapp.engine import Engine, open_engine
from searchapp.model import IndexDamaged, IndexLocked, Query, Tagged, Word
from searchapp.settings import Settings
from tests.conftest import item

ROOT = Path(__file__).parents[1]
MAPS = Path("/proc/self/maps")
OIL = Query(Word("oil", "oil"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize(
    "arguments",
    [
        "kills --count 20",
        "power --count 60",
        "soak --seconds 3 --readers 3",
        "flips --count 25",
    ],
)
def test_short_run_of(arguments: str) -> None:
    part = arguments.split()[0]
    ran = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "reliability.py", *arguments.split()],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(rf"{part}: [^\n]+\n", ran.stdout)


# --- commits that fail ----------------------------------------------------------------------------


def long_articles(first: int, last: int) -> list[Tagged]:
    """Articles of some 2 KB each that do not compress well."""
    chance = random.Random(first)
    return [
        item(f"{number}", "Oil", " ".join(f"{chance.getrandbits(64):x}" for _ in range(120)))
        for number in range(first, last)
    ]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def assert_holds(engine: Engine, articles: int) -> None:
    assert engine.check() == []
    assert engine.rank(Query()).total == articles
    assert len(engine.known()) == articles


def test_articles_that_fail_leave_the_index_as_it_was(tmp_path: Path) -> None:
    def broken() -> Iterator[Tagged]:
        yield item("a", "Replaced")
        yield item("c", "New")
        raise RuntimeError("no more news")

    engine = open_engine(tmp_path, Settings(), create=True)
    engine.write([item("a", "Oil"), item("b", "Oil")])
    before = names(tmp_path)
    with pytest.raises(RuntimeError, match="no more news"):
        engine.write(broken(), gone=["b"])
    assert names(tmp_path) == before
    assert_holds(engine, 2)
    engine.write([item("c", "Oil")])
    assert engine.rank(OIL).total == 3


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    where = tmp_path / "disk"
    where.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(where)]
    if os.name != "posix" or os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a disk is for root")
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Take all room on a disk but `left` bytes; gives the file that does."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - left))
    return filler


def test_full_disk_fails_the_commit_alone(disk: Path) -> None:
    folder = disk / "index"
    engine = open_engine(folder, Settings(), create=True)
    engine.write([item(f"{number}", "Oil") for number in range(20)])
    articles, failed = 20, 0
    for pages in range(8):
        filler, before = fill(disk, pages * 4096), names(folder)
        try:
            engine.write([item(f"of {pages}", "Oil")])
            articles += 1
        except OSError as problem:
            failed += problem.errno == errno.ENOSPC
            assert names(folder) == before
        assert_holds(engine, articles)
        filler.unlink()
    assert failed >= 2
    assert articles >= 22
    engine.write([item("after", "Oil")])
    assert_holds(open_engine(folder, Settings()), articles + 1)


def test_no_room_to_merge_is_no_failure(disk: Path) -> None:
    engine = open_engine(disk / "index", Settings(), create=True)
    engine.write(long_articles(0, 75))
    engine.write(long_articles(75, 125))
    assert engine.stats().segments == 2
    filler = fill(disk, left=700_000)
    engine.write(long_articles(125, 155))  # time to merge all three
    assert engine.stats().segments == 3
    filler.unlink()
    engine.write([item("more", "Oil")])
    assert engine.stats().segments < 3
    assert_holds(engine, 156)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from searchapp.engine import open_engine
from searchapp.settings import Settings
from tests.test_reliability import assert_holds, item, long_articles, names

def failing(limit, articles, gone=()):
    before = names(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        engine.write(articles, gone)
    except OSError as problem:
        assert "too large" in str(problem), problem
    else:
        sys.exit(f"no failure at {limit}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert names(folder) == before, names(folder) - before
    assert_holds(engine, 125)

folder = Path(sys.argv[1])
engine = open_engine(folder, Settings(), create=True)
engine.write(long_articles(0, 75))
engine.write(long_articles(75, 125))
for limit in (0, 1, 100, 50_000):
    failing(limit, long_articles(125, 155))
failing(1000, [], gone=["7"])  # which writes a table of contents alone
sizes = [path.stat().st_size for path in folder.glob("*.arrays")]
failing(max(sizes) + 1000, long_articles(125, 155))  # the merged file is larger
engine.write(long_articles(125, 155))
assert engine.stats().segments == 1
assert_holds(engine, 155)
"""


def test_file_that_cannot_grow_fails_the_commit_alone(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LIMITED, tmp_path / "index"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_sync_that_fails_fails_the_commit_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(tmp_path, Settings(), create=True)
    engine.write([item(f"{number}", "Oil") for number in range(20)])
    real, left = os.fsync, 0

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    before, failed = names(tmp_path), 0
    for allowed in itertools.count():
        left = allowed
        try:
            engine.write([item("more", "Oil")])
        except OSError:
            failed += 1
            assert names(tmp_path) == before
            assert_holds(engine, 20)
        else:
            break
    assert failed == 4  # of the segment, of its name, of the table, of that one's name
    assert_holds(engine, 21)


def test_merge_does_not_make_damage_sound(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, Settings(), create=True)
    engine.write(long_articles(0, 40))
    engine.write(long_articles(40, 65))
    for path in tmp_path.glob("*.arrays"):
        data = path.read_bytes()
        for at in range(0, len(data), len(data) // 3):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            with pytest.raises(IndexDamaged, match=path.name):
                open_engine(tmp_path, Settings()).write(long_articles(65, 85))
            assert len(engine.check()) == 1
        path.write_bytes(data)
    engine.write(long_articles(65, 85))
    assert engine.stats().segments == 1
    assert_holds(engine, 85)


def test_rebuilding_from_nothing_gives_an_empty_index(tmp_path: Path) -> None:
    open_engine(tmp_path, Settings(), create=True).write([item("a", "Oil")])
    engine = open_engine(tmp_path, Settings(), rebuild=True)
    engine.write([])
    assert_holds(engine, 0)
    assert_holds(open_engine(tmp_path, Settings()), 0)


def test_program_that_seeds_chance_writes_over_nothing(tmp_path: Path) -> None:
    ids = [f"{number}" for number in range(30)]
    open_engine(tmp_path, Settings(), create=True).write([item(id_, "Oil") for id_ in ids])
    for id_ in ("one", "two", "three"):
        random.seed(0)
        open_engine(tmp_path, Settings()).write([item(id_, "Gas")])
    assert set(open_engine(tmp_path, Settings()).known()) == {*ids, "one", "two", "three"}


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not list what is mapped")
@pytest.mark.parametrize("settings", [Settings(cursor_commits=0), Settings(cursor_seconds=60.0)])
def test_reader_lets_go_of_files_that_were_replaced(tmp_path: Path, settings: Settings) -> None:
    """At once, or when nobody may go on in them by cursor any more."""
    writer, reader = (open_engine(tmp_path, settings, create=True) for _ in range(2))
    now = 0.0
    reader.clock = lambda: now  # type: ignore[attr-defined]
    gc.disable()  # which would come to it, some time
    try:
        for number in range(12):
            writer.write([item(f"{number}", "Oil", country=["IR"])])
            assert reader.rank(OIL).total == number + 1
            assert reader.get([f"{number}"])
        assert any(map(_is_gone, _mapped(tmp_path))) == bool(settings.cursor_commits)
        now = 61.0
        assert reader.rank(OIL).total == 12
        mapped = _mapped(tmp_path)
    finally:
        gc.enable()
    assert mapped
    assert not any(map(_is_gone, mapped))


def _mapped(folder: Path) -> list[str]:
    return [line for line in MAPS.read_text().splitlines() if str(folder) in line]


def _is_gone(line: str) -> bool:
    return line.endswith("(deleted)")


# --- two writers ----------------------------------------------------------------------------------

HOLDER = """
import sys
from searchapp.engine import open_engine
from searchapp.settings import Settings
from tests.conftest import item

def articles():
    print("writing", flush=True)
    sys.stdin.read()
    yield item("late", "Oil")

open_engine(sys.argv[2], Settings(), create=True).write(articles())
"""


@contextlib.contextmanager
def writing(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes to the index until its input ends."""
    (tmp_path / "hold.py").write_text(HOLDER)
    with subprocess.Popen(
        [sys.executable, tmp_path / "hold.py", "index", tmp_path / "index"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process


def test_locked_index_says_who_writes(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index", Settings(lock_seconds=0.1), create=True)
    with writing(tmp_path) as process:
        who = rf"process {process.pid} \(hold.py index\) on {re.escape(socket.gethostname())}"
        with pytest.raises(IndexLocked, match=who):
            engine.write([item("a", "Oil")])
        process.communicate("")
    engine.write([item("a", "Oil")])
    assert set(engine.known()) == {"a", "late"}


def test_lock_of_a_killed_writer_is_free_at_once(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index", Settings(lock_seconds=0), create=True)
    with writing(tmp_path) as process:
        process.kill()
        process.wait()
        engine.write([item("a", "Oil")])
    assert set(engine.known()) == {"a"}
