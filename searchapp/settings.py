"""One frozen `Settings`, read once at the edge from searchapp.toml, the environment and flags.

Later ones win: defaults, `searchapp.toml`, `SEARCHAPP_…` variables, flags. Limits are settings, so
that an operator can move them; going over one is an error that names it.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchapp.model import BadSettings

CONFIG_FILE = "searchapp.toml"
CHOICES = {
    "editing": ("auto", "off"),
    "access": ("auto", "open", "keys"),
    "log_format": ("text", "json"),
    "access_log": ("auto", "on", "off", "all"),
}
"""Settings that are one of a few words."""
YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""What a variable of the environment says for true and false."""
_RATE = "[1-9][0-9]{0,8}/(second|minute|hour|day)"
RATES = re.compile(f"({_RATE}(, ?{_RATE})*)?")
"""“600/minute”, or several with commas between them."""
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
"""As a browser writes one: lower case, without a path."""
SHORTEST_KEY = 16
"""Characters of an `edit_key`: with the slowing of tries, too many to guess."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with the defaults of docs/settings.md."""

    index: str = "index"
    language: str = ""
    """A Snowball language, which decides the stems of the whole index. Empty: what the index was
    made with, English for a new one."""
    rules: str = ""
    """Folder of what the owner adds to the rules. Empty: `rules_folder` beside the index."""
    spacy: str = "auto"
    """A package with a model of spaCy that joins the rules for people; "auto" takes any
    `en_core_web_…` that is installed, "off" none."""
    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 1
    """Processes that answer; 0 is one for each processor."""
    threads: int = 128
    """Connections that each process serves at a time."""
    max_computing: int = 2
    """Requests that each process computes at a time."""
    max_waiting: int = 100
    waiting_seconds: float = 2.0
    """How long one waits to be computed before it is refused."""
    max_exports: int = 4
    """Streams that each process sends at a time."""
    stop_seconds: float = 10.0
    """What requests under way have left when the server is told to stop."""
    hang_seconds: float = 60.0
    """After which a process that does nothing at all is replaced."""
    trusted_proxies: int = 0
    """Proxies in front, whose word on client, scheme, host and prefix is taken."""
    log_format: str = "text"
    access_log: str = "auto"
    """Whether each request is a line of the log: "auto", where it is JSON or others are served;
    "all", those for health and metrics too."""
    log_queries: bool = False
    access: str = "auto"
    """Who needs a key: "auto", who is not on this machine; "open", nobody to read, and to change
    something who is not on this machine; "keys", everybody."""
    rate_limit: str = "600/minute"
    """Requests of one key, or one address without, that are answered. Empty: all."""
    cors_origins: tuple[str, ...] = ()
    """Sites whose pages may call the API from a browser; ("*",) for all."""
    editing: str = "auto"
    """What may be changed over HTTP: "auto", all of it for who is on this machine or has a key;
    "off", nothing."""
    edit_key: str = field(default="", repr=False)
    """Asked of everybody who wants to change something, where it is set."""
    per_page: int = 10
    facet_size: int = 10

    max_file_bytes: int = 50 * 1024 * 1024
    max_upload_bytes: int = 200 * 1024 * 1024
    """All files of one upload, together."""
    max_body_bytes: int = 64 * 1024 * 1024
    """The articles of one request to the API, together and unpacked."""
    max_query_chars: int = 2048
    max_query_clauses: int = 64
    max_query_depth: int = 20
    max_expansions: int = 1024
    max_fuzziness: int = 2
    max_distance: int = 50
    max_per_page: int = 100
    max_depth: int = 10_000
    """The last hit that paging reaches."""
    max_facet_size: int = 1000
    max_filters: int = 100
    """Values chosen and excluded, together."""
    search_seconds: float = 1.0
    max_answer_bytes: int = 16 * 1024 * 1024
    """Answers of the API that each process remembers, together; 0 is none."""
    max_batch: int = 100
    """Searches in one request."""
    batch_seconds: float = 10.0
    """All searches of one request, together."""
    cursor_seconds: float = 300.0
    """How long a commit that was replaced is kept, for those who go through it by cursor."""
    cursor_commits: int = 50
    """How many of them."""
    lock_seconds: float = 10.0
    """How long a writer waits for another one."""
    commit_every: int = 5000
    """Articles per commit while indexing: what a crash can cost."""
    workers: int = 0
    """Processes that extract and tag; 0 is one for each processor."""

    @property
    def rules_folder(self) -> Path:
        """Where corrections and own topics are: `news.rules` beside the index `news`."""
        return Path(self.rules) if self.rules else self.beside("rules")

    @property
    def uploads_folder(self) -> Path:
        """Where files sent from the pages are kept: `news.uploads` beside the index `news`."""
        return self.beside("uploads")

    @property
    def documents_folder(self) -> Path:
        """Where articles sent over HTTP are kept: `news.documents` beside the index `news`."""
        return self.beside("documents")

    def beside(self, ending: str) -> Path:
        """The path `news.ending` beside the index `news`."""
        index = Path(self.index).absolute()
        return index.with_name(f"{index.name}.{ending}")


