"""The JSON API: what `/api/` answers, and its OpenAPI description.

flask-smorest gathers routes, docstrings, parameters and schemas into OpenAPI 3.1; APIFlask would
have to be the application itself, and ours is the plain Flask of the HTML pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # it ships no types
from werkzeug.routing import PathConverter

from searchapp import __version__, address, export
from searchapp.api.answers import (
    DOCUMENTS,
    FACET_VALUES,
    SEARCH,
    SUGGEST,
    TIMELINE,
    Links,
    document_answer,
    search_answer,
    similar_answer,
    suggest_answer,
    timeline_answer,
    values_answer,
)
from searchapp.api.problems import MEANINGS, answer, failed, problem, problem_body, unrouted
from searchapp.api.schemas import (
    PROBLEM_EXAMPLES,
    DocumentSchema,
    FacetValuesSchema,
    ProblemSchema,
    SearchSchema,
    SimilarSchema,
    SuggestSchema,
    TimelineSchema,
)
from searchapp.archive import Archive
from searchapp.model import FACETS, BadParameter, NoSuchArticle, Search
from searchapp.settings import Settings

__all__ = ["problem", "register"]

_INFO = {
    "title": "searchapp",
    "version": __version__,
    "openapi_version": "3.1.0",
    "info": {
        "description": "Search a folder of news, cut by country, person and topic. Links are paths "
        "from the root of the host. Offsets count code points, and the end is exclusive. Errors "
        "are `application/problem+json` (RFC 9457).",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
}
EXPORTS = {"csv": "text/csv", "jsonl": "application/jsonl"}
"""Ending and media type of the files that hold every hit."""
WORDS_IN_NAME, LONGEST_NAME = 8, 60
"""Of a query, in the name of such a file."""
_FACET_NAME = {
    "in": "path",
    "name": "name",
    "description": "One of the facets.",
    "schema": {"type": "string", "enum": list(FACETS)},
    "examples": {"people": {"value": "person"}},
}
_DOCUMENT_ID = {
    "in": "path",
    "name": "id",
    "description": "The `id` of a hit, percent-encoded, slashes too.",
    "examples": {"file": {"value": "000_8fcf2ceb6fb25fee.txt"}},
}


def register(app: Flask, archive: Archive, settings: Settings) -> None:
    """Adds the API to `app`; the errors of other paths stay the application's own."""
    api = _Api(app, spec_kwargs=_INFO)
    app.url_map.converters["article"] = ArticleId
    api.register_converter(ArticleId, lambda converter: {"type": "string"})
    views = _Views(archive, settings, api)
    blueprint = Blueprint("api", __name__, description="Search and read the articles.")
    blueprint.add_url_rule(
        SEARCH,
        view_func=_documented(blueprint, views.search, SearchSchema, 400, 500, 503),
        parameters=[_described(definition) for definition in address.definitions(settings)],
    )
    searching = [_described(definition) for definition in address.definitions(settings)]
    for kind, content in EXPORTS.items():
        view = views.search_csv if kind == "csv" else views.search_jsonl
        blueprint.add_url_rule(
            f"{SEARCH}.{kind}",
            view_func=_documented(blueprint, view, {"type": "string"}, 400, 500, 503, kind=content),
            parameters=searching,
        )
    blueprint.add_url_rule(
        TIMELINE,
        view_func=_documented(blueprint, views.timeline, TimelineSchema, 400, 500, 503),
        parameters=searching,
    )
    values = [_described(definition) for definition in address.value_definitions(settings)]
    blueprint.add_url_rule(
        f"{FACET_VALUES}/<name>",
        view_func=_documented(blueprint, views.facet, FacetValuesSchema, 400, 404, 500, 503),
        parameters=[_FACET_NAME, *searching, *values],
    )
    blueprint.add_url_rule(
        f"{DOCUMENTS}/<article:id>/similar",
        view_func=_documented(blueprint, views.similar, SimilarSchema, 400, 404, 500, 503),
        parameters=[_DOCUMENT_ID, _described(address.similar_limit(settings))],
        merge_slashes=False,
    )
    blueprint.add_url_rule(
        SUGGEST,
        view_func=_documented(blueprint, views.suggest, SuggestSchema, 400, 500, 503),
        parameters=[_described(each) for each in address.suggest_definitions(settings)],
    )
    blueprint.add_url_rule(
        f"{DOCUMENTS}/<article:id>",
        view_func=_documented(blueprint, views.document, DocumentSchema, 400, 404, 500, 503),
        parameters=[_DOCUMENT_ID],
        merge_slashes=False,
    )
    blueprint.add_url_rule(
        "/api/openapi.json",
        view_func=_documented(blueprint, views.openapi, {"type": "object"}),
    )
    blueprint.register_error_handler(Exception, failed)
    api.register_blueprint(blueprint)
    app.before_request(unrouted)


class _Api(Api):  # type: ignore[misc]  # flask-smorest ships no types
    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None: flask-smorest's would answer the errors of the HTML pages in JSON."""

    def _register_pagination_header(self) -> None:
        """None: it would describe a header that nothing here sends."""


class ArticleId(PathConverter):
    """Any id at all: werkzeug's `path` refuses a slash at the start and line breaks."""

    regex = r"[\s\S]+"
    part_isolating = False  # werkzeug turns it on for a regex without a slash in it


