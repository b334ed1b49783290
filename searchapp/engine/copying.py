"""An index from one folder to another: what its newest commit consists of, and nothing else.

Out of the folder it is a copy; into another it is a commit like any other, so that whoever searches
there sees it whole or not at all, and goes on searching.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from searchapp.disk import sync_folder
from searchapp.engine import commit, toc
from searchapp.model import NoIndex

_AT_ONCE = 1 << 20


def copy(folder: Path, into: Path, seconds: float, meanwhile: Callable[[], None]) -> None:
    """Copy the newest commit of the index in `folder` into the folder `into`, which is empty, and
    call `meanwhile` while nobody can write. Raises IndexLocked after waiting `seconds`, NoIndex and
    IndexDamaged.

    The segments are copied when writers may go on: open files stay what they are, though a commit
    removes their names. They are not linked, since a backup must outlive what damages the original.
    """
    with contextlib.ExitStack() as held:
        with commit.locked(folder, seconds):
            number = toc.generation(folder)
            if number < 0:
                raise NoIndex(f"{folder}: there is no index")
            _, entries = toc.read(folder, number)
            names = [toc.file_name(number), *(entry.file_name for entry in entries)]
            opened = [held.enter_context((folder / name).open("rb")) for name in names]
            meanwhile()
        for file, name in zip(opened, names, strict=True):
            _write(file, into / name)
    sync_folder(into)


def take(source: Path, folder: Path, seconds: float, meanwhile: Callable[[], None]) -> None:
    """Make the newest commit of the index in the folder `source` the next one of that in `folder`,
    whatever is there, and call `meanwhile` right before, while nobody else can write. Raises
    IndexLocked after waiting `seconds`, IndexDamaged and OSError; then the index is as before."""
    with commit.locked(folder, seconds):
        before = toc.generation(source)
        schema, entries = toc.read(source, before)
        made = []
        try:
            for entry in entries:
                name = entry.file_name
                # A segment with this name may be there, damaged, and readers may have it mapped.
                entry.segid = secrets.token_hex(8)
                made.append(folder / entry.file_name)
                with (source / name).open("rb") as file:
                    _write(file, made[-1])
            sync_folder(folder)
            meanwhile()
            # Also above the number it had: a commit's number says what it holds.
            toc.write(folder, max(toc.generation(folder), before) + 1, schema, entries)
        except BaseException:
            for path in made:
                with contextlib.suppress(OSError):  # the next commit removes it
                    path.unlink()
            raise
        commit.clean(folder, entries)


def _write(file: IO[bytes], path: Path) -> None:
    with path.open("xb") as out:
        shutil.copyfileobj(file, out, _AT_ONCE)
        out.flush()
        os.fsync(out.fileno())
