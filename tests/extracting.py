"""What the tests of extraction share: a paragraph, and the article in some bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from searchapp.extract import extract
from searchapp.model import Article, Kind, Source

SEEDS = Path(__file__).parent.parent / "seeds"
DATA = Path(os.environ.get("SEARCHAPP_DATA", Path(__file__).parent.parent.parent / "shared/data"))

PARAGRAPH = "The ministers of both countries met on Tuesday and agreed to build a gas pipeline."


def article(data: str | bytes, kind: Kind = "text") -> Article:
    data = data.encode() if isinstance(data, str) else data
    return extract(Source("a", "news/a", "/news/a", kind, data))


def from_json(**row: object) -> Article:
    return article(json.dumps(row), "json")
