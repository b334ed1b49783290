"""Indexing again and again: what is added, updated, left alone, removed and refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.ingest import Progress, Report, add
from searchapp.settings import Settings


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.txt").write_text("Gas talks\n\nRussia and Iran spoke of gas for an hour.\n")
    (folder / "deep" / "two.txt").write_text("Oil talks\n\nRussia and Iran spoke of oil.\n")
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"))
    return Archive(open_engine(settings.index, settings, create=True), settings)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return (report.added, report.updated, report.unchanged, report.removed, len(report.failed))


def ids(archive: Archive, q: str = "") -> set[str]:
    return {hit.id for hit in archive.search(q).hits}


def test_ids_are_paths_below_the_folder(archive: Archive, news: Path) -> None:
    assert counts(archive.add([news])) == (2, 0, 0, 0, 0)
    assert ids(archive) == {"one.txt", "deep/two.txt"}


def test_second_run_changes_nothing(archive: Archive, news: Path) -> None:
    archive.add([news])
    generation = archive.stats().generation
    assert counts(archive.add([news])) == (0, 0, 2, 0, 0)
    assert archive.stats().generation == generation


def test_changed_file_is_replaced(archive: Archive, news: Path) -> None:
    archive.add([news])
    (news / "one.txt").write_text("Coal talks\n\nRussia and Iran spoke of coal.\n")
    assert counts(archive.add([news])) == (0, 1, 1, 0, 0)
    assert ids(archive, "coal") == {"one.txt"}
    assert archive.search("gas").total == 0


def test_gone_file_stays_until_pruned(archive: Archive, news: Path) -> None:
    archive.add([news])
    (news / "one.txt").unlink()
    assert counts(archive.add([news])) == (0, 0, 1, 0, 0)
    assert counts(archive.add([news], prune=True)) == (0, 0, 1, 1, 0)
    assert ids(archive) == {"deep/two.txt"}


def test_pruning_keeps_what_another_folder_still_has(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    archive.add([news])
    other = tmp_path / "other"
    other.mkdir()
    (other / "three.txt").write_text("Coal talks\n\nThey spoke of coal.\n")
    assert counts(archive.add([other], prune=True)) == (1, 0, 0, 0, 0)
    assert ids(archive) == {"one.txt", "deep/two.txt", "three.txt"}


@pytest.mark.parametrize("missing", [True, False])
def test_pruning_with_a_missing_or_empty_folder_removes_nothing(
    archive: Archive, news: Path, missing: bool
) -> None:
    archive.add([news])
    news.rename(news.with_name("unmounted"))
    if not missing:
        news.mkdir()
    assert archive.add([news], prune=True).removed == 0
    assert len(ids(archive)) == 2


def test_file_that_cannot_be_read_any_more_keeps_its_article(archive: Archive, news: Path) -> None:
    archive.add([news])
    (news / "one.txt").write_bytes(b"")
    report = archive.add([news], prune=True)
    assert [(f.path, f.reason) for f in report.failed] == [("one.txt", "is empty")]
    assert ids(archive) == {"one.txt", "deep/two.txt"}


def test_same_id_from_two_folders_is_refused(archive: Archive, news: Path, tmp_path: Path) -> None:
    archive.add([news])
    other = tmp_path / "other"
    other.mkdir()
    (other / "one.txt").write_text("Another\n\nAnother article altogether.\n")
    report = archive.add([other])
    (failure,) = report.failed
    assert failure.path == "one.txt"
    assert str(news / "one.txt") in failure.reason
    assert ids(archive, "gas") == {"one.txt"}


def test_moved_folder_keeps_its_ids(archive: Archive, news: Path) -> None:
    archive.add([news])
    moved = news.rename(news.with_name("moved"))
    assert counts(archive.add([moved])) == (0, 0, 2, 0, 0)


def lines(*rows: object) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def test_each_line_is_an_article_and_a_bad_one_is_reported(
    archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "export.jsonl"
    gas = {"id": "gas", "title": "Gas", "text": "Gas rose.", "date": "2001-02-03"}
    oil = {"title": "Oil", "text": "Oil rose.", "country": ["IR"], "person": ["Ali Amini"]}
    path.write_text(lines(gas, "{broken", oil, {"id": "gas", "title": "Twin", "text": "x"}))
    report = archive.add([path])
    assert counts(report) == (2, 0, 0, 0, 2)
    assert [failure.path for failure in report.failed] == ["export.jsonl#L2", "export.jsonl#L4"]
    assert "same id" in report.failed[1].reason
    assert ids(archive) == {"gas", "export.jsonl#L3"}
    (hit,) = archive.search("oil").hits
    assert [t.value for t in hit.tags.country] == ["IR"]
    assert [t.value for t in hit.tags.person] == ["Ali Amini"]


def test_line_that_left_its_file_is_pruned(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    rows = [{"id": name, "title": name, "text": f"{name} rose."} for name in ("gas", "oil")]
    path.write_text(lines(*rows))
    archive.add([path])
    path.write_text(lines(rows[1]))
    assert counts(archive.add([path], prune=True)) == (0, 0, 1, 1, 0)
    assert ids(archive) == {"oil"}


def test_the_index_itself_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Gas talks\n\nThey spoke of gas.\n")
    settings = Settings(index=str(tmp_path / "index"))
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        assert counts(archive.add([tmp_path])) == (1, 0, 0, 0, 0)
        assert counts(archive.add([tmp_path])) == (0, 0, 1, 0, 0)


def test_what_the_owner_adds_to_the_rules_is_not_read_as_news(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Gas talks\n\nThey spoke of gas.\n")
    (tmp_path / "index.rules" / "lexicon").mkdir(parents=True)
    (tmp_path / "index.rules" / "topics.tsv").write_text("gas\tgas\n")
    (tmp_path / "index.rules" / "lexicon" / "README.txt.md").write_text("Ours.\n")
    settings = Settings(index=str(tmp_path / "index"))
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        assert counts(archive.add([tmp_path])) == (1, 0, 0, 0, 0)


def test_several_processes_and_commits_find_the_same(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    filler = "Russia and Iran spoke of gas and oil for a long time. " * 20
    path.write_text(
        lines(*({"id": str(n), "title": f"Talks {n}", "text": filler} for n in range(2100)))
    )
    assert path.stat().st_size > 2_000_000
    settings = Settings(index=str(tmp_path / "index"), commit_every=800)
    told: list[Progress] = []
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        report = archive.add([path], workers=2, progress=told.append)
        assert counts(report) == (2100, 0, 0, 0, 0)
        assert archive.search("gas").total == 2100
        assert archive.stats().generation == 3
    assert told[-1].done_bytes == told[-1].total_bytes == path.stat().st_size


def test_rebuilding_replaces_everything_at_once(archive: Archive, news: Path) -> None:
    archive.add([news])
    (news / "one.txt").unlink()
    settings = archive.settings
    anew = open_engine(settings.index, settings, rebuild=True)
    report = add(anew, [news], settings, rebuild=True)
    assert counts(report) == (1, 0, 0, 0, 0)
    assert ids(archive) == {"deep/two.txt"}


def test_one_article_that_breaks_a_stage_does_not_end_the_run(archive: Archive, news: Path) -> None:
    (news / "bad.html").write_bytes(b"\x00\xff\x00" * 1000)
    report = archive.add([news])
    assert report.added == 2
    assert [failure.path for failure in report.failed] == ["bad.html"]


def test_killed_run_leaves_no_process_and_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    filler = "Russia and Iran spoke of gas and oil for a long time. " * 30
    path.write_text(
        lines(*({"id": str(n), "title": f"Talks {n}", "text": filler} for n in range(1400)))
    )
    index = tmp_path / "index"
    command = [sys.executable, "-m", "searchapp", "index", str(path), "--index", str(index)]
    environ = {**os.environ, "SEARCHAPP_WORKERS": "2", "SEARCHAPP_COMMIT_EVERY": "100"}
    run = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE)
    assert run.stderr
    while not list(index.glob("_MAIN_[2-9].toc")):
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
    run.kill()
    run.stderr.read()  # ends when the last process that could write to it has ended
    run.stderr.close()
    run.wait()
    settings = Settings(index=str(index))
    with Archive(open_engine(index, settings), settings) as archive:
        assert archive.check() == []
        kept = archive.stats().articles
        assert 200 <= kept < 1400
        assert counts(archive.add([path])) == (1400 - kept, 0, kept, 0, 0)
