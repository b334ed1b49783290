"""Query trees evaluated on arrays: matching, BM25F, facet counts, order.

Segment by segment (a `Leaf`), with what is known of the whole index in the scores. A set of
matches is a pair of arrays: document numbers of the leaf, ascending int64, and their scores,
float32, or None where nothing scores. `match` finds what a node matches; `narrow` which of given
documents it matches, which is quicker where few are left, so that conjunctions begin with what is
rarest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from searchapp.engine.postings import Ints, Term
from searchapp.engine.segment import Field
from searchapp.engine.snapshot import Column, Floats, Leaf, Mask, Snapshot
from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import (
    FACETS,
    NAMES,
    All,
    BadQuery,
    Dated,
    FacetCounts,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    SearchTimeout,
    Sort,
    Wildcard,
    Word,
)
from searchapp.model import Any as AnyOf

Matches = tuple[Ints, Floats | None]
Narrowed = tuple[Ints, Floats | None]
"""Positions in the documents given, ascending, and the scores of those documents."""

K1 = 1.2
B = 0.75
"""The constants of BM25, at the values Robertson & Zaragoza (2009, 3.4.1) and Lucene use."""
EXACT = 0.25
"""Weight of the typed form beside the stem, which every article with that form has too."""
HEADLINE = 1.0
"""An occurrence in the headline, which is part of the text, counts so many times more."""
TITLE = 0.25
"""Weight of standing in the headline at all."""
_NOTHING: Ints = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may cost. `clock` is the monotonic clock, in seconds."""

    deadline: float = float("inf")
    seconds: float = float("inf")
    expansions: int = 1024
    clock: Callable[[], float] = time.monotonic

    def check(self) -> None:
        """Raises SearchTimeout past the deadline."""
        if self.clock() > self.deadline:
            raise SearchTimeout.of(self.seconds)


# --- formulas -------------------------------------------------------------------------------------


