"""The browsable reference of the JSON API: its OpenAPI description as a page.

A page of our own: Swagger UI and Redoc need scripts to show anything, and write styles and `data:`
addresses into the page, which our policy forbids.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, request

from searchapp import api
from searchapp.model import Search, SearchError
from searchapp.web.site import Site, rendered

Json = Mapping[str, Any]
Prose = tuple[tuple[tuple[str, bool], ...], ...]
"""Paragraphs, each of pieces that are code or not."""

ALSO_SHOWN = 60
"""Characters of an example beside a name; longer ones are left to the description."""
MANY = 8
"""Parameters that are not listed again where another operation has the same."""
KEY = "KEY"
"""In the place of a key in a command."""


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a value in a body or an answer. `limits` say what it may be, a phrase each;
    `below` are the members of an object, or of each of an array; `again`: they are listed further
    up already, where it is itself inside of it or beside it."""

    name: str
    type: str
    about: Prose
    required: bool
    where: str = ""
    limits: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    default: str | None = None
    examples: tuple[str, ...] = ()
    below: tuple[Member, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A body in one media type: what it holds, and an example of it."""

    kind: str
    value: Member
    example: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one status means, and what comes with it."""

    status: str
    about: Prose
    headers: tuple[Member, ...]
    contents: tuple[Content, ...]

    @property
    def is_problem(self) -> bool:
        return self.status >= "4"


@dataclass(frozen=True, slots=True)
class Operation:
    """`like` is one further up whose parameters it has, too, and `parameters` are then the others.
    `run` is the address of the example on this server, of a GET alone; `keys` what may be needed to
    be let in, each a scheme with its scopes."""

    id: str
    method: str
    path: str
    summary: str
    about: Prose
    parameters: tuple[Member, ...]
    bodies: tuple[Content, ...]
    answers: tuple[Answer, ...]
    curl: str
    run: str | None
    keys: tuple[str, ...]
    like: Operation | None = None


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    about: Prose
    operations: tuple[Operation, ...]


def register(app: Flask, site: Site) -> None:
    app.add_url_rule("/api/", "reference", Views(site).reference)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def reference(self) -> Response:
        spec = api.description(request.script_root)
        reader = Reader(spec, request.host_url.rstrip("/"), {"id": self._an_article()})
        return rendered(
            "reference.html",
            version=spec["info"]["version"],
            about=prose(spec["info"].get("description", "")),
            groups=reader.groups(),
            problems=reader.problems(),
            codes=api.CODES,
            prose=prose,
        )

    def _an_article(self) -> str | None:
        """The id of an article for the examples, where there is one."""
        try:
            hits = self.site.archive.run(Search(per_page=1, facet_size=0)).hits
        except SearchError:
            return None
        return hits[0].id if hits else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the parts of a description; `host` is where it is served, and `known` has values of
    parameters that are better examples here than those of the description."""

    spec: Json
    host: str
    known: Mapping[str, str | None]

    def groups(self) -> tuple[Group, ...]:
        """In the order of the description, the operations of each in the order of its paths."""
        found: list[tuple[str, Operation]] = []
        for path, item in self.spec["paths"].items():
            for method, operation in api.operations(item).items():
                read = self._operation(path, item, method, operation)
                found.append((operation["tags"][0], _sharing(read, [one for _, one in found])))
        return tuple(
            Group(
                tag["name"],
                prose(tag["description"]),
                tuple(operation for name, operation in found if name == tag["name"]),
            )
            for tag in self.spec["tags"]
        )

    def problems(self) -> Content | None:
        """What a problem holds: the first one described."""
        for path in self.spec["paths"].values():
            for operation in api.operations(path).values():
                for status, response in operation["responses"].items():
                    if status >= "4":
                        return next(self._contents(self._resolved(response)), None)
        return None

    def _operation(self, path: str, item: Json, method: str, operation: Json) -> Operation:
        given = [
            self._resolved(parameter)
            for parameter in (*item.get("parameters", ()), *operation.get("parameters", ()))
        ]
        body = self._resolved(operation.get("requestBody", {}))
        bodies = tuple(self._contents(body))
        address = self._example(path, given)
        security = operation.get("security", self.spec.get("security", ()))
        return Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            about=prose(operation.get("description", "")),
            parameters=tuple(self._parameter(parameter) for parameter in given),
            bodies=bodies,
            answers=tuple(
                self._answer(status, self._resolved(response))
                for status, response in operation["responses"].items()
            ),
            curl=_command(
                method.upper(), self.host + address, bodies, security and {} not in security
            ),
            run=address if method == "get" else None,
            keys=tuple(_keys(security)),
        )

    def _answer(self, status: str, response: Json) -> Answer:
        headers = response.get("headers", {})
        return Answer(
            status,
            prose(response.get("description", "")),
            tuple(
                self._parameter({"name": name, **self._resolved(header)})
                for name, header in headers.items()
            ),
            tuple(self._contents(response)),
        )

    def _contents(self, holder: Json) -> Iterator[Content]:
        for kind, content in holder.get("content", {}).items():
            schema = content.get("schema", {})
            example = next(iter(_examples(content)), self._sample(schema))
            yield Content(kind, self._member("", schema), _shown(example))

    def _parameter(self, parameter: Json) -> Member:
        name, schema = parameter["name"], parameter.get("schema", {})
        found = self._member(name, {**schema, **_about(parameter)})
        examples = tuple(_given(name, example) for example in _examples(parameter))
        return replace(
            found,
            type=re.sub("^array of (.*)", r"\1, may be repeated", found.type),
            required=parameter.get("required", False),
            where=parameter.get("in", ""),
            examples=examples or found.examples,
        )

    def _member(
        self, name: str, schema: Json, required: bool = False, listed: set[str] | None = None
    ) -> Member:
        """`listed` are the schemas whose members the reader has seen, to which this adds."""
        listed = set() if listed is None else listed
        own, refs, is_null = self._opened(schema)
        items, item_refs, _ = self._opened(own.get("items", {}))
        inner = items if own.get("type") == "array" else own
        again = not listed.isdisjoint((*refs, *item_refs)) and "properties" in inner
        listed.update(refs, item_refs)
        below = () if again else self._members(inner, listed)
        values = own.get("enum") or items.get("enum") or ()
        return Member(
            name=name,
            type=_type(own, items, [*refs, *item_refs]) + (" or null" if is_null else ""),
            about=prose(schema.get("description", own.get("description", ""))),
            required=required,
            limits=tuple(_limits({**own, "items": items})),
            choices=tuple(map(str, values)),
            default=_inline(own["default"]) if own.get("default") not in (None, "") else None,
            examples=tuple(_inline(example) for example in own.get("examples", ())),
            below=below,
            again=again,
        )

    def _members(self, schema: Json, listed: set[str]) -> tuple[Member, ...]:
        required = schema.get("required", ())
        return tuple(
            self._member(name, member, name in required, listed)
            for name, member in schema.get("properties", {}).items()
        )

    def _opened(self, schema: Json) -> tuple[Json, tuple[str, ...], bool]:
        """A schema with what it refers to put in, the names of that, and whether it may be null."""
        kinds = schema.get("type")
        is_null = isinstance(kinds, list) and "null" in kinds
        if isinstance(kinds, list):
            schema = {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
        choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        if len(choices) == 1:
            own, refs, _ = self._opened(choices[0])
            rest = {name: value for name, value in schema.items() if name != "anyOf"}
            return {**own, **rest}, refs, len(schema["anyOf"]) > 1
        if "$ref" not in schema:
            return schema, (), is_null
        own, refs, inner = self._opened(self._resolved({"$ref": schema["$ref"]}))
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**own, **rest}, (schema["$ref"].rpartition("/")[2], *refs), is_null or inner

    def _resolved(self, node: Json) -> Json:
        """What a reference within the description leads to, or the node itself."""
        if "$ref" not in node:
            return node
        found: Any = self.spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return self._resolved(found)

    def _sample(self, schema: Json, within: tuple[str, ...] = ()) -> Any:
        """A value as a schema describes it, from the examples in it."""
        own, refs, _ = self._opened(schema)
        if found := [*own.get("examples", ()), *([own["default"]] if "default" in own else ())]:
            return found[0]
        if {*refs} & {*within}:
            return None
        inside = (*within, *refs)
        match own.get("type"):
            case "object":
                members = own.get("properties", {}).items()
                return {name: self._sample(member, inside) for name, member in members}
            case "array":
                one = self._sample(own.get("items", {}), inside)
                return [] if one is None else [one]
        return own.get("enum", [None])[0]

    def _example(self, path: str, parameters: list[Json]) -> str:
        """An address with all that is required, and the first parameter that is not."""
        root = self.spec["servers"][0]["url"].rstrip("/")
        pairs: list[tuple[str, Any]] = []
        for parameter in parameters:
            name = parameter["name"]
            value = self.known.get(name) or next(iter(_examples(parameter)), "")
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            elif parameter["in"] == "query" and (parameter.get("required") or not pairs):
                pairs += [(name, each) for each in (value if isinstance(value, list) else [value])]
        return f"{root}{path}?{urlencode(pairs)}" if pairs else root + path


def _sharing(operation: Operation, before: list[Operation]) -> Operation:
    """The operation without the parameters that one further up has, if these are many."""
    for other in before:
        same = other.like is None and set(other.parameters) <= set(operation.parameters)
        if same and len(other.parameters) >= MANY:
            own = tuple(each for each in operation.parameters if each not in other.parameters)
            return replace(operation, parameters=own, like=other)
    return operation


def prose(text: str) -> Prose:
    """Paragraphs of a text that has code between backticks."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return tuple(
        tuple(
            (piece, number % 2 == 1)
            for number, piece in enumerate(re.split("`([^`]+)`", " ".join(paragraph.split())))
            if piece
        )
        for paragraph in paragraphs
        if paragraph
    )


