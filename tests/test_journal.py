"""What is kept of runs: the failures of files as they were last read, and the paths named."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchapp import journal
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.model import Failure
from tests.editing import shelf

WHEN = "2026-11-25T10:00:00+00:00"


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir(exist_ok=True)
    (folder / "good.txt").write_text("Gas talks\n\nIran sells gas.\n")
    (folder / "empty.txt").write_text("")
    (folder / "scan.pdf").write_bytes(b"%PDF")
    (folder / "wire.jsonl").write_text('{"id": "a", "text": "Iran."}\nbroken\n')
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path, {}) as found:
        yield found


def paths(archive: Archive) -> list[str]:
    return [failure.path for failure in archive.failures()]


def test_failures_are_kept_with_file_reason_and_time(archive: Archive, news: Path) -> None:
    archive.add([news])
    assert paths(archive) == ["empty.txt", "scan.pdf", "wire.jsonl#L2"]
    first = archive.failures()[0]
    assert (first.reason, first.origin) == ("is empty", str(news / "empty.txt"))
    assert first.when.endswith("+00:00")


def test_failure_goes_once_its_file_is_read(archive: Archive, news: Path) -> None:
    archive.add([news])
    (news / "empty.txt").write_text("Oil talks\n\nIraq sells oil.\n")
    (news / "scan.pdf").unlink()
    archive.add([news])
    assert paths(archive) == ["wire.jsonl#L2"]
    (news / "wire.jsonl").write_text('{"id": "a", "text": "Iran."}\n')
    archive.add([news])
    assert archive.failures() == ()


def test_unchanged_failure_is_told_once(archive: Archive, news: Path) -> None:
    archive.add([news])
    archive.add([news])
    archive.add([news / "empty.txt"])
    assert paths(archive) == ["empty.txt", "scan.pdf", "wire.jsonl#L2"]


def test_failures_of_other_folders_stay_while_their_files_are_there(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    archive.add([news])
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes").write_text("no ending")
    archive.add([other])
    assert paths(archive) == ["empty.txt", "scan.pdf", "wire.jsonl#L2", "notes"]
    (news / "scan.pdf").unlink()
    archive.add([other])
    assert paths(archive) == ["empty.txt", "wire.jsonl#L2", "notes"]


def test_rebuilding_forgets_what_other_runs_failed_at(news: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes").write_text("no ending")
    index = ["--index", str(tmp_path / "index")]
    run = CliRunner().invoke
    run(main, ["index", str(news), *index])
    run(main, ["index", str(other), "--rebuild", *index])
    assert json.loads(run(main, ["failures", "--json", *index]).stdout)[0]["path"] == "notes"
    assert journal.paths(tmp_path / "index") == (str(other),)


def test_paths_named_are_kept_in_their_order_and_while_they_are_there(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    assert archive.paths() == ()
    one = tmp_path / "one.txt"
    one.write_text("One\n\nIran.\n")
    for path in (news, one, news, tmp_path / "none"):
        archive.add([path])
    assert archive.paths() == (news, one)
    one.unlink()
    assert archive.paths() == (news,)


def test_newest_paths_are_kept_where_there_are_too_many(tmp_path: Path) -> None:
    named = [f"/news/{number}.txt" for number in range(journal.MOST_PATHS + 5)]
    journal.record(tmp_path, named, named, [], WHEN, anew=False)
    assert journal.paths(tmp_path) == tuple(named[5:])


def test_index_needs_neither_file(archive: Archive, news: Path) -> None:
    archive.add([news])
    folder = Path(archive.settings.index)
    for text in (b"", b"\xff\xfe\n[1]\n{}\n" + b"[" * 100_000, b'{"path": 1, "reason": "x"}\n'):
        (folder / journal.FAILURES).write_bytes(text)
        (folder / journal.PATHS).write_bytes(text)
        assert (archive.failures(), archive.paths()) == ((), ())
        assert archive.check() == []
    (folder / journal.FAILURES).unlink()
    (folder / journal.PATHS).unlink()
    assert archive.search("gas").total == 1
    assert archive.failures() == ()
    archive.add([news])
    assert len(archive.failures()) == 3


def test_journal_that_cannot_be_written_ends_no_run(
    archive: Archive, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "replace_file", full)
    report = archive.add([news])
    assert report.added == 2
    assert "cannot be kept" in report.warnings[0].reason
    assert archive.search("gas").total == 1


def test_line_that_was_damaged_costs_no_other(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("")
    failed = [Failure("x.txt", "is empty", str(file)), Failure("y", "of no file")]
    journal.record(tmp_path, [], [str(tmp_path)], failed, WHEN, anew=False)
    path = tmp_path / journal.FAILURES
    path.write_bytes(path.read_bytes() + b'{"path": "cut o')
    (kept,) = journal.failures(tmp_path)
    assert (kept.path, kept.origin, kept.when) == ("x.txt", str(file), WHEN)


def test_index_that_is_elsewhere_is_no_place_for_a_journal(tmp_path: Path) -> None:
    journal.record(tmp_path / "none", [], [str(tmp_path)], [], WHEN, anew=False)
    assert list(tmp_path.iterdir()) == []


def test_command_lists_failures_and_stats_count_them(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    (news / "\x1b[31mred.pdf").write_bytes(b"x")
    archive.add([news])
    index = ["--index", str(tmp_path / "index")]
    answer = CliRunner().invoke(main, ["failures", *index])
    assert answer.exit_code == 0
    assert "empty.txt: is empty\n" in answer.stdout
    assert "\x1b" not in answer.stdout
    assert "4 could not be indexed" in answer.stderr
    rows = json.loads(CliRunner().invoke(main, ["failures", "--json", *index]).stdout)
    assert rows[-1]["path"] == "wire.jsonl#L2"
    stats = CliRunner().invoke(main, ["stats", "--json", *index]).stdout
    assert json.loads(stats)["failed"] == 4
