"""An article with its tags ↔ two lines of JSON, as the index stores it. Never a pickle.

The first is all that a page of results needs, the second the rest: originals and evidence may be
many times as long as what is shown of them.
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
    rest: dict[str, Any] = {}
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
    if any(t.spans for facet in FACETS for t in tagged.tags.of(facet)):
        rest["spans"] = _spans(tagged.tags)
    if corrected := tagged.corrected:
        rest["corrected"] = {
            "found": _whole_rows(corrected.found),
            "removed": _whole_rows(corrected.removed),
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
        tagged = Tagged(_article(record), _tags(record["tags"]))
        if rest is None:
            return tagged
        return _whole(tagged, json.loads(rest) if rest else {}, record.get("original", False))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise IndexDamaged(f"a stored article cannot be read ({problem})") from problem


def _whole(start: Tagged, rest: dict[str, Any], original_is_body: bool) -> Tagged:
    """What has that beginning and that rest."""
    body = start.article.body + rest.get("body", "")
    original = body if original_is_body else rest.get("original", "")
    return Tagged(
        replace(start.article, body=body, original=original),
        _with_spans(start.tags, rest["spans"]) if "spans" in rest else start.tags,
        _corrected(rest.get("corrected")),
    )


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


Rows = list[list[list[Any]]]
"""Of each facet, of each of its tags, a list."""


def _rows(tags: Tags) -> Rows:
    """The tags without their spans."""
    return [
        [[t.value, t.label, t.score, t.about, *t.corrected] for t in tags.of(facet)]
        for facet in FACETS
    ]


def _spans(tags: Tags) -> Rows:
    """The spans of each tag, start and end in turn."""
    return [[[n for span in t.spans for n in span] for t in tags.of(facet)] for facet in FACETS]


def _whole_rows(tags: Tags) -> list[Rows]:
    return [_rows(tags), _spans(tags)]


def _tags(facets: Rows) -> Tags:
    found = {
        facet: tuple(
            Tag(value, label, (), score, about, tuple(corrected))
            for value, label, score, about, *corrected in rows
        )
        for facet, rows in zip(FACETS, facets, strict=True)
    }
    return Tags(**found)


def _with_spans(tags: Tags, facets: Rows) -> Tags:
    found = {
        facet: tuple(
            replace(tag, spans=tuple(zip(ends[::2], ends[1::2], strict=True)))
            for tag, ends in zip(tags.of(facet), rows, strict=True)
        )
        for facet, rows in zip(FACETS, facets, strict=True)
    }
    return Tags(**found)


def _corrected(record: dict[str, Any] | None) -> Corrected | None:
    if record is None:
        return None
    return Corrected(
        found=_with_spans(_tags(record["found"][0]), record["found"][1]),
        removed=_with_spans(_tags(record["removed"][0]), record["removed"][1]),
        by=tuple(record["by"]),
        unseen=tuple(record["unseen"]),
    )
