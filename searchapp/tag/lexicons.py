"""Reads the data files of `searchapp.tag.lexicon`; `lexicon/` says where each comes from."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources

PACKAGE = "searchapp.tag.lexicon"


def rows(name: str) -> Iterator[list[str]]:
    """The tab-separated rows of a lexicon file, without comments and empty lines."""
    for line in _text(name).splitlines():
        if line and line[0] != "#":
            yield line.split("\t")


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
