"""What is indexed: the Reuters articles, also many times over, and an encyclopedia."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

FACETS = ("country", "person", "topic")
DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[3] / "shared" / "data")
STEP = 10_000_000
"""Between the numbers of one article's copies; Reuters numbers its articles lower."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `number` is its id; `values` are those of FACETS, in that order."""

    number: int
    title: str
    body: str
    values: tuple[tuple[str, ...], ...]


def reuters() -> list[Article]:
    """Reuters 1987 with the editors' places, people and topics; the one empty article left out."""
    labels = ("places", "people", "topics")
    with gzip.open(DATA / "reuters" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Article(
            int(row["id"]),
            row["title"] or "",
            row["body"] or "",
            tuple(tuple(dict.fromkeys(row[label])) for label in labels),
        )
        for row in rows
        if row["title"] or row["body"]
    ]


def wiki() -> list[Article]:
    """An encyclopedia whose facets are made up from each article, see `_made_up`."""
    with gzip.open(DATA / "wiki" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Article(int(row["id"]), row["title"], row["text"], _made_up(row["title"], row["text"]))
        for row in rows
    ]


def _made_up(title: str, text: str) -> tuple[tuple[str, ...], ...]:
    """Country: the title's first letter. Person: one of 1,000 buckets for each of the title's first
    three words. Topic: the length in powers of two, and one of 20 buckets."""
    first = title[:1].upper()
    people = (f"bucket {_bucket(word, 1000)}" for word in title.split()[:3])
    length = f"length {(len(text) // 100).bit_length()}"
    return (
        (first if first.isalpha() else "other",),
        tuple(dict.fromkeys(people)),
        (length, f"part {_bucket(text, 20)}"),
    )


def _bucket(text: str, of: int) -> int:
    return zlib.crc32(text.encode()) % of


def copies(articles: list[Article], times: int) -> list[Article]:
    """The articles `times` over: nothing differs but the number."""
    return [
        replace(article, number=article.number + STEP * turn)
        for turn in range(times)
        for article in articles
    ]


@dataclass(frozen=True, slots=True)
class Collection:
    """Articles by name: `once` reads them, and they are taken `times` over."""

    name: str
    title: str
    once: Callable[[], list[Article]]
    times: int = 1

    def articles(self) -> list[Article]:
        return copies(self.once(), self.times)


COLLECTIONS = {
    found.name: found
    for found in (
        Collection("reuters", "Reuters", reuters),
        Collection("reuters-x20", "Reuters, 20 copies", reuters, 20),
        Collection("reuters-x100", "Reuters, 100 copies", reuters, 100),
        Collection("wiki", "Encyclopedia", wiki),
    )
}
