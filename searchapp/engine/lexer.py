"""Texts → the numbers of their terms, for many articles at once.

News repeats its words: a *piece*, which is what stands between white space, is analysed when it is
first seen and has a number from then on. Texts are cut into pieces, and pieces looked up, on arrays
of bytes: a piece of up to LONG bytes is one or a few numbers of 64 bits, and found in a hash table
of those. Only what is new or longer becomes an object.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import BETWEEN, EDGES, PARAGRAPH, Analyser
from searchapp.engine.postings import Bytes, Ints, runs, starts

REMEMBERED = 1_000_000
"""Pieces kept before starting anew: some 300 MB at worst; Reuters has 110,000."""
LONG = 32
"""Bytes of a piece that is looked up by arrays: 16 letters of Cyrillic."""
END = b"\xff"
"""Ends every value of a field; in no text, as UTF-8 has no such byte."""

Numbers = NDArray[np.int32]
Keys = NDArray[np.uint64]

_WORD = 8
_LOWERED = bytes(
    0 if byte <= 32 or byte == 255 or chr(byte) in BETWEEN else ord(chr(byte).lower())
    for byte in range(128)
) + bytes([*range(128, 255), 0])
"""Each byte of a text as it is in pieces, which zeros part. Case makes no difference to terms."""
_AT_EDGE = np.array([chr(byte) in EDGES for byte in range(256)])
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(_WORD)] + [2**64 - 1], np.uint64)


def encoded(value: str) -> bytes:
    """One value of a field as `Lexer.tokens` takes it; nothing if it is empty."""
    if value.isascii():
        return value.encode() + END if value else b""
    return value.encode("utf-8", "surrogatepass").replace(_PARAGRAPH, END) + END


_PARAGRAPH = PARAGRAPH.encode()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of texts one after the other, in order.

    `unit`: which stem in which exact form, see `Lexer`; `address`: where, see `segment`. `ends`:
    the addresses at which values end. `tokens_before`, `ends_before`: how many of both there are
    before each of the bytes asked for.
    """

    unit: Numbers
    address: Numbers
    ends: Numbers
    tokens_before: Ints
    ends_before: Ints


