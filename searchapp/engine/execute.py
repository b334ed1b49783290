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
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from searchapp.engine.postings import Ints, Term
from searchapp.engine.segment import Field
from searchapp.engine.snapshot import Floats, Leaf, Mask, Snapshot
from searchapp.engine.vocabulary import Vocabulary
from searchapp.model import (
    FACETS,
    NAMES,
    All,
    BadQuery,
    Dated,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    SearchTimeout,
    Span,
    Wildcard,
    Word,
)
from searchapp.model import Any as AnyOf
from searchapp.said import Said

Matches = tuple[Ints, Floats | None]
Narrowed = tuple[Ints, Floats | None]
"""Positions in the documents given, ascending, and the scores of those documents."""
Terms = Sequence[tuple[str, Term]]
"""Texts of terms, each with its postings."""

K1 = 1.2
B = 0.75
"""The constants of BM25, at the values Robertson & Zaragoza (2009, 3.4.1) and Lucene use."""
EXACT = 0.25
"""Weight of the typed form beside the stem, which every article with that form has too."""
HEADLINE = 1.0
"""An occurrence in the headline, which is part of the text, counts so many times more."""
TITLE = 0.25
"""Weight of standing in the headline at all."""
WORTH_REMEMBERING = 100_000
"""Documents or occurrences of a word up to which all are decoded, and remembered, where only some
are asked for."""

WORTH_NARROWING = 5_000
"""Addresses of a phrase's first word from which documents without the next are left out first."""

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
    _terms: dict[tuple[int, str, str], Term | None] = field(default_factory=dict)

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
        self,
        name: str,
        typed: str,
        find: Callable[[Vocabulary], Iterable[int]],
        span: Span | None = None,
    ) -> dict[int, list[int]]:
        """The exact forms of a field that `find` finds, by the identity of each leaf. Raises
        BadQuery where there are too many of what was `typed`, at `span` of the query."""
        key = ("forms", name, typed)
        if key not in self.memo:
            found: dict[int, list[int]] = {}
            for leaf in self.snapshot.leaves:
                self.budget.check()
                found[id(leaf)] = list(find(leaf.field(name).forms))
            self.check_number(name, typed, found, span)
            self.memo[key] = found
        return cast(dict[int, list[int]], self.memo[key])

    def check_number(
        self, name: str, typed: str, found: Mapping[int, Sequence[int]], span: Span | None
    ) -> None:
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
                Said(
                    "“{typed}” stands for more than {limit} words (max_expansions); "
                    "type more letters",
                    typed=typed,
                    limit=limit,
                ),
                "query_too_broad",
                span,
            )

    def weight(self, word: Word, name: str) -> float:
        return self.weights.get(word.exact, 1.0) if name == "text" else 1.0

    def term(self, leaf: Leaf, name: str, term: str) -> Term | None:
        """The postings of a term, decoded once in a search."""
        key = (id(leaf), name, term)
        if key not in self._terms:
            at = self.ordinal(leaf, name, term)
            self._terms[key] = None if at is None else leaf.field(name).term(at)
        return self._terms[key]

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
            found = [_hits(run, leaf, node, name) for name in node.fields]
            return _union(leaf, [(hits.docs, _scored(run, leaf, hits)) for hits in found])
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
            at, hits = _hits_among(run, leaf, node, name, docs)
            return at, _scored(run, leaf, hits)
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
    rarest, *rest = sorted(parts, key=lambda part: _cost(run, leaf, part))
    match rarest:
        case Word(fields=(name,)):
            hits = _hits(run, leaf, rarest, name)
            at, more = _narrow_all(run, leaf, rest, hits.docs)
            hits = hits.only(at)
            return hits.docs, _added(_scored(run, leaf, hits), more)
        case _:
            docs, scores = match(run, leaf, rarest)
            at, more = _narrow_all(run, leaf, rest, docs)
            return docs[at], _added(None if scores is None else scores[at], more)


