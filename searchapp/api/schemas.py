"""What OpenAPI says about the answers; `answers` and `problems` make them.

The class names, without `Schema`, are the names in OpenAPI's components.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from searchapp.api.answers import DOCUMENTS, SEARCH, TIMELINE
from searchapp.api.problems import CODES, FAILED
from searchapp.model import COUNTRIES, EXPLAINED, FACETS, MODES, OFFERED, UNITS

PROBLEM_EXAMPLES: Mapping[int, dict[str, Any]] = {
    400: {
        "detail": "date_from: '3 July' is not a date like 2001-12-31",
        "instance": SEARCH,
        "code": "bad_parameter",
        "parameter": "date_from",
        "value": "3 July",
    },
    401: {"detail": "this key has expired", "instance": SEARCH, "code": "unauthorized"},
    403: {
        "detail": "this takes a key with the scope write, and this one has read",
        "instance": f"{DOCUMENTS}/gas.txt",
        "code": "forbidden",
    },
    404: {
        "detail": "there is no article 'nosuch.txt'",
        "instance": f"{DOCUMENTS}/nosuch.txt",
        "code": "no_such_article",
    },
    412: {
        "detail": "there is an article 'wire-4711'",
        "instance": f"{DOCUMENTS}/wire-4711",
        "code": "precondition_failed",
    },
    413: {
        "detail": "the body has more than 1048576 bytes",
        "instance": "/api/v1/batch",
        "code": "too_large",
    },
    415: {
        "detail": "the body has to be application/json, not text/plain",
        "instance": "/api/v1/batch",
        "code": "unsupported_media_type",
    },
    429: {
        "detail": "This is more than one reader may ask for in this time. Wait a little.",
        "instance": SEARCH,
        "code": "rate_limited",
    },
    500: {"detail": FAILED, "instance": SEARCH, "code": "internal"},
    503: {"detail": "index: nothing has been indexed yet", "instance": SEARCH, "code": "no_index"},
}


def _is(about: str, *examples: Any, or_null: bool = False) -> dict[str, Any]:
    """The arguments of a field that every answer has."""
    metadata = {"description": about} | ({"examples": list(examples)} if examples else {})
    return {"required": True, "allow_none": or_null, "metadata": metadata}


def _may_be(about: str, *examples: Any) -> dict[str, Any]:
    """The arguments of a field that only some answers have."""
    return {"metadata": {"description": about, "examples": list(examples)}}


def _spans(about: str, *examples: Any) -> fields.List[Any]:
    span = fields.List(fields.Integer(), validate=validate.Length(equal=2))
    return fields.List(
        span, **_is(f"{about}: start and end (exclusive) in code points.", *examples)
    )


def _some(schema: type[Schema], about: str) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), **_is(about))


class Answer(Schema):
    """What later versions may add members to."""

    class Meta:
        unknown = INCLUDE


class ProblemSchema(Answer):
    type = fields.String(**_is("`about:blank`: the status says what kind it is.", "about:blank"))
    title = fields.String(**_is("The name of the status.", "Bad Request"))
    status = fields.Integer(**_is("The HTTP status.", 400))
    detail = fields.String(**_is("What was wrong, for people.", PROBLEM_EXAMPLES[400]["detail"]))
    instance = fields.String(**_is("The path that was asked for.", SEARCH))
    code = fields.String(
        validate=validate.OneOf(list(CODES)),
        **_is("Which problem it is: what programs go by.", "bad_parameter"),
    )
    member = fields.String(**_may_be("The member of an article at fault.", "date"))
    parameter = fields.String(**_may_be("The parameter at fault.", "date_from"))
    value = fields.String(**_may_be("Its value at fault, or the beginning of it.", "yesterday"))
    position = fields.List(
        fields.Integer(),
        validate=validate.Length(equal=2),
        **_may_be(
            "Where in `q` it is at fault: start and end (exclusive) in code points.", [2048, 2050]
        ),
    )
    pointer = fields.String(
        **_may_be("Where in the body it is at fault (JSON Pointer, RFC 6901).", "/searches/0/page")
    )
    limit = fields.String(**_may_be("The setting whose time was not enough.", "search_seconds"))
    request_id = fields.String(
        **_may_be("Of a 500: how the log of the server names this request.", "5f2c0d9e1b7a4c36")
    )


class ValueSchema(Answer):
    value = fields.String(
        **_is("Country code, full name or topic code: what the parameters take.", "IR")
    )
    label = fields.String(**_is("The value for people.", "Iran"))


class CountrySchema(ValueSchema):
    about = fields.Boolean(**_is("False for a country only mentioned in passing.", True))


class EvidenceSchema(ValueSchema):
    about = fields.Boolean(**_is("False for a country only mentioned in passing.", True))
    corrected = fields.List(
        fields.String(), **_is("What the owner's corrections did to it, for people.", ["added"])
    )
    score = fields.Float(**_is("How central the value is, 0 to 1.", 0.82))
    mentions = _spans("Where in `text` it is mentioned; empty when the owner gave it", [[0, 4]])


class RemovedSchema(ValueSchema):
    facet = fields.String(validate=validate.OneOf(FACETS), **_is("Where it was.", "person"))


class PassageSchema(Answer):
    text = fields.String(**_is("A piece of the article, not escaped.", "missiles to Iran"))
    marks = _spans("What matched in this piece", [[0, 8], [12, 16]])


class HitLinksSchema(Answer):
    self = fields.String(**_is("This article in the API.", f"{DOCUMENTS}/a.txt"))
    html = fields.String(**_is("This article as a page.", "/article/a.txt?q=iran"))


class ArticleSchema(Answer):
    """What is known of an article wherever it appears."""

    id = fields.String(**_is("Stable across runs and machines.", "000_8fcf2ceb6fb25fee.txt"))
    title = fields.String(**_is("The title, not escaped.", "A Russian-Iranian Rapprochement"))
    date = fields.Date(**_is("Null when the text gives none.", "2000-07-03", or_null=True))
    source = fields.String(**_is("Who published it.", "RFE/RL", or_null=True))
    byline = fields.String(**_is("Who wrote it.", "Paul Goble", or_null=True))
    language = fields.String(**_is("ISO 639-1 code.", "en", or_null=True))
    url = fields.String(
        **_is("Where it was published.", "https://news.example/2000/07/03", or_null=True)
    )
    path = fields.String(**_is("Its file, below the folder indexed.", "000_8fcf2ceb6fb25fee.txt"))


class ExplanationSchema(Answer):
    kind = fields.String(validate=validate.OneOf(list(EXPLAINED)), **_is("What scored.", "word"))
    score = fields.Float(**_is("What it brought: the sum of its parts.", 2.61))
    what = fields.String(**_is("The word or words it is about, as typed.", "pipelines"))
    facts = fields.Dict(
        keys=fields.String(),
        **_is("The numbers behind it, by name.", {"field": "text", "idf": 1.9, "articles": 12}),
    )
    parts = fields.List(fields.Nested(lambda: ExplanationSchema()), **_is("What it is the sum of."))


class HitSchema(ArticleSchema):
    title_html = fields.String(
        **_is("The title escaped, matches in `<mark>`.", "On <mark>Iran</mark>")
    )
    title_marks = _spans("What matched in `title`", [[3, 7]])
    score = fields.Float(**_is("Relevance: comparable within one answer only.", 7.31))
    snippet_html = fields.String(
        **_is(
            "`highlights` escaped, matches in `<mark>`, joined by …",
            "to <mark>Iran</mark> … AT&amp;T",
        )
    )
    highlights = _some(PassageSchema, "The passages that show why it matched.")
    similar = fields.Integer(
        **_is("How many other matches it stands for, copies of the same story.", 0)
    )
    countries = _some(CountrySchema, "Its countries, most central first.")
    people = _some(ValueSchema, "Its people, most central first.")
    topics = _some(ValueSchema, "Its topics, most central first.")
    explanation = fields.Nested(
        ExplanationSchema,
        metadata={"description": "How the score came about; with `explain=true` alone."},
    )
    links = fields.Nested(HitLinksSchema, **_is("Where to read it."))


class SimilarHitSchema(HitSchema):
    shared = fields.List(
        fields.String(),
        **_is("The telling words it shares with the article, strongest first.", ["Bushehr"]),
    )


class SimilarLinksSchema(Answer):
    document = fields.String(**_is("The article they are like.", f"{DOCUMENTS}/a.txt"))


class SimilarSchema(Answer):
    hits = _some(SimilarHitSchema, "The articles most like it, most like it first.")
    links = fields.Nested(SimilarLinksSchema, **_is("Around these."))


class DocumentLinksSchema(HitLinksSchema):
    original = fields.String(**_is("The text as it was indexed.", "/article/a.txt/original"))


class DocumentSchema(ArticleSchema):
    body = fields.String(
        **_is("The text without title and page furniture.", "Russia and Iran have")
    )
    place = fields.String(**_is("Where it was filed.", "Washington", or_null=True))
    provenance = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(["found", "inferred"])),
        **_is(
            "Of each known piece of metadata, whether the document states it or a rule derived it.",
            {"title": "found", "language": "inferred"},
        ),
    )
    countries = _some(EvidenceSchema, "Its countries, most central first.")
    people = _some(EvidenceSchema, "Its people, most central first.")
    topics = _some(EvidenceSchema, "Its topics, most central first.")
    removed = _some(RemovedSchema, "What was found, and the owner's corrections took away.")
    text = fields.String(
        **_is("What `mentions` count in: headline, blank line, body.", "Iran\n\nRussia")
    )
    body_offset = fields.Integer(**_is("Where `body` starts in `text`.", 6))
    links = fields.Nested(DocumentLinksSchema, **_is("Where to read it."))


class PutSchema(Answer):
    id = fields.String(**_is("Which article it is.", "wire-4711"))
    result = fields.String(
        validate=validate.OneOf(["added", "updated", "unchanged"]),
        **_is("What became of it; unchanged where the same was there.", "added"),
    )
    links = fields.Nested(HitLinksSchema, **_is("Where to read it."))


class RefusedSchema(Answer):
    line = fields.Integer(**_is("Which line, from 1; blank ones count.", 2))
    id = fields.String(**_is("Its id, where it has one that can be read.", "a2", or_null=True))
    code = fields.String(**_is("What was wrong, for programs.", "bad_member"))
    member = fields.String(**_is("The member at fault; null if none alone.", "date", or_null=True))
    detail = fields.String(
        **_is("What was wrong, for people.", "date: 'yesterday' is not a date like 2001-12-31")
    )


class RepeatedSchema(Answer):
    line = fields.Integer(**_is("A line that does not count.", 1))
    id = fields.String(**_is("Its id.", "a1"))
    by = fields.Integer(**_is("The later line with the same id, which counts.", 3))


class PostSchema(Answer):
    added = fields.Integer(**_is("New articles.", 2))
    updated = fields.Integer(**_is("Articles that were replaced.", 1))
    unchanged = fields.Integer(**_is("Articles that were there just so.", 0))
    failed = _some(RefusedSchema, "Lines that could not be taken, in their order.")
    repeated = _some(RepeatedSchema, "Lines whose id a later line has, too.")
    ids = fields.List(
        fields.String(), **_is("The ids of the lines that count, in their order.", ["a1", "a2"])
    )
    took_ms = fields.Float(**_is("Milliseconds it took.", 41.7))


class DeletedSchema(Answer):
    deleted = fields.Integer(**_is("How many articles were deleted.", 2))
    missing = fields.List(
        fields.String(), **_is("Ids of which there is no article, in their order.", ["a9"])
    )
    took_ms = fields.Float(**_is("Milliseconds it took.", 12.5))


class QuerySchema(Answer):
    q = fields.String(**_is("The query as sent.", "“missiles to Iran"))
    parsed = fields.String(**_is("The query as understood.", '"missiles to Iran"'))
    warnings = fields.List(
        fields.String(), **_is("What was repaired or relaxed, for people.", ["a quote was closed"])
    )
    countries = fields.String(
        validate=validate.OneOf(COUNTRIES),
        **_is("Which countries are filtered by and counted.", "about"),
    )
    described = fields.String(
        **_is("The query and its filters in words.", "articles with missiles, about Iran")
    )
    did_you_mean = fields.Nested(
        lambda: MeantSchema(),
        **_is("What may have been meant where little was found; else null.", or_null=True),
    )


class MeantSchema(Answer):
    q = fields.String(**_is("The query, the rest as it was sent.", "missiles to Iran"))
    html = fields.String(
        **_is("The same escaped, changed words in `<mark>`.", "<mark>missiles</mark> to Iran")
    )
    total = fields.Integer(**_is("How many articles it finds with the same filters.", 12))
    url = fields.String(**_is("The search for it.", f"{SEARCH}?q=missiles+to+Iran"))


class TotalSchema(Answer):
    value = fields.Integer(**_is("How many articles match.", 2))
    relation = fields.String(
        validate=validate.Equal("eq"), **_is("`eq`: the count is exact.", "eq")
    )


class BucketSchema(ValueSchema):
    variants = fields.List(
        fields.String(),
        **_is(
            "All spellings of a person's name that has several, commonest first; else empty.",
            ["Sergei Ivanov", "Sergey Ivanov"],
        ),
    )
    count = fields.Integer(
        **_is(
            "How many articles choosing this value would list: alone, or in mode `all` "
            "beside those chosen.",
            2,
        )
    )
    selected = fields.Boolean(**_is("The value is chosen.", False))
    excluded = fields.Boolean(**_is("The value is excluded.", False))
    url = fields.String(
        **_is("The search with this value chosen, or no longer chosen.", f"{SEARCH}?country=IR")
    )


class FacetSchema(Answer):
    buckets = _some(
        BucketSchema, "The values with most articles, and all chosen and excluded ones."
    )
    mode = fields.String(
        validate=validate.OneOf(MODES),
        **_is("How chosen values combine: `any` of them, or `all`.", "any"),
    )
    other_count = fields.Integer(**_is("Articles counted under values not listed, summed.", 7))
    value_count = fields.Integer(**_is("How many values there are, listed or not.", 12))


class FacetValuesLinksSchema(Answer):
    self = fields.String(**_is("These values.", "/api/v1/facets/person?q=iran"))
    next = fields.String(
        **_is("The values that follow.", "/api/v1/facets/person?offset=100", or_null=True)
    )
    search = fields.String(**_is("The search they are of.", f"{SEARCH}?q=iran"))


class FacetValuesSchema(FacetSchema):
    facet = fields.String(validate=validate.OneOf(FACETS), **_is("Which facet.", "person"))
    buckets = _some(BucketSchema, "The values asked for, in the order asked for.")
    value_count = fields.Integer(**_is("How many values pass, listed or not.", 12))
    links = fields.Nested(FacetValuesLinksSchema, **_is("Around these values."))


class BarSchema(Answer):
    first = fields.Date(**_is("The first day.", "2000-07-01"))
    last = fields.Date(**_is("The last day, included.", "2000-07-31"))
    label = fields.String(**_is("The days for people.", "July 2000"))
    count = fields.Integer(**_is("How many articles choosing these days would list.", 2))
    within = fields.Boolean(**_is("A day of it is among those chosen, or none are.", True))
    url = fields.String(
        **_is("The search with these days chosen.", f"{SEARCH}?date_from=2000-07-01")
    )
    zoom_in = fields.String(
        **_is("The timeline with these days chosen.", f"{TIMELINE}?date_from=2000-07-01")
    )


class TimelineLinksSchema(Answer):
    self = fields.String(**_is("This timeline.", f"{TIMELINE}?q=iran"))
    search = fields.String(**_is("The search it is of.", f"{SEARCH}?q=iran"))
    zoom_out = fields.String(
        **_is("The timeline with wider dates.", f"{TIMELINE}?q=iran", or_null=True)
    )


class TimelineSchema(Answer):
    unit = fields.String(validate=validate.OneOf(UNITS), **_is("What a bar is.", "month"))
    bars = _some(BarSchema, "One after the other, without gaps.")
    before = fields.Nested(
        BarSchema, **_is("Articles before the first bar; null without any.", or_null=True)
    )
    after = fields.Nested(
        BarSchema, **_is("Articles after the last bar; null without any.", or_null=True)
    )
    undated = fields.Integer(**_is("Articles without a date.", 1))
    links = fields.Nested(TimelineLinksSchema, **_is("Around this timeline."))


class FacetsSchema(Answer):
    country = fields.Nested(FacetSchema, **_is("Countries."))
    person = fields.Nested(FacetSchema, **_is("People."))
    topic = fields.Nested(FacetSchema, **_is("Topics."))


class FilterSchema(ValueSchema):
    facet = fields.String(
        validate=validate.OneOf([*FACETS, "date", "copies"]), **_is("What it narrows.", "country")
    )
    excluded = fields.Boolean(**_is("The value is excluded, not chosen.", False))
    total_without = fields.Integer(
        **_is("Articles found without this filter, where that was counted.", 2, or_null=True)
    )
    url = fields.String(**_is("The search without this filter.", f"{SEARCH}?q=iran"))


class SearchLinksSchema(Answer):
    self = fields.String(**_is("This search.", f"{SEARCH}?q=iran&page=2"))
    next = fields.String(
        **_is(
            "The next page, past the last number by cursor.",
            f"{SEARCH}?q=iran&page=3",
            or_null=True,
        )
    )
    prev = fields.String(**_is("The previous page.", f"{SEARCH}?q=iran", or_null=True))
    html = fields.String(**_is("This search as a page.", "/?q=iran&page=2"))


class SearchSchema(Answer):
    query = fields.Nested(QuerySchema, **_is("What was asked."))
    total = fields.Nested(TotalSchema, **_is("How many articles match."))
    groups = fields.Integer(
        **_is("How many hits there are where copies are grouped, else null.", 2, or_null=True)
    )
    page = fields.Integer(**_is("Which page, from 1; by cursor, the one its first hit is on.", 1))
    per_page = fields.Integer(**_is("Hits on a page.", 10))
    took_ms = fields.Float(**_is("Milliseconds the search took.", 3.5))
    hits = _some(HitSchema, "One page of articles, best first.")
    facets = fields.Nested(FacetsSchema, **_is("Exact counts over all matching articles."))
    filters = _some(FilterSchema, "The filters in force.")
    emptied_by = _some(
        FilterSchema, "The filters without any one of which an empty result would have hits."
    )
    total_unfiltered = fields.Integer(
        **_is("What an empty result would have without all its filters; else 0.", 0)
    )
    next_cursor = fields.String(
        **_is("The `cursor` of what comes after; null at the end.", "rAAAAAAAA…", or_null=True)
    )
    links = fields.Nested(SearchLinksSchema, **_is("Around this page."))


class SuggestionSchema(Answer):
    kind = fields.String(validate=validate.OneOf(OFFERED), **_is("What it is.", "country"))
    value = fields.String(
        **_is("The word, the value of the facet, or the id of the article.", "IR")
    )
    label = fields.String(**_is("What people read, not escaped.", "Iran"))
    label_html = fields.String(
        **_is("The same escaped, what was typed of it in `<mark>`.", "<mark>Ira</mark>n")
    )
    marks = _spans("What was typed of `label`", [[0, 3]])
    count = fields.Integer(
        **_is("How many articles have it; null for an article.", 2, or_null=True)
    )
    q = fields.String(
        **_is("The query when it is chosen; null for an article.", "russia", or_null=True)
    )
    url = fields.String(
        **_is("Where choosing it leads: a search, or an article.", f"{SEARCH}?country=IR")
    )
    html = fields.String(**_is("The same as a page.", "/?country=IR"))


class SuggestSchema(Answer):
    q = fields.String(**_is("What was typed.", "russia ira"))
    mended = fields.Boolean(
        **_is("Nothing goes on from `q`, and these from something one letter off.", False)
    )
    suggestions = _some(SuggestionSchema, "By kind, the best of a kind first.")


class AnsweredSchema(Answer):
    status = fields.Integer(**_is("The status of a search by itself.", 200))
    body = fields.Raw(
        metadata={
            "description": "What the search by itself answers; a problem where the status is one.",
            "oneOf": [
                {"$ref": "#/components/schemas/Search"},
                {"$ref": "#/components/schemas/Problem"},
            ],
        },
        required=True,
    )


class BatchSchema(Answer):
    answers = _some(AnsweredSchema, "One for each search, in their order.")
    took_ms = fields.Float(**_is("Milliseconds the batch took.", 12.5))


class ValueNumbersSchema(Answer):
    country = fields.Integer(**_is("Countries.", 12))
    person = fields.Integer(**_is("People.", 7))
    topic = fields.Integer(**_is("Topics.", 9))


class StatsLinksSchema(Answer):
    self = fields.String(**_is("These statistics.", "/api/v1/stats"))
    search = fields.String(**_is("Every article.", SEARCH))


class StatsSchema(Answer):
    articles = fields.Integer(**_is("How many articles there are.", 2))
    dated = fields.Integer(**_is("How many of them have a date.", 1))
    first_date = fields.Date(**_is("The first date; null without any.", "2000-07-03", or_null=True))
    last_date = fields.Date(**_is("The last date; null without any.", "2000-07-03", or_null=True))
    values = fields.Nested(ValueNumbersSchema, **_is("How many values each facet has."))
    language = fields.String(**_is("Snowball language of the stems.", "english"))
    generation = fields.Integer(**_is("The number of the newest commit; -1 without any.", 3))
    written = fields.DateTime(
        **_is("When that was made, in UTC.", "2026-11-25T09:30:00+00:00", or_null=True)
    )
    segments = fields.Integer(**_is("In how many parts the index is.", 1))
    bytes = fields.Integer(**_is("What its files take.", 183_000))
    failures = fields.Integer(
        **_is("Files and lines that could not be read when they were last tried.", 0)
    )
    links = fields.Nested(StatsLinksSchema, **_is("Around these."))
