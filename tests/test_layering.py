"""Who may import whom: the layers of docs/architecture.md, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "searchapp"

STAGES = ("read", "extract", "analyse", "matching", "tag", "query", "locate", "highlight")
OUR_OWN = {
    "__main__": {"cli"},
    # What it opens, and the names that it gives to users.
    "searchapp": {"archive", "engine", "settings", "model", "ingest", "export"},
    "said": set(),
    "model": {"said"},
    "charts": set(),
    "settings": {"model"},
    "address": {"said", "model", "settings", "variants"},
    "read": {"said", "model", "settings"},
    "sentences": {"model"},
    "citation": {"model"},
    "extract": {"model", "sentences"},
    "remembered": set(),
    "disk": set(),
    "analyse": {"model"},
    "pieces": {"analyse", "remembered"},
    "matching": {"analyse"},
    "copies": set(),
    "tag": {"model", "analyse"},
    "timeline": {"model"},
    "variants": {"analyse", "tag"},
    "query": {"said", "model", "settings", "analyse"},
    "locate": {"model", "analyse", "pieces", "matching"},
    "highlight": {"model", "locate", "sentences"},
    "export": {"model"},
    "engine": {
        *("said", "model", "settings", "analyse", "pieces", "copies", "variants", "remembered"),
        "disk",
    },
    "additions": {"model", "settings", "analyse", "query", "tag"},
    "corrections": {"said", "model", "tag", "variants", "disk"},
    "journal": {"model", "disk"},
    "documents": {"model", "read", "extract", "disk"},
    "ingest": {
        *("model", "settings", "read", "extract", "tag", "additions", "corrections", "engine"),
        *("journal", "documents"),
    },
    "sending": {"model", "settings", "tag", "corrections", "engine", "documents", "ingest"},
    "backup": {"model", "settings", "engine", "journal", "disk"},
    "watch": {"model", "settings", "read", "engine", "ingest"},
    "search": {
        *("said", "model", "settings", "analyse", "tag", "variants", "query", "locate"),
        *("highlight", "sentences", "timeline", "engine", "describe", "spelling"),
    },
    "train": {"model", "settings", "analyse", "read", "extract", "tag", "additions", "disk"},
    "describe": {"said", "model", "query"},
    "typed": {"query"},
    "spelling": {"model", "analyse", "typed", "engine"},
    "suggest": {"model", "settings", "analyse", "tag", "query", "typed", "spelling", "engine"},
    "archive": {
        "suggest",
        *("model", "settings", "tag", "additions", "corrections", "engine", "ingest", "search"),
        *("journal", "documents", "sending"),
    },
    "batch": {"model", "archive"},
    "keys": {"model", "disk"},
    "access": {"said", "model", "settings", "disk", "keys"},
    "terminal": {"model", "ingest", "train", "keys"},
    "gate": set(),
    "logs": {"settings"},
    "metrics": set(),
    "serving": {"model", "settings", "archive", "logs", "web"},
    "api": {
        *("searchapp", "model", "settings", "address", "highlight", "variants", "export"),
        *("archive", "access", "documents", "read", "logs", "remembered"),
    },
    "web": {
        *(
            "searchapp",
            "said",
            "model",
            "settings",
            "address",
            "highlight",
            "variants",
            "archive",
            "api",
        ),
        "charts",
        "citation",
        *("searchapp", "model", "settings", "address", "highlight", "variants", "archive", "api"),
        *("access", "keys"),
        # What readers may change: files they send, corrections, a run and its report.
        *("read", "corrections", "ingest"),
        # What operators see of requests, and how many are let in.
        *("gate", "logs", "metrics", "disk"),
    },
    "cli": {
        *("searchapp", "model", "settings", "address", "read", "engine", "ingest", "archive"),
        *("batch", "export", "corrections", "terminal", "api", "serving", "train"),
        *("access", "keys", "watch", "backup"),
    },
    "static": set(),
}
"""Part of searchapp → the parts it may import, besides itself. "searchapp" is `__init__.py`."""

LIBRARIES = {
    "extract": {"charset_normalizer", "dateparser", "htmldate", "lxml", "py3langid", "trafilatura"},
    "analyse": {"snowballstemmer"},
    "pieces": {"numpy"},
    "copies": {"numpy"},
    "tag": {"Stemmer"},
    "engine": {"msgspec", "numpy", "whoosh", "zstandard"},
    "access": {"flask", "flask_limiter", "limits", "werkzeug"},
    "api": {"flask", "flask_smorest", "marshmallow", "msgspec", "werkzeug"},
    "web": {"babel", "flask", "flask_babel", "markupsafe", "werkzeug"},
    "train": {"numpy", "scipy", "sklearn"},
    "terminal": {"click", "tqdm"},
    "metrics": {"prometheus_client"},
    "serving": {"gunicorn", "prometheus_client", "waitress"},
    "cli": {"click"},
    "watch": {"watchdog"},
}
"""Part → the third-party libraries it may import. What is not named has the standard library."""

EXCEPT: dict[str, tuple[set[str] | None, set[str]]] = {
    # What a segment's arrays mean is known to those that read them; none of it is Whoosh.
    "searchapp.engine.execute": (
        {"searchapp.said", "searchapp.model", "searchapp.engine"},
        {"numpy"},
    ),
    "searchapp.engine.record": ({"searchapp.model"}, {"msgspec"}),
    "searchapp.engine.vocabulary": (set(), {"numpy"}),
    # A query for a person means any spelling of the name.
    "searchapp.tag.percolate": (
        {"searchapp.model", "searchapp.analyse", "searchapp.matching", "searchapp.variants"},
        set(),
    ),
    # A classifier is a matrix; it is loaded only where an owner trained one.
    "searchapp.tag.learned": (None, {"numpy"}),
}
"""Modules that may import other things than their part: modules of ours (None: as their part),
libraries."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, wherever in the file, `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide the layer"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(module: str, source: str) -> list[str]:
    """The imports of `source`, as the file of `module`, that its layer does not allow."""
    names = [name for name in imported(ast.parse(source)) if not _is_standard(name)]
    return [name for name in names if not _is_allowed(module, name)]


