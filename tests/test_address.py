"""A search and its URL say the same."""

from __future__ import annotations

import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from searchapp import address, variants
from searchapp.model import COUNTRIES, FACETS, MATCHES, SORTS, BadParameter, Search
from searchapp.settings import Settings

SETTINGS = Settings()


def parse(query: str) -> Search:
    return address.parse(MultiDict(parse_qsl(query, keep_blank_values=True)), SETTINGS)


def test_every_parameter() -> None:
    assert parse(
        "q=oil&match=any&country=IR&country=RU&not_person=A+B&countries=mentioned&facet_mode=person:all"
        "&facet_mode=topic:any&date_from=2000-01-01"
        "&date_to=2001-12-31&sort=newest&page=2&per_page=20&facet_size=5"
    ) == Search(
        q="oil",
        match="any",
        chosen={"country": ("IR", "RU")},
        excluded={"person": ("A B",)},
        countries="mentioned",
        all_of=frozenset({"person"}),
        date_from=datetime.date(2000, 1, 1),
        date_to=datetime.date(2001, 12, 31),
        sort="newest",
        page=2,
        per_page=20,
        facet_size=5,
    )


def test_nothing_and_empty_values_are_the_defaults() -> None:
    assert parse("") == parse("q=&country=&date_from=&page=") == Search()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("colour=red", "colour"),
        ("q=a&q=b", "q"),
        ("sort=up", "sort"),
        ("match=most", "match"),
        ("countries=all", "countries"),
        ("facet_mode=all", "facet_mode"),
        ("facet_mode=date:all", "facet_mode"),
        ("facet_mode=person:any&facet_mode=person:all", "facet_mode"),
        ("date_from=2001-02-30", "date_from"),
        ("date_from=20010203", "date_from"),
        ("date_from=2001-01-02&date_to=2001-01-01", "date_from"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=١", "page"),
        ("page=99999999999999999999", "page"),
        ("per_page=101", "per_page"),
        ("facet_size=1001", "facet_size"),
    ],
)
def test_what_makes_no_sense_is_named(query: str, name: str) -> None:
    with pytest.raises(BadParameter) as refused:
        parse(query)
    assert refused.value.name == name


def test_url_is_canonical() -> None:
    one = Search(chosen={"topic": ("b",), "country": ("RU", "IR")})
    assert address.url("/", one, SETTINGS) == "/?country=IR&country=RU&topic=b"
    assert address.url("/", Search(), SETTINGS) == "/"


def test_a_link_switches_how_the_values_of_a_facet_combine() -> None:
    one = Search(chosen={"person": ("A", "B")}, page=3)
    together = address.all_of(one, "person")
    assert address.url("/", together, SETTINGS) == "/?person=A&person=B&facet_mode=person%3Aall"
    assert address.any_of(together, "person") == Search(chosen={"person": ("A", "B")})
    assert address.release(together, "person", "A").all_of == {"person"}
    assert address.unfiltered(together) == Search()


values = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3, unique=True).map(tuple)
facets = st.dictionaries(st.sampled_from(FACETS), values)
days = st.one_of(st.none(), st.dates())
searches = st.builds(
    Search,
    q=st.text(max_size=30),
    match=st.sampled_from(MATCHES),
    chosen=facets,
    excluded=facets,
    countries=st.sampled_from(COUNTRIES),
    all_of=st.frozensets(st.sampled_from(FACETS)),
    sort=st.sampled_from(SORTS),
    date_from=days,
    page=st.integers(1, 1000),
    per_page=st.integers(1, 100),
    facet_size=st.integers(0, 1000),
)


@given(searches)
def test_url_reads_back(search: Search) -> None:
    query = urlsplit(address.url("/", search, SETTINGS)).query
    again = parse(query)
    assert address.parameters(again, SETTINGS) == address.parameters(search, SETTINGS)
    assert again.all_of == search.all_of
    assert {f: set(v) for f, v in again.chosen.items()} == {
        f: set(v) for f, v in search.chosen.items()
    }


@given(st.text(min_size=1, max_size=20))
def test_path_of_an_id_survives_a_browser(id_: str) -> None:
    path = "/article/" + address.quoted(id_)
    assert not {"..", ".", ""}.intersection(path[1:].split("/")) or id_ in (".", "..")
    assert path.isascii()


def test_last_page_is_one_that_paging_reaches() -> None:
    assert address.last_page(0, Search(), SETTINGS) == 1
    assert address.last_page(41, Search(per_page=20), SETTINGS) == 3
    assert address.last_page(10**6, Search(per_page=30), SETTINGS) == 333


@given(searches, st.sampled_from(FACETS), st.text(min_size=1))
def test_what_choosing_says_is_the_address_of_the_choice(
    search: Search, facet: str, value: str
) -> None:
    filtered = (*search.chosen.get(facet, ()), *search.excluded.get(facet, ()))
    assume(not variants.same(facet, value, filtered))
    said = address.choosing("/api/v1/search", search, facet, SETTINGS)(value)
    assert said == address.url("/api/v1/search", address.choose(search, facet, value), SETTINGS)
