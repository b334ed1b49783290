"""Plain text: headlines, page furniture, lines that state something."""

from __future__ import annotations

import datetime

import pytest

from searchapp.extract import MAX_TITLE
from searchapp.model import UnreadableSource
from tests.extracting import PARAGRAPH, article

# --- headlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headline",
    [
        "Russia and Iran to Build Pipeline",
        "PIPELINE DEAL SIGNED IN TEHRAN",
        "Iran hails pipeline as 'a victory for both'",
        "What Next for the Caspian?",
        "Missiles for Iran: a deal the U.S. did not want -- and could not stop",
        "Moscow Sells Missiles to the U.S.",
        "SOCCER - Ferguson back in Scottish squad after 20 months",
        "Share prices fall in Tokyo",
        "Copyright law is changed",
        "Subscribe to doubt, says the archbishop",
        "Ölpreis steigt auf Rekordhoch",
    ],
)
def test_a_headline_is_found_and_leaves_the_body(headline: str) -> None:
    found = article(f"{headline}\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n")
    assert found.title == headline
    assert found.provenance["title"] == "found"
    assert found.body == f"{PARAGRAPH}\n\n{PARAGRAPH}"


def test_a_headline_may_stand_right_above_the_text() -> None:
    found = article(f"Pipeline Deal Signed\n{PARAGRAPH}\n{PARAGRAPH}")
    assert (found.title, found.body) == ("Pipeline Deal Signed", f"{PARAGRAPH}\n{PARAGRAPH}")


def test_a_headline_in_capitals_may_run_over_two_lines() -> None:
    found = article(f"RUSSIA AND IRAN SIGN\nA PIPELINE DEAL\n\n{PARAGRAPH}")
    assert (found.title, found.body) == ("RUSSIA AND IRAN SIGN A PIPELINE DEAL", PARAGRAPH)


def test_what_stands_between_headline_and_text_is_the_article_s() -> None:
    found = article(f"Pipeline Deal Signed\n\nTehran pleased, Washington not\n\n{PARAGRAPH}")
    assert found.title == "Pipeline Deal Signed"
    assert found.body == f"Tehran pleased, Washington not\n\n{PARAGRAPH}"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"{PARAGRAPH} It will be long.\n\nMore text.", PARAGRAPH),
        ("Mr. Ivanov met the U.S. envoy on Jan. 5 in St. Petersburg. They spoke.", None),
        ("“We agree,” said J. Smith of the ministry today. Nobody else did.", None),
        ("He said: “It is over.” Then he left the room, and nobody followed.", None),
        ("No. That was the answer of the minister. He left.", None),
        (
            "Russia and Iran have upgraded their military ties, a move that\n"
            "is a response to Western influence. It is a challenge.",
            "Russia and Iran have upgraded their military ties, a move that "
            "is a response to Western influence.",
        ),
        ("伊朗和俄罗斯签署了协议。双方都很高兴,并将于明年开始建设。", "伊朗和俄罗斯签署了协议。"),
    ],
)
def test_without_a_headline_the_first_sentence_is_the_title(text: str, title: str | None) -> None:
    found = article(text)
    expected = {
        "Mr.": "Mr. Ivanov met the U.S. envoy on Jan. 5 in St. Petersburg.",
        "“We": "“We agree,” said J. Smith of the ministry today.",
        "He": "He said: “It is over.”",
        "No.": "No. That was the answer of the minister.",
    }
    assert found.title == (title or expected[text.split()[0]])
    assert found.provenance["title"] == "inferred"
    assert found.body == text


def test_a_long_first_sentence_is_cut_at_a_word() -> None:
    found = article("word " * 200)
    assert found.title.endswith(" word…")
    assert len(found.title) <= MAX_TITLE
    assert found.body == ("word " * 200).strip()


def test_a_single_line_is_both_title_and_body() -> None:
    found = article("Pipeline deal signed")
    assert (found.title, found.body) == ("Pipeline deal signed", "Pipeline deal signed")
    assert found.provenance["title"] == "inferred"


# --- page furniture -------------------------------------------------------------------------------


TOP = [
    "Accessibility links",
    "Breaking News",
    "Skip to main content",
    "Home | World | Politics",
    "Home > News > Middle East",
    "We use cookies to make this site better. Read our policy",
    "Share this on Facebook",
    "Advertisement",
    "Print this page",
    "12 comments",
    "3 min read",
    "***",
]
BOTTOM = [
    "Share",
    "Follow us on Twitter",
    "Subscribe to our newsletter",
    "Copyright (c) 2000. RFE/RL, Inc. Reprinted with the permission of Radio Free Europe.",
    "© 2000 Reuters",
    "All rights reserved.",
    "This material may not be published, broadcast, rewritten or redistributed.",
    "Page 2 of 3",
    "2",
    "Back to top",
    "Read more",
    "-30-",
    "REUTERS",
]


