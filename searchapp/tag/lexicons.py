"""Reads the data files of `searchapp.tag.lexicon`; `lexicon/` says where each comes from."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources

from searchapp.model import SearchError

PACKAGE = "searchapp.tag.lexicon"


class MalformedLexicon(SearchError):
    """A line of a lexicon file that cannot be read: says file, line and why."""


def rows(name: str) -> Iterator[list[str]]:
    """The tab-separated rows of a lexicon file, without comments and empty lines."""
    for _, fields in numbered_rows(name):
        yield fields


def numbered_rows(name: str) -> Iterator[tuple[int, list[str]]]:
    """The same with the number of the line, to name it in an error."""
    for number, line in enumerate(_text(name).splitlines(), 1):
        if line and line[0] != "#":
            yield number, line.split("\t")


def lines(name: str) -> list[str]:
    """The lines of a lexicon file that is a plain list."""
    return _text(name).split("\n")[:-1]


def _text(name: str) -> str:
    content = (resources.files(PACKAGE) / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


@cache
def digest() -> str:
    """Changes when any lexicon file does."""
    files = resources.files(PACKAGE).iterdir()
    data = [file for file in files if file.name.endswith((".tsv", ".txt.gz"))]
    state = hashlib.sha256()
    for file in sorted(data, key=lambda file: file.name):
        state.update(file.name.encode() + b"\0" + file.read_bytes())
    return state.hexdigest()[:16]
