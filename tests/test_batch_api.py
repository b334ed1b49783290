"""Many searches in one request."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from searchapp import address, api
from searchapp.api.batching import LONGEST_BODY, arguments, body_schema
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import BadParameter, Page, Search, SearchTimeout
from searchapp.settings import Settings
from searchapp.web import create_app
from tests.conftest import item

BATCH = "/api/v1/batch"
SEARCH = "/api/v1/search"
SETTINGS = Settings(max_batch=5)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("batch") / "i"
    with Archive(open_engine(folder, SETTINGS, create=True), SETTINGS) as archive:
        archive.engine.write(
            [
                item("a", "Oil", "Oil for Iran.", "2001-01-01", country=["IR"]),
                item("b", "Gas", "Gas for Turkey.", "2001-01-02", country=["TR"]),
                item("c", "Oil and gas", "Oil, gas.", country=["IR", "TR"]),
            ]
        )
        yield archive


def client_of(archive: Archive, settings: Settings = SETTINGS) -> FlaskClient:
    app = Flask("batch")
    api.register(app, archive, settings)
    return app.test_client()


@pytest.fixture
def client(archive: Archive) -> FlaskClient:
    return client_of(archive)


def answers(client: FlaskClient, *searches: Any) -> list[dict[str, Any]]:
    answer = client.post(BATCH, json={"searches": searches})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found: list[dict[str, Any]] = answer.json["answers"]
    return found


SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    (
        {"q": "oil gas", "match": "any", "per_page": 2, "page": 2},
        "q=oil+gas&match=any&per_page=2&page=2",
    ),
    (
        {"country": ["IR", "TR"], "facet_mode": ["country:all"]},
        "country=IR&country=TR&facet_mode=country:all",
    ),
    ({"not_country": ["TR"], "date_from": "2000-01-01"}, "not_country=TR&date_from=2000-01-01"),
    ({"explain": True, "facet_size": 0, "sort": "newest"}, "explain=true&facet_size=0&sort=newest"),
    ({"q": "oil", "per_page": 1.0, "explain": False, "country": []}, "q=oil&per_page=1"),
    ({"q": "ö 🛢 \ud83d"}, "q=%C3%B6+%F0%9F%9B%A2+?"),
]


@pytest.mark.parametrize(("search", "query"), SEARCHES)
def test_each_search_is_answered_as_by_itself(
    client: FlaskClient, search: dict[str, Any], query: str
) -> None:
    (found,) = answers(client, search)
    alone = client.get(f"{SEARCH}?{query}").json
    assert found["status"] == 200
    assert found["body"] | {"took_ms": 0} == alone | {"took_ms": 0}


def test_a_search_that_is_refused_fails_alone(client: FlaskClient) -> None:
    found = answers(client, {"q": "oil"}, {"page": 0}, {"q": "x " * 65}, 5, {"q": "gas"})
    assert [one["status"] for one in found] == [200, 400, 400, 400, 200]
    assert [one["body"].get("code") for one in found[1:4]] == [
        "bad_parameter",
        "query_too_complex",
        "bad_body",
    ]
    assert [one["body"]["pointer"] for one in found[1:4]] == [
        "/searches/1/page",
        "/searches/2/q",
        "/searches/3",
    ]
    assert found[2]["body"]["position"][0] == 128
    assert {one["body"]["instance"] for one in found[1:4]} == {BATCH}
    assert [one["body"]["total"]["value"] for one in (found[0], found[4])] == [2, 2]


@pytest.mark.parametrize(
    ("search", "pointer", "said"),
    [
        ({"per_page": "3"}, "/per_page", "has to be of type integer"),
        ({"per_page": True}, "/per_page", "has to be of type integer"),
        ({"per_page": 1.5}, "/per_page", "has to be of type integer"),
        ({"q": None}, "/q", "has to be of type string"),
        ({"q": ["a"]}, "/q", "has to be of type string"),
        ({"explain": "true"}, "/explain", "has to be of type boolean"),
        ({"country": "IR"}, "/country", "has to be a list"),
        ({"country": ["IR", 7]}, "/country", "has to be of type string, not 7"),
        ({"a/b~c": 1}, "/a~1b~0c", "no such parameter"),
        ({"date_to": "2000-02-30"}, "/date_to", "'2000-02-30'"),
        ({"page": 10**40}, "/page", "not a whole number"),
        ({"page": -1}, "/page", "'-1'"),
    ],
)
def test_a_value_of_another_kind_is_pointed_at(
    client: FlaskClient, search: dict[str, Any], pointer: str, said: str
) -> None:
    (found,) = answers(client, search)
    assert (found["status"], found["body"]["pointer"]) == (400, f"/searches/0{pointer}")
    assert said in found["body"]["detail"]


def posted(
    client: FlaskClient, data: bytes | str, kind: str | None = "application/json"
) -> TestResponse:
    return client.post(BATCH, data=data, content_type=kind)


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ("", "bad_body", ""),
        ("{", "bad_body", ""),
        (b"\xff", "bad_body", ""),
        ("[" * 100_000, "bad_body", ""),
        ("9" * 5000, "bad_body", ""),
        ('{"searches": [{"page": NaN}]}', "bad_body", ""),
        ("[]", "bad_body", ""),
        ("{}", "bad_body", "/searches"),
        ('{"searches": {}}', "bad_body", "/searches"),
        ('{"searches": [], "a/b": 1}', "bad_body", "/a~1b"),
        (json.dumps({"searches": [{}] * 6}), "bad_body", "/searches"),
        ("x" * (LONGEST_BODY + 1), "too_large", None),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(
    client: FlaskClient, data: str, code: str, pointer: str | None
) -> None:
    answer = posted(client, data)
    assert answer.mimetype == "application/problem+json"
    assert (answer.json["code"], answer.json.get("pointer")) == (code, pointer)
    assert answer.status_code == (413 if code == "too_large" else 400)


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (gzip.compress(b'{"searches": []}'), None),
        (gzip.compress(b" " * (LONGEST_BODY + 1)), "too_large"),
        (gzip.compress(b'{"searches": []}')[:-4], "bad_gzip"),
        (b"none", "bad_gzip"),
    ],
    # Not what is packed, which has the time in it: all processes of a run have to agree on names.
    ids=["sound", "too large", "cut off", "no gzip"],
)
def test_a_body_may_be_packed(client: FlaskClient, packed: bytes, code: str | None) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = client.post(BATCH, data=packed, headers=headers)
    assert answer.json.get("code") == code


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(client: FlaskClient, kind: str | None) -> None:
    answer = posted(client, "{}", kind)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


def test_no_search_has_no_answer(client: FlaskClient) -> None:
    assert answers(client) == []


def test_a_batch_takes_no_parameters(client: FlaskClient) -> None:
    answer = client.post(f"{BATCH}?q=oil", json={"searches": []})
    assert (answer.status_code, answer.json["code"]) == (400, "unknown_parameter")


class Busy(Archive):
    """Takes its time, and writes or fails in between."""

    seconds = 0.0
    between: Any = None

    def run(self, what: Search, grouped: bool = False) -> Page:
        page = super().run(what, grouped)
        time.sleep(self.seconds)
        if self.between:
            self.between()
        return page


def test_all_searches_are_of_one_commit(tmp_path: Path) -> None:
    with Busy(open_engine(tmp_path / "i", SETTINGS, create=True), SETTINGS) as archive:
        engine = archive.engine
        engine.write([item("a", body="Oil.")])
        archive.between = lambda: engine.write([item(str(time.time_ns()), body="Oil.")])
        found = answers(client_of(archive), *[{"q": "oil"}] * 3)
        assert [one["body"]["total"]["value"] for one in found] == [1, 1, 1]
        assert archive.search("oil").total == 4


def test_what_a_batch_has_no_time_for_says_so(archive: Archive) -> None:
    settings = replace(SETTINGS, batch_seconds=0.05)
    busy = Busy(archive.engine, settings)
    busy.seconds = 0.1
    first, *rest = answers(client_of(busy, settings), *[{"q": "oil"}] * 3)
    assert first["status"] == 200
    for one in rest:
        assert (one["status"], one["body"]["code"]) == (503, "timeout")
        assert one["body"]["limit"] == "batch_seconds"


def test_a_search_that_takes_too_long_or_fails_is_alone_in_it(archive: Archive) -> None:
    errors = iter([SearchTimeout.of(1), ZeroDivisionError("secret"), None])

    def fail() -> None:
        if error := next(errors):
            raise error

    busy = Busy(archive.engine, SETTINGS)
    busy.between = fail
    late, failed, fine = answers(client_of(busy), {}, {}, {})
    assert (late["body"]["code"], late["body"]["limit"]) == ("timeout", "search_seconds")
    assert (failed["status"], failed["body"]["code"]) == (500, "internal")
    assert "secret" not in json.dumps(failed)
    assert fine["status"] == 200


def test_the_site_takes_a_batch_from_everybody(archive: Archive) -> None:
    client = create_app(archive, replace(SETTINGS, access="open")).test_client()
    answer = client.post(
        BATCH,
        json={"searches": [{"q": "oil"}]},
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
        headers={"Host": "news.example"},
    )
    assert answer.status_code == 200


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["oil", "IR", "any", "newest", "2001-01-01", "person:all", "", "1"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
BODY = Draft202012Validator(
    body_schema(SETTINGS)["properties"]["searches"]["items"],
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


@given(st.sampled_from(address.PARAMETERS), VALUES)
def test_the_description_says_what_is_taken(name: str, value: Any) -> None:
    """An empty text apart, which is as good as none in an address and here."""
    search = {name: value}
    try:
        address.parse(arguments(search, SETTINGS), SETTINGS)
        taken = True
    except BadParameter:
        taken = False
    assert taken == BODY.is_valid(search) or value in ("", [""])
