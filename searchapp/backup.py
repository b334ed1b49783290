"""An index and what belongs to it, copied as one and put back as one.

What `cp -a` does while nobody writes, and this at any time: the index as of one commit, beside it
what lies under its name (corrections, articles that were sent, keys), compared with its checksums
before it gets its name. A backup has the layout of the original, so it can be searched where it is.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from searchapp import journal
from searchapp.disk import sync_folder
from searchapp.engine import open_engine
from searchapp.model import CannotCopy
from searchapp.settings import Settings

BESIDE = ("rules", "uploads", "documents", "keys", "secret")
"""What belongs to the index `news`: `news.rules` and so on, a folder or a file each."""
_KEPT = (journal.FAILURES, journal.PATHS)


def backup(settings: Settings, where: Path) -> None:
    """Copy the index and what belongs to it into the folder `where`, which must not be there; with
    its name everything is there, sound and on the disk. It is for its owner's eyes: keys are in it.

    Searches go on, and writing waits only while what is beside the index is copied. Raises
    CannotCopy, NoIndex, IndexLocked after `lock_seconds` and OSError; then there is nothing.
    """
    if os.path.lexists(where):
        raise CannotCopy(f"{where}: is there already; a backup gets a folder of its own")
    index = Path(settings.index).absolute()
    new = where.absolute().with_name(f".{where.absolute().name}.new-{secrets.token_hex(4)}")
    new.parent.mkdir(parents=True, exist_ok=True)
    new.mkdir(0o700)
    try:
        copied = new / index.name
        copied.mkdir()

        def beside() -> None:
            for ending, path in _beside(settings):
                if path.exists():
                    _copy(path, new / f"{index.name}.{ending}")
            for name in _KEPT:
                if (index / name).exists():
                    _copy(index / name, copied / name)

        engine = open_engine(index, settings)
        engine.copy(copied, beside)
        engine.close()
        shutil.copystat(index, copied)
        _own(copied, index)
        _check(copied, settings)
        _check_databases(new)
        _sync(new)
        if os.path.lexists(where):
            raise CannotCopy(f"{where}: is there already; a backup gets a folder of its own")
        new.rename(where)
        sync_folder(new.parent)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def restore(settings: Settings, source: Path, replace: bool = False) -> None:
    """Put what is in the folder `source`, a backup or a copy, in the place of the index and what
    belongs to it; with `replace` also where something is there, which is then gone.

    After it returns, the next search sees it, also in a running server. Raises CannotCopy,
    IndexDamaged, IndexMismatch, IndexLocked and OSError; then everything is as before.
    """
    copied = _index_in(source)
    index = Path(settings.index).absolute()
    _check(copied, settings)
    _check_databases(source)
    there = [path for path in (index, *(path for _, path in _beside(settings))) if _is_used(path)]
    if there and not replace:
        raise CannotCopy(f"{there[0]}: is there; --replace puts the backup in its place")
    engine = open_engine(index, settings, create=True, rebuild=True)
    index.parent.mkdir(parents=True, exist_ok=True)
    with _swap(settings, copied) as swap:
        engine.take(copied, swap)
        for name in _KEPT:
            (index / name).unlink(missing_ok=True)
            if (copied / name).exists():
                _copy(copied / name, index / name)
    engine.close()
    _own(index, copied)


# --- what belongs to an index -------------------------------------------------------------------


def _beside(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The ending of each, and where it is without links. Raises CannotCopy."""
    index = Path(settings.index).resolve()
    for ending in BESIDE:
        path = settings.rules_folder if ending == "rules" else settings.beside(ending)
        path = path.resolve()
        if index.is_relative_to(path):
            raise CannotCopy(f"{path}: has the index in it, so it cannot be copied beside it")
        yield ending, path


def _is_used(path: Path) -> bool:
    """Whether there is anything but an empty folder, as a new volume is."""
    return any(path.iterdir()) if path.is_dir() else os.path.lexists(path)


