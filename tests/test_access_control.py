"""Who may do what over HTTP: scopes, keys, this machine, other sites, every address there is."""

from __future__ import annotations

import base64
import datetime
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask, Response
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from searchapp import access, keys, web
from searchapp.access.needs import NEEDS, READS_BY_POST, needed
from searchapp.access.whence import household
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.keys import Key
from searchapp.model import BadSettings
from searchapp.settings import Settings
from tests.editing import shelf

SEARCH = "/api/v1/search"
EDIT_KEY = "a key of sixteen!"
STRANGER = {"REMOTE_ADDR": "192.168.0.7"}
REBOUND = {"HTTP_HOST": "evil.example"}
PROXIED = {"HTTP_X_FORWARDED_FOR": "192.168.0.7"}
NOW = datetime.datetime.now(datetime.UTC)
JSON = {"data": '{"searches": []}', "content_type": "application/json"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with shelf(tmp_path_factory.mktemp("access")) as found:
        yield found


@pytest.fixture(scope="module")
def tokens(archive: Archive) -> dict[str, str]:
    """A token of each scope, and those of a key that has expired and one that was revoked."""
    path = archive.settings.beside("keys")
    made = {scope: keys.create(path, scope, scope, None, NOW)[1] for scope in keys.SCOPES}
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    made["expired"] = keys.create(path, "old", "admin", datetime.date(2001, 2, 1), past)[1]
    key, made["revoked"] = keys.create(path, "gone", "admin", None, NOW)
    keys.revoke(path, key.id)
    return made


def app_of(archive: Archive, **more: Any) -> Flask:
    """The site, with addresses that do nothing but say who may change something."""
    index = archive.settings.index
    settings = Settings(**{"index": index, "rate_limit": "", **more})
    app = web.create_app(archive, settings)
    for rule, endpoint, method in (
        ("/api/v1/change", "api.change", "PUT"),
        ("/api/v1/change", "api.change_by_post", "POST"),
    ):
        app.add_url_rule(rule, endpoint, lambda: Response("done"), methods=[method])
    return app


_apps: dict[tuple[str, str], Flask] = {}
_numbers = itertools.count(1)


def client_of(archive: Archive, **more: Any) -> FlaskClient:
    """A browser on this machine, whose wrong keys are counted for it alone."""
    which = (archive.settings.index, repr(sorted(more.items())))
    if which not in _apps:
        _apps[which] = app_of(archive, **more)
    client = _apps[which].test_client()
    client.environ_base["REMOTE_ADDR"] = f"127.0.{next(_numbers)}.1"
    return client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(password: str) -> dict[str, str]:
    said = base64.b64encode(f"reader:{password}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


# --- every address --------------------------------------------------------------------------------

WHO = {
    "": {"static", "live", "ready", "robots", "favicon"},
    "read": {
        *("sign_in", "language", "results", "facet", "article", "original", "cite", "feed"),
        *("opensearch", "help", "searches", "country", "person", "topic"),
        # The views of these ask for more where it is a page for those who may change something.
        *("corrections", "failures", "failures_csv", "add", "progress", "progress_json"),
        *("api.search", "api.search_csv", "api.search_jsonl", "api.timeline", "api.facet"),
        *("api.similar", "api.suggest", "api.document", "api.openapi", "api.batch", "api.stats"),
        "reference",
    },
    "write": {
        *("correct", "uncorrect", "upload", "add_folder", "add_again", "api.put_document"),
        *("api.delete_document", "api.post_documents", "api.delete_documents"),
    },
    "admin": {"metrics"},
}
"""Scope → the endpoints that need it. Who adds an address decides here who may use it."""


def test_somebody_decided_about_every_address(archive: Archive) -> None:
    """A new address fails here until it is in the table above, by a decision."""
    found: dict[str, set[str]] = {scope: set() for scope in WHO}
    for rule in web.create_app(archive, archive.settings).url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for scope in {needed(rule.endpoint, method) for method in methods}:
            found[scope].add(rule.endpoint)
    assert found == WHO


def test_the_table_of_needs_loosens_nothing_that_changes_something() -> None:
    assert {endpoint for endpoint, scope in NEEDS.items() if scope == ""} == WHO[""]
    assert set(READS_BY_POST) == {"api.batch"}


@pytest.mark.parametrize(
    ("endpoint", "method", "scope"),
    [
        ("api.search", "GET", "read"),
        ("api.search", "HEAD", "read"),
        ("api.search", "OPTIONS", "read"),
        ("api.document", "PUT", "write"),
        ("api.document", "DELETE", "write"),
        ("api.document", "BREW", "write"),
        ("api.batch", "POST", "read"),
        ("metrics", "GET", "admin"),
        ("static", "GET", ""),
        (None, "GET", ""),
    ],
)
def test_what_a_request_needs(endpoint: str | None, method: str, scope: str) -> None:
    assert needed(endpoint, method) == scope


@pytest.mark.parametrize("setting", ["auto", "open", "keys"])
def test_every_address_asks_before_it_answers(archive: Archive, setting: str) -> None:
    """Of strangers without a key, whatever the address."""
    app = app_of(archive, access=setting, rate_limit="1000/second")
    client = app.test_client()
    values = {"id": "gas.txt", "name": "country", "value": "IR", "form": "bibtex", "code": "de"}
    tried = 0
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            built = rule.build({**values, "filename": "favicon.svg"})
            assert built
            asked: dict[str, Any] = {"method": method, "environ_overrides": STRANGER}
            answer = client.open(built[1], buffered=True, **asked)
            scope = needed(rule.endpoint, method)
            is_open = scope == "" or (scope == "read" and setting == "open")
            views_own = {"add", "corrections", "sign_in", "progress", "progress_json"}
            if rule.endpoint in views_own and setting == "open":
                is_open = answer.status_code in (200, 303)
            assert (answer.status_code in (401, 403)) is not is_open, (method, rule.rule)
            tried += 1
    assert tried > 35


# --- scopes ---------------------------------------------------------------------------------------

DONE, ASKS, REFUSES = 200, 401, 403


@pytest.mark.parametrize(
    ("settings", "environ", "token", "reads", "writes", "administers"),
    [
        # On this machine, without a key.
        ({}, {}, "", DONE, DONE, DONE),
        ({"access": "open"}, {}, "", DONE, DONE, DONE),
        ({"access": "keys"}, {}, "", ASKS, ASKS, ASKS),
        ({"edit_key": EDIT_KEY}, {}, "", DONE, ASKS, ASKS),
        ({"editing": "off"}, {}, "", DONE, REFUSES, DONE),
        # From elsewhere, or who knows.
        ({}, STRANGER, "", ASKS, ASKS, ASKS),
        ({}, REBOUND, "", ASKS, ASKS, ASKS),
        ({}, PROXIED, "", ASKS, ASKS, ASKS),
        ({"host": "0.0.0.0"}, {}, "", ASKS, ASKS, ASKS),
        ({"access": "open"}, STRANGER, "", DONE, ASKS, ASKS),
        ({"access": "open"}, REBOUND, "", DONE, ASKS, ASKS),
        ({"access": "open", "host": "0.0.0.0"}, {}, "", DONE, ASKS, ASKS),
        ({"access": "keys"}, STRANGER, "", ASKS, ASKS, ASKS),
        # With a key, from anywhere.
        *(
            (settings, environ, token, reads, writes, administers)
            for settings, environ in itertools.product(
                ({}, {"access": "open"}, {"access": "keys"}, {"edit_key": EDIT_KEY}),
                ({}, STRANGER, REBOUND, PROXIED),
            )
            for token, reads, writes, administers in (
                ("read", DONE, REFUSES, REFUSES),
                ("write", DONE, DONE, REFUSES),
                ("admin", DONE, DONE, DONE),
                ("expired", ASKS, ASKS, ASKS),
                ("revoked", ASKS, ASKS, ASKS),
            )
        ),
        ({"editing": "off"}, STRANGER, "admin", DONE, REFUSES, DONE),
    ],
)
def test_who_may_read_change_and_administer(
    archive: Archive,
    tokens: dict[str, str],
    settings: dict[str, Any],
    environ: dict[str, str],
    token: str,
    reads: int,
    writes: int,
    administers: int,
) -> None:
    client = client_of(archive, **settings)
    send: dict[str, Any] = {"environ_overrides": environ}
    if token:
        send["headers"] = bearer(tokens[token])
    assert client.get(SEARCH, **send).status_code == reads
    assert client.post("/api/v1/batch", **JSON, **send).status_code == reads
    for change in (client.put, client.post):
        assert change("/api/v1/change", **JSON, **send).status_code == writes
    if token not in ("expired", "revoked"):  # which pages take for no key
        found = client.get("/metrics", **send).status_code
        assert (found == DONE) is (administers == DONE)
    for free in ("/health/live", "/health/ready", "/robots.txt", "/static/favicon.svg"):
        assert client.get(free, buffered=True, **send).status_code == 200


def test_a_wrong_key_is_no_key_on_pages(archive: Archive, tokens: dict[str, str]) -> None:
    """A proxy may ask for a password of its own in the same header."""
    client = client_of(archive)
    send: dict[str, Any] = {"headers": basic("somebody else's password")}
    assert client.get("/", **send).status_code == 200
    assert client.get("/", environ_overrides=STRANGER, **send).status_code == 401


# --- what the API says ----------------------------------------------------------------------------


def test_the_api_asks_for_a_bearer_token(archive: Archive, tokens: dict[str, str]) -> None:
    client = client_of(archive, access="keys")
    answer = client.get(SEARCH)
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=searchapp"


@pytest.mark.parametrize("token", ["expired", "revoked", "unknown", "malformed", "equals", "empty"])
def test_a_token_that_is_not_accepted_is_named_as_the_reason(
    archive: Archive, tokens: dict[str, str], token: str
) -> None:
    said = {
        **tokens,
        "unknown": f"searchapp_00000000_{'0' * 64}",
        "malformed": "\xff\x00é",
        "equals": "a=b",
        "empty": "",
    }[token]
    answer = client_of(archive).get(SEARCH, headers={"Authorization": f"Bearer {said}".strip()})
    problem = assert_problem(answer, 401, "unauthorized")
    assert "error=invalid_token" in answer.headers["WWW-Authenticate"].replace('"', "")
    assert ("expired" in problem["detail"]) is (token == "expired")
    assert said not in problem["detail"] or not said


def test_a_scope_that_is_too_small_is_said(archive: Archive, tokens: dict[str, str]) -> None:
    client = client_of(archive)
    answer = client.put("/api/v1/change", headers=bearer(tokens["read"]), **JSON)
    problem = assert_problem(answer, 403, "forbidden")
    assert problem["detail"] == "this takes a key with the scope write, and this one has read"
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert "insufficient_scope" in challenge


@pytest.mark.parametrize(
    "send",
    [
        lambda token: {"query_string": {"api_key": token}},
        lambda token: {"query_string": {"access_token": token}},
        lambda token: {"query_string": {"key": token}},
    ],
)
def test_a_key_in_the_address_is_an_unknown_parameter(
    archive: Archive, tokens: dict[str, str], send: Any
) -> None:
    assert client_of(archive).get(SEARCH, **send(tokens["read"])).status_code == 400
    stranger = client_of(archive).get(SEARCH, environ_overrides=STRANGER, **send(tokens["read"]))
    assert stranger.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        lambda token: {"X-API-Key": token},
        lambda token: {"Authorization": token},
        lambda token: {"Authorization": f"Token {token}"},
        lambda token: {"Authorization": f"Digest {token}"},
        lambda token: {"Authorization": f"Bearer {token}, Bearer {token}"},
        lambda token: {"Authorization": f"Bearer {token} {token}"},
        lambda token: {"Proxy-Authorization": f"Bearer {token}"},
        lambda token: {"Cookie": f"Authorization=Bearer {token}; token={token}"},
    ],
)
def test_a_key_counts_in_its_header_alone(
    archive: Archive, tokens: dict[str, str], headers: Any
) -> None:
    answer = client_of(archive, access="keys").get(SEARCH, headers=headers(tokens["admin"]))
    assert answer.status_code == 401


