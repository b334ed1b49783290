"""Words and chosen facets → `Query`: our own grammar, forgiving and linear in the query's length.

    query  = side { OR side }
    side   = item { [AND] item }            with match=any, items side by side are alternatives
    item   = [NOT | -] atom
    atom   = word | word* | w?rd | w*d | word~ | word~1 | "phrase" | "words near"~5
           | ( query ) | field:atom | date:RANGE

Fields are title, country, mentions, person, topic, source. OR binds looser than AND and than
standing side by side. A ? at the end of a word and a ~ anywhere else are punctuation. What people
mistype is repaired, and every repair is said. First a tree of what was typed (`parse`), then a tree
of analysed terms for an engine (`analyse`).
"""

from __future__ import annotations

import calendar
import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from dataclasses import field as field_
from functools import lru_cache, partial
from typing import Literal

from searchapp import model
from searchapp.analyse import Analyser, fold
from searchapp.model import (
    EVERYTHING,
    NAMES,
    BadQuery,
    Dated,
    Fuzzy,
    Match,
    Near,
    Node,
    Phrase,
    Prefix,
    Wildcard,
    Word,
)
from searchapp.said import Said
from searchapp.settings import Settings

FIELDS = ("title", "country", "mentions", "person", "topic", "source", "date")
LOOKED_UP = ("country", "mentions", "topic")
"""Fields of values that have names, not words."""
NEAR = 10
"""The distance of words in quotation marks with a bare ~ after them."""
OPERATORS = {"AND": "AND", "&&": "AND", "OR": "OR", "||": "OR", "NOT": "NOT"}
Resolve = Callable[[str, str], frozenset[str]]
"""A facet and what somebody calls a value of it → the values meant; empty when nobody knows."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂❝❞", '"'))
LEXEMES = re.compile(
    r"""
    (?P<open>\() | (?P<close>\))
    | "(?P<phrase>[^"]*)(?P<end>"|$)(?:~(?P<near>[0-9]*)(?!\w))?
    | (?P<field>[A-Za-z_]+):(?=[^\s:/)]) (?!//)
    | (?P<minus>(?<![^\s()"])[-−–](?=[^\s\-)]))
    | (?P<word>(?:[^\s()":]|:(?!["(]))+ | [:])
    """,
    re.VERBOSE,
)


# --- what was typed ------------------------------------------------------------------------------


Kind = Literal["word", "prefix", "wildcard", "fuzzy", "phrase", "near"]


@dataclass(frozen=True, slots=True)
class Typed:
    """A word or several in quotation marks, in `field` where one was named.

    `text` is without the marks that say its kind, but has the ? and * of a wildcard. `within` is
    how many edits a fuzzy word may be off, and the distance of words near each other. A pattern has
    its `span` in what was typed, in code points.
    """

    text: str
    kind: Kind = "word"
    within: int = 0
    field: str | None = None
    span: model.Span | None = field_(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Range:
    """`date:…`, both ends inclusive, None for open."""

    start: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class Negated:
    part: Syntax


@dataclass(frozen=True, slots=True)
class Both:
    """Every part."""

    parts: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of the parts."""

    parts: tuple[Syntax, ...]


Syntax = Typed | Range | Negated | Both | Either


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was understood: `root` is None when nothing was asked; `repairs` are sentences.

    `relaxable`: words stood side by side, so that "all of them" was our reading and not typed.
    """

    root: Syntax | None
    repairs: tuple[Said, ...] = ()
    relaxable: bool = False

    def __str__(self) -> str:
        return show(self.root) if self.root else ""


def parse(text: str, match: Match = "all", settings: Settings | None = None) -> Parsed:
    """The tree of what `text` asks. Raises BadQuery, naming the limit, and nothing else."""
    limits = settings or Settings()
    check_length(text, limits)
    return _Parser(text, match, limits).parse()


def check_length(text: str, limits: Settings) -> None:
    """Raises BadQuery where `text` is too long for a query."""
    if len(text) > limits.max_query_chars:
        raise BadQuery(
            Said(
                "the query has {number} characters; the limit is {limit} (max_query_chars)",
                number=len(text),
                limit=limits.max_query_chars,
            ),
            "query_too_long",
            (limits.max_query_chars, len(text)),
        )


def straight(text: str) -> str:
    """`text` with straight quotation marks for curly ones."""
    return text.translate(_QUOTES)


def bag(text: str) -> Parsed:
    """The alternatives in `text` where every character but letters and digits separates."""
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return Parsed(_flat(Either, map(Typed, words)) if words else None)


def printable(text: str) -> str:
    """`text` with spaces for what cannot be shown."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def show(node: Syntax) -> str:
    """`node` as a query that means the same: the canonical spelling."""
    match node:
        case Typed():
            return f"{node.field}:" * bool(node.field) + _spelled(node)
        case Range():
            return f"date:{node.start or ''}..{node.end or ''}"
        case Negated(part):
            return f"NOT {_inner(part)}"
        case Both(parts):
            return " AND ".join(map(_inner, parts))
        case Either(parts):
            return " OR ".join(map(_inner, parts))


def _spelled(typed: Typed) -> str:
    match typed.kind:
        case "prefix":
            return f"{typed.text}*"
        case "wildcard":
            return typed.text
        case "fuzzy":
            return f"{typed.text}~{typed.within}"
        case "near":
            return f'"{typed.text}"~{typed.within}'
        case "word" if _is_plain(typed.text):
            return typed.text
        case _:
            return f'"{typed.text}"'


def _is_plain(text: str) -> bool:
    """Whether `text` is read as one word as it stands."""
    lexeme = LEXEMES.match(text)
    whole = lexeme is not None and lexeme.lastgroup == "word" and lexeme.end() == len(text)
    return whole and text not in OPERATORS and not text.startswith((":", "/"))


def _inner(node: Syntax) -> str:
    return f"({show(node)})" if isinstance(node, Both | Either) else show(node)


@dataclass(slots=True)
class _Lexeme:
    kind: str
    text: str
    span: model.Span  # in the query, whose repairs change no length
    near: str | None = None  # the number after the ~ that follows a phrase


@dataclass(slots=True)
class _Side:
    """Items standing side by side, before it is known how they combine."""

    items: list[Syntax] = field_(default_factory=list)
    groups: list[int] = field_(default_factory=list)  # of each item: same number, joined by AND


class _Parser:
    """Recursive descent over lexemes; depth and number of clauses are bounded."""

    def __init__(self, text: str, match: Match, limits: Settings) -> None:
        self.match = match
        self.limits = limits
        self.repairs: list[Said] = []
        self.clauses = 0
        self.relaxable = False
        self.lexemes = self._lex(text)
        self.at = 0
        self.begin = 0  # of the item being read, in the query
        self.end = len(text)

    def parse(self) -> Parsed:
        root = self._query(0, None)
        while self._peek() == "close":
            self._repair(Said("a closing bracket without an opening one was left out"))
            self.at += 1
            rest = self._query(0, None)
            root = self._combine([part for part in (root, rest) if part])
        return Parsed(root, tuple(dict.fromkeys(self.repairs)), self.relaxable)

    # lexemes

    def _lex(self, text: str) -> list[_Lexeme]:
        if text != (text := straight(text)):
            self._repair(Said("curly quotation marks were read as straight ones"))
        lexemes = []
        for m in LEXEMES.finditer(printable(text)):
            kind = m.lastgroup or ""
            if kind in ("end", "near"):
                kind = "phrase"
                if not m["end"]:
                    self._repair(Said("the closing quotation mark was missing"))
            typed = m[kind]
            if kind == "word":
                kind = OPERATORS.get(typed, kind)
            name = "NOT" if kind == "minus" else kind
            lexemes.append(_Lexeme(name, typed, m.span(), m["near"]))
        return lexemes

    def _peek(self) -> str:
        return self.lexemes[self.at].kind if self.at < len(self.lexemes) else ""

    @property
    def _here(self) -> model.Span:
        """Where the lexeme stands that was read last."""
        return self.lexemes[self.at - 1].span

    def _repair(self, sentence: Said) -> None:
        self.repairs.append(sentence)

    # grammar

    def _query(self, depth: int, name: str | None) -> Syntax | None:
        sides = [self._side(depth, name)]
        while self._peek() == "OR":
            self.at += 1
            sides.append(self._side(depth, name))
        if len(sides) > 1 and None in sides:
            self._repair(Said("an OR with nothing beside it was left out"))
        found = [side for side in sides if side]
        return _flat(Either, found) if found else None

    def _side(self, depth: int, name: str | None) -> Syntax | None:
        side = _Side()
        joined = False
        group = 0
        while (kind := self._peek()) not in ("", "OR", "close"):
            if kind == "AND":
                self.at += 1
                if joined or not side.items or self._peek() in ("", "OR", "close"):
                    self._repair(Said("an AND with nothing beside it was left out"))
                else:
                    joined = True
                continue
            item = self._item(depth, name)
            if item is None:
                continue
            if side.items and not joined:
                group += 1
                self.relaxable = True
            side.items.append(item)
            side.groups.append(group)
            joined = False
        return self._join(side)

    def _join(self, side: _Side) -> Syntax | None:
        """Side by side means all; with match=any it means any of the words, under every filter."""
        if not side.items:
            return None
        if self.match == "all":
            return _flat(Both, side.items)
        groups: dict[int, list[Syntax]] = {}
        for item, number in zip(side.items, side.groups, strict=True):
            groups.setdefault(number, []).append(item)
        joined = [_flat(Both, items) for items in groups.values()]
        words = [item for item in joined if not _narrows(item)]
        filters = [item for item in joined if _narrows(item)]
        return _flat(Both, [*([_flat(Either, words)] if words else []), *filters])

    def _combine(self, parts: list[Syntax]) -> Syntax | None:
        side = _Side(parts, list(range(len(parts))))
        return self._join(side)

    def _item(self, depth: int, name: str | None) -> Syntax | None:
        negated = False
        while self._peek() == "NOT":
            self.at += 1
            negated = not negated
        if self._peek() in ("", "OR", "AND", "close"):
            self._repair(Said("a NOT with nothing after it was left out"))
            return None
        self.begin, _ = self.lexemes[self.at].span
        part = self._atom(depth, name)
        if part is None or not negated:
            return part
        return part.part if isinstance(part, Negated) else Negated(part)

    def _atom(self, depth: int, name: str | None) -> Syntax | None:
        if depth > self.limits.max_query_depth:
            raise BadQuery(
                Said(
                    "the query nests more than {limit} deep (max_query_depth)",
                    limit=self.limits.max_query_depth,
                ),
                "query_too_complex",
                (self.lexemes[self.at].span[0], self.end),
            )
        lexeme = self.lexemes[self.at]
        self.at += 1
        match lexeme.kind:
            case "open":
                return self._brackets(depth + 1, name)
            case "field":
                return self._field(lexeme.text, depth, name)
            case "phrase":
                return self._clause(self._phrase(lexeme.text, lexeme.near, name))
            case _:
                return self._clause(self._word(lexeme.text, name))

    def _brackets(self, depth: int, name: str | None) -> Syntax | None:
        inside = self._query(depth, name)
        if self._peek() == "close":
            self.at += 1
        else:
            self._repair(Said("a closing bracket was missing"))
        if inside is None:
            self._repair(Said("empty brackets were left out"))
        return inside

    def _field(self, typed: str, depth: int, name: str | None) -> Syntax | None:
        known = typed.lower()
        if known not in FIELDS and name and self._peek() == "word":  # topic:medtop:16000000
            self.at += 1
            value = f"{typed}:{self.lexemes[self.at - 1].text}"
            return self._clause(self._word(value, name))
        if known not in FIELDS:
            self._repair(Said("“{typed}:” is not a field; it was searched as a word", typed=typed))
            return self._clause(self._word(typed, name))
        if known == "date":
            return self._date(depth)
        return self._atom(depth + 1, known)

    def _date(self, depth: int) -> Syntax | None:
        typed = self._atom(depth + 1, None)
        text = "(…)"
        if isinstance(typed, Typed):
            text = typed.text if typed.kind in ("word", "phrase", "prefix") else show(typed)
        if found := _range(text):
            return found
        self._repair(
            Said(
                "“date:{typed}” was left out: dates look like 2001, 2001-12-31 or 2000..2001-06",
                typed=text,
            )
        )
        return None

    def _phrase(self, text: str, near: str | None, name: str | None) -> Syntax | None:
        text = " ".join(text.split())
        if not text:
            self._repair(Said("empty quotation marks were left out"))
            return None
        phrase = Typed(text, "phrase", field=name)
        if near is None:
            return phrase
        if name in LOOKED_UP:
            self._repair(Said("“{name}:” is looked up by its name; the ~ was left out", name=name))
            return phrase
        return replace(phrase, kind="near", within=self._distance(near))

    def _distance(self, typed: str) -> int:
        limit = self.limits.max_distance
        if not typed:
            taken = min(NEAR, limit)
            self._repair(Said("a ~ after a phrase needs a number; {taken} was taken", taken=taken))
            return taken
        distance = int(typed.lstrip("0")[:9] or "0")
        if distance > limit:
            raise BadQuery(
                Said(
                    "words near each other can be at most {limit} apart, not {distance} "
                    "(max_distance)",
                    limit=limit,
                    distance=distance,
                ),
                "query_too_loose",
                self._here,
            )
        return distance

    def _word(self, text: str, name: str | None) -> Syntax | None:
        if name in LOOKED_UP:
            return self._value(text, name)
        if text.isalnum():  # most words, of which nothing else has to be found out
            return Typed(text, field=name)
        if slip := _slip(text):
            if not _has_signs(_pattern(slip[0])):
                return self._fuzzy(*slip, name)
            self._repair(Said("“{typed}”: ~ does not go with * or ?; it was left out", typed=text))
            text = slip[0]
        pattern = _pattern(text)
        if not _has_signs(pattern):
            return Typed(text.lstrip(_DASHES) or text, field=name)
        if not any(map(str.isalnum, pattern)):
            self._repair(Said("a * without letters was left out"))
            return None
        if not _is_word(pattern):
            return self._odd(text, name)
        start = pattern.rstrip("*")
        if _has_signs(start):
            return Typed(pattern, "wildcard", field=name, span=self._here)
        return Typed(start, "prefix", field=name, span=self._here)

    def _odd(self, text: str, name: str | None) -> Syntax | None:
        """A word with signs and with what no word has, such as an address: * ends it, ? is text."""
        word, star, rest = text.lstrip("*").partition("*")
        kept = f"{word}{star}"
        if text.startswith("*") or rest.strip("*"):
            self._repair(
                Said(
                    "“{typed}”: * stands only in a word; {kept} was searched", typed=text, kept=kept
                )
            )
            return self._word(kept, name)
        word = word.lstrip(_DASHES) or word
        kind: Kind = "prefix" if star and _is_plain(f"{word}*") else "word"
        return Typed(word, kind, field=name, span=self._here)

    def _fuzzy(self, word: str, typed: str, name: str | None) -> Typed:
        limit = self.limits.max_fuzziness
        if typed and int(typed) > limit:
            raise BadQuery(
                Said(
                    "“{word}~{typed}”: a word can be at most {limit} letters off (max_fuzziness)",
                    word=word,
                    typed=typed,
                    limit=limit,
                ),
                "query_too_loose",
                self._here,
            )
        within = int(typed) if typed else min(_slips(word), limit)
        return Typed(word, "fuzzy", within, name, self._here)

    def _value(self, text: str, name: str) -> Syntax | None:
        """What is looked up by its name, whole."""
        value, last = text, ""
        while value != last:
            slip, last = _slip(value), value
            value = (slip[0] if slip else value).rstrip("*")
        value = value.lstrip(_DASHES) or value
        if not value:
            self._repair(Said("a * without letters was left out"))
            return None
        if value != text.lstrip(_DASHES):
            self._repair(
                Said(
                    "“{name}:{typed}” is looked up by its name; {value} was searched",
                    name=name,
                    typed=text,
                    value=value,
                )
            )
        return Typed(value, field=name)

    def _clause(self, item: Syntax | None) -> Syntax | None:
        self.clauses += item is not None
        if self.clauses > self.limits.max_query_clauses:
            raise BadQuery(
                Said(
                    "the query has more than {limit} clauses (max_query_clauses)",
                    limit=self.limits.max_query_clauses,
                ),
                "query_too_complex",
                (self.begin, self.end),
            )
        return item


def _narrows(item: Syntax) -> bool:
    """Whether `item` is a filter rather than words: NOT, a date, a country, person, topic …"""
    named = isinstance(item, Typed) and item.field not in (None, "title")
    return named or isinstance(item, Negated | Range)


def _flat(kind: type[Both] | type[Either], parts: Iterable[Syntax]) -> Syntax:
    """`kind` of the parts, with parts of the same kind opened; one part stays itself."""
    flat: list[Syntax] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else [part])
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


# signs in a word


_DASHES = "-−–"
_JOINERS = "-‐‑&.'’ʼ＇"
"""What may stand between the letters of one word: see `analyse`."""
_SIGNS = re.compile(r"([?*]+)")


def _has_signs(pattern: str) -> bool:
    return "?" in pattern or "*" in pattern


def _is_letter(c: str) -> bool:
    """Whether `c` is a letter, a digit, or a mark on one."""
    return c.isalnum() or unicodedata.category(c)[0] == "M"


def _is_word(text: str) -> bool:
    """Whether there is nothing in `text` but one word, with or without signs."""
    return all(_is_letter(c) or c in _JOINERS or c in "?*" for c in text)


def _trimmed(text: str, signs: str = "?*") -> str:
    """`text` from its first letter or sign to its last."""
    kept = [at for at, c in enumerate(text) if _is_letter(c) or c in signs]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _pattern(text: str) -> str:
    """`text` with those ? and * that stand for letters, each run of them in one order.

    A ? that no letter, digit or * follows ends a question.
    """
    pieces = _SIGNS.split(text)  # what is between signs, signs, what is between signs …
    for at in range(1, len(pieces), 2):
        run, after = pieces[at], pieces[at + 1]
        if "*" in run:
            pieces[at] = "?" * run.count("?") + "*"
        elif not after[:1].isalnum():
            pieces[at] = ""
    return _trimmed("".join(pieces))


def _slip(text: str) -> tuple[str, str] | None:
    """`word~` or `word~1` as the word and the digit, if any; a word has a letter."""
    word, tilde, edits = _trimmed(text, "?*~").rstrip("?").rpartition("~")
    if not tilde or not word or (edits and (len(edits) > 1 or edits not in "0123456789")):
        return None
    if not (_is_letter(word[-1]) or word[-1] in ".*"):
        return None
    return (word, edits) if _is_word(word) and any(map(str.isalpha, word)) else None


def _slips(word: str) -> int:
    """How many edits `word~` allows: more in a longer word, which has fewer like it by chance."""
    length = len(fold("".join(filter(_is_letter, word))))
    return 0 if length < 3 else 1 if length < 6 else 2


# dates


def _range(text: str) -> Range | None:
    first, dots, last = text.partition("..")
    start, end = _days(first), _days(last if dots else first)
    if (first and not start) or (dots and last and not end) or not (start or end):
        return None
    return Range(start[0] if start else None, end[1] if end else None)


def _days(text: str) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of `2001`, `2001-07` or `2001-07-03`; None for anything else."""
    if not (m := re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text, re.ASCII)):
        return None
    year, month, day = (int(number) if number else 0 for number in m.groups())
    try:
        start = datetime.date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return start, start
    last = month or 12
    return start, start.replace(month=last, day=calendar.monthrange(year, last)[1])


# --- what an engine runs -------------------------------------------------------------------------


def analyse(root: Syntax | None, analyser: Analyser, resolve: Resolve) -> tuple[Node, list[Said]]:
    """`root` with its words analysed and its names resolved, and what could not be resolved.

    A word of which nothing is left ("!!") is as if it were not there.
    """
    if root is None:
        return EVERYTHING, []
    unknown: list[Said] = []
    node = _analysed(root, analyser, partial(_resolved, resolve, unknown))
    return (EVERYTHING if node is None else node), unknown


def words(root: Syntax | None, analyser: Analyser) -> tuple[Word, ...]:
    """The words of the text that `root` asks for, as typed: in order, with repeats. Patterns, words
    with slips, excluded words and those of other fields are none of them."""
    match root:
        case Both(parts) | Either(parts):
            return tuple(word for part in parts for word in words(part, analyser))
        case Typed(field=None, kind="word" | "phrase" | "near"):
            return _parts(root.text, analyser, ("text",))[0]
        case _:
            return ()


def pruned(root: Syntax | None, analyser: Analyser) -> Syntax | None:
    """`root` without the words of which nothing is left, as `analyse` passes over them."""
    match root:
        case Negated(part):
            inner = pruned(part, analyser)
            return Negated(inner) if inner else None
        case Both(parts) | Either(parts):
            kept = [left for part in parts if (left := pruned(part, analyser))]
            return _flat(type(root), kept) if kept else None
        case Typed() if root.field not in LOOKED_UP:
            return root if _words(root, analyser) else None
        case _:
            return root


_Values = Callable[[str, str], frozenset[str]]


def _resolved(resolve: Resolve, unknown: list[Said], facet: str, name: str) -> frozenset[str]:
    values = resolve(facet, name)
    if not values:
        unknown.append(_unknown(facet, name))
    return values or frozenset({name})


def _unknown(facet: str, name: str) -> Said:
    if facet == "country":
        return Said("no country is called “{name}”", name=name)
    return Said("no topic is called “{name}”", name=name)


def _analysed(node: Syntax, analyser: Analyser, values: _Values) -> Node | None:
    match node:
        case Range(start, end):
            return Dated(start, end)
        case Negated(part):
            inner = _analysed(part, analyser, values)
            return None if inner is None else model.Not(inner)
        case Both(parts):
            return _together(model.All, (_analysed(part, analyser, values) for part in parts))
        case Either(parts):
            return _together(model.Any, (_analysed(part, analyser, values) for part in parts))
        case Typed(field="country" | "topic" as facet):
            return model.HasValue(facet, values(facet, node.text))
        case Typed(field="mentions"):
            return model.HasValue(model.MENTIONED, values("country", node.text))
        case Typed(field="person", kind="word" | "phrase"):
            return _person(node.text, _words(node, analyser))
        case Typed():
            return _words(node, analyser)


def _person(name: str, words: Node | None) -> Node | None:
    """A name of several words finds the person in other spellings, too."""
    if isinstance(words, Phrase):
        return model.Any((words, model.HasValue("person", frozenset({name}))))
    return words


def _together(kind: type[model.All] | type[model.Any], parts: Iterable[Node | None]) -> Node | None:
    found = tuple(dict.fromkeys(part for part in parts if part is not None))
    if len(found) < 2:
        return found[0] if found else None
    return kind(found)


def _words(typed: Typed, analyser: Analyser) -> Node | None:
    """One word, or words in a row where the analyser sees several ("Russian-Iranian")."""
    fields = (typed.field,) if typed.field else ("text",)
    if typed.kind == "wildcard":
        return _wildcard(typed, fields)
    parts, whole = _parts(typed.text, analyser, fields)
    if not parts:
        return None
    joined = fold("".join(part.exact for part in parts))
    match typed.kind:
        case "prefix":
            return Prefix(joined, fields, typed.span)
        case "fuzzy" if whole or len(parts) == 1:
            return Fuzzy(joined, typed.within, fields, typed.span)
        case "near":
            return _near(parts, typed.within, fields)
    if len(parts) == 1:
        return parts[0]
    row = Phrase(parts, fields)
    return model.Any((row, whole)) if whole and typed.kind == "word" else row


@lru_cache(1024)  # each word is asked for twice, by `analyse` and by `words`
def _parts(
    text: str, analyser: Analyser, fields: tuple[str, ...]
) -> tuple[tuple[Word, ...], Word | None]:
    """The words in a row that `text` is, and the one that it is as a whole, where it is several."""
    parts: list[Word] = []
    whole: Word | None = None
    position = -1
    for token in analyser.tokens(text):
        word = Word(token.stem, token.exact, fields)
        if token.position > position:
            parts.append(word)
        elif token.end - token.start == len(text):
            whole = word
        position = token.position
    return tuple(parts), whole


def _near(words: Iterable[Word], distance: int, fields: tuple[str, ...]) -> Node:
    """The different words near each other; a word alone is that word."""
    names = fields[0] in NAMES
    different: dict[str, Word] = {}
    for word in words:
        different.setdefault(word.exact if names else word.stem, word)
    found = tuple(different.values())
    return Near(found, distance, fields) if len(found) > 1 else found[0]


def _wildcard(typed: Typed, fields: tuple[str, ...]) -> Node | None:
    """The pattern of exact forms, which are folded and have nothing but letters and digits."""
    pieces = [
        piece if _has_signs(piece) else fold("".join(filter(_is_letter, piece)))
        for piece in _SIGNS.split(typed.text)
    ]
    pattern = "".join(pieces)
    return Wildcard(pattern, fields, typed.span) if any(map(str.isalnum, pattern)) else None
