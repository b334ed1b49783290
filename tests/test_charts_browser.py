"""The charts in Debian's Chromium under the site's security policy: colours from the shared shapes,
keyboard, ranges of dates, and what axe-core says. What was seen stays under .screenshots/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from searchapp.model import Bucket
from searchapp.tag import lexicons
from tests.browsing import PATIENCE
from tests.charting import month, served, site

SCREENSHOTS = Path(__file__).parents[1] / ".screenshots"
FIRST = ("US", "GB", "JP", "RU", "IR", "IL", "DE", "FR", "CN", "IQ", "LU", "BH", "SG", "VA", "AQ")
Open = Callable[..., Page]


def buckets() -> list[Bucket]:
    """Most countries, with counts as skewed as news has them."""
    labels = {
        code: form for code, kind, form in lexicons.rows("built_countries.tsv") if kind == "label"
    }
    codes = [*FIRST, *sorted(set(labels) - set(FIRST))[::2]]
    return [Bucket(code, labels[code], 6_000 // (n + 1) ** 2 + 1) for n, code in enumerate(codes)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    months = [month(1987 + n // 12, n % 12 + 1, n * 37 % 100) for n in range(48)]
    with served(site(buckets(), months)) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Opens a page; at the end nothing may have gone wrong in it."""
    errors: list[str] = []
    contexts = []

    def opened(query: str = "", width: int = 800, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/?{query}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def painted(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """The colour at a point of the page, as a screenshot has it."""
    content = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1}).hex()
    read = """async (hex) => {
        const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.drawImage(picture, 0, 0);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }"""
    red, green, blue = page.evaluate(read, content)
    return red, green, blue


def colour(page: Page, name: str) -> tuple[int, int, int]:
    """A colour of the style sheet."""
    value = page.evaluate(
        "(name) => getComputedStyle(document.documentElement).getPropertyValue(name)", name
    )
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def on_map(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a unit of the map is on the page."""
    box = page.locator(".world svg.picture").bounding_box()
    assert box
    return box["x"] + x * box["width"] / 1976, box["y"] + y * box["width"] / 1976


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shapes_of_the_sprite_have_the_colours_of_the_page(visit: Open, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    for point, name in {
        (413, 215): "--level-5",
        (1590, 655): "--land",
        (90, 600): "--paper",
    }.items():
        assert painted(page, *on_map(page, *point)) == colour(page, name), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 800, 1200])
def test_both_charts_fit_and_axe_finds_nothing(visit: Open, scheme: str, width: int) -> None:
    query = "country=IR&country=LU&not_country=US&date_from=1988-01-01&date_to=1988-06-30"
    page = visit(query, width, color_scheme=scheme)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"charts-{width}-{scheme}.png", full_page=True)
    for summary in page.locator("summary").all():
        summary.click()
    # Its preloading would write style sheets into the page, which the policy forbids.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("option", ["forced_colors", "print"])
def test_other_media_are_drawn(visit: Open, option: str) -> None:
    page = visit(
        "country=IR&not_country=US",
        **({"forced_colors": "active"} if option == "forced_colors" else {}),
    )
    if option == "print":
        page.emulate_media(media="print")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"charts-{option}.png", full_page=True)
    x, y = on_map(page, 1300, 110)
    assert painted(page, x, y) != painted(page, *on_map(page, 90, 600))


@pytest.mark.parametrize("javascript", [True, False])
def test_a_country_is_a_link_that_filters_and_is_taken_back(visit: Open, javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    country = page.get_by_role("link", name=re.compile("^Iran: 241 articles"))
    country.click()
    expect(page.get_by_role("heading")).to_have_text("IR")
    page.get_by_role("link", name="Iran: 241 articles; chosen, click to remove it").click()
    expect(page.get_by_role("heading")).to_have_text("All")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_part_of_the_world_can_be_enlarged(visit: Open, javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    germany = page.get_by_role("link", name=re.compile("^Germany: "))
    before = germany.bounding_box()
    page.get_by_text("Europe", exact=True).click()
    after = germany.bounding_box()
    assert before
    assert after
    assert after["width"] > 4 * before["width"]
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "charts-europe.png", full_page=True)


def test_the_enlarged_part_is_remembered(visit: Open) -> None:
    page = visit()
    page.get_by_text("Europe", exact=True).click()
    page.get_by_role("link", name=re.compile("^Germany: ")).click()
    expect(page.get_by_role("heading")).to_have_text("DE")
    expect(page.get_by_role("radio", name="Europe")).to_be_checked()


def test_a_chart_is_one_stop_of_the_tab_key_and_arrows_move_in_it(visit: Open) -> None:
    page = visit()
    stops = []
    for _ in range(6):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert stops == [
        None,
        "United States: 6,001 articles",
        None,
        "January 1987: 0 articles",
        None,
        None,
    ]
    page.get_by_role("link", name=re.compile("^France: ")).focus()
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused
    assert not focused.startswith("France")
    expect(page.locator(".tip")).to_have_text(focused)


def test_without_javascript_a_chart_can_be_skipped(visit: Open) -> None:
    page = visit(java_script_enabled=False)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip the map")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("summary").first).to_be_focused()


def test_the_focused_country_is_outlined(visit: Open) -> None:
    page = visit()
    for _ in range(2):
        page.keyboard.press("Tab")
    style = "getComputedStyle(document.activeElement.querySelector('use')).stroke"
    assert page.evaluate(style) == "rgb({}, {}, {})".format(*colour(page, "--chosen"))


def bar(page: Page, number: int) -> tuple[float, float]:
    box = page.locator(".timeline a .hit").nth(number).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + 10


def test_an_empty_month_can_be_hit_at_full_height(visit: Open) -> None:
    page = visit()
    page.mouse.click(*bar(page, 0))
    page.wait_for_url("**/?date_from=1987-01-01&date_to=1987-01-31")


def test_dragging_over_bars_chooses_their_days(visit: Open) -> None:
    page = visit()
    page.mouse.move(*bar(page, 9))
    page.mouse.down()
    page.mouse.move(*bar(page, 3), steps=8)
    expect(page.locator(".timeline .dragged")).to_have_count(7)
    page.mouse.up()
    page.wait_for_url("**/?date_from=1987-04-01&date_to=1987-10-31")
    expect(page.locator(".timeline a.within")).to_have_count(7)


def test_shift_and_a_click_goes_on_from_what_is_chosen(visit: Open) -> None:
    page = visit("date_from=1987-02-01&date_to=1987-02-28")
    page.keyboard.down("Shift")
    page.mouse.click(*bar(page, 4))
    page.keyboard.up("Shift")
    page.wait_for_url("**/?date_from=1987-02-01&date_to=1987-05-31")


def test_shift_and_arrows_choose_a_range_that_is_announced(visit: Open) -> None:
    page = visit()
    page.get_by_role("link", name=re.compile("^March 1988: ")).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    status = page.get_by_role("status")
    expect(status).to_have_text("From 1988-03-01 to 1988-05-31: press Enter to choose")
    page.keyboard.press("Escape")
    expect(status).to_have_text("")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?date_from=1988-04-01&date_to=1988-05-31")
