"""The JSON API, over a real Flask application and an archive of a few known articles."""

from __future__ import annotations

import datetime
import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import searchapp
from searchapp import address, api
from searchapp.address import definitions
from searchapp.api.describing import OF_WHO_ASKS
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import (
    COUNTRIES,
    FACETS,
    SORTS,
    All,
    Article,
    BadParameter,
    BadQuery,
    Bar,
    Bucket,
    Chosen,
    Corrected,
    Cursor,
    Explanation,
    Facet,
    Failure,
    Hit,
    IndexDamaged,
    Meant,
    NoSuchArticle,
    Page,
    Passage,
    Query,
    Search,
    SearchTimeout,
    Sort,
    Stats,
    Suggestion,
    Suggestions,
    Tag,
    Tagged,
    Tags,
    Timeline,
    Word,
)
from searchapp.said import Said
from searchapp.settings import Settings
from tests.conftest import item

GOLDENS = Path(__file__).parent / "goldens"
SEARCH = "/api/v1/search"
SUGGEST = "/api/v1/suggest"
SETTINGS = Settings()

BUSHEHR = Tagged(
    Article(
        id="2000/bushehr & co.txt",
        title="Bushehr: <b>Russia</b> & Iran",
        body="🛢 Ali Shamkhani met Russians in Teherán on Monday.",
        date=datetime.date(2000, 7, 3),
        source="RFE/RL",
        byline="Paul Goble",
        place="Washington",
        language="en",
        url="https://news.example/bushehr?a=1&b=2",
        path="2000/bushehr & co.txt",
        provenance={"title": "found", "date": "found", "language": "inferred"},
    ),
    Tags(
        country=(Tag("IR", "Iran", ((25, 29), (63, 70)), 0.9), Tag("RU", "Russia", (), 0.4, False)),
        person=(Tag("Ali Shamkhani", "Ali Shamkhani", ((33, 46),), 0.7),),
        topic=(Tag("medtop:16000000", "conflict, war and peace", ((47, 50),), 0.5),),
    ),
)
BARE = Tagged(
    Article(
        id="bare", title="Nothing known.", body="Nothing known.", provenance={"title": "inferred"}
    ),
    Tags(),
    Corrected(Tags(), Tags(person=(Tag("White House", "White House"),)), ("0" * 16,), ()),
)


def hit_of(tagged: Tagged, *passages: Passage) -> Hit:
    a = tagged.article
    return Hit(
        id=a.id,
        title=Passage(a.title),
        passages=passages,
        score=7.25,
        date=a.date,
        source=a.source,
        byline=a.byline,
        url=a.url,
        language=a.language,
        path=a.path,
        tags=tagged.tags,
    )


PAGE = Page(
    search=Search(),
    parsed="shamkhani",
    warnings=("a curly quote was straightened",),
    total=23,
    took_ms=1.23456,
    hits=(
        hit_of(
            BUSHEHR,
            Passage("<script>Ali</script> Shamkhani & others", ((21, 30),)),
            Passage("Teherán 🛢 on Monday", ((0, 7),)),
        ),
        hit_of(BARE),
    ),
    facets=(
        Facet(
            "country", (Bucket("IR", "Iran", 12, selected=True), Bucket("RU", "Russia", 7)), 5, 4
        ),
        Facet("person", (Bucket("Ali Shamkhani", "Ali Shamkhani", 1),), 0, 1),
        Facet("topic", (), 0, 0),
    ),
    chosen=(),
)


SUGGESTIONS = Suggestions(
    "<b> ira",
    (
        Suggestion("word", "iran", Passage("iran", ((0, 3),)), 12, Search(q="<b> iran")),
        Suggestion(
            "country",
            "IR",
            Passage("Iran & co", ((0, 3),)),
            7,
            Search(q="<b>", chosen={"country": ("IR",)}),
        ),
        Suggestion("title", "a/b c", Passage("<i>Iran", ((3, 7),)), None, None),
    ),
)


class Shelf:
    """An archive that finds `page` whatever is asked, and raises `error` if it has one; `unfrozen`
    where it cannot even be looked at."""

    def __init__(
        self,
        page: Page = PAGE,
        error: Exception | None = None,
        unfrozen: Exception | None = None,
    ) -> None:
        self.page = page
        self.error = error
        self.unfrozen = unfrozen
        self.articles = {tagged.article.id: tagged for tagged in (BUSHEHR, BARE)}

    language = "english"

    def state(self) -> str:
        return "0"

    def as_now(self) -> Shelf:
        if self.unfrozen:
            raise self.unfrozen
        return self

    def stats(self) -> Stats:
        if self.error:
            raise self.error
        return Stats(2, 1, 1, 1000, 3, "f", "2000-07-03", "2000-07-03", {"country": 2})

    def failures(self) -> tuple[Failure, ...]:
        return ()

    def run(self, search: Search) -> Page:
        if self.error:
            raise self.error
        return replace(self.page, search=search)

    def timeline(self, search: Search) -> Timeline:
        if self.error:
            raise self.error
        day = datetime.date(2000, 7, 3)
        bar = Bar(day, day, "3 July 2000", 1, True, Search(date_from=day, date_to=day))
        return Timeline(search, "day", (bar,), bar, None, 2, Search())

    def facet(self, search: Search, name: str, **given: Any) -> Facet:
        if self.error:
            raise self.error
        return next(facet for facet in self.page.facets if facet.name == name)

    def every(self, search: Search) -> Iterator[Hit]:
        return iter(self.run(search).hits)

    def every_article(self, search: Search) -> Iterator[Tagged]:
        return (self.article(hit.id) for hit in self.run(search).hits)

    def similar(self, id: str, size: int) -> tuple[Hit, ...]:
        hit = hit_of(self.article(id), Passage("Ali Shamkhani met Russians", ((0, 3),)))
        return (replace(hit, shared=("Shamkhani",)),)

    def suggest(self, q: str, limit: int) -> Suggestions:
        if self.error:
            raise self.error
        return replace(SUGGESTIONS, q=q, items=SUGGESTIONS.items[:limit])

    def article(self, id: str) -> Tagged:
        if self.error:
            raise self.error
        if id not in self.articles:
            raise NoSuchArticle(f"there is no article {id}")
        return self.articles[id]


