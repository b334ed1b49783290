"""Articles that a program sends: what is refused, what is kept, and how it goes with files."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from jsonschema import Draft202012Validator

from searchapp import documents, ingest
from searchapp.api.writing import ARTICLE
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.documents import Sent, sent
from searchapp.documents.store import DELETED, Store
from searchapp.engine import open_engine
from searchapp.model import Article, BadArticle, IndexDamaged, IndexLocked, IndexMismatch
from searchapp.settings import Settings
from tests.editing import another_writing, shelf

ROOT = Path(__file__).parents[1]
MOST = 10_000
GAS = {"id": "gas", "title": "Gas for Turkey", "text": "Iran sells gas to Turkey."}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path, {}) as found:
        yield found


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A folder of two articles; `archive` has read nothing of it."""
    folder = tmp_path / "news"
    folder.mkdir(exist_ok=True)
    (folder / "oil.txt").write_text("Oil talks\n\nRussia and Iran spoke of oil.\n")
    (folder / "wire.jsonl").write_text(json.dumps({**GAS, "text": "Of gas in the file."}) + "\n")
    return folder


def texts(archive: Archive) -> dict[str, str]:
    """The bodies of all articles by id."""
    hits = archive.search(per_page=100).hits
    return {hit.id: archive.article(hit.id).article.body for hit in hits}


def rebuilt(archive: Archive, *paths: Path) -> ingest.Report:
    anew = open_engine(archive.settings.index, archive.settings, rebuild=True)
    return ingest.add(anew, paths, archive.settings, rebuild=True)


# --- what may be in an article --------------------------------------------------------------------


def packed(**row: object) -> bytes:
    return json.dumps(row).encode()


@pytest.mark.parametrize(
    ("data", "code", "member", "said"),
    [
        (b"", "not_json", "", "is not JSON"),
        (b"{", "not_json", "", "is not JSON"),
        (b"[]", "not_an_object", "", "is not a JSON object"),
        (b'"gas"', "not_an_object", "", "is not a JSON object"),
        (b'{"text": "\xff"}', "not_utf8", "", "is not UTF-8"),
        ('{"text": "gas"}'.encode("utf-16"), "not_utf8", "", "is not UTF-8"),
        (b'{"text": "gas", "n": NaN}', "not_json", "", "NaN is no number"),
        (b'{"text": "gas", "n": -Infinity}', "not_json", "", "-Infinity is no number"),
        (b'{"text": "gas", "n": 1e999}', "not_json", "", "a number that is too large"),
        (b'{"text": "gas", "n": ' + b"9" * 5000 + b"}", "not_json", "", "is not JSON"),
        (b"[" * 5000, "too_deep", "", "is nested"),
        (b'{"text": "gas", "n": ' + b"[" * 100 + b"]" * 100 + b"}", "too_deep", "", "100 deep"),
        (packed(text="x" * MOST), "too_large", "", "9.8 KB; that is the limit (max_file_bytes)"),
        (packed(text=5), "bad_member", "text", "text: is not text"),
        (packed(text="x", title=["x"]), "bad_member", "title", "title: is not text"),
        (packed(text="x", date="yesterday"), "bad_member", "date", "'yesterday' is not a date"),
        (packed(text="x", date=20010502), "bad_member", "date", "date: is not text"),
        (packed(text="x", url="javascript:alert(1)"), "bad_member", "url", "is not a link of"),
        (packed(text="x", language="Klingonese"), "bad_member", "language", "is not the code"),
        (packed(text="x", country=5), "bad_member", "country", "neither text nor a list"),
        (packed(text="x", person=["A", 5]), "bad_member", "person", "neither text nor a list"),
        (packed(text="x", topic=["x"] * 1001), "bad_member", "topic", "1,001 values"),
        (packed(text="x", topic="x" * 501), "bad_member", "topic", "more than 500 characters"),
        (packed(text="x", id=["a"]), "bad_member", "id", "id: is neither text nor a number"),
        (packed(text="x", id=True), "bad_member", "id", "id: is neither text nor a number"),
        (packed(text="x", id=" "), "bad_member", "id", "id: is empty"),
        (packed(text="x", id="x" * 513), "bad_member", "id", "id: has 513 characters"),
        (packed(text="x", id="a\nb"), "bad_member", "id", "id: has control characters"),
        (packed(text="x", id="a\0"), "bad_member", "id", "id: has control characters"),
        (packed(text="x", id="\ud83d"), "bad_member", "id", "id: has control characters"),
    ],
)
def test_bad_article_is_refused_with_what_is_wrong(
    data: bytes, code: str, member: str, said: str
) -> None:
    with pytest.raises(BadArticle) as caught:
        sent(data, MOST)
    assert (caught.value.code, caught.value.member) == (code, member)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        {"text": "x", "date": None, "country": None, "id": None},
        {"text": "x", "date": "", "url": " ", "language": ""},
        {"text": "x", "country": "IR", "person": ["Mohammad Khatami"]},
        {"title": "x", "date": "3 July 2000", "language": "de-DE"},
        {"text": "x", "id": 5, "price": 3.5, "nested": {"list": [[], {}]}},
        {"text": "half \ud83d of a pair"},
    ],
)
def test_what_a_line_of_a_file_may_have_may_be_sent(row: dict[str, Any]) -> None:
    one = sent(packed(**row), MOST)
    assert json.loads(one.data) == {**row, "id": one.id}
    assert sent(one.data, MOST) == one


