"""Maps the Reuters articles of the measuring data to the JSON Lines that `searchapp index` reads.

    python benchmarks/reuters.py [REUTERS.jsonl.gz] > reuters.jsonl

The editors' country, person and topic codes are left out: finding those is what we measure. The
data is for research only, so nothing of it is in this repository.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[2] / "shared" / "data")


def article(row: dict[str, Any]) -> dict[str, Any]:
    """One row of the data as an article; the dateline goes back where it was printed."""
    dateline = row.get("dateline") or ""
    mapped = {
        "id": f"reuters-{row['id']}",
        "title": row.get("title") or "",
        "text": f"{dateline} {row.get('body') or ''}".strip(),
        "date": row.get("date") or "",
        "author": row.get("author") or "",
        "source": "Reuters",
        "language": "en",
    }
    return {name: value for name, value in mapped.items() if value}


def main(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [article(json.loads(line)) for line in lines]
    whole = [row for row in rows if "title" in row or "text" in row]
    for row in whole:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    if len(whole) < len(rows):
        print(f"{len(rows) - len(whole)} without title and text left out", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "reuters" / "train.jsonl.gz")
