"""Scores of Google's Lighthouse for the pages of a site that is being served.

    npm install --prefix /tmp/lh lighthouse     # once, outside of this repository
    searchapp serve seeds                       # in another terminal
    PATH=/tmp/lh/node_modules/.bin:$PATH python tools/lighthouse.py http://127.0.0.1:8000

Prints Markdown: each page as a phone and as a desk sees it, and what kept a score below 100. It
needs Node 18 and Chromium ($CHROME_PATH). A run takes 15 seconds; the better of two counts, since
the speed of pages depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, build_opener

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless --no-sandbox --disable-background-networking"
DEVICES: dict[str, tuple[str, ...]] = {"phone": (), "desk": ("--preset=desktop",)}
MEASURES = (
    ("first-contentful-paint", "first paint, s", 1000, "{:.1f}"),
    ("total-blocking-time", "blocked, ms", 1, "{:.0f}"),
    ("cumulative-layout-shift", "layout shift", 1, "{:.3f}"),
    ("total-byte-weight", "loaded, kB", 1000, "{:.1f}"),
)
"""Audit, heading, what its number is divided by, how it is written."""

_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Report:
    """What Lighthouse found of one page: scores from 0 to 100, in the order of CATEGORIES."""

    scores: tuple[int, ...]
    audits: dict[str, Any]

    def weak(self) -> Iterator[str]:
        """The audits that count and are not passed."""
        for name, audit in self.audits.items():
            if audit["score"] is not None and audit["score"] < 0.9 and audit["weighs"]:
                yield f"{name} ({audit['title'].rstrip('.')})"


def pages_of(site: str, q: str) -> list[Page]:
    """The kinds of pages, of what a search for `q` finds."""
    found = _answer(f"{site}/api/v1/search?{urlencode({'q': q})}")
    pages = [Page("home", f"{site}/"), Page("results", f"{site}/?{urlencode({'q': q})}")]
    pages.append(Page("results with a map", f"{site}/?{urlencode({'q': q, 'map': 1})}"))
    if found["hits"]:
        pages.append(Page("article", site + found["hits"][0]["links"]["html"]))
    for bucket in found["facets"]["person"]["buckets"][:1]:
        pages.append(Page("person", f"{site}/person/{quote(bucket['value'])}"))
    return pages


def _answer(url: str) -> Any:
    with _open(url, timeout=60) as response:
        return json.load(response)


def report(page: Page, device: str) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            *("lighthouse", page.url, "--quiet", "--output=json", f"--output-path={path}"),
            *(f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"),
            *DEVICES[device],
        ]
        subprocess.run(command, check=True, timeout=180)
        found = json.loads(path.read_text(encoding="utf-8"))
    counted = {
        audit["id"]
        for category in found["categories"].values()
        for audit in category["auditRefs"]
        if audit["weight"]
    }
    audits = {name: {**a, "weighs": name in counted} for name, a in found["audits"].items()}
    scores = tuple(round(100 * (found["categories"][name]["score"] or 0)) for name in CATEGORIES)
    return Report(scores, audits)


def table(pages: list[Page], runs: int) -> Iterator[str]:
    headings = ("page", "seen on a", *CATEGORIES, *(heading for _, heading, _, _ in MEASURES))
    yield _row(*headings)
    yield _row(*["---"] * len(headings))
    weak: dict[str, list[str]] = {}
    for page in pages:
        for device in DEVICES:
            best = max((report(page, device) for _ in range(runs)), key=lambda r: r.scores)
            numbers = (
                form.format(best.audits[audit]["numericValue"] / unit)
                for audit, _, unit, form in MEASURES
            )
            yield _row(page.name, device, *map(str, best.scores), *numbers)
            for audit in best.weak():
                weak.setdefault(audit, []).append(f"{page.name}, {device}")
    yield ""
    for audit, places in weak.items():
        yield f"- {audit}: {'; '.join(places)}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("site", help="its address")
    parser.add_argument("-q", default="iran", help="a search that finds something")
    parser.add_argument("--runs", type=int, default=2)
    arguments = parser.parse_args()
    os.environ.setdefault("CHROME_PATH", "/usr/bin/chromium")
    pages = pages_of(arguments.site.rstrip("/"), arguments.q)
    for line in table(pages, arguments.runs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