def test_id_is_that_of_the_address_or_that_of_the_article_or_made_from_it() -> None:
    assert sent(packed(text="x"), MOST, "a").id == "a"
    assert sent(packed(text="x", id="a"), MOST, "a").id == "a"
    assert sent(packed(text="x", id=5), MOST, "5").id == "5"
    assert sent(packed(text="x", id="a"), MOST).id == "a"
    with pytest.raises(BadArticle, match="'b' is not that of the address") as caught:
        sent(packed(text="x", id="b"), MOST, "a")
    assert caught.value.code == "id_differs"
    one, same, other = (
        sent(data, MOST)
        for data in (
            b'{"text": "x", "title": "y"}',
            b' {"title":"y","text":"\\u0078"}\n',
            b'{"text":"x"}',
        )
    )
    assert one == same
    assert len({one.id, other.id}) == 2


MEMBER = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=3)


@given(st.dictionaries(st.sampled_from([m.name for m in documents.MEMBERS]), MEMBER))
def test_what_is_taken_is_what_the_description_says(row: dict[str, Any]) -> None:
    described = Draft202012Validator({**ARTICLE, "anyOf": [{}]})
    try:
        sent(packed(**row), MOST)
    except BadArticle as problem:
        # What has no meaning, JSON Schema cannot say.
        meaning = problem.member in ("id", "date", "url", "language")
        assert meaning or not described.is_valid(row)
    else:
        assert described.is_valid(row)


def test_examples_of_members_are_an_article(archive: Archive) -> None:
    assert archive.put({member.name: member.example for member in documents.MEMBERS}) == "added"


# --- in Python ------------------------------------------------------------------------------------


def test_article_is_found_replaced_and_deleted(archive: Archive) -> None:
    assert archive.put(GAS) == "added"
    assert archive.search("gas", country=["IR"]).total == 1
    generation = archive.stats().generation
    assert archive.put(GAS) == "unchanged"
    assert archive.stats().generation == generation
    assert archive.put({**GAS, "text": "Iran sells oil to Turkey."}) == "updated"
    assert archive.search("oil").total == 1
    assert archive.delete("gas") == 1
    assert archive.search("oil").total == 0
    assert archive.delete("gas") == 0
    assert archive.put(GAS) == "added"
    assert archive.check() == []


