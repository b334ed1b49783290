"""Help with the query language: every example is a link to a search; and the page of searches
that the browser keeps."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response
from flask_babel import lazy_gettext as _

from searchapp.model import Search
from searchapp.web.site import Site, rendered


@dataclass(frozen=True, slots=True)
class Example:
    """A query, and what it finds; `text` may be translated."""

    q: str
    text: object


WORDS = (
    Example("gas pipeline", _("articles that have both words, in any form: also “pipelines”")),
    Example("gas OR oil", _("either word, or both")),
    Example("pipeline -Caspian", _("the first word, and not the second; so does “NOT Caspian”")),
    Example("(gas OR oil) pipeline", _("brackets say what belongs together")),
)
PHRASES = (
    Example('"Northern Alliance"', _("these words, one right after the other")),
    Example('"gas pipeline"~5', _("these words in any order, at most five others among them")),
    Example("pipelin*", _("words that begin so")),
    Example("w?rld", _("one letter left open")),
    Example("pipline~", _("words that are one slip away, such as a letter missing")),
)
PLACES = (
    Example("title:missiles", _("in the headline")),
    Example("country:Iran", _("articles about a country, by its name or its code")),
    Example("mentions:Belgium", _("articles that mention a country at all")),
    Example('person:"Ali Shamkhani"', _("a person, in any spelling of the name")),
    Example('topic:"conflict, war and peace"', _("a topic, by its name or its code")),
    Example("source:reuters", _("where it was printed")),
    Example("date:2000..2001", _("from one day, month or year to another")),
    Example("missiles country:Iran -country:Russia", _("all of this combines")),
)
SECTIONS = (
    (_("Words"), WORDS),
    (_("Phrases and forms"), PHRASES),
    (_("In one place"), PLACES),
)


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.add_url_rule("/help", "help", views.help)
    app.add_url_rule("/searches", "searches", views.searches)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def help(self) -> Response:
        return rendered("help.html", sections=SECTIONS, search_for=lambda q: Search(q=q))

    def searches(self) -> Response:
        """Filled by the browser, which alone knows them."""
        return rendered("searches.html")
