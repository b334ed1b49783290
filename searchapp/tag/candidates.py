"""Where names may stand: runs of capitalised words, cut into candidates.

A run is cut at titles, places, companies and other words that are no names; what is left is a
candidate, whatever it is the name of. `evidence` judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from searchapp.tag.country import LARGE, Place
from searchapp.tag.places import dateline_end
from searchapp.tag.text import Tokens
from searchapp.tag.words import (
    ACTS,
    COMPANY,
    CUTS,
    FIRST,
    FUNCTION,
    HONORIFIC,
    LAST,
    OFFICE,
    ORG,
    ORIGIN,
    OTHER,
    PARTICLE,
    PLACE,
    RARE_FIRST,
    ROLE,
    SHOUTED,
    SPEECH,
    SUFFIX,
    SURNAME,
    TITLE,
    WEAK,
    WHEN,
    WORD,
    classes,
    not_people,
)

LONGEST = 5
LONGEST_RUN = 60
"""Words in one name, and in a run of capitals that is looked at; longer ones are headings."""


SURNAME_SHAPE = re.compile(
    r"(?:.{2,}(?:ov|ova|ev|eva|sky|ski|ska|skii|vich|vic|enko|chuk|dze|shvili|ian|yan|opoulos|idis|"
    r"escu|sson|ssen|berg|stein|mann|ez|inho|ini|elli|etti|wala|wicz|czyk|uddin|ullah|nen|quist))"
    r"|(?:mc|o'|mac|fitz).{3,}"
)

NICKNAME_QUOTES = frozenset('"“”')
ELIDED = frozenset(("d", "l", "dell", "dall", "t", "de", "della"))
BEFORE_TOWNS = frozenset(("in", "at", "near", "from", "to", "of", "outside"))
BEFORE_MONTHS = frozenset(("in", "on", "of", "last", "next", "since", "until", "by", "to"))
"""Words after which a name is a town's, and a month is one."""
REGNAL = frozenset(("i", "v"))
"""Numerals that follow a name only where a ruler's title stands before it: they are also words."""


@dataclass(slots=True)
class Candidate:
    """A stretch of tokens `first`…`last` that may be a name, and the points found for it.

    `key`: its words, folded; `titled`: the kinds of word that stand before it.
    """

    first: int
    last: int
    key: tuple[str, ...]
    titled: int
    points: float = 0.0


def find_names(tokens: Tokens, places: Sequence[Place]) -> Iterator[tuple[Candidate, bool]]:
    """Stretches that may be names, each with whether it is no part of a company's or a place's."""
    place_at = {i: p for p in places if _is_surely(p, tokens) for i in range(p.first, p.last + 1)}
    words = tokens.words
    end = 0
    sent = dateline_end(tokens)
    for start in [i for i, word in enumerate(words) if word[0].isupper()]:
        if start < end or (tokens.headline <= start < sent and words[start].isupper()):
            continue
        end = _run_end(tokens, start)
        if _shouted(words, start, end):
            yield from _cut_shouted(tokens, start, end, place_at)
        elif end - start <= LONGEST_RUN:
            yield from _cut(tokens, start, end, place_at)


def _is_surely(place: Place, tokens: Tokens) -> bool:
    """False for a small town that is called like people are: its name may be somebody's."""
    likely = place.readings[0]
    if place.first == place.last and classes().get(tokens.keys[place.first], 0) & TITLE:
        return False
    if likely.kind != "city" or likely.thousands >= LARGE:
        return True
    if place.first == place.last:
        return not classes().get(tokens.keys[place.first], 0) & (FIRST | LAST)
    return not classes().get(tokens.keys[place.first], 0) & FIRST


def _run_end(tokens: Tokens, i: int) -> int:
    """The token after the run of capitalised words that starts at `i`."""
    words, n = tokens.words, len(tokens)
    table = classes()
    i += 1
    while i < n:
        word = words[i]
        if word[0].isupper() or (_elided(word) and words[i - 1][0].isupper()):
            i += 1
        elif word in NICKNAME_QUOTES and (behind := _nickname_end(tokens, i)):
            i = behind
        elif word == "-" and i + 1 < n and _joined(tokens, i):
            j = i + 1
            if table.get(words[j], 0) & PARTICLE and j + 2 < n and words[j + 1] == "-":
                j += 2
            if not words[j][0].isupper() and not _is_given_ending(words, j):
                return i
            i = j + 1
        elif table.get(word, 0) & PARTICLE:
            j = i + 1
            while j < n and j < i + 3 and (table.get(words[j], 0) & PARTICLE or words[j] == "-"):
                j += 1
            if j < n and words[j][0].isupper():
                i = j + 1
            else:
                return i
        else:
            return i
    return i


