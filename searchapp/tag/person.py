"""Which people an article names.

A run of capitalised words is cut at titles, places, companies and other words that are no names;
what is left is judged by evidence for and against a person, each with its points. Names that pass
introduce a person; later short forms of the name are mentions of the same person.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from searchapp.model import Span, Tag
from searchapp.tag.country import LARGE, Place
from searchapp.tag.text import Tokens
from searchapp.tag.words import (
    ACTS,
    CUTS,
    FIRST,
    FUNCTION,
    HONORIFIC,
    LAST,
    OFFICE,
    ORG,
    ORIGIN,
    PARTICLE,
    PLACE,
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

OPENING_LAST = 0.5
OPENING_UNKNOWN = 0.5
CLOSING_UNKNOWN = 0.5
"""Points for a name that starts with a surname, starts or ends with a word of no list."""

FULL_NAME_PASSES = 1.75
BARE_NAME_PASSES = 2.5
"""Points that make a person. With 1.5 full names do half a point of F1 better in newswire
(conll-train) and a point worse in an encyclopedia (wikigold): titles of works, names of firms."""

SURNAME_SHAPE = re.compile(
    r"(?:.{2,}(?:ov|ova|ev|eva|sky|ski|ska|skii|vich|vic|enko|chuk|dze|shvili|ian|yan|opoulos|idis|"
    r"escu|sson|ssen|berg|stein|mann|ez|inho|ini|elli|etti|wala|wicz|czyk|uddin|ullah|nen|quist))"
    r"|(?:mc|o'|mac|fitz).{3,}"
)


POSSESSIVE = ("'s", "’s")
POINTS_BEFORE = {
    "the": -2.0,
    "in": -1.0,
    "at": -1.0,
    "near": -1.0,
    "by": 0.5,
    "with": 0.5,
    "&": -3.0,
}
"""What a single word right before a name tells of it."""

ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
"""The minute of a goal: `(Klinsmann 15th, 80th)`."""


@dataclass(slots=True)
class Candidate:
    """A stretch of tokens `first`…`last` that may be a name, and the points found for it."""

    first: int
    last: int
    key: tuple[str, ...]
    titled: int
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class Around:
    """What the whole article tells about single words.

    `alone`: how often a name word stands by itself; `lowered`: words it also writes small;
    `things`: names, and first and last words of names, of companies and places; `places`: the
    first and last tokens of place names.
    """

    alone: Counter[str]
    lowered: set[str]
    things: set[tuple[str, ...]]
    places: frozenset[int]


@dataclass(slots=True)
class Person:
    """Somebody introduced: all forms of the name, all mentions."""

    value: str
    key: tuple[str, ...]
    mentions: list[Candidate] = field(default_factory=list)


def tag_people(tokens: Tokens, places: Sequence[Place]) -> tuple[tuple[Tag, ...], frozenset[int]]:
    """The people of an article, and the tokens their names take."""
    candidates: list[Candidate] = []
    things: set[tuple[str, ...]] = set()
    for candidate, stands_alone in _candidates(tokens, places):
        if stands_alone:
            candidates.append(candidate)
        else:
            things.update((candidate.key[:1], candidate.key[-1:], candidate.key))
    full = [c for c in candidates if len(c.key) > 1]
    bare = [c for c in candidates if len(c.key) == 1]
    alone = Counter(c.key[0] for c in bare if not c.titled & SHOUTED)
    lowered = {k for k, w in zip(tokens.keys, tokens.words, strict=True) if w == k}
    around = Around(alone, lowered, things, frozenset(i for p in places for i in (p.first, p.last)))
    for candidate in full:
        candidate.points = _points_of_full(tokens, candidate, around)
    _pass_lists(tokens, full)
    introducing, short = _split_full(full)
    people = _introduce(tokens, introducing)
    rest = _merge(people, [*bare, *short])
    unshouted = [candidate for candidate in rest if not candidate.titled & SHOUTED]
    named = _bare_people(tokens, unshouted, around)
    _hear(named, rest)
    people += named
    return _tags(tokens, people)


# --- cutting runs of capitals into candidates ---------------------------------------------------


def _candidates(tokens: Tokens, places: Sequence[Place]) -> Iterator[tuple[Candidate, bool]]:
    """Stretches that may be names, each with whether it is no part of a company's or a place's."""
    place_at = {i: p for p in places if _is_surely(p, tokens) for i in range(p.first, p.last + 1)}
    words = tokens.words
    end = 0
    for start in [i for i, word in enumerate(words) if word[0].isupper()]:
        if start < end:
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
        if word[0].isupper():
            i += 1
        elif word == "-" and i + 1 < n and _joined(tokens, i):
            j = i + 1
            if table.get(words[j], 0) & PARTICLE and j + 2 < n and words[j + 1] == "-":
                j += 2
            if not words[j][0].isupper():
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
            yield Candidate(i, i + size - 1, tuple(tokens.keys[i : i + size]), SHOUTED), True
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
        j, last = _name_end(tokens, i, end, place_at)
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
        first = kind & FIRST and place.first == place.last
        return bool(first) and _before_surname(tokens, i, end) and _is_last(tokens, i + 1)
    if kind & SURNAME and i and classes().get(tokens.keys[i - 1], 0) & HONORIFIC:
        return True
    if kind & CUTS:
        first = kind & FIRST and kind & (WEAK | SURNAME) and not kind & (FUNCTION | TITLE | PLACE)
        return bool(first) and _before_surname(tokens, i, end)
    return not (_starts_sentence(tokens, i) and _is_mere_opening(tokens, i, end, kind))


def _starts_sentence(tokens: Tokens, i: int) -> bool:
    return i == 0 or not (tokens.words[i - 1][0].isalnum() or tokens.words[i - 1] in ",-&")


def _is_mere_opening(tokens: Tokens, i: int, end: int, kind: int) -> bool:
    """`Outspoken Andrei Medvedev`: a word with a capital only because it starts the sentence."""
    if (kind & (FIRST | LAST) and not kind & WORD) or i + 2 >= end:
        return False
    table = classes()
    following = table.get(tokens.keys[i + 1], 0)
    return bool(following & FIRST) and not following & CUTS and not kind & FIRST


def _before_surname(tokens: Tokens, i: int, end: int) -> bool:
    """Will Smith, Jan Koller: whether a word follows that is nothing but a surname."""
    if i + 1 >= end or not tokens.words[i + 1][0].isupper():
        return False
    return not classes().get(tokens.keys[i + 1], 0) & (CUTS | WORD)


def _is_last(tokens: Tokens, i: int) -> bool:
    return bool(classes().get(tokens.keys[i], 0) & LAST)


def _name_end(tokens: Tokens, i: int, end: int, place_at: dict[int, Place]) -> tuple[int, int]:
    """For a name that starts at `i`: the token where reading stops, and its last token."""
    words, keys = tokens.words, tokens.keys
    table = classes()
    opening = table.get(keys[i], 0)
    known = bool(opening & FIRST) or _initial(words[i])
    last = i
    j = i + 1
    while j < end:
        if words[j][-1].isdigit():
            break
        if words[j][0].isupper():
            kind = table.get(keys[j], 0)
            cuts = j in place_at or (kind & CUTS and not kind & PARTICLE)
            if cuts and not (known and _is_surname_too(kind, place_at.get(j))):
                break
            if cuts and opening & WEAK and kind & (ORG | PLACE):
                break
            known = known or bool(kind & FIRST) or _initial(words[j])
            last = j
        j += 1
    if _initial(words[last]) and last > i and len(words[last]) == 2:
        last -= 1
    return j, last


def _is_surname_too(kind: int, place: Place | None) -> bool:
    if kind & (SURNAME | SUFFIX):
        return True
    if place is None or place.first != place.last or kind & CUTS:
        return False
    likely = place.readings[0]
    return bool(kind & LAST) or (likely.kind == "city" and likely.thousands < LARGE)


def _candidate(tokens: Tokens, first: int, last: int, titled: int) -> Candidate | None:
    """The name from token `first` to `last`, hyphens aside; None when it is too long for one."""
    names = [i for i in range(first, last + 1) if tokens.words[i] != "-"]
    if not 0 < sum(tokens.words[i][0].isupper() for i in names) <= LONGEST:
        return None
    return Candidate(first, last, tuple(tokens.keys[i] for i in names), titled)


def _stands_alone(candidate: Candidate, before: int, after: int) -> bool:
    """False for the part of a company's or a place's name."""
    if after & (ORG | PLACE) and not after & (TITLE | WHEN | FUNCTION):
        return False
    if before & (ORG | PLACE) and not candidate.titled & TITLE:
        return len(candidate.key) > 1 and bool(classes().get(candidate.key[0], 0) & FIRST)
    return True


# --- full names ---------------------------------------------------------------------------------


def _points_of_full(tokens: Tokens, candidate: Candidate, around: Around) -> float:
    """Evidence that a candidate of several words is a person's full name."""
    return (
        _points_of_title(candidate)
        + _points_of_opening(tokens, candidate)
        + _points_of_closing(candidate.key[-1])
        + _points_of_article(candidate, around)
        + _points_of_context(tokens, candidate, around)
    )


