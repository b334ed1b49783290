"""What is not a page for people: health, and what browsers and crawlers ask for by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

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
Disallow: /sign-in
"""


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    for rule, view in (
        ("/health/live", views.live),
        ("/health/ready", views.ready),
        ("/robots.txt", views.robots),
        ("/favicon.ico", views.favicon),
    ):
        app.add_url_rule(rule, view.__name__, view)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def live(self) -> Response:
        return jsonify(status="ok")

    def ready(self) -> Response:
        """Ready is when a search can be answered; an index that cannot be opened is a 503."""
        self.site.archive.is_empty()
        return jsonify(status="ok")

    def robots(self) -> Response:
        return Response(ROBOTS, mimetype="text/plain")

    def favicon(self) -> AnyResponse:
        return redirect(self.site.static("favicon.svg"))
