"""searchapp beside Whoosh, SQLite FTS5, tantivy and Xapian, each doing the same work.

    pip install searchapp[bench]; apt install python3-xapian libeatmydata1
    python benchmarks/compare.py [--collections NAME,…] [--peers NAME,…] [--queries 20] [--rounds 5]
                                 [--work DIR] [--rebuild [NAME,…]] [--docs docs]

Writes benchmarks.md and the plots in benchmarks/ to the folder named by `--docs`, which is
`DIR/docs` unless given, so that a quick try changes no documentation:

    python benchmarks/compare.py --collections reuters --peers searchapp,tantivy \\
        --queries 5 --rounds 3

Indexes stay in the work folder for the next run; `--rebuild searchapp` makes those of one engine
anew. What an engine would take too long for is left out, see TOO_MANY; `--all` leaves out nothing.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from compare import measure, questions, report
from compare.articles import COLLECTIONS, Collection
from compare.measure import Outcome
from compare.peer import INSTALLS, Missing, Peer, load
from compare.questions import Question

USUAL = ("reuters", "reuters-x20", "wiki")
BUILD_ONLY = ("tantivy-threads",)
"""Measured at indexing, and asked whether its counts are exact; no engine of its own."""
TOO_MANY = {"whoosh": 50_000, "xapian": 500_000, "fts5": 2_000_000}
"""Articles that an engine is not given more of: it would take more than an hour."""
COMMITS_FROM = 100_000
"""Articles in an index from which committing one more is measured: small ones say little."""


def main(arguments: argparse.Namespace) -> None:
    work = Path(arguments.work)
    outcomes = [
        compare(COLLECTIONS[name], arguments, work / name) for name in arguments.collections
    ]
    (work / "outcomes.json").write_text(json.dumps([asdict(o) for o in outcomes], indent=1))
    docs = Path(arguments.docs) if arguments.docs else work / "docs"
    report.write(docs, outcomes, _command(), arguments.rounds)
    print(docs / "benchmarks.md")


def compare(collection: Collection, arguments: argparse.Namespace, work: Path) -> Outcome:
    """Everything measured on one collection."""
    asked = questions.draw(collection.once(), arguments.queries)
    outcome = Outcome(collection.name, collection.title, asked)
    for name in arguments.peers:
        try:
            _build(name, collection, arguments, work / name, outcome)
            if name in outcome.built and name not in BUILD_ONLY:
                _open(name, collection, work / name, outcome)
        except Missing as problem:
            outcome.absent[name] = str(problem)
        except Exception as problem:  # the others' numbers took an hour
            outcome.built.pop(name, None)
            outcome.absent[name] = f"failed: {type(problem).__name__}: {problem}"
    _search(work, arguments.rounds, outcome)
    return outcome


def _build(
    name: str, collection: Collection, arguments: argparse.Namespace, folder: Path, outcome: Outcome
) -> None:
    load(name)
    articles = len(collection.once()) * collection.times
    if articles > TOO_MANY.get(name, articles) and not arguments.all:
        outcome.absent[name] = f"left out: indexing {articles:,} articles takes too long"
        return
    _say(f"{collection.name}: indexing with {name}")
    outcome.built[name] = measure.build(name, collection.name, folder, name in arguments.rebuild)


def _open(name: str, collection: Collection, folder: Path, outcome: Outcome) -> None:
    _say(f"{collection.name}: opening {name}")
    outcome.opened[name] = measure.opening(name, folder, outcome.questions[0])
    if outcome.built[name].articles < COMMITS_FROM:
        return
    _say(f"{collection.name}: committing with {name}")
    outcome.committed[name] = measure.committing(name, collection.name, folder, fsync=True)
    if measure.NO_FSYNC.is_file():
        outcome.unsynced[name] = measure.committing(name, collection.name, folder, fsync=False)


def _search(work: Path, rounds: int, outcome: Outcome) -> None:
    peers = [_opened(name, work) for name in outcome.built if name not in BUILD_ONLY]
    _say(f"{outcome.collection}: searching, {rounds} rounds")
    outcome.timed.update(measure.searching(peers, outcome.questions, rounds))
    for peer in peers:
        peer.close()
    for name in outcome.built:
        if name.startswith("tantivy"):
            _say(f"{outcome.collection}: whether {name} counts exactly")
            outcome.exact[name] = _exact(name, work, outcome.questions)


def _opened(name: str, work: Path) -> Peer:
    peer = load(name)
    peer.open(work / name)
    return peer


def _exact(name: str, work: Path, asked: Sequence[Question]) -> list[tuple[bool, bool]]:
    from compare.tantivy_peer import Tantivy  # may not be installed

    peer = _opened(name, work)
    assert isinstance(peer, Tantivy)
    return [peer.exact(question) for question in asked]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _command() -> str:
    return shlex.join(["python", "benchmarks/compare.py", *sys.argv[1:]])


def _names(text: str) -> list[str]:
    return text.split(",")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--collections", type=_names, default=list(USUAL))
    parser.add_argument("--peers", type=_names, default=list(INSTALLS))
    parser.add_argument("--queries", type=int, default=20, help="of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", default="/tmp/searchapp-compare", help="where indexes are kept")
    parser.add_argument("--docs", help="where the report goes; the work folder unless given")
    parser.add_argument("--rebuild", type=_names, nargs="?", const=list(INSTALLS), default=[])
    parser.add_argument("--all", action="store_true", help="also what takes too long")
    arguments = parser.parse_args()
    for given, known in ((arguments.collections, COLLECTIONS), (arguments.peers, INSTALLS)):
        if unknown := [name for name in given if name not in known]:
            parser.error(f"{unknown[0]!r} is none of {', '.join(known)}")
    return arguments


if __name__ == "__main__":
    main(_arguments())
