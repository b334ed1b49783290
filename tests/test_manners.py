"""Tags that spare a search, who may keep an answer, and links in headers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from searchapp import api
from searchapp.api.manners import LONGEST_LINKS, link_header
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Page, Search
from searchapp.settings import Settings
from searchapp.web import create_app
from tests.conftest import item

SEARCH = "/api/v1/search"
TAGGED = [
    *(f"{SEARCH}?q=oil", f"{SEARCH}.csv?q=oil", f"{SEARCH}.jsonl", "/api/v1/timeline?q=oil"),
    *("/api/v1/facets/country", "/api/v1/suggest?q=oi", "/api/v1/documents/a0"),
    *("/api/v1/documents/a0/similar", "/api/openapi.json"),
]
NEWS = [item(f"a{n}", "Oil", f"Oil and gas {n}.", "2001-01-01", country=["IR"]) for n in range(3)]


class Counted(Archive):
    """Counts its searches."""

    searches = 0

    def run(self, what: Search, grouped: bool = False) -> Page:
        self.searches += 1
        return super().run(what, grouped)


def opened(folder: Path, **more: Any) -> Counted:
    settings = Settings(index=str(folder), **more)
    return Counted(open_engine(folder, settings, create=True), settings)


def client_of(archive: Archive) -> FlaskClient:
    app = Flask("manners")
    api.register(app, archive, archive.settings)
    return app.test_client()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Counted]:
    with opened(tmp_path / "i") as archive:
        archive.engine.write(NEWS)
        yield archive


def tag_of(client: FlaskClient, url: str, **more: Any) -> str:
    answer = client.get(url, **more)
    assert answer.status_code == 200
    return answer.headers["ETag"]


# --- tags ---


@pytest.mark.parametrize("url", TAGGED)
def test_an_answer_that_is_known_is_not_sent_again(archive: Counted, url: str) -> None:
    client = client_of(archive)
    first = client.get(url)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    assert first.headers["Cache-Control"] == "no-cache"
    known = client.get(url, headers={"If-None-Match": f'"other", {tag}'})
    assert (known.status_code, known.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert known.headers[name] == first.headers[name]
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_search_whose_answer_is_known_is_not_run(archive: Counted) -> None:
    client = client_of(archive)
    tag = tag_of(client, f"{SEARCH}?q=oil")
    assert archive.searches == 1
    assert client.get(f"{SEARCH}?q=oil", headers={"If-None-Match": tag}).status_code == 304
    assert client.head(f"{SEARCH}?q=oil", headers={"If-None-Match": tag}).status_code == 304
    assert archive.searches == 1


@pytest.mark.parametrize("url", [url for url in TAGGED if "?q=oil" in url or "/documents" in url])
def test_what_many_ask_is_answered_with_the_same_bytes(archive: Counted, url: str) -> None:
    client = client_of(archive)
    first, again = client.get(url), client.get(url)
    assert again.data == first.data
    assert again.headers == first.headers


def test_what_was_indexed_meanwhile_is_in_the_answer(archive: Counted) -> None:
    client = client_of(archive)
    assert [client.get(f"{SEARCH}?q=oil").json["total"]["value"] for _ in range(2)] == [3, 3]
    archive.engine.write([item("b", body="Oil talks.")])
    assert client.get(f"{SEARCH}?q=oil").json["total"]["value"] == 4
    assert archive.searches == 2


def test_answers_are_remembered_as_far_as_they_fit(tmp_path: Path) -> None:
    for most, searches in ((0, 4), (1_000_000, 2)):
        with opened(tmp_path / str(most), max_answer_bytes=most) as archive:
            archive.engine.write(NEWS)
            client = client_of(archive)
            for q in ("oil", "gas") * 2:
                assert client.get(f"{SEARCH}?q={q}").status_code == 200
            assert archive.searches == searches


def test_what_was_refused_is_not_remembered(archive: Counted, tmp_path: Path) -> None:
    with opened(tmp_path / "none") as empty:
        client = client_of(empty)
        assert client.get("/api/v1/documents/a0").status_code == 404
        empty.engine.write(NEWS)
        assert client.get("/api/v1/documents/a0").status_code == 200
    assert {client_of(archive).get(f"{SEARCH}?page=x").status_code for _ in range(2)} == {400}


def test_a_tag_is_of_one_address(archive: Counted) -> None:
    client = client_of(archive)
    urls = [*TAGGED, f"{SEARCH}?q=gas", f"{SEARCH}?q=oil&page=2", f"{SEARCH}?q=%6Fil"]
    tags = [tag_of(client, url) for url in urls]
    tags.append(tag_of(client, SEARCH, environ_overrides={"SCRIPT_NAME": "/news"}))
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("url", TAGGED)
def test_a_commit_changes_the_tag(archive: Counted, url: str) -> None:
    client = client_of(archive)
    before = tag_of(client, url)
    assert tag_of(client, url) == before
    archive.engine.write([item("b", body="Talks.")])
    assert tag_of(client, url) != before


def test_an_index_made_anew_in_the_same_place_has_other_tags(tmp_path: Path) -> None:
    tags, generations = [], []
    for _ in range(2):
        with opened(tmp_path / "i") as archive:
            archive.engine.write(NEWS)
            generations.append(archive.engine.generation())
            tags.append(tag_of(client_of(archive), SEARCH))
        shutil.rmtree(tmp_path / "i")
    assert generations[0] == generations[1]
    assert tags[0] != tags[1]


def test_another_process_over_the_same_index_has_the_same_tags(archive: Counted) -> None:
    with opened(Path(archive.settings.index)) as other:
        assert tag_of(client_of(other), SEARCH) == tag_of(client_of(archive), SEARCH)


def test_settings_and_the_names_that_the_owner_adds_change_the_tag(archive: Counted) -> None:
    before = tag_of(client_of(archive), SEARCH)
    folder = Path(archive.settings.index)
    with opened(folder, per_page=3) as other:
        assert tag_of(client_of(other), SEARCH) != before
    lexicon = archive.settings.rules_folder / "lexicon"
    lexicon.mkdir(parents=True)
    (lexicon / "countries.tsv").write_text("IR\tlabel\tPersia\n", encoding="utf-8")
    with opened(folder) as other:
        assert other.state() != archive.state()
        assert tag_of(client_of(other), SEARCH) != before


def test_what_is_refused_has_no_tag(archive: Counted) -> None:
    client = client_of(archive)
    for url, status in ((f"{SEARCH}?page=0", 400), ("/api/v1/documents/nosuch", 404)):
        for headers in ({}, {"If-None-Match": "*"}):
            answer = client.get(url, headers=headers)
            assert answer.status_code == status
            assert "ETag" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"


def test_what_goes_on_by_cursor_has_no_tag(archive: Counted) -> None:
    client = client_of(archive)
    following = client.get(f"{SEARCH}?q=oil&per_page=1").json["next_cursor"]
    answer = client.get(f"{SEARCH}?q=oil&per_page=1&cursor={following}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert "ETag" not in answer.headers


def test_what_was_answered_to_a_key_is_for_who_has_it(archive: Counted) -> None:
    headers = {"Authorization": "Bearer k"}
    answer = client_of(archive).get(SEARCH, headers=headers)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.vary


def test_a_compressed_answer_has_the_tag_of_the_plain_one(archive: Counted) -> None:
    client = create_app(archive, archive.settings).test_client()
    plain, zipped = (
        client.get(SEARCH, headers={"Accept-Encoding": way}) for way in ("identity", "gzip")
    )
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["ETag"] == plain.headers["ETag"]
    assert set(plain.vary) >= {"Accept-Encoding", "Authorization"}
    known = client.get(
        SEARCH, headers={"Accept-Encoding": "gzip", "If-None-Match": plain.headers["ETag"]}
    )
    assert (known.status_code, known.data) == (304, b"")
    assert set(known.vary) == set(zipped.vary) == set(plain.vary)


# --- links ---


def links_of(header: str) -> dict[str, str]:
    """The targets by the names of their relations."""
    found = {}
    for part in header.split(", "):
        target, options = parse_options_header(part)
        found[options["rel"]] = target.removeprefix("<").removesuffix(">")
    return found


def test_links_of_the_body_are_in_the_header(archive: Counted) -> None:
    client = client_of(archive)
    answer = client.get(f"{SEARCH}?q=oil&per_page=1&page=2")
    body = answer.json["links"]
    assert links_of(answer.headers["Link"]) == {
        "self": body["self"],
        "next": body["next"],
        "prev": body["prev"],
        "alternate": body["html"],
        "service-desc": "/api/openapi.json",
    }
    first = client.get(f"{SEARCH}?q=oil")
    assert set(links_of(first.headers["Link"])) == {"self", "alternate", "service-desc"}


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("/api/v1/documents/a0", {"self", "alternate"}),
        ("/api/v1/documents/a0/similar", set()),
        ("/api/v1/facets/country?limit=0", {"self"}),
        ("/api/v1/timeline", {"self"}),
        ("/api/v1/suggest?q=o", set()),
        ("/api/v1/stats", {"self"}),
    ],
)
def test_every_answer_links_to_the_description(archive: Counted, url: str, names: set[str]) -> None:
    mounted = {"SCRIPT_NAME": "/news"}
    answer = client_of(archive).get(url, environ_overrides=mounted)
    found = links_of(answer.headers["Link"])
    assert set(found) == names | {"service-desc"}
    assert all(target.startswith("/news/") for target in found.values())


def test_links_that_are_too_long_for_a_header_are_in_the_body_alone(archive: Counted) -> None:
    answer = client_of(archive).get(f"{SEARCH}?q={quote('🛢' * 200)}")
    assert len(answer.json["links"]["self"]) > LONGEST_LINKS
    assert links_of(answer.headers["Link"]) == {"service-desc": "/api/openapi.json"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_nothing_that_is_asked_breaks_out_of_a_header(q: str) -> None:
    header = link_header({"self": f"{SEARCH}?q={quote(q)}", "next": None}, "")
    assert header.isascii()
    assert header.isprintable()
    assert header.count("<") == header.count(">") == 2


# --- statistics ---


def test_statistics_say_what_the_index_holds(archive: Counted) -> None:
    client = client_of(archive)
    answer = client.get("/api/v1/stats").json
    assert (answer["articles"], answer["dated"], answer["failures"]) == (3, 3, 0)
    assert answer["first_date"] == answer["last_date"] == "2001-01-01"
    assert answer["values"] == {"country": 1, "person": 0, "topic": 0}
    assert (answer["language"], answer["segments"], answer["generation"]) == ("english", 1, 1)
    assert answer["bytes"] > 0
    assert answer["written"].endswith("+00:00")
    assert archive.settings.index not in client.get("/api/v1/stats").text
    archive.engine.write([item("b", body="Talks.")], ["a0", "a1"])
    after = client.get("/api/v1/stats").json
    assert (after["articles"], after["dated"], after["generation"]) == (2, 1, 2)


def test_statistics_of_a_commit_are_counted_once(
    archive: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = archive.stats()
    assert archive.stats() is first
    archive.engine.write([item("b")])
    assert archive.stats() != first


def test_statistics_of_an_empty_index(tmp_path: Path) -> None:
    with opened(tmp_path / "i") as archive:
        answer = client_of(archive).get("/api/v1/stats").json
        assert (answer["articles"], answer["generation"], answer["written"]) == (0, -1, None)
        assert answer["values"] == {"country": 0, "person": 0, "topic": 0}


# --- files ---


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_of_hits_goes_beyond_the_last_page(tmp_path: Path, ending: str) -> None:
    with opened(tmp_path / "i", max_depth=2, per_page=1, max_per_page=2) as archive:
        archive.engine.write([item(f"a{n}", "Oil", "Oil.") for n in range(7)])
        lines = client_of(archive).get(f"{SEARCH}.{ending}?q=oil&page=9").text.splitlines()
        assert sum("Oil" in line for line in lines) == 7