def test_basic_opens_the_api_to_read_alone(archive: Archive, tokens: dict[str, str]) -> None:
    """Pages that a key opened lead there; a form of another site would come with it, too."""
    client = client_of(archive, access="keys")
    send: dict[str, Any] = {"headers": basic(tokens["admin"])}
    assert client.get(SEARCH, **send).status_code == 200
    assert_problem(client.put("/api/v1/change", **JSON, **send), 401, "unauthorized")


def test_edit_key_is_no_token(archive: Archive, tokens: dict[str, str]) -> None:
    client = client_of(archive, edit_key=EDIT_KEY)
    answer = client.put("/api/v1/change", headers=bearer(EDIT_KEY), **JSON)
    assert_problem(answer, 401, "unauthorized")


def test_many_wrong_tokens_are_slowed_down_and_lock_nobody_out(
    archive: Archive, tokens: dict[str, str]
) -> None:
    client = client_of(archive)
    wrong = bearer(f"searchapp_00000000_{'0' * 64}")
    statuses = [client.get(SEARCH, headers=wrong).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = client.get(SEARCH, headers=wrong)
    assert_problem(answer, 429, "rate_limited")
    assert answer.headers["Retry-After"] == "60"
    assert client.get(SEARCH, headers=bearer(tokens["read"])).status_code == 200
    assert client.get(SEARCH).status_code == 200
    elsewhere = client.get(SEARCH, headers=wrong, environ_overrides=STRANGER)
    assert elsewhere.status_code == 401


def test_an_expired_key_is_no_guess(archive: Archive, tokens: dict[str, str]) -> None:
    client = client_of(archive)
    expired = bearer(tokens["expired"])
    assert {client.get(SEARCH, headers=expired).status_code for _ in range(12)} == {401}


def test_a_damaged_file_of_keys_lets_nobody_in_and_tells_strangers_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with shelf(tmp_path) as archive:
        path = archive.settings.beside("keys")
        token = keys.create(path, "desk", "admin", None, NOW)[1]
        path.write_text("{")
        client = client_of(archive, access="keys")
        answer = client.get(SEARCH, headers=bearer(token))
        assert_problem(answer, 503, "keys_unreadable")
        assert str(path) not in answer.text
        assert client.get(SEARCH).status_code == 401
        page = client.get("/", headers=basic(token))
        assert (page.status_code, str(path) in page.text) == (503, False)
        assert f"{path}: is damaged" in caplog.text


def test_a_key_is_known_and_forgotten_without_a_restart(tmp_path: Path) -> None:
    with shelf(tmp_path) as archive:
        path = archive.settings.beside("keys")
        workers = [client_of(archive, access="keys") for _ in range(2)]
        key, token = keys.create(path, "desk", "read", None, NOW)
        assert [c.get(SEARCH, headers=bearer(token)).status_code for c in workers] == [200] * 2
        keys.revoke(path, key.id)
        assert [c.get(SEARCH, headers=bearer(token)).status_code for c in workers] == [401] * 2


# --- other sites ----------------------------------------------------------------------------------

FORMS = ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]


