"""Labelled articles to train on: two topics that words tell apart, and some news of neither."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

SHIPS = ("freighter", "tanker", "container ship", "bulk carrier", "ferry")
PORTS = ("Odessa", "Rotterdam", "Novorossiysk", "Piraeus", "Hamburg")
TEAMS = ("Dynamo", "Ajax", "Olympiacos", "Spartak", "Celtic")
TALKS = ("budget", "treaty", "census", "pension bill", "school reform")


def articles() -> list[dict[str, object]]:
    """25 about shipping, a topic of the owner's own, 25 about football, 25 about neither."""
    found: list[dict[str, object]] = []
    for a, b in itertools.product(range(5), range(5)):
        found += [
            _article(
                f"ship-{a}{b}",
                f"{SHIPS[a].title()} leaves {PORTS[b]}",
                f"The {SHIPS[a]} left the harbour of {PORTS[b]} with cargo for the docks.",
                ["shipping"],
            ),
            _article(
                f"match-{a}{b}",
                f"{TEAMS[a]} beat {TEAMS[b]}",
                f"{TEAMS[a]} scored a late goal against {TEAMS[b]} in the league match.",
                ["sport"],
            ),
            _article(
                f"talk-{a}{b}",
                f"Talks on the {TALKS[a]}",
                f"Members spoke of the {TALKS[a]} and the {TALKS[b]} until the evening.",
                [],
            ),
        ]
    return found


def _article(id_: str, title: str, text: str, topic: list[str]) -> dict[str, object]:
    return {"id": id_, "title": title, "text": text, "topic": topic}


def write(path: Path, rows: list[dict[str, object]], *more: str) -> Path:
    """`rows` as JSON Lines, and lines as they are."""
    path.write_text("".join(f"{line}\n" for line in [*map(json.dumps, rows), *more]))
    return path
