"""Which texts are copies of one story: a sketch of each, and groups of texts by their sketches.

A wire story is printed with another headline and dateline, cut at the end, with something before
or after it. So of two texts it is asked how much of the shorter one is in the longer one, as sets
of shingles, all rows of SHINGLE words (Broder 1997). Of a set is kept its size, and its least value
in each of VALUES random orders, which agree in two sets as often as the sets do (MinHash), 16 bits
of each (b-bit minwise hashing, Li & König 2010). Numbers count several times, because they are all
that tells two reports of earnings apart. Headlines do not count, as each paper writes its own.

Signatures at stop words (SpotSigs, Theobald et al. 2008) leave out menus, which `extract` has
removed, and numbers; winnowing (Schleimer et al. 2003) needs more bytes for as good an estimate.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint32]

SHINGLE = 4
"""Words of a shingle: with fewer, related stories share more; with more, slips cost more."""
NUMBER = 2
"""Two words of which one is a number count 2 ** NUMBER times, beside the shingles they are in."""
SHORT = 60
"""Words below which a text is a copy only of one with the same words, those of the headline too: a
daily note of 50 words has one other number, and one of a dividend the name in its headline."""
VALUES = 64
"""Values of a sketch, two bytes each."""
BAND = 2
"""Values in a row that copies have in common somewhere: others are never compared."""
CONTAINED = 0.75
"""How much of the shorter of two copies is in the longer one, at least."""
LONGER = 2.5
"""How many times as much as its copy a text may have: a digest is no copy of each story in it."""
PAIRS = 50_000_000
"""Pairs that are looked at to part what is linked, some 5 s: each round parts a group from every
chain of links, so that only chains of thousands of groups reach it. What is left stands alone."""

_RANDOM = np.random.default_rng(1997)
_FACTORS: Hashes = _RANDOM.integers(0, 1 << 31, VALUES, np.uint32) * np.uint32(2) + np.uint32(1)
_SHIFTS: Hashes = _RANDOM.integers(0, 1 << 32, VALUES, np.uint32)


def word_hashes(words: Iterable[str]) -> Hashes:
    """A number for each word, odd for those that begin with a digit."""
    return np.fromiter(
        (zlib.crc32(word.encode()) & ~1 | word[:1].isdigit() for word in words), np.uint32
    )


@dataclass(frozen=True, slots=True)
class Sketches:
    """Of texts: `values`, texts × VALUES; `sizes`, of the set of each, 0 where there is no text:
    that is a copy of nothing."""

    values: NDArray[np.uint16]
    sizes: Hashes

    @classmethod
    def joined(cls, parts: Iterable[Sketches]) -> Sketches:
        """Those of all parts, one part after the other."""
        values, sizes = [np.empty((0, VALUES), np.uint16)], [np.empty(0, np.uint32)]
        for part in parts:
            values.append(part.values)
            sizes.append(part.sizes)
        return cls(np.concatenate(values), np.concatenate(sizes))

    def __len__(self) -> int:
        return len(self.sizes)

    def take(self, at: NDArray[Any]) -> Sketches:
        """Some of them: their numbers, or a mask."""
        return Sketches(self.values[at], self.sizes[at])


def sketch(words: Hashes, counts: Ints, heads: Ints) -> Sketches:
    """Of texts, one after the other in `words`: text t has `counts[t]` of them, of which the first
    `heads[t]` are its headline."""
    first = np.cumsum(counts) - counts
    bodies = counts - heads
    short = bodies < SHORT
    text, elements = _rows(first + heads, np.where(short, 0, bodies - SHINGLE + 1), words, SHINGLE)
    of, pairs = _rows(first + heads, np.where(short, 0, bodies - 1), words, 2)
    numbers = pairs & np.uint32(1) == 1
    whole = np.flatnonzero(short & (bodies > 0))
    ends = zip(first[whole].tolist(), (first + counts)[whole].tolist(), strict=True)
    notes = np.array([zlib.crc32(words[a:b].tobytes()) for a, b in ends], np.uint32)
    plain = _sorted(np.concatenate([text, whole]), np.concatenate([elements, notes]))
    return _least(plain, _sorted(of[numbers], pairs[numbers]), len(counts))


def _mixed(numbers: Hashes) -> Hashes:
    """Each as a number that says nothing of it: the last steps of MurmurHash3."""
    numbers = (numbers ^ numbers >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    numbers = (numbers ^ numbers >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return numbers ^ numbers >> np.uint32(16)


def _rows(first: Ints, counts: Ints, words: Hashes, length: int) -> tuple[Ints, Hashes]:
    """Of each text t the hashes of `length` words from the words first[t]…first[t] + counts[t] on,
    odd where one of them is a number, and which text each is of."""
    size = max(0, len(words) - length + 1)
    hashes, number = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
    for place in range(length):
        word = words[place : place + size]
        hashes = _mixed(hashes * np.uint32(31) + word)
        number |= word & np.uint32(1)
    text = np.repeat(np.arange(len(counts)), counts)
    at = np.arange(len(text)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    return text, (hashes & ~np.uint32(1) | number)[at]


def _sorted(text: Ints, elements: Hashes) -> Ints:
    """The different elements of each text: text · 2³² + element, ascending."""
    keys = text << 32 | elements
    keys.sort()
    different: Ints = keys[np.diff(keys, prepend=-1) != 0]
    return different


def _least(plain: Ints, numbers: Ints, texts: int) -> Sketches:
    """The sketches of sets, given as `_sorted` elements that count once, and 2 ** NUMBER times.

    The least of w random values is distributed about as one that is divided by w. It is mixed
    before 16 bits are kept: the low bits of a product depend on the low bits of its factors alone,
    so that of short texts, which have one element each, one pair in 65,536 would be equal."""
    times = np.repeat(np.array([0, NUMBER], np.uint32), [len(plain), len(numbers)])
    keys = np.concatenate([plain, numbers])
    order = np.argsort(keys >> 32, kind="stable")
    elements, times = keys[order].astype(np.uint32), times[order]
    counts = np.bincount(keys >> 32, minlength=texts)
    extra = np.bincount(numbers >> 32, minlength=texts) * ((1 << NUMBER) - 1)
    values = np.zeros((texts, VALUES), np.uint16)
    some = np.flatnonzero(counts)
    first = (np.cumsum(counts) - counts)[some]
    for value in range(VALUES if len(some) else 0):
        random = elements * _FACTORS[value] + _SHIFTS[value] >> times
        values[some, value] = _mixed(np.minimum.reduceat(random, first)).astype(np.uint16)
    return Sketches(values, (counts + extra).astype(np.uint32))


# --- copies ---------------------------------------------------------------------------------------


def alike(some: Sketches, others: Sketches) -> NDArray[np.bool_]:
    """Of each pair whether the two are copies of one story.

    Sets of sizes a ≤ b that agree in a share J have J / (1 + J) · (a + b) elements in common.
    """
    sizes = some.sizes.astype(np.float64), others.sizes.astype(np.float64)
    less, more = np.minimum(*sizes), np.maximum(*sizes)
    share = np.count_nonzero(some.values == others.values, axis=1) / VALUES
    common = share / (1 + share) * (less + more)
    found: NDArray[np.bool_] = (less > 0) & (more <= LONGER * less) & (common >= CONTAINED * less)
    return found


def groups(sketches: Sketches) -> Ints:
    """Of each text the number of the group it is in; texts of one number are copies of one story.

    Texts that have a band in common are looked at from the longest to the shortest, each beside
    the one before, and those that are alike are linked. Of what is linked the longest is the first
    of a group, with all that are copies of it; of the rest again the longest, and so on: so that a
    story and its follow-ups do not become one by what lies between them. Which texts are together
    depends on their sketches alone, not on their order.
    """
    found = np.arange(len(sketches))
    some = np.flatnonzero(sketches.sizes)
    if not len(some):
        return found
    order, kind = _longest_first(sketches.take(some))
    different = sketches.take(some[order])
    found[some] = some[order][_apart(different, _linked(different))[kind]]
    return found


def _longest_first(sketches: Sketches) -> tuple[Ints, Ints]:
    """One text of each different sketch, and of each text which of those it equals."""
    digest = np.zeros(len(sketches), np.uint64)
    for column in np.ascontiguousarray(sketches.values).view(np.uint64).T:
        digest = (digest ^ column) * np.uint64(0x9E3779B97F4A7C15)
        digest ^= digest >> np.uint64(32)
    order = np.lexsort((digest, ~sketches.sizes))
    ranked, sizes = digest[order], sketches.sizes[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (ranked[1:] != ranked[:-1]) | (sizes[1:] != sizes[:-1])
    kind = np.empty(len(order), np.int64)
    kind[order] = np.cumsum(new) - 1
    return order[new], kind


def _linked(sketches: Sketches) -> Ints:
    """Of each text, the longest first, the first of those that links lead to."""
    size = len(sketches)
    label = np.arange(size)
    for at in range(0, VALUES, BAND):
        band = np.zeros(size, np.int64)
        for value in range(at, at + BAND):
            band = band << 16 | sketches.values[:, value]
        order = np.argsort(band, kind="stable")
        same = np.flatnonzero(np.diff(band[order]) == 0)
        one, other = order[same], order[same + 1]
        new = label[one] != label[other]
        one, other = one[new], other[new]
        good = alike(sketches.take(one), sketches.take(other))
        label = _joined(label, label[one[good]], label[other[good]])
    return label


def _joined(label: Ints, one: Ints, other: Ints) -> Ints:
    """The labels when those of each pair become the lower one."""
    while len(one):
        low, high = np.minimum(one, other), np.maximum(one, other)
        roots = np.arange(len(label))
        np.minimum.at(roots, high, low)
        while (roots[roots] != roots).any():
            roots = roots[roots]
        label = roots[label]
        one, other = roots[one], roots[other]
        differ = one != other
        one, other = one[differ], other[differ]
    return label


def _apart(sketches: Sketches, label: Ints) -> Ints:
    """Groups, of what is linked."""
    group, looked_at = np.arange(len(label)), 0
    rest = np.flatnonzero(np.bincount(label, minlength=len(label))[label] > 1)
    while len(rest) and looked_at < PAIRS:
        looked_at += len(rest)
        labels, first = np.unique(label[rest], return_index=True)
        leader = rest[first][np.searchsorted(labels, label[rest])]
        member = alike(sketches.take(leader), sketches.take(rest)) | (leader == rest)
        group[rest[member]] = leader[member]
        rest = rest[~member]
    return group
