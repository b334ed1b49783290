"""Where sentences end, and where they only seem to."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Mr. Khatami met Gen. Ivashov.", ["Mr. Khatami met Gen. Ivashov."]),
        ("The U.S. and Iran. Talks.", ["The U.S. and Iran.", "Talks."]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("Head\n\nBody text", ["Head", "Body text"]),
        ("Rose 3.5 percent.", ["Rose 3.5 percent."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(st.text(max_size=300))
def test_sentences_cover_every_word_once(text: str) -> None:
    spans = list(sentences(text))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
