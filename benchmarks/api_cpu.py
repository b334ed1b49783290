"""Where the CPU time of an answer of the JSON API goes, part by part.

    python benchmarks/api_cpu.py --index /tmp/reuters

Prints Markdown. Each address is asked through the WSGI application in this process, some rounds,
and its quickest round counts, in CPU time of the thread: other work on the machine is left out as
far as that can be. The first column is the mean over the addresses of one kind. Beside it, a route
of a plain Flask application that returns as many bytes: what nobody could be quicker than.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asking
from flask import Flask, Response
from werkzeug.test import EnvironBuilder

from searchapp import address, highlight, search, suggest, web
from searchapp.api import manners, reading
from searchapp.archive import Archive
from searchapp.engine import embedded, execute, open_engine, paging, record, rerank
from searchapp.engine.store import StoreReader
from searchapp.settings import Settings

REST = "Flask, hooks and what is not below"
WHOLE = ("did you mean",)
"""Parts whose time is theirs whatever they call."""
PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("before and after the view", Flask, ("preprocess_request", "process_response")),
    ("parameters", address, ("parse", "parse_suggest")),
    ("understanding", search, ("_understand",)),
    ("did you mean", search, ("_meant",)),
    ("description", search, ("describe",)),
    ("finding", execute, ("find",)),
    ("ordering", paging.Order, ("page",)),
    ("looking at the best again", rerank, ("best_first",)),
    ("suggesting", suggest.Suggester, ("suggest",)),
    ("facet counts", embedded, ("count_facets",)),
    ("facet labels", search, ("_facet",)),
    ("reading articles", StoreReader, ("lines",)),
    ("parsing articles", record, ("unpack",)),
    ("marked passages", highlight, ("passages",)),
    ("marked titles", search._Marks, ("title",)),
    ("the rest of the search", search, ("run",)),
    ("links", address, ("url", "choose", "release")),
    (
        "the answer as a dictionary",
        reading,
        ("search_answer", "suggest_answer", "document_answer"),
    ),
    ("JSON", manners, ("answer",)),
)
"""Each part with the functions that do it. What one calls of another is the other's."""


class Clock:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys([part for part, *_ in PARTS], 0.0)
        self._open: list[str] = []
        self._at = 0.0

    def timed(self, part: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self._open and self._open[-1] in WHOLE:
                return called(*arguments, **named)
            self._turn()
            self._open.append(part)
            try:
                return called(*arguments, **named)
            finally:
                self._turn()
                self._open.pop()

        return call

    def _turn(self) -> None:
        """What passed until now belongs to the part that is open."""
        now = time.thread_time()
        if self._open:
            self.seconds[self._open[-1]] += now - self._at
        self._at = now

    def watch(self) -> None:
        for part, owner, names in PARTS:
            for name in names:
                if hasattr(owner, name):
                    setattr(owner, name, self.timed(part, getattr(owner, name)))


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one answer: CPU milliseconds, those of its parts, and its bytes."""

    cpu: float
    parts: dict[str, float]
    size: int


def ask(app: Any, path: str) -> tuple[float, int]:
    """The CPU milliseconds of an answer, and its bytes."""
    name, _, query = path.partition("?")
    environ = EnvironBuilder(
        path=name, query_string=query, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    ).get_environ()
    began = time.thread_time()
    answer = app(environ, _began)
    size = sum(map(len, answer))
    if hasattr(answer, "close"):
        answer.close()
    return 1000 * (time.thread_time() - began), size


def _began(status: str, headers: Any, problem: Any = None) -> Callable[[bytes], object]:
    assert status.startswith("200"), status
    return lambda data: None


def least(app: Any, clock: Clock | None, paths: Sequence[str], rounds: int) -> list[Cost]:
    """The quickest of some rounds for each address. One round before them warms up."""
    best: dict[str, Cost] = {}
    for turn in range(rounds + 1):
        for path in paths:
            before = dict(clock.seconds) if clock else {}
            cpu, size = ask(app, path)
            if turn and (path not in best or cpu < best[path].cpu):
                after = clock.seconds if clock else {}
                parts = {part: 1000 * (after[part] - before[part]) for part in after}
                best[path] = Cost(cpu, parts, size)
    return [best[path] for path in paths]


def constant(size: int) -> Flask:
    """A plain application whose one route returns so many bytes."""
    app, body = Flask("constant"), b"x" * size
    app.add_url_rule("/", "constant", lambda: Response(body, mimetype="application/json"))
    return app


def table(columns: dict[str, list[Cost]], plain: dict[str, float]) -> list[str]:
    rows = [("", list(columns)), ("---", ["---"] * len(columns))]
    for part, *_ in PARTS:
        means = [statistics.mean(cost.parts[part] for cost in costs) for costs in columns.values()]
        if any(mean >= 0.0005 for mean in means):
            rows.append((part, [f"{mean:.3f}" for mean in means]))
    for name, value in (
        (REST, lambda cost: cost.cpu - sum(cost.parts.values())),
        ("**all of it**", lambda cost: cost.cpu),
    ):
        means = [statistics.mean(map(value, costs)) for costs in columns.values()]
        rows.append((name, [f"{mean:.3f}" for mean in means]))
    worst = [statistics.quantiles([c.cpu for c in costs], n=20)[-1] for costs in columns.values()]
    rows.append(("95 % of the answers", [f"{ms:.3f}" for ms in worst]))
    rows.append(("as many bytes from a constant route", [f"{plain[n]:.3f}" for n in columns]))
    sizes = [statistics.mean(cost.size for cost in costs) for costs in columns.values()]
    rows.append(("kB", [f"{size / 1000:.1f}" for size in sizes]))
    return [f"| {' | '.join([name, *cells])} |" for name, cells in rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    settings = Settings(index=str(arguments.index), max_answer_bytes=0)
    with Archive(open_engine(arguments.index, settings), settings) as archive:
        asked = asking.questions(archive, arguments.questions)
        kinds = {
            "search": asking.searches(asked),
            "with filters": asking.filtered(asked),
            "one hit, no facets": asking.searches(asked, asking.PLAIN),
            "suggest": asking.suggestions(asked),
            "document": asking.documents(archive, arguments.questions),
        }
        clock = Clock()
        clock.watch()
        app = web.create_app(archive, settings)
        columns = {
            kind: least(app, clock, paths, arguments.rounds) for kind, paths in kinds.items()
        }
        plain = {}
        for kind, costs in columns.items():
            peer = constant(round(statistics.mean(cost.size for cost in costs)))
            peer_costs = least(peer, None, ["/"], 20 * arguments.rounds)
            plain[kind] = peer_costs[0].cpu
        print(*table(columns, plain), "", sep="\n")
        total = archive.stats().articles
    print(
        f"CPU milliseconds, mean over {len(asked)} addresses of each kind, the least of "
        f"{arguments.rounds} rounds. {total:,} articles, Python {platform.python_version()}, "
        f"{platform.machine()}."
    )


if __name__ == "__main__":
    main()
