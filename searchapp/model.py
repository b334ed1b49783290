"""The nouns of searchapp: frozen data that passes between the stages, without I/O.

In the order data flows: a `Source` is read, extracted to an `Article`, tagged to a `Tagged`,
indexed; a `Search` is what somebody asks, a `Query` its analysed form, a `Ranking` the engine's
answer and a `Page` of `Hit`s what people and programs see.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self, get_args

from searchapp.said import Said

FACETS = ("country", "person", "topic")
MENTIONED = "country_mentioned"
COLUMNS = (*FACETS, MENTIONED)
"""What engines keep values of: the facets, where `country` is what an article is about, and all
the countries it mentions."""

BEGINNING = 300_000
"""Characters of a body that are its beginning, some 50,000 words or 100 pages: what is looked at
for a page of results, and what is shown and explained of an article."""

Span = tuple[int, int]
"""Start and end (exclusive) in code points."""

Kind = Literal["text", "markdown", "html", "json"]
Provenance = Literal["found", "inferred"]
Match = Literal["all", "any"]
Sort = Literal["relevance", "newest", "oldest"]
Countries = Literal["about", "mentioned"]
Copies = Literal["all", "grouped"]
Mode = Literal["any", "all"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
MATCHES: tuple[Match, ...] = ("all", "any")
Unit = Literal["day", "week", "month", "quarter", "year", "five years", "decade", "century"]
UNITS: tuple[Unit, ...] = get_args(Unit)
"""What a bar of a timeline is, the shortest first."""
NAMES = ("person", "source")
"""Fields of names, whose words are compared as written: stems would merge different people."""
COUNTRIES: tuple[Countries, ...] = ("about", "mentioned")
COPIES: tuple[Copies, ...] = ("all", "grouped")
MODES: tuple[Mode, ...] = ("any", "all")
"""How the chosen values of one facet combine."""
Order = Literal["count", "label"]
ORDERS: tuple[Order, ...] = ("count", "label")
"""Of a facet's values."""
QueryLimit = Literal["query_too_long", "query_too_complex", "query_too_broad", "query_too_loose"]
"""Of a query: its characters; its clauses and brackets; the words that one of it may stand for; how
far off these may be."""
ParameterFault = Literal[
    "unknown_parameter", "bad_parameter", "bad_cursor", "page_too_deep", "too_many_filters"
]
ACTIONS = ("not", "is", "add", "mentioned")
"""What a correction does with its value."""

_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


# --- errors -------------------------------------------------------------------------------------
#
#   SearchError
#   ├── UnreadableSource     a file or line that gives no article
#   ├── BadQuery             a query over a limit
#   ├── SearchTimeout        a search over its time
#   ├── BadParameter         a search parameter that has no meaning
#   ├── NoSuchArticle        an id the index does not hold
#   ├── BadSettings          a setting, or a file it names, that cannot be used
#   ├── BadCorrection        a correction that has no meaning
#   ├── BadArticle           an article that was sent and cannot be taken
#   ├── CannotTrain          labelled articles that nothing can be learned from
#   ├── MissingExtra         something that has to be installed first
#   └── IndexProblem         the index cannot be used as it is
#       ├── NoIndex          nothing there yet
#       ├── IndexMismatch    made by another analyser or format: rebuild
#       ├── IndexDamaged     a file of it is missing or broken
#       └── IndexLocked      somebody else is writing


class SearchError(Exception):
    """Anything searchapp reports; its text is fit for the person who asked."""

    @property
    def said(self) -> str:
        """The text; a `Said` where it was made as one, which str() does not keep."""
        return self.args[0] if self.args else ""


class UnreadableSource(SearchError):
    """A file or line that gives no article; the text is the reason alone."""


class BadQuery(SearchError):
    """A query over a limit: `kind` says which, `span` where in the query, in code points."""

    def __init__(
        self, said: str, kind: QueryLimit = "query_too_complex", span: Span | None = None
    ) -> None:
        super().__init__(said)
        self.kind = kind
        self.span = span


