"""Article → Tags: which countries, people and topics it is about, with the evidence.

One pass cuts the text into tokens (`text`); `country` finds place names, `person` names between
them, `country` again decides what the places mean once people's names are out of the way, and
`topic` counts phrases. Word lists are the files of `lexicon`, read when first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from searchapp.model import Article, Tag, Tags
from searchapp.tag import lexicons
from searchapp.tag.country import asked_key, find_places, names, tag_countries
from searchapp.tag.person import tag_people
from searchapp.tag.text import fold, read
from searchapp.tag.topic import tables, tag_topics

VERSION = "2"
"""Raise it with every change to the rules that changes tags."""


LONGEST_TEXT = 1_000_000
"""Characters of an article that are looked at: a long book. Bounds time (seconds) and memory."""


def fingerprint() -> str:
    """Changes when the rules or the lexicons do: tags made under another one are stale."""
    return f"{VERSION}-{lexicons.digest()}"


def tag_article(article: Article) -> Tags:
    """The facet values of `article`; those its owner gave replace the found ones of that facet."""
    tokens = read(article.text[:LONGEST_TEXT], article.body_offset)
    places = find_places(tokens)
    people, taken = tag_people(tokens, places)
    found = Tags(tag_countries(tokens, places, taken, article.place), people, tag_topics(tokens))
    given = article.given
    return Tags(
        _given("country", given) or found.country,
        _given("person", given) or found.person,
        _given("topic", given) or found.topic,
    )


@dataclass(frozen=True, slots=True)
class Tagger:
    """How articles are tagged: by the rules, and by what their owner adds to them.

    Plain data, so that it can be handed to worker processes; what it names is loaded on first use.
    """

    def tag(self, article: Article) -> Tags:
        """The facet values of `article`."""
        return tag_article(article)

    def fingerprint(self) -> str:
        """Changes when another tagger would find other values."""
        return fingerprint()


def _given(facet: str, given: Mapping[str, tuple[str, ...]]) -> tuple[Tag, ...]:
    """The owner's values as tags: names of countries and topics become codes where known, and a
    level-2 topic brings its parent."""
    values: list[str] = []
    for words in given.get(facet, ()):
        codes = resolve(facet, words)
        value = next(iter(codes)) if len(codes) == 1 else words.strip()
        values += [*parents(facet, value), value]
    return tuple(Tag(value, label(facet, value)) for value in dict.fromkeys(filter(None, values)))


def label(facet: str, value: str) -> str:
    """What people read for a value: the country's name, the topic's label, else `value`."""
    if facet == "country":
        return names().labels.get(value, value)
    if facet == "topic":
        return tables().labels.get(value, value)
    return value


def resolve(facet: str, words: str) -> frozenset[str]:
    """The codes that `words` may mean; none for people, whose names are searched as text.

    A country by name, alias, demonym, ISO alpha-2 or alpha-3; a topic by code, label, or some
    words of its label.
    """
    resolvers: Mapping[str, Callable[[str], frozenset[str]]] = {
        "country": _resolve_country,
        "topic": _resolve_topic,
    }
    return resolvers[facet](words) if facet in resolvers else frozenset()


def _resolve_country(words: str) -> frozenset[str]:
    asked, key = names().asked, asked_key(words)
    return asked.get(key) or asked.get(key.removeprefix("the "), frozenset())


def _resolve_topic(words: str) -> frozenset[str]:
    labels, asked = tables().labels, _words(words)
    if words.strip().lower() in labels:
        return frozenset({words.strip().lower()})
    exact = frozenset(code for code, label in labels.items() if _words(label) == asked)
    if exact or not asked:
        return exact
    return frozenset(code for code, label in labels.items() if set(asked) <= set(_words(label)))


def _words(text: str) -> list[str]:
    return [key for key in read(fold(text)).keys if key.isalnum()]


def parents(facet: str, value: str) -> tuple[str, ...]:
    """What `value` lies below: the level-1 topic of a level-2 topic, else nothing."""
    if facet == "topic" and value in tables().parents:
        return (tables().parents[value],)
    return ()
