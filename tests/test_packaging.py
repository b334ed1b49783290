"""What people install: a wheel that works outside the checkout, `make run`, free licences."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import SEEDS
from tests.serving import serving, status_and_text

ROOT = Path(__file__).parents[1]
PACKAGED = ("searchapp", "templates", "setup.cfg", "pyproject.toml", "LICENSE", "NOTICE.md")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy: what an earlier build left behind gets into a wheel."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in (*PACKAGED, "README.md", "Makefile", "seeds"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(where), str(checkout))
    (built,) = where.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel; its dependencies are those the tests run with."""
    where = tmp_path_factory.mktemp("installed")
    venv.create(where, with_pip=False, symlinks=True)
    _pip("--python", str(where), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = where.glob("lib/python*/site-packages")
    paths = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(paths)), encoding="utf-8")
    return where


@pytest.fixture(scope="module")
def types_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy found out about the libraries, kept from one script to the next."""
    return tmp_path_factory.mktemp("types")


def test_wheel_holds_every_module_template_static_file_and_lexicon(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {*_files("searchapp", "searchapp"), *_files("templates", "searchapp/templates")}


def test_wheel_holds_licence_and_notice(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name for name in archive.namelist() if ".dist-info/licenses/" in name}
    assert names == {"LICENSE", "NOTICE.md"}


def test_installed_wheel_serves_a_folder_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    news = tmp_path / "news"
    shutil.copytree(SEEDS, news)
    command = installed / "bin" / "searchapp"
    where = _output(installed / "bin" / "python", "-P", "-c", "import searchapp; print(searchapp)")
    assert str(installed) in where
    with serving([command, "serve", news, "--port", "0"], tmp_path) as address:
        status, page = status_and_text(f"{address}/?q=Shamkhani")
        assert (status, "<mark>Shamkhani</mark>" in page) == (200, True)
        (style,) = re.findall(r'href="(/static/searchapp\.css[^"]*)"', page)
        assert status_and_text(address + style)[0] == 200
        status, answer = status_and_text(f"{address}/api/v1/search?person=Ali+Shamkhani")
        assert (status, '"value": 1' in answer or '"value":1' in answer) == (200, True)


USER = """\
from collections.abc import Iterator
from datetime import date

import searchapp
from searchapp import Archive, Hit, NoSuchArticle, Page, Search


def dates(archive: Archive, q: str) -> Iterator[date]:
    for hit in archive.every(Search(q, chosen={"country": ("IR",)})):
        if hit.date:
            yield hit.date


def main() -> None:
    with searchapp.open("index", per_page=20) as archive:
        added: int = archive.add(["news"]).added
        page: Page = archive.search("gas", country=["IR"], sort="newest", date_from="2000-01-01")
        hits: tuple[Hit, ...] = page.hits
        try:
            title: str = archive.article(hits[0].id).article.title
        except NoSuchArticle:
            title = ""
        print(added, title, list(dates(archive, "gas")))
"""


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (USER, None),
        (USER.replace('sort="newest"', 'sort="newst"'), "arg-type"),
        (USER.replace("added: int", "added: str"), "assignment"),
    ],
    ids=["right", "a wrong choice", "a wrong type"],
)
def test_scripts_of_users_are_checked_against_the_types_of_the_wheel(
    installed: Path, types_cache: Path, tmp_path: Path, script: str, complaint: str | None
) -> None:
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    python = ("--python-executable", str(installed / "bin" / "python"))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(types_cache), *python]
    ran = subprocess.run(
        [*command, "script.py"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "MYPYPATH"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == (1 if complaint else 0), ran.stdout
    assert complaint is None or f"[{complaint}]" in ran.stdout


def test_make_run_serves_the_samples(checkout: Path) -> None:
    make = _make()
    _environment_as_installed(checkout)
    environment = {**os.environ, "PORT": "0"}
    with serving([make, "run"], checkout, **environment) as address:
        status, page = status_and_text(f"{address}/?q=rapprochement")
        assert (status, "A Russian-Iranian <mark>Rapprochement</mark>" in page) == (200, True)
    assert (checkout / "index").is_dir()


def test_make_says_which_python_it_needs(checkout: Path, tmp_path: Path) -> None:
    shutil.copy(checkout / "Makefile", tmp_path)
    missing = tmp_path / "no-such-python"
    ran = subprocess.run(
        [_make(), ".venv/made", f"PYTHON={missing}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode != 0
    assert f"needs Python 3.11 or newer with venv; tried: {missing}" in ran.stderr
    assert not (tmp_path / ".venv").exists()


def test_version_command_of_the_entry_script() -> None:
    script = Path(sysconfig.get_path("scripts")) / "searchapp"
    assert _output(script, "--version") == f"searchapp, version {distribution('searchapp').version}"


# --- licences -----------------------------------------------------------------------------------

ONE_OF_SEVERAL = {"tld": "MPL"}
"""Distributions under a choice of licences, and the one we use them under."""


def default_install() -> dict[str, PackageMetadata]:
    """The metadata of everything `pip install searchapp` brings, itself left out."""
    found: dict[str, PackageMetadata] = {}
    waiting = [Requirement("searchapp")]
    done: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            for text in distribution(wanted.name).requires or ():
                required = Requirement(text)
                applies = not required.marker or required.marker.evaluate({"extra": extra})
                if applies and str(required) not in done:
                    done.add(str(required))
                    waiting.append(required)
                    name = canonicalize_name(required.name)
                    found[name] = distribution(required.name).metadata
    return found


DEFAULT_INSTALL = default_install()


@pytest.mark.parametrize("name", sorted(DEFAULT_INSTALL))
def test_dependency_is_neither_gpl_nor_agpl(name: str) -> None:
    metadata = DEFAULT_INSTALL[name]
    declared = [metadata.get("License-Expression"), (metadata.get("License") or "")[:200]]
    declared += [c for c in metadata.get_all("Classifier", ()) if c.startswith("License ::")]
    text = " | ".join(part for part in declared if part)
    assert text, "declares no licence"
    if chosen := ONE_OF_SEVERAL.get(name):
        assert chosen in text
    else:
        assert not re.search(r"GPL|General Public|Affero", text), text


def test_every_dependency_is_explained() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].strip().splitlines()
    names = {canonicalize_name(Requirement(line).name) for line in lines}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| \[([\w.-]+)\]", text, re.MULTILINE)
    assert {canonicalize_name(name) for name in explained} == names


# --- helpers ------------------------------------------------------------------------------------


def _files(folder: str, below: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{below}/{path.relative_to(ROOT / folder).as_posix()}"


def _pip(*arguments: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _output(*command: str | Path) -> str:
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    ).stdout.strip()


def _make() -> str:
    make = shutil.which("make")
    if not make and not os.environ.get("CI"):
        pytest.skip("make is not installed")
    assert make
    return make


def _environment_as_installed(checkout: Path) -> None:
    """What `make` finds the second time: the environment the tests run in, and its stamps."""
    scripts = checkout / ".venv" / "bin"
    scripts.mkdir(parents=True)
    command = scripts / "searchapp"
    command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from searchapp.cli import main; main()" "$@"\n',
        encoding="utf-8",
    )
    command.chmod(0o755)
    for stamp in ("made", "installed"):
        (checkout / ".venv" / stamp).touch()