def idf(size: int, frequency: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), as Lucene has it: never negative, and next to nothing for
    a word that every article has, where Whoosh's ln(N / (n + 1)) + 1 still gives it 1.
    """
    return float(np.log1p((size - frequency + 0.5) / (frequency + 0.5)))


def saturated(tf: Floats, norm: Floats) -> Floats:
    """Robertson & Zaragoza (2009), equation 3.15, without the idf: how much tf occurrences count in
    a document whose length gives it `norm`. At most K1 + 1."""
    scores: Floats = tf * np.float32(K1 + 1)
    scores /= tf + norm
    return scores


def norm(lengths: NDArray[Any], average: float) -> Floats:
    """K1 · ((1 - B) + B · length / average), one a document."""
    return (K1 * (1 - B) + lengths.astype(np.float32) * np.float32(K1 * B / average)).astype(
        np.float32
    )


# --- one search -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """One search of one commit, and what it has looked up."""

    snapshot: Snapshot
    budget: Budget
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much the words with an exact form count in the text, where that is not once."""
    memo: dict[Any, Any] = field(default_factory=dict)
    _found: dict[tuple[int, str, str, bool], int | None] = field(default_factory=dict)
    _idf: dict[tuple[str, str, bool], float] = field(default_factory=dict)

    def ordinal(self, leaf: Leaf, name: str, term: str, exact: bool = False) -> int | None:
        """Where a term (or, in a field of stems, an exact form) stands in a leaf's vocabulary."""
        key = (id(leaf), name, term, exact)
        if key not in self._found:
            of = leaf.field(name)
            self._found[key] = (of.forms if exact else of.terms).find(term)
        return self._found[key]

    def frequency(self, name: str, term: str, exact: bool = False) -> int:
        """The documents with a term, deleted ones included."""
        df = 0
        for leaf in self.snapshot.leaves:
            if (at := self.ordinal(leaf, name, term, exact)) is not None:
                of = leaf.field(name)
                df += int((of.form_df if exact else of.df)[at])
        return df

    def occurrences(self, name: str, term: str) -> int:
        """How often a term stands in all documents, deleted ones included."""
        found = ((leaf, self.ordinal(leaf, name, term)) for leaf in self.snapshot.leaves)
        return sum(int(leaf.field(name).cf[at]) for leaf, at in found if at is not None)

    def idf(self, name: str, term: str, exact: bool = False) -> float:
        key = (name, term, exact)
        if key not in self._idf:
            self._idf[key] = idf(self.snapshot.size, self.frequency(name, term, exact))
        return self._idf[key]

    def forms(
        self, name: str, typed: str, find: Callable[[Vocabulary], Iterable[int]]
    ) -> dict[int, list[int]]:
        """The exact forms of a field that `find` finds, by the identity of each leaf. Raises
        BadQuery where there are too many of what was `typed`."""
        key = ("forms", name, typed)
        if key not in self.memo:
            found: dict[int, list[int]] = {}
            for leaf in self.snapshot.leaves:
                self.budget.check()
                found[id(leaf)] = list(find(leaf.field(name).forms))
            self.check_number(name, typed, found)
            self.memo[key] = found
        return cast(dict[int, list[int]], self.memo[key])

    def check_number(self, name: str, typed: str, found: Mapping[int, Sequence[int]]) -> None:
        """Raises BadQuery where the forms found, of each leaf, are too many different words."""
        limit = self.budget.expansions
        most = max(map(len, found.values()), default=0)
        if most <= limit < sum(map(len, found.values())):
            words = {
                leaf.field(name).forms.term(form)
                for leaf in self.snapshot.leaves
                for form in found[id(leaf)]
            }
            most = len(words)
        if most > limit:
            raise BadQuery(
                f"“{typed}” stands for more than {limit:,} words (max_expansions); "
                "type more letters"
            )

    def weight(self, word: Word, name: str) -> float:
        return self.weights.get(word.exact, 1.0) if name == "text" else 1.0

    def term(self, leaf: Leaf, name: str, term: str) -> Term | None:
        at = self.ordinal(leaf, name, term)
        return None if at is None else leaf.field(name).term(at)

    def norms(self, leaf: Leaf, name: str) -> Floats:
        """One a document of the leaf."""
        return leaf.norms(name, lambda leaf: norm(self.lengths(leaf, name), self.average(name)))

    def lengths(self, leaf: Leaf, name: str) -> NDArray[Any]:
        """Tokens of each document of the leaf, those of the headline as often as they count."""
        lengths: NDArray[Any] = leaf.field(name).lengths
        if name == "text":
            lengths = lengths + np.float32(HEADLINE) * leaf.field("title").lengths
        return lengths

    def average(self, name: str) -> float:
        """The average of all lengths; 1 where all are 0."""
        total = float(self.snapshot.total_length(name))
        if name == "text":
            total += HEADLINE * self.snapshot.total_length("title")
        return total / self.snapshot.size or 1.0


# --- matching -------------------------------------------------------------------------------------


def match(run: Run, leaf: Leaf, node: Node) -> Matches:
    """The documents that `node` matches, deleted ones among them, and their scores."""
    run.budget.check()
    match node:
        case Word():
            return _union(leaf, [_word(run, leaf, node, name) for name in node.fields])
        case Phrase():
            return _union(leaf, [_phrase(run, leaf, node, name) for name in node.fields])
        case Near():
            return _union(leaf, [_near(run, leaf, node, name) for name in node.fields])
        case Prefix() | Wildcard():
            return _union(leaf, [_pattern(run, leaf, node, name) for name in node.fields])
        case Fuzzy():
            return _union(leaf, [_fuzzy(run, leaf, node, name) for name in node.fields])
        case HasValue(name, values):
            return np.flatnonzero(leaf.having(name, values)), None
        case Dated():
            return np.flatnonzero(_dated(leaf, node)), None
        case Not(part):
            keep = np.ones(leaf.size, np.bool_)
            keep[match(run, leaf, part)[0]] = False
            return np.flatnonzero(keep), None
        case All(parts):
            return _all(run, leaf, parts)
        case AnyOf(parts):
            return _union(leaf, [match(run, leaf, part) for part in parts])


