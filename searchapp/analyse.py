"""Text → tokens with offsets: one analyser for indexing, querying and highlighting.

A surface form ("S-300PMU-1", "Iran's", "U.S.") is analysed once and remembered, since news repeats
its words; the work per occurrence is one dictionary look-up.

What becomes of a surface form:

- its parts, split at hyphens, apostrophes, ampersands and between letters and digits, stand at
  consecutive positions, so that every spelling of "S-300 PMU-1" is the same phrase;
- a form of several parts also stands whole at the position of its first part ("email" finds
  "e-mail"), without what joined it;
- a possessive ending is dropped, an English contraction is one word, an acronym loses its dots
  (U.S. = US), a number its thousands separators;
- scripts written without spaces (Chinese, Japanese, Thai …) give one token a character; a query
  is a phrase of them.
"""

from __future__ import annotations

import hashlib
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]

from searchapp.model import BadSettings

VERSION = "1"
PARAGRAPH = "\u2029"
"""Between values of one field: no phrase crosses it."""
PARAGRAPH_GAP = 100
CACHE_SIZE = 400_000
"""Surface forms remembered before starting anew: some 150 MB at worst; Reuters has 60,000."""
PIECES_REMEMBERED = 100_000
"""Pieces whose tokens are remembered before starting anew: some 60 MB."""
LONGEST_TOKEN = 64
"""Characters of a term that are kept: longer runs are data (base64, hashes), not words."""
LONGEST_REMEMBERED = 100
"""Characters of a form that is remembered: longer ones are data, or whole sentences of a script
without spaces, and do not come again."""

_CONTRACTIONS = frozenset({"t", "re", "ll", "ve", "d", "m"})
_APOSTROPHES = "'’ʼ＇"
_JOINERS = "-‐‑&" + _APOSTROPHES
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s)", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\.?")
_BETWEEN = str.maketrans(dict.fromkeys('!"#$%()*+/:;<=>?@[\\]^_`{|}~', " "))
"""ASCII characters that are in no surface form and change none beside them."""
_EDGES = ".,'-&"
"""ASCII characters that are in surface forms, and make no difference at the ends of a piece."""
_UNFOLDED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ħ": "h"}
    | {chr(c): None for c in (*range(0x300, 0x370), *range(0x591, 0x5C8), *range(0x64B, 0x660))}
    | {"ـ": None, "ٰ": None}
)
_PROBES = "missiles relations countries cooperation nuclear generously dying hoped ministère страны"
"""Stand for the stemmer in the fingerprint: other stems mean another index."""


class Token(NamedTuple):
    """One term at a position. `start`…`end` is the surface it came from, in code points."""

    exact: str
    stem: str
    position: int
    start: int
    end: int


class _Unit(NamedTuple):
    """A token relative to its surface form: `step` positions and `start`…`end` characters in."""

    exact: str
    stem: str
    step: int
    start: int
    end: int


class _Part(NamedTuple):
    word: str
    start: int
    end: int


class Analyser:
    """Turns text into tokens for one language. Threads may share it.

    `language` is a name Snowball knows ("english", "russian" …); BadSettings if it does not.
    """

    def __init__(self, language: str = "english") -> None:
        if language not in snowballstemmer.algorithms():
            known = ", ".join(sorted(snowballstemmer.algorithms()))
            raise BadSettings(f"language: no stemmer for {language!r}; there are {known}")
        self.language = language
        self._stemmer = snowballstemmer.stemmer(language)
        if hasattr(self._stemmer, "maxCacheSize"):  # PyStemmer's own cache is slower than stemming
            self._stemmer.maxCacheSize = 0
        self._lock = threading.Lock()  # PyStemmer's objects are not for several threads
        self._units: dict[str, tuple[_Unit, ...]] = {}
        self._pieces = Pieces(self)
        stems = " ".join(self._stem(word) for word in _PROBES.split())
        digest = hashlib.sha256(stems.encode()).hexdigest()[:8]
        self.fingerprint = f"{VERSION}-{language}-{digest}"

    def __reduce__(self) -> tuple[type[Analyser], tuple[str]]:
        return Analyser, (self.language,)

    @property
    def remembered(self) -> Pieces:
        """Pieces that were analysed before; whoever takes them may go on with them."""
        if len(self._pieces) >= PIECES_REMEMBERED:
            self._pieces = Pieces(self)
        return self._pieces

    def tokens(self, text: str) -> Iterator[Token]:
        """The tokens of `text`, ascending by position; a whole form follows its first part.

        Positions start at 0 and jump by PARAGRAPH_GAP at each PARAGRAPH character.
        """
        position = 0
        known = self._units
        for match in _surfaces().finditer(text):
            surface = match.group()
            if surface == PARAGRAPH:
                position += PARAGRAPH_GAP
                continue
            units = known.get(surface)
            if units is None and len(surface) <= LONGEST_REMEMBERED:
                units = self._remember(surface)
            elif units is None:
                units = tuple(self._analyse(surface))
            offset = match.start()
            for exact, stem, step, start, end in units:
                yield Token(exact, stem, position + step, offset + start, offset + end)
            if units:
                position += units[-1].step + 1

    def pieces(self, text: str) -> list[str]:
        """`text` cut where no token crosses: its tokens are those of the pieces, one piece after
        the other. A PARAGRAPH is a piece of its own.
        """
        if text.isascii():
            text = text.translate(_BETWEEN)
        elif PARAGRAPH in text:
            first, *rest = (part.split() for part in text.split(PARAGRAPH))
            return [*first, *(piece for part in rest for piece in (PARAGRAPH, *part))]
        return text.split()

    def terms(self, piece: str) -> list[tuple[str, str, int]]:
        """Exact form, stem and position of each token of a piece."""
        if piece.isascii() and (piece.isalpha() or piece.isdigit()):  # most are
            exact = piece[:LONGEST_TOKEN].lower()
            return [(exact, exact if exact.isdigit() else self._stem(exact) or exact, 0)]
        return [(t.exact, t.stem, t.position) for t in self.tokens(piece)]

    @staticmethod
    def core(piece: str) -> str:
        """`piece` without what at its ends makes no difference to its terms."""
        return piece.strip(_EDGES)

    def _remember(self, surface: str) -> tuple[_Unit, ...]:
        if len(self._units) >= CACHE_SIZE:
            self._units = {}
        units = tuple(self._analyse(surface))
        self._units[surface] = units
        return units

    def _analyse(self, surface: str) -> Iterator[_Unit]:
        whole, parts = _split(surface)
        units = [unit for part in parts if (unit := self._unit(part))]
        for step, unit in enumerate(units):
            yield unit._replace(step=step)
            if step == 0 and len(units) > 1 and (joined := self._unit(whole)):
                yield joined

    def _unit(self, part: _Part) -> _Unit | None:
        word = part.word[:LONGEST_TOKEN]
        lower = (word if word.isascii() else unicodedata.normalize("NFKC", word)).lower()
        exact = fold(lower)
        if not exact:
            return None
        stem = exact if exact.isdigit() else fold(self._stem(lower)) or exact
        return _Unit(sys.intern(exact), sys.intern(stem), 0, part.start, part.end)

    def tokens_of(self, piece: str) -> tuple[Token, ...]:
        """The tokens of a piece of text that has no white space in it."""
        word = piece.rstrip(".,")
        if not (word.isascii() and word.isalpha()):
            return tuple(self.tokens(piece))
        exact = word[:LONGEST_TOKEN].lower()  # most are plain words
        return (Token(exact, self._stem(exact) or exact, 0, 0, len(word)),)

    def _stem(self, lower: str) -> str:
        with self._lock:
            stem: str = self._stemmer.stemWord(lower)
        return stem


