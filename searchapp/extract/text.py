"""Plain text: the headline, what stands around the article, and the article.

No library knows scraped news, so the rules are our own, and careful: page furniture is dropped
only as whole short lines above the first and below the last paragraph, and a value is taken only
where the text states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from searchapp.extract.dateline import match_dateline, take_dateline
from searchapp.extract.draft import Draft
from searchapp.extract.furniture import heads_related, is_furniture
from searchapp.extract.labels import read_label
from searchapp.extract.sentences import ends_sentence, is_wrapped, one_line, strip_closers
from searchapp.model import UnreadableSource

# Lines in which the first paragraph, and the last, is looked for. The longest menus of scraped
# pages have some hundred; without an end, 500,000 lines of figures took 20 s.
_MARGIN = 1000


def lay_out(draft: Draft, text: str) -> None:
    """Headline, metadata and body of `text`; a title the draft already has stays."""
    lines = [line.rstrip() for line in text.split("\n")]
    start, end = _find_paragraphs(lines)
    top = _read_top(draft, lines[:start])
    bottom = _read_bottom(draft, lines[end:])
    body = join_lines([*top, *lines[start:end], *bottom])
    if draft.title and not body:
        body, draft.title = draft.title, ""
        draft.provenance.pop("title", None)
    draft.body = take_dateline(draft, body)
    if not draft.body:
        raise UnreadableSource("has no text")


def join_lines(lines: Iterable[str]) -> str:
    """The lines as one text, without blank ones at its ends and with one at most between."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# --- what is a paragraph ------------------------------------------------------------------------


def _find_paragraphs(lines: list[str]) -> tuple[int, int]:
    """Where the first paragraph starts and the last one ends; a text of figures or verse, which
    has none, is all paragraph but for its margins.
    """
    near_top = range(min(len(lines), _MARGIN))
    start = next((i for i in near_top if is_prose(lines, i)), len(near_top))
    near_bottom = range(len(lines) - 1, max(start, len(lines) - _MARGIN) - 1, -1)
    last = next((i for i in near_bottom if is_prose(lines, i)), len(lines) - len(near_bottom) - 1)
    while start <= last < len(lines) - 1 and is_wrapped(lines, last):
        last += 1
    return start, last + 1


def is_prose(lines: list[str], i: int) -> bool:
    """Whether line `i` belongs to a paragraph: not a headline, a label or furniture."""
    line = lines[i].strip()
    words = line.count(" ") + 1
    if not line or is_furniture(line) or read_label(line):
        return False
    if words >= 25 or len(line) > 200 or is_wrapped(lines, i):
        return True
    if match_dateline(line):
        return True
    stands_alone = i + 1 < len(lines) and not lines[i + 1]
    if strip_closers(line).endswith(("?", "!")) and words <= 15 and stands_alone:
        return False  # "What Next for Iran?" over a paragraph
    return ends_sentence(line) and (words >= 5 or len(line) >= 40)


# --- what stands around them --------------------------------------------------------------------


def _read_top(draft: Draft, lines: Sequence[str]) -> Sequence[str]:
    """Takes headline and metadata from above the first paragraph; what remains is body.

    The headline is the first line that reads like one. Short lines above it are the page's
    (site name, section), lines below it the article's.
    """
    kept = [line for line in lines if not _take_furniture(draft, line)]
    candidates = [i for i, line in enumerate(kept) if line]
    if not candidates:
        return []
    if draft.title:
        return kept
    at = max(candidates, key=lambda i: min(kept[i].count(" "), 2))
    headline = kept[at].strip()
    after = at + 1
    while after < len(kept) and kept[after] and headline.isupper() and kept[after].isupper():
        headline += " " + kept[after].strip()
        after += 1
    draft.put("title", one_line(headline))
    return kept[after:]


def _read_bottom(draft: Draft, lines: Sequence[str]) -> Sequence[str]:
    """What is the article's of the lines below the last paragraph."""
    end = next((i for i, line in enumerate(lines) if heads_related(line.strip())), len(lines))
    return [line for line in lines[:end] if not _take_furniture(draft, line)]


def _take_furniture(draft: Draft, line: str) -> bool:
    """Whether `line` is the page's, not the article's; what it states goes to the draft."""
    line = line.strip()
    if not line:
        return False
    if is_furniture(line):
        return True
    found = read_label(line)
    for name, value in found.items():
        draft.put(name, value)
    return bool(found)
