"""The page of one article, and the document as it came."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response

from searchapp.model import NoSuchArticle
from searchapp.web.site import Site, rendered


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/article/<id:id>", "article", views.article)
    app.add_url_rule("/article/<id:id>/original", "original", views.original)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def article(self, id: str) -> Response:
        search = self.site.search()
        reading = self.site.archive.read(id, search.q, search.match)
        return rendered("article.html", reading=reading, search=search)

    def original(self, id: str) -> Response:
        """The document as it came, never rendered: it may be hostile HTML."""
        try:
            article = self.site.archive.article(id).article
        except NoSuchArticle:
            return self.article(f"{id}/original")
        data = article.original.encode("utf-8", "replace")
        response = Response(data, content_type="text/plain; charset=utf-8")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        )
        return response