class SearchTimeout(SearchError):
    """A search over its time."""

    @classmethod
    def of(cls, seconds: float) -> Self:
        """What is said of a search that took longer than that."""
        return cls(
            Said(
                "the search took longer than {seconds} s (search_seconds); make it narrower",
                seconds=float(seconds),
            )
        )


class BadParameter(SearchError):
    """A search parameter that has no meaning: `kind` says why, `value` which of its values."""

    def __init__(
        self,
        name: str,
        problem: str,
        kind: ParameterFault = "bad_parameter",
        value: str | None = None,
    ) -> None:
        super().__init__(Said("{name}: {problem}", name=name, problem=problem))
        self.name = name
        self.problem = problem
        self.kind = kind
        self.value = value


class NoSuchArticle(SearchError):
    """An id the index does not hold."""


class BadSettings(SearchError):
    """A setting, or a file it names, that cannot be used."""


class KeysProblem(SearchError):
    """API keys that cannot be read, made or revoked."""


class CannotTrain(SearchError):
    """Labelled articles that nothing can be learned from."""


class MissingExtra(SearchError):
    """Something that has to be installed first; the text says how."""


class BadCorrection(SearchError):
    """A correction that has no meaning."""


class BadArticle(SearchError):
    """An article that was sent and cannot be taken: which `member` of it is at fault, empty where
    it is none alone, a `code` for programs, and its `id` where that is known."""

    def __init__(self, detail: str, member: str = "", code: str = "bad_member") -> None:
        super().__init__(detail)
        self.member = member
        self.code = code
        self.id = ""


class CannotCopy(SearchError):
    """A backup that cannot be made, or put in its place."""


class IndexProblem(SearchError):
    """The index cannot be used as it is."""


class NoIndex(IndexProblem):
    """Nothing has been indexed there yet."""


class IndexMismatch(IndexProblem):
    """Made by another analyser or format: rebuild."""


class IndexDamaged(IndexProblem):
    """A file of the index is missing or broken."""


class IndexLocked(IndexProblem):
    """Somebody else is writing."""