def _narrow_all(run: Run, leaf: Leaf, parts: Sequence[Node], docs: Ints) -> Narrowed:
    """Words are scored last, when few documents are left."""
    at: Ints = np.arange(len(docs))
    scores: Floats | None = None
    words: list[Hits] = []
    for part in sorted(parts, key=lambda part: _cost(run, leaf, part)):
        if not len(at):
            break
        here = docs[at] if len(at) < len(docs) else docs
        found, more = [], None
        match part:
            case Word(fields=(name,)):
                kept, hits = _hits_among(run, leaf, part, name, here)
                found = [hits]
            case _:
                kept, more = narrow(run, leaf, part, here)
        if len(kept) < len(at):
            at, scores = at[kept], None if scores is None else scores[kept]
            words = [word.only(kept) for word in words]
        words += found
        scores = _added(scores, more)
    for word in words:
        scores = _added(scores, _scored(run, leaf, word))
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


@dataclass(frozen=True, slots=True)
class Hits:
    """Documents that have a word, before they are scored.

    `rows` says which postings of its term they are (of a dense term, which documents), None for
    all. With `impacts`, the scores of all its postings, `rows` are places in these. `term` is None
    where the leaf has none, and then there are no documents.
    """

    word: Word
    name: str
    term: Term | None
    docs: Ints
    rows: Ints | None
    impacts: Floats | None = None

    def only(self, at: Ints) -> Hits:
        """Those of the documents."""
        if len(at) == len(self.docs):
            return self
        docs = self.docs.take(at)
        if self.rows is not None:
            rows = self.rows.take(at)
        else:
            dense = self.impacts is None and self.term and self.term.dense is not None
            rows = docs if dense else at
        return Hits(self.word, self.name, self.term, docs, rows, self.impacts)

    def counts(self) -> Floats:
        """How often each document has the word."""
        assert self.term
        tf = self.term.tf if self.rows is None or self.term.dense is None else self.term.dense
        if tf is None:
            return np.ones(len(self.docs), np.float32)
        return (tf if self.rows is None else tf.take(self.rows)).astype(np.float32)


def _hits(run: Run, leaf: Leaf, word: Word, name: str) -> Hits:
    term = run.term(leaf, name, term_of(word, name))
    if term is None:
        return Hits(word, name, None, _NOTHING, None)
    if not run.weight(word, name):
        return Hits(word, name, term, term.docs, None)
    key = ("impacts", name, word.stem, word.exact)
    docs, impacts = leaf.remembered(key, lambda: _impacts(run, leaf, word, name, term))
    return Hits(word, name, term, docs, None, impacts)


def _hits_among(run: Run, leaf: Leaf, word: Word, name: str, docs: Ints) -> tuple[Ints, Hits]:
    """Which of `docs` have a word, and those."""
    term = run.term(leaf, name, term_of(word, name))
    if term is None:
        return _NOTHING, Hits(word, name, None, _NOTHING, None)
    if run.weight(word, name) and term.df <= WORTH_REMEMBERING:
        whole = _hits(run, leaf, word, name)
        at, rows = locate(whole.docs, docs, leaf.size)
        return at, Hits(word, name, term, docs.take(at), rows, whole.impacts)
    if (dense := term.dense) is not None:
        at = np.flatnonzero(dense.take(docs))
        found = docs.take(at)
        return at, Hits(word, name, term, found, found)
    at, rows = locate(term.docs, docs, leaf.size)
    return at, Hits(word, name, term, docs.take(at), rows)


def addresses(leaf: Leaf, name: str, text: str, term: Term) -> Ints:
    """Every occurrence of a term; see `segment`."""
    if term.cf > WORTH_REMEMBERING:
        return term.addresses()
    return leaf.remembered(("addresses", name, text), lambda: (term.addresses(),))[0]


def addresses_near(leaf: Leaf, name: str, text: str, term: Term, begins: Ints, ends: Ints) -> Ints:
    """All occurrences of a term in stretches of addresses, among others."""
    if term.cf > WORTH_REMEMBERING:
        return term.addresses_near(begins, ends)
    return addresses(leaf, name, text, term)


def _impacts(run: Run, leaf: Leaf, word: Word, name: str, term: Term) -> tuple[Ints, Floats]:
    """The documents of a word and what it scores in each."""
    scores = _once(run, leaf, Hits(word, name, term, term.docs, None))
    return term.docs, scores


