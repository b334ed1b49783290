"""Schemathesis asks whatever the description of the API offers, and much that it does not: each
answer has to be as described, and what is not as described is refused."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

import searchapp
from searchapp import web
from tests.charting import served
from tests.conftest import SEEDS

COMMAND = Path(sysconfig.get_path("scripts")) / "schemathesis"
HOOKS = Path(__file__).parent / "schemathesis_hooks.py"
EXAMPLES = 15
"""Of each operation, besides the tables of edge cases, which are made whole."""

CONFIG = f"""\
hooks = "{HOOKS}"

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 412, 413, 415, 429]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 401, 403, 404, 412, 413, 429]
"""
"""412 is what `If-None-Match` and `If-Match` ask for."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API of an index of its own, which may be written to."""
    with searchapp.open(tmp_path_factory.mktemp("index")) as archive:
        archive.add([SEEDS])
        with served(web.create_app(archive, archive.settings)) as address:
            yield address


def test_every_answer_is_as_described(api: str, tmp_path: Path) -> None:
    """Its own command, since its pytest plugin does not know pytest 9; every kind of check, and
    requests one after the other as links and shared names suggest them."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    ran = subprocess.run(
        [
            *(COMMAND, "--config-file", config, "run", f"{api}/api/openapi.json"),
            *("--checks", "all", "--mode", "all", "--continue-on-failure", "--no-color"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HOOKS.parents[1])},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (selected, listed) = re.findall(r"Selected: (\d+)/(\d+)", ran.stdout)[0]
    (tested,) = re.findall(r"Tested: (\d+)", ran.stdout)
    assert selected == listed == tested
