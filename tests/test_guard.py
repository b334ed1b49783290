"""Who may change things from the pages, and from which forms."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from searchapp.access import whence
from searchapp.access.needs import READS_BY_POST, SAFE
from searchapp.access.tries import Tries
from searchapp.archive import Archive
from searchapp.settings import Settings
from searchapp.web import guard, sessions
from tests.editing import Browser, browser_of, shelf
from tests.serving import serving

KEY = "a key of sixteen!"
CORRECTION = {"facet": "country", "value": "IR", "action": "not"}
CORRECT = "/article/gas.txt/correct"
LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "SERVER_PROTOCOL": "HTTP/1.1"}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with shelf(tmp_path) as found:
        yield found


def with_key(key: str, user: str = "reader") -> dict[str, str]:
    said = base64.b64encode(f"{user}:{key}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


def countries(archive: Archive, id_: str = "gas.txt") -> set[str]:
    return {tag.value for tag in archive.article(id_).tags.country}


# --- where a request comes from -------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "[::1]"])
@pytest.mark.parametrize("port", ["", ":8000"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_request_of_this_machine_is_local(host: str, port: str, address: str) -> None:
    environ = {**LOCAL, "HTTP_HOST": host + port, "REMOTE_ADDR": address}
    assert whence.is_local(environ, "127.0.0.1")


@pytest.mark.parametrize(
    "more",
    [
        {"REMOTE_ADDR": "192.168.0.7"},
        {"REMOTE_ADDR": "::ffff:192.168.0.7"},
        {"REMOTE_ADDR": "fe80::1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "localhost"},  # what waitress says of a socket that is a file
        {"HTTP_HOST": ""},
        {"HTTP_HOST": "news.example"},
        {"HTTP_HOST": "localhost.news.example"},
        {"HTTP_HOST": "127.0.0.1.news.example"},
        {"HTTP_HOST": "news.example:127.0.0.1"},
        {"HTTP_HOST": "localhost@news.example"},
        {"HTTP_HOST": "localhost, news.example"},
        {"HTTP_HOST": "128.0.0.1"},
        {"HTTP_HOST": "0.0.0.0:8000"},
        {"HTTP_HOST": "2130706433"},
        {"HTTP_HOST": "[::2]"},
        {"HTTP_HOST": "localhost\n"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": ""},
        {"HTTP_X_FORWARDED_HOST": "localhost"},
        {"HTTP_X_FORWARDED_ANYTHING": "1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_CF_CONNECTING_IP": "127.0.0.1"},
        {"SERVER_PROTOCOL": "HTTP/1.0"},
    ],
)
def test_request_that_may_be_of_another_machine_is_not_local(more: dict[str, str]) -> None:
    assert whence.is_local(LOCAL, "127.0.0.1")
    assert not whence.is_local({**LOCAL, **more}, "127.0.0.1")


@pytest.mark.parametrize("listens", ["localhost", "127.0.0.2", "::1"])
def test_server_of_this_machine_has_any_loopback_address(listens: str) -> None:
    assert whence.is_local(LOCAL, listens)


@pytest.mark.parametrize("listens", ["0.0.0.0", "::", "192.168.0.2", "news.example", ""])
def test_nobody_is_local_to_a_server_that_others_reach(listens: str) -> None:
    assert not whence.is_local(LOCAL, listens)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": "https://127.0.0.1:8000"}, True),
        ({"Origin": "http://127.0.0.1:9000"}, False),
        ({"Origin": "http://127.0.0.1"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, False),
    ],
)
def test_page_that_a_form_comes_from(headers: dict[str, str], ours: bool) -> None:
    assert whence.is_from_our_page(Headers(headers), "127.0.0.1:8000") is ours


# --- who may change -------------------------------------------------------------------------------

ALLOWED, SIGN_IN, FORBIDDEN = 303, 401, 403
STRANGER = {"REMOTE_ADDR": "192.168.0.7"}
PROXIED = {"HTTP_X_FORWARDED_FOR": "192.168.0.7"}


@pytest.mark.parametrize(
    ("settings", "environ", "key", "status"),
    [
        ({}, {}, "", ALLOWED),
        ({}, STRANGER, "", FORBIDDEN),
        ({}, PROXIED, "", FORBIDDEN),
        ({}, {"HTTP_HOST": "evil.example"}, "", FORBIDDEN),
        ({"host": "0.0.0.0"}, {}, "", FORBIDDEN),
        ({"editing": "off"}, {}, "", FORBIDDEN),
        ({"editing": "off", "edit_key": KEY}, {}, KEY, FORBIDDEN),
        ({"edit_key": KEY}, {}, "", SIGN_IN),
        ({"edit_key": KEY}, {}, KEY, ALLOWED),
        ({"edit_key": KEY}, STRANGER, "", SIGN_IN),
        ({"edit_key": KEY}, STRANGER, KEY, ALLOWED),
        ({"edit_key": KEY}, STRANGER, KEY + "!", SIGN_IN),
        ({"edit_key": KEY}, STRANGER, KEY[:-1], SIGN_IN),
        ({"edit_key": KEY}, STRANGER, KEY.upper(), SIGN_IN),
        ({"edit_key": KEY}, {"HTTP_HOST": "news.example"}, KEY, ALLOWED),
        ({"edit_key": KEY, "host": "0.0.0.0"}, PROXIED, KEY, ALLOWED),
    ],
)
def test_who_may_change_something(
    tmp_path: Path, settings: dict[str, Any], environ: dict[str, str], key: str, status: int
) -> None:
    with shelf(tmp_path, access="open", **settings) as archive:
        browser = browser_of(archive)
        send: dict[str, Any] = {"environ_overrides": environ}
        if key:
            send["headers"] = with_key(key)
        page = browser.get("/article/gas.txt", **send)
        assert page.status_code == 200
        assert ("/correct" in page.text) is (status == ALLOWED)
        answer = browser.post(CORRECT, CORRECTION, **send)
        assert answer.status_code == status
        assert ("IR" in countries(archive)) is (status != ALLOWED)
        if status == SIGN_IN:
            assert answer.headers["WWW-Authenticate"].startswith(
                'Basic realm="changes in searchapp"'
            )
        if status == FORBIDDEN:
            assert "edit_key" in answer.text
            assert browser.get("/add", **send).status_code == FORBIDDEN
            assert browser.get("/corrections", **send).status_code == FORBIDDEN


def test_key_counts_in_its_header_alone(tmp_path: Path) -> None:
    with shelf(tmp_path, edit_key=KEY) as archive:
        client = browser_of(archive).client
        client.set_cookie("edit_key", KEY)
        assert client.get(f"/failures?find={KEY}").status_code == 200
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert client.get("/add", headers=bearer).status_code == 401
        assert client.get("/add", headers={"Authorization": "Basic ?"}).status_code == 401
        assert client.get("/add", headers=with_key(KEY, "")).status_code == 200


def test_many_wrong_keys_close_the_door_for_a_while(tmp_path: Path) -> None:
    with shelf(tmp_path, edit_key=KEY) as archive:
        client = browser_of(archive).client
        wrong = [client.get("/add", headers=with_key("x" * 16)).status_code for _ in range(12)]
        assert wrong == [401] * 10 + [429] * 2
        answer = client.get("/add", headers=with_key(KEY))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        others = client.get("/add", headers=with_key(KEY), environ_overrides=STRANGER)
        assert others.status_code == 200
        assert client.get("/?q=gas", headers=with_key("x")).status_code == 200


def test_tries_are_forgotten_after_a_minute_and_kept_of_few_addresses() -> None:
    tries = Tries(most=2, seconds=60, addresses=3)
    tries.count("a", 0)
    tries.count("a", 30)
    assert tries.are_too_many("a", 59)
    assert not tries.are_too_many("a", 60)
    for address in "bcd":
        tries.count(address, 100)
        tries.count(address, 100)
    assert not tries.are_too_many("a", 100)
    assert tries.are_too_many("d", 100)


@pytest.mark.parametrize(
    ("next_", "to"),
    [
        ("/add", "/add"),
        ("/?q=gas&country=IR", "/?q=gas&country=IR"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_back_to_a_page_of_ours(tmp_path: Path, next_: str, to: str) -> None:
    with shelf(tmp_path, {}, edit_key=KEY) as archive:
        client = browser_of(archive).client
        assert client.get("/sign-in").status_code == 401
        query = {"next": next_}
        answer = client.get("/sign-in", query_string=query, headers=with_key(KEY))
        assert (answer.status_code, answer.headers["Location"]) == (303, to)


def test_article_leads_to_the_key_and_back(tmp_path: Path) -> None:
    with shelf(tmp_path, edit_key=KEY) as archive:
        client = browser_of(archive).client
        overrides = {"SCRIPT_NAME": "/news"}
        page = client.get("/article/gas.txt?q=gas+%26+oil", environ_overrides=overrides).text
        link = re.search(r'href="/news(/sign-in[^"]+)"', page)
        assert link
        send: dict[str, Any] = {"headers": with_key(KEY), "environ_overrides": overrides}
        answer = client.get(unescape(link[1]), **send)
        assert answer.headers["Location"] == "/news/article/gas.txt?q=gas+%26+oil"
        assert "/sign-in" not in client.get("/article/gas.txt", **send).text


# --- forms ----------------------------------------------------------------------------------------


def test_form_without_the_token_of_its_session_changes_nothing(archive: Archive) -> None:
    browser = browser_of(archive)
    browser.get("/article/gas.txt")
    other = browser_of(archive)
    other.get("/article/gas.txt")
    fresh = browser_of(archive)
    nonce, _, mac = browser.token.partition(".")
    for sender, token in [
        (browser, ""),
        (browser, "x"),
        (browser, f"{nonce}."),
        (browser, f"{nonce}x.{mac}"),
        (browser, f"{nonce}.{mac[:-1]}"),
        (browser, "\ud800.é"),
        (browser, other.token),
        (fresh, browser.token),
    ]:
        answer = sender.post(CORRECT, {**CORRECTION, "csrf": token.encode("utf-8", "replace")})
        assert answer.status_code == 403
        assert "load the page again" in answer.text
    assert "IR" in countries(archive)
    assert browser.post(CORRECT, CORRECTION).status_code == 303
    assert "IR" not in countries(archive)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_form_of_another_site_changes_nothing(archive: Archive, headers: dict[str, str]) -> None:
    browser = browser_of(archive)
    browser.get("/article/gas.txt")
    assert browser.post(CORRECT, CORRECTION, headers=headers).status_code == 403
    assert "IR" in countries(archive)


def test_every_way_to_change_something_asks_first(archive: Archive) -> None:
    browser = browser_of(archive)
    rules = browser.client.application.url_map.iter_rules()
    changing = [rule for rule in rules if (rule.methods or set()) - SAFE]
    changing = [rule for rule in changing if rule.endpoint not in READS_BY_POST]
    assert len(changing) >= 5
    for rule in changing:
        path = rule.build({"id": "gas.txt"})
        assert path
        for method in (rule.methods or set()) - SAFE:
            asked = browser.client.open(path[1], method=method, environ_overrides=STRANGER)
            assert asked.status_code in (401, 403)
            if not rule.endpoint.startswith("api."):  # a program has no form, and no token
                assert browser.client.open(path[1], method=method).status_code == 403


def test_get_changes_nothing(archive: Archive) -> None:
    browser = browser_of(archive)
    for path in (CORRECT, "/corrections", "/add/files", "/add/folder", "/add/again"):
        browser.get(path, query_string={"folder": "/", "undo": "x"} if "add" in path else None)
    assert countries(archive) >= {"IR", "TR"}
    assert not archive.settings.uploads_folder.exists()


def test_no_two_tokens_are_alike(archive: Archive) -> None:
    browser = browser_of(archive)
    tokens = []
    for _ in range(2):
        browser.get("/article/gas.txt")
        tokens.append(browser.token)
    assert tokens[0] != tokens[1]
    browser.token = tokens[0]
    assert browser.post(CORRECT, CORRECTION).status_code == 303


def test_large_form_is_refused(archive: Archive) -> None:
    browser = browser_of(archive)
    browser.get("/article/gas.txt")
    answer = browser.post(CORRECT, {**CORRECTION, "note": "x" * guard.SMALL_BODY})
    assert (answer.status_code, "64 KB" in answer.text) == (413, True)


# --- cookies and the secret -----------------------------------------------------------------------


def test_cookie_is_for_our_pages_alone_and_readers_get_none(archive: Archive) -> None:
    client = browser_of(archive).client
    for path in ("/", "/failures", "/facet/country"):
        assert "Set-Cookie" not in client.get(path).headers
    stranger = client.get("/article/gas.txt", environ_overrides=STRANGER)
    assert "Set-Cookie" not in stranger.headers
    assert not archive.settings.beside("secret").exists()
    answer = client.get("/article/gas.txt")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = browser_of(archive).client.get("/article/gas.txt", base_url="https://localhost")
    assert "Secure" in again.headers["Set-Cookie"]


def test_secret_is_kept_and_shared_by_processes(archive: Archive) -> None:
    browser = browser_of(archive)
    browser.get("/article/gas.txt")
    path = archive.settings.beside("secret")
    assert len(path.read_bytes()) == sessions.SECRET_BYTES
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = browser_of(archive)  # as another worker has it
    for cookie in browser.client._cookies.values():
        other.client.set_cookie(cookie.key, cookie.value)
    assert Browser(other.client, browser.token).post(CORRECT, CORRECTION).status_code == 303


def test_damaged_secret_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"short")
    made = sessions.secret(path)
    assert (len(made), sessions.secret(path)) == (sessions.SECRET_BYTES, made)
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_secret_that_cannot_be_kept_is_no_other_than_random(tmp_path: Path) -> None:
    path = tmp_path / "none" / "secret"
    assert sessions.secret(path) != sessions.secret(path)


# --- the server -----------------------------------------------------------------------------------


def test_server_tells_the_pages_what_a_proxy_says(tmp_path: Path) -> None:
    import http.client
    import sys
    from urllib.parse import urlsplit

    with shelf(tmp_path) as archive:
        index = archive.settings.index
    command = [sys.executable, "-m", "searchapp", "serve", "--index", index, "--port", "0"]
    with serving(command, tmp_path) as address:
        statuses = []
        for headers in ({}, {"X-Forwarded-For": "10.0.0.1"}, {"Host": "evil.example"}):
            connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
            connection.request("GET", "/add", headers=headers)
            statuses.append(connection.getresponse().status)
            connection.close()
    assert statuses == [200, 403, 403]


def test_key_is_in_no_representation_of_the_settings() -> None:
    assert KEY not in repr(Settings(edit_key=KEY))
