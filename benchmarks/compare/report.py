"""Writes what was measured as one Markdown page with tables, and plots."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from compare import plots
from compare.measure import Committed, Opened, Outcome, Timed
from compare.peer import INSTALLS, Missing, load
from compare.questions import KINDS

TITLES = {
    "searchapp": "searchapp",
    "tantivy": "tantivy",
    "tantivy-threads": "tantivy, all threads",
    "fts5": "SQLite FTS5",
    "xapian": "Xapian",
    "whoosh": "Whoosh",
}
BASELINE = "searchapp"

PAGES = (
    "What a page of the site takes on the server and in the browser: "
    "[how fast pages are](pages.md)."
)
COPIES = (
    "How well copies of a story are found, and what it costs: "
    "[copies of a story](engine.md#copies-of-a-story), measured by `python benchmarks/copies.py`."
)
INTRODUCTION = Path(__file__).with_name("introduction.md")


def write(folder: Path, outcomes: Sequence[Outcome], command: str, rounds: int) -> None:
    """`benchmarks.md` in `folder` and its plots in `folder`/benchmarks."""
    (folder / "benchmarks").mkdir(parents=True, exist_ok=True)
    drawn = plots.draw(folder / "benchmarks", outcomes, TITLES)
    each = len(outcomes[0].questions) // (2 * len(KINDS))
    today = datetime.datetime.now(tz=datetime.UTC).date()
    page = [
        INTRODUCTION.read_text().format(command=command, date=today, each=each, rounds=rounds),
        _machine(),
        "## Indexing\n\n" + _indexing(outcomes),
        "## Opening\n\n" + _opening(outcomes),
        "## Committing one new article\n\n" + _committing(outcomes),
        "## Searching\n\n" + _searching_intro(outcomes),
        *(f"### {o.title}\n\n{_searching(o)}\n\n{_agreement(o)}" for o in outcomes if o.timed),
        *(f"![{text}](benchmarks/{name})" for name, text in drawn),
        "## Pages\n\n" + PAGES,
        "## Copies\n\n" + COPIES,
    ]
    (folder / "benchmarks.md").write_text("\n\n".join(p.strip() for p in page) + "\n")


# --- the machine ---------------------------------------------------------------------------------


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{TITLES[name]} {version}" for name, version in _versions())
    return (
        f"**Machine.** {_processor()}, {os.cpu_count()} processors, {memory:.0f} GB of memory; "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}. "
        f"**Versions.** {versions}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _versions() -> Iterator[tuple[str, str]]:
    for name in INSTALLS:
        if "-" not in name:
            try:
                yield name, load(name).version()
            except Missing as problem:
                yield name, str(problem)


# --- tables --------------------------------------------------------------------------------------


def _indexing(outcomes: Sequence[Outcome]) -> str:
    """Seconds, and what is on disk."""
    rows = []
    for outcome in outcomes:
        base = outcome.built.get(BASELINE)
        seconds, size = (base.seconds, base.bytes) if base else (None, None)
        for name, built in outcome.built.items():
            rows.append(
                [
                    outcome.title,
                    TITLES[name],
                    f"{built.articles:,}",
                    f"{built.seconds:.1f}{_ratio(built.seconds, seconds)}",
                    f"{built.cpu:.1f}",
                    f"{built.articles / built.seconds:,.0f}",
                    f"{built.bytes / 1e6:.1f}{_ratio(built.bytes, size)}",
                    f"{built.memory:.0f}",
                ]
            )
        rows.extend(
            [outcome.title, TITLES[name], why, *["–"] * 5] for name, why in outcome.absent.items()
        )
    heads = "collection|engine|articles|seconds|CPU seconds|articles/s|MB on disk|MB of memory"
    return (
        "Analysing and writing in one process, articles and their facets being in memory already; "
        "in brackets, how many times searchapp's. Memory is what came on top of the articles. An "
        "index that was there already keeps the numbers of the run that made it.\n\n"
        + _table(heads.split("|"), rows)
        + "\n\nOn disk by ending of the file's name:\n\n"
        + "\n".join(
            f"- {outcome.title}, {TITLES[name]}: " + _endings(built.endings)
            for outcome in outcomes
            for name, built in outcome.built.items()
        )
    )


def _endings(endings: Mapping[str, int]) -> str:
    shown = [f"{ending} {size / 1e6:.1f}" for ending, size in endings.items() if size >= 5e4]
    return ", ".join(shown) + " MB"


def _opening(outcomes: Sequence[Outcome]) -> str:
    shown: dict[str, Callable[[Opened], float]] = {
        "open": lambda opened: opened.opening,
        "open and first search": lambda opened: opened.opening + opened.searching,
        "import, open and first search": lambda o: o.importing + o.opening + o.searching,
    }
    return (
        "Milliseconds in fresh processes, the files being in the page cache; the search is a "
        "common word with everything an answer has.\n\n"
        + _table(
            ["collection", "engine", *shown],
            [
                [outcome.title, TITLES[name], *(_significant(of(opened)) for of in shown.values())]
                for outcome in outcomes
                for name, opened in outcome.opened.items()
            ],
        )
    )


def _committing(outcomes: Sequence[Outcome]) -> str:
    """The first commit of a process, the next ones, and these without waiting for the disk."""
    rows = [
        [outcome.title, TITLES[name], *_pair(committed), *_pair(outcome.unsynced.get(name))]
        for outcome in outcomes
        for name, committed in outcome.committed.items()
    ]
    if not rows:
        return "Not measured: no collection is large enough."
    heads = ["collection", "engine", "first", "next", "first, no fsync", "next, no fsync"]
    return (
        "Milliseconds from handing over the article until searches see it: the first commit after "
        "opening, the median of the next six, and both with fsync made to do nothing "
        "(`libeatmydata`).\n\n" + _table(heads, rows)
    )


def _pair(committed: Committed | None) -> tuple[str, str]:
    if committed is None:
        return "–", "–"
    return _significant(committed.first), _significant(committed.next)


def _searching_intro(outcomes: Sequence[Outcome]) -> str:
    said = [
        f"{outcome.title}, {TITLES[name]}: its total is right for {sum(t for t, _ in exact)}, the "
        f"counts of its commonest values for {sum(c for _, c in exact)} of {len(exact)} questions."
        for outcome in outcomes
        for name, exact in outcome.exact.items()
    ]
    lines = [
        "Milliseconds; in brackets, how many times searchapp's. *Matches* is the median total. "
        "*All of these* takes the questions that every engine has a query for; *at first* is the "
        "first of two times in a turn.",
    ]
    if said:
        lines += [
            "Whether tantivy counts exactly was compared with an aggregation that leaves out no "
            "value and with the number of all hits:",
            "\n".join(f"- {line}" for line in said),
        ]
    return "\n\n".join(lines)


def _searching(outcome: Outcome) -> str:
    names = list(outcome.timed)
    rows = []
    for kind in KINDS:
        for country in (False, True):
            of = [q.kind == kind and bool(q.country) == country for q in outcome.questions]
            base = _of(outcome.timed.get(BASELINE, []), of)
            cells = [_cell(_of(outcome.timed[n], of), base, _lack(n, kind)) for n in names]
            title = f"{kind}, one country" if country else kind
            rows.append([title, _matches(outcome, of), *cells])
    for title, times in (("all of these", _warm), ("all of these, at first", _cold)):
        rows.append([title, "", *_overall(outcome, times)])
    absent = [f"{TITLES[name]}: {why}." for name, why in outcome.absent.items()]
    table = _table(["kind", "matches", *(TITLES[name] for name in names)], rows)
    return "\n\n".join([table, *absent])


def _of(timed: Sequence[Timed | None], wanted: Sequence[bool]) -> list[Timed]:
    """Those wanted, without those of a kind that the engine lacks."""
    return [t for t, w in zip(timed, wanted, strict=False) if w and t]


def _lack(name: str, kind: str) -> str:
    return load(name).lacks.get(kind, "")


def _cell(timed: Sequence[Timed], base: Sequence[Timed], lack: str) -> str:
    if lack:
        return lack
    mean = geometric_mean(timed)
    failed = sum(t.answer is None for t in timed)
    said = f", {failed} of {len(timed)} failed" if failed else ""
    return f"{_significant(mean)}{_ratio(mean, geometric_mean(base))}{said}" if mean else "failed"


def geometric_mean(timed: Sequence[Timed]) -> float | None:
    """Milliseconds, of the questions that were answered; None when none was."""
    answered = [t.warm for t in timed if t.answer]
    return statistics.geometric_mean(answered) if answered else None


def _overall(outcome: Outcome, time: Callable[[Timed], float]) -> list[str]:
    """A cell for each engine: the geometric mean over the questions that all of them answer."""
    answered = [
        row
        for row in zip(*outcome.timed.values(), strict=True)
        if all(timed and timed.answer for timed in row)
    ]
    if not answered:
        return ["–" for _ in outcome.timed]
    columns = zip(*answered, strict=True)
    means = [statistics.geometric_mean([time(t) for t in column if t]) for column in columns]
    base = dict(zip(outcome.timed, means, strict=True)).get(BASELINE)
    return [_significant(mean) + _ratio(mean, base) for mean in means]


def _warm(timed: Timed) -> float:
    return timed.warm


def _cold(timed: Timed) -> float:
    return timed.cold


def _matches(outcome: Outcome, wanted: Sequence[bool]) -> str:
    first = _of(next(iter(outcome.timed.values())), wanted)
    if not first:
        first = next((t for n in outcome.timed if (t := _of(outcome.timed[n], wanted))), [])
    totals = [t.answer.total for t in first if t.answer]
    return f"{statistics.median(totals):,.0f}" if totals else "–"


def _agreement(outcome: Outcome) -> str:
    """How often other engines count what the first one counts.

    With a country chosen, the counts of countries are of another, larger set than the total, and
    left to the question without it.
    """
    base, *others = outcome.timed
    if not others:
        return ""
    rows = []
    for kind in KINDS:
        of = [q.kind == kind for q in outcome.questions]
        cells = [_agreed(outcome, base, name, of) for name in others]
        rows.append([kind, *cells])
    return (
        f"Questions whose total is {TITLES[base]}'s, and of these the ones whose counts of all "
        "three facets are, too:\n\n" + _table(["kind", *(TITLES[name] for name in others)], rows)
    )


def _agreed(outcome: Outcome, base: str, name: str, of: Sequence[bool]) -> str:
    pairs = [
        (a.answer, b.answer, 1 if question.country else 0)
        for question, a, b, wanted in zip(
            outcome.questions, outcome.timed[base], outcome.timed[name], of, strict=True
        )
        if wanted and a and b and a.answer and b.answer
    ]
    same = [(a.counts[n:], b.counts[n:]) for a, b, n in pairs if a.total == b.total]
    counted = sum(amounts(a) == amounts(b) for a, b in same)
    return f"{len(same)} of {len(pairs)}, {counted}" if pairs else "–"


def amounts(counts: Sequence[Sequence[tuple[str, int]]]) -> list[list[int]]:
    """The counts alone: engines break the tie for the tenth place differently."""
    return [[count for _, count in facet] for facet in counts]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _significant(value: float) -> str:
    """Two digits that matter below ten, none after the point from there on."""
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _ratio(value: float | None, base: float | None) -> str:
    """` (2.5)`: how many times the baseline's; empty where there is none or it is this."""
    if not value or not base or value == base:
        return ""
    return f" ({_significant(value / base)})"
