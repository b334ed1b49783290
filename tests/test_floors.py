"""Quality does not fall below what was reached, where the measuring data is present."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
FLOORS: dict[str, dict[str, float]] = tomllib.loads((HERE / "floors.toml").read_text())


def quality() -> ModuleType:
    """The script that measures; `benchmarks/` is no package."""
    path = HERE.parent / "benchmarks" / "quality.py"
    spec = importlib.util.spec_from_file_location("quality", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


QUALITY = quality()


@pytest.mark.skipif(
    not (QUALITY.DATA / "facets").is_dir(),
    reason=f"the measuring data is not in {QUALITY.DATA} (SEARCHAPP_DATA says where it is)",
)
@pytest.mark.parametrize("name", FLOORS)
def test_quality_floor(name: str) -> None:
    reached = QUALITY.scores(name)
    below = {m: reached[m] for m, floor in FLOORS[name].items() if reached[m] < floor}
    assert below == {}, f"{name}: floors are {FLOORS[name]}"


def test_every_set_has_a_floor() -> None:
    assert set(FLOORS) == {*QUALITY.FACET_SETS, *QUALITY.RANKING_SETS}
