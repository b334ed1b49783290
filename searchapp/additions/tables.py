"""Tables that an editor or a spreadsheet saved: cells with a tab between them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

_LINE_END = re.compile(r"\r\n|\r|\n")


class NoText(Exception):
    """A file that is no text; says why."""


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that holds something and is no comment, with its cells.

    White space around a cell is nothing, and so are empty cells at the end. Raises OSError and
    NoText.
    """
    # Not splitlines: it also splits where no editor does, and numbers would be others.
    for number, line in enumerate(_LINE_END.split(_text(path)), 1):
        cells = [_cell(cell) for cell in line.split("\t")]
        while cells and not cells[-1]:
            cells.pop()
        if cells and not line.startswith("#"):
            yield number, cells


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # "Unicode text" of Excel
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        number = data[: problem.start].count(b"\n") + 1
        raise NoText(f"line {number} is not UTF-8; save the file as UTF-8") from problem


def _cell(text: str) -> str:
    """A cell as it is meant: spreadsheets put `"…"` around one with quotation marks in it and
    double those; what somebody typed, as `"gas pipeline"`, stays."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    inner = text[1:-1]
    quoted = len(text) > 3 and text[0] == text[-1] == '"' and '""' in inner
    return inner.replace('""', '"') if quoted and '"' not in inner.replace('""', "") else text
