"""What people and programs are told who may not do what they asked for."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    Forbidden,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)

from searchapp.said import Said

REALM = "searchapp"

# --- pages --------------------------------------------------------------------------------------


class NotAllowed(Forbidden):
    """Changes are not for everybody."""

    name = Said("This cannot be changed from here")
    description = Said(
        "Articles are added and corrected on the machine that searchapp runs on, at an address "
        "like http://127.0.0.1:8000, or with a key where its owner has set one (edit_key)."
    )


class NotReadable(Forbidden):
    """Others may not read, and no key would help."""

    name = Said("This site cannot be read from here")
    description = Said(
        "It is for the machine that searchapp runs on, at an address like http://127.0.0.1:8000. "
        "Its owner decides whether others may read it (access)."
    )


class KeyNeeded(Unauthorized):
    """Reading takes a key."""

    name = Said("A key is needed")
    description = Said(
        "To read this site, load this page again and give a key as password, with any user name. "
        "The owner of the site has it (searchapp keys)."
    )


class NotSignedIn(Unauthorized):
    """Changing something takes a key."""

    name = Said("The key is needed")
    description = Said(
        "To change something here, load this page again and give the key as password, with any "
        "user name. The owner of the site has it (edit_key, or searchapp keys)."
    )


class KeyTooSmall(Forbidden):
    """The key is right, and not for this."""

    name = Said("This key does not allow that")
    description = Said("It takes a key with a larger scope, which the owner of the site has.")


class TooManyTries(TooManyRequests):
    name = Said("Too many wrong keys")
    description = Said("Wait a minute, then try again.")


class TooManyAsked(TooManyRequests):
    """More requests than `rate_limit` allows."""

    name = Said("Too many requests")
    description = Said("This is more than one reader may ask for in this time. Wait a little.")


class KeysUnreadable(ServiceUnavailable):
    """No key can be looked at; only the log says which file is to blame, and of what."""

    problem = "keys_unreadable"
    name = Said("No key can be checked")
    description = Said("The keys of this site cannot be read. The log of the server says why.")


def asks_for_password(realm: str = REALM) -> WWWAuthenticate:
    return WWWAuthenticate("basic", {"realm": realm, "charset": "UTF-8"})


# --- the API ------------------------------------------------------------------------------------


def no_token(scope: str) -> Unauthorized:
    """RFC 6750, section 3: a challenge without an error, where no token was given."""
    return Unauthorized(
        f"this takes a key with the scope {scope}, sent as Authorization: Bearer TOKEN; "
        "`searchapp keys create` makes one",
        www_authenticate=_bearer(),
    )


def wrong_token(reason: str) -> Unauthorized:
    return Unauthorized(
        reason, www_authenticate=_bearer(error="invalid_token", error_description=reason)
    )


class ScopeTooSmall(Forbidden):
    """RFC 6750, section 3.1, which werkzeug has no header for beside 403."""

    def __init__(self, held: str, scope: str) -> None:
        super().__init__(f"this takes a key with the scope {scope}, and this one has {held}")
        self._challenge = _bearer(error="insufficient_scope", scope=scope)

    def get_headers(self, *given: Any, **named: Any) -> list[tuple[str, str]]:
        return [
            *super().get_headers(*given, **named),
            ("WWW-Authenticate", self._challenge.to_header()),
        ]


def another_site() -> Forbidden:
    return Forbidden("the page of another site may change nothing here without a key")


def nothing_changes() -> Forbidden:
    return Forbidden("nothing can be changed over HTTP here (editing is off)")


def form_can_send(kind: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(
        f"a body of the type {kind or 'none'} could come from a form of another site; send "
        "application/json, or application/jsonl for lines"
    )


def _bearer(**more: str) -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": REALM, **more})
