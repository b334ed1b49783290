"""Refuses what would only wait: a few requests are computed at a time, some more wait their turn.

Python computes one thing at a time in a process, so that more at once is slower for everybody;
docs/serving.md has what was measured. A stream is not computed all the time it takes, as its
reader may be slow: it gives its place back when it begins, and has one among a few streams. What
changes something mostly waits, for a disk or another writer, and has places of its own, so that it
keeps nobody from reading.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from searchapp import api
from searchapp.access.needs import NOTHING, is_api, needed
from searchapp.gate import Gate
from searchapp.keys import READ
from searchapp.said import Said
from searchapp.settings import Settings

PASSING = frozenset({"static", "live", "ready", "metrics", "robots", "favicon"})
"""The views that cost nothing, or that have to answer above all when there is much to do."""
RETRY_SECONDS = 2
CHANGES = 32
"""Requests that change something at a time: what is asked together is committed together."""
SPARE_THREADS = 6
"""Beyond those that compute, wait or stream: they refuse, and answer what passes by."""


class Overloaded(ServiceUnavailable):
    name = Said("Too much is asked at once")
    description = Said("Nothing is wrong with your search. Try again in a few seconds.")


def threads(settings: Settings) -> int:
    """How many threads it takes, so that who is refused is refused at once."""
    busy = settings.max_computing + settings.max_waiting + settings.max_exports + CHANGES
    return max(settings.threads, busy + SPARE_THREADS)


def register(app: Flask, settings: Settings) -> None:
    """After all else that looks at a request before its view does."""
    doors = Doors(
        app,
        Gate(settings.max_computing, settings.max_waiting, settings.waiting_seconds),
        Gate(CHANGES, settings.max_waiting, settings.waiting_seconds),
        threading.BoundedSemaphore(max(1, settings.max_exports)),
    )
    app.before_request(doors.enter)
    app.after_request(doors.stream)
    app.teardown_request(doors.leave)


@dataclass(frozen=True, slots=True)
class Doors:
    app: Flask
    computing: Gate
    changing: Gate
    streaming: threading.BoundedSemaphore

    def enter(self) -> AnyResponse | None:
        if request.endpoint is None or request.endpoint in PASSING:
            return None
        reads = needed(request.endpoint, request.method) in (NOTHING, READ)
        gate = self.computing if reads else self.changing
        if not gate.enter():
            return self._refused()
        g.passed = gate
        return None

    def leave(self, _problem: BaseException | None) -> None:
        gate: Gate | None = g.pop("passed", None)
        if gate:
            gate.leave()

    def stream(self, response: AnyResponse) -> AnyResponse:
        if not response.is_streamed or request.endpoint in PASSING:
            return response
        if not self.streaming.acquire(blocking=False):
            response.close()
            return self._refused()
        response.call_on_close(self.streaming.release)
        return response

    def _refused(self) -> AnyResponse:
        g.outcome = "overloaded"
        problem = Overloaded(retry_after=RETRY_SECONDS)
        if not is_api():
            return self.app.make_response(self.app.handle_user_exception(problem))
        detail = "too many requests are being answered; try again in a few seconds"
        return api.problem(503, "Service Unavailable", detail, code="overloaded")
