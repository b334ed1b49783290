"""The page of one country, person or topic: its articles over time, and who and what appears
together with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from flask import Flask, Response

from searchapp import address, variants
from searchapp.model import FACETS, Facet, NoSuchArticle, Search
from searchapp.said import Said
from searchapp.web import drawing
from searchapp.web.present import value_path
from searchapp.web.site import Site, rendered

TOGETHER = 12
"""Values of each facet that appear together with it."""

NEWEST = 5


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    for facet in FACETS:
        app.add_url_rule(f"/{facet}/<id:value>", facet, views.value, defaults={"facet": facet})


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def value(self, facet: str, value: str) -> Response:
        """Raises NoSuchArticle where no article has it, not even in passing."""
        site = self.site
        asked = site.search()
        # The facet itself counts what is there together with the value, not instead of it.
        search = Search(
            chosen={facet: (value,)},
            all_of=frozenset({facet}),
            countries=asked.countries,
            date_from=asked.date_from,
            date_to=asked.date_to,
            sort="newest",
            per_page=NEWEST,
            facet_size=TOGETHER + 1,
        )
        page = site.run(search)
        passing = self._mentions(search) if facet == "country" else 0
        if not page.total and not passing and not (asked.date_from or asked.date_to):
            raise NoSuchArticle(Said("no article has {value}", value=value))
        own = next((b for b in page.facets[FACETS.index(facet)].buckets if b.selected), None)
        articles = replace(
            search,
            all_of=frozenset(),
            sort="relevance",
            per_page=site.settings.per_page,
            facet_size=site.settings.facet_size,
        )
        to = partial(_address, site, facet, value)
        return rendered(
            "value.html",
            facet=facet,
            value=own.value if own else value,
            label=own.label if own else page.chosen[0].label,
            variants=own.variants if own else (),
            page=page,
            passing=passing,
            articles=articles,
            mentions=replace(articles, countries="mentioned"),
            together=[self._others(each, facet, value) for each in page.facets],
            search=Search(),
            both=partial(address.choose, replace(articles, all_of=frozenset({facet}))),
            to=to,
            dates=drawing.dates_of(site, search),
            range_url=drawing.range_url(to, search),
            period_url=lambda period: to(drawing.dates_toggled(search, period)),
        )

    def _mentions(self, search: Search) -> int:
        """How many articles mention the country at all."""
        mentioned = replace(search, countries="mentioned", per_page=1, facet_size=0)
        return self.site.run(mentioned).total

    def _others(self, found: Facet, facet: str, value: str) -> Facet:
        """What is there together with the value, which is not together with itself."""
        itself = [value] if found.name == facet else []
        others = (b for b in found.buckets if not variants.same(facet, b.value, itself))
        return replace(found, buckets=tuple(b for b in others if b.count)[:TOGETHER])


def _address(site: Site, facet: str, value: str, search: Search) -> str:
    """The page of the value in the days of a search."""
    dates = Search(date_from=search.date_from, date_to=search.date_to)
    return site.url(replace(dates, countries=search.countries), value_path(facet, value))
