"""What a wildcard, a word with slips and words near each other mean, asked of one text at a time.

Engines ask all terms of an index at once (`engine.vocabulary`) and get the same answers.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection
from functools import lru_cache

from searchapp.analyse import Token


def is_pattern_of(pattern: str, word: str) -> bool:
    """Whether `word` is `pattern`, in which ? is one letter and * any number, also none."""
    return _compiled(pattern).match(word) is not None


@lru_cache(1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """What stands between two stars is taken at its first place for good, `(?>…)`, as no later one
    could do better: no pattern takes longer than its length times that of the word."""
    first, *others = (
        re.escape(piece).replace(r"\?", ".") for piece in re.sub(r"\*+", "*", pattern).split("*")
    )
    if not others:
        return re.compile(rf"{first}\Z", re.DOTALL)
    *middle, last = others
    between = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(rf"{first}{between}.*{last}\Z", re.DOTALL)


def is_near(word: str, other: str, edits: int) -> bool:
    """Whether `edits` make one of the other: see `engine.vocabulary.Vocabulary.fuzzy`."""
    if abs(len(word) - len(other)) > edits:
        return False
    letters, others = set(word), set(other)
    if len(letters - others) > edits or len(others - letters) > edits:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        new = [i]
        for j, here in enumerate(other, 1):
            fewest = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (letter != here))
            if i > 1 and j > 1 and letter == other[j - 2] and here == word[i - 2]:
                fewest = min(fewest, before[j - 2] + 1)
            new.append(fewest)
        before, row = row, new
    return row[-1] <= edits


class Window:
    """Finds where all of `terms` stand within `reach` positions of each other, token by token."""

    def __init__(self, terms: Collection[str], reach: int) -> None:
        self.terms = frozenset(terms)
        self._reach = reach
        self._recent: deque[tuple[str, Token]] = deque()
        self._counts: Counter[str] = Counter()
        self._fresh: list[Token] = []

    def add(self, term: str, token: Token) -> list[Token]:
        """The tokens that `token`, which is `term`, shows to stand together, and that no earlier
        one has shown to. Tokens come by position, and only those of `terms`."""
        first = token.position - self._reach
        self._recent.append((term, token))
        self._fresh.append(token)
        self._counts[term] += 1
        while self._recent[0][1].position < first:
            gone, _ = self._recent.popleft()
            self._counts[gone] -= 1
            if not self._counts[gone]:
                del self._counts[gone]
        if len(self._counts) < len(self.terms):
            return []
        found, self._fresh = [t for t in self._fresh if t.position >= first], []
        return found
