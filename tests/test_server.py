"""The server: several processes, how they stop, what they refuse, what they know of each other."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.ingest import Progress, Report
from searchapp.model import Search, SearchError
from searchapp.serving import listen
from searchapp.settings import Settings
from searchapp.web import overload
from searchapp.web.running import Run, Runner
from tests.conftest import item
from tests.editing import shelf
from tests.serving import Server, running, serving, status_and_text

LONG = 120.0
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of a few articles."""
    folder = tmp_path_factory.mktemp("served")
    with contextlib.closing(open_engine(folder / "index", Settings(), create=True)) as engine:
        engine.write([item(f"{n}", "Oil", "Oil from Iran.", country=["IR"]) for n in range(30)])
    return folder


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "searchapp", "serve", "--port", "0", *options]


@pytest.fixture(scope="module")
def pair(where: Path) -> Iterator[Server]:
    """Two processes that say in JSON what they do."""
    environment = {**os.environ, "SEARCHAPP_LOG_FORMAT": "json"}
    with running(command("--processes", "2", "--access", "open"), where, **environment) as server:
        until(lambda: len(children(server)) == 2)
        yield server


def children(server: Server) -> set[int]:
    """The processes that answer."""
    pid = server.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found}


def requests(server: Server) -> list[dict[str, Any]]:
    """What the server has said of requests so far."""
    lines = [line for line in server.said.splitlines() if line.startswith("{")]
    return [told for line in lines if (told := json.loads(line))["message"] == "request"]


def total(address: str, q: str) -> int:
    answer = status_and_text(f"{address}/api/v1/search?q={q}")[1]
    found: int = json.loads(answer)["total"]["value"]
    return found


def half_a_request(server: Server) -> socket.socket:
    """A connection on which a request has begun and not ended, and which a thread reads."""
    parts = urlsplit(server.address)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LONG)
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n")
    time.sleep(0.3)  # for it to be read: nothing outside can see that it was
    return connection


def is_refused(server: Server) -> bool:
    parts = urlsplit(server.address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LONG).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


# --- several processes ----------------------------------------------------------------------------


@needs_fork
def test_new_article_is_found_by_every_process_and_nothing_fails_meanwhile(
    pair: Server, where: Path
) -> None:
    writer = open_engine(where / "index", Settings())
    over = threading.Event()
    failed: list[BaseException] = []

    def ask() -> None:
        while not over.is_set():
            try:
                assert total(pair.address, "Iran") >= 30
            except BaseException as problem:
                failed.append(problem)
                return

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        news = where / "new0.txt"
        news.write_text("Pipeline0\n\nA pipeline0 from Iran.\n")
        for number in range(4):
            if number == 0:
                index = [sys.executable, "-m", "searchapp", "index", str(news), "--workers", "1"]
                subprocess.run(index, cwd=where, check=True, capture_output=True)
            else:
                writer.write([item(f"new{number}", f"Pipeline{number}", "From Iran.")])
            before = len(requests(pair))

            def both_answered(before: int = before, number: int = number) -> bool:
                # Whoever is asked after the commit knows it, whichever process that is.
                assert total(pair.address, f"pipeline{number}") == 1
                return {told["process"] for told in requests(pair)[before:]} >= children(pair)

            until(both_answered)
    finally:
        over.set()
        for reader in readers:
            reader.join(LONG)
    assert failed == []


@needs_fork
def test_process_that_dies_is_replaced(pair: Server) -> None:
    before = children(pair)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(children(pair) - {victim}) == 2)
    assert len(children(pair) - before) == 1
    assert total(pair.address, "Iran") >= 30


@needs_fork
def test_new_processes_take_over_when_told_to(pair: Server) -> None:
    before = children(pair)
    pair.process.send_signal(signal.SIGHUP)
    until(lambda: len(children(pair)) == 2 and not children(pair) & before)
    assert total(pair.address, "Iran") >= 30


@needs_fork
def test_process_that_hangs_is_replaced(where: Path) -> None:
    environment = {**os.environ, "SEARCHAPP_HANG_SECONDS": "2"}
    with running(command(), where, **environment) as server:
        until(lambda: len(children(server)) == 1)
        (hung,) = children(server)
        os.kill(hung, signal.SIGSTOP)
        until(lambda: bool(children(server) - {hung}) and hung not in children(server))
        assert total(server.address, "Iran") >= 30


