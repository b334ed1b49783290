"""A text under notes of several kinds that may overlap, as HTML whose elements nest.

The text is cut wherever a note begins or ends, and each piece stands in elements of its own: an
overlap never opens in one element and closes in another, and the text stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from typing import NamedTuple

from markupsafe import Markup

from searchapp.model import FACETS, Evidence, Shown, Span

WORD = "word"
SENTENCE = "sentence"
KINDS = (SENTENCE, *FACETS, WORD)
"""What a note can be, from the outermost element to the innermost."""

STYLES = 6
"""Looks of words of a search; a seventh word looks like the first, and has its own number."""


class Note(NamedTuple):
    """A stretch of a text that belongs to something: which word of the search or which value of a
    facet, from 1, and the how many-th mention of that; for a sentence where it begins."""

    start: int
    end: int
    kind: str
    number: int
    mention: int = 1


class Piece(NamedTuple):
    """A stretch of a text between two boundaries, with the notes over all of it, outermost
    first."""

    start: int
    end: int
    notes: tuple[Note, ...]


def pieces(notes: Iterable[Note], start: int, end: int) -> Iterator[Piece]:
    """The text from `start` to `end` cut at the boundaries of `notes`; together they are all of
    it."""
    inside = sorted(n for n in set(notes) if n.start < end and n.end > start and n.start < n.end)
    edges = {start, end}
    for note in inside:
        edges |= {max(start, note.start), min(end, note.end)}
    waiting = iter(inside)
    coming = next(waiting, None)
    over: list[Note] = []
    places = sorted(edges)
    for begin, stop in pairwise(places):
        over = [note for note in over if note.end > begin]
        while coming and coming.start <= begin:
            over.append(coming)
            coming = next(waiting, None)
        yield Piece(begin, stop, tuple(sorted(over, key=_depth)))


def _depth(note: Note) -> tuple[int, Note]:
    return KINDS.index(note.kind), note


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the search: its number, its name, and the numbers of the marks that begin one."""

    number: int
    name: str
    marks: tuple[int, ...]

    @property
    def style(self) -> int:
        return style(self.number)


def style(number: int) -> int:
    """Which of STYLES the word of this number has, from 1."""
    return (number - 1) % STYLES + 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text with its notes. `marks` numbers the places where words of the search begin; `labels`
    says what the value of a facet and number is called."""

    text: str
    notes: tuple[Note, ...]
    marks: Mapping[int, int]
    labels: Mapping[tuple[str, int], str]

    def html(self, spans: Sequence[Span]) -> list[Markup]:
        """These stretches, ascending and disjoint: escaped, then marked."""
        waiting = sorted(self.notes)
        at, over, shown = 0, [], []
        for start, end in spans:
            while at < len(waiting) and waiting[at].start < end:
                over.append(waiting[at])
                at += 1
            over = [note for note in over if note.end > start]
            shown.append(self._stretch(over, start, end))
        return shown

    def _stretch(self, notes: Iterable[Note], start: int, end: int) -> Markup:
        out: list[str] = []
        for sentence, run in groupby(pieces(notes, start, end), key=_sentence):
            inner = "".join(map(self._piece, run))
            out.append(
                self._sentence(sentence, max(start, sentence.start), inner) if sentence else inner
            )
        return Markup("".join(out))  # noqa: S704 every piece is escaped

    def _sentence(self, note: Note, at: int, inner: str) -> str:
        name = f' id="s{note.number}"' if at == note.start else ""
        return f'<span class="sentence"{name}>{inner}</span>'

    def _piece(self, piece: Piece) -> str:
        shown = escape(self.text[piece.start : piece.end])
        if not piece.notes:
            return shown
        words = [note for note in piece.notes if note.kind == WORD]
        if words:
            shown = self._mark(words, piece.start, shown)
        values = [note for note in piece.notes if note.kind in FACETS]
        facets = [list(notes) for _, notes in groupby(values, key=lambda note: note.kind)]
        for depth, notes in reversed(list(enumerate(facets))):
            shown = self._values(notes, piece.start, shown, "a" if depth == 0 else "span")
        return shown

    def _mark(self, words: Sequence[Note], at: int, inner: str) -> str:
        looks = " ".join(dict.fromkeys(f"w{style(word.number)}" for word in words))
        begun = " ".join(str(word.number) for word in words if word.start == at)
        name = f' id="m{self.marks[at]}" data-words="{begun}"' if begun else ""
        return f'<mark class="{looks}"{name}>{inner}</mark>'

    def _values(self, notes: Sequence[Note], at: int, inner: str, element: str) -> str:
        """One element for the values of one facet: a link to the first of them among those found,
        or a `span` within such a link."""
        names = [f"{n.kind}-{n.number}-{n.mention}" for n in notes if n.start == at]
        name = f' id="{names[0]}"' if names else ""
        others = "".join(f'<span id="{other}"></span>' for other in names[1:])
        first = notes[0]
        to = f' href="#{first.kind}-{first.number}"' if element == "a" else ""
        title = escape(", ".join(self.labels[note.kind, note.number] for note in notes))
        looks = f'class="value {first.kind}"'
        return f'<{element} {looks}{name}{to} title="{title}">{others}{inner}</{element}>'


def _sentence(piece: Piece) -> Note | None:
    return next((note for note in piece.notes if note.kind == SENTENCE), None)


# --- what notes there are -----------------------------------------------------------------------


def words_of(shown: Sequence[Shown]) -> tuple[tuple[Word, ...], dict[int, int], dict[int, int]]:
    """The words of the search, and the numbers of the marks that begin in title and body: they
    are counted from 1, those of the title first."""
    in_title = sorted({start for word in shown for start, _ in word.title})
    in_body = sorted({start for word in shown for start, _ in word.body})
    title = {start: number for number, start in enumerate(in_title, 1)}
    body = {start: number for number, start in enumerate(in_body, 1 + len(title))}
    words = tuple(
        Word(
            number,
            word.name,
            tuple(
                dict.fromkeys(
                    [title[start] for start, _ in word.title]
                    + [body[start] for start, _ in word.body]
                )
            ),
        )
        for number, word in enumerate(shown, 1)
    )
    return words, title, body


def of_words(spans: Iterable[Sequence[Span]]) -> list[Note]:
    """Notes of the words of the search, each of which stands at some spans of a text."""
    return [
        Note(start, end, WORD, number)
        for number, places in enumerate(spans, 1)
        for start, end in places
    ]


def of_values(facet: str, evidence: Iterable[Evidence], start: int, end: int) -> list[Note]:
    """Notes of the values of a facet in `Article.text` from `start` to `end`, counted from
    there."""
    return [
        Note(a - start, b - start, facet, number, mention)
        for number, why in enumerate(evidence, 1)
        for mention, (a, b) in enumerate(why.tag.spans, 1)
        if start <= a and b <= end
    ]


def of_sentences(evidence: Iterable[Evidence], start: int) -> list[Note]:
    """Notes of the sentences that are evidence, from `start` of `Article.text` on, counted from
    there."""
    places = sorted({place for why in evidence for place in why.places if place[0] >= start})
    return [Note(a - start, b - start, SENTENCE, a) for a, b in places]
