"""Dates as documents state them, in numbers or words. A date is never guessed.

Our own pattern finds them and reads English months and numbers; the names of months in other
languages are dateparser's. `03/07/2000` can be two days and so is none.
"""

from __future__ import annotations

import datetime
import functools
import re
from typing import Any

from searchapp.extract.names import CAPITAL

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# Those in which wire services and the foreign services of broadcasters write.
_LANGUAGES = (
    *("ar", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "hu", "id", "it"),
    *("nb", "nl", "pl", "pt", "ro", "ru", "sv", "tr", "uk"),
)

WEEKDAY = (
    r"(?:(?i:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?i:day)?"
    r"|(?i:lun|mar|mercre|jeu|vendre|same)di"
    r"|(?i:dimanche|domingo|lunes|martes|miércoles|jueves|viernes|sábado)"
    r"|(?i:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag))\.?,?\s+"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_MONTH = r"[^\W\d_]{3,14}\.?"
_YEAR = r"(?:1[5-9]|20)\d\d"
DATE = (
    rf"(?:(?P<y1>{_YEAR})-(?P<m1>\d\d?)-(?P<d1>\d\d?)"
    rf"|(?P<y2>{_YEAR})[./](?P<m2>\d\d?)[./](?P<d2>\d\d?)"
    rf"|(?P<a>\d\d?)[./-](?P<b>\d\d?)[./-](?P<y3>{_YEAR})"
    rf"|(?P<d4>{_DAY})[ -](?:de |of )?(?P<m4>{_MONTH})(?:,?[ -](?:de |del )?(?P<y4>{_YEAR}))?"
    rf"|(?P<m5>{_MONTH}) (?P<d5>{_DAY})(?:,? (?P<y5>{_YEAR}))?)"
)
"""A date, also without its year. Its groups are for `date_of` and `has_month`."""

_TIME = (
    r"(?:T?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?"
    r"|\d{1,2}\s*[ap]\.?m\.?|\d{4}(?= ?(?:GMT|UTC)))"
)
_ZONE = r"(?:Z|[A-Z]{2,5}|\(?[A-Z]{2,5}\)?|[+-]\d\d:?\d\d|(?:GMT|UTC)\s*[+-]\d{1,2}(?::?\d\d)?)"
_DATE_LINE = re.compile(
    r"(?:(?i:first published|published|posted|created|filed|released|date|dated|issued|updated"
    r"|last updated|last modified|modified)(?i: on| at)?\s*:?\s+)?"
    rf"(?:(?P<place>[{CAPITAL}][{CAPITAL} .’'/-]{{1,30}}(?:, [{CAPITAL}][\w.’' -]{{1,20}})?"
    rf"|[{CAPITAL}][\w’'-]{{1,20}}(?: [{CAPITAL}][\w’'-]{{1,20}})?(?=,)),? )?"
    rf"(?:{WEEKDAY})?{DATE}"
    rf"(?:[\s,–—-]*(?i:at\s+)?(?i:{_TIME})\s*(?:{_ZONE})?)?(?:\s*(?:г|r)\.?)?\.?"
)


def parse_date(text: str) -> datetime.date | None:
    """The date that `text` states in full, as ISO 8601 or in words; None for anything else."""
    text = text.strip()[:100]
    try:
        return datetime.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    match = _DATE_LINE.fullmatch(text)
    return date_of(match) if match else None


def read_date_line(line: str) -> dict[str, object]:
    """Date and place of a line that is a date: "LONDON, 3 July 2000 12:30 GMT". Empty for others;
    the date is None where its year is missing or two readings are possible.
    """
    match = _DATE_LINE.fullmatch(line)
    if not match or not has_month(match):
        return {}
    return {"date": date_of(match), "place": match["place"]}


def date_of(match: re.Match[str]) -> datetime.date | None:
    """The date of a match of DATE; None without a year or where two readings are possible."""
    part = match.groupdict()
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2")):
        if part[year]:
            return _date(part[year], part[month], part[day])
    if part["y3"]:
        return _numeric_date(int(part["a"]), int(part["b"]), part["y3"])
    return _date_in_words(part)


def has_month(match: re.Match[str]) -> bool:
    """Whether what a match of DATE calls a month is one."""
    month = match["m4"] or match["m5"]
    return not month or _month_number(month) is not None or date_of(match) is not None


def _date_in_words(part: dict[str, str | None]) -> datetime.date | None:
    form = "4" if part["m4"] else "5"
    day, month, year = (part[name + form] or "" for name in "dmy")
    if not year:
        return None
    day = re.sub(r"\D", "", day)
    if number := _month_number(month):
        return _date(year, number, day)
    return _foreign_date(f"{day} {month} {year}")


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


@functools.lru_cache(maxsize=1024)
def _foreign_date(text: str) -> datetime.date | None:
    found = _foreign_parser().get_date_data(text).date_obj
    return found.date() if found else None


@functools.cache
def _foreign_parser() -> Any:
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

    return DateDataParser(
        languages=list(_LANGUAGES),
        settings={
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
        },
    )
