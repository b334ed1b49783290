"""Which terms a part, a pattern or a slip means: compared with asking every term by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engine.vocabulary import Vocabulary
from tests.reference import edits_between, is_pattern_of

NEWS = Vocabulary.of(
    [
        *("iran", "iraq", "iranian", "oran", "ran", "stan", "kazakhstan", "иран"),
        *("pip", "pipe", "pine", "pipeline", "pipelines"),
        *("world", "wurld", "wrld", "zürich", "zurich"),
    ]
)

letters = st.sampled_from("abcé本𝄞")
terms = st.lists(st.text(letters, max_size=7), max_size=40)
patterns = st.text(st.sampled_from("abé本??**"), max_size=7)


def named(vocabulary: Vocabulary, ordinals: object) -> list[str]:
    return [vocabulary.term(int(ordinal)) for ordinal in ordinals]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("w?rld", ["world", "wurld"]),
        ("pip*ne", ["pipeline"]),
        ("p?p*", ["pip", "pipe", "pipeline", "pipelines"]),
        ("*stan", ["kazakhstan", "stan"]),
        ("?ran", ["iran", "oran"]),
        ("*ran*", ["iran", "iranian", "oran", "ran"]),
        ("*n*n*", ["iranian"]),
        ("pip*pe", []),  # one letter is not both the end of the first part and of the last
        ("z?rich", ["zurich", "zürich"]),
        ("?ран", ["иран"]),
        ("????", ["iran", "iraq", "oran", "pine", "pipe", "stan", "wrld", "иран"]),
        ("iran", ["iran"]),
        ("", []),
    ],
)
def test_wildcard(pattern: str, expected: list[str]) -> None:
    assert named(NEWS, NEWS.wildcard(pattern)) == expected


@pytest.mark.parametrize(
    ("word", "edits", "expected"),
    [
        ("pipline", 1, {"pipeline": 1}),
        ("pipline", 2, {"pipeline": 1, "pipelines": 2}),
        ("irna", 1, {"iran": 1}),  # neighbours exchanged are one edit
        ("irna", 0, {}),
        ("wrold", 1, {"world": 1, "wrld": 1}),
        ("zurich", 1, {"zurich": 0, "zürich": 1}),
        ("иранн", 1, {"иран": 1}),
    ],
)
def test_fuzzy(word: str, edits: int, expected: dict[str, int]) -> None:
    ordinals, distances = NEWS.fuzzy(word, edits)
    assert dict(zip(named(NEWS, ordinals), distances.tolist(), strict=True)) == expected


def test_prefix_is_a_range_of_neighbours() -> None:
    assert named(NEWS, NEWS.prefix("iran")) == ["iran", "iranian"]
    assert len(NEWS.prefix("zz")) == 0
    assert len(NEWS.prefix("")) == len(NEWS)


def test_vocabulary_without_terms() -> None:
    nothing = Vocabulary.of([])
    assert (len(nothing), nothing.find("iran"), len(nothing.prefix("i"))) == (0, None, 0)
    assert len(nothing.wildcard("*")) == len(nothing.fuzzy("iran", 2)[0]) == 0


def test_arrays_as_they_are_mapped_from_a_file() -> None:
    blob = np.frombuffer("gasйoil".encode(), np.uint8)
    mapped = Vocabulary(blob, np.array([0, 3, 5, 8], np.uint32))
    assert [mapped.term(ordinal) for ordinal in range(3)] == ["gas", "й", "oil"]
    assert named(mapped, mapped.wildcard("?")) == ["й"]


def test_a_term_of_more_letters_than_a_computer_word_has_bits() -> None:
    long = "ab" * 200
    vocabulary = Vocabulary.of([long, long[1:], "ab"])
    assert vocabulary.fuzzy(long, 1)[1].tolist() == [0, 1]
    assert len(vocabulary.wildcard("a*" * 100 + "b")) == 1


@given(terms, st.text(letters, max_size=3))
def test_found_where_the_order_of_bytes_has_it(words: list[str], wanted: str) -> None:
    vocabulary = Vocabulary.of(words * 3)
    ordered = sorted(set(words), key=str.encode)
    assert named(vocabulary, range(len(vocabulary))) == ordered
    assert vocabulary.find(wanted) == (ordered.index(wanted) if wanted in ordered else None)
    started = [term for term in ordered if term.startswith(wanted)]
    assert named(vocabulary, vocabulary.prefix(wanted)) == started


def test_found_among_more_terms_than_a_block_has() -> None:
    ordered = sorted(f"{number:x}" for number in range(1000))
    vocabulary = Vocabulary.of(ordered)
    assert [vocabulary.find(term) for term in ordered] == list(range(1000))
    assert vocabulary.find("zz") is None


@given(terms, patterns)
def test_wildcard_like_every_term_by_itself(words: list[str], pattern: str) -> None:
    vocabulary = Vocabulary.of(words)
    expected = [word for word in sorted(set(words), key=str.encode) if is_pattern_of(pattern, word)]
    assert named(vocabulary, vocabulary.wildcard(pattern)) == expected


@given(terms, st.text(letters, max_size=7), st.integers(0, 2))
def test_beginnings_like_every_term_by_itself(words: list[str], word: str, edits: int) -> None:
    vocabulary = Vocabulary.of(words)
    expected = [
        term
        for term in sorted(set(words), key=str.encode)
        if term[: bool(word)] == word[:1]
        and any(edits_between(word, term[:size]) <= edits for size in range(len(term) + 1))
    ]
    assert named(vocabulary, vocabulary.beginnings(word, edits)) == (
        expected if word else named(vocabulary, range(len(vocabulary)))
    )


@given(terms, st.text(letters, max_size=7), st.integers(0, 3))
def test_fuzzy_like_every_term_by_itself(words: list[str], word: str, edits: int) -> None:
    vocabulary = Vocabulary.of(words)
    ordinals, distances = vocabulary.fuzzy(word, edits)
    found = list(zip(named(vocabulary, ordinals), distances.tolist(), strict=True))
    far = [(term, edits_between(word, term)) for term in sorted(set(words), key=str.encode)]
    assert found == [(term, distance) for term, distance in far if distance <= edits]
