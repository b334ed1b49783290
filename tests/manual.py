"""The examples of a page of docs/ that talk to a server: its sections, each with its fenced blocks,
and how they are run one after the other as a reader would."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.serving import serving

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"
"""Of the server in every example; one on another port takes its place."""
SERVE = "searchapp serve"
SET_UP = ("make run", "pip install openapi-python-client", "pip install ./searchapp-client")
"""Beginnings of lines that a reader types once: the test has it all, the client on its path."""
WRITES = re.compile(
    r"-X|--request|--data|\s-d\b|--json|\s-T\b|method[=:]|searchapp (keys|index|correct)|" + SERVE
)
RUN = ("sh", "python", "js")
SHOWN = ("json", "text", "http")
EVERYWHERE = ("toml",)
"""Languages whose blocks test_docs tries on every page."""


@dataclass(frozen=True)
class Block:
    language: str
    text: str


@dataclass(frozen=True)
class Section:
    """What stands below one heading of the second level."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def writes(self) -> bool:
        """Whether it changes an index or a server, and so wants its own."""
        return any(block.language in RUN and WRITES.search(block.text) for block in self.blocks)


def sections(page: Path) -> list[Section]:
    """The sections that have examples, in their order."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    titles = ["", *parts[1::2]]
    found = [
        Section(title, tuple(Block(*block) for block in FENCED.findall(text)))
        for title, text in zip(titles, parts[0::2], strict=True)
    ]
    return [section for section in found if section.blocks]


def asks_a_server(page: Path) -> bool:
    blocks = [block for section in sections(page) for block in section.blocks]
    return any("curl " in block.text for block in blocks if block.language == "sh")


def follow(section: Section, desk: Path, address: str) -> None:
    """Run every block in the folder `desk`; what is shown has to be what came.

    A block that shows something is about the one run before it: `json` is the last answer with
    members and trailing items left out, `text` is all that was printed, `http` lines of a head.
    Raises AssertionError also where a block is neither run nor shown.
    """
    printed: str | None = None
    with ExitStack() as stack:
        for block in section.blocks:
            text = block.text.replace(ADDRESS, address)
            if block.language in RUN:
                lines = [line for line in text.splitlines() if not line.startswith(SET_UP)]
                for line in [line for line in lines if line.startswith(SERVE)]:
                    address = stack.enter_context(_served(line, desk))
                rest = [line for line in lines if not line.startswith(SERVE)]
                printed = _output(block.language, "\n".join(rest).replace(ADDRESS, address), desk)
            elif block.language in SHOWN:
                assert printed is not None, f"nothing was run that answers:\n{text}"
                _compare(block.language, text, printed)
            else:
                assert block.language in EVERYWHERE, f"this is not tried:\n{text}"


def _served(line: str, desk: Path) -> Any:
    command = [*shlex.split(line), "--index", "index", "--port", "0"]
    return serving(command, desk, **environment(desk))


def _output(language: str, text: str, desk: Path) -> str:
    match language:
        case "sh":
            if "curl " in text:
                program("curl")
            command = ["bash", "-euo", "pipefail", "-c", text]
        case "python":
            command = [sys.executable, "-W", "error", "-c", text]
        case _:
            command = [program("node"), "--input-type=module", "--eval", text]
    ran = subprocess.run(command, cwd=desk, env=environment(desk), capture_output=True, text=True)
    assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _compare(language: str, shown: str, printed: str) -> None:
    match language:
        case "json":
            assert_shown(json.loads(shown), _last_json(printed))
        case "text":
            assert printed == shown
        case _:
            head = {line.strip().lower() for line in printed.partition("\n\n")[0].splitlines()}
            for line in shown.splitlines():
                assert line.strip().lower() in head, (line, printed)


def _last_json(printed: str) -> Any:
    """The last JSON text of an output, after a head where there is one."""
    decoder = json.JSONDecoder()
    found, at = None, re.search(r"^[\[{]", printed, re.MULTILINE)
    start = at.start() if at else len(printed)
    while start < len(printed):
        found, end = decoder.raw_decode(printed, start)
        start = end + len(printed[end:]) - len(printed[end:].lstrip())
    assert found is not None, f"no JSON in {printed!r}"
    return found


def assert_shown(shown: Any, real: Any, where: str = "answer") -> None:
    """That `shown` is `real` with members and trailing items left out."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_shown(value, real[name], f"{where}.{name}")
    elif isinstance(shown, list) and shown:
        for number, value in enumerate(shown):
            assert_shown(value, real[number], f"{where}[{number}]")
    else:
        assert real == shown, where


def program(name: str) -> str:
    """Its path; the test is skipped where it is missing, save in CI, which installs it."""
    path = shutil.which(name)
    if not path and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    assert path, name
    return path


def environment(desk: Path) -> dict[str, str]:
    """That of a reader in the folder `desk`, where a client may have been generated."""
    scripts = sysconfig.get_path("scripts")
    own = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHAPP_")}
    return {
        **own,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(
            filter(None, (str(desk / "searchapp-client"), os.environ.get("PYTHONPATH")))
        ),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def samples_served(seeds: Path, desk: Path) -> Iterator[tuple[Path, str]]:
    """A folder with the samples, and the address of a server that has indexed them."""
    shutil.copytree(seeds, desk / "seeds")
    command = ["searchapp", "serve", "seeds", "--index", "index", "--port", "0"]
    with serving(command, desk, **environment(desk)) as address:
        yield desk, address
