"""Many searches in one request, each answered or refused by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from searchapp import address
from searchapp.api import bodies
from searchapp.api.answers import Links, search_answer
from searchapp.api.bodies import BadBody
from searchapp.api.problems import answer, members, of
from searchapp.archive import Archive
from searchapp.model import BadParameter, SearchError
from searchapp.settings import Settings

BATCH = "/api/v1/batch"
LONGEST_BODY = 1024 * 1024
"""Bytes: a hundred of the longest queries, and as many filters."""
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": (int, float),
    "boolean": bool,
}


def batch(archive: Archive, settings: Settings, links: Links) -> Response:
    """The answer to the request, which is a batch of searches: all of one commit."""
    began = time.perf_counter()
    searches = read_body(settings)
    now = archive.as_now()
    deadline = began + settings.batch_seconds
    answers = []
    for number, given in enumerate(searches):
        if time.perf_counter() > deadline:
            answers.append(_late(settings))
        else:
            answers.append(_answered(now, given, f"/searches/{number}", settings, links))
    took_ms = round((time.perf_counter() - began) * 1000, 3)
    response = answer({"answers": answers, "took_ms": took_ms})
    response.headers["Cache-Control"] = "no-store"
    return response


def read_body(settings: Settings) -> list[Any]:
    """The searches that the body of the request has, not looked into. Raises BadBody."""
    bodies.check_kind(bodies.JSON)
    body = _decoded(bodies.whole(LONGEST_BODY))
    if not isinstance(body, dict):
        raise BadBody('the body has to be an object like {"searches": [{"q": "Iran"}]}')
    for name in body:
        if name != "searches":
            raise BadBody(f"no such member {name!r}; there is searches", _pointer(name))
    searches = body.get("searches")
    if not isinstance(searches, list):
        raise BadBody("searches has to be a list of objects", "/searches")
    if len(searches) > settings.max_batch:
        raise BadBody(
            f"{len(searches)} searches are too many; the limit is {settings.max_batch} (max_batch)",
            "/searches",
        )
    return searches


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise BadBody(f"the body is not JSON: {problem}") from problem


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _answered(
    archive: Archive, given: Any, pointer: str, settings: Settings, links: Links
) -> dict[str, Any]:
    """The status and body of one search."""
    try:
        search = address.parse(arguments(given, settings), settings)
        return {"status": 200, "body": search_answer(archive.run(search), links)}
    except BadBody as problem:
        body = {**of(problem), "pointer": pointer}
    except BadParameter as problem:
        body = {**of(problem), "pointer": f"{pointer}{_pointer(problem.name)}"}
    except SearchError as problem:
        body = of(problem)
        if body.get("parameter") == "q":
            body["pointer"] = f"{pointer}/q"
    except Exception as problem:  # as any view's, but this search alone
        body = of(problem)
    return {"status": body["status"], "body": {**body, "instance": f"{links.root}{BATCH}"}}


def _late(settings: Settings) -> dict[str, Any]:
    detail = (
        f"not searched: the batch took longer than {settings.batch_seconds:g} s (batch_seconds)"
    )
    body = members("timeout", detail, limit="batch_seconds")
    return {"status": body["status"], "body": {**body, "instance": f"{request.script_root}{BATCH}"}}


def arguments(given: Any, settings: Settings) -> address.Given:
    """The parameters that the object `given` has. Raises BadBody where it is none, and BadParameter
    where a value is of another kind than the parameter."""
    if not isinstance(given, dict):
        raise BadBody('a search has to be an object like {"q": "Iran"}')
    known = {definition.name: definition for definition in address.definitions(settings)}
    return address.Given(
        {
            name: _values(known[name], value) if name in known else [""]
            for name, value in given.items()
        }
    )


def _values(definition: address.Parameter, value: Any) -> list[str]:
    """The value as texts of a URL."""
    kind = definition.schema["type"]
    if not definition.many:
        return [_text(definition.name, kind, value)]
    if not isinstance(value, list):
        raise BadParameter(definition.name, f"has to be a list, not {_shown(value)}")
    return [_text(definition.name, kind, one) for one in value]


def _text(name: str, kind: str, value: Any) -> str:
    is_kind = isinstance(value, _KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)
    if not is_kind or (isinstance(value, float) and not value.is_integer()):
        raise BadParameter(name, f"has to be of type {kind}, not {_shown(value)}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = int(value)  # 2.0 is an integer in JSON Schema
    # Half a surrogate pair, which JSON can write and a URL cannot.
    return str(value).encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """The example of a parameter as it is in JSON."""
    return value == "true" if schema["type"] == "boolean" else value


def body_schema(settings: Settings) -> dict[str, Any]:
    """What OpenAPI says of the body: the parameters of a search as members of an object."""
    members_ = {}
    for definition in address.definitions(settings):
        schema = dict(definition.schema)
        if definition.many:
            schema = {"type": "array", "items": schema}
        examples = [_typed(value, schema) for value in definition.examples.values()]
        members_[definition.name] = {
            "description": definition.about,
            "examples": examples,
            **schema,
        }
    search = {
        "type": "object",
        "title": "SearchParameters",
        "properties": members_,
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": "Searches",
        "properties": {
            "searches": {
                "type": "array",
                "description": "The searches, each with the parameters of `/api/v1/search`.",
                "items": search,
                "maxItems": settings.max_batch,
            }
        },
        "required": ["searches"],
        "additionalProperties": False,
    }
