"""The pages of one country, person or topic, over an index of a few known articles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Search
from searchapp.settings import Settings
from searchapp.web import present
from tests.conftest import item
from tests.test_web import HOSTILE, Markup, search_of

NEWS = [
    item("a", "Missiles", "x", "2000-01-05", country=["IR", "RU"], person=["Ali Shamkhani"]),
    item("b", "Gas", "x", "2000-03-01", country=["IR"], person=["Ali Shamkhani", "Bijan Zangeneh"]),
    item("c", "Oil", "x", "2002-06-01", country=["RU"], mentioned=["IR"], topic=["Our topic"]),
    item("d", "Rain", "x", country=["FJ"], person=["Sergei Ivanov"]),
    item("e", "Snow", "x", country=["FJ"], person=["Sergey Ivanov"]),
    item("f", "Hail", "x", person=["Sergey Ivanov", *HOSTILE]),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    where = tmp_path_factory.mktemp("values") / "index"
    settings = Settings(index=str(where))
    engine = open_engine(where, settings, create=True)
    engine.write(NEWS)
    with Archive(engine, settings) as archive:
        yield web.create_app(archive, settings).test_client()


def page_of(client: FlaskClient, url: str, status: int = 200) -> Markup:
    answer = client.get(url)
    assert answer.status_code == status
    return Markup(answer.text)


def test_a_country_says_how_many_articles_are_about_it_and_mention_it(client: FlaskClient) -> None:
    page = page_of(client, "/country/IR")
    assert "Country Iran 2 articles about it 3 articles that mention it" in page.text
    found = [search_of(href) for href in page.hrefs("/?")]
    assert Search(chosen={"country": ("IR",)}) in found
    assert Search(chosen={"country": ("IR",)}, countries="mentioned") in found


def test_the_page_describes_itself_to_those_who_list_links(client: FlaskClient) -> None:
    expected = "2 articles with Iran: over time, and who and what is in the same ones"
    assert f'<meta name="description" content="{expected}">' in client.get("/country/IR").text


def test_who_and_what_is_in_the_same_articles_is_counted(client: FlaskClient) -> None:
    page = page_of(client, "/country/IR")
    assert "Countries Russia 1 article with both: Russia" in page.text
    assert "People Ali Shamkhani 2 articles with both: Ali Shamkhani" in page.text
    assert "Bijan Zangeneh 1 article" in page.text
    assert "Iran 2 articles with both" not in page.text
    assert "/person/Ali%20Shamkhani" in page.hrefs("/person/")


def test_a_count_leads_to_the_articles_that_have_both(client: FlaskClient) -> None:
    page = page_of(client, "/country/IR")
    both = Search(chosen={"country": ("IR", "RU")}, all_of=frozenset({"country"}))
    asked = [search_of(href) for href in page.hrefs("/?")]
    assert both in asked
    href = next(href for href in page.hrefs("/?") if search_of(href) == both)
    assert "1 article" in page_of(client, href).text


def test_a_person_is_found_in_any_spelling_which_the_page_names(client: FlaskClient) -> None:
    for spelling in ("Sergei Ivanov", "Sergey Ivanov"):
        page = page_of(client, f"/person/{spelling}")
        assert "also written Sergei Ivanov" in page.text
        assert "3 articles" in page.text


def test_a_topic_of_the_owners_own_has_a_page(client: FlaskClient) -> None:
    assert "Topic Our topic 1 article" in page_of(client, "/topic/Our%20topic").text


def test_newest_articles_come_first_and_lead_to_themselves(client: FlaskClient) -> None:
    page = page_of(client, "/country/IR")
    assert page.hrefs("/article/") == ["/article/b", "/article/a"]
    assert "/feed.atom?country=IR&sort=newest" in page.hrefs("/feed.atom")


def test_days_can_be_chosen_on_the_timeline_and_let_go(client: FlaskClient) -> None:
    page = page_of(client, "/country/IR")
    bars = [href for href in page.hrefs("/country/IR?") if "date_from=" in href]
    assert bars
    page = page_of(client, "/country/IR?date_from=2000-01-01&date_to=2000-01-31")
    assert page.hrefs("/article/") == ["/article/a"]
    assert "Zoom out" in page.text
    page = page_of(client, "/country/IR?date_from=1990-01-01&date_to=1990-01-31")
    assert "None in these days." in page.text


def test_a_country_only_mentioned_has_a_page(client: FlaskClient) -> None:
    assert "2 articles" in page_of(client, "/country/FJ").text
    assert page_of(client, "/country/IR?countries=mentioned").hrefs("/article/c") == ["/article/c"]


@pytest.mark.parametrize("path", ["/country/ZZ", "/person/Nobody", "/topic/medtop:99999999"])
def test_what_no_article_has_is_not_found(client: FlaskClient, path: str) -> None:
    assert "no article has" in page_of(client, path, 404).text


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_are_text(client: FlaskClient, evil: str) -> None:
    for path in ("/person/Sergey%20Ivanov", present.value_path("person", evil)):
        page = page_of(client, path)
        assert " ".join(evil.split()) in page.text or "\u202e" in evil
        assert not page.tags & {"img", "textarea", "iframe"}
        assert not [name for name in page.attributes if name.startswith("on") or name == "style"]


def test_results_lead_to_the_page_of_what_is_chosen(client: FlaskClient) -> None:
    page = page_of(client, "/?country=IR&person=Ali+Shamkhani&not_country=RU")
    assert "Overview: Iran, Ali Shamkhani" in page.text
    assert "/country/IR" in page.hrefs("/country/")
    assert "/country/RU" not in page.hrefs("/country/")
