"""README and docs/: what they say is run, and what they link to is there."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click
import pytest

from searchapp import settings
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.settings import Settings
from tests import labelled
from tests.conftest import SEEDS
from tests.manual import EVERYWHERE, FENCED, asks_a_server
from tests.serving import serving, status_and_text

ROOT = Path(__file__).parents[1]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

ELSEWHERE = {
    "make run": "test_packaging.test_make_run_serves_the_samples",
    "make test": "this is run by it, and by .ci/run",
    "pip install .": "test_packaging.test_installed_wheel_serves_a_folder_outside_the_checkout",
    "pip install 'searchapp[spacy]'": ".ci/run installs it for test_spacy",
    "python tools/translate.py": "test_translations.test_another_language_is_added",
    "python -m pytest tests/test_translations.py": "it is run with the others",
    "searchapp watch ": "test_watch, and test_container: it goes on until it is stopped",
}
"""Beginnings of commands, and where they are tested instead."""


def blocks(language: str) -> list[object]:
    """Every fenced block of a language, with where it stands. Pages that talk to a server are
    followed by test_manual."""
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in PAGES
        for number, (tag, text) in enumerate(FENCED.findall(page.read_text(encoding="utf-8")))
        if tag == language and (language in EVERYWHERE or not asks_a_server(page))
    ]


def rows(page: str) -> list[list[str]]:
    """The rows of every table of a page, heads left out."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages talk about: the samples, indexed, and files of a reader."""
    where = tmp_path_factory.mktemp("desk")
    shutil.copytree(SEEDS, where / "seeds")
    shutil.copytree(SEEDS, where / "FOLDER")
    (where / "questions.txt").write_text("missiles Iran\n", encoding="utf-8")
    labelled.write(where / "labelled.jsonl", labelled.articles())
    labelled.write(where / "others.jsonl", labelled.articles()[:6])
    subprocess.run(["searchapp", "index", "seeds"], cwd=where, env=_environment(), check=True)
    return where


@pytest.mark.parametrize("block", blocks("sh"))
def test_commands_run(block: str, desk: Path) -> None:
    lines = [line for line in block.splitlines() if not _is_tested_elsewhere(line)]
    served = [line for line in lines if line.startswith("searchapp serve")]
    script = "\n".join(line for line in lines if line not in served)
    if "searchapp train" in script:
        pytest.importorskip("sklearn", reason="the extra ml is not installed (scikit-learn)")
    if not _continues_elsewhere(block):
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=desk,
            env=_environment(),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    for line in served:
        command = [*shlex.split(line), "--index", "served", "--port", "0"]
        with serving(command, desk, **_environment()) as address:
            assert status_and_text(f"{address}/?q=Iran")[0] == 200


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: str, desk: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], cwd=desk, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_file_is_understood(block: str, tmp_path: Path) -> None:
    (tmp_path / settings.CONFIG_FILE).write_text(block, encoding="utf-8")
    assert settings.load({}, folder=tmp_path) != Settings()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in _links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in _anchors(there), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            targets = (target.partition("#")[0] for target in _links(page))
            waiting += [(page.parent / target).resolve() for target in targets if target]
    assert reached >= set(PAGES)


@pytest.mark.parametrize(("query", "articles"), [row[:2] for row in rows("query.md")])
def test_query_finds_as_many_articles_as_the_page_says(
    seeds: Archive, query: str, articles: str
) -> None:
    assert seeds.search(query).total == int(articles)


def test_what_may_have_been_meant_is_as_the_page_says(seeds: Archive) -> None:
    text = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
    table = text.partition("| Did you mean |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `(.+?)` \| \d+ \| (?:\*(.+?)\*|nothing)", table, re.MULTILINE)
    assert len(found) > 3
    for typed, expected in found:
        meant = seeds.search(typed).meant
        assert (meant.query.text if meant else "") == expected


def test_every_field_and_operator_of_a_query_has_an_example() -> None:
    from searchapp.query import FIELDS, OPERATORS

    text = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
    assert [name for name in (*(f"{f}:" for f in FIELDS), *OPERATORS) if name not in text] == []


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {name: default for name, default, _ in rows("settings.md")}
    assert listed == {f.name: str(f.default) for f in dataclasses.fields(Settings)}


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_option_of_a_command_is_listed(name: str) -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    first_cells = "".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))
    command = main.commands[name]
    own = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    options = {
        option
        for each in own
        for p in each.params
        if isinstance(p, click.Option)
        for option in p.opts
    }
    assert sorted(re.findall(r"`(--[\w-]+)`", first_cells)) == sorted(options)


# --- helpers ------------------------------------------------------------------------------------


def _is_tested_elsewhere(line: str) -> bool:
    return line.startswith(tuple(ELSEWHERE))


def _continues_elsewhere(block: str) -> bool:
    """Whether the block is one command over several lines that is tested elsewhere."""
    return _is_tested_elsewhere(block) and block.splitlines()[0].count("'") % 2 == 1


def _environment() -> dict[str, str]:
    scripts = sysconfig.get_path("scripts")
    clean = {name: v for name, v in os.environ.items() if not name.startswith("SEARCHAPP_")}
    return {**clean, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


def _links(page: Path) -> list[str]:
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in targets if not target.startswith(("http://", "https://"))]


def _anchors(page: Path) -> set[str]:
    """The anchors GitHub gives the headings of a page."""
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}
