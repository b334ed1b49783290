"""The right half: a search → query → engine → highlight → a `Page` of plain data."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from searchapp import highlight, query, spelling, tag, timeline, variants
from searchapp.analyse import Analyser, fold
from searchapp.describe import describe
from searchapp.engine import Engine
from searchapp.locate import Mark, Marker, terms
from searchapp.model import (
    BEGINNING,
    FACETS,
    Any,
    Article,
    BadParameter,
    BadQuery,
    Branch,
    Bucket,
    Chosen,
    Copy,
    Dated,
    Evidence,
    Explanation,
    Facet,
    FacetCounts,
    Hit,
    Match,
    Meant,
    Node,
    NoSuchArticle,
    Order,
    Page,
    Passage,
    Query,
    Ranking,
    Reading,
    Search,
    SearchTimeout,
    Shown,
    Span,
    Tag,
    Tagged,
    Tags,
    Timeline,
)
from searchapp.said import Said, none_of
from searchapp.sentences import sentences
from searchapp.settings import Settings

EVERY_VALUE = 10**9
MOVED = Said(
    "Articles were indexed since the page before, and the list as it was is not kept any more: "
    "a hit may be missing or come twice. A list by date of all copies has no such gap."
)
COPIES = 100
"""Copies of one story that are listed beside an article."""
EVIDENCE_SENTENCES = 20
"""Sentences shown for one facet value of an article; a book has thousands."""


def run(engine: Engine, search: Search, settings: Settings, grouped: bool = False) -> Page:
    """One page of results; `grouped`: copies of a story are one hit where `search` does not say.

    Raises BadQuery, BadParameter (a page too deep, too many filters) and SearchTimeout.
    """
    began = time.perf_counter()
    start = (search.page - 1) * search.per_page
    _check_depth(search, start, settings)
    _check_filters(search, settings)
    asked = search
    if search.copies is None and grouped:
        asked = replace(search, copies="grouped")
    engine, moved = _as_of(engine, asked)
    understood = _understand(engine, asked, settings)
    ranking = _rank(engine, understood.query, search, start)
    meant = _meant(engine, search, ranking.total, settings)
    if _may_relax(search, understood, ranking):
        understood, ranking = _relax(engine, asked, settings, understood, ranking, start)
    ids = [id_ for id_, _ in ranking.hits]
    tagged = engine.get(ids, whole=False)
    explained: Sequence[Explanation | None] = [None] * len(ids)
    if search.explain:
        explained = engine.explain(understood.query, ids, search.sort)
    marks = _Marks.of(understood.query.root, engine.analyser)
    similar = ranking.similar or (0,) * len(ids)
    hits = tuple(
        _hit(article, score, marks, why, others)
        for article, (_, score), why, others in zip(
            tagged, ranking.hits, explained, similar, strict=True
        )
        if article
    )
    filters = (*_filters(search), *_story(engine, search))
    return Page(
        search=search,
        parsed=understood.parsed,
        warnings=(*understood.warnings, *moved),
        total=ranking.total,
        took_ms=(time.perf_counter() - began) * 1000,
        hits=hits,
        facets=tuple(_facet(name, ranking.facets[name], search) for name in FACETS),
        chosen=filters,
        emptied_by=() if ranking.total else _emptied_by(engine, filters, settings),
        total_unfiltered=_unfiltered(engine, understood) if filters and not ranking.total else 0,
        start=ranking.start,
        next=ranking.next,
        described=describe(understood.root, search, _names(engine), tag.label),
        meant=meant,
        groups=ranking.groups,
    )


def read(
    engine: Engine, id_: str, q: str = "", match: Match = "all", settings: Settings | None = None
) -> Reading:
    """An article with the words of `q` marked, and the sentences behind each of its tags.

    Of a longer body only the beginning. Raises NoSuchArticle and BadQuery.
    """
    tagged = article(engine, id_)
    understood = _understand(engine, Search(q=q, match=match), settings or Settings())
    marks = _Marks.of(understood.query.root, engine.analyser)
    text = tagged.article.text[:BEGINNING]
    body = tagged.article.body[:BEGINNING]
    within = list(sentences(text))
    in_title = marks.of_title(tagged.article).marks(tagged.article.title)
    in_body = marks.body.marks(body)
    return Reading(
        article=tagged.article,
        title=Passage(tagged.article.title, highlight.merged(in_title)),
        body=Passage(body, highlight.merged(in_body)),
        evidence={
            facet: tuple(_evidence(text, within, t) for t in tagged.tags.of(facet))
            for facet in FACETS
        },
        removed=tagged.corrected.removed if tagged.corrected else Tags(),
        words=_words(_written(q, marks.headline.names, engine.analyser), in_title, in_body),
    )


def copies(engine: Engine, id_: str) -> tuple[Copy, ...]:
    """The other copies of the story that an article has, oldest first, undated last; of many the
    first COPIES. Raises NoSuchArticle."""
    article(engine, id_, whole=False)
    found = engine.get(engine.copies(id_)[:COPIES], whole=False)
    articles = [one.article for one in found if one]
    return tuple(Copy(a.id, Passage(a.title), a.date, a.source, a.path) for a in articles)


def article(engine: Engine, id_: str, whole: bool = True) -> Tagged:
    """The article, or what `Engine.get` calls its beginning. Raises NoSuchArticle."""
    found = engine.get([id_], whole=whole)[0]
    if found is None:
        raise NoSuchArticle(Said("there is no article {id}", id=repr(id_)))
    return found


def facet_values(
    engine: Engine,
    search: Search,
    name: str,
    settings: Settings,
    contains: str = "",
    offset: int = 0,
    limit: int = 100,
    prefix: str = "",
    order: Order = "count",
) -> Facet:
    """Values offset…offset+limit of one facet whose label, or a variant of it, contains `contains`
    and has a word that begins with `prefix`, which may also begin a word of what else the value is
    called.

    Most first, ties by value; or by label, as people sort: without case and accents, numbers by
    size. `value_count` is the number of values that pass; `other_count` sums those not in this
    slice.
    """
    if name not in FACETS:
        raise BadParameter("facet", none_of(name, FACETS))
    _check_filters(search, settings)
    understood = _as_shown(engine, search, settings)
    ranking = engine.rank(understood.query, stop=0, size=EVERY_VALUE)
    whole = _facet(name, ranking.facets[name], search)
    within, start = fold(contains.strip()), _spaced(prefix)
    passing = [b for b in whole.buckets if _contains(b, within) and _begins(name, b, start)]
    if order == "label":
        passing.sort(key=lambda bucket: (_collated(bucket.label), bucket.value))
    shown = passing[offset : offset + limit]
    other = sum(b.count for b in passing) - sum(b.count for b in shown)
    return Facet(name, tuple(shown), other, len(passing), whole.mode)


Parents = Callable[[str], Sequence[str]]
"""What a value lies below, nearest first."""


def tree(facet: Facet, parents: Parents | None = None) -> tuple[Branch, ...]:
    """The buckets of a facet, each below the nearest of its `parents` that is among them: as a rule
    IPTC's topics of level 2 below those of level 1. One without such a parent is at the top.

    Counts stay as they are: whatever gives an article a topic gives it those above.
    """
    above = parents or (lambda value: tag.parents(facet.name, value))
    known = {bucket.value for bucket in facet.buckets}
    below: dict[str, list[Bucket]] = {}
    for bucket in facet.buckets:
        parent = next((value for value in above(bucket.value) if value in known), "")
        below.setdefault(parent, []).append(bucket)

    def grow(value: str) -> tuple[Branch, ...]:
        return tuple(Branch(one, grow(one.value)) for one in below.get(value, ()))

    return grow("")


def _contains(bucket: Bucket, wanted: str) -> bool:
    return not wanted or any(wanted in fold(name) for name in (bucket.label, *bucket.variants))


def _begins(facet: str, bucket: Bucket, wanted: str) -> bool:
    """Whether a word of what the value is called begins with that."""
    names_ = bucket.label, *bucket.variants, *tag.aliases(facet).get(bucket.value, ())
    return wanted == " " or any(wanted in _spaced(name) for name in names_)


def _spaced(text: str) -> str:
    """The words of a text, folded, each after a space."""
    return " " + " ".join(re.findall(r"[^\W_]+", fold(text)))


def _collated(label: str) -> list[tuple[int, str]]:
    """What labels are sorted by: their letters, folded, and numbers by size."""
    pieces: list[str] = re.findall(r"[0-9]+|[^0-9]+", _spaced(label))
    return [(int(p), "") if p.isdigit() and len(p) < 20 else (-1, p) for p in pieces]


def over_time(engine: Engine, search: Search, settings: Settings) -> Timeline:
    """How many articles the search finds over time: see `searchapp.timeline`. Raises as `run`."""
    _check_filters(search, settings)
    understood = _as_shown(engine, search, settings)
    return timeline.timeline(search, engine.dates(understood.query))


def every(engine: Engine, search: Search, settings: Settings) -> Iterator[Hit]:
    """Every hit of a search, whatever its page or cursor: of one commit, in order, as `run` shows
    them. Raises as `run` does, before the first is asked for."""
    _check_filters(search, settings)
    understood = _as_shown(engine, search, settings)
    marks = _Marks.of(understood.query.root, engine.analyser)
    found = engine.every(understood.query, search.sort, whole=False)
    return (_hit(tagged, score, marks) for tagged, score in found)


def every_article(engine: Engine, search: Search, settings: Settings) -> Iterator[Tagged]:
    """The same as whole articles."""
    _check_filters(search, settings)
    understood = _as_shown(engine, search, settings)
    return (tagged for tagged, _ in engine.every(understood.query, search.sort))


def similar(engine: Engine, id_: str, size: int) -> tuple[Hit, ...]:
    """The articles most like one, most like it first, without its copies, with the words that they
    share with it marked. Raises NoSuchArticle and SearchTimeout."""
    copied = frozenset(engine.copies(id_))
    neighbours = engine.similar(id_, size + min(len(copied), COPIES))
    if not neighbours:
        article(engine, id_, whole=False)
    neighbours = [near for near in neighbours if near.id not in copied][:size]
    hits = []
    for found, near in zip(
        engine.get([n.id for n in neighbours], whole=False), neighbours, strict=True
    ):
        if found:  # it may be gone since
            words = Any(tuple(telling.word for telling in near.shared))
            hit = _hit(found, near.score, _Marks.of(words, engine.analyser))
            hits.append(replace(hit, shared=tuple(telling.said for telling in near.shared)))
    return tuple(hits)


def rank_text(
    engine: Engine, text: str, match: Match, limit: int, settings: Settings
) -> Sequence[tuple[str, float]]:
    """The best `limit` articles for one line of a list of queries, as (id, score).

    With match "any" every character but letters and digits is a separator, so that questions
    copied from anywhere are not read as syntax.
    """
    parsed = query.bag(text) if match == "any" else query.parse(text, match, settings)
    root, _ = query.analyse(parsed.root, engine.analyser, _names(engine))
    if parsed.root is None:
        return ()
    typed = query.words(parsed.root, engine.analyser)
    return engine.rank(Query(root, words=typed), stop=limit, size=None).hits


# --- understanding ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Understood:
    """A search made ready for an engine; `root` is what was typed and means something."""

    root: query.Syntax | None
    query: Query
    parsed: str
    warnings: tuple[Said, ...]
    relaxable: bool


def _understand(engine: Engine, search: Search, settings: Settings) -> _Understood:
    parsed = query.parse(search.q, search.match, settings)
    root, unknown = query.analyse(parsed.root, engine.analyser, _names(engine))
    dated = Dated(search.date_from, search.date_to) if _has_dates(search) else None
    return _Understood(
        query.pruned(parsed.root, engine.analyser),
        Query(
            root,
            _sets(search.chosen),
            _sets(search.excluded),
            dated,
            search.countries,
            query.words(parsed.root, engine.analyser),
            copies_of=search.copies_of,
            grouped=search.grouped,
            all_of=search.all_of,
        ),
        str(parsed),
        (*parsed.repairs, *unknown),
        parsed.relaxable and search.match == "all",
    )


def _as_shown(engine: Engine, search: Search, settings: Settings) -> _Understood:
    """As `run` shows it: some of the words where no article has all of them."""
    strict = _understand(engine, search, settings)
    if strict.relaxable and not _unfiltered(engine, strict):
        return _understand(engine, replace(search, match="any"), settings)
    return strict


def _names(engine: Engine) -> query.Resolve:
    """What people call a value: the names that the rules know, and topics of the owner's own,
    which the index knows."""

    def values(facet: str, words: str) -> frozenset[str]:
        known = tag.resolve(facet, words)
        if facet != "topic":
            return known
        wanted = fold(words)
        return frozenset(v for v in engine.values(facet) if fold(v) == wanted) or known

    return values


def _sets(values: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    return {facet: frozenset(chosen) for facet, chosen in values.items() if chosen}


def _has_dates(search: Search) -> bool:
    return search.date_from is not None or search.date_to is not None


def _check_depth(search: Search, start: int, settings: Settings) -> None:
    if start and search.cursor:
        raise BadParameter("cursor", Said("goes on from a hit; leave out the page"), "bad_cursor")
    if start and start + search.per_page > settings.max_depth:
        raise BadParameter(
            "page",
            Said(
                "pages reach {limit} hits deep (max_depth); narrow the search, or go on by "
                "`cursor`, the `next_cursor` of the page before in /api/v1/search",
                limit=settings.max_depth,
            ),
            "page_too_deep",
            str(search.page),
        )


def _check_filters(search: Search, settings: Settings) -> None:
    named = {**search.chosen, **{f"not_{facet}": of for facet, of in search.excluded.items()}}
    number = sum(map(len, named.values()))
    if number > settings.max_filters:
        name = max(named, key=lambda name: len(named[name]))
        raise BadParameter(
            name,
            Said(
                "{number} values are chosen or excluded; the limit is {limit} (max_filters)",
                number=number,
                limit=settings.max_filters,
            ),
            "too_many_filters",
        )


def _rank(engine: Engine, query_: Query, search: Search, start: int) -> Ranking:
    stop = start + search.per_page
    return engine.rank(query_, search.sort, start, stop, search.facet_size, search.cursor)


def _as_of(engine: Engine, search: Search) -> tuple[Engine, tuple[Said, ...]]:
    """The engine of one commit, the one of the cursor while it is kept, else the newest; and what
    is said where that breaks the list.

    An order by date goes by what an article has: it stays in its place whatever is indexed. Scores
    depend on all articles, and of copies on which comes first.
    """
    cursor = search.cursor
    if cursor and cursor.commit and (kept := engine.frozen(cursor.commit)):
        return kept, ()
    moved = cursor and cursor.commit and (search.sort == "relevance" or search.grouped)
    return engine.frozen() or engine, (MOVED,) if moved else ()


def _may_relax(search: Search, understood: _Understood, ranking: Ranking) -> bool:
    """Whether some of the words may be enough: a list that goes on stays what it was at first."""
    if search.cursor:
        return search.cursor.relaxed and understood.relaxable
    return not ranking.total and understood.relaxable


def _relax(
    engine: Engine,
    search: Search,
    settings: Settings,
    strict: _Understood,
    nothing: Ranking,
    start: int,
) -> tuple[_Understood, Ranking]:
    """Some of the words where no article has all of them, whatever the filters are."""
    if not search.cursor and _unfiltered(engine, strict):
        return strict, nothing
    loose = _understand(engine, replace(search, match="any"), settings)
    ranking = _rank(engine, loose.query, search, start)
    if not ranking.total:
        return strict, nothing
    said = Said("No article has all of these words; these have some of them.")
    after = replace(ranking.next, relaxed=True) if ranking.next else None
    return (
        replace(loose, warnings=(*strict.warnings, said)),
        replace(ranking, next=after),
    )


def _meant(engine: Engine, search: Search, total: int, settings: Settings) -> Meant | None:
    """What may have been meant by a search that finds `total`, with the same filters. It is given
    up where looking takes longer than one search may."""
    if total > spelling.FEW or not search.q:
        return None
    began = time.monotonic()

    def other(q: str) -> Search:
        return replace(search, q=q, page=1, cursor=None)

    def count(q: str) -> int:
        if time.monotonic() - began > settings.search_seconds:
            raise SearchTimeout.of(settings.search_seconds)
        asked = _understand(engine, other(q), settings).query
        return engine.rank(asked, stop=0, size=None).total

    try:
        found = spelling.propose(engine, search.q, total, count)
    except (BadQuery, SearchTimeout):  # of other queries than the one typed
        return None
    return Meant(found.query, other(found.query.text), found.total) if found else None


# --- showing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the words of a query mark in bodies, and in titles that documents state."""

    body: Marker
    headline: Marker

    @classmethod
    def of(cls, root: Node, analyser: Analyser) -> _Marks:
        return cls(Marker(terms(root), analyser), Marker(terms(root, "title"), analyser))

    def title(self, found: Article) -> Passage:
        return Passage(found.title, highlight.mark(found.title, self.of_title(found)))

    def of_title(self, found: Article) -> Marker:
        return self.headline if found.headline else self.body


