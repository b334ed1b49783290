"""A search and its URL: the same parameter names for the page `/` and for `/api/v1/search`.

`definitions` is the one account of the parameters: `parse` reads by it, OpenAPI shows it.
"""

from __future__ import annotations

import base64
import datetime
import math
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from searchapp import variants
from searchapp.model import (
    COPIES,
    COUNTRIES,
    FACETS,
    MATCHES,
    MODES,
    ORDERS,
    SORTS,
    BadParameter,
    Cursor,
    Search,
    Sort,
    Tag,
)
from searchapp.said import Said, none_of
from searchapp.settings import Settings


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter: what it means, the JSON Schema of one value, examples by name.

    `many`: may be given several times. An empty value is as good as none.
    """

    name: str
    about: str
    schema: Mapping[str, Any]
    examples: Mapping[str, Any]
    many: bool = False


_KEY = struct.Struct("<di8s?")
_CHECK = struct.Struct("<I")
_TOKEN = f"^[{''.join(sort[0] for sort in SORTS)}][A-Za-z0-9_-]{{34,}}$"
"""A cursor in an URL: the first letter of the order, then score, day, commit, whether the search
was relaxed, id and a checksum."""


def token_of(cursor: Cursor, sort: Sort) -> str:
    """What stands for a cursor of a search in an URL: nothing in it has to be encoded."""
    day = cursor.date.toordinal() if cursor.date else 0
    data = _KEY.pack(cursor.score, day, bytes.fromhex(cursor.commit), cursor.relaxed)
    data += cursor.id.encode()
    data += _CHECK.pack(zlib.crc32(sort[:1].encode() + data))
    return sort[0] + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cursor_of(token: str, sort: Sort) -> Cursor:
    """The cursor that a token stands for. Raises BadParameter where it is none of this order."""
    wrong = BadParameter("cursor", Said("not a `next_cursor` of an answer"), "bad_cursor", token)
    if not re.fullmatch(_TOKEN, token):
        raise wrong
    try:
        data = base64.urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4))
        score, day, commit, relaxed = _KEY.unpack_from(data)
        date = datetime.date.fromordinal(day) if day else None
        id_ = data[_KEY.size : -_CHECK.size].decode()
        cursor = Cursor(score, date, id_, commit.hex() if any(commit) else "", relaxed)
    except (ValueError, OverflowError, struct.error) as problem:
        raise wrong from problem
    order = next(name for name in SORTS if name[0] == token[0])
    if token != token_of(cursor, order) or not math.isfinite(score):
        raise wrong
    if order != sort:
        other = Said(
            "of a search with sort={order}, and this one has {sort}", order=order, sort=sort
        )
        raise BadParameter("cursor", other, "bad_cursor", token)
    return cursor


@cache
def definitions(settings: Settings) -> tuple[Parameter, ...]:
    """Every search parameter, in the order they are documented."""
    date = {"type": "string", "format": "date"}
    return (
        Parameter(
            "q",
            'The query: words, `"phrases"`, `AND` `OR` `NOT`, `-word`, parentheses, `title:`, '
            '`country:Iran`, `mentions:Iran`, `person:"Ali Shamkhani"`, `topic:`, `source:`, '
            '`pipelin*`, `w?rld`, `pipline~1`, `"gas pipeline"~5`, `date:2000..2001`. '
            "Without it, every article.",
            {"type": "string", "maxLength": settings.max_query_chars, "default": ""},
            {"words": "missiles to Iran", "phrase": '"Northern Alliance" -Caspian'},
        ),
        Parameter(
            "match",
            "How words side by side combine. `all`: every word must be there, and when no article "
            "has all of them, those with some are shown and a warning says so. `any`: one is "
            "enough, and more of them rank higher. Operators keep their meaning.",
            {"type": "string", "enum": list(MATCHES), "default": MATCHES[0]},
            {"any": "any"},
        ),
        *_facet_parameters(),
        Parameter(
            "facet_mode",
            "How the chosen values of a facet combine: `person:any` (one is enough, as is without "
            "it) or `person:all` (every one must be there); likewise `country` and `topic`. In "
            "mode `all` the counts of the facet keep what is chosen in it, and say what choosing "
            "one value more would give.",
            {"type": "string", "enum": [f"{facet}:{mode}" for facet in FACETS for mode in MODES]},
            {"together": ["person:all"]},
            True,
        ),
        Parameter(
            "countries",
            "What makes an article one of a country's, for `country`, `not_country` and the counts "
            "of the facet: being `about` it, or having it `mentioned` at all.",
            {"type": "string", "enum": list(COUNTRIES), "default": COUNTRIES[0]},
            {"mentioned": "mentioned"},
        ),
        Parameter(
            "date_from", "The first day; undated articles drop out.", date, _day("2000-01-01")
        ),
        Parameter("date_to", "The last day; undated articles drop out.", date, _day("2000-12-31")),
        Parameter(
            "sort",
            "The order of the hits. Undated articles come last in `newest` and `oldest`.",
            {"type": "string", "enum": list(SORTS), "default": SORTS[0]},
            {"newest": "newest"},
        ),
        Parameter(
            "copies",
            "Whether `all` articles are listed, or copies of one story `grouped` under the first, "
            "whose `similar` says how many others there are. `total` and the counts are of "
            "articles in both. Without it: `all`, and on the search page `grouped`.",
            {"type": "string", "enum": list(COPIES)},
            {"grouped": "grouped"},
        ),
        Parameter(
            "copies_of",
            "Only the article with this `id` and copies of its story, each listed.",
            {"type": "string", "default": ""},
            {"story": "000_8fcf2ceb6fb25fee.txt"},
        ),
        Parameter(
            "page",
            f"Which page, from 1. Pages reach hit {settings.max_depth}; `cursor` goes on.",
            _whole(1, 1, 10**9 - 1),
            {"second": 2},
        ),
        Parameter(
            "per_page",
            "Hits on a page.",
            _whole(settings.per_page, 1, settings.max_per_page),
            {"one": 1},
        ),
        Parameter(
            "facet_size",
            "Values listed in each facet, besides the chosen and excluded ones.",
            _whole(settings.facet_size, 0, settings.max_facet_size),
            {"short": 3},
        ),
        Parameter(
            "cursor",
            "The `next_cursor` of an answer: the hits after those it had, however deep. All other "
            "parameters stay as they were but `per_page` and `facet_size`; `page` is left out.",
            {"type": "string", "pattern": _TOKEN},
            {"next": token_of(Cursor(7.25, datetime.date(2000, 7, 3), "a.txt"), SORTS[0])},
        ),
        Parameter(
            "explain",
            "Whether each hit has an `explanation`: how its score came about.",
            {"type": "boolean", "default": False},
            {"explained": "true"},
        ),
    )


@cache
def similar_limit(settings: Settings) -> Parameter:
    """How many articles like another are asked for."""
    return Parameter(
        "limit", "How many articles.", _whole(10, 1, settings.max_per_page), {"few": 3}
    )


@cache
def value_definitions(settings: Settings) -> tuple[Parameter, ...]:
    """The parameters of a list of one facet's values, besides those of a search."""
    return (
        Parameter(
            "prefix",
            "Only values of which a word begins with this: a word of the label, of another "
            "spelling, or of what else a country is called. Several words stand in a row.",
            {"type": "string", "default": ""},
            {"name": "Sham"},
        ),
        Parameter(
            "contains",
            "Only values whose label, or another spelling, contains this.",
            {"type": "string", "default": ""},
            {"part": "mkhan"},
        ),
        Parameter(
            "order",
            "By `count`, most first, or by `label`, without regard to case and accents.",
            {"type": "string", "enum": list(ORDERS), "default": ORDERS[0]},
            {"alphabet": "label"},
        ),
        Parameter(
            "offset", "How many values to leave out first.", _whole(0, 0, 10**9 - 1), {"x": 2}
        ),
        Parameter(
            "limit", "How many values to list.", _whole(100, 0, settings.max_facet_size), {"x": 5}
        ),
    )


