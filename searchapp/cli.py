"""The commands. Texts for people go to standard error, results to standard output.

Exit status: 0 all is well, 1 something failed (and was said), 2 the command cannot be understood.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from searchapp import __version__, address, export, keys
from searchapp import backup as copies
from searchapp import watch as watching
from searchapp.archive import Archive
from searchapp.batch import FORMATS, query_of
from searchapp.corrections import table
from searchapp.engine import open_engine
from searchapp.ingest import Report, add, prepare, tagger_of
from searchapp.model import (
    ACTIONS,
    FACETS,
    Correction,
    Failure,
    IndexProblem,
    Match,
    Search,
    SearchError,
    Source,
    Tagged,
)
from searchapp.read import list_files, read_file, read_lines
from searchapp.settings import CHOICES, Settings, load
from searchapp.terminal import (
    Bar,
    Steps,
    Watched,
    count,
    failure_lines,
    key_lines,
    page_lines,
    say_failures,
    say_report,
    tags_lines,
    training_lines,
)

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
        except OSError as problem:  # a full disk, a file that cannot be written
            _fail(str(problem))
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
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
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
    the rest; the exit status is then 1. Articles that programs sent are read with every run, and
    alone without PATHS.
    """
    settings = _settings(index=index, language=language, workers=workers)
    if not paths and not settings.documents_folder.is_dir():
        raise click.UsageError("name files or folders; no program has sent anything")
    report = _index(paths, settings, prune=prune, rebuild=rebuild)
    if failures:
        _write_failures(failures, report)
    sys.exit(1 if report.failed else 0)


@main.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_INDEX
@click.option(
    "--prune/--no-prune",
    default=True,
    help="Remove articles whose file is deleted or moved.  [default: prune]",
)
@click.option("--poll", is_flag=True, help="Look by the clock: for network shares.")
@click.option(
    "--interval",
    type=click.FloatRange(0.1),
    metavar="S",
    help="Seconds between looks with --poll.  [default: 10]",
)
def watch(
    folders: tuple[Path, ...], index: str | None, prune: bool, poll: bool, interval: float | None
) -> None:
    """Index FOLDERS, and whatever changes in them from then on, until it is stopped.

    A line on standard error for each run says what became of it. Ctrl+C or SIGTERM end it after
    the commit under way.
    """
    if interval is not None and not poll:
        raise click.UsageError("--interval is for --poll: without it the system tells of changes")
    settings = _settings(index=index)
    engine = open_engine(settings.index, settings, create=True)
    workers = settings.workers or os.cpu_count() or 1
    every = (interval or watching.POLL) if poll else None
    watcher = watching.Watcher(engine, folders, settings, Watched(), prune, workers, every)
    click.echo(f"watching {', '.join(map(str, folders))}  (Ctrl+C stops it)", err=True)
    with _on_signal(watcher.stop):
        watcher.run()
    engine.close()


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_INDEX
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
@click.option(
    "--access",
    type=click.Choice(CHOICES["access"]),
    help="Who needs a key: others (auto), others to write (open), all (keys).  [default: auto]",
)
@click.option("--processes", type=click.IntRange(0), help="0: one a processor.  [default: 1]")
@click.option("--log", "log", is_flag=True, help="Say every request that is answered.")
def serve(paths: tuple[Path, ...], log: bool, **flags: Any) -> None:
    """Serve the search pages and the JSON API; with PATHS, index them first."""
    from searchapp.access import advice, require_decision  # Flask, which only a server needs

    settings = _settings(access_log="on" if log else None, **flags)
    require_decision(settings)
    if said := advice(settings):
        click.echo(f"searchapp: {said}", err=True)
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
@click.option(
    "--all-of",
    multiple=True,
    type=click.Choice(FACETS),
    help="All chosen values of this facet, not any (repeatable).",
)
@click.option("--countries", help="What articles are about, or mentioned.  [default: about]")
@click.option("--match", help="all of the words or any of them.  [default: all]")
@click.option("--from", "date_from", metavar="D", help="From this day, as 2001-12-31.")
@click.option("--to", "date_to", metavar="D", help="Up to this day.")
@click.option("--sort", help="relevance, newest or oldest.  [default: relevance]")
@click.option("--page", help="Page, from 1.")
@click.option("--limit", "per_page", metavar="N", help="Hits a page.  [default: 10]")
@click.option("--cursor", metavar="C", help="Hits after those of another answer: its next_cursor.")
@click.option("--explain", is_flag=True, help="How the score of each hit came about.")
@click.option("--json", "as_json", is_flag=True, help="The answer of /api/v1/search.")
@click.option(
    "--export",
    "into",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write every hit to FILE.csv or FILE.jsonl.",
)
def search(
    words: tuple[str, ...],
    index: str | None,
    all_of: tuple[str, ...],
    explain: bool,
    as_json: bool,
    into: Path | None,
    **given: Any,
) -> None:
    """Search for WORDS in the terminal."""
    settings = _settings(index=index)
    given |= {"q": " ".join(words), "explain": "true" if explain else None}
    arguments = _arguments({**given, "facet_mode": tuple(f"{facet}:all" for facet in all_of)})
    what = address.parse(arguments, settings)
    with _open(settings) as archive:
        if into:
            _export(archive, what, into)
            return
        page = archive.run(what)
        if as_json:
            from searchapp.api.answers import Links, search_answer

            answer = search_answer(page, Links("", settings))
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            click.echo("\n".join(page_lines(page)))


