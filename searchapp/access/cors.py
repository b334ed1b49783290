"""Which pages of other sites may call the API from a browser (CORS): none, unless it is said.

A few lines rather than flask-cors: an allow-list of origins, compared as they are, without
credentials, is all there is, and flask-cors guesses which of its strings are regular expressions.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

from searchapp.access.needs import is_api

EVERYBODY = "*"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = "Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID"
"""Headers that a page may send; those that need no permission are not named."""
SHOWN = "ETag, Link, Retry-After, X-Request-ID"
"""Headers of an answer that a page may read, besides those it always may."""
SECONDS = 600
"""For which a browser may remember the permission."""


def register(app: Flask, origins: Sequence[str]) -> None:
    """To be registered before what asks for a key: a browser asks for permission without one."""
    if not origins:
        return

    def preflight() -> Response | None:
        if not _is_preflight() or not _allowed(origins):
            return None
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = METHODS
        answer.headers["Access-Control-Allow-Headers"] = SENT
        answer.headers["Access-Control-Max-Age"] = str(SECONDS)
        return answer

    def permit(answer: Response) -> Response:
        if not is_api():
            return answer
        if EVERYBODY not in origins:
            answer.vary.add("Origin")
        if allowed := _allowed(origins):
            answer.headers["Access-Control-Allow-Origin"] = allowed
            answer.headers["Access-Control-Expose-Headers"] = SHOWN
        return answer

    app.before_request(preflight)
    app.after_request(permit)


def _is_preflight() -> bool:
    return (
        request.method == "OPTIONS"
        and is_api()
        and "Access-Control-Request-Method" in request.headers
    )


def _allowed(origins: Sequence[str]) -> str | None:
    """What the answer says of the page that asks; None where it may not, or is none."""
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    if EVERYBODY in origins:
        return EVERYBODY
    return origin if origin in origins else None
