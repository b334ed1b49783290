"""The page of what could not be indexed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from searchapp import journal
from searchapp.archive import Archive
from searchapp.model import Failure
from searchapp.web.failures import BY_NAME, LISTED, Sorted, folder_of, kind_of
from tests.editing import browser_of, shelf

STRANGER = {"environ_overrides": {"REMOTE_ADDR": "192.168.0.7"}}
MANY = 100_000


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path, {}, access="open") as found:
        yield found


def keep(archive: Archive, *failures: tuple[str, str]) -> None:
    folder = Path(archive.settings.index)
    failed = [Failure(path, reason, f"/secret/{path}") for path, reason in failures]
    journal.record(folder, [], [], failed, "2026-11-25T10:00:00+00:00", anew=True)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("is of an unknown kind (.pdf); known are .txt .md", "unknown"),
        ("has no known ending; known are .txt .md", "unknown"),
        ("is empty", "empty"),
        ("has no text", "empty"),
        ("has neither text nor title", "empty"),
        ("is 51 MB; the limit is 50 MB (max_file_bytes)", "large"),
        ("is more than 50 MB unpacked; that is the limit (max_file_bytes)", "large"),
        ("unpacks to more than 200 times its size; the rest is left out", "large"),
        ("is not a sound gzip file; it may be cut off", "packed"),
        ("looks like a PDF, not text", "binary"),
        ("is not JSON: Expecting value", "line"),
        ("title is not text", "line"),
        ("is UTF-16; JSON Lines must be UTF-8", "line"),
        ("id is empty", "line"),
        ("has the same id 'a' as b.txt", "twice"),
        ("its id 'a' belongs to /x/a.txt", "twice"),
        ("cannot be read: permission denied", "access"),
        ("does not exist", "access"),
        ("is a link that leaves the folder; it is not followed", "access"),
        ("is not a regular file", "access"),
        ("could not be processed: ValueError: is empty", "crash"),
        ("cannot be read: input/output error", "other"),
    ],
)
def test_reasons_are_of_a_kind_that_says_what_to_do(reason: str, kind: str) -> None:
    assert kind_of(Failure("x", reason)).name == kind


@pytest.mark.parametrize(
    ("path", "folder"),
    [("a.txt", ""), ("b/c/a.txt", "b/c"), ("a.jsonl#L3", ""), ("b/a.jsonl#L3", "b"), ("", "")],
)
def test_folder_of_a_failure(path: str, folder: str) -> None:
    assert folder_of(Failure(path, "is empty")) == folder


def test_page_groups_by_reason_and_folder_and_says_what_to_do(archive: Archive) -> None:
    keep(archive, ("a/1.pdf", "has no known ending"), ("b/2.txt", "is empty"), ("b/3", "is empty"))
    page = browser_of(archive).get("/failures").text
    assert "3 files and lines could not be indexed" in page
    assert "Nothing in it</a>: 2</dt>" in page
    assert BY_NAME["empty"].remedy in page
    assert 'href="/failures?folder=b"><bdi>b</bdi></a>: 2' in page
    only = browser_of(archive).get("/failures?kind=empty&folder=b&find=2.TXT").text
    assert ("2.txt" in only, "b/3" in only, "1.pdf" in only) == (True, False, False)


def test_nothing_failed(archive: Archive) -> None:
    assert "could be indexed" in browser_of(archive).get("/failures").text


def test_hostile_names_are_shown_as_text(archive: Archive) -> None:
    name = '"><script>alert(1)</script>\u202etxt.exe'
    keep(archive, (f"{name}/x", f"looks like {name}"), ("y/x", "is empty"))
    page = browser_of(archive).get("/failures").text
    assert "<script>alert" not in page
    assert f"<bdi>{name}/x</bdi>" in unescape(page)


def test_strangers_learn_no_places_of_the_machine(archive: Archive) -> None:
    keep(archive, ("a.txt", "its id 'a.txt' belongs to /secret/b.txt"))
    browser = browser_of(archive)
    for path in ("/failures", "/failures.csv", "/failures?find=a.txt"):
        assert "/secret/" in browser.get(path).text
        stranger = browser.get(path, **STRANGER)
        assert (stranger.status_code, "a.txt" in stranger.text) == (200, True)
        assert "/secret/" not in stranger.text
        assert "An id twice" in stranger.text
    assert "None here" in browser.get("/failures?find=secret", **STRANGER).text


def test_list_can_be_downloaded_and_runs_nothing_in_a_spreadsheet(archive: Archive) -> None:
    keep(archive, ("=cmd()", "is empty"), ('b/"2", x.txt', "has no text"), ("c.pdf", "looks like"))
    answer = browser_of(archive).get("/failures.csv?kind=empty")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["path"], row["reason"]) for row in rows] == [
        ("'=cmd()", "is empty"),
        ('b/"2", x.txt', "has no text"),
    ]
    assert rows[0]["when"] == "2026-11-25T10:00:00+00:00"


def test_very_many_are_shown_a_page_at_a_time(archive: Archive) -> None:
    keep(archive, *((f"{n % 500}/{n:06}.pdf", "has no known ending") for n in range(MANY)))
    browser = browser_of(archive)
    page = browser.get("/failures?page=3")
    assert "100,000 files and lines" in page.text
    assert page.text.count("<tr><td>") == LISTED
    assert "and 480 more folders" in page.text
    assert len(page.data) < 100_000
    assert "None here" in browser.get("/failures?page=100000").text
    assert "1 of them" in browser.get("/failures?find=012345").text


def test_unknown_parameter_is_an_error_that_names_it(archive: Archive) -> None:
    answer = browser_of(archive).get("/failures?colour=red")
    assert (answer.status_code, "colour" in answer.text) == (400, True)


def test_sorting_is_of_all_failures_and_counts_agree() -> None:
    failed = [Failure("a", "is empty"), Failure("b/c", "has no text"), Failure("d", "looks like x")]
    found = Sorted.of(failed)
    assert [(kind.name, number) for kind, number in found.by_kind()] == [
        ("empty", 2),
        ("binary", 1),
    ]
    assert sum(found.by_folder().values()) == 3
    assert found.chosen("", "", "", reasons=False).by_folder() == {"": 2}
    assert found.chosen("", None, "LOOKS", reasons=True).failures == [failed[2]]
    assert found.chosen("", None, "looks", reasons=False).failures == []