@pytest.mark.parametrize("kind", [*FORMS, "TEXT/PLAIN", "text/plain; charset=utf-8", None])
def test_a_body_that_a_form_can_send_takes_a_key(
    archive: Archive, tokens: dict[str, str], kind: str | None
) -> None:
    client = client_of(archive)
    send: dict[str, Any] = {"data": '{"id": "x"}', "content_type": kind}
    answer = client.post("/api/v1/change", **send)
    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")
    assert client.post("/api/v1/change", headers=bearer(tokens["write"]), **send).status_code == 200
    chunked = {"environ_overrides": {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}}
    chunked_send: dict[str, Any] = {
        "headers": {"Transfer-Encoding": "chunked"},
        "content_type": kind,
    }
    assert client.post("/api/v1/change", **chunked_send, **chunked).status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_page_of_another_site_changes_nothing_without_a_key(
    archive: Archive, tokens: dict[str, str], headers: dict[str, str]
) -> None:
    client = client_of(archive)
    for send in (JSON, {"content_type": FORMS[0], "data": "x"}, {}):
        answer = client.post("/api/v1/change", headers=headers, **send)
        assert_problem(answer, 403, "forbidden")
    with_key = {**headers, **bearer(tokens["write"])}
    assert client.post("/api/v1/change", headers=with_key, **JSON).status_code == 200
    ours = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/change", headers=ours, **JSON).status_code == 200


