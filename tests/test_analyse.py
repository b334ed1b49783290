"""Text → tokens: what is one word, what finds what, and where it stands."""

from __future__ import annotations

import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import LONGEST_TOKEN, Analyser, fold
from searchapp.model import BadSettings


def exact(analyser: Analyser, text: str) -> list[str]:
    return [token.exact for token in analyser.tokens(text)]


def positions(analyser: Analyser, text: str) -> list[tuple[str, int]]:
    return [(token.exact, token.position) for token in analyser.tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oil prices rose.", ["oil", "prices", "rose"]),
        ("the U.S. and the US", ["the", "us", "and", "the", "us"]),
        ("U.S.-led", ["us", "led"]),
        ("U.S.S.R.", ["ussr"]),
        ("Ivashov's IRAN’S Moses'", ["ivashov", "iran", "moses"]),
        ("don't they'll", ["dont", "theyll"]),
        ("7,000 troops", ["7000", "troops"]),
        ("3rd 1990s", ["3rd", "1990s"]),
        ("Škoda Übermäßig café", ["skoda", "ubermassig", "cafe"]),
        ("cafe\u0301", ["cafe"]),
        ("ＦＵＬＬ ﬁeld", ["full", "field"]),
        ("snake_case", ["snake", "case"]),
        ("北京", ["北", "京"]),
        ("हिन्दी", ["हिन्दी"]),
        ("Ёлка Иран", ["елка", "иран"]),
        ("... !? —", []),
        ("", []),
    ],
)
def test_words_of(analyser: Analyser, text: str, expected: list[str]) -> None:
    assert exact(analyser, text) == expected


def test_designation_stands_whole_and_in_parts(analyser: Analyser) -> None:
    assert positions(analyser, "the S-300PMU-1 system") == [
        ("the", 0),
        ("s", 1),
        ("s300pmu1", 1),
        ("300", 2),
        ("pmu", 3),
        ("1", 4),
        ("system", 5),
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("S-300PMU-1", "S-300 PMU-1"), ("F-16", "F16"), ("AT&T", "AT T")]
)
def test_spellings_share_their_parts(analyser: Analyser, one: str, other: str) -> None:
    def parts(text: str) -> list[str]:
        by_position: dict[int, str] = {}
        for token in analyser.tokens(text):
            by_position.setdefault(token.position, token.exact)
        return list(by_position.values())

    assert parts(one) == parts(other)


def test_decimals_are_not_whole_numbers(analyser: Analyser) -> None:
    assert "35" not in exact(analyser, "3.5 percent")
    assert "3.5" in exact(analyser, "3.5 percent")


@pytest.mark.parametrize(
    ("one", "other"),
    [("missiles", "missile"), ("relations", "relation"), ("cooperated", "cooperation")],
)
def test_forms_of_a_word_share_a_stem(analyser: Analyser, one: str, other: str) -> None:
    (a,), (b,) = analyser.tokens(one), analyser.tokens(other)
    assert a.stem == b.stem
    assert a.exact != b.exact


def test_offsets_point_at_the_word(analyser: Analyser) -> None:
    text = "Russia’s  Ivashov — in Tehran"
    assert [text[t.start : t.end] for t in analyser.tokens(text)] == [
        "Russia",
        "Ivashov",
        "in",
        "Tehran",
    ]


def test_paragraph_separator_opens_a_gap(analyser: Analyser) -> None:
    assert positions(analyser, "Leonid Ivashov\u2029Ali Shamkhani") == [
        ("leonid", 0),
        ("ivashov", 1),
        ("ali", 102),
        ("shamkhani", 103),
    ]


def test_other_languages_have_other_stems_and_fingerprints() -> None:
    english, german = Analyser("english"), Analyser("german")
    assert next(german.tokens("Verhandlungen")).stem == "verhandl"
    assert english.fingerprint != german.fingerprint
    assert Analyser("english").fingerprint == english.fingerprint


def test_unknown_language_is_named() -> None:
    with pytest.raises(BadSettings, match="klingon"):
        Analyser("klingon")


def test_survives_pickling(analyser: Analyser) -> None:
    copy = pickle.loads(pickle.dumps(analyser))
    assert copy.fingerprint == analyser.fingerprint
    assert exact(copy, "missiles to Iran") == ["missiles", "to", "iran"]


def test_endless_runs_are_cut(analyser: Analyser) -> None:
    (token,) = analyser.tokens("x" * 10_000)
    assert len(token.exact) == LONGEST_TOKEN
    assert (token.start, token.end) == (0, 10_000)


@given(st.text(max_size=200))
def test_tokens_ascend_and_lie_within_the_text(analyser: Analyser, text: str) -> None:
    last = (0, 0)
    for token in analyser.tokens(text):
        assert token.exact
        assert token.stem
        assert 0 <= token.start < token.end <= len(text)
        assert (token.position, token.start) >= last
        last = (token.position, token.start)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), max_size=20))
def test_folding_is_idempotent_and_ignores_case(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert fold(unicodedata.normalize("NFD", word)) == fold(unicodedata.normalize("NFC", word))
