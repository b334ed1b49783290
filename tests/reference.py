"""The engine protocol by brute force: every article looked at for every question, no index.

What it finds and counts is what the words of the protocol say, read literally. It does not score:
scores are compared with Whoosh's own searcher.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import product
from typing import Self

import numpy as np

from searchapp import copies, variants
from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine import CORRECTION, SPELLINGS, UNSEEN, Known, Spelling, stopwords
from searchapp.model import (
    BEGINNING,
    FACETS,
    All,
    Any,
    Cursor,
    DateCounts,
    Dated,
    Explanation,
    FacetCounts,
    Fuzzy,
    HasValue,
    Near,
    Neighbour,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    Ranking,
    Sort,
    Stats,
    Tagged,
    Tags,
    Wildcard,
    Word,
)


class ReferenceEngine:
    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser
        self._articles: dict[str, Tagged] = {}
        self._commits = 0

    def known(self) -> Mapping[str, Known]:
        return {id_: Known(t.article.digest, t.article.origin) for id_, t in self._articles.items()}

    def write(self, articles: Iterable[Tagged], gone: Collection[str] = ()) -> None:
        fresh = list(articles)
        for id_ in gone:
            self._articles.pop(id_, None)
        self._articles |= {tagged.article.id: tagged for tagged in fresh}
        self._commits += 1

    def rank(
        self,
        query: Query,
        sort: Sort = "relevance",
        start: int = 0,
        stop: int = 10,
        size: int | None = 10,
        after: Cursor | None = None,
    ) -> Ranking:
        matching = self._matching(query)
        found = [t for t in matching if _passes(t, query, FACETS)]
        counts = {
            facet: _counts(
                self._articles.values(),
                [t for t in matching if _passes(t, query, set(FACETS) - ({facet} - query.all_of))],
                query.column(facet),
                size,
                query.chosen.get(facet, frozenset()) | query.excluded.get(facet, frozenset()),
            )
            for facet in (FACETS if size is not None else ())
        }
        ordered = [(_key(sort, 0.0, t.article.date, t.article.id), t) for t in found]
        ordered.sort(key=lambda pair: pair[0])
        stories = self._stories() if query.grouped else {}
        if query.grouped:
            first: dict[int, tuple[tuple[float, bool, int, str], Tagged]] = {}
            for key, t in ordered:
                first.setdefault(stories[t.article.id], (key, t))
            ordered = list(first.values())
        listed = len(ordered)
        if after:
            place = _key(sort, after.score, after.date, after.id)
            ordered = [(key, t) for key, t in ordered if key > place]
        before = min(start, len(ordered)) + listed - len(ordered)
        page = [t.article for _, t in ordered[start:stop]]
        more = page and before + len(page) < listed
        following = Cursor(0.0, page[-1].date, page[-1].id) if more else None
        hits = tuple((article.id, 0.0) for article in page)
        if not query.grouped:
            return Ranking(len(found), hits, counts, before, following)
        sizes = Counter(stories[t.article.id] for t in found)
        similar = tuple(sizes[stories[article.id]] - 1 for article in page)
        return Ranking(len(found), hits, counts, before, following, listed, similar)

    def _matching(self, query: Query) -> list[Tagged]:
        """Before dates and facets."""
        articles = list(self._articles.values())
        if query.copies_of:
            wanted = {query.copies_of, *self.copies(query.copies_of)}
            articles = [t for t in articles if t.article.id in wanted]
        return [t for t in articles if self.matches(t, query.root)]

    def copies(self, id_: str) -> Sequence[str]:
        stories = self._stories()
        found = [
            tagged.article
            for other, tagged in self._articles.items()
            if id_ in stories and other != id_ and stories[other] == stories[id_]
        ]
        found.sort(key=lambda article: _key("oldest", 0.0, article.date, article.id))
        return [article.id for article in found]

    def _stories(self) -> Mapping[str, int]:
        """Of each article the number of its story, which its copies have, too."""
        sketches = [self._sketch(tagged) for tagged in self._articles.values()]
        numbers = copies.groups(copies.Sketches.joined(sketches))
        return dict(zip(self._articles, numbers.tolist(), strict=True))

    def _sketch(self, tagged: Tagged) -> copies.Sketches:
        text, head = self._words(tagged, "text"), self._words(tagged, "title")
        words = copies.word_hashes(exact for exact, _, _ in text)
        return copies.sketch(words, np.array([len(text)]), np.array([len(head)]))

    def explain(
        self, query: Query, ids: Sequence[str], sort: Sort = "relevance"
    ) -> list[Explanation | None]:
        """It does not score, so there is nothing to explain but what is not found."""
        query = replace(query, grouped=False)
        found = {id_ for id_, _ in self.rank(query, sort, stop=len(self._articles)).hits}
        return [Explanation("score", 0.0) if id_ in found else None for id_ in ids]

    def every(
        self, query: Query, sort: Sort = "relevance", whole: bool = True
    ) -> Iterator[tuple[Tagged, float]]:
        hits = self.rank(replace(query, grouped=False), sort, 0, len(self._articles)).hits
        found = self.get([id_ for id_, _ in hits], whole)
        return iter([(tagged, 0.0) for tagged in found if tagged])

    def similar(self, id_: str, size: int = 10) -> list[Neighbour]:
        """It does not score, so nothing is more like an article than anything else."""
        return []

    def dates(self, query: Query) -> DateCounts:
        found = [
            t.article.date
            for t in self._matching(query)
            if _passes(t, replace(query, dated=None), FACETS)
        ]
        days = Counter(date for date in found if date)
        return DateCounts(tuple(sorted(days.items())), len(found) - days.total())

    def values(self, column: str) -> Sequence[str]:
        return list({value for t in self._articles.values() for value in _values(t, column)})

    def having(self, column: str, value: str) -> frozenset[str]:
        wanted = _keys(column, [value])
        return frozenset(
            id_ for id_, t in self._articles.items() if wanted & _keys(column, _values(t, column))
        )

    def words(
        self, start: str, limit: int, edits: int = 0, field: str = "text"
    ) -> Sequence[tuple[str, int]]:
        stop = stopwords.of(self.analyser)
        counted = Counter(self._articles_of(field))
        found = [
            (word, count)
            for word, count in counted.items()
            if word not in stop
            and not any(map(str.isdigit, word))
            and word[:1] == start[:1]
            and any(edits_between(start, word[:size]) <= edits for size in range(len(word) + 1))
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def spellings(self, word: str, edits: int, field: str = "text") -> Sequence[Spelling]:
        found = [
            Spelling(other, far, count)
            for other, count in Counter(self._articles_of(field)).items()
            if (far := edits_between(word, other)) <= edits
        ]
        found.sort(key=lambda spelling: (spelling.edits, -spelling.articles, spelling.word))
        return [
            spelling
            for far in range(edits + 1)
            for spelling in [one for one in found if one.edits == far][:SPELLINGS]
        ]

    def generation(self) -> int:
        return self._commits or -1

    def _articles_of(self, field: str) -> Iterable[str]:
        """Each word of a field once for each article that has it."""
        for tagged in self._articles.values():
            yield from set(self._forms(tagged, (field,)))

    def get(self, ids: Sequence[str], whole: bool = True) -> list[Tagged | None]:
        found = [self._articles.get(id_) for id_ in ids]
        return found if whole else [tagged and _beginning(tagged) for tagged in found]

    def commit(self) -> str:
        return f"{self._commits:016x}" if self._commits else ""

    def frozen(self, commit: str = "") -> Self | None:
        """Of the newest commit alone: it keeps no other."""
        return self if commit in ("", self.commit()) else None

    def stats(self) -> Stats:
        dated = sum(t.article.date is not None for t in self._articles.values())
        return Stats(len(self._articles), dated, 1, 0, 0, self.analyser.fingerprint)

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        self._articles = {}

    def matches(self, tagged: Tagged, node: Node) -> bool:
        """Whether an article matches a tree, word by word."""
        match node:
            case Word():
                return any(self._has(tagged, name, (node,)) for name in node.fields)
            case Phrase():
                return any(self._has(tagged, name, node.words) for name in node.fields)
            case Near():
                return any(self._has_near(tagged, name, node) for name in node.fields)
            case Prefix(start):
                return any(exact.startswith(start) for exact in self._forms(tagged, node.fields))
            case Wildcard(pattern):
                return any(is_pattern_of(pattern, e) for e in self._forms(tagged, node.fields))
            case Fuzzy(word, edits):
                forms = self._forms(tagged, node.fields)
                return any(edits_between(word, exact) <= edits for exact in forms)
            case HasValue(column, values):
                return bool(_keys(column, values) & _keys(column, tagged.tags.values(column)))
            case Dated():
                return _in_range(tagged, node)
            case Not(part):
                return not self.matches(tagged, part)
            case All(parts):
                return all(self.matches(tagged, part) for part in parts)
            case Any(parts):
                return any(self.matches(tagged, part) for part in parts)

    def _has(self, tagged: Tagged, name: str, words: tuple[Word, ...]) -> bool:
        names = name in ("person", "source")
        here = {
            (exact if names else stem, position)
            for exact, stem, position in self._words(tagged, name)
        }
        wanted = [word.exact if names else word.stem for word in words]
        return any(
            all((term, first + step) in here for step, term in enumerate(wanted))
            for _, first in here
        )

    def _has_near(self, tagged: Tagged, name: str, near: Near) -> bool:
        """Every choice of a place for each word."""
        names = name in ("person", "source")
        wanted = {word.exact if names else word.stem for word in near.words}
        places = [
            [
                p
                for exact, stem, p in self._words(tagged, name)
                if (exact if names else stem) == term
            ]
            for term in wanted
        ]
        reach = len(wanted) - 1 + near.distance
        return any(max(chosen) - min(chosen) <= reach for chosen in product(*places))

    def _forms(self, tagged: Tagged, names: Iterable[str]) -> list[str]:
        return [exact for name in names for exact, _, _ in self._words(tagged, name)]

    def _words(self, tagged: Tagged, name: str) -> list[tuple[str, str, int]]:
        article = tagged.article
        text = {
            "text": f"{article.headline}{PARAGRAPH}{article.body}",
            "title": article.headline,
            "source": article.source or "",
            "person": PARAGRAPH.join(dict.fromkeys(t.value for t in tagged.tags.person)),
        }[name]
        return [(t.exact, t.stem, t.position) for t in self.analyser.tokens(text)]


def _passes(tagged: Tagged, query: Query, facets: Collection[str]) -> bool:
    """Whether it passes the dates, every exclusion, and the chosen values of `facets`."""
    if query.dated and not _in_range(tagged, query.dated):
        return False
    held = {facet: _keys(facet, tagged.tags.values(query.column(facet))) for facet in FACETS}
    if any(held[facet] & _keys(facet, values) for facet, values in query.excluded.items()):
        return False
    return all(
        (all if facet in query.all_of else any)(key in held[facet] for key in _keys(facet, values))
        for facet, values in query.chosen.items()
        if values and facet in facets
    )


def _beginning(tagged: Tagged) -> Tagged:
    body = tagged.article.body[:BEGINNING]
    tags = {f: tuple(replace(t, spans=()) for t in tagged.tags.of(f)) for f in FACETS}
    return Tagged(replace(tagged.article, body=body, original=""), Tags(**tags))


def _values(tagged: Tagged, column: str) -> tuple[str, ...]:
    if column in (CORRECTION, UNSEEN):
        if tagged.corrected is None:
            return ()
        return tagged.corrected.by if column == CORRECTION else tagged.corrected.unseen
    return tagged.tags.values(column)


def _keys(facet: str, values: Iterable[str]) -> set[str]:
    return {variants.key(facet, value) for value in values}


def _in_range(tagged: Tagged, dated: Dated) -> bool:
    date = tagged.article.date
    if date is None:
        return False
    return (dated.start is None or dated.start <= date) and (dated.end is None or date <= dated.end)


def _counts(
    everything: Iterable[Tagged],
    articles: Sequence[Tagged],
    column: str,
    size: int | None,
    listed: frozenset[str],
) -> FacetCounts:
    spellings = _spellings(everything, column)
    counter = Counter(key for t in articles for key in _keys(column, t.tags.values(column)))
    named = Counter({spellings[key][0]: count for key, count in counter.items()})
    also = {spellings.get(variants.key(column, value), (value,))[0] for value in listed}
    ranked = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    top = dict(ranked[:size]) | {value: named[value] for value in also}
    values = tuple(sorted(top.items(), key=lambda pair: (-pair[1], pair[0])))
    several = {
        group[0]: group for group in spellings.values() if len(group) > 1 and group[0] in top
    }
    return FacetCounts(values, named.total() - sum(top.values()), len(named), several)


def _spellings(articles: Iterable[Tagged], column: str) -> dict[str, tuple[str, ...]]:
    """By their key the spellings of each value, commonest first."""
    counter = Counter(value for t in articles for value in t.tags.values(column))
    ranked = sorted(counter, key=lambda value: (-counter[value], value))
    groups: dict[str, tuple[str, ...]] = {}
    for value in ranked:
        key = variants.key(column, value)
        groups[key] = (*groups.get(key, ()), value)
    return groups


def _key(
    sort: Sort, score: float, date: datetime.date | None, id_: str
) -> tuple[float, bool, int, str]:
    days = date.toordinal() if date else 0
    by_score = -score if sort == "relevance" else 0.0
    return (by_score, date is None, days if sort == "oldest" else -days, id_)


# --- words that are like others -----------------------------------------------------------------


def is_pattern_of(pattern: str, word: str) -> bool:
    """Whether `word` is `pattern`, which has nothing but letters, ? and *."""
    return fnmatchcase(word, pattern)


@lru_cache(100_000)
def edits_between(word: str, other: str) -> int:
    """The optimal string alignment distance, by its definition."""
    if not word or not other:
        return len(word) + len(other)
    ways = [
        edits_between(word[:-1], other) + 1,
        edits_between(word, other[:-1]) + 1,
        edits_between(word[:-1], other[:-1]) + (word[-1] != other[-1]),
    ]
    if len(word) > 1 and word[-2:] == other[:-3:-1]:
        ways.append(edits_between(word[:-2], other[:-2]) + 1)
    return min(ways)
