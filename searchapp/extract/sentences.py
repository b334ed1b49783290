"""Where sentences and paragraphs end, and how a title is made of them."""

from __future__ import annotations

import re

from searchapp.sentences import WIDE_TERMINALS, ends

MAX_TITLE = 300

_CLOSERS = "\"'”’»)] "
_TERMINALS = (".", "!", "?", "…", "。", "！", "？", "।", "؟", "۔")
_INITIALS_END = re.compile(r"\b(?:[A-Z]\.){2,}$")


def ends_sentence(line: str) -> bool:
    """Whether `line` ends as a sentence does, and not only with "the U.S."."""
    line = strip_closers(line)
    return line.endswith(_TERMINALS) and not _INITIALS_END.search(line[-20:])


def strip_closers(line: str) -> str:
    """`line` without the quotes and brackets that may stand behind its last full stop."""
    return line.rstrip(_CLOSERS)


def is_wrapped(lines: list[str], i: int) -> bool:
    """Whether the paragraph of line `i` goes on in the next: text broken at a column."""
    line = lines[i].strip()
    after = lines[i + 1] if i + 1 < len(lines) else ""
    if len(line) < 40 or not after or after[0].isspace() or ends_sentence(line):
        return False
    return after[0].islower() or (len(line) >= 55 and len(after) >= 55 and ends_sentence(after))


# --- titles -------------------------------------------------------------------------------------

_SENTENCE_SPAN = 1000
# "No. That was the answer" is one title, not two sentences.
_SHORT_SENTENCE = 15


def first_sentence(body: str) -> str:
    """The first sentence of `body` on one line, for a title."""
    start = _first_paragraph(body[: 2 * _SENTENCE_SPAN])[:_SENTENCE_SPAN]
    for end in ends(start):
        if end >= _SHORT_SENTENCE or start[end - 1] in WIDE_TERMINALS:
            return one_line(start[:end])
    return one_line(start)


def _first_paragraph(text: str) -> str:
    lines = text.strip().split("\n")
    end = 1
    while end < len(lines) and is_wrapped(lines, end - 1):
        end += 1
    return " ".join(" ".join(lines[:end]).split())


def one_line(text: str) -> str:
    """`text` on one line of at most MAX_TITLE characters, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= MAX_TITLE:
        return text
    cut = text[: MAX_TITLE - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-–—") + "…"
