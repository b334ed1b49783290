"""Text + query → marked passages. Escape, then mark: nothing of a document renders as markup.

A word is marked where the analyser finds one of the query's terms in it; a phrase only where its
words stand in a row, and words near each other only where they are; what the query excludes is
never marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape

from searchapp.analyse import Analyser, Token
from searchapp.matching import Window, is_near, is_pattern_of
from searchapp.model import (
    All,
    Any,
    Fuzzy,
    Near,
    Node,
    Passage,
    Phrase,
    Prefix,
    Span,
    Wildcard,
    Word,
)
from searchapp.sentences import sentences

SNIPPET_CHARS = 280
"""A passage's target length: two or three lines of a results page."""
SCAN_CHARS = 300_000
"""How far into an article a snippet is looked for (about 50,000 words, a tenth of a second)."""


@dataclass(slots=True)
class Terms:
    """What of a query shows in a text. `fuzzy` are words with their edits, and `near` are stems
    with how many positions after the first the last may be."""

    stems: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    wildcards: set[str] = field(default_factory=set)
    fuzzy: set[tuple[str, int]] = field(default_factory=set)
    phrases: set[tuple[str, ...]] = field(default_factory=set)
    near: set[tuple[frozenset[str], int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        words = self.stems or self.exact or self.starts or self.wildcards or self.fuzzy
        return bool(words or self.phrases or self.near)


def terms(root: Node, *also: str) -> Terms:
    """The terms of `root` that show in an article's text, and those of the fields named `also`."""
    found = Terms()
    _collect(root, {"text", *also}, found)
    return found


def _collect(node: Node, shown: set[str], found: Terms) -> None:
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                _collect(part, shown, found)
        case Word() if shown.intersection(node.fields):
            found.stems.add(node.stem)
        case Word() if "person" in node.fields:  # a person is shown where the text names them
            found.exact.add(node.exact)
        case Prefix() | Wildcard() | Fuzzy() | Phrase() | Near():
            if shown.intersection(node.fields) or "person" in node.fields:
                _add(node, found)
        case _:
            pass


def _add(leaf: Prefix | Wildcard | Fuzzy | Phrase | Near, found: Terms) -> None:
    match leaf:
        case Prefix(start):
            found.starts.add(start)
        case Wildcard(pattern):
            found.wildcards.add(pattern)
        case Fuzzy(word, edits):
            found.fuzzy.add((word, edits))
        case Phrase(words):
            found.phrases.add(tuple(word.stem for word in words))
        case Near(words, distance):
            stems = frozenset(word.stem for word in words)
            found.near.add((stems, len(stems) - 1 + distance))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch of the text and which term it shows."""

    start: int
    end: int
    term: object


def mark(text: str, wanted: Terms, analyser: Analyser) -> tuple[Span, ...]:
    """Ascending, disjoint spans of `text` that show `wanted`."""
    return _merged([(m.start, m.end) for m in _marks(text, wanted, analyser)])


def passages(
    text: str, wanted: Terms, analyser: Analyser, count: int = 2, chars: int = SNIPPET_CHARS
) -> tuple[Passage, ...]:
    """The `count` best passages of `text`, in its order; its beginning where nothing matches.

    Best is the passage whose different terms weigh most, where a term weighs less the oftener the
    article has it; then the one with most marks, then the earliest. Passages are whole sentences
    where they fit in about `chars` characters, else whole words. A further passage is taken only
    if it shows a term the others do not.
    """
    text = text[:SCAN_CHARS]
    marks = sorted(_marks(text, wanted, analyser), key=_place) if wanted else []
    if not marks:
        return (_cut(text, 0, _end(text, 0, 0, chars), ()),) if text.strip() else ()
    return _rendered(text, marks, sorted(_best(marks, count, chars)), chars)


def _best(marks: Sequence[_Mark], count: int, chars: int) -> list[tuple[int, int]]:
    """The windows to show, best first."""
    frequency = Counter(m.term for m in marks)
    windows = [(first, past, _shown(marks, first, past)) for first, past in _windows(marks, chars)]
    chosen: list[tuple[int, int]] = []
    shown: set[object] = set()

    def worth(window: tuple[int, int, set[object]]) -> tuple[float, int, int]:
        first, past, here = window
        return sum(1 / frequency[term] for term in here - shown), past - first, -first

    while len(chosen) < count:
        first, past, here = max(windows, key=worth)
        if here <= shown:
            break
        chosen.append((first, past))
        shown |= here
    return chosen


def to_html(passage: Passage) -> str:
    """`passage` as HTML: escaped, its marks as <mark>. The one place where marks become markup."""
    out = []
    at = 0
    for start, end in passage.marks:
        out += [
            escape(passage.text[at:start]),
            f"<mark>{escape(passage.text[start:end])}</mark>",
        ]
        at = end
    out.append(escape(passage.text[at:]))
    return "".join(out)


def fold_spaces(text: str, marks: Sequence[Span]) -> Passage:
    """`text` as a passage on one line: runs of white space as one space, `marks` moved with it."""
    return _folded(text, marks, before=False, after=False)


def _place(mark: _Mark) -> Span:
    return mark.start, mark.end


def _marks(text: str, wanted: Terms, analyser: Analyser) -> Iterator[_Mark]:
    """The marks in no order: words of a phrase or near each other show with the last of them."""
    is_shown = _forms(wanted)
    windows = [Window(stems, reach) for stems, reach in wanted.near]
    longest = max((len(phrase) for phrase in wanted.phrases), default=0)
    recent: list[Token] = []
    for token in analyser.tokens(text):
        if token.stem in wanted.stems:
            yield _Mark(token.start, token.end, token.stem)
        elif is_shown(token.exact):
            yield _Mark(token.start, token.end, token.exact)
        for window in windows:
            if token.stem in window.terms:
                for found in window.add(token.stem, token):
                    yield _Mark(found.start, found.end, found.stem)
        if wanted.phrases:
            recent.append(token)
            del recent[: -2 * longest]  # a whole form may stand between two words
            yield from _phrases(recent, wanted.phrases)


def _forms(wanted: Terms) -> Callable[[str], bool]:
    """Whether an exact form shows, remembered: a text repeats its words."""
    starts = tuple(wanted.starts)

    @cache
    def is_shown(exact: str) -> bool:
        return (
            exact in wanted.exact
            or exact.startswith(starts)
            or any(is_pattern_of(pattern, exact) for pattern in wanted.wildcards)
            or any(is_near(word, exact, edits) for word, edits in wanted.fuzzy)
        )

    return is_shown


def _phrases(recent: Sequence[Token], phrases: set[tuple[str, ...]]) -> Iterator[_Mark]:
    """The phrases that end with the newest token."""
    last = recent[-1]
    for phrase in phrases:
        if phrase[-1] != last.stem:
            continue
        if row := _row(recent, phrase):
            yield _Mark(row[0].start, row[-1].end, phrase)


def _row(recent: Sequence[Token], phrase: tuple[str, ...]) -> list[Token]:
    """The tokens of `recent` that make up `phrase`, ending with the newest; else none."""
    first = recent[-1].position - len(phrase) + 1
    row = []
    for step, stem in enumerate(phrase):
        here = [t for t in recent if t.position == first + step and t.stem == stem]
        if not here:
            return []
        row.append(here[0])
    return row


def _windows(marks: Sequence[_Mark], chars: int) -> Iterator[tuple[int, int]]:
    """For each mark the run of marks, first…past, that fits in `chars` from it."""
    past = 0
    for first, at in enumerate(marks):
        while past < len(marks) and marks[past].end <= at.start + chars:
            past += 1
        past = max(past, first + 1)
        yield first, past


def _shown(marks: Sequence[_Mark], first: int, past: int) -> set[object]:
    return {m.term for m in marks[first:past]}


def _rendered(
    text: str, marks: Sequence[_Mark], windows: Sequence[tuple[int, int]], chars: int
) -> tuple[Passage, ...]:
    spans = _merged([(m.start, m.end) for m in marks])
    found: list[Passage] = []
    last_end = 0
    for first, past in windows:
        start = max(_start(text, marks[first].start, marks[past - 1].end, chars), last_end)
        passage = _cut(text, start, _end(text, start, marks[past - 1].end, chars), spans)
        last_end = start + len(passage.text)
        found.append(passage)
    return tuple(found)


def _start(text: str, first: int, last: int, chars: int) -> int:
    """Where a passage showing first…last begins: at its sentence if that fits, else some words
    before it."""
    begin = max(0, first - chars)
    for start, end in sentences(text[begin:last]):
        if start <= first - begin < end and last - (begin + start) <= chars:
            if start or not begin:
                return begin + start
            break
    lead = max(0, first - max(20, (chars - (last - first)) // 3))
    while lead and lead < first and not text[lead - 1].isspace():
        lead += 1
    return lead


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
    after = start + len(raw) < len(text.rstrip()) and not _complete(raw)
    return _folded(raw, marks, before, after)


def _complete(text: str) -> bool:
    return text.endswith((".", "!", "?", "”", '"', "…", "。"))


def _folded(raw: str, marks: Sequence[Span], before: bool, after: bool) -> Passage:
    """`raw` with runs of white space as one space, `marks` moved with it, … where text is cut."""
    out = list("… " * before)
    moved: list[int] = []
    length = len(out)
    for c in raw:
        moved.append(length)
        if c.isspace():
            if out and out[-1] == " ":
                continue
            c = " "
        out.append(c)
        length += 1
    moved.append(length)
    return Passage("".join(out) + " …" * after, tuple((moved[a], moved[b]) for a, b in marks))


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
