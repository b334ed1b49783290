"""What the views of all pages share: the archive, addresses, forms that carry a search, rendering.

A module of views has a `register(app, site)`; a view parses the address, asks the archive and
renders. What a link does to a search is a function from `Search` to `Search`, and only
`searchapp.address` knows what a search looks like as a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

from flask import Response, render_template, request, url_for

from searchapp import address, variants
from searchapp.archive import Archive
from searchapp.model import COUNTRIES, FACETS, SORTS, BadParameter, Facet, Page, Search
from searchapp.said import Said
from searchapp.settings import Settings
from searchapp.web import present
from searchapp.web.guard import Guard

Pairs = Sequence[tuple[str, str | int]]
"""Parameters of an address, in their order."""

HIT_VALUES = 5
"""Values of each facet shown with a hit; the article page has them all."""


@dataclass(frozen=True, slots=True)
class Serving:
    """The server that a site runs in: a `folder` that its processes share, where there are several,
    and whether this one is `stopping`."""

    folder: Path | None = None
    stopping: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True)
class Site:
    """One archive as a site."""

    archive: Archive
    settings: Settings
    static_version: str
    guard: Guard
    serving: Serving

    def search(self, *also: str) -> Search:
        """The search that the address asks for; `also` are parameters that the view reads."""
        for name in address.API_ALONE:
            if name in request.args:
                raise BadParameter(
                    name, Said("pages have no such parameter; /api/v1/search has it")
                )
        return address.parse(request.args, self.settings, also)

    def run(self, search: Search) -> Page:
        """One page of results. Copies of a story are one hit, unless the address asks for each."""
        return self.archive.run(search, grouped=True)

    def url(self, search: Search, path: str = "/", also: Pairs = ()) -> str:
        """The address of `search` on a page, and of `also`, which that page reads itself."""
        return address.url(request.script_root + path, search, self.settings, also)

    def static(self, filename: str) -> str:
        return url_for("static", filename=filename, v=self.static_version)

    def hidden(self, search: Search, facets: Iterable[Facet], *shown: str) -> list[tuple[str, str]]:
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

    def context(self) -> dict[str, Any]:
        """What every template may use."""
        return {
            "COUNTRIES": COUNTRIES,
            "FACETS": FACETS,
            "SORTS": SORTS,
            "HIT_VALUES": HIT_VALUES,
            "all_of": address.all_of,
            "any_of": address.any_of,
            "about_first": present.about_first,
            "anything": Search(),
            "article_path": present.article_path,
            "choose_tag": address.choose_tag,
            "editing": self.guard.editing(),
            "exclude": address.exclude,
            "is_chosen": address.is_chosen,
            "is_filtered": address.is_filtered,
            "is_web": present.is_web,
            "here": here,
            "newest": newest,
            "page_numbers": present.page_numbers,
            "release": address.release,
            "replace": replace,
            "root": request.script_root,
            "search": Search(),
            "settings": self.settings,
            "static": self.static,
            "value_path": present.value_path,
            "unfiltered": address.unfiltered,
            "url": self.url,
        }


def here() -> str:
    """The path and the parameters of this page, below the root of the site."""
    return request.full_path.removesuffix("?")


def newest(search: Search) -> Search:
    """What is new of what `search` finds: the newest articles first, from the first page on."""
    return replace(search, sort="newest", page=1)


def rendered(template: str, status: int = 200, **values: Any) -> Response:
    """The page; half a surrogate pair, which UTF-8 cannot say, is shown as `?`."""
    html = render_template(template, **values).encode("utf-8", "replace")
    return Response(html, status, mimetype="text/html")
