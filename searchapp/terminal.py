"""What people read on a terminal: results, tags, progress and the report of a run."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import click

from searchapp.ingest import Progress, Report
from searchapp.keys import Key
from searchapp.model import FACETS, Bucket, Explanation, Failure, Page, Passage, Tag, Tagged

if TYPE_CHECKING:
    from searchapp.train import Row, Table, Trained

SHOWN_FAILURES = 50
"""Failures listed at the end of a run; `searchapp index --failures FILE` has them all."""


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def page_lines(page: Page) -> Iterator[str]:
    for warning in page.warnings:
        yield f"note: {warning}"
    if page.meant:
        meant = _marked(page.meant.query)
        yield f"did you mean: {meant} ({count(page.meant.total, 'article')})"
    yield f"{count(page.total, 'article')} in {page.took_ms:.1f} ms"
    for chosen in page.emptied_by:
        without = "excluding " * chosen.excluded
        yield f"without {without}{chosen.facet} {chosen.label} there are {chosen.total_without:,}"
    if page.total_unfiltered and not page.emptied_by:
        yield f"without any filter there are {page.total_unfiltered:,}"
    for number, hit in enumerate(page.hits, page.start + 1):
        yield ""
        yield f"{number}. {_marked(hit.title)}"
        yield "   " + " · ".join(str(x) for x in (hit.date, hit.source, hit.byline, hit.id) if x)
        yield from (f"   {_marked(passage)}" for passage in hit.passages)
        if hit.explanation:
            yield from _why(hit.explanation)
    for facet in page.facets:
        if facet.buckets:
            yield ""
            mentioned = facet.name == "country" and page.search.countries == "mentioned"
            heading = facet.name + " mentioned" * mentioned
            yield f"{heading}: " + ", ".join(map(_bucket, facet.buckets))


def _why(explanation: Explanation, depth: int = 0) -> Iterator[str]:
    """A line for each part, in its place below the one it is a part of."""
    what = _marked(Passage(explanation.what))
    said = explanation.kind + f" {what}" * bool(what)
    facts = ", ".join(_fact(name, value) for name, value in explanation.facts.items())
    yield f"   {'  ' * depth}{explanation.score:.4f}  {said}{': ' * bool(facts)}{facts}"
    for part in explanation.parts:
        yield from _why(part, depth + 1)


def _fact(name: str, value: float | str) -> str:
    return f"{name} {value if isinstance(value, str) else format(value, '.5g')}"


def _bucket(bucket: Bucket) -> str:
    return f"{'*' * bucket.selected}{'-' * bucket.excluded}{bucket.label} ({bucket.count:,})"


def _marked(passage: Passage) -> str:
    """The text with its marks in bold, and nothing else in it that would steer a terminal."""
    text = "".join(c if c.isprintable() else " " for c in passage.text)
    out, at = [], 0
    for start, end in passage.marks:
        out += [text[at:start], click.style(text[start:end], bold=True)]
        at = end
    return "".join([*out, text[at:]])


def tags_lines(tagged: Tagged) -> Iterator[str]:
    article = tagged.article
    yield f"{article.path}"
    for name in ("title", "date", "source", "byline", "place", "language"):
        if value := getattr(article, name):
            yield f"  {name:9}{value}  ({article.provenance.get(name, 'found')})"
    for facet in FACETS:
        for tag in tagged.tags.of(facet):
            yield f"  {facet:9}{tag.label}{_how(facet, tag)}: {_mentions(article.text, tag)}"
        for tag in tagged.corrected.removed.of(facet) if tagged.corrected else ():
            yield f"  {facet:9}not {tag.label}  (corrected)"


def _how(facet: str, tag: Tag) -> str:
    if facet == "country":
        return f" [{tag.value}]" + ("" if tag.about else " (mentioned)")
    if facet == "topic":
        return ("" if tag.value == tag.label else f" [{tag.value}]") + f" {tag.score:.2f}"
    return ""


def _mentions(text: str, tag: Tag) -> str:
    seen: dict[str, int] = {}
    for start, end in tag.spans:
        word = " ".join(text[start:end].split())
        seen[word] = seen.get(word, 0) + 1
    found = [f"{word} ×{n}" if n > 1 else word for word, n in seen.items()]
    if tag.corrected:
        found.append(f"(corrected: {', '.join(tag.corrected)})")
    return ", ".join(found) or "given"


def training_lines(trained: Trained) -> Iterator[str]:
    """What was learned, how well, and what was not."""
    articles, topics = count(trained.articles, "article"), count(len(trained.scores.rows), "topic")
    yield f"{articles}, {topics}; C = {trained.strength:g} chosen by cross-validation"
    if trained.unlabelled:
        yield f"{count(trained.unlabelled, 'article')} without a list of topics left out"
    yield ""
    yield "cross-validated: each article decided by what the others teach"
    yield from _scores(trained.scores)
    if trained.held_out:
        yield ""
        yield "held out"
        yield from _scores(trained.held_out)
    if trained.skipped:
        few = ", ".join(f"{label} ({number:,})" for label, number in trained.skipped)
        yield ""
        yield f"not learned, for too few articles with or without them: {few}"
    yield ""
    yield f"{trained.path}: {trained.size / 1e6:.1f} MB; `searchapp index` applies it"


def _scores(table: Table) -> Iterator[str]:
    heads = ("articles", "precision", "recall", "   F1", "rules: precision", "recall", "   F1")
    width = max([24, *(len(row.label) for row in table.rows)])
    yield " " * width + "".join(f"  {head}" for head in heads)
    for row in (*table.rows, *([table.total] if len(table.rows) > 1 else [])):
        yield _score_line(row, width, heads)


def _score_line(row: Row, width: int, heads: Sequence[str]) -> str:
    cells = [f"{row.articles:,}"]
    for score in (row.model, row.rules):
        numbers = (score.precision, score.recall, score.f1) if score else ()
        cells += [f"{100 * number:.1f}" for number in numbers] or ["-"] * 3
    pairs = zip(cells, heads, strict=True)
    return f"{row.label:{width}}" + "".join(f"  {cell:>{len(head)}}" for cell, head in pairs)


def failure_lines(failed: Sequence[Failure]) -> Iterator[str]:
    """A line for each, with nothing in it that would steer a terminal."""
    for failure in failed:
        yield _marked(Passage(f"{failure.path}: {failure.reason}"))


def key_lines(keys: Sequence[Key], now: datetime.datetime) -> Iterator[str]:
    """A line for each: its id, scope, when it was made and ends, what it is for."""
    for key in keys:
        until = f"until {key.expires}" if key.expires else "for ever"
        ends = f"expired {key.expires}" if key.has_expired(now) else until
        yield f"{key.id}  {key.scope:5}  made {key.created:%Y-%m-%d}  {ends:18}  {key.name}"


def say_failures(failed: Sequence[Failure], more_by: str = "") -> None:
    """The first of what failed, and how many more did."""
    for failure in failed[:SHOWN_FAILURES]:
        click.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    if (more := len(failed) - SHOWN_FAILURES) > 0:
        click.echo(f"failed: … and {more:,} more{more_by}", err=True)


def say_report(report: Report, seconds: float) -> None:
    for warning in report.warnings[:SHOWN_FAILURES]:
        click.echo(f"warning: {warning.path}: {warning.reason}", err=True)
    say_failures(report.failed, "; --failures FILE writes them all")
    numbers = [("added", report.added), ("updated", report.updated), ("removed", report.removed)]
    numbers += [("corrected", report.corrected)]
    numbers += [("unchanged", report.unchanged), ("overridden", report.overridden)]
    numbers += [("failed", len(report.failed))]
    told = ", ".join(f"{n:,} {name}" for name, n in numbers if n or name in ("added", "failed"))
    click.echo(f"{told} in {seconds:.1f} s", err=True)


class Watched:
    """Tells what a watcher does: a line for each run, none for one that changed nothing."""

    def ran(self, report: Report, seconds: float) -> None:
        for warning in report.warnings[:SHOWN_FAILURES]:
            click.echo(f"warning: {warning.path}: {warning.reason}", err=True)
        say_failures(report.failed, "; `searchapp failures` has them all")
        numbers = [("added", report.added), ("updated", report.updated)]
        numbers += [("removed", report.removed), ("corrected", report.corrected)]
        numbers += [("failed", len(report.failed))]
        if told := ", ".join(f"{number:,} {name}" for name, number in numbers if number):
            click.echo(f"{told} in {seconds:.1f} s", err=True)

    def said(self, text: str) -> None:
        click.echo(text, err=True)


class Steps:
    """A progress bar for each step on a terminal; elsewhere the name of each."""

    def __enter__(self) -> Self:
        self._bar: Any = None
        self._step = ""
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, step: str, done: int, total: int) -> None:
        """Draw or tell which step is at work and how far: what `train` calls."""
        if step != self._step:
            self._step = step
            self.__exit__()
            if sys.stderr.isatty():
                from tqdm import tqdm

                self._bar = tqdm(total=total, desc=step, leave=False)
            else:
                click.echo(f"{step} …", err=True)
        if self._bar is not None:
            self._bar.update(done + 1 - self._bar.n)


class Bar:
    """A progress bar on a terminal; elsewhere a line every ten seconds."""

    def __enter__(self) -> Self:
        self._bar: Any = None
        self._told = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: Progress) -> None:
        """Draw or tell how far the run has come: what `ingest.add` calls."""
        (self._draw if sys.stderr.isatty() else self._tell)(progress)

    def _draw(self, progress: Progress) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=progress.total_bytes, unit="B", unit_scale=True, desc="indexing", leave=False
            )
        self._bar.set_postfix_str(count(progress.articles, "article"), refresh=False)
        self._bar.update(progress.done_bytes - self._bar.n)

    def _tell(self, progress: Progress) -> None:
        if time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            share = 100 * progress.done_bytes // max(1, progress.total_bytes)
            click.echo(f"indexing: {share} %, {count(progress.articles, 'article')}", err=True)
