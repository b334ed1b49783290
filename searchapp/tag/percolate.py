"""Whether one article matches a query, and where: what an engine answers for many, asked of one.

A tree means here what it means to an engine, which a test compares on random articles and trees.
What matched is kept as evidence: in `(gas pipeline) OR oil` the words of the side that holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from searchapp.analyse import PARAGRAPH, Analyser, Token
from searchapp.matching import Window, is_near, is_pattern_of
from searchapp.model import (
    MENTIONED,
    NAMES,
    All,
    Any,
    Article,
    Dated,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Span,
    Tag,
    Tags,
    Wildcard,
    Word,
)

Leaf = Word | Prefix | Wildcard | Fuzzy | Phrase | Near
Mark = tuple[Node, Span]
"""A leaf of the query and a span of `Article.text` that shows it."""


@dataclass(frozen=True, slots=True)
class Field:
    """The tokens of one field: by the term that words are found by, by exact form, and by term
    and position."""

    terms: dict[str, list[Token]]
    exact: dict[str, list[Token]]
    places: dict[tuple[str, int], Token]


class Words:
    """The words of one article, analysed when first asked for. `people` are its tags."""

    def __init__(self, article: Article, people: Sequence[Tag], analyser: Analyser) -> None:
        self.article = article
        self._people = list({tag.value: tag for tag in people}.values())
        self._analyser = analyser
        self._fields: dict[str, Field] = {}

    @cached_property
    def text(self) -> list[Token]:
        """The tokens of headline and body, with offsets into `Article.text`."""
        headline = self.article.headline
        if not headline:
            return list(self._analyser.tokens(self.article.body))
        joined = f"{headline}{PARAGRAPH}{self.article.body}"
        before = len(headline)
        shift = self.article.body_offset - len(PARAGRAPH) - before
        return [
            token if token.start < before else _moved(token, shift)
            for token in self._analyser.tokens(joined)
        ]

    def field(self, name: str) -> Field:
        """One of the fields of `model.Word`."""
        if name not in self._fields:
            self._fields[name] = _field(self._tokens(name), name in NAMES)
        return self._fields[name]

    def _tokens(self, name: str) -> Iterable[Token]:
        match name:
            case "text":
                return self.text
            case "title":
                return self._analyser.tokens(self.article.headline)
            case "source":
                return self._analyser.tokens(self.article.source or "")
            case _:
                return self._analyser.tokens(PARAGRAPH.join(tag.value for tag in self._people))

    def shown(self, name: str, start: int, end: int) -> Iterable[Span]:
        """Where the text shows start…end of a field: a person where the text names them."""
        if name in ("text", "title"):
            return [(start, end)]
        if name == "source":
            return []
        at = 0
        for tag in self._people:
            if start < at + len(tag.value):
                return tag.spans
            at += len(tag.value) + len(PARAGRAPH)
        return []


def _moved(token: Token, shift: int) -> Token:
    return token._replace(start=token.start + shift, end=token.end + shift)


def _field(tokens: Iterable[Token], names: bool) -> Field:
    field = Field(defaultdict(list), defaultdict(list), {})
    for token in tokens:
        term = token.exact if names else token.stem
        field.terms[term].append(token)
        field.exact[token.exact].append(token)
        field.places.setdefault((term, token.position), token)
    return field


def marks(node: Node, words: Words, tags: Tags) -> list[Mark] | None:
    """What shows that an article with these words and tags matches; None where it does not.

    A match by a date, a source or something that is not there shows nothing: an empty list.
    """
    match node:
        case Word() | Prefix() | Wildcard() | Fuzzy() | Phrase() | Near():
            return _shown(node, words)
        case HasValue(column, values):
            found = _having(tags, column, values)
            return [(node, span) for tag in found for span in tag.spans] if found else None
        case Dated():
            return [] if _in_range(words.article, node) else None
        case Not(part):
            return [] if marks(part, words, tags) is None else None
        case All(parts):
            each = [marks(part, words, tags) for part in parts]
            return None if None in each else [mark for some in each for mark in some or ()]
        case Any(parts):
            each = [marks(part, words, tags) for part in parts]
            held = [some for some in each if some is not None]
            return [mark for some in held for mark in some] if held else None


def _having(tags: Tags, column: str, values: Collection[str]) -> list[Tag]:
    """The tags that make an article one with any of `values`, in any spelling, in a column."""
    from searchapp.variants import key  # which reads a list of this package

    wanted = {key(column, value) for value in values}
    among = tags.country if column == MENTIONED else tags.of(column)
    return [
        tag
        for tag in among
        if (tag.about or column != "country") and key(column, tag.value) in wanted
    ]


def _shown(leaf: Leaf, words: Words) -> list[Mark] | None:
    found = False
    shown: list[Mark] = []
    for name in leaf.fields:
        for start, end in _occurrences(leaf, words.field(name), name in NAMES):
            found = True
            shown += [(leaf, span) for span in words.shown(name, start, end)]
    return shown if found else None


def _occurrences(leaf: Leaf, field: Field, names: bool) -> Iterator[Span]:
    """Where a field holds the leaf, in the field's own offsets."""
    match leaf:
        case Word():
            for token in field.terms.get(leaf.exact if names else leaf.stem, ()):
                yield token.start, token.end
        case Prefix() | Wildcard() | Fuzzy():
            for exact, tokens in field.exact.items():
                if _stands_for(leaf, exact):
                    yield from ((token.start, token.end) for token in tokens)
        case Near():
            wanted = {word.exact if names else word.stem for word in leaf.words}
            for token in _together(field, wanted, len(wanted) - 1 + leaf.distance):
                yield token.start, token.end
        case Phrase():
            terms = [word.exact if names else word.stem for word in leaf.words]
            for first in field.terms.get(terms[0], ()):
                row = [field.places.get((t, first.position + i)) for i, t in enumerate(terms)]
                if None not in row and (last := row[-1]):
                    yield first.start, max(first.end, last.end)


def _together(field: Field, terms: Collection[str], reach: int) -> Iterator[Token]:
    """The tokens that are one of `terms` and have all of them within `reach` positions."""
    window = Window(terms, reach)
    found = [(token.position, term, token) for term in terms for token in field.terms.get(term, ())]
    for _, term, token in sorted(found):
        yield from window.add(term, token)


def _stands_for(leaf: Prefix | Wildcard | Fuzzy, exact: str) -> bool:
    match leaf:
        case Prefix(start):
            return exact.startswith(start)
        case Wildcard(pattern):
            return is_pattern_of(pattern, exact)
        case Fuzzy(word, edits):
            return is_near(word, exact, edits)


def _in_range(article: Article, dated: Dated) -> bool:
    date = article.date
    if date is None:
        return False
    return (dated.start is None or dated.start <= date) and (dated.end is None or date <= dated.end)
