"""Who may do what over HTTP: which scope the sender of a request has and why, and what is needed.

Every request passes `Access.check` before its view is asked, so that no view can forget it. A
sender has a scope for being on this machine, for a key, or because everybody may read; a request
needs one by its endpoint, or else by its method. The pages ask `Access` again for what they show.
"""

from __future__ import annotations

import datetime
import enum
import hmac
import time
from dataclasses import dataclass, field, replace

from flask import Flask, g, request

from searchapp import keys
from searchapp.access import cors, rates, refusals
from searchapp.access.needs import NOTHING, SAFE, is_api, needed
from searchapp.access.tries import Tries
from searchapp.access.whence import household, is_from_our_page, is_local, listens_here_alone
from searchapp.keys import ADMIN, READ, WRITE, Key, Ring
from searchapp.model import BadSettings, KeysProblem
from searchapp.settings import Settings

OF_FORMS = frozenset({"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""Media types of a body that a page of another site can send without asking first (Fetch, "CORS-
safelisted request-header"), and none at all, which a Blob without a type has."""


class Why(enum.Enum):
    """What gives a sender the scope."""

    LOCAL = "on this machine"
    KEY = "with a key"
    EDIT_KEY = "with edit_key"
    OPEN = "everybody may read"
    NOTHING = "nothing does"


class Wrong(enum.Enum):
    """What is wrong with the key that was given."""

    UNKNOWN = "this key is not known here, or was revoked"
    EXPIRED = "this key has expired"
    TOO_OFTEN = "too many wrong keys came from this address; wait a minute"
    UNREADABLE = "no key can be checked; the log of the server says why"


@dataclass(frozen=True, slots=True)
class Sender:
    """What is known of who sent a request. Without a `scope` he may do nothing."""

    scope: str
    why: Why
    key: Key | None = None
    wrong: Wrong | None = None
    is_local: bool = False
    """He is on this machine; where everybody needs a key nobody counts as that, since a proxy may
    make strangers look local."""

    def may(self, scope: str) -> bool:
        return scope == NOTHING or (self.scope != NOTHING and keys.includes(self.scope, scope))


def register(app: Flask, settings: Settings) -> Access:
    """What is asked before each request of `app`; before all that may answer it."""
    access = Access(settings, Ring(settings.beside("keys")))
    cors.register(app, settings.cors_origins)
    rates.register(app, settings.rate_limit, settings.beside("rates"), access.counted_as)
    app.before_request(access.check)
    return access


@dataclass(frozen=True, slots=True)
class Access:
    """Says who is asking, and turns away what may not be."""

    settings: Settings
    ring: Ring
    tries: Tries = field(default_factory=Tries)

    def sender(self) -> Sender:
        """The sender of this request."""
        if "sender" not in g:
            g.sender = self._sender()
        sender: Sender = g.sender
        return sender

    def check(self) -> None:
        """Before any view: see the module. A path or method without a view is not looked at."""
        if request.routing_exception is not None:
            return
        scope = needed(request.endpoint, request.method)
        if scope == NOTHING:
            return
        if is_api():
            self._check_api(scope)
        elif request.method in SAFE:
            self.require(scope)
        else:
            self.require_change(scope)

    def counted_as(self) -> str:
        """By what the sender's requests are counted: his key, else his address; empty where they
        are not, on this machine and for what needs nothing."""
        if needed(request.endpoint, request.method) == NOTHING:
            return ""
        sender = self.sender()
        if sender.is_local:
            return ""
        if sender.key:
            return f"key {sender.key.id}"
        return f"address {household(request.remote_addr or '')}"

    # --- pages ----------------------------------------------------------------------------------

    def require(self, scope: str) -> None:
        """Raises what tells a reader why he may not see this."""
        sender = self.sender()
        if sender.may(scope):
            return
        self._raise_wrong(sender)
        if sender.key:
            raise refusals.KeyTooSmall
        if self.has_keys():
            raise refusals.KeyNeeded(www_authenticate=refusals.asks_for_password())
        raise refusals.NotReadable

    def may_change(self, scope: str = WRITE) -> bool:
        """Whether the sender may change what takes that scope."""
        return self.settings.editing != "off" and self.sender().may(scope)

    def can_sign_in(self) -> bool:
        """Whether a key would help the sender to change something."""
        return self.settings.editing != "off" and not self.may_change() and self.has_keys()

    def require_change(self, scope: str = WRITE) -> None:
        """Raises what tells a reader why he can change nothing here."""
        if self.may_change(scope):
            return
        if self.can_sign_in():
            self._raise_wrong(self.sender())
            challenge = refusals.asks_for_password("changes in searchapp")
            raise refusals.NotSignedIn(www_authenticate=challenge)
        raise refusals.NotAllowed

    def has_keys(self) -> bool:
        """Whether there is a key at all that somebody could give."""
        if self.settings.edit_key:
            return True
        try:
            return bool(self.ring.keys())
        except KeysProblem:
            return False

    def _raise_wrong(self, sender: Sender) -> None:
        if sender.wrong is Wrong.TOO_OFTEN:
            raise refusals.TooManyTries(retry_after=int(self.tries.seconds))
        if sender.wrong is Wrong.UNREADABLE:
            raise refusals.KeysUnreadable

    # --- the API --------------------------------------------------------------------------------

    def _check_api(self, scope: str) -> None:
        sender, bearer = self.sender(), _given()[0] == "bearer"
        if sender.wrong and (bearer or not sender.may(scope)):
            self._refuse_token(sender.wrong)
        changes = request.method not in SAFE and scope != READ
        if changes and self.settings.editing == "off":
            raise refusals.nothing_changes()
        if not sender.may(scope):
            if sender.key:
                raise refusals.ScopeTooSmall(sender.key.scope, scope)
            raise refusals.no_token(scope)
        if changes and not bearer:
            _require_own_page()

    def _refuse_token(self, wrong: Wrong) -> None:
        if wrong is Wrong.TOO_OFTEN:
            raise refusals.TooManyTries(wrong.value, retry_after=int(self.tries.seconds))
        if wrong is Wrong.UNREADABLE:
            raise refusals.KeysUnreadable(wrong.value)
        raise refusals.wrong_token(wrong.value)

    # --- who it is ------------------------------------------------------------------------------

    def _sender(self) -> Sender:
        local = self.settings.access != "keys" and is_local(request.environ, self.settings.host)
        kind, token = _given()
        found = self._holder(kind, token, local) if kind else None
        if isinstance(found, Sender):
            return replace(found, is_local=local)
        return replace(self._without_key(local), wrong=found, is_local=local)

    def _without_key(self, local: bool) -> Sender:
        """Where there is an `edit_key`, everybody needs a key to change something: a proxy may make
        strangers look local."""
        if local:
            return Sender(READ if self.settings.edit_key else ADMIN, Why.LOCAL)
        if self.settings.access == "open":
            return Sender(READ, Why.OPEN)
        return Sender(NOTHING, Why.NOTHING)

    def _holder(self, kind: str, token: str, local: bool) -> Sender | Wrong:
        """Who holds the key given. After too many tries an `edit_key`, which may be a word that
        somebody can guess, is not looked at; of the others each right one is as good as ever, so
        that nobody is locked out by a neighbour."""
        address, now = household(request.remote_addr or ""), time.monotonic()
        too_often = self.tries.are_too_many(address, now)
        if kind == "basic" and self.settings.edit_key and not too_often:
            said = token.encode("utf-8", "replace")
            if hmac.compare_digest(said, self.settings.edit_key.encode("utf-8", "replace")):
                return Sender(ADMIN if local else WRITE, Why.EDIT_KEY)
        try:
            key = self.ring.find(token)
        except KeysProblem:
            return Wrong.UNREADABLE
        if key is None:
            if too_often:
                return Wrong.TOO_OFTEN
            self.tries.count(address, now)
            return Wrong.UNKNOWN
        if key.has_expired(datetime.datetime.now(datetime.UTC)):
            return Wrong.EXPIRED
        return Sender(key.scope, Why.KEY, key)


def _given() -> tuple[str, str]:
    """How a key was given, "bearer" or "basic", and the key; two empty texts where none was.

    The API takes one by Basic only to read: a browser sends that by itself, with a form of another
    site as well, and pages that a key opened lead to addresses of the API.
    """
    given = request.authorization
    if given is None:
        return "", ""
    if given.type == "bearer":
        return "bearer", given.token or ""
    if given.type == "basic" and given.password is not None:
        return ("", "") if is_api() and request.method not in SAFE else ("basic", given.password)
    return "", ""


def _require_own_page() -> None:
    """Who needs no key is trusted by where he is, and so is every page in his browser: those of
    other sites are turned away, by what the browser says and by what it would not ask about."""
    if not is_from_our_page(request.headers, request.host):
        raise refusals.another_site()
    has_body = request.content_length != 0 and (
        request.content_length is not None or "Transfer-Encoding" in request.headers
    )
    if has_body and request.mimetype in OF_FORMS:
        raise refusals.form_can_send(request.mimetype)


# --- before a server starts -----------------------------------------------------------------------


def require_decision(settings: Settings) -> None:
    """Raises BadSettings where others could reach the server and nobody has said what they may."""
    if settings.access != "auto" or listens_here_alone(settings.host):
        return
    raise BadSettings(
        f"other machines can reach {settings.host or 'every address'} (host), and nobody has "
        "decided what they may do. Say one of:\n"
        "  --access open   everybody who can reach it may read; to change something takes a key\n"
        "  --access keys   to read takes a key, too\n"
        "or set access in searchapp.toml. A key is made by\n"
        "  searchapp keys create NAME --scope read\n"
        "(docs/keys.md). Without --host it is for this machine alone, and needs no decision."
    )


def advice(settings: Settings) -> str:
    """What is to be said where nobody can get in yet; else nothing. Raises KeysProblem."""
    if settings.access != "keys" or settings.edit_key or keys.load(settings.beside("keys")):
        return ""
    return (
        "nobody can read yet: access is keys, and there is no key. Make one, also while this runs: "
        "searchapp keys create NAME --scope read"
    )
