"""Texts → the numbers of their terms, for many articles at once.

News repeats its words: a *piece*, which is what stands between white space, is analysed when it is
first seen and has a number from then on. What is left to do for each occurrence is to split the
text and to look the piece up; everything else is done on arrays of those numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine.postings import Ints, runs, starts

REMEMBERED = 1_000_000
"""Pieces kept before starting anew: some 300 MB at worst; Reuters has 130,000."""

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one field of many documents, in order.

    `pair`: which stem in which exact form; `doc`: the document; `address`: where, see
    `fields`. `base`: the first address of each document and, last, the end of all. `breaks`:
    the addresses between the values of one document, ascending.
    """

    pair: Ints
    doc: Ints
    address: Ints
    base: Ints
    breaks: Ints


class Lexer:
    """Numbers terms in the order it meets them. Not for several threads."""

    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser
        self._forget()

    def _forget(self) -> None:
        self.stems: dict[str, int] = {}
        self.exact: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self.pair_stem, self.pair_exact = array("i"), array("i")
        self._first, self._span = array("i"), array("i")  # of each piece
        self._unit_pair, self._unit_step = array("i"), array("i")
        self.numbers = _Pieces(self)
        self.numbers[PARAGRAPH]  # number 0 has no terms, and takes one address

    def make_room(self) -> None:
        """Forget everything if it has become too much; numbers given before mean nothing then."""
        if len(self.numbers) > REMEMBERED:
            self._forget()

    def number(self, pieces: Sequence[str]) -> Numbers:
        """The numbers of pieces as `Analyser.pieces` cuts them."""
        return np.fromiter(map(self.numbers.__getitem__, pieces), np.int32, len(pieces))

    def learn(self, piece: str) -> int:
        """Analyse a piece that is new, and give it a number."""
        self._first.append(len(self._unit_pair))
        if piece == PARAGRAPH:
            self._span.append(1)
        else:
            span = 0
            for exact, stem, position in self.analyser.terms(piece):
                self._unit_pair.append(self._pair(stem, exact))
                self._unit_step.append(position)
                span = position + 1
            self._span.append(span)
        return len(self._first) - 1

    def _pair(self, stem: str, exact: str) -> int:
        known = self._pairs.get((stem, exact))
        if known is None:
            known = self._pairs[stem, exact] = len(self._pairs)
            self.pair_stem.append(self.stems.setdefault(stem, len(self.stems)))
            self.pair_exact.append(self.exact.setdefault(exact, len(self.exact)))
        return known

    def tokens(self, pieces: Numbers, counts: Ints) -> Tokens:
        """The tokens of documents that have `counts` of the `pieces` each. Every value of a
        document ends in the piece PARAGRAPH."""
        unit_starts = np.array([*self._first, len(self._unit_pair)], np.int64)
        units = np.diff(unit_starts)[pieces]
        piece_address = starts(np.frombuffer(self._span, np.int32)[pieces])
        token_unit = runs(unit_starts[pieces], units)
        address = np.repeat(piece_address[:-1], units)
        address += np.frombuffer(self._unit_step, np.int32)[token_unit]
        piece_doc = np.repeat(np.arange(len(counts)), counts)
        first = starts(counts)
        breaks = pieces == 0
        breaks[first[1:][counts > 0] - 1] = False  # the last of a document parts two documents
        return Tokens(
            np.frombuffer(self._unit_pair, np.int32)[token_unit].astype(np.int64),
            np.repeat(piece_doc, units),
            address,
            piece_address[first],
            piece_address[:-1][breaks],
        )


class _Pieces(dict[str, int]):
    """The number of each piece; a new one is learned."""

    def __init__(self, lexer: Lexer) -> None:
        super().__init__()
        self._lexer = lexer

    def __missing__(self, piece: str) -> int:
        core = self._lexer.analyser.core(piece)
        number = self[piece] = self._lexer.learn(piece) if core == piece else self[core]
        return number