def _points_of_opening(tokens: Tokens, candidate: Candidate) -> float:
    """For the first word of a name, and what may be wrong with it."""
    table = classes()
    word, kind = tokens.words[candidate.first], table.get(candidate.key[0], 0)
    inside = [table.get(key, 0) for key in candidate.key[1:-1]]
    points = 0.75 if any(kind & PARTICLE for kind in inside) else 0.0
    if _starts_with_acronym(tokens, candidate):
        points -= 2.0
    if kind & FIRST:
        return points + (1.25 if kind & (WEAK | WORD) else 2.0)
    if _initial(word):
        return points + 1.5
    if kind & PARTICLE and not candidate.titled & TITLE:
        points -= 1.5
    if _before_number(tokens, candidate):
        points -= 1.0
    if any(kind & FIRST for kind in inside):
        return points + 1.0
    return points + (OPENING_LAST if kind & LAST else 0.0 if kind else OPENING_UNKNOWN)


def _points_of_closing(key: str) -> float:
    """For the last word of a name."""
    kind = classes().get(key, 0)
    if kind & LAST:
        return 0.5 if kind & WORD else 1.0
    if SURNAME_SHAPE.fullmatch(key):
        return 1.0
    return 0.0 if kind else CLOSING_UNKNOWN


def _points_of_article(candidate: Candidate, around: Around) -> float:
    """For how the rest of the article uses the words of a name."""
    table = classes()
    points = 0.0
    for key in candidate.key:
        kind = table.get(key, 0)
        if (kind & WORD or key in around.lowered) and not kind & (FIRST | PARTICLE | SURNAME):
            points -= 1.0
    if candidate.key in around.things:
        points -= 3.0
    elif candidate.key[:1] in around.things or candidate.key[-1:] in around.things:
        points -= 1.0
    if around.alone[candidate.key[-1]]:
        points += 1.0 if table.get(candidate.key[-1], 0) & WORD else 1.5
    return points