def _is_given_ending(words: Sequence[str], i: int) -> bool:
    """The second syllable of a Korean or Chinese given name: `Kim Jong-il`, `Roh Moo-hyun`. The
    family name stands before; an ordinary word is the end of something else (`Scud-type`)."""
    word = words[i]
    named = i > 2 and words[i - 2][0].isupper() and words[i - 3][0].isupper()
    return named and word.islower() and len(word) < 6 and not classes().get(word, 0) & WORD


def _elided(word: str) -> bool:
    """`d'Estaing`, `dell'Utri`: a particle that lost its vowel to a surname."""
    particle, apostrophe, rest = word.replace("’", "'").partition("'")
    return bool(apostrophe) and particle in ELIDED and rest[:1].isupper()


def _nickname_end(tokens: Tokens, i: int) -> int:
    """The token after a nickname in quotes at `i` that a surname follows, else 0."""
    words = tokens.words
    for size in (1, 2):
        end = i + size + 1
        if end + 1 >= len(words) or not words[i + size][0].isupper():
            return 0
        if words[end] in NICKNAME_QUOTES:
            return end + 1 if words[end + 1][0].isupper() else 0
    return 0


def _joined(tokens: Tokens, i: int) -> bool:
    """Whether token `i` touches both of its neighbours."""
    starts, words = tokens.starts, tokens.words
    return (
        starts[i - 1] + len(words[i - 1]) == starts[i]
        and starts[i] + len(words[i]) == starts[i + 1]
    )


def _shouted(words: list[str], start: int, end: int) -> bool:
    """Whether the run is a heading in capitals."""
    long = [w for w in words[start:end] if len(w) > 1 and w[0].isalpha() and "." not in w]
    upper = sum(w.isupper() for w in long)
    return upper >= 3 and upper >= 0.8 * len(long)


def _cut_shouted(
    tokens: Tokens, start: int, end: int, place_at: dict[int, Place]
) -> Iterator[tuple[Candidate, bool]]:
    """Names in a heading in capitals: a sure first name with a sure surname, else single words,
    which are names only if the text below introduces them."""
    table = classes()
    i = start
    while i < end:
        kind = table.get(tokens.keys[i], 0)
        following = table.get(tokens.keys[i + 1], 0) if i + 1 < end else 0
        sure = kind & FIRST and not kind & (CUTS | WEAK | WORD | SPEECH | ACTS)
        size = 2 if sure and following & LAST and not following & (CUTS | WORD) else 1
        if not any(j in place_at for j in range(i, i + size)) and not kind & FUNCTION:
            key = tuple(tokens.keys[i : i + size])
            yield Candidate(i, i + size - 1, key, SHOUTED), key not in not_people()
        i += size


def _cut(
    tokens: Tokens, start: int, end: int, place_at: dict[int, Place]
) -> Iterator[tuple[Candidate, bool]]:
    """The name-like stretches of one run."""
    words, keys = tokens.words, tokens.keys
    table = classes()
    titled = _title_before(tokens, start)
    if titled and keys[start - 1] in ("of", "for") and not table.get(keys[start], 0) & OFFICE:
        titled = 0
    before = 0
    i = start
    while i < end:
        if not _opens_name(tokens, i, end, place_at):
            kind = table.get(keys[i], 0)
            place = place_at.get(i)
            if place is not None:
                demonym = place.readings[0].kind == "demonym"
                kind = ORIGIN if demonym else PLACE
                titled = titled if demonym else 0
            elif words[i] != "-":
                titled = _title_after(kind, titled)
            before = kind if words[i] != "-" else before
            i += 1
            continue
        j, last = _name_end(tokens, i, end, place_at, titled)
        after = PLACE if j in place_at else table.get(keys[j], 0) if j < end else 0
        if _has_number(tokens, j):
            after = ORG
        candidate = _candidate(tokens, i, last, titled | (before & ORIGIN))
        if candidate:
            alone = _stands_alone(candidate, before, after) and candidate.key not in not_people()
            yield candidate, alone
        titled, before, i = 0, 0, max(j, i + 1)


