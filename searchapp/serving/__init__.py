"""Serving a site for others: several processes where the system can fork, else one with threads."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from searchapp import logs
from searchapp.archive import Archive
from searchapp.model import Search, SearchError
from searchapp.settings import Settings

BACKLOG = 1024
"""Connections that the system keeps until they are accepted."""


def serve(archive: Archive, settings: Settings, announce: Callable[[str], None]) -> None:
    """Answer requests until the process is told to stop (SIGTERM, Ctrl+C).

    `announce` is told the address once connections are taken. Raises SearchError where it cannot
    be listened on.
    """
    listening = listen(settings)
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else settings.host}:{port}"
    logs.set_up(settings)
    archive.run(Search())  # what is loaded on first use is loaded before the first visitor
    if hasattr(os, "fork"):
        from searchapp.serving import forking

        forking.serve(archive, settings, listening, lambda: announce(address))
    else:
        from searchapp.serving import single

        single.serve(archive, settings, listening, lambda: announce(address))


def listen(settings: Settings) -> socket.socket:
    """The socket that connections come to. Raises SearchError."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as problem:
        raise SearchError(f"cannot listen on {host}:{port}: {problem}") from problem
