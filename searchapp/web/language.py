"""The language of the pages: the reader's choice, else what the browser prefers, else English.

Texts of templates are translated by Flask-Babel from `searchapp/translations`. Texts that stages
below make carry what they were made of (`Said`), so that no stage knows of languages.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, negotiate_locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, Response, abort, g, redirect, request
from flask_babel import Babel, get_locale, get_translations
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
REMEMBERED = 10_000
"""Numbers and days that are kept as written: a page has some 200, and Babel takes 20 µs for one."""

UNSEEN = {"hide": Markup('<span class="unseen">'), "show": Markup("</span>")}
"""Around what a phrase has for those alone who do not see the page. It is a part of the phrase,
since other languages have other orders: `_("not%(hide)s %(value)s%(show)s", …, **unseen)`."""


def register(app: Flask, site: Site) -> None:
    translations = Path(__file__).resolve().parents[1] / "translations"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["BABEL_DEFAULT_LOCALE"] = ENGLISH
    Babel(app, locale_selector=_wanted)
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
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
            COOKIE,
            code,
            max_age=YEAR,
            path=f"{request.script_root}/",
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
        return response


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a page; `code` is that of its locale: `en_GB`."""

    locale: Locale
    code: str
    translations: NullTranslations


def spoken() -> Spoken:
    """That of the page that is being made. It is found once for each: templates ask some 500
    times, and Flask-Babel takes 5 µs to answer."""
    found: Spoken | None = g.get("spoken")
    if found is None:
        locale = get_locale()
        assert locale is not None
        found = g.spoken = Spoken(locale, str(locale), get_translations())
    return found


def gettext(text: str) -> str:
    return str(spoken().translations.ugettext(text))


def ngettext(singular: str, plural: str, count: int) -> str:
    return str(spoken().translations.ungettext(singular, plural, count))


def number(count: int) -> str:
    """`14,668`."""
    return _number(spoken().code, count)


def counted(count: int, noun: str) -> str:
    """`1 article`, `14,668 articles`; of articles, countries, people or topics."""
    n = number(count)
    match noun:
        case "country":
            return ngettext("%(n)s country", "%(n)s countries", count) % {"n": n}
        case "person":
            return ngettext("%(n)s person", "%(n)s people", count) % {"n": n}
        case "topic":
            return ngettext("%(n)s topic", "%(n)s topics", count) % {"n": n}
    return ngettext("%(n)s article", "%(n)s articles", count) % {"n": n}


def noun(count: int, facet: str) -> str:
    """What `count` values of a facet are called: `country`, `countries`."""
    match facet:
        case "country":
            return ngettext("country", "countries", count)
        case "person":
            return ngettext("person", "people", count)
    return ngettext("topic", "topics", count)


def names(facet: str) -> str:
    """The heading of a facet."""
    match facet:
        case "country":
            return gettext("Countries")
        case "person":
            return gettext("People")
    return gettext("Topics")


def day(date: datetime.date) -> str:
    """`3 July 2000`."""
    return dated(date, "long")


def dated(date: datetime.date, form: str) -> str:
    """The parts of a day that a pattern of Unicode's CLDR names: `LLLL y` is `July 2000`."""
    return _dated(spoken().code, date, form)


@lru_cache(REMEMBERED)
def _number(locale: str, count: int) -> str:
    return format_decimal(count, locale=locale)


@lru_cache(REMEMBERED)
def _dated(locale: str, date: datetime.date, form: str) -> str:
    return format_date(date, form, locale)


def named(label: str, facet: str, value: str) -> str:
    """What a facet value is called in the language of the page: countries have names in each, and
    days are said by a stage below."""
    locale = spoken().locale
    if facet != "country" or locale.language == "en":
        return said(label)
    return str(locale.territories.get(value, label))


def in_language(code: str | None) -> Markup:
    """What an element has to say of its language where a document, in another than the page, is
    quoted in it. A document may name any."""
    if code is None or not code.isalpha() or code == spoken().locale.language:
        return Markup()
    return Markup(' lang="{}"').format(code)


def in_english(facet: str, value: str) -> Markup:
    """What an element with the name of a facet value has to say of its language: the topics of the
    IPTC have English names alone."""
    is_ours = facet == "topic" and value.startswith("medtop:")
    return in_language("en" if is_ours else None)


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
    locale = spoken().locale
    return {
        "LANGUAGES": LANGUAGES,
        "language": locale.language,
        "direction": locale.text_direction,
        "in_english": in_english,
        "in_language": in_language,
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
