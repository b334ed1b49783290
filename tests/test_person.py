"""People: who is one, who is the same one, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.model import Article
from searchapp.tag import tag_article


def people(body: str, headline: str = "") -> dict[str, list[str]]:
    """Name → the words of its mentions."""
    found = {"title": "found"} if headline else {"title": "inferred"}
    article = Article("a", headline, body, provenance=found)  # type: ignore[arg-type]
    return {
        tag.value: [article.text[start:end] for start, end in tag.spans]
        for tag in tag_article(article).person
    }


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Colonel-General Leonid Ivashov led the group.", "Leonid Ivashov"),
        ("Col.-Gen. Leonid Ivashov led the group.", "Leonid Ivashov"),
        ("Iranian President Mohammad Khatami spoke.", "Mohammad Khatami"),
        ("Azerbaijani Defense Minister Safar Abiyev came.", "Safar Abiyev"),
        ("the ambassador to Russia Mehdi Safari told a paper", "Mehdi Safari"),
        ("The spokesman Nikolaus van der Pas told reporters.", "Nikolaus van der Pas"),
        ("Minister of Foreign Affairs Xolqu Brambenz resigned.", "Xolqu Brambenz"),
        ("Governor Robin Leigh-Pemberton spoke.", "Robin Leigh-Pemberton"),
        ("Tim O'Gorman and T.O'Gorman play.", "Tim O'Gorman"),
        ("George W. Bush spoke.", "George W. Bush"),
        ("J.P. Donleavy wrote it.", "J.P. Donleavy"),
        ("Grobnik Tramvalu, 47, was arrested.", "Grobnik Tramvalu"),
        ("Denzel Washington said so.", "Denzel Washington"),
        ("Paris Hilton said so.", "Paris Hilton"),
        ("John Major said so.", "John Major"),
        ("President Daniel arap Moi said so.", "Daniel arap Moi"),
        ("Osama bin Laden was named.", "Osama bin Laden"),
        ("Jean-Claude Nadon kept goal.", "Jean-Claude Nadon"),
        ("Secretary-General Javier Perez de Cuellar spoke.", "Javier Perez de Cuellar"),
        ("The commissioner Willy de Clercq spoke.", "Willy de Clercq"),
        ("Goalkeeper Edwin van der Sar saved it.", "Edwin van der Sar"),
        ("He met Kim Jong-il there.", "Kim Jong-il"),
        ("Premier Zhao Ziyang opened it.", "Zhao Ziyang"),
        ("President Olusegun Obasanjo opened it.", "Olusegun Obasanjo"),
        ("Valéry Giscard d'Estaing spoke.", "Valéry Giscard d'Estaing"),
        ('The former president, William "Bill" Clinton, came.', 'William "Bill" Clinton'),
        ("The nationalist Vladimir Zhirinovsky came.", "Vladimir Zhirinovsky"),
        ("Premier Per Nyman came; Minister of Finance Bill Birch went.", "Per Nyman"),
        ("Fr Francisco Sousa documented it.", "Francisco Sousa"),
        ("King Carlos II signed it.", "Carlos II"),
        ("Xolqu Brambenz (born 1961) is a Maltese painter.", "Xolqu Brambenz"),
    ],
)
def test_full_names(body: str, name: str) -> None:
    assert next(iter(people(body)), "") == name


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Mr. Khatami will visit.", "Khatami"),
        ("President Moi will visit.", "Moi"),
        ("Mr. Baker and Mr. King will visit.", "Baker"),
        ("Pope Benedict prayed.", "Benedict"),
    ],
)
def test_a_title_makes_a_bare_name_a_person(body: str, name: str) -> None:
    assert next(iter(people(body)), "") == name


def test_later_short_forms_belong_to_the_person_introduced() -> None:
    body = (
        "Defense Minister Ali Shamkhani answered. Shamkhani announced it. "
        "Minister Shamkhani left; Mr. Shamkhani's plane was late."
    )
    assert people(body) == {"Ali Shamkhani": ["Ali Shamkhani", *["Shamkhani"] * 3]}


def test_compound_surnames_are_short_forms() -> None:
    body = "Javier Perez de Cuellar spoke in Geneva. Then Perez de Cuellar flew home."
    assert people(body) == {
        "Javier Perez de Cuellar": ["Javier Perez de Cuellar", "Perez de Cuellar"]
    }


def test_two_people_of_one_surname_stay_two() -> None:
    body = "Bill Clinton and Hillary Clinton arrived. John Brown met James Brown."
    assert set(people(body)) == {"Bill Clinton", "Hillary Clinton", "John Brown", "James Brown"}


def test_an_initial_is_short_for_the_first_name() -> None:
    assert set(people("Phil Simmons batted. P. Simmons made 84.")) == {"Phil Simmons"}


def test_a_headline_names_whom_the_body_introduces() -> None:
    assert people("Colonel Leonid Ivashov spoke.", "Ivashov in Tehran") == {
        "Leonid Ivashov": ["Ivashov", "Leonid Ivashov"]
    }


def test_a_headline_in_capitals_names_whom_the_body_introduces() -> None:
    found = people(
        "Secretary George Shultz spoke. Mr. Baker left.", "SHULTZ AND BAKER SAY NO TO IRAN"
    )
    assert found["George Shultz"] == ["SHULTZ", "George Shultz"]
    assert found["Baker"] == ["BAKER", "Baker"]


def test_words_of_a_headline_in_capitals_are_no_names() -> None:
    assert people("It rained.", "STOCKS FALL AS BROWN BEARS TAKE OVER") == {}


def test_a_full_name_of_a_headline_in_capitals_is_found() -> None:
    assert list(people("It was said.", "CHINA TELLS RONALD REAGAN TO WAIT")) == ["Ronald Reagan"]


@pytest.mark.parametrize(
    "body",
    [
        "The Middle East and the Northern Alliance were discussed.",
        "During the Desert Storm operation in the Persian Gulf they flew.",
        "The Defense Ministry's International Military Cooperation Department met.",
        "Missiles of type Buk M1 and Tor-M1 were sold.",
        "Merrill Lynch Co and Johnson Controls Inc rose. Smith & Wesson fell.",
        "Philip Morris Cos said earnings rose. Philip Morris fell.",
        "They sailed down the James River to Victoria Park on Monday.",
        "They met on Saint Patrick Street near Lake Victoria in San Jose.",
        "In March the House of Commons voted. On Friday April sales fell.",
        "Manchester United beat Aston Villa at Old Trafford.",
        "They told the Carl Vinson to turn.",
        "She studied at Johns Hopkins University.",
        "Freddie Mac sold bonds as El Nino came. Tropical Storm Humberto grew.",
        "Procter & Gamble and Ernst & Young grew. Shares of Morgan Stanley fell.",
        "The band Xolqu Brambenz played. Xolqu Brambenz is a Maltese band.",
        "They drove to Beverly Hills, California.",
        "Samuel Montagu and Co Ltd said so. An analyst with Xolqu Brambenz agreed.",
        "The manager was Goldman, Sachs and Co.",
        "COSTA MESA, Calif., March 3 - It rained.",
        "Biden-Harris won.",
        "Nazi Germany invaded. The Cuban Parents met.",
    ],
)
def test_what_is_no_person(body: str) -> None:
    assert people(body) == {}


def test_a_name_in_capitals_is_shown_in_title_case() -> None:
    assert list(people("Coach WASIM AKRAM said so.")) == ["Wasim Akram"]


def test_an_ordinary_word_before_a_name_is_no_part_of_it() -> None:
    assert list(
        people("Apparently Ivan Medvedev left. Juniors Erique Dozier and Al Smith ran.")
    ) == [
        "Ivan Medvedev",
        "Erique Dozier",
        "Al Smith",
    ]


def test_people_joined_by_an_ampersand_are_no_firm() -> None:
    assert set(people("The hosts David Jones & Peter Tate said so.")) == {
        "David Jones",
        "Peter Tate",
    }


def test_a_name_of_no_list_is_learned_from_what_the_article_does_with_it() -> None:
    body = "Grobnik Tramvalu was heard. Tramvalu, who lives here, said so. Tramvalu told police."
    assert list(people(body)) == ["Grobnik Tramvalu"]


def test_a_month_at_the_very_end_is_no_name() -> None:
    assert people("They met in Geneva. He called June") == {}


def test_a_nickname_behind_a_word_that_is_no_name_ends() -> None:
    assert people('it said "no" once. Apparently "Tony" Williams said so.').keys() <= {
        "Tony",
        "Williams",
    }


PIECES = (
    *(
        "Ivan",
        "Medvedev",
        "April",
        "June",
        "May",
        "Will",
        "Apparently",
        "Mayor",
        "Texas",
        "Vladimir",
    ),
    *(
        "de",
        "bin",
        "van der",
        "d'Estaing",
        "Jong-il",
        "J.",
        "II",
        "Co",
        "Bank",
        "IRAN",
        "Xolqu",
        "12",
    ),
    *('"', "“", "”", "'s", "-", ",", ".", "(", ")", "&", "and", "the", "said", "who", "born", "\n"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from([" ", ""]))
def test_any_row_of_pieces_of_names_is_read_to_its_end(pieces: list[str], between: str) -> None:
    body = between.join(pieces)
    for name, mentions in people(body).items():
        assert name
        assert all(mentions)
