"""A searchapp server of its own for a test: a process like any user's, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

START_SECONDS = 120
"""A server indexes before it answers; shared machines stall."""
_ADDRESS = re.compile(r"searchapp is on (http://\S+)")
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True)
class Server:
    """A server that runs: its address, its (first) process, what it has said."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(command: Sequence[str | Path], cwd: Path, **more: str) -> Iterator[str]:
    """The address, without a slash at its end, of the server that `command` starts in `cwd`.

    `more` replaces the environment where given. The server is stopped at the end.
    """
    with running(command, cwd, **more) as server:
        yield server.address


@contextmanager
def running(command: Sequence[str | Path], cwd: Path, **more: str) -> Iterator[Server]:
    """The same server with its process and its log."""
    # Of its own: what is left of a server before may still have something to say.
    handle, name = tempfile.mkstemp(prefix="server-", suffix=".log", dir=cwd)
    log = Path(name)
    with os.fdopen(handle, "wb") as stream:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=more or None,
            start_new_session=True,  # `make` starts the server as its child
        )
    try:
        yield Server(_address(process, log), process, log)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def status_and_text(address: str) -> tuple[int, str]:
    """What a GET answers; raises HTTPError from status 400 on."""
    with _open(address, timeout=30) as response:
        return response.status, response.read().decode()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found := _ADDRESS.search(log.read_text(encoding="utf-8", errors="replace")):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"no server: {log.read_text(encoding='utf-8', errors='replace')}")
