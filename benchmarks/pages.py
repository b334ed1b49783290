"""The pages of the site over the Reuters articles: time on the server and weight in the browser.

    python benchmarks/reuters.py > reuters.jsonl
    searchapp index reuters.jsonl --index /tmp/reuters
    python benchmarks/pages.py --index /tmp/reuters

Prints Markdown. Each address is asked through the WSGI application in this process; one answer
warms up, and the median of the others counts. The times are CPU time of the thread, which says
the same on a machine that others use too; wall time stands beside it. A page's weight is what an
empty browser loads: the page and the styles, scripts and pictures it names, compressed as sent.
"""

from __future__ import annotations

import argparse
import math
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urljoin

from flask import before_render_template, template_rendered
from flask.testing import FlaskClient

from searchapp import highlight, web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Hit
from searchapp.settings import Settings
from searchapp.web import drawing

RESULTS = (
    "/",
    "/?sort=newest",
    "/?page=50",
    "/?q=oil",
    "/?q=shares",
    "/?q=gas+pipeline",
    "/?q=interest+rates+cut",
    "/?q=trade+deficit&sort=newest",
    "/?q=company+said+it+will&match=any",
    "/?q=the+bank+of+japan",
    "/?q=%22crude+oil%22",
    "/?q=%22bank+of+england%22+-rates",
    "/?q=%22gas+pipeline%22~5",
    "/?q=wheat+OR+corn+OR+soybeans",
    "/?q=(opec+OR+%22oil+minister%22)+AND+production",
    "/?q=pipelin*",
    "/?q=w?rld",
    "/?q=pipline~1",
    "/?q=title:coffee",
    "/?q=country:Iran+oil",
    "/?q=person:Volcker",
    "/?q=date:1987-03..1987-04+dollar",
    "/?q=dollar&page=50",
    "/?q=dollar&per_page=100",
    "/?country=JP",
    "/?country=JP&country=US",
    "/?country=JP&country=US&facet_mode=country:all",
    "/?q=trade&country=JP&not_country=US",
    "/?q=trade&country=JP&countries=mentioned",
    "/?person=Paul+Volcker",
    "/?person=Ronald+Reagan&person=Yasuhiro+Nakasone&facet_mode=person:all",
    "/?topic=medtop:04000000",
    "/?topic=medtop:04000000&not_topic=medtop:20000344",
    "/?q=oil&date_from=1987-03-01&date_to=1987-03-31",
    "/?q=oil&date_from=1987-06-01",
    "/?q=zzzzqqqq",
    "/?q=oil&country=IS&person=Paul+Volcker",
    "/?q=volkcer",
    "/?q=intrest+rates",
    "/?q=%E2%80%9Cunclosed+(query",
    "/?q=oil&more=person",
    "/?q=oil&more=person&more=topic&more=country",
    "/?q=oil&az=country",
    "/?q=oil&find_person=re",
)

MAPS = ("/?map=1", "/?q=oil&map=1", "/?country=JP&map=1", "/?topic=medtop:04000000&map=1")

OTHERS = (
    "/facet/person",
    "/facet/country?q=oil",
    "/person/Paul%20Volcker",
    "/country/JP",
    "/topic/medtop:04000000",
    "/help",
    "/searches",
)

DATA = (
    "/feed.atom?q=oil",
    "/api/v1/suggest?q=pipel",
    "/api/v1/suggest?q=person:rea",
    "/api/v1/search?q=oil",
    "/api/v1/search.csv?q=oil",
)

_NAMED = re.compile(
    r'<(?:link rel="(?:stylesheet|icon|preload)[^>]* href|script [^>]*?src|use [^>]*?href)='
    r'"([^"]+)"'
)
_IMPORTED = re.compile(r'(?:@import url\(|^import [^;]*?)"([^"]+)"', re.MULTILINE)

PARTS = ("engine", "highlighting", "timeline", "facets", "templates")
"""Timeline and facets with what the engine does for them; the engine is what is beside them."""


