"""Markdown: front matter and a heading, then plain text once the markup is gone.

Patterns rather than a parser, because only the words are wanted. Each pattern stops at the next
mark of its own kind, which keeps a hostile text (a million open brackets) linear.
"""

from __future__ import annotations

import re

from searchapp.extract.draft import Draft
from searchapp.extract.metadata import put_stated
from searchapp.extract.sentences import one_line
from searchapp.extract.text import lay_out

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.S)
_FRONT_LINE = re.compile(r"([A-Za-z_-]{2,30})\s*:\s*(.*)")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r"[ ]{0,3}(?:=+|-{2,})[ \t]*")


def extract_markdown(draft: Draft, text: str) -> None:
    """Fills `draft` from Markdown. Raises UnreadableSource."""
    if front := _FRONT_MATTER.match(text):
        _read_front_matter(draft, front[1])
        text = text[front.end() :]
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    _take_heading(draft, lines, first)
    lay_out(draft, _strip_markup("\n".join(_strip_headings(lines))))


def _read_front_matter(draft: Draft, block: str) -> None:
    for line in block.split("\n"):
        if match := _FRONT_LINE.fullmatch(line.strip()):
            value = match[2].strip().strip("\"'").strip()
            put_stated(draft, match[1].lower(), value)


def _take_heading(draft: Draft, lines: list[str], i: int) -> None:
    """Takes a heading in line `i` for the title, unless the front matter gave one."""
    after = lines[i + 1] if i + 1 < len(lines) else ""
    if (heading := _heading(lines[i])) is not None:
        title, length = heading, 1
    elif _UNDERLINE.fullmatch(after):
        title, length = lines[i], 2
    else:
        return
    draft.put("title", one_line(_strip_markup(title)))
    lines[i : i + length] = []


def _heading(line: str) -> str | None:
    match = _HEADING.fullmatch(line)
    return match[1].rstrip(" \t#") if match else None


def _strip_headings(lines: list[str]) -> list[str]:
    """The lines without the marks of headings, and without the lines under headings."""
    plain = [line if (heading := _heading(line)) is None else heading for line in lines]
    return [line for line in plain if not (line.strip(" \t=") == "" and "=" in line)]


# --- markup to text -----------------------------------------------------------------------------

_TARGET = r"(?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])"
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^[ ]{0,3}(?:```|~~~).*$", re.M), ""),
    (re.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]+\S.*$", re.M), ""),
    (re.compile(r"^[ ]{0,3}(?:[*_-][ \t]*){3,}$", re.M), ""),
    (re.compile(r"^[ ]{0,3}(?:>[ ]?)+", re.M), ""),
    (re.compile(rf"!\[([^\[\]\n]*)\]{_TARGET}"), r"\1"),
    (re.compile(rf"\[([^\[\]\n]+)\]{_TARGET}"), r"\1"),
    (re.compile(r"<(https?://[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]{0,300}>"), ""),
    (re.compile(r"(\*\*\*|\*\*|__)(?=\S)((?:(?!\1)[^\n])+)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?!\w)"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_\n]+)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)"), r"\2"),
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ASIDE = 0xE000
"""Private characters that stand for escaped ones while markup is read."""
_BACK = {_ASIDE + code: code for code in range(128)}


def _strip_markup(text: str) -> str:
    text = _ESCAPED.sub(lambda match: chr(_ASIDE + ord(match[1])), text)
    text = _without_comments(text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text.translate(_BACK)


def _without_comments(text: str) -> str:
    """`text` without HTML comments. One that never ends is text."""
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + len("-->")
    return "".join([*kept, text[position:]])
