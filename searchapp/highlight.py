"""Text + query → marked passages. Escape, then mark: nothing of a document renders as markup.

A word is marked where the analyser finds one of the query's terms in it; a phrase only where its
words stand in a row, and words near each other only where they are; what the query excludes is
never marked.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from html import escape
from math import fsum
from typing import NamedTuple

from searchapp.locate import Mark, Marker
from searchapp.model import BEGINNING, Passage, Span
from searchapp.sentences import sentences

SNIPPET_CHARS = 280
"""A passage's target length: two or three lines of a results page."""
CLOSE = 120
"""Characters, a sentence of news: within them words are as close to each other as it matters."""
MANY = 1_000
"""Marks among which there is a good passage."""
SURE = 40_000
"""Characters, some ten pages, that are looked at whatever they are."""
FURTHER = 4
"""Blocks behind them that are looked at, of those that are likely to show something: a hit of
300,000 characters costs a page 1 to 3 ms, and 9 were all of it looked at."""
_UNSAFE = re.compile("[&<>\"']")
"""What `escape` changes, which most passages have nothing of."""
_SPACES = re.compile(r"[^\S ]\s*| \s+")
"""Runs of white space that are not one space."""


def mark(text: str, marker: Marker) -> tuple[Span, ...]:
    """Ascending, disjoint spans of `text` that show what `marker` looks for."""
    return merged(marker.marks(text))


def passages(
    text: str, marker: Marker, count: int = 2, chars: int = SNIPPET_CHARS
) -> tuple[Passage, ...]:
    """The `count` best passages of `text`, in its order; its beginning where nothing matches.

    Best is the passage with most different terms; then the one whose terms the article has least
    often; then the one where they are closest to each other; then the one that has more of them
    twice; then the earliest. Passages are whole sentences where they fit in about `chars`
    characters, else whole words. A further passage is taken only if it shows a term the others do
    not. A long article is looked at until one passage has all terms, with less care the farther in.
    """
    text = text[:BEGINNING]
    marks = _looked_at(text, marker, chars)
    if not marks:
        return (_cut(text, 0, _end(text, 0, 0, chars), ()),) if text.strip() else ()
    return _rendered(text, marks, sorted(_best(marks, count, chars)), chars)


def _looked_at(text: str, marker: Marker, chars: int) -> list[Mark]:
    """The marks of `text`, ascending, as far as it has to be looked at."""
    marks: list[Mark] = []
    further = 0
    for end, found in marker.blocks(text, SURE):
        marks = sorted({*marks, *found}, key=_place)
        further += end > SURE
        if len(marks) > MANY or further > FURTHER:
            break
        if marks and end < len(text):
            best = _best(marks, 1, chars)[0]
            # What is shown with the best may stand in the next block.
            if (
                best.terms.bit_count() == len(marker.terms)
                and marks[best.past - 1].end + 2 * chars < end
            ):
                break
    return marks


class _Window(NamedTuple):
    """The marks first…past, the terms they show, and in how many characters from the first mark
    each of these can be seen. A term is a bit, by the order of their first marks."""

    first: int
    past: int
    terms: int
    reach: int


def _windows(marks: Sequence[Mark], chars: int) -> Iterator[_Window]:
    """For each mark the marks that fit in `chars` from it; the last first."""
    bits = {term: 1 << number for number, term in enumerate(dict.fromkeys(m.term for m in marks))}
    nearest: dict[int, int] = {}
    past = len(marks)
    for first in range(len(marks) - 1, -1, -1):
        start, end, term = marks[first]
        nearest[bits[term]] = end
        full = max(start + chars, end)
        while past > first + 1 and marks[past - 1].end > full:
            past -= 1
        shown, last = 0, end
        for bit, seen in nearest.items():
            if seen <= full:
                shown |= bit
                if seen > last:
                    last = seen
        yield _Window(first, past, shown, last - start)


