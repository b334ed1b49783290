"""Saved web pages: trafilatura finds the article and what the page states about it.

It has seen more pages than we have. The page is parsed once, and what is ours stands around that:
which paragraphs a date may come from, what counts as a name, and the text of a page in which no
article is found. Measured on 180 labelled pages: strings that belong to the text found 507/535,
strings that do not kept out 489/540, title 112/144, date 112/130, byline 77/105.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from searchapp.extract.dateline import take_dateline
from searchapp.extract.dates import parse_date
from searchapp.extract.decode import tidy
from searchapp.extract.draft import Draft
from searchapp.extract.language import contradicts, language_code
from searchapp.extract.metadata import web_url
from searchapp.extract.names import read_authors
from searchapp.extract.sentences import one_line
from searchapp.extract.text import is_prose, join_lines, lay_out

# trafilatura takes longer than a minute over a page of a million elements.
_MAX_ELEMENTS = 50_000


def extract_html(draft: Draft, text: str) -> None:
    """Fills `draft` from a page. Raises UnreadableSource."""
    tree = _parse(text)
    small = tree is not None and tree.xpath("count(//*)") <= _MAX_ELEMENTS
    body = _find_body(tree) if small else ""
    if not body:
        _lay_out_remains(draft, text, tree)
    else:
        _read_metadata(draft, tree)
        draft.body = take_dateline(draft, _without_title(body, draft.title))
    if tree is not None:
        _read_language(draft, tree)


def _parse(text: str) -> Any:
    """The tree of `text`, None where the parser finds nothing."""
    from lxml import etree, html  # type: ignore[import-untyped]

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _read_language(draft: Draft, tree: Any) -> None:
    """Takes the language a page declares, unless its text is surely in another."""
    declared = language_code(tree.get("lang") or tree.get("xml:lang"))
    if declared and not contradicts(draft.body, declared):
        draft.put("language", declared)


# --- what is a page -----------------------------------------------------------------------------

_START = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--[^<>]{0,1000}-->\s*)*(?:<!doctype\s+html\b|<html[\s>])",
    re.I,
)
_TAG_NAME = re.compile(r"<[/!]?([A-Za-z][A-Za-z0-9]{0,15})(?=[\s/>])|&#?\w{2,8};")


def starts_as_html(text: str) -> bool:
    """Whether `text` says at its start that it is a page, whatever its file is called."""
    return _START.match(text[:4096]) is not None


def has_markup(text: str) -> bool:
    """Whether any tag or character reference of HTML is in `text`: `<p>`, `&amp;`."""
    from lxml.html import defs  # type: ignore[import-untyped]

    return any(
        not match[1] or match[1].lower() in defs.tags or match[1].lower() == "doctype"
        for match in _TAG_NAME.finditer(text)
    )


# --- the article --------------------------------------------------------------------------------


def _find_body(tree: Any) -> str:
    """The text of the article in `tree`, empty where trafilatura finds none."""
    from trafilatura import bare_extraction

    _silence()
    try:
        page: Any = bare_extraction(tree, include_comments=False, with_metadata=False)
    except Exception:  # whatever a broken page makes it raise, there is still its plain text
        return ""
    return tidy(page.text or "").strip() if page else ""


def _silence() -> None:
    """Broken pages are reported by us; the libraries would log each."""
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _without_title(body: str, title: str) -> str:
    first, _, rest = body.partition("\n")
    return _spaced(rest if rest and one_line(first) == title else body)


def _spaced(text: str) -> str:
    """Paragraphs apart by a blank line, items of lists and rows of tables together."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return join_lines([re.sub(r"\n(?![-|])", "\n\n", lines)])


# --- what the page states -----------------------------------------------------------------------

# The extensive search settles for a year in a copyright line; a stated date is found without.
_DATE_SEARCH = {"extensive_search": False, "original_date": True, "max_date": "2100-01-01"}
_SUFFIX = re.compile(r"(.{3,})\s+[|–—·•»:-]+\s+(.+?)")


def _read_metadata(draft: Draft, tree: Any) -> None:
    """Takes what the page states about the article. Paragraphs are dropped from `tree`."""
    from trafilatura import extract_metadata

    headings = {one_line(heading.text_content()) for heading in tree.iter("h1", "h2")}
    _drop_paragraphs(tree)
    try:
        stated = extract_metadata(tree, date_config=_DATE_SEARCH)
    except Exception:  # as for the article: a page without metadata is a page still
        return
    site = one_line(tidy(stated.sitename or ""))
    draft.put("source", site, "inferred" if site == stated.hostname else "found")
    draft.put("title", _page_title(one_line(tidy(stated.title or "")), draft.source, headings))
    draft.put("byline", read_authors(tidy(stated.author or "")))
    draft.put("date", parse_date(stated.date or ""))
    draft.put("url", web_url(stated.url))


def _drop_paragraphs(tree: Any) -> None:
    """Leaves in `tree` what is no prose: htmldate takes a date from anywhere in the text."""
    for paragraph in list(tree.iter("p", "li", "blockquote")):
        if paragraph.getparent() is not None and is_prose([_opening(paragraph)], 0):
            paragraph.drop_tree()


# Longer than any line that is not prose. Reading all of 200 quotations, each inside the one
# before, took 17 s.
_OPENING = 1000


def _opening(element: Any) -> str:
    """The text of `element` on one line; of a long one the start."""
    words: list[str] = []
    length = 0
    for text in element.itertext():
        words.append(text[:_OPENING])
        length += len(words[-1].strip())
        if length >= _OPENING:
            break
    return " ".join("".join(words).split())


def _page_title(title: str, site: str | None, headings: set[str]) -> str:
    """`title` without the name of the site behind it."""
    match = _SUFFIX.fullmatch(title)
    if match and (match[1] in headings or (site and _same_name(match[2], site))):
        return match[1]
    return title


def _same_name(one: str, other: str) -> bool:
    return re.sub(r"\W", "", one).casefold() == re.sub(r"\W", "", other).casefold()


# --- a page without an article ------------------------------------------------------------------

_NOT_TEXT = ("script", "style", "noscript", "template", "svg", "head", "iframe", "object")
# The parser gives up where elements are nested thousands deep or one text is over ten megabytes;
# what stands there is text still.
_TAG = re.compile(r"<[^<>]*>")


def _lay_out_remains(draft: Draft, text: str, tree: Any) -> None:
    """Takes the plain text of a page in which no article was found."""
    content = ""
    if tree is not None:
        draft.put("title", one_line(tidy(tree.findtext(".//title") or "")))
        content = _text_content(tree)
    lay_out(draft, content or _TAG.sub(" ", text))


def _text_content(tree: Any) -> str:
    from lxml import etree

    etree.strip_elements(tree, *_NOT_TEXT, with_tail=False)
    lines = (" ".join(text.split()) for text in tree.itertext())
    return "\n\n".join(filter(None, lines))
