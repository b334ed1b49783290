"""Adding articles from the pages: uploads, folders, reading again, and how a run is told."""

from __future__ import annotations

import gzip
import io
import re
import threading
import time
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp import read
from searchapp.archive import Archive
from searchapp.ingest import Progress, Report
from searchapp.settings import Settings
from searchapp.web import uploads
from searchapp.web.adding import folder_of
from searchapp.web.running import Run, Runner
from tests.editing import NEWS, Browser, browser_of, shelf
from tests.test_guard import KEY, with_key

GAS = NEWS["gas.txt"].encode()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path, {}) as found:
        yield found


@pytest.fixture
def browser(archive: Archive) -> Browser:
    browser = browser_of(archive)
    browser.get("/add")
    return browser


def send(browser: Browser, *files: tuple[str, bytes], **more: Any) -> Any:
    streams = [(io.BytesIO(data), name) for name, data in files]
    return browser.post("/add/files", {"files": streams}, **more)


def report_of(browser: Browser, **more: Any) -> str:
    """The page of a run once it is over."""
    deadline = time.monotonic() + 120
    while not browser.get("/add/progress.json", **more).json["over"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    text = re.sub("<[^>]+>", "", browser.get("/add/progress", **more).text)
    return unescape(" ".join(text.split()))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# --- names of files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("news.txt", "news.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/x.txt", "x.txt"),
        ("C:\\news\\x.txt", "x.txt"),
        ("..", "file"),
        ("", "file"),
        (".txt", "file.txt"),
        (".hidden.txt", "hidden.txt"),
        ("…", "…"),
        ("a\0b.txt", "a b.txt"),
        ("a\nb\x1b[31m.txt", "a b [31m.txt"),
        ("a\u202etxt.html", "a txt.html"),
        ("Новости о газе.txt", "Новости о газе.txt"),
        ("新闻.html.gz", "新闻.html.gz"),
        ("cafe\u0301.txt", "café.txt"),
        ('a<b>:"c|d?e*.txt', "a_b___c_d_e_.txt"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ("com1.html.gz", "_com1.html.gz"),
        ("console.txt", "console.txt"),
        ("  spaced   out .txt ", "spaced out.txt"),
        ("dots...txt", "dots.txt"),
        ("x" * 400 + ".html.gz", "x" * 142 + ".html.gz"),
        ("\ud800.txt", "file.txt"),
    ],
)
def test_name_keeps_what_is_safe(sent: str, kept: str) -> None:
    assert uploads.clean_name(sent) == kept


@given(st.text(st.characters(), max_size=300))
def test_any_name_stays_in_its_folder(sent: str) -> None:
    kept = uploads.clean_name(sent)
    assert Path("folder", kept).parent == Path("folder")
    assert kept not in ("", ".", "..")
    assert not kept.startswith(".")
    assert len(kept.encode()) <= uploads.LONGEST + 1
    assert kept.isprintable() or all(c == " " or c.isprintable() for c in kept)
    assert uploads.clean_name(kept) == kept


def test_taken_name_gets_a_number_unless_it_is_the_same_file(tmp_path: Path) -> None:
    for data in (b"one", b"two", b"one", b"three", b"two"):
        assert uploads.keep(tmp_path, "a.html.gz", io.BytesIO(data), 100) == ""
    assert names(tmp_path) == ["a-2.html.gz", "a-3.html.gz", "a.html.gz"]


