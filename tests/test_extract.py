"""Sources to articles, whichever way: the samples, languages, laws."""

from __future__ import annotations

import datetime
import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.extract import MAX_TITLE
from searchapp.model import Kind, UnreadableSource
from tests.extracting import PARAGRAPH, SEEDS, article, from_json

# --- the samples ----------------------------------------------------------------------------------


def test_a_scraped_page_with_headline_and_dateline() -> None:
    data = (SEEDS / "000_8fcf2ceb6fb25fee.txt").read_bytes()
    found = article(data)
    assert found.title == "Middle East: Analysis From Washington -- A Russian-Iranian Rapprochement"
    assert found.date == datetime.date(2000, 7, 3)
    assert found.source == "RFE/RL"
    assert found.place == "Washington"
    assert found.language == "en"
    assert found.byline is None
    assert found.body.startswith("Russia and Iran have upgraded their military-to-military ties,")
    assert found.body.endswith("which often have left Russia and Iran at odds.")
    assert found.provenance == {
        "title": "found",
        "date": "found",
        "source": "found",
        "place": "found",
        "language": "inferred",
    }
    assert found.original == data.decode()


def test_a_scraped_page_without_headline_or_date() -> None:
    found = article((SEEDS / "003_49aa628526d73ed2.txt").read_bytes())
    assert found.title == (
        "Despite protests from the US, Moscow did not give up military contacts with Tehran, "
        "but also decided to develop them."
    )
    assert found.body.startswith(found.title)
    assert found.date is None
    assert found.source is None
    assert found.place is None
    assert found.provenance == {"title": "inferred", "language": "inferred"}


def test_id_path_and_origin_are_the_source_s() -> None:
    found = article(PARAGRAPH)
    assert (found.id, found.path, found.origin, found.digest) == ("a", "news/a", "/news/a", "")


# --- what a file is, and what it is called --------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    "start",
    [
        "<!DOCTYPE html>\n<html>",
        "<html lang='en'>",
        "\ufeff\n <!-- saved from the web --> <!doctype HTML PUBLIC 'x'><html>",
        "<?xml version='1.0' encoding='utf-8'?>\n<html xmlns='http://www.w3.org/1999/xhtml'>",
    ],
)
def test_a_page_is_read_as_one_whatever_it_is_called(start: str, kind: Kind) -> None:
    page = (
        f"{start}<head><title>Pipeline Deal</title><style>p {{}}</style></head>"
        f"<body><h1>Pipeline Deal</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></body></html>"
    )
    found = article(page, kind)
    assert (found.title, found.body) == ("Pipeline Deal", f"{PARAGRAPH}\n\n{PARAGRAPH}")


def test_the_charset_of_a_page_counts_in_a_text_file() -> None:
    text = "Министры встретились во вторник."
    page = f"<html><head><meta charset='windows-1251'></head><body><p>{text}</p></body></html>"
    assert article(page.encode("cp1251"), "text").body == text


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        ("text", " Write to <ali@example.org>. R&D."),
        ("html", " Write to <ali@example.org>. R&D."),
        ("html", " As 5 < 7 and 7 > 5, it is so."),
        ("markdown", " As 5 < 7 and 7 > 5, it is so."),
    ],
)
def test_a_text_is_read_as_one_whatever_it_is_called(kind: Kind, extra: str) -> None:
    body = f"{PARAGRAPH}{extra}\n\n{PARAGRAPH}"
    found = article(f"Home | World\n\nPipeline Deal\n\nLONDON (AP) - {body}", kind)
    assert (found.title, found.body, found.place) == ("Pipeline Deal", body, "LONDON")


def test_a_text_about_pages_is_a_text() -> None:
    text = "The tag <html> starts a page, and <p> starts a paragraph of it, he said."
    assert article(text).body == text


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"%PDF-1.7\n1 0 obj <html>", "a PDF document"),
        (b"PK\x03\x04\x14\x00 word/document.xml", "a zip archive or office document"),
        (b"\x89PNG\r\n\x1a\n IHDR", "an image"),
        (b"\xff\xd8\xff\xe0 JFIF", "an image"),
        (b"{\\rtf1 text}", "an RTF document"),
        (b"\xd0\xcf\x11\xe0 Word", "an office document"),
    ],
)
def test_a_document_of_another_kind_is_refused(data: bytes, looks_like: str, kind: Kind) -> None:
    with pytest.raises(UnreadableSource, match=f"^looks like {looks_like}, not text$"):
        article(data, kind)


# --- language -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (f"{PARAGRAPH} It will cross the border in the mountains next year.", "en"),
        (
            "Die Minister beider Länder trafen sich am Dienstag und beschlossen, eine Leitung zu "
            "bauen, die im nächsten Jahr über die Grenze führen soll.",
            "de",
        ),
        ("Rain fell.", None),
        ("12.5 13.1 14.7 9.9 " * 10, None),
    ],
)
def test_language_is_identified_where_there_is_enough_text(text: str, language: str | None) -> None:
    found = article(text)
    assert found.language == language
    assert found.provenance.get("language") == ("inferred" if language else None)


# --- laws -----------------------------------------------------------------------------------------


NASTY = st.text(
    st.sampled_from("aA .,-–—_:()[]/<>&;\"'’\n\r\t\x00\x85\u2028\ud800\ufeff#*|=>1203RFE\u4e2d")
)


def check(kind: Kind, data: bytes) -> None:
    try:
        found = article(data, kind)
    except UnreadableSource as problem:
        assert str(problem)  # noqa: PT017 - either outcome is right
        return
    assert found.title.strip() == found.title != ""
    assert len(found.title) <= MAX_TITLE
    for text in (found.title, found.body, found.byline, found.place, found.source):
        text = text or ""
        assert not [c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f"]
        (text + found.original).encode("utf-8")
    assert "\n" not in found.title + (found.place or "") + (found.source or "")
    known = {
        n for n in ("date", "source", "byline", "place", "language", "url") if getattr(found, n)
    }
    assert set(found.provenance) == known | {"title"}
    assert found == article(data, kind)


@settings(deadline=None)
@given(st.sampled_from(get_args(Kind)), st.binary(max_size=200))
def test_any_bytes_give_an_article_or_a_reason(kind: Kind, data: bytes) -> None:
    check(kind, data)


@settings(deadline=None)
@given(st.sampled_from(("text", "markdown", "html")), NASTY)
def test_any_text_gives_an_article_or_a_reason(kind: Kind, text: str) -> None:
    check(kind, text.encode("utf-8", "surrogatepass"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NASTY, st.lists, max_leaves=4
)
FIELDS = st.sampled_from(
    ["title", "text", "body", "date", "url", "source", "author", "language", "country", "topic"]
)


@settings(deadline=None)
@given(st.dictionaries(FIELDS, JSON | NASTY))
def test_any_json_gives_an_article_or_a_reason(row: dict[str, object]) -> None:
    check("json", json.dumps(row).encode())


@given(NASTY)
def test_a_given_text_keeps_its_length(text: str) -> None:
    assert len(from_json(title="A title", text=text).body) == len(text)
