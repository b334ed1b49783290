"""One process with threads, for systems that cannot fork: Windows."""

from __future__ import annotations

import socket
from collections.abc import Callable

import waitress

from searchapp.archive import Archive
from searchapp.settings import Settings
from searchapp.web import SMALL_BODY, create_app, overload


def serve(
    archive: Archive, settings: Settings, listening: socket.socket, ready: Callable[[], None]
) -> None:
    """Answer what comes to `listening`, after `ready` was called."""
    most = max(settings.max_upload_bytes, settings.max_body_bytes)
    may_edit = settings.editing != "off"
    app = create_app(archive, settings)
    ready()
    waitress.serve(
        app,
        sockets=[listening],
        threads=overload.threads(settings),
        ident="searchapp",
        # What a proxy says it forwards for must reach the pages: it makes nobody local.
        clear_untrusted_proxy_headers=False,
        # What is somewhat over gets a page that says so; more is cut off.
        max_request_body_size=2 * most if may_edit else SMALL_BODY,
        _quiet=True,
    )
