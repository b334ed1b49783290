"""Takes docs/screenshot.png of a running searchapp, the picture in the README.

make run                                                 # in another terminal
.venv/bin/python tools/screenshots.py [http://127.0.0.1:8000]

Uses the Chromium of the system, or the one that $CHROMIUM names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "screenshot.png"
PAGE = "/?q=%22air+defense%22+OR+pipeline&country=IR&country=RU"
LARGEST = 300_000
"""Bytes: everybody who opens the README loads it."""


def take(address: str) -> None:
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1280, "height": 860}, color_scheme="light", reduced_motion="reduce"
        )
        page.goto(address + PAGE)
        page.reload()  # the first search of a server also loads word lists
        page.screenshot(path=PICTURE)
        browser.close()
    if (size := PICTURE.stat().st_size) > LARGEST:
        sys.exit(f"{PICTURE}: {size:,} bytes; the limit is {LARGEST:,}")


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
