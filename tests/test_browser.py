"""A reader's way through the samples in Debian's Chromium, on a phone and a desk, with and without
JavaScript. What was seen stays under .screenshots/."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.conftest import SEEDS
from tests.serving import serving

SCREENSHOTS = Path(__file__).parents[1] / ".screenshots"
WIDTHS = {"phone": 390, "desk": 1280}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "searchapp", "serve", SEEDS, "--index", "index", "--port", "0"]
    with serving(command, where) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed; $CHROMIUM can name one")
    with sync_playwright() as playwright:
        # The sandbox wants a user that is not root, which containers rarely have.
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@dataclass
class Visit:
    """One page in one kind of browser, with what went wrong in it and whom it asked."""

    page: Page
    site: str
    name: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def see(self, step: str) -> None:
        """Keep a screenshot, and look at what holds on every page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.name}-{step}.png", full_page=True)
        assert self.errors == []
        assert [url for url in self.requests if not url.startswith(f"{self.site}/")] == []
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(overflow) == 0

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def search(self, words: str) -> None:
        self.page.get_by_role("searchbox", name="Search articles").fill(words)
        self.page.get_by_role("button", name="Search", exact=True).click()

    def tick(self, *names: str) -> None:
        """Choose facet values and apply; a phone shows the filters when asked."""
        if not self.page.get_by_role("button", name="Apply filters").is_visible():
            self.page.locator("label.show-filters").click()
        for name in names:
            self.page.get_by_role("checkbox", name=re.compile(f"^{name} ")).check()
        self.page.get_by_role("button", name="Apply filters").click()

    def count_mentions(self) -> None:
        """Let the countries facet list those only mentioned, too."""
        if not self.page.get_by_role("link", name="Mentioned").is_visible():
            self.page.locator("label.show-filters").click()
        self.page.get_by_role("link", name="Mentioned").click()

    def filters(self) -> list[str]:
        """The filters in force, as the chips above the results name them."""
        chips = self.page.get_by_role("list", name="Filters in force").get_by_role("link")
        texts = [" ".join(text.split()) for text in chips.all_inner_texts()]
        return [text[len("Remove ") : -len(" ×")] for text in texts if text.endswith("×")]