def narrow(run: Run, leaf: Leaf, node: Node, docs: Ints) -> Narrowed:
    """Which of `docs` the node matches, and the scores of those."""
    run.budget.check()
    match node:
        case Word(fields=(name,)):
            return _word_among(run, leaf, node, name, docs)
        case HasValue(name, values):
            return np.flatnonzero(leaf.having(name, values)[docs]), None
        case Dated():
            return np.flatnonzero(_dated(leaf, node)[docs]), None
        case Not(part):
            keep = np.ones(len(docs), np.bool_)
            keep[narrow(run, leaf, part, docs)[0]] = False
            return np.flatnonzero(keep), None
        case All(parts):
            return _narrow_all(run, leaf, parts, docs)
        case _:
            found, scores = match(run, leaf, node)
            at, row = locate(found, docs, leaf.size)
            return at, None if scores is None else scores[row]


def _all(run: Run, leaf: Leaf, parts: Sequence[Node]) -> Matches:
    """What every part matches; a document's score is the sum over the parts."""
    if not parts:
        return np.arange(leaf.size), None
    first, *rest = sorted(parts, key=lambda part: _cost(run, leaf, part))
    docs, scores = match(run, leaf, first)
    at, more = _narrow_all(run, leaf, rest, docs)
    if len(at) < len(docs):
        docs, scores = docs[at], None if scores is None else scores[at]
    return docs, _added(scores, more)


def _narrow_all(run: Run, leaf: Leaf, parts: Sequence[Node], docs: Ints) -> Narrowed:
    at: Ints = np.arange(len(docs))
    scores: Floats | None = None
    for part in sorted(parts, key=lambda part: _cost(run, leaf, part)):
        if not len(at):
            break
        kept, more = narrow(run, leaf, part, docs[at] if len(at) < len(docs) else docs)
        if len(kept) < len(at):
            at, scores = at[kept], None if scores is None else scores[kept]
        scores = _added(scores, more)
    return at, scores


def _added(scores: Floats | None, more: Floats | None) -> Floats | None:
    if scores is None or more is None:
        return more if scores is None else scores
    return scores + more


def _cost(run: Run, leaf: Leaf, node: Node) -> int:
    """About how many documents a node matches: what a conjunction begins with is the rarest."""
    match node:
        case Word():
            return sum(_frequency(run, leaf, node, name) for name in node.fields)
        case Phrase(words) | Near(words):
            return min((_cost(run, leaf, word) for word in words), default=0)
        case AnyOf(parts):
            return sum(_cost(run, leaf, part) for part in parts)
        case All(parts) if parts:
            return min(_cost(run, leaf, part) for part in parts)
        case Prefix() | Wildcard() | Fuzzy():
            return leaf.size // 2
        case _:
            return leaf.size


def _frequency(run: Run, leaf: Leaf, word: Word, name: str) -> int:
    at = run.ordinal(leaf, name, term_of(word, name))
    return 0 if at is None else int(leaf.field(name).df[at])


def term_of(word: Word, name: str) -> str:
    """What stands for a word in a field."""
    return word.exact if name in NAMES else word.stem


# --- words ----------------------------------------------------------------------------------------


def _word(run: Run, leaf: Leaf, word: Word, name: str) -> Matches:
    term = run.term(leaf, name, term_of(word, name))
    if term is None:
        return _NOTHING, None
    if not run.weight(word, name):
        return term.docs, None
    return term.docs, _scored(run, leaf, word, name, term, term.docs, term.tf, None)


def _word_among(run: Run, leaf: Leaf, word: Word, name: str, docs: Ints) -> Narrowed:
    term = run.term(leaf, name, term_of(word, name))
    if term is None:
        return _NOTHING, None
    tf: NDArray[Any] | None
    if (dense := term.dense) is not None:
        found = dense.take(docs)
        at = np.flatnonzero(found)
        tf, rows = found[at], docs[at]
    else:
        at, rows = locate(term.docs, docs, leaf.size)
        tf = None if term.tf is None else term.tf[rows]
    if not run.weight(word, name):
        return at, None
    return at, _scored(run, leaf, word, name, term, docs[at], tf, rows)