def test_article_of_a_program_is_put_as_it_is(archive: Archive) -> None:
    article = Article(
        *("a", "Gas", "Iran sells gas."),
        date=datetime.date(2001, 5, 2),
        byline="Paul Goble",
        provenance={"title": "found"},
        given={"topic": ("energy",)},
    )
    assert archive.put(article) == "added"
    there = archive.article("a")
    same = ("title", "body", "date", "byline", "given")
    assert [getattr(there.article, n) for n in same] == [getattr(article, n) for n in same]
    assert archive.put({"id": "b", "text": "x", "date": datetime.date(2001, 5, 2)}) == "added"
    with pytest.raises(BadArticle, match="cannot be written as JSON: object is nothing"):
        archive.put({"text": "x", "thing": object()})
    with pytest.raises(BadArticle, match="has neither text nor title"):
        archive.put({"id": "a"})


def test_many_are_one_commit_and_a_bad_one_stops_no_other(archive: Archive) -> None:
    rows = [
        {"id": "a", "text": "Gas."},
        {"id": "b", "text": ""},
        {"id": "a", "text": "Oil."},
        {"id": "c", "date": "yesterday"},
        {"text": "Coal."},
    ]
    archive.put({"id": "first", "text": "Gas."})
    generation = archive.stats().generation
    report = archive.put_all(rows)
    assert (report.added, report.updated, report.unchanged) == (2, 0, 0)
    assert [(f.path, f.reason) for f in report.failed] == [
        ("#2", "has neither text nor title"),
        ("#4", "date: 'yesterday' is not a date like 2001-12-31"),
    ]
    assert archive.stats().generation == generation + 1
    assert archive.article("a").article.body == "Oil."
    again = archive.put_all(rows)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert archive.delete(["a", "nosuch", "a"]) == 1


def test_corrections_and_rules_of_the_owner_hold_from_the_next_article_on(
    archive: Archive,
) -> None:
    rules = archive.settings.rules_folder
    assert archive.put(GAS) == "added"
    rules.mkdir(exist_ok=True)
    (rules / "topics.tsv").write_text("pipes\tgas AND turkey\n")
    (rules / "corrections.csv").write_text("facet,value,action\ncountry,TR,not\n")
    assert archive.put(GAS) == "updated"  # it is tagged anew
    tags = archive.article("gas").tags
    assert "pipes" in tags.values("topic")
    assert tags.values("country") == ("IR",)
    assert archive.put(GAS) == "unchanged"


# --- beside files ---------------------------------------------------------------------------------


def test_sent_article_outlives_runs_pruning_and_a_new_index(archive: Archive, news: Path) -> None:
    archive.put({"id": "sent", "text": "Coal was sent."})
    both = {"sent": "Coal was sent.", "gas": "Of gas in the file."}
    for report in (archive.add([news], prune=True), archive.add([news], prune=True)):
        assert report.removed == 0
    assert texts(archive).items() >= both.items()
    report = rebuilt(archive, news)
    assert (report.added, report.overridden) == (3, 0)
    assert texts(archive).items() >= both.items()
    assert archive.put({"id": "sent", "text": "Coal was sent."}) == "unchanged"


def test_sent_article_wins_over_a_file_with_its_id(archive: Archive, news: Path) -> None:
    archive.add([news])
    assert archive.put(GAS) == "updated"
    assert archive.put({"id": "oil.txt", "text": "Oil was sent."}) == "updated"
    for report in (archive.add([news], prune=True), rebuilt(archive, news)):
        assert (report.overridden, report.failed) == (2, [])
        assert texts(archive) == {"gas": GAS["text"], "oil.txt": "Oil was sent."}


def test_deleted_article_does_not_come_back_from_its_file(archive: Archive, news: Path) -> None:
    archive.add([news])
    assert archive.delete(["gas"]) == 1
    for report in (archive.add([news]), rebuilt(archive, news)):
        assert report.overridden == 1
        assert set(texts(archive)) == {"oil.txt"}
    assert archive.put({"id": "gas", "text": "Sent again."}) == "added"
    assert set(texts(archive)) == {"gas", "oil.txt"}


