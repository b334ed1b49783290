"""What the API answers: pages and articles as plain dictionaries, with the links between them.

Built directly: marshmallow's `dump` took 2.2 ms for ten hits and three facets. `schemas` describes
these dictionaries, and the tests hold every answer against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from searchapp import address, variants
from searchapp.highlight import to_html
from searchapp.model import (
    FACETS,
    Bar,
    Bucket,
    Chosen,
    Explanation,
    Facet,
    Hit,
    Meant,
    Page,
    Passage,
    Search,
    Span,
    Stats,
    Suggestion,
    Suggestions,
    Tag,
    Tagged,
    Tags,
    Timeline,
)
from searchapp.settings import Settings

SEARCH = "/api/v1/search"
TIMELINE = "/api/v1/timeline"
FACET_VALUES = "/api/v1/facets"
SUGGEST = "/api/v1/suggest"
DOCUMENTS = "/api/v1/documents"
STATS = "/api/v1/stats"
PLURAL = {"country": "countries", "person": "people", "topic": "topics"}


def search_answer(page: Page, links: Links) -> dict[str, Any]:
    """A page of results as `SearchSchema` describes it."""
    search = page.search
    asked = links.asked(search)
    return {
        "query": {
            "q": search.q,
            "parsed": page.parsed,
            "warnings": list(page.warnings),
            "countries": search.countries,
            "described": str(page.described),
            "did_you_mean": _meant(page.meant, links) if page.meant else None,
        },
        "total": {"value": page.total, "relation": "eq"},
        "page": page.start // search.per_page + 1 if search.cursor else search.page,
        "per_page": search.per_page,
        "took_ms": round(page.took_ms, 3),
        "hits": [_hit(hit, asked, links) for hit in page.hits],
        "facets": {facet.name: _facet(facet, search, links) for facet in page.facets},
        "filters": [_filter(chosen, links) for chosen in page.chosen],
        "emptied_by": [_filter(chosen, links) for chosen in page.emptied_by],
        "total_unfiltered": page.total_unfiltered,
        "groups": page.groups,
        "next_cursor": address.token_of(page.next, search.sort) if page.next else None,
        "links": _search_links(page, links),
    }


def _meant(meant: Meant, links: Links) -> dict[str, Any]:
    return {
        "q": meant.query.text,
        "html": to_html(meant.query),
        "total": meant.total,
        "url": links.search(meant.search),
    }


def _search_links(page: Page, links: Links) -> dict[str, str | None]:
    after, before = _neighbours(page, links.settings)
    return {
        "self": links.search(page.search),
        "next": links.search(after) if after else None,
        "prev": links.search(before) if before else None,
        "html": links.page(page.search),
    }


def _hit(hit: Hit, asked: str, links: Links) -> dict[str, Any]:
    """`asked`: the query of the address that finds it, with its `?`."""
    return {
        "id": hit.id,
        "title": hit.title.text,
        "title_html": to_html(hit.title),
        "title_marks": _pairs(hit.title.marks),
        "date": hit.date.isoformat() if hit.date else None,
        "source": hit.source,
        "byline": hit.byline,
        "url": hit.url,
        "language": hit.language,
        "path": hit.path,
        "score": hit.score,
        "snippet_html": " … ".join(to_html(passage) for passage in hit.passages),
        "highlights": [_passage(passage) for passage in hit.passages],
        "similar": hit.similar,
        **_by_plural(hit.tags, _value),
        **({"explanation": _explanation(hit.explanation)} if hit.explanation else {}),
        "links": {"self": links.document(hit.id), "html": links.article(hit.id) + asked},
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "kind": explanation.kind,
        "score": explanation.score,
        "what": explanation.what,
        "facts": dict(explanation.facts),
        "parts": [_explanation(part) for part in explanation.parts],
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {"text": passage.text, "marks": _pairs(passage.marks)}


def _pairs(spans: Sequence[Span]) -> list[list[int]]:
    return [[*span] for span in spans]


def _by_plural(tags: Tags, answer: Callable[[str, Tag], dict[str, Any]]) -> dict[str, Any]:
    return {PLURAL[facet]: [answer(facet, tag) for tag in tags.of(facet)] for facet in FACETS}


def _value(facet: str, tag: Tag) -> dict[str, Any]:
    if facet == "country":
        return {"value": tag.value, "label": tag.label, "about": tag.about}
    return {"value": tag.value, "label": tag.label}


def timeline_answer(timeline: Timeline, links: Links) -> dict[str, Any]:
    """A timeline as `TimelineSchema` describes it."""
    out = timeline.zoom_out
    return {
        "unit": timeline.unit,
        "bars": [_bar(bar, links) for bar in timeline.bars],
        "before": _bar(timeline.before, links) if timeline.before else None,
        "after": _bar(timeline.after, links) if timeline.after else None,
        "undated": timeline.undated,
        "links": {
            "self": links.timeline(timeline.search),
            "search": links.search(timeline.search),
            "zoom_out": links.timeline(out) if out else None,
        },
    }


def _bar(bar: Bar, links: Links) -> dict[str, Any]:
    return {
        "first": bar.first.isoformat(),
        "last": bar.last.isoformat(),
        "label": bar.label,
        "count": bar.count,
        "within": bar.within,
        "url": links.search(bar.search),
        "zoom_in": links.timeline(bar.search),
    }


def values_answer(
    facet: Facet, search: Search, given: Mapping[str, Any], links: Links
) -> dict[str, Any]:
    """Values of a facet as `FacetValuesSchema` describes them; `given` are the parameters of the
    list."""
    after = given["offset"] + given["limit"]
    more = given["limit"] and after < facet.value_count
    return {
        "facet": facet.name,
        **_facet(facet, search, links),
        "links": {
            "self": links.values(facet.name, search, given),
            "next": links.values(facet.name, search, {**given, "offset": after}) if more else None,
            "search": links.search(search),
        },
    }


def similar_answer(id: str, hits: Sequence[Hit], links: Links) -> dict[str, Any]:
    """Articles like one as `SimilarSchema` describes them."""
    return {
        "hits": [{**_hit(hit, "", links), "shared": list(hit.shared)} for hit in hits],
        "links": {"document": links.document(id)},
    }


def _facet(facet: Facet, search: Search, links: Links) -> dict[str, Any]:
    name = facet.name
    filtered = (*search.chosen.get(name, ()), *search.excluded.get(name, ()))
    url = links.choosing(search, name)
    if filtered:
        others = url

        def url(value: str) -> str:
            same = variants.same(name, value, filtered)
            return links.search(toggled(search, name, value)) if same else others(value)

    return {
        "buckets": [_bucket(bucket, url(bucket.value)) for bucket in facet.buckets],
        "mode": facet.mode,
        "other_count": facet.other_count,
        "value_count": facet.value_count,
    }


def _bucket(bucket: Bucket, url: str) -> dict[str, Any]:
    return {
        "value": bucket.value,
        "label": bucket.label,
        "variants": list(bucket.variants),
        "count": bucket.count,
        "selected": bucket.selected,
        "excluded": bucket.excluded,
        "url": url,
    }


def _filter(chosen: Chosen, links: Links) -> dict[str, Any]:
    return {
        "facet": chosen.facet,
        "value": chosen.value,
        "label": chosen.label,
        "excluded": chosen.excluded,
        "total_without": chosen.total_without,
        "url": links.search(chosen.without),
    }


def suggest_answer(suggestions: Suggestions, links: Links) -> dict[str, Any]:
    """Suggestions as `SuggestSchema` describes them."""
    return {
        "q": suggestions.q,
        "mended": suggestions.mended,
        "suggestions": [_suggestion(each, links) for each in suggestions.items],
    }


def _suggestion(suggestion: Suggestion, links: Links) -> dict[str, Any]:
    search, value = suggestion.search, suggestion.value
    return {
        "kind": suggestion.kind,
        "value": value,
        "label": suggestion.label.text,
        "label_html": to_html(suggestion.label),
        "marks": _pairs(suggestion.label.marks),
        "count": suggestion.articles,
        "q": search.q if search else None,
        "url": links.search(search) if search else links.document(value),
        "html": links.page(search) if search else links.article(value),
    }


def document_answer(tagged: Tagged, links: Links) -> dict[str, Any]:
    """One article as `DocumentSchema` describes it."""
    article = tagged.article
    return {
        "id": article.id,
        "title": article.title,
        "body": article.body,
        "date": article.date.isoformat() if article.date else None,
        "source": article.source,
        "byline": article.byline,
        "place": article.place,
        "language": article.language,
        "url": article.url,
        "path": article.path,
        "provenance": dict(article.provenance),
        **_by_plural(tagged.tags, _evidence),
        "removed": _removed(tagged),
        "text": article.text,
        "body_offset": article.body_offset,
        "links": {
            "self": links.document(article.id),
            "html": links.article(article.id),
            "original": links.original(article.id),
        },
    }


def stats_answer(stats: Stats, language: str, failures: int, links: Links) -> dict[str, Any]:
    """What the index holds as `StatsSchema` describes it: nothing of the machine it is on."""
    return {
        "articles": stats.articles,
        "dated": stats.dated,
        "first_date": stats.first_date,
        "last_date": stats.last_date,
        "values": {facet: stats.values.get(facet, 0) for facet in FACETS},
        "language": language,
        "generation": stats.generation,
        "written": stats.written,
        "segments": stats.segments,
        "bytes": stats.bytes,
        "failures": failures,
        "links": {"self": f"{links.root}{STATS}", "search": links.search(Search())},
    }


def _removed(tagged: Tagged) -> list[dict[str, str]]:
    """What the owner's corrections took away."""
    removed = tagged.corrected.removed if tagged.corrected else Tags()
    return [
        {"facet": facet, "value": tag.value, "label": tag.label}
        for facet in FACETS
        for tag in removed.of(facet)
    ]


