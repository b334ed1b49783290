"""Errors as the API tells them: `application/problem+json`, RFC 9457."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from searchapp.access.needs import is_api
from searchapp.model import (
    BadArticle,
    BadParameter,
    BadQuery,
    IndexLocked,
    IndexProblem,
    NoSuchArticle,
    SearchError,
    SearchTimeout,
)

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
"""After how long it is worth asking again while somebody else writes."""
FAILED = "something failed here; the log of the server says what"

MEANINGS = {
    400: "A parameter is unknown or its value has no meaning: `parameter` names it. Or what was "
    "sent makes no sense: `code` says how, `member` where.",
    401: "A key is needed, or the one that was sent is not accepted.",
    403: "The key does not allow this, or the page of another site asked for it.",
    404: "There is no such article or facet.",
    412: "The article is there already, and `If-None-Match: *` says that it must not be.",
    413: "This is more than a limit, which `detail` names.",
    415: "Of another media type or encoding than this takes.",
    429: "Too many requests, or too many wrong keys; `Retry-After` says how many seconds to wait.",
    500: "Something failed on the server; its log says what.",
    503: "The index cannot be used: none yet, made by another version, or damaged. Or the search "
    "took too long, or somebody else is writing (`index_locked`).",
}
"""What each status says about a documented request."""
CODES = {401: "unauthorized", 403: "forbidden", 429: "rate_limited"}
"""The member `code` of what is refused because of who asks."""
HEADERS = ("WWW-Authenticate", "Retry-After")


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error about the request being answered; `more` are members beyond the standard ones."""
    instance = quote(request.script_root + request.path, errors="replace")
    body = problem_body(status, title, detail, instance, **more)
    return answer(body, status, "application/problem+json")


def problem_body(
    status: int, title: str, detail: str, instance: str, **more: Any
) -> dict[str, Any]:
    """The members of RFC 9457: of type `about:blank`, since the status says what kind it is."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        **more,
    }


def answer(data: Mapping[str, Any], status: int = 200, kind: str = "application/json") -> Response:
    """JSON in the order given, as UTF-8; half a surrogate pair, which that lacks, becomes `?`."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    response = Response(text.encode("utf-8", "replace"), status, mimetype=kind)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def failed(error: Exception) -> Response:
    """The problem that `error`, raised by a view, amounts to. What people cannot mend is logged."""
    match error:
        case BadParameter():
            return _problem(400, error, parameter=error.name)
        case BadQuery():
            return _problem(400, error, parameter="q")
        case BadArticle():
            status = 413 if error.code == "too_large" else 400
            named = {"member": error.member} if error.member else {}
            return _problem(status, error, code=error.code, **named)
        case NoSuchArticle():
            return _problem(404, error)
        case IndexLocked():
            response = _problem(503, error, code="index_locked")
            response.headers["Retry-After"] = str(RETRY_SECONDS)
            return response
        case IndexProblem() | SearchTimeout():
            log.error("%s %r: %s", request.method, request.path, error)
            return _problem(503, error)
        case HTTPException():
            return _refused(error)
        case _:
            log.error("%s %r failed", request.method, request.path, exc_info=error)
            return _problem(500, FAILED)


def unrouted() -> Response | None:
    """Problems for paths and methods of `/api/` that have no view.

    To run before each request: without a view Flask asks no blueprint's error handler, and a
    handler of the application would take the HTML pages' errors too.
    """
    error = request.routing_exception
    if error is None or not is_api():
        return None
    if isinstance(error, RequestRedirect):
        return None
    if isinstance(error, MethodNotAllowed):
        return _wrong_method(sorted(error.valid_methods or ()))
    return _problem(404, "there is nothing at this path; /api/openapi.json lists what there is")


def _refused(error: HTTPException) -> Response:
    """With the headers that belong to it: a challenge, when to come again."""
    status = error.code or 500
    more = {"code": CODES[status]} if status in CODES else {}
    response = _problem(status, error.description or error.name, **more)
    for name, value in error.get_headers():
        if name in HEADERS:
            response.headers.add(name, value)
    return response


def _wrong_method(allowed: list[str]) -> Response:
    response = _problem(405, f"{request.method} is not possible here, only {', '.join(allowed)}")
    response.headers["Allow"] = ", ".join(allowed)
    return response


def _problem(status: int, detail: SearchError | str, **more: str) -> Response:
    return problem(status, HTTPStatus(status).phrase, str(detail), **more)
