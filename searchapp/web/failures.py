"""What could not be indexed and why: by reason, by folder, and what can be done about it.

Everybody sees what failed and of which kind the reason is. Where files are on the machine, which
reasons may name, is for those who may change things.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Flask, Response, request

from searchapp.model import Failure
from searchapp.said import Said
from searchapp.web.site import Site, rendered

LISTED = 100
"""Failures on one page."""
ASKED = ("find", "kind", "folder")
"""Parameters of the page's own."""
FOLDERS = 20
"""Folders counted by name, those with most failures."""
_FORMULA = tuple("=+-@\t\r'")
"""What makes a spreadsheet run a cell, if it is first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reason: what it is called, and what one can do."""

    name: str
    title: Said
    remedy: Said
    reason: re.Pattern[str]


def _kind(name: str, title: Said, remedy: Said, reason: str) -> Kind:
    return Kind(name, title, remedy, re.compile(reason))


KINDS = (
    _kind(
        "crash",
        Said("searchapp failed at it"),
        Said(
            "This is a mistake in searchapp, not in the file. Please report it with the reason "
            "below."
        ),
        r"^could not be processed",
    ),
    _kind(
        "unknown",
        Said("Not a kind of file that is read"),
        Said(
            "Text (.txt), Markdown (.md), web pages (.html) and JSON Lines (.jsonl) are read, "
            "each also packed as .gz. Save others as one of these: a PDF or a Word file, for "
            "example, as text."
        ),
        r"^(is of an unknown kind|has no known ending)",
    ),
    _kind(
        "empty",
        Said("Nothing in it"),
        Said(
            "The file is empty or holds no text. It may be a download that broke off: get it again."
        ),
        r"^(is empty|has no text|has neither text nor title)",
    ),
    _kind(
        "large",
        Said("Too large"),
        Said("Split it, or raise the limit that the reason names and index again."),
        r"max_file_bytes|^unpacks to more than",
    ),
    _kind(
        "packed",
        Said("Broken packed files"),
        Said("The file cannot be unpacked: get it again."),
        r"^is not a sound gzip file",
    ),
    _kind(
        "binary",
        Said("Not text"),
        Said(
            "The name says text, but the contents are something else: a picture, a PDF, a program. "
            "Save it as text, or under its own ending."
        ),
        r"^looks like ",
    ),
    _kind(
        "line",
        Said("Lines that are no article"),
        Said(
            "In JSON Lines every line is an object such as {example} in UTF-8. Correct the "
            "lines listed.",
            example='{"title": …, "text": …}',
        ),
        r"^(is not UTF-8|is UTF-16|is not JSON|is not a JSON object|is nested|id |\w+ is not text)",
    ),
    _kind(
        "twice",
        Said("An id twice"),
        Said(
            "Two articles would be the same one. Index the folder above both, give lines of "
            "JSON Lines ids of their own, or remove the copy."
        ),
        r"^(has the same id|its id )",
    ),
    _kind(
        "access",
        Said("Not allowed, or gone"),
        Said(
            "The program that indexes may not read it, or it is a link that leads nowhere or "
            "out of the folder. Change its permissions, or index the place where it really is."
        ),
        r"permission denied|does not exist|^is a link|^is not a regular file",
    ),
    _kind(
        "other",
        Said("Something else"),
        Said("The reason says what."),
        r"",
    ),
)
"""The first that fits counts."""
BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(failure: Failure) -> Kind:
    return next(kind for kind in KINDS if kind.reason.search(failure.reason))


def folder_of(failure: Failure) -> str:
    """The folder of its path, empty at the top."""
    return failure.path.rpartition("#L")[0].rpartition("/")[0] or failure.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Failures with the kind of each."""

    failures: Sequence[Failure]
    kinds: Sequence[Kind]

    @classmethod
    def of(cls, failures: Sequence[Failure]) -> Sorted:
        return cls(failures, [kind_of(failure) for failure in failures])

    def chosen(self, kind: str, folder: str | None, find: str, reasons: bool) -> Sorted:
        """Those of a kind (empty: all), in a folder (None: all), with a text in their path, or in
        their reason where `reasons` are shown."""
        wanted = find.casefold()

        def is_named(failure: Failure) -> bool:
            said = (failure.path, failure.reason) if reasons else (failure.path,)
            return not wanted or any(wanted in text.casefold() for text in said)

        pairs = [
            (failure, its)
            for failure, its in zip(self.failures, self.kinds, strict=True)
            if (not kind or its.name == kind)
            and (folder is None or folder_of(failure) == folder)
            and is_named(failure)
        ]
        return Sorted([pair[0] for pair in pairs], [pair[1] for pair in pairs])

    def by_kind(self) -> list[tuple[Kind, int]]:
        """Commonest first."""
        return Counter(self.kinds).most_common()

    def by_folder(self) -> Counter[str]:
        return Counter(map(folder_of, self.failures))


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/failures", "failures", views.failures)
    app.add_url_rule("/failures.csv", "failures_csv", views.table)


@dataclass(slots=True)
class Views:
    site: Site
    _last: tuple[Sequence[Failure], Sorted] = field(default_factory=lambda: ((), Sorted((), ())))

    def failures(self) -> Response:
        search = self.site.search(*ASKED)
        everything = self._sorted()
        shown = self._chosen(everything)
        start = (search.page - 1) * LISTED
        folders = shown.by_folder()
        return rendered(
            "failures.html",
            search=search,
            asked={name: request.args[name] for name in ASKED if name in request.args},
            everything=len(everything.failures),
            total=len(shown.failures),
            rows=[
                (failure, self._reason(failure, kind))
                for failure, kind in zip(
                    shown.failures[start : start + LISTED],
                    shown.kinds[start : start + LISTED],
                    strict=True,
                )
            ],
            kinds=shown.by_kind(),
            folders=folders.most_common(FOLDERS),
            other_folders=max(0, len(folders) - FOLDERS),
            last=max(1, -(-len(shown.failures) // LISTED)),
        )

    def table(self) -> Response:
        """The failures of the page, all of them, for a spreadsheet."""
        self.site.search(*ASKED)
        shown = self._chosen(self._sorted())
        response = Response(self._rows(shown), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="failures.csv"'
        return response

    def _rows(self, shown: Sorted) -> Iterator[bytes]:
        may_know = self.site.guard.editing().allowed
        heads = ["path", "kind", "reason", "when", *(["file"] if may_know else [])]
        lines = [
            [
                failure.path,
                kind.title,
                self._reason(failure, kind),
                failure.when,
                *([failure.origin] if may_know else []),
            ]
            for failure, kind in zip(shown.failures, shown.kinds, strict=True)
        ]
        return (_line(row) for row in [heads, *lines])

    def _sorted(self) -> Sorted:
        """All failures; sorted into kinds once for each state of them."""
        failures = self.site.archive.failures()
        if self._last[0] is not failures:
            self._last = (failures, Sorted.of(failures))
        return self._last[1]

    def _chosen(self, everything: Sorted) -> Sorted:
        given: Mapping[str, str] = request.args
        find = given.get("find", "").strip()
        reasons = self.site.guard.editing().allowed
        return everything.chosen(given.get("kind", ""), given.get("folder"), find, reasons)

    def _reason(self, failure: Failure, kind: Kind) -> str:
        """The reason, which may name files of the machine, or what strangers are told of it."""
        return failure.reason if self.site.guard.editing().allowed else kind.title


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    safe = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(safe)
    return out.getvalue().encode("utf-8", "replace")