def client_of(archive: Shelf | Archive, settings: Settings = SETTINGS) -> FlaskClient:
    app = Flask("somebody's site")
    app.add_url_rule("/page", "page", lambda: "<p>a page</p>")
    app.register_error_handler(404, lambda error: ("<p>no such page</p>", 404))
    api.register(app, archive, settings)  # type: ignore[arg-type]
    return app.test_client()


@pytest.fixture
def client() -> FlaskClient:
    return client_of(Shelf())


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    description: dict[str, Any] = client_of(Shelf()).get("/api/openapi.json").json
    return description


def search_of(url: str) -> Search:
    """The search that an URL of ours asks for."""
    return address.parse(MultiDict(parse_qsl(urlsplit(url).query)), SETTINGS)


def assert_golden(name: str, answer: TestResponse) -> None:
    path = GOLDENS / f"{name}.json"
    text = json.dumps(answer.json, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def assert_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    problem: dict[str, Any] = answer.json
    assert list(problem)[:5] == ["type", "title", "status", "detail", "instance"]
    assert problem["status"] == status
    return problem


# --- answers ------------------------------------------------------------------------------------


def test_a_search_answers_the_contract(client: FlaskClient) -> None:
    chosen = Chosen("country", "IR", "Iran", False, Search(q="shamkhani"), 23)
    shelf = Shelf(replace(PAGE, chosen=(chosen,)))
    answer = client_of(shelf).get(f"{SEARCH}?q=shamkhani&country=IR&page=2&per_page=2")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert_golden("api_search", answer)


def test_a_document_answers_everything_known(client: FlaskClient) -> None:
    answer = client.get("/api/v1/documents/2000/bushehr%20%26%20co.txt")
    assert answer.status_code == 200
    assert_golden("api_document", answer)


def test_answers_are_readable_utf8_in_the_order_of_the_contract(client: FlaskClient) -> None:
    text = client.get(SEARCH).get_data().decode("utf-8")
    assert "Teherán 🛢 on" in text
    keys = ["query", "total", "page", "per_page", "took_ms", "hits", "facets"]
    assert list(json.loads(text))[: len(keys)] == keys


def test_mentions_are_code_points_of_text(client: FlaskClient) -> None:
    document = client.get("/api/v1/documents/2000/bushehr%20%26%20co.txt").json
    mentions = [
        document["text"][start:end]
        for kind in ("countries", "people", "topics")
        for value in document[kind]
        for start, end in value["mentions"]
    ]
    assert mentions == ["Iran", "Teherán", "Ali Shamkhani", "met"]
    assert document["text"][document["body_offset"] :] == document["body"]


def test_nothing_found_is_an_ordinary_answer() -> None:
    empty = Page(Search(), "zzz", (), 0, 0.1, (), tuple(Facet(f, (), 0, 0) for f in FACETS), ())
    answer = client_of(Shelf(empty)).get(f"{SEARCH}?q=zzz")
    assert answer.status_code == 200
    assert (answer.json["total"]["value"], answer.json["hits"]) == (0, [])


def test_a_search_says_in_words_what_was_asked_and_what_may_have_been_meant() -> None:
    described = Said("articles with {word}", word="<b>")
    meant = Meant(Passage("<b> & gas", ((6, 9),)), Search(q="<b> & gas", sort="newest"), 12)
    shelf = Shelf(replace(PAGE, described=described, meant=meant))
    answer = client_of(shelf).get(f"{SEARCH}?q=<b> %26 gsa&sort=newest").json["query"]
    assert answer["described"] == "articles with <b>"
    found = answer["did_you_mean"]
    assert (found["q"], found["total"]) == ("<b> & gas", 12)
    assert found["html"] == "&lt;b&gt; &amp; <mark>gas</mark>"
    assert search_of(found["url"]) == meant.search


def test_suggestions_say_what_choosing_them_does(client: FlaskClient) -> None:
    answer = client.get("/api/v1/suggest?q=%3Cb%3E+ira").json
    assert (answer["q"], answer["mended"]) == ("<b> ira", False)
    word, country, title = answer["suggestions"]
    assert word == {
        "kind": "word",
        "value": "iran",
        "label": "iran",
        "label_html": "<mark>ira</mark>n",
        "marks": [[0, 3]],
        "count": 12,
        "q": "<b> iran",
        "url": "/api/v1/search?q=%3Cb%3E+iran",
        "html": "/?q=%3Cb%3E+iran",
    }
    assert country["label_html"] == "<mark>Ira</mark>n &amp; co"
    assert (country["q"], country["html"]) == ("<b>", "/?q=%3Cb%3E&country=IR")
    assert title["label_html"] == "&lt;i&gt;<mark>Iran</mark>"
    assert (title["q"], title["count"]) == (None, None)
    assert (title["url"], title["html"]) == ("/api/v1/documents/a/b%20c", "/article/a/b%20c")
    assert len(client.get("/api/v1/suggest?q=ira&limit=1").json["suggestions"]) == 1


@pytest.mark.parametrize(
    ("query", "parameter", "said"),
    [
        ("limit=0", "limit", "0 is not from 1 to 50"),
        ("limit=51", "limit", "51 is not from 1 to 50"),
        ("limit=x", "limit", "not a whole number"),
        ("q=a&q=b", "q", "given more than once"),
        ("query=a", "query", "no such parameter; there are q, limit"),
    ],
)
def test_a_bad_parameter_of_suggestions_is_named(
    client: FlaskClient, query: str, parameter: str, said: str
) -> None:
    problem = assert_problem(client.get(f"/api/v1/suggest?{query}"), 400)
    assert problem["parameter"] == parameter
    assert said in problem["detail"]


def test_suggestions_of_a_real_index(samples: FlaskClient) -> None:
    answer = samples.get("/api/v1/suggest?q=ali+sham").json
    person = next(each for each in answer["suggestions"] if each["kind"] == "person")
    assert person["label_html"] == "<mark>Ali</mark> <mark>Sham</mark>khani"
    found = samples.get(person["url"]).json
    assert found["total"]["value"] == person["count"] == 1
    long = samples.get(f"/api/v1/suggest?q={'x' * 2049}")
    assert assert_problem(long, 400)["parameter"] == "q"


def test_a_document_says_what_the_owner_corrected(client: FlaskClient) -> None:
    removed = client.get("/api/v1/documents/bare").json["removed"]
    assert removed == [{"facet": "person", "value": "White House", "label": "White House"}]
    tagged = replace(BUSHEHR, tags=Tags(country=(Tag("TR", "Turkey", corrected=("added",)),)))
    shelf = Shelf()
    shelf.articles["corrected"] = tagged
    (turkey,) = client_of(shelf).get("/api/v1/documents/corrected").json["countries"]
    assert turkey["corrected"] == ["added"]


# --- hostile texts and ids ----------------------------------------------------------------------


def test_html_is_escaped_and_then_marked(client: FlaskClient) -> None:
    hit = client.get(SEARCH).json["hits"][0]
    assert hit["snippet_html"] == (
        "&lt;script&gt;Ali&lt;/script&gt; <mark>Shamkhani</mark> &amp; others"
        " … <mark>Teherán</mark> 🛢 on Monday"
    )
    assert hit["title_html"] == "Bushehr: &lt;b&gt;Russia&lt;/b&gt; &amp; Iran"
    assert hit["title"] == "Bushehr: <b>Russia</b> & Iran"


@pytest.mark.parametrize(
    "id",
    [
        "a/b c#d?e&f=g;h.txt",
        "/leading",
        "https://news.example//2000/../x",
        "../../etc/passwd",
        "trailing/",
        "%2F%00+",
        "Ünï/ ﷽/🛢",
        "line\nbreak",
        "<script>alert(1)</script>",
        "'\"\\",
        " ",
    ],
)
def test_the_link_of_a_hit_leads_to_its_document_whatever_the_id(id: str) -> None:
    odd = replace(BUSHEHR, article=replace(BUSHEHR.article, id=id))
    shelf = Shelf(replace(PAGE, hits=(hit_of(odd),)))
    shelf.articles[id] = odd
    client = client_of(shelf)
    link = client.get(SEARCH).json["hits"][0]["links"]["self"]
    assert link.isascii()
    answer = client.get(link)
    assert answer.status_code == 200
    assert answer.json["id"] == id
    assert answer.json["links"]["self"] == link


def test_a_link_has_nothing_for_a_browser_to_rewrite() -> None:
    odd = replace(BUSHEHR, article=replace(BUSHEHR.article, id="../../page"))
    link = client_of(Shelf(replace(PAGE, hits=(hit_of(odd),)))).get(SEARCH).json["hits"][0]["links"]
    assert link == {
        "self": "/api/v1/documents/..%2F..%2Fpage",
        "html": "/article/..%2F..%2Fpage",
    }


def test_half_a_surrogate_pair_is_not_an_error() -> None:
    broken = replace(
        BUSHEHR, article=replace(BUSHEHR.article, id="b", body="a\ud83d b", title="\udcff")
    )
    shelf = Shelf()
    shelf.articles["b"] = broken
    answer = client_of(shelf).get("/api/v1/documents/b")
    assert answer.status_code == 200
    assert (answer.json["title"], answer.json["body"]) == ("?", "a? b")


# --- links --------------------------------------------------------------------------------------


def test_links_are_searches_that_parse_back(client: FlaskClient) -> None:
    query = "q=gas+%26+oil&country=IR&not_person=A%2BB&date_from=2000-01-01&sort=newest&page=2"
    url = f"{SEARCH}?{query}"
    links = client.get(url).json["links"]
    asked = search_of(url)
    assert search_of(links["self"]) == asked
    assert search_of(links["html"]) == asked
    assert search_of(links["next"]) == replace(asked, page=3)
    assert search_of(links["prev"]) == replace(asked, page=1)
    assert (urlsplit(links["self"]).path, urlsplit(links["html"]).path) == (SEARCH, "/")


@pytest.mark.parametrize(
    ("page", "previous", "following"),
    [(1, None, 2), (2, 1, 3), (3, 2, None), (4, 3, None), (500, 3, None)],
)
def test_next_and_prev_end_with_the_hits(
    client: FlaskClient, page: int, previous: int | None, following: int | None
) -> None:
    links = client.get(f"{SEARCH}?page={page}").json["links"]
    assert (links["prev"] and search_of(links["prev"]).page) == previous
    assert (links["next"] and search_of(links["next"]).page) == following


@pytest.mark.parametrize(("per_page", "last"), [(10, 1000), (30, 333), (100, 100)])
def test_next_ends_where_paging_ends(per_page: int, last: int) -> None:
    client = client_of(Shelf(replace(PAGE, total=1_000_000)))
    before = client.get(f"{SEARCH}?per_page={per_page}&page={last - 1}").json
    assert search_of(before["links"]["next"]).page == last
    end = client.get(f"{SEARCH}?per_page={per_page}&page={last}").json
    assert end["links"]["next"] is None
    assert end["next_cursor"] is None


def test_next_goes_on_by_cursor_where_numbers_end() -> None:
    cursor = Cursor(1.5, datetime.date(2000, 7, 3), "Ü/ 🛢")
    client = client_of(Shelf(replace(PAGE, total=1_000_000, start=9_990, next=cursor)))
    before = client.get(f"{SEARCH}?page=999").json
    assert search_of(before["links"]["next"]) == Search(page=1000)
    end = client.get(f"{SEARCH}?page=1000").json
    assert search_of(end["links"]["next"]) == Search(cursor=cursor)
    assert f"cursor={end['next_cursor']}" in end["links"]["next"]
    deeper = client.get(end["links"]["next"]).json
    assert deeper["links"]["prev"] is None
    assert deeper["links"]["next"] == end["links"]["next"]
    assert deeper["links"]["html"] == "/"
    assert deeper["page"] == 1000
    (bucket, *_) = deeper["facets"]["country"]["buckets"]
    assert search_of(bucket["url"]) == Search(chosen={"country": ("IR",)})


def test_a_bucket_links_to_its_value_toggled(client: FlaskClient) -> None:
    answer = client.get(f"{SEARCH}?q=x&country=IR&not_country=RU&country=TR&page=2").json
    iran, russia = answer["facets"]["country"]["buckets"]
    assert search_of(iran["url"]) == Search(
        q="x", chosen={"country": ("TR",)}, excluded={"country": ("RU",)}
    )
    assert search_of(russia["url"]) == Search(q="x", chosen={"country": ("IR", "RU", "TR")})
    (person,) = answer["facets"]["person"]["buckets"]
    assert search_of(person["url"]).chosen == {
        "country": ("IR", "TR"),
        "person": ("Ali Shamkhani",),
    }


def test_a_bucket_lists_its_spellings_and_any_of_them_releases_it() -> None:
    spellings = ("Sergey Ivanov", "Sergei Ivanov")
    bucket = Bucket(spellings[0], spellings[0], 3, True, variants=spellings)
    shelf = Shelf(replace(PAGE, facets=(Facet("person", (bucket,), 0, 1),)))
    answer = client_of(shelf).get(f"{SEARCH}?person=Sergei+Ivanov").json
    (shown,) = answer["facets"]["person"]["buckets"]
    assert shown["variants"] == list(spellings)
    assert search_of(shown["url"]) == Search()


def test_a_filter_links_to_the_search_without_it() -> None:
    without = Search(q="x", page=1)
    chosen = Chosen("date", "2000-01-01..", "from 1 January 2000", False, without, 4)
    shelf = Shelf(replace(PAGE, chosen=(chosen,), emptied_by=(chosen,)))
    answer = client_of(shelf).get(f"{SEARCH}?q=x&date_from=2000-01-01").json
    assert answer["filters"] == answer["emptied_by"]
    assert search_of(answer["filters"][0].pop("url")) == without
    assert answer["filters"] == [
        {
            "facet": "date",
            "value": "2000-01-01..",
            "label": "from 1 January 2000",
            "excluded": False,
            "total_without": 4,
        }
    ]


def test_links_stay_below_the_prefix_of_the_site(client: FlaskClient) -> None:
    answer = client.get(SEARCH, environ_overrides={"SCRIPT_NAME": "/news"}).json
    assert answer["links"]["self"] == "/news/api/v1/search"
    assert answer["hits"][1]["links"] == {
        "self": "/news/api/v1/documents/bare",
        "html": "/news/article/bare",
    }


# --- cursors ---


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("deep", [3, 10_000])
def test_links_lead_to_every_hit_once(tmp_path: Path, sort: str, deep: int) -> None:
    """By number, by cursor, or by numbers first and then by cursor."""
    settings = Settings(index=str(tmp_path / "i"), max_depth=deep)
    days = [None, "2001-01-01", "2001-01-02"]
    news = [item(f"a/{n:02}", "Oil" * (n % 4 == 0), "Oil, gas.", days[n % 3]) for n in range(20)]
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.engine.write(news)
        client = client_of(archive, settings)
        found: list[str] = []
        url, ways = f"{SEARCH}?q=oil+gas&sort={sort}&per_page=3", set()
        while url:
            answer = client.get(url).json
            assert answer["page"] == len(found) // 3 + 1
            found += [hit["id"] for hit in answer["hits"]]
            ways.add("cursor" in url)
            url = answer["links"]["next"]
        assert ways == ({False, True} if deep == 3 else {False})
        assert found == [id_ for id_, _ in archive.engine.rank(QUERY, sort, 0, 100).hits]
        by_cursor: list[str] = []
        more = ""
        while more is not None:
            answer = client.get(f"{SEARCH}?q=oil+gas&sort={sort}&per_page=7&cursor={more}").json
            by_cursor += [hit["id"] for hit in answer["hits"]]
            more = answer["next_cursor"]
        assert by_cursor == found


def test_a_cursor_goes_on_in_a_search_that_was_relaxed(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path / "i"))
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.engine.write(
            [item("a", body="Oil."), item("b", body="Gas."), item("c", body="Oil")]
        )
        client = client_of(archive, settings)
        first = client.get(f"{SEARCH}?q=oil+gas&per_page=2").json
        rest = client.get(f"{SEARCH}?q=oil+gas&per_page=2&cursor={first['next_cursor']}").json
        assert {hit["id"] for hit in first["hits"] + rest["hits"]} == {"a", "b", "c"}
        assert first["query"] | {"q": ""} == rest["query"] | {"q": ""}


