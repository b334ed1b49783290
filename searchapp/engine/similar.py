"""Articles like one: its most telling words, run as a scored disjunction of them.

Which words tell is decided by tf·idf. In what is found a word scores as one that was typed
(`execute`), idf and all, as many times as it stands in the article: weighted by tf·idf it would
count its idf twice, and the neighbours have fewer topics in common. docs/ranking.md has the
numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from searchapp.analyse import Analyser
from searchapp.engine.execute import Found, Run, match, narrow
from searchapp.engine.order import Ranked, best, place
from searchapp.engine.snapshot import Leaf
from searchapp.model import FACETS, Any, Article, Neighbour, Telling, Word

WORDS = 15
"""25 find neighbours that are no better, and 40 hardly, in twice the time."""
IN_HEADLINE = 2
"""How often a word in the headline counts."""
LONGEST = 50_000
"""Characters of an article that are looked at."""


def telling(
    run: Run, article: Article, analyser: Analyser, stop_words: frozenset[str]
) -> list[Telling]:
    """The WORDS most telling words of an article, most telling first, ties by stem. Neither stop
    words nor numbers, nor what no other article has."""
    text = article.text[:LONGEST]
    times: Counter[str] = Counter()
    forms: dict[str, Counter[tuple[str, str]]] = {}
    for token in analyser.tokens(text):
        if token.exact in stop_words or token.exact.isdigit():
            continue
        in_headline = token.start < article.body_offset
        times[token.stem] += IN_HEADLINE if in_headline else 1
        form = token.exact, text[token.start : token.end]
        # Headlines have capitals of their own.
        forms.setdefault(token.stem, Counter())[form] += 1 if in_headline else 2
    run.budget.check()
    values = {
        stem: number * run.idf("text", stem)
        for stem, number in times.items()
        if run.frequency("text", stem) > 1
    }
    top = sorted(values, key=lambda stem: (-values[stem], stem))[:WORDS]
    most = max((times[stem] for stem in top), default=1)
    return [
        Telling(Word(stem, exact), said, times[stem] / most)
        for stem in top
        for (exact, said), _ in forms[stem].most_common(1)
    ]


def similar(
    run: Run, words: Sequence[Telling], but: tuple[Leaf, int], size: int
) -> list[Neighbour]:
    """The `size` live documents that score most for the words, in the order of `Engine.rank`,
    without the one they are of. `run` weighs the words."""
    parts = [best(_found(run, leaf, words, but), "relevance", size) for leaf in run.snapshot.leaves]
    hits = place(parts, "relevance", 0, size)
    return [Neighbour(hit.id, hit.score, _shared(run, hit, words)) for hit in hits]


def _found(run: Run, leaf: Leaf, words: Sequence[Telling], but: tuple[Leaf, int]) -> Found:
    docs, scores = match(run, leaf, Any(tuple(telling.word for telling in words)))
    keep = np.ones(len(docs), np.bool_) if leaf.live is None else leaf.live[docs]
    if leaf is but[0]:
        keep &= docs != but[1]
    docs = docs[keep]
    return Found(leaf, docs, None if scores is None else scores[keep], dict.fromkeys(FACETS, docs))


def _shared(run: Run, hit: Ranked, words: Sequence[Telling]) -> tuple[Telling, ...]:
    """Those of the words that a hit has, by what each brought it."""
    scored = []
    for number, one in enumerate(words):
        _, scores = narrow(run, hit.leaf, one.word, np.array([hit.doc]))
        if scores is not None and len(scores):
            scored.append((-float(scores[0]), number))
    return tuple(words[number] for _, number in sorted(scored))
