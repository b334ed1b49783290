"""Counts of countries as a map: five classes, and where each country lies on it.

The shapes themselves are in `static/world.svg`, which browsers keep. Classes grow by a factor and
not by a step, because news is skewed: with equal steps one country would be dark and all others
alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol

from searchapp.charts import nice

WIDTH, HEIGHT = 1976, 896
"""The size of the map in units: the `viewBox` of static/world.svg."""

CLASSES = 5


class Counted(Protocol):
    """One value of the country facet, as `model.Bucket` has it; `value` is an ISO 3166-1 code."""

    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def selected(self) -> bool: ...
    @property
    def excluded(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a country lies: a point in its largest part, the box around all of it (west, north,
    east, south), and the radius of the circle to click, 0 where the country is large enough."""

    x: int
    y: int
    box: tuple[int, int, int, int]
    hit: int


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its count; `level` is its class, 0 for no articles, 5 for most.

    `place` is None for a code that is not on the map: only the table lists it.
    """

    value: str
    label: str
    count: int
    level: int
    selected: bool
    excluded: bool
    place: Place | None


@dataclass(frozen=True, slots=True)
class Class:
    """The countries of `least` to `most` articles."""

    level: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class View:
    """A part of the world that can be enlarged; charts.css says how."""

    name: str
    label: str


VIEWS = (
    View("world", "World"),
    View("europe", "Europe"),
    View("middle-east", "Middle East"),
    View("africa", "Africa"),
    View("asia", "Asia"),
    View("oceania", "Oceania"),
    View("north-america", "North America"),
    View("caribbean", "Caribbean"),
    View("south-america", "South America"),
)


@dataclass(frozen=True, slots=True)
class Map:
    """Countries with articles, or chosen or excluded, most articles first, ties by label."""

    countries: tuple[Country, ...]
    classes: tuple[Class, ...]
    width: int = WIDTH
    height: int = HEIGHT
    views: tuple[View, ...] = VIEWS

    @property
    def shapes(self) -> list[Country]:
        """Those that are drawn by their shape alone."""
        return [one for one in self.countries if one.place and not one.place.hit]

    @property
    def dots(self) -> list[Country]:
        """Those that are too small to be hit: drawn as a circle too, above the shapes."""
        return [one for one in self.countries if one.place and one.place.hit]


def choropleth(buckets: Iterable[Counted]) -> Map:
    """The map of these counts; countries without articles that nobody chose are left out."""
    kept = [one for one in buckets if one.count or one.selected or one.excluded]
    classes = _classes(max((one.count for one in kept), default=0))
    least = [one.least for one in classes]
    known = places()
    countries = [
        Country(
            value=one.value,
            label=one.label,
            count=one.count,
            level=bisect_right(least, one.count),
            selected=one.selected,
            excluded=one.excluded,
            place=known.get(one.value),
        )
        for one in kept
    ]
    countries.sort(key=lambda one: (-one.count, one.label, one.value))
    return Map(tuple(countries), classes)


def _classes(largest: int) -> tuple[Class, ...]:
    """At most five classes from 1 to `largest`, each beginning at 1, 2 or 5 times a power of ten.

    Their lower limits grow by the fifth root of `largest`, and are then made easy to read.
    """
    if largest < 1:
        return ()
    if largest <= CLASSES:
        limits = list(range(1, largest + 1))
    else:
        factor = largest ** (1 / CLASSES)
        limits = sorted({nice.nearest(factor**number) for number in range(CLASSES)})
    ends = [*(limit - 1 for limit in limits[1:]), largest]
    return tuple(
        Class(level, least, most)
        for level, (least, most) in enumerate(zip(limits, ends, strict=True), 1)
    )


@cache
def places() -> Mapping[str, Place]:
    """Code → where it lies, for every code of ISO 3166-1 and Kosovo's XK."""
    text = resources.files("searchapp.charts").joinpath("built_places.tsv").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            code, *numbers = line.split("\t")
            x, y, west, north, east, south, hit = map(int, numbers)
            found[code] = Place(x, y, (west, north, east, south), hit)
    return found
