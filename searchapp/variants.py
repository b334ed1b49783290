"""Which spellings of a name are one person: `person_key` is equal for those that safely are.

A key rather than a distance between names, so that what is one value depends on nothing but the
two spellings: not on the other names there are, nor on the order they come in. It folds capitals,
accents, hyphens, apostrophes and spaces, writes ö, ü and ä as their three spellings in Latin type
(Schröder, Schroeder, Schroder) alike, and gives transliterations of one *given* name one form.
Surnames must otherwise agree, initials are not names, and "Jr" tells a son from his father.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache

from searchapp.analyse import fold
from searchapp.tag import lexicons

REMEMBERED = 500_000
"""Names whose key is kept: computing one takes 8 µs, and every commit asks for all."""

_APOSTROPHES = re.compile("['’‘ʼ＇`´]")
_GLUED_ARTICLE = re.compile(r"\b([AE]l)(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_UMLAUT = re.compile(r"(?<![aeiouq])([aou])e(?=[^\Waeiouwy])")
"""An e that may stand for the dots of ö, ü or ä: with a consonant before and after the pair, so
that Bauer, Quentin, Monroe and Moe keep theirs."""


def key(facet: str, value: str) -> str:
    """Equal for the values of a facet that are offered as one: spellings of one person."""
    return person_key(value) if facet == "person" else value


def same(facet: str, value: str, others: Collection[str]) -> bool:
    """Whether `value` is one of `others`, in whatever spelling."""
    return bool(others) and key(facet, value) in {key(facet, other) for other in others}


@lru_cache(REMEMBERED)
def person_key(name: str) -> str:
    """Equal for spellings of one person's name; `name` itself where it has no letter or digit."""
    split = _GLUED_ARTICLE.sub(r"\1 ", _APOSTROPHES.sub("", name))
    words = [fold(word) for word in _WORD.findall(split)]
    if not words:
        return name
    suffix = f" {words.pop()}" if len(words) > 2 and words[-1] in ("jr", "sr") else ""
    *given, surname = words
    return "".join(map(_given, given)) + _UMLAUT.sub(r"\1", surname) + suffix


def _given(word: str) -> str:
    """The one form of a word before the surname: a given name, or an article like el- and al-."""
    return "al" if word == "el" else _spellings().get(word, word)


@cache
def _spellings() -> dict[str, str]:
    """Each spelling of a given name in the list, and the one that stands for it."""
    rows = (row[0].split() for row in lexicons.rows("given_name_spellings.tsv"))
    return {spelling: first for first, *others in rows for spelling in (first, *others)}
