"""A client that a public generator makes from the description works, and is one that one likes to
use: the command is that of docs/api.md."""

from __future__ import annotations

import datetime
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import searchapp
from searchapp import web
from tests import manual
from tests.charting import served
from tests.conftest import SEEDS

MANUAL = Path(__file__).parents[1] / "docs" / "api.md"
PACKAGE = "searchapp_client"
GENERATED = "searchapp-client"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with searchapp.open(tmp_path_factory.mktemp("index")) as archive:
        archive.add([SEEDS])
        with served(web.create_app(archive, archive.settings)) as found:
            yield found


@pytest.fixture(scope="module")
def package(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the client; anything the generator cannot read is an error."""
    desk = tmp_path_factory.mktemp("client")
    (section,) = [s for s in manual.sections(MANUAL) if s.title == "A generated client"]
    command = section.blocks[0].text.replace(manual.ADDRESS, address)
    lines = [line for line in command.splitlines() if not line.startswith(manual.SET_UP)]
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(lines) + " --fail-on-warning"],
        cwd=desk,
        env=manual.environment(desk),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(desk / GENERATED))
        yield desk / GENERATED / PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def client(package: Path, address: str) -> Any:
    return module("client").Client(address)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def test_a_search_with_filters_has_typed_hits_and_counts(client: Any) -> None:
    found = module("api.search.search").sync(
        client=client,
        q="Iran",
        match="any",
        country=["IR", "RU"],
        not_topic=["medtop:99999999"],
        facet_mode=["country:all"],
        date_from=datetime.date(2000, 1, 1),
        sort="newest",
        explain=True,
    )
    assert type(found) is module("models").Search
    (hit,) = found.hits
    assert (hit.id, hit.date) == ("000_8fcf2ceb6fb25fee.txt", datetime.date(2000, 7, 3))
    assert hit.explanation.kind == "score"
    assert {bucket.value for bucket in found.facets.country.buckets if bucket.selected} == {
        "IR",
        "RU",
    }
    assert (found.facets.country.mode, found.query.did_you_mean) == ("all", None)


def test_values_suggestions_and_a_timeline_are_there(client: Any) -> None:
    facet = module("api.search.facet").sync("person", client=client, prefix="sham", order="label")
    assert [bucket.value for bucket in facet.buckets] == ["Ali Shamkhani"]
    suggest = module("api.search.suggest").sync(client=client, q="gas ali sh")
    assert "Ali Shamkhani" in [each.value for each in suggest.suggestions]
    timeline = module("api.search.timeline").sync(client=client, q="Iran")
    assert (timeline.bars[0].first, timeline.before) == (datetime.date(2000, 7, 3), None)


def test_an_article_and_those_like_it_can_be_read(client: Any) -> None:
    article = module("api.documents.document").sync("003_49aa628526d73ed2.txt", client=client)
    assert type(article) is module("models").Document
    assert article.date is None
    start, end = article.people[0].mentions[0]
    assert article.text[start:end] == "Ali Shamkhani"
    similar = module("api.documents.similar").sync(article.id, client=client, limit=3)
    assert [hit.id for hit in similar.hits] == ["000_8fcf2ceb6fb25fee.txt"]


def test_every_hit_comes_as_lines(client: Any) -> None:
    lines = module("api.search.search_jsonl").sync(client=client, q="Iran")
    assert len(lines.splitlines()) == 2


def test_a_problem_says_what_was_wrong(client: Any) -> None:
    found = module("api.search.search").sync(client=client, q="Iran", page=2, cursor="r" * 23)
    assert type(found) is module("models").Problem
    assert (found.status, found.parameter) == (400, "cursor")
    gone = module("api.documents.document").sync_detailed("no/such file", client=client)
    assert (gone.status_code, gone.parsed.status) == (404, 404)


def test_names_of_the_client_say_what_is_meant(package: Path) -> None:
    """No type is named after the place it was found at, save the choices of one member."""
    names = {path.stem for path in (package / "models").glob("*.py")}
    assert not [name for name in names if re.search(r"schema|response_|body_?$|item$", name)]
    assert {"match", "sort", "countries", "copies", "facet_name", "value_order"} <= names
    groups = {path.name for path in (package / "api").iterdir() if path.is_dir()}
    assert {"search", "documents", "service"} <= groups
    assert "api" not in groups
