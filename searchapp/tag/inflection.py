"""Word → the form that its plural and its past share, so that a lexicon lists each word once.

Only those two. Snowball's English stems, which search uses, also join protest with Protestant,
conservation with Conservatives and programmer with programme: fine to find an article, wrong to say
what it is about. A word in -ing stays as it is, for boxing, housing and logging are things of their
own.
"""

from __future__ import annotations

import re
from functools import lru_cache

_VOWELS = re.compile("[aeiouy]+")
_LOST_E = re.compile("[^aeiouy][aeiouy][^aeiouywx]$|[cguvz]$|[^s]s$")
"""The ends of words of one syllable that had an e before -ed: voted, charged, raised."""


@lru_cache(50_000)
def base(word: str) -> str:
    """What invade, invades and invaded share. `word` is folded; the result need not be a word."""
    if len(word) < 4:
        return word
    if word.endswith("s"):
        word = _singular(word)
    elif word.endswith("ed") and not word.endswith("eed"):
        word = _present(word)
    if word.endswith("e") and len(word) > 4:
        if word.endswith("ie"):
            return word[:-2] + "y"
        if len(_VOWELS.findall(word[:-1])) > 1:
            return word[:-1]
    return word


def _singular(word: str) -> str:
    if word == "news" or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]


def _present(word: str) -> str:
    """Of a word in -ed: stabbed, stab; voted, vote; buried, bury."""
    stem = word[:-2]
    syllables = len(_VOWELS.findall(stem))
    if not syllables:
        return word
    if stem.endswith("i"):
        return stem[:-1] + "y" if len(stem) > 2 else stem + "e"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return stem + "e" if syllables == 1 and _LOST_E.search(stem) else stem