@main.command()
@click.argument("facet", type=click.Choice(FACETS))
@click.argument("value")
@click.argument("action", type=click.Choice(ACTIONS))
@click.argument("becomes", default="")
@_INDEX
@click.option("--article", metavar="ID", default="", help="In this article.  [default: everywhere]")
@click.option("--note", default="", help="Why; kept beside it.")
@click.option("--undo", is_flag=True, help="Take this correction back.")
def correct(index: str | None, undo: bool, **said: str) -> None:
    """Say what of the countries, people and topics found is wrong; it takes effect at once.

    \b
    searchapp correct person "White House" not
    searchapp correct person "Robert Kotscharjan" is "Robert Kocharian"
    searchapp correct country Belgium add --article ID
    searchapp correct country Belgium mentioned --article ID
    """
    with _open(_settings(index=index)) as archive:
        change = archive.uncorrect if undo else archive.correct
        click.echo(f"{count(change(Correction(**said)), 'article')} changed", err=True)


@main.command(name="tag")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="Articles as JSON lines from standard input.")
def tag_command(files: tuple[Path, ...], jsonl: bool) -> None:
    """Show the countries, people and topics of FILES; needs no index.

    With --jsonl, reads an article a line (id, title, text …) from standard input or FILES and
    writes a line of tags for each. Offsets count the characters of title, blank line, text.
    """
    if not files and not jsonl:
        raise click.UsageError("name FILES, or give --jsonl and articles on standard input")
    sources = _sources(files) if files else _standard_input()
    sys.exit(1 if _tag(sources, _json_lines if jsonl else tags_lines) else 0)


@main.command()
@click.argument("labelled", type=click.Path(path_type=Path))
@_INDEX
@click.option(
    "--held-out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Score the result on these labelled articles, too.",
)
@click.option(
    "--least",
    type=click.IntRange(2),
    default=10,
    show_default=True,
    help="Articles it takes to learn a topic.",
)
def train(labelled: Path, index: str | None, held_out: Path | None, least: int) -> None:
    """Learn topics from the articles in LABELLED, which have a list of them.

    LABELLED is a .jsonl file, an article a line (id, title, text …, topic). The topics are IPTC
    codes, labels or names of your own. What is learned decides them at the next `searchapp
    index`. Needs pip install 'searchapp[ml]'.
    """
    from searchapp.train import train as learn  # NumPy, and scikit-learn where there is one

    settings = _settings(index=index)
    with Steps() as steps:
        report = learn(labelled, settings, _stems_of(settings), held_out, least, steps.show)
    say_failures(report.failed)
    click.echo("\n".join(training_lines(report)))
    sys.exit(1 if report.failed else 0)


