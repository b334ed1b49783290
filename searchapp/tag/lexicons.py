"""Reads the data files of `searchapp.tag.lexicon`; `lexicon/` says where each comes from.

An owner's own rows join them inside `using`. What is built from the files is kept by `cached` for
each set of rows, so that two archives in one process do not see each other's.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from importlib import resources
from typing import TypeVar

from searchapp.model import SearchError

T = TypeVar("T")

PACKAGE = "searchapp.tag.lexicon"
FIRST_WINS = frozenset({"countries.tsv"})
"""Files of which the first row for a label or a reading counts: an owner's rows stand first."""


@dataclass(frozen=True, slots=True)
class Added:
    """Rows that an owner adds: by name of a lexicon file the text of more lines, checked.

    `digest` is that of all of them, empty for none.
    """

    texts: tuple[tuple[str, str], ...] = ()
    digest: str = ""


NOTHING = Added()
_added: ContextVar[Added] = ContextVar("added", default=NOTHING)
_digest: ContextVar[str] = ContextVar("digest", default=NOTHING.digest)


@contextlib.contextmanager
def using(added: Added) -> Iterator[None]:
    """Inside, in this thread, the lexicons have these rows, too."""
    was, was_digest = _added.set(added), _digest.set(added.digest)
    try:
        yield
    finally:
        _added.reset(was)
        _digest.reset(was_digest)


def added_digest() -> str:
    """Changes with the rows that are added here."""
    return _digest.get()


def cached(build: Callable[[], T]) -> Callable[[], T]:
    """Like `functools.cache`, for what is built from the lexicons and what was added to them."""
    # The shipped lexicons alone, and those of a few archives: each costs some 50 MB.
    built = lru_cache(4)(lambda digest: build())
    digest = _digest.get

    @wraps(build)
    def get() -> T:  # asked for every word of every article: nothing more may happen here
        return built(digest())

    get.cache_info = built.cache_info  # type: ignore[attr-defined]
    get.cache_clear = built.cache_clear  # type: ignore[attr-defined]
    return get


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
    shipped = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
    added = dict(_added.get().texts).get(name, "")
    return added + shipped if name in FIRST_WINS else shipped + added


@cache
def digest() -> str:
    """Changes when any lexicon file does."""
    files = resources.files(PACKAGE).iterdir()
    data = [file for file in files if file.name.endswith((".tsv", ".txt.gz"))]
    state = hashlib.sha256()
    for file in sorted(data, key=lambda file: file.name):
        state.update(file.name.encode() + b"\0" + file.read_bytes())
    return state.hexdigest()[:16]
