"""What is asked, in words: a tree of what was typed and the filters beside it → a `Said`.

    articles with *gas* and *pipeline*, without *Caspian*, about Iran or Russia, from 3 July 2000

What stands at the top is a list of conditions, all of which hold. Below, each group begins with a
word that says what holds its parts together (both, all of, at once; either, any of) and ends with
its last part after "and" or "or", so that no two queries that differ are described alike.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

from searchapp.model import EVERY_ARTICLE, FACETS, NAMES, Countries, Search
from searchapp.query import Both, Either, Negated, Range, Resolve, Syntax, Typed
from searchapp.said import Counted, Label, Said, Term

LabelOf = Callable[[str, str], str]
"""A facet and a value of it → what people read for it."""


def describe(root: Syntax | None, search: Search, resolve: Resolve, label: LabelOf) -> Said:
    """What `root`, the query of `search` as understood, and its filters ask for."""
    return _Describer(resolve, label).describe(root, search)


class _Describer:
    def __init__(self, resolve: Resolve, label: LabelOf) -> None:
        self.resolve = resolve
        self.label = label

    def describe(self, root: Syntax | None, search: Search) -> Said:
        conditions = [*self._conditions(root), *self._filters(search)]
        if not conditions:
            return EVERY_ARTICLE
        return Said("articles {conditions}", conditions=_commas(conditions))

    # the query

    def _conditions(self, root: Syntax | None) -> list[Said]:
        """What has to hold, each of it by itself: words first, and those left out next to them."""
        typed = root.parts if isinstance(root, Both) else (root,) if root else ()
        parts = list(dict.fromkeys(typed))
        said = []
        for field in ("text", "title"):
            with_ = [part for part in parts if _field(part) == field]
            without = [part for part in parts if _is_without(part, field)]
            parts = [part for part in parts if part not in with_ and part not in without]
            if with_:
                whole = with_[0] if len(with_) == 1 else Both(tuple(with_))
                said.append(_with(field, self._loose(whole)))
            if without:
                left_out = [part.part for part in without if isinstance(part, Negated)]
                said.append(_not(field, _or(self._nouns(left_out))))
        for part in parts:
            column = _field(part)
            said.append(_with(column, self._loose(part)) if column else self._clause(part))
        return said

    def _clause(self, node: Syntax) -> Said:
        """`node` as one condition, within others too."""
        if field := _field(node):
            return _with(field, self._noun(node))
        match node:
            case Range(start, end):
                return _dated(start, end)
            case Negated(part):
                return self._negated(part)
            case Both(parts):
                return _both([self._clause(part) for part in _simple_first(parts)])
            case Either(parts):
                return _either([self._clause(part) for part in _simple_first(parts)])
            case Typed():
                return self._named(node)

    def _negated(self, part: Syntax) -> Said:
        field = _field(part)
        if field and (field != "text" or isinstance(part, Typed)):
            return _not(field, self._noun(part))
        return Said("not {condition}", condition=self._clause(part))

    def _named(self, typed: Typed) -> Said:
        """A condition on a name."""
        if typed.kind in ("word", "phrase"):
            name = Term(typed.text)
            if typed.field == "person":
                return Said("on a person named {name}", name=name)
            return Said("published by {name}", name=name)
        word = self._noun(typed)
        if typed.field == "person":
            return Said("on a person whose name has {word}", word=word)
        return Said("published by a source whose name has {word}", word=word)

    def _loose(self, node: Syntax) -> str:
        """What several words in one field are, where nothing else stands beside them."""
        match node:
            case Both(parts):
                return _and(self._nouns(parts))
            case Either(parts):
                return _or(self._nouns(parts))
            case _:
                return self._noun(node)

    def _nouns(self, nodes: Sequence[Syntax]) -> list[str]:
        return [self._noun(node) for node in _simple_first(nodes)]

    def _noun(self, node: Syntax) -> str:
        match node:
            case Both(parts):
                return _all_of(self._nouns(parts))
            case Either(parts):
                return _any_of(self._nouns(parts))
            case Typed(field="country" | "mentions" | "topic"):
                return self._value(node)
            case Typed():
                return _word(node)
        raise AssertionError(node)

    def _value(self, typed: Typed) -> str:
        """The label of what a name means, where that is one value; else the name."""
        facet = "topic" if typed.field == "topic" else "country"
        values = self.resolve(facet, typed.text)
        return self._label(facet, next(iter(values))) if len(values) == 1 else Term(typed.text)

    # the filters

    def _filters(self, search: Search) -> list[Said]:
        said = []
        for facet in FACETS:
            field = _column(facet, search.countries)
            if chosen := self._labels(facet, search.chosen):
                join = _and if search.mode(facet) == "all" else _or
                said.append(_with(field, join(chosen)))
            if excluded := self._labels(facet, search.excluded):
                said.append(_not(field, _or(excluded)))
        if search.date_from or search.date_to:
            said.append(_dated(search.date_from, search.date_to))
        return said

    def _labels(self, facet: str, values: Mapping[str, tuple[str, ...]]) -> list[str]:
        return [self._label(facet, value) for value in values.get(facet, ())]

    def _label(self, facet: str, value: str) -> Label:
        return Label(self.label(facet, value), facet, value)


def _column(facet: str, countries: Countries) -> str:
    return "mentions" if facet == "country" and countries == "mentioned" else facet


def _field(node: Syntax) -> str:
    """The field that all of `node` is about, if its parts can be listed in one breath: "text",
    "title", "country", "mentions" or "topic"; else empty."""
    match node:
        case Typed(field=None):
            return "text"
        case Typed():
            return "" if node.field in NAMES else str(node.field)  # two words may be of two names
        case Both(parts) | Either(parts):
            fields = {_field(part) for part in parts}
            return fields.pop() if len(fields) == 1 else ""
    return ""


def _is_without(node: Syntax, field: str) -> bool:
    """Whether it leaves out one word or phrase."""
    return isinstance(node, Negated) and isinstance(node.part, Typed) and _field(node.part) == field


def _simple_first(nodes: Sequence[Syntax]) -> list[Syntax]:
    """What is no group before what is one, which reads best at the end."""
    return sorted(nodes, key=lambda node: isinstance(node, Both | Either))


# --- conditions -----------------------------------------------------------------------------------


def _with(field: str, what: str) -> Said:
    match field:
        case "text":
            return Said("with {what}", what=what)
        case "title":
            return Said("with {what} in the title", what=what)
        case "country":
            return Said("about {what}", what=what)
        case "mentions":
            return Said("that mention {what}", what=what)
        case "topic":
            return Said("on the topic of {what}", what=what)
    return Said("on {what}", what=what)


def _not(field: str, what: str) -> Said:
    match field:
        case "text":
            return Said("without {what}", what=what)
        case "title":
            return Said("without {what} in the title", what=what)
        case "country":
            return Said("not about {what}", what=what)
        case "mentions":
            return Said("that do not mention {what}", what=what)
        case "topic":
            return Said("not on the topic of {what}", what=what)
    return Said("not on {what}", what=what)


def _dated(start: datetime.date | None, end: datetime.date | None) -> Said:
    match start, end:
        case None, datetime.date():
            return Said("until {last}", last=end)
        case datetime.date(), None:
            return Said("from {first} on", first=start)
        case datetime.date(), datetime.date():
            return _between(start, end)
    raise AssertionError("no date")


def _between(start: datetime.date, end: datetime.date) -> Said:
    if start == end:
        return Said("of {day}", day=start)
    if (start.month, start.day, end) == (1, 1, start.replace(month=12, day=31)):
        return Said("of the year {year}", year=str(start.year))
    return Said("from {first} to {last}", first=start, last=end)


def _word(typed: Typed) -> str:
    word = Term(typed.text)
    match typed.kind:
        case "prefix":
            return Said("a word that starts with {word}", word=word)
        case "wildcard":
            return Said("a word like {word}", word=word)
        case "phrase":
            return Said("the phrase {phrase}", phrase=Term(f'"{typed.text}"'))
        case "near" if not typed.within:
            return Said("the words {words} side by side", words=word)
        case "near":
            return Counted(
                typed.within,
                "the words {words} with at most one other among them",
                "the words {words} with at most {n} others among them",
                words=word,
            )
        case "fuzzy" if typed.within:
            return Counted(
                typed.within,
                "a word at most one letter from {word}",
                "a word at most {n} letters from {word}",
                word=word,
            )
    return word


# --- lists ----------------------------------------------------------------------------------------


def _commas(parts: Sequence[str]) -> str:
    """a, b, c: halved again and again, so that a long list is no deep nest."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return Said("{first}, {rest}", first=_commas(parts[:half]), rest=_commas(parts[half:]))


def _and(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return Said("{first} and {last}", first=_commas(parts[:-1]), last=parts[-1])


def _or(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return Said("{first} or {last}", first=_commas(parts[:-1]), last=parts[-1])


def _all_of(parts: Sequence[str]) -> Said:
    if len(parts) == 2:
        return Said("both {first} and {last}", first=parts[0], last=parts[1])
    return Said("all of {first} and {last}", first=_commas(parts[:-1]), last=parts[-1])


def _any_of(parts: Sequence[str]) -> Said:
    if len(parts) == 2:
        return Said("either {first} or {last}", first=parts[0], last=parts[1])
    return Said("any of {first} or {last}", first=_commas(parts[:-1]), last=parts[-1])


def _both(conditions: Sequence[Said]) -> Said:
    if len(conditions) == 2:
        return Said("both {first} and {last}", first=conditions[0], last=conditions[1])
    return Said("at once {first} and {last}", first=_commas(conditions[:-1]), last=conditions[-1])


def _either(conditions: Sequence[Said]) -> Said:
    return Said("either {first} or {last}", first=_commas(conditions[:-1]), last=conditions[-1])
