"""Counts as charts that filter, in whole units for an SVG: a map of countries and bars over time.

`templates/charts.html` draws them. Nothing here knows a page or an address.
"""

from searchapp.charts.timeline import Bar, Bars, Line, Period, Tick, bars
from searchapp.charts.world import (
    Class,
    Counted,
    Country,
    Map,
    Place,
    View,
    choropleth,
    places,
)

__all__ = [
    "Bar",
    "Bars",
    "Class",
    "Counted",
    "Country",
    "Line",
    "Map",
    "Period",
    "Place",
    "Tick",
    "View",
    "bars",
    "choropleth",
    "places",
]
