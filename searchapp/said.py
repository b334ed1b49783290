"""What is said to people, in English, with what a translation needs: `Said`.

A sentence made by an f-string cannot be translated any more. A `Said` is a `str`, the English text,
and remembers the template it was made of and the values put into it. The template is a literal
where it is written, so that Babel finds it (tools/translate.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from string import Formatter
from typing import Any, Literal, NamedTuple, Self

Value = str | int | float | datetime.date
"""What is put into a template; a `Said` may be part of another."""
Write = Callable[[Value], str]
Gettext = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]


class Term(str):
    """A value that is to stand out in the text: a word as typed."""

    __slots__ = ()


class Label(str):
    """A value that is to stand out less: the name of `value` of `facet`, in English."""

    facet: str
    value: str

    def __new__(cls, name: str, facet: str = "", value: str = "") -> Self:
        label = str.__new__(cls, name)
        label.facet = facet
        label.value = value
        return label

    def __getnewargs_ex__(self) -> tuple[tuple[str, str, str], dict[str, Value]]:
        return (str(self), self.facet, self.value), {}


class Piece(NamedTuple):
    """A stretch of what is said: text, a `Term` or a `Label`."""

    kind: Literal["text", "term", "label"]
    text: str


def written(value: Value) -> str:
    """`value` in English: 3 July 2000; 14,668; 0.5."""
    match value:
        case datetime.date():
            return f"{value.day} {value:%B} {value.year}"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:g}"
    return str(value)


def _english(template: str) -> str:
    return template


def _english_number(one: str, other: str, number: int) -> str:
    return one if number == 1 else other


class Said(str):
    """The text of `template`, in which {name} stands for the value of that name."""

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, /, **values: Value) -> Self:
        return cls._made(template, template, values)

    @classmethod
    def _made(cls, template: str, english: str, values: Mapping[str, Value]) -> Self:
        plain = {name: v if isinstance(v, str) else written(v) for name, v in values.items()}
        said = str.__new__(cls, english.format_map(plain))
        said.template = template
        said.values = values
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Value]]:
        return (self.template,), dict(self.values)

    def translated(
        self,
        gettext: Gettext = _english,
        ngettext: Ngettext = _english_number,
        write: Write = written,
    ) -> str:
        """The text in another language; `write` says how it writes numbers and dates."""
        return "".join(piece.text for piece in self.pieces(gettext, ngettext, write))

    def pieces(
        self,
        gettext: Gettext = _english,
        ngettext: Ngettext = _english_number,
        write: Write = written,
    ) -> tuple[Piece, ...]:
        """The same with what is to stand out told apart; neighbouring text is one piece."""

        def inner(value: Value) -> Iterator[Piece]:
            if isinstance(value, Said):
                yield from value.pieces(gettext, ngettext, write)
            else:
                yield _piece(value, write)

        return tuple(_joined(_pieces(self._template(gettext, ngettext), self.values, inner)))

    def _template(self, gettext: Gettext, ngettext: Ngettext) -> str:
        return gettext(self.template)


class Counted(Said):
    """What is said of a number of things: in English `one` of 1 and `other` of any other number.

    Both may have {n}, the number, beside the other values.
    """

    plural: str

    def __new__(cls, n: int, one: str, other: str, /, **values: Value) -> Self:
        said = cls._made(one, _english_number(one, other, n), {"n": n, **values})
        said.plural = other
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Value]]:
        values = dict(self.values)
        return (values.pop("n"), self.template, self.plural), values

    def _template(self, gettext: Gettext, ngettext: Ngettext) -> str:
        number = self.values["n"]
        assert isinstance(number, int)
        return ngettext(self.template, self.plural, number)


def _pieces(
    template: str, values: Mapping[str, Value], inner: Callable[[Value], Iterator[Piece]]
) -> Iterator[Piece]:
    """A template's text and, in their places, the pieces of its values."""
    for text, name, _, _ in Formatter().parse(template):
        yield Piece("text", text)
        if name is not None:
            yield from inner(values[name])


def _piece(value: Value, write: Write) -> Piece:
    match value:
        case Term():
            return Piece("term", str(value))
        case Label():
            return Piece("label", write(value))
        case str():
            return Piece("text", value)
    return Piece("text", write(value))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    waiting = ""
    for piece in pieces:
        if piece.kind == "text":
            waiting += piece.text
            continue
        if waiting:
            yield Piece("text", waiting)
            waiting = ""
        yield piece
    if waiting:
        yield Piece("text", waiting)


def none_of(value: str, choices: Iterable[str]) -> Said:
    """What is wrong with a parameter that has this value."""
    return Said("{value} is none of {choices}", value=repr(value), choices=", ".join(choices))
