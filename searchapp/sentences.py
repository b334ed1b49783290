"""Where sentences end: one rule for titles that are inferred, snippets and evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from searchapp.model import Span

WIDE_TERMINALS = "。！？।۔"
"""Full stops that need no space behind them."""

_END = re.compile(
    r"[.!?…。！？।۔](?:"  # one class, as both ways begin with, is looked for three times as fast
    r"(?<=[.!?…])[.!?…]*[\"'”’»)\]]*(?=\s+[\"'“‘«(\[¿¡]*[^\W_a-z]|\s*$)"
    r"|(?<=[。！？।۔])[。！？।۔]*[”’」』]?)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“‘'])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|Mrs?|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Maj|"
    r"Capt|Sgt|Adm|Cmdr|Pres|Rev|St|Ste|Mt|Ft|Jr|Sr|Inc|Corp|Co|Ltd|vs|No|Nos|Jan|Feb|Mar|Apr|Jun|"
    r"Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun|Ave|Blvd|approx|dept|est|fig|etc"
    r")\.$"
)
_LONGEST_ABBREVIATION = 16
_BLANK_LINE = re.compile(r"\n\s*\n")


def sentences(text: str) -> Iterator[Span]:
    """The sentences of `text` as spans without surrounding white space, in order.

    A blank line ends one, too.
    """
    begin = 0
    for gap in _BLANK_LINE.finditer(text) if "\n" in text else ():
        yield from _sentences(text, begin, gap.start())
        begin = gap.end()
    yield from _sentences(text, begin, len(text))


def ends(text: str, start: int = 0, stop: int | None = None) -> Iterator[int]:
    """Where sentences end in one paragraph, text[start:stop]."""
    for match in _END.finditer(text, start, len(text) if stop is None else stop):
        before = max(start, match.end() - _LONGEST_ABBREVIATION)
        wide = text[match.start()] in WIDE_TERMINALS
        if wide or not _ABBREVIATION.search(text[before : match.end()]):
            yield match.end()


def _sentences(text: str, start: int, stop: int) -> Iterator[Span]:
    for end in ends(text, start, stop):
        yield from _stripped(text, start, end)
        start = end
    yield from _stripped(text, start, stop)


def _stripped(text: str, start: int, stop: int) -> Iterator[Span]:
    piece = text[start:stop].rstrip()
    begun = piece.lstrip()
    if begun:
        yield start + len(piece) - len(begun), start + len(piece)
