"""Small plots of what was measured, the same bytes from the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compare import report
from compare.measure import Outcome
from compare.questions import KINDS

COLOURS = {
    "searchapp": "#c0392b",
    "tantivy": "#1f4e79",
    "fts5": "#5b8c5a",
    "xapian": "#8e6bb0",
    "whoosh": "#b8860b",
}
SMALL: Any = {"figure.figsize": (6.4, 3.8), "font.size": 8, "svg.hashsalt": "searchapp"}
SMALL |= {"axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none"}


def draw(
    folder: Path, outcomes: Sequence[Outcome], titles: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Draws into `folder`; (file name, what it shows) of each plot; none without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return []
    mpl.use("svg")
    for old in (*folder.glob("matched.svg"), *folder.glob("kinds-*.svg")):
        old.unlink()
    with mpl.rc_context(SMALL):
        drawn = [_kinds(folder, outcome, titles) for outcome in outcomes if outcome.timed]
        copies = [o for o in outcomes if o.collection.startswith("reuters") and o.timed]
        return [_matched(folder, copies, titles), *drawn] if copies else drawn


def _matched(
    folder: Path, outcomes: Sequence[Outcome], titles: Mapping[str, str]
) -> tuple[str, str]:
    """A dot for each question of one word, or of any of several, without a country."""
    axes = _axes()
    for name, colour in COLOURS.items():
        points = [
            (timed.answer.total, timed.warm)
            for outcome in outcomes
            for question, timed in zip(outcome.questions, outcome.timed.get(name, []), strict=False)
            if timed and timed.answer and timed.answer.total
            if question.kind.endswith("word") and not question.country
        ]
        if points:
            axes.scatter(*zip(*points, strict=True), s=6, c=colour, label=titles[name], lw=0)
    axes.set(xscale="log", yscale="log", xlabel="articles matched", ylabel="ms for an answer")
    return _save(axes, folder / "matched.svg", "Time for an answer by number of articles matched")


def _kinds(folder: Path, outcome: Outcome, titles: Mapping[str, str]) -> tuple[str, str]:
    """A row for each kind of question, a dot for each engine."""
    axes = _axes()
    for name, colour in COLOURS.items():
        points = []
        for row, kind in enumerate(KINDS):
            of = [q.kind == kind and not q.country for q in outcome.questions]
            timed = [t for t, w in zip(outcome.timed.get(name, []), of, strict=False) if w and t]
            if mean := report.geometric_mean(timed):
                points.append((mean, row))
        if points:
            axes.scatter(*zip(*points, strict=True), s=28, c=colour, label=titles[name], lw=0)
    axes.set_yticks(range(len(KINDS)), KINDS)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel=f"ms for an answer, {outcome.title}")
    text = f"Time for an answer by kind of question: {outcome.title}"
    return _save(axes, folder / f"kinds-{outcome.collection}.svg", text)


def _axes() -> Any:
    from matplotlib.figure import Figure

    axes = Figure(layout="constrained").add_subplot()
    axes.grid(alpha=0.25, linewidth=0.5)
    return axes


def _save(axes: Any, path: Path, text: str) -> tuple[str, str]:
    axes.legend(frameon=False)
    axes.figure.savefig(path, metadata={"Date": None})
    return path.name, text