def _hit(
    tagged: Tagged,
    score: float,
    marks: _Marks,
    explanation: Explanation | None = None,
    similar: int = 0,
) -> Hit:
    found = tagged.article
    return Hit(
        id=found.id,
        title=marks.title(found),
        passages=highlight.passages(found.body, marks.body),
        score=score,
        date=found.date,
        source=found.source,
        byline=found.byline,
        url=found.url,
        language=found.language,
        path=found.path,
        tags=tagged.tags,
        explanation=explanation,
        similar=similar,
    )


def _written(q: str, names: Mapping[object, str], analyser: Analyser) -> dict[object, str]:
    """`names` as `q` has them: its case and accents, and a phrase of one piece, S-300, as that."""
    at = {(token.position, token.exact): token for token in analyser.tokens(q)}

    def written(name: str) -> str:
        words = name.strip("“”").split()
        for first, exact in at:
            row = [at.get((first + step, word)) for step, word in enumerate(words)]
            if exact == words[0] and row[0] and row[-1] and all(row):
                shown = q[row[0].start : row[-1].end]
                return f"“{shown}”" if " " in shown else shown
        return name

    return {term: written(name) for term, name in names.items()}


def _words(
    names: Mapping[object, str], in_title: Sequence[Mark], in_body: Sequence[Mark]
) -> tuple[Shown, ...]:
    """Where each term stands, in the order of `names`; terms of one name are one word."""
    found: dict[str, tuple[set[Span], set[Span]]] = {
        name: (set(), set()) for name in names.values()
    }
    for number, marks in enumerate((in_title, in_body)):
        for start, end, term in marks:
            found[names[term]][number].add((start, end))
    return tuple(
        Shown(name, tuple(sorted(title)), tuple(sorted(body)))
        for name, (title, body) in found.items()
    )