def _scored(
    run: Run,
    leaf: Leaf,
    word: Word,
    name: str,
    term: Term,
    docs: Ints,
    tf: NDArray[Any] | None,
    rows: Ints | None,
) -> Floats:
    """Scores of `docs`, which have the term `tf` times; `rows` says which of its postings (of a
    dense term: which documents) they are, None for all."""
    counts = np.ones(len(docs), np.float32) if tf is None else tf.astype(np.float32)
    headlines = add_headline(run, leaf, word.stem, docs, counts) if name == "text" else _NOTHING
    weight = run.idf(name, term_of(word, name))
    scores = saturated(counts, run.norms(leaf, name).take(docs))
    scores *= np.float32(weight)
    scores[headlines] += np.float32(TITLE * weight)
    if name not in NAMES:
        add_exact(run, leaf, word, name, term, rows, scores)
    if (times := run.weight(word, name)) != 1:
        scores *= np.float32(times)
    return scores


def add_headline(run: Run, leaf: Leaf, stem: str, docs: Ints, counts: Floats) -> Ints:
    """Count occurrences in the headline HEADLINE times more: the simple BM25F of Robertson,
    Zaragoza & Taylor (2004), one saturation for all fields together. Which of the documents have
    the stem in their headline."""
    headline = run.term(leaf, "title", stem)
    if headline is None or not len(docs):
        return _NOTHING
    at, rows = locate(docs, headline.docs, leaf.size)
    if headline.tf is None:
        counts[rows] += np.float32(HEADLINE)
    else:
        counts[rows] += np.float32(HEADLINE) * headline.tf[at]
    return rows


def add_exact(
    run: Run, leaf: Leaf, word: Word, name: str, term: Term, rows: Ints | None, scores: Floats
) -> None:
    """Documents with the word as it was typed: EXACT times the idf of that form."""
    form = run.ordinal(leaf, name, word.exact, exact=True)
    if form is None:
        return
    bonus = np.float32(EXACT * run.idf(name, word.exact, exact=True))
    of = leaf.field(name)
    stem = run.ordinal(leaf, name, word.stem)
    for pair in of.pairs(form):
        if of.pair_stem[pair] == stem:
            having = term.having_form(int(of.pair_bit[pair]), rows)
            scores += bonus if having is None else having * bonus


class _Scratch(threading.local):
    """An array that each thread uses again and again: a new one costs more than what is done in
    it. What it holds means nothing."""

    def __init__(self) -> None:
        self._table = np.zeros(0, np.int32)

    def table(self, size: int) -> NDArray[np.int32]:
        if len(self._table) < size:
            self._table = np.zeros(size, np.int32)
        return self._table


_scratch = _Scratch()


def locate(docs: Ints, wanted: Ints, size: int) -> tuple[Ints, Ints]:
    """Which of `wanted` are in `docs`, and where there: two arrays of the same length. Both are
    ascending numbers below `size`."""
    if not len(docs) or not len(wanted):
        return _NOTHING, _NOTHING
    if len(wanted) * 12 < len(docs):
        rows = np.searchsorted(docs, wanted)
        np.minimum(rows, len(docs) - 1, out=rows)
    else:
        table = _scratch.table(size)
        table[docs] = np.arange(len(docs), dtype=np.int32)
        rows = table.take(wanted).astype(np.int64)
        np.minimum(rows, len(docs) - 1, out=rows)
    at = np.flatnonzero(docs.take(rows) == wanted)
    return at, rows[at]


# --- phrases and patterns -------------------------------------------------------------------------


def _phrase(run: Run, leaf: Leaf, phrase: Phrase, name: str) -> Matches:
    """Documents with the words in a row; scored as the words are."""
    terms = _terms(run, leaf, phrase.words, name)
    starts = _in_a_row(terms, run.budget) if terms else _NOTHING
    return _scored_words(run, leaf, phrase.words, name, starts)


def _near(run: Run, leaf: Leaf, near: Near, name: str) -> Matches:
    """Documents with the words in one window; scored as the words are."""
    terms = _terms(run, leaf, near.words, name)
    if not terms:
        return _NOTHING, None
    starts, ends = _windows(terms, len(terms) - 1 + near.distance, run.budget)
    of = leaf.field(name)
    within = of.docs_at(starts) == of.docs_at(ends)
    within &= np.searchsorted(of.breaks, starts) == np.searchsorted(of.breaks, ends)
    return _scored_words(run, leaf, near.words, name, starts[within])


