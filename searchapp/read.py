"""Folders and files to sources: the bytes of each article and where they came from.

Everything that can go wrong with one file or line becomes a `Failure` that says why, and the
rest goes on. Memory is bounded by the size limit whatever a file claims to be, because archives
hold broken downloads and compressed files of any size.
"""

from __future__ import annotations

import errno
import gzip
import io
import json
import math
import os
import re
import stat
import unicodedata
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from searchapp.model import Failure, Kind, Source, UnreadableSource
from searchapp.said import Said

KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "json",
}
MAX_ID_CHARS = 512
# Articles compress 3 to 10 times, repetitive exports 50; deflate itself ends at 1032.
MAX_UNPACKING = 200

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n\f\v\0"
_SKIP_BYTES = 1 << 20
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class File:
    """One file to read: `path` is absolute and free of links, `shown` its path below the folder
    given (posix, NFC, printable) and the id of its article. `root` is the folder given; the
    file itself where a file was given.
    """

    path: Path
    shown: str
    root: Path


def list_files(
    paths: Iterable[Path],
    index: Path | None = None,
    rules: Path | None = None,
    uploads: Path | None = None,
    documents: Path | None = None,
) -> tuple[list[File], list[Failure]]:
    """The files below `paths`, folder by folder in order of `shown`, and what is left out and why.

    Hidden files and folders, loops of links and the folders `index`, `rules` and `documents` are
    left out silently; so is the folder `uploads`, unless it is one of `paths`. A file that links or
    overlapping paths reach twice is listed once, under its own name if it has one.
    """
    ours = [folder.resolve() for folder in (index, rules, documents) if folder is not None]
    listing = _Listing(ours, uploads.resolve() if uploads else None)
    for path in paths:
        listing.add(path)
    return listing.files, listing.failures


def read_file(file: File, max_bytes: int) -> Iterator[Source | Failure]:
    """The sources in `file`: one, or one for each line of JSON Lines that is not blank.

    `max_bytes` limits a document, or a line of JSON Lines, after decompression.
    """
    kind = kind_of(file.path.name)
    if kind is None:
        yield Failure(file.shown, unknown_kind(file.path.name), origin_of(file.path))
        return
    read = _read_lines if kind == "json" else _read_document
    try:
        with _open(file.path) as stream:
            yield from read(file, kind, stream, max_bytes)
    except UnreadableSource as problem:
        yield Failure(file.shown, str(problem), origin_of(file.path))


def read_lines(stream: IO[bytes], shown: str, max_bytes: int) -> Iterator[Source | Failure]:
    """The sources in JSON Lines that come from a stream, such as standard input, without end."""
    try:
        yield from _sources(stream, shown, shown, max_bytes, math.inf)
    except (UnreadableSource, OSError) as problem:
        yield Failure(shown, _problem(problem))


# --- which files there are ----------------------------------------------------------------------


@dataclass(slots=True)
class _Walk:
    """One folder being listed: what is still to be looked at, with its path below the root."""

    root: Path
    folders: list[tuple[Path, str]]
    links: deque[tuple[Path, str]] = field(default_factory=deque)
    found: dict[Path, File] = field(default_factory=dict)


