"""An index and what belongs to it, copied, put back, and searched meanwhile."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import searchapp
from searchapp import backup as copies
from searchapp import journal
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.engine import open_engine
from searchapp.engine.commit import locked
from searchapp.model import CannotCopy, Correction, IndexLocked, SearchError
from searchapp.settings import Settings
from tests.conftest import item


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an index with two articles, one of them corrected, and everything that lies beside it."""
    made = Settings(index=str(tmp_path / "desk" / "news"), lock_seconds=0.1)
    news = tmp_path / "wire"
    news.mkdir()
    (news / "a.txt").write_text("Gas talks\n\nPresident Mohammad Khatami went to Turkey.\n")
    (news / "b.txt").write_text("Wheat\n\nThey spoke of wheat in Ankara.\n")
    (news / "photo.jpg").write_bytes(b"\xff\xd8")
    with _archive(made) as archive:
        archive.add([news])
        archive.correct(Correction("country", "Belgium", "add", article="a.txt"))
    for ending, mode in (("secret", 0o600), ("keys", 0o600)):
        made.beside(ending).write_bytes(ending.encode() * 4)
        made.beside(ending).chmod(mode)
    for ending in ("uploads", "documents"):
        made.beside(ending).mkdir()
    with contextlib.closing(sqlite3.connect(made.beside("documents") / "a.sqlite")) as database:
        database.execute("create table sent (id text)")
        database.execute("insert into sent values ('a1')")
        database.commit()
    for ending in ("uploads", "documents"):
        (made.beside(ending) / "sent.txt").write_text(f"Sent to {ending}")
    return made