def _terms(run: Run, leaf: Leaf, words: Sequence[Word], name: str) -> list[Term]:
    """The different terms of the words where the leaf has all of them; none otherwise."""
    names = [term_of(word, name) for word in words]
    run.budget.check()
    found = {text: run.term(leaf, name, text) for text in names}
    terms = [found[text] for text in names]
    return [term for term in terms if term] if None not in terms else []


def _scored_words(
    run: Run, leaf: Leaf, words: Sequence[Word], name: str, addresses: Ints
) -> Matches:
    """The documents of the addresses, with the scores of the words."""
    docs = leaf.field(name).docs_at(addresses)
    docs = docs[np.flatnonzero(np.diff(docs, prepend=-1))]
    if not len(docs):
        return _NOTHING, None
    here = [replace(word, fields=(name,)) for word in words]
    return docs, _narrow_all(run, leaf, here, docs)[1]


def _in_a_row(terms: Sequence[Term], budget: Budget) -> Ints:
    """The addresses at which each term follows the one before it."""
    steps = sorted(range(len(terms)), key=lambda step: terms[step].df)
    starts = terms[steps[0]].addresses() - steps[0]
    for step in steps[1:]:
        budget.check()
        wanted = starts + step
        starts = starts[_among(wanted, terms[step].addresses_near(wanted, wanted + 1))]
        if not len(starts):
            break
    return starts


def _windows(terms: Sequence[Term], reach: int, budget: Budget) -> tuple[Ints, Ints]:
    """Where windows of `reach` and one addresses start that have each term, and where the last of
    the terms is that the window needs. A window starts at one of the terms."""
    rarest = min(terms, key=lambda term: term.df).addresses()
    begins, ends = rarest - reach, rarest + reach + 1
    places = []
    for term in terms:
        budget.check()
        places.append(_around(term.addresses_near(begins, ends), rarest, reach))
    budget.check()
    starts = np.sort(np.concatenate(places), kind="stable")  # merges, where unique would hash
    last = starts
    for these in places:
        budget.check()
        if not len(these):
            return these, these
        at = np.searchsorted(these, starts)
        following = these[np.minimum(at, len(these) - 1)]
        keep = (following >= starts) & (following <= starts + reach)
        starts, last = starts[keep], np.maximum(last, following)[keep]
    return starts, last


def _around(places: Ints, some: Ints, reach: int) -> Ints:
    """Those of `places` that are at most `reach` from any of `some`."""
    size = len(places) + 1
    begins = np.bincount(np.searchsorted(places, some - reach), minlength=size)
    ends = np.bincount(np.searchsorted(places, some + reach, side="right"), minlength=size)
    near: Ints = places[np.cumsum(begins - ends)[:-1] > 0]
    return near


_STRETCH = 1 << 20
"""Addresses looked at together: as many bytes as stay near a processor."""


def _among(few: Ints, many: Ints) -> Ints:
    """Which of the first are in the second; both ascending."""
    if not len(few) or not len(many):
        return _NOTHING
    if len(few) * 12 < len(many):
        at = np.searchsorted(many, few)
        np.minimum(at, len(many) - 1, out=at)
        return np.flatnonzero(many.take(at) == few)
    edges = np.arange(int(few[0]), int(few[-1]) + 1 + _STRETCH, _STRETCH)
    cut_few, cut_many = np.searchsorted(few, edges), np.searchsorted(many, edges)
    here = np.zeros(_STRETCH, np.bool_)
    found = []
    for edge, a, b, c, d in zip(
        edges.tolist(), cut_few, cut_few[1:], cut_many, cut_many[1:], strict=False
    ):
        if a < b and c < d:
            marked = many[c:d] - edge
            here[marked] = True
            found.append(a + np.flatnonzero(here.take(few[a:b] - edge)))
            here[marked] = False
    return np.concatenate([_NOTHING, *found])


