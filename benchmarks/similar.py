"""Measures how good similar articles are, by the topics that Reuters' editors gave them, and how
long they take.

    python benchmarks/similar.py INDEX [REUTERS.jsonl.gz]

INDEX holds the articles of `benchmarks/reuters.py`. Of 500 articles, drawn topic by topic so that
the two topics of half the news do not decide, the ten nearest that have topics are looked at.
`topics` is the mean of what two articles' topics have in common (Jaccard); beside it stand a search
for any word of the headline, and articles at random.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from searchapp import query
from searchapp.engine import Engine, open_engine, similar
from searchapp.model import Query
from searchapp.settings import Settings

DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[2] / "shared" / "data")

ARTICLES = 500
NEAREST = 10
LEAST = 12
"""Articles that a topic has that is drawn from."""
LOOKED_AT = 30
"""Neighbours asked for, of which not all have topics."""

Topics = Mapping[str, frozenset[str]]
Ask = Callable[[str], Sequence[str]]


def main(index: str, path: Path) -> None:
    engine = open_engine(index, Settings())
    held = engine.known()
    topics = {id_: of for id_, of in labels(path).items() if of and id_ in held}
    drawn = draw(topics)
    titles = {t.article.id: t.article.title for t in engine.get(drawn, whole=False) if t}
    every = sorted(topics)
    print(f"{len(held):,} articles, {len(topics):,} with topics, {len(drawn)} of them asked for")
    print(f"{'':24} {'topics':>7} {'ms':>6}")
    tell("at random", lambda _: random.sample(every, LOOKED_AT), drawn, topics)
    tell("headline", lambda id_: by_words(engine, titles[id_], id_), drawn, topics)
    for number in (5, 10, 15, 25, 40):
        similar.WORDS = number
        tell(f"{number} words", lambda id_: nearest(engine, id_), drawn, topics)


def labels(path: Path) -> Topics:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return {f"reuters-{row['id']}": frozenset(row.get("topics") or ()) for row in rows}


def draw(topics: Topics) -> list[str]:
    """Articles, of a topic and then at random of those that have it."""
    random.seed(1)
    having = defaultdict(list)
    for id_, of in sorted(topics.items()):
        for topic in of:
            having[topic].append(id_)
    large = sorted(topic for topic, ids in having.items() if len(ids) >= LEAST)
    return sorted({random.choice(having[random.choice(large)]) for _ in range(ARTICLES)})


def nearest(engine: Engine, id_: str) -> Sequence[str]:
    return [near.id for near in engine.similar(id_, LOOKED_AT)]


def by_words(engine: Engine, text: str, but: str) -> Sequence[str]:
    """What a search for any of the words finds."""
    parsed = query.bag(text)
    root, _ = query.analyse(parsed.root, engine.analyser, lambda _, name: frozenset({name}))
    words = query.words(parsed.root, engine.analyser)
    hits = engine.rank(Query(root, words=words), stop=LOOKED_AT + 1, size=0).hits
    return [id_ for id_, _ in hits if id_ != but]


def tell(name: str, ask: Ask, drawn: Sequence[str], topics: Topics) -> None:
    began = time.process_time()
    answers = [ask(id_) for id_ in drawn]
    took = (time.process_time() - began) / len(drawn)
    scores = [in_common(topics, one, found) for one, found in zip(drawn, answers, strict=True)]
    print(f"{name:24} {sum(scores) / len(scores):7.3f} {1000 * took:6.2f}")


def in_common(topics: Topics, one: str, found: Sequence[str]) -> float:
    """The mean over the NEAREST with topics; one that is missing has nothing in common."""
    near = [topics[id_] for id_ in found if id_ in topics][:NEAREST]
    return sum(len(topics[one] & of) / len(topics[one] | of) for of in near) / NEAREST


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else DATA / "reuters/train.jsonl.gz")
