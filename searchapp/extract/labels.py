"""Lines of metadata in plain text: a byline, a stated source, a date."""

from __future__ import annotations

import re

from searchapp.extract.dates import read_date_line
from searchapp.extract.furniture import PIECES
from searchapp.extract.names import read_byline

_SOURCE = re.compile(r"(?:source|publication|publisher)\s*:\s*(?P<source>[^:]{2,60})", re.I)
# Two names with their roles and a date with its time.
_MAX_LENGTH = 160


def read_label(line: str) -> dict[str, object]:
    """What a line of metadata states, by field; empty for any other line."""
    found: dict[str, object] = {}
    if len(line) > _MAX_LENGTH:
        return found
    for piece in filter(None, PIECES.split(line)):
        stated = read_byline(piece) or _read_source(piece) or read_date_line(piece)
        if not stated:
            return {}
        found.update(stated)
    return found


def _read_source(line: str) -> dict[str, object]:
    match = _SOURCE.fullmatch(line)
    return {"source": match["source"].strip()} if match else {}
