"""Who may change things from the pages: who is on this machine, or has the key.

Everybody else reads. What changes something is a POST, and each passes `Guard.check` before its
view is asked, so that no view can forget it: the sender may change things, the page it comes from
is ours (Fetch metadata, as Go's `net/http.CrossOriginProtection` reads it), and it carries a token
of the sender's session.
"""

from __future__ import annotations

import enum
import hmac
import ipaddress
import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request
from werkzeug.datastructures import Headers, WWWAuthenticate
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge, TooManyRequests, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from searchapp import api
from searchapp.read import human
from searchapp.said import Said
from searchapp.settings import Settings
from searchapp.web import sessions

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SMALL_BODY = 64 * 1024
"""Bytes of a form without files."""
LARGE_BODIES = frozenset({"upload"})
"""The views that take files."""
ENVELOPE = 1024 * 1024
"""What the parts of an upload may have around the files."""
MOST_FILES = 5000
FORWARDING = frozenset(
    {
        *("FORWARDED", "VIA", "X_REAL_IP", "X_CLIENT_IP", "X_CLUSTER_CLIENT_IP"),
        *("TRUE_CLIENT_IP", "CF_CONNECTING_IP", "X_ORIGINAL_HOST", "X_ORIGINAL_URL"),
    }
)
"""Headers that say a request is somebody else's, besides all that begin with `X-Forwarded`."""

_HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)


class Standing(enum.Enum):
    """What somebody may change."""

    LOCAL = "locally"
    """Everything: it is the machine of the index."""
    KEY = "with the key"
    """Everything but what names folders of that machine."""
    ASKED = "sign in"
    """Nothing until the key is given."""
    NOTHING = "no"


class NotAllowed(Forbidden):
    """Changes are not for everybody."""

    name = Said("This cannot be changed from here")
    description = Said(
        "Articles are added and corrected on the machine that searchapp runs on, at an address "
        "like http://127.0.0.1:8000, or with a key where its owner has set one (edit_key)."
    )


class NotOurForm(Forbidden):
    """A form that another page sent, or that is too old."""

    name = Said("This form cannot be used any more")
    description = Said(
        "Nothing was changed. The form did not come from a page of this site that is open in this "
        "browser, or was opened too long ago. Go back, load the page again and send it once more; "
        "the browser must accept the cookie of this site."
    )


class NotSignedIn(Unauthorized):
    name = Said("The key is needed")
    description = Said(
        "To change something here, load this page again and give the key as password, with any "
        "user name. The owner of the site has it (edit_key)."
    )


