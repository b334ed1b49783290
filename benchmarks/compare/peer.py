"""What the benchmark asks of an engine, and `load`, which finds one by name.

Every engine indexes title and body as one searched text with positions and English stems, and the
title once more; stores title and body; and keeps three facets of several values. A search answers
with ten ids by relevance, the exact total, and the ten commonest values of each facet with their
counts. As on a search page, a chosen country narrows everything but the counts of countries.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from compare.articles import Article
from compare.questions import Question

SHOWN = 10
"""Hits, and values of a facet, that a search answers with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Article numbers by relevance, how many match, and (value, articles) of each facet."""

    numbers: tuple[int, ...]
    total: int
    counts: tuple[tuple[tuple[str, int], ...], ...]


class Peer(Protocol):
    """An engine. `lacks` are the kinds of question it has no query for, and why."""

    name: str
    lacks: Mapping[str, str]

    def version(self) -> str: ...

    def prepare(self, articles: Sequence[Article]) -> Sequence[Any]:
        """The articles in the form its writer takes; nothing is analysed here."""
        ...

    def build(self, folder: Path, prepared: Sequence[Any]) -> None:
        """A new index of everything in `folder`, which is there and empty, durable when done."""
        ...

    def open(self, folder: Path) -> None:
        """Makes ready to search what `build` made."""
        ...

    def search(self, question: Question) -> Answer: ...

    def add(self, folder: Path, prepared: Sequence[Any]) -> None:
        """One commit to what `open` opened; the next search sees it."""
        ...

    def close(self) -> None: ...


class Missing(Exception):
    """An engine that is not installed; the text says what to install."""


INSTALLS = {
    "searchapp": "",
    "tantivy": "pip install searchapp[bench]",
    "tantivy-threads": "pip install searchapp[bench]",
    "fts5": "a Python whose SQLite has FTS5",
    "xapian": "apt install python3-xapian",
    "whoosh": "",
}
"""Every engine by name, and how it comes to be there."""


def load(name: str) -> Peer:
    """The engine called `name`. Raises Missing."""
    module, _, variant = name.partition("-")
    try:
        found = importlib.import_module(f"compare.{module}_peer")
        made: Peer = found.make(variant)
    except ImportError as problem:
        raise Missing(f"not installed ({INSTALLS[name]})") from problem
    return made


def commonest(counts: Mapping[str, int] | Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The SHOWN most frequent values, ties by value."""
    pairs = counts.items() if isinstance(counts, Mapping) else counts
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:SHOWN])
