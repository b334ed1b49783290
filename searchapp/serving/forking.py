"""Several processes that share one index: gunicorn, set up from our settings alone.

The parent listens, opens the index, searches once, and forks: what it has loaded and mapped is in
memory once for all. It answers nothing itself, but replaces processes that end or hang. Each has a
thread that accepts and many that answer (`overload` says how many of them compute).
"""

from __future__ import annotations

import contextlib
import gc
import logging
import math
import os
import signal
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.sock import TCP6Socket, TCPSocket
from gunicorn.workers.gthread import ThreadWorker

from searchapp.archive import Archive
from searchapp.model import SearchError
from searchapp.settings import Settings

HEAD_SECONDS = 15.0
"""What a client may take to send the head of a request."""
STALL_SECONDS = 30
"""What it may do nothing for while it sends a body or is sent an answer."""
DRAIN_SECONDS = 10.0
"""What may be left of a body that was refused."""
KEEP_ALIVE_SECONDS = 75
"""Of a connection without a request: longer than proxies keep theirs, so that they close it."""
LONGEST_LINE = 0
"""Characters of a request's first line; 0 is as many as there may be: 100 values to narrow by, in
any script, are more than the 8190 that gunicorn allows otherwise."""
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

log = logging.getLogger(__name__)


def serve(
    archive: Archive, settings: Settings, listening: socket.socket, ready: Callable[[], None]
) -> None:
    """Answer what comes to `listening` until told to stop; `ready` is called before the first
    process is forked. Ends the program: with status 0 where it was told to."""
    with tempfile.TemporaryDirectory(prefix="searchapp-", ignore_cleanup_errors=True) as folder:
        # prometheus_client looks here when it is imported, which `searchapp.web` does.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        from searchapp.web import Serving, create_app

        serving = Serving(Path(folder))
        app = create_app(archive, settings, serving)
        Server(app, archive, settings, serving, listening, ready).run()


class Server(BaseApplication):  # type: ignore[misc]  # it has no types
    """The site as gunicorn wants it."""

    def __init__(
        self,
        site: Any,
        archive: Archive,
        settings: Settings,
        serving: Any,
        listening: socket.socket,
        ready: Callable[[], None],
    ) -> None:
        self.site = site
        self.archive = archive
        self.settings = settings
        self.serving = serving
        self.listening = listening
        self.ready = ready
        super().__init__()

    def load_config(self) -> None:
        for name, value in _options(self).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.site

    def run(self) -> None:
        Parent(self).run()


def _options(server: Server) -> dict[str, Any]:
    """Everything that gunicorn would otherwise take from the environment, or that differs."""
    from searchapp.web import overload

    settings = server.settings
    return {
        "bind": [],
        "workers": settings.processes or os.cpu_count() or 1,
        "worker_class": Process,
        "logger_class": Log,
        "threads": overload.threads(settings),
        "preload_app": True,
        "timeout": math.ceil(settings.hang_seconds),
        # The parent kills what is left after the processes have cut off what was under way.
        "graceful_timeout": math.ceil(settings.stop_seconds) + 5,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_line": LONGEST_LINE,
        # Nothing of what a client says is believed here: `web.proxy` decides that.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "when_ready": lambda _parent: _ready(server),
        "child_exit": lambda _parent, worker: _gone(worker.pid),
    }


def _ready(server: Server) -> None:
    server.ready()
    # What is there now is there for good: collecting it would copy it into each process.
    gc.collect()
    gc.freeze()


def _gone(pid: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


class Parent(Arbiter):  # type: ignore[misc]
    """Keeps the processes going. It takes the socket it is given, and Ctrl+C as SIGTERM."""

    def start(self) -> None:
        kind = TCP6Socket if self.app.listening.family == socket.AF_INET6 else TCPSocket
        address = self.app.listening.getsockname()
        self.LISTENERS = [kind(address, self.cfg, self.log, fd=self.app.listening.detach())]
        super().start()

    def spawn_worker(self) -> int:
        """A signal that comes while the child still has the parent's handlers would be lost; and a
        child that ends must not clean up what is its parent's."""
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            return int(super().spawn_worker())
        except SystemExit as ended:
            if os.getpid() != parent:
                os._exit(ended.code if isinstance(ended.code, int) else 1)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def murder_workers(self) -> None:
        """Every second: also go on to the newest commit, so that files which were replaced are let
        go and a new process has nothing to open."""
        super().murder_workers()
        with contextlib.suppress(SearchError, OSError):
            self.app.archive.engine.generation()

    def handle_int(self) -> None:
        self.handle_term()

    def handle_usr2(self) -> None:
        """Another server in this one's place would need a port of its own."""

    def stop(self, graceful: bool = True) -> None:
        """Refuse connections at once, in all processes: they share the socket."""
        for listener in self.LISTENERS:
            with contextlib.suppress(OSError):
                listener.sock.shutdown(socket.SHUT_RD)
        super().stop(graceful)


class Process(ThreadWorker):  # type: ignore[misc]
    """One that answers."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._heads: dict[Any, float] = {}  # connections whose head is being read, until when

    def init_signals(self) -> None:
        """Ctrl+C reaches every process of a terminal; what is to be done is the parent's say."""
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Finish what is under way, for so long."""
        if self.alive:
            self.app.serving.stopping.set()
            seconds = self.app.settings.stop_seconds
            cut = threading.Timer(seconds, self._cut_off)
            cut.daemon = True
            cut.start()
        super().handle_exit(sig, frame)

    def _cut_off(self) -> None:
        seconds = self.app.settings.stop_seconds
        log.warning("%d connections were cut off after %g s (stop_seconds)", self.nr_conns, seconds)
        os._exit(0)

    def run(self) -> None:
        """Ends without waiting for threads: nothing is under way in them, save a run of indexing,
        which goes with its process."""
        super().run()
        logging.shutdown()
        os._exit(0)

    def accept(self, listener: Any) -> None:
        try:
            super().accept(listener)
        except OSError:  # the parent has closed the door already
            if self.alive and not _is_shut(listener):
                raise

    def handle(self, conn: Any) -> Any:
        self._heads[conn] = time.monotonic() + HEAD_SECONDS
        if not conn.initialized:
            _limit_stalls(conn.sock)
        try:
            return super().handle(conn)
        finally:
            self._heads.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        self._heads.pop(conn, None)
        try:
            return super().handle_request(req, conn)
        except BlockingIOError:  # it stalled
            raise StopIteration from None

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """What was refused for its size is read all the same, up to twice what would be taken: who
        still sends does not look for an answer. More is cut off."""
        if not keepalive:
            return False
        until = time.monotonic() + DRAIN_SECONDS
        most = 2 * self.app.settings.max_upload_bytes
        return bool(conn.parser.finish_body(deadline=until, max_bytes=most))

    def murder_pending(self) -> None:
        """Every second: also close connections that keep a thread with half a head."""
        super().murder_pending()
        now = time.monotonic()
        for conn, until in list(self._heads.items()):
            if now > until:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)


class Log(Logger):  # type: ignore[misc]
    """gunicorn's words, where all others go; requests are told by `web.observing`."""

    def setup(self, cfg: Any) -> None:
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: see the class."""


def _limit_stalls(sock: socket.socket) -> None:
    """The system's own limits: a timeout of Python's would make every read and write two calls."""
    limit = struct.pack("ll", STALL_SECONDS, 0)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, limit)


def _is_shut(listener: Any) -> bool:
    return not listener._is_listening(listener.sock)