def test_nothing_without_a_body_needs_no_media_type(archive: Archive) -> None:
    client = client_of(archive)
    assert client.post("/api/v1/change").status_code == 200
    assert client.put("/api/v1/change", content_length=0).status_code == 200


def test_a_name_that_was_made_to_lead_here_opens_nothing(archive: Archive) -> None:
    """DNS rebinding: the browser takes the page of evil.example for one of ours."""
    client = client_of(archive)
    own = {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    for answer in (
        client.put("/api/v1/change", headers=own, environ_overrides=REBOUND, **JSON),
        client.get(SEARCH, headers=own, environ_overrides=REBOUND),
    ):
        assert_problem(answer, 401, "unauthorized")
    assert client.get("/", headers=own, environ_overrides=REBOUND).status_code in (401, 403)


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["auto", "keys"])
def test_pages_ask_for_a_key_as_password(
    archive: Archive, tokens: dict[str, str], setting: str
) -> None:
    client = client_of(archive, access=setting)
    for path in ("/", "/article/gas.txt", "/feed.atom", "/failures.csv", "/nosuch"):
        asked = client.get(path, environ_overrides=STRANGER)
        assert asked.status_code == (404 if path == "/nosuch" else 401)
        if path != "/nosuch":
            challenge = asked.headers["WWW-Authenticate"].replace('"', "")
            assert challenge == "Basic realm=searchapp, charset=UTF-8"
            assert "Khatami" not in asked.text
        send: dict[str, Any] = {"headers": basic(tokens["read"]), "environ_overrides": STRANGER}
        assert client.get(path, **send).status_code == (404 if path == "/nosuch" else 200)


