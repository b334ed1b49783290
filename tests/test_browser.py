"""A reader's way through the news in Debian's Chromium, on a phone and a desk, with and without
JavaScript, and by keyboard alone. What was seen stays under .screenshots/."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browsing import NEWSROOM, PATIENCE, SCREENSHOTS, overflow
from tests.conftest import SEEDS
from tests.serving import serving, status_and_text

WIDTHS = {"phone": 390, "desk": 1280}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "searchapp", "serve", SEEDS, NEWSROOM]
    with serving([*command, "--index", "index", "--port", "0"], where) as address:
        yield address


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("empty")
    (where / "news").mkdir()
    command = [sys.executable, "-m", "searchapp", "serve", "news", "--index", "index"]
    with serving([*command, "--port", "0"], where) as address:
        yield address


@dataclass
class Visit:
    """One page in one kind of browser, with what went wrong in it and whom it asked."""

    page: Page
    site: str
    name: str
    javascript: bool
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def see(self, step: str) -> None:
        """Keep a screenshot, and look at what holds on every page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.name}-{step}.png", full_page=True)
        assert self.errors == []
        assert [url for url in self.requests if not url.startswith(f"{self.site}/")] == []
        assert overflow(self.page) == 0

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def heading(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def said(self, text: str) -> None:
        """What was read out of a change in place; without scripts a new page speaks for itself."""
        if self.javascript:
            expect(self.page.locator("#said")).to_have_text(text)

    @property
    def box(self) -> Locator:
        return self.page.locator("#q")

    def search(self, words: str) -> None:
        self.box.fill(words)
        self.page.get_by_role("button", name="Search", exact=True).click()

    def filters(self) -> Locator:
        """The filters; a phone shows them when asked."""
        shown = self.page.locator("label.show-filters")
        if shown.is_visible() and not self.page.locator("#show-filters").is_checked():
            shown.click()
        return self.page.locator(".filters")

    def tick(self, *names: str) -> None:
        """Choose facet values: at once with JavaScript, with a button without."""
        for name in names:
            self.filters().get_by_role("checkbox", name=re.compile(f"^{name} ")).check()
            if self.javascript:
                expect(self.chip(name)).to_be_visible()
        if not self.javascript:
            self.filters().get_by_role("button", name="Apply filters").click()

    def follow(self, name: str) -> None:
        """A link among the filters."""
        self.filters().get_by_role("link", name=name, exact=True).click()

    def chip(self, name: str) -> Locator:
        return self.page.get_by_role("list", name="Filters in force").get_by_role(
            "link", name=re.compile(f": {name}$")
        )

    def in_force(self, *names: str) -> None:
        """The filters in force, as the chips above the results name them."""
        chips = self.page.get_by_role("list", name="Filters in force").locator("a:not(.clear)")
        expect(chips).to_have_text([re.compile(re.escape(name)) for name in names])


@pytest.fixture(params=["javascript", "no-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "javascript")


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visit(browser: Browser, site: str, javascript: bool, width: str) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 844},
        java_script_enabled=javascript,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    name = f"{width}-{'with' if javascript else 'without'}-js"
    visit = Visit(context.new_page(), site, name, javascript)
    visit.page.on("request", lambda asked: visit.requests.append(asked.url))
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on(
        "console",
        lambda said: visit.errors.append(said.text) if said.type in ("error", "warning") else None,
    )
    yield visit
    context.close()


# --- the journey ---------------------------------------------------------------------------------


def test_a_reader_narrows_step_by_step_and_goes_back(visit: Visit) -> None:
    page = visit.page
    visit.open("/")
    visit.heading("All 28 articles")
    visit.see("1-open")

    visit.search("gas")
    visit.heading(re.compile("^9 articles for gas$"))
    visit.see("2-search")

    visit.tick("Iran", "Russia")
    visit.in_force("Iran", "Russia")
    visit.heading(re.compile("^7 articles"))
    visit.said("7 articles for gas")
    visit.see("3-two-countries")

    visit.follow("All of them")
    visit.heading(re.compile("^3 articles"))
    visit.said("3 articles for gas")
    visit.follow("Any of them")
    visit.heading(re.compile("^7 articles"))

    visit.follow("not Azerbaijan")
    visit.in_force("Iran", "Russia", "Not country: Azerbaijan")
    visit.heading(re.compile("^1 article"))
    visit.said("1 article for gas")
    visit.see("4-one-excluded")
    narrowed, shown = page.url, page.locator("h1").inner_text()

    visit.chip("Azerbaijan").click()
    visit.in_force("Iran", "Russia")
    page.go_back()
    visit.in_force("Iran", "Russia", "Not country: Azerbaijan")
    expect(page).to_have_url(narrowed)
    assert page.locator("h1").inner_text() == shown


def test_an_address_is_all_of_a_search(visit: Visit, browser: Browser) -> None:
    visit.open("/?q=gas")
    visit.tick("Iran")
    visit.in_force("Iran")
    visit.follow("not Azerbaijan")
    visit.in_force("Iran", "Azerbaijan")
    shown = visit.page.locator("main").inner_text()
    context = browser.new_context(viewport=visit.page.viewport_size)
    context.set_default_timeout(PATIENCE)
    other = context.new_page()
    other.goto(visit.page.url)
    expect(other.locator("h1")).to_have_text(visit.page.locator("h1").inner_text())
    hits = ".hits h2"
    assert other.locator(hits).all_inner_texts() == visit.page.locator(hits).all_inner_texts()
    assert "Azerbaijan" in shown
    context.close()


def test_a_long_facet_shows_more_by_count_or_alphabet_and_finds(visit: Visit) -> None:
    visit.open("/")
    people = visit.filters().locator("#facet-person")
    names = people.locator("label bdi")
    expect(names).to_have_count(10)
    people.get_by_role("link", name="Show more People").click()
    expect(names.nth(15)).to_be_attached()
    visit.filters()
    people.get_by_role("link", name="A–Z").click()
    expect(names.first).to_have_text("Aisha Rahman")
    visit.filters()
    box = people.get_by_role("searchbox", name="Find a person")
    box.fill("kow")
    if not visit.javascript:
        visit.filters().get_by_role("button", name="Apply filters").click()
        visit.filters()
    expect(names).to_have_text(["Maria Kowalska"])
    visit.said("Maria Kowalska")
    visit.see("values")
    visit.tick("Maria Kowalska")
    visit.in_force("Person: Maria Kowalska")


def test_a_country_on_the_map_and_a_bar_of_the_timeline_are_filters(visit: Visit) -> None:
    page = visit.page
    visit.open("/?q=pipeline")
    page.get_by_role("link", name="Show a map").click()
    iran = page.get_by_role("link", name=re.compile("^Iran: [0-9]+ articles$")).first
    expect(iran).to_be_attached()
    if not visit.javascript:  # a path is hit where it is painted, and shapes lie close on a phone
        page.goto(urljoin(page.url, str(iran.get_attribute("href"))))
    else:
        iran.focus()
        page.keyboard.press("Enter")
    visit.in_force("Country: Iran")
    visit.see("map")
    page.get_by_text("The timeline as a table").click()
    week = page.locator(".timeline .numbers tr").filter(has_text=re.compile("[1-9]$")).first
    week.get_by_role("link").click()
    visit.in_force("Country: Iran", "Date:")
    visit.heading(re.compile("article"))


def test_what_was_meant_is_offered_and_found(visit: Visit) -> None:
    visit.open("/?q=Karimowa")
    visit.page.locator(".meant a").click()
    visit.heading(re.compile("^[0-9]+ articles for .*[Kk]arimova"))


def test_an_article_says_why_is_like_others_and_leads_back(visit: Visit) -> None:
    page = visit.page
    visit.open("/?q=pipeline&country=IR")
    results = page.url
    page.get_by_role("link", name=re.compile("^First pipes for the Caspian")).click()
    visit.heading("First pipes for the Caspian line arrive from Russia")
    expect(page.locator(".body mark").first).to_have_text("pipeline")
    why = page.locator("#why-person-1")
    expect(why.locator("mark").first).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("mark").first).to_be_visible()
    expect(page.locator("#similar a").first).to_be_visible()
    visit.see("article")
    page.go_back()
    expect(page).to_have_url(results)
    visit.in_force("Country: Iran")


def test_a_correction_takes_effect_at_once_and_is_undone(visit: Visit) -> None:
    page = visit.page
    visit.open("/article/cup-coach")
    person = page.locator("#why li").filter(
        has=page.get_by_role("link", name="Omar Farouk", exact=True)
    )
    person.locator(".correct summary").click()
    person.get_by_role("button", name="Not in this article").click()
    expect(page.locator("#message")).to_contain_text("Omar Farouk")
    expect(page.locator("#why del").filter(has_text="Omar Farouk")).to_be_visible()
    visit.see("corrected")
    page.locator("#message").get_by_role("button", name="Undo").click()
    expect(page.locator("#why del")).to_have_count(0)


def test_a_search_is_a_feed_and_files(visit: Visit) -> None:
    visit.open("/?q=pipeline&country=IR&copies=all")
    taking = visit.page.get_by_role("list", name="Take these articles with you")

    def text(name: str) -> str:
        address = taking.get_by_role("link", name=name).get_attribute("href")
        return status_and_text(urljoin(visit.site, str(address)))[1]

    total = int(visit.page.locator("h1").inner_text().split()[0])
    entries = ElementTree.fromstring(text("Feed")).findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == total
    assert len(list(csv.DictReader(text("All as CSV").splitlines()))) >= total
    assert len([json.loads(line) for line in text("All as JSON lines").splitlines()]) == total


def test_the_pages_speak_german_and_english_again(visit: Visit) -> None:
    visit.open("/?q=pipeline&country=IR")
    visit.page.get_by_role("link", name="Deutsch").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "de")
    expect(visit.page.get_by_role("button", name="Suchen", exact=True)).to_be_visible()
    visit.see("german")
    visit.page.get_by_role("link", name="English").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    visit.in_force("Country: Iran")


