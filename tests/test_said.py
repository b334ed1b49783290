"""What is said: the English text, and what a translation needs."""

from __future__ import annotations

import ast
import copy
import datetime
import pickle
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp import query
from searchapp.address import cursor_of
from searchapp.model import BadParameter, BadQuery, NoSuchArticle, SearchTimeout
from searchapp.said import Counted, Label, Piece, Said, Term

PACKAGE = Path(__file__).parents[1] / "searchapp"

GERMAN = {
    "No article has {word}.": "In keinem Artikel steht {word}.",
    "from {first} to {last}": "bis {last}, ab {first}",
    "{n} articles": "{n} Artikel",
    "articles {when}": "Artikel, {when}",
}


def gettext(template: str) -> str:
    return GERMAN.get(template, template)


def ngettext(one: str, other: str, number: int) -> str:
    return GERMAN[other] if number != 1 else "ein Artikel"


def written(value: object) -> str:
    if isinstance(value, datetime.date):
        return f"{value:%d.%m.%Y}"
    return f"{value:,}".replace(",", ".")


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (Said("nothing"), "nothing"),
        (Said("No article has {word}.", word="gas"), "No article has gas."),
        (Said("{a} and {b}", a=Said("{n} hits", n=1234), b="{a}"), "1,234 hits and {a}"),
        (Said("{{{word}}}", word="x"), "{x}"),
        (Said("on {day}", day=datetime.date(2000, 7, 3)), "on 3 July 2000"),
        (Said("{seconds} s", seconds=0.5), "0.5 s"),
        (Counted(1, "one article", "{n} articles"), "one article"),
        (Counted(14668, "one article", "{n} articles"), "14,668 articles"),
        (Counted(0, "one article", "{n} articles"), "0 articles"),
    ],
)
def test_it_is_its_english_text(said: Said, english: str) -> None:
    assert (said, f"{said}", said.translated()) == (english, english, english)
    assert hash(said) == hash(english)


def test_it_keeps_what_a_translation_needs() -> None:
    said = Said("No article has {word}.", word="gas")
    assert (said.template, said.values) == ("No article has {word}.", {"word": "gas"})
    assert said.translated(gettext, ngettext) == "In keinem Artikel steht gas."


def test_parts_numbers_and_dates_are_translated_too() -> None:
    when = Said("from {first} to {last}", first=datetime.date(2000, 7, 3), last="now")
    said = Said("articles {when}", when=when)
    assert said.translated(gettext, ngettext, written) == "Artikel, bis now, ab 03.07.2000"
    many = Counted(1234, "one article", "{n} articles")
    assert many.translated(gettext, ngettext, written) == "1.234 Artikel"
    assert Counted(1, "one article", "{n} articles").translated(gettext, ngettext) == "ein Artikel"


def test_pieces_tell_apart_what_stands_out() -> None:
    said = Said("with {what}, about {where}", what=Said("{a}", a=Term("gas")), where=Label("Iran"))
    expected = (
        Piece("text", "with "),
        Piece("term", "gas"),
        Piece("text", ", about "),
        Piece("label", "Iran"),
    )
    assert said.pieces() == expected
    assert str(said) == "with gas, about Iran"


@given(st.text(), st.integers(0, 10**6))
def test_any_value_is_copied_and_pickled_whole(word: str, number: int) -> None:
    for said in (Said("a {word}", word=word), Counted(number, "one {word}", "{n}", word=word)):
        for other in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
            assert (type(other), other, other.translated()) == (type(said), said, str(said))


# --- what is said that way ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said", "values"),
    [
        ("colour:red", "“{typed}:” is not a field; it was searched as a word", {"typed": "colour"}),
        ('"a b"~', "a ~ after a phrase needs a number; {taken} was taken", {"taken": 10}),
        ("(a", "a closing bracket was missing", {}),
    ],
)
def test_repairs_can_be_translated(typed: str, said: str, values: dict[str, object]) -> None:
    (repair,) = query.parse(typed).repairs
    assert (repair.template, repair.values) == (said, values)


def test_errors_can_be_translated() -> None:
    with pytest.raises(BadQuery) as caught:
        query.parse("a " * 2000)
    assert isinstance(caught.value.said, Said)
    assert caught.value.said.values == {"number": 4000, "limit": 2048}
    assert str(caught.value) == (
        "the query has 4,000 characters; the limit is 2,048 (max_query_chars)"
    )
    with pytest.raises(BadParameter) as wrong:
        cursor_of("?", "newest")
    assert str(wrong.value) == "cursor: not a `next_cursor` of an answer"
    assert isinstance(wrong.value.problem, Said)
    assert SearchTimeout.of(1).said == (
        "the search took longer than 1 s (search_seconds); make it narrower"
    )
    assert NoSuchArticle("no such thing").said == "no such thing"
    assert NoSuchArticle().said == ""


def test_every_template_is_a_literal_with_the_values_it_names() -> None:
    """Babel finds no others, and a translator can trust the names."""
    calls = [
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Said", "Counted")
    ]
    assert len(calls) > 30
    for call in calls:
        templates = call.args if call.func.id == "Said" else call.args[1:]  # type: ignore[attr-defined]
        given = {keyword.arg for keyword in call.keywords} | {"n"}
        for template in templates:
            assert isinstance(template, ast.Constant), ast.unparse(call)
            named = {name for _, name, _, _ in Formatter().parse(str(template.value)) if name}
            assert named <= given, ast.unparse(call)
