"""Problems of the API: which code each has, and where in the query or the body it points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import TooManyRequests

from searchapp import api, query
from searchapp.api.problems import CODES
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import (
    BadQuery,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexProblem,
    NoIndex,
    SearchTimeout,
)
from searchapp.settings import Settings
from tests.conftest import item

ROOT = Path(__file__).parent.parent
SEARCH = "/api/v1/search"
LIMITED = Settings(
    max_query_chars=60,
    max_query_clauses=3,
    max_query_depth=2,
    max_expansions=2,
    max_filters=2,
    max_depth=20,
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("problems") / "i"
    with Archive(open_engine(folder, LIMITED, create=True), LIMITED) as archive:
        archive.engine.write(
            [item(f"a{n}", body=f"Oil pipe{letter} gas.") for n, letter in enumerate("abcd")]
        )
        yield archive


@pytest.fixture(scope="module")
def client(archive: Archive) -> FlaskClient:
    app = Flask("problems")
    api.register(app, archive, LIMITED)
    return app.test_client()


def asked(client: FlaskClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get(SEARCH, query_string=parameters)
    assert answer.mimetype == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json
    assert problem["type"] == "about:blank"
    assert CODES[problem["code"]][0] == problem["status"] == answer.status_code
    return problem


@pytest.mark.parametrize(
    ("parameters", "code", "parameter", "value"),
    [
        ({"qq": "x"}, "unknown_parameter", "qq", None),
        ({"page": "two"}, "bad_parameter", "page", "two"),
        ({"sort": "best"}, "bad_parameter", "sort", "best"),
        ({"facet_mode": ["person:all", "town:all"]}, "bad_parameter", "facet_mode", "town:all"),
        ({"q": ["a", "b"]}, "bad_parameter", "q", None),
        ({"date_from": "2001-02-03", "date_to": "2000-01-01"}, *("bad_parameter", "date_from"),
         "2001-02-03"),
        ({"date_to": "x" * 5000}, "bad_parameter", "date_to", "x" * 200),
        ({"cursor": "x"}, "bad_cursor", "cursor", "x"),
        ({"page": "5"}, "page_too_deep", "page", "5"),
        ({"country": ["IR", "RU"], "not_person": "A B"}, "too_many_filters", "country", None),
    ],
)  # fmt: skip
def test_a_parameter_at_fault_has_its_code_and_value(
    client: FlaskClient, parameters: dict[str, Any], code: str, parameter: str, value: str | None
) -> None:
    problem = asked(client, **parameters)
    assert (problem["code"], problem["parameter"]) == (code, parameter)
    assert problem.get("value") == value


@pytest.mark.parametrize(
    ("q", "code", "at_fault"),
    [
        ("o" * 59 + "i🛢l", "query_too_long", "🛢l"),
        ("oil gas title:price talks oil", "query_too_complex", "talks oil"),
        ("oil gas “price cap” title:talks x", "query_too_complex", "title:talks x"),
        ("oil NOT gas (price -talks)", "query_too_complex", "talks)"),
        ("🛢 ((((oil))))", "query_too_complex", "(oil))))"),
        ("(title:(title:oil))", "query_too_complex", "title:oil))"),
        ("gas “oil” PIPE*", "query_too_broad", "PIPE*"),
        ("gas pipe?", None, ""),
        ("gas p?pe* oil", "query_too_broad", "p?pe*"),
        ("title:oil OR pípea~2", "query_too_broad", "pípea~2"),
        ("gas pipe~7 oil", "query_too_loose", "pipe~7"),
        ('gas "oil price"~99', "query_too_loose", '"oil price"~99'),
    ],
)
def test_a_query_at_fault_says_where(
    client: FlaskClient, q: str, code: str | None, at_fault: str
) -> None:
    if code is None:
        assert client.get(SEARCH, query_string={"q": q}).status_code == 200
        return
    problem = asked(client, q=q)
    assert (problem["code"], problem["parameter"]) == (code, "q")
    start, end = problem["position"]
    assert q[start:end] == at_fault


PIECES = st.sampled_from(["oil", "(", ")", '"', "“", " ", "-", "title:", "date:", "~9", "*", "🛢"])


@given(st.lists(PIECES, min_size=1, max_size=40).map("".join))
def test_a_position_is_within_the_query(q: str) -> None:
    start, end = position(q)
    assert 0 <= start < end <= len(q)


def position(q: str) -> tuple[int, int]:
    """Where a query is at fault; all of it where it is not."""
    try:
        query.parse(q, "all", LIMITED)
    except BadQuery as problem:
        return problem.span or (-1, -1)
    return 0, len(q)


@pytest.mark.parametrize(
    ("error", "code", "limit", "seconds"),
    [
        (SearchTimeout.of(1), "timeout", "search_seconds", "10"),
        (NoIndex("none"), "no_index", None, "30"),
        (IndexMismatch("old"), "index_mismatch", None, "30"),
        (IndexDamaged("broken"), "index_damaged", None, "30"),
        (IndexLocked("busy"), "index_locked", None, "2"),
        (IndexProblem("odd"), "index_damaged", None, "30"),
    ],
)
def test_what_cannot_be_done_now_says_when_to_come_back(
    error: Exception, code: str, limit: str | None, seconds: str
) -> None:
    answer = client_that_raises(error).get(SEARCH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, seconds)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json["code"], answer.json.get("limit")) == (code, limit)


def client_that_raises(error: Exception) -> FlaskClient:
    class Broken:
        def state(self) -> str:
            raise error

    app = Flask("broken")
    api.register(app, Broken(), Settings())  # type: ignore[arg-type]
    return app.test_client()


def test_a_refusal_of_another_part_keeps_its_headers() -> None:
    answer = client_that_raises(TooManyRequests("slow down", retry_after=7)).get(SEARCH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert (answer.json["code"], answer.json["detail"]) == ("rate_limited", "slow down")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v2", "not_found"),
        ("GET", "/api/v1/documents/nosuch", "no_such_article"),
        ("GET", "/api/v1/documents/nosuch/similar", "no_such_article"),
        ("GET", "/api/v1/facets/colour", "no_such_facet"),
        ("BREW", SEARCH, "method_not_allowed"),
        ("GET", "/api/v1/batch", "method_not_allowed"),
    ],
)
def test_what_is_not_there_has_its_code(
    client: FlaskClient, method: str, path: str, code: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.json["code"] == code
    assert answer.status_code == CODES[code][0]


READ = [
    *(SEARCH, f"{SEARCH}.csv", f"{SEARCH}.jsonl", "/api/v1/timeline", "/api/v1/suggest?q=oi"),
    *("/api/v1/facets/country", "/api/v1/documents/a0", "/api/v1/documents/a0/similar"),
    *("/api/v1/stats", "/api/openapi.json"),
]


@pytest.mark.parametrize("path", READ)
def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "ETag", "Link", "Cache-Control", "Vary"):
        assert head.headers.get(name) == got.headers.get(name)
    assert client.head(f"{path.partition('?')[0]}?nosuch=1").status_code in (200, 400)


@pytest.mark.parametrize("path", READ)
def test_options_has_the_methods(client: FlaskClient, path: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "HEAD", "OPTIONS"}


def test_options_of_a_batch_has_its_method(client: FlaskClient) -> None:
    assert set(client.options("/api/v1/batch").headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_the_manual_and_the_description_list_every_code(client: FlaskClient) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9]{3}) \| `([a-z0-9_]+)` \|", text, re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {
        code: status for code, (status, _) in CODES.items()
    }
    schema = client.get("/api/openapi.json").json["components"]["schemas"]["Problem"]
    assert schema["properties"]["code"]["enum"] == list(CODES)
