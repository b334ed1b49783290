"""What the server says on standard error: a line for each event, as text or as JSON.

Nobody else can write a line: what is no printable character is escaped in text, and what follows
the first line of an event, such as a traceback, is indented. While a request is answered, all that
is logged in its thread carries its id.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from searchapp.settings import Settings

ACCESS = "searchapp.access"
"""The logger of requests: a line for each."""
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOOPBACK = ("127.", "localhost", "::1")

_request: ContextVar[str] = ContextVar("request", default="")
_access = logging.getLogger(ACCESS)


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """Log to standard error, or `stream`, as `settings` say; in place of what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if settings.log_format == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _access.setLevel(logging.INFO if _wants_requests(settings) else logging.WARNING)


def begin(given: str | None) -> str:
    """The id of the request that this thread answers from now on: the one `given` where it is
    sane, else a new one. It holds until the next, since what goes wrong while an answer is sent
    belongs to it too."""
    made = given if given and SANE_ID.fullmatch(given) else secrets.token_hex(8)
    _request.set(made)
    return made


def request_id() -> str:
    """That of the request which this thread answers; empty outside of one."""
    return _request.get()


def request(fields: Mapping[str, Any]) -> None:
    """Log a request that was answered; `fields` are what JSON has beside time, level and id."""
    if _access.isEnabledFor(logging.INFO):
        _access.info("request", extra={"fields": fields})


class Text(logging.Formatter):
    """`time LEVEL [id] what happened`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        said = record.getMessage() if fields is None else _request_line(fields)
        text = f"{_time(record)} {record.levelname} [{request_id() or '-'}] {said}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        first, *more = text.split("\n")
        return "\n".join([_escaped(first), *(f"    {_escaped(line)}" for line in more)])


class Json(logging.Formatter):
    """An object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "process": record.process,
        }
        if id_ := request_id():
            told["request_id"] = id_
        fields = getattr(record, "fields", None)
        if fields is None:
            told |= {"logger": record.name, "message": record.getMessage()}
        else:
            told |= {"message": "request", **fields}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


def _wants_requests(settings: Settings) -> bool:
    if settings.access_log == "auto":
        return settings.log_format == "json" or not settings.host.startswith(_LOOPBACK)
    return settings.access_log != "off"


def _request_line(fields: Mapping[str, Any]) -> str:
    query = f"?{fields['query']}" if fields.get("query") else ""
    key = f" key {fields['key']}" if fields.get("key") else ""
    return (
        f"{fields['method']} {fields['path']}{query} {fields['status']} {fields['ms']} ms "
        f"{fields['bytes']} bytes {fields['client']}{key}"
    )


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