class Pieces(dict[str, tuple[Token, ...]]):
    """The tokens of each piece, analysed when it is first asked for; `known` are the pieces that
    were, and `with_stem` those of them that have a stem. Long pieces are not remembered. Threads
    may share it."""

    def __init__(self, analyser: Analyser) -> None:
        super().__init__()
        self._analyser = analyser
        self.known: set[str] = set()
        self.with_stem: dict[str, set[str]] = {}

    def __missing__(self, piece: str) -> tuple[Token, ...]:
        found = self._analyser.tokens_of(piece)
        if len(piece) <= LONGEST_REMEMBERED:
            for token in found:
                self.with_stem.setdefault(token.stem, set()).add(piece)
            self[piece] = found
            self.known.add(piece)
        return found


def fold(word: str) -> str:
    """`word` without case, accents and compatibility forms: "Übermäßig" → "ubermassig"."""
    if word.isascii():
        return word.lower()
    cased = unicodedata.normalize("NFKD", word).casefold()
    decomposed = unicodedata.normalize("NFKD", cased)
    return unicodedata.normalize("NFC", decomposed.translate(_UNFOLDED))


def _split(surface: str) -> tuple[_Part, list[_Part]]:
    """The surface as a whole and its parts; one part where it is not to be split."""
    end = len(surface)
    if _ORDINAL.fullmatch(surface):
        return (whole := _Part(surface, 0, end)), [whole]
    if _GROUPED.fullmatch(surface):
        return (whole := _Part(surface.replace(",", ""), 0, end)), [whole]
    if _ACRONYM.fullmatch(surface):
        return (whole := _Part(surface.replace(".", ""), 0, end)), [whole]
    parts = [_Part(m.group(), *m.span()) for m in _pieces().finditer(surface)]
    tail = parts[-1].word.lower()
    if len(parts) > 1 and surface[parts[-1].start - 1] in _APOSTROPHES:
        if tail == "s":
            parts.pop()
        elif tail in _CONTRACTIONS:
            return (whole := _Part("".join(p.word for p in parts), 0, end)), [whole]
    glue = "." if "." in surface else ""  # 3.5 is not 35
    return _Part(glue.join(p.word for p in parts), 0, parts[-1].end), parts


@cache
def _letter() -> str:
    """A letter with the marks that follow it, which `\\w` leaves out (Devanagari, Thai, Hebrew)."""
    marks = "".join(c for c in map(chr, range(0x300, 0xFE30)) if unicodedata.category(c)[0] == "M")
    return rf"(?:[^\W\d_][{re.escape(marks)}]*)"


@cache
def _pieces() -> re.Pattern[str]:
    return re.compile(rf"\d+|{_letter()}+")


@cache
def _surfaces() -> re.Pattern[str]:
    """Surface forms, in order of preference; unspaced scripts give one character a match."""
    unspaced = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    letter, joiners = rf"(?!{unspaced}){_letter()}", re.escape(_JOINERS)
    word = rf"(?:\d|{letter})+"
    return re.compile(
        rf"[A-Za-z]{{2,}}(?![\w{joiners}]|[^\x00-\x7f])"  # most of English, and quicker
        rf"|{PARAGRAPH}"
        rf"|(?<![^\W_])(?:[^\W\d_]\.)+[^\W\d_](?![^\W_])\.?"
        rf"|\d+(?:[.,]\d+)+(?![^\W_])"
        rf"|{word}(?:[{joiners}]{word})*"
        rf"|(?={unspaced}){_letter()}"
    )