def _scored(run: Run, leaf: Leaf, hits: Hits) -> Floats | None:
    """The scores of the documents; None for a word that scores nothing."""
    times = run.weight(hits.word, hits.name)
    if not times or hits.term is None:
        return None
    if hits.impacts is None:
        scores = _once(run, leaf, hits)
    else:
        scores = hits.impacts if hits.rows is None else hits.impacts.take(hits.rows)
    return scores if times == 1 else scores * np.float32(times)


def _once(run: Run, leaf: Leaf, hits: Hits) -> Floats:
    """The scores of the documents for a word that was typed once."""
    word, name, docs = hits.word, hits.name, hits.docs
    assert hits.term
    counts = hits.counts()
    headlines = add_headline(run, leaf, word.stem, docs, counts) if name == "text" else _NOTHING
    weight = run.idf(name, term_of(word, name))
    scores = saturated(counts, run.norms(leaf, name).take(docs))
    scores *= np.float32(weight)
    scores[headlines] += np.float32(TITLE * weight)
    if name not in NAMES:
        add_exact(run, leaf, word, name, hits.term, hits.rows, scores)
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
    """Arrays that each thread uses again and again: new ones cost more than what is done in them.
    What is in the table means nothing; the numbers are 0, 1, 2 …"""

    def __init__(self) -> None:
        self._table = self._numbers = np.zeros(0, np.int32)

    def of(self, size: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        if len(self._table) < size:
            self._table, self._numbers = np.zeros(size, np.int32), np.arange(size, dtype=np.int32)
        return self._table, self._numbers


_scratch = _Scratch()


def locate(docs: Ints, wanted: Ints, size: int) -> tuple[Ints, Ints]:
    """Which of `wanted` are in `docs`, and where there: two arrays of the same length. Both are
    ascending numbers below `size`."""
    if not len(docs) or not len(wanted):
        return _NOTHING, _NOTHING
    if len(wanted) * 9 < len(docs):  # 25 ns each, against 6 and 2 for each of `docs`
        rows: NDArray[Any] = docs.searchsorted(wanted)
    else:
        table, numbers = _scratch.of(size)
        table[docs] = numbers[: len(docs)]
        rows = table.take(wanted)
    (at,) = (docs.take(rows, mode="clip") == wanted).nonzero()
    return at, rows.take(at).astype(np.int64)


# --- phrases and patterns -------------------------------------------------------------------------


def _phrase(run: Run, leaf: Leaf, phrase: Phrase, name: str) -> Matches:
    """Documents with the words in a row; scored as the words are."""
    terms = _terms(run, leaf, phrase.words, name)
    if not terms:
        return _NOTHING, None
    key = ("phrase", name, *(text for text, _ in terms))
    (docs,) = leaf.remembered(key, lambda: (_once_each(_in_a_row(run, leaf, name, terms)),))
    return docs, _score_words(run, leaf, phrase.words, name, docs)


def _near(run: Run, leaf: Leaf, near: Near, name: str) -> Matches:
    """Documents with the words in one window; scored as the words are."""
    words = tuple({term_of(word, name): word for word in near.words}.values())
    terms = _terms(run, leaf, words, name)
    if not terms:
        return _NOTHING, None
    reach = len(terms) - 1 + near.distance
    key = ("near", name, str(reach), *(text for text, _ in terms))
    (docs,) = leaf.remembered(key, lambda: (_in_one_window(run, leaf, name, terms, reach),))
    return docs, _score_words(run, leaf, near.words, name, docs)


def _in_one_window(run: Run, leaf: Leaf, name: str, terms: Terms, reach: int) -> Ints:
    """The documents with each of the terms at most `reach` addresses from all others, in one value
    of the field."""
    of = leaf.field(name)
    starts, ends = _windows(run, leaf, name, terms, reach)
    docs = of.docs_at(starts)
    within = docs == of.docs_at(ends)
    within &= np.searchsorted(of.breaks, starts) == np.searchsorted(of.breaks, ends)
    return _once_each(docs[within])


def _once_each(docs: Ints) -> Ints:
    """Ascending documents, each once."""
    return docs[np.flatnonzero(np.diff(docs, prepend=-1))]


def _terms(run: Run, leaf: Leaf, words: Sequence[Word], name: str) -> Terms:
    """The terms of the words where the leaf has all of them; none otherwise."""
    found = [(text, run.term(leaf, name, text)) for text in (term_of(w, name) for w in words)]
    terms = [(text, term) for text, term in found if term]
    return terms if len(terms) == len(words) else []


def _score_words(
    run: Run, leaf: Leaf, words: Sequence[Word], name: str, docs: Ints
) -> Floats | None:
    """The scores of the words in documents that have all of them."""
    here = [replace(word, fields=(name,)) for word in words]
    return _narrow_all(run, leaf, here, docs)[1]


def _in_a_row(run: Run, leaf: Leaf, name: str, terms: Terms) -> Ints:
    """The document of each place where the terms stand one after the other."""
    first, *others = sorted(range(len(terms)), key=lambda step: terms[step][1].df)
    text, term = terms[first]
    docs = term.docs if term.tf is None else np.repeat(term.docs, term.tf)
    starts = addresses(leaf, name, text, term) - first
    for step in others:
        run.budget.check()
        text, term = terms[step]
        if len(starts) > WORTH_NARROWING:  # where the documents have both is quicker to find out
            together = _has_term(leaf, term, docs)
            starts, docs = starts[together], docs[together]
        wanted = starts + step
        kept = _among(wanted, addresses_near(leaf, name, text, term, wanted, wanted + 1))
        starts, docs = starts.take(kept), docs.take(kept)
        if not len(starts):
            break
    return docs


def _has_term(leaf: Leaf, term: Term, docs: Ints) -> Mask:
    """Which of the documents, which repeat and ascend, have a term."""
    if (dense := term.dense) is not None:
        return dense.take(docs) > 0
    here = np.zeros(leaf.size, np.bool_)
    here[term.docs] = True
    return here.take(docs)


def _windows(run: Run, leaf: Leaf, name: str, terms: Terms, reach: int) -> tuple[Ints, Ints]:
    """Where windows of `reach` and one addresses start that have each term, and where the last of
    the terms is that the window needs. A window starts at one of the terms."""
    terms = list(dict(terms).items())
    rarest = addresses(leaf, name, *min(terms, key=lambda pair: pair[1].df))
    begins, ends = rarest - reach, rarest + reach + 1
    places = []
    for text, term in terms:
        run.budget.check()
        near = addresses_near(leaf, name, text, term, begins, ends)
        places.append(_around(near, rarest, reach))
    run.budget.check()
    starts = np.sort(np.concatenate(places), kind="stable")  # merges, where unique would hash
    last = starts
    for these in places:
        run.budget.check()
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


def _among(some: Ints, others: Ints) -> Ints:
    """Which of the first are in the second; both ascending."""
    if not len(some) or not len(others):
        return _NOTHING
    if len(others) < len(some):
        at = np.minimum(np.searchsorted(some, others), len(some) - 1)
        return cast(Ints, at[some.take(at) == others])
    at = np.minimum(np.searchsorted(others, some), len(others) - 1)
    return cast(Ints, np.flatnonzero(others.take(at) == some))


def _pattern(run: Run, leaf: Leaf, node: Prefix | Wildcard, name: str) -> Matches:
    """Documents with any of the words; every one scores 1."""
    typed = f"{node.start}*" if isinstance(node, Prefix) else node.pattern
    forms = run.forms(name, typed, lambda words: _matching(words, node), node.span)[id(leaf)]
    (docs,) = leaf.remembered(
        ("pattern", name, typed), lambda: (_with_forms(run, leaf, leaf.field(name), forms),)
    )
    return docs, np.ones(len(docs), np.float32)


def _matching(words: Vocabulary, node: Prefix | Wildcard) -> Iterable[int]:
    if isinstance(node, Prefix):
        return words.prefix(node.start)
    return cast(list[int], words.wildcard(node.pattern).tolist())


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


def _alike(run: Run, fuzzy: Fuzzy, name: str) -> dict[int, tuple[NDArray[Any], ...]]:
    leaves = run.snapshot.leaves
    near = {}
    for leaf in leaves:
        run.budget.check()
        near[id(leaf)] = leaf.field(name).forms.fuzzy(fuzzy.word, fuzzy.edits)
    forms = {leaf: ordinals.tolist() for leaf, (ordinals, _) in near.items()}
    run.check_number(name, f"{fuzzy.word}~{fuzzy.edits}", forms, fuzzy.span)
    key = ("slip", name, fuzzy.word, str(fuzzy.edits))
    return {
        id(leaf): leaf.remembered(key, partial(_closest, run, leaf, fuzzy, name, *near[id(leaf)]))
        for leaf in leaves
    }


def _closest(
    run: Run, leaf: Leaf, fuzzy: Fuzzy, name: str, forms: Ints, edits: NDArray[np.uint8]
) -> tuple[Ints, Floats]:
    """The documents with any of the forms, and how like the word the closest is."""
    likeness = np.full(leaf.size, -1.0, np.float32)
    for at in np.argsort(-edits.astype(np.int64), kind="stable").tolist():  # the closest comes last
        run.budget.check()
        docs = leaf.field(name).form_docs(int(forms[at]))
        likeness[docs] = max(0, 1 - int(edits[at]) / len(fuzzy.word))
    docs = np.flatnonzero(likeness >= 0)
    return docs, likeness[docs]


def _with_forms(run: Run, leaf: Leaf, of: Field, forms: Sequence[int]) -> Ints:
    """Documents with any of the exact forms, which ascend."""
    found = np.zeros(leaf.size, np.bool_)
    for docs in of.docs_of_forms(np.array(forms, np.int64)):
        run.budget.check()
        found[docs] = True
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
    documents it is counted over: those under every filter but that facet's chosen values, where
    these are alternatives."""

    leaf: Leaf
    docs: Ints
    scores: Floats | None
    countable: Mapping[str, Ints]


def find(run: Run, query: Query) -> list[Found]:
    """Match the query's tree and apply its filters, leaf by leaf."""
    leaves: Sequence[Leaf] = run.snapshot.leaves
    if not query.copies_of:
        return [_find(run, leaf, query) for leaf in leaves]
    copies = run.snapshot.copies_of(query.copies_of)
    return [_find(run, leaf, query, here) for leaf, here in zip(leaves, copies, strict=True)]


def _find(run: Run, leaf: Leaf, query: Query, among: Ints | None = None) -> Found:
    """`among`: the only documents that are asked for, where that is not all."""
    docs, scores = match(run, leaf, query.root)
    general = [] if leaf.live is None else [leaf.live[docs]]
    if among is not None:
        wanted = np.zeros(leaf.size, np.bool_)
        wanted[among] = True
        general.append(wanted[docs])
    if query.dated:
        general.append(_dated(leaf, query.dated)[docs])
    for facet, values in query.excluded.items():
        run.budget.check()
        general.append(~leaf.having(query.column(facet), values)[docs])
    if general:
        keep = np.logical_and.reduce(general)
        docs, scores = docs[keep], None if scores is None else scores[keep]
    chosen = {
        facet: _having_chosen(run, leaf, query, facet)[docs]
        for facet, values in query.chosen.items()
        if values
    }
    if not chosen:
        return Found(leaf, docs, scores, dict.fromkeys(FACETS, docs))
    keep = np.logical_and.reduce(list(chosen.values()))
    kept = docs[keep]
    countable = dict.fromkeys(FACETS, kept)
    for facet in chosen.keys() - query.all_of:
        others = [mask for name, mask in chosen.items() if name != facet]
        countable[facet] = docs[np.logical_and.reduce(others)] if others else docs
    return Found(leaf, kept, None if scores is None else scores[keep], countable)


def _having_chosen(run: Run, leaf: Leaf, query: Query, facet: str) -> Mask:
    """The documents with any, or in a facet of `all_of` with all, of its chosen values."""
    column, values = query.column(facet), query.chosen[facet]
    if facet not in query.all_of:
        return leaf.having(column, values)
    found = np.ones(leaf.size, np.bool_)
    for value in values:
        run.budget.check()
        found &= leaf.having(column, frozenset({value}))
    return found


def having(snapshot: Snapshot, name: str, values: frozenset[str]) -> list[tuple[Leaf, int]]:
    """The live documents with any of `values` in a column."""
    found = []
    for leaf in snapshot.leaves:
        mask = leaf.having(name, values)
        if leaf.live is not None:
            mask = mask & leaf.live
        found += [(leaf, doc) for doc in np.flatnonzero(mask).tolist()]
    return found
