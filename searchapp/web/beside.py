"""The document as it came, line by line, and which lines of it the cleaned text has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import groupby

from searchapp.model import Article

LONGEST = 100_000
"""Characters of a document that are shown beside its text; the rest has an address of its own."""
SURE = 25
"""Letters of a line that stand in another text by no accident."""
LOOKED_FOR = 500
"""Lines that are looked for within the text, having not been found as one of its lines: a few
dozen do where a page is marked up, and 500 in 100 pages take 20 ms."""
_MARKUP = re.compile(r"<[^<>]*>|\]\([^()\s]*\)")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Original:
    """A document as it came: `runs` of lines that the cleaned text has, or has not. `compared` is
    False where they cannot be told apart: then all of it counts as kept. `left_out` is how many
    characters are not shown."""

    runs: tuple[tuple[str, bool], ...]
    compared: bool
    left_out: int


def original_of(article: Article) -> Original:
    """The beginning of the document that `article` was made of, compared with its text."""
    text = article.original
    shown = text
    if len(text) > LONGEST:
        shown = text[: max(text.rfind("\n", 0, LONGEST) + 1, 1)]
        shown = shown if len(shown) > LONGEST // 2 else text[:LONGEST]
    lines = shown.splitlines(keepends=True)
    kept = list(_kept(lines, article))
    body = len(_letters(article.body[:LONGEST]))
    found = sum(len(_letters(line)) for line, is_kept in zip(lines, kept, strict=True) if is_kept)
    compared = 2 * found >= min(body, len(_letters(shown)))
    runs = groupby(zip(lines, kept, strict=True), key=lambda pair: pair[1] or not compared)
    return Original(
        tuple(("".join(line for line, _ in run), is_kept) for is_kept, run in runs),
        compared,
        len(text) - len(shown),
    )


def _kept(lines: list[str], article: Article) -> Iterator[bool]:
    """Of each line whether the text has it. A blank line is as the one before."""
    facts = (article.title, article.byline or "")
    whole = {_letters(line) for line in (*article.body.splitlines(), *facts)} - {""}
    text = _letters(article.body)
    first = _letters(article.body.lstrip().partition("\n")[0])
    left = LOOKED_FOR
    is_kept = False
    for line in lines:
        if line.strip():
            letters = _letters(unescape(_MARKUP.sub(" ", line)))
            is_kept = letters in whole or _letters(line) in whole
            if not is_kept and len(letters) >= SURE and left:
                left -= 1
                # The dateline before the first paragraph is no part of the text.
                is_kept = letters in text or (len(first) >= SURE and letters.endswith(first))
        yield is_kept


def _letters(text: str) -> str:
    """Letters and digits alone: spaces, quotes and markup may have been cleaned."""
    return _BETWEEN.sub("", text).casefold()
