"""An Atom feed of any search (RFC 4287), and how a browser adds this site as a search engine."""

from __future__ import annotations

import datetime
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace

from flask import Flask, Response, request
from flask_babel import gettext

from searchapp import highlight
from searchapp.model import FACETS, Hit, Page, Search
from searchapp.web.language import counted, label_of
from searchapp.web.present import article_path
from searchapp.web.site import Site, here

ATOM = "http://www.w3.org/2005/Atom"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
ENTRIES = 25
UNDATED = datetime.date(1970, 1, 1)
"""An entry must have a day."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/feed.atom", "feed", views.feed)
    app.add_url_rule("/opensearch.xml", "opensearch", views.opensearch)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def feed(self) -> Response:
        """The articles of a search in its order; `per_page` of them, or ENTRIES."""
        search = self.site.search()
        if "per_page" not in request.args:
            search = replace(search, per_page=min(ENTRIES, self.site.settings.max_per_page))
        page = self.site.run(search)
        return _xml(self._atom(page), "application/atom+xml")

    def _atom(self, page: Page) -> ET.Element:
        search = replace(page.search, per_page=self.site.settings.per_page)
        shown = _absolute(self.site.url(search))
        feed = ET.Element("feed", {"xmlns": ATOM})
        _add(feed, "id", shown)
        _add(feed, "title", _title(page))
        days = [hit.date for hit in page.hits if hit.date]
        _add(feed, "updated", _moment(max(days, default=UNDATED)))
        ET.SubElement(feed, "link", rel="self", href=_absolute(request.script_root + here()))
        ET.SubElement(feed, "link", rel="alternate", type="text/html", href=shown)
        author = ET.SubElement(feed, "author")
        _add(author, "name", "searchapp")
        for hit in page.hits:
            feed.append(self._entry(hit, search))
        return feed

    def _entry(self, hit: Hit, search: Search) -> ET.Element:
        entry = ET.Element("entry")
        path = self.site.url(Search(), article_path(hit.id))
        _add(entry, "id", _absolute(path))
        _add(entry, "title", hit.title.text)
        _add(entry, "updated", _moment(hit.date or UNDATED))
        asked = self.site.url(Search(q=search.q, match=search.match), article_path(hit.id))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=_absolute(asked))
        if hit.byline or hit.source:
            author = ET.SubElement(entry, "author")
            _add(author, "name", hit.byline or hit.source or "")
        for facet in FACETS:
            for tag in hit.tags.of(facet):
                ET.SubElement(entry, "category", term=_sound(tag.value), label=_sound(tag.label))
        summary = _add(entry, "summary", " … ".join(highlight.to_html(p) for p in hit.passages))
        summary.set("type", "html")
        return entry

    def opensearch(self) -> Response:
        """OpenSearch 1.1: where this site is searched, and where it suggests."""
        root = ET.Element("OpenSearchDescription", {"xmlns": OPENSEARCH})
        _add(root, "ShortName", "searchapp")
        _add(root, "Description", gettext("Search these articles"))
        _add(root, "InputEncoding", "UTF-8")
        icon = _add(root, "Image", _absolute(self.site.static("favicon.svg")))
        icon.set("type", "image/svg+xml")
        template = _absolute(f"{request.script_root}/") + "?q={searchTerms}"
        ET.SubElement(root, "Url", type="text/html", template=template)
        feed = _absolute(f"{request.script_root}/feed.atom") + "?q={searchTerms}&sort=newest"
        ET.SubElement(root, "Url", type="application/atom+xml", template=feed)
        return _xml(root, "application/opensearchdescription+xml")


def _title(page: Page) -> str:
    asked = label_of(page.search, page.chosen) or counted(page.total, "article")
    return f"{asked} – searchapp"


def _absolute(path: str) -> str:
    """The address of a path from the root of the host."""
    return request.host_url.rstrip("/") + path


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _sound(text)
    return element


def _sound(text: str) -> str:
    """`text` without the characters that no XML may have."""
    return _NOT_XML.sub("\ufffd", text)


def _moment(date: datetime.date) -> str:
    return f"{date.isoformat()}T00:00:00Z"


def _xml(root: ET.Element, mimetype: str) -> Response:
    ET.indent(root)
    data = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(data, mimetype=mimetype)
