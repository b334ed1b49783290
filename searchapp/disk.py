"""Files that other processes use, too: locks, which a crash lets go, and changes that are there
whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits until nobody else, thread or process, is inside with the same `path`."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # closing lets go
        else:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def taken(path: Path) -> BinaryIO | None:
    """The lock, held until it is closed; None where somebody else has it."""
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def replace_file(path: Path, parts: Iterable[bytes], mode: int | None = None) -> None:
    """Write a file in one step: whoever opens it, and whoever comes after a crash, has what was
    there or `parts`, one after the other. They are on the disk when this returns.

    `mode`: the permissions; those of any new file where nothing is said. Raises OSError, and then
    nothing has changed, unless all that failed is to bring the name to the disk.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(new, flags, 0o666 if mode is None else 0o600), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            new.chmod(mode)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names of files to the disk, where the system can. Raises OSError."""
    if hasattr(os, "O_DIRECTORY"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:  # it may be written, but not read
            return
        try:
            os.fsync(handle)
        except OSError as problem:
            # Some file systems, of networks mostly, cannot sync a folder; PostgreSQL forgives the
            # same two.
            if problem.errno not in (errno.EBADF, errno.EINVAL):
                raise
        finally:
            os.close(handle)
