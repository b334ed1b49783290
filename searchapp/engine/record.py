"""An article with its tags ↔ two lines of JSON, as the index stores it. Never a pickle.

The first is all that a page of results needs; the second is the rest, and of most articles empty.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from typing import Any

from searchapp.model import BEGINNING, FACETS, Article, Corrected, IndexDamaged, Tag, Tagged, Tags

VERSION = 3
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
    "digest",
)


def pack(tagged: Tagged) -> tuple[bytes, bytes]:
    """The lines of `tagged`, without their ends. An original equal to the body is not repeated."""
    article = tagged.article
    rest: dict[str, str] = {}
    record: dict[str, Any] = {"version": VERSION}
    record |= {name: value for name in _PLAIN if (value := getattr(article, name))}
    if len(article.body) > BEGINNING:
        record["body"], rest["body"] = article.body[:BEGINNING], article.body[BEGINNING:]
    if article.original == article.body:
        record["original"] = True
    elif article.original:
        rest["original"] = article.original
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
    return _line(record), _line(rest) if rest else b""


def _line(record: dict[str, Any]) -> bytes:
    return _ENCODE(record).encode("utf-8", "replace")


def unpack(line: bytes, rest: bytes | None = None) -> Tagged:
    """The article of two lines; without the second what `Engine.get` calls its beginning. Raises
    IndexDamaged where they are none."""
    try:
        record = json.loads(line)
        article = _article(record)
        if rest is not None:
            article = _whole(article, json.loads(rest) if rest else {}, record.get("original"))
        return Tagged(article, _tags(record["tags"]), _corrected(record.get("corrected")))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise IndexDamaged(f"a stored article cannot be read ({problem})") from problem


def _article(record: dict[str, Any]) -> Article:
    plain = {name: record[name] for name in _PLAIN if name in record}
    for name in ("id", "title", "body"):
        plain.setdefault(name, "")
    date = record.get("date")
    return Article(
        **plain,
        date=datetime.date.fromisoformat(date) if date else None,
        provenance=record["provenance"],
        given={facet: tuple(values) for facet, values in record["given"].items()},
    )


def _whole(article: Article, rest: dict[str, str], original_is_body: bool | None) -> Article:
    body = article.body + rest.get("body", "")
    return replace(
        article, body=body, original=body if original_is_body else rest.get("original", "")
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
