"""One source to one article: title, body, date, source, byline, place and language.

In the order bytes go: `decode` makes them text; `html`, `markdown`, `text` or `records` find the
article in it and put what they find into a `draft`. They rely on `furniture` (what is the page's),
`labels`, `names`, `dateline` and `dates` (what a line states), `metadata` (what the owner states),
`sentences` and `language`. A value is taken only where the document states it; a date is never
guessed.
"""

from __future__ import annotations

import re

from searchapp.extract.dates import parse_date
from searchapp.extract.decode import decode
from searchapp.extract.draft import Draft
from searchapp.extract.html import extract_html, has_markup, starts_as_html
from searchapp.extract.language import identify_language
from searchapp.extract.markdown import extract_markdown
from searchapp.extract.records import extract_record
from searchapp.extract.sentences import MAX_TITLE, first_sentence
from searchapp.extract.text import lay_out
from searchapp.model import Article, Kind, Source, UnreadableSource

__all__ = ["MAX_TITLE", "VERSION", "extract", "parse_date"]

VERSION = "2"
"""Raised whenever the same source may give another article: it is part of the digest."""


def extract(source: Source) -> Article:
    """The article in `source`; its digest is left empty. Raises UnreadableSource."""
    draft = Draft()
    if source.kind == "json":
        extract_record(draft, source.data)
    else:
        _extract_document(draft, decode(source.data), source.kind)
    draft.put("title", first_sentence(draft.body), "inferred")
    if not re.search(r"[^\W_]", draft.title + draft.body):
        raise UnreadableSource("has no text")
    draft.put("language", identify_language(draft.body or draft.title), "inferred")
    return _finish(draft, source)


def _extract_document(draft: Draft, text: str, named: Kind) -> None:
    draft.original = text
    match _kind_of(text, named):
        case "html":
            extract_html(draft, text)
        case "markdown":
            extract_markdown(draft, text)
        case _:
            lay_out(draft, text)


def _kind_of(text: str, named: Kind) -> Kind:
    """What `text` is, whatever its file is called: pages are saved as .txt, texts as .html."""
    if named == "html":
        return "html" if has_markup(text) else "text"
    return "html" if starts_as_html(text) else named


def _finish(draft: Draft, source: Source) -> Article:
    return Article(
        id=source.id,
        title=draft.title,
        body=draft.body,
        date=draft.date,
        source=draft.source,
        byline=draft.byline,
        place=draft.place,
        language=draft.language,
        url=draft.url,
        path=source.path,
        origin=source.origin,
        original=draft.original,
        provenance=draft.provenance,
        given=draft.given,
    )