def _index_in(source: Path) -> Path:
    """The folder of the index in a backup. Raises CannotCopy."""
    found = [path.parent for path in source.glob("*/_MAIN_*.toc")] if source.is_dir() else []
    if len(set(found)) != 1:
        what = f"{len(set(found))} indexes" if found else "no index"
        raise CannotCopy(f"{source}: has {what} in it; a backup has one, in a folder of its own")
    return found[0].absolute()


def _check(index: Path, settings: Settings) -> None:
    """Raises CannotCopy where the index is not sound, IndexDamaged where it cannot be opened."""
    engine = open_engine(index, settings)
    problems = engine.check()
    engine.close()
    if problems:
        raise CannotCopy(f"{problems[0]} ({len(problems)} in all)")


def _check_databases(folder: Path) -> None:
    """Raises CannotCopy where one of SQLite that is kept beside an index is not sound."""
    for path in folder.glob("*/*.sqlite"):
        try:
            with contextlib.closing(sqlite3.connect(path)) as database:
                problem = database.execute("pragma integrity_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            problem = str(error)
        if problem != "ok":
            raise CannotCopy(f"{path}: {problem}")


@contextlib.contextmanager
def _swap(settings: Settings, copied: Path) -> Iterator[_Swap]:
    """What lies beside a copied index, ready to be put beside this one; taken back if anything
    fails."""
    swap = _Swap()
    try:
        for ending, path in _beside(settings):
            swap.prepare(copied.with_name(f"{copied.name}.{ending}"), path)
        yield swap
    except BaseException:
        swap.take_back()
        raise
    finally:
        swap.clear()


class _Swap:
    """Files and folders to be put in the place of others, all in one call."""

    def __init__(self) -> None:
        self._ready: list[tuple[Path, Path]] = []
        self._done: list[tuple[Path, Path]] = []

    def prepare(self, source: Path, place: Path) -> None:
        """Copy `source`, or nothing where there is none, to beside its place."""
        if not (source.exists() or os.path.lexists(place)):
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        # Its own folder, which others cannot look into: keys are copied before their mode is.
        desk = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        self._ready.append((desk, place))
        if source.exists():
            _copy(source.resolve(), desk / "new")
            _sync(desk)

    def __call__(self) -> None:
        for desk, place in self._ready:
            if os.path.lexists(place):
                place.rename(desk / "old")
            self._done.append((desk, place))
            if (desk / "new").exists():
                (desk / "new").rename(place)
            sync_folder(place.parent)

    def take_back(self) -> None:
        for desk, place in reversed(self._done):
            if os.path.lexists(place):
                place.rename(desk / "new")
            if os.path.lexists(desk / "old"):
                (desk / "old").rename(place)

    def clear(self) -> None:
        for desk, _ in self._ready:
            shutil.rmtree(desk, ignore_errors=True)


# --- files --------------------------------------------------------------------------------------


def _copy(source: Path, target: Path) -> None:
    """Like `cp -a`: with modes, times, links as links, and owners where that is allowed. What is no
    file, folder or link is left out."""
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.is_dir():
        target.mkdir(0o700)
        for entry in source.iterdir():
            _copy(entry, target / entry.name)
    elif source.is_file():
        shutil.copyfile(source, target)
    else:
        return
    _chown(target, source)
    shutil.copystat(source, target, follow_symlinks=False)


def _own(index: Path, like: Path) -> None:
    """Give the folder and its files the owner of another folder, where that is allowed."""
    for path in (index, *index.iterdir()):
        _chown(path, like)


def _chown(path: Path, like: Path) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = like.lstat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _sync(folder: Path) -> None:
    """Bring everything below `folder` to the disk."""
    for path in (*folder.rglob("*"), folder):
        if path.is_dir() and not path.is_symlink():
            sync_folder(path)
        elif path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.fsync(file.fileno())
