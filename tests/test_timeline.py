"""Days with articles → bars that are a chart and filters."""

from __future__ import annotations

import datetime
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import UNITS, BadParameter, Bar, DateCounts, Search, Timeline
from searchapp.settings import Settings
from searchapp.timeline import MOST_BARS, timeline
from tests.conftest import item

date = datetime.date.fromisoformat


def of(*days: str, undated: int = 0, start: str = "", end: str = "") -> Timeline:
    """The timeline of an article on each of the days, with dates chosen."""
    search = Search(
        date_from=date(start) if start else None, date_to=date(end) if end else None, page=3
    )
    counts = Counter(map(date, days))
    return timeline(search, DateCounts(tuple(sorted(counts.items())), undated))


def dates(search: Search | None) -> tuple[str, str] | None:
    if search is None:
        return None
    return str(search.date_from or ""), str(search.date_to or "")


@pytest.mark.parametrize(
    ("first", "last", "unit", "labels"),
    [
        ("1987-03-02", "1987-03-02", "day", ["2 March 1987", "2 March 1987"]),
        ("1987-03-02", "1987-04-30", "day", ["2 March 1987", "30 April 1987"]),
        ("1987-03-03", "1987-05-30", "week", ["week of 2 March 1987", "week of 25 May 1987"]),
        ("1985-03-02", "1987-05-30", "month", ["March 1985", "May 1987"]),
        ("1980-03-02", "1987-05-30", "quarter", ["January to March 1980", "April to June 1987"]),
        ("1945-03-02", "1987-05-30", "year", ["1945", "1987"]),
        ("1801-03-02", "1987-05-30", "five years", ["1800 to 1804", "1985 to 1989"]),
        ("1601-03-02", "1987-05-30", "decade", ["1600s", "1980s"]),
        ("0001-01-01", "9999-12-31", "century", ["1 to 99", "9900 to 9999"]),
    ],
)
def test_unit_fits_the_span(first: str, last: str, unit: str, labels: list[str]) -> None:
    found = of(first, last)
    assert found.unit == unit
    assert [found.bars[0].label, found.bars[-1].label] == labels
    assert len(found.bars) <= MOST_BARS or unit == UNITS[-1]


def test_gaps_are_bars_with_nothing() -> None:
    bars = of("1987-03-02", "1987-03-02", "1987-03-05").bars
    assert [bar.count for bar in bars] == [2, 0, 0, 1]


def test_one_article_far_from_all_others_does_not_squash_them() -> None:
    found = of("1900-01-01", *(f"1987-{month:02}-10" for month in range(1, 13)))
    assert found.unit == "week"
    assert found.before == Bar(
        date("1900-01-01"),
        date("1987-01-04"),
        "before 5 January 1987",
        1,
        within=True,
        search=Search(date_to=date("1987-01-04")),
    )
    assert found.after is None


def test_what_is_not_far_from_the_others_stays_with_them() -> None:
    found = of(*(f"{year}-06-01" for year in range(1970, 2000)))
    assert (found.before, found.after, len(found.bars)) == (None, None, 30)


def test_one_of_few_articles_is_not_left_outside() -> None:
    assert of("1900-01-01", "1987-01-01", "1987-01-02").before is None


def test_choosing_a_bar_looks_into_it() -> None:
    year = [f"{year}-{month:02}-15" for year in range(1980, 1990) for month in range(1, 13)]
    whole = of(*year)
    assert whole.unit == "quarter"
    assert whole.zoom_out is None
    inside = of(*year, start="1985-01-01", end="1985-12-31")
    assert inside.unit == "month"
    assert [bar.label for bar in inside.bars if bar.within] == [
        bar.label for bar in inside.bars if bar.first.year == 1985
    ]
    assert inside.bars[0].label == "October 1984"
    assert inside.before
    assert inside.before.label == "before 1 October 1984"
    assert inside.after
    assert inside.after.count == sum(day > "1986-05" for day in year)


