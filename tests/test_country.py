"""Countries: what names them, what only looks like it, and what an article is about."""

from __future__ import annotations

import pytest

from searchapp.model import Article, Tag
from searchapp.tag import tag_article


def countries(body: str, headline: str = "", place: str | None = None) -> tuple[Tag, ...]:
    found = {"title": "found"} if headline else {"title": "inferred"}
    return tag_article(
        Article("a", headline, body, place=place, provenance=found)  # type: ignore[arg-type]
    ).country


def codes(body: str, headline: str = "") -> set[str]:
    return {tag.value for tag in countries(body, headline)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Talks between Iran and Russia went on.", {"IR", "RU"}),
        ("Iranian and Russian officials met Afghans.", {"IR", "RU", "AF"}),
        ("The Soviet Union and the USSR were one.", {"RU"}),
        ("He fought in Burma and in Zaire.", {"MM", "CD"}),
        ("Moscow warned Tehran.", {"RU", "IR"}),
        ("The Kremlin and Downing Street disagreed.", {"RU", "GB"}),
        ("The White House said nothing.", {"US"}),
        ("A Russian-Iranian pact and a U.S.-led force", {"RU", "IR", "US"}),
        ("Protests from the US and the U.S. alike", {"US"}),
        ("They told us to join us.", set()),
        ("The EU, the UN and NATO met Kurds.", set()),
        ("Fighting in Nagorno-Karabakh went on.", {"AZ"}),
        ("It rained in Port-au-Prince.", {"HT"}),
        ("Côte d'Ivoire and Ivory Coast are the same.", {"CI"}),
        ("A mine in Papua New Guinea", {"PG"}),
        ("Guinea-Bissau borders Guinea.", {"GW", "GN"}),
        ("North Korea fired over South Korea.", {"KP", "KR"}),
        ("They moved to New Mexico.", {"US"}),
        ("Roast turkey for all.", set()),
        ("A walk across New South Wales", {"AU"}),
        ("The storm crossed the Gulf of Mexico and the Indian Ocean.", set()),
        ("It is reading week, and nice.", set()),
    ],
)
def test_names_of_countries(body: str, expected: set[str]) -> None:
    assert codes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A plant in Birmingham, Ala., closed.", {"US"}),
        ("A plant in Birmingham closed, British officials said.", {"GB"}),
        ("He lives in Paris, Texas.", {"US"}),
        ("He lives in Paris with his French wife.", {"FR"}),
        ("A house in London, Ontario, burned.", {"CA"}),
        ("Police in Moscow, Idaho, were puzzled.", {"US"}),
        ("Georgian troops left Tbilisi; Georgia and Russia talk.", {"GE", "RU"}),
        ("Atlanta lawyers said Georgia voters and Florida voters agree.", {"US"}),
        ("The storm hit Dallas, TX.", {"US"}),
        ("North and South Korea talked.", {"KP", "KR"}),
        ("Research and development in South Korea grew.", {"KR"}),
        ("Miss. Smith said OK, but IN no case OR else.", set()),
    ],
)
def test_towns_of_the_same_name(body: str, expected: set[str]) -> None:
    assert codes(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "Denzel Washington said he would act again.",
        "Paris Hilton said she would sing.",
        "Michael Jordan scored 40 points.",
        "Chad Smith plays the drums, said Jordan Smith.",
    ],
)
def test_people_called_like_places_are_no_places(body: str) -> None:
    assert codes(body) == set()


def test_a_country_of_the_headline_is_what_the_article_is_about() -> None:
    body = "Ministers met for two days. " * 20 + "Delegates from Chile and Peru came too."
    about = {tag.value: tag.about for tag in countries(body, "Iran opens its border")}
    assert about == {"IR": True, "CL": False, "PE": False}


def test_a_dateline_is_what_the_article_is_about() -> None:
    tags = countries("NAIROBI, Feb 26 - Coffee sales fell. Buyers from Italy stayed away.")
    assert {tag.value: tag.about for tag in tags} == {"KE": True, "IT": False}


def test_a_dateline_taken_off_the_text_counts_without_spans() -> None:
    (tag,) = countries("Coffee sales fell.", place="NAIROBI, Kenya")
    assert (tag.value, tag.about, tag.spans) == ("KE", True, ())


def test_without_headline_and_dateline_the_most_named_is_it() -> None:
    talk = "It would go on as long as it took, and nobody could say how long that was. " * 5
    tags = countries(
        f"Iran said so. Iran said it again. Tehran insisted. {talk}Peru was not there."
    )
    assert [(tag.value, tag.about) for tag in tags] == [("IR", True), ("PE", False)]


def test_a_currency_is_not_what_an_article_is_about() -> None:
    tags = countries("PARIS, May 3 - The issue is 100 mln.", "Bank issues Swiss francs bond")
    assert {tag.value: tag.about for tag in tags} == {"FR": True, "CH": False}


def test_a_company_called_like_a_town_is_no_headline_country() -> None:
    body = "DALLAS, May 3 - Bombay Co <CURY> said sales rose. Bombay opened stores in Texas."
    about = {tag.value: tag.about for tag in countries(body, "BOMBAY REPORTS SALES")}
    assert about["US"]
    assert not about.get("IN")