@main.command()
@click.argument("queries", type=click.File("r", encoding="utf-8"))
@_INDEX
@click.option("--match", type=click.Choice(["all", "any"]), default="all", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
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
        write = FORMATS[form](archive, sys.stdout)
        for number, line in enumerate(queries, 1):
            if not line.strip():
                continue
            try:
                id_, text = query_of(line, number, queries.name.endswith(".jsonl"))
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
        found["failed"] = len(archive.failures())
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    values = found.pop("values")
    for name, value in {**found, **{f"different {k} values": v for k, v in values.items()}}.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{name.replace('_', ' '):26} {'-' if shown is None else shown}")


@main.command()
@_INDEX
@click.option("--json", "as_json", is_flag=True, help="As JSON, with file and time.")
def failures(index: str | None, as_json: bool) -> None:
    """List what could not be indexed when it was last read, and why."""
    with _open(_settings(index=index)) as archive:
        failed = archive.failures()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(f) for f in failed], indent=2))
        return
    for line in failure_lines(failed):
        click.echo(line)
    click.echo(f"{len(failed):,} could not be indexed", err=True)


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


# --- keys ---------------------------------------------------------------------------------------


@main.group(name="keys")
def keys_group() -> None:
    """Make, list and revoke the keys of those who use it over HTTP; needs no index."""


@keys_group.command(name="create")
@click.argument("name")
@_INDEX
@click.option(
    "--scope",
    type=click.Choice(keys.SCOPES),
    required=True,
    help="What its holder may do; each includes those before it.",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="D",
    help="First day (UTC) it is refused, as 2027-12-31.  [default: never]",
)
def create_key(name: str, index: str | None, scope: str, expires: datetime.datetime | None) -> None:
    """Make a key for NAME, whoever or whatever will use it, and print its token.

    The token is shown this once: only a hash of it is kept.
    """
    path = _settings(index=index).beside("keys")
    until = expires.date() if expires else None
    key, token = keys.create(path, name, scope, until, datetime.datetime.now(datetime.UTC))
    click.echo(token)
    click.echo(
        f"This is the token of the new key {key.id}, which may {scope}. It is shown this once; "
        "programs send it as\n  Authorization: Bearer TOKEN\nand people give it as password. "
        f"`searchapp keys revoke {key.id}` makes it useless.",
        err=True,
    )


@keys_group.command(name="list")
@_INDEX
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_keys(index: str | None, as_json: bool) -> None:
    """List the keys there are, never their tokens."""
    found = keys.load(_settings(index=index).beside("keys"))
    if as_json:
        click.echo(json.dumps([keys.public(key) for key in found], ensure_ascii=False, indent=2))
        return
    for line in key_lines(found, datetime.datetime.now(datetime.UTC)):
        click.echo(line)
    click.echo(count(len(found), "key"), err=True)


@keys_group.command(name="revoke")
@click.argument("id", metavar="ID")
@_INDEX
def revoke_key(id: str, index: str | None) -> None:
    """Revoke the key ID, as `searchapp keys list` names it: its next request is refused."""
    key = keys.revoke(_settings(index=index).beside("keys"), id)
    click.echo(f"{key.id} ({key.name}) is revoked", err=True)


# --- copies -------------------------------------------------------------------------------------


@main.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@_INDEX
def backup(destination: Path, index: str | None) -> None:
    """Copy the index and what belongs to it into the new folder DEST.

    Searching goes on meanwhile. The copy is compared with its checksums before it gets its name.
    """
    settings = _settings(index=index)
    copies.backup(settings, destination)
    click.echo(f"{destination}: a sound copy of {settings.index}", err=True)


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@_INDEX
@click.option("--replace", is_flag=True, help="Also where there is an index, which is then gone.")
def restore(source: Path, index: str | None, replace: bool) -> None:
    """Put the backup SOURCE in the place of the index and what belongs to it.

    A server that is running goes on, and searches what was put there.
    """
    settings = _settings(index=index)
    copies.restore(settings, source, replace)
    click.echo(f"{settings.index}: is what {source} has", err=True)


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
    with Bar() as bar:
        report = add(engine, paths, settings, prune, workers, bar.show, rebuild)
    engine.close()
    say_report(report, time.monotonic() - began)
    return report


