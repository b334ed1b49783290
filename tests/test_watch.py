"""An index that is kept current: what is read of what changed, and a real watcher of real files."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import searchapp
from searchapp import ingest, journal, watch
from searchapp.archive import Archive
from searchapp.cli import _on_signal, main
from searchapp.engine import Engine, open_engine
from searchapp.engine.commit import locked
from searchapp.ingest import Report
from searchapp.settings import Settings
from searchapp.watch import QUIET, Changes, look

PATIENCE = 120
"""Seconds until a test gives up waiting; shared machines stall."""


def article(word: str, title: str = "News") -> str:
    return f"{title}\n\nThey spoke of {word} in Ankara.\n"


def rows(*articles: tuple[str, str]) -> str:
    return "".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in articles)


# --- what is read, step by step -----------------------------------------------------------------


class Desk:
    """A folder of news, its index, and what a watcher knows of them; no clock runs here."""

    def __init__(self, folder: Path, *more: Path) -> None:
        self.news = folder / "news"
        self.news.mkdir()
        self.paths = [self.news, *more]
        self.settings = Settings(index=str(folder / "index"))
        self.engine: Engine = open_engine(folder / "index", self.settings, create=True)
        self.changes = Changes()
        self.now = 0.0

    def step(self) -> Report:
        """Two looks, a while apart, and a run."""
        for _ in range(2):
            self.now += QUIET
            self.changes.see(look(self.paths, self.settings), self.now)
        part = self.changes.part(self.now)
        report = ingest.add(self.engine, self.paths, self.settings, prune=True, part=part)
        self.changes.read(part, report)
        return report

    def told(self) -> tuple[int, int, int, int]:
        """What a step added, updated and removed, and what failed."""
        report = self.step()
        return report.added, report.updated, report.removed, len(report.failed)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.engine.close()


def test_only_what_changed_is_read(desk: Desk) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (desk.news / name).write_text(article("gas"))
    assert desk.told() == (3, 0, 0, 0)
    (desk.news / "b.txt").write_text(article("wheat and rye"))
    (desk.news / "c.txt").unlink()
    report = desk.step()
    assert (report.updated, report.removed, report.unchanged) == (1, 1, 0)
    assert set(desk.engine.known()) == {"a.txt", "b.txt"}
    assert desk.told() == (0, 0, 0, 0)


def test_ids_are_those_of_a_run_over_the_folder(desk: Desk) -> None:
    desk.step()
    (desk.news / "2001" / "May").mkdir(parents=True)
    (desk.news / "2001" / "May" / "a.txt").write_text(article("gas"))
    assert desk.told() == (1, 0, 0, 0)
    assert set(desk.engine.known()) == {"2001/May/a.txt"}
    (desk.news / "2001").rename(desk.news / "2002")
    assert desk.told() == (1, 0, 1, 0)
    assert set(desk.engine.known()) == {"2002/May/a.txt"}


def test_file_that_is_being_written_is_not_read(desk: Desk) -> None:
    file = desk.news / "slow.txt"
    for size in range(3):
        file.write_text(article("gas") * (size + 1))
        desk.now += QUIET
        desk.changes.see(look(desk.paths, desk.settings), desk.now)
        assert desk.changes.rested(desk.now) == set()
    assert desk.told() == (1, 0, 0, 0)


def test_file_that_could_not_be_read_is_read_when_it_can(desk: Desk) -> None:
    file = desk.news / "empty.txt"
    file.write_text("")
    assert desk.told() == (0, 0, 0, 1)
    assert len(journal.failures(Path(desk.settings.index))) == 1
    assert desk.told() == (0, 0, 0, 0)
    assert len(journal.failures(Path(desk.settings.index))) == 1
    file.write_text(article("gas"))
    assert desk.told() == (1, 0, 0, 0)
    assert journal.failures(Path(desk.settings.index)) == ()


def test_failures_of_the_list_come_and_go(desk: Desk) -> None:
    (desk.news / "a.txt").write_text(article("gas"))
    (desk.news / "photo.jpg").write_bytes(b"\xff\xd8")
    (desk.news / "gone.txt").symlink_to("nowhere.txt")
    desk.step()
    folder = Path(desk.settings.index)
    assert [f.path for f in journal.failures(folder)] == ["gone.txt", "photo.jpg"]
    (desk.news / "photo.jpg").unlink()
    (desk.news / "nowhere.txt").write_text(article("wheat"))
    desk.step()
    assert journal.failures(folder) == ()


def test_folder_that_is_not_there_keeps_its_articles(desk: Desk, tmp_path: Path) -> None:
    (desk.news / "a.txt").write_text(article("gas"))
    desk.step()
    desk.news.rename(tmp_path / "elsewhere")
    assert desk.told()[:3] == (0, 0, 0)
    desk.news.mkdir()  # as where a disk is not mounted
    assert desk.told() == (0, 0, 0, 0)
    assert desk.changes.away() == {desk.news}
    assert set(desk.engine.known()) == {"a.txt"}
    desk.news.rmdir()
    (tmp_path / "elsewhere").rename(desk.news)
    assert desk.told() == (0, 0, 0, 0)
    assert desk.changes.away() == set()
    (desk.news / "a.txt").unlink()
    assert desk.told() == (0, 0, 1, 0)


def test_one_folder_of_several_that_is_not_there(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "m.txt").write_text(article("rye"))
    desk = Desk(tmp_path, more)
    (desk.news / "a.txt").write_text(article("gas"))
    assert desk.told() == (2, 0, 0, 0)
    more.rename(tmp_path / "away")
    (desk.news / "a.txt").unlink()
    assert desk.told()[:3] == (0, 0, 1)
    assert set(desk.engine.known()) == {"m.txt"}


def test_file_named_by_itself(tmp_path: Path) -> None:
    wire = tmp_path / "wire.jsonl"
    wire.write_text(rows(("a1", "gas"), ("a2", "rye")))
    desk = Desk(tmp_path, wire)
    assert desk.told() == (2, 0, 0, 0)
    new = tmp_path / "wire.new"
    new.write_text(rows(("a2", "wheat"), ("a3", "oats")))
    new.replace(wire)
    assert desk.told() == (1, 1, 1, 0)
    wire.unlink()
    assert desk.told()[2] == 2


def test_article_whose_id_another_file_has_takes_its_place_when_that_goes(desk: Desk) -> None:
    (desk.news / "1.jsonl").write_text(rows(("x", "gas"), ("y", "rye")))
    (desk.news / "2.jsonl").write_text(rows(("x", "gas")))
    assert desk.told() == (2, 0, 0, 1)
    (desk.news / "1.jsonl").write_text(rows(("y", "rye")))
    assert desk.told() == (0, 1, 0, 0)
    assert desk.engine.known()["x"].origin == str(desk.news / "2.jsonl")
    (desk.news / "0.jsonl").write_text(rows(("x", "oats")))
    assert desk.told() == (0, 1, 0, 0)
    (desk.news / "0.jsonl").unlink()
    assert desk.told() == (0, 1, 0, 0)
    assert [t.article.body for t in desk.engine.get(["x"]) if t] == ["gas"]


def test_links_in_a_circle_end(desk: Desk) -> None:
    (desk.news / "below").mkdir()
    (desk.news / "below" / "up").symlink_to(desk.news)
    (desk.news / "self").symlink_to("self")
    (desk.news / "below" / "a.txt").write_text(article("gas"))
    assert desk.told() == (1, 0, 0, 0)
    assert desk.told() == (0, 0, 0, 0)


def test_only_what_is_certainly_not_there_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Iran")
    (tmp_path / "link").symlink_to("nowhere")
    assert [
        (name, ingest.is_gone(f"{tmp_path}/{name}"))
        for name in ("a.txt", "link", "b.txt", "a.txt/b.txt", "x" * 5000, "nul\0")
    ] == [
        *(("a.txt", False), ("link", False), ("b.txt", True), ("a.txt/b.txt", True)),
        *(("x" * 5000, False), ("nul\0", False)),  # which cannot be looked for
    ]


FILES = ("a.jsonl", "b.jsonl", "d/c.jsonl", "t.txt")
IDS = ("x", "y", "z", "t.txt")
ROW = st.tuples(st.sampled_from(IDS), st.sampled_from(("gas", "rye")))
WRITTEN = st.lists(ROW, min_size=1, max_size=3)
DONE = st.tuples(st.sampled_from(FILES), st.none() | WRITTEN)


@hypothesis_settings(max_examples=12)
@given(st.lists(st.lists(DONE, max_size=3), min_size=2, max_size=4))
def test_index_is_as_after_reading_everything(
    tmp_path_factory: pytest.TempPathFactory, days: list[list[tuple[str, list[tuple[str, str]]]]]
) -> None:
    """Whatever was written and deleted before, and whatever ids files share."""
    folder = tmp_path_factory.mktemp("law")
    desk = Desk(folder)
    for number, day in enumerate(days):
        for name, written in day:
            path = desk.news / name
            path.parent.mkdir(exist_ok=True)
            if written is None:
                path.unlink(missing_ok=True)
            elif path.suffix == ".txt":
                path.write_text(article(" ".join(text for _, text in written)))
            else:
                path.write_text(rows(*written))
        desk.step()
        if desk.changes.fresh:  # files that lost an article to another
            desk.step()
        assert not desk.changes.fresh
        fresh = Settings(index=str(folder / f"fresh{number}"))
        other = open_engine(fresh.index, fresh, create=True)
        report = ingest.add(other, desk.paths, fresh)
        assert desk.engine.known() == other.known()
        failed = {(failure.path, failure.origin) for failure in report.failed}
        kept = journal.failures(Path(desk.settings.index))
        assert {(f.path, f.origin) for f in kept} == failed
        other.close()
    desk.engine.close()


# --- a watcher of real files --------------------------------------------------------------------


class Told:
    """Hears what a watcher says, as lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def ran(self, report: Report, seconds: float) -> None:
        self.lines.append(f"{report.added} added, {report.removed} removed")
        self.lines += [f"{failure.path}: {failure.reason}" for failure in report.failed]

    def said(self, text: str) -> None:
        self.lines.append(text)

    def says(self, text: str) -> bool:
        return _comes(lambda: any(text in line for line in self.lines))


