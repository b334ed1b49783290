"""JSON articles: the owner's text and values."""

from __future__ import annotations

import datetime
import json

import pytest

from searchapp.model import UnreadableSource
from tests.extracting import PARAGRAPH, from_json


def test_a_json_article_has_the_owner_s_values() -> None:
    found = from_json(
        id="x",
        title="Pipeline  Deal",
        text=PARAGRAPH,
        date="2000-07-03T12:00:00Z",
        url="https://rferl.org/a",
        source="RFE/RL",
        author="By Ali Reza",
        language="en-GB",
        country=["IR", "Russia", "IR", "", 5],
        person="Ali Reza",
        topic=[],
    )
    assert found.title == "Pipeline Deal"
    assert found.date == datetime.date(2000, 7, 3)
    assert (found.source, found.byline, found.language) == ("RFE/RL", "Ali Reza", "en")
    assert found.url == "https://rferl.org/a"
    assert found.given == {"country": ("IR", "Russia"), "person": ("Ali Reza",)}
    assert set(found.provenance.values()) == {"found"}
    assert json.loads(found.original)["id"] == "x"


def test_the_owner_s_text_stays_as_given_but_its_dateline_is_read() -> None:
    text = f"\n LONDON, 3 July 2000 (Reuters) -\t{PARAGRAPH}\r\n\x00\nAll rights reserved."
    found = from_json(text=text)
    assert len(found.body) == len(text)
    assert found.body[text.index("The m") :].startswith(PARAGRAPH)
    assert found.body.endswith("All rights reserved.")
    assert (found.place, found.source) == ("LONDON", "Reuters")
    assert found.date == datetime.date(2000, 7, 3)
    assert found.title == PARAGRAPH
    assert found.provenance["title"] == "inferred"


def test_the_owner_s_values_win_over_the_dateline() -> None:
    found = from_json(
        title="T", text=f"LONDON, 3 July 2000 (AP) - {PARAGRAPH}", date="2001-01-01", source="BBC"
    )
    assert (found.date, found.source) == (datetime.date(2001, 1, 1), "BBC")


def test_body_is_read_where_there_is_no_text() -> None:
    assert from_json(title="T", body=PARAGRAPH).body == PARAGRAPH
    assert from_json(text=PARAGRAPH, body="other").body == PARAGRAPH


def test_a_title_is_enough() -> None:
    found = from_json(title="Pipeline Deal")
    assert (found.title, found.body) == ("Pipeline Deal", "")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "has neither text nor title"),
        ({"text": "", "title": " "}, "has neither text nor title"),
        ({"text": 5}, "text is not text"),
        ({"title": ["a"], "text": "b"}, "title is not text"),
        ({"body": {"p": "b"}}, "body is not text"),
        ({"text": "\x00\x01"}, "has no text"),
    ],
)
def test_a_json_row_without_an_article(row: dict[str, object], expected: str) -> None:
    with pytest.raises(UnreadableSource) as problem:
        from_json(**row)
    assert str(problem.value) == expected


@pytest.mark.parametrize("value", ["soon", "03/07/2000", "", 20000703, None, [2000], "2000-13-45"])
def test_a_bad_date_is_no_date(value: object) -> None:
    assert from_json(text=PARAGRAPH, date=value).date is None


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "data:text/html,x", "//a.org", "http://", "http://a b", 5, None],
)
def test_only_web_links_are_links(value: object) -> None:
    assert from_json(text=PARAGRAPH, url=value).url is None
