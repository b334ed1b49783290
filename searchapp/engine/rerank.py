"""The best articles of a search looked at again: how near each other its words stand, and what
else the best of them speak of.

Both are added to the DEPTH best alone, and are never negative: which articles those are does not
change, nor does anything that was matched or counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from searchapp.engine.execute import Found, Run, addresses_near, idf, locate, saturated
from searchapp.engine.order import Best, Ranked, best, place
from searchapp.engine.postings import Ints, runs
from searchapp.engine.snapshot import Floats, Leaf
from searchapp.model import Word

DEPTH = 50
"""Articles that are looked at again: twice as many rank the first ten the same."""
QUESTION = 5
"""Words from which a query is a sentence rather than keywords: its stop words score nothing, and
it is long enough for feedback. Shorter queries are harmed by either."""
ORDERED, UNORDERED = 0.1, 0.1
"""Weights of two words one after the other, and of two words in one window."""
WINDOW = 8
"""Words in a window, as Metzler & Croft (2005) have it."""
BEST, EXPANSION, IN_AT_LEAST = 10, 10, 2
"""Articles whose words are taken for feedback, how many words, and in how many of those articles
a word has to be."""
FEEDBACK = 0.2
"""Weight of a word of feedback beside one that was typed."""

Stems = Callable[[Leaf, int], Sequence[str]]
"""The stems of a document's text, in order."""


def content(words: Sequence[Word], stop_words: frozenset[str]) -> list[Word]:
    """The words that score: of a question not its stop words, unless it has no others."""
    if len(words) < QUESTION:
        return list(words)
    return [word for word in words if word.exact not in stop_words] or list(words)


def weights(words: Sequence[Word], scoring: Sequence[Word]) -> dict[str, float]:
    """How much each exact form counts: as often as it stands among the words that score."""
    times = Counter(word.exact for word in scoring)
    return {word.exact: float(times[word.exact]) for word in words}


def best_first(
    run: Run, found: Sequence[Found], words: Sequence[Word], stems: Stems, start: int, stop: int
) -> list[Ranked]:
    """Hits start…stop by relevance, of which the best DEPTH were looked at again. `words`: those
    that score, in the order typed."""
    parts = [best(part, "relevance", max(stop, DEPTH)) for part in found]
    rest: list[Ranked] = []
    if len(parts) > 1 or stop > DEPTH:
        hits = place(parts, "relevance", 0, max(stop, DEPTH))
        parts, rest = _by_leaf(hits[:DEPTH]), hits[DEPTH:]
    look_again(run, parts, words, stems)
    return [*place(parts, "relevance", 0, DEPTH if rest else stop), *rest][start:stop]


def _by_leaf(hits: Sequence[Ranked]) -> list[Best]:
    groups: dict[int, list[Ranked]] = {}
    for hit in sorted(hits, key=lambda hit: hit.doc):
        groups.setdefault(id(hit.leaf), []).append(hit)
    return [
        Best(
            hits[0].leaf,
            np.array([hit.doc for hit in hits], np.int64),
            np.array([hit.score for hit in hits], np.float32),
            np.array([hit.date for hit in hits], np.int32),
        )
        for hits in groups.values()
    ]


@dataclass(slots=True)
class Again:
    """The best looked at again, with their new scores. `pairs`: what was looked for near each
    other; `expansion`: stems of the best of them, and what each weighs."""

    parts: Sequence[Best]
    pairs: Pairs
    expansion: Mapping[str, float]


def best_again(run: Run, found: Sequence[Found], words: Sequence[Word], stems: Stems) -> Again:
    """The best DEPTH by relevance looked at again."""
    parts = [best(part, "relevance", DEPTH) for part in found]
    return look_again(run, _by_leaf(place(parts, "relevance", 0, DEPTH)), words, stems)


def look_again(run: Run, parts: Sequence[Best], words: Sequence[Word], stems: Stems) -> Again:
    """Raise the scores of the best, and say what for."""
    parts = [part for part in parts if len(part)]
    again = Again(parts, _pairs(run, words), {})
    for part in parts if again.pairs else ():
        part.scores = part.scores + _proximity(run, part, again.pairs)
    if len(words) < QUESTION:
        return again
    if len({word.stem for word in words if run.frequency("text", word.stem)}) < QUESTION:
        return again
    weight = FEEDBACK * max(Counter(word.stem for word in words).values())
    expansion = _expansion(run, place(parts, "relevance", 0, BEST), stems)
    again.expansion = {stem: weight * value for stem, value in expansion.items()}
    for part in parts:
        part.scores = part.scores + feedback(run, part, again.expansion)
    return again


# --- proximity ------------------------------------------------------------------------------------

Pairs = Mapping[tuple[str, str], int]


