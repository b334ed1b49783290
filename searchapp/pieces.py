"""Texts cut into pieces, each of which is analysed once: what stands between white space, which no
token crosses, and between characters that are in no token.

News repeats its pieces. A text is the numbers of its own, so that to find some of them in it is to
look up an array.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary, proxy

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import BETWEEN, LONGEST_REMEMBERED, PARAGRAPH, Analyser, Token
from searchapp.remembered import Remembered

PIECES_REMEMBERED = 100_000
"""Pieces whose tokens are remembered before starting anew: some 70 MB."""
CUTS_REMEMBERED = 32 * 1024 * 1024
"""Bytes of texts of which it is remembered how they are cut: some 10,000 articles of Reuters."""
SPARE = 1_000
"""New pieces that there is room for at first where some are chosen."""

_SPACED = str.maketrans(dict.fromkeys(BETWEEN, " "))
"""Without these fewer pieces are different."""
_PIECE = re.compile(rf"{PARAGRAPH}|\S+")
_IS_SPACE = np.array([chr(byte).isspace() for byte in range(128)])
_LENT: WeakKeyDictionary[Analyser, Pieces] = WeakKeyDictionary()


def pieces_of(analyser: Analyser) -> Pieces:
    """The pieces that an analyser has met; whoever takes them may go on with them."""
    found = _LENT.get(analyser)
    if found is None or len(found) >= PIECES_REMEMBERED:
        found = _LENT[analyser] = Pieces(analyser)
    return found


def stems_of(analyser: Analyser, text: str) -> list[str]:
    """The stems of the tokens of `text`, as often as they are there."""
    pieces = pieces_of(analyser)
    cut = pieces.cut(text)
    return [token.stem for at in range(len(cut.numbers)) for token in pieces.at(cut, at)]


class Cut(NamedTuple):
    """A text in pieces: the number of each (see `Pieces`), and where it begins, in code points."""

    numbers: NDArray[np.int32]
    starts: NDArray[np.int32]
    newest: int
    """The largest of the numbers."""
    long: Mapping[int, tuple[Token, ...]]
    """The tokens of pieces that are too long to have a number, by their place."""

    @property
    def bytes(self) -> int:
        """About what it takes in memory, with its text."""
        text = int(self.starts[-1]) if len(self.starts) else 0
        long = 150 * sum(map(len, self.long.values()))
        return 800 + text + self.numbers.nbytes + self.starts.nbytes + long


class Pieces:
    """The pieces that texts were cut into. Threads may share it. Its analyser is somebody else's to
    keep: what is kept for an analyser must not keep it."""

    LONG, GAP = 0, 1
    """The numbers of every piece that is too long to come again, and of PARAGRAPH."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = proxy(analyser)
        self._tokens: list[tuple[Token, ...]] = [(), ()]
        self._numbers = {PARAGRAPH: self.GAP}
        self._with_stem: dict[str, list[int]] = {}
        self._cuts: Remembered[str, Cut] = Remembered(CUTS_REMEMBERED, lambda cut: cut.bytes)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Numbers given until now."""
        return len(self._tokens)

    def __getitem__(self, number: int) -> tuple[Token, ...]:
        """The tokens of a piece that has a number of its own."""
        return self._tokens[number]

    def having(self, stem: str, known: int) -> list[int]:
        """Those of the first `known` pieces that have the stem."""
        found = self._with_stem.get(stem, ())
        return list(found[: bisect_left(found, known)])

    def cut(self, text: str) -> Cut:
        """`text` in pieces: the tokens of one after the other are those of the text."""
        found = self._cuts.get(text)
        if found is None:
            flat = text.translate(_SPACED) if text.isascii() else text
            pieces = _PIECE.findall(flat) if PARAGRAPH in flat else flat.split()
            numbers, long = list(map(self._numbers.get, pieces)), {}
            if None in numbers:
                numbers = list(map(self._number, pieces))
                long = {
                    at: self._analyser.tokens_of(pieces[at])
                    for at, number in enumerate(numbers)
                    if number == self.LONG
                }
            array = np.array(numbers, np.int32)
            found = Cut(array, _starts(flat), int(array.max(initial=0)), long)
            self._cuts.put(text, found)
        return found

    def at(self, cut: Cut, place: int) -> tuple[Token, ...]:
        """The tokens of a piece of a text."""
        return self._tokens[cut.numbers[place]] or cut.long.get(place, ())

    def _number(self, piece: str) -> int:
        number = self._numbers.get(piece)
        if number is None:
            if len(piece) > LONGEST_REMEMBERED:
                return self.LONG
            number = self._add(piece, self._analyser.tokens_of(piece))
        return number

    def _add(self, piece: str, tokens: tuple[Token, ...]) -> int:
        """In this order: whoever has a number finds its tokens, and by their stems all numbers that
        are given."""
        with self._lock:
            number = self._numbers.get(piece)
            if number is None:
                number = len(self._tokens)
                for token in tokens:
                    self._with_stem.setdefault(token.stem, []).append(number)
                self._tokens.append(tokens)
                self._numbers[piece] = number
        return number


class Chosen:
    """Some pieces, chosen as texts show them. Not for several threads."""

    def __init__(self, pieces: Pieces, numbers: Sequence[int], judged_to: int) -> None:
        """Of the first `judged_to` pieces `numbers` are chosen."""
        self._pieces = pieces
        self._is_chosen = np.zeros(len(pieces) + SPARE, bool)
        self._is_judged = np.zeros(len(pieces) + SPARE, bool)
        self._is_chosen[numbers] = True
        self._is_judged[:judged_to] = True
        self._judged_to = judged_to
        # Each of the long ones is to be looked at by itself.
        self._is_chosen[Pieces.LONG] = self._is_judged[Pieces.LONG] = True

    def unjudged(self, cut: Cut) -> Iterable[int]:
        """The pieces of a text of which it is not known whether they are chosen."""
        if cut.newest < self._judged_to:
            return ()
        if len(self._pieces) > len(self._is_judged):
            more = np.zeros(len(self._pieces) - len(self._is_judged) + SPARE, bool)
            self._is_judged = np.append(self._is_judged, more)
            self._is_chosen = np.append(self._is_chosen, more)
        is_judged = self._is_judged.take(cut.numbers)
        return () if is_judged.all() else set(cut.numbers[~is_judged].tolist())

    def judge(self, number: int, is_chosen: bool) -> None:
        self._is_judged[number] = True
        self._is_chosen[number] = is_chosen

    def places(self, cut: Cut) -> list[int]:
        """Where in a text, all of whose pieces are judged, chosen ones are."""
        found: list[int] = self._is_chosen.take(cut.numbers).nonzero()[0].tolist()
        return found


def _starts(flat: str) -> NDArray[np.int32]:
    """Where the pieces of a text begin."""
    if not flat.isascii():
        return np.array([match.start() for match in _PIECE.finditer(flat)], np.int32)
    is_space = _IS_SPACE.take(np.frombuffer(flat.encode(), np.uint8))
    begins = ~is_space
    begins[1:] &= is_space[:-1]
    return begins.nonzero()[0].astype(np.int32)