@pytest.mark.parametrize(
    ("start", "end", "wider"),
    [
        ("1985-03-05", "1985-03-05", ("1985-03-01", "1985-03-31")),
        ("1985-03-01", "1985-03-31", ("1985-01-01", "1985-12-31")),
        ("1985-03-20", "1985-04-10", ("1985-01-01", "1985-12-31")),
        ("1985-01-01", "1985-12-31", ("1980-01-01", "1989-12-31")),
        ("1980-01-01", "1989-12-31", ("1900-01-01", "1999-12-31")),
        ("1979-01-01", "1981-12-31", ("1900-01-01", "1999-12-31")),
        ("1900-01-01", "1999-12-31", ("", "")),
        ("1985-01-01", "", ("", "")),
        ("", "1985-01-01", ("", "")),
    ],
)
def test_zooming_out_goes_to_what_the_dates_are_a_part_of(
    start: str, end: str, wider: tuple[str, str]
) -> None:
    found = of("1850-01-01", "1985-03-05", "1999-01-01", start=start, end=end)
    assert dates(found.zoom_out) == wider


def test_zooming_out_to_everything_leaves_no_dates() -> None:
    found = of("1985-02-01", "1985-03-05", start="1985-03-01", end="1985-03-31")
    assert dates(found.zoom_out) == ("", "")


def test_dates_without_articles_show_where_they_are() -> None:
    found = of("1985-03-05", start="2001-01-01", end="2001-02-01")
    assert [(bar.count, bar.within) for bar in found.bars] == [(1, False)]


def test_without_any_date_there_are_no_bars() -> None:
    nothing = of(undated=3)
    assert (nothing.bars, nothing.undated, nothing.zoom_out) == ((), 3, None)
    assert dates(of(start="1985-01-01").zoom_out) == ("", "")


days = st.dates() | st.dates(datetime.date(1986, 12, 1), datetime.date(1987, 2, 1))
some_days = st.dictionaries(days, st.integers(1, 50), max_size=20)


@given(some_days, st.integers(0, 3), st.none() | days, st.none() | days)
def test_bars_follow_each_other_and_add_up(
    counts: dict[datetime.date, int],
    undated: int,
    start: datetime.date | None,
    end: datetime.date | None,
) -> None:
    if start and end and start > end:
        start, end = end, start
    asked = Search(date_from=start, date_to=end)
    found = timeline(asked, DateCounts(tuple(sorted(counts.items())), undated))
    for one, following in pairwise(found.bars):
        assert following.first - one.last == datetime.timedelta(1)
    every = [bar for bar in (found.before, *found.bars, found.after) if bar]
    assert sum(bar.count for bar in every) == sum(counts.values())
    for bar in every:
        inside = [count for day, count in counts.items() if bar.first <= day <= bar.last]
        assert bar.count == sum(inside)
        assert bar.within == any(
            (not start or start <= day) and (not end or day <= end)
            for day in (bar.first, bar.last, *filter(None, [start, end]))
            if bar.first <= day <= bar.last
        )


def test_a_bar_has_as_many_articles_as_choosing_it_finds(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path / "index"))
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.engine.write(
            [
                item("a", "Gas", date="1987-03-02", country=["IR"]),
                item("b", "Gas", date="1987-03-09", country=["IR"]),
                item("c", "Gas", date="1999-03-09", country=["RU"]),
                item("d", "Gas", country=["IR"]),
                item("e", "Oil", date="1987-03-02"),
            ]
        )
        search = Search(q="gas", chosen={"country": ("IR",)}, date_from=date("1987-03-05"))
        found = archive.timeline(search)
        assert found.undated == 1
        assert [bar.first for bar in found.bars if bar.count] == [
            date("1987-03-02"),
            date("1987-03-09"),
        ]
        for bar in found.bars:
            assert archive.run(bar.search).total == bar.count


def test_a_relaxed_search_has_the_timeline_of_what_it_shows(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path / "index"), max_filters=1)
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.engine.write([item("a", "Gas", date="1987-03-02"), item("b", "Oil")])
        found = archive.timeline(Search(q="gas oil"))
        assert (sum(bar.count for bar in found.bars), found.undated) == (1, 1)
        with pytest.raises(BadParameter):
            archive.timeline(Search(chosen={"country": ("IR", "RU")}))
