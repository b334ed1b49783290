"""Which answers are sent as gzip, to whom, and what their headers say."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from searchapp import web
from searchapp.archive import Archive
from searchapp.web import compression

NEWS = "Russia sells missiles to Iran. " * 100
TAKES = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def site(seeds: Archive) -> FlaskClient:
    return web.create_app(seeds, seeds.settings).test_client()


def answering(response: Response) -> FlaskClient:
    """A site whose only page is `response`."""
    app = Flask("news")
    compression.register(app)
    app.add_url_rule("/", "page", lambda: response)
    return app.test_client()


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0.5, identity;q=0.8", False),
        ("gzip;q=0.8, identity;q=0.5", True),
        ("gzip;q=nonsense", False),
        ("\x80gzip, ,;q=1", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted: str | None, compressed: bool) -> None:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer = answering(Response(NEWS)).get("/", headers=headers)
    assert answer.headers.get("Content-Encoding") == ("gzip" if compressed else None)
    assert answer.headers["Vary"] == "Accept-Encoding"
    data = gzip.decompress(answer.data) if compressed else answer.data
    assert data.decode() == NEWS
    assert answer.content_length == len(answer.data)


@pytest.mark.parametrize(
    ("kind", "compressed"),
    [
        ("text/html", True),
        ("text/plain", True),
        ("application/json", True),
        ("application/atom+xml", True),
        ("image/svg+xml", True),
        ("image/png", False),
        ("application/octet-stream", False),
    ],
)
def test_text_is_compressed_and_other_data_is_not(kind: str, compressed: bool) -> None:
    answer = answering(Response(NEWS, mimetype=kind)).get("/", headers=TAKES)
    assert ("Content-Encoding" in answer.headers) is compressed
    assert ("Vary" in answer.headers) is compressed


@pytest.mark.parametrize("size", [0, compression.LEAST - 1, compression.MOST + 1])
def test_what_is_very_short_or_long_is_sent_as_it_is(size: int) -> None:
    answer = answering(Response("." * size)).get("/", headers=TAKES)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == b"." * size


def test_what_is_streamed_is_compressed_as_it_is_made() -> None:
    made, closed = [], []

    def lines() -> Iterator[str]:
        try:
            for number in range(1000):
                made.append(number)
                yield f"{number} {NEWS}"
        finally:
            closed.append(True)

    answer = answering(Response(lines())).get("/", headers=TAKES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content_length is None
    first, *rest = answer.iter_encoded()
    assert made[0] == 0
    assert zlib.decompressobj(31).decompress(first).decode() == f"0 {NEWS}"
    whole = gzip.decompress(first + b"".join(rest)).decode()
    assert whole == "".join(f"{number} {NEWS}" for number in range(1000))
    answer.close()
    assert closed


def test_who_goes_away_in_a_stream_ends_it() -> None:
    closed = []

    def lines() -> Iterator[str]:
        try:
            while True:
                yield NEWS
        finally:
            closed.append(True)

    answer = answering(Response(lines())).get("/", headers=TAKES)
    assert next(iter(answer.response))
    answer.close()
    assert closed


def test_what_is_encoded_already_stays_so() -> None:
    packed = Response(gzip.compress(NEWS.encode() * 100, 0), headers={"Content-Encoding": "gzip"})
    answer = answering(packed).get("/", headers=TAKES)
    assert gzip.decompress(answer.data).decode() == NEWS * 100


def test_an_answer_to_head_says_what_get_would() -> None:
    client = answering(Response(NEWS))
    got, headed = client.get("/", headers=TAKES), client.head("/", headers=TAKES)
    assert headed.data == b""
    assert headed.headers == got.headers


def test_other_reasons_to_vary_are_kept() -> None:
    answer = answering(Response(NEWS, headers={"Vary": "Cookie"})).get("/", headers=TAKES)
    assert answer.headers["Vary"] == "Cookie, Accept-Encoding"


# --- the site -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/?q=iran", "/nowhere", "/help", "/feed.atom", "/api/v1/search", "/?page=x"]
)
def test_pages_are_compressed(site: FlaskClient, path: str) -> None:
    answer = site.get(path, headers=TAKES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    plain = site.get(path)
    assert len(answer.data) < len(plain.data)
    assert gzip.decompress(answer.data)[:100] == plain.data[:100]


@pytest.mark.parametrize("path", ["/api/v1/search.csv", "/api/v1/search.jsonl"])
def test_downloads_of_every_hit_are_compressed_as_well(site: FlaskClient, path: str) -> None:
    answer = site.get(path, headers=TAKES)
    assert gzip.decompress(answer.data) == site.get(path).data
    headed = site.head(path, headers=TAKES)
    assert (headed.data, headed.headers["Content-Encoding"]) == (b"", "gzip")


def test_a_static_file_is_asked_for_again_by_a_weak_tag(site: FlaskClient) -> None:
    path = "/static/searchapp.css"
    plain, answer = site.get(path, buffered=True), site.get(path, headers=TAKES, buffered=True)
    assert gzip.decompress(answer.data) == plain.data
    tag, weak = answer.get_etag()
    assert (tag, weak) == (plain.get_etag()[0], True)
    assert "Accept-Ranges" not in answer.headers
    asked = {**TAKES, "If-None-Match": answer.headers["ETag"]}
    again = site.get(path, headers=asked, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Encoding" in again.headers["Vary"]


def test_a_part_of_a_static_file_is_a_part_of_it_as_it_is(site: FlaskClient) -> None:
    path = "/static/searchapp.css"
    answer = site.get(path, headers={**TAKES, "Range": "bytes=10-2009"}, buffered=True)
    assert answer.status_code == 206
    assert "Content-Encoding" not in answer.headers
    assert answer.data == site.get(path, buffered=True).data[10:2010]


def test_the_tokens_of_forms_are_never_the_same(site: FlaskClient) -> None:
    """From the size of a compressed page one learns whether it has what one makes it say; tokens
    that stay would be found out letter by letter (BREACH)."""
    shown = [site.get("/add").text.partition('name="csrf" value="')[2][:80] for _ in range(2)]
    assert all(shown)
    assert shown[0] != shown[1]