def test_link_in_the_folder_is_not_written_through(tmp_path: Path) -> None:
    folder, outside = tmp_path / "uploads", tmp_path / "outside.txt"
    folder.mkdir()
    outside.write_bytes(b"mine")
    (folder / "a.txt").symlink_to(outside)
    (folder / "b.txt").symlink_to(tmp_path / "nowhere.txt")
    for name in ("a.txt", "b.txt"):
        assert uploads.keep(folder, name, io.BytesIO(b"theirs"), 100) == ""
    assert outside.read_bytes() == b"mine"
    assert names(tmp_path) == ["outside.txt", "uploads"]
    assert names(folder) == ["a-2.txt", "a.txt", "b-2.txt", "b.txt"]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b"x" * 101, "is 101 bytes; the limit is 100 bytes (max_file_bytes)"),
        ("a.pdf", b"x", "is of an unknown kind (.pdf)"),
        ("a", b"x", "has no known ending"),
    ],
)
def test_file_that_is_not_kept_leaves_nothing(
    tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    assert uploads.keep(tmp_path, name, io.BytesIO(data), 100).startswith(why)
    assert names(tmp_path) == []


# --- uploads --------------------------------------------------------------------------------------


def test_files_that_are_sent_are_found_by_the_next_search(
    archive: Archive, browser: Browser
) -> None:
    assert "Nothing has been indexed yet" in browser.get("/").text
    answer = send(browser, ("gas.txt", GAS), ("../../oil.txt", NEWS["oil.txt"].encode()))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/add/progress")
    assert "2 articles added" in report_of(browser)
    uploaded = archive.settings.uploads_folder
    assert uploaded == Path(archive.settings.index).with_name("index.uploads")
    assert names(uploaded) == ["gas.txt", "oil.txt"]
    assert {hit.id for hit in archive.search("Khatami").hits} == {"gas.txt", "oil.txt"}
    assert "Khatami in Ankara" in browser.get("/?q=gas").text
    assert names(uploaded.parent) == ["index", "index.secret", "index.uploads", "news"]


def test_upload_is_one_article_where_the_index_lies_among_the_news(
    archive: Archive, browser: Browser, tmp_path: Path
) -> None:
    send(browser, ("gas.txt", GAS))
    assert "1 article added" in report_of(browser)
    assert archive.add([tmp_path]).added == 0
    assert archive.add([archive.settings.uploads_folder]).unchanged == 1


def test_files_that_cannot_be_read_are_named_and_the_rest_is_read(
    archive: Archive, browser: Browser
) -> None:
    answer = send(browser, ("gas.txt", GAS), ("<b>.pdf", b"%PDF"), ("none.txt", b""))
    assert answer.status_code == 400
    text = unescape(re.sub("<[^>]+>", "", answer.text))
    assert "_b_.pdf is of an unknown kind (.pdf)" in text
    assert "none.txt is empty" in text
    assert "1 article added" in report_of(browser)


def test_bomb_is_refused_when_it_is_read(tmp_path: Path) -> None:
    with shelf(tmp_path, {}, max_file_bytes=100_000) as archive:
        browser = browser_of(archive)
        browser.get("/add")
        assert send(browser, ("bomb.txt.gz", gzip.compress(b"x" * 10_000_000))).status_code == 303
        assert "1 file or line failed" in report_of(browser)
        assert "is more than 97.7 KB unpacked" in browser.get("/failures").text


@pytest.mark.parametrize("files", [[], [("", b"")]])
def test_form_without_a_file_says_so(
    archive: Archive, browser: Browser, files: Sequence[tuple[str, bytes]]
) -> None:
    answer = send(browser, *files)
    assert (answer.status_code, "choose a file first" in answer.text) == (400, True)
    assert names(archive.settings.uploads_folder) == []


def test_upload_over_the_limit_is_refused_whole(tmp_path: Path) -> None:
    with shelf(tmp_path, {}, max_upload_bytes=1024 * 1024) as archive:
        browser = browser_of(archive)
        browser.get("/add")
        answer = send(browser, ("a.txt", b"x" * (2 * 1024 * 1024 + 1)))
        assert (answer.status_code, "1 MB (max_upload_bytes)" in answer.text) == (413, True)
        answer.request.environ["wsgi.input"].close()  # the client's own temporary file
        assert names(archive.settings.uploads_folder) == []


def test_upload_without_a_token_keeps_nothing(archive: Archive, browser: Browser) -> None:
    browser.token = "wrong"
    assert send(browser, ("gas.txt", GAS)).status_code == 403
    assert names(archive.settings.uploads_folder) == []


# --- folders --------------------------------------------------------------------------------------


def test_folder_of_this_machine_is_read_and_shown_as_it_is(
    archive: Archive, browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    (folder / "gas.txt").write_bytes(GAS)
    (tmp_path / "link").symlink_to(folder)
    answer = browser.post("/add/folder", {"folder": f" {tmp_path}/news/../link "})
    assert answer.status_code == 303
    assert f"What was named {folder}" in report_of(browser)
    assert archive.search("gas").total == 1
    assert archive.paths() == (folder,)


def test_folder_cannot_be_named_with_a_key_from_elsewhere(tmp_path: Path) -> None:
    with shelf(tmp_path, edit_key=KEY) as archive:
        browser = browser_of(archive)
        away: dict[str, Any] = {
            "headers": with_key(KEY),
            "environ_overrides": {"REMOTE_ADDR": "192.168.0.7"},
        }
        page = browser.get("/add", **away).text
        assert 'name="files"' in page
        assert 'name="folder"' not in page
        assert str(tmp_path) not in page
        form = {"folder": str(tmp_path / "news")}
        assert browser.post("/add/folder", form, **away).status_code == 403
        browser = browser_of(archive)
        here = {"headers": with_key(KEY)}
        assert 'name="folder"' in browser.get("/add", **here).text
        assert browser.post("/add/folder", form, **here).status_code == 303
        assert "2 articles unchanged" in report_of(browser, **here)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "type the path"),
        ("news", "type the whole path"),
        ("{}/none", "no such folder"),
        ("{}/a\0b", "no such folder"),
        ("~nobody-of-this-name/x", "no such folder"),
        ("{}/news/gas.txt", "this is a file"),
        ("{}/index", "the index itself"),
        ("{}/index/deeper", "the index itself"),
        ("{}/news/../index", "the index itself"),
        ("{}/link", "the index itself"),
        ("{}/index.rules", "the index itself"),
        ("/", "whole machine"),
        ("{}/" + "x" * 5000, "no such folder"),
    ],
)
def test_folder_that_cannot_be_read_is_said(tmp_path: Path, typed: str, said: str) -> None:
    for name in ("news", "index/deeper", "index.rules"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "news" / "gas.txt").write_bytes(GAS)
    (tmp_path / "link").symlink_to(tmp_path / "index")
    settings = Settings(index=str(tmp_path / "index"))
    folder, problem = folder_of(typed.replace("{}", str(tmp_path)), settings)
    assert folder is None
    assert said in problem


