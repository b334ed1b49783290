"""Names of people, and the bylines that hold them."""

from __future__ import annotations

import itertools
import re

from searchapp.extract.sentences import one_line

CAPITAL = "A-ZÀ-ÖØ-Þ"
"""Capital letters, for character classes."""

_NAME = re.compile(
    r"(?:(?:de|da|di|del|van|von|der|den|la|le|bin|ibn|al|el)\s+|al-|el-"
    rf"|[{CAPITAL}][\w.’'-]*(?:\s+|(?!\w))){{1,6}}"
)
_BYLINE = re.compile(
    r"(?:(?:[Ss]tory|STORY|[Ww]ritten|[Rr]eported|[Rr]eport|[Aa]nalysis)\s+)?(?:[Bb]y|BY)[ :]\s*"
    r"(?P<names>[^!?;:]{3,120})"
    r"|(?i:authors?|byline|reporters?|writers?)\s*:\s*(?P<listed>[^!?;:]{3,120})"
)
_BETWEEN_NAMES = re.compile(r"(\s*,\s*(?:and\s+)?|\s+(?:and|AND|&)\s+)")
_ROLE = re.compile(
    r"(?:of |for )?(?P<source>(?:[A-Z][\w/.&-]* )*?)"
    r"(?i:(?:staff|foreign|senior|special|chief|political|diplomatic|sports|business|science) )*"
    r"(?i:writers?|correspondents?|reporters?|editors?|columnists?)"
)


def read_byline(line: str) -> dict[str, object]:
    """Byline, and source if stated, of a line such as "By John Smith, Associated Press Writer"."""
    match = _BYLINE.fullmatch(line)
    if not match:
        return {}
    first, *rest = _BETWEEN_NAMES.split(match["names"] or match["listed"])
    if not _NAME.fullmatch(first):
        return {}
    names, source = first, ""
    for between, part in zip(rest[::2], rest[1::2], strict=True):
        if role := _ROLE.fullmatch(part):
            source = role["source"].removeprefix("The ").strip()
            break
        if not _NAME.fullmatch(part):
            break
        names += between + part
    return {"byline": without_by(names), "source": source}


def without_by(name: str) -> str:
    """A byline that its owner states, as the names alone."""
    return re.sub(r"^(?:by)\b[\s:]*", "", one_line(name), flags=re.I).strip(" ,;")


# --- what pages call their author ---------------------------------------------------------------

_BETWEEN_AUTHORS = re.compile(r"\s*[;,|]\s*|\s+(?:and|AND|&)\s+")
# "View all posts by Jane Doe", "Edited by Jane Doe", "Post author Jane Doe"
_LEAD = re.compile(r"^(?:(?:.*\b)?by\b|(?:(?:post|article) )?authors?\b)\W*", re.I)
_NO_NAME = re.compile(
    r"""
    .*(://|@|\bwww\b|\b\d+\b).*                                         # addresses, dates, counts
    | .*\b(com|net|org|html?)
    | .*\b(january|february|july|september|october|november|december)\b.*  # nobody's name
    | (mon|tues|wednes|thurs|fri|satur|sun)day
    | (share|follow|view|click|subscribe|sign|log|print|join|contact|comments?|leave|continue)\b.*
    | (posted|published|updated|written|reading|modified|filed|last|about[ ]the)\b.*
    | (no|the|unknown|guest|post)[ ](author|writer|name)s?
    | (admin(istrator)?|anonymous|author|unknown|user|guest|letters|webmaster|null|none|n/a)
    """,
    re.X | re.I,
)
_PARTICLE = re.compile(
    r"(de|da|di|del|della|dos|das|do|du|des|van|von|der|den|la|le|las|los|bin|ibn|al|el|y|e|zu|zum"
    r"|zur|ten|ter|of|the|for|at|in|and|für|und)|(al|el|d|l|de)[-'’].*"
)
# "Press Association of Trinidad and Tobago"; a sentence is longer.
_MAX_WORDS = 7


def read_authors(stated: str) -> str:
    """The names in what a page gives as its author; empty where there is none.

    Themes put links, dates and sentences where the author belongs: the names are those at the
    start, after what introduces them.
    """
    parts = (_LEAD.sub("", part, count=1) for part in _BETWEEN_AUTHORS.split(one_line(stated)))
    named = itertools.dropwhile(lambda part: not _is_author(part), parts)
    names = list(itertools.takewhile(_is_author, named))
    return ", ".join(names[:1] + [name for name in names[1:] if not _ROLE.fullmatch(name)])


def _is_author(name: str) -> bool:
    words = name.split()
    if not 1 <= len(words) <= _MAX_WORDS or len(name) < 2 or _NO_NAME.fullmatch(name):
        return False
    return len(words) == 1 or all(
        _PARTICLE.fullmatch(word) or not word[0].islower() for word in words
    )
