"""Debian's Chromium for tests, and what must hold on every page seen in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / ".screenshots"
NEWSROOM = ROOT / "docs" / "screenshots" / "newsroom.jsonl"
"""Articles that were made up for this: enough of them for long facets, copies, a timeline and
right-to-left text."""

PATIENCE = 60_000
"""Milliseconds that a page may take for anything: shared machines stall."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none, save in CI."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed; $CHROMIUM can name one")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # The sandbox wants a user that is not root, which containers rarely have.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wider))


_CUT = """() => {
    const may = (element) => { // reach out: it can be scrolled to, or is not to be seen
        for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (/auto|scroll/.test(style.overflowX) && at.scrollWidth > at.clientWidth) return true;
            if (/absolute|fixed/.test(style.position)) return true;
        }
        return !element.checkVisibility();
    };
    const wide = document.documentElement.clientWidth;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const cut = [];
    while (texts.nextNode()) {
        const text = texts.currentNode;
        if (!text.data.trim()) continue;
        range.selectNodeContents(text);
        const outside = (box) => box.width > 1 && (box.right > wide + 1 || box.left < -1);
        if ([...range.getClientRects()].some(outside) && !may(text.parentElement)) {
            cut.push(text.data.trim().slice(0, 60));
        }
    }
    return cut;
}"""


def cut_off(page: Page) -> list[str]:
    """Texts that reach out of the window, save in what can be scrolled to them."""
    return [str(text) for text in page.evaluate(_CUT)]
