"""The commands. Texts for people go to standard error, results to standard output.

Exit status: 0 all is well, 1 something failed (and was said), 2 the command cannot be understood.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from searchapp import __version__, address
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.ingest import Listener, Progress, Report, add, prepare
from searchapp.model import (
    FACETS,
    Bucket,
    Failure,
    Match,
    Page,
    Passage,
    SearchError,
    Source,
    Tag,
    Tagged,
)
from searchapp.read import list_files, read_file
from searchapp.settings import Settings, load

SHOWN_FAILURES = 50
"""Failures listed at the end of a run; `--failures FILE` has them all."""

_INDEX = click.option(
    "--index", metavar="DIR", help="Folder of the index.  [default: index]", default=None
)


class _Commands(click.Group):
    """Says what went wrong in a line and exits with 1: a traceback is for bugs."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SearchError as problem:
            _fail(str(problem))
        except BrokenPipeError:  # `searchapp search … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except KeyboardInterrupt:
            _fail("stopped; what was committed stays")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="searchapp")
def main() -> None:
    """Turn a folder of news into a search site.

    \b
    searchapp serve FOLDER        index a folder and open it in the browser
    searchapp index FOLDER        index it, or bring the index up to date
    searchapp search gas pipeline --country IR

    Settings may also stand in ./searchapp.toml or in SEARCHAPP_... variables.
    """


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_INDEX
@click.option("--prune", is_flag=True, help="Remove articles whose file is gone.")
@click.option("--rebuild", is_flag=True, help="Make the index anew; the old one serves meanwhile.")
@click.option("--language", help="Snowball language of the stems, for a new index.")
@click.option("--workers", type=click.IntRange(1), help="Processes.  [default: one a processor]")
@click.option("--failures", type=click.Path(path_type=Path), help="Write all failures here (TSV).")
def index(
    paths: tuple[Path, ...],
    index: str | None,
    prune: bool,
    rebuild: bool,
    language: str | None,
    workers: int | None,
    failures: Path | None,
) -> None:
    """Add the articles under PATHS to the index, or bring them up to date.

    PATHS are files or folders with .txt .md .html .htm .jsonl, each also as .gz. Files that did
    not change are skipped. What cannot be read is listed with its reason, and does not stop
    the rest; the exit status is then 1.
    """
    settings = _settings(index=index, language=language, workers=workers)
    report = _index(paths, settings, prune=prune, rebuild=rebuild)
    if failures:
        _write_failures(failures, report)
    sys.exit(1 if report.failed else 0)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_INDEX
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
def serve(paths: tuple[Path, ...], index: str | None, host: str | None, port: int | None) -> None:
    """Serve the search pages and the JSON API; with PATHS, index them first."""
    settings = _settings(index=index, host=host, port=port)
    if paths:
        _index(paths, settings)
    _serve(_open(settings, create=True), settings)


@main.command()
@click.argument("words", nargs=-1)
@_INDEX
@click.option("--country", multiple=True, metavar="IR", help="Only this country (repeatable).")
@click.option("--person", multiple=True, metavar="NAME", help="Only this person (repeatable).")
@click.option("--topic", multiple=True, metavar="CODE", help="Only this topic (repeatable).")
@click.option("--not-country", multiple=True, metavar="IR", help="Not this country.")
@click.option("--not-person", multiple=True, metavar="NAME", help="Not this person.")
@click.option("--not-topic", multiple=True, metavar="CODE", help="Not this topic.")
@click.option("--match", help="all of the words or any of them.  [default: all]")
@click.option("--from", "date_from", metavar="D", help="From this day, as 2001-12-31.")
@click.option("--to", "date_to", metavar="D", help="Up to this day.")
@click.option("--sort", help="relevance, newest or oldest.  [default: relevance]")
@click.option("--page", help="Page, from 1.")
@click.option("--limit", "per_page", metavar="N", help="Hits a page.  [default: 10]")
@click.option("--json", "as_json", is_flag=True, help="The answer of /api/v1/search.")
def search(words: tuple[str, ...], index: str | None, as_json: bool, **given: Any) -> None:
    """Search for WORDS in the terminal."""
    settings = _settings(index=index)
    arguments = _Arguments({"q": " ".join(words), **given})
    what = address.parse(arguments, settings)
    with _open(settings) as archive:
        page = archive.run(what)
        if as_json:
            from searchapp.api import search_answer

            click.echo(json.dumps(search_answer(page, settings), ensure_ascii=False, indent=2))
        else:
            click.echo("\n".join(_page_lines(page)))


