"""The HTML pages: every state is one GET address, and every page works without JavaScript.

`create_app` puts together what the modules beside this one register: `site` is what they share,
`present` what templates show; `searchapp.access` says who may read and change something, `guard`
which forms are ours, and both are asked before any view.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from searchapp import __version__, access, api
from searchapp.access.needs import is_api
from searchapp.archive import Archive
from searchapp.metrics import Metrics
from searchapp.model import (
    BadParameter,
    BadQuery,
    IndexLocked,
    IndexProblem,
    NoIndex,
    NoSuchArticle,
    SearchError,
    SearchTimeout,
)
from searchapp.said import Said
from searchapp.settings import Settings
from searchapp.web import (
    adding,
    article,
    compression,
    corrections,
    failures,
    feeds,
    guard,
    guide,
    language,
    machines,
    observing,
    overload,
    present,
    proxy,
    reference,
    results,
    values,
)
from searchapp.web.guard import SMALL_BODY
from searchapp.web.site import Serving, Site, rendered

__all__ = ["SMALL_BODY", "Serving", "create_app"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

PROBLEMS: tuple[tuple[type[SearchError], int, Said], ...] = (
    (BadParameter, 400, Said("This address does not make sense")),
    (BadQuery, 400, Said("This search is too much")),
    (NoSuchArticle, 404, Said("No such article")),
    (SearchTimeout, 503, Said("This search took too long")),
    (IndexLocked, 503, Said("Somebody else is writing")),
    (NoIndex, 503, Said("Nothing has been indexed yet")),
    (IndexProblem, 503, Said("The index cannot be used")),
    (SearchError, 500, Said("Something went wrong")),
)
"""Status and heading of each error; the first that fits counts."""

REFUSALS = {
    400: (
        Said("Bad Request"),
        Said("The browser (or proxy) sent a request that this server could not understand."),
    ),
    404: (Said("Not Found"), ""),
    405: (
        Said("Method Not Allowed"),
        Said("The method is not allowed for the requested URL."),
    ),
    500: (Said("Internal Server Error"), ""),
}
"""Heading and text of what Werkzeug refuses in its own words; the template has those left empty."""


class Application(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of what answers is a coroutine, which Flask asks of a dozen functions each time."""
        return func


def create_app(archive: Archive, settings: Settings, serving: Serving | None = None) -> Flask:
    """The whole site: HTML pages, static files and the JSON API over `archive`.

    `serving` is said where several processes answer: they are forked from the one that calls this.
    """
    app = Application("searchapp", root_path=str(_package()), template_folder=str(_templates()))
    # An article's id may hold anything, `//` too.
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = api.ArticleId
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = datetime.timedelta(days=365)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(present.FILTERS)
    compression.register(app)
    serving = serving or Serving()
    who = access.register(app, settings)
    site = Site(archive, settings, _static_version(), guard.Guard(settings, who), serving)
    app.context_processor(site.context)
    guard.register(app, site.guard)
    for module in (
        *(language, results, article, feeds, guide, values),
        *(corrections, failures, adding, reference),
    ):
        module.register(app, site)
    metrics = Metrics(lambda: machines.index_of(archive), serving.folder)
    machines.register(app, site, metrics)
    api.register(app, archive, settings)
    overload.register(app, settings)
    proxy.register(app, settings.trusted_proxies)
    observing.register(app, settings, metrics)
    app.register_error_handler(SearchError, search_error)
    app.register_error_handler(HTTPException, http_error)
    app.after_request(_secured)
    return app


def search_error(error: SearchError) -> Response:
    g.failed = error
    if is_api():
        return api.failed(error)
    status, heading = next(
        (status, heading) for kind, status, heading in PROBLEMS if isinstance(error, kind)
    )
    return rendered("problem.html", status, heading=heading, error=error)


def http_error(error: HTTPException) -> AnyResponse:
    """Also what an unexpected exception becomes, after Flask has logged it."""
    if is_api() and not isinstance(error, RequestRedirect):
        return api.failed(error)
    response = error.get_response()
    if response.status_code >= 400:
        own = (error.name, error.description)
        heading, description = (
            own if isinstance(error.name, Said) else REFUSALS.get(error.code or 0, own)
        )
        response.data = rendered(
            "problem.html", heading=heading, description=description, error=error
        ).data
    return response


def _package() -> Path:
    return Path(__file__).resolve().parents[1]


def _templates() -> Path:
    """Inside the package once installed, beside it in a checkout."""
    installed = _package() / "templates"
    return installed if installed.is_dir() else _package().parent / "templates"


def _static_version() -> str:
    """Changes with the static files, so that browsers may keep them for a year."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted((_package() / "static").rglob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _secured(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