def test_forgotten_article_is_that_of_its_file_again(archive: Archive, news: Path) -> None:
    archive.add([news])
    archive.delete(["gas"])
    archive.put({"id": "oil.txt", "text": "Sent."})
    archive.put({"id": "sent", "text": "In no file."})
    assert archive.forget(["gas", "oil.txt", "sent", "nosuch"]) == 3
    report = archive.add([news], prune=True)
    assert (report.added, report.updated, report.removed, report.failed) == (1, 1, 1, [])
    assert texts(archive) == {
        "gas": "Of gas in the file.",
        "oil.txt": "Russia and Iran spoke of oil.",
    }


def test_folder_of_what_was_sent_is_no_news(archive: Archive, tmp_path: Path) -> None:
    archive.put(GAS)
    (archive.settings.documents_folder / "note.txt").write_text("Not ours.\n")
    report = archive.add([tmp_path])
    assert (report.added, report.failed) == (0, [])
    report = archive.add([archive.settings.documents_folder])
    assert [failure.reason for failure in report.failed] == ["is the index, not news"]


def test_new_index_has_the_files_sent_from_the_pages(archive: Archive, news: Path) -> None:
    archive.settings.uploads_folder.mkdir()
    (archive.settings.uploads_folder / "own.txt").write_text("Uploaded\n\nOf coal.\n")
    archive.add([news, archive.settings.uploads_folder])
    rebuilt(archive, news)
    assert set(texts(archive)) == {"gas", "oil.txt", "own.txt"}
    assert archive.settings.uploads_folder in archive.paths()


def test_command_reads_what_was_sent_without_a_path(archive: Archive, news: Path) -> None:
    where = ["index", "--index", archive.settings.index]
    ran = CliRunner().invoke(main, where)
    assert (ran.exit_code, "name files or folders" in ran.output) == (2, True)
    archive.put(GAS)
    assert CliRunner().invoke(main, [*where, "--rebuild"]).exit_code == 0
    assert texts(archive) == {"gas": GAS["text"]}
    ran = CliRunner().invoke(main, [*where, str(news)])
    assert "1 added, 1 unchanged, 1 overridden, 0 failed" in ran.output


# --- crashes --------------------------------------------------------------------------------------