def _evidence(facet: str, tag: Tag) -> dict[str, Any]:
    return {
        "value": tag.value,
        "label": tag.label,
        "about": tag.about,
        "corrected": list(tag.corrected),
        "score": tag.score,
        "mentions": _pairs(tag.spans),
    }


# --- links ---


@dataclass(frozen=True, slots=True)
class Links:
    """Paths from the root of the host, below `root` where the application is mounted."""

    root: str
    settings: Settings

    def search(self, search: Search) -> str:
        return address.url(self.root + SEARCH, search, self.settings)

    def timeline(self, search: Search) -> str:
        return address.url(self.root + TIMELINE, search, self.settings)

    def values(self, facet: str, search: Search, given: Mapping[str, Any]) -> str:
        defaults = {d.name: d.schema["default"] for d in address.value_definitions(self.settings)}
        more = [(name, str(value)) for name, value in given.items() if value != defaults[name]]
        return address.url(f"{self.root}{FACET_VALUES}/{facet}", search, self.settings, more)

    def page(self, search: Search) -> str:
        return address.url(f"{self.root}/", address.for_page(search), self.settings)

    def document(self, id: str) -> str:
        return f"{self.root}{DOCUMENTS}/{address.quoted(id)}"

    def article(self, id: str) -> str:
        return f"{self.root}/article/{address.quoted(id)}"

    def asked(self, search: Search) -> str:
        """What the address of an article that `search` finds ends with."""
        return address.url("", address.for_page(search), self.settings)

    def choosing(self, search: Search, facet: str) -> Callable[[str], str]:
        """See `address.choosing`."""
        return address.choosing(self.root + SEARCH, search, facet, self.settings)

    def original(self, id: str) -> str:
        return f"{self.article(id)}/original"


def toggled(search: Search, facet: str, value: str) -> Search:
    """The first page of `search` with `value` chosen, or no longer chosen."""
    is_chosen = variants.same(facet, value, search.chosen.get(facet, ()))
    change = address.release if is_chosen else address.choose
    return change(search, facet, value)


def _neighbours(page: Page, settings: Settings) -> tuple[Search | None, Search | None]:
    """The next and the previous page: by number as far as that reaches, and then by cursor, which
    leads onwards only. Past the end, back to the last."""
    search = page.search
    last = address.last_page(page.entries, search, settings)
    after = replace(search, page=1, cursor=page.next) if page.next else None
    if search.page < last and not search.cursor:
        after = replace(search, page=search.page + 1)
    before = replace(search, page=min(search.page - 1, last)) if search.page > 1 else None
    return after, before