def _starts_with_acronym(tokens: Tokens, candidate: Candidate) -> bool:
    """`SBC Warburg`, `NAC Breda`; not `WASIM AKRAM` and not `J.P. Smith`."""
    first, last = tokens.words[candidate.first], tokens.words[candidate.last]
    return len(first) > 1 and first.isalpha() and first.isupper() and not last.isupper()


def _before_number(tokens: Tokens, candidate: Candidate) -> bool:
    """Tables give teams like this, and people, but of these more is known."""
    after = candidate.last + 1
    return after < len(tokens) and tokens.words[after].isdigit()


def _points_of_title(candidate: Candidate) -> float:
    if candidate.titled & HONORIFIC:
        return 3.0
    if candidate.titled & ROLE:
        return 2.5
    return 1.0 if candidate.titled & ORIGIN else 0.0


def _points_of_context(tokens: Tokens, candidate: Candidate, around: Around) -> float:
    """What stands before and after a name."""
    return _points_before(tokens, candidate.first - 1, around) + _points_after(
        tokens, candidate, around
    )


def _points_before(tokens: Tokens, i: int, around: Around) -> float:
    """For the token `i` right before a name."""
    if i < 0:
        return 0.0
    key = tokens.keys[i]
    kind = _small(tokens, i)
    previous = tokens.keys[i - 1] if i else ""
    if kind & SPEECH:
        return 1.0
    if kind & (ORG | PLACE) and not kind & TITLE:
        return -1.5
    if key == "of":
        return -1.5 if classes().get(previous, 0) & PLACE else 0.0
    if key == ",":
        return 1.5 if classes().get(previous, 0) & ROLE else 0.0
    if key in POSSESSIVE:
        return 1.0 if i - 1 in around.places else 0.0
    return POINTS_BEFORE.get(key, 0.0)


