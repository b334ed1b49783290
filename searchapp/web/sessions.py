"""Sessions in a signed cookie, and the tokens that prove a form to be ours.

A browser gets the cookie when a form is shown to somebody who may use it, and readers never do. The
secret that signs it is a file beside the index, so that all processes that serve an index know it,
and a restart leaves forms that are open usable.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Request, Response

log = logging.getLogger(__name__)

SECRET_BYTES = 32
_OURS = "csrf"


def register(app: Flask, secret_file: Path) -> None:
    """Sessions for `app`; the cookies of two indexes on one machine do not meet."""
    name = hashlib.sha256(os.fsencode(secret_file)).hexdigest()[:8]
    app.config.update(
        SESSION_COOKIE_NAME=f"searchapp-{name}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
    )
    app.session_interface = Sessions(secret_file)


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, with a secret that is read, or made, when it is first needed."""

    def __init__(self, secret_file: Path) -> None:
        self._secret_file = secret_file

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "HTTP_COOKIE" not in request.environ or self.get_cookie_name(app) not in request.cookies:
            return SecureCookieSession()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> Any:
        if app.secret_key is None:
            app.secret_key = secret(self._secret_file)
        return super().get_signing_serializer(app)

    def get_cookie_path(self, app: Flask) -> str:
        """Not for other sites of the same host."""
        return f"{request.script_root}/"

    def get_cookie_secure(self, app: Flask) -> bool:
        """A proxy that says it was asked over https is believed: a lie costs the liar a cookie."""
        return request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"


def secret(path: Path) -> bytes:
    """The secret in the file, made if there is none; readable by its owner only.

    Where it cannot be kept it is this process's own: then a form works with the process that
    showed it.
    """
    try:
        return _read(path) or _make(path)
    except OSError as problem:
        log.warning("%s: cannot be kept (%s)", path, problem.strerror)
        return secrets.token_bytes(SECRET_BYTES)


def _read(path: Path) -> bytes:
    """Empty where there is no file of the right length."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return b""
    return found if len(found) == SECRET_BYTES else b""


def _make(path: Path) -> bytes:
    made = secrets.token_bytes(SECRET_BYTES)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
        if path.exists() and not _read(path):
            path.unlink()  # of another length: damaged
        os.link(new, path)  # unlike a renaming it never replaces what another process made
    except FileExistsError:
        return _read(path) or made
    finally:
        new.unlink(missing_ok=True)
    return made


# --- tokens -------------------------------------------------------------------------------------


def token() -> str:
    """The token for the forms of the page being made. No two pages have the same, so that nothing
    of it can be learned from the size of compressed pages (BREACH)."""
    if "token" not in g:
        if _OURS not in session:
            session[_OURS] = secrets.token_urlsafe(SECRET_BYTES)
        nonce = secrets.token_urlsafe(16)
        g.token = f"{nonce}.{_mac(session[_OURS], nonce)}"
    made: str = g.token
    return made


def is_token(said: str) -> bool:
    """Whether `said` is a token made in the session of this request."""
    own = session.get(_OURS)
    nonce, _, mac = said.partition(".")
    if not isinstance(own, str):
        return False
    return hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(own, nonce).encode())


def _mac(own: str, nonce: str) -> str:
    return hmac.new(own.encode(), nonce.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
