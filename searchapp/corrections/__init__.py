"""What the owner says of the tags, applied: a pure function of the tags as found.

A correction speaks of one value of a facet, everywhere or in one article. Where two speak of the
same value, the one for the article wins, and of two for the same place the later. So one decides,
and nothing depends on what was corrected before: an article keeps its tags as found, and taking a
correction back gives them back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from searchapp import tag, variants
from searchapp.model import (
    ACTIONS,
    FACETS,
    BadCorrection,
    Corrected,
    Correction,
    Tag,
    Tagged,
    Tags,
)
from searchapp.said import Said

LONGEST = 300
"""Characters of a value: more is a row that lost its separators."""


# --- what is meant --------------------------------------------------------------------------------


def understood(correction: Correction) -> Correction:
    """`correction` with codes for the names of countries and topics.

    Raises BadCorrection, saying what of it has no meaning.
    """
    facet = _one_of(correction.facet, FACETS)
    action = _one_of(correction.action, ACTIONS)
    article = correction.article.strip()
    if action == "add" and not article:
        raise BadCorrection(Said("“add” needs an article"))
    if action == "mentioned" and facet != "country":
        raise BadCorrection(
            Said("“mentioned” is for countries, not for the facet {facet}", facet=facet)
        )
    if action != "is" and correction.becomes.strip():
        raise BadCorrection(Said("“becomes” goes with “is”, not with “{action}”", action=action))
    becomes = _value(facet, correction.becomes, "becomes") if action == "is" else ""
    value = _value(facet, correction.value, "value")
    return Correction(facet, value, action, becomes, article, _line(correction.note))


def _one_of(said: str, known: Sequence[str]) -> str:
    if said.strip().lower() not in known:
        raise BadCorrection(
            Said("“{value}” is none of {choices}", value=_shown(said), choices=", ".join(known))
        )
    return said.strip().lower()


def _value(facet: str, said: str, column: str) -> str:
    """The code of a country or topic, the name of a person, or of a topic of the owner's own, with
    its spaces folded."""
    words = _line(said)
    if not words:
        raise BadCorrection(Said("“{column}” is empty", column=column))
    if len(words) > LONGEST:
        raise BadCorrection(
            Said("“{column}” has more than {limit} characters", column=column, limit=LONGEST)
        )
    if facet == "person":
        return words
    codes = sorted(tag.resolve(facet, words))
    if not codes and facet == "topic":
        return words  # a topic of the owner's own
    if not codes:
        raise BadCorrection(Said("no country is called “{name}”", name=words))
    if len(codes) > 1:
        names = ", ".join(f"{code} ({tag.label(facet, code)})" for code in codes[:5])
        raise BadCorrection(
            Said("“{name}” may be {names}; say which by its code", name=words, names=names)
        )
    return codes[0]


def _line(said: str) -> str:
    """`said` in one line, white space and what cannot be printed folded to single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())


def _shown(said: str) -> str:
    return said.strip()[:40]


def identity(correction: Correction) -> str:
    """The same for corrections that say the same, whatever their notes: 16 hexadecimal digits."""
    c = correction
    said = "\0".join((c.facet, c.value, c.action, c.becomes, c.article))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def subject(facet: str, value: str) -> str:
    """What corrections speak of: a value of a facet, in any spelling."""
    return f"{facet}:{variants.key(facet, value)}"


# --- what they do ---------------------------------------------------------------------------------


