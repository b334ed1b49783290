"""The log: what a line says, what it never says, and that nobody can forge one."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from searchapp import logs, web
from searchapp.settings import Settings
from tests.editing import shelf

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) \[([\w.-]+)\] (.*)")


@contextmanager
def logging_as(settings: Settings) -> Iterator[io.StringIO]:
    """Everything that is logged inside, as a server with `settings` writes it."""
    root, access = logging.getLogger(), logging.getLogger(logs.ACCESS)
    before = root.handlers[:], root.level, access.level
    stream = io.StringIO()
    logs.set_up(settings, stream)
    try:
        yield stream
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        access.setLevel(before[2])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with shelf(tmp_path_factory.mktemp("logged")) as archive:
        app = web.create_app(archive, archive.settings)

        def known() -> str:
            g.key_id = "k7"
            return "known"

        def broken() -> str:
            raise ValueError("what was sent:\n2026-01-01T00:00:00.000Z INFO [forged] \x1b[31m")

        app.add_url_rule("/known", "known", known)
        app.add_url_rule("/api/v1/broken", "api.broken", broken)
        app.add_url_rule("/broken", "broken", broken)
        yield app


def lines(app: Flask, path: str, headers: Any = None, **more: Any) -> list[dict[str, Any]]:
    """What JSON says of a request."""
    settings = Settings(log_format="json", **more)
    app.wsgi_app = replace(app.wsgi_app, settings=settings)  # type: ignore[type-var]
    with logging_as(settings) as stream:
        app.test_client().get(path, headers=headers, buffered=True)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_request_is_a_line_without_what_was_asked(app: Flask) -> None:
    (line,) = lines(app, "/api/v1/search?q=secret+words")
    assert "secret" not in json.dumps(line)
    assert re.fullmatch(r"[0-9a-f]{16}", line.pop("request_id"))
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("ms") > 0
    assert line.pop("bytes") > 100
    assert line.pop("process") > 0
    assert line == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "path": "/api/v1/search",
        "route": "/api/v1/search",
        "status": 200,
        "client": "127.0.0.1",
    }


def test_query_is_in_the_log_where_it_is_asked_for(app: Flask) -> None:
    (line,) = lines(app, "/?q=gas&page=2", log_queries=True)
    assert line["query"] == "q=gas&page=2"


def test_key_of_a_request_is_named(app: Flask) -> None:
    (line,) = lines(app, "/known")
    assert (line["key"], line["status"]) == ("k7", 200)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2_3", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a\x1b", False),
        ('a"b', False),
        ("é", False),
    ],
)
def test_id_is_taken_where_it_is_sane_and_returned(app: Flask, given: str, kept: bool) -> None:
    answer = app.test_client().get("/health/live", headers={"X-Request-ID": given})
    assert len(answer.headers.getlist("X-Request-ID")) == 1
    returned = answer.headers["X-Request-ID"]
    assert logs.SANE_ID.fullmatch(returned)
    assert (returned == given) is kept


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_health_is_in_no_log_unless_all_is(app: Flask, path: str) -> None:
    assert lines(app, path) == []
    assert [line["path"] for line in lines(app, path, access_log="all")] == [path]


@pytest.mark.parametrize(
    ("more", "logged"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"log_format": "json"}, True),
        ({"access_log": "on"}, True),
        ({"access_log": "off", "log_format": "json", "host": "0.0.0.0"}, False),
    ],
)
def test_requests_are_logged_where_others_are_served_or_it_is_asked_for(
    app: Flask, more: dict[str, str], logged: bool
) -> None:
    with logging_as(Settings(**more)) as stream:  # type: ignore[arg-type]
        app.test_client().get("/help", buffered=True)
    assert bool(stream.getvalue()) is logged


def test_unexpected_error_is_logged_with_its_id_and_the_answer_names_it(app: Flask) -> None:
    with logging_as(Settings(log_format="json", access_log="off")) as stream:
        answer = app.test_client().get("/broken", headers={"X-Request-ID": "mine"})
    assert answer.status_code == 500
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["request_id"], line["level"]) == ("mine", "error")
    assert line["exception"].startswith("Traceback")
    assert "ValueError: what was sent" in line["exception"]


def test_error_of_the_api_names_the_id(app: Flask) -> None:
    from searchapp.api.problems import failed

    with logging_as(Settings()) as stream, app.test_request_context("/api/v1/search"):
        logs.begin("mine")
        problem = failed(ZeroDivisionError("x")).json
    assert problem["request_id"] == "mine"
    assert "[mine]" in stream.getvalue()


def test_no_line_can_be_forged(app: Flask) -> None:
    with logging_as(Settings(access_log="off")) as stream:
        app.test_client().get("/broken", headers={"X-Request-ID": "mine"})
    said = stream.getvalue().splitlines()
    assert [LINE.fullmatch(line)[2] for line in said if LINE.fullmatch(line)] == ["mine"]  # type: ignore[index]
    assert all(line.startswith("    ") for line in said[1:])
    assert "[forged] \\x1b[31m" in stream.getvalue()


@given(st.text(st.characters(), max_size=50), st.sampled_from(["text", "json"]))
def test_any_text_stays_in_its_line(text: str, form: str) -> None:
    with logging_as(Settings(log_format=form)) as stream:
        logging.getLogger("searchapp.test").error("%s", text)
    said = stream.getvalue()
    assert said.endswith("\n")
    assert said.replace("\n", "").isprintable()
    if form == "json":
        assert json.loads(said)["message"] == text
    else:
        first, *more = said[:-1].split("\n")
        assert LINE.fullmatch(first)
        assert all(line.startswith("    ") for line in more)


@pytest.mark.parametrize("path", ["/%0aINFO", "/%1b[31m", "/%e2%80%ae", "/article/%0d%0a%00"])
def test_path_is_logged_as_it_was_sent(app: Flask, path: str) -> None:
    (line,) = lines(app, path)
    assert line["path"].lower() == path.lower().replace("[", "%5b")


def test_line_as_text(app: Flask) -> None:
    with logging_as(Settings(access_log="on")) as stream:
        app.test_client().get("/known?q=x", headers={"X-Request-ID": "mine"}, buffered=True)
    found = LINE.fullmatch(stream.getvalue()[:-1])
    assert found
    assert re.fullmatch(r"GET /known 200 [\d.]+ ms 5 bytes 127\.0\.0\.1 key k7", found[3])
    assert (found[1], found[2]) == ("INFO", "mine")


def test_nothing_is_set_up_until_something_is_served() -> None:
    import subprocess
    import sys

    program = "import logging, searchapp.web, searchapp.logs; print(logging.getLogger().handlers)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