class _Listing:
    """What `list_files` has found so far. Real entries come before links, so that a file is
    listed under its own name where it has one.
    """

    def __init__(self, ours: list[Path], uploads: Path | None) -> None:
        self.files: list[File] = []
        self.failures: list[Failure] = []
        self._ours = ours
        self._uploads = uploads
        self._seen: set[Path] = set()
        self._shown: dict[str, Path] = {}

    def add(self, path: Path) -> None:
        try:
            real = path.resolve(strict=True)
            is_folder = real.is_dir()
        except (OSError, RuntimeError, ValueError) as problem:
            self._fail(str(path), _problem(problem), Path(os.path.abspath(path)))
            return
        if self._is_ours(real):
            self._fail(str(path), "is the index, not news", real)
        elif is_folder:
            self._add_folder(real)
        else:
            self._add_file(File(real, _printable(path.name), real))

    def _add_folder(self, root: Path) -> None:
        walk = _Walk(root, folders=[(root, "")])
        while walk.folders or walk.links:
            if walk.folders:
                self._list_folder(walk, *walk.folders.pop())
            else:
                self._follow(walk, *walk.links.popleft())
        for file in sorted(walk.found.values(), key=lambda file: file.shown):
            self._add_file(file)

    def _list_folder(self, walk: _Walk, folder: Path, below: str) -> None:
        if folder in self._seen or folder in self._ours:
            return
        if below and folder == self._uploads:
            return  # read by itself, its files would have other ids
        self._seen.add(folder)
        for entry in self._scan(folder, below):
            path, name = folder / entry.name, below + entry.name
            if entry.is_symlink():
                walk.links.append((path, name))
            elif entry.is_dir(follow_symlinks=False):
                walk.folders.append((path, name + "/"))
            else:
                walk.found[path] = File(path, _printable(name), walk.root)

    def _scan(self, folder: Path, below: str) -> list[os.DirEntry[str]]:
        """What is in `folder` and not hidden, in order of name."""
        try:
            with os.scandir(folder) as entries:
                shown = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as problem:
            self._fail(below or str(folder), _problem(problem), folder)
            return []
        return sorted(shown, key=lambda entry: entry.name)

    def _follow(self, walk: _Walk, link: Path, name: str) -> None:
        try:
            real = link.resolve(strict=True)
            is_folder = real.is_dir()
        except RuntimeError:  # a loop of links, up to Python 3.12
            return
        except OSError as problem:
            if problem.errno != errno.ELOOP:
                self._fail(name, "is a link to something that does not exist", link)
            return
        if not real.is_relative_to(walk.root):
            self._fail(name, "is a link that leaves the folder; it is not followed", link)
        elif self._is_ours(real):
            return
        elif is_folder:
            walk.folders.append((real, name + "/"))
        else:
            walk.found.setdefault(real, File(real, _printable(name), walk.root))

    def _add_file(self, file: File) -> None:
        if file.path in self._seen:
            return
        self._seen.add(file.path)
        if kind_of(file.path.name) is None:
            self._fail(file.shown, unknown_kind(file.path.name), file.path)
        elif (other := self._shown.setdefault(file.shown, file.path)) != file.path:
            reason = f"has the same id as {other}; index the folder above both"
            self._fail(file.shown, reason, file.path)
        else:
            self.files.append(file)

    def _is_ours(self, real: Path) -> bool:
        """Whether it is the index, or what its owner adds to the rules: no news."""
        return any(real.is_relative_to(folder) for folder in self._ours)

    def _fail(self, shown: str, reason: str, path: Path) -> None:
        self.failures.append(Failure(_printable(shown), reason, origin_of(path)))


def kind_of(name: str) -> Kind | None:
    """What a file of this name holds; None for a name that is not read."""
    return KINDS.get(Path(name.lower().removesuffix(".gz")).suffix)


def unknown_kind(name: str) -> str:
    """The reason why a file of this name is not read."""
    suffix = Path(name).suffix
    known = " ".join(KINDS)
    if not suffix:
        return Said("has no known ending; known are {known}, each also with .gz", known=known)
    return Said(
        "is of an unknown kind ({suffix}); known are {known}, each also with .gz",
        suffix=_printable(suffix),
        known=known,
    )


