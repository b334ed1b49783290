"""Where words stand in what was typed, and what is being typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.typed import asked, typing


@given(st.text(alphabet='gas pielnO RTN":()-~*?1é', max_size=40))
def test_what_is_asked_stands_where_it_says(typed: str) -> None:
    at = 0
    for place in asked(typed):
        assert at <= place.start <= place.end <= len(typed)
        at = place.end


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("gas 'oil'", [("gas", None), ("'oil'", None)]),
        ('title:"a b" c', [("a b", "title"), ("c", None)]),
        ("title:(a b) c", [("a", "title"), ("b", "title"), ("c", None)]),
        ("-(a b) c", [("c", None)]),
        ("NOT title:a OR b", [("b", None)]),
        ("country:(a b) c", [("c", None)]),
        ("topic:medtop:1 c", [("c", None)]),
        ("colour:red", [("colour", None), ("red", None)]),
        ("what?", [("what?", None)]),
        ("a) b", [("a", None), ("b", None)]),
    ],
)
def test_words_asked_for(typed: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(typed[a.start : a.end], a.field) for a in asked(typed)] == expected


@pytest.mark.parametrize(
    ("typed", "words", "rest"),
    [
        ("gas pip", ["gas", "pip"], {}),
        ("gas ", ["gas"], {"is_open": False}),
        ("oil AND gas pip", ["gas", "pip"], {"is_alone": False}),
        ("oil -gas", ["gas"], {"excluded": True, "is_alone": False}),
        ("oil (gas pip", ["gas", "pip"], {"is_alone": False, "is_nested": True}),
        ('oil "gas pip', ["gas", "pip"], {"quoted": True, "is_alone": False}),
        ('"gas ', ["gas"], {"quoted": True, "is_open": False}),
        ("“gas", ["gas"], {"quoted": True}),
        ("country:ir", ["ir"], {"field": "country"}),
        ("oil country:ir", ["ir"], {"field": "country", "is_alone": False}),
        ("country:ir oil", ["oil"], {"is_alone": False}),
        ('person:"Ali Sh', ["Ali", "Sh"], {"field": "person", "quoted": True}),
        (
            "title:(gas pip",
            ["gas", "pip"],
            {"field": "title", "is_nested": True, "is_alone": False},
        ),
        ("pip* gas", ["gas"], {"is_alone": False}),
        ("what? gas", ["what?", "gas"], {}),
    ],
)
def test_what_is_being_typed(typed: str, words: list[str], rest: dict[str, object]) -> None:
    found = typing(typed)
    assert found
    assert [typed[start:end] for start, end in found.words] == words
    usual = {
        "field": None,
        "excluded": False,
        "quoted": False,
        "is_open": True,
        "is_alone": True,
        "is_nested": False,
    }
    assert {name: getattr(found, name) for name in usual} == {**usual, **rest}


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "gas AND", "gas OR ", "(gas)", '"gas"', "pip*", "pipline~", "gas (", '"'],
)
def test_nothing_is_being_typed(typed: str) -> None:
    assert typing(typed) is None


@pytest.mark.parametrize(
    ("typed", "before"),
    [("oil -gas", "oil "), ('oil person:"a b', "oil "), ("oil NOT title:gas", "oil ")],
)
def test_where_it_begins_with_its_signs(typed: str, before: str) -> None:
    found = typing(typed)
    assert found
    assert typed[: found.begins[0]] == before


@given(st.text(alphabet='gas pielnO RTN":()-~*?1é', max_size=40))
def test_words_being_typed_are_the_last_of_the_text(typed: str) -> None:
    if found := typing(typed):
        assert len(found.words) == len(found.begins) > 0
        assert found.begins[0] <= found.words[0][0]
        assert not typed[found.words[-1][1] :].strip()
