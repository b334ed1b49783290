"""What speaks for and against a candidate being a person, and how much.

Each piece of evidence has a name and points; a candidate passes with POINTS_TO_PASS in all. The
points are log-odds: a logistic regression on newswire (conll-train), rounded, so that one point
makes a person 2.7 times as likely.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from searchapp.tag import lexicons
from searchapp.tag.candidates import SURNAME_SHAPE, Candidate, is_initial
from searchapp.tag.text import BREAK, Tokens
from searchapp.tag.words import (
    ACTS,
    EMPLOYED,
    FIRST,
    HONORIFIC,
    LAST,
    ORG,
    ORIGIN,
    PARTICLE,
    PLACE,
    RARE_FIRST,
    ROLE,
    SPEECH,
    SUFFIX,
    SURNAME,
    TITLE,
    WEAK,
    WORD,
    classes,
)

POSSESSIVE = ("'s", "’s")

ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
"""The minute of a goal: `(Klinsmann 15th, 80th)`."""

FIRM_ENDS = frozenset(
    ("co", "cos", "company", "inc", "ltd", "plc", "corp", "sons", "bros", "brothers", "partners")
)
LIFE = frozenset(("born", "b", "died", "d", "née", "nee", "aged"))
YEAR = re.compile(r"1\d{3}|20\d{2}")
DASHES = (["-"], ["--"], ["–"], ["—"])

QUOTES = "\"“”„«»'‘’"


@dataclass(frozen=True, slots=True)
class Around:
    """What the whole article tells about single words.

    `alone`: how often a name word stands by itself; `acting`: those that then speak, or have a
    title or a `who`; `whole`: how often a name of several words occurs; `lowered`: words it also
    writes small; `things`: names, and first and last words of names, of companies and places;
    `places`: the first and last tokens of place names; `towns`: both, of each that is not called
    as people are.
    """

    alone: Counter[str]
    acting: Collection[str]
    whole: Counter[tuple[str, ...]]
    lowered: Collection[str]
    things: Collection[tuple[str, ...]]
    places: Collection[int]
    towns: Collection[tuple[int, int]]


@cache
def weights() -> dict[str, float]:
    return {name: float(points) for name, points in lexicons.rows("person_evidence.tsv")}


def acts(tokens: Tokens, candidate: Candidate) -> bool:
    """Whether one mention of a name does what only people do."""
    i = candidate.last + 1
    if candidate.titled & TITLE:
        return True
    if i + 1 >= len(tokens):
        return False
    return bool(_small(tokens, i) & SPEECH) or tokens.keys[i + 1] in ("who", "whose")


def points(found: Iterable[str]) -> float:
    """The sum of the evidence; a person from 0 on."""
    known = weights()
    return sum(known.get(name, 0.0) for name in found)


def of_full_name(tokens: Tokens, candidate: Candidate, around: Around) -> Iterator[str]:
    """The names of the evidence about a candidate of several words."""
    yield "full"
    yield from _of_title(tokens, candidate)
    yield from _of_words(tokens, candidate)
    if (candidate.first, candidate.last) in around.towns:
        in_place = tokens.words[candidate.last + 1 : candidate.last + 2] == [","]
        yield "town," if in_place and candidate.last + 2 in around.places else "town"
    yield from _of_article(tokens, candidate, around)
    yield from _before(tokens, candidate, around)
    yield from _after(tokens, candidate, around)


def of_bare_name(tokens: Tokens, mentions: Sequence[Candidate], around: Around) -> Iterator[str]:
    """The names of the evidence about all mentions of one word; what several tell counts once."""
    key = mentions[0].key[0]
    yield "bare"
    yield "bare:" + _sort_last(key)
    word = tokens.words[mentions[0].first]
    if classes().get(key, 0) & FIRST:
        yield "bare:first"
    if word.isupper():
        yield "bare:capitals"
    if key in around.lowered:
        yield "bare:written small"
    if (key,) in around.things:
        yield "bare:part of a thing"
    if any((mention.first, mention.last) in around.towns for mention in mentions):
        yield "bare:town"
    yield f"bare:times {min(len(mentions), 4)}"
    seen = {e for mention in mentions for e in _of_title(tokens, mention)}
    yield from (f"bare:{evidence}" for evidence in sorted(seen))
    context = Counter(
        evidence
        for mention in mentions
        for evidence in (*_before(tokens, mention, around), *_after(tokens, mention, around))
    )
    for evidence, times in sorted(context.items()):
        yield f"bare:{evidence}"
        if times == len(mentions) > 1:
            yield f"bare:always {evidence}"


def _of_title(tokens: Tokens, candidate: Candidate) -> Iterator[str]:
    """`Mr. Khatami`; `President Moi` tells more than `the coach Moi`."""
    if candidate.titled & HONORIFIC:
        yield "title"
    elif candidate.titled & ROLE:
        yield "role"
        i = candidate.first - 1
        if i >= 0 and tokens.words[i][0].isupper() and classes().get(tokens.keys[i], 0) & ROLE:
            yield "role with a capital"
    elif candidate.titled & ORIGIN:
        yield "nationality"


# --- the words of the name ----------------------------------------------------------------------


def _of_words(tokens: Tokens, candidate: Candidate) -> Iterator[str]:
    table, key = classes(), candidate.key
    first = tokens.words[candidate.first]
    opening = table.get(key[0], 0)
    if is_initial(first):
        yield "opens:initial"
    elif opening & PARTICLE and not opening & FIRST:
        yield "opens:particle"
    else:
        yield "opens:" + _sort_first(key[0])
    joined = tokens.words[candidate.last][0].islower()
    yield "closes:joined" if joined else "closes:" + _sort_last(key[-1])
    for word in key[1:-1]:
        kind = table.get(word, 0)
        if kind & PARTICLE:
            yield "inside:particle"
        elif len(word.rstrip(".")) == 1:
            yield "inside:initial"
        elif kind & FIRST:
            yield "inside:first"
        elif kind & WORD:
            yield "inside:word"
    yield f"words:{min(len(key), 5)}"
    if len(key) == 2 and candidate.last == candidate.first + 2:
        yield "two joined"
    if _ends_with_acronym(tokens, candidate):
        yield "closes:acronym"
    if _starts_with_acronym(tokens, candidate):
        yield "acronym"


def _sort_first(key: str) -> str:
    kind = classes().get(key, 0)
    if kind & FIRST:
        return "doubtful first" if kind & (WEAK | WORD) else "first"
    if kind & RARE_FIRST:
        return "rarely first"
    if kind & LAST:
        return "last and word" if kind & WORD else "last"
    return "word" if kind & WORD else "listed" if kind else "unknown"


def _sort_last(key: str) -> str:
    kind = classes().get(key, 0)
    if kind & (ORG | PLACE):
        return "thing or surname" if kind & SURNAME else "thing"
    if kind & LAST:
        return "last and word" if kind & WORD else "last"
    if SURNAME_SHAPE.fullmatch(key):
        return "shape"
    if kind & WORD:
        return "word"
    return "first" if kind & FIRST else "listed" if kind else "unknown"


def _starts_with_acronym(tokens: Tokens, candidate: Candidate) -> bool:
    """`SBC Warburg`, `NAC Breda`; not `WASIM AKRAM` and not `J.P. Smith`."""
    first, last = tokens.words[candidate.first], tokens.words[candidate.last]
    return len(first) > 1 and first.isalpha() and first.isupper() and not last.isupper()


def _ends_with_acronym(tokens: Tokens, candidate: Candidate) -> bool:
    """`Citibank NA`, `Toshiba EMI`; not `John Paul II`."""
    first, last = tokens.words[candidate.first], tokens.words[candidate.last]
    numeral = classes().get(candidate.key[-1], 0) & SUFFIX
    return 1 < len(last) < 5 and last.isupper() and not first.isupper() and not numeral


# --- the rest of the article --------------------------------------------------------------------


def _of_article(tokens: Tokens, candidate: Candidate, around: Around) -> Iterator[str]:
    """For how the rest of the article uses the words of a name."""
    table, key = classes(), candidate.key
    joined = tokens.words[candidate.last][0].islower()
    for word in key[:-1] if joined else key:
        if word in around.lowered and not table.get(word, 0) & (FIRST | PARTICLE | SURNAME):
            yield "written small"
            break
    if key in around.things:
        yield "thing"
    elif key[:1] in around.things or key[-1:] in around.things:
        yield "part of a thing"
    if around.alone[key[-1]]:
        doubtful = table.get(key[-1], 0) & WORD
        yield "last word alone, a word" if doubtful else "last word alone"
        if key[-1] in around.acting:
            yield "last word alone acts"
    elif around.alone[key[0]]:
        yield "first word alone"
    if around.whole[key] > 1:
        yield "again"


# --- what stands beside it ----------------------------------------------------------------------

BESIDE = frozenset(("and", "or", "as", "at", "by", "for", "from", "in", "of", "on", "to", "with"))
BEFORE = BESIDE | {"the", "a", "an", "near", "-", "(", "/", ":", ";", ",", "."}
AFTER = BESIDE | {",", ".", "(", ")", ":", ";", "-", "/"}
"""Words that are evidence by themselves where they stand right before or after a name."""


def _before(tokens: Tokens, candidate: Candidate, around: Around) -> Iterator[str]:
    """What the tokens right before a name tell."""
    i = candidate.first - 1
    if i < 0 or tokens.words[i] == BREAK:
        yield "begins a line"
        return
    key, kind = tokens.keys[i], _small(tokens, i)
    previous = tokens.keys[i - 1] if i else ""
    if kind & SPEECH:
        yield "before:speech"
    elif kind & (ORG | PLACE) and not kind & TITLE:
        yield "before:thing"
    elif key in ("at", "of", "with") and classes().get(previous, 0) & EMPLOYED:
        yield "before:works at"
    elif key == "of" and classes().get(previous, 0) & PLACE:
        yield "before:place of"
    elif key == "," and classes().get(previous, 0) & ROLE:
        yield "before:role,"
    elif key in POSSESSIVE:
        yield "before:place's" if i - 1 in around.places else "before:'s"
    elif key == "&":
        first = classes().get(candidate.key[0], 0) & FIRST and len(candidate.key) > 1
        yield "before:and" if first else "before:&"
    elif key in BEFORE:
        yield f"before:{key}"
    elif key.isdigit():
        yield "before:number"
    elif key in QUOTES:
        after = candidate.last + 1
        closed = after < len(tokens) and tokens.words[after][0] in QUOTES
        yield "in quotes" if closed else "before:quote"


def _after(tokens: Tokens, candidate: Candidate, around: Around) -> Iterator[str]:
    """What the tokens right after a name tell."""
    i, n = candidate.last + 1, len(tokens)
    if i >= n or tokens.words[i] == BREAK:
        yield "ends a line"
        return
    word, key, kind = tokens.words[i], tokens.keys[i], _small(tokens, i)
    if defined := _definition(tokens, i):
        yield defined
    if classes().get(key, 0) & SPEECH and (word[0].islower() or kind & SPEECH):
        yield "after:speech"
    elif kind & (ORG | PLACE) and not kind & TITLE:
        yield "after:thing"
    elif kind & ACTS:
        yield "after:acts"
    elif word in (",", "and", "&") and _lists_partners(tokens, i):
        yield "after:partners"
    elif word == "," and i + 2 < n:
        yield from _apposition(tokens, i + 1, around)
    elif word == "(" and i + 2 < n:
        yield _in_brackets(tokens, i + 1, around)
    elif word == "&" and i + 1 < n:
        yield "after:&" if _names_firm(tokens, i + 1) else "after:and"
    elif word == "<":
        yield "after:<"
    elif word.isdigit():
        yield "after:number"
    elif ORDINAL.fullmatch(word):
        opened = candidate.first > 0 and tokens.words[candidate.first - 1] in "(,"
        yield "after:minute" if opened else "after:number"
    elif key in POSSESSIVE:
        yield "after:'s"
    elif key in AFTER:
        yield f"after:{key}"
    elif kind & WORD or word.islower():
        yield "after:word"


def _names_firm(tokens: Tokens, i: int) -> bool:
    """Whether what follows `&` makes a firm of it: `& Co`, `& Wesson`; not `& others`, `& Gary`."""
    kind = classes().get(tokens.keys[i], 0)
    return tokens.words[i][0].isupper() and (not kind & FIRST or bool(kind & (WORD | ORG)))


def _lists_partners(tokens: Tokens, i: int) -> bool:
    """`, Sachs and Co`, `, Pierce, Fenner & Smith Inc`, `and Co`: the name of a firm goes on."""
    for j in range(i, min(i + 10, len(tokens))):
        word = tokens.words[j]
        if word[0].isupper():
            if tokens.keys[j] in FIRM_ENDS:
                return tokens.keys[j - 1] != ","
        elif word not in (",", "and", "&"):
            return False
    return False


def _in_brackets(tokens: Tokens, i: int, around: Around) -> str:
    """`Name (Sweden)`, `Name (born 1930)`, `Name (1825 - 1890)`."""
    for j in range(i, min(i + 6, len(tokens))):
        key = tokens.keys[j]
        if key in LIFE or (YEAR.fullmatch(key) and tokens.words[j + 1 : j + 2] in DASHES):
            return "after:(born"
        if key == ")":
            break
    return "after:(place" if i in around.places else "after:("


def _definition(tokens: Tokens, i: int) -> str:
    """`Name (…) was an American poet`, `Name is a village`: what it says that a name is."""
    words, keys, n = tokens.words, tokens.keys, len(tokens)
    if words[i] == "(":
        i = next((j for j in range(i + 1, min(i + 30, n)) if words[j] == ")"), n) + 1
    if i + 2 >= n or keys[i] not in ("is", "was") or keys[i + 1] not in ("a", "an", "the", "one"):
        return ""
    for j in range(i + 2, min(i + 10, n)):
        kind = _small(tokens, j)
        if kind & ROLE:
            return "after:is a person"
        if kind & (ORG | PLACE):
            return "after:is a thing"
        if not (words[j][0].isalpha() or words[j] == "-") or keys[j] in ("of", "in", "to", "by"):
            break
    return ""


def _small(tokens: Tokens, i: int) -> int:
    """The kinds of token `i` if it is written small, else none."""
    word = tokens.words[i]
    return classes().get(word, 0) if word[0].islower() else 0


def _apposition(tokens: Tokens, i: int, around: Around) -> Iterator[str]:
    """`Name, 47,` and `Name, the new head of …`; a place after the comma speaks for a town."""
    words, keys = tokens.words, tokens.keys
    if i in around.places:
        yield "after:, place"
        return
    if words[i].isdigit() and len(words[i]) == 2:
        yield "after:age"
        return
    if keys[i] in ("who", "whose"):
        yield "after:who"
        return
    if words[i].islower() and classes().get(keys[i], 0) & SPEECH:
        yield "after:, speech"
        return
    for j in range(i, min(i + 5, len(tokens))):
        if words[j][0].islower() and classes().get(keys[j], 0) & ROLE:
            yield "after:apposition"
            return
        if not words[j][0].isalpha():
            break
    yield "after:,"