def test_folder_that_is_wrong_stays_typed_and_is_shown_as_text(browser: Browser) -> None:
    answer = browser.post("/add/folder", {"folder": '/none"><b>'})
    assert answer.status_code == 400
    assert "no such folder" in answer.text
    assert 'value="/none&#34;&gt;&lt;b&gt;"' in answer.text


# --- again ----------------------------------------------------------------------------------------


def test_what_was_read_is_read_again(archive: Archive, browser: Browser, tmp_path: Path) -> None:
    assert "Read again" not in browser.get("/add").text
    assert browser.post("/add/again").status_code == 400
    folder = tmp_path / "news"
    (folder / "gas.txt").write_bytes(GAS)
    archive.add([folder])
    (folder / "oil.txt").write_text(NEWS["oil.txt"])
    assert str(folder) in browser.get("/add").text
    assert browser.post("/add/again").status_code == 303
    report = report_of(browser)
    assert "1 article added" in report
    assert "1 article unchanged" in report


# --- runs -----------------------------------------------------------------------------------------


class Slow:
    """An archive whose runs end when they are told to."""

    def __init__(self, *answers: Report | Exception) -> None:
        self.settings = Settings(workers=1)
        self.answers = list(answers)
        self.go_on = threading.Event()
        self.begun = threading.Event()

    def add(self, paths: Sequence[Path], workers: int, progress: Any) -> Report:
        progress(Progress(50, 100, 7, 1))
        self.begun.set()
        assert self.go_on.wait(60)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ended(runner: Runner) -> Run:
    for thread in threading.enumerate():
        if thread.name == "indexing":
            thread.join(60)
    run = runner.last()
    assert run
    return run


