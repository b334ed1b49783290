"""How many requests a sender may make in a time: flask-limiter, one count for all processes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded

from searchapp.access.counts import SharedCounts
from searchapp.access.refusals import TooManyAsked


def register(app: Flask, rate: str, path: Path, sender: Callable[[], str]) -> None:
    """At most `rate` ("600/minute") for each `sender` of a request; one named "" has no limit.

    The counts are in the file `path`; where that cannot be written each process counts by itself.
    """
    if not rate:
        return
    limiter = Limiter(
        sender,
        application_limits=[rate],
        strategy="fixed-window",
        storage_uri=f"{SharedCounts.STORAGE_SCHEME[0]}://",
        storage_options={"path": str(path)},
        in_memory_fallback_enabled=True,
    )
    limiter.request_filter(lambda: not sender())

    def refuse(exceeded: RateLimitExceeded) -> ResponseReturnValue | Response:
        """As any other refusal: JSON from the API, a page from the pages."""
        current = limiter.current_limit
        wait = current.window.reset_time - time.time() if current else 0
        return current_app.handle_user_exception(TooManyAsked(retry_after=max(1, math.ceil(wait))))

    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, refuse)