@main.command(name="tag")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="Articles as JSON lines from standard input.")
def tag_command(files: tuple[Path, ...], jsonl: bool) -> None:
    """Show the countries, people and topics of FILES; needs no index.

    With --jsonl, reads an article a line (id, title, text …) from standard input or FILES and
    writes a line of tags for each. Offsets count the characters of title, blank line, text.
    """
    if jsonl == (not files) or files:
        failed = _tag_lines(files) if jsonl else _tag_files(files)
        sys.exit(1 if failed else 0)
    raise click.UsageError("name FILES, or give --jsonl and articles on standard input")


@main.command()
@click.argument("queries", type=click.File("r", encoding="utf-8"))
@_INDEX
@click.option("--match", type=click.Choice(["all", "any"]), default="all", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "trec"]),
    default="csv",
    show_default=True,
)
def batch(queries: TextIO, index: str | None, match: Match, limit: int, form: str) -> None:
    """Run a list of QUERIES: plain lines, or {"id", "text"} a line in a .jsonl file.

    With --match any every character but letters and digits separates words. A line that cannot be
    run is reported, and the rest run.
    """
    failed = False
    with _open(_settings(index=index)) as archive:
        write = _WRITERS[form](archive)
        for number, line in enumerate(queries, 1):
            if not line.strip():
                continue
            try:
                id_, text = _query_of(line, number, queries.name.endswith(".jsonl"))
                write(id_, text, archive.rank(text, match, limit))
            except SearchError as problem:
                failed = True
                click.echo(f"{queries.name}:{number}: {problem}", err=True)
    sys.exit(1 if failed else 0)


@main.command()
@_INDEX
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def stats(index: str | None, as_json: bool) -> None:
    """Say what the index holds."""
    with _open(_settings(index=index)) as archive:
        found = dataclasses.asdict(archive.stats())
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    values = found.pop("values")
    for name, value in {**found, **{f"different {k} values": v for k, v in values.items()}}.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{name.replace('_', ' '):26} {'-' if shown is None else shown}")


@main.command()
@_INDEX
def check(index: str | None) -> None:
    """Read the whole index and say whether every part of it is sound."""
    settings = _settings(index=index)
    with _open(settings) as archive:
        problems = archive.check()
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{settings.index}: {f'{len(problems)} problems' if problems else 'sound'}")
    sys.exit(1 if problems else 0)


# --- opening and indexing -----------------------------------------------------------------------


def _fail(text: str) -> NoReturn:
    click.echo(f"searchapp: {text}", err=True)
    sys.exit(1)


def _settings(**flags: Any) -> Settings:
    return load(os.environ, flags)


def _open(settings: Settings, create: bool = False) -> Archive:
    return Archive(open_engine(settings.index, settings, create=create), settings)


def _index(
    paths: Sequence[Path], settings: Settings, prune: bool = False, rebuild: bool = False
) -> Report:
    engine = open_engine(settings.index, settings, create=True, rebuild=rebuild)
    workers = settings.workers or os.cpu_count() or 1
    began = time.monotonic()
    with _Bar() as bar:
        report = add(engine, paths, settings, prune, workers, bar.show, rebuild)
    engine.close()
    _say_report(report, time.monotonic() - began)
    return report


class _Bar:
    """A progress bar on a terminal; elsewhere a line every ten seconds."""

    def __enter__(self) -> _Bar:
        self._bar: Any = None
        self._told = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def show(self) -> Listener:
        return self._draw if sys.stderr.isatty() else self._tell

    def _draw(self, progress: Progress) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=progress.total_bytes, unit="B", unit_scale=True, desc="indexing", leave=False
            )
        self._bar.set_postfix_str(_count(progress.articles, "article"), refresh=False)
        self._bar.update(progress.done_bytes - self._bar.n)

    def _tell(self, progress: Progress) -> None:
        if time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            share = 100 * progress.done_bytes // max(1, progress.total_bytes)
            click.echo(f"indexing: {share} %, {_count(progress.articles, 'article')}", err=True)