def _points_after(tokens: Tokens, candidate: Candidate, around: Around) -> float:
    """For the tokens right after a name."""
    i, n = candidate.last + 1, len(tokens)
    if i >= n:
        return 0.0
    word, kind = tokens.words[i], _small(tokens, i)
    if classes().get(tokens.keys[i], 0) & SPEECH:
        return 1.5
    if kind & (ORG | PLACE) and not kind & TITLE:
        return -1.5
    if kind & ACTS:
        return 0.5
    if word == "," and i + 2 < n:
        return _points_of_apposition(tokens, i + 1)
    if word == "(" and i + 2 < n:
        return 2.0 if i + 1 in around.places else 0.5
    if word in "&<":
        return -3.0
    opened = candidate.first > 0 and tokens.words[candidate.first - 1] in "(,"
    return 3.0 if opened and ORDINAL.fullmatch(word) else 0.0


def _small(tokens: Tokens, i: int) -> int:
    """The kinds of token `i` if it is written small, else none."""
    word = tokens.words[i]
    return classes().get(word, 0) if word[0].islower() else 0


def _points_of_apposition(tokens: Tokens, i: int) -> float:
    """`Name, 47,` and `Name, the new head of …`."""
    words, keys = tokens.words, tokens.keys
    if words[i].isdigit() and len(words[i]) == 2:
        return 2.5
    if keys[i] in ("who", "whose"):
        return 1.5
    if words[i].islower() and classes().get(keys[i], 0) & SPEECH:
        return 1.0
    for j in range(i, min(i + 5, len(tokens))):
        if words[j][0].islower() and classes().get(keys[j], 0) & ROLE:
            return 1.5
        if not words[j][0].isalpha():
            return 0.0
    return 0.0


def _pass_lists(tokens: Tokens, full: Sequence[Candidate]) -> None:
    """In `Name, Name and Name` one that is known speaks for the next."""
    for ordered in (full, full[::-1]):
        for one, other in itertools.pairwise(ordered):
            if one.points >= FULL_NAME_PASSES > other.points >= FULL_NAME_PASSES - 1.25:
                left, right = sorted((one, other), key=lambda c: c.first)
                between = tokens.keys[left.last + 1 : right.first]
                if between in ([","], ["and"], ["/"], ["-"], [",", "and"], ["or"]):
                    other.points = FULL_NAME_PASSES


def _initial(word: str) -> bool:
    return word[-1] == "." and len(word) <= 4


