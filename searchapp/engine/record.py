"""An article with its tags ↔ a line of JSON, as the index stores it. Never a pickle."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

from searchapp.model import FACETS, Article, Corrected, IndexDamaged, Tag, Tagged, Tags

VERSION = 2
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_QUOTE: Callable[[str], str] = json.encoder.encode_basestring
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
    """The line of `tagged`, without its end. An original equal to the body is not repeated.

    It is put together here, as a general encoder takes twice as long.
    """
    article, corrected = tagged.article, tagged.corrected
    parts = [f'{{"version":{VERSION}']
    for name in _PLAIN:
        if value := getattr(article, name):
            if name == "original" and value == article.body:
                parts.append(',"original":true')
            else:
                parts.append(f',"{name}":{_QUOTE(value)}')
    if article.date:
        parts.append(f',"date":"{article.date.isoformat()}"')
    provenance = _ENCODE(dict(article.provenance)) if article.provenance else "{}"
    given = _ENCODE({f: list(v) for f, v in article.given.items()}) if article.given else "{}"
    parts.append(f',"provenance":{provenance},"given":{given},"tags":{_rows(tagged.tags)}')
    if corrected:
        parts.append(f',"corrected":{{"found":{_rows(corrected.found)}')
        parts.append(f',"removed":{_rows(corrected.removed)},"by":{_ENCODE(list(corrected.by))}')
        parts.append(f',"unseen":{_ENCODE(list(corrected.unseen))}}}')
    parts.append("}")
    return "".join(parts).encode("utf-8", "replace")


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


def _rows(tags: Tags) -> str:
    """The tags of each facet, each as a list that ends in its spans."""
    facets = [",".join(map(_row, tags.of(facet))) for facet in FACETS]
    return f"[[{'],['.join(facets)}]]"


def _row(tag: Tag) -> str:
    corrected = _ENCODE(list(tag.corrected)) if tag.corrected else "[]"
    spans = "".join([f",{start},{end}" for start, end in tag.spans])
    about, score = "true" if tag.about else "false", float(tag.score)
    return f"[{_QUOTE(tag.value)},{_QUOTE(tag.label)},{score!r},{about},{corrected}{spans}]"


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
