"""The Atom feed of a search, the OpenSearch description, the guide, the language of the pages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from searchapp import web
from searchapp.archive import Archive
from searchapp.model import Chosen, Search
from searchapp.web import guide
from tests.test_web import HOSTILE, PAGE, Markup, Shelf, client_of, hostile_shelf, search_of

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def client(seeds: Archive) -> FlaskClient:
    return web.create_app(seeds, seeds.settings).test_client()


def feed_of(client: FlaskClient, url: str) -> ET.Element:
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    return ET.fromstring(answer.data)


# --- feeds ----------------------------------------------------------------------------------------


def test_a_feed_has_the_articles_of_its_search_and_leads_to_them(client: FlaskClient) -> None:
    feed = feed_of(client, "/feed.atom?q=Iran&sort=newest")
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert client.get(link.attrib["href"]).status_code == 200
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert search_of(links["alternate"]) == Search(q="Iran", sort="newest")
    assert links["self"] == "http://localhost/feed.atom?q=Iran&sort=newest"


def test_an_entry_says_who_when_why_and_about_what() -> None:
    entry = feed_of(client_of(Shelf()), "/feed.atom?q=missiles").find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Russia sells missiles to Iran"
    assert entry.findtext(f"{ATOM}updated") == "2001-10-02T00:00:00Z"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Paul Goble"
    assert "The <mark>missiles</mark> are" in (entry.findtext(f"{ATOM}summary") or "")
    labels = [category.attrib["label"] for category in entry.findall(f"{ATOM}category")]
    assert labels == ["Belgium", "Iran", "Russia", "Ali Shamkhani", "conflict, war and peace"]


def test_what_a_feed_must_have_is_there_for_undated_articles_too() -> None:
    feed = feed_of(client_of(Shelf(replace(PAGE, hits=PAGE.hits[1:]))), "/feed.atom")
    for element in (feed, feed.find(f"{ATOM}entry")):
        assert element is not None
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}")


def test_ids_of_entries_do_not_depend_on_the_search() -> None:
    ids = {
        feed_of(client_of(Shelf()), url).findtext(f"{ATOM}entry/{ATOM}id")
        for url in ("/feed.atom", "/feed.atom?q=missiles&country=IR")
    }
    assert ids == {"http://localhost/article/2001/missiles%20%26%20co.txt"}


def test_a_feed_has_more_entries_than_a_page_unless_it_is_told() -> None:
    shelf = Shelf()
    feed_of(client_of(shelf), "/feed.atom?q=gas")
    feed_of(client_of(shelf), "/feed.atom?q=gas&per_page=3")
    assert shelf.asked == [Search(q="gas", per_page=25), Search(q="gas", per_page=3)]


def test_a_feed_is_called_by_its_words_and_filters() -> None:
    chosen = (
        Chosen("country", "IR", "Iran", False, Search()),
        Chosen("person", "A B", "A B", True, Search()),
    )
    feed = feed_of(client_of(Shelf(replace(PAGE, chosen=chosen))), "/feed.atom?q=gas")
    assert feed.findtext(f"{ATOM}title") == "gas, Iran, −A B – searchapp"


@pytest.mark.parametrize("evil", [*HOSTILE, "a\x00b\x1f\ufffe", "]]>", "\ud83d"])
def test_a_feed_of_hostile_articles_is_sound_and_has_their_text(evil: str) -> None:
    feed = feed_of(client_of(hostile_shelf(evil)), "/feed.atom")
    title = feed.findtext(f"{ATOM}entry/{ATOM}title")
    assert title == re.sub("[\x00\x1f\ufffe\ud83d]", "\ufffd", evil)
    summary = feed.findtext(f"{ATOM}entry/{ATOM}summary") or ""
    assert not Markup(summary).tags & {"script", "img", "svg"}


def test_a_bad_parameter_of_a_feed_is_named() -> None:
    answer = client_of(Shelf()).get("/feed.atom?colour=red")
    assert answer.status_code == 400
    assert "no such parameter" in answer.text


def test_a_page_of_results_names_its_feed() -> None:
    page = Markup(client_of(Shelf()).get("/?q=gas&country=IR&page=3").text)
    feeds = [a["href"] for a in page.links if a.get("type") == "application/atom+xml"]
    assert feeds == 2 * ["/feed.atom?q=gas&country=IR&sort=newest"]


def test_a_browser_is_told_how_to_search_here() -> None:
    client = client_of(Shelf())
    href = Markup(client.get("/").text).hrefs("/opensearch.xml")[0]
    answer = client.get(href, environ_overrides={"SCRIPT_NAME": "/news"})
    assert answer.mimetype == "application/opensearchdescription+xml"
    root = ET.fromstring(answer.data)
    urls = [url.attrib["template"] for url in root.iter() if url.tag.endswith("Url")]
    assert urls[0] == "http://localhost/news/?q={searchTerms}"


# --- the guide ------------------------------------------------------------------------------------

EXAMPLES = [example for _, examples in guide.SECTIONS for example in examples]


def test_every_example_of_the_guide_is_a_link_that_searches_for_it(client: FlaskClient) -> None:
    page = Markup(client.get("/help").text)
    asked = [search_of(href).q for href in page.hrefs("/?")]
    assert asked == [example.q for example in EXAMPLES]


@pytest.mark.parametrize("q", [example.q for example in EXAMPLES])
def test_an_example_is_understood_as_it_stands(client: FlaskClient, seeds: Archive, q: str) -> None:
    assert seeds.search(q).warnings == ()
    assert client.get("/", query_string={"q": q}).status_code == 200


def test_some_examples_find_something_in_the_samples(seeds: Archive) -> None:
    assert sum(seeds.search(example.q).total > 0 for example in EXAMPLES) > len(EXAMPLES) / 2


# --- languages ------------------------------------------------------------------------------------


def test_the_language_is_what_the_browser_prefers_until_the_reader_chooses() -> None:
    client = client_of(Shelf())
    assert 'lang="en"' in client.get("/").text
    german = {"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"}
    answer = client.get("/", headers=german)
    assert '<html lang="de"' in answer.text
    assert {"Accept-Language", "Cookie"} <= set(answer.vary)
    client.get("/language/en")
    assert '<html lang="en"' in client.get("/", headers=german).text


def test_choosing_a_language_leads_back_to_the_page() -> None:
    client = client_of(Shelf())
    links = Markup(client.get("/?q=gas+oil&page=2").text).hrefs("/language/")
    assert len(links) == 1
    answer = client.get(links[0])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?q=gas+oil&page=2")


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "/\\else", ""])
def test_choosing_a_language_never_leads_to_another_site(to: str) -> None:
    answer = client_of(Shelf()).get("/language/de", query_string={"to": to})
    assert urlsplit(answer.headers["Location"]).netloc == ""
    assert answer.headers["Location"] == "/"


def test_there_is_no_page_in_a_language_that_is_not_there() -> None:
    assert client_of(Shelf()).get("/language/tlh").status_code == 404


def test_days_and_countries_are_written_as_in_the_language() -> None:
    text = Markup(client_of(Shelf()).get("/", headers={"Accept-Language": "de"}).text).text
    assert "2. Oktober 2001" in text
    assert "Belgien" in text


def test_readers_of_two_languages_are_told_the_same_numbers_and_days_in_turn() -> None:
    client = client_of(Shelf())
    for language, number, day in (
        ("en", "14,668", "2 October 2001"),
        ("de", "14.668", "2. Oktober 2001"),
        ("en", "14,668", "2 October 2001"),
    ):
        text = client.get("/", headers={"Accept-Language": language}).text
        assert number in text
        assert day in text
