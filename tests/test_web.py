"""The HTML pages, through Flask's test client over an archive of a few known articles.

`UPDATE_GOLDENS=1 pytest tests/test_web.py` rewrites the goldens: read their diff, then keep it.
"""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from searchapp import address, web
from searchapp.model import (
    Article,
    BadParameter,
    BadQuery,
    Bar,
    Branch,
    Bucket,
    Chosen,
    Copy,
    Evidence,
    Facet,
    Failure,
    Hit,
    IndexDamaged,
    Meant,
    NoSuchArticle,
    Page,
    Passage,
    Reading,
    Search,
    SearchTimeout,
    Shown,
    Tag,
    Tagged,
    Tags,
    Timeline,
)
from searchapp.said import Label, Said, Term
from searchapp.settings import Settings
from searchapp.web import article, present, results

GOLDENS = Path(__file__).parent / "goldens"
SETTINGS = Settings(editing="off")

IRAN = Tag("IR", "Iran", ((25, 29),), 0.9)
RUSSIA = Tag("RU", "Russia", ((10, 16),), 0.8)
BELGIUM = Tag("BE", "Belgium", ((40, 48),), 0.2, about=False)
SHAMKHANI = Tag("Ali Shamkhani", "Ali Shamkhani", ((60, 73),))
CONFLICT = Tag("medtop:16000000", "conflict, war and peace", ((80, 88),))

MISSILES = Hit(
    id="2001/missiles & co.txt",
    title=Passage("Russia sells missiles to Iran", ((13, 21),)),
    passages=(
        Passage("The missiles are of the S-300 kind …", ((4, 12),)),
        Passage("More missiles follow.", ((5, 13),)),
    ),
    score=3.5,
    date=datetime.date(2001, 10, 2),
    source="RFE/RL",
    byline="Paul Goble",
    url="https://news.example/missiles?a=1&b=2",
    language="en",
    path="2001/missiles & co.txt",
    tags=Tags((BELGIUM, IRAN, RUSSIA), (SHAMKHANI,), (CONFLICT,)),
)
BARE = replace(
    MISSILES,
    id="bare",
    title=Passage("Nothing known"),
    passages=(),
    date=None,
    source=None,
    byline=None,
    url=None,
    tags=Tags(),
)
COUNTRIES = Facet("country", (Bucket("IR", "Iran", 12), Bucket("RU", "Russia", 7)), 5, 84)
PEOPLE = Facet("person", (Bucket("Ali Shamkhani", "Ali Shamkhani", 1),), 0, 1)
TOPICS = Facet("topic", (), 0, 0)
PAGE = Page(
    search=Search(),
    parsed="missiles",
    warnings=(),
    total=14668,
    took_ms=2.6,
    hits=(MISSILES, BARE),
    facets=(COUNTRIES, PEOPLE, TOPICS),
    chosen=(),
)
TIMELINE = Timeline(
    Search(),
    "year",
    tuple(
        Bar(
            datetime.date(year, 1, 1), datetime.date(year, 12, 31), str(year), count, True, Search()
        )
        for year, count in ((2000, 3), (2001, 0), (2002, 7))
    ),
    None,
    None,
    4,
    None,
)
READING = Reading(
    article=Article(
        id=MISSILES.id,
        title=MISSILES.title.text,
        body="Russia sells missiles.\n\nIran pays.",
        date=MISSILES.date,
        source="RFE/RL",
        byline="Paul Goble",
        place="Moscow",
        language="en",
        url=MISSILES.url,
        path=MISSILES.path,
        original="<script>alert(1)</script> Russia sells missiles. “Iran” pays.",
        provenance={"title": "inferred", "date": "found", "place": "inferred"},
    ),
    title=MISSILES.title,
    body=Passage("Russia sells missiles.\n\nIran pays.", ((13, 21),)),
    evidence={
        "country": (
            Evidence(RUSSIA, (Passage("Russia sells missiles.", ((0, 6),)),)),
            Evidence(IRAN, (Passage("Iran pays.", ((0, 4),)), Passage("Iran waits.", ((0, 4),)))),
            Evidence(BELGIUM, (Passage("Brussels protests.", ((0, 8),)),)),
        ),
        "person": (Evidence(Tag("Vladimir Putin", "Vladimir Putin"), ()),),
        "topic": (),
    },
    words=(Shown("missiles", ((13, 21),), ((13, 21),)),),
)


@dataclass
class Shelf:
    """An archive that finds `page` whatever is asked and remembers what that was."""

    page: Page = PAGE
    readings: dict[str, Reading] = field(
        default_factory=lambda: {READING.article.id: READING, BARE.id: READING}
    )
    values: Facet = COUNTRIES
    dates: Timeline = TIMELINE
    alike: tuple[Hit, ...] = ()
    copied: tuple[Copy, ...] = ()
    error: Exception | None = None
    empty: bool = False
    asked: list[object] = field(default_factory=list)

    def is_empty(self) -> bool:
        return self.empty

    def run(self, search: Search, grouped: bool = True) -> Page:
        self.asked.append(search)
        if self.error:
            raise self.error
        return replace(self.page, search=search)

    def copies(self, id: str) -> tuple[Copy, ...]:
        return self.copied

    def failures(self) -> tuple[Failure, ...]:
        return ()

    def similar(self, id: str, size: int) -> tuple[Hit, ...]:
        return self.alike[:size]

    def timeline(self, search: Search) -> Timeline:
        return replace(self.dates, search=search)

    def read(self, id: str, q: str = "", match: str = "all") -> Reading:
        self.asked.append((id, q, match))
        if id not in self.readings:
            raise NoSuchArticle(f"there is no article {id!r}")
        return self.readings[id]

    def article(self, id: str) -> Tagged:
        return Tagged(self.read(id).article, Tags())

    def facet(
        self,
        search: Search,
        name: str,
        contains: str = "",
        offset: int = 0,
        limit: int = 100,
        prefix: str = "",
        order: str = "count",
    ) -> Facet:
        self.asked.append((search, name, contains or prefix, offset, limit, order))
        return replace(self.values, name=name)

    def branches(self, facet: Facet) -> tuple[Branch, ...]:
        """Each below the one before it whose value its own begins with."""
        top: list[Branch] = []
        for bucket in facet.buckets:
            if top and bucket.value.startswith(f"{top[-1].bucket.value}/"):
                top[-1] = replace(top[-1], below=(*top[-1].below, Branch(bucket)))
            else:
                top.append(Branch(bucket))
        return tuple(top)


