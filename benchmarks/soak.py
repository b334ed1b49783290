"""Reading and writing over HTTP for minutes: no error, and memory that does not grow.

    python benchmarks/soak.py INDEX [--seconds 600] [--processes 2]

Works on a copy of the index, and asks for everything once before the clock starts. Readers ask the
real server for searches with facets, filtered ones, suggestions, articles and exports, without a
pause. Meanwhile one writer replaces articles and adds new ones by `PUT /api/v1/documents/{id}`, and
takes some away again. Prints how memory (PSS:
shared pages are counted once), open files and mapped files went, and exits with status 1 where
anything failed, or the memory of the last minute is more than 10 % off that of the second.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import asking
from served import Served, serving

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.export import json_lines
from searchapp.model import Search
from searchapp.settings import Settings

PAUSE_SECONDS = 0.5
"""Between two writings."""
AT_ONCE = 2
"""Articles that are put one after the other."""
SLACK = 0.10


@dataclass(slots=True)
class Seen:
    """What happened, from several threads."""

    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def counted(self, name: str, ask: Callable[[], object]) -> None:
        try:
            ask()
            self.done[name] += 1
        except Exception as problem:
            self.errors.append(f"{name}: {type(problem).__name__} {problem}")


@dataclass(frozen=True, slots=True)
class Sample:
    """The processes of a server at one time; memory in megabytes."""

    second: float
    rss: float
    pss: float
    files: int
    maps: int
    gone: int
    """Maps of files that are no longer in the folder."""
    segments: int


class Client:
    """One connection, opened again where the server closed it."""

    def __init__(self, served: Served) -> None:
        self._host = urlsplit(served.address).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=120)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body)
        head = {"Content-Type": "application/json"} if data else {}
        for again in (True, False):
            try:
                self._connection.request(method, path, data, head)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._connection.close()  # one that was idle, as servers may
                if not again:
                    raise
        raise AssertionError

    def get(self, path: str) -> None:
        status, body = self.ask("GET", path)
        if status != 200:
            raise ValueError(f"{path} was answered {status}: {body[:200]!r}")
        if ".jsonl" in path:
            for line in body.splitlines():
                json.loads(line)
        else:
            json.loads(body)


# --- reading and writing --------------------------------------------------------------------------


def reading(archive: Archive, many: int) -> list[tuple[str, str]]:
    """What readers ask for, one kind after the other."""
    asked = asking.questions(archive, many)
    exports = [path.replace("/search?", "/search.jsonl?") for path in asking.searches(asked)]
    lists = {
        "searches": asking.searches(asked),
        "filtered searches": asking.filtered(asked),
        "suggestions": asking.suggestions(asked),
        "articles": asking.documents(archive, many),
    }
    rows = [[(name, path) for name, path in zip(lists, row)] for row in zip(*lists.values())]  # noqa: B905
    every = zip(rows, exports, strict=False)
    return [
        one
        for n, (row, export) in enumerate(every)
        for one in (*row, *([("exports", export)] if n % 20 == 0 else []))
    ]


def read(served: Served, paths: Sequence[tuple[str, str]], seen: Seen, until: float) -> None:
    client = Client(served)
    for turn in count():
        name, path = paths[turn % len(paths)]
        if time.monotonic() > until:
            return
        seen.counted(name, lambda path=path: client.get(path))  # type: ignore[misc]


def write(served: Served, articles: Sequence[dict[str, Any]], seen: Seen, until: float) -> None:
    """Change articles, and add some that are taken away again."""
    client = Client(served)
    for turn in count():
        if time.monotonic() > until:
            return
        some = [changed(articles, AT_ONCE * turn + n, turn) for n in range(AT_ONCE)]
        for article in some:
            seen.counted("articles put", lambda article=article: put(client, article))  # type: ignore[misc]
        if turn % 10 == 9:
            gone = {"ids": [f"soak-{number}" for number in range(100)]}
            seen.counted("deletions", lambda gone=gone: delete(client, gone))  # type: ignore[misc]
        time.sleep(PAUSE_SECONDS)


def changed(articles: Sequence[dict[str, Any]], number: int, turn: int) -> dict[str, Any]:
    """An article as it was with a line more, or under another id: one in five is new at first."""
    article = articles[number * 7 % len(articles)]
    id_ = f"soak-{number % 200}" if number % 5 == 0 else article["id"]
    return {**article, "id": id_, "text": f"{article.get('text', '')}\n\nChanged {turn} times."}


def put(client: Client, article: dict[str, Any]) -> None:
    path = f"/api/v1/documents/{quote(article['id'], safe='')}"
    status, body = client.ask("PUT", path, article)
    if status not in (200, 201):
        raise ValueError(f"{path} was answered {status}: {body[:200]!r}")


def delete(client: Client, ids: dict[str, list[str]]) -> None:
    status, body = client.ask("POST", "/api/v1/documents/delete", ids)
    if status != 200:
        raise ValueError(f"deleting was answered {status}: {body[:200]!r}")


# --- watching -------------------------------------------------------------------------------------


def samples(served: Served, index: Path, began: float, until: float) -> Iterator[Sample]:
    while (now := time.monotonic()) < until:
        yield sample(served, index, now - began)
        time.sleep(1)


def sample(served: Served, index: Path, second: float) -> Sample:
    memory: Counter[str] = Counter()
    for pid in served.processes():
        folder = Path(f"/proc/{pid}")
        with suppress(OSError):  # it may have ended
            for line in (folder / "smaps_rollup").read_text().splitlines()[1:]:
                name, kilobytes, *_ = line.split()
                memory[name] += int(kilobytes)
            memory["files"] += len(list((folder / "fd").iterdir()))
            maps = (folder / "maps").read_text().splitlines()
            memory["maps"] += sum(".arrays" in line for line in maps)
            memory["gone"] += sum(".arrays (deleted)" in line for line in maps)
    return Sample(
        second,
        memory["Rss:"] / 1024,
        memory["Pss:"] / 1024,
        *(memory[name] for name in ("files", "maps", "gone")),
        segments=len(list(index.glob("*.arrays"))),
    )


def report(seen: Seen, watched: Sequence[Sample], seconds: float) -> list[str]:
    """The run as Markdown: a line for each minute, or tenth of a short run."""
    step = min(60.0, seconds / 10)
    lines = [
        "| until second | PSS MB | RSS MB | open files | mapped segments | of them gone | "
        "segments on disk |",
        "|" + " ---: |" * 7,
    ]
    for turn in range(round(seconds / step)):
        here = [one for one in watched if turn * step <= one.second < (turn + 1) * step]
        if here:
            means = (
                f"{statistics.mean(getattr(one, name) for one in here):,.0f}"
                for name in ("pss", "rss", "files", "maps", "gone", "segments")
            )
            lines.append(f"| {(turn + 1) * step:.0f} | {' | '.join(means)} |")
    done = ", ".join(f"{number:,} {name}" for name, number in sorted(seen.done.items()))
    return [*lines, "", f"{done}; {len(seen.errors)} errors."]


def growth(watched: Sequence[Sample], seconds: float) -> float:
    """The memory of the last minute over that of the second, less one; of a short run the last
    tenth over the second."""
    step = min(60.0, seconds / 10)
    second = [one.pss for one in watched if step <= one.second < 2 * step]
    last = [one.pss for one in watched if one.second >= seconds - step]
    return statistics.mean(last) / statistics.mean(second) - 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--readers", type=int, default=4)
    arguments = parser.parse_args()
    settings = {"processes": arguments.processes}
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        shutil.copytree(arguments.index, index)
        with Archive(open_engine(index, Settings()), Settings(index=str(index))) as archive:
            paths = reading(archive, 500)
            lines = json_lines(archive.every_article(Search(sort="newest")))
            articles = [json.loads(line) for _, line in zip(range(2000), lines, strict=False)]
        with serving(index, settings) as served:
            first = Client(served)
            for _, path in paths:  # what is remembered is there before memory is watched
                first.get(path)
            seen = Seen()
            began = time.monotonic()
            until = began + arguments.seconds
            jobs = [
                threading.Thread(target=write, args=(served, articles, seen, until)),
                *(
                    threading.Thread(
                        target=read, args=(served, paths[start:] + paths[:start], seen, until)
                    )
                    for start in range(0, len(paths), len(paths) // arguments.readers + 1)
                ),
            ]
            for job in jobs:
                job.start()
            watched = list(samples(served, index, began, until))
            for job in jobs:
                job.join()
    print(*report(seen, watched, arguments.seconds), sep="\n")
    grew = growth(watched, arguments.seconds)
    print(f"Memory of the last minute against the second: {grew:+.1%}.")
    print(*seen.errors[:20], sep="\n")
    sys.exit(bool(seen.errors) or abs(grew) > SLACK)


if __name__ == "__main__":
    main()
