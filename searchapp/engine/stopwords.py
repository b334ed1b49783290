"""Words that say nothing of what an article is about: Snowball's lists, as Whoosh ships them, and
for English the auxiliaries and contractions that those leave out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from whoosh.lang.stopwords import stoplists

from searchapp.analyse import Analyser

_CODES = {
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "hungarian": "hu",
    "italian": "it",
    "norwegian": "no",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "turkish": "tr",
}
_AUXILIARIES = "would should could ought cannot"
_NEGATED = "is are was were has have had does do did would should could must might ca wo sha need"
_SHORTENED = {
    "m": "I",
    "re": "you we they",
    "ve": "I you we they",
    "ll": "I you he she it we they",
    "d": "I you he she it we they",
    "s": "he she it that what who where when why how here there let",
}


@lru_cache(8)
def of(analyser: Analyser) -> frozenset[str]:
    """The exact forms of the stop words of a language; empty where there is no list of them."""
    words = set(stoplists.get(_CODES.get(analyser.language, ""), ()))
    if analyser.language == "english":
        words |= {*_AUXILIARIES.split(), *_contractions()}
    return frozenset(token.exact for word in words for token in analyser.tokens(word))


def _contractions() -> Iterator[str]:
    yield from (f"{verb}n't" for verb in _NEGATED.split())
    for ending, words in _SHORTENED.items():
        yield from (f"{word}'{ending}" for word in words.split())
