"""How what somebody is typing may go on: words of the index, values of facets and headlines.

The last words count. Values of facets are those of which each of the last words begins a word of
the label, of another spelling or of another name; choosing one makes it a filter and takes these
words out of the query. What is derived from a commit is made once and kept until the next.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from heapq import nsmallest
from itertools import chain, islice
from typing import Literal

from searchapp import tag
from searchapp.analyse import Analyser, fold
from searchapp.engine import Engine
from searchapp.model import (
    FACETS,
    NAMES,
    OFFERED,
    All,
    Any,
    BadQuery,
    FacetCounts,
    Node,
    Offered,
    Passage,
    Phrase,
    Prefix,
    Query,
    Search,
    SearchTimeout,
    Suggestion,
    Suggestions,
    Word,
)
from searchapp.query import OPERATORS, check_length
from searchapp.settings import Settings
from searchapp.spelling import cased
from searchapp.tag import lexicons
from searchapp.typed import Typing, typing

LIMIT = 10
"""Suggestions by default."""
LAST = 16
"""Words at the end that are looked at: headlines have hardly more."""
LEAST_LETTERS = 2
"""Letters from which words and headlines are offered: one begins too many."""
LEAST_ALIAS = 3
"""Letters from which a value is offered for a name it does not show: Iran for Persia."""
LEAST_MENDED = 4
"""Letters from which a beginning may be a slip: shorter ones are near to too many."""
MENDED = 3
"""Words tried for one that nothing goes on from."""
SELDOM = 50
"""A word is left out where so many times as many articles have another: it may be a slip."""
MORE = 4
"""So many times the words asked for are fetched, as several may have one stem."""
WORDED = ("text", "title", *NAMES)
"""Fields that have words."""
EVERY_VALUE = 10**9
NAMES_REMEMBERED = 50_000
"""Values whose words are remembered from one commit to the next: some 20 MB."""

FacetName = Literal["country", "person", "topic"]

_LETTERS = re.compile(r"[^\W_]+")


class Suggester:
    """What is offered from an engine. Threads may share it."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self._made: _Derived | None = None

    def suggest(self, q: str, limit: int = LIMIT) -> Suggestions:
        """At most `limit` suggestions; of several kinds each gets its share. Raises BadQuery where
        `q` is over a limit."""
        check_length(q, self.settings)
        found = typing(q)
        if found is None or limit < 1:
            return Suggestions(q)
        asked = _Asked.of(q, found)
        if asked is None:
            return Suggestions(q)
        offers = self._offers(asked, limit)
        mended = not any(offers.values()) and not self._is_known(asked)
        if mended:
            offers = self._mended(asked, limit)
        items = _balanced([offers[kind] for kind in OFFERED], limit)
        return Suggestions(q, items, mended and bool(items))

    def _offers(self, asked: _Asked, limit: int) -> dict[Offered, list[Suggestion]]:
        offers = {
            "word": self._words(asked, limit),
            "country": self._values("country", asked, limit),
            "person": self._values("person", asked, limit),
            "topic": self._values("topic", asked, limit),
            "title": self._titles(asked, limit),
        }
        return {kind: list(islice(offers[kind], limit)) for kind in OFFERED}

    def _mended(self, asked: _Asked, limit: int) -> dict[Offered, list[Suggestion]]:
        """What goes on from words that begin nearly as the last one does."""
        near: Sequence[tuple[str, int]] = ()
        if len(asked.last) >= LEAST_MENDED and asked.typing.is_open:
            near = self.engine.words(asked.last, MENDED, 1, asked.field)
        offers = [self._offers(asked.mended(word), limit) for word, _ in near]
        return {
            kind: self._different(chain.from_iterable(each[kind] for each in offers))
            for kind in OFFERED
        }

    def _is_known(self, asked: _Asked) -> bool:
        """Whether words of the index begin so, though nothing goes on from it."""
        return bool(self.engine.words(asked.last, 1, field=asked.field))

    def _different(self, suggestions: Iterable[Suggestion]) -> list[Suggestion]:
        """The first of each value, and of words with one stem."""
        first: dict[str, Suggestion] = {}
        for each in suggestions:
            first.setdefault(self._stem(each.value) if each.kind == "word" else each.value, each)
        return list(first.values())

    # kinds

    def _words(self, asked: _Asked, limit: int) -> Iterator[Suggestion]:
        """Of words with one stem the commonest; not the word that is there already."""
        name = asked.typing.field or "text"
        if name not in WORDED or not asked.typing.is_open or len(asked.last) < LEAST_LETTERS:
            return
        stem = _whole if name in NAMES else self._stem
        seen = set() if asked.is_mended else {stem(asked.last)}
        words = self.engine.words(asked.last, MORE * limit, field=name)
        most = max((articles for _, articles in words), default=0)
        for word, articles in words:
            if stem(word) in seen or SELDOM * articles < most:
                continue
            seen.add(stem(word))
            if not self._is_joined(word, articles, name):
                label = Passage(word, () if asked.is_mended else ((0, len(asked.last)),))
                yield Suggestion("word", word, label, articles, self._search(asked.with_last(word)))

    def _stem(self, word: str) -> str:
        return next((token.stem for token in self.engine.analyser.tokens(word)), word)

    def _values(self, facet: FacetName, asked: _Asked, limit: int) -> Iterator[Suggestion]:
        """Those of most of the last words; what stands before these stays in the query."""
        typing = asked.typing
        if typing.excluded or typing.is_nested or typing.field not in (None, facet):
            return
        values = self._derived().values[facet]
        for first in asked.beginnings():
            kept, words = asked.before(first), asked.words[first:]
            if kept is None or not (found := values.find(words, typing.is_open, limit)):
                continue
            for value in found:
                label = _marked(value.label, words)
                search = self._search(kept, {facet: (value.value,)})
                yield Suggestion(facet, value.value, label, value.articles, search)
            return

    def _titles(self, asked: _Asked, limit: int) -> Iterator[Suggestion]:
        """Of articles with one headline the best, as a search for its words has them."""
        typing = asked.typing
        if not typing.is_alone or typing.field not in (None, "title"):
            return
        if typing.excluded or len(asked.last) < LEAST_LETTERS:
            return
        root = _in_title(self.engine.analyser, asked.words, typing.is_open)
        try:
            hits = self.engine.rank(Query(root), stop=2 * limit, size=None).hits
        except (BadQuery, SearchTimeout):  # too many words begin so
            return
        seen = set()
        for tagged in self.engine.get([id_ for id_, _ in hits], whole=False):
            if tagged and tagged.article.title not in seen:
                seen.add(tagged.article.title)
                label = _marked(tagged.article.title, asked.words)
                yield Suggestion("title", tagged.article.id, label, None, None)

    def _search(self, q: str, chosen: Mapping[str, tuple[str, ...]] | None = None) -> Search:
        return Search(
            q=q,
            chosen=chosen or {},
            per_page=self.settings.per_page,
            facet_size=self.settings.facet_size,
        )

    def _is_joined(self, word: str, articles: int, field: str) -> bool:
        """Whether a word is there only for two with a hyphen between, which are indexed as one,
        too: "iraniraq". All articles with it then have the two in a row."""
        known = self._derived().joined
        if (word, field) not in known:
            known[word, field] = any(
                self._has_row(word[:at], word[at:], articles, field) for at in range(1, len(word))
            )
        return known[word, field]

    def _has_row(self, first: str, second: str, articles: int, field: str) -> bool:
        """Whether so many articles have two words in a row."""
        for half in (first, second):
            same = self.engine.spellings(half, 0, field)
            if not same or same[0].articles < articles:
                return False
        pair = (
            Word(self._stem(first), first, (field,)),
            Word(self._stem(second), second, (field,)),
        )
        row = Phrase(pair, (field,))
        return self.engine.rank(Query(row), stop=0, size=None).total >= articles

    def _derived(self) -> _Derived:
        """Made once for a commit and what the owner adds to names."""
        key = (self.engine.generation(), lexicons.added_digest())
        made = self._made
        if made is None or made.key != key:
            facets = self.engine.rank(Query(), stop=0, size=EVERY_VALUE).facets
            values = {facet: _Values.of(facet, facets[facet]) for facet in FACETS}
            made = self._made = _Derived(key, values)
        return made