CRASHING = """
import os, signal, sys
import searchapp
from searchapp.documents.store import Store

archive = searchapp.open(sys.argv[1])
archive.put({"id": "old", "text": "Old."})
archive.put({"id": "gone", "text": "Gone."})
real = Store.write

def write(self, articles, deleted=()):
    real(self, articles, deleted)
    os.kill(os.getpid(), signal.SIGKILL)  # kept, and not committed

Store.write = write
if sys.argv[2] == "put":
    archive.put_all([{"id": "old", "text": "New."}, {"id": "new", "text": "New."}])
else:
    archive.delete("gone")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
@pytest.mark.parametrize(
    ("crash", "before", "after"),
    [
        ("put", {"old": "Old.", "gone": "Gone."}, {"old": "New.", "gone": "Gone.", "new": "New."}),
        ("delete", {"old": "Old.", "gone": "Gone."}, {"old": "Old."}),
    ],
)
def test_crash_before_the_commit_is_mended_by_the_next_run(
    tmp_path: Path, crash: str, before: dict[str, str], after: dict[str, str]
) -> None:
    where = tmp_path / "index"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", CRASHING, where, crash], cwd=ROOT, capture_output=True
    )
    assert (ran.returncode, ran.stderr) == (-signal.SIGKILL, b"")
    settings_ = Settings(index=str(where))
    with Archive(open_engine(where, settings_), settings_) as archive:
        assert texts(archive) == before
        assert archive.check() == []
        archive.add([])
        assert texts(archive) == after
        report = archive.add([])
        assert (report.added, report.updated, report.removed) == (0, 0, 0)


def test_asking_again_after_a_crash_does_what_was_asked(tmp_path: Path) -> None:
    where = tmp_path / "index"
    subprocess.run([sys.executable, "-c", CRASHING, where, "put"], cwd=ROOT)
    settings_ = Settings(index=str(where))
    with Archive(open_engine(where, settings_), settings_) as archive:
        assert archive.put({"id": "old", "text": "Old."}) == "updated"  # that of before
        assert archive.delete(["new"]) == 1  # kept, and not yet indexed
        archive.add([])
        assert texts(archive) == {"old": "Old.", "gone": "Gone."}


def test_power_cut_in_the_first_write_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "documents")

    def broken() -> Iterator[Sent]:
        yield sent(packed(**GAS), MOST)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        store.write(broken())
    assert (list(store.articles()), store.newest(), store.check()) == ([], 0, [])
    store.write([sent(packed(**GAS), MOST)], ["other"])
    assert (store.digests(["gas", "other"])["other"], store.newest()) == (DELETED, 1)


def test_damage_and_another_version_are_said(tmp_path: Path) -> None:
    store = Store(tmp_path / "documents")
    store.write([sent(packed(id=f"{n}", text=f"Oil {n}. " * 100), MOST) for n in range(1200)])
    assert len(list(store.articles())) == 1200
    assert store.check() == []
    with contextlib.closing(sqlite3.connect(store.path)) as database:
        database.execute("update documents set data = 'x' where id = '7'")
        database.commit()
    assert store.check() == [f"{store.path}: 7 is not what was written"]
    with contextlib.closing(sqlite3.connect(store.path)) as database:
        database.execute("pragma user_version = 2")
    with pytest.raises(IndexMismatch, match="a newer searchapp made it"):
        store.newest()
    store.path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(IndexDamaged, match="not a database"):
        store.newest()
    assert "not a database" in store.check()[0]


# --- several writers ------------------------------------------------------------------------------


def test_articles_of_many_threads_are_joined_into_few_commits(archive: Archive) -> None:
    archive.put({"id": "first", "text": "Gas."})
    generation = archive.stats().generation
    with ThreadPoolExecutor(16) as threads:
        results = threads.map(
            lambda n: archive.put({"id": f"{n}", "text": f"Oil {n}."}), range(160)
        )
        assert set(results) == {"added"}
    assert archive.stats().articles == 161
    assert archive.stats().generation - generation < 100
    assert archive.check() == []


def test_threads_that_change_one_article_leave_what_is_kept(archive: Archive) -> None:
    def change(number: int) -> None:
        if number % 5 == 4:
            archive.delete("gas")
        else:
            archive.put({"id": "gas", "text": f"Gas {number}."})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(change, range(80)))
    kept = [json.loads(one.data)["text"] for one in archive.sending.store.articles()]
    assert list(texts(archive).values()) == kept
    report = archive.add([])
    assert (report.added, report.updated, report.removed) == (0, 0, 0)


def test_locked_index_changes_nothing_and_every_thread_is_told(
    archive: Archive, tmp_path: Path
) -> None:
    archive.put(GAS)
    with another_writing(archive):
        with ThreadPoolExecutor(4) as threads:
            tries = [threads.submit(archive.put, {"id": f"{n}", "text": "Oil."}) for n in range(4)]
        assert {type(one.exception()) for one in tries} == {IndexLocked}
        assert len({id(one.exception()) for one in tries}) == 4
        with pytest.raises(IndexLocked):
            archive.delete("gas")
    assert set(texts(archive)) == {"gas"}
    assert len(list(archive.sending.store.articles())) == 1


def test_reader_never_sees_half_of_what_is_sent_together(archive: Archive) -> None:
    def both(text: str) -> list[dict[str, str]]:
        return [{"id": "a", "text": text}, {"id": "b", "text": text}]

    archive.put_all(both("Version 0."))
    stop = threading.Event()
    seen: list[set[str]] = []

    def read() -> None:
        reader = open_engine(archive.settings.index, archive.settings)
        while not stop.is_set():
            found = [item.article.body for item in reader.get(["a", "b"]) if item]
            kept = {json.loads(one.data)["text"] for one in archive.sending.store.articles()}
            seen.extend([set(found), kept])

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 15):
        archive.put_all(both(f"Version {number}."))
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) > 4
    assert {len(versions) for versions in seen} == {1}


RUNNING = """
import sys
from pathlib import Path
import searchapp
from searchapp import ingest