def _pattern(run: Run, leaf: Leaf, node: Prefix | Wildcard, name: str) -> Matches:
    """Documents with any of the words; every one scores 1."""
    if isinstance(node, Prefix):
        forms = run.forms(name, f"{node.start}*", lambda words: words.prefix(node.start))
    else:
        forms = run.forms(name, node.pattern, lambda words: words.wildcard(node.pattern).tolist())
    docs = _with_forms(run, leaf, leaf.field(name), forms[id(leaf)])
    return docs, np.ones(len(docs), np.float32)


def _fuzzy(run: Run, leaf: Leaf, fuzzy: Fuzzy, name: str) -> Matches:
    """Documents with any of the words. One scores the idf of having any of them, times how much the
    closest of its words is like the one typed: 1 - edits / letters, and never below 0."""
    docs, likeness = alike(run, fuzzy, name)[id(leaf)]
    return docs, likeness * np.float32(idf(run.snapshot.size, number_alike(run, fuzzy, name)))


def number_alike(run: Run, fuzzy: Fuzzy, name: str) -> int:
    """The documents with any of the words, deleted ones included."""
    return sum(len(docs) for docs, _ in alike(run, fuzzy, name).values())


def alike(run: Run, fuzzy: Fuzzy, name: str) -> dict[int, tuple[Ints, Floats]]:
    """Of each leaf, by its identity, the documents with a word within the edits, and how like it
    the closest is."""
    key = ("fuzzy", name, fuzzy)
    if key not in run.memo:
        run.memo[key] = _alike(run, fuzzy, name)
    return cast(dict[int, tuple[Ints, Floats]], run.memo[key])


def _alike(run: Run, fuzzy: Fuzzy, name: str) -> dict[int, tuple[Ints, Floats]]:
    leaves = run.snapshot.leaves
    near = {}
    for leaf in leaves:
        run.budget.check()
        near[id(leaf)] = leaf.field(name).forms.fuzzy(fuzzy.word, fuzzy.edits)
    forms = {leaf: ordinals.tolist() for leaf, (ordinals, _) in near.items()}
    run.check_number(name, f"{fuzzy.word}~{fuzzy.edits}", forms)
    found = {}
    for leaf in leaves:
        likeness = np.full(leaf.size, -1.0, np.float32)
        ordinals, distances = near[id(leaf)]
        for at in np.argsort(-distances.astype(np.int64), kind="stable").tolist():  # closest last
            run.budget.check()
            docs = leaf.field(name).form_docs(int(ordinals[at]))
            likeness[docs] = max(0, 1 - int(distances[at]) / len(fuzzy.word))
        docs = np.flatnonzero(likeness >= 0)
        found[id(leaf)] = docs, likeness[docs]
    return found


def _with_forms(run: Run, leaf: Leaf, of: Field, forms: Iterable[int]) -> Ints:
    """Documents with any of the exact forms."""
    found = np.zeros(leaf.size, np.bool_)
    for form in forms:
        run.budget.check()
        found[of.form_docs(form)] = True
    return np.flatnonzero(found)


def _union(leaf: Leaf, parts: Sequence[Matches]) -> Matches:
    """Documents in any part; a document's score is the sum over the parts, in their order."""
    parts = [part for part in parts if len(part[0])]
    if len(parts) < 2:
        return parts[0] if parts else (_NOTHING, None)
    scored = any(scores is not None for _, scores in parts)
    if sum(len(docs) for docs, _ in parts) * 16 < leaf.size:
        return _sparse_union(parts, scored)
    here = np.zeros(leaf.size, np.bool_)
    sums = np.zeros(leaf.size if scored else 0, np.float32)
    for docs, scores in parts:
        here[docs] = True
        if scores is not None:
            sums[docs] += scores
    docs = np.flatnonzero(here)
    return docs, sums.take(docs) if scored else None


def _sparse_union(parts: Sequence[Matches], scored: bool) -> Matches:
    docs = np.concatenate([docs for docs, _ in parts])
    docs.sort()
    new = np.ones(len(docs), np.bool_)
    np.not_equal(docs[1:], docs[:-1], out=new[1:])
    docs = docs[new]
    if not scored:
        return docs, None
    sums = np.zeros(len(docs), np.float32)
    for part, scores in parts:
        if scores is not None:
            sums[np.searchsorted(docs, part)] += scores
    return docs, sums


