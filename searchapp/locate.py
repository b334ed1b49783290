"""Where what a query shows stands in a text, without analysing the text anew for each question.

A text is cut into pieces at its white space, which is all that is done for every word of it. The
analyser knows which pieces have which stems, of all that it has met, so that only pieces which
nobody met before are looked at. Only pieces that show something are looked for in the text, and
only for phrases and words near each other are the words between them counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from searchapp.analyse import PARAGRAPH_GAP, Analyser, Token
from searchapp.matching import Window, is_near, is_pattern_of
from searchapp.model import (
    All,
    Any,
    Fuzzy,
    Near,
    Node,
    Phrase,
    Prefix,
    Wildcard,
    Word,
)
from searchapp.pieces import Chosen, Cut, Pieces, pieces_of

BLOCK = 10_000
"""Characters that are looked at at once: nearly all articles are shorter."""
LONGEST_PIECE = 1_000
"""Characters without white space, of an address say, that are not cut."""
_SPACE = re.compile(r"\s")


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
    letters: set[str] = field(default_factory=set)
    """What words that show have in them, most of them: the stem as far as it was typed, and the
    longest piece of a pattern. Words with slips have nothing."""
    names: dict[object, str] = field(default_factory=dict)
    """What each term that a mark may show is called, as typed but for case and accents, in the
    order of the query."""

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
            found.letters.add(_common(node))
            found.names.setdefault(node.stem, node.exact)
        case Word() if "person" in node.fields:  # a person is shown where the text names them
            found.exact.add(node.exact)
            found.letters.add(node.exact)
            found.names.setdefault(node.exact, node.exact)
        case Prefix() | Wildcard() | Fuzzy() | Phrase() | Near():
            if shown.intersection(node.fields) or "person" in node.fields:
                _add(node, found)
        case _:
            pass


def _add(leaf: Prefix | Wildcard | Fuzzy | Phrase | Near, found: Terms) -> None:
    match leaf:
        case Prefix(start):
            found.starts.add(start)
            found.letters.add(start)
            found.names.setdefault(start, f"{start}*")
        case Wildcard(pattern):
            found.wildcards.add(pattern)
            found.letters.add(max(re.split(r"[?*]", pattern), key=len))
            found.names.setdefault(pattern, pattern)
        case Fuzzy(word, edits):
            found.fuzzy.add((word, edits))
            found.names.setdefault((word, edits), f"{word}~")
        case Phrase(words):
            stems = tuple(word.stem for word in words)
            found.phrases.add(stems)
            found.letters.update(map(_common, words))
            found.names.setdefault(stems, f"“{' '.join(word.exact for word in words)}”")
        case Near(words, distance):
            together = frozenset(word.stem for word in words)
            found.near.add((together, len(together) - 1 + distance))
            found.letters.update(map(_common, words))
            for one in words:
                found.names.setdefault(one.stem, one.exact)


def _common(word: Word) -> str:
    """What a word and its stem begin with."""
    start = word.stem
    while not word.exact.startswith(start):
        start = start[:-1]
    return start


class Mark(NamedTuple):
    """A stretch of the text and which term it shows."""

    start: int
    end: int
    term: object


class Marker:
    """Finds what `wanted` shows, text after text; what it learns of a piece of one holds for the
    next. Not for several threads."""

    def __init__(self, wanted: Terms, analyser: Analyser) -> None:
        self._analyser = analyser  # is there as long as its pieces are asked for
        self._pieces = pieces_of(analyser)
        self._wanted = wanted
        near = [stem for stems, _ in wanted.near for stem in stems]
        self._placed = frozenset(near).union(*wanted.phrases)
        """Stems that show only where they stand right."""
        self._stems = self._placed | wanted.stems
        self._starts = tuple(sorted(wanted.starts))
        self._wildcards = sorted(wanted.wildcards)
        self._fuzzy = sorted(wanted.fuzzy)
        self._patterns = bool(wanted.exact or wanted.starts or wanted.wildcards or wanted.fuzzy)
        self._by_form: dict[str, object] = {}
        known = 0 if self._patterns else len(self._pieces)
        showing = [n for stem in self._stems for n in self._pieces.having(stem, known)]
        self._showing = Chosen(self._pieces, showing, known)
        self._shown: dict[int, Sequence[tuple[Token, object]]] = {}
        self.terms = frozenset(
            {*wanted.stems, *wanted.exact, *wanted.starts, *wanted.wildcards, *wanted.fuzzy}
            | {*wanted.phrases, *near}
        )
        """Every term that a mark may show."""
        self.names: Mapping[object, str] = wanted.names
        """What each of them is called: see `Terms`."""

    def marks(self, text: str) -> list[Mark]:
        """The marks of `text` in no order; those of several terms may overlap."""
        return [mark for _, block in self.blocks(text) for mark in block]

    def blocks(self, text: str, sure: int | None = None) -> Iterator[tuple[int, list[Mark]]]:
        """The marks of `text`, some BLOCK characters of it after the other, and where each block
        ends. They are in no order: words of a phrase or near each other show with the last.

        Behind the first `sure` characters only the blocks that have in them what words that show
        begin with: a few others may be missed there ("dying" for "die").
        """
        if not self.terms:
            return
        row = _Row(self._wanted, self._pieces) if self._placed else None
        for start, end in _cut(text):
            if sure is not None and start >= sure and not self._is_likely(text[start:end]):
                if row:
                    row.jump()
                continue
            yield end, self._marks(text[start:end], start, row)

    def _is_likely(self, block: str) -> bool:
        lower = block.lower()
        return any(letters in lower for letters in self._wanted.letters if letters)

    def _marks(self, block: str, start: int, row: _Row | None) -> list[Mark]:
        cut = self._pieces.cut(block)
        for number in self._showing.unjudged(cut):
            self._showing.judge(number, any(map(self._may_show, self._pieces[number])))
        marks = []
        if row:
            row.begin(cut)
        for at in self._showing.places(cut):
            place = start + int(cut.starts[at])
            shown = self._shown_at(cut, at)
            for (_, _, _, first, last), term in shown:
                if term is not None:
                    marks.append(Mark(place + first, place + last, term))
            if row:
                marks += row.add(at, place, [t for t, _ in shown if t.stem in self._placed])
        if row:
            row.end()
        return marks

    def _shown_at(self, cut: Cut, at: int) -> Sequence[tuple[Token, object]]:
        """The tokens of a piece that may show, and the term that each shows by itself."""
        number = int(cut.numbers[at])
        shown = self._shown.get(number)
        if shown is None:
            tokens = filter(self._may_show, self._pieces.at(cut, at))
            shown = [(token, self._term(token)) for token in tokens]
            if number != Pieces.LONG:
                self._shown[number] = shown
        return shown

    def _may_show(self, token: Token) -> bool:
        return token.stem in self._placed or self._term(token) is not None

    def _term(self, token: Token) -> object:
        """Which term a token shows by itself; None for none."""
        if token.stem in self._wanted.stems:
            return token.stem
        return self._form(token.exact) if self._patterns else None

    def _form(self, exact: str) -> object:
        if exact not in self._by_form:
            self._by_form[exact] = self._pattern(exact)
        return self._by_form[exact]

    def _pattern(self, exact: str) -> object:
        wanted = self._wanted
        if exact in wanted.exact:
            return exact
        if exact.startswith(self._starts):
            return next(start for start in self._starts if exact.startswith(start))
        for pattern in self._wildcards:
            if is_pattern_of(pattern, exact):
                return pattern
        for word, edits in self._fuzzy:
            if is_near(word, exact, edits):
                return word, edits
        return None


def _cut(text: str) -> Iterator[tuple[int, int]]:
    """Blocks of `text` that end in white space, or anywhere in a line of data without any."""
    start = 0
    while start < len(text):
        end = min(start + BLOCK, len(text))
        last = min(end + LONGEST_PIECE, len(text))
        if space := _SPACE.search(text, end, last):
            end = space.end()
        elif last == len(text):
            end = last
        yield start, end
        start = end


class _Row:
    """Puts words together that show only together, piece by piece. Positions are counted no further
    than `reach`: what is farther apart than that stands in no phrase."""

    def __init__(self, wanted: Terms, pieces: Pieces) -> None:
        self._pieces = pieces
        self._phrases = wanted.phrases
        self._windows = [Window(stems, reach) for stems, reach in wanted.near]
        longest = max((len(phrase) for phrase in wanted.phrases), default=0)
        self._kept = 2 * longest  # a whole form may stand between two words
        self._recent: list[Token] = []
        self._reach = max([longest, *(reach for _, reach in wanted.near)])
        self._position = 0
        self._free = self._reach
        """What may still be counted since the last piece that was added."""
        self._counted = 0

    def begin(self, cut: Cut) -> None:
        """Go on with another block of the text."""
        self._cut, self._counted = cut, 0

    def add(self, at: int, start: int, tokens: Sequence[Token]) -> Iterator[Mark]:
        """The marks that some tokens of the piece `at` complete, which begins at `start`."""
        self._count_to(at)
        for token in tokens:
            exact, stem, step, first, last = token
            moved = Token(exact, stem, self._position + step, start + first, start + last)
            yield from self._completed(moved)
        self._position += self._width(at)
        self._free, self._counted = self._reach, at + 1

    def end(self) -> None:
        """That was the block."""
        self._count_to(len(self._cut.numbers))

    def jump(self) -> None:
        """To what stands in no phrase with anything before."""
        self._position += self._free + 1

    def _count_to(self, stop: int) -> None:
        for at in range(self._counted, stop):
            if self._free < 0:
                break
            width = self._width(at)
            self._position += width
            self._free -= width

    def _width(self, at: int) -> int:
        tokens = self._pieces.at(self._cut, at)
        if tokens:
            return tokens[-1].position + 1
        return PARAGRAPH_GAP if self._cut.numbers[at] == Pieces.GAP else 0

    def _completed(self, token: Token) -> Iterator[Mark]:
        for window in self._windows:
            if token.stem in window.terms:
                for found in window.add(token.stem, token):
                    yield Mark(found.start, found.end, found.stem)
        if self._phrases:
            self._recent.append(token)
            del self._recent[: -self._kept]
            for phrase in self._phrases:
                if phrase[-1] == token.stem and (row := _row(self._recent, phrase)):
                    yield Mark(row[0].start, row[-1].end, phrase)


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