real = ingest.prepare

def prepare(source, tagger, digest=""):
    print(source.id, flush=True)
    sys.stdin.readline()
    return real(source, tagger, digest)

ingest.prepare = prepare
with searchapp.open(sys.argv[1], commit_every=1) as archive:
    archive.add([Path(sys.argv[2])], prune=True)
"""


def test_run_does_not_write_over_what_is_sent_while_it_goes_on(
    archive: Archive, news: Path
) -> None:
    (news / "oil.txt").unlink()
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", RUNNING, archive.settings.index, news],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdin
        assert run.stdout
        assert run.stdout.readline() == "gas\n"  # it has read the file
        assert archive.put(GAS) == "added"
        run.communicate("\n")
    assert run.returncode == 0
    assert texts(archive) == {"gas": GAS["text"]}


# --- laws -----------------------------------------------------------------------------------------

IDS = st.sampled_from(["a", "b", "news.txt", "../up", "Ü 🛢"])
WORDS = st.sampled_from(["Oil.", "Gas.", "Coal."])


class Changes(RuleBasedStateMachine):
    """Whatever is sent, deleted, read and made anew, the articles are those of a dictionary."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        where = Path(self.folder.name)
        self.file = where / "news" / "wire.jsonl"
        self.file.parent.mkdir()
        settings_ = Settings(index=str(where / "index"), workers=1)
        self.archive = Archive(open_engine(settings_.index, settings_, create=True), settings_)
        self.expected: dict[str, str] = {}
        self.said: set[str] = set()

    @rule(id_=IDS, text=WORDS)
    def put(self, id_: str, text: str) -> None:
        before = self.expected.get(id_)
        result = self.archive.put({"id": id_, "text": text})
        assert (result == "added") is (before is None)
        self.expected[id_] = text
        self.said.add(id_)

    @rule(rows=st.dictionaries(IDS, WORDS, max_size=3))
    def put_all(self, rows: dict[str, str]) -> None:
        self.archive.put_all({"id": id_, "text": text} for id_, text in rows.items())
        self.expected |= rows
        self.said |= rows.keys()

    @rule(ids=st.lists(IDS, max_size=3, unique=True))
    def delete(self, ids: list[str]) -> None:
        there = [id_ for id_ in ids if id_ in self.expected]
        assert self.archive.delete(ids) == len(there)
        for id_ in there:
            del self.expected[id_]
            self.said.add(id_)

    @rule(rows=st.dictionaries(IDS, WORDS, min_size=1, max_size=3), prune=st.booleans())
    def index(self, rows: dict[str, str], prune: bool) -> None:
        lines = (json.dumps({"id": id_, "text": text}) for id_, text in rows.items())
        self.file.write_text("\n".join(lines))
        report = self.archive.add([self.file.parent], prune=prune)
        assert report.overridden == len(self.said & rows.keys())
        if prune:
            self.expected = {i: t for i, t in self.expected.items() if i in self.said}
        self.expected |= {i: t for i, t in rows.items() if i not in self.said}

    @rule()
    def make_anew(self) -> None:
        paths = [self.file.parent] if self.file.exists() else []
        rebuilt(self.archive, *paths)
        rows = map(json.loads, self.file.read_text().splitlines() if paths else ())
        of_file = {row["id"]: row["text"] for row in rows}
        self.expected = {i: t for i, t in self.expected.items() if i in self.said} | {
            i: t for i, t in of_file.items() if i not in self.said
        }

    @invariant()
    def articles_are_those_expected(self) -> None:
        if hasattr(self, "archive"):
            assert texts(self.archive) == self.expected

    def teardown(self) -> None:
        if hasattr(self, "archive"):
            assert self.archive.check() == []
            self.archive.close()
            self.folder.cleanup()


Changes.TestCase.settings = settings(
    max_examples=10, stateful_step_count=15, suppress_health_check=[HealthCheck.too_slow]
)
test_articles_are_those_of_a_dictionary = Changes.TestCase
