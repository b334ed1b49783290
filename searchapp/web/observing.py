"""Tells the log and the metrics of every request, from its first byte to the last of its answer.

It wraps the whole application, so that nothing is answered without an id, and asks Flask what only
that knows: the route, the key, how a search ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, g, request

from searchapp import logs
from searchapp.metrics import NONE, Metrics
from searchapp.model import SearchTimeout
from searchapp.settings import Settings

SEEN = "searchapp.seen"
"""Where the environment of a request has its `Seen`."""
UNSEEN = frozenset({"live", "ready", "metrics"})
"""Views that are asked every few seconds: no lines of the log, no part of the time of answers."""
KINDS = {
    "results": "page",
    "feed": "feed",
    "facet": "values",
    "country": "values",
    "person": "values",
    "topic": "values",
    "article": "article",
    "api.search": "search",
    "api.search_csv": "export",
    "api.search_jsonl": "export",
    "api.timeline": "timeline",
    "api.facet": "values",
    "api.similar": "similar",
    "api.suggest": "suggest",
    "api.document": "article",
    "api.batch": "batch",
    "api.put_document": "change",
    "api.post_documents": "change",
    "api.delete_document": "change",
    "api.delete_documents": "change",
}
"""View → what it asks of the index; all others are OTHER."""
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Before other wrappers: what they change of a request is seen, since they change it in
    place."""
    app.teardown_request(_tell)
    app.wsgi_app = Observer(app.wsgi_app, settings, metrics)  # type: ignore[method-assign]


@dataclass(slots=True)
class Seen:
    """What is known of a request."""

    began: float = field(default_factory=time.perf_counter)
    status: int = 500
    sent: int = 0
    endpoint: str | None = None
    route: str = NONE
    key: str | None = None
    outcome: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Observer:
    """A WSGI application that hands its requests on to another."""

    wrapped: WSGIApplication
    settings: Settings
    metrics: Metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        id_ = logs.begin(environ.get("HTTP_X_REQUEST_ID"))
        seen = environ[SEEN] = Seen()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seen.status = int(status[:3])
            return start_response(status, [*headers, ("X-Request-ID", id_)], *more)

        self.metrics.in_progress.inc()
        try:
            body = self.wrapped(environ, start)
        except BaseException:
            self._end(environ, seen)
            raise
        return Watched(body, seen, lambda: self._end(environ, seen))

    def _end(self, environ: WSGIEnvironment, seen: Seen) -> None:
        if seen.over:
            return
        seen.over = True
        seconds = time.perf_counter() - seen.began
        self.metrics.in_progress.dec()
        self._count(environ, seen, seconds)
        if seen.endpoint not in UNSEEN or self.settings.access_log == "all":
            logs.request(_fields(environ, seen, seconds, self.settings.log_queries))

    def _count(self, environ: WSGIEnvironment, seen: Seen, seconds: float) -> None:
        method = environ["REQUEST_METHOD"]
        method = method if method in METHODS else OTHER
        status = f"{seen.status // 100}xx"
        self.metrics.requests.labels(seen.route, method, status).inc()
        outcome = _outcome(seen)
        if outcome == "error":
            self.metrics.errors.inc()
        elif outcome == "timeout":
            self.metrics.timeouts.inc()
        elif outcome == "overloaded":
            self.metrics.overloads.inc()
        kind = KINDS.get(seen.endpoint or "", OTHER)
        if kind != OTHER:
            self.metrics.searches.labels(kind, outcome).inc()
        if seen.endpoint not in UNSEEN:
            self.metrics.seconds.labels(kind).observe(seconds)


class Watched:
    """An answer whose bytes are counted as they go, and whose end is told, however it ends."""

    def __init__(self, body: Iterable[bytes], seen: Seen, end: Callable[[], None]) -> None:
        self._body = body
        self._next = iter(body)
        self._seen = seen
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._next)
        except StopIteration:
            self._end()
            raise
        self._seen.sent += len(piece)
        return piece

    def close(self) -> None:
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._end()


def _tell(problem: BaseException | None) -> None:
    """What Flask knows of the request; an `outcome` that a view or a handler put into `g`."""
    seen = request.environ.get(SEEN)
    if seen is None:
        return
    seen.endpoint = request.endpoint
    seen.route = request.url_rule.rule if request.url_rule else NONE
    sender = g.get("sender")
    seen.key = sender.key.id if sender and sender.key else None
    seen.outcome = g.get("outcome", "")
    if isinstance(g.get("failed") or problem, SearchTimeout):
        seen.outcome = "timeout"


def _outcome(seen: Seen) -> str:
    if seen.outcome:
        return seen.outcome
    if seen.status >= 500:
        return "unavailable" if seen.status == 503 else "error"
    return "refused" if seen.status >= 400 else "ok"


def _fields(
    environ: WSGIEnvironment, seen: Seen, seconds: float, with_query: bool
) -> dict[str, Any]:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    fields: dict[str, Any] = {
        "method": environ["REQUEST_METHOD"],
        "path": quote(path.encode("latin-1", "replace")),
        "route": seen.route,
        "status": seen.status,
        "ms": round(seconds * 1000, 1),
        "bytes": seen.sent,
        "client": environ.get("REMOTE_ADDR", ""),
    }
    if seen.key:
        fields["key"] = seen.key
    if with_query and environ.get("QUERY_STRING"):
        fields["query"] = environ["QUERY_STRING"]
    return fields