def _type(schema: Json, items: Json, names: list[str]) -> str:
    """What a value is, in a word or two."""
    kind = schema.get("type", "object" if names else "anything")
    if kind == "array":
        inner = items.get("type", "anything")
        return f"array of {names[-1] if inner == 'object' and names else inner}"
    if kind == "object" and names:
        return names[0]
    return f"{schema['format']}" if kind == "string" and "format" in schema else str(kind)


def _limits(schema: Json) -> Iterator[str]:
    if "minimum" in schema or "maximum" in schema:
        least, most = schema.get("minimum"), schema.get("maximum")
        if most is None:
            yield f"from {least:,}"
        else:
            yield f"{least:,} to {most:,}" if least is not None else f"to {most:,}"
    if "minLength" in schema:
        yield f"{schema['minLength']:,} characters or more"
    if "maxLength" in schema:
        yield f"{schema['maxLength']:,} characters or fewer"
    if "minItems" in schema and schema.get("maxItems") == schema["minItems"]:
        yield f"{schema['minItems']:,} of them"
    elif "maxItems" in schema:
        yield f"{schema['maxItems']:,} or fewer"


def _examples(holder: Json) -> list[Any]:
    """The examples of a parameter or a body."""
    named = [example["value"] for example in holder.get("examples", {}).values()]
    return named + ([holder["example"]] if "example" in holder else [])


