"""The page of one article, the document as it came, and the article as a reference."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from functools import cached_property

from flask import Flask, Response, abort, request
from markupsafe import Markup

from searchapp import citation
from searchapp.citation import Reference
from searchapp.model import FACETS, BadParameter, Hit, NoSuchArticle, Reading, Search
from searchapp.said import Said, none_of
from searchapp.web import beside, marked, present
from searchapp.web.language import named, noun
from searchapp.web.site import Site, rendered

VIEWS = ("clean", "both", "original")
"""What is shown: the cleaned text, the document as it came beside it, or that alone."""

OWN = ("mark", "view", "at")
"""Parameters of this page besides those of the search: which facets are marked, what is shown,
and which hit of the search this is, from 1."""

PLACES_LISTED = 200
"""Links to the places of one word; who wants more has the buttons or the browser's own search."""

MOST_MARKS = 10_000
"""Marks in a text, of words and values together: an article of news has hundreds. A page of 75,000
took two seconds and 7 MB."""

SIMILAR = 6
"""Similar articles that are listed."""

DESCRIPTION_CHARS = 200

KINDS = {
    ".txt": Said("plain text"),
    ".md": Said("Markdown"),
    ".html": Said("a web page (HTML)"),
    ".htm": Said("a web page (HTML)"),
    ".jsonl": Said("a line of JSON Lines"),
}
"""What a document is by the ending of its file."""


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/article/<id:id>", "article", views.article)
    app.add_url_rule("/article/<id:id>/original", "original", views.original)
    app.add_url_rule("/article/<id:id>/cite.<form>", "cite", views.cite)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of this page: the search it is read for, and OWN."""

    search: Search
    marks: tuple[str, ...] = ()
    view: str = VIEWS[0]
    at: int = 0

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters besides those of the search; defaults left out."""
        return [
            *(("mark", facet) for facet in self.marks),
            *([("view", self.view)] if self.view != VIEWS[0] else ()),
            *([("at", str(self.at))] if self.at else ()),
        ]

    def toggled(self, facet: str) -> Asked:
        """The facet marked where it was not, and not where it was."""
        marks = tuple(name for name in FACETS if (name == facet) != (name in self.marks))
        return replace(self, marks=marks)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A hit of the search next to this one, and what its page is asked for."""

    hit: Hit
    asked: Asked


@dataclass(frozen=True)
class Sheets:
    """A reading as the template shows it: title and paragraphs as HTML, with what is marked."""

    reading: Reading
    facets: tuple[str, ...]

    @cached_property
    def _words(self) -> tuple[tuple[marked.Word, ...], dict[int, int], dict[int, int]]:
        return marked.words_of(self.reading.words)

    @property
    def words(self) -> tuple[marked.Word, ...]:
        return self._words[0]

    @property
    def title(self) -> Markup:
        reading = self.reading
        notes = marked.of_words(word.title for word in reading.words)
        for facet in self.facets:
            values = reading.evidence.get(facet, ())
            notes += marked.of_values(facet, values, 0, len(reading.article.headline))
        sheet = marked.Sheet(reading.title.text, tuple(notes), self._words[1], self._labels)
        return sheet.html([(0, len(sheet.text))])[0]

    @property
    def paragraphs(self) -> list[Markup]:
        reading = self.reading
        text = reading.body.text
        notes = sorted(self._in_body)[:MOST_MARKS]
        for evidence in reading.evidence.values():
            notes += marked.of_sentences(evidence, reading.article.body_offset)
        sheet = marked.Sheet(text, tuple(notes), self._words[2], self._labels)
        return sheet.html(present.paragraphs(text))

    @property
    def is_cut(self) -> bool:
        """Whether the body has more to mark than is marked."""
        return len(self._in_body) > MOST_MARKS

    @cached_property
    def _in_body(self) -> list[marked.Note]:
        reading = self.reading
        start = reading.article.body_offset
        notes = marked.of_words(word.body for word in reading.words)
        for facet in self.facets:
            values = reading.evidence.get(facet, ())
            notes += marked.of_values(facet, values, start, start + len(reading.body.text))
        return notes

    @cached_property
    def _labels(self) -> dict[tuple[str, int], str]:
        return {
            (
                facet,
                number,
            ): f"{present.plain(named(why.tag.label, facet, why.tag.value))} ({noun(1, facet)})"
            for facet, evidence in self.reading.evidence.items()
            for number, why in enumerate(evidence, 1)
        }


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def article(self, id: str) -> Response:
        asked = asked_of(self.site)
        search = asked.search
        reading = self.site.archive.read(id, search.q, search.match)
        before, after = self._neighbours(asked)
        article = reading.article
        return rendered(
            "article.html",
            reading=reading,
            sheets=Sheets(reading, asked.marks),
            asked=asked,
            search=search,
            before=before,
            after=after,
            original=beside.original_of(article) if asked.view != "clean" else None,
            cited=self._reference(reading),
            citation=citation,
            description=description(reading),
            kind=KINDS.get(_ending(article.path)),
            places_listed=PLACES_LISTED,
            similar=self.site.archive.similar(id, SIMILAR),
            copies=self.site.archive.copies(id),
            most_marks=MOST_MARKS,
            link=self._link,
            views=VIEWS,
        )

    def original(self, id: str) -> Response:
        """The document as it came, never rendered: it may be hostile HTML."""
        try:
            article = self.site.archive.article(id).article
        except NoSuchArticle:
            return self.article(f"{id}/original")
        data = article.original.encode("utf-8", "replace")
        response = Response(data, content_type="text/plain; charset=utf-8")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        )
        return response

    def cite(self, id: str, form: str) -> Response:
        """The article as a reference, in one of `citation.FORMATS`, to be saved as a file."""
        try:
            reading = self.site.archive.read(id)
        except NoSuchArticle:
            return self.article(f"{id}/cite.{form}")
        if form not in citation.FORMATS:
            abort(404)
        cited = self._reference(reading)
        written = citation.FORMATS[form]
        data = written.write(cited).encode("utf-8", "replace")
        response = Response(data, content_type=f"{written.media}; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{cited.key}.{form}"'
        return response

    def _link(self, id: str, asked: Asked) -> str:
        return self.site.url(asked.search, present.article_path(id), asked.pairs())

    def _reference(self, reading: Reading) -> Reference:
        path = present.article_path(reading.article.id)
        page = request.host_url.rstrip("/") + request.script_root + path
        return citation.reference(reading.article, page, datetime.date.today())

    def _neighbours(self, asked: Asked) -> tuple[Neighbour | None, Neighbour | None]:
        """The hits before and after this one, where the address says which one it is."""
        return self._neighbour(asked, asked.at - 1), self._neighbour(asked, asked.at + 1)

    def _neighbour(self, asked: Asked, at: int) -> Neighbour | None:
        if not asked.at or not 1 <= at <= self.site.settings.max_depth:
            return None
        search = asked.search
        page = self.site.run(replace(search, page=at, per_page=1, facet_size=0))
        there = replace(search, page=(at - 1) // search.per_page + 1)
        return Neighbour(page.hits[0], replace(asked, search=there, at=at)) if page.hits else None


def asked_of(site: Site) -> Asked:
    """What the address asks for. Raises BadParameter."""
    search = site.search(*OWN)
    return Asked(search, _marks(), _view(), _at())


def _marks() -> tuple[str, ...]:
    given = request.args.getlist("mark")
    for facet in given:
        if facet and facet not in FACETS:
            raise BadParameter("mark", none_of(facet, FACETS))
    return tuple(facet for facet in FACETS if facet in given)


def _view() -> str:
    view = request.args.get("view") or VIEWS[0]
    if view not in VIEWS:
        raise BadParameter("view", none_of(view, VIEWS))
    return view


def _at() -> int:
    at = request.args.get("at") or "0"
    if not re.fullmatch("[0-9]{1,9}", at):
        raise BadParameter("at", Said("{value} is not the number of a hit", value=repr(at)))
    return int(at)


def description(reading: Reading) -> str:
    """The beginning of the text on one line, at a whole word, for lists of links."""
    text = " ".join(present.plain(reading.body.text[: 2 * DESCRIPTION_CHARS]).split())
    if len(text) <= DESCRIPTION_CHARS:
        return text
    return text[:DESCRIPTION_CHARS].rpartition(" ")[0].rstrip(",;:–— ") + " …"


def _ending(path: str) -> str:
    """`.jsonl` of `news/old.jsonl.gz#L12`."""
    name = re.sub(r"#L\d+$", "", path).lower().removesuffix(".gz")
    return "." + name.rpartition(".")[2]
