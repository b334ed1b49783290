"""Errors as the API tells them: `application/problem+json`, RFC 9457.

`type` is `about:blank`, and `code` says which problem it is. RFC 9457 has clients compare `type`,
and ours could be a path of this server, which is another URI on every host, or an address that
nobody would answer at; a `code` is the same everywhere.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from searchapp import logs
from searchapp.access.needs import is_api
from searchapp.api.bodies import BadBody
from searchapp.model import (
    BadArticle,
    BadParameter,
    BadQuery,
    IndexLocked,
    IndexMismatch,
    IndexProblem,
    NoIndex,
    NoSuchArticle,
    SearchTimeout,
)

log = logging.getLogger(__name__)


FAILED = "something failed here; the log of the server says what"

CODES: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "The request makes no sense as HTTP."),
    "unknown_parameter": (400, "There is no such parameter: a slip of the keyboard, mostly."),
    "bad_parameter": (400, "A value has no meaning, or is given twice."),
    "bad_cursor": (400, "The cursor is none, of another order, or beside a `page`."),
    "page_too_deep": (400, "Pages do not reach so far (max_depth): go on by cursor."),
    "too_many_filters": (400, "Too many values are chosen and excluded (max_filters)."),
    "query_too_long": (400, "The query has too many characters (max_query_chars)."),
    "query_too_complex": (
        400,
        "Too many clauses, or brackets too deep (max_query_clauses, max_query_depth).",
    ),
    "query_too_broad": (400, "A pattern stands for too many words (max_expansions)."),
    "query_too_loose": (400, "A ~ allows too much (max_fuzziness, max_distance)."),
    "bad_body": (400, "The body is not what it should be: `pointer` says where."),
    "bad_member": (400, "A member of an article has no meaning: `member` names it."),
    "id_differs": (400, "The id of the article is not that of the address."),
    "no_text": (400, "The article has neither text nor title."),
    "not_json": (400, "An article is not JSON."),
    "not_utf8": (400, "An article is not UTF-8."),
    "not_an_object": (400, "An article is JSON, but no object."),
    "too_deep": (400, "An article is nested too deeply."),
    "bad_gzip": (400, "The body is not sound gzip."),
    "unauthorized": (401, "A key is needed, or this one is none."),
    "forbidden": (403, "The key, or the place the request comes from, may not do this."),
    "not_found": (404, "There is nothing at this path."),
    "no_such_article": (404, "No article has this id."),
    "no_such_facet": (404, "No facet has this name."),
    "method_not_allowed": (405, "The method is not possible here; `Allow` has those that are."),
    "precondition_failed": (412, "What the request asks to be so is not, or cannot be known."),
    "too_large": (413, "The body, or an article in it, is more than a limit."),
    "unsupported_media_type": (415, "The body is of another kind than is read here."),
    "rate_limited": (429, "Too many requests: wait for the seconds of `Retry-After`."),
    "internal": (500, "Something failed on the server; its log says what."),
    "timeout": (503, "It took longer than it may: `limit` names the setting."),
    "overloaded": (503, "The server has too much to do."),
    "keys_unreadable": (503, "A key was sent, and the file of keys cannot be read."),
    "no_index": (503, "Nothing has been indexed yet."),
    "index_mismatch": (503, "The index was made by another version, or is none of ours."),
    "index_damaged": (503, "A file of the index is missing or broken."),
    "index_locked": (503, "Somebody else is writing to the index."),
}
"""Every `code` of a problem, with its status and what it means."""
RETRY_SECONDS = {"index_locked": 2, "overloaded": 2, "timeout": 10}
RETRY_LATER = 30
"""What `Retry-After` says: of these codes, and of others with status 503."""
LONGEST_VALUE = 200
"""Characters of a value at fault that are repeated."""

_OF_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "overloaded",
}
"""The code of a status that is all that is known."""

MEANINGS = {
    status: "One of: "
    + " ".join(f"`{code}`: {about}" for code, (of, about) in CODES.items() if of == status)
    for status in {status for status, _ in CODES.values()}
}
"""What each status says about a documented request."""
HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
"""What an HTTPException has that belongs to its problem, too."""

_INDEX_PROBLEMS: tuple[tuple[type[IndexProblem], str], ...] = (
    (NoIndex, "no_index"),
    (IndexMismatch, "index_mismatch"),
    (IndexLocked, "index_locked"),
    (IndexProblem, "index_damaged"),
)


def refused(code: str, detail: str, **more: Any) -> Response:
    """The problem of that code about the request being answered."""
    return told({**members(code, detail, **more), "instance": _instance()})


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An error about the request being answered; `more` are members beyond the standard ones, of
    which `code` is one of CODES."""
    more = {"code": code_of(status), **more}
    return told(problem_body(status, title, detail, _instance(), **more))


def told(body: Mapping[str, Any]) -> Response:
    """A problem as the answer to a request."""
    code, status = body["code"], body["status"]
    response = answer(body, status, "application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS.get(code, RETRY_LATER))
    return response


def _instance() -> str:
    return quote(request.script_root + request.path, errors="replace")


def code_of(status: int) -> str:
    return _OF_STATUS.get(status, "bad_request" if status < 500 else "internal")


def members(code: str, detail: str, **more: Any) -> dict[str, Any]:
    """A problem without the path it is about."""
    status = CODES[code][0]
    return problem_body(status, HTTPStatus(status).phrase, detail, "", code=code, **more)


def problem_body(
    status: int, title: str, detail: str, instance: str, **more: Any
) -> dict[str, Any]:
    """The members of RFC 9457, then `more`."""
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
    g.failed = error
    if isinstance(error, HTTPException):
        status = error.code or 500
        code = getattr(error, "problem", code_of(status))
        response = problem(status, _phrase(status), error.description or error.name, code=code)
        for name, value in error.get_headers():
            if name in HEADERS:
                response.headers[name] = value
        return response
    return told({**of(error), "instance": _instance()})


def of(error: Exception) -> dict[str, Any]:
    """The members of the problem that `error` amounts to, without the path it is about."""
    match error:
        case BadParameter(name=name, kind=kind, value=value):
            more = {} if value is None else {"value": value[:LONGEST_VALUE]}
            return members(kind, str(error), parameter=name, **more)
        case BadQuery(kind=kind, span=span):
            more_ = {"position": list(span)} if span else {}
            return members(kind, str(error), parameter="q", **more_)
        case BadArticle(code=code, member=member):
            return members(code, str(error), **({"member": member} if member else {}))
        case BadBody(code=code, pointer=pointer):
            return members(code, str(error), **({"pointer": pointer} if code == "bad_body" else {}))
        case NoSuchArticle():
            return members("no_such_article", str(error))
        case SearchTimeout():
            log.error("%s %r: %s", request.method, request.path, error)
            return members("timeout", str(error), limit="search_seconds")
        case IndexProblem():
            log.error("%s %r: %s", request.method, request.path, error)
            code = next(code for kind, code in _INDEX_PROBLEMS if isinstance(error, kind))
            return members(code, str(error))
        case _:
            log.error("%s %r failed", request.method, request.path, exc_info=error)
            return members("internal", FAILED, request_id=logs.request_id())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


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
    return refused(
        "not_found", "there is nothing at this path; /api/openapi.json lists what there is"
    )


def _wrong_method(allowed: list[str]) -> Response:
    detail = f"{request.method} is not possible here, only {', '.join(allowed)}"
    response = refused("method_not_allowed", detail)
    response.headers["Allow"] = ", ".join(allowed)
    return response
