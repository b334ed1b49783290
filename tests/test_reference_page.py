"""The reference of the API at `/api/`: all of the description is there, and its examples work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

import searchapp
from searchapp import api, web
from searchapp.archive import Archive
from searchapp.web.reference import Member, Reader, prose

NODE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 9, "examples": ["<b>"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        "above": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
        "day": {"type": ["string", "null"], "format": "date"},
    },
}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "/news"}],
    "tags": [{"name": "nodes", "description": "Nodes."}],
    "paths": {
        "/nodes/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "put": {
                "operationId": "put_node",
                "summary": "Put a node",
                "tags": ["nodes"],
                "security": [{"key": ["write"]}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Node"}}
                    }
                },
                "responses": {"204": {"description": "Done.", "headers": {"ETag": {}}}},
            },
        },
        "/nodes": {
            "get": {
                "operationId": "nodes",
                "summary": "List nodes",
                "tags": ["nodes"],
                "parameters": [
                    {"in": "query", "name": "of", "required": True, "example": "it's"},
                    {
                        "in": "query",
                        "name": "kind",
                        "schema": {
                            "type": "array",
                            "items": {"type": "string", "enum": ["a", "b"]},
                        },
                        "examples": {"two": {"value": ["a", "b"]}},
                    },
                ],
                "responses": {"200": {"description": "Them."}},
            }
        },
    },
    "components": {
        "schemas": {"Node": NODE},
        "parameters": {"Id": {"in": "path", "name": "id", "required": True, "example": "a/b c"}},
    },
}


@pytest.fixture(scope="module")
def client(seeds: Archive) -> FlaskClient:
    return web.create_app(seeds, seeds.settings).test_client()


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> str:
    return client.get("/api/").text


@pytest.fixture(scope="module")
def description(client: FlaskClient) -> Any:
    return client.get("/api/openapi.json").json


def operations(description: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def test_every_operation_is_listed_and_can_be_linked_to(page: str, description: Any) -> None:
    for path, method, operation in operations(description):
        assert page.count(f'href="#op-{operation["operationId"]}"') >= 2
        assert f'<h3 id="op-{operation["operationId"]}">' in page
        assert f"{method.upper()}</span> <code>{path}</code>" in page
        assert operation["summary"] in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len({*ids})


def test_everything_that_is_described_is_on_the_page(page: str, description: Any) -> None:
    text = " ".join(unescape(re.sub("<[^>]+>", "", page)).split())
    schemas = description["components"]["schemas"]
    for where in [*description["paths"].values(), *schemas.values()]:
        for about in descriptions(where):
            assert " ".join(about.replace("`", "").split()) in text


def descriptions(node: Any) -> Iterator[str]:
    match node:
        case {"description": str(about), **rest}:
            yield about
            yield from descriptions(rest)
        case dict():
            for value in node.values():
                yield from descriptions(value)
        case list():
            for value in node:
                yield from descriptions(value)


def test_an_example_runs_on_this_server(client: FlaskClient, page: str, description: Any) -> None:
    links = [unescape(url) for url in re.findall(r'<p class="run"><a href="([^"]+)"', page)]
    assert len(links) == len([1 for _, method, _ in operations(description) if method == "get"])
    for url in links:
        assert client.get(url).status_code == 200, url


def test_a_command_asks_what_the_link_beside_it_asks(page: str) -> None:
    commands = re.findall(r"<pre><code>(curl .*?)</code></pre>", page, re.DOTALL)
    links = re.findall(r'<p class="run"><a href="([^"]+)"', page)
    asked = [shlex.split(unescape(command))[-1] for command in commands if "-X" not in command]
    assert [urlsplit(url)._replace(scheme="", netloc="").geturl() for url in asked] == [
        unescape(link) for link in links
    ]


def test_every_code_of_a_problem_is_explained(page: str) -> None:
    for code, (status, _) in api.CODES.items():
        assert f'<code>{code}</code> <span class="type">{status}</span>' in page


def test_strangers_are_asked_for_a_key_by_a_page(client: FlaskClient) -> None:
    answer = client.get("/api/", base_url="http://news.example")
    assert (answer.status_code // 100, answer.mimetype) == (4, "text/html")


def test_links_stay_below_the_prefix_of_the_site(client: FlaskClient) -> None:
    page = client.get("/api/", base_url="http://localhost/archive").text
    assert "curl &#39;http://localhost/archive/api/v1/search?" in page
    assert '<a href="/archive/api/v1/search?' in page


def test_it_is_english_in_a_german_page(client: FlaskClient) -> None:
    page = client.get("/api/", headers={"Accept-Language": "de"}).text
    assert '<html lang="de"' in page
    assert '<div class="reference" lang="en" dir="ltr">' in page


@pytest.mark.parametrize("path", ["/", "/help"])
def test_pages_lead_to_it(client: FlaskClient, path: str) -> None:
    assert 'href="/api/"' in client.get(path).text


def test_without_the_slash_it_is_found_too(client: FlaskClient) -> None:
    assert client.get("/api").location == "http://localhost/api/"


def test_an_empty_index_has_a_reference(tmp_path: Any) -> None:
    with searchapp.open(tmp_path / "index") as archive:
        answer = web.create_app(archive, archive.settings).test_client().get("/api/")
    assert answer.status_code == 200
    assert "/api/v1/documents/000_8fcf2ceb6fb25fee.txt" in answer.text


# --- how a description is read ------------------------------------------------------------------


@pytest.fixture(scope="module")
def nodes() -> dict[str, Any]:
    (group,) = Reader(SPEC, "http://h", {}).groups()
    return {operation.id: operation for operation in group.operations}


def test_a_schema_within_itself_is_named_and_not_listed_for_ever(nodes: dict[str, Any]) -> None:
    (body,) = nodes["put_node"].bodies
    name, parts, above, day = body.value.below
    assert (name.required, name.limits, name.examples) == (
        True,
        ("9 characters or fewer",),
        ("<b>",),
    )
    assert (parts.type, parts.again, parts.below) == ("array of Node", True, ())
    assert (above.type, above.again) == ("Node or null", True)
    assert (day.type, day.required) == ("date or null", False)


def test_a_command_that_writes_has_a_body_and_a_key(nodes: dict[str, Any]) -> None:
    operation = nodes["put_node"]
    command = shlex.split(operation.curl.replace("\\\n", ""))
    assert command[:3] == ["curl", "-X", "PUT"]
    assert "Authorization: Bearer KEY" in command
    assert "Content-Type: application/json" in command
    assert command[-1] == "http://h/news/nodes/a%2Fb%20c"
    assert operation.run is None
    assert operation.keys == ("key (write)",)
    assert [header.name for header in operation.answers[0].headers] == ["ETag"]


def test_an_example_has_what_is_required_and_quotes_it(nodes: dict[str, Any]) -> None:
    operation = nodes["nodes"]
    assert operation.run == "/news/nodes?of=it%27s"
    assert shlex.split(operation.curl) == ["curl", "http://h/news/nodes?of=it%27s"]


def test_a_parameter_that_may_be_repeated_says_so(nodes: dict[str, Any]) -> None:
    kind: Member = nodes["nodes"].parameters[1]
    assert kind.type == "string, may be repeated"
    assert (kind.choices, kind.examples) == (("a", "b"), ("kind=a&kind=b",))


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("", ()),
        ("Plain\n  text.", ((("Plain text.", False),),)),
        ("See `q`.\n\nMore", ((("See ", False), ("q", True), (".", False)), (("More", False),))),
        ("A ` alone", ((("A ` alone", False),),)),
        ("`<b>`", ((("<b>", True),),)),
    ],
)
def test_code_and_paragraphs_of_a_text(text: str, paragraphs: Any) -> None:
    assert prose(text) == paragraphs


def test_what_a_description_says_is_escaped(client: FlaskClient, page: str) -> None:
    assert "<mark>" not in page.partition('<div class="reference"')[2]
    assert "&lt;mark&gt;" in page