class Markup(HTMLParser):
    """The links, form controls, headings and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []
        self.controls: list[dict[str, str]] = []
        self.headings: list[int] = []
        self.forms: list[dict[str, str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._words: list[str] = []
        self._form = ""
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return " ".join("".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= set(found)
        if tag == "form":
            self._form = found.get("id", f"form{len(self.forms)}")
            self.forms.append(found)
        if tag in ("input", "button") and "name" in found:
            self.controls.append({"form": self._form, **found})
        if tag in ("a", "link"):
            self.links.append(found)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def hrefs(self, start: str = "") -> list[str]:
        return [link["href"] for link in self.links if link["href"].startswith(start)]

    def submitted(self, form: str, *ticked: str) -> list[tuple[str, str]]:
        """What a browser sends, with the boxes of the values `ticked` too; of what is empty nothing
        (which without JavaScript is sent, too, and means nothing)."""
        sent = []
        for control in self.controls:
            box = control.get("type") == "checkbox"
            on = not box or "checked" in control or control["value"] in ticked
            if control["form"] == form and control.get("type") != "submit" and on:
                sent += [(control["name"], control["value"])] if control["value"] else []
        return sent


def client_of(shelf: Shelf, settings: Settings = SETTINGS) -> FlaskClient:
    return web.create_app(shelf, settings).test_client()  # type: ignore[arg-type]


def page_of(shelf: Shelf, url: str = "/", status: int = 200) -> Markup:
    answer = client_of(shelf).get(url)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    return Markup(answer.text)


def search_of(url: str) -> Search:
    """The search that an URL of ours asks for, however its filters and its article look."""
    pairs = parse_qsl(urlsplit(url).query)
    return parsed([pair for pair in pairs if pair[0] not in (*results.LOOKS, *article.OWN)])


def parsed(pairs: list[tuple[str, str]]) -> Search:
    return address.parse(MultiDict(pairs), SETTINGS)


def assert_golden(name: str, answer: TestResponse) -> None:
    path = GOLDENS / f"{name}.html"
    text = re.sub(r"\?v=[0-9a-f]{8}", "?v=", answer.text)
    text = re.sub(r"Accessed \d+ \w+ \d{4}", "Accessed today", text)
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


STATE = (
    "q=missiles+%26+gas&match=any&country=IR&not_country=RU&not_person=A%2BB"
    "&date_from=2000-01-01&sort=newest&per_page=20"
)


# --- results ------------------------------------------------------------------------------------


def test_results_page_as_it_was_last_looked_at() -> None:
    chosen = (
        Chosen("country", "IR", "Iran", False, Search(q="missiles")),
        Chosen("topic", "medtop:15000000", "sport", True, Search(q="missiles")),
    )
    facets = (
        replace(COUNTRIES, buckets=(Bucket("IR", "Iran", 12, selected=True),)),
        PEOPLE,
        replace(TOPICS, buckets=(Bucket("medtop:15000000", "sport", 0, excluded=True),)),
    )
    page = replace(PAGE, chosen=chosen, facets=facets, warnings=("A quote was closed.",))
    url = "/?q=missiles&country=IR&not_topic=medtop:15000000&page=2"
    assert_golden("web_results", client_of(Shelf(page)).get(url))


def test_a_hit_shows_why_it_matched_and_what_it_is() -> None:
    html = client_of(Shelf()).get("/?q=missiles").text
    assert "Russia sells <mark>missiles</mark> to Iran</a></h2>" in html
    assert "The <mark>missiles</mark> are of the S-300 kind …</p>" in html
    text = Markup(html).text
    assert "2 October 2001" in text
    assert "RFE/RL" in text
    assert "Paul Goble" in text


def test_a_hit_without_date_and_source_is_shown() -> None:
    page = page_of(Shelf(replace(PAGE, hits=(BARE,))))
    assert "Nothing known No date" in page.text


def test_countries_the_article_is_about_come_before_those_in_passing() -> None:
    text = page_of(Shelf()).text
    assert "Countries Iran Russia Belgium" in text


def test_many_values_of_a_hit_are_cut_and_counted() -> None:
    people = tuple(Tag(f"P{n}", f"Person {n}") for n in range(8))
    hit = replace(MISSILES, tags=Tags(person=people))
    text = page_of(Shelf(replace(PAGE, hits=(hit,)))).text
    assert "Person 4 +3 more people" in text
    assert "Person 5" not in text


def test_a_value_of_a_hit_is_a_link_that_chooses_it() -> None:
    page = page_of(Shelf(), f"/?{STATE}&page=3")
    asked = search_of(f"/?{STATE}")
    links = [search_of(href) for href in page.hrefs("/?")]
    assert replace(asked, chosen={"country": ("IR",), "person": ("Ali Shamkhani",)}) in links


def test_a_country_only_mentioned_is_a_link_to_articles_that_mention_it() -> None:
    links = [search_of(href) for href in page_of(Shelf(), "/?q=gas").hrefs("/?")]
    assert Search(q="gas", chosen={"country": ("BE",)}, countries="mentioned") in links
    assert Search(q="gas", chosen={"country": ("IR",)}) in links
    links = [search_of(href) for href in page_of(Shelf(), ARTICLE).hrefs("/?")]
    assert Search(chosen={"country": ("BE",)}, countries="mentioned") in links
    assert Search(chosen={"country": ("RU",)}) in links


def test_a_country_only_mentioned_is_in_force_only_where_mentions_count() -> None:
    about = client_of(Shelf()).get("/?country=BE").text
    mentioned = client_of(Shelf()).get("/?country=BE&countries=mentioned").text
    assert '<bdi class="tag in-force">Belgium</bdi>' not in about
    assert '<bdi class="tag in-force">Belgium</bdi>' in mentioned


@pytest.mark.parametrize("path", ["/", "/facet/country"])
def test_the_countries_facet_switches_between_about_and_mentioned(path: str) -> None:
    page = page_of(Shelf(), f"{path}?{STATE}&page=3")
    asked = search_of(f"/?{STATE}")
    current = [search_of(a["href"]) for a in page.links if a.get("aria-current") == "true"]
    assert asked in current
    assert replace(asked, countries="mentioned") in map(search_of, page.hrefs(f"{path}?"))
    page = page_of(Shelf(), f"{path}?{STATE}&countries=mentioned")
    assert asked in map(search_of, page.hrefs(f"{path}?"))
    assert ("countries", "mentioned") in page.submitted("search")


def test_other_facets_have_no_such_switch() -> None:
    assert "About Mentioned" in page_of(Shelf(), "/facet/country").text
    assert "About Mentioned" not in page_of(Shelf(), "/facet/person").text


def test_the_switch_is_there_where_no_article_is_about_a_country() -> None:
    page = page_of(Shelf(replace(PAGE, facets=(replace(COUNTRIES, buckets=()),))), "/?q=gas")
    assert "Countries About Mentioned" in page.text


def test_a_filter_by_mentions_says_so_and_an_empty_list_offers_them() -> None:
    chosen = (Chosen("country", "IR", "Iran", False, Search()),)
    shelf = Shelf(replace(PAGE, chosen=chosen))
    url = "/?country=IR&countries=mentioned"
    assert "Remove Country mentioned: Iran ×" in page_of(shelf, url).text
    nothing = Shelf(replace(PAGE, total=0, hits=(), chosen=chosen))
    page = page_of(nothing, "/?country=IR")
    assert "Articles that only mention the country" in page.text
    assert search_of(url) in [search_of(href) for href in page.hrefs("/?")]
    assert "only mention" not in page_of(nothing, url).text


def test_a_title_leads_to_the_article_and_carries_the_search() -> None:
    page = page_of(Shelf(), f"/?{STATE}&page=2")
    href = page.hrefs("/article/2001/missiles%20%26%20co.txt?")[0]
    assert search_of(href) == search_of(f"/?{STATE}&page=2")


@pytest.mark.parametrize(
    ("url", "heading"),
    [
        ("/", "All 14,668 articles 1–2 of 14,668"),
        ("/?q=gas", "14,668 articles for gas"),
        ("/?country=IR", "14,668 articles"),
        ("/?page=2&q=gas", "11–12 of 14,668 in 3 ms"),
    ],
)
def test_the_page_says_what_is_shown(url: str, heading: str) -> None:
    text = page_of(Shelf(), url).text
    side, charts = "Filters.*?Apply filters ", "Skip the timeline.*?(?=1–|11–)"
    assert heading in re.sub(charts, "", re.sub(side, "", text))


def test_what_may_have_been_meant_is_a_link_with_its_changed_words_marked() -> None:
    search = Search(q="<b> gas", chosen={"country": ("IR",)})
    page = replace(PAGE, total=0, hits=(), meant=Meant(Passage("<b> gas", ((4, 7),)), search, 12))
    html = client_of(Shelf(page)).get("/?q=%3Cb%3E+gsa&country=IR").text
    link = '<a href="/?q=%3Cb%3E+gas&amp;country=IR" dir="auto">&lt;b&gt; <mark>gas</mark></a>?'
    assert f"Did you mean {link}" in html
    assert html.index("Did you mean") < html.index("What may help")
    assert "12 articles" in html
    assert "Did you mean" not in client_of(Shelf()).get("/?q=gas").text


def test_what_is_asked_is_said_in_words() -> None:
    said = Said("articles with {a} about {b}", a=Term("<gas>"), b=Label("Iran"))
    html = client_of(Shelf(replace(PAGE, described=said))).get("/?q=gas").text
    expected = 'articles with <em class="term">&lt;gas&gt;</em> about <em class="label">Iran</em>'
    assert expected in html
    assert "described" not in client_of(Shelf()).get("/").text  # "All 14,668 articles" says it


def test_the_first_page_describes_itself_and_no_crawler_is_to_list_the_others() -> None:
    words = "14,668 articles to search by words, country, person and topic"
    for url, is_first in (("/", True), ("/?q=gas", False), ("/?country=IR", False)):
        html = client_of(Shelf()).get(url).text
        assert (f'<meta name="description" content="{words}">' in html) is is_first
        assert ('<meta name="robots" content="noindex, nofollow">' in html) is not is_first


def test_warnings_are_shown_and_escaped() -> None:
    warnings = ("No article has <all> words; these have some.",)
    html = client_of(Shelf(replace(PAGE, warnings=warnings, parsed="a OR <b>"))).get("/?q=a+b").text
    assert "No article has &lt;all&gt; words; these have some." in html
    assert "a OR &lt;b&gt;" in html


def test_a_value_has_a_tick_box_with_its_count_and_a_link_to_exclude_it() -> None:
    page = page_of(Shelf(), "/?q=gas&page=4")
    assert "Iran 12 not Iran" in page.text
    links = [search_of(href) for href in page.hrefs("/?")]
    assert Search(q="gas", excluded={"country": ("IR",)}) in links


SERGEI = Bucket(
    "Sergey Ivanov", "Sergey Ivanov", 3, True, variants=("Sergey Ivanov", "Sergei Ivanov")
)


def test_a_person_spelled_in_several_ways_says_so() -> None:
    facet = replace(PEOPLE, buckets=(SERGEI,))
    html = client_of(Shelf(replace(PAGE, facets=(facet,)))).get("/").text
    assert 'title="Sergey Ivanov, Sergei Ivanov"' in html
    page = page_of(Shelf(values=facet), "/facet/person")
    assert "Sergey Ivanov also Sergei Ivanov 3" in page.text


def test_any_spelling_of_a_person_ticks_and_unticks_the_value() -> None:
    page = page_of(
        Shelf(replace(PAGE, facets=(replace(PEOPLE, buckets=(SERGEI,)),))),
        "/?person=Sergei+Ivanov",
    )
    assert ("person", "Sergey Ivanov") in page.submitted("search")
    assert ("person", "Sergei Ivanov") not in page.submitted("search")
    tag = Tag("Serguei Ivanov", "Serguei Ivanov")
    assert address.is_chosen(Search(chosen={"person": ("Sergei Ivanov",)}), "person", tag)


def test_an_excluded_value_has_no_tick_box_and_is_allowed_again_by_a_link() -> None:
    facet = replace(COUNTRIES, buckets=(Bucket("IR", "Iran", 0, excluded=True),))
    page = page_of(Shelf(replace(PAGE, facets=(facet,))), "/?not_country=IR&q=gas")
    assert "Iran excluded allow Iran" in page.text
    assert not [c for c in page.controls if c["name"] == "country"]
    assert Search(q="gas") in [search_of(href) for href in page.hrefs("/?")]


def test_a_long_facet_leads_to_all_its_values() -> None:
    page = page_of(Shelf(), "/?q=gas&page=3")
    assert "All 84 countries" in page.text
    assert page.hrefs("/facet/") == ["/facet/country?q=gas"]


MANY = replace(COUNTRIES, buckets=(Bucket("FJ", "Fiji", 3), Bucket("FI", "Finland", 2)))


def test_a_long_facet_shows_more_in_place_and_fewer_again() -> None:
    page = page_of(Shelf(), "/?q=gas")
    assert "/?q=gas&more=country" in page.hrefs("/?")
    shelf = Shelf(values=MANY)
    page = page_of(shelf, "/?q=gas&more=country")
    assert shelf.asked[1] == (Search(q="gas"), "country", "", 0, 100, "count")
    assert "Fiji 3 not Fiji Finland 2" in page.text
    assert "Show fewer" in page.text
    assert ("more", "country") in page.submitted("search")
    assert "/?q=gas&not_country=FJ&more=country" in page.hrefs("/?")


def test_a_value_is_found_within_a_facet_and_what_is_chosen_stays_in_sight() -> None:
    chosen = replace(COUNTRIES, buckets=(Bucket("IR", "Iran", 12, selected=True),))
    shelf = Shelf(replace(PAGE, facets=(chosen,)), values=MANY)
    page = page_of(shelf, "/?country=IR&find_country=fi")
    asked = (Search(chosen={"country": ("IR",)}), "country", "fi", 0, 100, "count")
    assert shelf.asked[1] == asked
    assert "Iran 12 not Iran Fiji 3 not Fiji" in page.text
    assert ("country", "IR") in page.submitted("search")
    assert ("find_country", "fi") in page.submitted("search")
    nothing = Shelf(values=replace(COUNTRIES, buckets=()))
    assert "None with “xyz”" in page_of(nothing, "/?find_country=xyz").text


def test_a_facet_is_shown_by_the_alphabet_and_by_count_again() -> None:
    shelf = Shelf(values=MANY)
    page = page_of(shelf, "/?q=gas&az=country")
    assert shelf.asked[1] == (Search(q="gas"), "country", "", 0, 10, "label")
    assert "By count" in page.text
    assert "/?q=gas" in page.hrefs("/?")
    assert "/?q=gas&az=country" in page_of(Shelf(), "/?q=gas").hrefs("/?")


def test_topics_are_shown_below_those_they_are_part_of() -> None:
    topics = Facet("topic", (Bucket("T", "war", 9), Bucket("T/1", "truce", 4)), 0, 2)
    page = replace(PAGE, facets=(COUNTRIES, PEOPLE, topics))
    html = client_of(Shelf(page)).get("/").text
    part = html[html.index('id="facet-topic"') :]
    assert re.search(r"war.*?<ul.*?truce.*?</ul>\s*</li>", part, re.DOTALL)
    assert ("topic", "T/1") in Markup(html).submitted("search", "T/1")


def test_the_values_chosen_may_all_have_to_be_there() -> None:
    every = Search(chosen={"person": ("Ali Shamkhani",)}, all_of=frozenset({"person"}))
    page = page_of(Shelf(), "/?person=Ali+Shamkhani")
    assert "Any of them All of them" in page.text
    assert every in [search_of(href) for href in page.hrefs("/?")]
    page = page_of(Shelf(), "/?person=Ali+Shamkhani&facet_mode=person%3Aall")
    assert ("facet_mode", "person:all") in page.submitted("search")
    assert replace(every, all_of=frozenset()) in [search_of(href) for href in page.hrefs("/?")]


def test_how_the_filters_look_is_no_part_of_the_search() -> None:
    page = page_of(Shelf(values=MANY), "/?q=gas&az=person&more=country")
    assert "/?q=gas" in [link["href"] for link in page.links if link.get("rel") == "canonical"]
    assert all("more=" not in href for href in page.hrefs("/article/"))
    assert "none of country, person, topic" in page_of(Shelf(), "/?more=planet", 400).text


def test_chosen_filters_are_removed_with_one_link() -> None:
    without = Search(q="gas", chosen={"country": ("RU",)})
    chosen = (
        Chosen("country", "IR", "Iran", False, without),
        Chosen("person", "A B", "A B", True, Search(q="gas", sort="newest")),
        Chosen("date", "2000-01-01..", "from 2000-01-01", False, Search(q="oil")),
    )
    page = page_of(Shelf(replace(PAGE, chosen=chosen)), "/?q=gas&country=IR&country=RU&sort=newest")
    assert "Remove Country: Iran × Remove Not person: A B ×" in page.text
    assert "Remove Date: from 2000-01-01 × Clear all" in page.text
    links = [search_of(href) for href in page.hrefs("/?")]
    for expected in (without, Search(q="gas", sort="newest"), Search(q="oil")):
        assert expected in links


def test_the_form_carries_the_whole_state() -> None:
    page = page_of(Shelf(), "/")
    assert parsed(page.submitted("search")) == Search()
    facet = replace(COUNTRIES, buckets=(Bucket("IR", "Iran", 12, selected=True),))
    page = page_of(Shelf(replace(PAGE, facets=(facet, PEOPLE))), f"/?{STATE}&page=3")
    assert parsed(page.submitted("search")) == search_of(f"/?{STATE}")


def test_a_tick_adds_a_value_and_unticking_removes_it() -> None:
    page = page_of(Shelf(), "/?q=gas&not_topic=T")
    ticked = parsed(page.submitted("search", "RU", "Ali Shamkhani"))
    assert ticked.chosen == {"country": ("RU",), "person": ("Ali Shamkhani",)}
    assert (ticked.q, ticked.excluded) == ("gas", {"topic": ("T",)})


def test_a_chosen_value_without_a_tick_box_is_not_lost() -> None:
    page = page_of(Shelf(), "/?country=FJ&person=Ali+Shamkhani")
    assert ("country", "FJ") in page.submitted("search")


def test_orders_are_links_and_the_current_one_is_said() -> None:
    page = page_of(Shelf(), "/?q=gas&sort=newest&page=5")
    current = [search_of(a["href"]) for a in page.links if a.get("aria-current") == "true"]
    assert current == 2 * [Search(q="gas", sort="newest")]  # the countries are those "about"
    assert Search(q="gas", sort="oldest") in [search_of(href) for href in page.hrefs("/?")]


def test_pages_are_linked_back_and_forth() -> None:
    page = page_of(Shelf(), "/?q=gas&page=3")
    links = {a["rel"]: a["href"] for a in page.links if "rel" in a}
    assert search_of(links["prev"]) == Search(q="gas", page=2)
    assert search_of(links["next"]) == Search(q="gas", page=4)
    assert "Previous Page 1 Page 2 Page 3 Page 4 Page 5 … Page 1,000 Next" in page.text


def test_a_last_page_that_the_limit_cuts_is_not_linked() -> None:
    page = page_of(Shelf(), "/?q=gas&per_page=30&page=333")
    assert "next" not in {a.get("rel") for a in page.links}
    assert "Paging ends at article 9,990" in page.text


def test_paging_ends_where_the_limit_is_and_says_so() -> None:
    page = page_of(Shelf(), "/?page=1000")
    assert "next" not in {a.get("rel") for a in page.links}
    assert "Paging ends at article 10,000" in page.text


def test_a_page_after_the_last_leads_back() -> None:
    page = page_of(Shelf(replace(PAGE, total=31, hits=())), "/?q=gas&page=9")
    assert "There is no page 9: the last page is 4." in page.text
    assert Search(q="gas", page=4) in [search_of(href) for href in page.hrefs("/?")]


def test_no_results_names_the_filter_that_emptied_the_list() -> None:
    emptied = (Chosen("country", "IR", "Iran", False, Search(q="gas oil"), 12),)
    nothing = replace(PAGE, total=0, hits=(), emptied_by=emptied, chosen=emptied)
    page = page_of(Shelf(nothing), "/?q=gas+oil&country=IR")
    assert "No articles for gas oil" in page.text
    assert "Remove Country: Iran → 12 articles" in page.text
    links = [search_of(href) for href in page.hrefs("/?")]
    assert Search(q="gas oil") in links
    assert Search(q="gas oil", match="any", chosen={"country": ("IR",)}) in links


def test_an_empty_index_says_what_to_do() -> None:
    shelf = Shelf(empty=True)
    assert "searchapp index FOLDER" in page_of(shelf).text
    assert shelf.asked == []


def test_every_link_of_a_results_page_is_a_search_that_can_be_run() -> None:
    client = client_of(Shelf())
    page = Markup(client.get(f"/?{STATE}&page=2").text)
    assert len(page.hrefs("/?")) > 15
    for href in page.hrefs("/"):
        if not href.startswith(("/api/", "/language/")):
            assert client.get(href, buffered=True).status_code == 200, href
            if not href.startswith("/static/"):
                search_of(href)


def test_the_search_that_was_asked_is_the_one_that_is_run() -> None:
    shelf = Shelf()
    page_of(shelf, f"/?{STATE}&page=2")
    assert shelf.asked == [search_of(f"/?{STATE}&page=2")]


def test_copies_of_a_story_are_one_hit_that_leads_to_them() -> None:
    hit = replace(MISSILES, similar=4)
    shelf = Shelf(replace(PAGE, hits=(hit,), total=30, groups=26))
    page = page_of(shelf, "/?q=gas")
    assert "4 similar: Russia sells missiles to Iran" in page.text
    assert "1–1 of 26 in 3 ms 4 copies grouped: list each" in page.text
    assert "30 articles for gas" in page.text
    assert "Page 3 Next" in page.text
    found = [search_of(href) for href in page.hrefs("/?")]
    assert Search(q="gas", copies_of=hit.id) in found
    assert Search(q="gas", copies="all") in found


def test_the_copies_of_a_story_are_listed_each_and_the_story_is_let_go() -> None:
    chosen = (Chosen("copies", "a", "Missiles", False, Search(q="gas")),)
    page = page_of(Shelf(replace(PAGE, chosen=chosen)), "/?q=gas&copies_of=a")
    assert "Remove Copies of: Missiles ×" in page.text
    assert Search(q="gas") in [search_of(href) for href in page.hrefs("/?")]
    assert ("copies_of", "a") in page.submitted("search")
    assert "Group copies" not in page.text


def test_pages_group_copies_unless_they_are_told_not_to() -> None:
    page = page_of(Shelf(), "/?q=gas&copies=all")
    assert Search(q="gas", copies="grouped") in [search_of(href) for href in page.hrefs("/?")]
    assert ("copies", "all") in page.submitted("search")


# --- an article ---------------------------------------------------------------------------------


ARTICLE = "/article/2001/missiles%20%26%20co.txt"


def test_article_page_as_it_was_last_looked_at() -> None:
    assert_golden("web_article", client_of(Shelf()).get(f"{ARTICLE}?q=missiles&country=IR&page=2"))


def test_an_article_is_read_with_the_words_of_the_search() -> None:
    shelf = Shelf()
    html = client_of(shelf).get(f"{ARTICLE}?q=missiles&match=any").text
    assert shelf.asked == [(READING.article.id, "missiles", "any")]
    assert re.search(r"Russia sells <mark [^>]*>missiles</mark>\.</p>", html)


def test_paragraphs_of_an_article_are_kept() -> None:
    html = client_of(Shelf()).get(ARTICLE).text
    assert '<p dir="auto">Iran pays.</p>' in html


def test_an_article_leads_back_to_its_results() -> None:
    page = page_of(Shelf(), f"{ARTICLE}?{STATE}&page=2")
    assert search_of(page.hrefs("/?")[0]) == search_of(f"/?{STATE}&page=2")


def test_each_value_of_an_article_shows_its_sentences_and_finds_its_articles() -> None:
    page = page_of(Shelf(), f"{ARTICLE}?q=missiles")
    assert "Iran Why Iran: 2 sentences Iran pays. Iran waits." in page.text
    assert "Belgium in passing Why Belgium: 1 sentence Brussels protests." in page.text
    assert "Vladimir Putin given by the owner" in page.text
    assert "/?country=IR" in page.hrefs("/?")


def test_what_was_inferred_is_said() -> None:
    html = client_of(Shelf()).get(ARTICLE).text
    assert html.count(" inferred</span>") == html.count(">inferred</span>") == 1
    assert '<span class="inferred">title inferred</span>' in html
    assert '<bdi>Moscow</bdi> <span class="inferred">inferred</span>' in html


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://news.example/a", True),
        ("HTTP://news.example/a", True),
        ("javascript:alert(1)", False),
        ("\x01javascript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("//news.example/a", False),
    ],
)
def test_only_web_addresses_become_links(url: str, is_link: bool) -> None:
    reading = replace(READING, article=replace(READING.article, id="a", url=url))
    page = page_of(Shelf(readings={"a": reading}), "/article/a")
    links = [link for link in page.links if "noopener" in link.get("rel", "")]
    assert [(link["href"], link["rel"]) for link in links] == (
        [(url, "noopener noreferrer nofollow")] if is_link else []
    )


def test_the_original_is_plain_text_that_no_browser_renders() -> None:
    answer = client_of(Shelf()).get(f"{ARTICLE}/original")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.text == READING.article.original


@pytest.mark.parametrize(
    "id",
    [
        "a b.txt",
        "a/b/c.txt",
        "/a",
        "a/",
        "a//b",
        "https://news.example/a?b=c&d#e",
        "100%25",
        "../..",
        "./a",
        "a\nb",
        "Ünïcode/日本",
        "x/original",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
    ],
)
def test_an_article_is_found_whatever_its_id(id: str) -> None:
    reading = replace(READING, article=replace(READING.article, id=id, original=id))
    hit = replace(MISSILES, id=id)
    client = client_of(Shelf(replace(PAGE, hits=(hit,)), {id: reading}))
    href = Markup(client.get("/?q=gas").text).hrefs("/article/")[0]
    assert not {"..", "."} & set(urlsplit(href).path.split("/"))
    answer = client.get(href)
    assert answer.status_code == 200
    assert "<h2>Found in it</h2>" in answer.text
    original = f"{urlsplit(href).path}/original"
    assert original in Markup(answer.text).hrefs()
    assert client.get(original).text == id


def test_an_unknown_article_is_not_found() -> None:
    page = page_of(Shelf(), "/article/no/such%3Cb%3E", 404)
    assert "No such article there is no article 'no/such<b>'" in page.text
    page_of(Shelf(), "/article/no/such/original", 404)


def test_an_article_says_what_the_owner_corrected() -> None:
    added = Tag("TR", "Turkey", corrected=("added",))
    merged = Tag("Sergei Ivanov", "Sergei Ivanov", ((0, 2),), corrected=("was <b>Iwanow</b>",))
    reading = replace(
        READING,
        evidence={
            "country": (Evidence(added, ()),),
            "person": (Evidence(merged, (Passage("Iwanow spoke.", ((0, 6),)),)),),
            "topic": (),
        },
        removed=Tags(
            person=(Tag("White <House>", "White <House>"),), topic=(Tag("medtop:1", "sport"),)
        ),
    )
    shelf = Shelf(readings={MISSILES.id: reading})
    text = page_of(shelf, ARTICLE).text
    assert "Turkey corrected by the owner: added" in text
    assert "Sergei Ivanov corrected by the owner: was <b>Iwanow</b> Why" in text
    assert "White <House> removed: corrected by the owner" in text
    assert "Topics sport removed: corrected by the owner" in text
    assert "given by the owner" not in text
    assert "<b>" not in client_of(shelf).get(ARTICLE).text


# --- all values of a facet ----------------------------------------------------------------------


def test_a_facet_page_asks_for_its_part_of_the_values() -> None:
    shelf = Shelf(values=replace(COUNTRIES, value_count=250))
    page = page_of(shelf, "/facet/country?q=gas&find=+ira+&page=2")
    assert shelf.asked[0] == (Search(q="gas"), "country", "ira", 100, 100, "count")
    assert "250 countries with ira" in page.text
    relations = {a["rel"]: a["href"] for a in page.links if "rel" in a}
    assert relations["next"] == "/facet/country?q=gas&page=3&find=ira"
    assert relations["prev"] == "/facet/country?q=gas&find=ira"


def test_the_form_of_a_facet_page_carries_the_whole_state() -> None:
    values = replace(COUNTRIES, buckets=(Bucket("IR", "Iran", 12, selected=True),))
    page = page_of(Shelf(values=values), f"/facet/country?{STATE}&country=FJ&page=2&find=an")
    pairs = page.submitted("form1")
    assert ("find", "an") in pairs
    pairs.remove(("find", "an"))
    chosen = {"country": ("FJ", "IR")}
    assert parsed(pairs) == replace(search_of(f"/?{STATE}"), chosen=chosen)
    header = page.submitted("search")
    assert parsed(header) == replace(search_of(f"/?{STATE}"), chosen=chosen)


def test_applying_on_a_facet_page_shows_the_articles() -> None:
    page = page_of(Shelf(), "/facet/country?q=gas")
    form = [*page.submitted("form1", "RU"), ("apply", "1")]
    answer = client_of(Shelf()).get(f"{page.forms[1]['action']}?{urlencode(form)}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?q=gas&country=RU")


def test_enter_in_the_filter_box_filters_and_does_not_apply() -> None:
    html = client_of(Shelf()).get("/facet/country").text
    form = html[html.index('class="all-values"') :]
    assert form.index("Find</button>") < form.index('name="apply"')


def test_a_facet_page_without_values_says_so() -> None:
    page = page_of(Shelf(values=TOPICS), "/facet/topic?find=xyz")
    assert "No topics with xyz." in page.text


def test_an_unknown_facet_is_not_found() -> None:
    page_of(Shelf(), "/facet/planet", 404)


# --- problems -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/?cursor=x", "The parameter cursor: pages have no such parameter"),
        ("/?explain=true", "The parameter explain: pages have no such parameter"),
        ("/?colour=red", "The parameter colour: no such parameter"),
        ("/?page=0", "The parameter page: 0 is not from 1"),
        ("/?sort=best", "The parameter sort: 'best' is none of relevance, newest, oldest."),
        ("/?date_from=monday", "The parameter date_from: 'monday' is not a date"),
        ("/?%3Cb%3E=1", "The parameter <b>: no such parameter"),
        ("/?find=x", "The parameter find: no such parameter"),
        ("/facet/topic?offset=3", "The parameter offset: no such parameter"),
        (f"{ARTICLE}?per_page=x", "The parameter per_page: 'x' is not a whole number."),
    ],
)
def test_a_bad_parameter_is_named(url: str, said: str) -> None:
    page = page_of(Shelf(), url, 400)
    assert said in page.text


def test_what_the_archive_refuses_is_said() -> None:
    deep = Shelf(error=BadParameter("page", "5000 is beyond the 10,000th article"))
    assert "The parameter page: 5000 is beyond" in page_of(deep, "/?q=gas&page=5000", 400).text
    much = Shelf(error=BadQuery("the query has 65 clauses; the limit is 64"))
    assert "the query has 65 clauses" in page_of(much, "/?q=gas", 400).text
    slow = Shelf(error=SearchTimeout("the search took longer than 1 s"))
    assert "longer than 1 s" in page_of(slow, "/?q=a*", 503).text
    broken = Shelf(error=IndexDamaged("a file is missing: rebuild with searchapp index"))
    assert "a file is missing" in page_of(broken, "/", 503).text


def test_a_problem_page_keeps_the_words_in_the_box() -> None:
    page = page_of(Shelf(), "/?q=gas+%22oil%22&page=0", 400)
    assert page.submitted("search") == [("q", 'gas "oil"')]


def test_an_unknown_path_is_not_found() -> None:
    assert "There is no page at /no<b>" in page_of(Shelf(), "/no%3Cb%3E", 404).text


def test_a_wrong_method_is_told_the_right_ones() -> None:
    answer = client_of(Shelf()).post("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_failure_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    page = page_of(Shelf(error=RuntimeError("secret")), "/", 500)
    assert "Something in searchapp failed" in page.text
    assert "secret" not in page.text
    assert "secret" in caplog.text


def test_half_a_surrogate_pair_is_shown_as_a_question_mark() -> None:
    hit = replace(MISSILES, title=Passage("A\ud83d"), id="\udcff")
    html = client_of(Shelf(replace(PAGE, hits=(hit,)))).get("/").text
    assert "A?</a></h2>" in html


# --- safety -------------------------------------------------------------------------------------


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea></title><svg onload=alert(1)>",
    "\u202egnp.exe",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;",
]


def hostile_shelf(evil: str) -> Shelf:
    tag = Tag(evil, evil, ((0, 1),))
    tags = Tags((tag,), (tag,), (tag,))
    passage = Passage(evil, ((0, len(evil)),))
    hit = Hit(evil, passage, (passage,), 1.0, None, evil, evil, evil, evil, evil, tags)
    facets = tuple(
        Facet(name, (Bucket(evil, evil, 1, selected=True), Bucket("x", evil, 1, False, True)), 1, 9)
        for name in ("country", "person", "topic")
    )
    chosen = (Chosen("country", evil, evil, False, Search(q=evil), 3),)
    page = Page(Search(), evil, (evil,), 1, 1.0, (hit,), facets, chosen)
    article = Article(
        id=evil,
        title=evil,
        body=evil,
        source=evil,
        byline=evil,
        place=evil,
        language=evil,
        url=evil,
        path=evil,
        provenance={"title": "inferred"},
    )
    evidence = dict.fromkeys(("country", "person", "topic"), (Evidence(tag, (passage,)),))
    reading = Reading(article, passage, passage, evidence)
    return Shelf(page, {evil: reading}, facets[0])


@pytest.mark.parametrize("evil", HOSTILE)
def test_what_documents_and_visitors_say_is_only_ever_text(evil: str) -> None:
    shelf = hostile_shelf(evil)
    client = client_of(shelf)
    asked = urlencode({"q": evil, "country": evil, "not_person": evil})
    emptied = replace(shelf.page, total=0, hits=(), emptied_by=shelf.page.chosen)
    answers = [
        client.get(f"/?{asked}"),
        client.get(f"{present.article_path(evil)}?{asked}"),
        client.get(f"/facet/topic?{asked}&{urlencode({'find': evil})}"),
        client.get(f"/?{urlencode({evil: evil})}"),
        client.get(f"/?{urlencode({'q': evil, 'sort': evil})}"),
        client.get(present.article_path(f"no {evil}")),
        client.get(f"/{present.article_path(evil)}"),
        client_of(replace(shelf, page=emptied)).get(f"/?{asked}"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 400, 404, 404, 200]
    for answer in answers:
        page = Markup(answer.text)
        assert not page.tags & {"img", "textarea", "iframe"}
        assert answer.text.count("<script") == answer.text.count('<script src="/static/')
        assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
        assert not [h for h in page.hrefs() if not h.startswith(("/", "#"))]


def test_text_of_documents_cannot_turn_the_direction_of_the_page() -> None:
    """Every piece stands in an element that isolates: `bdi`, or `dir="auto"`."""
    evil = "\u202egnp.exe"
    client = client_of(hostile_shelf(evil))
    for url in ("/", present.article_path(evil)):
        html = client.get(url).text
        body = html[html.index("<main") :]
        for at in (m.start() for m in re.finditer(f">(<mark>)?{evil}", body)):
            before = body[:at]
            opened = before[before.rindex("<", 0, at) : at]
            assert "bdi" in opened or "dir=" in before[-300:] or "unseen" in opened
        assert "\u202e" not in html[: html.index("<header")]


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/?page=0",
        ARTICLE,
        f"{ARTICLE}/original",
        "/article/none",
        "/facet/country",
        "/none",
        "/health/live",
        "/robots.txt",
        "/static/searchapp.css",
        "/api/v1/search",
        "/api/none",
    ],
)
def test_every_answer_has_the_safety_headers(url: str) -> None:
    headers = client_of(Shelf()).get(url, buffered=True).headers
    assert "default-src" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


def test_nothing_is_fetched_from_elsewhere() -> None:
    folder = Path(web.__file__).parents[1] / "static"
    for path in folder.glob("*.css"):
        for name in re.findall(r"""url\(["']?([^"')]*)""", path.read_text(encoding="utf-8")):
            assert (folder / name).is_file()
    html = client_of(Shelf()).get("/").text
    scripts = ("searchapp.js", "suggest.js", "searches.js", "charts.js")
    assert re.findall(r'src="([^"?]*)', html) == [f"/static/{name}" for name in scripts]


# --- the rest of the site -----------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/", "/?q=gas", ARTICLE, "/facet/country", "/none"])
def test_headings_are_in_order_and_begin_with_one_h1(url: str) -> None:
    levels = Markup(client_of(Shelf()).get(url).text).headings
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_answered(path: str) -> None:
    assert client_of(Shelf()).get(path).json == {"status": "ok"}


def test_crawlers_are_kept_out_of_the_states_of_a_search() -> None:
    text = client_of(Shelf()).get("/robots.txt").text
    for path in ("/?", "/facet/", "/api/"):
        assert f"Disallow: {path}\n" in text


def test_static_files_are_named_by_their_content_and_kept() -> None:
    client = client_of(Shelf())
    hrefs = Markup(client.get("/").text).hrefs("/static/")
    assert len(hrefs) == 4
    for href in hrefs:
        assert re.search(r"\?v=[0-9a-f]{8}$|-[0-9.]+\.min\.css$", href)
        assert "max-age=31536000" in client.get(href, buffered=True).headers["Cache-Control"]
    assert (
        client.get("/favicon.ico", follow_redirects=True, buffered=True).mimetype == "image/svg+xml"
    )


def test_links_stay_below_the_prefix_of_the_site() -> None:
    client = client_of(Shelf())
    for path in ("/?q=gas&page=2", ARTICLE, "/facet/country", "/none"):
        page = Markup(client.get(path, environ_overrides={"SCRIPT_NAME": "/news"}).text)
        links = [*page.hrefs("/"), *(form["action"] for form in page.forms)]
        assert [link for link in links if not link.startswith("/news/")] == []


# --- what a link does to a search ---------------------------------------------------------------

facets = st.sampled_from(("country", "person", "topic"))
values = st.dictionaries(
    facets, st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(tuple)
)
searches = st.builds(Search, chosen=values, excluded=values, page=st.integers(1, 9))


@given(searches, facets, st.sampled_from("abc"))
def test_choosing_excluding_and_releasing_move_one_value(
    search: Search, facet: str, value: str
) -> None:
    free = address.release(search, facet, value)
    assert free.page == 1
    assert value not in free.chosen.get(facet, ())
    assert value not in free.excluded.get(facet, ())
    chosen, excluded = address.choose(search, facet, value), address.exclude(search, facet, value)
    assert chosen.chosen[facet] == (*free.chosen.get(facet, ()), value)
    assert excluded.excluded[facet] == (*free.excluded.get(facet, ()), value)
    assert (chosen.excluded, excluded.chosen) == (free.excluded, free.chosen)
    assert address.release(chosen, facet, value) == address.release(excluded, facet, value) == free


def test_clearing_filters_keeps_the_words_and_the_order() -> None:
    search = search_of(f"/?{STATE}&page=4")
    assert address.is_filtered(search)
    cleared = address.unfiltered(search)
    assert not address.is_filtered(cleared)
    assert cleared == Search(q="missiles & gas", match="any", sort="newest", per_page=20)


# --- what templates show ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, 3, None, 9]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (6, 12, [1, None, 4, 5, 6, 7, 8, None, 12]),
        (12, 12, [1, None, 10, 11, 12]),
        (99, 12, [1, None, 12]),
    ],
)
def test_page_numbers_leave_out_the_far_ones(
    current: int, last: int, numbers: list[int | None]
) -> None:
    assert present.page_numbers(current, last) == numbers


WRAPPED = """Showers continued in the cocoa zone, easing the
drought since January and improving prospects
for the coming temporao, Comissaria Smith said.
    The dry period is over.
Arrivals were 155,221 bags."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\n ", []),
        ("One.\n\nTwo.\n \n\nThree.", ["One.", "Two.", "Three."]),
        (f"{'Long ' * 30}\nSecond.", ["Long " * 30, "Second."]),
        ("Cocoa\nCoffee\nTea", ["Cocoa", "Coffee", "Tea"]),
        (
            WRAPPED,
            [
                WRAPPED[: WRAPPED.index("\n    ")],
                "The dry period is over.",
                "Arrivals were 155,221 bags.",
            ],
        ),
    ],
)
def test_paragraphs_are_told_from_wrapped_lines(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in present.paragraphs(text)] == expected


@given(st.text(alphabet="ab. \n"))
def test_paragraphs_lose_nothing_but_white_space(text: str) -> None:
    spans = present.paragraphs(text)
    shown = "".join(text[start:end] for start, end in spans)
    assert "".join(shown.split()) == "".join(text.split())
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