class TooLarge(RequestEntityTooLarge):
    name = Said("This is too much")
    description = Said("Nothing was changed: a form holds {number} KB.", number=SMALL_BODY // 1024)


class TooManyTries(TooManyRequests):
    name = Said("Too many wrong keys")
    description = Said("Wait a minute, then try again.")


def register(app: Flask, guard: Guard) -> None:
    sessions.register(app, guard.settings.beside("secret"))
    app.before_request(guard.check)
    app.after_request(_private)
    app.add_url_rule("/sign-in", "sign_in", guard.sign_in)


# --- who is asking --------------------------------------------------------------------------------


def is_local(environ: Mapping[str, Any], host: str) -> bool:
    """Whether a request to a server that listens on `host` comes from this machine, and from a
    browser that knows it does.

    All of it must be of this machine: what the server listens on; the address of the client; and
    the name in the browser's address, since a name of somebody else's may lead here (DNS
    rebinding). A request that a proxy forwards is not, however near the proxy is. One that does
    not say so is told by HTTP 1.0, which no browser speaks and nginx did until 1.29.7.
    """
    return (
        _names_loopback(f"[{host}]" if ":" in host else host)
        and _is_loopback(str(environ.get("REMOTE_ADDR", "")))
        and _names_loopback(str(environ.get("HTTP_HOST", "")))
        and environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and not any(_is_forwarding(name) for name in environ)
    )


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def _names_loopback(host: str) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    return match[1].lower() == "localhost" or _is_loopback(match[1].strip("[]"))


def _is_forwarding(name: str) -> bool:
    header = name.removeprefix("HTTP_")
    return header != name and (header.startswith("X_FORWARDED") or header in FORWARDING)


def is_from_our_page(headers: Headers, host: str) -> bool:
    """Whether a browser says that a page of `host` sent this; what is no browser says nothing."""
    if site := headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    if (origin := headers.get("Origin")) is not None:
        try:
            return urlsplit(origin).netloc.lower() == host.lower() != ""
        except ValueError:
            return False
    return True


# --- the key --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tries:
    """Wrong keys of the last minute, by the address they came from."""

    most: int = 10
    seconds: float = 60.0
    addresses: int = 1000
    _failed: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def are_too_many(self, address: str, now: float) -> bool:
        with self._lock:
            times = self._failed.get(address, deque())
            while times and times[0] <= now - self.seconds:
                times.popleft()
            return len(times) >= self.most

    def count(self, address: str, now: float) -> None:
        with self._lock:
            times = self._failed.pop(address, deque(maxlen=self.most))
            times.append(now)
            self._failed[address] = times  # the last
            if len(self._failed) > self.addresses:
                del self._failed[next(iter(self._failed))]


@dataclass(frozen=True, slots=True)
class Guard:
    """Says who is asking, and turns away what may not be."""

    settings: Settings
    tries: Tries = field(default_factory=Tries)

    def standing(self) -> Standing:
        """That of the sender of this request. Where there is a key, everybody needs it: a proxy may
        make strangers look local."""
        if "standing" not in g:
            g.standing = self._standing()
        standing: Standing = g.standing
        return standing

    def require(self, local: bool = False) -> None:
        """Raises what tells the sender why nothing can be changed; `local`: but on this machine."""
        standing = self.standing()
        if standing is Standing.ASKED:
            if g.get("has_tried_too_much"):
                raise TooManyTries(retry_after=int(self.tries.seconds))
            challenge = WWWAuthenticate(
                "basic", {"realm": "changes in searchapp", "charset": "UTF-8"}
            )
            raise NotSignedIn(www_authenticate=challenge)
        if standing is Standing.NOTHING or (local and standing is not Standing.LOCAL):
            raise NotAllowed

    def check(self) -> None:
        """Before any view: see the module. A path or method without a view is not looked at."""
        if request.method in SAFE or request.routing_exception is not None:
            return
        if request.endpoint in api.READING:
            return
        self.require()
        if not is_from_our_page(request.headers, request.host):
            raise NotOurForm
        if request.blueprint == api.NAME:
            return
        large = request.endpoint in LARGE_BODIES
        most = self.settings.max_upload_bytes + ENVELOPE
        request.max_content_length = most if large else SMALL_BODY
        request.max_form_parts = MOST_FILES + 10 if large else 100
        try:
            token = request.form.get("csrf", "")
        except RequestEntityTooLarge as problem:
            raise TooLarge(_limits(self.settings) if large else None) from problem
        if not sessions.is_token(token):
            raise NotOurForm

    def sign_in(self) -> AnyResponse:
        """Asks for the key, and goes back to the page whose whole path `next` is, one of ours."""
        self.require()
        path = request.args.get("next", "")
        ours = re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", path)
        return redirect(path if ours else f"{request.script_root}/", 303)

    def editing(self) -> Editing:
        return Editing(self)

    def _standing(self) -> Standing:
        settings = self.settings
        if settings.editing == "off":
            return Standing.NOTHING
        local = is_local(request.environ, settings.host)
        if settings.edit_key:
            if not self._has_key():
                return Standing.ASKED
            return Standing.LOCAL if local else Standing.KEY
        return Standing.LOCAL if local else Standing.NOTHING

    def _has_key(self) -> bool:
        given = request.authorization
        if given is None or given.type != "basic" or given.password is None:
            return False
        address, now = request.remote_addr or "", time.monotonic()
        if self.tries.are_too_many(address, now):
            g.has_tried_too_much = True
            return False
        said = given.password.encode("utf-8", "replace")
        right = hmac.compare_digest(said, self.settings.edit_key.encode("utf-8", "replace"))
        if not right:
            self.tries.count(address, now)
        return right


@dataclass(frozen=True, slots=True)
class Editing:
    """What templates ask, to know which forms to show."""

    _guard: Guard

    @property
    def allowed(self) -> bool:
        """Whether forms work for who reads this page."""
        return self._guard.standing() in (Standing.LOCAL, Standing.KEY)

    @property
    def folders(self) -> bool:
        """Whether folders of the machine may be named."""
        return self._guard.standing() is Standing.LOCAL

    @property
    def can_sign_in(self) -> bool:
        """Whether a link to `/sign-in?next=…` would help."""
        return self._guard.standing() is Standing.ASKED

    @property
    def how(self) -> str:
        """“locally”, “with the key”, “sign in” or “no”."""
        return self._guard.standing().value

    def token(self) -> str:
        """The value of the hidden field `csrf` of a form."""
        return sessions.token()


def _limits(settings: Settings) -> Said:
    return Said(
        "Nothing was added: one upload takes {size} (max_upload_bytes) and {files} files. "
        "Send them in parts, or read a folder.",
        size=human(settings.max_upload_bytes),
        files=MOST_FILES,
    )


def _private(response: AnyResponse) -> AnyResponse:
    """A page with a token is for one browser alone."""
    if "token" in g:
        response.headers["Cache-Control"] = "private, no-cache"
    return response
