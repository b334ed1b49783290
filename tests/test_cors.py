"""Which pages of other sites may call the API from a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from searchapp import web
from searchapp.archive import Archive
from searchapp.model import BadSettings
from searchapp.settings import Settings, load
from tests.editing import shelf

SEARCH = "/api/v1/search"
APP = "https://app.example"
STRANGER = {"REMOTE_ADDR": "192.168.0.7"}
ASKS = {"Origin": APP, "Access-Control-Request-Method": "PUT"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with shelf(tmp_path_factory.mktemp("cors")) as found:
        yield found


def client_of(archive: Archive, *origins: str, **more: Any) -> FlaskClient:
    settings = Settings(index=archive.settings.index, cors_origins=origins, **more)
    return web.create_app(archive, settings).test_client()


def granted(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers if name.startswith("Access-Control-")}


def test_nobody_may_unless_it_is_said(archive: Archive) -> None:
    client = client_of(archive)
    for method, headers in (("GET", {"Origin": APP}), ("OPTIONS", ASKS)):
        answer = client.open(SEARCH, method=method, headers=headers)
        assert granted(answer.headers) == {}
        assert "Origin" not in answer.vary


def test_a_site_of_the_list_may_and_reads_what_it_needs(archive: Archive) -> None:
    answer = client_of(archive, "https://a.example", APP).get(SEARCH, headers={"Origin": APP})
    assert answer.status_code == 200
    assert granted(answer.headers) == {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Expose-Headers": "ETag, Link, Retry-After, X-Request-ID",
    }
    assert "Origin" in answer.vary


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.example",
        "https://app.example:444",
        "https://app.example.evil.example",
        "https://evilapp.example",
        "https://app_example",
        "https://APP.EXAMPLE",
        "https://app.example, https://evil.example",
        "null",
        "",
        "*",
    ],
)
def test_no_other_site_may(archive: Archive, origin: str) -> None:
    client = client_of(archive, APP)
    for method, headers in (
        ("GET", {"Origin": origin}),
        ("OPTIONS", {**ASKS, "Origin": origin}),
    ):
        answer = client.open(SEARCH, method=method, headers=headers)
        assert granted(answer.headers) == {}
        assert "Origin" in answer.vary  # so that no cache gives it to another site


def test_everybody_may_where_it_is_said_and_never_with_credentials(archive: Archive) -> None:
    client = client_of(archive, "*")
    for method in ("GET", "OPTIONS"):
        answer = client.open(SEARCH, method=method, headers={**ASKS, "Origin": "https://x.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" not in answer.vary


def test_a_browser_asks_without_a_key_and_is_not_counted(archive: Archive) -> None:
    client = client_of(archive, APP, access="keys", rate_limit="1/hour")
    asked: dict[str, Any] = {"headers": ASKS, "environ_overrides": STRANGER}
    for path in (SEARCH, "/api/v1/documents/gas.txt", "/api/v1/documents/gas.txt"):
        answer = client.options(path, **asked)
        assert (answer.status_code, answer.data) == (204, b"")
        allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"Authorization", "Content-Type"} <= set(allowed)
        assert {"PUT", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    # What is no such question is a request like any other.
    plain = client.options(SEARCH, headers={"Origin": APP}, environ_overrides=STRANGER)
    assert plain.status_code == 401


def test_a_page_can_read_why_it_was_refused(archive: Archive) -> None:
    client = client_of(archive, APP, access="keys", rate_limit="")
    answer = client.get(SEARCH, headers={"Origin": APP})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert client.get("/api/nosuch", headers={"Origin": APP}).headers["Access-Control-Allow-Origin"]


def test_pages_are_for_no_other_site(archive: Archive) -> None:
    client = client_of(archive, "*")
    for path in ("/", "/article/gas.txt", "/health/live", "/apis"):
        for method in ("GET", "OPTIONS"):
            assert granted(client.open(path, method=method, headers=ASKS).headers) == {}


def test_a_site_of_the_list_changes_nothing_without_a_key(archive: Archive) -> None:
    client = client_of(archive, APP)
    app = client.application
    app.add_url_rule("/api/v1/change", "api.change", lambda: "done", methods=["PUT"])
    body: dict[str, Any] = {"data": "{}", "content_type": "application/json"}
    answer = client.put("/api/v1/change", headers={"Origin": APP}, **body)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


# --- the setting ----------------------------------------------------------------------------------


def test_origins_are_a_list_in_the_file_and_words_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "searchapp.toml").write_text(
        'cors_origins = ["https://a.example", "http://[::1]:8"]'
    )
    assert load({}, folder=tmp_path).cors_origins == ("https://a.example", "http://[::1]:8")
    environ = {"SEARCHAPP_CORS_ORIGINS": f"{APP} https://b.example:8443"}
    assert load(environ, folder=tmp_path).cors_origins == (APP, "https://b.example:8443")
    (tmp_path / "searchapp.toml").write_text('cors_origins = "*"')
    assert load({}, folder=tmp_path).cors_origins == ("*",)


@pytest.mark.parametrize(
    "origins",
    [
        '["https://a.example/"]',
        '["https://A.example"]',
        '["a.example"]',
        '["https://*.example"]',
        '["null"]',
        '[""]',
        "[1]",
        "1",
        "true",
    ],
)
def test_what_is_no_origin_is_named(tmp_path: Path, origins: str) -> None:
    (tmp_path / "searchapp.toml").write_text(f"cors_origins = {origins}")
    with pytest.raises(BadSettings, match="cors_origins: "):
        load({}, folder=tmp_path)
