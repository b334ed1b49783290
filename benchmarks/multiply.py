"""Makes an index with the articles of another many times over, without tagging them again.

    python benchmarks/multiply.py /tmp/reuters /tmp/reuters-x20 --times 20

Copies differ in their ids alone: `reuters-1`, `reuters-1-2` … `reuters-1-20`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from searchapp.engine import Engine, open_engine
from searchapp.model import Query, Tagged
from searchapp.settings import Settings


def copies(engine: Engine, times: int) -> Iterator[Tagged]:
    once = [tagged for tagged, _ in engine.every(Query())]
    for turn in range(1, times + 1):
        for tagged in once:
            id_ = tagged.article.id if turn == 1 else f"{tagged.article.id}-{turn}"
            yield replace(tagged, article=replace(tagged.article, id=id_))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    settings = Settings(search_seconds=3600)
    made = open_engine(arguments.made, settings, create=True)
    made.write(copies(open_engine(arguments.index, settings), arguments.times))
    print(f"{made.stats().articles:,} articles")


if __name__ == "__main__":
    main()
