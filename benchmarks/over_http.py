"""Requests per second of the JSON API over HTTP, beside a route that returns a constant.

    python benchmarks/over_http.py INDEX… [--processes 2]

Needs `wrk` (apt install wrk). Starts `searchapp serve` on a free port of 127.0.0.1, and the same
server with the same settings over a plain Flask application whose one route returns as many bytes
as our answers have on average. Both are asked in turn, round after round, by the connections named;
wrk goes through hundreds of different addresses, drawn from the articles of the index, and each
round goes on where the last ended. No answer is remembered by the server, so that each is made; of
one kind it is asked once more for addresses whose answers are remembered, as they are for users
(`max_answer_bytes`). Prints Markdown; rates and times are medians of the rounds. CPU
time is that of the server's processes for a request: on a machine that others use too it says more
than rates.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asking
from served import Served, serving

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings

SAMPLE = 100
"""Answers of which the mean size is taken."""
WARM_SECONDS = 3
SCRIPT = """
local requests, at = {}, 0
function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  at = tonumber(arguments[2])
end
function request()
  at = at + 1
  return requests[at % #requests + 1]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}\\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


REMEMBERED = "search, ten hits with facets and snippets"
"""The kind that is asked for again."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one run of wrk saw; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int
    cpu: float
    """CPU milliseconds of the server for each request."""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Wrk:
    """Asks a server for lists of addresses, each from where it last ended."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self.folder = folder
        self.seconds = seconds
        self.script = folder / "ask.lua"
        self.script.write_text(SCRIPT)
        self._at: dict[str, int] = {}

    def ask(
        self, served: Served, name: str, paths: Sequence[str], connections: int, seconds: int = 0
    ) -> Round:
        seconds = seconds or self.seconds
        listed = self.folder / name
        if name not in self._at:
            listed.write_text("".join(f"{path}\n" for path in paths))
        at = self._at.get(name, 0)
        command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s"]
        command += ["--timeout", "10s", "-s", str(self.script), served.address]
        before = served.cpu_seconds()
        done = subprocess.run(
            [*command, "--", str(listed), str(at)],
            stdout=subprocess.PIPE,
            check=True,
            timeout=seconds + 60,
        )
        cpu = served.cpu_seconds() - before
        seen = json.loads(done.stdout.splitlines()[-1])
        found = Round(**seen, cpu=1000 * cpu / max(1, seen["requests"]))
        self._at[name] = at + found.requests
        return found


def kinds(archive: Archive, many: int) -> dict[str, list[str]]:
    """The addresses of each kind of request."""
    asked = asking.questions(archive, many)
    facets = {"per_page": "1"}
    return {
        "search, one hit without facets": asking.searches(asked, asking.PLAIN),
        "search, one hit with facets": asking.searches(asked, facets),
        REMEMBERED: asking.searches(asked),
        "the same, filtered": asking.filtered(asked),
        "suggest": asking.suggestions(asked),
        "document": asking.documents(archive, many),
    }


def measure(index: Path, arguments: argparse.Namespace) -> list[str]:
    settings: dict[str, object] = {"editing": "off"}
    made = {"max_answer_bytes": 0}
    if arguments.processes:
        settings["processes"] = arguments.processes
    with Archive(open_engine(index, Settings()), Settings(index=str(index))) as archive:
        asked = kinds(archive, arguments.questions)
        articles = archive.stats().articles
    lines = [f"### {articles:,} articles", "", *_head()]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(index, settings | made) as making,
        serving(index, settings) as remembering,
        serving(index, settings, constant=True) as constant,
    ):
        wrk = Wrk(Path(folder), arguments.seconds)
        rows = [(kind, paths, making) for kind, paths in asked.items()]
        rows.append((f"{REMEMBERED}, remembered", asked[REMEMBERED], remembering))
        for number, (kind, paths, ours) in enumerate(rows):
            size = round(statistics.mean(len(ours.get(path)) for path in paths[:SAMPLE]))
            same = [f"/constant/{size}"]
            names = f"ours-{number}", f"constant-{number}"
            wrk.ask(ours, names[0], paths, 8, WARM_SECONDS)
            wrk.ask(constant, names[1], same, 8, 1)
            for connections in arguments.connections:
                rounds: list[tuple[Round, Round]] = [
                    (
                        wrk.ask(ours, names[0], paths, connections),
                        wrk.ask(constant, names[1], same, connections),
                    )
                    for _ in range(arguments.rounds)
                ]
                lines.append(_row(kind, connections, rounds, size))
                print(lines[-1], flush=True)
    return lines


def _head() -> list[str]:
    cells = ["", "connections", "requests/s", "p50 ms", "p99 ms", "p99 / p50"]
    cells += ["constant, requests/s", "ratio", "CPU ms", "constant, CPU ms", "errors", "kB"]
    return [f"| {' | '.join(cells)} |", f"|{' --- |' * len(cells)}"]


def _row(kind: str, connections: int, rounds: Sequence[tuple[Round, Round]], size: int) -> str:
    def median(which: int, name: str) -> float:
        return statistics.median(getattr(pair[which], name) for pair in rounds)

    rate, constant = median(0, "rate"), median(1, "rate")
    p50, p99 = median(0, "p50"), median(0, "p99")
    errors = sum(one.errors for pair in rounds for one in pair)
    cells = [kind, str(connections), f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}"]
    cells += [f"{p99 / p50:.1f}", f"{constant:,.0f}", f"{rate / constant:.2f}"]
    cells += [f"{median(0, 'cpu'):.2f}", f"{median(1, 'cpu'):.2f}", str(errors)]
    return f"| {' | '.join([*cells, f'{size / 1000:.1f}'])} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("index", type=Path, nargs="+")
    parser.add_argument("--processes", type=int, default=0, help="as `searchapp serve` has it")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--seconds", type=int, default=4, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=500)
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is missing: apt install wrk")
    tables = [measure(index, arguments) for index in arguments.index]
    print()
    for table in tables:
        print(*table, "", sep="\n")
    print(
        f"Python {platform.python_version()}, {platform.machine()}; wrk beside the server on the "
        f"same machine; {arguments.rounds} rounds of {arguments.seconds} s, medians; "
        f"{arguments.questions} different questions; processes: {arguments.processes or 'default'}."
    )


if __name__ == "__main__":
    main()
