"""Cutting many texts at once finds what reading one after the other finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine import lexer as lexers
from searchapp.engine.lexer import Lexer, encoded
from searchapp.engine.postings import starts

TRICKY = "abzÉ1A.,-'&’_ \n\t()é£…”x:;/*\u2028日ก‐Σσİßﬁ\ud800\x00\x01\xff\x7f٣\u0301" + PARAGRAPH
texts = st.one_of(st.text(st.sampled_from(TRICKY), max_size=60), st.text(max_size=40))
Read = list[tuple[str, str, int]]


def cut(lexer: Lexer, documents: list[list[str]]) -> list[tuple[Read, list[int]]]:
    """Of each document its tokens, and where its values end: addresses counted from its first."""
    joined = [b"".join(map(encoded, values)) for values in documents]
    tokens = lexer.tokens(b"".join(joined), starts(np.array([len(text) for text in joined])))
    words, _ = lexer.ranked()
    stems, forms = ([words[n] for n in numbers] for numbers in _ranks(lexer))
    past = [0, *(tokens.ends + 1).tolist()]
    found = []
    for doc in range(len(documents)):
        first, last = tokens.tokens_before[doc : doc + 2]
        begin, end = tokens.ends_before[doc : doc + 2]
        base = past[begin]
        read = [
            (forms[unit], stems[unit], address - base)
            for unit, address in zip(
                tokens.unit[first:last].tolist(), tokens.address[first:last].tolist(), strict=True
            )
        ]
        found.append((read, (tokens.ends[begin:end] - base).tolist()))
    return found


def _ranks(lexer: Lexer) -> tuple[list[int], list[int]]:
    _, rank = lexer.ranked()
    return rank[list(lexer.unit_stem)].tolist(), rank[list(lexer.unit_exact)].tolist()


def read(analyser: Analyser, values: list[str]) -> tuple[Read, list[int]]:
    """The same by the analyser, a paragraph at a time."""
    found: Read = []
    ends: list[int] = []
    at = 0
    for value in filter(None, values):
        for paragraph in value.split(PARAGRAPH):
            last = -1
            for token in analyser.tokens(paragraph):
                last = token.position
                found.append((token.exact, token.stem, at + last))
            at += last + 2
            ends.append(at - 1)
    return found, ends


@given(st.lists(st.lists(texts, max_size=3), max_size=4))
@example([["Oil & gas: 3.5, U.S.-made; --", "it's"], [], ["", "1,500 barrels"]])
def test_cutting_is_reading(analyser: Analyser, documents: list[list[str]]) -> None:
    lexer = Lexer(analyser)
    expected = [read(analyser, values) for values in documents]
    assert cut(lexer, documents) == expected
    assert cut(lexer, documents) == expected  # now that every piece is known


def test_pieces_of_every_length_are_told_apart(analyser: Analyser) -> None:
    lexer = Lexer(analyser)
    words = ["x" * length for length in range(1, 40)]
    ((found, _),) = cut(lexer, [[" ".join(words)]])
    assert [exact for exact, _, _ in found] == words


def test_a_hash_table_grows_and_keeps_what_it_has() -> None:
    table = lexers._Table(2)
    keys = np.arange(1, 40_001, dtype=np.uint64).reshape(2, -1)
    numbers = np.arange(20_000, dtype=np.int32)
    for first in range(0, 20_000, 5000):
        table.add(keys[:, first : first + 5000], numbers[first : first + 5000], first)
    assert table.find(keys).tolist() == numbers.tolist()
    assert set(table.find(keys + np.uint64(1 << 40)).tolist()) == {-1}


def test_words_are_ranked_by_their_letters(analyser: Analyser) -> None:
    lexer = Lexer(analyser)
    cut(lexer, [["oil gas"]])
    lexer.ranked()
    cut(lexer, [["étoile barrel oil zinc"]])
    words, rank = lexer.ranked()
    assert words == ["barrel", "etoil", "etoile", "gas", "oil", "zinc"]
    assert sorted(rank.tolist()) == list(range(6))


def test_a_full_memory_is_emptied(analyser: Analyser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexers, "REMEMBERED", 2)
    lexer = Lexer(analyser)
    cut(lexer, [["oil gas coal"]])
    lexer.make_room()
    assert lexer.ranked()[0] == []
    ((found, _),) = cut(lexer, [["gas"]])
    assert found == [("gas", "gas", 0)]
