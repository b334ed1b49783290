"""JSON: one object with the owner's text and values, which stay as given.

Offsets into the owner's text hold, so nothing is dropped from it: a control character becomes one
other character, and a dateline is read but stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from searchapp.extract.dateline import take_dateline
from searchapp.extract.decode import tidy_in_place
from searchapp.extract.draft import Draft
from searchapp.extract.metadata import put_stated
from searchapp.extract.sentences import first_sentence, one_line
from searchapp.model import FACETS, UnreadableSource

_FIELDS = ("title", "date", "url", "source", "author", "language")


def extract_record(draft: Draft, data: bytes) -> None:
    """Fills `draft` from one JSON object. Raises UnreadableSource."""
    row = _read_object(data)
    draft.original = tidy_in_place(data.decode("utf-8", "replace"))
    title = _text_of(row, "title")
    body = _text_of(row, "text" if row.get("text") is not None else "body")
    if not title.strip() and not body.strip():
        raise UnreadableSource("has neither text nor title")
    for name in _FIELDS:
        put_stated(draft, name, row.get(name))
    draft.body = tidy_in_place(body)
    without_dateline = take_dateline(draft, draft.body.lstrip())
    draft.put("title", first_sentence(without_dateline), "inferred")
    draft.given = {facet: values for facet in FACETS if (values := _values_of(row, facet))}


def _read_object(data: bytes) -> Mapping[str, object]:
    try:
        row = json.loads(data.decode("utf-8"))
    except RecursionError as problem:
        raise UnreadableSource("is nested too deeply") from problem
    except ValueError as problem:
        raise UnreadableSource(f"is not JSON: {problem}") from problem
    if not isinstance(row, dict):
        raise UnreadableSource("is not a JSON object")
    return row


def _text_of(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableSource(f"{name} is not text")
    return value


def _values_of(row: Mapping[str, object], facet: str) -> tuple[str, ...]:
    value = row.get(facet)
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        return ()
    texts = (one_line(tidy_in_place(text)) for text in listed if isinstance(text, str))
    return tuple(dict.fromkeys(filter(None, texts)))