@contextlib.contextmanager
def _on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first Ctrl+C or SIGTERM; a second one ends the program as always."""

    def handle(number: int, _: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write_failures(path: Path, report: Report) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, dialect="excel-tab")
        rows.writerow(["path", "reason"])
        rows.writerows((failure.path, failure.reason) for failure in report.failed)


def _serve(archive: Archive, settings: Settings) -> None:
    from searchapp import serving  # only a server needs it

    def announce(address: str) -> None:
        click.echo(f"searchapp is on {address}  (Ctrl+C stops it)", err=True)

    serving.serve(archive, settings, announce)


# --- searching ----------------------------------------------------------------------------------


def _export(archive: Archive, what: Search, path: Path) -> None:
    """Write every hit into a file, as the end of its name says."""
    if path.suffix == ".csv":
        lines = export.csv_lines(archive.every(what))
    elif path.suffix == ".jsonl":
        lines = export.json_lines(archive.every_article(what))
    else:
        raise click.BadParameter(
            f"{path.name} ends in neither .csv nor .jsonl", param_hint="--export"
        )
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        file.writelines(lines)


def _arguments(given: dict[str, Any]) -> address.Given:
    """Options of the command line as the parameters of a URL; what was not given is left out."""
    lists = {k: list(v) if isinstance(v, tuple) else [v] for k, v in given.items()}
    return address.Given({k: values for k, values in lists.items() if values not in ([], [None])})


# --- tagging ------------------------------------------------------------------------------------


def _tag(sources: Iterable[Source | Failure], lines: Callable[[Tagged], Iterable[str]]) -> bool:
    """Write the lines of each source's tags; whether any failed."""
    settings = _settings()
    has_rules = settings.rules_folder.is_dir()
    tagger = tagger_of(settings, _stems_of(settings) if has_rules else "")
    failed = False
    said = table.load(settings.rules_folder)
    for problem in said.problems:
        click.echo(f"warning: {problem.path}: {problem.reason}", err=True)
    for source in itertools.chain(tagger.problems, sources):
        result = source if isinstance(source, Failure) else prepare(source, tagger)
        if isinstance(result, Failure):
            failed = True
            click.echo(f"failed: {result.path}: {result.reason}", err=True)
        else:
            click.echo("\n".join(lines(said.corrections.correct(result))))
    return failed


def _stems_of(settings: Settings) -> str:
    """The language of the index's stems, where there is an index: tags are as if made for it."""
    try:
        engine = open_engine(settings.index, settings)
    except IndexProblem:
        return settings.language
    language = engine.analyser.language
    engine.close()
    return language


def _sources(files: Iterable[Path]) -> Iterator[Source | Failure]:
    found, failures = list_files(files)
    yield from failures
    limit = _settings().max_file_bytes
    for file in found:
        yield from read_file(file, limit)


def _standard_input() -> Iterator[Source | Failure]:
    return read_lines(sys.stdin.buffer, "standard input", _settings().max_file_bytes)


def _json_lines(tagged: Tagged) -> list[str]:
    """The line of `tag --jsonl`, as the contract has it."""
    tags = tagged.tags
    row = {
        "id": tagged.article.id,
        "countries": [
            {"code": t.value, "name": t.label, "about": t.about, "mentions": t.spans}
            for t in tags.country
        ],
        "people": [{"name": t.value, "mentions": t.spans} for t in tags.person],
        "topics": [
            {
                "code": t.value,
                "name": t.label,
                "score": round(t.score, 4),
                "mentions": t.spans,
            }
            for t in tags.topic
        ],
    }
    return [json.dumps(row, ensure_ascii=False)]
