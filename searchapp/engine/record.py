"""An article with its tags ↔ a line of JSON, as the index stores it. Never a pickle."""

from __future__ import annotations

import datetime
import json
from typing import Any

from searchapp.model import FACETS, Article, Corrected, IndexDamaged, Tag, Tagged, Tags

VERSION = 2
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLAIN = (
    "id",
    "title",
    "body",
    "source",
    "byline",
    "place",
    "language",
    "url",
    "path",
    "origin",
    "original",
    "digest",
)


def pack(tagged: Tagged) -> bytes:
    """The line of `tagged`, without its end. An original equal to the body is not repeated."""
    article = tagged.article
    record: dict[str, Any] = {"version": VERSION}
    record |= {name: value for name in _PLAIN if (value := getattr(article, name))}
    if article.original == article.body:
        record["original"] = True
    if article.date:
        record["date"] = article.date.isoformat()
    record["provenance"] = dict(article.provenance)
    record["given"] = {facet: list(values) for facet, values in article.given.items()}
    record["tags"] = _rows(tagged.tags)
    if corrected := tagged.corrected:
        record["corrected"] = {
            "found": _rows(corrected.found),
            "removed": _rows(corrected.removed),
            "by": list(corrected.by),
            "unseen": list(corrected.unseen),
        }
    return _ENCODE(record).encode("utf-8", "replace")


def unpack(line: bytes) -> Tagged:
    """The article of a line. Raises IndexDamaged where it is none."""
    try:
        record = json.loads(line)
        return Tagged(_article(record), _tags(record["tags"]), _corrected(record.get("corrected")))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise IndexDamaged(f"a stored article cannot be read ({problem})") from problem


def _article(record: dict[str, Any]) -> Article:
    plain = {name: record[name] for name in _PLAIN if name in record}
    for name in ("id", "title", "body"):
        plain.setdefault(name, "")
    if plain.get("original") is True:
        plain["original"] = plain["body"]
    date = record.get("date")
    return Article(
        **plain,
        date=datetime.date.fromisoformat(date) if date else None,
        provenance=record["provenance"],
        given={facet: tuple(values) for facet, values in record["given"].items()},
    )


def _rows(tags: Tags) -> list[list[list[Any]]]:
    """The tags of each facet, each as a list that ends in its spans."""
    return [
        [
            [
                t.value,
                t.label,
                t.score,
                t.about,
                list(t.corrected),
                *(n for s in t.spans for n in s),
            ]
            for t in tags.of(facet)
        ]
        for facet in FACETS
    ]


def _tags(facets: list[list[list[Any]]]) -> Tags:
    found = {
        facet: tuple(
            Tag(
                value,
                label,
                tuple(zip(ends[::2], ends[1::2], strict=True)),
                score,
                about,
                tuple(corrected),
            )
            for value, label, score, about, corrected, *ends in rows
        )
        for facet, rows in zip(FACETS, facets, strict=True)
    }
    return Tags(**found)


def _corrected(record: dict[str, Any] | None) -> Corrected | None:
    if record is None:
        return None
    return Corrected(
        found=_tags(record["found"]),
        removed=_tags(record["removed"]),
        by=tuple(record["by"]),
        unseen=tuple(record["unseen"]),
    )