def _evidence(text: str, within: Sequence[Span], tag_: Tag) -> Evidence:
    """The tag with the sentences that hold its spans, in order, white space folded."""
    shown: list[Passage] = []
    places: list[Span] = []
    spans = iter(tag_.spans)
    span = next(spans, None)
    for start, end in within:
        marks = []
        while span and span[0] < end:
            if span[0] >= start:
                marks.append((span[0] - start, min(span[1], end) - start))
            span = next(spans, None)
        if marks:
            shown.append(highlight.fold_spaces(text[start:end], marks))
            places.append((start, end))
        if span is None or len(shown) == EVIDENCE_SENTENCES:
            break
    return Evidence(tag_, tuple(shown), tuple(places))


def _facet(name: str, counts: FacetCounts, search: Search) -> Facet:
    chosen, excluded = search.chosen.get(name, ()), search.excluded.get(name, ())
    label, spellings, same = tag.label, counts.variants, variants.same
    buckets = tuple(
        [
            Bucket(
                value,
                label(name, value),
                count,
                bool(chosen) and same(name, value, chosen),
                bool(excluded) and same(name, value, excluded),
                spellings.get(value, ()),
            )
            for value, count in counts.values
        ]
    )
    return Facet(name, buckets, counts.other_count, counts.value_count, search.mode(name))


