"""The page of results, and the page of all values of a facet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from searchapp import address
from searchapp.model import FACETS
from searchapp.web.site import Site, rendered

FACET_PAGE = 100
"""Values on one page of `/facet/…`."""


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/", "results", views.results)
    app.add_url_rule("/facet/<name>", "facet", views.facet)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def results(self) -> Response:
        site = self.site
        search = site.search()
        if site.archive.is_empty():
            return rendered("empty.html", search=search)
        page = site.archive.run(search)
        return rendered(
            "results.html",
            page=page,
            search=search,
            last=address.last_page(page.total, search, site.settings),
            hidden=site.hidden(search, page.facets, "q", "match", "date_from", "date_to"),
        )

    def facet(self, name: str) -> AnyResponse:
        """All values of a facet; here `page` counts pages of values."""
        if name not in FACETS:
            abort(404)
        site = self.site
        search = site.search("find", "apply")
        first = replace(search, page=1)
        if "apply" in request.args:
            return redirect(site.url(first), 303)
        find = request.args.get("find", "").strip()
        facet = site.archive.facet(
            first, name, contains=find, offset=(search.page - 1) * FACET_PAGE, limit=FACET_PAGE
        )
        return rendered(
            "facet.html",
            facet=facet,
            find=find,
            search=search,
            results=site.archive.run(first),
            last=max(1, -(-facet.value_count // FACET_PAGE)),
            carried=site.hidden(search, (), "q", "match"),
            hidden=site.hidden(search, (facet,)),
        )