def test_an_example_of_the_help_searches(visit: Visit) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name="Search tips").click()
    example = visit.page.locator(".guide th a").first
    words = example.inner_text()
    example.click()
    expect(visit.box).to_have_value(words)


def test_an_empty_index_says_what_to_do(visit: Visit, empty_site: str) -> None:
    visit.site = empty_site
    visit.open("/")
    visit.heading("Nothing has been indexed yet")
    visit.see("empty")


# --- with JavaScript alone -----------------------------------------------------------------------


@pytest.mark.parametrize("javascript", ["javascript"], indirect=True)
def test_suggestions_are_chosen_by_keyboard_or_pointer(visit: Visit) -> None:
    page = visit.page
    visit.open("/")
    visit.box.press_sequentially("karim")
    person = page.get_by_role("option", name=re.compile("^Leila Karimova"))
    expect(person).to_be_visible()
    while person.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    expect(visit.box).to_have_attribute("aria-activedescendant", str(person.get_attribute("id")))
    visit.see("suggestions")
    page.keyboard.press("Enter")
    visit.in_force("Person: Leila Karimova")
    visit.box.press_sequentially("azer")
    page.get_by_role("option", name=re.compile("^Azerbaijan Country")).click()
    visit.in_force("Country: Azerbaijan", "Person: Leila Karimova")


