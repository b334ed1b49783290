"""What a search finds as files: CSV for spreadsheets, JSON lines that `searchapp index` takes back.

A spreadsheet runs a cell that looks like a formula, and what is in the cells comes from anywhere:
such a cell gets an apostrophe before it, which spreadsheets take for "this is text".
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from searchapp.model import FACETS, Hit, Tagged, Tags

COLUMNS = (
    *("id", "title", "date", "source", "byline", "url", "path", "language"),
    *("countries", "people", "topics", "snippet"),
)
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""How a cell begins that a spreadsheet may run."""
MARK = "\ufeff"
"""Says to a spreadsheet that the file is UTF-8."""


def csv_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """The lines of the file, a head first; several values in a cell are separated by "; "."""
    yield MARK + _line(COLUMNS)
    for hit in hits:
        yield _line([_harmless(cell) for cell in _cells(hit)])


def _cells(hit: Hit) -> list[str]:
    found = (hit.source, hit.byline, hit.url, hit.path, hit.language)
    return [
        hit.id,
        hit.title.text,
        hit.date.isoformat() if hit.date else "",
        *(text or "" for text in found),
        *_labels(hit.tags),
        " … ".join(passage.text for passage in hit.passages),
    ]


def _labels(tags: Tags) -> list[str]:
    """A cell for each facet; countries that are only mentioned are left out."""
    return ["; ".join(tag.label for tag in tags.of(facet) if tag.about) for facet in FACETS]


def _harmless(cell: str) -> str:
    """The cell as text, whatever a spreadsheet makes of it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cell.replace("\0", "") for cell in cells)
    return line.getvalue()


def json_lines(articles: Iterable[Tagged]) -> Iterator[str]:
    """A line for each article, of what `searchapp index` reads; what is not known is left out.

    A title that was inferred from the text is inferred again; countries that are only mentioned
    and values that corrections took away are not there.
    """
    for tagged in articles:
        yield json.dumps(_row(tagged), ensure_ascii=False) + "\n"


def _row(tagged: Tagged) -> dict[str, object]:
    article = tagged.article
    row = {
        "id": article.id,
        "title": article.headline,
        "text": article.body,
        "date": article.date.isoformat() if article.date else None,
        "url": article.url,
        "source": article.source,
        "author": article.byline,
        "language": article.language,
        **{facet: list(tagged.tags.values(facet)) for facet in FACETS},
    }
    return {name: value for name, value in row.items() if value}