def _has_number(tokens: Tokens, i: int) -> bool:
    """Whether `Boeing-747` or `Buk M1` goes on at token `i`."""
    if i + 1 < len(tokens) and tokens.words[i] == "-" and _joined(tokens, i):
        i += 1
    return i < len(tokens) and tokens.words[i][0].isalpha() and tokens.words[i][-1].isdigit()


def _title_before(tokens: Tokens, start: int) -> int:
    """HONORIFIC or ROLE when a lower-case title stands right before the run."""
    if start == 0:
        return 0
    table, keys = classes(), tokens.keys
    if keys[start - 1] in ("of", "for") and start > 1:
        return ROLE if table.get(keys[start - 2], 0) & ROLE else 0
    word = tokens.words[start - 1]
    return table.get(word, 0) & TITLE if word[0].islower() else 0


def _title_after(kind: int, titled: int) -> int:
    """The title in force after a word of `kind`: `Minister` (of) `Foreign Affairs`."""
    if kind & TITLE:
        return kind & TITLE
    return titled if kind & (OFFICE | ORG) else 0


def _opens_name(tokens: Tokens, i: int, end: int, place_at: dict[int, Place]) -> bool:
    """Whether a name may start at token `i`."""
    word = tokens.words[i]
    if not word[0].isupper() or word[-1].isdigit():
        return False
    kind = classes().get(tokens.keys[i], 0)
    place = place_at.get(i)
    if place is not None:
        town = place.first == place.last and place.readings[0].kind != "demonym"
        return town and bool(kind & FIRST) and _is_first_not_town(tokens, i, end)
    if kind & SURNAME and i and classes().get(tokens.keys[i - 1], 0) & HONORIFIC:
        return True
    if kind & CUTS:
        named = _before_surname(tokens, i, end) and i + 1 not in place_at
        return named and _is_first_too(tokens, i, kind)
    return not _is_mere_opening(tokens, i, end, kind)


def _is_first_not_town(tokens: Tokens, i: int, end: int) -> bool:
    """Paris Hilton, Vladimir Zhirinovsky; not `in Vladimir Gazprom`."""
    if not _before_surname(tokens, i, end):
        return False
    key = tokens.keys[i + 1]
    unknown = (
        key not in classes()
        and not tokens.words[i + 1].isupper()
        and not (i and tokens.keys[i - 1] in BEFORE_TOWNS)
    )
    return (is_surname(key) and not classes().get(key, 0) & WORD) or unknown


def _is_first_too(tokens: Tokens, i: int, kind: int) -> bool:
    """Whether a word that cuts runs may be a first name where a capital follows: `Will`, `Jan`;
    inside a sentence of the body, where words like these have no capital, also `Per`, `Asa`."""
    if not kind & FIRST or kind & (TITLE | PLACE):
        return False
    if kind & WHEN:
        dated = not i or tokens.keys[i - 1] in BEFORE_MONTHS or tokens.words[i - 1][0].isdigit()
        return bool(kind & WEAK) and not dated and is_surname(tokens.keys[i + 1])
    if kind & (WEAK | SURNAME) and not kind & FUNCTION:
        return True
    if kind & (WHEN | OFFICE | OTHER) or i < tokens.headline or _starts_sentence(tokens, i):
        return False
    return is_surname(tokens.keys[i + 1])


def _starts_sentence(tokens: Tokens, i: int) -> bool:
    return i == 0 or not (tokens.words[i - 1][0].isalnum() or tokens.words[i - 1] in ",-&")


def _is_mere_opening(tokens: Tokens, i: int, end: int, kind: int) -> bool:
    """`Outspoken Andrei Medvedev`, `Apparently Medvedev`: an ordinary word before a name, with a
    capital because it starts the sentence or says what the person is."""
    if kind & (FIRST | RARE_FIRST) or (kind & LAST and not kind & WORD) or i + 1 >= end:
        return False
    following = classes().get(tokens.keys[i + 1], 0)
    if following & CUTS:
        return False
    starts = _starts_sentence(tokens, i)
    if i + 2 < end and following & FIRST and (starts or not kind & LAST):
        return bool(starts or (kind & WORD and not following & WORD))
    return starts and bool(kind & WORD) and not kind & LAST and not following & WORD