def test_headlines_in_capitals_are_read() -> None:
    assert codes("It was said.", "IRAN WARNS RUSSIAN NAVY") == {"IR", "RU"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("The Georgia legislature in Atlanta passed it, and Florida may follow.", {"US"}),
        ("Georgia and Armenia agreed on a border with Azerbaijan.", {"GE", "AM", "AZ"}),
        ("A storm hit Georgia on Monday, killing three.", {"US"}),
        ("Jordan and Syria closed their border, Amman said.", {"JO", "SY"}),
        ("Chad sent troops to Sudan.", {"TD", "SD"}),
        ("Turkey recalled its ambassador from Athens.", {"TR", "GR"}),
        ("Niger and Nigeria share a border; Niamey complained to Abuja.", {"NE", "NG"}),
        ("Guinea, Equatorial Guinea and Papua New Guinea signed.", {"GN", "GQ", "PG"}),
        ("The government of Congo in Kinshasa blamed Rwanda.", {"CD", "RW"}),
        ("The Congo and its capital Brazzaville were calm.", {"CG"}),
        ("Leaders of Zaire and Congo met.", {"CD", "CG"}),
        ("Korea and Japan play on Friday; Seoul is ready.", {"KR", "JP"}),
        ("Mexico and New Mexico share a desert.", {"MX", "US"}),
        ("He lives in Paris, Texas, not in Paris, France.", {"US", "FR"}),
        ("The China of the Bank of China opened in New York.", {"CN", "US"}),
        ("Deputies of Lebanon County closed Dublin Road, said the sheriff.", {"US"}),
        ("The sheriff of Ohio County and Lebanon police searched a township.", {"US"}),
        ("BRUNSWICK, West Germany, March 16 - Prosecutors saw nothing.", {"DE"}),
        ("CANTON, Mass, March 4 - The company said nothing.", {"US"}),
        ("ST. LOUIS, March 4 - The company said nothing.", {"US"}),
        ("Trains run from Duesseldorf to Luebeck.", {"DE"}),
        ("Fairfax, Va., and Gary, Ind., and Albany, N.Y.", {"US"}),
    ],
)
def test_the_article_decides_between_namesakes(body: str, expected: set[str]) -> None:
    assert codes(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("The Bundesbank and the Fed cut rates, as did the Bank of Japan.", {"DE", "US", "JP"}),
        ("The Knesset and the Pentagon were told.", {"IL", "US"}),
        ("It passed the Diet, and no diet will help.", {"JP"}),
        ("The Sejm, the Storting and the Folketing vote.", {"PL", "NO", "DK"}),
        ("The Taliban and Hamas denied it.", {"AF", "PS"}),
        ("Omanis, Bahrainis and Mozambicans", {"OM", "BH", "MZ"}),
        ("Ceylon, Persia, Rhodesia and Czechoslovakia", {"LK", "IR", "ZW", "CZ"}),
        ("Crimea, Chechnya, Catalonia, Tibet and Darfur", {"UA", "RU", "ES", "CN", "SD"}),
        ("The Virgin Islands and the British Virgin Islands", {"VI", "VG"}),
    ],
)
def test_institutions_regions_and_former_names(body: str, expected: set[str]) -> None:
    assert codes(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "Michael Jordan said he would play. Jordan scored 30 points.",
        "Chad Smith said he was glad. Chad plays the drums.",
        "Denzel Washington plays a king. Washington said he liked it.",
        "Israel Katz, a baker, said no. Israel Katz bakes bread.",
        "Mr Houston said no. Mrs London agreed.",
        "He spoke French and ate Mexican food.",
        "The Black Sea, the Caspian Sea and the Baltic Sea froze.",
    ],
)
def test_what_bears_a_name_of_a_place_and_is_none(body: str) -> None:
    assert codes(body) == set()


TALK = "It was said that nothing had been decided, and that it would take weeks. " * 4


@pytest.mark.parametrize(
    ("headline", "body", "about"),
    [
        (
            "IRAN AND IRAQ TALK",
            f"GENEVA, May 3 - Iran met Iraq. {TALK}Peru sent tea.",
            {"IR", "IQ"},
        ),
        ("", f"Kenya sold tea. Kenya's crop was good. {TALK}Buyers came from Italy too.", {"KE"}),
        ("Chile votes", f"Chileans chose. {TALK}Peru, Ecuador and Bolivia watched.", {"CL"}),
        ("", f"Nothing was said. {TALK}It was about Norway.", {"NO"}),
        ("Debt talks", f"PARIS, May 3 - The Paris Club met. {TALK}", {"FR"}),
    ],
)
def test_what_an_article_is_about(headline: str, body: str, about: set[str]) -> None:
    found = {tag.value for tag in countries(body, headline) if tag.about}
    assert about <= found
    assert not found & {"PE", "IT", "EC", "BO"}


@pytest.mark.parametrize("body", ["It was in Rome.", "Swiss francs fell.", "Peru, Chile, Fiji."])
def test_an_article_that_names_a_country_is_about_one(body: str) -> None:
    assert any(tag.about for tag in countries(body))


def test_an_article_without_a_country_is_about_none() -> None:
    assert countries("Nothing was said.") == ()