def _say_report(report: Report, seconds: float) -> None:
    for failure in report.failed[:SHOWN_FAILURES]:
        click.echo(f"failed: {failure.path}: {failure.reason}", err=True)
    if (more := len(report.failed) - SHOWN_FAILURES) > 0:
        click.echo(f"failed: … and {more:,} more; --failures FILE writes them all", err=True)
    numbers = [("added", report.added), ("updated", report.updated), ("removed", report.removed)]
    numbers += [("unchanged", report.unchanged), ("failed", len(report.failed))]
    told = ", ".join(f"{n:,} {name}" for name, n in numbers if n or name in ("added", "failed"))
    click.echo(f"{told} in {seconds:.1f} s", err=True)


def _write_failures(path: Path, report: Report) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, dialect="excel-tab")
        rows.writerow(["path", "reason"])
        rows.writerows((failure.path, failure.reason) for failure in report.failed)


def _serve(archive: Archive, settings: Settings) -> None:
    import waitress  # only a server needs these
    from waitress.server import create_server

    from searchapp.web import create_app

    app = create_app(archive, settings)
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="searchapp",
        )
    except OSError as problem:
        _fail(f"cannot listen on {settings.host}:{settings.port}: {problem.strerror or problem}")
    assert waitress
    click.echo(
        f"searchapp is on http://{settings.host}:{server.effective_port}  (Ctrl+C stops it)",
        err=True,
    )
    server.run()


# --- showing ------------------------------------------------------------------------------------


