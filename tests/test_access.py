"""axe-core finds nothing on any page in any of its states: light and dark, mirrored, at 400 % zoom,
without JavaScript. What was seen stays under .screenshots/."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings
from tests.browsing import NEWSROOM, PATIENCE, SCREENSHOTS, cut_off, overflow
from tests.charting import served
from tests.conftest import SEEDS

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {
    "light": None,
    "dark": ["color-contrast", "link-in-text-block"],
    "mirrored": ["target-size", "scrollable-region-focusable"],
    "narrow": ["target-size", "scrollable-region-focusable", "color-contrast"],
}
"""How a page is looked at, one after the other, and the rules that may then say something new.
None: all of them."""

HOSTILE = {
    "id": "hostile",
    "title": "<script>alert(1)</script> \u202eWords that turn\u2066 round",
    "text": "Ivan <b>Petrenko</b> of Russia\u202e spoke.\n\n"
    + "unbreakable" * 40
    + "\n\n<img src=x onerror=alert(2)> in Iran.",
    "source": "<i>Wire</i>",
    "date": "2025-01-01",
}


# --- how a state of a page is reached ------------------------------------------------------------


def open_filters(page: Page) -> None:
    shown = page.locator("label.show-filters")
    if shown.is_visible():
        shown.click()


def open_all(page: Page) -> None:
    """Every disclosure, the filters of a phone among them."""
    if page.locator("label.show-filters").count():
        open_filters(page)
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")


def open_first_answer(page: Page) -> None:
    """All that the first operation answers: with the others there are thousands of members."""
    opened = page.locator(".operation").first.locator(".answers > div").first.locator("details")
    opened.evaluate_all("all => all.forEach(one => { one.open = true })")


def suggest(page: Page) -> None:
    page.locator("#q").press_sequentially("ira")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def keep_searches(page: Page) -> None:
    kept = [{"label": f"Search {n}", "url": f"/?q={n}"} for n in range(3)]
    for name in ("saved", "recent"):
        page.evaluate(
            "([name, kept]) => localStorage.setItem(`searchapp.${name}`, kept)",
            [name, json.dumps(kept)],
        )
    page.reload()
    expect(page.get_by_role("button", name="Remove: Search 0").first).to_be_visible()


def step(page: Page) -> None:
    page.get_by_role("button", name="Next", exact=True).click()


def correct(page: Page) -> None:
    """Says that a person is not in the article, and opens all that asks for more corrections."""
    page.locator("#why .correct summary").first.click()
    page.get_by_role("button", name="Not in this article").first.click()
    expect(page.get_by_role("button", name=re.compile("^Undo")).first).to_be_attached()
    open_all(page)


@dataclass(frozen=True)
class State:
    """A page at `path`, and what is done to it; `scripted` where that needs JavaScript."""

    path: str
    prepare: Callable[[Page], None] | None = None
    scripted: bool = False
    site: str = "full"
    status: int = 200


PIPELINE = "/?q=pipeline&country=IR&country=RU&not_country=NO"
ARTICLE = "/article/caspian-line?q=pipeline+gas+Baku+zebra"
STATES = {
    "all": State("/"),
    "results": State("/?q=pipeline"),
    "filtered": State(f"{PIPELINE}&topic=medtop:04000000&facet_mode=country:all", open_all),
    "dates": State("/?q=pipeline&date_from=2024-01-01&date_to=2024-12-31", open_all),
    "map": State("/?q=pipeline&map=1&country=IR&not_country=RU", open_all),
    "more": State("/?more=person&az=country&more=country", open_all),
    "found-values": State("/?find_person=ka", open_all),
    "mentioned": State("/?countries=mentioned&country=IR&country=BE", open_all),
    "nothing": State("/?q=zebra&country=IR&person=Nobody"),
    "meant": State("/?q=pipelin+Karimowa"),
    "repaired": State("/?q=%E2%80%9CCaspian+line"),
    "relaxed": State("/?q=pipeline+football+zebra"),
    "last-page": State("/?page=3"),
    "beyond": State("/?page=77"),
    "suggestions": State("/", suggest, scripted=True),
    "hostile": State("/?q=Petrenko+unbreakable*"),
    "right-to-left": State("/?q=%D8%A7%D9%84%D9%85%D9%8A%D8%A7%D9%87"),
    "german": State("/language/de?to=/%3Fq%3Dpipeline%26map%3D1", open_all),
    "copies": State("/?q=pipeline&copies=all"),
    "values": State("/facet/person?q=pipeline"),
    "values-found": State("/facet/country?find=i&country=IR"),
    "no-values": State("/facet/topic?find=zzz"),
    "country": State("/country/IR", open_all),
    "person": State("/person/Farid%20Nazari", open_all),
    "topic": State("/topic/medtop:04000000", open_all),
    "article": State("/article/caspian-line", open_all),
    "article-words": State(f"{ARTICLE}&at=1", open_all),
    "article-step": State(ARTICLE, step, scripted=True),
    "article-marked": State(f"{ARTICLE}&mark=country&mark=person&mark=topic", open_all),
    "article-both": State(f"{ARTICLE}&view=both", open_all),
    "article-original": State(f"{ARTICLE}&view=original", open_all),
    "article-hostile": State("/article/hostile?q=Petrenko&mark=person", open_all),
    "article-arabic": State("/article/water-arabic?q=pipeline", open_all),
    "article-hebrew": State("/article/water-hebrew?q=pipeline", open_all),
    "help": State("/help"),
    "reference": State("/api/", open_first_answer),
    "searches": State("/searches"),
    "searches-kept": State("/searches", keep_searches, scripted=True),
    "bad-request": State("/?date_from=yesterday", status=400),
    "not-found": State("/nothing/here", status=404),
    "no-article": State("/article/nothing", status=404),
    "too-slow": State("/?q=pipeline", site="slow", status=503),
    "empty": State("/", site="empty"),
    "add": State("/add"),
    "progress": State("/add/progress"),
    "failures": State("/failures", open_all),
    "failures-found": State("/failures?find=zzz"),
    "corrections": State("/corrections"),
    "correct": State("/article/first-pipes?mark=person", correct),
}


# --- the sites and the browser -------------------------------------------------------------------


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    where = tmp_path_factory.mktemp("access")
    (where / "hostile.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    (where / "broken.jsonl").write_text("no JSON\n", encoding="utf-8")
    with ExitStack() as stack:

        def site(name: str, seconds: float = 60.0) -> tuple[str, Archive]:
            index = str(where / name)
            settings = Settings(index=index, workers=1, search_seconds=seconds)
            engine = open_engine(index, settings, create=True)
            archive = stack.enter_context(Archive(engine, settings))
            return stack.enter_context(served(web.create_app(archive, settings))), archive

        full, archive = site("index")
        archive.add([SEEDS, NEWSROOM, where / "hostile.jsonl", where / "broken.jsonl"])
        yield {"full": full, "empty": site("empty")[0], "slow": site("index", 0.0)[0]}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page at an address; nothing may go wrong in it and no document may speak."""
    errors: list[str] = []
    with ExitStack() as stack:

        def opened(address: str, status: int = 200, scripted: bool = True, **options: Any) -> Page:
            context = browser.new_context(
                viewport={"width": 1280, "height": 900}, reduced_motion="reduce", **options
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            if not scripted:  # those of the page never come; axe's own can run
                context.route(re.compile(r"\.js(\?|$)"), lambda route: route.abort())
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("dialog", lambda dialog: errors.append(dialog.message))
            answer = page.goto(address)
            assert answer
            assert answer.status == status
            return page

        yield opened
    assert errors == []


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core says against a page, one line for each element."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    more = {} if rules else {"rules": {"target-size": {"enabled": True}}}
    # Its preloading would write style sheets into the page, which the policy forbids.
    options = {"preload": False, "runOnly": only, "resultTypes": ["violations"], **more}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found
        for node in one["nodes"][:3]
    ]


