"""Values that the owner of an article states under our field names: front matter, JSON keys."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from searchapp.extract.dates import parse_date
from searchapp.extract.decode import tidy
from searchapp.extract.draft import Draft
from searchapp.extract.language import language_code
from searchapp.extract.names import without_by
from searchapp.extract.sentences import one_line

# The longest address that browsers and servers agree on.
_MAX_URL = 2048


def put_stated(draft: Draft, name: str, value: object) -> None:
    """Puts the value of a field of ours; an unknown name or a value without meaning is none."""
    if not isinstance(value, str):
        return
    value = one_line(tidy(value))
    match name:
        case "title" | "source":
            draft.put(name, value)
        case "author" | "byline":
            draft.put("byline", without_by(value))
        case "date" | "published":
            draft.put("date", parse_date(value))
        case "url":
            draft.put("url", web_url(value))
        case "language" | "lang":
            draft.put("language", language_code(value))


def web_url(value: object) -> str | None:
    """`value` if it is a link a browser may follow to the web."""
    if not isinstance(value, str) or len(value := value.strip()) > _MAX_URL:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    safe = parts.scheme in ("http", "https") and parts.hostname and not re.search(r'[\s<>"]', value)
    return value if safe else None
