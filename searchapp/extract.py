"""One source to one article: title, body, date, source, byline, place and language.

HTML is left to trafilatura, which has seen more pages than we have. Plain text has rules of our
own, because no library knows scraped news: page furniture is dropped only as whole short lines
above the first and below the last paragraph, and a value is taken only where the text states it.
A date is never guessed.
"""

from __future__ import annotations

import codecs
import datetime
import functools
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from searchapp.model import FACETS, Article, Kind, Provenance, Source, UnreadableSource

VERSION = "1"
"""Raised whenever the same source may give another article: it is part of the digest."""

MAX_TITLE = 300


def extract(source: Source) -> Article:
    """The article in `source`; its digest is left empty. Raises UnreadableSource."""
    draft = _Draft()
    _EXTRACTORS[source.kind](draft, source.data)
    if not draft.title:
        draft.title = _first_sentence(draft.body)
        draft.provenance["title"] = "inferred"
    if not re.search(r"[^\W_]", draft.title + draft.body):
        raise UnreadableSource("has no text")
    draft.put("language", _identify_language(draft.body or draft.title), "inferred")
    return Article(
        id=source.id,
        title=draft.title,
        body=draft.body,
        date=draft.date,
        source=draft.source,
        byline=draft.byline,
        place=draft.place,
        language=draft.language,
        url=draft.url,
        path=source.path,
        origin=source.origin,
        original=draft.original,
        provenance=draft.provenance,
        given=draft.given,
    )


@dataclass(slots=True)
class _Draft:
    """An article in the making."""

    title: str = ""
    body: str = ""
    original: str = ""
    date: datetime.date | None = None
    source: str | None = None
    byline: str | None = None
    place: str | None = None
    language: str | None = None
    url: str | None = None
    provenance: dict[str, Provenance] = field(default_factory=dict)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def put(self, name: str, value: object, how: Provenance = "found") -> None:
        """Sets a field that has no value yet; no value changes nothing."""
        if value and name not in self.provenance:
            setattr(self, name, value)
            self.provenance[name] = how


def _words(text: str) -> list[str]:
    return text.split()