def test_one_run_at_a_time_and_then_another() -> None:
    archive = Slow(Report(added=3), Report(added=4))
    runner = Runner(archive)  # type: ignore[arg-type]
    assert runner.last() is None
    assert runner.start([Path("a")])
    assert archive.begun.wait(60)
    run = runner.last()
    assert run
    assert (run.percent, run.is_over, run.progress.articles) == (50, False, 7)
    assert not runner.start([Path("b")])
    archive.go_on.set()
    done = ended(runner)
    assert (done.percent, done.report, done.paths) == (100, Report(added=3), (Path("a"),))
    assert runner.start([Path("b")])
    assert ended(runner).report == Report(added=4)


def test_run_that_fails_says_why_and_the_next_can_begin(caplog: pytest.LogCaptureFixture) -> None:
    archive = Slow(ZeroDivisionError("x"), Report())
    archive.go_on.set()
    runner = Runner(archive)  # type: ignore[arg-type]
    runner.start([Path("a")])
    assert ended(runner).problem == "it failed: ZeroDivisionError: x"
    assert "Traceback" in caplog.text
    assert runner.start([Path("a")])
    assert ended(runner).problem == ""


def test_lock_of_another_process_is_told(archive: Archive, browser: Browser) -> None:
    from searchapp.engine import commit

    with commit.locked(Path(archive.settings.index), 0):
        assert send(browser, ("gas.txt", GAS)).status_code == 303
        report = report_of(browser)
    assert "Reading has stopped" in report
    assert "is writing to the index" in report
    assert browser.post("/add/again").status_code == 400  # no run has been done
    send(browser, ("gas.txt", GAS))
    assert "1 article added" in report_of(browser)


def test_page_of_a_run_shows_itself_again_and_is_read_out() -> None:
    from searchapp import web

    archive = Slow(Report())
    app = web.create_app(archive, Settings())  # type: ignore[arg-type]
    with app.test_client() as client:
        assert "Nothing is being read" in client.get("/add/progress").text
        runner = app.view_functions["progress"].__self__.runner  # type: ignore[attr-defined]
        runner.start([Path("/a/<b>")])
        assert archive.begun.wait(60)
        page = client.get("/add/progress").text
        assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
        assert '<progress id="progress" max="100" value="50"' in page
        assert '<p id="progress-text" role="status">50 %, 7 articles</p>' in page
        assert "/a/&lt;b&gt;" in page
        answer = client.get("/add/progress.json")
        assert answer.json == {"over": False, "percent": 50, "text": "50 %, 7 articles"}
        assert answer.headers["Cache-Control"] == "no-store"
        away = {"REMOTE_ADDR": "192.168.0.7"}
        for path in ("/add/progress", "/add/progress.json"):
            assert client.get(path, environ_overrides=away).status_code == 403
        archive.go_on.set()
        ended(runner)
        page = client.get("/add/progress").text
        assert "nothing failed" in page
        assert "refresh" not in page


# --- an empty index -------------------------------------------------------------------------------


def test_empty_index_offers_what_its_reader_may_do(tmp_path: Path) -> None:
    with shelf(tmp_path, {}, access="open") as archive:
        here, away = (
            browser_of(archive).get("/", environ_overrides={"REMOTE_ADDR": address}).text
            for address in ("127.0.0.1", "192.168.0.7")
        )
    assert 'name="files"' in here
    assert 'name="folder"' in here
    assert "<form method" not in away
    for page in (here, away):
        assert "searchapp index FOLDER" in page


def test_empty_index_with_a_key_leads_to_where_it_is_asked(tmp_path: Path) -> None:
    with shelf(tmp_path, {}, edit_key=KEY) as archive:
        page = browser_of(archive).get("/").text
    assert 'href="/sign-in"' in page
    assert "<form method" not in page


def test_kinds_that_can_be_sent_are_those_that_are_read(browser: Browser) -> None:
    accepted = re.search(r'accept="([^"]+)"', browser.get("/add").text)
    assert accepted
    assert accepted[1].split(",") == [*read.KINDS, ".gz"]