def _best(marks: Sequence[Mark], count: int, chars: int) -> list[_Window]:
    """The windows to show, best first."""
    windows = list(_windows(marks, chars))
    if len(windows) == 1:
        return windows[:count]
    weights = [1 / number for number in Counter(m.term for m in marks).values()]
    chosen: list[_Window] = []
    left = (1 << len(weights)) - 1

    def worth(window: _Window) -> tuple[float, int, int, int]:
        first, past, terms, reach = window
        marks_that_count = min(past - first, 2 * terms.bit_count())
        return weight_of(terms & left), -(reach // CLOSE), marks_that_count, -first

    @cache
    def weight_of(terms: int) -> float:
        return fsum(weight for bit, weight in enumerate(weights) if terms >> bit & 1)

    while left and len(chosen) < count:
        most = max((window.terms & left).bit_count() for window in windows)
        best = max((w for w in windows if (w.terms & left).bit_count() == most), key=worth)
        chosen.append(best)
        left &= ~best.terms
    return chosen


def to_html(passage: Passage) -> str:
    """`passage` as HTML: escaped, its marks as <mark>. The one place where marks become markup."""
    text = passage.text
    escaped = escape if _UNSAFE.search(text) else str
    out = ""
    at = 0
    for start, end in passage.marks:
        out += f"{escaped(text[at:start])}<mark>{escaped(text[start:end])}</mark>"
        at = end
    return out + escaped(text[at:])


def fold_spaces(text: str, marks: Sequence[Span]) -> Passage:
    """`text` as a passage on one line: runs of white space as one space, `marks` moved with it."""
    return _folded(text, marks, before=False, after=False)


def _rendered(
    text: str, marks: Sequence[Mark], windows: Sequence[_Window], chars: int
) -> tuple[Passage, ...]:
    spans = merged(marks)
    starts = [start for start, _ in spans]
    found: list[Passage] = []
    shown_to = 0
    for window in windows:
        first = marks[window.first].start
        start = _start(text, first, first + window.reach, chars)
        if start < shown_to:
            start = _word_start(text, min(shown_to, first), first)
        end = _end(text, start, first + window.reach, chars)
        here = spans[bisect_left(starts, start) : bisect_right(starts, end)]
        found.append(_cut(text, start, end, here))
        shown_to = end
    return tuple(found)


def _word_start(text: str, at: int, last: int) -> int:
    """Where in at…last a word begins, or `last`."""
    while at and at < last and not text[at - 1].isspace():
        at += 1
    return at


def _start(text: str, first: int, last: int, chars: int) -> int:
    """Where a passage showing first…last begins: at its sentence if that fits, else some words
    before it."""
    begin = max(0, first - chars)
    for start, end in sentences(text[begin:last]):
        if start <= first - begin < end and last - (begin + start) <= chars:
            if start or not begin:
                return begin + start
            break
    return _word_start(text, max(0, first - max(20, (chars - (last - first)) // 3)), first)


def _end(text: str, start: int, last: int, chars: int) -> int:
    """Where a passage showing up to `last` ends: with a sentence if that fills half of it."""
    full = max(start + chars, last)
    ends = [start + end for _, end in sentences(text[start:full])][:-1]
    whole = [end for end in ends if end >= last and end >= start + chars // 2]
    return whole[-1] if whole else full


def _cut(text: str, start: int, end: int, spans: Sequence[Span]) -> Passage:
    """text[start:end] at whole words, as a passage."""
    while start < len(text) and text[start].isspace():
        start += 1
    end = min(end, len(text))
    if end < len(text):
        cut = end
        while cut > start and not text[cut - 1].isspace() and not text[cut].isspace():
            cut -= 1
        end = cut if cut > start else end
    raw = text[start:end].rstrip()
    marks = [(a - start, b - start) for a, b in spans if a >= start and b <= start + len(raw)]
    begun = text[max(0, start - 200) : start].rstrip()
    within = not _complete(begun) or text[start : start + 1].islower()
    before = bool(begun) and within and "\n\n" not in text[max(0, start - 3) : start]
    more = len(raw) < len(text) - start and not text[start + len(raw) :].isspace()
    return _folded(raw, marks, before, more and not _complete(raw))


def _complete(text: str) -> bool:
    return text.endswith((".", "!", "?", "”", '"', "…", "。"))


def _folded(raw: str, marks: Sequence[Span], before: bool, after: bool) -> Passage:
    """`raw` with runs of white space as one space, `marks` moved with it, … where text is cut."""
    text = "… " * before
    if not _SPACES.search(raw):
        moved = [(len(text) + start, len(text) + end) for start, end in marks]
        return Passage(text + raw + " …" * after, tuple(moved))
    moved = []
    at = 0
    for start, end in marks:
        text += _SPACES.sub(" ", raw[at:start])
        marked = _SPACES.sub(" ", raw[start:end])
        moved.append((len(text), len(text) + len(marked)))
        text += marked
        at = end
    return Passage(text + _SPACES.sub(" ", raw[at:]) + " …" * after, tuple(moved))


def merged(spans: Collection[Mark]) -> tuple[Span, ...]:
    """The places of marks, ascending, as one where they overlap."""
    merged: list[Span] = []
    for start, end, _ in sorted(spans, key=_place):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _place(mark: Mark) -> Span:
    return mark.start, mark.end