def _split_full(full: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Those that introduce a person; those that do not, or are short for one that does."""
    passing = [c for c in full if c.points >= FULL_NAME_PASSES]
    parts = {
        part
        for key in {c.key for c in passing}
        for size in range(2, len(key))
        for part in (key[:size], key[-size:])
    }
    introducing = [c for c in passing if c.key not in parts]
    return introducing, [c for c in full if c.points < FULL_NAME_PASSES or c.key in parts]


def _introduce(tokens: Tokens, full: Sequence[Candidate]) -> list[Person]:
    """One person for each full name, an initial taken for the first name it may stand for."""
    people: list[Person] = []
    known: dict[tuple[str, str], Person] = {}
    for candidate in full:
        surname, first = _surname(candidate.key), candidate.key[0].rstrip(".")
        person = known.get((surname, first)) or known.get((surname, first[0]))
        if person is None:
            person = Person(_value(tokens, candidate), candidate.key)
            people.append(person)
            known.setdefault((surname, first[0]), person)
        elif _is_initial(person.key[0]) and not _is_initial(first):
            person.value, person.key = _value(tokens, candidate), candidate.key
        elif not _is_initial(first) and person.key[0] != first:
            person = Person(_value(tokens, candidate), candidate.key)
            people.append(person)
        known[surname, first] = person
        person.mentions.append(candidate)
    return people


def _is_initial(first: str) -> bool:
    return len(first.rstrip(".")) == 1


def _surname(key: tuple[str, ...]) -> str:
    if len(key) > 1 and classes().get(key[-1], 0) & SUFFIX:
        return key[-2]
    return key[-1]


def _value(tokens: Tokens, candidate: Candidate) -> str:
    """The name as written, its spaces single, and in title case where it was in capitals."""
    words = tokens.words
    parts = [words[candidate.first]]
    for i in range(candidate.first + 1, candidate.last + 1):
        gap = tokens.starts[i] > tokens.starts[i - 1] + len(words[i - 1])
        parts.append((" " if gap else "") + words[i])
    name = "".join(parts)
    return _titlecase(name) if name.isupper() and len(name) > 3 else name


def _titlecase(name: str) -> str:
    return re.sub(r"[^\W_]+", lambda m: m.group().capitalize(), name)


# --- short forms --------------------------------------------------------------------------------


def _merge(people: Sequence[Person], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Give each short form to the person introduced last before it; return those of nobody.

    A surname goes before a first name, and who comes first in the article before nobody.
    """
    by_end: dict[tuple[str, ...], list[Person]] = defaultdict(list)
    by_part: dict[tuple[str, ...], list[Person]] = defaultdict(list)
    for person in people:
        for start, end in itertools.combinations(range(len(person.key) + 1), 2):
            if end - start < len(person.key):
                table = by_end if end == len(person.key) else by_part
                table[person.key[start:end]].append(person)
    rest = []
    for candidate in sorted(candidates, key=lambda c: c.first):
        owners = by_end.get(candidate.key) or by_part.get(candidate.key)
        if owners and len("".join(candidate.key)) > 2:
            later = bisect.bisect(owners, candidate.first, key=lambda p: p.mentions[0].first)
            owners[max(later - 1, 0)].mentions.append(candidate)
        else:
            rest.append(candidate)
    return rest


def _bare_people(tokens: Tokens, bare: Sequence[Candidate], around: Around) -> list[Person]:
    """People known by one name in the article: `Mr. Khatami`, `President Moi`, `Clinton said`."""
    groups: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for candidate in bare:
        groups[candidate.key].append(candidate)
    people = []
    for key, mentions in groups.items():
        if len(key) > 1:
            continue
        points = _points_of_bare(tokens, key[0], mentions, around)
        if points >= BARE_NAME_PASSES:
            people.append(Person(_value(tokens, mentions[0]), key, mentions))
    return people


def _hear(people: Sequence[Person], candidates: Sequence[Candidate]) -> None:
    """Give the single words of headings in capitals to people known by that name."""
    by_name = {person.key: person for person in people}
    for candidate in candidates:
        if candidate.titled & SHOUTED and candidate.key in by_name:
            by_name[candidate.key].mentions.append(candidate)


def _points_of_bare(
    tokens: Tokens,
    key: str,
    mentions: list[Candidate],
    around: Around,
) -> float:
    kind = classes().get(key, 0)
    word = tokens.words[mentions[0].first]
    if len(key) < 3 or (word.isupper() and not any(m.titled & HONORIFIC for m in mentions)):
        return 0.0
    points = 0.0
    if kind & (FIRST | LAST) or SURNAME_SHAPE.fullmatch(key):
        points += 1.0
    else:
        points -= 0.5
    if kind & WORD or key in around.lowered:
        points -= 1.5
    if (key,) in around.things:
        points -= 2.0
    points += max(map(_points_of_title, mentions))
    contexts = sorted((_points_of_context(tokens, m, around) for m in mentions), reverse=True)
    points += sum(contexts[:2]) + min(contexts[-1], 0.0)
    points += 0.25 * min(len(mentions) - 1, 4)
    return points


# --- to tags ------------------------------------------------------------------------------------


def _tags(tokens: Tokens, people: Sequence[Person]) -> tuple[tuple[Tag, ...], frozenset[int]]:
    taken: set[int] = set()
    tags = []
    most = max((len(p.mentions) for p in people), default=1)
    for person in people:
        spans: list[Span] = []
        headline = False
        for mention in sorted(person.mentions, key=lambda m: m.first):
            spans.append(tokens.span(mention.first, mention.last))
            taken.update(range(mention.first, mention.last + 1))
            headline = headline or mention.first < tokens.headline
        score = 0.5 * len(spans) / most + (0.3 if headline else 0.0) + 0.2
        tags.append(Tag(person.value, person.value, tuple(spans), round(score, 4)))
    return tuple(sorted(tags, key=lambda tag: (-tag.score, tag.spans[0]))), frozenset(taken)