def _about(parameter: Json) -> dict[str, Any]:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _keys(security: Any) -> Iterator[str]:
    for requirement in security:
        for scheme, scopes in requirement.items():
            yield f"{scheme} ({', '.join(scopes)})" if scopes else scheme


def _command(method: str, address: str, bodies: tuple[Content, ...], with_key: bool) -> str:
    """The curl command of an example, a line for each option."""
    parts = ["curl"] if method == "GET" else [f"curl -X {method}"]
    if with_key:
        parts.append(f"-H 'Authorization: Bearer {KEY}'")
    if bodies:
        parts.append(f"-H {shlex.quote(f'Content-Type: {bodies[0].kind}')}")
        parts.append(f"--data-binary {shlex.quote(bodies[0].example)}")
    parts.append(shlex.quote(address))
    return " ".join(parts) if len(parts) < 3 else " \\\n  ".join(parts)


def _given(name: str, example: Any) -> str:
    """The example of a parameter: of one that may be repeated, as it stands in an address."""
    if isinstance(example, list):
        return "&".join(f"{name}={each}" for each in example)
    return _inline(example)


def _inline(value: Any) -> str:
    """An example in a line of text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= ALSO_SHOWN else f"{text[: ALSO_SHOWN - 1]}…"


def _shown(value: Any) -> str:
    """An example of a whole body."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2)
