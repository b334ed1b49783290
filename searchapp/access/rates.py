"""How many requests a sender may make in a time: flask-limiter, one count for all processes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded

from searchapp.access.counts import SharedCounts
from searchapp.access.refusals import TooManyAsked


class _Limiter(Limiter):
    """Asks first whether a request is counted: to look up its limits takes 0.1 ms, which is a tenth
    of an answer to most."""

    is_free: Callable[[], bool]

    def _check_request_limit(self, *given: Any, **named: Any) -> None:
        if not self.is_free():
            super()._check_request_limit(*given, **named)


def register(app: Flask, rate: str, path: Path, sender: Callable[[], str]) -> None:
    """At most `rate` ("600/minute") for each `sender` of a request; one named "" has no limit.

    The counts are in the file `path`; where that cannot be written each process counts by itself.
    """
    if not rate:
        return
    limiter = _Limiter(
        sender,
        application_limits=[rate],
        strategy="fixed-window",
        storage_uri=f"{SharedCounts.STORAGE_SCHEME[0]}://",
        storage_options={"path": str(path)},
        in_memory_fallback_enabled=True,
    )

    def is_free() -> bool:
        return not sender()

    limiter.is_free = is_free
    limiter.request_filter(is_free)  # decides by itself, should the other be called otherwise

    def refuse(exceeded: RateLimitExceeded) -> ResponseReturnValue | Response:
        """As any other refusal: JSON from the API, a page from the pages."""
        current = limiter.current_limit
        wait = current.window.reset_time - time.time() if current else 0
        return current_app.handle_user_exception(TooManyAsked(retry_after=max(1, math.ceil(wait))))

    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, refuse)
