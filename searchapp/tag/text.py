"""Text → tokens with offsets, and the phrase table that all three facets look up words in.

One regular expression reads the text once, without backtracking further than one character, so
that any input costs time in proportion to its length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from searchapp.model import Span

T = TypeVar("T")

BREAK = "\n"
"""The token of a line that ends there, as against one that was only wrapped."""

_PIECE = r"""
    [^\W\d_](?:\.[^\W\d_])+\.?(?![\w'’])                    # U.S. U.S J.P.
  | [A-ZÀ-ÖØ-Þ]\.                                           # an initial
  | [^\W\d_][^\W_]*(?:[̀-ͯ'’](?![sS](?![^\W_]))[^\W_]+)*   # a word, O'Gorman; not its 's
  | \d+(?:[.,:/]\d+)*[^\W\d_]*                              # 1,500  4th
  | ['’][sS](?![^\W_])
  | ([^\w\s])\1*
  | _+
"""
_ENDED_LINES = re.compile(_PIECE + r"| \n\s*", re.VERBOSE)
_WRAPPED_LINES = re.compile(_PIECE + r"| \n(?=[ \t\r]|\n)\s*", re.VERBOSE)

ABBREVIATIONS = frozenset(
    (
        "Mr",
        "Mrs",
        "Ms",
        "Dr",
        "Prof",
        "Rev",
        "Gen",
        "Col",
        "Lt",
        "Maj",
        "Capt",
        "Sgt",
        "Cpl",
        "Adm",
        "Cmdr",
        "Brig",
        "Sen",
        "Rep",
        "Gov",
        "Hon",
        "Messrs",
        "Supt",
        "Det",
        "Insp",
        "Jr",
        "Sr",
        "St",
        "Ste",
        "Mt",
        "Ft",
        "Inc",
        "Corp",
        "Co",
        "Cos",
        "Ltd",
        "Bros",
        "Dept",
        "Univ",
        "No",
        "vs",
        "Ave",
        "Blvd",
        "Rd",
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Sept",
        "Oct",
        "Nov",
        "Dec",
        "Mon",
        "Tue",
        "Tues",
        "Wed",
        "Thu",
        "Thur",
        "Thurs",
        "Fri",
        "Sat",
        "Sun",
        "Ala",
        "Ariz",
        "Ark",
        "Calif",
        "Colo",
        "Conn",
        "Del",
        "Fla",
        "Ga",
        "Ill",
        "Ind",
        "Kan",
        "Kans",
        "Ky",
        "La",
        "Md",
        "Mass",
        "Mich",
        "Minn",
        "Miss",
        "Mo",
        "Mont",
        "Neb",
        "Nebr",
        "Nev",
        "Okla",
        "Ore",
        "Pa",
        "Penn",
        "Tenn",
        "Tex",
        "Vt",
        "Va",
        "Wash",
        "Wis",
        "Wyo",
        "Ont",
        "Que",
        "Alta",
        "Sask",
    )
)
"""Words whose full stop does not end a sentence."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ə": "a", "ß": "ss", "æ": "ae"})


def fold(word: str) -> str:
    """`word` without case and accents: what lexicons are keyed by."""
    lower = word.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower.translate(_LETTERS).replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, as parallel lists.

    `words` as written, `keys` folded and without an abbreviation's full stop, `starts` where each
    begins. `headline` counts the tokens before the body.
    """

    words: list[str]
    keys: list[str]
    starts: list[int]
    headline: int = 0

    def span(self, first: int, last: int) -> Span:
        """From the start of token `first` to the end of token `last`."""
        return self.starts[first], self.starts[last] + len(self.words[last])

    def __len__(self) -> int:
        return len(self.words)


def read(text: str, body_offset: int = 0) -> Tokens:
    """The tokens of `text`, whose first `body_offset` characters are the headline."""
    words: list[str] = []
    keys: list[str] = []
    starts: list[int] = []
    headline = 0
    token = _WRAPPED_LINES if _is_wrapped(text, body_offset) else _ENDED_LINES
    for match in token.finditer(text):
        word, start = match.group(), match.start()
        if word == "." and words and words[-1] in ABBREVIATIONS and _touches(words, starts, start):
            words[-1] += "."
            continue
        if word[0] == "\n":
            word = BREAK
        if start < body_offset:
            headline += 1
        words.append(word)
        keys.append(word.lower() if word.isascii() else fold(word))
        starts.append(start)
    return Tokens(words, keys, starts, headline)


def keys_of(phrase: str) -> list[str]:
    """The folded words of a lexicon entry, cut as `read` cuts an article."""
    return read(phrase).keys


def _touches(words: list[str], starts: list[int], start: int) -> bool:
    return starts[-1] + len(words[-1]) == start


def _is_wrapped(text: str, offset: int) -> bool:
    """Whether lines were broken to fit a width: then many continue in lower case."""
    lines = len(re.findall(r"\n(?=\S)", text[offset:]))
    return lines >= 2 and len(re.findall(r"\n(?=[a-z])", text[offset:])) * 4 > lines


class Phrases(Generic[T]):
    """A table of phrases, found word by word; the longest one at a place wins.

    `first` holds the words that a phrase starts with: where a text has none of them, `at` need not
    be asked.
    """

    def __init__(self, entries: Iterable[tuple[list[str], T]]) -> None:
        self._single: dict[str, T] = {}
        self._longer: dict[str, dict[str, list[tuple[list[str], T]]]] = {}
        for words, value in entries:
            if len(words) == 1:
                self._single[words[0]] = value
            elif words:
                after = self._longer.setdefault(words[0], {})
                after.setdefault(words[1], []).append((words, value))
        for after in self._longer.values():
            for phrases in after.values():
                phrases.sort(key=lambda phrase: -len(phrase[0]))
        self.first = self._single.keys() | self._longer.keys()

    def at(self, words: list[str], i: int) -> tuple[int, T] | None:
        """The phrase that starts at word `i`: how many words it has, and its value."""
        after = self._longer.get(words[i])
        if after is not None and i + 1 < len(words):
            for phrase, value in after.get(words[i + 1], ()):
                if words[i : i + len(phrase)] == phrase:
                    return len(phrase), value
        value_of_word = self._single.get(words[i])
        return None if value_of_word is None else (1, value_of_word)
