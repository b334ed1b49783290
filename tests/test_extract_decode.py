"""Bytes to text."""

from __future__ import annotations

import pytest

from searchapp.model import Kind, UnreadableSource
from tests.extracting import PARAGRAPH, article, from_json


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_are_detected(encoding: str) -> None:
    text = f"Iran’s “victory” – a café in Zürich\n\n{PARAGRAPH} It costs £5 – “cheap”, he said."
    found = article(text.encode(encoding))
    assert found.title == "Iran’s “victory” – a café in Zürich"
    assert found.body.endswith("It costs £5 – “cheap”, he said.")


def test_curly_quotes_of_windows_in_an_english_text() -> None:
    found = article(b"It\x92s \x93over\x94 \x96 the minister said on Tuesday that he agreed.")
    assert found.body == "It’s “over” – the minister said on Tuesday that he agreed."


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "cp1251",
            "Министры обеих стран встретились во вторник и договорились построить газопровод. "
            "Переговоры продолжались несколько часов, сообщили журналистам.",
        ),
        (
            "koi8_r",
            "Министры обеих стран встретились во вторник и договорились построить газопровод. "
            "Переговоры продолжались несколько часов, сообщили журналистам.",
        ),
        (
            "shift_jis",
            "両国の大臣は火曜日に会談し、ガスパイプラインを建設することで合意した。工事は来年始まる。",
        ),
        (
            "cp1252",
            "Les ministres des deux pays se sont rencontrés mardi à Téhéran et ont décidé "
            "de construire un gazoduc; la réunion a duré près de trois heures.",
        ),
    ],
)
def test_other_charsets_are_guessed(encoding: str, text: str) -> None:
    assert article(text.encode(encoding)).body == text


def test_utf8_with_a_lost_byte_stays_utf8() -> None:
    data = "Žižek přijel do Prahy, řekl včera mluvčí ministerstva.".encode()
    assert article(data[:-20] + b"\xc3" + data[-20:]).body.startswith("Žižek přijel do Prahy, řekl")


def test_quotes_decoded_as_latin1_are_repaired() -> None:
    text = "The men were \x96 all four of them \x96 about \x9320\x94 years old, said police."
    repaired = "The men were – all four of them – about “20” years old, said police."
    assert article(text).body == repaired
    assert from_json(title="Four Men", text=text).body == repaired


def test_newlines_and_controls_are_cleaned() -> None:
    found = article(f"A Title\r\n\r\n{PARAGRAPH}\rIt\x07 is\ufeff so, and nobody\u2028knows why.")
    assert found.body == f"{PARAGRAPH}\nIt is so, and nobody\nknows why."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.4 something", "looks like a PDF document, not text"),
        (b"PK\x03\x04 something", "looks like a zip archive or office document, not text"),
        (b"\x89PNG\r\n\x1a\n", "looks like an image, not text"),
        (b"\x1f\x8b\x08 something", "looks like gzip data, not text"),
        (bytes(range(256)) * 4, "looks like binary data, not text"),
        (b"   \n \x0c \n", "has no text"),
        (b"\xef\xbb\xbf", "has no text"),
        (b"--- *** ---", "has no text"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_what_is_not_text_says_what_it_looks_like(data: bytes, expected: str, kind: Kind) -> None:
    with pytest.raises(UnreadableSource) as problem:
        article(data, kind)
    assert str(problem.value) == expected
