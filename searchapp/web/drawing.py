"""The charts of a page: the map of the countries of a search, and its articles over time."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace

from searchapp import address, charts
from searchapp.model import Bar, Search, Timeline
from searchapp.web.language import dated, day, gettext, named
from searchapp.web.site import Site

COUNTRIES = 300
"""All there are."""


@dataclass(frozen=True, slots=True)
class Period:
    """One bar of a timeline, its label in the language of the page. `within`: it is chosen."""

    label: str
    first: datetime.date
    last: datetime.date
    count: int
    within: bool
    search: Search


@dataclass(frozen=True, slots=True)
class Dates:
    """A timeline as it is drawn, and what it is drawn from."""

    timeline: Timeline
    bars: charts.Bars[Period]


def dates_of(site: Site, search: Search) -> Dates | None:
    """None where there is nothing to choose from: less than two days."""
    timeline = site.archive.timeline(replace(search, page=1))
    if len(timeline.bars) < 2:
        return None
    chosen = bool(search.date_from or search.date_to)
    periods = [
        Period(
            label(timeline.unit, bar),
            bar.first,
            bar.last,
            bar.count,
            chosen and bar.within,
            bar.search,
        )
        for bar in timeline.bars
    ]
    months = tuple(
        dated(datetime.date(2000, month, 1), "LLL").rstrip(".") for month in range(1, 13)
    )
    return Dates(timeline, charts.bars(periods, months=months))


def label(unit: str, bar: Bar) -> str:
    """What the days of a bar are called: `3 July 2000`, `July 2000`, `1990s`."""
    first, last = bar.first, bar.last
    match unit:
        case "day":
            return day(first)
        case "week":
            return gettext("week of %(day)s") % {"day": day(first)}
        case "month":
            return dated(first, "LLLL y")
        case "quarter":
            return f"{dated(first, 'LLLL')}–{dated(last, 'LLLL y')}"
        case "year":
            return str(first.year)
    return f"{first.year}–{last.year}"


def range_url(address_of: Callable[[Search], str], search: Search) -> str:
    """The address of a search whose first and last day are yet to be put in for FROM and TO."""
    whole = address_of(replace(search, date_from=None, date_to=None, page=1))
    return f"{whole}{'&' if '?' in whole else '?'}date_from=FROM&date_to=TO"


def map_of(site: Site, search: Search) -> charts.Map:
    facet = site.archive.facet(replace(search, page=1), "country", limit=COUNTRIES)
    buckets = (
        replace(bucket, label=named(bucket.label, "country", bucket.value))
        for bucket in facet.buckets
    )
    return charts.choropleth(buckets)


def dates_toggled(search: Search, period: Period) -> Search:
    """What a click on a bar does: what is chosen already is let go."""
    if (search.date_from, search.date_to) == (period.first, period.last):
        return replace(search, date_from=None, date_to=None, page=1)
    return period.search


def toggled(search: Search, country: charts.Country) -> Search:
    """What a click on a country does: a chosen one is let go, an excluded one allowed again."""
    if country.selected or country.excluded:
        return address.release(search, "country", country.value)
    return address.choose(search, "country", country.value)