@pytest.mark.parametrize("line", TOP + BOTTOM)
def test_furniture_is_dropped_above_and_below(line: str) -> None:
    found = article(f"{line}\n\nPipeline Deal Signed\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\n{line}")
    assert found.title == "Pipeline Deal Signed"
    assert found.body == f"{PARAGRAPH}\n\n{PARAGRAPH}"
    assert line in found.original


@pytest.mark.parametrize("line", TOP + BOTTOM)
def test_the_same_line_inside_the_article_stays(line: str) -> None:
    body = f"{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH}"
    assert article(f"Pipeline Deal Signed\n\n{body}").body == body


@pytest.mark.parametrize(
    "line",
    [
        "Follow the money, he said.",
        "Home again, the minister spoke.",
        "Print is dead, say the printers.",
        "Read more books and fewer cables, she said.",
        "He ate the cookies.",
    ],
)
def test_a_short_last_sentence_is_not_furniture(line: str) -> None:
    assert article(f"{PARAGRAPH}\n\n{line}").body == f"{PARAGRAPH}\n\n{line}"


def test_headlines_of_other_stories_go_with_their_heading() -> None:
    found = article(f"{PARAGRAPH}\n\nRelated Articles\n\nOil Falls\n\nTurkey Votes\n")
    assert found.body == PARAGRAPH


def test_furniture_is_found_at_both_ends_of_a_very_long_text() -> None:
    figures = "\n".join(f"{n} barrels" for n in range(5000))
    found = article(f"Home | World\n\nOil Output\n\n{figures}\n\nAll rights reserved.")
    assert (found.title, found.body) == ("Oil Output", figures)


def test_a_page_of_nothing_but_furniture_has_no_text() -> None:
    with pytest.raises(UnreadableSource, match="has no text"):
        article("Home\nNews\n\nAll rights reserved.")


# --- lines that state something -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Monday, July 3, 2000", "2000-07-03"),
        ("Published: 2000-07-03", "2000-07-03"),
        ("Published 2000-07-03T12:30:00Z", "2000-07-03"),
        ("3 July 2000 12:30 GMT", "2000-07-03"),
        ("July 3, 2000 at 4:15 p.m. EDT", "2000-07-03"),
        ("Posted on Jul. 3rd, 2000", "2000-07-03"),
        ("LONDON, 3 July 2000", "2000-07-03"),
        ("23/07/2000", "2000-07-23"),
        ("07/23/2000", "2000-07-23"),
        ("3 juillet 2000", "2000-07-03"),
        ("3 июля 2000 г.", "2000-07-03"),
        ("3 de julio de 2000", "2000-07-03"),
        ("By Ali Reza | 3 July 2000", "2000-07-03"),
        ("03/07/2000", None),
        ("3 July", None),
        ("July 2000", None),
        ("2000", None),
        ("31 February 2000", None),
        ("Since 3 July 2000", None),
        ("© 2000 RFE/RL", None),
    ],
)
def test_a_date_line_above_the_text(line: str, date: str | None) -> None:
    found = article(f"Pipeline Deal Signed\n\n{line}\n\n{PARAGRAPH}")
    assert found.title == "Pipeline Deal Signed"
    assert found.date == (datetime.date.fromisoformat(date) if date else None)
    assert found.provenance.get("date") == ("found" if date else None)
    assert found.body.endswith(PARAGRAPH)


def test_a_date_in_the_text_is_not_the_article_s() -> None:
    assert article(f"{PARAGRAPH} The last one was signed on 3 July 2000.").date is None


@pytest.mark.parametrize(
    ("line", "byline", "source"),
    [
        ("By John Smith", "John Smith", None),
        ("By JOHN SMITH", "JOHN SMITH", None),
        ("BY JOHN SMITH AND ANNE DE LA TOUR", "JOHN SMITH AND ANNE DE LA TOUR", None),
        ("By John Smith, Associated Press Writer", "John Smith", "Associated Press"),
        ("By John Smith, Staff Writer", "John Smith", None),
        ("Author: John Smith", "John Smith", None),
        ("Source: RFE/RL", None, "RFE/RL"),
    ],
)
def test_a_byline_above_the_text(line: str, byline: str | None, source: str | None) -> None:
    found = article(f"Pipeline Deal Signed\n{line}\n\n{PARAGRAPH}")
    assert found.title == "Pipeline Deal Signed"
    assert (found.byline, found.source) == (byline, source)
    assert found.body == PARAGRAPH


@pytest.mark.parametrize("line", ["By the sea", "By and large it worked", "By 2000"])
def test_what_is_not_a_byline(line: str) -> None:
    assert article(f"Pipeline Deal Signed\n\n{line}\n\n{PARAGRAPH}").byline is None
