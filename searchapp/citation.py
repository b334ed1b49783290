"""An article as a reference: in words, and as BibTeX, RIS and CSL-JSON for programs that keep them.

Names of authors stay whole: which part of one is the surname cannot be told from the name.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from searchapp.model import Article

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_BY = re.compile(r"^by\s+", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|&)\s+|\s*;\s*", re.IGNORECASE)
_TEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, escaped or not, and an odd one swallows what follows.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{special: "\\" + special for special in "%&$#_"},
}

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""Macros that every style of BibTeX defines."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a citation says, each on one line and "" where it is not known.

    `url` is where the document is on the web; `page` is its address in the archive, which serves
    where the document has none. `seen` is the day it was read.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    source: str
    date: datetime.date | None
    language: str
    url: str
    page: str
    file: str
    seen: datetime.date

    @property
    def address(self) -> str:
        return self.url or self.page

    @property
    def key(self) -> str:
        """What a bibliography calls it: letters and digits of ASCII, `goble2001russia`."""
        who = self.authors[0].split()[-1] if self.authors else self.source
        year = str(self.date.year) if self.date else ""
        first = next((word for word in map(_ascii, self.title.split()) if len(word) > 3), "")
        return (_ascii(who)[:20] + year + first[:20]) or "article"


def reference(article: Article, page: str, seen: datetime.date) -> Reference:
    """What there is to cite of `article`, whose page in the archive is at the address `page`."""
    url = article.url or ""
    return Reference(
        id=article.id,
        title=_line(article.title) or "Untitled",
        authors=authors(article.byline or ""),
        source=_line(article.source or ""),
        date=article.date,
        language=_line(article.language or ""),
        url=_address(url) if url.lower().startswith(("http://", "https://")) else "",
        page=_address(page),
        file=_line(article.path or article.id),
        seen=seen,
    )


def authors(byline: str) -> tuple[str, ...]:
    """The names in a byline, which "and", "&" or a semicolon separate."""
    names = _AND.split(_BY.sub("", _line(byline)))
    return tuple(filter(None, (name.strip() for name in names)))


def plain(cited: Reference) -> str:
    """In words: author, title, source and date, address, the day it was read."""
    of = ", ".join(part for part in (cited.source, _day(cited.date)) if part)
    parts = (
        " and ".join(cited.authors),
        f"“{cited.title}”",
        of,
        "" if cited.url else f"File {cited.file}",
        cited.address,
        f"Accessed {_day(cited.seen)}",
    )
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )


def bibtex(cited: Reference) -> str:
    """An @article where the newspaper is known, else @misc; UTF-8, for BibTeX and biblatex."""
    date = cited.date
    fields = {
        "author": " and ".join(map(_tex_name, cited.authors)),
        "title": _braced(_tex(cited.title)),
        "journal": _tex(cited.source),
        "year": f"{date.year:04}" if date else "",
        "month": MONTHS[date.month - 1] if date else "",
        "day": str(date.day) if date else "",
        "url": cited.address,
        "urldate": cited.seen.isoformat(),
        "language": _tex(cited.language),
        "note": "" if cited.url else f"File {_tex(cited.file)}",
    }
    lines = [
        f"  {name} = {value if name == 'month' else _braced(value)}"
        for name, value in fields.items()
        if value
    ]
    kind = "article" if cited.source else "misc"
    return f"@{kind}{{{cited.key},\n" + ",\n".join(lines) + "\n}\n"


def ris(cited: Reference) -> str:
    """A line for each tag, which CR and LF end, as the format asks for."""
    pairs = [
        ("TY", "NEWS"),
        ("TI", cited.title),
        # The format has no asterisks in names.
        *(("AU", name.replace("*", "")) for name in cited.authors),
        ("T2", cited.source.replace("*", "")),
        ("PY", f"{cited.date.year:04}" if cited.date else ""),
        ("DA", _slashed(cited.date)),
        ("LA", cited.language),
        ("UR", cited.address),
        ("Y2", _slashed(cited.seen)),
        ("N1", "" if cited.url else f"File {cited.file}"),
    ]
    lines = [f"{tag}  - {value}" for tag, value in pairs if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def csl(cited: Reference) -> str:
    """CSL-JSON: a list of one item."""
    item: dict[str, Any] = {
        "id": cited.key,
        "type": "article-newspaper",
        "title": cited.title,
        "author": [{"literal": name} for name in cited.authors],
        "container-title": cited.source,
        "issued": _date_parts(cited.date),
        "language": cited.language,
        "URL": cited.address,
        "accessed": _date_parts(cited.seen),
        "note": "" if cited.url else f"File {cited.file}",
    }
    return json.dumps([{k: v for k, v in item.items() if v}], ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a reference down for a program: its name, media type and writer."""

    name: str
    media: str
    write: Callable[[Reference], str]


FORMATS: Mapping[str, Format] = {
    "bib": Format("BibTeX", "application/x-bibtex", bibtex),
    "ris": Format("RIS", "application/x-research-info-systems", ris),
    "json": Format("CSL-JSON", "application/vnd.citationstyles.csl+json", csl),
}
"""By the ending of the file."""


def _line(text: str) -> str:
    """`text` on one line, without characters that no reader sees."""
    return _UNPRINTABLE.sub(" ", text).strip()


def _address(url: str) -> str:
    """`url` without what ends it or a field: white space, braces, a backslash."""
    return re.sub(r"[\s{}\\\x00-\x1f\x7f]", lambda found: f"%{ord(found[0]):02X}", _line(url))


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _tex_name(name: str) -> str:
    """A name as BibTeX reads one; in braces where a comma in it would turn it round."""
    return _braced(_tex(name)) if "," in name else _tex(name)


def _braced(text: str) -> str:
    return f"{{{text}}}"


def _day(date: datetime.date | None) -> str:
    return f"{date.day} {date:%B} {date.year}" if date else ""


def _slashed(date: datetime.date | None) -> str:
    return f"{date.year:04}/{date.month:02}/{date.day:02}" if date else ""


def _date_parts(date: datetime.date | None) -> dict[str, list[list[int]]]:
    return {"date-parts": [[date.year, date.month, date.day]]} if date else {}


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z0-9]", "", folded)