# --- bytes to characters ------------------------------------------------------------------------

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
_SAMPLE_BYTES = 64 * 1024
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.I)
_WEB_CHARSETS = re.compile(
    r"(windows-|cp)?(125\d|874)|(iso|latin)[-_\d]+|koi8-[ru]|gb(k|2312|18030)|big5(-hkscs)?"
    r"|(shift[-_]|s)jis|euc-(jp|kr)|utf-?8|macintosh|us-ascii|tis-620"
)
# What Windows-1252 adds to ASCII in English text: curly quotes, dashes, £ § © « ® ° · » ½.
_TYPOGRAPHY = bytes.fromhex("80 85 91929394959697 99 a0 a3 a7 a9 ab ae b0 b7 bb bd")
_NEWLINES = re.compile("\r\n?|[\v\f\x1c-\x1e\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
# Quotes and dashes of Windows-1252 that somebody decoded as Latin-1: as common as real C1
# controls are rare. One character for one, as offsets must hold.
_LATIN1_MISHAPS = {
    byte: decoded
    for byte in range(0x80, 0xA0)
    if (decoded := bytes([byte]).decode("cp1252", "ignore"))
}


def _decode(data: bytes, is_html: bool = False) -> str:
    """`data` as text with `\\n` for newlines and no control characters but tabs."""
    text = _NEWLINES.sub("\n", _decode_bytes(data, is_html)).translate(_LATIN1_MISHAPS)
    return _CONTROLS.sub("", text).replace("\xa0", " ")


def _decode_bytes(data: bytes, is_html: bool) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    _refuse_binary(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    if broken * 3 < len(data) - len(lenient):  # UTF-8 with a few bytes lost
        return lenient
    return data.decode(_charset(data, is_html), "replace")


def _refuse_binary(data: bytes) -> None:
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableSource(f"looks like {what}, not text")
    sample = data[:_SAMPLE_BYTES]
    odd = len(sample) - len(sample.translate(None, bytes([*range(9), *range(14, 27), 127])))
    if odd * 50 > len(sample):
        raise UnreadableSource("looks like binary data, not text")


def _charset(data: bytes, is_html: bool) -> str:
    if is_html and (declared := _DECLARED.search(data[:4096])):
        name = declared[1].decode("ascii", "replace").lower()
        if _WEB_CHARSETS.fullmatch(name):
            # Browsers read Latin-1 and ASCII as Windows-1252, and pages rely on it.
            name = "cp1252" if name in ("iso-8859-1", "latin1", "us-ascii", "utf-8") else name
            try:
                return codecs.lookup(name).name
            except LookupError:
                pass
    sample = data[:_SAMPLE_BYTES]
    if not sample.translate(None, bytes(range(128)) + _TYPOGRAPHY):
        return "cp1252"
    return _guess_charset(sample)


def _guess_charset(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=_GUESSED_CHARSETS, enable_fallback=False)
    ranked = sorted(
        (round(match.chaos, 2), -round(match.coherence, 1), _GUESSED_CHARSETS.index(match.encoding))
        for match in matches
    )
    return _GUESSED_CHARSETS[ranked[0][2]] if ranked else "cp1252"


# What news files of the last forty years come in, likeliest first, which decides between equals.
# Asked about all it knows, charset-normalizer takes short Western text for Mac or DOS code pages.
_GUESSED_CHARSETS = [
    *("cp1252", "cp1251", "koi8_r", "koi8_u", "shift_jis", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
]


# --- plain text ---------------------------------------------------------------------------------


def _extract_text(draft: _Draft, data: bytes) -> None:
    draft.original = _decode(data)
    _lay_out(draft, draft.original)


def _lay_out(draft: _Draft, text: str) -> None:
    """Headline, metadata and body of `text`; a title the draft already has stays."""
    lines = [line.rstrip() for line in text.split("\n")]
    start, end = _paragraphs(lines)
    top = _read_top(draft, lines[:start])
    bottom = _read_bottom(draft, lines[end:])
    body = _join([*top, *lines[start:end], *bottom])
    if draft.title and not body:
        body, draft.title = draft.title, ""
        draft.provenance.pop("title", None)
    draft.body = _take_dateline(draft, body)
    if not draft.body:
        raise UnreadableSource("has no text")


def _paragraphs(lines: list[str]) -> tuple[int, int]:
    """Where the first real paragraph starts and the last one ends."""
    start = next((i for i in range(len(lines)) if _is_prose(lines, i)), None)
    if start is None:
        return len(lines), len(lines)
    end = next(i for i in range(len(lines) - 1, -1, -1) if _is_prose(lines, i))
    while end + 1 < len(lines) and _is_wrapped(lines, end):
        end += 1
    return start, end + 1


def _is_prose(lines: list[str], i: int) -> bool:
    line = lines[i].strip()
    words = line.count(" ") + 1
    if not line or _is_furniture(line) or _read_label(line):
        return False
    if words >= 25 or len(line) > 200 or _is_wrapped(lines, i):
        return True
    if _match_dateline(line):
        return True
    stands_alone = i + 1 < len(lines) and not lines[i + 1]
    if line.rstrip(_CLOSERS).endswith(("?", "!")) and words <= 15 and stands_alone:
        return False  # "What Next for Iran?" over a paragraph
    return _ends_sentence(line) and (words >= 5 or len(line) >= 40)


def _is_wrapped(lines: list[str], i: int) -> bool:
    """Whether the paragraph of line `i` goes on in the next: text broken at a column."""
    line = lines[i].strip()
    after = lines[i + 1] if i + 1 < len(lines) else ""
    if len(line) < 40 or not after or after[0].isspace() or _ends_sentence(line):
        return False
    return after[0].islower() or (len(line) >= 55 and len(after) >= 55 and _ends_sentence(after))


def _ends_sentence(line: str) -> bool:
    line = line.rstrip(_CLOSERS)
    return line.endswith(_TERMINALS) and not _INITIALS_END.search(line)


_CLOSERS = "\"'”’»)] "
_TERMINALS = (".", "!", "?", "…", "。", "！", "？", "।", "؟", "۔")
_INITIALS_END = re.compile(r"\b(?:[A-Z]\.){2,}$")


def _join(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _read_top(draft: _Draft, lines: list[str]) -> list[str]:
    """Takes headline and metadata from above the first paragraph; what remains is body.

    The headline is the first line that reads like one. Short lines above it are the page's
    (site name, section), lines below it the article's.
    """
    kept = [line for line in lines if not _take_furniture(draft, line)]
    candidates = [i for i, line in enumerate(kept) if line]
    if draft.title or not candidates:
        return [] if draft.title and not candidates else kept
    longest_first = sorted(candidates, key=lambda i: (-min(kept[i].count(" "), 2), i))
    at = longest_first[0]
    headline = kept[at].strip()
    after = at + 1
    while after < len(kept) and kept[after] and headline.isupper() and kept[after].isupper():
        headline += " " + kept[after].strip()
        after += 1
    draft.put("title", _one_line(headline))
    return kept[after:]


def _read_bottom(draft: _Draft, lines: list[str]) -> list[str]:
    """What is the article's of the lines below the last paragraph."""
    for i, line in enumerate(lines):
        if _RELATED.fullmatch(line.strip()):
            lines = lines[:i]
            break
    return [line for line in lines if not _take_furniture(draft, line)]


def _take_furniture(draft: _Draft, line: str) -> bool:
    """Whether `line` is the page's, not the article's; what it states goes to the draft."""
    line = line.strip()
    if not line:
        return False
    if _is_furniture(line):
        return True
    found = _read_label(line)
    for name, value in found.items():
        draft.put(name, value)
    return bool(found)


# --- page furniture -----------------------------------------------------------------------------

_NAVIGATION = frozenset(
    line.strip()
    for line in """
    about, about us, accessibility, accessibility help, accessibility links, ad, advertise,
    advertisement, advertising, africa, all news, americas, apps, archive, archives, arts, asia,
    audio, back, back to top, bookmark, breaking, breaking news, business, careers, close, comment,
    comments, contact, contact us, cookie policy, cookie settings, cookies, copy link, culture,
    digg, download, e-mail, economy, editions, email, email this, email this article, end, ends,
    english, entertainment, europe, events, facebook, faq, features, feedback, follow, follow us,
    font size, gallery, google+, headlines, health, help, home, home page, homepage, instagram,
    jobs, jump to content, jump to navigation, jump to search, latest, latest news, leave a comment,
    lifestyle, linkedin, links, listen, live, load more, local, log in, log out, login, main menu,
    main content, main navigation, main page, mail, markets, media, menu, middle east, mobile,
    money, more, more news, most popular, most read, most viewed, my account, national, navigation,
    news, newsletter, newsletters, next, next article, next page, next story, no comments, opinion,
    pages, photo, photos, pinterest, play, podcast, podcasts, politics, post a comment, previous,
    previous article, previous page, previous story, print, print this, privacy, privacy policy,
    programmes, programs, radio, read in app, reddit, region, register, reply, report this, rss,
    save, science, search, send, send to a friend, settings, share, show more, sign in, sign out,
    sign up, site index, site map, sitemap, skip navigation, skip to content, skip to footer,
    skip to main content, skip to main navigation, skip to main search, skip to navigation,
    skip to search, skip to top, special reports, sponsored, sponsored content, sport, sports,
    story continues below, story continues below advertisement, subscribe, subscribe now,
    tags, tech, technology, telegram, terms, terms and conditions, terms of service, terms of use,
    text size, toggle navigation, top, top news, top of page, top stories, topics, travel, trending,
    tv, tweet, twitter, u.s., uk, us, video, videos, view all, view comments, weather, whatsapp,
    world, world news, x, you are here, youtube
    """.replace("\n", " ").split(",")
)
_FURNITURE = re.compile(
    r"""
    share[ ]+(this|on|via|with|by|article|story|page)\b.{0,60}
    | (follow|like|find|join|watch)[ ]+us\b.{0,60}
    | follow[ ]+(@|on[ ]|the[ ]author).{0,60}
    | (subscribe|sign[ ]up|register)[ ]+
      (now|today|here|free|(for|to)[ ](our|the|this|daily|receive|get|continue|read)\b).{0,80}
    | (click|tap|press)[ ]+(here|to)\b.{0,60}
    | (e-?mail|print|save|download|bookmark|tweet|listen[ ]to|report|rate)[ ]+(this|a)[ ].{0,40}
    | print(er)?[ -]?(friendly)?[ ]+(version|page|article|story)
    | (send|post)[ ]+(this|a)[ ]+(story|article|page|link|comment)\b.{0,40}
    | (we|this[ ](web)?site|our[ ](web)?site)\b.{0,60}\bcookies\b.{0,150}
    | (accept|reject|manage)([ ]all)?([ ]cookies)?
    | (by[ ]continuing|by[ ]using)\b.{0,60}\b(site|agree|cookies)\b.{0,150}
    | (copyright\W{0,3})?(©|\(c\)).{0,200}
    | copyright\W{0,3}(\d{4}|by[ ]).{0,200}
    | .{0,120}\ball[ ]rights[ ]reserved\b.{0,120}
    | .{0,80}\bmay[ ]not[ ]be[ ](published|reproduced|redistributed)\b.{0,120}
    | (page[ ])?\d{1,3}([ ]?(of|/)[ ]?\d{1,3})?
    | page[ ]\d{1,3}.{0,3}
    | -[ ]?\d{1,3}[ ]?-
    | \d{1,6}[ ](comments?|shares?|views?|likes?|votes?|retweets?)
    | \d{1,3}[ ]min(ute)?s?[ ]read
    | (about[ ])?\d{1,3}[ ](second|minute|hour|day|week|month|year)s?[ ]ago
    | (skip|jump|go|back|return)[ ]to[ ](the[ ])?
      (main|top|home|content|navigation|index|front)\b.{0,30}
    | (powered|hosted)[ ]by[ ].{0,40}
    | (loading|please[ ]wait)\W{0,3}
    | \(?(end|ends|more|reuters?|-?30-?)\)?
    | a[ -]z[ ].{0,30}
    """,
    re.X | re.I,
)
_RELATED = re.compile(
    r"""
    (related|recommended|more|other|similar)[ ]
      (articles?|stories|news|links?|topics?|content|posts?|coverage)(\W{0,2}|[ ]on[ ].{0,40})
    | more[ ](on|from|about)[ ](this|the)[ ].{0,40}
    | more[ ]from[ ].{0,40}
    | (see[ ]also|read[ ](also|more|next)|also[ ](read|on)|what[ ]to[ ]read[ ]next)\W{0,3}
    | you[ ](may|might)[ ](also[ ])?(like|be[ ]interested).{0,20}
    | (most[ ](read|popular|viewed|shared|commented)|top[ ]stories|trending([ ]now)?)\W{0,2}
    """,
    re.X | re.I,
)
_PIECES = re.compile(r"\s+[|·•»>]+\s+|\s*\|\s*")
_MAX_FURNITURE = 250


def _is_furniture(line: str) -> bool:
    if len(line) > _MAX_FURNITURE:
        return False
    pieces = [piece for piece in _PIECES.split(line) if piece]
    return all(
        piece.casefold().strip(" .:…»«>[]*") in _NAVIGATION
        or _FURNITURE.fullmatch(piece)
        or _RELATED.fullmatch(piece)
        or not any(map(str.isalnum, piece))
        for piece in pieces
    )


# --- lines that state something -----------------------------------------------------------------

_UP = "A-ZÀ-ÖØ-Þ"
_NAME = (
    r"(?:(?:de|da|di|del|van|von|der|den|la|le|bin|ibn|al|el)\s+|al-|el-"
    rf"|[{_UP}][\w.’'-]*(?:\s+|(?!\w))){{1,6}}"
)
_PERSON = re.compile(_NAME)
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
_STATED_SOURCE = re.compile(r"(?:source|publication|publisher)\s*:\s*(?P<source>[^:]{2,60})", re.I)


def _read_label(line: str) -> dict[str, object]:
    """What a line of metadata states, by field; empty for any other line."""
    found: dict[str, object] = {}
    if len(line) > 160:
        return found
    for piece in filter(None, _PIECES.split(line)):
        stated = _read_byline(piece) or _read_source(piece) or _read_date_line(piece)
        if not stated:
            return {}
        found.update(stated)
    return found


def _read_byline(line: str) -> dict[str, object]:
    match = _BYLINE.fullmatch(line)
    if not match:
        return {}
    first, *rest = _BETWEEN_NAMES.split(match["names"] or match["listed"])
    if not _PERSON.fullmatch(first):
        return {}
    names, source = first, ""
    for between, part in zip(rest[::2], rest[1::2], strict=True):
        if role := _ROLE.fullmatch(part):
            source = role["source"].removeprefix("The ").strip()
            break
        if not _PERSON.fullmatch(part):
            break
        names += between + part
    return {"byline": _clean_name(names), "source": source}


def _read_source(line: str) -> dict[str, object]:
    match = _STATED_SOURCE.fullmatch(line)
    return {"source": match["source"].strip()} if match else {}


def _clean_name(name: str) -> str:
    return re.sub(r"^(?:by)\b[\s:]*", "", _one_line(name), flags=re.I).strip(" ,;")


# --- dates --------------------------------------------------------------------------------------

_MONTHS = _words(
    "january february march april may june july august september october november december"
)
_WEEKDAY = (
    r"(?:(?i:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?i:day)?"
    r"|(?i:lun|mar|mercre|jeu|vendre|same)di|(?i:dimanche|domingo|lunes|martes|miércoles|jueves|viernes|sábado)"
    r"|(?i:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag))\.?,?\s+"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_MONTH = r"[^\W\d_]{3,14}\.?"
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = (
    rf"(?:(?P<y1>{_YEAR})-(?P<m1>\d\d?)-(?P<d1>\d\d?)|(?P<y2>{_YEAR})[./](?P<m2>\d\d?)[./](?P<d2>\d\d?)"
    rf"|(?P<a>\d\d?)[./-](?P<b>\d\d?)[./-](?P<y3>{_YEAR})"
    rf"|(?P<d4>{_DAY})[ -](?:de |of )?(?P<m4>{_MONTH})(?:,?[ -](?:de |del )?(?P<y4>{_YEAR}))?"
    rf"|(?P<m5>{_MONTH}) (?P<d5>{_DAY})(?:,? (?P<y5>{_YEAR}))?)"
)
_TIME = (
    r"(?:T?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?"
    r"|\d{1,2}\s*[ap]\.?m\.?|\d{4}(?= ?(?:GMT|UTC)))"
)
_ZONE = r"(?:Z|[A-Z]{2,5}|\(?[A-Z]{2,5}\)?|[+-]\d\d:?\d\d|(?:GMT|UTC)\s*[+-]\d{1,2}(?::?\d\d)?)"
_DATE_LINE = re.compile(
    r"(?:(?i:first published|published|posted|created|filed|released|date|dated|issued|updated"
    r"|last updated|last modified|modified)(?i: on| at)?\s*:?\s+)?"
    rf"(?:(?P<place>[{_UP}][{_UP} .’'/-]{{1,30}}(?:, [{_UP}][\w.’' -]{{1,20}})?"
    rf"|[{_UP}][\w’'-]{{1,20}}(?: [{_UP}][\w’'-]{{1,20}})?(?=,)),? )?"
    rf"(?:{_WEEKDAY})?{_DATE}"
    rf"(?:[\s,–—-]*(?i:at\s+)?(?i:{_TIME})\s*(?:{_ZONE})?)?(?:\s*(?:г|r)\.?)?\.?"
)


def _read_date_line(line: str) -> dict[str, object]:
    match = _DATE_LINE.fullmatch(line)
    if not match or not _has_month(match):
        return {}
    return {"date": _date_of(match), "place": match["place"]}


def _date_of(match: re.Match[str]) -> datetime.date | None:
    """The date of a match of `_DATE`; None without a year or where two readings are possible."""
    part = match.groupdict()
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2")):
        if part[year]:
            return _date(part[year], part[month], part[day])
    if part["y3"]:
        return _numeric_date(int(part["a"]), int(part["b"]), part["y3"])
    year, month, day = (
        (part["y4"], part["m4"], part["d4"]) if part["m4"] else (part["y5"], part["m5"], part["d5"])
    )
    if not year:
        return None
    digits = re.sub(r"\D", "", day)
    if number := _month_number(month):
        return _date(year, number, digits)
    return _foreign_date(f"{digits} {month} {year}")


def _date(year: str, month: str | int, day: str) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _numeric_date(a: int, b: int, year: str) -> datetime.date | None:
    if a > 12 or a == b:
        return _date(year, b, str(a))
    return _date(year, a, str(b)) if b > 12 else None


def _month_number(name: str) -> int | None:
    name = name.lower().rstrip(".")
    if len(name) < 3:
        return None
    return next((i for i, month in enumerate(_MONTHS, 1) if month.startswith(name)), None)


@functools.cache
def _foreign_parser() -> Any:
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

    return DateDataParser(
        languages=_words("ar cs da de el es fa fi fr hu id it nb nl pl pt ro ru sv tr uk"),
        settings={
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
        },
    )


@functools.lru_cache(maxsize=1024)
def _foreign_date(text: str) -> datetime.date | None:
    found = _foreign_parser().get_date_data(text).date_obj
    return found.date() if found else None


def parse_date(text: str) -> datetime.date | None:
    """The date that `text` states in full, as ISO 8601 or in words; None for anything else."""
    text = text.strip()[:100]
    try:
        return datetime.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    match = _DATE_LINE.fullmatch(text)
    return _date_of(match) if match else None


# --- datelines ----------------------------------------------------------------------------------

_SMALL = "de|of|la|al|el|the|and|upon|sur|am"
_CAPS_PLACE = rf"[{_UP}][{_UP}’'./-]+(?: (?:[{_UP}][{_UP}’'./-]*|{_SMALL})){{0,3}}"
_TITLE_PLACE = rf"[{_UP}][\w’'./-]+(?: (?:[{_UP}][\w’'./-]*|{_SMALL})){{0,3}}"
_REGION = rf"(?:the )?[{_UP}][\w.’'-]*(?: [{_UP}][\w.’'-]*){{0,2}}"
_DATELINE = re.compile(
    rf"(?:(?P<place>(?:{_CAPS_PLACE}|{_TITLE_PLACE})(?:, {_REGION}){{0,2}}?)(?P<comma>[,.])?)?"
    rf"(?:(?:^| )(?:{_WEEKDAY})?(?P<date>{_DATE}),?\.?)?"
    r"(?:(?:^| )(?P<bracket>[(/\[])(?P<agency>[A-Za-z][\w./&’' -]{1,30})[)/\]])?"
    r"(?P<mark>\s*(?:--+|—|―)\s*|\s+[-–_]\s+|(?<=[)\]])\s*[-–_:]\s*|(?<=/)\.?\s+|(?<=\d)[-:]\s+)"
    r"(?=(?P<next>\S))"
)
_DATELINE_SPAN = 300
_OPENERS = "\"'“‘«(¿¡[<$£€"
_NO_PLACE = _words(
    """on in at by from since after until this last next the a an and but monday tuesday wednesday
    thursday friday saturday sunday january february march april may june july august september
    october november december update urgent breaking correction corrected exclusive analysis
    factbox feature focus wrapup snap alert advisory interview timeline poll preview text nato
    nasa opec fifa uefa asean unesco unicef"""
)
_NO_AGENCY = _words(
    """ceo cfo left right top bottom center centre above below l r c pictured photo file born aged
    not see note sic and or ex former retired"""
)


def _match_dateline(text: str) -> re.Match[str] | None:
    """The dateline at the start of `text`.

    A place in capitals and a dash are enough before a long sentence; any other place needs a date
    or an agency beside it.
    """
    match = _DATELINE.match(text[:_DATELINE_SPAN])
    if not match or not (match["next"].isalnum() or match["next"] in _OPENERS):
        return None
    place, agency, date = match["place"] or "", match["agency"] or "", match["date"]
    if agency.casefold() in _NO_AGENCY or not (_is_place(place) if place else agency):
        return None
    if agency:
        return match
    in_capitals = place.split(",")[0].isupper() and len(place) > 2
    if date:
        stated = _date_of(match) if match["mark"].strip() == ":" else _has_month(match)
        return match if stated and (in_capitals or match["comma"]) else None
    if not in_capitals or match["mark"].strip() == ":":
        return None
    return match if _is_long_sentence(text[match.end() : _DATELINE_SPAN]) else None


def _is_long_sentence(text: str) -> bool:
    """Whether `text` starts with one, not with the rest of "SOCCER - Ferguson back in squad"."""
    sentence = text.partition("\n\n")[0]
    words = sentence.count(" ") + 1
    long = words >= 12 or (words >= 4 and _ends_sentence(sentence))
    return long and not sentence.isupper() and not sentence[0].islower()


def _is_place(name: str) -> bool:
    return name == "The Hague" or re.split(r"[\s,./]", name.lower(), maxsplit=1)[0] not in _NO_PLACE


def _place_name(name: str | None) -> str | None:
    """ "MOSCOW." as MOSCOW, but "MONTGOMERY, Ala." as it is."""
    return name.rstrip(".") if name and "," not in name else name


def _has_month(match: re.Match[str]) -> bool:
    """Whether what a match of `_DATE` calls a month is one."""
    month = match["m4"] or match["m5"]
    return not month or _month_number(month) is not None or _date_of(match) is not None


def _take_dateline(draft: _Draft, body: str) -> str:
    """`body` without the dateline it starts with, whose place, date and agency go to the draft."""
    match = _match_dateline(body)
    if not match:
        return body
    draft.put("place", _place_name(match["place"]))
    draft.put("source", match["agency"])
    if match["date"]:
        draft.put("date", _date_of(match))
    return body[match.end() :]


# --- titles and languages -----------------------------------------------------------------------

_SENTENCE_END = re.compile(
    r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[¿¡]*[^\W_a-z]|\s*$)|[。！？।۔]+[”’」』]?"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“‘'])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|Mrs?|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Maj|Capt|Sgt|Adm|Cmdr|Pres|"
    r"Rev|St|Ste|Mt|Ft|Jr|Sr|Inc|Corp|Co|Ltd|vs|No|Nos|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|"
    r"Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun|Ave|Blvd|approx|dept|est|fig|etc)\.$"
)
_WIDE_TERMINALS = "。！？।۔"
_SENTENCE_SPAN = 1000
_SHORT_SENTENCE = 15


def _first_sentence(body: str) -> str:
    """The first sentence of `body` on one line, for a title."""
    start = _first_paragraph(body[: 2 * _SENTENCE_SPAN])[:_SENTENCE_SPAN]
    for match in _SENTENCE_END.finditer(start):
        sentence = start[: match.end()]
        if sentence[-1] in _WIDE_TERMINALS:
            return _one_line(sentence)
        if match.end() >= _SHORT_SENTENCE and not _ABBREVIATION.search(sentence):
            return _one_line(sentence)
    return _one_line(start)


def _first_paragraph(text: str) -> str:
    lines = text.strip().split("\n")
    end = 1
    while end < len(lines) and _is_wrapped(lines, end - 1):
        end += 1
    return " ".join(" ".join(lines[:end]).split())


def _one_line(text: str) -> str:
    """`text` on one line of at most MAX_TITLE characters, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= MAX_TITLE:
        return text
    cut = text[: MAX_TITLE - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-–—") + "…"


_LANGUAGE_CHARS = 1000
_LANGUAGE_WORDS = 20
# Below it py3langid is right about as often as not on tables of figures.
_LANGUAGE_CONFIDENCE = 0.8


@functools.cache
def _language_model() -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _identify_language(text: str) -> str | None:
    """ISO 639-1 of `text`; None where it is too short or too odd to tell."""
    start = text[:_LANGUAGE_CHARS]
    if len(start.split()) < _LANGUAGE_WORDS and len(start) < 10 * _LANGUAGE_WORDS:
        return None
    code, confidence = _language_model().classify(start)
    return code if confidence >= _LANGUAGE_CONFIDENCE and len(code) == 2 else None


_LANGUAGE_CODE = re.compile(r"([a-z]{2})(?:[-_][\w-]+)?", re.I)


def _language_code(value: object) -> str | None:
    match = _LANGUAGE_CODE.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def _web_url(value: object) -> str | None:
    """`value` if it is a link a browser may follow to the web."""
    if not isinstance(value, str) or len(value := value.strip()) > 2048:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    safe = parts.scheme in ("http", "https") and parts.hostname and not re.search(r'[\s<>"]', value)
    return value if safe else None


# --- Markdown -----------------------------------------------------------------------------------

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.S)
_FRONT_LINE = re.compile(r"([A-Za-z_-]{2,30})\s*:\s*(.*)")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(.*?)[ \t#]*")
_UNDERLINE = re.compile(r"[ ]{0,3}(?:=+|-{2,})[ \t]*")
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->", re.S), ""),
    (re.compile(r"^[ ]{0,3}(?:```|~~~).*$", re.M), ""),
    (re.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]+\S+.*$", re.M), ""),
    (re.compile(r"^[ ]{0,3}(?:[*_-][ \t]*){3,}$", re.M), ""),
    (re.compile(r"^[ ]{0,3}(?:>[ ]?)+", re.M), ""),
    (re.compile(r"!\[([^\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])"), r"\1"),
    (re.compile(r"\[([^\[\]\n]+)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\]\n]*\])"), r"\1"),
    (re.compile(r"<(https?://[^\s>]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]{0,300}>"), ""),
    (re.compile(r"(\*\*\*|\*\*|__)(?=\S)([^\n]+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?!\w)"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"(`+)([^`\n]+)\1"), r"\2"),
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ASIDE = 0xE000
"""Private characters that stand for escaped ones while markup is read."""


def _extract_markdown(draft: _Draft, data: bytes) -> None:
    draft.original = text = _decode(data)
    if front := _FRONT_MATTER.match(text):
        _read_front_matter(draft, front[1])
        text = text[front.end() :]
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if line.strip():
            _read_heading(draft, lines, i)
            break
    lines = [heading[1] if (heading := _HEADING.fullmatch(line)) else line for line in lines]
    text = "\n".join(line for line in lines if not re.fullmatch(r"[ ]{0,3}=+[ \t]*", line))
    _lay_out(draft, _strip_markup(text))


def _read_front_matter(draft: _Draft, block: str) -> None:
    for line in block.split("\n"):
        if match := _FRONT_LINE.fullmatch(line.strip()):
            value = match[2].strip().strip("\"'").strip()
            _put_given(draft, match[1].lower(), value)


def _read_heading(draft: _Draft, lines: list[str], i: int) -> None:
    """Takes a heading in line `i` for the title, unless the front matter gave one."""
    after = lines[i + 1] if i + 1 < len(lines) else ""
    if heading := _HEADING.fullmatch(lines[i]):
        title, length = heading[1], 1
    elif _UNDERLINE.fullmatch(after):
        title, length = lines[i], 2
    else:
        return
    draft.put("title", _one_line(_strip_markup(title)))
    lines[i : i + length] = []


def _strip_markup(text: str) -> str:
    text = _ESCAPED.sub(lambda match: chr(_ASIDE + ord(match[1])), text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text.translate({_ASIDE + code: code for code in range(128)})


def _put_given(draft: _Draft, name: str, value: object) -> None:
    """A metadata value that the owner states under one of our field names; a bad one is none."""
    if not isinstance(value, str):
        return
    value = _one_line(_CONTROLS.sub("", _NEWLINES.sub("\n", value)))
    if name in ("title", "source"):
        draft.put(name, value)
    elif name in ("author", "byline"):
        draft.put("byline", _clean_name(value))
    elif name in ("date", "published"):
        draft.put("date", parse_date(value))
    elif name == "url":
        draft.put("url", _web_url(value))
    elif name in ("language", "lang"):
        draft.put("language", _language_code(value))


# --- JSON ---------------------------------------------------------------------------------------


def _extract_json(draft: _Draft, data: bytes) -> None:
    """The owner's text stays as given, so that offsets into it hold."""
    row = _read_object(data)
    draft.original = _cleaned(data.decode("utf-8", "replace"))
    title = _text_of(row, "title")
    body = _text_of(row, "text" if row.get("text") is not None else "body")
    if not title.strip() and not body.strip():
        raise UnreadableSource("has neither text nor title")
    for name in ("title", "date", "url", "source", "author", "language"):
        _put_given(draft, name, row.get(name))
    draft.body = _cleaned(body)
    _take_dateline(draft, draft.body.lstrip())
    for facet in FACETS:
        if values := _values_of(row, facet):
            draft.given[facet] = values
    if not draft.title:
        draft.put(
            "title", _first_sentence(_take_dateline(_Draft(), draft.body.lstrip())), "inferred"
        )


def _read_object(data: bytes) -> Mapping[str, object]:
    try:
        row = json.loads(data.decode("utf-8"))
    except RecursionError as problem:
        raise UnreadableSource("is nested too deeply") from problem
    except ValueError as problem:
        raise UnreadableSource(f"is not JSON: {problem}") from problem
    if not isinstance(row, dict):
        raise UnreadableSource("is not a JSON object")
    return row


def _text_of(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableSource(f"{name} is not text")
    return value


def _values_of(row: Mapping[str, object], facet: str) -> tuple[str, ...]:
    value = row.get(facet)
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        return ()
    texts = (_one_line(_cleaned(text)) for text in listed if isinstance(text, str))
    return tuple(dict.fromkeys(filter(None, texts)))


def _cleaned(text: str) -> str:
    """`text` without control characters, each replaced by one character."""
    text = text.replace("\r\n", " \n").translate(_LATIN1_MISHAPS)
    return _CONTROLS.sub("\ufffd", _NEWLINES.sub("\n", text))


# --- HTML ---------------------------------------------------------------------------------------

# trafilatura takes longer than a minute over a page of a million elements.
_MAX_ELEMENTS = 50_000
_NOT_TEXT = ("script", "style", "noscript", "template", "svg", "head", "iframe", "object")


def _extract_html(draft: _Draft, data: bytes) -> None:
    draft.original = text = _decode(data, is_html=True)
    tree = _parse_html(text)
    if tree is not None:
        draft.put("language", _language_code(tree.get("lang") or tree.get("xml:lang")))
        if sum(1 for _ in tree.iter()) <= _MAX_ELEMENTS and (page := _extract_page(text)):
            _read_page(draft, page, tree)
    if draft.body:
        draft.body = _take_dateline(draft, draft.body)
    else:
        _lay_out_remains(draft, text, tree)


def _lay_out_remains(draft: _Draft, text: str, tree: Any) -> None:
    """The plain text of a page in which no article was found."""
    content = ""
    if tree is not None:
        draft.put("title", _one_line(_stripped(tree.findtext(".//title"))))
        content = _text_content(tree)
    _lay_out(draft, content or _TAG.sub(" ", text))


# The parser gives up where elements are nested thousands deep or one text is over ten megabytes;
# what stands there is text still.
_TAG = re.compile(r"<[^<>]*>")


def _parse_html(text: str) -> Any:
    """The tree of `text`, None where the parser finds nothing."""
    from lxml import etree, html  # type: ignore[import-untyped]

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _extract_page(text: str) -> Any:
    """trafilatura's view of a page, None where it has none."""
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        return bare_extraction(
            text,
            include_comments=False,
            with_metadata=True,
            date_extraction_params=_NO_DATE_SEARCH,
        )
    except Exception:  # whatever a broken page makes it raise, there is still its plain text
        return None


# The date is `_find_page_date`'s; this keeps trafilatura from a search of its own.
_NO_DATE_SEARCH = {"extensive_search": False, "max_date": "1995-01-01"}


def _find_page_date(text: str) -> datetime.date | None:
    """The date a page states for itself, in its markup or on a line of its own.

    htmldate is not shown the paragraphs, because it takes a date from anywhere in the text. Its
    extensive search settles for a year in a copyright line; a stated date is found without.
    """
    from htmldate import find_date

    tree = _parse_html(text)
    for paragraph in list(tree.iter("p", "li", "blockquote")):
        words = " ".join(paragraph.text_content().split())
        if paragraph.getparent() is not None and _is_prose([words], 0):
            paragraph.drop_tree()
    try:
        found = find_date(tree, extensive_search=False, original_date=True, max_date="2100-01-01")
    except Exception:  # as for trafilatura: a page without a date is a page still
        return None
    return parse_date(found or "")


def _read_page(draft: _Draft, page: Any, tree: Any) -> None:
    site = _one_line(_stripped(page.sitename))
    draft.put("source", site, "inferred" if site == page.hostname else "found")
    draft.put("title", _page_title(_one_line(_stripped(page.title)), draft.source, tree))
    draft.put("byline", _clean_name(_stripped(page.author).replace(";", ",")))
    draft.put("date", _find_page_date(draft.original))
    draft.put("url", _web_url(page.url))
    body = _stripped(page.text).strip()
    first, _, rest = body.partition("\n")
    draft.body = _spaced(rest if rest and _one_line(first) == draft.title else body)


def _stripped(text: str | None) -> str:
    return _CONTROLS.sub("", _NEWLINES.sub("\n", text or ""))


def _spaced(text: str) -> str:
    """Paragraphs apart by a blank line, items of lists and rows of tables together."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return _join([re.sub(r"\n(?![-|])", "\n\n", lines)])


_SUFFIX = re.compile(r"(.{3,})\s+[|–—·•»:-]+\s+(.+?)")


def _page_title(title: str, site: str | None, tree: Any) -> str:
    """`title` without the name of the site behind it."""
    match = _SUFFIX.fullmatch(title)
    if not match:
        return title
    headings = {_one_line(h.text_content()) for h in tree.iter("h1", "h2")}
    if match[1] in headings or (site and _same_name(match[2], site)):
        return match[1]
    return title


def _same_name(one: str, other: str) -> bool:
    return re.sub(r"\W", "", one).casefold() == re.sub(r"\W", "", other).casefold()


def _text_content(tree: Any) -> str:
    from lxml import etree

    etree.strip_elements(tree, *_NOT_TEXT, with_tail=False)
    lines = (" ".join(text.split()) for text in tree.itertext())
    return "\n\n".join(filter(None, lines))


_EXTRACTORS: Mapping[Kind, Callable[[_Draft, bytes], None]] = {
    "text": _extract_text,
    "markdown": _extract_markdown,
    "html": _extract_html,
    "json": _extract_json,
}
