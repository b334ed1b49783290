"""Counts of periods as bars: where each stands on a line of days, and what is written below it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from searchapp.charts import nice

WIDTH, HEIGHT = 1000, 100

WIDE, NARROW = 720, 280
"""Pixels that a chart is wide, at least, where its ticks are the many, and the few."""
LETTER = 7.5
"""Pixels of a letter of a tick's label, rather more than less."""
GAP = 14
"""Pixels between two labels."""
BESIDE = 4
"""Pixels between a tick and its label, which stands to the right of it."""

DAYS = (1, 2, 5, 10)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000)
"""Steps between ticks: so many days from the first of a month, so many months from year 0."""
MOST = 30
"""More ticks than fit into any chart."""


DAY, MONTH, YEAR = 0, 1, 2
ENGLISH = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class Period(Protocol):
    """What a bar stands for: the days from `first` to `last`, both within; `within` is whether
    they are among the days chosen."""

    @property
    def label(self) -> str: ...
    @property
    def first(self) -> datetime.date: ...
    @property
    def last(self) -> datetime.date: ...
    @property
    def count(self) -> int: ...
    @property
    def within(self) -> bool: ...


P = TypeVar("P", bound=Period)


@dataclass(frozen=True, slots=True)
class Bar(Generic[P]):
    """One period's bar. `x` and `width` are also those of the area to click, which has the height
    of the chart."""

    period: P
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A label below the bars, beginning at `x`."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """The height of `count` articles, a number that is easy to read."""

    y: int
    count: int


@dataclass(frozen=True, slots=True)
class Bars(Generic[P]):
    """Bars in order of time. `ticks` are for a wide chart, `few_ticks` for a phone.

    `chosen` is x and width of what is chosen, from its first bar to its last, None for nothing.
    """

    bars: tuple[Bar[P], ...]
    ticks: tuple[Tick, ...]
    few_ticks: tuple[Tick, ...]
    line: Line | None
    chosen: tuple[int, int] | None
    width: int
    height: int


def bars(
    periods: Sequence[P],
    width: int = WIDTH,
    height: int = HEIGHT,
    months: Sequence[str] = ENGLISH,
) -> Bars[P]:
    """The chart of periods, which do not overlap; days between them stay empty.

    The largest count has the full height, no articles none, and any at least one unit. `months` are
    the twelve names, short ones, that ticks have.
    """
    if not periods:
        return Bars((), (), (), None, None, width, height)
    periods = sorted(periods, key=lambda one: one.first)
    start, days = periods[0].first, (periods[-1].last - periods[0].first).days + 1
    largest = max(one.count for one in periods)
    drawn = tuple(_bar(one, start, days, largest, width, height) for one in periods)
    top = nice.at_most(largest) if largest else 0
    return Bars(
        drawn,
        _ticks(start, days, width, WIDE, months),
        _ticks(start, days, width, NARROW, months),
        Line(height - _scaled(top, largest, height), top) if top else None,
        _chosen(drawn),
        width,
        height,
    )


def _bar(
    period: P, start: datetime.date, days: int, largest: int, width: int, height: int
) -> Bar[P]:
    left = min((period.first - start).days * width // days, width - 1)
    right = max(((period.last - start).days + 1) * width // days, left + 1)
    tall = max(_scaled(period.count, largest, height), 1) if period.count else 0
    return Bar(period, left, height - tall, right - left, tall)


def _scaled(count: int, largest: int, height: int) -> int:
    return round(count * height / largest) if largest else 0


def _chosen(drawn: Sequence[Bar[P]]) -> tuple[int, int] | None:
    chosen = [bar for bar in drawn if bar.period.within]
    if not chosen:
        return None
    return chosen[0].x, chosen[-1].x + chosen[-1].width - chosen[0].x


# --- ticks ----------------------------------------------------------------------------------------


def _ticks(
    start: datetime.date, days: int, width: int, pixels: int, months: Sequence[str]
) -> tuple[Tick, ...]:
    """The most ticks that fit into a chart of so many pixels; one at least, the first day."""
    for dates, exact in _candidates(start, days):
        ticks = tuple(
            Tick((date - start).days * width // days, label)
            for date, label in _labelled(dates, exact, months)
        )
        if len(ticks) > 1 and _fit(ticks, width, pixels):
            return ticks
    return tuple(Tick(0, label) for _, label in _labelled([start], DAY, months))


def _fit(ticks: Sequence[Tick], width: int, pixels: int) -> bool:
    """Whether no label touches the next one, or the end."""
    starts = [tick.x * pixels / width for tick in ticks]
    ends = [at + len(tick.label) * LETTER for at, tick in zip(starts, ticks, strict=True)]
    apart = all(end + GAP <= after for end, after in zip(ends, starts[1:], strict=False))
    return apart and ends[-1] + BESIDE <= pixels


def _candidates(start: datetime.date, days: int) -> Iterator[tuple[list[datetime.date], int]]:
    """Dates for ticks, most first, and how exactly they are said: by DAY, MONTH or YEAR."""
    for step in DAYS:
        if days <= step * MOST:
            dates = (start + datetime.timedelta(day) for day in range(days))
            yield [date for date in dates if _is_round(date, step)], DAY
    for step in MONTHS:
        if days <= step * 31 * MOST:
            yield list(_firsts(start, days, step)), YEAR if step % 12 == 0 else MONTH


def _is_round(date: datetime.date, step: int) -> bool:
    """Every `step` days from the first of a month, but not shortly before the next first."""
    return (date.day - 1) % step == 0 and date.day + step <= 32


def _firsts(start: datetime.date, days: int, step: int) -> Iterator[datetime.date]:
    """The firsts of every `step`th month within the days."""
    number = start.year * 12 + start.month - 1 + (start.day > 1)
    number += -number % step
    while number < (datetime.MAXYEAR + 1) * 12:
        date = datetime.date(number // 12, number % 12 + 1, 1)
        if (date - start).days >= days:
            return
        yield date
        number += step


def _labelled(
    dates: Sequence[datetime.date], exact: int, months: Sequence[str]
) -> Iterator[tuple[datetime.date, str]]:
    """Each date with its label, in which the year is said where it is a new one."""
    year = 0
    for date in dates:
        words = [str(date.day), months[date.month - 1], str(date.year)][exact:]
        if exact < YEAR and date.year == year:
            words.pop()
        year = date.year
        yield date, " ".join(words)
