"""What schemathesis has to know of the API that OpenAPI has no words for: it loads this file."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

from searchapp import address
from searchapp.model import SORTS, BadParameter

UNSAYABLE = re.compile(
    "|".join(
        (
            r"cursor: not a `next_cursor` of an answer",  # it holds a checksum
            r"cursor: of a search with sort=",
            r"cursor: .* page",
            r"page: pages reach [\d,]+ hits deep",  # by `per_page`
            r"date_from: \S+ is after date_to",
            r"facet_mode: \w+ has both modes",
        )
    )
)
"""Details of problems about values that are right each by itself: only these may be refused though
they are as described."""


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is one."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    return not UNSAYABLE.match(response.json()["detail"])


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Leave out a cursor that is made up: it would be refused, and nothing else be looked at."""
    token = (case.query or {}).get("cursor")
    if token and case.meta and not case.meta.generation.mode.is_negative and not _is_real(token):
        del case.query["cursor"]


def _is_real(token: str) -> bool:
    try:
        address.cursor_of(token, next(sort for sort in SORTS if sort[0] == token[0]))
    except BadParameter:
        return False
    return True
