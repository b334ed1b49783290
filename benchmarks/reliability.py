"""Tries to break an index: processes killed, power cut, read while written, bytes flipped.

    python benchmarks/reliability.py [kills|power|soak|flips ...] [--count N] [--seconds S]

Without a name all four run. Each prints one line of numbers, or every way in which it failed, and
the exit status is 1 if any did. `--count` is of kills (500), images (2000) and places in a file
(300); `--seconds` is of the soak (120). `--seed` makes another run of the same kind. What each
means is in docs/reliability.md and in its module.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from pathlib import Path

from durability import flips, kills, power, soak
from durability.news import Failure

PARTS = ("kills", "power", "soak", "flips")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS))
    parser.add_argument("--count", type=int)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    failed = False
    for part in chosen.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix=f"searchapp-{part}-") as name:
            try:
                print(f"{part}: {_run(part, Path(name), chosen)}", flush=True)
            except Exception as problem:
                what = problem if isinstance(problem, Failure) else traceback.format_exc()
                print(f"{part}: FAILED: {what}", file=sys.stderr, flush=True)
                failed = True
    return 1 if failed else 0


def _run(part: str, where: Path, chosen: argparse.Namespace) -> str:
    if part == "kills":
        return kills.run(where, chosen.count or 500, chosen.seed)
    if part == "power":
        return power.run(where, chosen.count or 2000, chosen.seed)
    if part == "soak":
        return soak.run(where, chosen.seconds, chosen.readers, chosen.seed)
    return flips.run(where, chosen.count or 300, chosen.seed)


if __name__ == "__main__":
    sys.exit(main())
