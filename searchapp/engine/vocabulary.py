"""The terms of one field, and which of them somebody means who typed a part, a pattern or a slip.

A pattern or a slip is looked for in all terms at once: those of one length are the columns of a
matrix of letters, so that a step of either question is one comparison of a row with a letter. That
takes some milliseconds for 300,000 terms, and needs nothing on disk but the terms themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ordinals = NDArray[np.int64]
Letters = NDArray[Any]
"""Code points of terms of one length: a row for each place, a column for each term."""
Sets = NDArray[np.uint32]
"""Which letters a term has: bit c % 32 for code point c. Two letters may share a bit, so that terms
are ruled out by it and never in."""
Edits = NDArray[np.uint8]
Mask = NDArray[np.bool_]

ANY = "?"
MANY = "*"
BLOCK = 64
"""Every so manieth term is kept as an object: a binary search goes by these first."""

REMEMBERED = 4096
"""Terms whose place is kept: a search is asked again with every filter and on every page."""
REMEMBERED_SLIPS = 64


@dataclass(frozen=True, slots=True)
class _Group:
    """Terms of one length, in code points: where they stand in the vocabulary, ascending, and their
    letters, of the smallest unsigned type that holds them."""

    ordinals: Ordinals
    sets: Sets
    letters: Letters

    def between(self, terms: range) -> _Group:
        """Those of the terms whose ordinals are in `terms`."""
        start, stop = np.searchsorted(self.ordinals, [terms.start, terms.stop])
        return _Group(self.ordinals[start:stop], self.sets[start:stop], self.letters[:, start:stop])

    def only(self, keep: Mask) -> _Group:
        """Those of the terms that the mask `keep` has."""
        columns = np.flatnonzero(keep)
        if len(columns) == len(keep):
            return self
        return _Group(self.ordinals[columns], self.sets[columns], self.letters[:, columns])


class Vocabulary:
    """The different terms of one field of one segment, ascending by their UTF-8 bytes.

    `letters` (uint8) are these bytes one after the other, and term i is
    letters[starts[i]:starts[i + 1]]; `starts` (int64 or uint32) is one longer than there are terms.
    Both may be memory-mapped and stay so. Ordinals are places in this order; every answer is
    ascending. The first question by pattern or slip makes the matrices, which are kept: some 30
    bytes a term.
    """

    def __init__(self, letters: NDArray[np.uint8], starts: NDArray[Any]) -> None:
        self.letters = letters
        self.starts = starts
        self._bytes = letters.data
        self._begin = starts.data
        self._asked: dict[str, int | None] = {}
        self._slips: dict[tuple[str, int], tuple[Ordinals, Edits]] = {}

    @classmethod
    def of(cls, terms: Iterable[str]) -> Vocabulary:
        """The vocabulary of `terms`, which may come in any order and repeat themselves."""
        encoded = sorted({term.encode() for term in terms})
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def terms(self) -> list[str]:
        """All of them, in order."""
        letters, starts = bytes(self._bytes), self.starts.tolist()
        return [letters[start:stop].decode() for start, stop in pairwise(starts)]

    def term(self, ordinal: int) -> str:
        return self._encoded(ordinal).decode()

    def find(self, term: str) -> int | None:
        """The ordinal of `term`, by binary search; what was asked lately is remembered."""
        asked = self._asked  # another thread may begin a new one meanwhile
        if term not in asked:
            if len(asked) >= REMEMBERED:
                asked = self._asked = {}
            wanted = term.encode()
            at = self._first(wanted)
            known = at < len(self) and self._encoded(at) == wanted
            asked[term] = at if known else None
        return asked[term]

    def after(self, term: str) -> int:
        """The ordinal of the first term after `term`, which need not be one of them."""
        return self._first(term.encode() + b"\0")

    def prefix(self, start: str) -> range:
        """The terms that start with `start`, which are neighbours."""
        if not start:
            return range(len(self))
        first = start.encode()
        past = first[:-1] + bytes([first[-1] + 1])  # no byte of UTF-8 is 255
        return range(self._first(first), self._first(past))

    def wildcard(self, pattern: str) -> Ordinals:
        """The terms that are `pattern`, in which ? is one letter and * any number, also none."""
        first, *others = pattern.split(MANY)
        terms = self.prefix(first.partition(ANY)[0])
        letters = len(pattern) - pattern.count(MANY)
        found = [
            _matching(group.between(terms), first, others)
            for length, group in self._groups.items()
            if (length >= letters if others else length == letters)
        ]
        matching = np.zeros(len(self), np.bool_)
        matching[np.concatenate([_NONE, *found])] = True
        return np.flatnonzero(matching)

    def fuzzy(self, word: str, edits: int) -> tuple[Ordinals, Edits]:
        """The terms at most `edits` from `word`, and how far each is.

        An edit is a letter more, less or other, or two neighbours exchanged; no part of the word
        is edited twice (the "optimal string alignment" of Boytsov, Indexing methods for approximate
        dictionary searching, 2011).
        """
        asked = self._slips
        if (word, edits) not in asked:
            if len(asked) >= REMEMBERED_SLIPS:
                asked = self._slips = {}
            asked[word, edits] = self._fuzzy(word, edits)
        return asked[word, edits]

    def _fuzzy(self, word: str, edits: int) -> tuple[Ordinals, Edits]:
        near = [
            _near(group, word, edits)
            for length, group in self._groups.items()
            if abs(length - len(word)) <= edits
        ]
        ordinals = np.concatenate([_NONE, *(found for found, _ in near)])
        distances = np.concatenate([np.empty(0, np.uint8), *(far for _, far in near)])
        order = np.argsort(ordinals)
        return ordinals[order], distances[order]

    def beginnings(self, word: str, edits: int) -> Ordinals:
        """The terms with the first letter of `word` that begin with something at most `edits` from
        it: what somebody may be typing who makes slips."""
        if not word:
            return np.arange(len(self))
        alike = self.prefix(word[0])
        near = [
            _beginning_near(group.between(alike), word, edits)
            for length, group in self._groups.items()
            if length >= len(word) - edits
        ]
        return np.sort(np.concatenate([_NONE, *near]))

    def _first(self, least: bytes) -> int:
        """The ordinal of the first term that is not before `least`."""
        block = bisect_left(self._every_block, least)
        low, high = max(0, block - 1) * BLOCK, min(block * BLOCK, len(self))
        return bisect_left(range(len(self)), least, low, high, key=self._encoded)

    @cached_property
    def _every_block(self) -> list[bytes]:
        return [self._encoded(ordinal) for ordinal in range(0, len(self), BLOCK)]

    def _encoded(self, ordinal: int) -> bytes:
        return bytes(self._bytes[self._begin[ordinal] : self._begin[ordinal + 1]])

    @cached_property
    def _groups(self) -> dict[int, _Group]:
        """The terms by their length in code points."""
        return dict(_by_length(self.letters, self.starts))


_NONE: Ordinals = np.empty(0, np.int64)


def _by_length(encoded: NDArray[np.uint8], starts: NDArray[Any]) -> Iterator[tuple[int, _Group]]:
    codes = np.frombuffer(encoded.tobytes().decode().encode("utf-32-le"), np.uint32)
    leads = np.concatenate([np.zeros(1, np.int64), np.cumsum((encoded & 0xC0) != 0x80)])
    begin = leads[starts]  # of each term among the code points
    lengths = np.diff(begin)
    order = np.argsort(lengths, kind="stable")
    values, first = np.unique(lengths[order], return_index=True)
    for length, ordinals in zip(values.tolist(), np.split(order, first[1:]), strict=False):
        letters = codes[begin[ordinals] + np.arange(length)[:, None]]
        sets = np.bitwise_or.reduce(_BIT << (letters % 32), axis=0)
        smallest = np.min_scalar_type(letters.max(initial=0))
        yield length, _Group(ordinals, sets, letters.astype(smallest))


_BIT = np.uint32(1)


def _set(word: str) -> np.uint32:
    """See Sets."""
    return np.uint32(reduce(or_, (1 << ord(letter) % 32 for letter in word), 0))


# --- patterns ------------------------------------------------------------------------------------


def _matching(group: _Group, first: str, others: list[str]) -> Ordinals:
    """The terms that begin with `first`, end with the last of `others` and have the rest between,
    in this order. Each place is the earliest there is, so that no choice is ever taken back."""
    *middle, last = others or [""]
    end = len(group.letters) - len(last)
    needed = _set("".join([first, *others]).replace(ANY, ""))
    group = group.only(group.sets & needed == needed)
    group = group.only(_stands(group.letters, first, 0) & _stands(group.letters, last, end))
    free = np.full(len(group.ordinals), len(first), np.int16)
    for piece in filter(None, middle):
        at = _earliest(group.letters[:end], piece, free)
        found = at < end
        group, free = group.only(found), at[found] + np.int16(len(piece))
    return group.ordinals


def _earliest(letters: Letters, piece: str, free: NDArray[np.int16]) -> NDArray[np.int16]:
    """Of each term the first place from `free` on where `piece` stands; past all where nowhere."""
    places = np.arange(len(letters) - len(piece) + 1, dtype=np.int16)[:, None]
    stands = places >= free
    for step, letter in enumerate(piece):
        if letter != ANY:
            stands &= letters[step : step + len(places)] == ord(letter)
    past = np.int16(len(letters))
    earliest: NDArray[np.int16] = np.where(stands, places, past).min(axis=0, initial=past)
    return earliest


def _stands(letters: Letters, piece: str, place: int) -> Mask:
    """Which terms have `piece` at `place`."""
    stands = np.ones(letters.shape[1], np.bool_)
    for row, letter in zip(letters[place:], piece, strict=False):
        if letter != ANY:
            stands &= row == ord(letter)
    return stands


# --- slips ---------------------------------------------------------------------------------------


def _near(group: _Group, word: str, edits: int) -> tuple[Ordinals, Edits]:
    """The terms of a group within `edits` of `word`, and their distances.

    This is the table of distances between beginnings of the word (rows) and of a term, a row at a
    time for all terms at once, and only as far from the diagonal as `edits` lets it matter
    (Ukkonen, Algorithms for approximate string matching, 1985). In row i, `row[edits + d]` is the
    distance to a term's first i + d letters.
    """
    group = group.only(_may_be_near(group.sets, _set(word), edits))
    row = _last_row(group, word, edits)
    distances = row[edits + len(group.letters) - len(word)]
    found = distances <= edits
    return group.ordinals[found], distances[found]


def _beginning_near(group: _Group, word: str, edits: int) -> Ordinals:
    """The terms of a group that begin with something within `edits` of `word`."""
    group = group.only(_lacks_few(~group.sets & _set(word), edits))
    found: Mask = _last_row(group, word, edits).min(axis=0) <= edits
    return group.ordinals[found]


def _last_row(group: _Group, word: str, edits: int) -> Edits:
    """The distances of the whole word from beginnings of each term; see `_near`."""
    before = np.full((2 * edits + 1, len(group.ordinals)), edits + 1, np.uint8)
    row = before.copy()
    row[edits:] = np.arange(edits + 1, dtype=np.uint8)[:, None]
    for place in range(1, len(word) + 1):
        before, row = row, _next_row(group.letters, word[:place], before, row)
    return row


def _may_be_near(sets: Sets, wanted: np.uint32, edits: int) -> Mask:
    """Which terms have at most `edits` letters that the word lacks, and lack as many of its own."""
    return _lacks_few(sets & ~wanted, edits) & _lacks_few(~sets & wanted, edits)


def _lacks_few(missing: Sets, edits: int) -> Mask:
    """Where at most `edits` bits are set."""
    for _ in range(edits):  # each step takes away the lowest bit, if there is one
        missing = missing & (missing - _BIT)
    few: Mask = missing == 0
    return few


def _next_row(letters: Letters, begun: str, before: Edits, row: Edits) -> Edits:
    """The row of `begun`, a beginning of the word, after the `row` of one letter less and the one
    `before` it. Distances beyond the number of edits are that number and one."""
    place, edits = len(begun), len(row) // 2
    first, last = max(1, place - edits), min(len(letters), place + edits)
    band = slice(first - place + edits, last - place + edits + 1)
    here = letters[first - 1 : last]
    new = np.full_like(row, edits + 1)
    new[band] = row[band] + (here != ord(begun[-1]))  # the same letter, or another
    _lower(new[band], row[band.start + 1 : band.stop + 1] + _ONE)  # one that the term lacks
    if place > 1:
        skip = int(first == 1)  # the first letter has no neighbour before it
        neighbours = letters[first - 2 + skip : last - 1]
        exchanged = (here[skip:] == ord(begun[-2])) & (neighbours == ord(begun[-1]))
        others = before[band][skip:] + _ONE
        _lower(new[band][skip:], np.where(exchanged, others, np.uint8(edits + 1)))
    if place <= edits:
        new[edits - place] = place
    for at in range(max(band.start, 1), band.stop):  # one that the word lacks
        _lower(new[at], new[at - 1] + _ONE)
    return np.minimum(new, np.uint8(edits + 1))


_ONE = np.uint8(1)


def _lower(distances: Edits, others: Edits) -> None:
    """Makes each of the first distances the smaller of the two, in place."""
    first = distances[: len(others)]
    np.minimum(first, others, out=first)