def look(page: Page, how: str) -> None:
    page.emulate_media(color_scheme="dark" if how == "dark" else "light")
    page.evaluate(
        "dir => { document.documentElement.dir = dir }", "rtl" if how == "mirrored" else "ltr"
    )
    page.set_viewport_size({"width": 320 if how == "narrow" else 1280, "height": 900})


def photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"access-{name}.png", full_page=True)


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(visit: Callable[..., Page], sites: dict[str, str], name: str) -> None:
    state = STATES[name]
    page = visit(sites[state.site] + state.path, state.status)
    if state.prepare:
        state.prepare(page)
    problems = []
    for how, rules in LOOKS.items():
        look(page, how)
        if how == "narrow" and page.locator("label.show-filters").count() and name != "suggestions":
            problems += [f"narrow, filters shut: {text}" for text in cut_off(page)]
            open_filters(page)
        photograph(page, f"{name}-{how}")
        problems += [f"{how}: {said}" for said in violations(page, rules)]
        problems += [f"{how}, cut off: {text}" for text in cut_off(page)]
        if pixels := overflow(page):
            problems.append(f"{how}: {pixels} pixels too wide")
    assert problems == []


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if not state.scripted])
def test_axe_finds_nothing_without_scripts(
    visit: Callable[..., Page], sites: dict[str, str], name: str
) -> None:
    state = STATES[name]
    page = visit(sites[state.site] + state.path, state.status, scripted=False)
    if state.prepare:
        state.prepare(page)
    assert violations(page) == []
    assert overflow(page) == 0
    assert cut_off(page) == []
