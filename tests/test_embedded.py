"""What is particular to the Whoosh index in a folder: opening, replacing, refusing, locking."""

from __future__ import annotations

import pickle
import shutil
import threading
import time
from pathlib import Path

import pytest
import whoosh.index

from searchapp.engine import open_engine, toc
from searchapp.engine.embedded import EmbeddedEngine
from searchapp.engine.schema import FORMAT
from searchapp.model import (
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    NoIndex,
    Query,
    Ranking,
    Word,
)
from searchapp.settings import Settings
from tests.conftest import item

OIL = Query(Word("oil", "oil"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    engine = open_engine(tmp_path / "index", Settings(), create=True)
    engine.write([item("a", "Oil", "Oil rose."), item("b", "Gas", "Gas fell.")])
    engine.close()
    return tmp_path / "index"


def contents(folder: Path) -> Path:
    return folder / toc.file_name(toc.generation(folder))


def test_whoosh_opens_and_searches_it(folder: Path) -> None:
    index = whoosh.index.open_dir(str(folder))
    with index.searcher() as searcher:
        assert searcher.doc_count() == 2
        assert searcher.doc_frequency("text", "oil") == 1
        assert list(searcher.reader().field_terms("id")) == ["a", "b"]


def test_there_is_no_index_yet(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="searchapp index"):
        open_engine(tmp_path / "none", Settings())
    assert not (tmp_path / "none").exists()


def test_other_language_says_rebuild(folder: Path) -> None:
    with pytest.raises(IndexMismatch, match=r"analyser-1-english-.*analyser-1-german-.*--rebuild"):
        open_engine(folder, Settings(language="german"))


def test_other_format_says_rebuild(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchapp.engine.schema.FORMAT", "next")
    with pytest.raises(IndexMismatch, match=rf"format-{FORMAT}-.*format-next-.*--rebuild"):
        open_engine(folder, Settings())


def test_language_of_the_index_is_kept(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(language="german"), create=True)
    engine.write([item("a", body="Die Verhandlungen")])
    again = open_engine(tmp_path / "i", Settings())
    assert again.analyser.language == "german"
    assert again.rank(Query(Word("verhandl", "verhandlung"))).total == 1


def test_newer_commit_of_another_process_is_seen(folder: Path) -> None:
    reader, writer = open_engine(folder, Settings()), open_engine(folder, Settings())
    assert reader.rank(OIL).total == 1
    writer.write([item("c", "Oil again", "Oil.")])
    assert reader.rank(OIL).total == 2


def test_index_that_another_process_makes_is_seen(tmp_path: Path) -> None:
    early, late = (open_engine(tmp_path / "i", Settings(), create=True) for _ in range(2))
    assert early.rank(OIL).total == 0
    late.write([item("a", "Oil", "Oil.")])
    assert early.rank(OIL).total == 1
    early.write([item("b", "Oil", "Oil.")])
    assert late.rank(OIL).total == 2


def test_first_commits_of_two_processes_are_both_kept(tmp_path: Path) -> None:
    one, other = (open_engine(tmp_path / "i", Settings(), create=True) for _ in range(2))

    def articles():  # type: ignore[no-untyped-def]
        waiting = threading.Thread(target=other.write, args=([item("b", "Oil", "Oil.")],))
        waiting.start()
        threads.append(waiting)
        time.sleep(0.3)  # the other one is now waiting for the lock
        yield item("a", "Oil", "Oil.")

    threads: list[threading.Thread] = []
    one.write(articles())
    threads[0].join()
    assert {id_ for id_, _ in one.rank(OIL).hits} == {"a", "b"}


def test_second_writer_waits_and_then_says_why(folder: Path) -> None:
    engine = open_engine(folder, Settings(lock_seconds=0.2))
    holder = whoosh.index.open_dir(str(folder)).writer()
    with pytest.raises(IndexLocked, match="lock_seconds"):
        engine.write([item("c", "Oil")])
    holder.cancel()
    engine.write([item("c", "Oil")])
    assert engine.rank(OIL).total == 2


def test_rebuilding_needs_no_readable_index(folder: Path) -> None:
    contents(folder).write_bytes(b"garbage")
    with pytest.raises(IndexDamaged):
        open_engine(folder, Settings())
    engine = open_engine(folder, Settings(), rebuild=True)
    engine.write([item("new", "Oil", "Oil.")])
    assert engine.rank(OIL).hits[0][0] == "new"
    assert open_engine(folder, Settings()).rank(Query()).total == 1


def test_failed_rebuild_leaves_the_old_index(folder: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield item("new", "Oil")
        raise RuntimeError("power cut")

    engine = open_engine(folder, Settings(), rebuild=True)
    with pytest.raises(RuntimeError):
        engine.write(broken())
    assert open_engine(folder, Settings()).rank(Query()).total == 2
    assert [path.name for path in folder.glob(".new-*")] == []


def test_old_index_serves_while_the_new_one_is_made(folder: Path) -> None:
    reader = open_engine(folder, Settings())

    def slow():  # type: ignore[no-untyped-def]
        yield item("new", "Coal", "Coal.")
        assert reader.rank(OIL).total == 1

    open_engine(folder, Settings(), rebuild=True).write(slow())
    assert reader.rank(OIL).total == 0


class Evil:
    def __reduce__(self):  # type: ignore[no-untyped-def]
        return (print, ("owned",))


def test_contents_that_name_another_class_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = contents(folder)
    data = path.read_bytes()
    end = data.rindex(bytes([0x80, pickle.HIGHEST_PROTOCOL]))  # where the last pickle begins
    path.write_bytes(data[:end] + pickle.dumps(Evil()))
    with pytest.raises(IndexDamaged, match=r"refused, it names builtins\.print"):
        open_engine(folder, Settings())
    assert "owned" not in capsys.readouterr().out


def test_index_of_an_older_searchapp_says_rebuild(folder: Path) -> None:
    path = contents(folder)
    data = path.read_bytes()
    end = data.rindex(bytes([0x80, pickle.HIGHEST_PROTOCOL]))
    path.write_bytes(data[:end] + b"csearchapp.engine.embedded\nWords\n.")
    with pytest.raises(IndexMismatch, match=r"older searchapp.*--rebuild"):
        open_engine(folder, Settings())
    engine = open_engine(folder, Settings(), rebuild=True)
    engine.write([item("new", "Oil", "Oil.")])
    assert open_engine(folder, Settings()).rank(OIL).total == 1


def test_contents_cut_anywhere_are_damaged_and_nothing_else(folder: Path) -> None:
    path = contents(folder)
    data = path.read_bytes()
    for size in range(0, len(data), 97):
        path.write_bytes(data[:size])
        with pytest.raises(IndexDamaged):
            open_engine(folder, Settings())


def test_missing_segment_is_found(folder: Path) -> None:
    for path in folder.glob("*.arrays"):
        path.unlink()
    engine = open_engine(folder, Settings())
    (problem,) = engine.check()
    assert ".arrays" in problem
    with pytest.raises(IndexDamaged, match="missing"):
        engine.rank(OIL)


def test_every_flipped_bit_is_found_and_none_is_served(folder: Path) -> None:
    expected = open_engine(folder, Settings()).rank(OIL)
    assert open_engine(folder, Settings()).check() == []
    for path in (*folder.glob("*.arrays"), *folder.glob("*.toc")):
        data = path.read_bytes()
        for at in range(0, len(data), max(1, len(data) // 300)):
            flipped = bytearray(data)
            flipped[at] ^= 1 << at % 8
            path.write_bytes(flipped)
            assert_damage_is_seen(folder, path, expected)
        path.write_bytes(data)


def test_every_truncation_is_found_and_none_is_served(folder: Path) -> None:
    expected = open_engine(folder, Settings()).rank(OIL)
    for path in (*folder.glob("*.arrays"), *folder.glob("*.toc")):
        data = path.read_bytes()
        for size in range(0, len(data), max(1, len(data) // 300)):
            path.write_bytes(data[:size])
            assert_damage_is_seen(folder, path, expected)
        path.write_bytes(data)


def assert_damage_is_seen(folder: Path, path: Path, expected: Ranking) -> None:
    said = [text for text in (refused(folder, "check"), refused(folder, "rank")) if text]
    assert all(str(path) in text for text in said)
    assert refused(folder, "check")
    if not refused(folder, "rank"):
        assert open_engine(folder, Settings()).rank(OIL) == expected


def refused(folder: Path, what: str) -> str:
    """What is said of the damage; empty where it is not met with."""
    try:
        engine = open_engine(folder, Settings())
        if what == "check":
            return " ".join(engine.check())
        engine.rank(OIL)
        engine.get(["a", "b"])
    except IndexDamaged as problem:
        return str(problem)
    return ""


def test_other_whoosh_index_is_not_ours(tmp_path: Path) -> None:
    from whoosh.fields import ID, Schema

    whoosh.index.create_in(str(tmp_path), Schema(path=ID(), body=ID()))
    with pytest.raises((IndexMismatch, IndexDamaged)):
        open_engine(tmp_path, Settings())


def test_copied_folder_is_the_same_index(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    engine = open_engine(copy, Settings())
    assert isinstance(engine, EmbeddedEngine)
    assert engine.rank(OIL).total == 1


def test_what_is_made_once_for_a_commit_is_outside_the_time_of_a_search(folder: Path) -> None:
    engine = open_engine(folder, Settings())
    assert isinstance(engine, EmbeddedEngine)
    made = []

    def clock() -> float:
        made.append(sorted(engine._current()._columns))
        return 0.0

    engine.clock = clock
    engine.rank(OIL)
    assert made[0] == ["country", "person", "topic"]
    engine.rank(Query(countries="mentioned"))
    assert made[-1] == ["country", "country_mentioned", "person", "topic"]


def test_feedback_learns_from_the_beginning_of_a_long_article(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "i", Settings(), create=True)
    assert isinstance(engine, EmbeddedEngine)
    engine.write([item("long", body="oil " * 100_000)])
    (leaf,) = engine._current().leaves
    assert len(engine._stems(leaf, 0)) == 12_500
