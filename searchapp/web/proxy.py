"""What proxies in front of the server say of a request: its client, scheme, host and prefix.

Only as many are believed as the owner says there are (`trusted_proxies`). Who is on this machine
(`guard.is_local`) goes by the headers themselves, which stay: what was forwarded is never local.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

PREFIX = "HTTP_X_FORWARDED_PREFIX"
_SANE_PREFIX = re.compile(r"(/[\w.~-]+)+", re.ASCII)


def register(app: Flask, trusted: int) -> None:
    """Believe the last `trusted` proxies."""
    if trusted:
        fixed = ProxyFix(app.wsgi_app, trusted, trusted, trusted, x_prefix=trusted)
        app.wsgi_app = Prefixed(fixed)  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Prefixed:
    """Hands requests on, with a prefix as links are made of it: `/news` for `/news/`, and none
    that is no path, as `//elsewhere.example` would be a link to another site."""

    wrapped: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if given := environ.get(PREFIX):
            parts = [part.strip().rstrip("/") for part in given.split(",")]
            environ[PREFIX] = ",".join(p if _SANE_PREFIX.fullmatch(p) else "" for p in parts)
        return self.wrapped(environ, start_response)
