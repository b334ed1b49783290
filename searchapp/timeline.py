"""How many articles there are of each day → a `Timeline`: bars that are a chart and filters.

The unit is the smallest in which the days shown are MOST_BARS or fewer. With dates chosen, the days
shown are those and a quarter as many on both sides, so that choosing a bar looks into it. Without,
they are those of nearly all articles: FEW of them far from all others, mostly dates that were
misread, would otherwise leave one bar for the rest. What lies outside is in the bars `before` and
`after`.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from searchapp.model import UNITS, Bar, DateCounts, Search, Timeline, Unit

MOST_BARS = 60
FEW = 50
"""Of so many articles one may lie outside, where that makes the rest SHORTER times as short."""
FEWEST = 10
"""Articles from which one may."""
SHORTER = 3
MARGIN = 4
"""What part of the dates chosen is shown on either side of them."""
LEAST_MARGIN = 3
"""Days."""

Span = tuple[datetime.date, datetime.date]
"""First and last day."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LENGTHS = {"month": 1, "quarter": 3, "year": 12, "five years": 60, "decade": 120, "century": 1200}
"""Months of the units that begin with a month."""


def timeline(search: Search, counts: DateCounts) -> Timeline:
    """The bars of what `search` finds, its own dates left out."""
    if not counts.days:
        return Timeline(search, "day", (), None, None, counts.undated, _zoom_out(search, None))
    days = [day for day, _ in counts.days]
    totals = [0, *accumulate(count for _, count in counts.days)]
    whole = days[0], days[-1]
    shown = _around_chosen(search, whole) or _nearly_all(days, totals)
    unit = next((unit for unit in UNITS if _number(unit, shown) <= MOST_BARS), UNITS[-1])
    counted = _Counted(search, days, totals)
    bars = tuple(counted.bar(span, _label(unit, span[0], span[1])) for span in _spans(unit, shown))
    first, last = bars[0].first, bars[-1].last
    return Timeline(
        search,
        unit,
        bars,
        counted.before(first) if days[0] < first else None,
        counted.after(last) if days[-1] > last else None,
        counts.undated,
        _zoom_out(search, whole),
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """`days` ascend; `totals[n]` are the articles of the first n of them."""

    search: Search
    days: Sequence[datetime.date]
    totals: Sequence[int]

    def bar(self, span: Span, label: str) -> Bar:
        return self._bar(span, label, _with_dates(self.search, *span))

    def before(self, day: datetime.date) -> Bar:
        """What is before a day."""
        last = day - datetime.timedelta(1)
        label = f"before {_day(day)}"
        return self._bar((self.days[0], last), label, replace(_undated(self.search), date_to=last))

    def after(self, day: datetime.date) -> Bar:
        """What is after a day."""
        first = day + datetime.timedelta(1)
        label = f"after {_day(day)}"
        found = replace(_undated(self.search), date_from=first)
        return self._bar((first, self.days[-1]), label, found)

    def _bar(self, span: Span, label: str, found: Search) -> Bar:
        first, last = span
        at, end = bisect_left(self.days, first), bisect_right(self.days, last)
        start = self.search.date_from or datetime.date.min
        stop = self.search.date_to or datetime.date.max
        within = start <= last and first <= stop
        return Bar(first, last, label, self.totals[end] - self.totals[at], within, found)


# --- which days are shown -------------------------------------------------------------------------


def _around_chosen(search: Search, whole: Span) -> Span | None:
    """The dates chosen and some on both sides, as far as there are articles; None where none are
    chosen, or all articles are elsewhere."""
    if not (search.date_from or search.date_to):
        return None
    first = max(search.date_from or whole[0], whole[0]).toordinal()
    last = min(search.date_to or whole[1], whole[1]).toordinal()
    if first > last:
        return None
    margin = max((last - first + 1) // MARGIN, LEAST_MARGIN)
    first, last = max(first - margin, whole[0].toordinal()), last + margin
    return datetime.date.fromordinal(first), _at_most(last, whole[1])


def _at_most(day: int, last: datetime.date) -> datetime.date:
    return datetime.date.fromordinal(min(day, last.toordinal()))


def _nearly_all(days: Sequence[datetime.date], totals: Sequence[int]) -> Span:
    """The shortest span with all but few articles, if it is much shorter than that of all. Of
    several the first."""
    number = totals[-1]
    outside = max(number // FEW, 1) if number >= FEWEST else 0
    spans = []
    for first in range(bisect_right(totals, outside)):
        last = bisect_left(totals, totals[first] + number - outside) - 1
        spans.append(((days[last] - days[first]).days, first, last))
    length, first, last = min(spans)
    if (length + 1) * SHORTER > (days[-1] - days[0]).days + 1:
        return days[0], days[-1]
    return days[first], days[last]


# --- units ----------------------------------------------------------------------------------------


def _number(unit: Unit, span: Span) -> int:
    """How many bars a span has."""
    first, last = span
    if unit == "day":
        return (last - first).days + 1
    if unit == "week":
        return (last - _monday(first)).days // 7 + 1
    return (_month(last) // _LENGTHS[unit]) - (_month(first) // _LENGTHS[unit]) + 1


def _spans(unit: Unit, span: Span) -> Iterator[Span]:
    """The bars of a span, the first and the last whole."""
    start = _begin(unit, span[0])
    while start <= span[1]:
        end = _end(unit, start)
        yield start, end
        if end == datetime.date.max:
            break
        start = end + datetime.timedelta(1)


def _begin(unit: Unit, day: datetime.date) -> datetime.date:
    """The first day of the unit that a day is in."""
    if unit == "day":
        return day
    if unit == "week":
        return _monday(day)
    return _first_of(_month(day) // _LENGTHS[unit] * _LENGTHS[unit])


def _end(unit: Unit, day: datetime.date) -> datetime.date:
    """The last day of the unit that a day is in."""
    if unit == "day":
        return day
    if unit == "week":
        return _at_most(_monday(day).toordinal() + 6, datetime.date.max)
    following = (_month(day) // _LENGTHS[unit] + 1) * _LENGTHS[unit]
    if following > _month(datetime.date.max):
        return datetime.date.max
    return _first_of(following) - datetime.timedelta(1)


def _monday(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(day.weekday())  # the first day there is, is one


def _month(day: datetime.date) -> int:
    """Months since the year 0, in which decades and centuries begin where people let them."""
    return day.year * 12 + day.month - 1


def _first_of(month: int) -> datetime.date:
    year, month = divmod(max(month, 12), 12)
    return datetime.date(year, month + 1, 1)


def _label(unit: Unit, first: datetime.date, last: datetime.date) -> str:
    labels: dict[str, Callable[[], str]] = {
        "day": lambda: _day(first),
        "week": lambda: f"week of {_day(first)}",
        "month": lambda: f"{_MONTHS[first.month - 1]} {first.year}",
        "quarter": lambda: f"{_MONTHS[first.month - 1]} to {_MONTHS[last.month - 1]} {first.year}",
        "year": lambda: str(first.year),
        "decade": lambda: f"{first.year // 10 * 10}s",
    }
    return labels.get(unit, lambda: f"{first.year} to {last.year}")()


def _day(day: datetime.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


# --- searches -------------------------------------------------------------------------------------


def _with_dates(search: Search, first: datetime.date, last: datetime.date) -> Search:
    """`search` with these dates alone, on page 1."""
    return replace(_undated(search), date_from=first, date_to=last)


def _undated(search: Search) -> Search:
    """`search` without its dates, on page 1."""
    return replace(search, date_from=None, date_to=None, page=1, cursor=None)


def _zoom_out(search: Search, whole: Span | None) -> Search | None:
    """`search` in the month, year, decade or century that its dates are a part of; without dates
    where that has all articles, and None where there are no dates to leave."""
    free = _undated(search)
    first, last = search.date_from, search.date_to
    if not (first or last):
        return None
    if not (whole and first and last):
        return free
    for unit in ("month", "year", "decade", "century"):
        wider = _begin(unit, first), _end(unit, first)
        if wider[0] <= first and last <= wider[1] and wider != (first, last):
            has_all = wider[0] <= whole[0] and whole[1] <= wider[1]
            return free if has_all else _with_dates(search, *wider)
    return free