def _dated(leaf: Leaf, range_: Dated) -> Mask:
    """A mask over all documents."""
    dates = leaf.segment.dates
    start = range_.start.toordinal() if range_.start else 1
    end = range_.end.toordinal() if range_.end else np.iinfo(np.int32).max
    found: Mask = (dates >= start) & (dates <= end)
    return found


# --- filters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds in one leaf: the matches under every filter, and for each facet the
    documents under every filter but that facet's chosen values."""

    leaf: Leaf
    docs: Ints
    scores: Floats | None
    countable: Mapping[str, Ints]


def find(run: Run, query: Query) -> list[Found]:
    """Match the query's tree and apply its filters, leaf by leaf."""
    return [_find(run, leaf, query) for leaf in run.snapshot.leaves]


def _find(run: Run, leaf: Leaf, query: Query) -> Found:
    docs, scores = match(run, leaf, query.root)
    general = [] if leaf.live is None else [leaf.live[docs]]
    if query.dated:
        general.append(_dated(leaf, query.dated)[docs])
    for facet, values in query.excluded.items():
        run.budget.check()
        general.append(~leaf.having(query.column(facet), values)[docs])
    if general:
        keep = np.logical_and.reduce(general)
        docs, scores = docs[keep], None if scores is None else scores[keep]
    chosen = {
        facet: leaf.having(query.column(facet), values)[docs]
        for facet, values in query.chosen.items()
        if values
    }
    if not chosen:
        return Found(leaf, docs, scores, dict.fromkeys(FACETS, docs))
    keep = np.logical_and.reduce(list(chosen.values()))
    kept = docs[keep]
    countable = dict.fromkeys(FACETS, kept)
    for facet in chosen:
        others = [mask for name, mask in chosen.items() if name != facet]
        countable[facet] = docs[np.logical_and.reduce(others)] if others else docs
    return Found(leaf, kept, None if scores is None else scores[keep], countable)


def having(snapshot: Snapshot, name: str, values: frozenset[str]) -> list[tuple[Leaf, int]]:
    """The live documents with any of `values` in a column."""
    found = []
    for leaf in snapshot.leaves:
        mask = leaf.having(name, values)
        if leaf.live is not None:
            mask = mask & leaf.live
        found += [(leaf, doc) for doc in np.flatnonzero(mask).tolist()]
    return found


# --- counts ---------------------------------------------------------------------------------------


def count_facets(
    run: Run, query: Query, found: Sequence[Found], size: int
) -> dict[str, FacetCounts]:
    """How many of the documents have each value of each facet: the `size` commonest, and those
    chosen or excluded."""
    snapshot = run.snapshot
    counts = {
        facet: np.zeros(len(snapshot.column(query.column(facet)).values), np.int64)
        for facet in FACETS
    }
    for part in found:
        for facets, docs in _by_documents(part.countable):
            run.budget.check()
            columns = tuple(query.column(facet) for facet in facets)
            for facet, counted in zip(facets, part.leaf.counts(columns, docs), strict=True):
                counts[facet] += counted
    return {
        facet: _facet(
            snapshot.column(query.column(facet)), counts[facet], size, _listed(query, facet)
        )
        for facet in FACETS
    }


def _by_documents(countable: Mapping[str, Ints]) -> Iterable[tuple[tuple[str, ...], Ints]]:
    """The facets that the same documents are counted for, together."""
    groups: dict[int, list[str]] = {}
    for facet, docs in countable.items():
        groups.setdefault(id(docs), []).append(facet)
    return [(tuple(facets), countable[facets[0]]) for facets in groups.values()]


def _listed(query: Query, facet: str) -> frozenset[str]:
    return query.chosen.get(facet, frozenset()) | query.excluded.get(facet, frozenset())