def _is_allowed(module: str, name: str) -> bool:
    ours, libraries = EXCEPT.get(module, (None, LIBRARIES.get(_part(module), set())))
    if not _is_ours(name):
        return name.partition(".")[0] in libraries
    if ours is not None:
        return any(name.startswith(f"{one}.") for one in ours)
    if _part(name) == _part(module):
        return True
    return _part(name) in OUR_OWN[_part(module)] and not _is_behind_a_door(module, name)


def _is_behind_a_door(module: str, name: str) -> bool:
    """Engines are seen through `searchapp.engine`; the commands see only the API's answers."""
    if _part(name) == "engine":
        return (PACKAGE / "engine" / f"{name.split('.')[2]}.py").exists()
    return _part(name) == "api" and _part(module) == "cli" and ".answers." not in name


def _part(name: str) -> str:
    """`query` of `searchapp.query.parse`; `searchapp` of `searchapp.__version__`."""
    part = name.split(".")[1] if "." in name else "searchapp"
    return part if part in OUR_OWN else "searchapp"


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == "searchapp"


def _is_standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_what_its_layer_allows(module: str) -> None:
    assert violations(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_every_part_has_a_layer() -> None:
    parts = {module.split(".")[1] for module in MODULES if "." in module}
    assert parts <= set(OUR_OWN)


def test_stages_know_no_engine_and_no_front_end() -> None:
    for stage in STAGES:
        below = {"said", "model", "settings", "analyse", "matching", "locate", "sentences"}
        below |= {"pieces"}
        assert OUR_OWN[stage] <= below
        assert not LIBRARIES.get(stage, set()) & {"flask", "click", "whoosh", "numpy"}


def test_only_the_engine_knows_whoosh() -> None:
    assert [part for part, libraries in LIBRARIES.items() if "whoosh" in libraries] == ["engine"]


def test_nothing_below_imports_what_sits_on_top() -> None:
    on_top = {"web", "api", "cli", "terminal", "batch", "serving"}
    assert {part for part, others in OUR_OWN.items() if others & on_top} == {
        "web",
        "serving",
        "cli",
        "__main__",
    }


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("searchapp.model", "from searchapp.settings import Settings"),
        ("searchapp.query", "import flask"),
        ("searchapp.query", "from searchapp.engine import Engine"),
        ("searchapp.query", "def late():\n    from searchapp import engine"),
        ("searchapp.search", "from searchapp.engine.embedded import EmbeddedEngine"),
        ("searchapp.search", "from searchapp.engine import embedded"),
        ("searchapp.ingest", "import whoosh.index"),
        ("searchapp.engine.execute", "import whoosh"),
        ("searchapp.engine.execute", "from searchapp.analyse import Analyser"),
        ("searchapp.archive", "from searchapp.web import create_app"),
        ("searchapp.web.adding", "from searchapp.engine import open_engine"),
        ("searchapp.batch", "import searchapp.cli"),
        ("searchapp.cli", "from searchapp.api import register"),
        ("searchapp.tag.person", "from searchapp.extract import extract"),
        ("searchapp.tag.topic", "import numpy"),
        ("searchapp.tag.learned", "import sklearn"),
    ],
)
def test_import_across_layers_is_noticed(module: str, source: str) -> None:
    assert violations(module, source) != []