class Clock:
    """CPU seconds by part. What is called within a part belongs to it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._part = ""
        self._began = 0.0

    def enter(self, part: str) -> bool:
        """Whether a part begins here, which `leave` then ends."""
        if self._part:
            return False
        self._part, self._began = part, time.thread_time()
        return True

    def leave(self) -> None:
        self.seconds[self._part] += time.thread_time() - self._began
        self._part = ""

    def timed(self, part: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            begins = self.enter(part)
            try:
                return called(*arguments, **named)
            finally:
                if begins:
                    self.leave()

        return call

    def watch(self, archive: Archive) -> None:
        """Time the parts of every page that is made of `archive` from now on."""
        for part, owner, names in (
            ("engine", archive.engine, ("rank", "dates", "get", "similar", "words", "spellings")),
            ("highlighting", highlight, ("passages", "mark")),
            ("timeline", drawing, ("dates_of",)),
            ("facets", archive, ("facet", "branches")),
        ):
            for name in names:
                setattr(owner, name, self.timed(part, getattr(owner, name)))
        before_render_template.connect(lambda *_, **__: self.enter("templates"), weak=False)
        template_rendered.connect(lambda *_, **__: self.leave(), weak=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer takes, in milliseconds: CPU time, that of PARTS, and wall time."""

    cpu: float
    parts: tuple[float, ...]
    wall: float


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, what its answer costs, and its bytes: raw, compressed, and with all it loads."""

    path: str
    cost: Cost
    raw: int
    sent: int
    weight: int


@dataclass(frozen=True, slots=True)
class Site:
    client: FlaskClient
    clock: Clock

    def asked(self, path: str, rounds: int) -> Asked:
        body = self.body(path)
        costs = [self._cost(path) for _ in range(rounds)]
        sent = self._sent(path)
        loaded = self._loaded(path, body.decode("utf-8", "replace"))
        return Asked(path, _median(costs), len(body), sent, sent + sum(map(self._sent, loaded)))

    def body(self, path: str) -> bytes:
        response = self.client.get(path, buffered=True)
        assert response.status_code == 200, (path, response.status)
        return response.data

    def _cost(self, path: str) -> Cost:
        """Of the answer up to its first bytes: an export goes on for as long as it is read."""
        before = dict(self.clock.seconds)
        wall, cpu = time.perf_counter(), time.thread_time()
        response = self.client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=False)
        next(iter(response.response), b"")
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        response.close()
        parts = (self.clock.seconds[part] - before[part] for part in PARTS)
        return Cost(1000 * cpu, tuple(1000 * part for part in parts), 1000 * wall)

    def _sent(self, path: str) -> int:
        answer = self.client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
        return len(answer.data)

    def _loaded(self, page: str, html: str) -> set[str]:
        """What a browser loads for a page, and for that."""
        found = {urljoin(page, unescape(name)) for name in _NAMED.findall(html)}
        for path in [path for path in found if ".css" in path or ".js" in path]:
            imports = _IMPORTED.findall(self.body(path).decode())
            found |= {urljoin(path, name) for name in imports}
        return {path.partition("#")[0] for path in found}


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        tuple(statistics.median(parts) for parts in zip(*(c.parts for c in costs), strict=True)),
        statistics.median(cost.wall for cost in costs),
    )


# --- the tables ---------------------------------------------------------------------------------


def summary(asked: Sequence[Asked]) -> list[str]:
    """Median, 95 % and worst of each measure."""
    measures: list[tuple[str, str, list[float]]] = [
        ("server, CPU ms", "{:.1f}", [one.cost.cpu for one in asked]),
        ("server, wall ms", "{:.1f}", [one.cost.wall for one in asked]),
        *(
            (f"of it {part}, CPU ms", "{:.1f}", [one.cost.parts[number] for one in asked])
            for number, part in enumerate(PARTS)
        ),
        ("answer, kB", "{:.1f}", [one.raw / 1000 for one in asked]),
        ("answer as sent, kB", "{:.1f}", [one.sent / 1000 for one in asked]),
        ("with all it loads, as sent, kB", "{:.1f}", [one.weight / 1000 for one in asked]),
    ]
    lines = _head("", "median", "95 %", "worst")
    for name, form, values in measures:
        low_to_high = sorted(values)
        at = (statistics.median(values), _quantile(low_to_high, 0.95), low_to_high[-1])
        lines.append(_row(name, *(form.format(value) for value in at)))
    return lines


def _quantile(ascending: Sequence[float], part: float) -> float:
    """The least value that so large a part of all is not above."""
    return ascending[math.ceil(part * len(ascending)) - 1]


def each(asked: Sequence[Asked]) -> list[str]:
    lines = _head("address", "CPU ms", *PARTS, "wall ms", "kB", "sent kB", "all kB")
    for one in asked:
        times = (one.cost.cpu, *one.cost.parts, one.cost.wall)
        sizes = (one.raw, one.sent, one.weight)
        lines.append(
            _row(
                f"`{unquote_plus(one.path)}`",
                *(f"{value:.1f}" for value in times),
                *(f"{size / 1000:.1f}" for size in sizes),
            )
        )
    return lines


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*["---"] * len(cells))]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def articles(archive: Archive) -> list[str]:
    """The shortest and the longest article with the words of a search, plain and with marks."""
    found = {hit.id: len(archive.article(hit.id).article.text) for hit in _hits(archive)}
    ends = min(found, key=lambda id: found[id]), max(found, key=lambda id: found[id])
    marked = "&mark=country&mark=person&mark=topic"
    return [f"/article/{id}?q=oil{marks}" for id in ends for marks in ("", marked)]


def _hits(archive: Archive) -> Sequence[Hit]:
    return archive.search("oil", per_page=archive.settings.max_per_page).hits


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--each", action="store_true", help="a line for every address as well")
    arguments = parser.parse_args()
    settings = Settings(index=str(arguments.index))
    with Archive(open_engine(arguments.index, settings), settings) as archive:
        client = web.create_app(archive, settings).test_client()
        clock = Clock()
        clock.watch(archive)
        site = Site(client, clock)
        for heading, paths in (
            ("Pages of results", RESULTS),
            ("Pages of results with a map", MAPS),
            ("Other pages", (*OTHERS, *articles(archive))),
            ("Feeds, suggestions, the API and a download", DATA),
        ):
            asked = [site.asked(path, arguments.rounds) for path in paths]
            print(f"### {heading}, {len(asked)} addresses\n", *summary(asked), "", sep="\n")
            if arguments.each:
                print(*each(asked), "", sep="\n")
        total = archive.stats().articles
    print(f"{total:,} articles, Python {platform.python_version()}, {platform.machine()}.")


if __name__ == "__main__":
    main()
