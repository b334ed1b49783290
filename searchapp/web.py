"""The HTML pages: every state is one GET address, and every page works without JavaScript.

A view parses the address, asks the archive and renders; what a link does to a search is a function
from `Search` to `Search`, and only `searchapp.address` knows what a search looks like as a URL.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from searchapp import __version__, address, api, highlight, variants
from searchapp.archive import Archive
from searchapp.model import (
    COUNTRIES,
    FACETS,
    SORTS,
    BadParameter,
    BadQuery,
    Facet,
    IndexProblem,
    NoIndex,
    NoSuchArticle,
    Passage,
    Search,
    SearchError,
    SearchTimeout,
    Tag,
)
from searchapp.settings import Settings

NAMES: Mapping[str, tuple[str, str]] = {
    "country": ("Country", "Countries"),
    "person": ("Person", "People"),
    "topic": ("Topic", "Topics"),
    "date": ("Date", "Dates"),
}
"""What a facet is called: one value of it, and several."""

FACET_PAGE = 100
"""Values on one page of `/facet/…`."""

HIT_VALUES = 5
"""Values of each facet shown with a hit; the article page has them all."""

WRAPPED = range(40, 101)
"""Longest line of a text that was wrapped by hand or machine: below are lists, above paragraphs."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

ROBOTS = """\
User-agent: *
Disallow: /?
Disallow: /article/*?
Disallow: /facet/
Disallow: /api/
"""

PROBLEMS: tuple[tuple[type[SearchError], int, str], ...] = (
    (BadParameter, 400, "This address does not make sense"),
    (BadQuery, 400, "This search is too much"),
    (NoSuchArticle, 404, "No such article"),
    (SearchTimeout, 503, "This search took too long"),
    (NoIndex, 503, "Nothing has been indexed yet"),
    (IndexProblem, 503, "The index cannot be used"),
    (SearchError, 500, "Something went wrong"),
)
"""Status and heading of each error; the first that fits counts."""


def create_app(archive: Archive, settings: Settings) -> Flask:
    """The whole site: HTML pages, static files and the JSON API over `archive`."""
    app = Flask("searchapp", root_path=str(_here()), template_folder=str(_templates()))
    # An article's id may hold anything, `//` too.
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = api.ArticleId
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = datetime.timedelta(days=365)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        counted=counted, day=day, marked=marked, paragraphs=paragraphs, plain=plain
    )
    site = Site(archive, settings, _static_version())
    app.context_processor(site.context)
    for rule, view in (
        ("/", site.results),
        ("/article/<id:id>", site.article),
        ("/article/<id:id>/original", site.original),
        ("/facet/<name>", site.facet),
        ("/health/live", site.live),
        ("/health/ready", site.ready),
        ("/robots.txt", site.robots),
        ("/favicon.ico", site.favicon),
    ):
        app.add_url_rule(rule, view.__name__, view)
    api.register(app, archive, settings)
    app.register_error_handler(SearchError, site.search_error)
    app.register_error_handler(HTTPException, site.http_error)
    app.after_request(_secured)
    return app