def test_a_cursor_and_a_page_do_not_go_together(samples: FlaskClient) -> None:
    problem = assert_problem(samples.get(f"{SEARCH}?cursor={TOKEN}&page=2"), 400)
    assert problem["parameter"] == "cursor"


CURSORS = st.builds(
    Cursor,
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.dates(),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(cursor=CURSORS, sort=st.sampled_from(SORTS))
def test_a_cursor_comes_back_from_its_token(cursor: Cursor, sort: Sort) -> None:
    token = address.token_of(cursor, sort)
    assert quote(token) == token
    assert address.cursor_of(token, sort) == cursor


@given(cursor=CURSORS, at=st.integers(0, 30), letter=st.sampled_from("rnoA_-09"))
def test_a_token_with_a_slip_is_refused(cursor: Cursor, at: int, letter: str) -> None:
    token = address.token_of(cursor, "newest")
    slip = token[: at % len(token)] + letter + token[at % len(token) + 1 :]
    for other in {slip, token[:-1], token + letter} - {token}:
        with pytest.raises(BadParameter):
            address.cursor_of(other, "newest")


# --- explanations ---


def test_a_hit_is_explained_where_that_is_asked_for(samples: FlaskClient) -> None:
    plain, explained = (
        samples.get(f"{SEARCH}?q=missiles+for+Iran&match=any{more}").json
        for more in ("", "&explain=true")
    )
    assert search_of(explained["links"]["self"]).explain
    assert "explain" not in explained["links"]["html"]
    for hit, why in zip(plain["hits"], explained["hits"], strict=True):
        assert "explanation" not in hit
        whole = why.pop("explanation")
        assert why["score"] == hit["score"] == whole["score"]
        assert sum(part["score"] for part in whole["parts"]) == pytest.approx(whole["score"])


# --- problems -----------------------------------------------------------------------------------

TOKEN = address.token_of(Cursor(7.25, None, "a"), "relevance")


@pytest.mark.parametrize(
    ("query", "parameter", "said"),
    [
        ("qq=x", "qq", "no such parameter"),
        ("Country=IR", "Country", "no such parameter"),
        ("date_from=yesterday", "date_from", "'yesterday'"),
        ("date_to=2000-02-30", "date_to", "'2000-02-30'"),
        ("date_from=2001-01-01&date_to=2000-01-01", "date_from", "after"),
        ("sort=best", "sort", "'best'"),
        ("match=some", "match", "'some'"),
        ("page=0", "page", "0"),
        ("page=-1", "page", "'-1'"),
        ("page=two", "page", "'two'"),
        ("per_page=1000", "per_page", "100"),
        ("facet_size=99999", "facet_size", "1000"),
        ("q=a&q=b", "q", "more than once"),
        ("explain=yes", "explain", "neither true nor false"),
        ("cursor=rubbish", "cursor", "not a `next_cursor` of an answer"),
        ("cursor=" + "r" * 5000, "cursor", "not a `next_cursor` of an answer"),
        (f"cursor={TOKEN}&sort=newest", "cursor", "sort=relevance, and this one has newest"),
        (f"cursor=n{TOKEN[1:]}&sort=newest", "cursor", "not a `next_cursor` of an answer"),
        ("q=%ff&%c3%28=1", "%C3(", "no such parameter"),
    ],
)
def test_a_bad_parameter_is_named(
    client: FlaskClient, query: str, parameter: str, said: str
) -> None:
    problem = assert_problem(client.get(f"{SEARCH}?{query}"), 400)
    assert problem["parameter"] == parameter
    assert said in problem["detail"]
    assert problem["title"] == "Bad Request"
    assert problem["instance"] == SEARCH


def test_a_document_takes_no_parameters(client: FlaskClient) -> None:
    assert assert_problem(client.get("/api/v1/documents/bare?q=x"), 400)["parameter"] == "q"


@pytest.mark.parametrize(
    ("error", "status", "parameter"),
    [
        (BadQuery("65 clauses; the limit is 64"), 400, "q"),
        (BadParameter("page", "past hit 10,000"), 400, "page"),
        (IndexDamaged("index: MAIN.seg is missing"), 503, None),
        (SearchTimeout("the search took more than 10 s"), 503, None),
    ],
)
def test_what_the_archive_refuses_is_said(
    error: Exception, status: int, parameter: str | None
) -> None:
    problem = assert_problem(client_of(Shelf(error=error)).get(SEARCH), status)
    assert problem["detail"] == str(error)
    assert problem.get("parameter") == parameter


def test_a_failure_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(Shelf(error=ZeroDivisionError("secret")))
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"{SEARCH}?q=private")
    assert_problem(answer, 500)
    assert "secret" not in answer.text
    assert "ZeroDivisionError: secret" in caplog.text
    assert "private" not in caplog.text


