"""Measures what a page of results costs beside its ranking: reading ten articles and marking them.

    python benchmarks/snippets.py INDEX [QUERY …]

Milliseconds of processor time, the least of several runs: `read` is `Engine.get`, `marks` titles
and passages of words met before, `first` the same in a process that has not met them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from searchapp import highlight, query
from searchapp.analyse import Analyser
from searchapp.engine import Engine, open_engine
from searchapp.locate import Marker, terms
from searchapp.model import Node, Query, Tagged
from searchapp.settings import Settings

QUERIES = (
    "oil",
    "gulf oil tanker",
    "japan trade surplus tariffs",
    '"crude oil"',
    '"interest rate cut"',
    "petrol*",
    "w*n",
    "inflaton~",
    '"oil prices"~5',
)
RUNS = 15
HITS = 10


def main(index: str, queries: Sequence[str]) -> None:
    engine = open_engine(index, Settings())
    print(f"{'query':30} {'hits':>7} {'characters':>10} {'read':>6} {'marks':>6} {'first':>6}")
    for text in queries:
        parsed = query.parse(text, "all", Settings())
        root, _ = query.analyse(parsed.root, engine.analyser, lambda _, name: frozenset({name}))
        measure(engine, text, root)


def measure(engine: Engine, text: str, root: Node) -> None:
    ranking = engine.rank(Query(root), stop=HITS, size=0)
    ids = [id_ for id_, _ in ranking.hits]
    found = [tagged for tagged in engine.get(ids, whole=False) if tagged]
    read = least(lambda: engine.get(ids, whole=False))
    marks = least(lambda: shown(found, root, engine.analyser))
    first = least(lambda: shown(found, root, Analyser(engine.analyser.language)), 3)
    size = sum(len(tagged.article.body) for tagged in found)
    print(f"{text:30} {ranking.total:7,} {size:10,} {read:6.2f} {marks:6.2f} {first:6.2f}")


def shown(found: Sequence[Tagged], root: Node, analyser: Analyser) -> object:
    body, title = Marker(terms(root), analyser), Marker(terms(root, "title"), analyser)
    return [
        (highlight.mark(tagged.article.title, title), highlight.passages(tagged.article.body, body))
        for tagged in found
    ]


def least(work: Callable[[], Any], runs: int = RUNS) -> float:
    """Milliseconds."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1000


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or QUERIES)