@needs_fork
def test_long_address_is_answered(pair: Server) -> None:
    people = "&".join(f"person={'%D0%98' * 60}{n}" for n in range(40))
    assert len(people) > 14_000
    assert status_and_text(f"{pair.address}/api/v1/search?{people}")[0] == 200


@needs_fork
def test_what_a_client_says_of_itself_changes_nothing(pair: Server) -> None:
    """Neither headers that gunicorn would take from this machine, nor those a proxy may send."""
    connection = http.client.HTTPConnection(urlsplit(pair.address).netloc, timeout=LONG)
    headers = {"SCRIPT_NAME": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}
    connection.request("GET", "/opensearch.xml", headers=headers)
    text = connection.getresponse().read().decode()
    connection.close()
    assert f'"{pair.address}/?q={{searchTerms}}' in text


# --- stopping -------------------------------------------------------------------------------------


@needs_fork
@pytest.mark.parametrize("way", ["SIGTERM", "Ctrl+C"])
def test_request_under_way_is_answered_and_nothing_else(where: Path, way: str) -> None:
    with running(command("--processes", "2", "--access", "open"), where) as server:
        until(lambda: len(children(server)) == 2)
        with half_a_request(server) as connection:
            if way == "SIGTERM":
                server.process.terminate()
            else:
                os.killpg(server.process.pid, signal.SIGINT)
            until(lambda: is_refused(server))
            connection.sendall(b"\r\n")
            answer = connection.makefile("rb").read()
        assert server.process.wait(LONG) == 0
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert server.said == f"searchapp is on {server.address}  (Ctrl+C stops it)\n"


@needs_fork
def test_request_that_does_not_end_is_cut_off(where: Path) -> None:
    environment = {**os.environ, "SEARCHAPP_STOP_SECONDS": "0.2", "TMPDIR": str(where)}
    with running(command(), where, **environment) as server:
        until(lambda: len(children(server)) == 1)
        with half_a_request(server) as connection:
            server.process.terminate()
            assert server.process.wait(LONG) == 0
            assert connection.recv(1) == b""
    assert "1 connections were cut off after 0.2 s (stop_seconds)" in server.said
    assert "Traceback" not in server.said
    assert list(where.glob("searchapp-*")) == []


@needs_fork
def test_half_a_head_is_not_waited_for_for_ever() -> None:
    from searchapp.serving.forking import Process

    process = Process.__new__(Process)
    process.pending_conns = deque()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Mock(sock=ours)
        process._heads = {connection: time.monotonic() + LONG}
        process.murder_pending()
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
        process._heads = {connection: time.monotonic() - 1}
        process.murder_pending()
        assert theirs.recv(1) == b""


# --- listening ------------------------------------------------------------------------------------


def test_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SearchError, match=f"cannot listen on 127.0.0.1:{port}: "):
            listen(Settings(port=port))


def test_one_process_with_threads_where_none_can_be_forked(where: Path) -> None:
    program = (
        "import os; del os.fork\n"
        "from searchapp.cli import main\n"
        "main(['serve', '--port', '0'], prog_name='searchapp')"
    )
    with serving([sys.executable, "-c", program], where) as address:
        assert total(address, "Iran") >= 30
        assert status_and_text(f"{address}/health/ready")[0] == 200


# --- too much at once -----------------------------------------------------------------------------


