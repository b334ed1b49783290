"""How templates show things: text as HTML, numbers, days, paragraphs, the numbers of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup

from searchapp import address, highlight
from searchapp.model import Passage, Span, Tag

WRAPPED = range(40, 101)
"""Longest line of a text that was wrapped by hand or machine: below are lists, above paragraphs."""


def marked(passage: Passage) -> Markup:
    """The passage as HTML: escaped, then marked."""
    return Markup(highlight.to_html(passage))  # noqa: S704 the one door by which text becomes HTML


def plain(text: str) -> str:
    """`text` for a window title: no control or bidirectional formatting characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+", " ", text)


def is_web(url: str | None) -> bool:
    """Whether a link to it is safe: a document's `url` may be `javascript:…`."""
    return bool(url) and str(url).lower().startswith(("http://", "https://"))


def article_path(id: str) -> str:
    """The path of an article's page; nothing in it that a browser would fold, like `..`."""
    return f"/article/{address.quoted(id)}"


def value_path(facet: str, value: str) -> str:
    """The path of the page of a facet value."""
    return f"/{facet}/{address.quoted(value)}"


def about_first(tags: Iterable[Tag]) -> list[Tag]:
    """In their order, but values only mentioned in passing last."""
    return sorted(tags, key=lambda tag: not tag.about)


def page_numbers(current: int, last: int, reach: int = 2) -> list[int | None]:
    """First, last and the pages around `current`; None where some are left out."""
    near = range(max(1, current - reach), min(last, current + reach) + 1)
    shown = sorted({1, *near, last})
    numbers: list[int | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before == 2:
            numbers.append(number - 1)
        elif number - before > 2:
            numbers.append(None)
        numbers.append(number)
    return numbers


def paragraphs(text: str) -> list[Span]:
    """Where the paragraphs of `text` are, in order.

    Blank lines and indents separate them. So does a single line break, unless the line was
    wrapped: in text of short lines, when the next word would not have fitted, or goes on small.
    """
    width = max((len(line) for line in text.split("\n")), default=0)
    cuts = [
        gap.span()
        for gap in re.finditer(r"\n\s*", text)
        if not _is_wrap(text, gap.start(), gap.end(), width)
    ]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    spans = zip(starts, ends, strict=True)
    return [(start, end) for start, end in spans if text[start:end].strip()]


def _is_wrap(text: str, start: int, end: int, width: int) -> bool:
    """Whether the white space from `start`, a line break, to `end` is a space within a sentence."""
    gap = text[start:end]
    if gap.count("\n") > 1 or len(gap) > 2 or width not in WRAPPED:
        return False
    line = start - (text.rfind("\n", 0, start) + 1)
    word = re.match(r"\S*", text[end : end + width + 1])
    assert word
    return word[0][:1].islower() or line + 1 + len(word[0]) > width


FILTERS = {
    "marked": marked,
    "plain": plain,
}
