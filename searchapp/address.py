"""A search and its URL: the same parameter names for the page `/` and for `/api/v1/search`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from searchapp.model import FACETS, MATCHES, SORTS, BadParameter, Search
from searchapp.settings import Settings

PARAMETERS = (
    "q",
    "match",
    *FACETS,
    *(f"not_{facet}" for facet in FACETS),
    "date_from",
    "date_to",
    "sort",
    "page",
    "per_page",
    "facet_size",
)


class Arguments(Protocol):
    """The decoded parameters of a URL, several values each: werkzeug's `request.args`."""

    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


def parse(arguments: Arguments, settings: Settings, also: Sequence[str] = ()) -> Search:
    """The search that `arguments` ask for; an empty value is as good as none.

    `also` names further parameters the caller reads itself. Raises BadParameter naming the first
    parameter that is unknown or whose value has no meaning.
    """
    for name in arguments:
        if name not in PARAMETERS and name not in also:
            raise BadParameter(name, f"no such parameter; there are {', '.join(PARAMETERS)}")
    search = Search(
        q=_one(arguments, "q"),
        match=_choice(arguments, "match", MATCHES),
        chosen=_values(arguments, ""),
        excluded=_values(arguments, "not_"),
        date_from=_date(arguments, "date_from"),
        date_to=_date(arguments, "date_to"),
        sort=_choice(arguments, "sort", SORTS),
        page=_number(arguments, "page", 1, 1, 10**9),
        per_page=_number(arguments, "per_page", settings.per_page, 1, settings.max_per_page),
        facet_size=_number(
            arguments, "facet_size", settings.facet_size, 0, settings.max_facet_size
        ),
    )
    if search.date_from and search.date_to and search.date_from > search.date_to:
        raise BadParameter("date_from", f"{search.date_from} is after date_to {search.date_to}")
    return search


def parameters(search: Search, settings: Settings) -> list[tuple[str, str]]:
    """The canonical parameters of `search`: a fixed order, defaults left out."""
    pairs = [("q", search.q)] if search.q else []
    if search.match != "all":
        pairs.append(("match", search.match))
    for prefix, values in (("", search.chosen), ("not_", search.excluded)):
        for facet in FACETS:
            pairs += [(prefix + facet, value) for value in sorted(values.get(facet, ()))]
    pairs += [
        (name, value.isoformat())
        for name, value in (("date_from", search.date_from), ("date_to", search.date_to))
        if value
    ]
    defaults = (
        ("sort", search.sort, "relevance"),
        ("page", search.page, 1),
        ("per_page", search.per_page, settings.per_page),
        ("facet_size", search.facet_size, settings.facet_size),
    )
    pairs += [(name, str(value)) for name, value, default in defaults if value != default]
    return pairs


def url(path: str, search: Search, settings: Settings, **more: str) -> str:
    """`path` with the canonical parameters of `search`, then `more`."""
    query = urlencode([*parameters(search, settings), *more.items()])
    return f"{path}?{query}" if query else path


def _one(arguments: Arguments, name: str) -> str:
    values = arguments.getlist(name)
    if len(values) > 1:
        raise BadParameter(name, "given more than once")
    return values[0] if values else ""


def _choice(arguments: Arguments, name: str, choices: Sequence[Any]) -> Any:
    value = _one(arguments, name) or choices[0]
    if value not in choices:
        raise BadParameter(name, f"{value!r} is none of {', '.join(choices)}")
    return value


def _values(arguments: Arguments, prefix: str) -> Mapping[str, tuple[str, ...]]:
    chosen = {
        facet: tuple(dict.fromkeys(value for value in arguments.getlist(prefix + facet) if value))
        for facet in FACETS
    }
    return {facet: values for facet, values in chosen.items() if values}


def _date(arguments: Arguments, name: str) -> datetime.date | None:
    value = _one(arguments, name)
    if not value:
        return None
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError as problem:
        raise BadParameter(name, f"{value!r} is not a date like 2001-12-31") from problem


def _number(arguments: Arguments, name: str, default: int, least: int, most: int) -> int:
    value = _one(arguments, name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 9:
        raise BadParameter(name, f"{value!r} is not a whole number")
    if not least <= int(value) <= most:
        raise BadParameter(name, f"{value} is not from {least} to {most}")
    return int(value)