class Busy:
    """An archive whose searches take until they may end."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.entered = threading.Semaphore(0)
        self.may_end = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.archive, name)

    def run(self, what: Search, grouped: bool = False) -> Any:
        self.entered.release()
        assert self.may_end.wait(LONG)
        return self.archive.run(what, grouped)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = {"max_computing": 1, "max_waiting": 1, "waiting_seconds": LONG, "max_exports": 1}
    with shelf(tmp_path, **settings) as found:
        yield found


def test_what_cannot_be_computed_soon_is_refused_at_once(archive: Archive) -> None:
    busy = Busy(archive)
    app = web.create_app(busy, archive.settings)  # type: ignore[arg-type]
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(app.test_client().get("/api/v1/search?q=gas").status_code)

    doors = app.before_request_funcs[None][-1].__self__  # type: ignore[union-attr]
    first, second = threading.Thread(target=ask), threading.Thread(target=ask)
    first.start()
    assert busy.entered.acquire(timeout=LONG)
    second.start()
    until(lambda: len(doors.computing._queue) == 1)
    client = app.test_client()
    refused = client.get("/api/v1/search?q=gas")
    assert refused.status_code == 503
    assert refused.json["code"] == "overloaded"
    assert int(refused.headers["Retry-After"]) > 0
    page = client.get("/?q=gas")
    assert (page.status_code, "Too much is asked at once" in page.text) == (503, True)
    assert "Retry-After" in page.headers
    for path in ("/health/live", "/health/ready", "/metrics", "/static/searchapp.css"):
        assert client.get(path, buffered=True).status_code == 200, path
    busy.may_end.set()
    for thread in (first, second):
        thread.join(LONG)
    assert statuses == [200, 200]
    assert client.get("/?q=gas").status_code == 200
    metrics = client.get("/metrics").text
    assert "searchapp_overloads_total 2.0" in metrics
    assert 'searchapp_searches_total{kind="search",outcome="overloaded"} 1.0' in metrics


def test_changes_have_places_of_their_own(archive: Archive) -> None:
    busy = Busy(archive)
    app = web.create_app(busy, archive.settings)  # type: ignore[arg-type]
    asking = threading.Thread(target=lambda: app.test_client().get("/api/v1/search?q=gas"))
    asking.start()
    assert busy.entered.acquire(timeout=LONG)
    address, gas = "/api/v1/documents/gas-2", {"text": "Gas from Iran."}
    assert app.test_client().put(address, json=gas).status_code == 201
    assert app.test_client().delete(address).status_code == 204
    busy.may_end.set()
    asking.join(LONG)


def test_place_is_given_back_whatever_happens(archive: Archive) -> None:
    client = web.create_app(archive, archive.settings).test_client()
    for path in ("/?q=" + "x" * 3000, "/article/none", "/api/v1/search?page=x", "/add/again"):
        for _ in range(3):
            assert client.get(path).status_code != 503


def test_stream_takes_no_place_of_a_search_and_only_so_many_are_sent(archive: Archive) -> None:
    app = web.create_app(archive, archive.settings)
    path = "/api/v1/search.jsonl"
    first = app.test_client().get(path, buffered=False)
    assert first.status_code == 200
    second = app.test_client().get(path)
    assert (second.status_code, second.json["code"]) == (503, "overloaded")
    assert app.test_client().get("/api/v1/search?q=gas").status_code == 200
    first.close()
    assert len(app.test_client().get(path).text.splitlines()) == 2


def test_there_are_threads_to_refuse_with() -> None:
    few = Settings(threads=1, max_computing=2, max_waiting=10, max_exports=3)
    assert overload.threads(few) > 2 + 10 + 3 + overload.CHANGES
    assert overload.threads(Settings(threads=500)) == 500


# --- runs that another process does ---------------------------------------------------------------


class Slow:
    """An archive whose run ends when it is told to."""

    def __init__(self) -> None:
        self.settings = Settings(workers=1)
        self.go_on, self.begun = threading.Event(), threading.Event()

    def add(self, paths: Any, workers: int, progress: Any) -> Report:
        progress(Progress(50, 100, 7, 1))
        self.begun.set()
        assert self.go_on.wait(LONG)
        return Report(added=3)


def test_run_of_one_process_is_known_to_all(tmp_path: Path) -> None:
    archive = Slow()
    ours, other = (Runner(archive, tmp_path) for _ in range(2))  # type: ignore[arg-type]
    assert other.last() is None
    assert ours.start([Path("a")])
    assert archive.begun.wait(LONG)
    until(lambda: (run := other.last()) is not None and run.progress.articles == 7)
    assert not other.start([Path("b")])
    archive.go_on.set()
    until(lambda: (run := other.last()) is not None and run.is_over)
    assert (
        other.last() == ours.last() == Run((Path("a"),), Progress(50, 100, 7, 1), Report(added=3))
    )
    until(lambda: other.start([Path("b")]))  # once the other one has let go
    until(lambda: (run := ours.last()) is not None and run.is_over and run.paths == (Path("b"),))


def test_run_whose_process_is_gone_is_over(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "run").write_bytes(pickle.dumps((gone.pid, Run((Path("a"),)))))
    archive = Slow()
    archive.go_on.set()
    runner = Runner(archive, tmp_path)  # type: ignore[arg-type]
    run = runner.last()
    assert run
    assert (run.is_over, run.problem) == (True, "the process that read them has ended")
    assert runner.start([Path("b")])
    until(lambda: (run := runner.last()) is not None and run.report is not None)
