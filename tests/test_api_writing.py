"""Adding, replacing and deleting articles over HTTP."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from searchapp import web
from searchapp.archive import Archive
from searchapp.documents import MEMBERS
from searchapp.model import IndexDamaged
from tests.editing import another_writing, shelf
from tests.test_api import assert_problem, closed

DOCUMENTS = "/api/v1/documents"
GAS = {"title": "Gas for Turkey", "text": "Iran sells gas to Turkey."}
JSONL, NDJSON = "application/jsonl", "application/x-ndjson"
STRANGER = {"REMOTE_ADDR": "192.168.0.7"}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path, {}, max_body_bytes=20_000, max_file_bytes=5_000) as found:
        yield found


@pytest.fixture
def client(archive: Archive) -> FlaskClient:
    return web.create_app(archive, archive.settings).test_client()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """One for tests that do not mind what others put."""
    with shelf(tmp_path_factory.mktemp("shared"), {}, max_body_bytes=20_000) as found:
        yield found


@pytest.fixture(scope="module")
def clients(shared: Archive) -> tuple[FlaskClient, FlaskClient]:
    """Of a server without a key, and of one with."""
    locked = replace(shared.settings, edit_key="a key of sixteen!")
    return (
        web.create_app(shared, shared.settings).test_client(),
        web.create_app(shared, locked).test_client(),
    )


@pytest.fixture(scope="module")
def openapi(clients: tuple[FlaskClient, FlaskClient]) -> dict[str, Any]:
    described: dict[str, Any] = clients[0].get("/api/openapi.json").json
    return described


def lines(*rows: object) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


def post(client: FlaskClient, data: bytes, kind: str = JSONL, **headers: str) -> TestResponse:
    return client.post(DOCUMENTS, data=data, content_type=kind, headers=headers)


def found(client: FlaskClient, q: str = "") -> set[str]:
    answer = client.get("/api/v1/search", query_string={"q": q, "per_page": 100}).json
    return {hit["id"] for hit in answer["hits"]}


# --- one article ----------------------------------------------------------------------------------


def test_article_is_put_found_replaced_and_deleted(client: FlaskClient) -> None:
    new = client.put(f"{DOCUMENTS}/wire-1", json=GAS)
    assert (new.status_code, new.headers["Location"]) == (201, f"{DOCUMENTS}/wire-1")
    assert new.json == {
        "id": "wire-1",
        "result": "added",
        "links": {"self": f"{DOCUMENTS}/wire-1", "html": "/article/wire-1"},
    }
    assert found(client, "gas") == {"wire-1"}
    same = client.put(f"{DOCUMENTS}/wire-1", json={**GAS, "id": "wire-1"})
    assert (same.status_code, same.json["result"]) == (200, "unchanged")
    assert "Location" not in same.headers
    other = client.put(f"{DOCUMENTS}/wire-1", json={"text": "Iran sells oil."})
    assert (other.status_code, other.json["result"]) == (200, "updated")
    assert client.get(f"{DOCUMENTS}/wire-1").json["body"] == "Iran sells oil."
    gone = client.delete(f"{DOCUMENTS}/wire-1")
    assert (gone.status_code, gone.data) == (204, b"")
    assert found(client) == set()
    assert_problem(client.delete(f"{DOCUMENTS}/wire-1"), 404)
    assert_problem(client.get(f"{DOCUMENTS}/wire-1"), 404)


@pytest.mark.parametrize(
    "id_",
    [
        *("a/b", "/", "//", "../../etc/passwd", "..", ".", "Ü 🛢 %2e", "x/similar", "delete"),
        *("a?b#c", "'; drop table documents; --", "con", "x" * 512, "\\\\host\\share"),
    ],
)
def test_any_id_that_a_file_may_give_can_be_put_and_deleted(
    client: FlaskClient, archive: Archive, id_: str, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    answer = client.put(f"{DOCUMENTS}/{quote(id_, safe='')}", json=GAS)
    assert (answer.status_code, answer.json["id"]) == (201, id_)
    assert client.get(answer.headers["Location"]).json["id"] == id_
    assert client.get(answer.json["links"]["html"]).status_code == 200
    assert client.delete(answer.headers["Location"]).status_code == 204
    assert {path.name for path in archive.settings.documents_folder.iterdir()} == {
        "articles.sqlite"
    }
    assert set(tmp_path.iterdir()) - set(before) <= {
        archive.settings.documents_folder,
        Path(archive.settings.index),
        archive.settings.beside("secret"),
    }


@pytest.mark.parametrize("id_", ["%00", "a%0Ab", "%1b%5B31m", "x" * 513, "%20", "%E2%80%A8"])
def test_id_that_no_article_may_have_is_refused(client: FlaskClient, id_: str) -> None:
    problem = assert_problem(client.put(f"{DOCUMENTS}/{id_}", json=GAS), 400)
    assert (problem["code"], problem["member"]) == ("bad_member", "id")
    assert_problem(client.delete(f"{DOCUMENTS}/{id_}"), 404)


@pytest.mark.parametrize(
    ("data", "status", "code", "member"),
    [
        (b"", 400, "not_json", None),
        (b'{"text": "gas"', 400, "not_json", None),
        (b'{"text": NaN}', 400, "not_json", None),
        (b'{"text": "\xff"}', 400, "not_utf8", None),
        (b"[" * 4000, 400, "too_deep", None),
        (b'["gas"]', 400, "not_an_object", None),
        (b'{"text": 5}', 400, "bad_member", "text"),
        (b'{"text": "gas", "date": "yesterday"}', 400, "bad_member", "date"),
        (b'{"text": "gas", "id": "other"}', 400, "id_differs", "id"),
        (b'{"date": "2001-05-02"}', 400, "no_text", "text"),
        (b'{"text": "..."}', 400, "no_text", "text"),
        (lines({"text": "x" * 6000}), 413, "too_large", None),
        (lines({"text": "x" * 21_000}), 413, "too_large", None),
    ],
)
def test_bad_article_is_a_problem_that_names_what_is_wrong(
    client: FlaskClient, data: bytes, status: int, code: str, member: str | None
) -> None:
    for answer in (
        client.put(f"{DOCUMENTS}/wire-1", data=data, content_type="application/json"),
        post(client, data, "application/json"),
    ):
        if (code, answer.request.method) != ("id_differs", "POST"):
            problem = assert_problem(answer, status)
            assert (problem["code"], problem.get("member")) == (code, member)
    assert found(client) <= {"other"}


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("PUT", f"{DOCUMENTS}/a", ""),
        ("PUT", f"{DOCUMENTS}/a", "text/plain"),
        ("PUT", f"{DOCUMENTS}/a", JSONL),
        ("POST", DOCUMENTS, "application/x-www-form-urlencoded"),
        ("POST", DOCUMENTS, "multipart/form-data; boundary=x"),
        ("POST", f"{DOCUMENTS}/delete", JSONL),
    ],
)
def test_other_media_types_are_refused(
    client: FlaskClient, method: str, path: str, kind: str
) -> None:
    answer = client.open(path, method=method, data=b"{}", content_type=kind or None)
    assert "application/json" in assert_problem(answer, 415)["detail"]


def test_unknown_encoding_and_parameter_are_refused(client: FlaskClient) -> None:
    kind = "application/json"
    answer = client.put(
        *(f"{DOCUMENTS}/a",), data=b"{}", content_type=kind, headers={"Content-Encoding": "br"}
    )
    assert "only gzip" in assert_problem(answer, 415)["detail"]
    for method, path in (
        *(("PUT", f"{DOCUMENTS}/a"), ("DELETE", f"{DOCUMENTS}/a")),
        *(("POST", DOCUMENTS), ("POST", f"{DOCUMENTS}/delete")),
    ):
        answer = client.open(f"{path}?refresh=true", method=method, json=GAS)
        assert assert_problem(answer, 400)["parameter"] == "refresh"


def test_article_is_only_added_where_that_is_asked(client: FlaskClient) -> None:
    url, new = f"{DOCUMENTS}/a", {"If-None-Match": "*"}
    assert client.put(url, json=GAS, headers=new).status_code == 201
    assert_problem(client.put(url, json={"text": "Other."}, headers=new), 412)
    assert client.get(url).json["title"] == GAS["title"]
    for other in ({"If-Match": '"x"'}, {"If-Match": "*"}, {"If-None-Match": '"x"'}):
        assert_problem(client.put(url, json=GAS, headers=other), 412)
    client.delete(url)
    with ThreadPoolExecutor(4) as threads:
        tries = [threads.submit(client.application.test_client().put, url, json=GAS, headers=new)
                 for _ in range(4)]  # fmt: skip
    assert sorted(one.result().status_code for one in tries) == [201, 412, 412, 412]


# --- many -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [JSONL, NDJSON, f"{NDJSON}; charset=utf-8"])
def test_bad_lines_are_reported_and_the_rest_goes_in(client: FlaskClient, kind: str) -> None:
    sent = lines(
        {"id": "a", **GAS},
        "",
        {"id": "b", "date": "yesterday", "text": "x"},
        "{",
        {"id": "c"},
        {"id": "a", "text": "Iran sells oil."},
        {"id": "d", "text": "x" * 6000},
        {"id": "e\n", "text": "x"},
        {"text": "Coal."},
    )
    answer = post(client, sent, kind)
    assert answer.status_code == 200
    body = answer.json
    (made,) = (id_ for id_ in body["ids"] if id_ != "a")
    assert (body["added"], body["updated"], body["unchanged"]) == (2, 0, 0)
    assert body["repeated"] == [{"line": 1, "id": "a", "by": 6}]
    assert [(f["line"], f["id"], f["code"], f["member"]) for f in body["failed"]] == [
        (3, "b", "bad_member", "date"),
        (4, None, "not_json", None),
        (5, "c", "no_text", "text"),
        (7, None, "too_large", None),
        (8, None, "bad_member", "id"),
    ]
    assert found(client) == {"a", made}
    assert found(client, "oil") == {"a"}
    again = post(client, sent, kind).json
    assert (again["unchanged"], again["ids"]) == (2, body["ids"])


def test_many_lines_are_one_commit(client: FlaskClient, archive: Archive) -> None:
    client.put(f"{DOCUMENTS}/first", json=GAS)
    generation = archive.stats().generation
    answer = post(client, lines(*({"id": f"{n}", "text": f"Oil {n}."} for n in range(200))))
    assert answer.json["added"] == 200
    assert archive.stats().generation == generation + 1
    assert found(client, "oil") == {hit.id for hit in archive.search("oil", per_page=100).hits}


def test_gzip_is_understood_and_limited(client: FlaskClient) -> None:
    sent = lines({"id": "a", **GAS}, {"id": "b", "text": "Oil."})
    answer = post(client, gzip.compress(sent), **{"Content-Encoding": "gzip"})
    assert answer.json["added"] == 2
    one = gzip.compress(json.dumps(GAS).encode())
    kind, packed = "application/json", {"Content-Encoding": "gzip"}
    answer = client.put(f"{DOCUMENTS}/c", data=one, content_type=kind, headers=packed)
    assert answer.status_code == 201
    for broken in (one[:-6], b"no gzip", b"\x1f\x8b" + b"x" * 50):
        problem = assert_problem(post(client, broken, **packed), 400)
        assert problem["code"] == "bad_gzip"
    for bomb in (b" " * 10_000_000, b"\n" * 10_000_000, lines(*[GAS] * 1000)):
        problem = assert_problem(post(client, gzip.compress(bomb), **packed), 413)
        assert "19.5 KB, packed or not; that is the limit (max_body_bytes)" in problem["detail"]
    assert found(client) == {"a", "b", "c"}


def test_too_much_is_refused_with_and_without_a_length(client: FlaskClient) -> None:
    sent = lines(*({"id": f"{n}", **GAS} for n in range(1000)))
    assert assert_problem(post(client, sent), 413)["code"] == "too_large"
    answer = client.post(
        *(DOCUMENTS,),
        input_stream=io.BytesIO(sent),
        content_type=JSONL,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert assert_problem(answer, 413)["code"] == "too_large"
    assert found(client) == set()


def test_lines_without_end_are_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.api.writing.MOST_LINES", 10)
    assert post(client, b"\n" * 10).json["added"] == 0
    assert "more than 10 lines" in assert_problem(post(client, b"\n" * 11), 413)["detail"]


def test_nothing_is_an_ordinary_answer(client: FlaskClient) -> None:
    body = post(client, b"").json
    assert (body["added"], body["failed"], body["ids"]) == (0, [], [])
    answer = client.post(f"{DOCUMENTS}/delete", json={"ids": []})
    assert (answer.json["deleted"], answer.json["missing"]) == (0, [])


def test_many_are_deleted_at_once(client: FlaskClient, archive: Archive) -> None:
    post(client, lines(*({"id": id_, **GAS} for id_ in "abc")))
    generation = archive.stats().generation
    answer = client.post(
        f"{DOCUMENTS}/delete", json={"ids": ["a", "x", "c", "a", "\n", "\0", "\ud83d"]}
    )
    assert (answer.status_code, answer.json["deleted"]) == (200, 2)
    assert answer.json["missing"] == ["x", "\n", "\0", "?"]
    assert archive.stats().generation == generation + 1
    assert found(client) == {"b"}


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (b"{}", "ids"),
        (b'{"ids": "a"}', "ids"),
        (b'{"ids": [5]}', "ids"),
        (b'{"ids": ["a"], "query": "x"}', "query"),
        (b"[]", None),
        (b'["a"', None),
    ],
)
def test_bad_list_of_ids_is_refused(client: FlaskClient, body: bytes, member: str | None) -> None:
    answer = client.post(f"{DOCUMENTS}/delete", data=body, content_type="application/json")
    assert assert_problem(answer, 400).get("member") == member


# --- who may, and when ----------------------------------------------------------------------------


def test_who_may_not_change_things_changes_nothing(client: FlaskClient) -> None:
    client.put(f"{DOCUMENTS}/a", json=GAS)
    for method, path, data in (
        ("PUT", f"{DOCUMENTS}/b", json.dumps(GAS)),
        ("DELETE", f"{DOCUMENTS}/a", ""),
        ("POST", DOCUMENTS, json.dumps(GAS)),
        ("POST", f"{DOCUMENTS}/delete", '{"ids": ["a"]}'),
    ):
        send: dict[str, Any] = {"data": data, "content_type": "application/json"}
        answer = client.open(path, method=method, environ_overrides=STRANGER, **send)
        assert answer.status_code in (401, 403)
        assert client.open(path, method=method, headers=OTHER_SITE, **send).status_code == 403
    assert found(client) == {"a"}


def test_locked_index_says_when_to_come_again(client: FlaskClient, archive: Archive) -> None:
    client.put(f"{DOCUMENTS}/a", json=GAS)
    with another_writing(archive):
        for answer in (
            client.put(f"{DOCUMENTS}/b", json=GAS),
            client.delete(f"{DOCUMENTS}/a"),
            post(client, lines(GAS)),
        ):
            problem = assert_problem(answer, 503)
            assert (problem["code"], answer.headers["Retry-After"]) == ("index_locked", "2")
            assert "is writing to the index" in problem["detail"]
    assert found(client) == {"a"}


# --- the description ------------------------------------------------------------------------------

OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}
ONE, MANY, DELETE = f"{DOCUMENTS}/{{id}}", DOCUMENTS, f"{DOCUMENTS}/delete"
PUT_GAS: dict[str, Any] = {"json": GAS}
LONG: dict[str, Any] = {"json": {"text": "x" * 21_000}}
PLAIN: dict[str, Any] = {"data": "x", "content_type": "text/plain"}
ASKED: list[tuple[str, str, int, str, dict[str, Any]]] = [
    ("put", ONE, 201, "new", PUT_GAS),
    ("put", ONE, 200, "there", PUT_GAS),
    ("put", ONE, 400, "there", {"json": {"text": 5}}),
    ("put", ONE, 412, "there", {**PUT_GAS, "headers": {"If-None-Match": "*"}}),
    ("put", ONE, 413, "there", LONG),
    ("put", ONE, 415, "there", PLAIN),
    ("delete", ONE, 204, "there", {}),
    ("delete", ONE, 400, "there?x=1", {}),
    ("delete", ONE, 404, "nosuch", {}),
    ("post", MANY, 200, "", {"data": lines(GAS, "{", GAS), "content_type": JSONL}),
    ("post", MANY, 400, "", {"json": {}}),
    ("post", MANY, 413, "", LONG),
    ("post", MANY, 415, "", PLAIN),
    ("post", DELETE, 200, "", {"json": {"ids": ["there", "nosuch"]}}),
    ("post", DELETE, 400, "", {"json": {}}),
    ("post", DELETE, 413, "", LONG),
    ("post", DELETE, 415, "", PLAIN),
]
BODIES = {("put", ONE): PUT_GAS, ("delete", ONE): {}, ("post", MANY): PUT_GAS}
BODIES[("post", DELETE)] = {"json": {"ids": ["there"]}}
ASKED += [
    (*asked, status, "there" if asked[1] == ONE else "", send)
    for asked, send in BODIES.items()
    for status in (401, 403, 500, 503)
]


@pytest.mark.parametrize(("method", "path", "status", "id_", "send"), ASKED)
def test_real_answer_is_as_described(
    openapi: dict[str, Any],
    shared: Archive,
    clients: tuple[FlaskClient, FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    status: int,
    id_: str,
    send: dict[str, Any],
) -> None:
    shared.delete(shared.engine.known())
    shared.put({"id": "there", "text": "Oil."})
    for wrong, error in ((500, ValueError()), (503, IndexDamaged("broken"))):
        if status == wrong:
            monkeypatch.setattr(shared.engine, "write", _raising(error))
    more = {401: {"environ_overrides": STRANGER}, 403: {"headers": OTHER_SITE}}.get(status, {})
    client = clients[status == 401]
    answer = client.open(path.replace("{id}", id_), method=method.upper(), **send, **more)
    assert answer.status_code == status
    described = openapi["paths"][path][method]["responses"][str(status)]
    if status == 204:
        assert "content" not in described
        return
    (kind, content), *_ = described["content"].items()
    assert answer.mimetype == kind
    schema = {**content["schema"], "components": closed(openapi["components"])}
    Draft202012Validator(schema).validate(answer.json)
    for example in [content["example"]] if "example" in content else []:
        Draft202012Validator(schema).validate(example)


def _raising(error: Exception) -> Any:
    def write(articles: Any, gone: Any = ()) -> None:
        raise error

    return write


def test_every_documented_response_is_tried_here(openapi: dict[str, Any]) -> None:
    documented = {
        (method, path, int(status))
        for path, item in openapi["paths"].items()
        for method in ("put", "post", "delete")
        if path in (ONE, MANY, DELETE) and method in item
        for status in item[method]["responses"]
        if int(status) != 429  # test_rate_limit tries it
    }
    assert documented == {(method, path, status) for method, path, status, _, _ in ASKED}


def test_description_of_a_body_has_every_member_and_examples_that_are_taken(
    openapi: dict[str, Any], client: FlaskClient
) -> None:
    put = openapi["paths"][ONE]["put"]["requestBody"]["content"]["application/json"]
    sent = openapi["components"]["schemas"]["SentArticle"]
    assert put["schema"] == {"$ref": "#/components/schemas/SentArticle"}
    assert list(sent["properties"]) == [member.name for member in MEMBERS]
    assert client.put(f"{DOCUMENTS}/a", json=put["example"]).status_code == 201
    for kind, body in openapi["paths"][MANY]["post"]["requestBody"]["content"].items():
        example = body["example"]
        data = example if isinstance(example, str) else json.dumps(example)
        assert post(client, data.encode(), kind).json["failed"] == []
    many = openapi["paths"][DELETE]["post"]["requestBody"]["content"]["application/json"]
    assert client.post(DELETE, json=many["example"]).json["deleted"] == 1
    assert [p["name"] for p in openapi["paths"][ONE]["parameters"]] == ["id"]