def _facet(column: Column, counts: Ints, size: int, listed: frozenset[str]) -> FacetCounts:
    present = np.flatnonzero(counts)
    top = _commonest(counts, present, size)
    shown = {column.values[o]: int(counts[o]) for o in top.tolist()}
    for value in listed:
        o = column.ordinal(value)
        shown[value if o is None else column.values[o]] = 0 if o is None else int(counts[o])
    values = tuple(sorted(shown.items(), key=lambda pair: (-pair[1], pair[0])))
    other = int(counts.sum()) - sum(shown.values())
    spelled = {v: column.variants[v] for v, _ in values if v in column.variants}
    return FacetCounts(values, other, len(present), spelled)


def _commonest(counts: Ints, present: Ints, size: int) -> Ints:
    """The ordinals counted most, ties by ordinal, also at the cut."""
    if size <= 0:
        return _NOTHING
    keys = present - (counts.take(present) << 32)
    if len(keys) > size:
        keys = np.partition(keys, size - 1)[:size]
    keys.sort()
    return keys & 0xFFFFFFFF


# --- order ----------------------------------------------------------------------------------------

Place = tuple[Leaf, int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One hit: where it is, its id, score and date (an ordinal of days, 0 undated)."""

    leaf: Leaf
    doc: int
    id: str
    score: float
    date: int


def order(found: Sequence[Found], sort: Sort, start: int, stop: int) -> list[Ranked]:
    """Matches start…stop in the order that `Engine.rank` promises."""
    if stop <= start:
        return []
    best = [hit for part in found for hit in _best(part, sort, stop)]
    if len(found) > 1:
        best.sort(key=lambda hit: (*key(sort, hit.score, hit.date), hit.id))
    return best[start:stop]


def key(sort: Sort, score: float, date: int) -> tuple[float, ...]:
    """What hits are ordered by, smaller first, before their ids."""
    if sort == "relevance":
        return (-score, -date)
    if sort == "newest":
        return (-date,)
    return (date or float("inf"),)


def _best(part: Found, sort: Sort, count: int) -> list[Ranked]:
    """The first `count` of one leaf."""
    segment, docs, scores = part.leaf.segment, part.docs, part.scores

    def dates(at: Ints) -> NDArray[Any]:
        days = segment.dates.take(docs[at])
        return np.where(days == 0, np.iinfo(np.int32).max, days) if sort == "oldest" else -days

    def ids(at: Ints) -> NDArray[Any]:
        return segment.id_ranks.take(docs[at]).astype(np.int64)

    at = np.arange(len(docs))
    keys: list[Callable[[Ints], NDArray[Any]]] = [dates, ids]
    if sort == "relevance" and scores is not None:
        relevance = scores
        at = _near_the_top(scores, count)
        keys.insert(0, lambda at: -relevance[at])
    at = first(at, keys, count)
    chosen = docs[at].tolist()
    values = [0.0] * len(chosen) if scores is None else scores[at].tolist()
    return [
        Ranked(part.leaf, doc, segment.id_of(doc), score, int(segment.dates[doc]))
        for doc, score in zip(chosen, values, strict=True)
    ]


_ROW = 64


def _near_the_top(scores: Floats, count: int) -> Ints:
    """Positions of scores that hold the best `count` and not many more: the least of the `count`
    best among the maxima of rows of scores is no better than what is looked for."""
    rows = len(scores) // _ROW
    if rows <= 2 * count:
        return np.arange(len(scores))
    best = scores[: rows * _ROW].reshape(rows, _ROW).max(axis=1)
    return np.flatnonzero(scores >= np.partition(best, rows - count)[rows - count])


def first(at: Ints, keys: Sequence[Callable[[Ints], NDArray[Any]]], count: int) -> Ints:
    """The first `count` of `at` by several keys, smaller first, a later key where the earlier ones
    tie. A key is computed for those alone that it has to tell apart."""
    if count <= 0 or not len(at):
        return _NOTHING
    ahead: list[Ints] = []
    wanted = count
    for key in keys:
        if len(at) <= wanted:
            break
        values = key(at)
        bound = np.partition(values, wanted - 1)[wanted - 1]
        better = at[values < bound]
        at = at[values == bound]
        ahead.append(better)
        wanted -= len(better)
    at = np.concatenate([*ahead, at[: max(wanted, 0)]])
    return at[np.lexsort([key(at) for key in reversed(keys)])]
