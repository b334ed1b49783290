"""Looks into a Whoosh table of contents before Whoosh loads it: the file is a pickle, and a pickle
can run anything. Only the classes that our indexes are made of may be named in it."""

from __future__ import annotations

import contextlib
import io
import pickle
import re
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from searchapp.model import IndexDamaged

NAME = "MAIN"
_FILE = re.compile(rf"_{NAME}_(\d+)\.toc")
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
        "whoosh.codec.whoosh3.W3Codec",
        "whoosh.codec.whoosh3.W3Segment",
        "searchapp.engine.embedded.Words",
        "searchapp.engine.embedded.Values",
        "collections.defaultdict",
        "copyreg._reconstructor",
        "builtins.object",
        "builtins.int",
        "builtins.set",
    }
)


def generation(folder: Path) -> int:
    """The number of the newest commit in `folder`; -1 where there is none."""
    try:
        names = [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max((int(m[1]) for name in names if (m := _FILE.fullmatch(name))), default=-1)


def file_name(number: int) -> str:
    """What Whoosh calls the table of contents of commit `number`."""
    return f"_{NAME}_{number}.toc"


def inspect(path: Path) -> None:
    """Raises IndexDamaged unless the file is whole and names allowed classes only."""
    try:
        with contextlib.closing(FileStorage(str(path.parent)).open_file(path.name)) as stream:
            _skip_header(stream)
            _load(io.BytesIO(stream.read_string()))  # the schema
            stream.read_int(), stream.read_int()
            _load(io.BytesIO(stream.read(path.stat().st_size)))  # the segments
    except IndexDamaged:
        raise
    except OSError as problem:
        raise IndexDamaged(f"{path}: {problem.strerror}") from problem
    except _Refused as problem:
        raise IndexDamaged(f"{path}: refused, it names {problem}") from problem
    except Exception as problem:  # whatever bytes at random make of a pickle
        raise IndexDamaged(f"{path}: not a table of contents ({problem})") from problem


class _Refused(Exception):
    """The name of a class that has no place in a table of contents."""


class _Inspector(pickle.Unpickler):
    """Builds objects of the allowed classes only."""

    def find_class(self, module: str, name: str) -> Any:
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
