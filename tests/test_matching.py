"""Patterns, slips and words near each other, asked of one text: by definition, and by all ways."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import Token
from searchapp.matching import Window, is_near, is_pattern_of
from tests import reference

words = st.text(st.sampled_from("abcé本"), max_size=7)


def token(term: str, position: int) -> Token:
    return Token(term, term, position, position, position + 1)


def shown(text: str, terms: str, reach: int) -> str:
    """The letters of `text` that stand together with all of `terms`."""
    window = Window(terms, reach)
    found = [t for at, c in enumerate(text) if c in terms for t in window.add(c, token(c, at))]
    return "".join(t.exact for t in sorted(found, key=lambda t: t.position))


@pytest.mark.parametrize(
    ("text", "terms", "reach", "expected"),
    [
        ("ab", "ab", 1, "ab"),
        ("a-b", "ab", 1, ""),
        ("b-a", "ab", 2, "ba"),
        ("aa--b--a", "ab", 3, "aba"),  # the first a is too far off
        ("ab-----ba", "ab", 1, "abba"),
        ("a-b-c", "abc", 4, "abc"),
        ("a-b-c", "abc", 3, ""),
        ("aaa", "a", 0, "aaa"),
    ],
)
def test_words_near_each_other(text: str, terms: str, reach: int, expected: str) -> None:
    assert shown(text, terms, reach) == expected


@given(st.text(st.sampled_from("abc-"), max_size=15), st.integers(0, 8))
def test_every_choice_of_words_that_is_near_enough_is_shown(text: str, reach: int) -> None:
    places = [[at for at, c in enumerate(text) if c == term] for term in "abc"]
    window = Window("abc", reach)
    shown = [
        t.position
        for at, c in enumerate(text)
        if c in window.terms
        for t in window.add(c, token(c, at))
    ]
    chosen = [c for c in product(*places) if max(c) - min(c) <= reach]
    assert {at for c in chosen for at in c} <= set(shown)
    assert bool(shown) == bool(chosen)
    assert len(shown) == len(set(shown))


@given(st.text(st.sampled_from("abé本??**"), max_size=7), words)
def test_pattern(pattern: str, word: str) -> None:
    assert is_pattern_of(pattern, word) == reference.is_pattern_of(pattern, word)


@given(words, words, st.integers(0, 3))
def test_slip(word: str, other: str, edits: int) -> None:
    assert is_near(word, other, edits) == (reference.edits_between(word, other) <= edits)


@pytest.mark.parametrize("pattern", ["*a" * 30 + "*b", "*" * 1000 + "b", "a*" * 30 + "?b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    """Tried in every way that a pattern could be, these would never end."""
    assert not is_pattern_of(pattern, "a" * 64)
