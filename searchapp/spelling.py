"""What may have been meant by a query that finds little, from the words of the index alone.

A word that no article has is taken for a slip of one that some have, and a word of very few
articles for a slip of one that very many have. Words that are likely meant are many and near: of
those at most two edits away the one with the highest ln(articles) - WEIGHT · cost, the logarithm of
how often a word is written times how likely the slip is (Kernighan, Church and Gale, A spelling
correction program based on a noisy channel model, 1990). What a slip costs depends on its kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise, product

from searchapp.analyse import fold
from searchapp.engine import Engine, Spelling
from searchapp.model import NAMES, Passage, Phrase, Query, Word
from searchapp.typed import asked

FEW = 10
"""Articles that a search finds at most where what was meant is looked for: a page of them."""
RARE = 2
"""Articles that have a word at most which is taken for a slip …"""
MANY = 200
"""… of one that so many times as many have. `benchmarks/suggest.py` measures both."""
JOINED = 10
"""So many times as many articles have one word as are found by the two it was written as."""
WEIGHT = 6.0
"""What one edit costs beside the logarithm of a number of articles; see the benchmark."""
LEAST = -12.0
"""The likelihood below which no word is proposed: two letters other in a word that few have."""
SHORTEST = 3
SHORTEST_RARE = 5
"""Letters of a word that may be a slip, where no article has it and where some have: shorter ones
have too many neighbours."""
WORDS = 12
"""Words of a query that are looked at."""
ALTERNATIVES = 3
"""Words that are tried in the place of one."""
TRIES = 6
"""Queries that are tried."""

EXCHANGED = 0.7
DOUBLED = 0.6
NEIGHBOUR = 0.8
LEFT_OUT = 0.7
FIRST = 0.8
"""What slips cost: two letters exchanged, one doubled or not, the key beside or another vowel, one
left out; and how much more one of the first letter does."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A query with its changed words marked, and how many articles it finds."""

    query: Passage
    total: int


