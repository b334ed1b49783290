"""How long queries take that were made to hang a search: the tables of the tests, timed.

    python benchmarks/hostile.py

Prints the CPU time of each that takes over a tenth of a second, and exits with 1 if one takes over
LIMIT. The tests say what is answered; on a busy machine a time says nothing, so it is looked at
here.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import searchapp  # noqa: E402 - the checkout's
from searchapp.model import BadQuery  # noqa: E402
from tests import test_query, test_search  # noqa: E402

LIMIT = 1.0
"""Seconds."""


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    with contextlib.suppress(BadQuery):
        work()
    return time.process_time() - began


def main() -> int:
    took: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        searchapp.open(Path(folder) / "index", rules=folder) as archive,
    ):
        archive.add([str(ROOT / "seeds")])
        for q, _ in test_search.HOSTILE.args[1]:
            took[f"search {q[:30]}"] = seconds(lambda q=q: archive.search(q))
            took[f"explain {q[:30]}"] = seconds(lambda q=q: archive.search(q, explain=True))
    for limits in (test_query.Settings(), test_query.LARGE):
        for text in test_query.HOSTILE:
            name = f"parse {text[:30]} ({limits.max_query_chars:,})"
            took[name] = seconds(lambda t=text, s=limits: test_query.parse(t, "all", s))
    for name, time_ in sorted(took.items(), key=lambda pair: -pair[1]):
        if time_ > 0.1:
            print(f"{time_:6.2f} s  {name}")
    print(f"{len(took)} queries, the slowest {max(took.values()):.2f} s")
    return int(max(took.values()) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
