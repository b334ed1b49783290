"""The page of results with its filters, and the page of all values of a facet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from flask import Flask, Response, abort, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from searchapp import address
from searchapp.model import FACETS, BadParameter, Branch, Bucket, Facet, Search
from searchapp.said import none_of
from searchapp.web import drawing
from searchapp.web.site import Pairs, Site, rendered

FACET_PAGE = 100
"""Values on one page of `/facet/…`, and of a facet that shows more."""

LOOKS = ("more", "az", "map", *(f"find_{facet}" for facet in FACETS))
"""The parameters of a `Look`."""


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/", "results", views.results)
    app.add_url_rule("/facet/<name>", "facet", views.facet)


@dataclass(frozen=True, slots=True)
class Look:
    """How the filters are shown, which changes nothing of what is found: the facets that list
    `more` values, those `az` in the order of the alphabet, what to `find` in one, and whether there
    is a `map`."""

    more: frozenset[str] = frozenset()
    az: frozenset[str] = frozenset()
    find: tuple[tuple[str, str], ...] = ()
    map: bool = False

    @classmethod
    def of(cls, arguments: MultiDict[str, str]) -> Look:
        """Raises BadParameter where a facet has no such name."""
        for name in ("more", "az"):
            for facet in arguments.getlist(name):
                if facet not in FACETS:
                    raise BadParameter(name, none_of(facet, FACETS))
        find = ((facet, arguments.get(f"find_{facet}", "").strip()) for facet in FACETS)
        return cls(
            frozenset(arguments.getlist("more")),
            frozenset(arguments.getlist("az")),
            tuple((facet, text) for facet, text in find if text),
            bool(arguments.get("map")),
        )

    def pairs(self) -> Pairs:
        """As parameters of an address."""
        return [
            *(("more", facet) for facet in FACETS if facet in self.more),
            *(("az", facet) for facet in FACETS if facet in self.az),
            *((f"find_{facet}", text) for facet, text in self.find),
            *([("map", "1")] if self.map else []),
        ]

    def toggled(self, name: str, facet: str) -> Look:
        """With `facet` added to `more` or `az`, or taken out of it."""
        return replace(self, **{name: getattr(self, name) ^ {facet}})

    def with_map(self, shown: bool) -> Look:
        return replace(self, map=shown)

    def without_find(self, facet: str) -> Look:
        return replace(self, find=tuple(pair for pair in self.find if pair[0] != facet))


@dataclass(frozen=True, slots=True)
class Panel:
    """One facet among the filters: its values, and the same as a tree. `is_long`: it has values
    beyond those first shown."""

    name: str
    buckets: tuple[Bucket, ...]
    branches: tuple[Branch, ...]
    value_count: int
    is_long: bool
    more: bool = False
    az: bool = False
    find: str = ""


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def results(self) -> Response:
        site = self.site
        search, look = site.search(*LOOKS), Look.of(request.args)
        if site.archive.is_empty():
            return rendered("empty.html", search=search)
        page = site.run(search)
        to = partial(site.url, also=look.pairs())
        panels = [self._panel(facet, search, look) for facet in page.facets]
        shown = [Facet(panel.name, panel.buckets, 0, 0) for panel in panels]
        carried = site.hidden(search, shown, "q", "match", "date_from", "date_to")
        return rendered(
            "results.html",
            page=page,
            panels=panels,
            look=look,
            search=search,
            last=address.last_page(page.entries, search, site.settings),
            to=to,
            dates=drawing.dates_of(site, search),
            range_url=drawing.range_url(to, search),
            map=drawing.map_of(site, search) if look.map else None,
            period_url=lambda period: to(drawing.dates_toggled(search, period)),
            country_url=lambda country: to(drawing.toggled(search, country)),
            with_look=lambda look: site.url(search, also=look.pairs()),
            hidden=[*carried, *(pair for pair in look.pairs() if not pair[0].startswith("find_"))],
        )

    def _panel(self, facet: Facet, search: Search, look: Look) -> Panel:
        """A facet of a page of results as it is to be shown; what is chosen stays in sight."""
        name, find = facet.name, dict(look.find).get(facet.name, "")
        more, az = name in look.more, name in look.az
        is_long = facet.value_count > len(facet.buckets) or bool(more or find)
        buckets = facet.buckets
        if more or az or find:
            listed = self.site.archive.facet(
                replace(search, page=1),
                name,
                prefix=find,
                limit=FACET_PAGE if more or find else search.facet_size,
                order="label" if az else "count",
            ).buckets
            values = {bucket.value for bucket in listed}
            chosen = (b for b in facet.buckets if b.selected and b.value not in values)
            buckets = (*chosen, *listed)
        branches = self.site.archive.branches(replace(facet, buckets=buckets))
        return Panel(name, buckets, branches, facet.value_count, is_long, more, az, find)

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
        also = [("find", find)] if find else []
        return rendered(
            "facet.html",
            facet=facet,
            find=find,
            search=search,
            results=site.run(first),
            last=max(1, -(-facet.value_count // FACET_PAGE)),
            carried=site.hidden(search, (), "q", "match"),
            hidden=site.hidden(search, (facet,)),
            to=partial(site.url, path=f"/facet/{name}", also=also),
        )