def _archive(settings: Settings) -> Archive:
    return Archive(open_engine(settings.index, settings, create=True), settings)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file that lies beside an index below `folder`, with its mode."""
    return {
        path.relative_to(folder).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and "." in path.relative_to(folder).parts[0]
    }


def test_backup_has_all_of_it_and_can_be_searched_where_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    where = tmp_path / "backups" / "monday"
    result = run("backup", where, "--index", settings.index)
    assert (result.exit_code, result.output) == (0, f"{where}: a sound copy of {settings.index}\n")
    assert everything(where) == everything(Path(settings.index).parent)
    assert {ending for ending, _ in copies._beside(settings)} == {
        name.partition(".")[2].partition("/")[0] for name in everything(where)
    }
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert [path.name for path in where.parent.iterdir()] == ["monday"]
    with searchapp.open(where / "news") as archive:
        assert archive.search("gas", country=["BE"]).total == 1
        assert [failure.path for failure in archive.failures()] == ["photo.jpg"]
        assert archive.check() == []


def test_backup_is_put_where_nothing_is(settings: Settings, tmp_path: Path) -> None:
    copies.backup(settings, tmp_path / "copy")
    other = Settings(index=str(tmp_path / "elsewhere" / "index"))
    Path(other.index).mkdir(parents=True)  # as a new volume is
    copies.restore(other, tmp_path / "copy")
    assert {
        name.replace("index.", "news."): file
        for name, file in everything(tmp_path / "elsewhere").items()
    } == everything(tmp_path / "copy")
    with searchapp.open(other.index) as archive:
        assert archive.search("gas", country=["BE"]).total == 1
        assert archive.add([tmp_path / "wire"]).unchanged == 2
        assert archive.check() == []


def test_backup_takes_the_place_of_an_index_that_is_searched(
    settings: Settings, tmp_path: Path
) -> None:
    copies.backup(settings, tmp_path / "copy")
    before = everything(Path(settings.index).parent)
    with _archive(settings) as reader, _archive(settings) as writer:
        (tmp_path / "wire" / "c.txt").write_text("Rye\n\nThey spoke of rye.\n")
        writer.add([tmp_path / "wire"])
        writer.correct(Correction("country", "Spain", "add", article="b.txt"))
        settings.beside("keys").write_bytes(b"other keys")
        (settings.beside("uploads") / "later.txt").write_text("Sent later")
        assert (reader.search("rye").total, reader.search(country=["ES"]).total) == (1, 1)
        generation = reader.engine.generation()

        refused = run("restore", tmp_path / "copy", "--index", settings.index)
        assert refused.exit_code == 1
        assert "is there; --replace puts the backup in its place" in refused.output
        assert reader.search("rye").total == 1

        command = ("restore", tmp_path / "copy", "--index", settings.index, "--replace")
        assert run(*command).exit_code == 0
        assert (reader.search("rye").total, reader.search(country=["ES"]).total) == (0, 0)
        assert reader.search("gas", country=["BE"]).total == 1
        assert reader.engine.generation() > generation  # who asks whether anything changed
        assert everything(Path(settings.index).parent) == before
        assert reader.check() == []
        assert writer.add([tmp_path / "wire"]).added == 1
        assert reader.search("rye").total == 1


def test_what_came_since_the_backup_is_gone(settings: Settings, tmp_path: Path) -> None:
    settings.beside("keys").unlink()
    copies.backup(settings, tmp_path / "copy")
    settings.beside("keys").write_bytes(b"new")
    copies.restore(settings, tmp_path / "copy", replace=True)
    assert not settings.beside("keys").exists()


@pytest.mark.parametrize("damage", ["segment", "table"])
def test_damaged_index_is_replaced_and_not_backed_up(
    settings: Settings, tmp_path: Path, damage: str
) -> None:
    copies.backup(settings, tmp_path / "copy")
    pattern = {"segment": "MAIN_*", "table": "_MAIN_*.toc"}[damage]
    broken = sorted(p for p in Path(settings.index).glob(pattern) if "LOCK" not in p.name)[0]
    data = bytearray(broken.read_bytes())
    data[len(data) // 3] ^= 1
    broken.write_bytes(data)
    with pytest.raises(SearchError, match=broken.name):
        copies.backup(settings, tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "desk", "wire"]
    copies.restore(settings, tmp_path / "copy", replace=True)
    with _archive(settings) as archive:
        assert archive.check() == []
        assert archive.search("gas").total == 1


@pytest.mark.parametrize("pattern", ["news/MAIN_*", "news.documents/a.sqlite"])
def test_damaged_backup_is_refused(settings: Settings, tmp_path: Path, pattern: str) -> None:
    copies.backup(settings, tmp_path / "copy")
    broken = sorted((tmp_path / "copy").glob(pattern))[0]
    broken.write_bytes(broken.read_bytes()[:-100] + bytes(100))
    with broken.open("r+b") as file:
        file.truncate(broken.stat().st_size - 50)
    before = everything(tmp_path / "desk")
    with pytest.raises(SearchError, match=broken.name):
        copies.restore(settings, tmp_path / "copy", replace=True)
    assert everything(tmp_path / "desk") == before


def test_what_is_there_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for there in (tmp_path / "file", tmp_path / "folder", tmp_path / "link"):
        with pytest.raises(CannotCopy, match="is there already"):
            copies.backup(settings, there)
    alone = Settings(index=str(tmp_path / "alone"))
    alone.rules_folder.mkdir()
    (alone.rules_folder / "corrections.tsv").write_text("mine")
    copies.backup(settings, tmp_path / "copy")
    with pytest.raises(CannotCopy, match=r"alone\.rules: is there"):
        copies.restore(alone, tmp_path / "copy")


def test_folder_that_is_no_backup_is_refused(settings: Settings, tmp_path: Path) -> None:
    for where in (tmp_path / "wire", tmp_path / "nowhere", Path(settings.index)):
        result = run("restore", where, "--index", tmp_path / "new")
        assert (result.exit_code, "has no index in it" in result.output) == (1, True)
    assert not (tmp_path / "new").exists()
    assert run("backup", tmp_path / "copy", "--index", tmp_path / "new").exit_code == 1


def test_both_wait_for_a_writer_and_say_who_it_is(settings: Settings, tmp_path: Path) -> None:
    copies.backup(settings, tmp_path / "copy")
    before = everything(tmp_path / "desk")
    with locked(Path(settings.index), 1):
        with pytest.raises(IndexLocked, match="process"):
            copies.backup(settings, tmp_path / "other")
        with pytest.raises(IndexLocked, match="process"):
            copies.restore(settings, tmp_path / "copy", replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "desk", "wire"]
    assert everything(tmp_path / "desk") == before


def test_restoring_that_fails_at_the_end_takes_everything_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.backup(settings, tmp_path / "copy")
    settings.beside("keys").write_bytes(b"other keys")
    before = everything(tmp_path / "desk")
    names = sorted(os.listdir(settings.index))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("searchapp.engine.toc.write", fail)
    with pytest.raises(OSError, match="No space"):
        copies.restore(settings, tmp_path / "copy", replace=True)
    assert everything(tmp_path / "desk") == before
    assert sorted(os.listdir(settings.index)) == names
    assert sorted(p.name for p in (tmp_path / "desk").iterdir() if p.name[0] == ".") == []


def test_rules_that_lie_elsewhere_are_there_again(settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(settings.rules_folder, tmp_path / "rules")
    mine = Settings(index=settings.index, rules=str(tmp_path / "rules"))
    copies.backup(mine, tmp_path / "copy")
    shutil.rmtree(tmp_path / "rules")
    copies.restore(mine, tmp_path / "copy", replace=True)
    assert filecmp.dircmp(tmp_path / "rules", settings.rules_folder).diff_files == []
    assert sorted(os.listdir(tmp_path / "rules")) == sorted(os.listdir(settings.rules_folder))
    around = Settings(index=settings.index, rules=str(tmp_path / "desk"))
    with pytest.raises(CannotCopy, match="has the index in it"):
        copies.backup(around, tmp_path / "other")


# --- copying while somebody writes --------------------------------------------------------------

BATCH = 10


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Settings]:
    """An index that is written all the time, ten articles a commit."""
    settings = Settings(index=str(tmp_path / "desk" / "index"), lock_seconds=120)
    engine = open_engine(settings.index, settings, create=True)
    engine.write([item(f"0-{number}", "Oil") for number in range(BATCH)])
    over = threading.Event()

    def write() -> None:
        commit = 0
        while not over.is_set():
            commit += 1
            engine.write([item(f"{commit}-{number}", "Oil") for number in range(BATCH)])
            time.sleep(0.05)  # or nobody else gets the lock

    writer = threading.Thread(target=write)
    writer.start()
    yield settings
    over.set()
    writer.join()
    engine.close()


def articles_in(index: Path) -> int | None:
    """How many there are; None where the index says that it is not sound."""
    if run("check", "--index", index).exit_code:
        return None
    with searchapp.open(index) as archive:
        return archive.search().total


def test_backup_of_an_index_that_is_written_is_one_commit(busy: Settings, tmp_path: Path) -> None:
    for number in range(5):
        copies.backup(busy, tmp_path / f"copy{number}")
        found = articles_in(tmp_path / f"copy{number}" / "index")
        assert found
        assert found % BATCH == 0


@pytest.mark.skipif(not shutil.which("cp"), reason="there is no cp here")
def test_plain_copy_of_an_index_that_is_written_is_a_commit_or_says_that_it_is_none(
    busy: Settings, tmp_path: Path
) -> None:
    for number in range(10):
        copied = tmp_path / f"copy{number}"
        subprocess.run(["cp", "-a", busy.index, copied], capture_output=True)
        found = articles_in(copied)
        assert found is None or (found > 0 and found % BATCH == 0)


def test_plain_copy_of_an_index_that_nobody_writes_is_sound(
    settings: Settings, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", Path(settings.index).parent, tmp_path / "copy"], check=True)
    assert everything(tmp_path / "copy") == everything(tmp_path / "desk")
    assert articles_in(tmp_path / "copy" / "news") == 2
    assert journal.paths(tmp_path / "copy" / "news") == (str(tmp_path / "wire"),)
    copies.restore(settings, tmp_path / "copy", replace=True)  # has the same layout
    assert articles_in(Path(settings.index)) == 2