class Lexer:
    """Numbers terms in the order it meets them. Threads may share it.

    A *unit* is one token of a piece: `unit_stem` and `unit_exact` have its words, by their numbers.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._words: dict[str, int] = {}
        self._order: list[int] = []
        self._ranked: tuple[list[str], Ints] = [], np.empty(0, np.int64)
        self.unit_stem, self.unit_exact = array("i"), array("i")
        self._unit_step = array("i")
        self._first, self._span = array("i", [0]), array("i")  # of each piece
        self._numbers: dict[bytes, int] = {}
        self._short, self._long = _Table(1), _Table(LONG // _WORD)

    def make_room(self) -> None:
        """Forget everything if it has become too much; numbers given before mean nothing then."""
        if len(self._numbers) > REMEMBERED:
            self._forget()

    def ranked(self) -> tuple[list[str], Ints]:
        """All words, ascending, and where each stands among them by its number."""
        if len(self._order) < len(self._words):
            words = list(self._words)
            new = range(len(self._order), len(words))
            self._order = sorted([*self._order, *new], key=words.__getitem__)  # mostly in order
            rank = np.empty(len(words), np.int64)
            rank[self._order] = np.arange(len(words))
            self._ranked = [words[number] for number in self._order], rank
        return self._ranked

    def tokens(self, text: bytes, at: Ints) -> Tokens:
        """The tokens of texts as `encoded` makes them, joined. `at`: ascending, see `Tokens`."""
        begin, end, letters = _pieces(text)
        number, begins, counts, spans, steps = self._number(letters, begin, end)
        begins, counts = begins[number], counts[number]
        unit = runs(begins, counts, dtype=np.int32)
        address = starts(spans[number], np.int32)
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == END[0])
        pieces_before = np.searchsorted(begin, ends + _WORD)
        end_address = address[pieces_before] + np.arange(len(ends), dtype=np.int32)
        # Every end of a value takes an address of its own.
        address = address[:-1]
        address += np.repeat(
            np.arange(len(ends) + 1, dtype=np.int32),
            np.diff(pieces_before, prepend=0, append=len(begin)),
        )
        address = np.repeat(address, counts)
        address += steps[unit]
        units_before = starts(counts)
        return Tokens(
            unit,
            address,
            end_address,
            units_before[np.searchsorted(begin, at + _WORD)],
            np.searchsorted(ends, at),
        )

    def _number(self, letters: Bytes, begin: Ints, end: Ints) -> tuple[Numbers, ...]:
        """The number of each piece, after new ones are learned; of each number the first unit, how
        many there are and the addresses they take; and of each unit its place among these."""
        size = end - begin
        words = letters[: len(letters) // _WORD * _WORD].view("<u8")
        number = np.full(len(begin), -1, np.int32)
        short = np.flatnonzero(size <= _WORD)
        long = np.flatnonzero((size > _WORD) & (size <= LONG))
        asked = [
            (table, which, _keys(words, begin[which], size[which], table.words))
            for table, which in ((self._short, short), (self._long, long))
        ]
        with self._lock:
            for table, which, keys in asked:
                number[which] = table.find(keys)
            unknown = np.flatnonzero(number < 0)
            if len(unknown):
                before = len(self._numbers)
                number[unknown] = self._numbered(letters, begin[unknown], end[unknown])
                for table, which, keys in asked:
                    table.add(keys, number[which], before)
            first, spans, steps = map(np.array, (self._first, self._span, self._unit_step))
        return number, first[:-1], np.diff(first), spans, steps

    def _numbered(self, letters: Bytes, begin: Ints, end: Ints) -> Numbers:
        """The number of each piece by itself."""
        whole = letters.tobytes()
        bounds = zip(begin.tolist(), end.tolist(), strict=True)
        pieces = [whole[first:last] for first, last in bounds]
        self._learn([piece for piece in dict.fromkeys(pieces) if piece not in self._numbers])
        return np.fromiter(map(self._numbers.__getitem__, pieces), np.int32, len(pieces))

    def _learn(self, pieces: Sequence[bytes]) -> None:
        """Analyse pieces that are new, and give them numbers."""
        self._numbers.update(zip(pieces, count(len(self._numbers)), strict=False))
        texts = [piece.decode("utf-8", "surrogatepass") for piece in pieces]
        words, units = self._words, len(self._unit_step)
        exacts, stems, steps = [], [], []
        for terms in self.analyser.terms(texts):
            step = -1
            for exact, stem, step in terms:
                exacts.append(words.setdefault(exact, len(words)))
                stems.append(words.setdefault(stem, len(words)))
                steps.append(step)
            self._span.append(step + 1)
            self._first.append(units + len(steps))
        self.unit_exact.extend(exacts)
        self.unit_stem.extend(stems)
        self._unit_step.extend(steps)


def _pieces(text: bytes) -> tuple[Ints, Ints, Bytes]:
    """Where each piece begins and ends, without what makes no difference at its ends, and the
    bytes that these places are in: the text after _WORD zeros, with many of them behind it."""
    padded = bytes(_WORD) + text.translate(_LOWERED) + bytes(LONG + 2 * _WORD)
    letters = np.frombuffer(padded, np.uint8)
    inside = letters != 0
    bounds = np.flatnonzero(inside[1:] != inside[:-1])
    bounds += 1
    begin, end = bounds[::2].copy(), bounds[1::2].copy()
    loose = np.flatnonzero(_AT_EDGE[letters[begin]])
    while len(loose):
        begin[loose] += 1
        loose = loose[_AT_EDGE[letters[begin[loose]]]]
    loose = np.flatnonzero(_AT_EDGE[letters[end - 1]])
    while len(loose):
        end[loose] -= 1
        loose = loose[_AT_EDGE[letters[end[loose] - 1]]]
    some = begin < end
    return (begin, end, letters) if some.all() else (begin[some], end[some], letters)


def _keys(words: Keys, begin: Ints, size: Ints, count: int) -> Keys:
    """The bytes of pieces as `count` words each, zeros behind them: (count, pieces)."""
    keys = np.empty((count, len(begin)), np.uint64)
    at = begin >> 3
    right = ((begin & 7) << 3).astype(np.uint64)
    left = np.uint64(64) - right  # a word shifted by 64 is 0
    here = words[at]
    for number, key in enumerate(keys, 1):
        after = words[at + number]
        np.bitwise_or(here >> right, after << left, out=key)
        key &= _FIRST_BYTES[np.clip(size - _WORD * (number - 1), 0, _WORD)]
        here = after
    return keys


class _Table:
    """A hash table with open addressing, asked for many keys at once. No key is zero."""

    def __init__(self, words: int) -> None:
        """`words` of 64 bits are a key."""
        self.words = words
        self._size = 0
        self._make(12)

    def _make(self, bits: int) -> None:
        self._bits = bits
        self._keys = np.zeros((self.words, 1 << bits), np.uint64)
        self._numbers = np.full(1 << bits, -1, np.int32)

    def find(self, keys: Keys) -> Numbers:
        """The number of each key, -1 for those there are not."""
        slot = self._slots(keys)
        number = self._numbers[slot]
        other = np.flatnonzero(self._differs(slot, keys) & (number >= 0))
        while len(other):
            slot[other] = (slot[other] + 1) & ((1 << self._bits) - 1)
            number[other] = self._numbers[slot[other]]
            wrong = self._differs(slot[other], keys[:, other]) & (number[other] >= 0)
            other = other[wrong]
        return number

    def add(self, keys: Keys, numbers: Numbers, since: int) -> None:
        """Take in the keys whose numbers are `since` or higher, which are new."""
        new = np.flatnonzero(numbers >= since)
        _, first = np.unique(numbers[new], return_index=True)
        keys, numbers = keys[:, new[first]], numbers[new[first]]
        self._size += len(numbers)
        if self._size << 2 > 1 << self._bits:
            old_keys, old = self._keys[:, self._numbers >= 0], self._numbers[self._numbers >= 0]
            self._make((self._size << 3).bit_length())
            self._put(old_keys, old)
        self._put(keys, numbers)

    def _put(self, keys: Keys, numbers: Numbers) -> None:
        slot = self._slots(keys)
        left = np.arange(len(numbers))
        while len(left):
            free = left[self._numbers[slot[left]] < 0]
            self._numbers[slot[free]] = numbers[free]  # the last of those that want one slot has it
            put = free[self._numbers[slot[free]] == numbers[free]]
            self._keys[:, slot[put]] = keys[:, put]
            left = left[self._numbers[slot[left]] != numbers[left]]
            slot[left] = (slot[left] + 1) & ((1 << self._bits) - 1)

    def _slots(self, keys: Keys) -> Ints:
        mixed = keys[0] * _MIX[0]
        for key, factor in zip(keys[1:], _MIX[1:], strict=False):
            mixed += key * factor
        mixed ^= mixed >> np.uint64(32)
        mixed *= _MIX[0]
        slots: Ints = (mixed >> np.uint64(64 - self._bits)).view(np.int64)
        return slots

    def _differs(self, slot: Ints, keys: Keys) -> NDArray[np.bool_]:
        differs: NDArray[np.bool_] = self._keys[0][slot] != keys[0]
        for known, key in zip(self._keys[1:], keys[1:], strict=True):
            differs |= known[slot] != key
        return differs


_MIX = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], np.uint64
)
"""Odd numbers with no pattern in their bits (Steele et al. 2014, SplitMix)."""
