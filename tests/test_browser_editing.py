"""Adding and correcting in Debian's Chromium, with and without JavaScript."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import PATIENCE
from tests.conftest import SEEDS
from tests.serving import serving

KEY = "a key of sixteen!"


@pytest.mark.parametrize(
    ("scripts", "key"), [(True, ""), (False, ""), (True, KEY)], ids=["scripts", "none", "key"]
)
def test_from_an_empty_index_to_a_correction_and_back(
    browser: Browser, tmp_path: Path, scripts: bool, key: str
) -> None:
    command = [sys.executable, "-m", "searchapp", "serve", "--index", "index", "--port", "0"]
    with serving(command, tmp_path, **{**os.environ, "SEARCHAPP_EDIT_KEY": key}) as site:
        page = browser.new_context(
            java_script_enabled=scripts,
            http_credentials={"username": "me", "password": key} if key else None,
        ).new_page()
        page.set_default_timeout(PATIENCE)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site)
        if key:
            page.get_by_role("link", name="sign in", exact=True).click()
        page.get_by_label("Files:").set_input_files(sorted(SEEDS.glob("*.txt")))
        page.get_by_role("button", name="Send and read them").click()
        # The page comes to this by itself.
        expect(page.get_by_role("heading", name="All has been read")).to_be_visible(timeout=120_000)
        expect(page.locator("main").get_by_role("status")).to_contain_text("2 articles added")

        page.goto(f"{site}/article/003_49aa628526d73ed2.txt?q=Iran")
        page.locator("summary", has_text="Correct Iran").click()
        page.get_by_role("button", name="Not in this article Iran").click()
        message = page.locator("#message")
        expect(message).to_contain_text(
            "“Iran” is not in one article (country). 1 article changed."
        )
        assert page.url.endswith("?q=Iran#message")
        message.get_by_role("button", name="Undo").click()
        expect(message).to_contain_text("Taken back")

        page.locator("summary", has_text="Add a country").click()
        page.get_by_label("Name of the country").fill("Georgi")
        page.get_by_role("button", name="Add the country").click()
        expect(page.get_by_role("alert")).to_contain_text("no country is called “Georgi”")
        page.get_by_label("Name of the country").fill("Sweden")
        page.get_by_role("button", name="Try again").click()
        expect(message).to_contain_text("“Sweden” is in one article")
        assert errors == []