@dataclass
class Watching:
    """A watcher at work, what it says, and the index it keeps."""

    watcher: watch.Watcher
    told: Told
    archive: Archive

    def finds(self, word: str, articles: int = 1) -> bool:
        return _comes(lambda: self.archive.search(word).total == articles)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a watcher waits for comes ten times as soon."""
    for name in ("QUIET", "LONGEST", "TICK", "RETRY", "POLL"):
        monkeypatch.setattr(watch, name, getattr(watch, name) / 10)


@contextlib.contextmanager
def watching(folder: Path, *paths: Path, **more: Any) -> Iterator[Watching]:
    settings = Settings(index=str(folder / "index"), lock_seconds=0.1)
    told = Told()
    engine = open_engine(settings.index, settings, create=True)
    watcher = watch.Watcher(engine, paths, settings, told, **more)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        assert _comes(lambda: list((folder / "index").glob("*.toc")))
        with searchapp.open(folder / "index") as archive:
            yield Watching(watcher, told, archive)
    finally:
        watcher.stop()
        thread.join(PATIENCE)
        engine.close()
    assert not thread.is_alive()


def _comes(happened: Callable[[], object]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.usefixtures("hurried")
def test_watcher_keeps_an_index_current(tmp_path: Path) -> None:
    news, more = tmp_path / "news", tmp_path / "more"
    for folder in (news, more):
        folder.mkdir()
    (news / "a.txt").write_text(article("gas"))
    with watching(tmp_path, news, more) as desk:
        assert desk.finds("gas")
        (more / "deep" / "er").mkdir(parents=True)
        (more / "deep" / "er" / "b.txt").write_text(article("wheat"))
        assert desk.finds("wheat")
        (news / "a.txt").write_text(article("oats"))
        assert desk.finds("oats")
        (news / "a.txt").rename(news / "c.txt")
        assert _comes(lambda: desk.archive.search("oats").hits[0].id == "c.txt")
        assert desk.told.says("1 added, 1 removed")
        for number in range(1000):
            (more / f"{number}.txt").write_text(article("barley", f"Title {number}"))
        (news / "empty.txt").write_text("")
        assert desk.finds("barley", 1000)
        assert desk.told.says("empty.txt: is empty")
        shutil.rmtree(more / "deep")
        assert desk.finds("wheat", 0)


@pytest.mark.usefixtures("hurried")
def test_folder_that_goes_and_comes_is_watched_again(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text(article("gas"))
    with watching(tmp_path, news) as desk:
        assert desk.finds("gas")
        news.rename(tmp_path / "was")
        assert desk.told.says(f"{news}: is not there")
        assert desk.finds("gas")
        news.mkdir()
        (news / "d.txt").write_text(article("rye"))
        assert desk.finds("rye")
        assert desk.finds("gas", 0)
        (news / "e.txt").write_text(article("millet"))
        assert desk.finds("millet")


@pytest.mark.usefixtures("hurried")
def test_watcher_by_the_clock_waits_for_another_writer(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text(article("gas"))
    with watching(tmp_path, news, poll=0.2, prune=False) as desk:
        assert desk.finds("gas")
        with locked(tmp_path / "index", PATIENCE):
            (news / "a.txt").rename(news / "b.txt")
            assert desk.told.says("it is tried again")
        assert desk.finds("gas", 2)  # nothing is removed


@pytest.mark.usefixtures("hurried")
def test_what_went_while_nobody_watched_is_removed(tmp_path: Path) -> None:
    news, other = tmp_path / "news", tmp_path / "other"
    for folder in (news, other):
        folder.mkdir()
        (folder / f"{folder.name}.txt").write_text(article("gas"))
    (news / "a.txt").write_text(article("rye"))
    with watching(tmp_path, news, other) as desk:
        assert desk.finds("gas", 2)
    (news / "a.txt").unlink()
    (other / "other.txt").unlink()  # nothing is left there: it may be a disk that is not mounted
    with watching(tmp_path, news, other) as desk:
        assert desk.finds("rye", 0)
        assert desk.finds("gas", 2)


@pytest.mark.usefixtures("hurried")
def test_watcher_that_the_system_does_not_tell_looks_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf:
        def __init__(self, homes: object, hint: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(watch, "_Ear", Deaf)
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text(article("gas"))
    with watching(tmp_path, news) as desk:
        assert desk.told.says("does not tell of changes (No space left on device); looking every")
        assert desk.finds("gas")
        (news / "b.txt").write_text(article("rye"))
        assert desk.finds("rye")


def test_command_that_is_stopped_keeps_what_it_read(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    for file in range(2000):
        (news / f"{file}.txt").write_text(article("gas", f"Title {file}"))
    (tmp_path / "searchapp.toml").write_text("commit_every = 100\n")
    command = Path(sysconfig.get_path("scripts")) / "searchapp"
    log = tmp_path / "watch.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([command, "watch", "news"], cwd=tmp_path, stderr=stream)
    try:
        assert _comes(lambda: list((tmp_path / "index").glob("*.toc")))
        process.terminate()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.search("gas").total >= 100
        assert archive.check() == []
    assert re.fullmatch(r"watching news .*\n[\d,]+ added in .* s\n", log.read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_stops_and_the_second_is_as_always(number: int) -> None:
    before = signal.getsignal(number)
    calls: list[int] = []
    with _on_signal(lambda: calls.append(1)):
        assert signal.getsignal(number) != before
        signal.raise_signal(number)
        assert signal.getsignal(number) == before
    assert (calls, signal.getsignal(number)) == ([1], before)


def test_command_explains_what_it_cannot_do(tmp_path: Path) -> None:
    for arguments in (["nowhere"], [str(tmp_path), "--interval", "5"], []):
        result = CliRunner().invoke(main, ["watch", *arguments, "--index", str(tmp_path / "i")])
        assert result.exit_code == 2


def test_stopped_run_commits_what_it_read_and_removes_nothing(desk: Desk) -> None:
    for number in range(10):
        (desk.news / f"{number}.txt").write_text(article("gas"))
    desk.step()
    (desk.news / "0.txt").unlink()
    (desk.news / "new.txt").write_text(article("rye"))
    asked = iter([False, *[True] * 20])
    report = ingest.add(
        desk.engine, desk.paths, desk.settings, prune=True, stopped=lambda: next(asked)
    )
    assert (report.unchanged, report.removed) == (1, 0)
    assert "0.txt" in desk.engine.known()