def load(
    environ: Mapping[str, str], flags: Mapping[str, Any] | None = None, folder: Path | None = None
) -> Settings:
    """Settings from `folder`/searchapp.toml, `SEARCHAPP_NAME` variables and flags not None.

    Raises BadSettings naming the setting and the value.
    """
    values: dict[str, Any] = {}
    path = (folder or Path()) / CONFIG_FILE
    if path.is_file():
        values.update(_from_toml(path))
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    for name in fields:
        if (raw := environ.get(f"SEARCHAPP_{name.upper()}")) is not None:
            values[name] = _parse(name, raw)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    if unknown := sorted(set(given) - set(fields)):
        raise BadSettings(f"unknown setting {unknown[0]!r}")
    values.update(given)
    return Settings(**{name: _checked(name, value) for name, value in values.items()})


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadSettings(f"{path}: {problem}") from problem
    known = {f.name for f in dataclasses.fields(Settings)}
    if unknown := sorted(set(values) - known):
        raise BadSettings(f"{path}: unknown setting {unknown[0]!r}")
    return values


def _parse(name: str, raw: str) -> Any:
    kind = type(getattr(Settings(), name))
    if kind is tuple:
        return raw.split()
    if kind is bool:
        if raw.lower() not in YES_OR_NO:
            raise BadSettings(f"SEARCHAPP_{name.upper()}: {raw!r} is neither true nor false")
        return YES_OR_NO[raw.lower()]
    try:
        return kind(raw)
    except ValueError as problem:
        raise BadSettings(f"SEARCHAPP_{name.upper()}: {raw!r} is not a number") from problem


def _checked(name: str, value: Any) -> Any:
    if name == "edit_key":
        return _key(value)
    if name == "cors_origins":
        return _origins(value)
    default = getattr(Settings(), name)
    if isinstance(default, float) and isinstance(value, int):
        value = float(value)
    if not isinstance(value, type(default)) or isinstance(value, bool) != isinstance(default, bool):
        raise BadSettings(f"{name}: {value!r} is not a {type(default).__name__}")
    if isinstance(value, (int, float)) and value < 0:
        raise BadSettings(f"{name}: {value!r} is below zero")
    if name in CHOICES and value not in CHOICES[name]:
        raise BadSettings(f"{name}: {value!r} is none of {', '.join(CHOICES[name])}")
    if name == "rate_limit" and not RATES.fullmatch(value):
        raise BadSettings(f"{name}: {value!r} is not like 600/minute, nor empty for no limit")
    return value


def _origins(value: Any) -> tuple[str, ...]:
    """`value`, one origin or a list of them, as `cors_origins`."""
    origins = [value] if isinstance(value, str) else value
    if not isinstance(origins, (list, tuple)):
        raise BadSettings(f"cors_origins: {value!r} is not a list")
    for origin in origins:
        if not isinstance(origin, str) or (origin != "*" and not ORIGIN.fullmatch(origin)):
            raise BadSettings(
                f"cors_origins: {origin!r} is neither an origin like https://news.example nor *"
            )
    return tuple(origins)


def _key(value: Any) -> str:
    """`value` as `edit_key`; what is wrong is said without it, since messages end up in logs."""
    if not isinstance(value, str):
        raise BadSettings("edit_key: is not a str")
    if value and len(value) < SHORTEST_KEY:
        raise BadSettings(f"edit_key: has {len(value)} characters; {SHORTEST_KEY} are the least")
    return value
