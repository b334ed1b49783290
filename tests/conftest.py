"""News to test with: small, readable, and the same everywhere."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from searchapp.analyse import Analyser
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Article, Tag, Tagged, Tags
from searchapp.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SEEDS = Path(__file__).parents[1] / "seeds"

# Shared machines stall; a slow example is no failure.
hypothesis_settings.register_profile(
    "searchapp", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("searchapp")

PATIENT = dict.fromkeys(("search_seconds", "batch_seconds", "waiting_seconds"), 120.0)
"""What may take two minutes where a test says nothing else, also in programs it starts."""


def _be_patient() -> None:
    """Before any module of tests is imported: some make their settings then."""
    names = [field.name for field in dataclasses.fields(Settings)]
    defaults = dict(zip(names, Settings.__init__.__defaults__ or (), strict=True))
    Settings.__init__.__defaults__ = tuple((defaults | PATIENT).values())
    os.environ |= {f"SEARCHAPP_{name.upper()}": str(value) for name, value in PATIENT.items()}


_be_patient()


def item(
    id_: str,
    title: str = "",
    body: str = "",
    date: str | None = None,
    source: str | None = None,
    country: Sequence[str] = (),
    person: Sequence[str] = (),
    topic: Sequence[str] = (),
    mentioned: Sequence[str] = (),
) -> Tagged:
    """A tagged article; its tags stand without evidence. It is not about countries `mentioned`."""
    values: Mapping[str, Sequence[str]] = {"country": country, "person": person, "topic": topic}
    tags = {facet: tuple(Tag(v, v) for v in found) for facet, found in values.items()}
    return Tagged(
        Article(
            id=id_,
            title=title,
            body=body,
            date=datetime.date.fromisoformat(date) if date else None,
            source=source,
            path=id_,
            origin=f"/news/{id_}",
            original=body,
            digest=f"digest of {id_} {title} {body}",
            provenance={"title": "found"},
        ),
        Tags(
            country=(*tags["country"], *(Tag(v, v, about=False) for v in mentioned)),
            person=tags["person"],
            topic=tags["topic"],
        ),
    )


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    return Analyser("english")


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The sample articles, read, tagged and indexed."""
    where = tmp_path_factory.mktemp("seeds") / "index"
    settings = Settings(index=str(where))
    with Archive(open_engine(where, settings, create=True), settings) as archive:
        report = archive.add([SEEDS])
        assert (report.added, report.failed) == (2, [])
        yield archive


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for the tests of a file."""
    from tests.browsing import chromium  # Playwright, which few tests need

    with chromium() as found:
        yield found