class Corrections:
    """The corrections in force, each as `understood`; of those that contradict the last given."""

    def __init__(self, given: Iterable[Correction] = ()) -> None:
        self._by_place = {(subject(c.facet, c.value), c.article): c for c in given}
        self.identities = frozenset(identity(c) for c in self)
        self._of_article: dict[str, list[Correction]] = {}
        for correction in sorted(self, key=identity):  # in whatever order they were said
            if correction.article:
                self._of_article.setdefault(correction.article, []).append(correction)

    def __iter__(self) -> Iterator[Correction]:
        return iter(self._by_place.values())

    def __contains__(self, correction: Correction) -> bool:
        return identity(correction) in self.identities

    def correct(self, tagged: Tagged) -> Tagged:
        """The article with its tags as found, corrected."""
        found = tagged.corrected.found if tagged.corrected else tagged.tags
        article = tagged.article.id
        facets = {facet: self._facet(facet, found.of(facet), article) for facet in FACETS}
        speaking = [*self._of_article.get(article, ())]
        for outcome in facets.values():
            speaking += self._speaking(outcome.asked, article)
        if not speaking:
            return Tagged(tagged.article, found)
        tags = Tags(**{facet: tuple(outcome.kept) for facet, outcome in facets.items()})
        left = {subject(f, t.value) for f in FACETS for t in tags.of(f)}
        asked = {subject_ for outcome in facets.values() for subject_ in outcome.asked}
        return Tagged(
            tagged.article,
            tags,
            Corrected(
                found=found,
                removed=Tags(**{facet: tuple(o.removed) for facet, o in facets.items()}),
                by=tuple(sorted({identity(c) for c in speaking})),
                unseen=tuple(sorted(asked - left)),
            ),
        )

    def _speaking(self, subjects: Iterable[str], article: str) -> list[Correction]:
        places = [(subject_, place) for subject_ in subjects for place in (article, "")]
        return [self._by_place[place] for place in places if place in self._by_place]

    def _facet(self, facet: str, found: Sequence[Tag], article: str) -> _Outcome:
        outcome = _Outcome(facet)
        for tag_ in found:
            now, asked = self._fate(facet, tag_, article)
            outcome.asked |= asked
            if now:
                outcome.keep(now)
            else:
                outcome.removed.append(tag_)
        for correction in self._of_article.get(article, ()):
            if correction.facet == facet and correction.action in ("add", "mentioned"):
                outcome.bring(correction.value, about=correction.action == "add")
        if facet == "topic":
            self._settle_parents(outcome, article)
        if any(kept.corrected for kept in outcome.kept):
            outcome.kept.sort(key=lambda kept: -kept.score)
        return outcome

    def _fate(self, facet: str, tag_: Tag, article: str) -> tuple[Tag | None, set[str]]:
        """What becomes of a tag, None where it goes, and the subjects asked about on the way."""
        asked: set[str] = set()
        now = tag_
        while (about := subject(facet, now.value)) not in asked:
            asked.add(about)
            correction = self._decides(about, article)
            match correction.action if correction else "":
                case "not":
                    return None, asked
                case "is" if correction and correction.becomes != now.value:
                    label = tag.label(facet, correction.becomes)
                    was = (f"was {tag_.label}",)
                    now = replace(now, value=correction.becomes, label=label, corrected=was)
                case "add" if not now.about:
                    now = replace(now, about=True, corrected=(*now.corrected, "about it"))
                case "mentioned" if now.about:
                    now = replace(now, about=False, corrected=(*now.corrected, "only mentioned"))
        return now, asked

    def _decides(self, about: str, article: str) -> Correction | None:
        return self._by_place.get((about, article)) or self._by_place.get((about, ""))

    def _settle_parents(self, outcome: _Outcome, article: str) -> None:
        """A topic goes with the one it lies below, and one that came brings it."""
        gone = {removed.value for removed in outcome.removed}
        for kept in [*outcome.kept]:
            above = tag.parents("topic", kept.value)
            if kept.corrected:
                for parent in above:
                    outcome.asked.add(subject("topic", parent))
                    decision = self._decides(subject("topic", parent), article)
                    if not (decision and decision.action == "not"):
                        outcome.bring(parent)
            elif gone.intersection(above):
                decision = self._decides(subject("topic", kept.value), article)
                if not (decision and decision.action == "add"):
                    outcome.kept.remove(kept)
                    outcome.removed.append(kept)


@dataclass(slots=True)
class _Outcome:
    """What becomes of one facet of one article."""

    facet: str
    kept: list[Tag] = field(default_factory=list)
    removed: list[Tag] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def keep(self, tag_: Tag) -> None:
        """Add a tag; one that a correction made the same value as another joins it."""
        for at, other in enumerate(self.kept):
            if (tag_.corrected or other.corrected) and variants.same(
                self.facet, tag_.value, [other.value]
            ):
                self.kept[at] = _joined(other, tag_)
                return
        self.kept.append(tag_)

    def bring(self, value: str, about: bool = True) -> None:
        """Add the owner's value, unless it is there: `_fate` has seen to its weight then."""
        self.asked.add(subject(self.facet, value))
        if not any(variants.same(self.facet, value, [kept.value]) for kept in self.kept):
            label = tag.label(self.facet, value)
            self.kept.append(Tag(value, label, about=about, corrected=("added",)))


def _joined(one: Tag, other: Tag) -> Tag:
    """Both as one tag, called as the correction calls it."""
    named = other if other.corrected else one
    return replace(
        named,
        spans=tuple(sorted({*one.spans, *other.spans})),
        score=max(one.score, other.score),
        about=one.about or other.about,
        corrected=tuple(dict.fromkeys((*one.corrected, *other.corrected))),
    )
