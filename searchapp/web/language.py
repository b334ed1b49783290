"""The language of the pages: the reader's choice, else what the browser prefers, else English.

Texts of templates are translated by Flask-Babel from `searchapp/translations`. Texts that stages
below make carry what they were made of (`Said`), so that no stage knows of languages.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import negotiate_locale
from flask import Flask, Response, abort, redirect, request
from flask_babel import Babel, format_decimal, get_locale, gettext, ngettext
from flask_babel import format_date as localised_date
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from searchapp.model import Chosen, Search
from searchapp.said import Label, Piece, Said, Value
from searchapp.web.site import Site

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Those that all texts are there in, each by its own name."""

COOKIE = "language"
YEAR = 365 * 24 * 60 * 60
ENGLISH = "en_GB"
"""Which writes 3 July 2000."""

UNSEEN = {"hide": Markup('<span class="unseen">'), "show": Markup("</span>")}
"""Around what a phrase has for those alone who do not see the page. It is a part of the phrase,
since other languages have other orders: `_("not%(hide)s %(value)s%(show)s", …, **unseen)`."""


def register(app: Flask, site: Site) -> None:
    translations = Path(__file__).resolve().parents[1] / "translations"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["BABEL_DEFAULT_LOCALE"] = ENGLISH
    Babel(app, locale_selector=_wanted)
    app.jinja_env.filters.update(
        counted=counted, day=day, named=named, noun=noun, number=number, said=said
    )
    app.context_processor(_context)
    app.add_url_rule("/language/<code>", "language", Views(site).language)
    app.after_request(_varying)


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def language(self, code: str) -> AnyResponse:
        """Remember the language, and go back to the page `to` of this site."""
        if code not in LANGUAGES:
            abort(404)
        to = request.args.get("to", "/")
        inside = to.startswith("/") and not to.startswith(("//", "/\\"))
        response = redirect(request.script_root + (to if inside else "/"), 303)
        response.set_cookie(
            COOKIE, code, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
        return response


def number(count: int) -> str:
    """`14,668`."""
    return str(format_decimal(count))


def counted(count: int, noun: str) -> str:
    """`1 article`, `14,668 articles`; of articles, countries, people or topics."""
    n = number(count)
    match noun:
        case "country":
            return str(ngettext("%(n)s country", "%(n)s countries", count, n=n))
        case "person":
            return str(ngettext("%(n)s person", "%(n)s people", count, n=n))
        case "topic":
            return str(ngettext("%(n)s topic", "%(n)s topics", count, n=n))
    return str(ngettext("%(n)s article", "%(n)s articles", count, n=n))


def noun(count: int, facet: str) -> str:
    """What `count` values of a facet are called: `country`, `countries`."""
    match facet:
        case "country":
            return str(ngettext("country", "countries", count))
        case "person":
            return str(ngettext("person", "people", count))
    return str(ngettext("topic", "topics", count))


def names(facet: str) -> str:
    """The heading of a facet."""
    match facet:
        case "country":
            return str(gettext("Countries"))
        case "person":
            return str(gettext("People"))
    return str(gettext("Topics"))


def day(date: datetime.date) -> str:
    """`3 July 2000`."""
    return str(localised_date(date, "long"))


def named(label: str, facet: str, value: str) -> str:
    """What a facet value is called in the language of the page: countries have names in each, and
    days are said by a stage below."""
    locale = get_locale()
    if facet != "country" or locale is None or locale.language == "en":
        return said(label)
    return str(locale.territories.get(value, label))


def in_english(facet: str, value: str) -> Markup:
    """What an element with the name of a facet value has to say of its language: the topics of the
    IPTC have English names alone."""
    locale = get_locale()
    is_ours = facet == "topic" and value.startswith("medtop:")
    foreign = is_ours and locale is not None and locale.language != "en"
    return Markup(' lang="en"') if foreign else Markup()


def label_of(search: Search, chosen: Sequence[Chosen]) -> str:
    """A short name of a search: its words, then its filters. Empty for all articles."""
    filters = (
        f"{'−' if each.excluded else ''}{named(each.label, each.facet, each.value)}"
        for each in chosen
    )
    return ", ".join(part for part in (search.q, *filters) if part)


def said(text: str) -> str:
    """A text of a stage below in the language of the page, where it carries what it was made of."""
    return text.translated(gettext, ngettext, written) if isinstance(text, Said) else text


def pieces(text: Said) -> tuple[Piece, ...]:
    """The same with what is to stand out told apart."""
    return text.pieces(gettext, ngettext, written)


def written(value: Value) -> str:
    if isinstance(value, Label):
        return named(str(value), value.facet, value.value)
    if isinstance(value, datetime.date):
        return day(value)
    return number(value) if isinstance(value, int) else str(value)


def _wanted() -> str:
    chosen = request.cookies.get(COOKIE, "")
    if chosen not in LANGUAGES:
        preferred = request.accept_languages.values()
        chosen = negotiate_locale(preferred, list(LANGUAGES), sep="-") or "en"
    return ENGLISH if chosen == "en" else chosen


def _context() -> dict[str, Any]:
    locale = get_locale()
    assert locale is not None
    return {
        "LANGUAGES": LANGUAGES,
        "language": locale.language,
        "direction": locale.text_direction,
        "in_english": in_english,
        "label_of": label_of,
        "names": names,
        "pieces": pieces,
        "unseen": UNSEEN,
    }


def _varying(response: Response) -> Response:
    """A cache must not give one reader the page in the language of another."""
    if response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
    return response