class _Arguments:
    """Options of the command line as the parameters of a URL; what was not given is left out."""

    def __init__(self, given: dict[str, Any]) -> None:
        lists = {k: list(v) if isinstance(v, tuple) else [v] for k, v in given.items()}
        self._values = {
            name: values for name, values in lists.items() if values not in ([], [None])
        }

    def getlist(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _page_lines(page: Page) -> Iterator[str]:
    for warning in page.warnings:
        yield f"note: {warning}"
    yield f"{_count(page.total, 'article')} in {page.took_ms:.1f} ms"
    for chosen in page.emptied_by:
        without = "excluding " * chosen.excluded
        yield f"without {without}{chosen.facet} {chosen.label} there are {chosen.total_without:,}"
    first = (page.search.page - 1) * page.search.per_page + 1
    for number, hit in enumerate(page.hits, first):
        yield ""
        yield f"{number}. {_marked(hit.title)}"
        yield "   " + " · ".join(str(x) for x in (hit.date, hit.source, hit.byline, hit.id) if x)
        yield from (f"   {_marked(passage)}" for passage in hit.passages)
    for facet in page.facets:
        if facet.buckets:
            yield ""
            yield f"{facet.name}: " + ", ".join(map(_bucket, facet.buckets))


def _bucket(bucket: Bucket) -> str:
    return f"{'*' * bucket.selected}{'-' * bucket.excluded}{bucket.label} ({bucket.count:,})"


def _marked(passage: Passage) -> str:
    """The text with its marks in bold on a terminal, and nothing that would steer one."""
    out, at = [], 0
    for start, end in passage.marks:
        out += [passage.text[at:start], click.style(passage.text[start:end], bold=True)]
        at = end
    text = "".join([*out, passage.text[at:]])
    return "".join(c for c in text if c.isprintable() or (c == "\x1b" and at))


# --- tagging ------------------------------------------------------------------------------------


def _tag_lines(files: Sequence[Path]) -> bool:
    failed = False
    for source in _sources(files) if files else _stdin_sources():
        result = source if isinstance(source, Failure) else prepare(source)
        if isinstance(result, Failure):
            failed = True
            click.echo(f"failed: {result.path}: {result.reason}", err=True)
        else:
            click.echo(json.dumps(_tags_json(result), ensure_ascii=False))
    return failed


def _stdin_sources() -> Iterator[Source | Failure]:
    from searchapp.read import read_lines

    return read_lines(sys.stdin.buffer, "<stdin>", "", Settings().max_file_bytes)


def _sources(files: Iterable[Path]) -> Iterator[Source | Failure]:
    found, failures = list_files(files)
    yield from failures
    limit = _settings().max_file_bytes
    for file in found:
        yield from read_file(file, limit)


def _tags_json(tagged: Tagged) -> dict[str, Any]:
    """A line of `tag --jsonl`, as the contract has it."""
    tags = tagged.tags
    return {
        "id": tagged.article.id,
        "countries": [
            {"code": t.value, "name": t.label, "about": t.about, "mentions": t.spans}
            for t in tags.country
        ],
        "people": [{"name": t.value, "mentions": t.spans} for t in tags.person],
        "topics": [
            {"code": t.value, "name": t.label, "score": round(t.score, 4)} for t in tags.topic
        ],
    }


def _tag_files(files: Sequence[Path]) -> bool:
    failed = False
    for source in _sources(files):
        result = source if isinstance(source, Failure) else prepare(source)
        if isinstance(result, Failure):
            failed = True
            click.echo(f"failed: {result.path}: {result.reason}", err=True)
        else:
            click.echo("\n".join(_tags_lines(result)))
    return failed


def _tags_lines(tagged: Tagged) -> Iterator[str]:
    article = tagged.article
    yield f"{article.path}"
    for name in ("title", "date", "source", "byline", "place", "language"):
        if value := getattr(article, name):
            yield f"  {name:9}{value}  ({article.provenance.get(name, 'found')})"
    for facet in FACETS:
        for tag in tagged.tags.of(facet):
            yield f"  {facet:9}{tag.label}{_how(facet, tag)}: {_mentions(article.text, tag)}"


def _how(facet: str, tag: Tag) -> str:
    if facet == "country":
        return f" [{tag.value}]" + ("" if tag.about else " (mentioned)")
    return f" [{tag.value}] {tag.score:.2f}" if facet == "topic" else ""


def _mentions(text: str, tag: Tag) -> str:
    seen: dict[str, int] = {}
    for start, end in tag.spans:
        word = " ".join(text[start:end].split())
        seen[word] = seen.get(word, 0) + 1
    return ", ".join(f"{word} ×{n}" if n > 1 else word for word, n in seen.items()) or "given"


# --- batches ------------------------------------------------------------------------------------


Write = Callable[[str, str, Sequence[tuple[str, float]]], None]


def _query_of(line: str, number: int, is_json: bool) -> tuple[str, str]:
    """The id and the text of a line; a plain line's id is its number."""
    if not is_json:
        return str(number), line.strip()
    try:
        row = json.loads(line)
        return str(row["id"]), str(row["text"])
    except (ValueError, KeyError, TypeError) as problem:
        raise SearchError('not a JSON object with "id" and "text"') from problem


def _trec(archive: Archive) -> Write:
    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        for rank, (doc, score) in enumerate(hits, 1):
            click.echo(f"{_unspaced(id_)} Q0 {_unspaced(doc)} {rank} {score:.6f} searchapp")

    return write


def _unspaced(name: str) -> str:
    """The format separates by spaces; ids may have them."""
    return "".join(f"%{ord(c):02X}" if c.isspace() else c for c in name)


def _jsonl(archive: Archive) -> Write:
    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        rows = list(_rows(archive, hits))
        click.echo(json.dumps({"id": id_, "text": text, "hits": rows}, ensure_ascii=False))

    return write


def _csv(archive: Archive) -> Write:
    rows = csv.writer(click.get_text_stream("stdout"), lineterminator="\n")
    names = ("rank", "id", "score", "title", "date", "source")
    rows.writerow(["query_id", "query", *names])

    def write(id_: str, text: str, hits: Sequence[tuple[str, float]]) -> None:
        for row in _rows(archive, hits):
            rows.writerow([id_, text, *(row[name] for name in names)])

    return write


def _rows(archive: Archive, hits: Sequence[tuple[str, float]]) -> Iterator[dict[str, Any]]:
    for rank, (doc, score) in enumerate(hits, 1):
        article = archive.article(doc).article
        yield {
            "rank": rank,
            "id": doc,
            "score": round(score, 6),
            "title": article.title,
            "date": article.date.isoformat() if article.date else None,
            "source": article.source,
        }


_WRITERS = {"trec": _trec, "jsonl": _jsonl, "csv": _csv}
