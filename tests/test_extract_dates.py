"""Dates as documents state them."""

from __future__ import annotations

import datetime

import pytest

from searchapp.extract import parse_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2000-07-03", "2000-07-03"),
        ("2000-07-03T23:59:00+05:00", "2000-07-03"),
        ("1987-02-26 15:01", "1987-02-26"),
        ("July 3, 2000", "2000-07-03"),
        ("26-FEB-1987 15:01:01.79", "1987-02-26"),
        ("Mon, 03 Jul 2000 10:00:00 GMT", "2000-07-03"),
        ("03/07/2000", None),
        ("yesterday", None),
        ("2000", None),
        ("", None),
        ("9999999999", None),
    ],
)
def test_parse_date(text: str, date: str | None) -> None:
    assert parse_date(text) == (datetime.date.fromisoformat(date) if date else None)
