"""Files that a browser sends, kept in a folder beside the index under names that are safe anywhere.

Werkzeug's `secure_filename` keeps ASCII only, and news has names in any script; so a name keeps its
letters, and loses what has a meaning to a file system, a terminal or a reader's eye.
"""

from __future__ import annotations

import filecmp
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from searchapp import read
from searchapp.said import Said

LONGEST = 150
"""Bytes of a name in UTF-8: file systems take 255, and a number may be added."""
_NAMED = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_ENDING = re.compile(r"(\.\w{1,10})?(\.gz)?$", re.IGNORECASE)
_BLOCK = 1 << 20


def clean_name(name: str) -> str:
    """The name of a file that a browser calls `name`: its last part, one line of visible
    characters, not hidden, no longer than LONGEST, and none that Windows reserves. Its ending
    stays; without anything else it is called `file`."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c if _is_visible(c) else " " for c in unicodedata.normalize("NFC", last))
    folded = " ".join(_NAMED.sub("_", visible).split())
    stem, ending = _cut(folded)
    stem = stem.strip(". ")
    while len(f"{stem}{ending}".encode()) > LONGEST:
        stem = stem[:-1]
    stem = stem.rstrip(". ") or "file"
    return f"_{stem}{ending}" if _RESERVED.match(f"{stem}{ending}") else f"{stem}{ending}"


def keep(folder: Path, name: str, stream: IO[bytes], most: int) -> str:
    """Store what `stream` holds under `name`, clean; why it is not stored, else empty.

    A name that is taken gets a number, unless the file there is the same. `most` is the limit of a
    file in bytes. The file is there whole or not at all. Raises OSError.
    """
    if read.kind_of(name) is None:
        return read.unknown_kind(name)
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".upload-{secrets.token_hex(8)}"
    try:
        size = _copy(stream, new, most)
        if size > most:
            return read.too_large(size, most)
        if not size:
            return Said("is empty")
        _settle(new, folder, name)
    finally:
        new.unlink(missing_ok=True)
    return ""


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"


def _cut(name: str) -> tuple[str, str]:
    """The name before its ending, and that: `.txt`, `.html.gz`."""
    match = _ENDING.search(name)
    assert match  # the empty one
    return name[: match.start()], match[0]


def _copy(stream: IO[bytes], path: Path, most: int) -> int:
    """How many bytes there are; of those over `most` not all are read."""
    size = 0
    with path.open("xb") as file:
        while size <= most and (block := stream.read(_BLOCK)):
            size += len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return size


def _settle(new: Path, folder: Path, name: str) -> None:
    """Give the file its name, which no other has: reserved first, so that two uploads at the same
    time do not take the same."""
    for path in _numbered(folder, name):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and filecmp.cmp(new, path, shallow=False):
                return
            continue
        new.replace(path)
        return


def _numbered(folder: Path, name: str) -> Iterator[Path]:
    stem, ending = _cut(name)
    yield folder / name
    number = 2
    while True:
        yield folder / f"{stem}-{number}{ending}"
        number += 1
