"""What is not a page for people: health and metrics, and what browsers and crawlers ask for by
themselves."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from searchapp.archive import Archive
from searchapp.metrics import Index, Metrics
from searchapp.model import Query, SearchError
from searchapp.web.site import Site

ROBOTS = """\
User-agent: *
Disallow: /?
Disallow: /article/*?
Disallow: /country/*?
Disallow: /person/*?
Disallow: /topic/*?
Disallow: /facet/
Disallow: /feed.atom
Disallow: /language/
Disallow: /api/
Disallow: /add
Disallow: /corrections
Disallow: /failures
Disallow: /health/
Disallow: /metrics
Disallow: /sign-in
"""


def register(app: Flask, site: Site, metrics: Metrics) -> None:
    views = Views(site, metrics)
    for rule, view in (
        ("/health/live", views.live),
        ("/health/ready", views.ready),
        ("/metrics", views.metrics),
        ("/robots.txt", views.robots),
        ("/favicon.ico", views.favicon),
    ):
        app.add_url_rule(rule, view.__name__, view)


def index_of(archive: Archive) -> Index | None:
    """How the index stands; None where it cannot be used."""
    try:
        return Index(
            archive.engine.rank(Query(), stop=0, size=0).total,
            len(archive.failures()),
            archive.engine.generation(),
            archive.engine.committed(),
        )
    except SearchError:
        return None


@dataclass(frozen=True, slots=True)
class Views:
    site: Site
    exposed: Metrics

    def live(self) -> Response:
        """Alive is a process that answers at all."""
        return jsonify(status="ok")

    def ready(self) -> AnyResponse:
        """Ready is when a search can be answered. Else a 503 with the reason: an index that cannot
        be used, or that the server is about to end."""
        reason = "the server is being stopped" if self.site.serving.stopping.is_set() else ""
        try:
            self.site.archive.is_empty()
        except SearchError as problem:
            reason = str(problem)
        if not reason:
            return jsonify(status="ok")
        response = jsonify(status="unavailable", reason=reason)
        response.status_code = 503
        return response

    def metrics(self) -> Response:
        data, kind = self.exposed.exposition(request.headers.get("Accept", ""))
        return Response(data, content_type=kind)

    def robots(self) -> Response:
        return Response(ROBOTS, mimetype="text/plain")

    def favicon(self) -> AnyResponse:
        return redirect(self.site.static("favicon.svg"))
