"""Which scope a request needs: by its endpoint where that is in the table, else by its method."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from searchapp.keys import ADMIN, READ, WRITE

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOTHING = ""
"""What everybody may have, always; and the scope of those who may have nothing else."""
NEEDS: Mapping[str, str] = {
    "static": NOTHING,
    "live": NOTHING,
    "ready": NOTHING,
    "robots": NOTHING,
    "favicon": NOTHING,
    "metrics": ADMIN,
}
"""Endpoint → the scope that all its methods need."""
READS_BY_POST = frozenset({"api.batch"})
"""Endpoints whose POST changes nothing: what they are asked is too long for an address."""


def needed(endpoint: str | None, method: str) -> str:
    """The scope that a request needs. One without a view has no endpoint, and needs nothing."""
    if endpoint is None:
        return NOTHING
    if endpoint in NEEDS:
        return NEEDS[endpoint]
    return READ if method in SAFE or endpoint in READS_BY_POST else WRITE


def is_api() -> bool:
    """Whether this request is for the API, whose problems are JSON; its reference is a page."""
    return f"{request.path}/".startswith("/api/") and request.path != "/api/"
