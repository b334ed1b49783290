"""Errors as the API tells them: `application/problem+json`, RFC 9457."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from searchapp.model import (
    BadParameter,
    BadQuery,
    IndexProblem,
    NoSuchArticle,
    SearchError,
    SearchTimeout,
)

log = logging.getLogger(__name__)


FAILED = "something failed here; the log of the server says what"

MEANINGS = {
    400: "A parameter is unknown or its value has no meaning: `parameter` names it.",
    404: "There is no such article or facet.",
    500: "Something failed on the server; its log says what.",
    503: "The index cannot be used: none yet, made by another version, or damaged. Or the search "
    "took too long.",
}
"""What each status says about a documented request."""


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


def _plain(value: object) -> str:
    """A text that knows more than its letters, as `Said` does, as those."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


_ENCODE = msgspec.json.Encoder(enc_hook=_plain).encode


def answer(data: Mapping[str, Any], status: int = 200, kind: str = "application/json") -> Response:
    """JSON in the order given, as UTF-8; half a surrogate pair, which that lacks, becomes `?`."""
    try:
        body = _ENCODE(data)  # in a tenth of the time that `json` takes
    except UnicodeEncodeError:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        body = text.encode("utf-8", "replace")
    response = Response(body, status, mimetype=kind)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def failed(error: Exception) -> Response:
    """The problem that `error`, raised by a view, amounts to. What people cannot mend is logged."""
    match error:
        case BadParameter():
            return _problem(400, error, parameter=error.name)
        case BadQuery():
            return _problem(400, error, parameter="q")
        case NoSuchArticle():
            return _problem(404, error)
        case IndexProblem() | SearchTimeout():
            log.error("%s %r: %s", request.method, request.path, error)
            return _problem(503, error)
        case HTTPException():
            return _problem(error.code or 500, error.description or error.name)
        case _:
            log.error("%s %r failed", request.method, request.path, exc_info=error)
            return _problem(500, FAILED)


def unrouted() -> Response | None:
    """Problems for paths and methods of `/api/` that have no view.

    To run before each request: without a view Flask asks no blueprint's error handler, and a
    handler of the application would take the HTML pages' errors too.
    """
    error = request.routing_exception
    if error is None or not f"{request.path}/".startswith("/api/"):
        return None
    if isinstance(error, RequestRedirect):
        return None
    if isinstance(error, MethodNotAllowed):
        return _wrong_method(sorted(error.valid_methods or ()))
    return _problem(404, "there is nothing at this path; /api/openapi.json lists what there is")


def _wrong_method(allowed: list[str]) -> Response:
    response = _problem(405, f"{request.method} is not possible here, only {', '.join(allowed)}")
    response.headers["Allow"] = ", ".join(allowed)
    return response


def _problem(status: int, detail: SearchError | str, **more: str) -> Response:
    return problem(status, HTTPStatus(status).phrase, str(detail), **more)