def test_where_no_key_would_help_none_is_asked_for(tmp_path: Path) -> None:
    with shelf(tmp_path) as archive:
        answer = client_of(archive).get("/", environ_overrides=STRANGER)
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers
        assert "cannot be read from here" in answer.text


@pytest.mark.parametrize(
    ("token", "forms", "folders"),
    [("read", False, False), ("write", True, False), ("admin", True, True)],
)
def test_a_key_lets_its_holder_correct_and_upload(
    archive: Archive, tokens: dict[str, str], token: str, forms: bool, folders: bool
) -> None:
    client = client_of(archive, access="keys")
    send: dict[str, Any] = {"headers": basic(tokens[token]), "environ_overrides": STRANGER}
    page = client.get("/article/gas.txt", **send).text
    assert ("/correct" in page) is forms
    assert ("/sign-in" in page) is not forms
    add = client.get("/add", **send)
    assert add.status_code == (200 if forms else 401)
    assert ("/add/folder" in add.text) is folders
    assert client.post("/add/folder", **send).status_code == (403 if forms else 401)
    if forms:
        csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
        change = {"facet": "country", "value": "BE", "action": "not", "csrf": csrf}
        answer = client.post("/article/gas.txt/correct", data=change, **send)
        assert answer.status_code == 303


def test_edit_key_reads_and_changes_where_all_need_a_key(archive: Archive) -> None:
    client = client_of(archive, access="keys", edit_key=EDIT_KEY)
    assert client.get("/").status_code == 401
    assert client.get("/", headers=basic(EDIT_KEY)).status_code == 200
    add = client.get("/add", headers=basic(EDIT_KEY))
    assert (add.status_code, "/add/folder" in add.text) == (200, False)


def test_a_key_of_too_small_a_scope_is_told_so(archive: Archive, tokens: dict[str, str]) -> None:
    answer = client_of(archive).get("/metrics", headers=bearer(tokens["write"]))
    assert answer.status_code == 403
    assert "larger scope" in answer.text


# --- before a server starts -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machine_alone_needs_no_decision(host: str) -> None:
    access.require_decision(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "news.example", ""])
def test_to_serve_others_somebody_must_decide(host: str) -> None:
    with pytest.raises(BadSettings, match=r"--access open.*\n.*--access keys"):
        access.require_decision(Settings(host=host))
    for decided in ("open", "keys"):
        access.require_decision(Settings(host=host, access=decided))


def test_serve_refuses_and_says_how_to_decide(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "gas.txt").write_text("Gas talks\n\nThey spoke of gas.\n")
    index = tmp_path / "index"
    command = ["serve", str(news), "--index", str(index), "--host", "0.0.0.0"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "searchapp keys create" in result.stderr
    assert not index.exists()


def test_who_needs_a_key_that_is_not_there_is_told_how_to_make_one(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path / "index"), access="keys")
    assert "searchapp keys create" in access.advice(settings)
    assert access.advice(Settings(index=settings.index)) == ""
    keys.create(settings.beside("keys"), "desk", "read", None, NOW)
    assert access.advice(settings) == ""


# --- counting and describing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.168.0.7", "192.168.0.7"),
        ("::ffff:192.168.0.7", "192.168.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_subscriber_is_counted_as_one(address: str, counted: str) -> None:
    assert household(address) == counted


def test_every_operation_says_who_may_and_what_is_answered_else(
    archive: Archive, tokens: dict[str, str]
) -> None:
    client = client_of(archive, access="keys")
    openapi: Any = client.get("/api/openapi.json", headers=bearer(tokens["read"])).json
    assert openapi["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    operations = [
        o
        for item in openapi["paths"].values()
        for m, o in item.items()
        if m in ("get", "put", "post", "delete")
    ]
    assert len(operations) >= 9
    schema = {"$ref": "#/components/schemas/Problem", "components": openapi["components"]}
    for operation in operations:
        assert {"bearer": []} in operation["security"]
        assert {"401", "403", "429"} <= set(operation["responses"])
        for status in ("401", "403", "429"):
            content = operation["responses"][status]["content"]["application/problem+json"]
            Draft202012Validator(schema).validate(content["example"])
    Draft202012Validator(schema).validate(client.get(SEARCH).json)


def test_no_hash_is_in_what_is_said_of_a_sender() -> None:
    key = Key("0123abcd", "desk", "read", NOW, None, "a" * 64)
    assert "a" * 64 not in repr(access.Sender("read", access.Why.KEY, key))
