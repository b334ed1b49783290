"""An article with its tags ↔ two lines of JSON, as the index stores it. Never a pickle.

The first is all that a page of results needs, the second the rest: originals and evidence may be
many times as long as what is shown of them.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from searchapp.model import BEGINNING, FACETS, Article, Corrected, IndexDamaged, Tag, Tagged, Tags

VERSION = 3
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DECODE = msgspec.json.Decoder().decode
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
    "digest",
)


def pack(tagged: Tagged) -> tuple[bytes, bytes]:
    """The lines of `tagged`, without their ends. An original equal to the body is not repeated.

    They are put together here, as a general encoder takes twice as long.
    """
    article, corrected, body = tagged.article, tagged.corrected, tagged.article.body
    parts, rest = [f'{{"version":{VERSION}'], []
    for name in _PLAIN:
        if value := getattr(article, name):
            parts.append(f',"{name}":{_QUOTE(value[:BEGINNING] if name == "body" else value)}')
    if len(body) > BEGINNING:
        rest.append(f'"body":{_QUOTE(body[BEGINNING:])}')
    if article.original == body:
        parts.append(',"original":true')
    elif article.original:
        rest.append(f'"original":{_QUOTE(article.original)}')
    if article.date:
        parts.append(f',"date":"{article.date.isoformat()}"')
    provenance = _ENCODE(dict(article.provenance)) if article.provenance else "{}"
    given = _ENCODE({f: list(v) for f, v in article.given.items()}) if article.given else "{}"
    parts.append(f',"provenance":{provenance},"given":{given},"tags":{_rows(tagged.tags)}}}')
    if any(tag.spans for facet in FACETS for tag in tagged.tags.of(facet)):
        rest.append(f'"spans":{_spans(tagged.tags)}')
    if corrected:
        rest.append(f'"corrected":{_packed(corrected)}')
    line = "".join(parts).encode("utf-8", "replace")
    return line, f"{{{','.join(rest)}}}".encode("utf-8", "replace") if rest else b""


def _packed(corrected: Corrected) -> str:
    found, removed = corrected.found, corrected.removed
    return (
        f'{{"found":[{_rows(found)},{_spans(found)}],"removed":[{_rows(removed)},{_spans(removed)}],'
        f'"by":{_ENCODE(list(corrected.by))},"unseen":{_ENCODE(list(corrected.unseen))}}}'
    )


def unpack(line: bytes, rest: bytes | None = None) -> Tagged:
    """The article of two lines; without the second what `Engine.get` calls its beginning. Raises
    IndexDamaged where they are none."""
    try:
        record = _DECODE(line)
        tagged = Tagged(_article(record), _tags(record["tags"]))
        if rest is None:
            return tagged
        return _whole(tagged, _DECODE(rest) if rest else {}, record.get("original", False))
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


def _rows(tags: Tags) -> str:
    """The tags without their spans."""
    facets = [",".join(map(_row, tags.of(facet))) for facet in FACETS]
    return f"[[{'],['.join(facets)}]]"


def _row(tag: Tag) -> str:
    corrected = f",{_ENCODE(list(tag.corrected))[1:-1]}" if tag.corrected else ""
    about, score = "true" if tag.about else "false", float(tag.score)
    return f"[{_QUOTE(tag.value)},{_QUOTE(tag.label)},{score!r},{about}{corrected}]"


def _spans(tags: Tags) -> str:
    """The spans of each tag, start and end in turn."""
    facets = [",".join(map(_ends, tags.of(facet))) for facet in FACETS]
    return f"[[{'],['.join(facets)}]]"


def _ends(tag: Tag) -> str:
    return f"[{','.join([f'{start},{end}' for start, end in tag.spans])}]"


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
