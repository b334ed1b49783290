"""A list of queries and what each finds, as CSV, JSON lines or a TREC run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from searchapp.archive import Archive
from searchapp.model import SearchError

Write = Callable[[str, str, Sequence[tuple[str, float]]], None]


def query_of(line: str, number: int, is_json: bool) -> tuple[str, str]:
    """The id and the text of a line; a plain line's id is its number."""
    if not is_json:
        return str(number), line.strip()
    try:
        row = json.loads(line)
        return str(row["id"]), str(row["text"])
    except (ValueError, KeyError, TypeError) as problem:
        raise SearchError('not a JSON object with "id" and "text"') from problem


def _trec(archive: Archive, out: TextIO) -> Write:
    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        for rank, (doc, score) in enumerate(hits, 1):
            out.write(f"{_unspaced(id_)} Q0 {_unspaced(doc)} {rank} {score:.6f} searchapp\n")

    return write


def _unspaced(name: str) -> str:
    """The format separates by spaces; ids may have them."""
    return "".join(f"%{ord(c):02X}" if c.isspace() else c for c in name)


def _jsonl(archive: Archive, out: TextIO) -> Write:
    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        rows = list(_rows(archive, hits))
        found = {"id": id_, "text": text, "hits": rows}
        out.write(json.dumps(found, ensure_ascii=False) + "\n")

    return write


def _csv(archive: Archive, out: TextIO) -> Write:
    rows = csv.writer(out, lineterminator="\n")
    names = ("rank", "id", "score", "title", "date", "source")
    rows.writerow(["query_id", "query", *names])

    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        for row in _rows(archive, hits):
            rows.writerow([id_, text, *(row[name] for name in names)])

    return write


def _rows(archive: Archive, hits: Sequence[tuple[str, float]]) -> Iterator[dict[str, Any]]:
    for rank, (doc, score) in enumerate(hits, 1):
        article = archive.article(doc).article
        yield {
            "rank": rank,
            "id": doc,
            "score": round(score, 6),
            "title": article.title,
            "date": article.date.isoformat() if article.date else None,
            "source": article.source,
        }


FORMATS: dict[str, Callable[[Archive, TextIO], Write]] = {
    "trec": _trec,
    "jsonl": _jsonl,
    "csv": _csv,
}