# --- from files to articles ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one article, decompressed, and where they came from.

    `id` is stable across runs and machines; `path` is shown to people (posix, below the folder
    given; a line of a JSON Lines file ends in `#L12`); `origin` is the absolute path of the file
    on the machine that read it.
    """

    id: str
    path: str
    origin: str
    kind: Kind
    data: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or line that gave no article: `path` as shown to people, and why.

    `origin` is the absolute path of the file, empty where it is none of news; `when` is the time of
    the run (ISO 8601, UTC) once the failure is kept. Neither tells failures apart.
    """

    path: str
    reason: str
    origin: str = field(default="", compare=False)
    when: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Article:
    """One article as extracted.

    `provenance` holds a key for each of title, date, source, byline, place, language, url that is
    known: "found" when the document states it, "inferred" when a rule derived it. `body` is the
    text without page furniture; `original` the decoded document as it came. `given` holds facet
    values the owner supplied (facet name → values), which win over tagging. `language` is
    ISO 639-1.

    >>> article = Article("a", "Gas", "Iran sells gas.", provenance={"title": "found"})
    >>> article.text, article.text[article.body_offset :]
    ('Gas\\n\\nIran sells gas.', 'Iran sells gas.')
    """

    id: str
    title: str
    body: str
    date: datetime.date | None = None
    source: str | None = None
    byline: str | None = None
    place: str | None = None
    language: str | None = None
    url: str | None = None
    path: str = ""
    origin: str = ""
    original: str = ""
    digest: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The title where the document has one; empty when it was inferred from the body."""
        return "" if self.provenance.get("title") == "inferred" else self.title

    @property
    def text(self) -> str:
        """What is tagged, and what the spans of a `Tag` count in: headline, blank line, body."""
        return f"{self.headline}\n\n{self.body}" if self.headline else self.body

    @property
    def body_offset(self) -> int:
        """Where `body` starts in `text`."""
        return len(self.headline) + 2 if self.headline else 0


@dataclass(frozen=True, slots=True)
class Tag:
    """One facet value of one article.

    `value` is an ISO 3166-1 alpha-2 code, a person's full name, an IPTC Media Topic code or the
    owner's name for a topic; `spans` the evidence, ascending offsets into `Article.text` (empty
    when the owner gave the value); `score` in 0…1 orders values; `about` is False for a country
    only mentioned in passing. `corrected` says in a few words what the owner's corrections did to
    it.
    """

    value: str
    label: str
    spans: tuple[Span, ...] = ()
    score: float = 1.0
    about: bool = True
    corrected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tags:
    """All facet values of one article, each facet ordered by score, ties by first mention.

    >>> tags = Tags(country=(Tag("IR", "Iran"), Tag("BE", "Belgium", about=False)))
    >>> tags.values("country"), tags.values("country_mentioned")
    (('IR',), ('IR', 'BE'))
    """

    country: tuple[Tag, ...] = ()
    person: tuple[Tag, ...] = ()
    topic: tuple[Tag, ...] = ()

    def of(self, facet: str) -> tuple[Tag, ...]:
        """The tags of one of FACETS."""
        tags: tuple[Tag, ...] = getattr(self, facet)
        return tags

    def values(self, column: str) -> tuple[str, ...]:
        """The different values in one of COLUMNS, in the order of the tags."""
        tags = self.country if column == MENTIONED else self.of(column)
        return tuple(dict.fromkeys(t.value for t in tags if t.about or column != "country"))


@dataclass(frozen=True, slots=True)
class Correction:
    """What the owner says of one `value` of a facet, in one `article` or, without one, everywhere.

    By `action`: `not`, it has no such value; `is`, it means the value that it `becomes`; `add`, the
    article is about it; `mentioned`, the country is no more than mentioned. Values are codes or
    names of countries and topics, and people's names in any spelling.
    """

    facet: str
    value: str
    action: str
    becomes: str = ""
    article: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What corrections did to an article of whose values they speak, if only to say what it says.

    `found` are its tags without them, `removed` those of them that are gone. `by` identifies the
    corrections, and `unseen` are the subjects they may speak of that its tags do not show: see
    `searchapp.corrections`.
    """

    found: Tags
    removed: Tags
    by: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """An article with its tags: what is indexed and what comes back."""

    article: Article
    tags: Tags
    corrected: Corrected | None = None


# --- from what is asked to what the engine runs -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list of hits goes on: right after the hit with this score, date and id, which are
    what hits are ordered by. That hit need not be there any more. `score` is 0 in orders by date.

    `commit` is that of the list (see `Engine.commit`), empty for any. `relaxed`: the list has
    articles with some of the words, because none had all of them.
    """

    score: float
    date: datetime.date | None
    id: str
    commit: str = ""
    relaxed: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody asks, as they said it: one state of the search page, one URL.

    `chosen` and `excluded` map a facet to values; chosen values of one facet are alternatives, or
    all have to be there where the facet is one of `all_of`; facets narrow each other. `countries`
    says what makes an article one of a country's: being about it, or mentioning it at all. `page`
    counts from 1. Dates are inclusive. With a `cursor` the hits are those after it, and `page` is
    1. `explain`: each hit says how its score came about. `copies`: whether each article is listed,
    or one for all that are copies of one story; None, as is usual where it is asked. `copies_of`:
    the id of the article whose copies alone are asked for, which are listed each.

    >>> search = Search("gas", chosen={"country": ("IR", "RU")}, all_of=frozenset({"country"}))
    >>> search.mode("country"), search.mode("person"), search.page
    ('all', 'any', 1)
    """

    q: str = ""
    match: Match = "all"
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    countries: Countries = "about"
    date_from: datetime.date | None = None
    date_to: datetime.date | None = None
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = 10
    facet_size: int = 10
    cursor: Cursor | None = None
    explain: bool = False
    all_of: frozenset[str] = frozenset()
    copies: Copies | None = None
    copies_of: str = ""

    @property
    def grouped(self) -> bool:
        """Whether copies of one story are listed as one hit."""
        return self.copies == "grouped" and not self.copies_of

    def mode(self, facet: str) -> Mode:
        """How the chosen values of a facet combine."""
        return "all" if facet in self.all_of else "any"


