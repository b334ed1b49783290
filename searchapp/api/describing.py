"""What turns views into an OpenAPI description.

flask-smorest gathers routes, docstrings, parameters and schemas into OpenAPI 3.1; APIFlask would
have to be the application itself, and ours is the plain Flask of the HTML pages.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # it ships no types

from searchapp import __version__, address
from searchapp.api.problems import MEANINGS, problem_body
from searchapp.api.schemas import PROBLEM_EXAMPLES, ProblemSchema

INFO = {
    "title": "searchapp",
    "version": __version__,
    "openapi_version": "3.1.0",
    "info": {
        "description": "Search a folder of news, cut by country, person and topic. Links are paths "
        "from the root of the host. Offsets count code points, and the end is exclusive. Errors "
        "are `application/problem+json` (RFC 9457).",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
}


BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key that `searchapp keys create` made. Who runs the server decides what "
    "needs one; to change something from another machine always does.",
}
BY_KEY: list[dict[str, list[str]]] = [{}, {"bearer": []}]
"""The `security` of an operation: none, or a key."""
OF_WHO_ASKS = (401, 403, 429)
"""Problems that every operation may answer."""


class Description(Api):  # type: ignore[misc]  # flask-smorest ships no types
    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def init_app(self, *given: Any, **named: Any) -> None:
        super().init_app(*given, **named)
        self.spec.components.security_scheme("bearer", BEARER)

    def _register_error_handlers(self) -> None:
        """None: flask-smorest's would answer the errors of the HTML pages in JSON."""

    def _register_pagination_header(self) -> None:
        """None: it would describe a header that nothing here sends."""


def documented(
    blueprint: Blueprint,
    view: Callable[..., Response],
    schema: Any,
    *problems: int,
    kind: str = "application/json",
    status: int = 200,
) -> Callable[..., Response]:
    """`view` with what flask-smorest needs to describe it: its name, answer and problems."""
    shown: Any = blueprint.doc(operationId=view.__name__, security=BY_KEY)(view)
    shown = blueprint.response(status, schema, description="The answer.", content_type=kind)(shown)
    for wrong in sorted({*problems, *OF_WHO_ASKS}):
        example = problem_body(wrong, HTTPStatus(wrong).phrase, **PROBLEM_EXAMPLES[wrong])
        shown = blueprint.alt_response(
            wrong,
            schema=ProblemSchema,
            content_type="application/problem+json",
            description=MEANINGS[wrong],
            example=example,
        )(shown)
    result: Callable[..., Response] = shown
    return result


def described(parameter: address.Parameter) -> dict[str, Any]:
    """The OpenAPI Parameter Object of `parameter`."""
    schema = dict(parameter.schema)
    return {
        "in": "query",
        "name": parameter.name,
        "description": parameter.about,
        "schema": {"type": "array", "items": schema} if parameter.many else schema,
        "examples": {name: {"value": value} for name, value in parameter.examples.items()},
    }
