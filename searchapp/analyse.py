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
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import compress
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]

from searchapp.model import BadSettings

VERSION = "1"
PARAGRAPH = "\u2029"
"""Between values of one field: no phrase crosses it."""
PARAGRAPH_GAP = 100
CACHE_SIZE = 400_000
"""Surface forms remembered before starting anew: some 150 MB at worst; Reuters has 60,000."""
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
BETWEEN = '!"#$%()*+/:;<=>?@[\\]^_`{|}~'
"""ASCII characters that are in no surface form and change none beside them."""
EDGES = ".,'-&"
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
        stems = " ".join(self._stem(word) for word in _PROBES.split())
        digest = hashlib.sha256(stems.encode()).hexdigest()[:8]
        self.fingerprint = f"{VERSION}-{language}-{digest}"

    def __reduce__(self) -> tuple[type[Analyser], tuple[str]]:
        return Analyser, (self.language,)

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

    def terms(self, pieces: Sequence[str]) -> Iterator[Sequence[tuple[str, str, int]]]:
        """Exact form, stem and position of each token of each of some pieces of text: what
        stands between white space, which no token crosses."""
        plain = [piece.isascii() and piece.isalpha() for piece in pieces]  # most are
        words = [word[:LONGEST_TOKEN].lower() for word in compress(pieces, plain)]
        with self._lock:
            stems = iter(zip(words, self._stemmer.stemWords(words), strict=True))
        for piece, is_plain in zip(pieces, plain, strict=True):
            if is_plain:
                exact, stem = next(stems)
                yield ((exact, stem or exact, 0),)
            else:
                yield self._terms(piece)

    def _terms(self, piece: str) -> list[tuple[str, str, int]]:
        if piece.isascii() and len(piece) <= LONGEST_TOKEN:  # amounts are most of the rest
            before, _, after = piece.partition(".")
            if before.isdigit() and after.isdigit():
                return [
                    (before, before, 0),
                    (piece, self._stem(piece) or piece, 0),
                    (after, after, 1),
                ]
            if piece.isdigit() or _GROUPED.fullmatch(piece):
                exact = piece.replace(",", "")
                return [(exact, exact, 0)]
        found, position = [], 0
        for surface in _surfaces().findall(piece):
            units = self._analyse(surface)
            found += [(exact, stem, position + step) for exact, stem, step, _, _ in units]
            if units:
                position += units[-1].step + 1
        return found

    def _remember(self, surface: str) -> tuple[_Unit, ...]:
        if len(self._units) >= CACHE_SIZE:
            self._units = {}
        units = self._units[surface] = tuple(self._analyse(surface))
        return units

    def _analyse(self, surface: str) -> list[_Unit]:
        whole, parts = _split(surface)
        units: list[_Unit] = []
        for part in parts:
            if forms := self._forms(part.word):
                units.append(_Unit(*forms, len(units), part.start, part.end))
        if len(units) > 1 and (forms := self._forms(whole.word)):
            units.insert(1, _Unit(*forms, 0, whole.start, whole.end))
        return units

    def _forms(self, word: str) -> tuple[str, str] | None:
        """The exact form and the stem of a word, if anything is left of it."""
        word = word[:LONGEST_TOKEN]
        if word.isascii():
            exact = lower = word.lower()
            stem = exact if exact.isdigit() else self._stem(lower) or exact
        else:
            lower = unicodedata.normalize("NFKC", word).lower()
            exact = fold(lower)
            if not exact:
                return None
            stem = exact if exact.isdigit() else fold(self._stem(lower)) or exact
        return sys.intern(exact), sys.intern(stem)

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
    single = ""
    if surface[0].isdigit():
        if _ORDINAL.fullmatch(surface):
            single = surface
        elif _GROUPED.fullmatch(surface):
            single = surface.replace(",", "")
    elif surface[1:2] == "." and _ACRONYM.fullmatch(surface):
        single = surface.replace(".", "")
    if single:
        return (whole := _Part(single, 0, end)), [whole]
    parts = [_Part(m.group(), m.start(), m.end()) for m in _pieces().finditer(surface)]
    if len(parts) > 1 and surface[parts[-1].start - 1] in _APOSTROPHES:
        tail = parts[-1].word.lower()
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