@dataclass(frozen=True, slots=True)
class _Derived:
    """What is derived from a commit: the values of each facet, and of words that were offered
    whether they are two."""

    key: tuple[int, str]
    values: Mapping[str, _Values]
    joined: dict[tuple[str, str], bool] = field(default_factory=dict)


def _whole(word: str) -> str:
    return word


def _in_title(analyser: Analyser, words: Sequence[str], is_open: bool) -> Node:
    """Articles whose headline has all the words, the last of which may go on where it is open."""
    parts: list[Node] = [
        Word(token.stem, token.exact, ("title",))
        for word in words
        for token in analyser.tokens(word)
    ]
    if is_open and parts:
        parts[-1] = Any((parts[-1], Prefix(words[-1], ("title",))))
    return All(tuple(parts))


def _balanced(kinds: Sequence[Sequence[Suggestion]], limit: int) -> tuple[Suggestion, ...]:
    """The first of each kind, the second of each, and so on up to `limit`; kind after kind."""
    turns = sorted((turn, place) for place, kind in enumerate(kinds) for turn in range(len(kind)))
    return tuple(kinds[place][turn] for place, turn in sorted((p, t) for t, p in turns[:limit]))


# --- what is being typed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """The last words of `text`, folded, and where each begins with what belongs to it.

    `last_at`: where the letters of the last one begin.
    """

    text: str
    typing: Typing
    words: tuple[str, ...]
    begins: tuple[int, ...]
    last_at: int
    is_mended: bool = False

    @classmethod
    def of(cls, text: str, typing: Typing) -> _Asked | None:
        """None where the last of them has no letter or digit at its end."""
        words, begins, last = [], [], ""
        for (start, end), begin in list(zip(typing.words, typing.begins, strict=True))[-LAST:]:
            for match in _LETTERS.finditer(text, start, end):
                words.append(fold(match.group()))
                begins.append(begin)
                last_at, last_end = match.span()
                last = words[-1]
        if not last or last_end != typing.words[-1][1]:
            return None
        return cls(text, typing, tuple(words), tuple(begins), last_at)

    @property
    def last(self) -> str:
        return self.words[-1]

    @property
    def field(self) -> str:
        """Where words are looked for that the last may be a slip of."""
        return self.typing.field if self.typing.field in NAMES else "text"

    def mended(self, word: str) -> _Asked:
        """The same with another last word."""
        return replace(self, words=(*self.words[:-1], word), is_mended=True)

    def beginnings(self) -> list[int]:
        """The words from which on all may be one name, the first first."""
        return [at for at, begin in enumerate(self.begins) if begin not in self.begins[:at]]

    def before(self, first: int) -> str | None:
        """The query without the words from `first` on; None where it would mean something else."""
        kept = self.text[: self.begins[first]].rstrip()
        last = (kept.split() or [""])[-1]
        match OPERATORS.get(last):
            case "AND":
                return kept.removesuffix(last).rstrip()
            case "OR" | "NOT":
                return None
        return kept

    def with_last(self, word: str) -> str:
        """The query with the last word completed."""
        typed = self.text[self.last_at : self.typing.words[-1][1]]
        return self.text[: self.last_at] + cased(typed, word) + '"' * self.typing.quoted


# --- values of facets -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Value:
    value: str
    label: str
    articles: int


class _Values:
    """The values of one facet, most articles first, by the words of their names."""

    def __init__(self, values: Sequence[_Value], names: _Named, others: _Named) -> None:
        """`others` have their other names, too."""
        self.values = values
        self.names = names
        self.others = others

    @classmethod
    def of(cls, facet: str, counts: FacetCounts) -> _Values:
        values = [_Value(value, tag.label(facet, value), n) for value, n in counts.values]
        names = [(each.label, *counts.variants.get(each.value, ())) for each in values]
        aliases = tag.aliases(facet)
        others = [
            (*of, *aliases[each.value]) if each.value in aliases else ()
            for each, of in zip(values, names, strict=True)
        ]
        return cls(values, _Named(names), _Named(others))

    def find(self, words: Sequence[str], is_open: bool, limit: int) -> list[_Value]:
        """Those of which every word begins a word of a name, the last being one if not open; those
        that are meant by another name alone stand behind."""
        found = self.names.find(words, is_open)
        places = nsmallest(limit, found)
        if len(places) < limit and len(words[-1]) >= LEAST_ALIAS:
            also = self.others.find(words, is_open) - found
            places += nsmallest(limit - len(places), also)
        return [self.values[place] for place in places]


class _Named:
    """Places of values by the words of what they are called."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """`names`: of each value all its names."""
        self.words = [_name_words(tuple(of)) for of in names]
        self.places = sorted((word, place) for place, of in enumerate(self.words) for word in of)

    def find(self, words: Sequence[str], is_open: bool) -> set[int]:
        """Where every word begins a word, and the last one is one if it is not open."""
        *others, last = words
        stop = last + chr(sys.maxunicode) if is_open else f"{last}\0"
        first, end = (bisect_left(self.places, (word,)) for word in (last, stop))
        found = {place for _, place in self.places[first:end]}
        return {place for place in found if self._has(place, others)} if others else found

    def _has(self, place: int, words: Sequence[str]) -> bool:
        return all(any(one.startswith(word) for one in self.words[place]) for word in words)


@lru_cache(NAMES_REMEMBERED)
def _name_words(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_words(" ".join(names)))


def _words(text: str) -> list[str]:
    return [fold(match.group()) for match in _LETTERS.finditer(text)]


def _marked(label: str, words: Sequence[str]) -> Passage:
    """`label`, and in each of its words what was typed of it."""
    marks = []
    for match in _LETTERS.finditer(label):
        folded = fold(match.group())
        if typed := max((word for word in words if folded.startswith(word)), key=len, default=""):
            marks.append((match.start(), match.start() + _size(match.group(), typed)))
    return Passage(label, tuple(marks))


def _size(word: str, beginning: str) -> int:
    """How many characters of `word` it takes to begin, folded, with `beginning`."""
    return next(
        (size for size in range(1, len(word)) if fold(word[:size]).startswith(beginning)), len(word)
    )