def _printable(name: str) -> str:
    """`name` as NFC text without undecodable bytes and control characters, which are escaped."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")
    return _UNPRINTABLE.sub(_escape, unicodedata.normalize("NFC", text))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


# --- what is in one file ------------------------------------------------------------------------


@contextmanager
def _open(path: Path) -> Iterator[io.BufferedIOBase]:
    """The file's bytes, unpacked if it is a .gz. Raises UnreadableSource, also while reading.

    Opened without blocking and looked at before reading, because a named pipe or a device can
    stand where a file was listed, and would be waited on for ever.
    """
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW"))
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise UnreadableSource("is not a regular file")
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as raw:
            if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
                raise UnreadableSource("is not a regular file")
            if path.name.lower().endswith(".gz"):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield unpacked
            else:
                yield raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise UnreadableSource("is not a sound gzip file; it may be cut off") from problem
    except OSError as problem:
        raise UnreadableSource(_problem(problem)) from problem


def _read_document(
    file: File, kind: Kind, stream: io.BufferedIOBase, max_bytes: int
) -> Iterator[Source | Failure]:
    size = os.fstat(stream.fileno()).st_size
    if size > max_bytes:
        raise UnreadableSource(too_large(size, max_bytes))
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise UnreadableSource(
            f"is more than {human(max_bytes)} unpacked; that is the limit (max_file_bytes)"
        )
    if not _has_content(data):
        raise UnreadableSource("is empty")
    yield Source(file.shown, file.shown, origin_of(file.path), kind, data)


def _read_lines(
    file: File, kind: Kind, stream: io.BufferedIOBase, max_bytes: int
) -> Iterator[Source | Failure]:
    most = max(max_bytes, MAX_UNPACKING * os.fstat(stream.fileno()).st_size)
    return _sources(stream, file.shown, origin_of(file.path), max_bytes, most)


def _sources(
    stream: IO[bytes] | io.BufferedIOBase, name: str, origin: str, max_bytes: int, most: float
) -> Iterator[Source | Failure]:
    """One for each line; `most` bytes are read, and lines of up to `max_bytes` are taken."""
    empty = True
    for number, line in enumerate(lines(stream, max_bytes, most), 1):
        if number == 1 and line.startswith(_UTF16_BOMS):
            raise UnreadableSource("is UTF-16; JSON Lines must be UTF-8")
        line = line.removeprefix(_UTF8_BOM).strip()
        if not line:
            continue
        empty = False
        shown = f"{name}#L{number}"
        try:
            if len(line) > max_bytes:
                raise UnreadableSource(
                    f"is more than {human(max_bytes)}; that is the limit (max_file_bytes)"
                )
            yield Source(_line_id(line) or shown, shown, origin, "json", line)
        except UnreadableSource as problem:
            yield Failure(shown, str(problem), origin)
    if empty:
        raise UnreadableSource("is empty")


def lines(stream: IO[bytes] | io.BufferedIOBase, max_bytes: int, left: float) -> Iterator[bytes]:
    """The lines of `stream`; of one over `max_bytes` only that it is, as its first bytes.

    Raises UnreadableSource after `left` bytes: a packed file that goes on beyond all proportion.
    """
    while line := stream.readline(max_bytes + 2):
        yield line
        left -= len(line)
        while left >= 0 and line and not line.endswith(b"\n"):
            line = stream.readline(_SKIP_BYTES)
            left -= len(line)
        if left < 0:
            raise UnreadableSource(
                f"unpacks to more than {MAX_UNPACKING} times its size; the rest is left out"
            )


def _line_id(line: bytes) -> str | None:
    """The article's own id, None where it has none. Raises UnreadableSource."""
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError as problem:
        raise UnreadableSource("is not UTF-8") from problem
    except RecursionError as problem:
        raise UnreadableSource("is nested too deeply") from problem
    except ValueError as problem:
        raise UnreadableSource(f"is not JSON: {problem}") from problem
    if not isinstance(row, dict):
        raise UnreadableSource("is not a JSON object")
    return None if row.get("id") is None else own_id(row["id"])


def own_id(value: object) -> str:
    """The id that an owner gives an article, as text. Raises UnreadableSource."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UnreadableSource("id is neither text nor a number")
    text = str(value)
    if not text.strip():
        raise UnreadableSource("id is empty")
    if len(text) > MAX_ID_CHARS:
        raise UnreadableSource(f"id has {len(text)} characters; the limit is {MAX_ID_CHARS}")
    if _UNPRINTABLE.search(text):
        raise UnreadableSource("id has control characters")
    return text


def _has_content(data: bytes) -> bool:
    start = data[:3].removeprefix(_UTF8_BOM)
    for bom in _UTF16_BOMS:
        start = start.removeprefix(bom)
    return bool(start.strip(_BLANK) or data[3:].strip(_BLANK))


def origin_of(path: Path) -> str:
    """The path as text that can be stored; bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def too_large(size: int, limit: int) -> str:
    """The reason why a file of `size` bytes is not read."""
    shown = human(size)
    if shown == human(limit):
        shown = Said("{n} bytes", n=size)
    return Said("is {size}; the limit is {limit} (max_file_bytes)", size=shown, limit=human(limit))


def human(size: int) -> str:
    """A number of bytes as people say it; 1 MB is 1024 × 1024 bytes, as in the settings."""
    for power, unit in ((30, "GB"), (20, "MB"), (10, "KB")):
        if size >= 1 << power:
            return f"{size / (1 << power):.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _problem(problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError):
        return "does not exist"
    if isinstance(problem, OSError) and problem.strerror:
        return f"cannot be read: {problem.strerror.lower()}"
    return f"cannot be read: {problem}"