def _before_surname(tokens: Tokens, i: int, end: int) -> bool:
    """Will Smith, Jan Koller, Bill Birch: whether a word follows that may be a surname and has no
    other part in a name."""
    if i + 1 >= end or not tokens.words[i + 1][0].isupper():
        return False
    kind = classes().get(tokens.keys[i + 1], 0)
    return not kind & CUTS and bool(kind & LAST or not kind & WORD)


def _name_end(
    tokens: Tokens, i: int, end: int, place_at: dict[int, Place], titled: int
) -> tuple[int, int]:
    """For a name that starts at `i`: the token where reading stops, and its last token."""
    words, keys = tokens.words, tokens.keys
    table = classes()
    opening = table.get(keys[i], 0)
    known = bool(opening & FIRST) or is_initial(words[i])
    last = i
    j = i + 1
    while j < end and not words[j][-1].isdigit():
        if words[j] in NICKNAME_QUOTES:
            behind = _nickname_end(tokens, j)
            if not behind:  # the quotation mark that closes one, whose first name is no name
                break
            j = behind
            continue
        if words[j][0].isupper():
            kind, place = table.get(keys[j], 0), place_at.get(j)
            cuts = place is not None or (kind & CUTS and not kind & PARTICLE)
            surname = (known and _is_surname_too(kind, place)) or (
                j == i + 1
                and j >= tokens.headline
                and _may_be_surname(opening, kind, place, titled, j + 1 == end)
            )
            if keys[j] in REGNAL and titled & ROLE and j == i + 1:
                return j + 1, j
            if cuts and (not surname or (opening & WEAK and kind & (ORG | PLACE))):
                break
            known = known or bool(kind & FIRST) or is_initial(words[j])
            last = j
        elif _elided(words[j]) or (words[j - 1] == "-" and not table.get(keys[j], 0) & PARTICLE):
            last = j
        j += 1
    if is_initial(words[last]) and last > i and len(words[last]) == 2:
        last -= 1
    return j, last


def _may_be_surname(
    opening: int, kind: int, place: Place | None, titled: int, at_end: bool
) -> bool:
    """Whether a word that cuts runs may be a surname all the same, right after `opening`:
    `Stephen Field`, and `Premier Zhao Ziyang` though Ziyang is a city."""
    if place is not None:
        one_city = place.first == place.last and place.readings[0].kind == "city"
        if titled & TITLE:
            return one_city and bool(opening & (FIRST | LAST | PARTICLE))
        return one_city and bool(kind & LAST) and not opening and at_end
    sure = opening & FIRST and not opening & (WORD | WEAK) and kind & LAST and at_end
    return bool(sure) and (bool(titled & TITLE) or not kind & (ORG | PLACE))


def _is_surname_too(kind: int, place: Place | None) -> bool:
    if kind & SUFFIX or (kind & SURNAME and not kind & COMPANY & ~ORG):
        return True
    if place is None or place.first != place.last or kind & CUTS:
        return False
    likely = place.readings[0]
    return bool(kind & LAST) or (likely.kind == "city" and likely.thousands < LARGE)


def _candidate(tokens: Tokens, first: int, last: int, titled: int) -> Candidate | None:
    """The name from token `first` to `last`, hyphens aside; None when it is too long for one."""
    names = list(_name_tokens(tokens, first, last))
    if not 0 < sum(tokens.words[i][0].isupper() for i in names) <= LONGEST:
        return None
    return Candidate(first, last, tuple(tokens.keys[i] for i in names), titled)


def _name_tokens(tokens: Tokens, first: int, last: int) -> Iterator[int]:
    """The tokens of a name without its hyphens and a nickname in quotes."""
    quoted = False
    for i in range(first, last + 1):
        if tokens.words[i] in NICKNAME_QUOTES:
            quoted = not quoted
        elif not quoted and tokens.words[i] != "-":
            yield i


def _stands_alone(candidate: Candidate, before: int, after: int) -> bool:
    """False for the part of a company's or a place's name."""
    if after & (ORG | PLACE) and not after & (TITLE | WHEN | FUNCTION):
        return False
    if before & (ORG | PLACE) and not candidate.titled & TITLE:
        return len(candidate.key) > 1 and bool(classes().get(candidate.key[0], 0) & FIRST)
    return True


def is_surname(key: str) -> bool:
    """Whether a folded word is known as a surname or has the ending of one."""
    return bool(classes().get(key, 0) & LAST or SURNAME_SHAPE.fullmatch(key))


def is_initial(word: str) -> bool:
    return word[-1] == "." and len(word) <= 4
