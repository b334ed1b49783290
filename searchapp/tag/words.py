"""What kinds of word a capitalised word may be: a title, a first name, a company's ending …

The hand-written lists are `lexicon/person_words.tsv`; the name lists are built.
"""

from __future__ import annotations

from collections import defaultdict

from searchapp.tag import lexicons
from searchapp.tag.text import keys_of

HONORIFIC = 1
ROLE = 2
OFFICE = 4
ORG = 8
PLACE = 16
WHEN = 32
SPEECH = 64
ACTS = 128
FUNCTION = 256
OTHER = 512
PARTICLE = 1024
SUFFIX = 2048
WEAK = 4096
SURNAME = 8192
FIRST = 16384
LAST = 32768
WORD = 65536
COMPANY = 131072
ORIGIN = 262144
"""Not from a list: a nationality stands before."""
SHOUTED = 524288
"""Not from a list: the word stands in a heading in capitals."""

RARE_FIRST = 1048576
"""An ordinary word that is the first name of a few."""
EMPLOYED = 2097152
"""Somebody's work at a firm."""

KINDS = {
    "honorific": HONORIFIC,
    "role": ROLE,
    "employed": ROLE | EMPLOYED,
    "office": OFFICE,
    "org": ORG,
    "company": ORG | COMPANY,
    "place": PLACE,
    "when": WHEN,
    "speech": SPEECH,
    "acts": ACTS,
    "function": FUNCTION,
    "other": OTHER,
    "particle": PARTICLE,
    "suffix": SUFFIX,
    "weak": WEAK,
    "surname": SURNAME,
}

TITLE = HONORIFIC | ROLE
CUTS = HONORIFIC | ROLE | OFFICE | ORG | PLACE | WHEN | FUNCTION | OTHER
"""Words that no name starts or continues with, save a surname after a first name."""


@lexicons.cached
def classes() -> dict[str, int]:
    """Folded word → the kinds of word it may be, as bits. Built on first use."""
    table: dict[str, int] = defaultdict(int)
    for kind, words in lexicons.rows("person_words.tsv"):
        for word in words.split():
            table[word] |= KINDS[kind]
    for name, bit in (
        ("built_first_names.txt.gz", FIRST),
        ("built_first_words.txt.gz", RARE_FIRST),
        ("built_surnames.txt.gz", LAST),
        ("built_words.txt.gz", WORD),
    ):
        for word in lexicons.lines(name):
            table[word] |= bit
    for _, _, phrases in lexicons.rows("topic_phrases.tsv"):
        for word in phrases.split():
            word = word.strip(";=")
            if word.islower() and not table[word] & (FIRST | LAST):
                table[word] |= WORD
    return dict(table)


@lexicons.cached
def not_people() -> frozenset[tuple[str, ...]]:
    """The keys of names that look like people's and are not, without hyphens."""
    return frozenset(
        tuple(key for key in keys_of(name) if key != "-")
        for [name] in lexicons.rows("not_people.tsv")
    )
