"""What is asked: questions drawn from a collection, the same for every engine.

Words are runs of at least three letters, with nothing beside them that some tokenisers join and
others split at (hyphens, apostrophes, dots between letters, digits), and are drawn by the share of
articles that have them. Where several words go together they come from one article.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from compare.articles import Article

KINDS = ("common word", "rare word", "any word", "all words", "phrase", "prefix", "fuzzy")
SEED = 20240229
TRIES = 100
"""Articles that are looked at for each question."""
COMMON = (0.05, 0.35)
MIDDLE = (0.004, 0.10)
RARE = (0.0002, 0.002)
"""Bands of document frequency, as shares of the articles: Reuters has 3 to 29 articles for a rare
word, 733 to 5,133 for a common one."""

_WORD = re.compile(r"(?<![\w'’&.\-])[A-Za-z]{3,}(?![\w'’&\-]|\.\w)")


@dataclass(frozen=True, slots=True)
class Question:
    """`words` in lower case, of the kind named; in articles of `country` where one is given."""

    kind: str
    words: tuple[str, ...]
    country: str | None = None


def draw(articles: Sequence[Article], each: int) -> list[Question]:
    """`each` questions of every kind, then the same with a country: that of the article they were
    drawn from, or of the next that has one."""
    draws = Draws(articles)
    plain = [question for kind in KINDS for question in draws.some(kind, each)]
    return [replace(question, country=None) for question in plain] + plain


class Draws:
    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        self.random = random.Random(SEED)
        self.frequency = Counter(word for a in articles for word in set(_words(a.body)))

    def some(self, kind: str, many: int) -> list[Question]:
        """Different questions of one kind, drawn from articles at random: fewer than `many` where
        there are not that many words of the kind."""
        found: dict[tuple[str, ...], Question] = {}
        for _ in range(TRIES * many):
            if len(found) == many:
                break
            at = self.random.randrange(len(self.articles))
            if words := self._draw(kind, self.articles[at].body, len(found)):
                found.setdefault(words, Question(kind, words, self._country(at)))
        return list(found.values())

    def _country(self, at: int) -> str:
        while not self.articles[at].values[0]:
            at = (at + 1) % len(self.articles)
        return self.articles[at].values[0][0]

    def _draw(self, kind: str, body: str, turn: int) -> tuple[str, ...]:
        """Words for the question number `turn`; none where the article has none that fit."""
        match kind:
            case "common word":
                return self._pick(body, 1, COMMON)
            case "rare word":
                return self._pick(body, 1, RARE)
            case "any word" | "all words":
                return self._pick(body, 2 + turn % 3, MIDDLE)
            case "phrase":
                return self._phrase(body, 2 + turn % 2)
            case "prefix":
                length = 3 + turn % 3
                return tuple(w[:length] for w in self._pick(body, 1, MIDDLE, length + 2))
            case _:
                return tuple(map(self._misspelt, self._pick(body, 1, MIDDLE, 6)))

    def _pick(
        self, body: str, many: int, band: tuple[float, float], longest: int = 3
    ) -> tuple[str, ...]:
        fit = sorted({w for w in _words(body) if len(w) >= longest and self._within(w, band)})
        return tuple(self.random.sample(fit, many)) if len(fit) >= many else ()

    def _within(self, word: str, band: tuple[float, float]) -> bool:
        return band[0] <= self.frequency[word] / len(self.articles) <= band[1]

    def _phrase(self, body: str, many: int) -> tuple[str, ...]:
        """Words in a row with single spaces between, the first and last no commoner than COMMON."""
        found = list(_WORD.finditer(body))
        rows = [found[n : n + many] for n in range(len(found) - many + 1)]
        fit = [
            words
            for row in rows
            if all(a.end() + 1 == b.start() and body[a.end()] == " " for a, b in pairwise(row))
            and (words := tuple(m.group().lower() for m in row))
            and all(self.frequency[w] < COMMON[1] * len(self.articles) for w in words[:: many - 1])
        ]
        return self.random.choice(fit) if fit else ()

    def _misspelt(self, word: str) -> str:
        """`word` with one letter changed, neither its first nor its last two; no word there is."""
        at = self.random.randrange(1, len(word) - 2)
        letters = [c for c in string.ascii_lowercase if c != word[at]]
        self.random.shuffle(letters)
        tried = (word[:at] + letter + word[at + 1 :] for letter in letters)
        return next(changed for changed in tried if changed not in self.frequency)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