@dataclass(frozen=True, slots=True)
class Change:
    """Other text for a stretch of the query."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Typed:
    """One word of a query, where it stands in it, and how many articles have it."""

    start: int
    end: int
    word: Word
    text: str
    quoted: bool
    whole: bool
    """Whether it is all that stands between spaces, so that it may become two words."""
    articles: int

    @property
    def field(self) -> str:
        return self.word.fields[0]


def propose(engine: Engine, typed: str, total: int, count: Callable[[str], int]) -> Proposal | None:
    """What may have been meant by `typed`, which finds `total` articles. `count` says how many
    another query finds. Nothing is proposed that does not find more."""
    words = list(islice(_words(engine, typed), WORDS))
    for changes in islice(_proposals(engine, words, typed, total), TRIES):
        changed = _changed(typed, changes)
        found = count(changed.text)
        if found > total:
            return Proposal(changed, found)
    return None


def corrections(engine: Engine, word: str, articles: int, field: str = "text") -> list[str]:
    """The words that somebody may have meant who typed `word`, likeliest first; none where it is
    likely itself. `articles`: how many have it."""
    if len(word) < (SHORTEST_RARE if articles else SHORTEST) or articles > RARE:
        return []
    likely = [
        (_likelihood(word, spelling), spelling.word)
        for spelling in engine.spellings(word, 1 if len(word) <= 4 else 2, field)
        if spelling.edits and (not articles or _is_clear(word, spelling, articles))
    ]
    likely = [pair for pair in likely if pair[0] >= LEAST]
    likely.sort(key=lambda pair: (-pair[0], pair[1]))
    return [other for _, other in likely[:ALTERNATIVES]]


def _is_clear(word: str, spelling: Spelling, articles: int) -> bool:
    """Whether a word that some have is a slip of this one nevertheless."""
    alike = spelling.edits == 1 and spelling.word[0] == word[0]
    return alike and spelling.articles >= MANY * articles


def _likelihood(word: str, spelling: Spelling) -> float:
    return math.log(spelling.articles) - WEIGHT * cost(word, spelling.word)


# --- the words of a query -------------------------------------------------------------------------


def _words(engine: Engine, typed: str) -> Iterator[_Typed]:
    """The words that may be slips, in order."""
    for place in asked(typed):
        text = typed[place.start : place.end]
        position = -1
        for token in engine.analyser.tokens(text):
            surface = text[token.start : token.end]
            is_part = token.position > position
            position = token.position
            if is_part and fold(surface) == token.exact and not any(map(str.isdigit, surface)):
                word = Word(token.stem, token.exact, (place.field or "text",))
                yield _Typed(
                    place.start + token.start,
                    place.start + token.end,
                    word,
                    surface,
                    place.quoted,
                    surface == text,
                    articles(engine, word),
                )


def articles(engine: Engine, word: Word) -> int:
    """How many articles have a word or another of its stem."""
    same = engine.spellings(word.exact, 0, word.fields[0])
    if word.fields[0] in NAMES or (same and same[0].articles > RARE):
        return same[0].articles if same else 0
    return engine.rank(Query(word), stop=0, size=None).total


# --- proposals ------------------------------------------------------------------------------------


def _proposals(
    engine: Engine, words: Sequence[_Typed], typed: str, total: int
) -> Iterator[Sequence[Change]]:
    """Sets of changes, likeliest first."""
    options = {word: _options(engine, word) for word in words}
    for word, after in pairwise(words):
        if joined := _joined(engine, word, after, typed, total):
            others = [options[w][0] for w in words if w not in (word, after) and options[w]]
            yield sorted([joined, *others], key=lambda change: change.start)
    doubtful = [found for found in options.values() if found]
    if doubtful:
        ranked = product(*(range(len(found)) for found in doubtful))
        for places in sorted(islice(ranked, 3**6), key=sum):
            yield [found[place] for found, place in zip(doubtful, places, strict=True)]


def _options(engine: Engine, word: _Typed) -> list[Change]:
    """What may stand in the place of a word, likeliest first."""
    found = corrections(engine, word.word.exact, word.articles, word.field)
    changes = [Change(word.start, word.end, cased(word.text, other)) for other in found]
    if not word.articles and (two := _split(engine, word)):
        changes.insert(0, two)
    return changes


def _split(engine: Engine, word: _Typed) -> Change | None:
    """The two words that were written as one: those of which most articles have the rarer one, if
    any article has them in a row."""
    exact, field = word.word.exact, word.field
    if field in NAMES or not (word.quoted or word.whole) or len(exact) != len(word.text):
        return None
    best = (0, 0)
    for at in range(SHORTEST, len(exact) - SHORTEST + 1):
        halves = [engine.spellings(half, 0, field) for half in (exact[:at], exact[at:])]
        if all(halves):
            best = max(best, (min(half[0].articles for half in halves), at))
    if not best[1]:
        return None
    two = f"{word.text[: best[1]]} {word.text[best[1] :]}"
    row = Phrase(
        tuple(Word(t.stem, t.exact, (field,)) for t in engine.analyser.tokens(two)), (field,)
    )
    if not engine.rank(Query(row), stop=0, size=None).total:
        return None
    in_field = field != "text" and not word.quoted
    return Change(word.start, word.end, f'"{two}"' if in_field else two)


def _joined(engine: Engine, word: _Typed, after: _Typed, typed: str, total: int) -> Change | None:
    """The one word that was written as two, where articles have it and the two say too little."""
    if word.field != after.field or word.quoted != after.quoted:
        return None
    if typed[word.end : after.start].strip() or word.end == after.start:
        return None
    if not (word.quoted or (word.whole and after.whole)):
        return None
    one = engine.spellings(word.word.exact + after.word.exact, 0, word.field)
    if not one:
        return None
    unknown = not (word.articles and after.articles and total)
    if not unknown and one[0].articles < JOINED * total:
        return None
    return Change(word.start, after.end, cased(word.text, one[0].word))


def _changed(typed: str, changes: Sequence[Change]) -> Passage:
    text, at, marks = "", 0, []
    for change in changes:
        text += typed[at : change.start]
        marks.append((len(text), len(text) + len(change.text)))
        text += change.text
        at = change.end
    return Passage(text + typed[at:], tuple(marks))


def cased(typed: str, word: str) -> str:
    """`word` with capitals where `typed` has them."""
    if len(typed) > 1 and typed.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word


# --- what slips cost ------------------------------------------------------------------------------


def cost(typed: str, meant: str) -> float:
    """The least that a row of slips costs by which `meant` becomes `typed`: the optimal string
    alignment distance with weights."""
    rows = [[to + FIRST * bool(to) for to in range(len(meant) + 1)]]
    for at, letter in enumerate(typed, 1):
        row = [at + FIRST]
        for to, other in enumerate(meant, 1):
            first = FIRST if at == 1 or to == 1 else 0.0
            ways = [
                rows[-1][to - 1] + (_another(letter, other) + first if letter != other else 0.0),
                rows[-1][to] + first + (DOUBLED if typed[at - 2 : at - 1] == letter else 1.0),
                row[-1] + first + (DOUBLED if meant[to - 2 : to - 1] == other else LEFT_OUT),
            ]
            if at > 1 and to > 1 and (typed[at - 2], letter) == (other, meant[to - 2]):
                first = FIRST if at == 2 else 0.0
                ways.append(rows[-2][to - 2] + EXCHANGED + first)
            row.append(min(ways))
        rows.append(row)
    return rows[-1][-1]


@cache
def _another(letter: str, other: str) -> float:
    near = {letter, other} <= _VOWELS or _are_neighbours(letter, other)
    return NEIGHBOUR if near else 1.0


def _are_neighbours(letter: str, other: str) -> bool:
    """Whether two keys touch on an English keyboard; each row stands half a key to the right."""
    places = [
        (row, keys.find(key))
        for key in (letter, other)
        for row, keys in enumerate(_ROWS)
        if key in keys
    ]
    if len(places) < 2:
        return False
    (row, at), (other_row, to) = sorted(places)
    if row == other_row:
        return abs(at - to) == 1
    return other_row - row == 1 and at - to in (0, 1)
