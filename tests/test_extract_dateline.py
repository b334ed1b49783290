"""Datelines."""

from __future__ import annotations

import datetime

import pytest

from tests.extracting import PARAGRAPH, article


@pytest.mark.parametrize(
    ("dateline", "place", "date", "source"),
    [
        ("Washington, 3 July 2000 (RFE/RL) --", "Washington", "2000-07-03", "RFE/RL"),
        ("BUENOS AIRES, Feb 26 -", "BUENOS AIRES", None, None),
        ("NAIROBI, Kenya (AP) _", "NAIROBI, Kenya", None, "AP"),
        ("LONDON (Reuters) –", "LONDON", None, "Reuters"),
        ("PARIS, March 3, 1999 (AFP) -", "PARIS", "1999-03-03", "AFP"),
        ("MOSCOW. Jan 5 (Interfax) -", "MOSCOW", None, "Interfax"),
        ("NEW YORK --", "NEW YORK", None, None),
        ("NEW YORK —", "NEW YORK", None, None),
        ("MOSCOW, January 5. /TASS/.", "MOSCOW", None, "TASS"),
        ("PORT-AU-PRINCE, Haiti, July 3, 2000 (AP) —", "PORT-AU-PRINCE, Haiti", "2000-07-03", "AP"),
        ("ST. PETERSBURG, Russia (AP) --", "ST. PETERSBURG, Russia", None, "AP"),
        ("JERUSALEM/GAZA (Reuters) -", "JERUSALEM/GAZA", None, "Reuters"),
        ("The Hague, 5 May 2004 (RFE/RL) --", "The Hague", "2004-05-05", "RFE/RL"),
        ("Baku, Monday, July 3, 2000 -", "Baku", "2000-07-03", None),
        ("Berlin, 3. Juli 2000 (dpa) -", "Berlin", "2000-07-03", "dpa"),
        ("GRONINGEN, the Netherlands, March 31 -", "GRONINGEN, the Netherlands", None, None),
        ("BRUSSELS 1996-08-22\n", "BRUSSELS", "1996-08-22", None),
        ("(CNN) --", None, None, "CNN"),
    ],
)
def test_a_dateline_gives_place_date_and_agency(
    dateline: str, place: str | None, date: str | None, source: str | None
) -> None:
    found = article(f"Pipeline Deal Signed\n\n{dateline} {PARAGRAPH}")
    assert found.place == place
    assert found.date == (datetime.date.fromisoformat(date) if date else None)
    assert found.source == source
    assert found.body == PARAGRAPH
    assert found.title == "Pipeline Deal Signed"


@pytest.mark.parametrize(
    "text",
    [
        "May 5 was cold, and the ministers of both countries stayed in.",
        "Paris Hilton (2006) - a film about nothing - is shown in Cannes this week.",
        "Washington -- and this is no surprise -- does not like the agreement at all.",
        "NASA - the American space agency - said on Tuesday that it had lost the probe.",
        "NATO - Nobody knows what it is for any more, a minister said on Tuesday in Rome.",
        "On Monday, July 3 - the day of the vote - nobody came to the polling stations.",
        "Vladimir Putin (left) - who won the election - met the ministers on Tuesday.",
        "John Smith (CEO) - the man who built the pipeline - resigned on Tuesday.",
        "Apollo 11 - which landed on the moon in 1969 - was shown again on Tuesday.",
        "Tuesday, March 5 - The ministers of both countries met to sign the agreement.",
        "Iran: The ministers of both countries met on Tuesday to sign the agreement.",
        "The minister, who is 65 - and ill - did not come to the meeting on Tuesday.",
        "UPDATE 1 - The ministers of both countries met to sign the agreement at last.",
        "I - The minister and nobody else - have signed the agreement on this pipeline.",
    ],
)
def test_what_is_not_a_dateline_stays(text: str) -> None:
    found = article(f"Pipeline Deal Signed\n\n{text}")
    assert found.body == text
    assert (found.place, found.date, found.source) == (None, None, None)