@dataclass(frozen=True, slots=True)
class Word:
    """One analysed word in any of `fields`: its stem finds it, its exact form ranks it higher.

    Fields are `text` (headline and body), `title` (the headline), and those of NAMES.
    """

    stem: str
    exact: str
    fields: tuple[str, ...] = ("text",)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every word whose exact form starts with `start`.

    Its `span`, as those of other patterns, says where in the query it was typed.
    """

    start: str
    fields: tuple[str, ...] = ("text",)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words at consecutive positions of one of `fields`, compared by stem."""

    words: tuple[Word, ...]
    fields: tuple[str, ...] = ("text",)


@dataclass(frozen=True, slots=True)
class Near:
    """Words in any order in one of `fields`, compared as those of a phrase, with at most `distance`
    other positions among them: the last is at most len(words) - 1 + distance after the first.

    Words that are the same term count once.
    """

    words: tuple[Word, ...]
    distance: int
    fields: tuple[str, ...] = ("text",)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Every word whose exact form is `pattern`: ? is one character, * any number, also none."""

    pattern: str
    fields: tuple[str, ...] = ("text",)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Every word whose exact form is at most `edits` from `word`: a letter more, less or other, or
    two neighbours exchanged (optimal string alignment distance)."""

    word: str
    edits: int
    fields: tuple[str, ...] = ("text",)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HasValue:
    """Articles with any of these values in one of COLUMNS; scores nothing."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dated:
    """Articles dated within the range, both ends inclusive, None for open; undated never match."""

    start: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class All:
    """Every part matches. No parts: everything matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part matches. No parts: nothing matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Every article that `part` does not match; scores nothing."""

    part: Node


Node = Word | Prefix | Phrase | Near | Wildcard | Fuzzy | HasValue | Dated | All | Any | Not
EVERYTHING = All(())
NOTHING = Any(())


@dataclass(frozen=True, slots=True)
class Query:
    """What an engine runs: a tree of analysed terms, and the filters beside it.

    The filters stand apart from the tree because each facet is counted with its own left out,
    unless it is one of `all_of`, whose chosen values all have to be there.
    `countries` is for them and for the counts; the tree names its columns itself. `words` are
    those that were typed, in their order, repeats and all: they say nothing of what matches, and
    let an engine rank by how often and how near each other the words stand. Without them every
    word of the tree counts once. `copies_of` is an id: only that article and its copies match.
    `grouped`: of copies of one story that match only the first is listed.
    """

    root: Node = EVERYTHING
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dated: Dated | None = None
    countries: Countries = "about"
    words: tuple[Word, ...] = ()
    copies_of: str = ""
    grouped: bool = False
    all_of: frozenset[str] = frozenset()

    def column(self, facet: str) -> str:
        """Which of COLUMNS a facet is filtered and counted by."""
        return MENTIONED if facet == "country" and self.countries == "mentioned" else facet


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """`values`: (value, articles), most first, ties by value. `other_count`: articles counted
    under values beyond those listed (their sum). `value_count`: how many values there are.
    `variants`: of a listed value that is spelled in several ways, all of them, commonest first.
    """

    values: tuple[tuple[str, int], ...] = ()
    other_count: int = 0
    value_count: int = 0
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranking:
    """An engine's answer: exact total, the asked-for slice of (id, score) and exact counts.

    `start`: how many hits come before the slice. `next`: where the list goes on after it; None at
    the end, and for a slice of nothing. Of a grouped query `groups` is the number of hits that
    there are in all, and `similar` says of each hit how many other matches it stands for; `total`
    and the counts are of articles even so.
    """

    total: int
    hits: tuple[tuple[str, float], ...]
    facets: Mapping[str, FacetCounts]
    start: int = 0
    next: Cursor | None = None
    groups: int | None = None
    similar: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """A word that tells an article from others, `said` as it is written there. `weight`: how often
    it stands there, beside the one of them that stands there most."""

    word: Word
    said: str
    weight: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article like another one: the telling words of that one it shares, by what each adds to
    its score."""

    id: str
    score: float
    shared: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class DateCounts:
    """`days`: (day, articles of that day), ascending, days without articles left out."""

    days: tuple[tuple[datetime.date, int], ...] = ()
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a score came about: a tree whose leaves add up to it, within the rounding of float32.

    `kind` is one of EXPLAINED, `what` the word or words it is about, as typed, and `facts` the
    numbers behind it by name. docs/ranking.md says what they are.
    """

    kind: str
    score: float
    what: str = ""
    facts: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    parts: tuple[Explanation, ...] = ()


EXPLAINED: Mapping[str, str] = MappingProxyType(
    {
        "score": "the whole",
        "all": "the sum of what has to match",
        "any": "the sum of what matches",
        "word": "one word in one field",
        "stop word": "a word of a question that scores nothing",
        "occurrences": "how often the word stands in an article of this length, times its idf",
        "headline": "for standing in the headline",
        "form": "for the form that was typed",
        "phrase": "the words of a phrase",
        "near": "words near each other",
        "pattern": "any word of a prefix or wildcard",
        "slip": "the closest word to one that may be misspelled",
        "filter": "what narrows and scores nothing",
        "pair": "two words of the query near each other",
        "in order": "one right after the other",
        "in a window": "close together, in any order",
        "feedback": "a word of the best articles",
    }
)
"""The kinds of an `Explanation`."""


# --- what people and programs see ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text and the ascending, disjoint spans in it that matched. Not escaped.

    >>> passage = Passage("gas for Iran", ((8, 12),))
    >>> [passage.text[start:end] for start, end in passage.marks]
    ['Iran']
    """

    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One article in a result list. `title` and `passages` carry their marks. `similar`: how many
    other articles that match, copies of the same story, it stands for.

    `shared`: of an article that is like another, the words that make it so, the strongest first.
    """

    id: str
    title: Passage
    passages: tuple[Passage, ...]
    score: float
    date: datetime.date | None
    source: str | None
    byline: str | None
    url: str | None
    language: str | None
    path: str
    tags: Tags
    explanation: Explanation | None = None
    shared: tuple[str, ...] = ()
    similar: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that is a copy of another one."""

    id: str
    title: Passage
    date: datetime.date | None
    source: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of a facet in a result: choosing it alone would list `count` articles or, in a
    facet of mode "all", choosing it beside what is chosen.

    `variants` are all spellings of a person's name that are spelled in several ways, commonest
    first; `value` is the first of them, and any of them chooses it.
    """

    value: str
    label: str
    count: int
    selected: bool = False
    excluded: bool = False
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """The counts of one facet. Chosen and excluded values are always among `buckets`."""

    name: str
    buckets: tuple[Bucket, ...]
    other_count: int
    value_count: int
    mode: Mode = "any"


EVERY_ARTICLE = Said("all articles")


@dataclass(frozen=True, slots=True)
class Meant:
    """A query that may have been meant, its changed words marked, the search for it on page 1, and
    how many articles that finds: more than what was typed."""

    query: Passage
    search: Search
    total: int


@dataclass(frozen=True, slots=True)
class Branch:
    """One value of a facet with those below it, in the order of the facet. An article that has one
    of those has this one, too, unless a correction says otherwise: `bucket.count` has them all."""

    bucket: Bucket
    below: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results as plain data: what HTML, JSON and the terminal render.

    `warnings` says what was repaired or relaxed; `parsed` is the query as understood.
    `emptied_by` names the filters without any one of which an empty result would have hits;
    `total_unfiltered` is what it would have without all of them (0 where nothing was emptied).
    `start` is how many hits come before the first one here, and `next` where the list goes on after
    the last one, None at its end. `groups`: how many hits there are in all where copies are
    grouped, else None. `described` is the search in words, as understood; `meant` what may have
    been meant instead, where little was found.
    """

    search: Search
    parsed: str
    warnings: tuple[Said, ...]
    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Chosen, ...]
    emptied_by: tuple[Chosen, ...] = ()
    total_unfiltered: int = 0
    start: int = 0
    next: Cursor | None = None
    described: Said = EVERY_ARTICLE
    meant: Meant | None = None
    groups: int | None = None

    @property
    def entries(self) -> int:
        """How many hits there are on all pages."""
        return self.total if self.groups is None else self.groups


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of some days, first to last, both included.

    `search` is what choosing the bar gives: its dates alone, back on page 1. `within`: a day of it
    is among the dates chosen, or none are chosen.
    """

    first: datetime.date
    last: datetime.date
    label: str
    count: int
    within: bool
    search: Search


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many articles a search finds over time, its own dates left out, as a facet's counts leave
    out its own choice.

    `bars` follow each other without gaps, each one `unit` long, whole, also at zero; there are none
    where no article has a date. `before` and `after` have the articles outside of them, None
    where there are none; they and the bars and `undated` add up to all. `zoom_out`: the search with
    wider dates, at last without any; None where none are chosen.
    """

    search: Search
    unit: Unit
    bars: tuple[Bar, ...]
    before: Bar | None
    after: Bar | None
    undated: int
    zoom_out: Search | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter in force: a facet value chosen or excluded, the dates (`facet` "date", `value` as
    `2000-01-01..2000-12-31`, either end may be empty), or the article whose copies are asked for
    (`facet` "copies", `value` its id).

    `without` is the same search with this filter removed and back on page 1. `total_without` is
    set where it was counted: how many articles that search finds.
    """

    facet: str
    value: str
    label: str
    excluded: bool
    without: Search
    total_without: int | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """What an index holds. Sizes in bytes; `values` counts the different values of each facet;
    `written`: when the newest commit was made, ISO 8601 in UTC."""

    articles: int
    dated: int
    segments: int
    bytes: int
    generation: int
    fingerprint: str
    first_date: str | None = None
    last_date: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)
    written: str | None = None


Offered = Literal["word", "country", "person", "topic", "title"]
OFFERED: tuple[Offered, ...] = ("word", "country", "person", "topic", "title")
"""The kinds of a `Suggestion`, in the order they are shown in."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How something that is being typed may go on.

    `value` is the word, the facet value or the id of the article; `label` what people read, what
    was typed of it marked. `articles` are how many have it, None for an article. `search` is what
    choosing it asks for, None for an article, which it leads to.
    """

    kind: Offered
    value: str
    label: Passage
    articles: int | None
    search: Search | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is offered to somebody who typed `q`, by kind in the order of OFFERED, the best of a
    kind first. `mended`: nothing goes on from `q`, and these do from what it may be a slip of."""

    q: str
    items: tuple[Suggestion, ...] = ()
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One facet value of an article with the sentences it was found in, its mentions marked.

    `places` are the spans of the sentences in `Article.text`.
    """

    tag: Tag
    sentences: tuple[Passage, ...]
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A word, phrase or pattern of a query, as typed, and where an article shows it: ascending
    spans of its title and its body. Those of different words may overlap."""

    name: str
    title: tuple[Span, ...] = ()
    body: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One article as read: title and body with the query's words marked, and why it is tagged.

    `removed` are the tags that were found in it and that the owner's corrections took away.
    `words` are all of the query that an article could show, in its order.
    """

    article: Article
    title: Passage
    body: Passage
    evidence: Mapping[str, tuple[Evidence, ...]]
    removed: Tags = Tags()
    words: tuple[Shown, ...] = ()
