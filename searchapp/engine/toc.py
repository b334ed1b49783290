"""The table of contents of a Whoosh index: which segments a commit has. Read with care, written
durably.

The file is a pickle, and a pickle can run anything: only the classes that our indexes are made of
may be named in it. Behind what Whoosh reads stands the SHA-256 of it, so that a table of which one
bit is wrong is refused rather than believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from searchapp.disk import sync_folder
from searchapp.engine.codec import ArraySegment
from searchapp.model import IndexDamaged, IndexMismatch, IndexProblem

NAME = "MAIN"
_FILE = re.compile(rf"_{NAME}_(\d+)\.toc")
_MARK = b"sha256:"
_BEFORE = "searchapp.engine.embedded"
"""Where the classes of older indexes were."""
_ALLOWED = frozenset(
    {
        "whoosh.fields.Schema",
        "whoosh.fields.TEXT",
        "whoosh.fields.ID",
        "whoosh.fields.COLUMN",
        "whoosh.formats.Existence",
        "whoosh.formats.Frequency",
        "whoosh.formats.Positions",
        "whoosh.columns.VarBytesColumn",
        "whoosh.columns.NumericColumn",
        "whoosh.analysis.tokenizers.IDTokenizer",
        "searchapp.engine.codec.ArraySegment",
        "searchapp.engine.schema.Words",
        "searchapp.engine.schema.Values",
        "collections.defaultdict",
        "copyreg._reconstructor",
        "builtins.object",
        "builtins.int",
        "builtins.set",
        "_codecs.encode",
    }
)


def generation(folder: Path) -> int:
    """The number of the newest commit in `folder`; -1 where there is none."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max((int(m[1]) for name in names if (m := _FILE.fullmatch(name))), default=-1)


def is_newest(folder: Path, number: int) -> bool:
    """Whether commit `number` is the newest, without a look at the whole folder: the next one is
    not there, and it has not been removed as one before the newest is."""
    exists = os.path.exists
    return not exists(f"{folder}/{file_name(number + 1)}") and exists(
        f"{folder}/{file_name(number)}"
    )


def written(folder: Path, number: int) -> float:
    """When commit `number` was made, in seconds since 1970. Raises FileNotFoundError where it has
    been replaced."""
    return (folder / file_name(number)).stat().st_mtime


def file_name(number: int) -> str:
    """What Whoosh calls the table of contents of commit `number`."""
    return f"_{NAME}_{number}.toc"


def read(folder: Path, number: int) -> tuple[Any, list[ArraySegment]]:
    """The schema and the segments of a commit. Raises IndexDamaged, and FileNotFoundError where
    the commit has been replaced."""
    path = folder / file_name(number)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise IndexDamaged(f"{path}: {problem.strerror}") from problem
    inspect(path, data)
    contents = TOC.read(_held(path.name, data), NAME, gen=number)
    return contents.schema, contents.segments


def identity(folder: Path, number: int) -> str:
    """16 hexadecimal digits that no other commit has, of this index or of one made anew in its
    place: names of segments are drawn at random, and the table that lists them has this digest.
    Raises FileNotFoundError where the commit has been replaced."""
    with (folder / file_name(number)).open("rb") as file:
        file.seek(-2 * hashlib.sha256().digest_size, os.SEEK_END)
        return file.read(16).decode("ascii")


def write(folder: Path, number: int, schema: Any, segments: Sequence[ArraySegment]) -> None:
    """Make commit `number`: before this returns it is on the disk, and before it is whole nobody
    sees it. Raises OSError, and then the commit is not there."""
    name = file_name(number)
    memory = RamStorage()
    TOC(schema, list(segments), number).write(memory, NAME)
    data = memory.files[name]
    path, new = folder / name, folder / f"{name}.new"
    try:
        with new.open("wb") as file:
            file.write(data + _MARK + hashlib.sha256(data).hexdigest().encode())
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
        sync_folder(folder)
    except BaseException:
        for made in (new, path):
            with contextlib.suppress(OSError):
                made.unlink()
        raise


def inspect(path: Path, data: bytes) -> None:
    """Raises IndexDamaged unless `data` is as it was written to `path` and names allowed classes
    only."""
    try:
        signed = _check_digest(path, data)
        stream = _held(path.name, data).open_file(path.name)
        _skip_header(stream)
        _load(io.BytesIO(stream.read_string()))  # the schema
        stream.read_int(), stream.read_int()
        _load(io.BytesIO(stream.read(len(data))))  # the segments
        if not signed:
            raise IndexDamaged(f"{path}: without its SHA-256")
    except IndexProblem:
        raise
    except _Refused as problem:
        raise IndexDamaged(f"{path}: refused, it names {problem}") from problem
    except Exception as problem:  # whatever bytes at random make of a pickle
        raise IndexDamaged(f"{path}: not a table of contents ({problem})") from problem


def _held(name: str, data: bytes) -> RamStorage:
    """A file in memory, where Whoosh reads it: what was inspected is what is loaded."""
    memory = RamStorage()
    memory.files[name] = data
    return memory


def _check_digest(path: Path, data: bytes) -> bool:
    """Whether the table has its digest; one that has none is looked into, to say what it is."""
    body, mark, digest = data.rpartition(_MARK)
    if mark and hashlib.sha256(body).hexdigest().encode() != digest:
        raise IndexDamaged(f"{path}: not what was written (its SHA-256 differs)")
    return bool(mark)


class _Refused(Exception):
    """The name of a class that has no place in a table of contents."""


class _Inspector(pickle.Unpickler):
    """Builds objects of the allowed classes only."""

    def find_class(self, module: str, name: str) -> Any:
        if module == _BEFORE:
            raise IndexMismatch(
                "the index was made by an older searchapp; "
                "make it anew with `searchapp index --rebuild PATH`"
            )
        if f"{module}.{name}" not in _ALLOWED:
            raise _Refused(f"{module}.{name}")
        return super().find_class(module, name)


def _load(data: io.BytesIO) -> None:
    _Inspector(data).load()


def _skip_header(stream: Any) -> None:
    """Sizes of int, long and float, a byte-order mark, the version and Whoosh's release."""
    for _ in range(3):
        stream.read_varint()
    stream.read_int(), stream.read_int()
    for _ in range(3):
        stream.read_varint()
