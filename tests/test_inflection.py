"""Plural and past share a form with the word; what is derived from it does not."""

from __future__ import annotations

import pytest

from searchapp.tag.inflection import base


@pytest.mark.parametrize(
    "words",
    [
        "invade invades invaded",
        "arrest arrests arrested",
        "vote votes voted",
        "charge charges charged",
        "raise raises raised",
        "raid raids raided",
        "release releases released",
        "stab stabs stabbed",
        "kill kills killed",
        "bury buries buried",
        "die dies died",
        "city cities",
        "movie movies",
        "church churches",
        "virus viruses",
        "tax taxes taxed",
        "offer offers offered",
    ],
)
def test_plural_and_past_share_a_form(words: str) -> None:
    assert len({base(word) for word in words.split()}) == 1


@pytest.mark.parametrize(
    "words",
    [
        "protest protestant",
        "conservation conservative",
        "programme programmer",
        "box boxing boxer",
        "win wine",
        "plan plane",
        "car care",
        "new news",
        "see seed",
        "police policy",
        "author authority",
        "nation nationalise",
    ],
)
def test_other_words_do_not(words: str) -> None:
    assert len({base(word) for word in words.split()}) == len(words.split())


@pytest.mark.parametrize(
    "word", ["", "a", "us", "red", "crisis", "virus", "glass", "naïve", "1990s"]
)
def test_any_word_has_a_form(word: str) -> None:
    assert len(base(word)) <= len(word)