def _pairs(run: Run, words: Sequence[Word]) -> Pairs:
    """Neighbouring words of the query, by stem, and how often."""
    found = Counter(
        (first.stem, second.stem) for first, second in pairwise(words) if first.stem != second.stem
    )
    known = {stem: run.frequency("text", stem) for pair in found for stem in pair}
    return {pair: times for pair, times in found.items() if known[pair[0]] and known[pair[1]]}


def _proximity(run: Run, part: Best, pairs: Pairs) -> Floats:
    scores = np.zeros(len(part), np.float32)
    for pair in near_each_other(run, part, pairs):
        scores += pair.score_ordered
        scores += pair.score_unordered
    return scores


@dataclass(frozen=True, slots=True)
class Pair:
    """How often two words stand near each other in each document of a part, and what it scores."""

    stems: tuple[str, str]
    ordered: Floats
    unordered: Floats
    score_ordered: Floats
    score_unordered: Floats


def near_each_other(run: Run, part: Best, pairs: Pairs) -> Iterator[Pair]:
    """The sequential dependence model (Metzler & Croft 2005), its features saturated as BM25
    saturates a word. In the place of a pair's own idf stands the sum of the two, which it is where
    the words are independent."""
    field = part.leaf.field("text")
    begins, ends = field.base.take(part.docs), field.base.take(part.docs + 1)
    places: dict[str, tuple[Ints, Ints]] = {}
    for stem in {stem for pair in pairs for stem in pair}:
        run.budget.check()
        places[stem] = _places(run, part.leaf, stem, begins, ends)
    norms = run.norms(part.leaf, "text").take(part.docs)
    for (first, second), times in pairs.items():
        run.budget.check()
        (doc, at), (_, other) = places[first], places[second]
        if not len(at) or not len(other):
            continue
        size, after = len(part), at + 1
        first_out = np.minimum(at + WINDOW, ends.take(doc))
        first_in = np.maximum(at - (WINDOW - 1), begins.take(doc))
        # One search in place of three, each of which costs more to call than to do.
        place, out, in_ = other.searchsorted([after, first_out, first_in])
        follows, near = other.take(place, mode="clip") == after, out - in_
        ordered = np.bincount(doc, weights=follows, minlength=size).astype(np.float32)
        unordered = np.bincount(doc, weights=near, minlength=size).astype(np.float32)
        weight = times * (run.idf("text", first) + run.idf("text", second))
        yield Pair(
            (first, second),
            ordered,
            unordered,
            np.float32(weight * ORDERED) * saturated(ordered, norms),
            np.float32(weight * UNORDERED) * saturated(unordered, norms),
        )


def _places(run: Run, leaf: Leaf, stem: str, begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Where a stem stands in some documents: which of them, and the address."""
    term = run.term(leaf, "text", stem)
    if term is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    near = addresses_near(leaf, "text", stem, term, begins, ends)
    first = near.searchsorted(begins)
    counts = near.searchsorted(ends) - first
    return np.repeat(np.arange(len(begins)), counts), near.take(runs(first, counts))


# --- feedback -------------------------------------------------------------------------------------


def _expansion(run: Run, hits: Sequence[Ranked], stems: Stems) -> dict[str, float]:
    """The stems that tell the best articles from all others, the strongest of them weighing 1: Bo1,
    the Bose-Einstein model of Amati (2003)."""
    times: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    for hit in hits:
        run.budget.check()
        here = Counter(stems(hit.leaf, hit.doc))
        times.update(here)
        articles.update(here.keys())
    values = {
        stem: _bose_einstein(times[stem], run.occurrences("text", stem) / run.snapshot.size)
        for stem, number in articles.items()
        if number >= min(IN_AT_LEAST, len(hits))
    }
    top = sorted(values, key=lambda stem: (-values[stem], stem))[:EXPANSION]
    return {stem: values[stem] / values[top[0]] for stem in top}


def _bose_einstein(times: int, mean: float) -> float:
    """tf · log2((1 + P) / P) + log2(1 + P), with P the occurrences in an article on average."""
    return float(times * np.log2((1 + mean) / mean) + np.log2(1 + mean)) if mean else 0.0


def feedback(run: Run, part: Best, expansion: Mapping[str, float]) -> Floats:
    """What the words of the best articles score in each document of a part."""
    norms = run.norms(part.leaf, "text").take(part.docs)
    scores = np.zeros(len(part), np.float32)
    for stem, weight in expansion.items():
        run.budget.check()
        if (term := run.term(part.leaf, "text", stem)) is not None:
            at, rows = locate(term.docs, part.docs, part.leaf.size)
            tf = np.ones(len(at), np.float32)
            if term.tf is not None:
                tf = term.tf[rows].astype(np.float32)
            idf_ = idf(run.snapshot.size, run.frequency("text", stem))
            scores[at] += np.float32(weight * idf_) * saturated(tf, norms[at])
    return scores