@dataclass(frozen=True, slots=True)
class Site:
    """The views."""

    archive: Archive
    settings: Settings
    static_version: str

    def results(self) -> Response:
        search = self._search()
        if self.archive.is_empty():
            return _rendered("empty.html", search=search)
        page = self.archive.run(search)
        return _rendered(
            "results.html",
            page=page,
            search=search,
            last=address.last_page(page.total, search, self.settings),
            hidden=self._hidden(search, page.facets, "q", "match", "date_from", "date_to"),
        )

    def article(self, id: str) -> Response:
        search = self._search()
        reading = self.archive.read(id, search.q, search.match)
        return _rendered("article.html", reading=reading, search=search)

    def original(self, id: str) -> Response:
        """The document as it came, never rendered: it may be hostile HTML."""
        try:
            article = self.archive.article(id).article
        except NoSuchArticle:
            return self.article(f"{id}/original")
        data = article.original.encode("utf-8", "replace")
        response = Response(data, content_type="text/plain; charset=utf-8")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        )
        return response

    def facet(self, name: str) -> AnyResponse:
        """All values of a facet; here `page` counts pages of values."""
        if name not in FACETS:
            abort(404)
        search = self._search("find", "apply")
        first = replace(search, page=1)
        if "apply" in request.args:
            return redirect(self._url(first), 303)
        find = request.args.get("find", "").strip()
        facet = self.archive.facet(
            first, name, contains=find, offset=(search.page - 1) * FACET_PAGE, limit=FACET_PAGE
        )
        return _rendered(
            "facet.html",
            facet=facet,
            find=find,
            search=search,
            results=self.archive.run(first),
            last=max(1, -(-facet.value_count // FACET_PAGE)),
            carried=self._hidden(search, (), "q", "match"),
            hidden=self._hidden(search, (facet,)),
        )

    def live(self) -> Response:
        return jsonify(status="ok")

    def ready(self) -> Response:
        """Ready is when a search can be answered; an index that cannot be opened is a 503."""
        self.archive.is_empty()
        return jsonify(status="ok")

    def robots(self) -> Response:
        return Response(ROBOTS, mimetype="text/plain")

    def favicon(self) -> AnyResponse:
        return redirect(self._static("favicon.svg"))

    def search_error(self, error: SearchError) -> Response:
        status, heading = next(
            (status, heading) for kind, status, heading in PROBLEMS if isinstance(error, kind)
        )
        return _rendered("problem.html", status, heading=heading, error=error)

    def http_error(self, error: HTTPException) -> AnyResponse:
        """Also what an unexpected exception becomes, after Flask has logged it."""
        response = error.get_response()
        if response.status_code >= 400:
            response.data = _rendered("problem.html", heading=error.name, error=error).data
        return response

    def context(self) -> dict[str, Any]:
        """What every template may use."""
        return {
            "COUNTRIES": COUNTRIES,
            "FACETS": FACETS,
            "NAMES": NAMES,
            "SORTS": SORTS,
            "HIT_VALUES": HIT_VALUES,
            "about_first": about_first,
            "anything": Search(),
            "article_path": article_path,
            "choose_tag": address.choose_tag,
            "exclude": address.exclude,
            "is_chosen": address.is_chosen,
            "is_filtered": address.is_filtered,
            "is_web": is_web,
            "page_numbers": page_numbers,
            "release": address.release,
            "replace": replace,
            "root": request.script_root,
            "search": Search(),
            "settings": self.settings,
            "static": self._static,
            "unfiltered": address.unfiltered,
            "url": self._url,
        }

    def _search(self, *also: str) -> Search:
        for name in address.API_ALONE:
            if name in request.args:
                raise BadParameter(name, "pages have no such parameter; /api/v1/search has it")
        return address.parse(request.args, self.settings, also)

    def _url(self, search: Search, path: str = "/", **more: str) -> str:
        return address.url(request.script_root + path, search, self.settings, **more)

    def _static(self, filename: str) -> str:
        return url_for("static", filename=filename, v=self.static_version)

    def _hidden(
        self, search: Search, facets: Iterable[Facet], *shown: str
    ) -> list[tuple[str, str]]:
        """The parameters a form must carry: all but those it has a visible control for."""
        ticks = {
            (f.name, variants.key(f.name, b.value))
            for f in facets
            for b in f.buckets
            if not b.excluded
        }
        pairs = address.parameters(replace(search, page=1), self.settings)
        return [
            (name, value)
            for name, value in pairs
            if name not in shown and (name, variants.key(name, value)) not in ticks
        ]


# --- what templates show ------------------------------------------------------------------------


def marked(passage: Passage) -> Markup:
    """The passage as HTML: escaped, then marked."""
    return Markup(highlight.to_html(passage))  # noqa: S704 the one door by which text becomes HTML


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 article`, `14,668 articles`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(date: datetime.date) -> str:
    """`3 July 2000`."""
    return f"{date.day} {date:%B} {date.year}"


def plain(text: str) -> str:
    """`text` for a window title: no control or bidirectional formatting characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+", " ", text)


def is_web(url: str | None) -> bool:
    """Whether a link to it is safe: a document's `url` may be `javascript:…`."""
    return bool(url) and str(url).lower().startswith(("http://", "https://"))


def article_path(id: str) -> str:
    """The path of an article's page; nothing in it that a browser would fold, like `..`."""
    return f"/article/{address.quoted(id)}"


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


def paragraphs(body: Passage) -> list[Passage]:
    """`body` cut into paragraphs, in order, marks and all; a mark across a cut becomes two.

    Blank lines and indents separate them. So does a single line break, unless the line was
    wrapped: in text of short lines, when the next word would not have fitted, or goes on small.
    """
    width = max((len(line) for line in body.text.split("\n")), default=0)
    cuts = [
        gap.span()
        for gap in re.finditer(r"\n\s*", body.text)
        if not _is_wrap(body.text, gap.start(), gap.end(), width)
    ]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(body.text)]
    pieces = (_piece(body, start, end) for start, end in zip(starts, ends, strict=True))
    return [piece for piece in pieces if piece.text.strip()]


def _is_wrap(text: str, start: int, end: int, width: int) -> bool:
    """Whether the white space from `start`, a line break, to `end` is a space within a sentence."""
    gap = text[start:end]
    if gap.count("\n") > 1 or len(gap) > 2 or width not in WRAPPED:
        return False
    line = start - (text.rfind("\n", 0, start) + 1)
    word = re.match(r"\S*", text[end : end + width + 1])
    assert word
    return word[0][:1].islower() or line + 1 + len(word[0]) > width


def _piece(passage: Passage, start: int, end: int) -> Passage:
    first = bisect_right(passage.marks, start, key=lambda mark: mark[1])
    last = bisect_left(passage.marks, end, key=lambda mark: mark[0])
    marks = tuple(
        (max(s, start) - start, min(e, end) - start) for s, e in passage.marks[first:last]
    )
    return Passage(passage.text[start:end], marks)


# --- answers, files and headers -------------------------------------------------------------------


def _rendered(template: str, status: int = 200, **values: Any) -> Response:
    """The page; half a surrogate pair, which UTF-8 cannot say, is shown as `?`."""
    html = render_template(template, **values).encode("utf-8", "replace")
    return Response(html, status, mimetype="text/html")


def _here() -> Path:
    return Path(__file__).resolve().parent


def _templates() -> Path:
    """Inside the package once installed, beside it in a checkout."""
    installed = _here() / "templates"
    return installed if installed.is_dir() else _here().parent / "templates"


def _static_version() -> str:
    """Changes with the static files, so that browsers may keep them for a year."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted((_here() / "static").glob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _secured(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