@dataclass(frozen=True)
class _Views:
    """What answers requests; OpenAPI shows the docstrings."""

    archive: Archive
    settings: Settings
    api: _Api

    def search(self) -> Response:
        """Search the articles

        Answers one page of ranked articles with marked passages, and exact counts for the
        facets country, person and topic. Chosen values of one facet are alternatives (OR), or
        all have to be there (`facet_mode`); facets narrow each other (AND). Where they are
        alternatives, a facet's counts leave out its own chosen values. Either way they say what
        choosing a value would give, and keep everything else, exclusions included.
        """
        page = self.archive.run(address.parse(request.args, self.settings))
        return answer(search_answer(page, self._links()))

    def search_csv(self) -> Response:
        """Download every hit as CSV

        All articles that the search finds, in its order, whatever `page`, `per_page` and `cursor`
        say, as a spreadsheet reads them: UTF-8 with a byte order mark, a head, a line for each. A
        cell that a spreadsheet would run has an apostrophe before it.
        """
        search = address.parse(request.args, self.settings)
        return _download(export.csv_lines(self.archive.every(search)), search, "csv")

    def search_jsonl(self) -> Response:
        """Download every hit as JSON lines

        The same articles whole, one a line, with the members that `searchapp index` reads: id,
        title, text, date, url, source, author, language, country, person, topic. What is not known
        is left out.
        """
        search = address.parse(request.args, self.settings)
        return _download(export.json_lines(self.archive.every_article(search)), search, "jsonl")

    def timeline(self) -> Response:
        """Count articles over time

        Bars of a unit that fits, without the search's own dates, as a facet's counts leave out its
        own choice. With dates chosen the bars are around them; without, those of a few articles far
        from all others are counted in `before` and `after`.
        """
        search = address.parse(request.args, self.settings)
        return answer(timeline_answer(self.archive.timeline(search), self._links()))

    def facet(self, name: str) -> Response:
        """List the values of a facet

        Every value of one facet among what the search finds, with exact counts: all, or those that
        begin with or contain some letters, by count or by label.
        """
        if name not in FACETS:
            known = ", ".join(FACETS)
            return problem(404, "Not Found", f"there is no facet {name!r}, only {known}")
        definitions = address.value_definitions(self.settings)
        also = tuple(definition.name for definition in definitions)
        search = address.parse(request.args, self.settings, also)
        given = address.read(definitions, request.args)
        found = self.archive.facet(search, name, **given)
        return answer(values_answer(found, search, given, self._links()))

    def similar(self, id: str) -> Response:
        """Find similar articles

        The articles that share most of what tells this one from all others. `shared` says by which
        words, and they are marked in title and passages.
        """
        limit = address.similar_limit(self.settings)
        for name in request.args:
            if name != limit.name:
                raise BadParameter(name, "no such parameter; there is limit")
        size = address.read([limit], request.args)[limit.name]
        try:
            found = self.archive.similar(id, size)
        except NoSuchArticle:
            return self.document(f"{id}/similar")
        return answer(similar_answer(id, found, self._links()))

    def suggest(self) -> Response:
        """Suggest how to go on

        What may go on from the end of `q`, which somebody is typing: words of the index, countries,
        people, topics and headlines, each kind with its share. Where nothing does, what goes on
        from something one letter off.
        """
        q, limit = address.parse_suggest(request.args, self.settings)
        return answer(suggest_answer(self.archive.suggest(q, limit), self._links()))

    def document(self, id: str) -> Response:
        """Read one article

        Everything known about the article: text, metadata, and its countries, people and topics
        with the places in `text` where each is mentioned.
        """
        for name in request.args:
            raise BadParameter(name, "no such parameter; a document takes none")
        return answer(document_answer(self.archive.article(id), self._links()))

    def openapi(self) -> Response:
        """Read this description

        The OpenAPI 3.1 description of this API, made from the code that answers.
        """
        servers = [{"url": request.script_root or "/"}]
        return answer({**self.api.spec.to_dict(), "servers": servers})

    def _links(self) -> Links:
        return Links(request.script_root, self.settings)


def _download(lines: Iterable[str], search: Search, ending: str) -> Response:
    """A file that is sent as it is made, named after the query."""
    name = "-".join(re.findall("[a-z0-9]+", search.q.lower())[:WORDS_IN_NAME]) or "articles"
    data = (line.encode("utf-8", "replace") for line in lines)
    response = Response(data, content_type=f"{EXPORTS[ending]}; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{name[:LONGEST_NAME]}.{ending}"'
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _documented(
    blueprint: Blueprint,
    view: Callable[..., Response],
    schema: Any,
    *problems: int,
    kind: str = "application/json",
) -> Callable[..., Response]:
    """`view` with what flask-smorest needs to describe it: its name, answer and problems."""
    documented: Any = blueprint.doc(operationId=view.__name__)(view)
    documented = blueprint.response(200, schema, description="The answer.", content_type=kind)(
        documented
    )
    for status in problems:
        example = problem_body(status, HTTPStatus(status).phrase, **PROBLEM_EXAMPLES[status])
        documented = blueprint.alt_response(
            status,
            schema=ProblemSchema,
            content_type="application/problem+json",
            description=MEANINGS[status],
            example=example,
        )(documented)
    result: Callable[..., Response] = documented
    return result


def _described(parameter: address.Parameter) -> dict[str, Any]:
    """The OpenAPI Parameter Object of `parameter`."""
    schema = dict(parameter.schema)
    return {
        "in": "query",
        "name": parameter.name,
        "description": parameter.about,
        "schema": {"type": "array", "items": schema} if parameter.many else schema,
        "examples": {name: {"value": value} for name, value in parameter.examples.items()},
    }
