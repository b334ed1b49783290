"""Times questions of a vocabulary by pattern and by slip.

    python benchmarks/vocabulary.py [WIKI.jsonl.gz]

The words are those of the encyclopedia in the measuring data, and as many more, each with a letter
added, as 300,000 need. Each time is the median of seven, in milliseconds; making the matrices,
which the first question does, is shown by itself.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from searchapp.analyse import Analyser
from searchapp.engine.vocabulary import Vocabulary

DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[2] / "shared" / "data")
TERMS = 300_000
PATTERNS = ("w?rld", "pip*ne", "?ran", "*stan", "*pipe*", "*a*e*i*o*u*", "*e*")
WORDS = ("iran", "tehran", "pipline", "shamkani", "international")


def vocabulary(path: Path) -> Vocabulary:
    analyser = Analyser()
    terms: set[str] = set()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            terms.update(token.exact for token in analyser.tokens(json.loads(line)["text"]))
    chance = random.Random(1)
    known = sorted(terms)
    while len(terms) < TERMS:
        terms.add(chance.choice(known) + chance.choice("aeinorst"))
    return Vocabulary.of(terms)


def milliseconds(question: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        began = time.perf_counter()
        question()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def main(path: Path) -> None:
    terms = vocabulary(path)
    began = time.perf_counter()
    terms.wildcard("?")
    print(f"{len(terms):,} terms; matrices {(time.perf_counter() - began) * 1000:.0f} ms")
    for pattern in PATTERNS:
        took = milliseconds(lambda p=pattern: terms.wildcard(p))
        print(f"{pattern:16}{took:6.2f} ms  {len(terms.wildcard(pattern)):,} terms")
    for word in WORDS:
        took = milliseconds(lambda w=word: terms.fuzzy(w, 2))
        print(f"{word + '~2':16}{took:6.2f} ms  {len(terms.fuzzy(word, 2)[0]):,} terms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "wiki" / "docs.jsonl.gz")
