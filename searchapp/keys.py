"""API keys: who shows one may read, write or administer over HTTP, until it expires or is revoked.

They are kept in one JSON file beside the index, which commands replace as a whole and servers read
again when it has changed. Of a secret there is only its SHA-256: it is 32 random bytes, which
nobody guesses however quickly he can try, and a slow hash, as passwords need, would cost its time
at each request.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchapp.disk import locked, replace_file
from searchapp.model import KeysProblem

log = logging.getLogger(__name__)

READ, WRITE, ADMIN = "read", "write", "admin"
SCOPES = (READ, WRITE, ADMIN)
"""Each includes those before it."""
PREFIX = "searchapp"
"""What tokens begin with, so that a scanner of secrets knows one that somebody published."""
TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{8}})_([0-9a-f]{{64}})")
LONGEST_NAME = 100
_NOBODY = "0" * 64
"""Compared with where there is no such id; no secret is known that has it."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. `expires` is the first day, in UTC, on which it is refused."""

    id: str
    name: str
    scope: str
    created: datetime.datetime
    expires: datetime.date | None = None
    sha256: str = field(default=_NOBODY, repr=False)

    def includes(self, scope: str) -> bool:
        return includes(self.scope, scope)

    def has_expired(self, now: datetime.datetime) -> bool:
        return self.expires is not None and now.astimezone(datetime.UTC).date() >= self.expires


def includes(held: str, asked: str) -> bool:
    """Whether who holds the one scope may do what the other one allows."""
    return SCOPES.index(held) >= SCOPES.index(asked)


# --- the commands -------------------------------------------------------------------------------


def create(
    path: Path, name: str, scope: str, expires: datetime.date | None, now: datetime.datetime
) -> tuple[Key, str]:
    """A new key in the file, and its token, which nobody can find out later. Raises KeysProblem."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise KeysProblem(f"{name!r} is no name: 1 to {LONGEST_NAME} letters, without line breaks")
    if scope not in SCOPES:
        raise KeysProblem(f"{scope!r} is no scope: there are {', '.join(SCOPES)}")
    if expires is not None and expires <= now.astimezone(datetime.UTC).date():
        raise KeysProblem(f"{expires} has come (UTC): a key that expires then can never be used")
    secret = secrets.token_hex(32)
    with _changing(path) as kept:
        taken = {key.id for key in kept}
        id_ = next(new for new in iter(lambda: secrets.token_hex(4), "") if new not in taken)
        created = now.astimezone(datetime.UTC).replace(microsecond=0)
        key = Key(id_, name, scope, created, expires, _sha256(secret))
        kept.append(key)
    return key, f"{PREFIX}_{id_}_{secret}"


def revoke(path: Path, id_: str) -> Key:
    """Take the key out of the file: its next request is refused. Raises KeysProblem."""
    with _changing(path) as kept:
        found = next((key for key in kept if key.id == id_), None)
        if found is None:
            raise KeysProblem(f"{path}: there is no key {id_!r}")
        kept.remove(found)
    return found


def load(path: Path) -> tuple[Key, ...]:
    """All keys, the oldest first; none where there is no file. Raises KeysProblem."""
    try:
        return _parse(path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as problem:
        raise KeysProblem(f"{path}: cannot be read ({problem.strerror})") from problem
    except ValueError as problem:
        raise KeysProblem(f"{path}: is damaged ({problem}); no key is accepted") from problem


def public(key: Key) -> dict[str, Any]:
    """What may be shown of a key: all but the hash."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "created": key.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expires": key.expires.isoformat() if key.expires else None,
    }


# --- the server ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Ring:
    """The keys of a file as they are now, for threads and processes that share nothing else."""

    path: Path
    _known: tuple[object, Mapping[str, Key] | KeysProblem] = field(default=(None, {}), repr=False)

    def keys(self) -> Mapping[str, Key]:
        """By id. Raises KeysProblem where the file cannot be read, which is logged once."""
        state = _state(self.path)
        seen, known = self._known
        if state != seen:
            known = self._read()
            self._known = (state, known)  # older than what was read, if that changed in between
        if isinstance(known, KeysProblem):
            raise KeysProblem(*known.args)
        return known

    def find(self, token: str) -> Key | None:
        """The key of `token`, also one that has expired; None for any other token.

        It takes as long for an id that is none of the file's. Raises KeysProblem as `keys` does.
        """
        match = TOKEN.fullmatch(token)
        id_, secret = match.groups() if match else ("", token)
        key = self.keys().get(id_)
        is_right = hmac.compare_digest(_sha256(secret), key.sha256 if key else _NOBODY)
        return key if is_right else None

    def _read(self) -> Mapping[str, Key] | KeysProblem:
        try:
            return {key.id: key for key in load(self.path)}
        except KeysProblem as problem:
            log.error("%s", problem)
            return problem


def _state(path: Path) -> object:
    """Another one after each change: a file that replaces another has a number of its own."""
    try:
        found = path.stat()
    except OSError as problem:
        return problem.errno
    return found.st_ino, found.st_mtime_ns, found.st_size


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


# --- the file -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[list[Key]]:
    """The keys of the file, to be changed in place; what is raised inside leaves it as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_name(f".{path.name}.lock")):
        kept = list(load(path))
        yield kept
        _write(path, kept)


def _write(path: Path, keys: Sequence[Key]) -> None:
    """All of the file or nothing of it, for its owner's eyes, on the disk when this returns."""
    rows = [{**public(key), "sha256": key.sha256} for key in keys]
    text = json.dumps({"keys": rows}, ensure_ascii=False, indent=1) + "\n"
    replace_file(path, [text.encode("utf-8", "replace")], 0o600)


def _parse(data: bytes) -> tuple[Key, ...]:
    """Raises ValueError saying what is wrong; one row that makes no sense spoils the file, since
    it might be the one that somebody wanted to be there."""
    try:
        said = json.loads(data)
    except RecursionError as problem:
        raise ValueError("is nested too deeply") from problem
    if not isinstance(said, dict) or not isinstance(said.get("keys"), list):
        raise ValueError('there is no list "keys"')
    found = tuple(_key(number, row) for number, row in enumerate(said["keys"], 1))
    if len({key.id for key in found}) < len(found):
        raise ValueError("an id is there twice")
    return found


def _key(number: int, row: Any) -> Key:
    names = [each.name for each in dataclasses.fields(Key)]
    if not isinstance(row, dict) or set(row) != set(names):
        raise ValueError(f"key {number} has not the members {', '.join(names)}")
    try:
        key = Key(
            row["id"],
            row["name"],
            row["scope"],
            datetime.datetime.strptime(row["created"], "%Y-%m-%dT%H:%M:%S%z"),
            datetime.date.fromisoformat(row["expires"]) if row["expires"] is not None else None,
            row["sha256"],
        )
        is_sound = (
            TOKEN.fullmatch(f"{PREFIX}_{key.id}_{key.sha256}")
            and key.scope in SCOPES
            and isinstance(key.name, str)
        )
    except (TypeError, ValueError) as problem:
        raise ValueError(f"key {number}: {problem}") from problem
    if not is_sound:
        raise ValueError(f"key {number}: id, name, scope or sha256 makes no sense")
    return key