def _facet_parameters() -> list[Parameter]:
    value = {"type": "string"}
    kinds = {
        "country": ("country (ISO 3166-1 alpha-2 code)", {"one": ["IR"], "either": ["IR", "RU"]}),
        "person": ("person (full name)", {"one": ["Ali Shamkhani"]}),
        "topic": (
            "topic (IPTC Media Topic code, or a name of your own)",
            {"one": ["medtop:16000000"]},
        ),
    }
    return [
        *(
            Parameter(
                name,
                f"Only articles with this {kind}; several are alternatives.",
                value,
                examples,
                True,
            )
            for name, (kind, examples) in kinds.items()
        ),
        *(
            Parameter(f"not_{name}", f"No article with this {kind}.", value, examples, True)
            for name, (kind, examples) in kinds.items()
        ),
    ]


def _day(day: str) -> dict[str, str]:
    return {"day": day}


def _whole(default: int, least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


@cache
def suggest_definitions(settings: Settings) -> tuple[Parameter, ...]:
    """The parameters of `/api/v1/suggest`."""
    return (
        Parameter(
            "q",
            "What somebody is typing, as it would be sent as `q` of a search; its end counts.",
            {"type": "string", "maxLength": settings.max_query_chars, "default": ""},
            {"beginning": "russia ira", "in a field": "person:iva"},
        ),
        Parameter("limit", "Suggestions at most.", _whole(10, 1, 50), {"few": 3}),
    )


PARAMETERS = tuple(definition.name for definition in definitions(Settings()))
API_ALONE = ("cursor", "explain")
"""Those that the search page has no use for."""


class Arguments(Protocol):
    """The decoded parameters of a URL, several values each: werkzeug's `request.args`."""

    def getlist(self, key: str) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


class Given:
    """Values by name as such parameters."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    def getlist(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def parse(arguments: Arguments, settings: Settings, also: Sequence[str] = ()) -> Search:
    """The search that `arguments` ask for; an empty value is as good as none.

    `also` names further parameters the caller reads itself. Raises BadParameter naming the first
    parameter that is unknown or whose value has no meaning.
    """
    _check_names(arguments, (*PARAMETERS, *also), PARAMETERS)
    given = read(definitions(settings), arguments)
    token = given.pop("cursor")
    search = Search(
        chosen={facet: given[facet] for facet in FACETS if given[facet]},
        excluded={facet: given[f"not_{facet}"] for facet in FACETS if given[f"not_{facet}"]},
        all_of=_all_of(given["facet_mode"]),
        cursor=cursor_of(token, given["sort"]) if token else None,
        **{d.name: given[d.name] for d in definitions(settings) if not d.many and d.name in given},
    )
    if search.date_from and search.date_to and search.date_from > search.date_to:
        problem = Said(
            "{first} is after date_to {last}",
            first=str(search.date_from),
            last=str(search.date_to),
        )
        raise BadParameter("date_from", problem, value=str(search.date_from))
    return search


def read(parameters: Iterable[Parameter], arguments: Arguments) -> dict[str, Any]:
    """What `arguments` give each of the parameters: a tuple where it takes many, else its value or
    default. Raises BadParameter."""
    given = set(arguments)  # most parameters are not
    return {
        one.name: _read(one, arguments.getlist(one.name) if one.name in given else ())
        for one in parameters
    }


def _all_of(modes: Sequence[str]) -> frozenset[str]:
    """The facets of mode "all". Raises BadParameter where one is given both modes."""
    for facet in FACETS:
        if all(f"{facet}:{mode}" in modes for mode in MODES):
            raise BadParameter("facet_mode", Said("{facet} has both modes", facet=facet))
    return frozenset(facet for facet in FACETS if f"{facet}:all" in modes)


def parse_suggest(arguments: Arguments, settings: Settings) -> tuple[str, int]:
    """What is being typed, and how many suggestions there may be. Raises BadParameter as `parse`
    does."""
    definitions = suggest_definitions(settings)
    names = tuple(definition.name for definition in definitions)
    _check_names(arguments, names, names)
    given = read(definitions, arguments)
    return given["q"], given["limit"]


def _check_names(arguments: Arguments, names: Sequence[str], told: Sequence[str]) -> None:
    for name in arguments:
        if name not in names:
            known = ", ".join(told)
            problem = Said("no such parameter; there are {known}", known=known)
            raise BadParameter(name, problem, "unknown_parameter")


def parameters(search: Search, settings: Settings) -> list[tuple[str, str]]:
    """The canonical parameters of `search`: a fixed order, defaults left out."""
    pairs = [("q", search.q)] if search.q else []
    if search.match != "all":
        pairs.append(("match", search.match))
    for prefix, values in (("", search.chosen), ("not_", search.excluded)):
        for facet in FACETS if values else ():
            pairs += [(prefix + facet, value) for value in sorted(values.get(facet, ()))]
    pairs += [("facet_mode", f"{facet}:all") for facet in FACETS if facet in search.all_of]
    if search.countries != "about":
        pairs.append(("countries", search.countries))
    if search.copies:
        pairs.append(("copies", search.copies))
    if search.copies_of:
        pairs.append(("copies_of", search.copies_of))
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
    if search.cursor:
        pairs.append(("cursor", token_of(search.cursor, search.sort)))
    if search.explain:
        pairs.append(("explain", "true"))
    return pairs


def url(
    path: str, search: Search, settings: Settings, also: Sequence[tuple[str, str | int]] = ()
) -> str:
    """`path` with the canonical parameters of `search`, then `also`."""
    query = _joined((*parameters(search, settings), *also))
    return f"{path}?{query}" if query else path


def choosing(path: str, search: Search, facet: str, settings: Settings) -> Callable[[str], str]:
    """From a value that `search` neither chooses nor excludes, in any spelling, to what
    `url(path, choose(search, facet, value), settings)` is. A page has dozens, and they differ in
    little."""
    pairs = parameters(replace(search, page=1, cursor=None), settings)
    before = {"q", "match", *FACETS[: FACETS.index(facet)]}
    head = [pair for pair in pairs if pair[0] in before]
    chosen = [pair for pair in pairs if pair[0] == facet]
    tail = pairs[len(head) + len(chosen) :]
    if chosen:
        return lambda value: f"{path}?{_joined([*head, *sorted([*chosen, (facet, value)]), *tail])}"
    start = "".join(f"{_joined([pair])}&" for pair in head)
    end = "".join(f"&{_joined([pair])}" for pair in tail)
    return lambda value: f"{path}?{start}{facet}={_encoded(value)}{end}"


def _joined(pairs: Iterable[tuple[str, str | int]]) -> str:
    return "&".join([f"{name}={_encoded(str(value))}" for name, value in pairs])


@lru_cache(1_000)
def _encoded(text: str) -> str:
    """A value in a query; names need no encoding. The 200 links of a page have nearly the same."""
    return quote_plus(text, errors="replace")


@lru_cache(10_000)
def quoted(id_: str) -> str:
    """An article's id as part of a path. Slashes stay readable unless a browser would then rewrite
    the path, as it does for `a/../b`.
    """
    folds = {"", ".", ".."}.intersection(id_.split("/"))
    return quote(id_, "" if folds else "/", errors="replace")


def last_page(entries: int, search: Search, settings: Settings) -> int:
    """The last page that has hits and that paging reaches; 1 when there is none."""
    filled = -(-entries // search.per_page)
    return max(1, min(filled, settings.max_depth // search.per_page))


def _read(parameter: Parameter, values: Sequence[str]) -> Any:
    """The value that `values` give `parameter`: a tuple if it takes many, its default if none."""
    if not values:
        return () if parameter.many else parameter.schema.get("default")
    if len(values) > 1 and not parameter.many:
        raise BadParameter(parameter.name, Said("given more than once"))
    given = dict.fromkeys(value for value in values if value)
    if not given and not parameter.many:
        return parameter.schema.get("default")
    meant = tuple(_one(parameter, value) for value in given)
    return meant if parameter.many else meant[0]


def _one(parameter: Parameter, value: str) -> Any:
    try:
        return _meant(value, parameter.schema)
    except ValueError as problem:
        raise BadParameter(parameter.name, problem.args[0], value=value) from problem


def _meant(value: str, schema: Mapping[str, Any]) -> Any:
    """What `value` stands for by `schema`; ValueError says why it stands for nothing."""
    match schema:
        case {"enum": choices} if value not in choices:
            raise ValueError(none_of(value, choices))
        case {"format": "date"}:
            return _date(value)
        case {"minimum": least, "maximum": most}:
            return _number(value, least, most)
        case {"type": "boolean"}:
            return _truth(value)
    return value


def _date(value: str) -> datetime.date:
    try:
        # fromisoformat alone takes 20011231 and 2001-W01-1 too
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return datetime.date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(Said("{value} is not a date like 2001-12-31", value=repr(value)))


def _truth(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError(Said("{value} is neither true nor false", value=repr(value)))
    return value == "true"


def _number(value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 9:
        raise ValueError(Said("{value} is not a whole number", value=repr(value)))
    if not least <= int(value) <= most:
        problem = Said(
            "{value} is not from {least} to {most}", value=value, least=str(least), most=str(most)
        )
        raise ValueError(problem)
    return int(value)


# --- what a link does to a search ---------------------------------------------------------------


Values = Mapping[str, tuple[str, ...]]


def choose(search: Search, facet: str, value: str) -> Search:
    """`search` with the value among the chosen ones and not excluded, on page 1."""
    return _moved(search, facet, value, chosen=(value,))


def choose_tag(search: Search, facet: str, tag: Tag) -> Search:
    """`search` with the value of an article's tag chosen so that this article is found: a country
    it only mentions among the countries mentioned."""
    chosen = choose(search, facet, tag.value)
    return chosen if tag.about else replace(chosen, countries="mentioned")


def is_chosen(search: Search, facet: str, tag: Tag) -> bool:
    """Whether `search` finds an article for this tag of it."""
    counts = tag.about or search.countries == "mentioned"
    return counts and variants.same(facet, tag.value, search.chosen.get(facet, ()))


def exclude(search: Search, facet: str, value: str) -> Search:
    """`search` with the value excluded and not chosen, on page 1."""
    return _moved(search, facet, value, excluded=(value,))


def release(search: Search, facet: str, value: str) -> Search:
    """`search` with the value neither chosen nor excluded in any spelling, on page 1."""
    return _moved(search, facet, value)


def all_of(search: Search, facet: str) -> Search:
    """`search` for articles with every chosen value of the facet, on page 1."""
    return replace(search, all_of=search.all_of | {facet}, page=1, cursor=None)


def any_of(search: Search, facet: str) -> Search:
    """`search` for articles with any chosen value of the facet, on page 1."""
    return replace(search, all_of=search.all_of - {facet}, page=1, cursor=None)


def unfiltered(search: Search) -> Search:
    """`search` without facet values and dates, on page 1."""
    bare = replace(search, chosen={}, excluded={}, all_of=frozenset(), copies_of="")
    return replace(bare, date_from=None, date_to=None, page=1, cursor=None)


def for_page(search: Search) -> Search:
    """`search` without what API_ALONE has."""
    return replace(search, cursor=None, explain=False)


def is_filtered(search: Search) -> bool:
    """Whether facet values, dates or a story narrow it."""
    dated = search.date_from or search.date_to
    return bool(search.chosen or search.excluded or dated or search.copies_of)


def _moved(
    search: Search,
    facet: str,
    value: str,
    chosen: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
) -> Search:
    """`search` with the value, in any spelling, among the chosen or the excluded ones as given, on
    page 1."""
    return replace(
        search,
        page=1,
        cursor=None,
        chosen=_with(search.chosen, facet, value, chosen),
        excluded=_with(search.excluded, facet, value, excluded),
    )


def _with(values: Values, facet: str, value: str, instead: tuple[str, ...]) -> Values:
    kept = tuple(v for v in values.get(facet, ()) if not variants.same(facet, v, [value]))
    return {name: of for name, of in {**values, facet: (*kept, *instead)}.items() if of}
