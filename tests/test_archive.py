"""The Python API, as its documentation shows it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import searchapp
from searchapp.archive import Archive
from searchapp.model import BadSettings
from tests.conftest import SEEDS


def test_open_add_search(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.is_empty()
        assert archive.add([str(SEEDS)]).added == 2
        page = archive.search("gas pipeline", country=["IR"])
        assert [hit.date for hit in page.hits] == [datetime.date(2000, 7, 3)]
    with searchapp.open(tmp_path / "index") as archive:
        assert archive.search("gas pipeline").total == 1


def test_settings_are_taken_and_checked(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "index", per_page=1) as archive:
        archive.add([SEEDS])
        assert len(archive.search().hits) == 1
    with pytest.raises(BadSettings):
        searchapp.open(tmp_path / "index", per_page="many")


def test_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="colour"):
        searchapp.open(tmp_path / "index", colour="red")


def test_dates_may_be_text(seeds: Archive) -> None:
    assert seeds.search(date_from="2000-07-03", date_to="2000-07-03").total == 1
    with pytest.raises(ValueError, match="yesterday"):
        seeds.search(date_from="yesterday")


def test_stats(seeds: Archive) -> None:
    stats = seeds.stats()
    assert (stats.articles, stats.dated, stats.first_date) == (2, 1, "2000-07-03")
    assert stats.values["person"] == 7
    assert seeds.check() == []