@pytest.mark.parametrize("javascript", ["javascript"], indirect=True)
def test_a_search_is_saved_found_and_removed(visit: Visit) -> None:
    page = visit.page
    visit.open("/?q=pipeline&country=IR")
    page.get_by_role("button", name="Save this search").click()
    expect(page.get_by_role("button", name="Saved: remove")).to_be_visible()
    page.get_by_role("link", name="Saved searches").click()
    saved = page.locator("#saved")
    visit.see("searches")
    saved.get_by_role("link").first.click()
    visit.in_force("Country: Iran")
    page.get_by_role("link", name="Saved searches").click()
    saved.get_by_role("button", name=re.compile("^Remove")).click()
    expect(saved.get_by_role("link")).to_have_count(0)


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
        expect(page.locator("body")).to_have_css("display", "flex")  # the styles are there
        if not tick.is_visible():
            page.locator("label.show-filters").click()
        expect(apply).to_be_visible()
        tick.check()
    expect(page.locator("html.js.ticked")).to_be_attached()
    apply.click()
    expect(page.get_by_role("list", name="Filters in force")).to_be_visible()
    expect(apply).to_be_hidden()


# --- by keyboard alone ---------------------------------------------------------------------------

FOCUS = """() => {
    const at = document.activeElement;
    const seen = at.matches("input.unseen") ? at.nextElementSibling : at;
    const style = getComputedStyle(seen);
    const shape = at.querySelector("use, .hit");
    return {
        where: at.tagName,
        name: (at.getAttribute("aria-label") || at.innerText || at.value || "").trim(),
        visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            || Boolean(shape) && getComputedStyle(shape).strokeWidth !== "0px",
    };
}"""


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press a key until `target` has the focus; the focus can be seen at every stop."""
    for _ in range(250):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        if at["where"] != "BODY":
            assert at["visible"], at
        if target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"no way to {target}")


@pytest.mark.parametrize("javascript", ["javascript"], indirect=True)
def test_the_journey_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    tab_to(page, visit.box)
    page.keyboard.type("gas")
    page.keyboard.press("Enter")
    visit.heading(re.compile("^9 articles"))
    if page.locator("label.show-filters").is_visible():
        tab_to(page, page.locator("#show-filters"))
        page.keyboard.press("Space")
    iran = page.get_by_role("checkbox", name=re.compile("^Iran "))
    tab_to(page, iran)
    page.keyboard.press("Space")
    visit.in_force("Country: Iran")
    expect(iran).to_be_focused()
    tab_to(page, page.get_by_role("link", name="not Azerbaijan"))
    page.keyboard.press("Enter")
    visit.in_force("Country: Iran", "Not country: Azerbaijan")
    assert page.evaluate("document.activeElement.tagName") != "BODY"
    tab_to(page, page.locator(".hits h2 a").first)
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Next", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("mark.current")).to_be_in_viewport()
    why = page.locator("#why-country-1 summary")
    tab_to(page, why)
    page.keyboard.press("Enter")
    expect(page.locator("#why-country-1 mark").first).to_be_visible()
    tab_to(page, page.get_by_role("link", name="← Results for gas"), "Shift+Tab")
    page.keyboard.press("Enter")
    visit.in_force("Country: Iran", "Not country: Azerbaijan")


# --- the article ---------------------------------------------------------------------------------

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
    visit.box.press("n")
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
