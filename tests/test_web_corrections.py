"""Corrections from the page of an article, their undoing, and the list of all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Correction
from searchapp.web.corrections import LISTED, correction_of
from tests.editing import Browser, browser_of, shelf

AT = "/article/gas.txt/correct"
KHATAMI = "Mohammad Khatami"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path) as found:
        yield found


@pytest.fixture
def browser(archive: Archive) -> Browser:
    browser = browser_of(archive)
    browser.get("/article/gas.txt")
    return browser


def found_by(archive: Archive, facet: str, value: str, countries: str = "about") -> set[str]:
    page = archive.search(**{facet: [value], "countries": countries})  # type: ignore[arg-type]
    return {hit.id for hit in page.hits}


BOTH = {"gas.txt", "oil.txt"}


@pytest.mark.parametrize(
    ("form", "facet", "value", "before", "after"),
    [
        ({"value": "TR", "action": "not"}, "country", "TR", {"gas.txt"}, set()),
        ({"value": "TR", "action": "mentioned"}, "country", "TR", {"gas.txt"}, set()),
        (
            {"value": "TR", "action": "is", "becomes": "Tunisia"},
            "country",
            "TN",
            set(),
            {"gas.txt"},
        ),
        ({"value": "Tunisia", "action": "add"}, "country", "TN", set(), {"gas.txt"}),
        ({"value": "IR", "action": "not"}, "country", "IR", BOTH, {"oil.txt"}),
        ({"value": KHATAMI, "action": "not"}, "person", KHATAMI, BOTH, {"oil.txt"}),
        (
            {"value": KHATAMI, "action": "not", "where": "everywhere"},
            *("person", KHATAMI, BOTH, set()),
        ),
        (
            {"value": KHATAMI, "action": "is", "becomes": "Ali Khatami", "where": "everywhere"},
            *("person", "Ali Khatami", set(), BOTH),
        ),
        (
            {"value": KHATAMI, "action": "is", "becomes": "Ali Khatami", "where": "article"},
            *("person", "Ali Khatami", set(), {"gas.txt"}),
        ),
        ({"value": "Ahmet Sezer", "action": "add"}, "person", "Ahmet Sezer", set(), {"gas.txt"}),
        ({"value": "Pipelines", "action": "add"}, "topic", "Pipelines", set(), {"gas.txt"}),
    ],
)
def test_correction_changes_what_is_found_and_undoing_gives_it_back(
    archive: Archive,
    browser: Browser,
    form: dict[str, str],
    facet: str,
    value: str,
    before: set[str],
    after: set[str],
) -> None:
    assert found_by(archive, facet, value) == before
    answer = browser.post(f"{AT}?q=gas&page=2", {"facet": facet, **form})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/article/gas.txt?q=gas&page=2#message"
    assert found_by(archive, facet, value) == after
    page = browser.get("/article/gas.txt?q=gas&page=2").text
    message = page[page.index('id="message" role="status"') :]
    assert re.match(r"[^<]*>\s*<p>Corrected: “.*”.* \d articles? changed\.</p>", message)
    undo = re.search(r'name="undo" value="(\w+)"', message)
    assert undo
    assert browser.post(AT, {"undo": undo[1]}).status_code == 303
    assert found_by(archive, facet, value) == before
    assert "Taken back: “" in browser.get("/article/gas.txt").text
    assert 'id="message"' not in browser.get("/article/gas.txt").text  # told once


def test_country_only_mentioned_can_be_made_what_it_is_about(
    archive: Archive, browser: Browser
) -> None:
    browser.post(AT, {"facet": "country", "value": "TR", "action": "mentioned"})
    assert found_by(archive, "country", "TR", "mentioned") == {"gas.txt"}
    page = browser.get("/article/gas.txt").text
    assert "The article is about it<span" in page
    browser.post(AT, {"facet": "country", "value": "TR", "action": "add"})
    assert found_by(archive, "country", "TR") == {"gas.txt"}


def test_every_value_has_forms_of_its_own_for_screen_readers(browser: Browser) -> None:
    page = browser.get("/article/gas.txt").text
    buttons = [
        " ".join(re.sub("<[^>]+>", "", text).split())
        for text in re.findall(r"<button(?: name=.(?:action|undo)[^>]*)>(.*?)</button>", page)
    ]
    assert "Not in this article Iran" in buttons
    assert f"Not a person, in any article {KHATAMI}" in buttons
    assert "Add the topic" in buttons
    assert len(set(buttons)) == len(buttons)
    forms = re.findall(r"<form method=.post.*?</form>", page, re.DOTALL)
    assert all('name="csrf"' in form for form in forms)


def test_value_that_is_removed_can_be_brought_back(archive: Archive, browser: Browser) -> None:
    browser.post(AT, {"facet": "country", "value": "TR", "action": "not"})
    browser.get("/article/gas.txt")  # the message
    page = browser.get("/article/gas.txt").text
    removed = page[page.index("<del") :]
    assert "It is in this article" in removed
    undo = re.search(r'name="undo" value="(\w+)"', removed)
    assert undo
    browser.post(AT, {"undo": undo[1]})
    assert found_by(archive, "country", "TR") == {"gas.txt"}


def test_correction_that_made_a_value_can_be_undone_beside_it(browser: Browser) -> None:
    browser.post(AT, {"facet": "person", "value": KHATAMI, "action": "is", "becomes": "Ali Reza"})
    browser.get("/article/gas.txt")
    page = browser.get("/article/gas.txt").text
    assert f"“{KHATAMI}” is “Ali Reza” in one article (person)." in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"facet": "country", "value": "Georgi", "action": "add"}, "no country is called"),
        ({"facet": "country", "value": "", "action": "add"}, "type a name"),
        ({"facet": "country", "value": "IR", "action": "is", "becomes": " "}, "name that is meant"),
        (
            {"facet": "country", "value": "IR", "action": "is", "becomes": "x"},
            "no country is called",
        ),
        ({"facet": "person", "value": KHATAMI, "action": "mentioned"}, "is for countries"),
        ({"facet": "city", "value": "Rome", "action": "not"}, "is none of"),
        ({"facet": "country", "value": "IR", "action": "<b>"}, "is none of"),
        ({"facet": "person", "value": "x" * 301, "action": "add"}, "more than 300"),
        ({"facet": "person", "value": "x", "action": "add", "note": "n" * 301}, "a note has"),
        ({"undo": "0123456789abcdef"}, "not in force any more"),
        ({}, "type a name"),
    ],
)
def test_what_makes_no_sense_is_shown_with_what_was_typed(
    archive: Archive, browser: Browser, form: dict[str, str], said: str
) -> None:
    answer = browser.post(AT, form)
    text = unescape(answer.text)
    assert answer.status_code == 400
    assert said in text
    assert "<b>" not in answer.text
    if form.get("facet") == "country" and form.get("becomes"):
        assert f'name="becomes" value="{form["becomes"]}"' in text
    assert list(archive.corrections().corrections) == []


def test_article_that_is_not_there_is_not_corrected(archive: Archive, browser: Browser) -> None:
    form = {"facet": "country", "value": "IR", "action": "not"}
    assert browser.post("/article/none.txt/correct", form).status_code == 404
    assert list(archive.corrections().corrections) == []


def test_correction_while_another_process_writes_is_kept_for_later(
    archive: Archive, browser: Browser
) -> None:
    from searchapp.engine import commit

    with commit.locked(Path(archive.settings.index), 0):
        form = {"facet": "country", "value": "TR", "action": "not"}
        assert browser.post(AT, form).status_code == 303
    assert "Stored, but not applied yet" in browser.get("/article/gas.txt").text
    assert found_by(archive, "country", "TR") == {"gas.txt"}
    archive.add([Path(archive.settings.index).parent / "news"])
    assert found_by(archive, "country", "TR") == set()


def test_table_that_cannot_be_written_is_said(archive: Archive, browser: Browser) -> None:
    archive.settings.rules_folder.write_text("a file where the folder should be")
    answer = browser.post(AT, {"facet": "country", "value": "TR", "action": "not"})
    assert (answer.status_code, "cannot be stored (" in answer.text) == (400, True)


def test_names_from_hostile_documents_are_shown_as_text(archive: Archive, browser: Browser) -> None:
    name = '"><script>alert(1)</script>'
    assert browser.post(AT, {"facet": "topic", "value": name, "action": "add"}).status_code == 303
    for path in ("/article/gas.txt", "/corrections"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_long_name_leaves_the_session_whole(archive: Archive, browser: Browser) -> None:
    form = {"facet": "person", "value": "ж" * 300, "action": "add", "note": "я" * 300}
    assert browser.post(AT, form).status_code == 303
    assert f"Corrected: “{'ж' * 79}…”" in browser.get("/article/gas.txt").text
    assert browser.post(AT, {"facet": "country", "value": "TR", "action": "not"}).status_code == 303


def test_article_whose_id_ends_in_correct_is_still_read(tmp_path: Path) -> None:
    with shelf(tmp_path, {}) as archive:
        lines = tmp_path / "a.jsonl"
        lines.write_text('{"id": "x/correct", "title": "An id", "text": "Iran sells gas."}\n')
        archive.add([lines])
        browser = browser_of(archive)
        assert "An id" in browser.get("/article/x/correct").text
        form = {"facet": "country", "value": "IR", "action": "not"}
        answer = browser.post("/article/x/correct/correct", form)
        assert answer.headers["Location"] == "/article/x/correct#message"


# --- the list -------------------------------------------------------------------------------------


def test_all_corrections_are_listed_and_can_be_undone(archive: Archive, browser: Browser) -> None:
    archive.correct(
        Correction("country", "Turkey", "not", article="gas.txt", note="no, <b>not</b>")
    )
    archive.correct(Correction("person", KHATAMI, "is", "Ali Khatami"))
    page = browser.get("/corrections").text
    assert "2 corrections" in page
    assert "“Turkey” is not in one article (country)." in page
    assert f"“{KHATAMI}” is “Ali Khatami” in all articles (person)." in page
    assert "no, &lt;b&gt;not" in page
    found = browser.get("/corrections?find=ali").text
    assert "1 correction " in found
    undo = re.search(r'name="undo" value="(\w+)"', found)
    assert undo
    answer = browser.post("/corrections?find=ali", {"undo": undo[1]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/corrections?find=ali")
    assert "Taken back" in browser.get("/corrections").text
    assert [c.value for c in archive.corrections().corrections] == ["TR"]
    assert browser.post("/corrections", {"undo": undo[1]}).status_code == 400


def test_long_list_has_pages_and_rows_without_sense_are_named(
    archive: Archive, browser: Browser
) -> None:
    rules = archive.settings.rules_folder
    rules.mkdir(exist_ok=True)
    rows = [f"person,Person {number},not" for number in range(LISTED + 5)]
    table = "\n".join(["facet,value,action", *rows, "planet,Mars,not"])
    (rules / "corrections.csv").write_text(table, encoding="utf-8")
    first, second = (browser.get(f"/corrections?page={page}").text for page in (1, 2))
    assert "“mars”" not in first.lower()
    assert "corrections.csv#L107" in first
    assert (first.count('name="undo"'), second.count('name="undo"')) == (LISTED, 5)
    assert 'rel="next" href="/corrections?page=2"' in first


def test_correction_of_a_form() -> None:
    form = {"facet": "person", "value": " A ", "action": "is", "becomes": "B", "note": " why "}
    assert correction_of(form, "id") == Correction("person", "A", "is", "B", "id", "why")
    assert correction_of({**form, "where": "everywhere"}, "id").article == ""


def test_server_of_the_same_index_sees_the_correction(archive: Archive, browser: Browser) -> None:
    settings = archive.settings
    with Archive(open_engine(settings.index, settings), settings) as other:
        assert found_by(other, "country", "TR") == {"gas.txt"}
        browser.post(AT, {"facet": "country", "value": "TR", "action": "not"})
        assert found_by(other, "country", "TR") == set()
