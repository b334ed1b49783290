"""What schemathesis has to know of the API that OpenAPI has no words for: it loads this file."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import schemathesis

from searchapp import address
from searchapp.model import SORTS, BadParameter

ONE_BY_ONE = {
    "bad_cursor": "it holds a checksum, and an order that `sort` has to have, too",
    "page_too_deep": "by `per_page`",
    "no_text": "an article needs a title or a text",
    "bad_member": "JSON Schema does not know what is a date, a link or a language here",
    "id_differs": "the id of the body is that of the address",
}
"""Codes of problems about values that are right each by itself, and what is wrong with them
together: these may be refused though they are as described."""
TOGETHER = re.compile(r"date_from: \S+ is after date_to|facet_mode: \w+ has both modes")
"""The same by the detail, where the code says less."""
ALSO_IDS = ("/api/v1/documents/delete", "/api/v1/documents/{id}/similar")
"""Paths that are, for other methods, those of an article with such an id: ids have slashes."""


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one."""
    match type(failure).__name__:
        case "RejectedPositiveData" if response.status_code == 400:
            problem = response.json()
            return not (problem["code"] in ONE_BY_ONE or TOGETHER.match(problem["detail"]))
        case "AcceptedNegativeData" if case.path == "/api/v1/batch":
            # Each search is answered by itself, with a problem where it is one; a member that is
            # an empty text is as good as none.
            refused = any(answer["status"] == 400 for answer in response.json()["answers"])
            return not refused and '""' not in json.dumps(case.body)
        case "AcceptedNegativeData" if case.path == "/api/v1/documents":
            # Each line is answered by itself, and no line at all is as good as none sent.
            return not response.json()["failed"] and bool(response.request.body)
        case "AcceptedNegativeData":
            return not _is_empty_as_sent(case, response)
        case "AllowHeaderMismatch" | "UnsupportedMethodResponse":
            return case.path not in ALSO_IDS
    return True


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Leave out a cursor that is made up: it would be refused, and nothing else be looked at."""
    token = (case.query or {}).get("cursor")
    if token and case.meta and not case.meta.generation.mode.is_negative and not _is_real(token):
        del case.query["cursor"]


@schemathesis.serializer("application/jsonl", "application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """JSON lines of what was generated; what is none as it is."""
    rows = value if isinstance(value, list) else [value]
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode("utf-8", "replace")


def _is_real(token: Any) -> bool:
    try:
        order = next((sort for sort in SORTS if sort[0] == str(token)[0]), SORTS[0])
        address.cursor_of(str(token), order)
    except BadParameter:
        return False
    return True


def _is_empty_as_sent(case: Any, response: Any) -> bool:
    """Whether every value that was to be wrong, such as an object, is nothing in the address."""
    sent = parse_qs(urlsplit(response.request.url).query, keep_blank_values=True)
    wrong = {one.parameter for one in getattr(case.meta.phase.data, "mutations", ())}
    return bool(wrong) and all(sent.get(name, [""]) == [""] for name in wrong)
