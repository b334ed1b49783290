"""The Python API, as its documentation shows it: the examples of docs/python.md and of docstrings
run, and what is said to be public is there."""

from __future__ import annotations

import datetime
import doctest
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import searchapp
from searchapp import archive as archive_module
from searchapp import model
from searchapp.archive import Archive
from searchapp.model import BadSettings
from tests.conftest import SEEDS

MANUAL = Path(__file__).parents[1] / "docs" / "python.md"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the samples in `seeds`."""
    shutil.copytree(SEEDS, tmp_path / "seeds")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- examples -----------------------------------------------------------------------------------


def test_the_examples_of_the_manual_run_in_their_order(desk: Path) -> None:
    blocks = re.findall(
        r"^```pycon\n(.*?)^```$", MANUAL.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) > 8
    assert (
        failures(doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "python.md", None, 0))
        == ""
    )


@pytest.mark.parametrize(("module", "least"), [(searchapp, 1), (archive_module, 9), (model, 4)])
def test_the_examples_of_docstrings_run(desk: Path, module: ModuleType, least: int) -> None:
    tests = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(tests) >= least
    with searchapp.open("index") as archive:
        archive.add(["seeds"])
        for test in tests:
            test.globs.update(archive=archive, Search=model.Search, searchapp=searchapp)
            assert failures(test) == ""


def failures(test: doctest.DocTest) -> str:
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


# --- what is public -----------------------------------------------------------------------------


def test_the_manual_lists_what_is_public() -> None:
    table = MANUAL.read_text("utf-8").partition("\n## What is public\n")[2]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    listed = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(listed) == sorted(searchapp.__all__)


def test_every_public_name_is_there_and_explained() -> None:
    for name in searchapp.__all__:
        found = getattr(searchapp, name)
        assert name == "__version__" or inspect.getdoc(found), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        searchapp.nothing  # noqa: B018


def test_every_public_method_is_explained_and_in_the_manual() -> None:
    text = MANUAL.read_text("utf-8")
    for name, method in inspect.getmembers(Archive, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.getdoc(method), name
            assert re.search(rf"\b{name}\b(\(|`)", text), name


def test_what_methods_give_is_public_too() -> None:
    """Nothing comes out of an archive whose type a user could not name."""
    given = " ".join(
        str(inspect.signature(method).return_annotation)
        for name, method in inspect.getmembers(Archive, inspect.isfunction)
        if not name.startswith("_")
    )
    ours = {name for name in re.findall(r"[A-Z]\w+", given) if hasattr(model, name)}
    assert ours <= {*searchapp.__all__}


def test_importing_it_imports_nothing_else() -> None:
    script = (
        "import searchapp, sys; print(sorted(m for m in sys.modules if m.startswith('searchapp')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "['searchapp']\n"


# --- what it does -------------------------------------------------------------------------------


def test_open_add_search(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.is_empty()
        assert archive.add([str(SEEDS)]).added == 2
        page = archive.search("gas pipeline", country=["IR"])
        assert [hit.date for hit in page.hits] == [datetime.date(2000, 7, 3)]
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.search("gas pipeline").total == 1


def test_settings_are_taken_and_checked(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "index", per_page=1) as archive:
        archive.add([SEEDS])
        assert len(archive.search().hits) == 1
    with pytest.raises(BadSettings):
        searchapp.open(tmp_path / "index", per_page="many")


def test_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="colour"):
        searchapp.open(tmp_path / "index", colour="red")


def test_dates_may_be_text(seeds: Archive) -> None:
    assert seeds.search(date_from="2000-07-03", date_to="2000-07-03").total == 1
    with pytest.raises(ValueError, match="yesterday"):
        seeds.search(date_from="yesterday")


def test_stats(seeds: Archive) -> None:
    stats = seeds.stats()
    assert (stats.articles, stats.dated, stats.first_date) == (2, 1, "2000-07-03")
    assert stats.values["person"] == 7
    assert seeds.check() == []