@pytest.fixture(params=["javascript", "no-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "javascript")


@pytest.fixture(params=WIDTHS)
def visit(
    request: pytest.FixtureRequest, browser: Browser, site: str, javascript: bool
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": WIDTHS[request.param], "height": 844},
        java_script_enabled=javascript,
        reduced_motion="reduce",
    )
    name = f"{request.param}-{'with' if javascript else 'without'}-js"
    visit = Visit(context.new_page(), site, name)
    visit.page.on("request", lambda asked: visit.requests.append(asked.url))
    visit.page.on("requestfailed", lambda asked: visit.errors.append(f"failed: {asked.url}"))
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on(
        "console",
        lambda said: visit.errors.append(said.text) if said.type in ("error", "warning") else None,
    )
    yield visit
    context.close()


def test_a_reader_finds_narrows_reads_and_comes_back(visit: Visit, javascript: bool) -> None:
    page = visit.page
    page.goto(visit.site)
    visit.heading("All 2 articles")
    visit.see("1-open")

    visit.search("Iran")
    visit.heading("2 articles for Iran")
    expect(page.locator(".passage mark").first).to_have_text(re.compile("^Iran"))
    visit.see("2-search")
    if javascript:
        assert page.url == f"{visit.site}/?q=Iran"

    visit.count_mentions()
    visit.tick("Belgium", "Israel")
    visit.heading("2 articles for Iran")
    assert visit.filters() == ["Country mentioned: Belgium", "Country mentioned: Israel"]
    visit.see("3-two-countries")

    page.get_by_role("link", name="Remove Country mentioned: Israel").click()
    visit.heading("1 article for Iran")
    assert visit.filters() == ["Country mentioned: Belgium"]
    visit.see("4-one-removed")
    narrowed = page.url

    page.get_by_role("link", name=re.compile("^Despite protests from the US")).click()
    expect(page.locator(".body mark").first).to_have_text(re.compile("^Iran"))
    why = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Sergei Ivanov"))
    expect(why.locator("mark")).to_be_hidden()
    why.locator("summary", has_text="Why").click()
    expect(why.locator("mark")).to_have_text("Sergei Ivanov")
    expect(why.locator("mark")).to_be_visible()
    visit.see("5-article")

    page.get_by_role("link", name="Results for Iran").click()
    assert page.url == narrowed
    visit.heading("1 article for Iran")

    visit.search("Ivashov")
    visit.heading("No articles for Ivashov")
    remedy = page.locator(".nothing").get_by_role("link", name="Remove country: Belgium")
    expect(remedy.locator("xpath=..")).to_have_text("Remove country: Belgium → 1 article")
    visit.see("6-nothing")

    remedy.click()
    visit.heading("1 article for Ivashov")
    assert visit.filters() == []


def test_every_kind_of_page_fits_and_is_quiet(visit: Visit) -> None:
    addresses = {
        "facet": "/facet/country",
        "repaired": "/?q=%E2%80%9CNorthern+Alliance",
        "relaxed": "/?q=Kocharian+Shamkhani",
    }
    for name, path in addresses.items():
        visit.page.goto(visit.site + path)
        expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
        visit.see(name)


SHIFTS = """\
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) shifts.push(shift.value);
}).observe({ type: "layout-shift", buffered: true });
"""
"""Keeps how much of a page moves by itself, from 0 to 1 (CLS)."""


@contextmanager
def scripts_late(page: Page) -> Iterator[None]:
    """Inside, no script of a page arrives; all of them do at the end."""
    held: list[Route] = []
    page.route("**/*.js?*", lambda route: held.append(route))
    yield
    assert held
    with page.expect_event("load"):
        for route in held:
            route.continue_()
    page.unroute("**/*.js?*")


@pytest.mark.parametrize("javascript", [True], ids=["javascript"])
@pytest.mark.parametrize(
    "path", ["/", "/?q=iran&map=1", "/article/000_8fcf2ceb6fb25fee.txt?q=iran"]
)
def test_nothing_moves_when_the_scripts_arrive(visit: Visit, path: str) -> None:
    page = visit.page
    page.add_init_script(SHIFTS)
    with scripts_late(page):
        page.goto(visit.site + path, wait_until="commit")
        expect(page.get_by_role("navigation", name="This site")).to_be_visible()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    assert page.evaluate("document.documentElement.classList.contains('js')")
    assert sum(page.evaluate("shifts")) < 0.02


@pytest.mark.parametrize("javascript", [True], ids=["javascript"])
def test_what_is_ticked_before_the_scripts_arrive_is_applied_by_the_button(visit: Visit) -> None:
    page = visit.page
    apply, tick = page.locator(".apply button"), page.locator('input[name="country"]').first
    with scripts_late(page):
        page.goto(visit.site, wait_until="commit")
        if not tick.is_visible():
            page.locator("label.show-filters").click()
        expect(apply).to_be_visible()
        tick.check()
    expect(page.locator("html.js.ticked")).to_be_attached()
    apply.click()
    expect(page.get_by_role("list", name="Filters in force")).to_be_visible()
    expect(apply).to_be_hidden()


def test_the_tips_open_without_javascript(visit: Visit) -> None:
    visit.page.goto(visit.site)
    tip = visit.page.get_by_text("words that begin so")
    expect(tip).to_be_hidden()
    visit.page.get_by_text("Search tips").click()
    expect(tip).to_be_visible()
    visit.see("tips")


MOSCOW = "/article/003_49aa628526d73ed2.txt"


def test_a_reader_steps_through_the_words_of_the_search(visit: Visit, javascript: bool) -> None:
    page = visit.page
    page.goto(f"{visit.site}{MOSCOW}?q=Shamkhani+%22armed+forces%22+Zanzibar")
    bar = page.get_by_role("region", name="Words of the search")
    expect(page.get_by_text("Not in it: Zanzibar")).to_be_visible()
    chip = bar.get_by_role("link", name=re.compile("armed forces"))
    expect(chip).to_have_text(re.compile("2"))
    chip.click()
    first = page.locator(".body mark.w2").first
    expect(first).to_be_in_viewport()
    if not javascript:
        assert page.url.endswith(f"#{first.get_attribute('id')}")
        bar.get_by_text("All places").click()
        bar.get_by_role("link", name="2", exact=True).last.click()
        expect(page.locator(".body mark.w2").last).to_be_in_viewport()
        visit.see("places")
        return
    said = bar.get_by_role("status").first
    expect(said).to_have_text("1 of 2, “armed forces”")
    expect(first).to_have_class(re.compile("current"))
    page.keyboard.press("n")
    expect(said).to_have_text("2 of 2, “armed forces”")
    expect(page.locator(".body mark.w2").last).to_be_in_viewport()
    page.keyboard.press("p")
    expect(said).to_have_text("1 of 2, “armed forces”")
    bar.get_by_role("button", name="All").click()
    bar.get_by_role("button", name="Next").click()
    expect(said).to_have_text(re.compile(r"^\d+ of 6, "))
    visit.see("stepped")
    before = said.inner_text()
    page.get_by_role("searchbox", name="Search articles").press("n")
    expect(said).to_have_text(before)
    bar.get_by_text("All places").click()
    bar.get_by_role("checkbox", name="Use keys").uncheck()
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(said).to_have_text(before)


def test_values_are_marked_and_lead_to_their_entries(visit: Visit, javascript: bool) -> None:
    page = visit.page
    page.goto(f"{visit.site}{MOSCOW}?q=Iran")
    switch = page.get_by_role("link", name="Mark people")
    switch.focus()
    page.keyboard.press("Enter")
    off = page.get_by_role("link", name="Do not mark people")
    expect(off).to_be_visible()
    if javascript:
        expect(off).to_be_focused()
    assert page.url == f"{visit.site}{MOSCOW}?q=Iran&mark=person"
    page.locator(".body a.person").first.click()
    expect(page.locator("#person-1")).to_be_in_viewport()
    page.get_by_role("link", name="4 mentions of Ali Shamkhani").click()
    expect(page.locator("#person-1-1")).to_be_in_viewport()
    page.locator("#why-person-1 summary").click()
    page.locator("#why-person-1").get_by_role("link", name=re.compile("sentence 4")).click()
    expect(page.locator(".sentence:target")).to_contain_text("Shamkhani")
    expect(page.locator(".sentence:target")).to_be_in_viewport()
    visit.see("marked")
    page.get_by_role("link", name="Side by side").click()
    expect(page.get_by_role("region", name="As it came")).to_be_visible()
    visit.see("beside")
