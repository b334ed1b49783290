"""Article → Tags: which countries, people and topics it is about, with the evidence.

One pass cuts the text into tokens (`text`); `country` finds place names, `person` names between
them, `country` again decides what the places mean once people's names are out of the way, and
`topic` counts phrases. Word lists are the files of `lexicon`, read when first needed. What owners
add comes last: `own` are topics of their own, which `percolate` finds by their queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from searchapp.analyse import Analyser
from searchapp.model import Article, Failure, Tag, Tags
from searchapp.tag import lexicons
from searchapp.tag.country import asked_key, find_places, names, tag_countries
from searchapp.tag.own import OwnTopic, tag_own
from searchapp.tag.percolate import Words
from searchapp.tag.person import Opinion, no_opinion, tag_people
from searchapp.tag.text import Tokens, fold, read
from searchapp.tag.topic import tables, tag_topics

VERSION = "2"
"""Raise it with every change to the rules that changes tags."""


LONGEST_TEXT = 1_000_000
"""Characters of an article that are looked at: a long book. Bounds time (seconds) and memory."""


def fingerprint() -> str:
    """Changes when the rules or the lexicons do: tags made under another one are stale."""
    return f"{VERSION}-{lexicons.digest()}"


def tag_article(article: Article, spacy: str = "") -> Tags:
    """The facet values of `article`; those its owner gave replace the found ones of that facet.

    `spacy` names a package with a model of spaCy that is asked about people in English.
    """
    text = article.text[:LONGEST_TEXT]
    tokens = read(text, article.body_offset)
    places = find_places(tokens)
    people, taken = tag_people(tokens, places, _opinion(spacy, article, text, tokens))
    found = Tags(tag_countries(tokens, places, taken, article.place), people, tag_topics(tokens))
    given = article.given
    return Tags(
        _given("country", given) or found.country,
        _given("person", given) or found.person,
        _given("topic", given) or found.topic,
    )


def _opinion(spacy: str, article: Article, text: str, tokens: Tokens) -> Opinion:
    if not spacy or article.language not in (None, "en"):
        return no_opinion
    from searchapp.tag import spacy_people  # only where a model is to be asked

    return spacy_people.opinion(spacy, text, tokens)


@dataclass(frozen=True, slots=True)
class Tagger:
    """How articles are tagged: by the rules, and by what their owner adds to them.

    Plain data, so that it can be handed to worker processes; what it names is loaded on first use.
    `topics` are the owner's own, whose queries compare words in `language`; `model` is the file
    of a classifier of topics and the digest of its content; `additions` changes when anything
    added does; `problems` is what the owner wrote that cannot be used. `lexicon` are rows of the
    owner's for the word lists; `spacy` is the package of a model that is asked about people.
    """

    lexicon: lexicons.Added = lexicons.NOTHING
    topics: tuple[OwnTopic, ...] = ()
    language: str = "english"
    model: tuple[str, str] | None = None
    spacy: str = ""
    additions: str = ""
    problems: tuple[Failure, ...] = ()

    def tag(self, article: Article) -> Tags:
        """The facet values of `article`."""
        with lexicons.using(self.lexicon):
            tags = tag_article(article, self.spacy)
            if _given("topic", article.given):
                return tags
            return replace(tags, topic=self._topics(article, tags))

    def _topics(self, article: Article, tags: Tags) -> tuple[Tag, ...]:
        """The topics that the rules found, and what the owner adds."""
        if not (self.topics or self.model):
            return tags.topic
        words = Words(article, tags.person, _analyser(self.language))
        if self.model:
            tags = replace(tags, topic=self._decided(self.model, words, tags.topic))
        return tag_own(words, tags, self.topics)

    def _decided(
        self, model: tuple[str, str], words: Words, found: tuple[Tag, ...]
    ) -> tuple[Tag, ...]:
        from searchapp.tag import learned  # NumPy is loaded only where there is a model

        own = {topic.value: topic.above for topic in self.topics}

        def above(value: str) -> learned.Above:
            codes = parents("topic", value)
            return own.get(value) or tuple((code, label("topic", code)) for code in codes)

        return learned.decide(
            learned.load(*model), words, found, lambda value: label("topic", value), above
        )

    def fingerprint(self) -> str:
        """Changes when another tagger would find other values."""
        return f"{fingerprint()}-{self.additions}" if self.additions else fingerprint()


@cache
def _analyser(language: str) -> Analyser:
    """Made on first use, and kept: it remembers the words it has seen."""
    return Analyser(language)


def _given(facet: str, given: Mapping[str, tuple[str, ...]]) -> tuple[Tag, ...]:
    """The owner's values as tags: names of countries and topics become codes where known, and a
    level-2 topic brings its parent."""
    values: list[str] = []
    for words in given.get(facet, ()):
        codes = resolve(facet, words)
        value = next(iter(codes)) if len(codes) == 1 else words.strip()
        value = topic_value(words) if facet == "topic" else value
        values += [*parents(facet, value), value]
    return tuple(Tag(value, label(facet, value)) for value in dict.fromkeys(filter(None, values)))


def topic_value(name: str) -> str:
    """The topic that an owner means by `name`: IPTC's of that code or label, else one of the
    owner's own. "energy" is an own topic, though one of IPTC has that word in its label."""
    code = name.strip().lower()
    return code if code in tables().labels else _by_label().get(tuple(_words(name)), name.strip())


@cache
def _by_label() -> Mapping[tuple[str, ...], str]:
    return {tuple(_words(label)): code for code, label in tables().labels.items()}


def topics() -> Mapping[str, str]:
    """The topics of IPTC: code → label."""
    return tables().labels


def label(facet: str, value: str) -> str:
    """What people read for a value: the country's name, the topic's label, else `value`."""
    if facet == "country":
        return names().labels.get(value, value)
    if facet == "topic":
        return tables().labels.get(value, value)
    return value


def aliases(facet: str) -> Mapping[str, tuple[str, ...]]:
    """What people may type for a value beside its label: of countries names, demonyms and codes."""
    return _country_aliases() if facet == "country" else {}


@lexicons.cached
def _country_aliases() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for words, codes in names().asked.items():
        for code in codes:
            found[code].append(words)
    return {code: tuple(sorted(words)) for code, words in found.items()}


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
