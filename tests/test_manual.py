"""Every example of docs/api.md, and of other pages that talk to a server, is executed: with curl,
Python and Node, in the order of the page, against a server of the samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import manual
from tests.conftest import SEEDS
from tests.manual import Block, Section

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if manual.asks_a_server(page)]
samples = contextmanager(manual.samples_served)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """One server for all sections that change nothing."""
    with samples(SEEDS, tmp_path_factory.mktemp("manual")) as served:
        yield served


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(section, id=f"{page.name}: {section.title}")
        for page in PAGES
        for section in manual.sections(page)
    ],
)
def test_a_section_says_what_happens(
    section: Section, reading: tuple[Path, str], tmp_path: Path
) -> None:
    if section.writes:
        with samples(SEEDS, tmp_path) as (desk, address):
            manual.follow(section, desk, address)
    else:
        manual.follow(section, *reading)


def test_the_manual_of_the_api_is_among_them() -> None:
    assert "api.md" in [page.name for page in PAGES]
    found = [block.language for each in manual.sections(DOCS / "api.md") for block in each.blocks]
    assert found.count("json") >= 8
    assert {"sh", "json", "text", "python", "js"} <= set(found)


# --- what would go unnoticed otherwise ----------------------------------------------------------


@pytest.mark.parametrize(
    "blocks",
    [
        [("sh", "false\n")],
        [("sh", "echo '{\"a\": 1}'\n"), ("json", '{"a": 2}\n')],
        [("sh", "echo '{\"a\": [1]}'\n"), ("json", '{"a": [1, 2]}\n')],
        [("sh", "echo no\n"), ("json", "{}\n")],
        [("json", "{}\n")],
        [("sh", "echo a\n"), ("text", "b\n")],
        [("sh", "printf 'HTTP/1.1 200 OK\\nETag: 1\\n\\n{}'\n"), ("http", "ETag: 2\n")],
        [("python", "raise SystemExit(1)\n")],
        [("python", "print(1)\n"), ("text", "2\n")],
        [("", "what is this\n")],
        [("yaml", "a: 1\n")],
    ],
)
def test_an_example_that_is_wrong_is_noticed(blocks: list[tuple[str, str]], tmp_path: Path) -> None:
    section = Section("", tuple(Block(*block) for block in blocks))
    with pytest.raises((AssertionError, ValueError, IndexError)):
        manual.follow(section, tmp_path, manual.ADDRESS)


def test_what_follows_is_compared_with_what_came(tmp_path: Path) -> None:
    blocks = (
        Block("sh", 'printf \'HTTP/1.1 200 OK\\r\\nETag: "1"\\r\\n\\r\\n{"a": 1, "b": [2, 3]}\'\n'),
        Block("http", 'HTTP/1.1 200 OK\nETag: "1"\n'),
        Block("json", '{"b": [2]}\n'),
        Block("sh", "cat > data.json <<'END'\n{\"c\": 1}\nEND\ncat data.json data.json\n"),
        Block("json", '{"c": 1}\n'),
        Block("python", "print('ü')\n"),
        Block("text", "ü\n"),
    )
    manual.follow(Section("", blocks), tmp_path, manual.ADDRESS)


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("curl 'http://127.0.0.1:8000/api/v1/search?q=-X'", True),
        ("curl http://127.0.0.1:8000/api/v1/search", False),
        ("curl -X PUT --data-binary @a.json http://127.0.0.1:8000/", True),
        ("searchapp serve seeds --host 0.0.0.0", True),
    ],
)
def test_a_section_that_may_change_something_has_its_own_server(text: str, writes: bool) -> None:
    assert Section("", (Block("sh", text),)).writes == writes
