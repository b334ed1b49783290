"""Markdown."""

from __future__ import annotations

import datetime

import pytest

from tests.extracting import PARAGRAPH, article


def test_markdown_front_matter_gives_the_metadata() -> None:
    found = article(
        '---\ntitle: "Pipeline Deal"\ndate: 2000-07-03\nauthor: By Ali Reza\nsource: RFE/RL\n'
        "url: https://rferl.org/a\nlang: en-US\ntags: [a]\n---\n\n"
        f"# Pipeline Deal\n\n{PARAGRAPH}\n",
        "markdown",
    )
    assert found.title == "Pipeline Deal"
    assert found.date == datetime.date(2000, 7, 3)
    assert (found.byline, found.source) == ("Ali Reza", "RFE/RL")
    assert (found.url, found.language) == ("https://rferl.org/a", "en")
    assert found.provenance["language"] == "found"
    assert found.body == PARAGRAPH


@pytest.mark.parametrize(
    "head", ["# Pipeline *Deal*\n", "Pipeline Deal\n=====\n", "## Pipeline Deal ##"]
)
def test_a_markdown_heading_is_the_title(head: str) -> None:
    found = article(f"{head}\n{PARAGRAPH}", "markdown")
    assert (found.title, found.body) == ("Pipeline Deal", PARAGRAPH)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "the [gas *pipeline*](http://a.org/b_(c)) and **more** of it",
            "the gas pipeline and more of it",
        ),
        (
            "snake_case_name stays, _this_ goes, 2 * 3 * 4 stays",
            "snake_case_name stays, this goes, 2 * 3 * 4 stays",
        ),
        ("![The pipe](p.png) and `code` and <b>bold</b>", "The pipe and code and bold"),
        ("1 < 2 and \\*stars\\*", "1 < 2 and *stars*"),
        ("a [reference][1] here", "a reference here"),
    ],
)
def test_markup_is_reduced_to_text(markup: str, text: str) -> None:
    assert article(f"# T\n\n> {PARAGRAPH} So {markup}.\n", "markdown").body == (
        f"{PARAGRAPH} So {text}."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seen <!-- not seen --> and <!-- neither\nis this --> read", "seen  and  read"),
        ("one that <!-- never ends", "one that <!-- never ends"),
        ("`a` and ``b`` and ```` c", "a and b and ```` c"),
        ("**bold** and __bold__ and ** not __ so", "bold and bold and ** not __ so"),
    ],
)
def test_marks_that_never_close_are_text(text: str, expected: str) -> None:
    assert article(f"# T\n\n{PARAGRAPH} {text}.\n", "markdown").body == f"{PARAGRAPH} {expected}."


@pytest.mark.parametrize(
    "marks",
    ["<!--", "![", "[a](", "[a]((x)", "__a ", "**a __b ", "`", "``a`", "<http://a", "# #"],
)
def test_a_hundred_thousand_marks_that_never_close_are_read_in_one_go(marks: str) -> None:
    body = article(f"# T\n\n{PARAGRAPH} {marks * 100_000}\n", "markdown").body
    assert body.startswith(PARAGRAPH)


def test_a_heading_of_a_hundred_thousand_marks_is_read_in_one_go() -> None:
    found = article(f"# Title {'# ' * 100_000}\n\n{PARAGRAPH}\n", "markdown")
    assert (found.title, found.body) == ("Title", PARAGRAPH)
