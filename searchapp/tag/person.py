"""Which people an article names.

`candidates` cuts runs of capitalised words into candidates, `evidence` judges them. Those that pass
introduce a person; later short forms of the name are mentions of the same person.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from searchapp.model import Span, Tag
from searchapp.tag import evidence
from searchapp.tag.candidates import Candidate, find_names
from searchapp.tag.country import LARGE, Place
from searchapp.tag.evidence import Around
from searchapp.tag.text import Tokens
from searchapp.tag.words import FIRST, LAST, SHOUTED, SUFFIX, classes

LISTED = 1.5
"""Points that a name of a list may lack when its neighbour is a person."""


@dataclass(slots=True)
class Person:
    """Somebody introduced: all forms of the name, all mentions."""

    value: str
    key: tuple[str, ...]
    mentions: list[Candidate] = field(default_factory=list)


Opinion = Callable[[Sequence[Candidate]], float]
"""What somebody else thinks of mentions of one name, in points for a person."""


def no_opinion(mentions: Sequence[Candidate]) -> float:
    """Leaves it to the rules."""
    return 0.0


def tag_people(
    tokens: Tokens, places: Sequence[Place], opinion: Opinion = no_opinion
) -> tuple[tuple[Tag, ...], frozenset[int]]:
    """The people of an article, and the tokens their names take."""
    full, bare, around = look_around(tokens, places, find_names(tokens, places))
    people, rest = _introduced(tokens, full, bare, around, opinion)
    named = [
        Person(value_of(tokens, mentions[0]), mentions[0].key, mentions)
        for mentions in _by_name(rest)
        if evidence.points(evidence.of_bare_name(tokens, mentions, around)) + opinion(mentions) >= 0
    ]
    _hear(named, rest)
    return _tags(tokens, [*people, *named])


def look_around(
    tokens: Tokens, places: Sequence[Place], found: Iterable[tuple[Candidate, bool]]
) -> tuple[list[Candidate], list[Candidate], Around]:
    """Candidates of several words, those of one, and what the article tells about them."""
    full: list[Candidate] = []
    bare: list[Candidate] = []
    things: set[tuple[str, ...]] = set()
    for candidate, stands_alone in found:
        if not stands_alone:
            things.update((candidate.key[:1], candidate.key[-1:], candidate.key))
        else:
            (full if len(candidate.key) > 1 else bare).append(candidate)
    around = Around(
        Counter(c.key[0] for c in bare if not c.titled & SHOUTED),
        {c.key[0] for c in bare if evidence.acts(tokens, c)},
        Counter(c.key for c in full),
        {key for key, word in zip(tokens.keys, tokens.words, strict=True) if word == key},
        things,
        frozenset(i for place in places for i in (place.first, place.last)),
        frozenset(
            (p.first, p.last) for p in places if p.first < p.last or not _may_be_name(tokens, p)
        ),
    )
    return full, bare, around


def _may_be_name(tokens: Tokens, place: Place) -> bool:
    """Whether a small town is called as many people are: Joseph, Anderson, Scott."""
    likely = place.readings[0]
    small = likely.kind == "city" and likely.thousands < LARGE
    return small and bool(classes().get(tokens.keys[place.first], 0) & (FIRST | LAST))


def unexplained(
    tokens: Tokens, full: Sequence[Candidate], bare: Sequence[Candidate], around: Around
) -> list[list[Candidate]]:
    """The mentions of each single word that is not short for a full name."""
    return _by_name(_introduced(tokens, full, bare, around)[1])


def _introduced(
    tokens: Tokens,
    full: Sequence[Candidate],
    bare: Sequence[Candidate],
    around: Around,
    opinion: Opinion = no_opinion,
) -> tuple[list[Person], list[Candidate]]:
    """The people with full names, with all their mentions, and the candidates that are no such."""
    for candidate in full:
        candidate.points = evidence.points(evidence.of_full_name(tokens, candidate, around))
        candidate.points += opinion([candidate])
    _pass_lists(tokens, full)
    introducing, short = _split_full(full)
    people = _introduce(tokens, introducing)
    return people, _merge(people, [*bare, *short])


def _by_name(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Mentions that may stand for a person by themselves, name by name."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if len(candidate.key) == 1 and not candidate.titled & SHOUTED and len(candidate.key[0]) > 2:
            groups[candidate.key[0]].append(candidate)
    return list(groups.values())


def _pass_lists(tokens: Tokens, full: Sequence[Candidate]) -> None:
    """In `Name, Name and Name` one that is known speaks for the next."""
    for ordered in (full, full[::-1]):
        for one, other in itertools.pairwise(ordered):
            if one.points >= 0 > other.points >= -LISTED:
                left, right = sorted((one, other), key=lambda c: c.first)
                between = tokens.keys[left.last + 1 : right.first]
                if between in ([","], ["and"], ["/"], ["-"], [",", "and"], ["or"]):
                    other.points = 0.0


def _split_full(full: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Those that introduce a person; those that do not, or are short for one that does."""
    passing = [c for c in full if c.points >= 0]
    parts = {
        part
        for key in {c.key for c in passing}
        for size in range(2, len(key))
        for part in (key[:size], key[-size:])
    }
    introducing = [c for c in passing if c.key not in parts]
    return introducing, [c for c in full if c.points < 0 or c.key in parts]


def _introduce(tokens: Tokens, full: Sequence[Candidate]) -> list[Person]:
    """One person for each full name, an initial taken for the first name it may stand for."""
    people: list[Person] = []
    known: dict[tuple[str, str], Person] = {}
    for candidate in full:
        surname, first = _surname(candidate.key), candidate.key[0].rstrip(".")
        person = known.get((surname, first)) or known.get((surname, first[0]))
        if person is None:
            person = Person(value_of(tokens, candidate), candidate.key)
            people.append(person)
            known.setdefault((surname, first[0]), person)
        elif _is_initial(person.key[0]) and not _is_initial(first):
            person.value, person.key = value_of(tokens, candidate), candidate.key
        elif not _is_initial(first) and person.key[0] != first:
            person = Person(value_of(tokens, candidate), candidate.key)
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


def value_of(tokens: Tokens, candidate: Candidate) -> str:
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


def _hear(people: Sequence[Person], candidates: Sequence[Candidate]) -> None:
    """Give the single words of headings in capitals to people known by that name."""
    by_name = {person.key: person for person in people}
    for candidate in candidates:
        if candidate.titled & SHOUTED and candidate.key in by_name:
            by_name[candidate.key].mentions.append(candidate)


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
