"""What was sent over HTTP, kept beside the index: for each id the article, or that it is deleted.

An index may be made anew at any time, and these articles are in no file that it could be made from.
They are in a database of SQLite, not a file for each: thousands of lines of one request are one
transaction and one wait for the disk, a reader never sees half of it, and an id is found among a
million without a list of them in memory. `sqlite3 articles.sqlite 'select data from documents'`
gives all of them back without us.

Who writes holds the lock of the index (see `sending`), so that there is one writer at a time and
the order of writes here is that of commits.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from searchapp.disk import sync_folder
from searchapp.documents import Sent
from searchapp.model import IndexDamaged, IndexLocked, IndexMismatch

NAME = "articles.sqlite"
VERSION = 1
_BATCH = 500
"""Articles read at once: no reader holds the database for longer."""
_WAIT_SECONDS = 30.0
"""For a reader's batch, which takes milliseconds; a backup may read all."""
_MADE = (
    """create table documents (
        id text primary key,
        data blob,              -- the article, a JSON object; null: it is deleted
        digest text not null,   -- SHA-256 of the data, in hexadecimal; empty: it is deleted
        change integer not null -- counts up with each write
    )""",
    "create index by_change on documents (change)",
    f"pragma user_version = {VERSION}",
)
_DIGESTS = "select id, digest from documents where id in (select value from json_each(?))"
_PAGE = """
    select id, cast(data as blob), digest from documents
    where id > :last and data is not null
        and (:chosen is null or id in (select value from json_each(:chosen)))
    order by id limit :most
"""

DELETED = ""
"""The digest of what is deleted."""


class Store:
    """The articles kept in `folder`, which is made with the first. Threads and processes may share
    it. Every method may raise IndexDamaged, IndexMismatch (a newer version made it) and OSError."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def digests(self, ids: Collection[str]) -> Mapping[str, str]:
        """Of those of `ids` that were sent or deleted the digest, or DELETED."""
        with self._reading() as database:
            return dict(database.execute(_DIGESTS, [json.dumps([*ids])]).fetchall())

    def articles(self, ids: Collection[str] | None = None) -> Iterator[Sent]:
        """The articles that were sent and not deleted, by id: all, or those of `ids`."""
        return (article for article, _ in self._rows(ids))

    def deleted(self) -> frozenset[str]:
        """The ids that were deleted."""
        with self._reading() as database:
            rows = database.execute("select id from documents where data is null").fetchall()
        return frozenset(id_ for (id_,) in rows)

    def newest(self) -> int:
        """The number of the last change; 0 before the first."""
        with self._reading() as database:
            (number,) = database.execute("select max(change) from documents").fetchone()
        return number or 0

    def changed_since(self, number: int) -> frozenset[str]:
        """The ids that were sent or deleted after the change `number`."""
        with self._reading() as database:
            rows = database.execute("select id from documents where change > ?", [number])
            return frozenset(id_ for (id_,) in rows)

    def size(self) -> int:
        """Bytes that it takes on the disk."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def write(self, articles: Iterable[Sent], deleted: Iterable[str] = ()) -> None:
        """Keep `articles`, in the place of those with the same id, and that `deleted` are deleted.

        On the disk when it returns, all of it or nothing.
        """
        with self._writing() as database:
            (newest,) = database.execute("select max(change) from documents").fetchone()
            number = (newest or 0) + 1
            rows = ((one.id, one.data, one.digest, number) for one in articles)
            database.executemany("replace into documents values (?, ?, ?, ?)", rows)
            gone = ((id_, None, DELETED, number) for id_ in deleted)
            database.executemany("replace into documents values (?, ?, ?, ?)", gone)

    def forget(self, ids: Iterable[str]) -> int:
        """Know nothing of `ids` any more; of how many there was something to forget."""
        if not self.path.exists():
            return 0
        with self._writing() as database:
            before = database.total_changes
            database.executemany("delete from documents where id = ?", ((id_,) for id_ in ids))
            return database.total_changes - before

    def check(self) -> list[str]:
        """What is wrong, a sentence each."""
        problems = []
        try:
            with self._reading() as database:
                said = [text for (text,) in database.execute("pragma integrity_check")]
            problems += [f"{self.path}: {text}" for text in said if text != "ok"]
            for article, digest in self._rows():
                if article.digest != digest:
                    problems.append(f"{self.path}: {article.id} is not what was written")
        except (IndexDamaged, IndexMismatch) as problem:
            problems.append(str(problem))
        return problems

    def _rows(self, ids: Collection[str] | None = None) -> Iterator[tuple[Sent, str]]:
        """The same with the digest of each as it was written."""
        chosen = None if ids is None else json.dumps([*ids])
        last = ""
        while True:
            with self._reading() as database:
                values = {"last": last, "chosen": chosen, "most": _BATCH}
                rows = database.execute(_PAGE, values).fetchall()
            if not rows:
                return
            yield from ((Sent(id_, bytes(data)), digest) for id_, data, digest in rows)
            last = rows[-1][0]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The database, or an empty one where there is none yet."""
        with self._seam():
            with contextlib.closing(self._open() if self.path.exists() else _empty()) as database:
                if _version(database):
                    yield database
                    return
            with contextlib.closing(_empty()) as database:  # the first write was taken back
                yield database

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk at its end."""
        with self._seam():
            self._make_folder()
            with contextlib.closing(self._open()) as database:
                database.execute("pragma synchronous = extra")
                database.execute("begin immediate")
                if not _version(database):
                    for statement in _MADE:
                        database.execute(statement)
                try:
                    yield database
                except BaseException:
                    database.execute("rollback")
                    raise
                database.execute("commit")

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            if (version := _version(database)) > VERSION:
                raise IndexMismatch(f"{self.path}: a newer searchapp made it ({version})")
        except BaseException:
            database.close()
            raise
        return database

    def _make_folder(self) -> None:
        folder = self.path.parent
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)

    @contextlib.contextmanager
    def _seam(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            name = getattr(problem, "sqlite_errorname", "")
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise IndexLocked(f"{self.path}: somebody else is writing") from problem
            if name.startswith(
                ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
            ):
                raise OSError(f"{self.path}: {problem}") from problem
            raise IndexDamaged(f"{self.path}: {problem}") from problem


def _empty() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(";".join(_MADE))
    return database


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("pragma user_version").fetchone()
    return int(version)
