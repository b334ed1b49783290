"""Servers for the benchmarks: processes like any user's, on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

START_SECONDS = 120
STOP_SECONDS = 30
_ADDRESS = re.compile(r"searchapp is on (http://[0-9.:]+)")
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers: its address, without a slash at its end, and its first process."""

    address: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> bytes:
        with _open(self.address + path, timeout=60) as response:
            data: bytes = response.read()
        return data

    def cpu_seconds(self) -> float:
        """CPU time of all its processes until now."""
        ticks = 0
        for pid in self.processes():
            with suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """The first process and those it started."""
        pids = [self.process.pid]
        for pid in pids:
            with suppress(OSError):
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
                pids += map(int, children.split())
        return pids


@contextmanager
def serving(
    index: Path, settings: Mapping[str, object], constant: bool = False
) -> Iterator[Served]:
    """`searchapp serve` over an index, with some settings; `constant`: the same server with another
    application, which answers `/constant/SIZE` with so many bytes."""
    command = [sys.executable, __file__] if constant else [sys.executable, "-m", "searchapp"]
    environ = {f"SEARCHAPP_{name.upper()}": str(value) for name, value in settings.items()}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "serve", "--index", str(index), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environ},
            start_new_session=True,
        )
        try:
            yield Served(_address(process, log), process)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[bytes], log: object) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        said = _said(log)
        if found := _ADDRESS.search(said):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{_said(log)}")


def _said(log: object) -> str:
    return Path(f"/proc/self/fd/{log.fileno()}").read_text(errors="replace")  # type: ignore[attr-defined]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _serve_constant() -> None:
    """`searchapp serve`, as it is, with another application."""
    from flask import Flask, Response

    from searchapp import cli, web

    app = Flask("constant")
    body = lru_cache(b"x".__mul__)

    @app.get("/constant/<int:size>")
    def constant(size: int) -> Response:
        return Response(body(size), mimetype="application/json")

    web.create_app = lambda *_, **__: app  # type: ignore[assignment]
    cli.main()


if __name__ == "__main__":
    _serve_constant()
