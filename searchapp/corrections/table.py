"""The owner's table of corrections: `corrections.csv` in the folder of rules, read and written.

People edit it with a spreadsheet, which may save it with semicolons, in Windows-1252 or UTF-16, and
may lose quotation marks; so every encoding and separator is read, and a row that makes no sense is
a problem with its line that stops no other. Programs write whole tables, under a lock and in one
step, so that no writer is interleaved with another and no reader sees half a row.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

from searchapp.corrections import Corrections, identity, understood
from searchapp.disk import locked, replace_file
from searchapp.model import BadCorrection, Correction, Failure
from searchapp.said import Said

NAME = "corrections.csv"
COLUMNS = tuple(f.name for f in fields(Correction))
NEEDED = ("facet", "value", "action")
SEPARATORS = ",;\t"
_FORMULA = "=+-@\t\r'"
"""What makes a spreadsheet run a cell, if it is first; names come from documents, which may be
hostile. Written with an apostrophe before, as spreadsheets have it, and read without."""


@dataclass(frozen=True, slots=True)
class Table:
    """What the table says: its corrections, and the rows that make no sense.

    `readable` is False where it cannot be told what it says at all; that is no order to take back
    what it said before.
    """

    corrections: Corrections
    problems: tuple[Failure, ...] = ()
    readable: bool = True


def load(folder: Path) -> Table:
    """The table in `folder`; an empty one where there is none."""
    path = folder / NAME
    try:
        text = _decoded(path.read_bytes())
    except FileNotFoundError:
        return Table(Corrections())
    except OSError as problem:
        failure = Failure(str(path), f"cannot be read ({problem.strerror})")
        return Table(Corrections(), (failure,), readable=False)
    sheet = _Sheet(text)
    if text.strip() and not sheet.names:
        reason = f"the first row must name the columns: {', '.join(COLUMNS)}"
        return Table(Corrections(), (Failure(f"{path}#L1", reason),), readable=False)
    given, problems = [], []
    for row in sheet.rows():
        try:
            given.append(row.correction())
        except BadCorrection as problem:
            problems.append(Failure(f"{path}#L{row.line}", str(problem)))
    return Table(Corrections(given), tuple(problems))


def append(folder: Path, correction: Correction) -> None:
    """Write `correction` as the last row, unless the table already says so.

    After it returns the row is on the disk. Raises BadCorrection.
    """
    wanted = understood(correction)
    with _changing(folder) as (path, text):
        if wanted not in load(folder).corrections:
            _write(path, _with_row(text, wanted))


def remove(folder: Path, correction: Correction) -> None:
    """Take out every row that says what `correction` says. Raises BadCorrection where none does."""
    wanted = identity(understood(correction))
    with _changing(folder) as (path, text):
        sheet = _Sheet(text)
        said = [row for row in sheet.rows() if row.says(wanted)]
        if not said:
            raise BadCorrection(Said("{path}: no such correction", path=str(path)))
        gone = {number for row in said for number in range(row.start, row.end)}
        _write(path, "".join(x for at, x in enumerate(sheet.lines) if at not in gone))


# --- rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its cells by column, or why it has none; `start` and `end` count lines from 0."""

    start: int
    end: int
    cells: dict[str, str]
    problem: str = ""

    @property
    def line(self) -> int:
        return self.start + 1

    def correction(self) -> Correction:
        if self.problem:
            raise BadCorrection(self.problem)
        return understood(Correction(**self.cells))

    def says(self, wanted: str) -> bool:
        try:
            return identity(self.correction()) == wanted
        except BadCorrection:
            return False


class _Sheet:
    """The text of a table cut into rows."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text, newline="").readlines()
        self.first = 0
        while self.first < len(self.lines) and self._is_preface(self.lines[self.first]):
            self.first += 1
        head = self.lines[self.first] if self.first < len(self.lines) else ""
        self.separator = max(SEPARATORS, key=head.count)
        cells = next(csv.reader([head], delimiter=self.separator), [])
        names = [cell.strip().lower() for cell in cells]
        self.names = names if set(NEEDED) <= set(names) else []

    @staticmethod
    def _is_preface(line: str) -> bool:
        """A blank line, or the `sep=;` that tells Excel how to read the file."""
        return not line.strip() or line.strip().strip('"').lower().startswith("sep=")

    def rows(self) -> Iterator[_Row]:
        """The rows below the names of the columns; empty ones are none."""
        for start, end, cells, problem in self._cut(self.first + 1):
            if not self.names or not (problem or any(cell.strip() for cell in cells)):
                continue
            if not problem and any(cell.strip() for cell in cells[len(self.names) :]):
                problem = "has more cells than there are columns; quote a value with a separator"
            named = zip(self.names, cells, strict=False)
            known = {name: _uncelled(cell) for name, cell in named if name in COLUMNS}
            yield _Row(start, end, dict.fromkeys(NEEDED, "") | known, problem)

    def _cut(self, start: int) -> Iterator[tuple[int, int, list[str], str]]:
        """Each row's first line, the line after its last, its cells and what is wrong with it."""
        while start < len(self.lines):
            # Strict, so that a quotation mark nobody closes costs its own line and not all others.
            rows = csv.reader(
                islice(self.lines, start, None), delimiter=self.separator, strict=True
            )
            at = start
            try:
                for cells in rows:
                    yield at, start + rows.line_num, cells, ""
                    at = start + rows.line_num
                return
            except csv.Error as problem:
                yield at, at + 1, [], f"is not a row ({problem})"
                start = at + 1


def _with_row(text: str, correction: Correction) -> str:
    """`text` with one more row, in the columns and with the separator it has."""
    sheet = _Sheet(text)
    if text.strip() and not sheet.names:
        raise BadCorrection(
            Said("the first row must name the columns: {columns}", columns=", ".join(COLUMNS))
        )
    names = sheet.names or COLUMNS
    if missing := [c for c in COLUMNS if getattr(correction, c) and c not in names]:
        raise BadCorrection(Said("the table has no column “{column}”", column=missing[0]))
    row = [_celled(getattr(correction, name)) if name in COLUMNS else "" for name in names]
    end = "\r\n" if "\r\n" in text else "\n"
    rows = [row] if sheet.names else [list(COLUMNS), row]
    gap = end if text and not text.endswith(("\n", "\r")) else ""
    return text + gap + "".join(_line(cells, sheet.separator, end) for cells in rows)


def _line(cells: Sequence[str], separator: str, end: str) -> str:
    out = io.StringIO()
    # Left to itself, the writer quotes those line breaks only that end its own lines.
    broken = any(c in cell for cell in cells for c in "\r\n")
    rows = csv.writer(
        out,
        delimiter=separator,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if broken else csv.QUOTE_MINIMAL,
    )
    rows.writerow(cells)
    return out.getvalue()


def _celled(value: str) -> str:
    return f"'{value}" if value.startswith(tuple(_FORMULA)) else value


def _uncelled(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell


# --- files ----------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """UTF-16 where a mark says so, else UTF-8, with a mark or not, else Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


@contextlib.contextmanager
def _changing(folder: Path) -> Iterator[tuple[Path, str]]:
    """The table's path and text, which no other program changes meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f".{NAME}.lock"):
        path = folder / NAME
        yield path, _decoded(path.read_bytes()) if path.exists() else ""


def _write(path: Path, text: str) -> None:
    """The mark at its beginning tells Excel that it is UTF-8."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    replace_file(path, [text.encode("utf-8-sig", "replace")], mode)
