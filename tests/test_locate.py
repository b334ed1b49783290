"""What a query shows is found where the tokens of the whole text say, however it is looked for."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import (
    LONGEST_REMEMBERED,
    PARAGRAPH,
    PARAGRAPH_GAP,
    Analyser,
    Token,
)
from searchapp.highlight import mark
from searchapp.locate import BLOCK, Marker, Terms, terms
from searchapp.matching import is_near, is_pattern_of
from searchapp.model import Span
from searchapp.pieces import pieces_of, stems_of
from searchapp.query import analyse, parse

QUERIES = [
    "oil",
    "S-300",
    "e-mail",
    "U.S.",
    "石油",
    "oil OR gas",
    "ga*",
    "o?l",
    "oul~1",
    '"oil gas"',
    '"e mail oil"',
    '"oil gas oil"',
    '"gas oil"~1',
    '"oil mail gas"~2',
    'oil "gas oil" ga* "oil mail"~3',
    "nothing",
]
WORDS = ["oil", "Oil's", "gas", "e-mail", "S-300", "U.S.", "石油", "über", '"gas,"', "--", "<oil>"]
BETWEEN = [" ", "\n", "  ", "/", PARAGRAPH, "\n\n"]
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN)), max_size=20).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)


def terms_of(analyser: Analyser, q: str) -> Terms:
    return terms(analyse(parse(q).root, analyser, lambda facet, name: frozenset({name}))[0])


def by_definition(text: str, wanted: Terms, analyser: Analyser) -> set[Span]:
    """The places of all marks, from the tokens of the whole text."""
    tokens = list(analyser.tokens(text))
    found = {(t.start, t.end) for t in tokens if shows(t, wanted)}
    for phrase in wanted.phrases:
        for row in rows(tokens, phrase):
            if all(b.position == a.position + 1 for a, b in pairwise(row)):
                found.add((row[0].start, row[-1].end))
    for stems, reach in wanted.near:
        for row in rows(tokens, tuple(stems)):
            places = [t.position for t in row]
            if max(places) - min(places) <= reach:
                found |= {(t.start, t.end) for t in row}
    return found


def shows(token: Token, wanted: Terms) -> bool:
    return (
        token.stem in wanted.stems
        or token.exact.startswith(tuple(wanted.starts))
        or any(is_pattern_of(pattern, token.exact) for pattern in wanted.wildcards)
        or any(is_near(word, token.exact, edits) for word, edits in wanted.fuzzy)
    )


def rows(tokens: list[Token], stems: tuple[str, ...]) -> list[tuple[Token, ...]]:
    return list(product(*([t for t in tokens if t.stem == stem] for stem in stems)))


def covered(spans: set[Span]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


@given(texts, st.sampled_from(QUERIES), st.integers(5, 60))
def test_marks_are_what_the_tokens_say(analyser: Analyser, text: str, q: str, block: int) -> None:
    wanted = terms_of(analyser, q)
    expected = by_definition(text, wanted, analyser)
    assert covered(set(mark(text, Marker(wanted, analyser)))) == covered(expected)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("searchapp.locate.BLOCK", block * 10)
        assert covered(set(mark(text, Marker(wanted, analyser)))) == covered(expected)


@given(st.lists(texts, max_size=4), st.sampled_from(QUERIES))
def test_a_marker_finds_in_each_text_what_a_new_one_would(
    analyser: Analyser, several: list[str], q: str
) -> None:
    wanted = terms_of(analyser, q)
    marker = Marker(wanted, analyser)
    for text in several:
        assert mark(text, marker) == mark(text, Marker(wanted, analyser))


@given(texts)
def test_pieces_have_the_tokens_of_the_text(analyser: Analyser, text: str) -> None:
    expected = list(analyser.tokens(text))
    assert tokens_by_pieces(analyser, text) == expected
    assert sorted(stems_of(analyser, text)) == sorted(token.stem for token in expected)
    for piece in text.split():
        assert analyser.tokens_of(piece) == tuple(analyser.tokens(piece))


def tokens_by_pieces(analyser: Analyser, text: str) -> list[Token]:
    """The tokens of `text`, put together from those of its pieces."""
    met = pieces_of(analyser)
    cut = met.cut(text)
    found, position = [], 0
    for at, (number, start) in enumerate(zip(cut.numbers, cut.starts, strict=True)):
        here = met.at(cut, at)
        for exact, stem, step, first, last in here:
            found.append(Token(exact, stem, position + step, start + first, start + last))
        if number == met.GAP:
            position += PARAGRAPH_GAP
        elif here:
            position += here[-1].position + 1
    return found


def test_pieces_do_not_keep_their_analyser() -> None:
    analyser = Analyser()
    marks = mark("oil", Marker(Terms(stems={"oil"}), analyser))
    seen = weakref.ref(analyser)
    del analyser
    gc.collect()
    assert marks == ((0, 3),)
    assert seen() is None


def test_long_runs_of_data_are_not_remembered(analyser: Analyser) -> None:
    data = "ab12" * LONGEST_REMEMBERED
    text = f"oil {data} gas"
    known = len(pieces_of(analyser))
    assert tokens_by_pieces(analyser, text) == list(analyser.tokens(text))
    assert len(pieces_of(analyser)) <= known + 2


def test_the_last_word_is_not_cut(analyser: Analyser) -> None:
    text = f"{'- ' * (BLOCK // 2 - 1)} oil"
    assert mark(text, Marker(terms_of(analyser, "oil"), analyser)) == ((BLOCK - 1, BLOCK + 2),)


def test_a_phrase_goes_on_in_the_next_block(analyser: Analyser) -> None:
    text = f"{'-' * (BLOCK - 4)} oil gas"
    assert mark(text, Marker(terms_of(analyser, '"oil gas"'), analyser)) == (
        (BLOCK - 3, BLOCK + 4),
    )


@pytest.mark.parametrize(
    ("q", "marks"),
    [("caspian", 2), ("caspians", 2), ("casp*", 2), ("c?spian", 2), ("kaspian~1", 1), ("Amu", 0)],
)
def test_behind_what_is_sure_likely_blocks_are_looked_at(
    analyser: Analyser, q: str, marks: int
) -> None:
    text = f"The Caspian.{' Nothing else is said.' * 1000} The CASPIAN'S oil.{' Nothing.' * 5000}"
    blocks = list(Marker(terms_of(analyser, q), analyser).blocks(text, sure=BLOCK))
    assert sum(len(found) for _, found in blocks) == marks
    assert len(blocks) == 1 + (marks == 2)


def test_words_around_a_block_that_is_left_out_are_no_phrase(analyser: Analyser) -> None:
    text = f"oil {'- ' * BLOCK}{'- ' * BLOCK}gas"
    marker = Marker(terms_of(analyser, '"oil gas"'), analyser)
    assert [found for _, found in marker.blocks(text, sure=1)][-1] == []
