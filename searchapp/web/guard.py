"""What forms of the pages have to pass: they are ours, and not too large.

What changes something is a POST, and each passes `Access.check`, which knows who may change what,
and `Guard.check` before its view is asked, so that no view can forget it: the page it comes from is
ours (Fetch metadata, as Go's `net/http.CrossOriginProtection` reads it), and it carries a token of
the sender's session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, g, redirect, request
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from searchapp.access import Access
from searchapp.access.needs import SAFE, is_api
from searchapp.access.whence import is_from_our_page
from searchapp.keys import ADMIN, WRITE
from searchapp.read import human
from searchapp.said import Said
from searchapp.settings import Settings
from searchapp.web import sessions

SMALL_BODY = 64 * 1024
"""Bytes of a form without files."""
LARGE_BODIES = frozenset({"upload"})
"""The views that take files."""
ENVELOPE = 1024 * 1024
"""What the parts of an upload may have around the files."""
MOST_FILES = 5000


class NotOurForm(Forbidden):
    """A form that another page sent, or that is too old."""

    name = Said("This form cannot be used any more")
    description = Said(
        "Nothing was changed. The form did not come from a page of this site that is open in this "
        "browser, or was opened too long ago. Go back, load the page again and send it once more; "
        "the browser must accept the cookie of this site."
    )


class TooLarge(RequestEntityTooLarge):
    name = Said("This is too much")
    description = Said("Nothing was changed: a form holds {number} KB.", number=SMALL_BODY // 1024)


def register(app: Flask, guard: Guard) -> None:
    sessions.register(app, guard.settings.beside("secret"))
    app.before_request(guard.check)
    app.after_request(_private)
    app.add_url_rule("/sign-in", "sign_in", guard.sign_in)


@dataclass(frozen=True, slots=True)
class Guard:
    """Turns away forms that are not ours, or too large; whom it turns away, `access` says."""

    settings: Settings
    access: Access

    def require(self, local: bool = False) -> None:
        """Raises what tells the sender why nothing can be changed; `local`: no folder of this
        machine named."""
        self.access.require_change(ADMIN if local else WRITE)

    def check(self) -> None:
        """Before any view, after `Access.check`: see the module. The API has no forms, and a path
        or method without a view is not looked at."""
        if request.method in SAFE or request.routing_exception is not None or is_api():
            return
        if not is_from_our_page(request.headers, request.host):
            raise NotOurForm
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
        return Editing(self.access)


@dataclass(frozen=True, slots=True)
class Editing:
    """What templates ask, to know which forms to show."""

    _access: Access

    @property
    def allowed(self) -> bool:
        """Whether forms work for who reads this page."""
        return self._access.may_change()

    @property
    def folders(self) -> bool:
        """Whether folders of the machine may be named."""
        return self._access.may_change(ADMIN)

    @property
    def can_sign_in(self) -> bool:
        """Whether a link to `/sign-in?next=…` would help."""
        return self._access.can_sign_in()

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
