"""What reads: searches, the values of a facet, timelines, suggestions and articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it ships no types

from searchapp import address, export
from searchapp.api import manners
from searchapp.api.answers import (
    DOCUMENTS,
    FACET_VALUES,
    SEARCH,
    STATS,
    SUGGEST,
    TIMELINE,
    Links,
    document_answer,
    search_answer,
    similar_answer,
    stats_answer,
    suggest_answer,
    timeline_answer,
    values_answer,
)
from searchapp.api.batching import BATCH, batch, body_schema
from searchapp.api.describing import Description, choice, described, documented
from searchapp.api.manners import linked
from searchapp.api.problems import answer, refused
from searchapp.api.schemas import (
    BatchSchema,
    DocumentSchema,
    FacetValuesSchema,
    SearchSchema,
    SimilarSchema,
    StatsSchema,
    SuggestSchema,
    TimelineSchema,
)
from searchapp.archive import Archive
from searchapp.model import FACETS, BadParameter, NoSuchArticle, Search
from searchapp.settings import Settings

EXPORTS = {"csv": "text/csv", "jsonl": "application/jsonl"}
"""Ending and media type of the files that hold every hit."""
JSON = "application/json"
WORDS_IN_NAME, LONGEST_NAME = 8, 60
"""Of a query, in the name of such a file."""
_FACET_NAME = {
    "in": "path",
    "name": "name",
    "description": "One of the facets.",
    "schema": choice("name"),
    "examples": {"people": {"value": "person"}},
}
DOCUMENT_ID = {
    "in": "path",
    "name": "id",
    "description": "The `id` of a hit, percent-encoded, slashes too.",
    "examples": {"file": {"value": "000_8fcf2ceb6fb25fee.txt"}},
}


def register(
    blueprint: Blueprint, archive: Archive, settings: Settings, description: Description
) -> None:
    views = Views(archive, settings, description)
    tagged = manners.Tags.of(archive, settings).tagged
    searching = [described(definition) for definition in address.definitions(settings)]
    blueprint.add_url_rule(
        SEARCH,
        view_func=documented(blueprint, tagged(views.search), SearchSchema, 400, 500, 503),
        parameters=searching,
    )
    for kind, content in EXPORTS.items():
        view = views.search_csv if kind == "csv" else views.search_jsonl
        blueprint.add_url_rule(
            f"{SEARCH}.{kind}",
            view_func=documented(
                blueprint, tagged(view), {"type": "string"}, 400, 500, 503, kind=content
            ),
            parameters=searching,
        )
    blueprint.add_url_rule(
        TIMELINE,
        view_func=documented(blueprint, tagged(views.timeline), TimelineSchema, 400, 500, 503),
        parameters=searching,
    )
    values = [described(definition) for definition in address.value_definitions(settings)]
    blueprint.add_url_rule(
        f"{FACET_VALUES}/<name>",
        view_func=documented(blueprint, tagged(views.facet), FacetValuesSchema, 400, 404, 500, 503),
        parameters=[_FACET_NAME, *searching, *values],
    )
    blueprint.add_url_rule(
        f"{DOCUMENTS}/<article:id>/similar",
        view_func=documented(blueprint, tagged(views.similar), SimilarSchema, 400, 404, 500, 503),
        parameters=[DOCUMENT_ID, described(address.similar_limit(settings))],
        merge_slashes=False,
    )
    blueprint.add_url_rule(
        SUGGEST,
        view_func=documented(blueprint, tagged(views.suggest), SuggestSchema, 400, 500, 503),
        parameters=[described(each) for each in address.suggest_definitions(settings)],
    )
    blueprint.add_url_rule(
        f"{DOCUMENTS}/<article:id>",
        view_func=documented(blueprint, tagged(views.document), DocumentSchema, 400, 404, 500, 503),
        parameters=[DOCUMENT_ID],
        merge_slashes=False,
    )
    blueprint.add_url_rule(
        STATS, view_func=documented(blueprint, views.stats, StatsSchema, 400, 500, 503)
    )
    example = {"searches": [{"q": "Iran", "country": ["IR"]}, {"q": "gas", "per_page": 3}]}
    media = {"schema": body_schema(settings), "example": example}
    requested = blueprint.doc(requestBody={"required": True, "content": {JSON: media}})
    blueprint.add_url_rule(
        BATCH,
        view_func=requested(
            documented(blueprint, views.batch, BatchSchema, 400, 413, 415, 500, 503)
        ),
        methods=["POST"],
    )
    blueprint.add_url_rule(
        manners.DESCRIPTION,
        view_func=documented(
            blueprint, tagged(views.openapi), {"$ref": "#/components/schemas/OpenAPI"}
        ),
    )


@dataclass(frozen=True)
class Views:
    """What answers requests; OpenAPI shows the docstrings."""

    archive: Archive
    settings: Settings
    description: Description

    def search(self) -> Response:
        """Search the articles

        Answers one page of ranked articles with marked passages, and exact counts for the
        facets country, person and topic. Chosen values of one facet are alternatives (OR), or
        all have to be there (`facet_mode`); facets narrow each other (AND). Where they are
        alternatives, a facet's counts leave out its own chosen values. Either way they say what
        choosing a value would give, and keep everything else, exclusions included.
        """
        page = self.archive.run(address.parse(request.args, self.settings))
        return linked(search_answer(page, self._links()))

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
        return linked(timeline_answer(self.archive.timeline(search), self._links()))

    def facet(self, name: str) -> Response:
        """List the values of a facet

        Every value of one facet among what the search finds, with exact counts: all, or those that
        begin with or contain some letters, by count or by label.
        """
        if name not in FACETS:
            known = ", ".join(FACETS)
            return refused("no_such_facet", f"there is no facet {name!r}, only {known}")
        definitions = address.value_definitions(self.settings)
        also = tuple(definition.name for definition in definitions)
        search = address.parse(request.args, self.settings, also)
        given = address.read(definitions, request.args)
        found = self.archive.facet(search, name, **given)
        return linked(values_answer(found, search, given, self._links()))

    def similar(self, id: str) -> Response:
        """Find similar articles

        The articles that share most of what tells this one from all others. `shared` says by which
        words, and they are marked in title and passages.
        """
        limit = address.similar_limit(self.settings)
        for name in request.args:
            if name != limit.name:
                raise BadParameter(name, "no such parameter; there is limit", "unknown_parameter")
        size = address.read([limit], request.args)[limit.name]
        try:
            found = self.archive.similar(id, size)
        except NoSuchArticle:
            if request.args:  # it is no document that is asked for
                raise
            return self.document(f"{id}/similar")
        return linked(similar_answer(id, found, self._links()))

    def suggest(self) -> Response:
        """Suggest how to go on

        What may go on from the end of `q`, which somebody is typing: words of the index, countries,
        people, topics and headlines, each kind with its share. Where nothing does, what goes on
        from something one letter off.
        """
        q, limit = address.parse_suggest(request.args, self.settings)
        return linked(suggest_answer(self.archive.suggest(q, limit), self._links()))

    def document(self, id: str) -> Response:
        """Read one article

        Everything known about the article: text, metadata, and its countries, people and topics
        with the places in `text` where each is mentioned.
        """
        _takes_no_parameters("a document")
        return linked(document_answer(self.archive.article(id), self._links()))

    def stats(self) -> Response:
        """Read what the index holds

        Numbers of articles and values, dates, and when the index was last written. Cheap enough to
        be asked every few seconds.
        """
        _takes_no_parameters("this")
        found, language = self.archive.stats(), self.archive.language
        failures = len(self.archive.failures())
        response = linked(stats_answer(found, language, failures, self._links()))
        response.headers["Cache-Control"] = "no-cache"
        return response

    def batch(self) -> Response:
        """Search many times at once

        Each of `searches` is an object with the parameters of `/api/v1/search`, and is answered as
        that would, in order and all of one commit. One that is refused fails alone. What is not
        searched within the time of a batch has status 503 and code `timeout`.
        """
        _takes_no_parameters("a batch")
        return batch(self.archive, self.settings, self._links())

    def openapi(self) -> Response:
        """Read this description

        The OpenAPI 3.1 description of this API, made from the code that answers.
        """
        return answer(self.description.document(request.script_root))

    def _links(self) -> Links:
        return Links(request.script_root, self.settings)


def _takes_no_parameters(what: str) -> None:
    for name in request.args:
        problem = f"no such parameter; {what} takes none"
        raise BadParameter(name, problem, "unknown_parameter")


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
