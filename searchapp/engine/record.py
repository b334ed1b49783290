"""An article with its tags ↔ the bytes stored in the index: JSON, deflated. Never a pickle."""

from __future__ import annotations

import datetime
import json
import zlib
from typing import Any

from searchapp.model import FACETS, Article, IndexDamaged, Tag, Tagged, Tags

VERSION = 1
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
    """The record of `tagged`; body and original compress together, so most text costs once."""
    article = tagged.article
    record: dict[str, Any] = {"version": VERSION}
    record |= {name: value for name in _PLAIN if (value := getattr(article, name))}
    if article.original == article.body:
        record["original"] = True
    if article.date:
        record["date"] = article.date.isoformat()
    record["provenance"] = dict(article.provenance)
    record["given"] = {facet: list(values) for facet, values in article.given.items()}
    for facet in FACETS:
        record[facet] = [
            [tag.value, tag.label, tag.score, tag.about, *(n for span in tag.spans for n in span)]
            for tag in tagged.tags.of(facet)
        ]
    return zlib.compress(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"), 6)


def unpack(data: bytes) -> Tagged:
    """The article of a record. Raises IndexDamaged where it is none."""
    try:
        record = json.loads(zlib.decompress(data))
        return Tagged(_article(record), Tags(**{f: _tags(record[f]) for f in FACETS}))
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as problem:
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


def _tags(rows: list[list[Any]]) -> tuple[Tag, ...]:
    return tuple(
        Tag(value, label, tuple(zip(ends[::2], ends[1::2], strict=True)), score, about)
        for value, label, score, about, *ends in rows
    )