@pytest.mark.parametrize("id", ["nosuch", "2000", "<script>", "Ü/🛢", "bare/"])
def test_an_unknown_id_is_not_found(client: FlaskClient, id: str) -> None:
    problem = assert_problem(client.get(f"/api/v1/documents/{quote(id)}"), 404)
    assert problem["detail"] == f"there is no article {id}"
    assert problem["instance"] == f"/api/v1/documents/{quote(id)}"


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1", "/api/v2/search", "/api/v1/search/", "/api/v1/documents/"]
)
def test_an_unknown_path_of_the_api_is_a_problem(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (SEARCH, "GET, HEAD, OPTIONS"),
        ("/api/openapi.json", "GET, HEAD, OPTIONS"),
        ("/api/v1/documents/bare", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/api/v1/documents", "OPTIONS, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: FlaskClient, method: str, path: str, allowed: str
) -> None:
    if method not in allowed:
        answer = client.open(path, method=method)
        assert_problem(answer, 405)
        assert answer.headers["Allow"] == allowed


def test_the_pages_keep_their_own_errors(client: FlaskClient) -> None:
    assert client.get("/page").text == "<p>a page</p>"
    assert client.get("/nosuch").text == "<p>no such page</p>"
    assert client.get("/apiary").text == "<p>no such page</p>"
    assert client.post("/page").mimetype == "text/html"


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LIKELY = st.sampled_from(["", "1", "0", "100", "2000-01-01", "newest", "any", "IR", '"', "²"])
CLIENT = client_of(Shelf())
PAIRS = st.lists(
    st.tuples(st.sampled_from(address.PARAMETERS) | ANY_TEXT, LIKELY | ANY_TEXT), max_size=6
)


@given(pairs=PAIRS)
def test_whatever_is_asked_is_answered_or_its_parameter_is_named(
    pairs: list[tuple[str, str]],
) -> None:
    answer = CLIENT.get(SEARCH, query_string=MultiDict(pairs))
    if answer.status_code != 200:
        assert assert_problem(answer, 400)["parameter"] in {name for name, _ in pairs}


# --- the description ----------------------------------------------------------------------------


def test_the_description_is_valid_openapi_31(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(openapi).validate()


def test_the_description_is_the_same_each_time() -> None:
    client = client_of(Shelf())
    first, second = (client.get("/api/openapi.json").json for _ in range(2))
    assert first == second


def test_the_description_has_every_search_parameter_and_no_other(openapi: dict[str, Any]) -> None:
    parameters = openapi["paths"]["/api/v1/search"]["parameters"]
    assert tuple(p["name"] for p in parameters) == address.PARAMETERS
    for parameter in parameters:
        assert parameter["description"]
        assert parameter["examples"]


def test_examples_of_parameters_are_answered(client: FlaskClient, openapi: dict[str, Any]) -> None:
    for parameter in openapi["paths"]["/api/v1/search"]["parameters"]:
        for example in parameter["examples"].values():
            answer = client.get(SEARCH, query_string={parameter["name"]: example["value"]})
            assert answer.status_code == 200, answer.text


def test_the_description_has_the_parameters_of_suggestions(
    client: FlaskClient, openapi: dict[str, Any]
) -> None:
    parameters = openapi["paths"][SUGGEST]["parameters"]
    assert [p["name"] for p in parameters] == ["q", "limit"]
    for parameter in parameters:
        for example in parameter["examples"].values():
            query = {parameter["name"]: example["value"]}
            assert client.get(SUGGEST, query_string=query).status_code == 200
    nothing = address.parse_suggest(MultiDict(), SETTINGS)
    assert nothing == tuple(parameter["schema"]["default"] for parameter in parameters)


def fits(value: str, schema: dict[str, Any]) -> bool:
    """Whether a parameter's text is what its documented schema allows."""
    typed: Any = value
    if schema["type"] == "integer":
        if not (value.isascii() and value.isdigit()):
            return False
        typed = int(value)
    if schema["type"] == "boolean":
        return value in ("true", "false")
    if schema.get("format") == "date":
        try:
            return datetime.date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return bool(Draft202012Validator(schema).is_valid(typed))


NUMBERS = st.sampled_from([0, 1, 100, 101, 1000, 1001, 10**9 - 1, 10**9, 10**10]) | st.integers()
CHOICES = st.sampled_from(
    [
        "true",
        "false",
        "True",
        "all",
        "any",
        "relevance",
        "newest",
        "oldest",
        "Newest",
        "2000-02-30",
        "2000-7-3",
        "20000703",
    ]
)
VALUES = NUMBERS.map(str) | st.dates().map(str) | CHOICES | ANY_TEXT


@given(value=VALUES.filter(bool))
@pytest.mark.parametrize("definition", definitions(SETTINGS), ids=lambda d: d.name)
def test_what_a_parameter_is_said_to_take_is_what_it_takes(definition: Any, value: str) -> None:
    try:
        address.parse(MultiDict([(definition.name, value)]), SETTINGS)
        accepted = True
    except BadParameter:
        accepted = False
    assert fits(value, definition.schema) == accepted


@pytest.mark.parametrize("definition", definitions(SETTINGS), ids=lambda d: d.name)
def test_a_parameter_is_said_to_repeat_if_it_may(definition: Any) -> None:
    value = next(iter(definition.examples.values()))
    value = value[0] if definition.many else str(value)
    try:
        address.parse(MultiDict([(definition.name, value)] * 2), SETTINGS)
        repeats = True
    except BadParameter:
        repeats = False
    assert definition.many == repeats


def test_documented_defaults_are_the_defaults(openapi: dict[str, Any]) -> None:
    nothing = address.parse(MultiDict(), SETTINGS)
    for parameter in openapi["paths"]["/api/v1/search"]["parameters"]:
        if "default" in parameter["schema"]:
            assert parameter["schema"]["default"] == getattr(nothing, parameter["name"])


def test_limits_in_the_description_are_the_settings() -> None:
    settings = Settings(max_per_page=7, facet_size=3, max_query_chars=50)
    description = client_of(Shelf(), settings).get("/api/openapi.json").json
    schemas = {p["name"]: p["schema"] for p in description["paths"][SEARCH]["parameters"]}
    assert schemas["per_page"]["maximum"] == 7
    assert schemas["facet_size"]["default"] == 3
    assert schemas["q"]["maxLength"] == 50


DOCUMENT = "/api/v1/documents/{id}"
TIMELINE = "/api/v1/timeline"
VALUES_OF = "/api/v1/facets/{name}"
SIMILAR = f"{DOCUMENT}/similar"
STATS = "/api/v1/stats"
BATCH = "/api/v1/batch"
BROKEN = IndexDamaged("broken")
WITHOUT_IRAN = replace(PAGE, chosen=(Chosen("country", "IR", "Iran", True, Search()),))
WORD = Explanation("word", 7.25, "iran", {"stem": "iran", "idf": 1.5})
EXPLAINED = replace(
    PAGE, hits=(replace(PAGE.hits[0], explanation=Explanation("score", 7.25, parts=(WORD,))),)
)
MEANT = Meant(Passage("gas", ((0, 3),)), Search(q="gas"), 12)
ANSWERS = [
    (SEARCH, 200, Shelf(WITHOUT_IRAN), f"{SEARCH}?not_country=IR"),
    (SEARCH, 200, Shelf(EXPLAINED), f"{SEARCH}?explain=true"),
    (SEARCH, 200, Shelf(replace(PAGE, meant=MEANT)), f"{SEARCH}?q=gsa"),
    (SEARCH, 400, Shelf(), f"{SEARCH}?page=0"),
    (SEARCH, 500, Shelf(error=ValueError()), SEARCH),
    (SEARCH, 503, Shelf(error=IndexDamaged("broken")), SEARCH),
    (SUGGEST, 200, Shelf(), f"{SUGGEST}?q=ira"),
    (SUGGEST, 400, Shelf(), f"{SUGGEST}?limit=0"),
    (SUGGEST, 500, Shelf(error=ValueError()), SUGGEST),
    (SUGGEST, 503, Shelf(error=IndexDamaged("broken")), SUGGEST),
    (DOCUMENT, 200, Shelf(), "/api/v1/documents/2000/bushehr%20%26%20co.txt"),
    (DOCUMENT, 200, Shelf(), "/api/v1/documents/bare"),
    (DOCUMENT, 400, Shelf(), "/api/v1/documents/bare?x=1"),
    (DOCUMENT, 404, Shelf(), "/api/v1/documents/nosuch"),
    (DOCUMENT, 500, Shelf(error=ValueError()), "/api/v1/documents/bare"),
    (DOCUMENT, 503, Shelf(error=IndexDamaged("broken")), "/api/v1/documents/bare"),
    ("/api/openapi.json", 200, Shelf(), "/api/openapi.json"),
    *(
        row
        for path in (f"{SEARCH}.csv", f"{SEARCH}.jsonl", TIMELINE)
        for row in (
            (path, 200, Shelf(), f"{path}?q=iran"),
            (path, 400, Shelf(), f"{path}?page=0"),
            (path, 500, Shelf(error=ValueError()), path),
            (path, 503, Shelf(error=BROKEN), path),
        )
    ),
    (VALUES_OF, 200, Shelf(), "/api/v1/facets/country?q=iran&prefix=I&order=label&limit=1"),
    (VALUES_OF, 400, Shelf(), "/api/v1/facets/country?order=size"),
    (VALUES_OF, 404, Shelf(), "/api/v1/facets/colour"),
    (VALUES_OF, 500, Shelf(error=ValueError()), "/api/v1/facets/country"),
    (VALUES_OF, 503, Shelf(error=BROKEN), "/api/v1/facets/country"),
    (SIMILAR, 200, Shelf(), "/api/v1/documents/2000/bushehr%20%26%20co.txt/similar?limit=3"),
    (SIMILAR, 400, Shelf(), "/api/v1/documents/bare/similar?limit=0"),
    (SIMILAR, 400, Shelf(), "/api/v1/documents/bare/similar?q=iran"),
    (SIMILAR, 404, Shelf(), "/api/v1/documents/nosuch/similar"),
    (SIMILAR, 404, Shelf(), "/api/v1/documents/nosuch/similar?limit=3"),
    (SIMILAR, 500, Shelf(error=ValueError()), "/api/v1/documents/bare/similar"),
    (SIMILAR, 503, Shelf(error=BROKEN), "/api/v1/documents/bare/similar"),
    (STATS, 200, Shelf(), STATS),
    (STATS, 400, Shelf(), f"{STATS}?q=iran"),
    (STATS, 500, Shelf(error=ValueError()), STATS),
    (STATS, 503, Shelf(error=BROKEN), STATS),
    (BATCH, 200, Shelf(), {"json": {"searches": [{"q": "iran"}, {"page": 0}, 5]}}),
    (BATCH, 200, Shelf(error=BROKEN), {"json": {"searches": [{}]}}),
    (BATCH, 400, Shelf(), {"json": {}}),
    (BATCH, 413, Shelf(), {"json": {"searches": "x" * 1024 * 1024}}),
    (BATCH, 415, Shelf(), {"data": "q=iran"}),
    (BATCH, 500, Shelf(unfrozen=ValueError()), {"json": {"searches": []}}),
    (BATCH, 503, Shelf(unfrozen=BROKEN), {"json": {"searches": []}}),
]


@pytest.mark.parametrize(("path", "status", "shelf", "asked"), ANSWERS)
def test_a_real_answer_is_as_described(
    openapi: dict[str, Any], path: str, status: int, shelf: Shelf, asked: str | dict[str, Any]
) -> None:
    """What is asked is a URL, or the body of a POST to the path."""
    client = client_of(shelf)
    answer = client.get(asked) if isinstance(asked, str) else client.post(path, **asked)
    method = "get" if isinstance(asked, str) else "post"
    assert answer.status_code == status
    (kind, content), *_ = openapi["paths"][path][method]["responses"][str(status)][
        "content"
    ].items()
    assert answer.mimetype == kind
    schema = {**content["schema"], "components": closed(openapi["components"])}
    Draft202012Validator(schema).validate(answer.json if kind.endswith("json") else answer.text)
    for example in [content["example"]] if "example" in content else []:
        Draft202012Validator(schema).validate(example)


def closed(components: dict[str, Any]) -> dict[str, Any]:
    """`components` with no room for what they do not describe."""
    schemas = components["schemas"]
    closed = {
        name: {**schema, "additionalProperties": False} if "properties" in schema else schema
        for name, schema in schemas.items()
    }
    return {**components, "schemas": closed}


def test_every_documented_response_is_tried_here(openapi: dict[str, Any]) -> None:
    documented = {
        (path, int(status))
        for path, item in openapi["paths"].items()
        if path not in ("/api/v1/documents", "/api/v1/documents/delete")
        for method in item.keys() & {"get", "post"}
        for status in item[method]["responses"]
        if int(status) not in OF_WHO_ASKS  # test_access_control tries these
    }
    assert documented == {(path, status) for path, status, _, _ in ANSWERS}


def test_everything_is_described_and_every_plain_field_has_a_valid_example(
    openapi: dict[str, Any],
) -> None:
    whole = {"components": openapi["components"]}
    for name, schema in openapi["components"]["schemas"].items():
        for field, definition in schema.get("properties", {}).items():
            assert definition.get("description"), (name, field)
            for example in definition.get("examples", []):
                Draft202012Validator({**definition, **whole}).validate(example)
            if definition.get("type") not in (None, "array"):
                assert definition.get("examples"), (name, field)


# --- over a real index --------------------------------------------------------------------------

ROOT = Path(__file__).parent.parent
OIL_GAS = (Word("oil", "oil"), Word("gas", "gas"))
QUERY = Query(All(OIL_GAS), words=OIL_GAS)
HOSTILE = [
    {"id": "https://news.example//a/../b?c=1#d", "text": "Needle <script>alert(1)</script> & co."},
    {"id": "/", "title": "<img src=x onerror=alert(1)>", "text": "A needle."},
    {"id": "Ü 🛢/%2e%2e/;x", "title": "Needle\u202e\u0000", "text": "\ud83d needle", "url": "x:1"},
    {"id": "'\"\\", "text": "needle", "person": ["<b>", "A&B #1", "ﷺ"], "topic": ["x" * 300]},
]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The API over the sample articles, as `make run` serves it."""
    with searchapp.open(tmp_path_factory.mktemp("index")) as archive:
        assert archive.add([ROOT / "seeds"]).added == 2
        yield client_of(archive)


def test_the_manual_lists_every_parameter() -> None:
    manual = (ROOT / "docs" / "api.md").read_text("utf-8")
    table = manual.partition("### Parameters")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(listed) == sorted(address.PARAMETERS)


def test_every_link_of_an_answer_is_answered(samples: FlaskClient) -> None:
    answer = samples.get(f"{SEARCH}?q=iran&per_page=1&country=IR&not_person=Nobody").json
    urls = [bucket["url"] for facet in answer["facets"].values() for bucket in facet["buckets"]]
    urls += [chosen["url"] for chosen in answer["filters"]]
    urls += [answer["links"]["self"], answer["links"]["next"], answer["hits"][0]["links"]["self"]]
    for url in urls:
        assert samples.get(url).status_code == 200, url


@pytest.mark.parametrize("countries", COUNTRIES)
def test_the_count_of_a_bucket_is_the_total_after_choosing_it(
    samples: FlaskClient, countries: str
) -> None:
    answer = samples.get(f"{SEARCH}?q=russia&facet_size=1000&countries={countries}").json
    assert answer["query"]["countries"] == countries
    facets = answer["facets"]
    buckets = [bucket for facet in facets.values() for bucket in facet["buckets"]]
    assert len(buckets) > 10
    for bucket in buckets:
        assert samples.get(bucket["url"]).json["total"]["value"] == bucket["count"]


def test_a_bar_of_the_timeline_has_as_many_articles_as_choosing_it(samples: FlaskClient) -> None:
    answer = samples.get(f"{TIMELINE}?q=iran").json
    assert (answer["undated"], [bar["count"] for bar in answer["bars"]]) == (1, [1])
    for bar in answer["bars"]:
        assert samples.get(bar["url"]).json["total"]["value"] == bar["count"]
        closer = samples.get(bar["zoom_in"]).json
        assert samples.get(closer["links"]["zoom_out"]).json == answer


def test_values_of_a_facet_are_found_by_how_a_word_begins(samples: FlaskClient) -> None:
    url = "/api/v1/facets/person?q=iran&prefix=sham&order=label"
    answer = samples.get(url).json
    assert [bucket["label"] for bucket in answer["buckets"]] == ["Ali Shamkhani"]
    assert (answer["facet"], answer["value_count"], answer["other_count"]) == ("person", 1, 0)
    assert answer["links"]["self"] == url
    assert answer["links"]["next"] is None


def test_pages_of_values_have_each_of_them_once(samples: FlaskClient) -> None:
    whole = samples.get("/api/v1/facets/person").json
    url, seen = "/api/v1/facets/person?limit=3", []
    while url:
        answer = samples.get(url).json
        seen += [bucket["value"] for bucket in answer["buckets"]]
        url = answer["links"]["next"]
    assert seen == [bucket["value"] for bucket in whole["buckets"]]
    assert len(seen) == whole["value_count"] == 7


def test_similar_articles_say_by_which_words(samples: FlaskClient) -> None:
    first = samples.get(SEARCH).json["hits"][0]
    (hit,) = samples.get(f"{first['links']['self']}/similar").json["hits"]
    assert hit["id"] != first["id"]
    assert "Tehran" in hit["shared"]
    assert "<mark>" in hit["snippet_html"]


@pytest.mark.parametrize(("ending", "lines"), [("csv", 3), ("jsonl", 2)])
def test_every_hit_is_a_line_of_a_file(samples: FlaskClient, ending: str, lines: int) -> None:
    answer = samples.get(f"{SEARCH}.{ending}?q=iran&per_page=1")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="iran.{ending}"'
    assert len(answer.text.splitlines()) >= lines
    assert answer.text.endswith("\n")


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("", "articles.csv"),
        ('"Northern Alliance" -Iran', "northern-alliance-iran.csv"),
        ('../"; filename=x\r\nA: b', "filename-x-a-b.csv"),
        ("Иран", "articles.csv"),
        ("x" * 200, f"{'x' * 60}.csv"),
    ],
)
def test_a_file_is_named_after_the_query(client: FlaskClient, q: str, name: str) -> None:
    answer = client.get(f"{SEARCH}.csv", query_string={"q": q})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_an_article_whose_id_ends_as_a_route_does_can_be_read(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "index") as archive:
        archive.engine.write([item("a/similar", "Gas", "Gas."), item("b", "Gas", "Gas.")])
        client = client_of(archive)
        link = client.get(SEARCH).json["hits"][0]["links"]["self"]
        assert client.get(link).json["id"] == "a/similar"


def test_hostile_articles_are_found_read_and_escaped(tmp_path: Path) -> None:
    news = tmp_path / "news.jsonl"
    news.write_text("\n".join(map(json.dumps, HOSTILE)), encoding="utf-8")
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.add([news]).added == len(HOSTILE)
        client = client_of(archive)
        answer = client.get(f"{SEARCH}?q=needle").json
        assert {hit["id"] for hit in answer["hits"]} == {str(row["id"]) for row in HOSTILE}
        for hit in answer["hits"]:
            assert client.get(hit["links"]["self"]).json["id"] == hit["id"]
            for markup in (hit["snippet_html"], hit["title_html"]):
                assert "<" not in re.sub(r"</?mark>", "", markup)
        for bucket in answer["facets"]["person"]["buckets"]:
            assert client.get(bucket["url"]).json["total"]["value"] == 1


def test_a_query_over_a_limit_names_q(samples: FlaskClient) -> None:
    assert assert_problem(samples.get(f"{SEARCH}?q={'x' * 2049}"), 400)["parameter"] == "q"
    assert assert_problem(samples.get(f"{SEARCH}?q={'x+' * 65}"), 400)["parameter"] == "q"


def test_a_page_too_deep_names_page(samples: FlaskClient) -> None:
    assert samples.get(f"{SEARCH}?page=1000").status_code == 200
    problem = assert_problem(samples.get(f"{SEARCH}?page=1001"), 400)
    assert problem["parameter"] == "page"
    assert "max_depth" in problem["detail"]
    assert "`next_cursor`" in problem["detail"]