def _filters(search: Search) -> Iterator[Chosen]:
    """Every filter in force, each with the search without it."""
    for excluded in (False, True):
        values = search.excluded if excluded else search.chosen
        for facet in FACETS:
            for value in _distinct(facet, values.get(facet, ())):
                others = tuple(v for v in values[facet] if not variants.same(facet, v, [value]))
                kept = {**values, facet: others}
                change = {
                    "excluded" if excluded else "chosen": {k: v for k, v in kept.items() if v}
                }
                without = replace(search, page=1, cursor=None, **change)  # type: ignore[arg-type]
                yield Chosen(facet, value, tag.label(facet, value), excluded, without)
    if _has_dates(search):
        value = f"{search.date_from or ''}..{search.date_to or ''}"
        without = replace(search, page=1, cursor=None, date_from=None, date_to=None)
        yield Chosen("date", value, _date_label(search), False, without)


def _story(engine: Engine, search: Search) -> Iterator[Chosen]:
    """The story whose copies alone are asked for, by the title of the article that names it."""
    if search.copies_of:
        found = engine.get([search.copies_of], whole=False)[0]
        label = found.article.title if found else search.copies_of
        without = replace(search, page=1, cursor=None, copies_of="")
        yield Chosen("copies", search.copies_of, label, False, without)


def _distinct(facet: str, values: Sequence[str]) -> list[str]:
    """Of several spellings of one value the first."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(variants.key(facet, value), value)
    return list(first.values())


def _date_label(search: Search) -> Said:
    first, last = str(search.date_from), str(search.date_to)
    if search.date_from and search.date_to:
        return Said("{first} to {last}", first=first, last=last)
    return (
        Said("from {first}", first=first) if search.date_from else Said("until {last}", last=last)
    )


def _unfiltered(engine: Engine, understood: _Understood) -> int:
    return engine.rank(Query(understood.query.root), stop=0, size=None).total


def _emptied_by(
    engine: Engine, filters: Sequence[Chosen], settings: Settings
) -> tuple[Chosen, ...]:
    """The filters without which there would be hits, with how many. Counting all of them takes no
    longer than one search may."""
    counted = []
    began = time.monotonic()
    for chosen in filters:
        if time.monotonic() - began > settings.search_seconds:
            raise SearchTimeout.of(settings.search_seconds)
        understood = _understand(engine, chosen.without, settings)
        total = engine.rank(understood.query, stop=0, size=None).total
        if total:
            counted.append(replace(chosen, total_without=total))
    return tuple(counted)
