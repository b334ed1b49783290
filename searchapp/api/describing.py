"""What turns views into an OpenAPI description.

flask-smorest gathers routes, docstrings, parameters and schemas into OpenAPI 3.1; APIFlask would
have to be the application itself, and ours is the plain Flask of the HTML pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # it ships no types

from searchapp import __version__, address
from searchapp.api.problems import MEANINGS, problem_body
from searchapp.api.schemas import PROBLEM_EXAMPLES, ProblemSchema
from searchapp.model import COPIES, COUNTRIES, FACETS, MATCHES, MODES, ORDERS, SORTS

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
METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
"""Those of a Path Item Object, in the order they are shown in."""
TAGS = {
    "search": "Find articles, count them, and go on from what is being typed.",
    "documents": "Single articles.",
    "service": "What this server is, and what it offers.",
}
"""The groups of operations, in the order they are shown in."""
SEARCHING = ("batch", "facets", "search", "suggest", "timeline")
"""What the paths begin with whose operations are of the group `search`, below `/api/v1/`."""

CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "match": ("Match", MATCHES),
    "facet_mode": (
        "ModeOfFacet",
        tuple(f"{facet}:{mode}" for facet in FACETS for mode in MODES),
    ),
    "countries": ("Countries", COUNTRIES),
    "sort": ("Sort", SORTS),
    "copies": ("Copies", COPIES),
    "order": ("ValueOrder", ORDERS),
    "name": ("FacetName", FACETS),
}
"""Parameters that take one of a few values: the schema they refer to, so that a generated client
has one type for it and not one for each operation, and the values."""


class Description(Api):  # type: ignore[misc]  # flask-smorest ships no types
    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        for name, values in CHOICES.values():
            self.spec.components.schema(name, {"type": "string", "enum": list(values)})
        self.spec.components.security_scheme("bearer", BEARER)
        self.spec.components.schema("OpenAPI", {"type": "object"})

    def document(self, root: str) -> dict[str, Any]:
        """The OpenAPI description of the API below `root`, operations by group."""
        spec = self.spec.to_dict()
        bodies: dict[str, Any] = {}
        paths = {
            path: item
            | {
                method: {**_named(operation, bodies), "tags": [tag_of(path)]}
                for method, operation in operations(item).items()
            }
            for path, item in spec["paths"].items()
        }
        components = spec["components"]
        used = {tag_of(path) for path in spec["paths"]}
        return {
            "openapi": spec["openapi"],
            "info": spec["info"],
            "servers": [{"url": root or "/"}],
            "tags": [{"name": n, "description": about} for n, about in TAGS.items() if n in used],
            "paths": paths,
            "components": {**components, "schemas": {**components["schemas"], **bodies}},
        }

    def _register_error_handlers(self) -> None:
        """None: flask-smorest's would answer the errors of the HTML pages in JSON."""

    def _register_pagination_header(self) -> None:
        """None: it would describe a header that nothing here sends."""


def _named(node: Any, found: dict[str, Any]) -> Any:
    """`node` with references in the place of objects that have a title, which go to `found`, and of
    choices that are one of CHOICES."""
    if isinstance(node, list):
        return [_named(each, found) for each in node]
    if not isinstance(node, Mapping):
        return node
    rest = {name: _named(value, found) for name, value in node.items()}
    if node.get("type") == "object" and isinstance(node.get("title"), str):
        title = rest.pop("title")
        found[title] = rest
        return {"$ref": f"#/components/schemas/{title}"}
    for name, (_, values) in CHOICES.items():
        if node.get("enum") == list(values):
            return {**choice(name), **{k: v for k, v in rest.items() if k not in ("type", "enum")}}
    return rest


def operations(item: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations of a Path Item Object, by method."""
    return {method: item[method] for method in METHODS if method in item}


def tag_of(path: str) -> str:
    """Which of TAGS the operations at a path are of."""
    first = re.split("[/.:]", path.removeprefix("/api/v1/"))[0]
    if first in SEARCHING:
        return "search"
    return first if first in TAGS else "service"


def choice(name: str) -> dict[str, str]:
    """The schema of the parameter `name`, one of CHOICES."""
    return {"$ref": f"#/components/schemas/{CHOICES[name][0]}"}


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
    if parameter.name in CHOICES:
        del schema["type"], schema["enum"]
        schema = {**choice(parameter.name), **schema}
    return {
        "in": "query",
        "name": parameter.name,
        "description": parameter.about,
        "schema": {"type": "array", "items": schema} if parameter.many else schema,
        "examples": {name: {"value": value} for name, value in parameter.examples.items()},
        **({} if _is_plain_text(parameter.schema) else {"allowEmptyValue": True}),
    }


def _is_plain_text(schema: Mapping[str, Any]) -> bool:
    """Whether a schema has the empty text among its values anyway."""
    return schema["type"] == "string" and not schema.keys() & {"enum", "format", "pattern"}
