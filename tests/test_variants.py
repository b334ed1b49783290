"""Which spellings of a name are one person, and which are not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import fold
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import Bucket, Search
from searchapp.settings import Settings
from searchapp.tag import lexicons
from searchapp.variants import person_key
from tests.conftest import item


@pytest.mark.parametrize(
    "spellings",
    [
        ["Sergei Ivanov", "Sergey Ivanov", "Serguei Ivanov", "SERGEI IVANOV"],
        ["Dmitri Rogozin", "Dmitry Rogozin", "Dmitriy Rogozin"],
        ["Yuri Luzhkov", "Yury Luzhkov", "Iouri Luzhkov"],
        ["Aleksandr Lukashenko", "Alexander Lukashenko", "Alexandr Lukashenko"],
        ["Yevgeny Primakov", "Evgeny Primakov", "Evgeni Primakov"],
        ["Mohammad Khatami", "Mohammed Khatami", "Muhammad Khatami", "Mohamed Khatami"],
        ["Osama bin Laden", "Usama bin Laden", "Usama Bin Laden", "Osama Bin-Laden"],
        ["Mohamed ElBaradei", "Mohammed El Baradei", "Mohammed al-Baradei", "Mohammed Al Baradei"],
        ["Omar Abdel-Rahman", "Omar Abdul Rahman", "Umar Abd al-Rahman"],
        ["Kim Jong-il", "Kim Jong Il", "KIM JONG IL"],
        ["Gerhard Schröder", "Gerhard Schroeder", "Gerhard Schroder", "Gerhard Schro\u0308der"],
        ["Jürgen Trittin", "Juergen Trittin", "Jurgen Trittin"],
        ["Saddam Hussein", "SADDAM HUSSEIN"],
        ["Martin Luther King Jr", "Martin Luther King Jr.", "Martin Luther King, Jr."],
        ["Tip O'Neill", "Tip O’Neill", "Tip ONeill", "Tip O Neill"],
        ["Jean-Claude Van Damme", "Jean Claude Vandamme"],
        ["José Aznar", "Jose Aznar"],
        ["Андрей Козырев", "АНДРЕЙ КОЗЫРЕВ"],
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_person(spellings: list[str]) -> None:
    assert {person_key(name) for name in spellings} == {person_key(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammad Khatami", "Mohammad Khatemi"),
        ("George Bush", "G. Bush"),
        ("George Bush", "George W. Bush"),
        ("George Bush", "Bush"),
        ("Bill Clinton", "William Clinton"),
        ("Michael Nowak", "Michal Nowak"),
        ("Joe Smith", "Jo Smith"),
        ("Martin Luther King", "Martin Luther King Jr."),
        ("John Smith Jr", "John Smith Sr"),
        ("Ahmed Hussein", "Ahmed Hussain"),
        ("Ivan Monroe", "Ivan Monro"),
        ("Hans Bauer", "Hans Baur"),
        ("Hassan Nasrallah", "Hussein Nasrallah"),
        ("Georgy Ivanov", "George Ivanov"),
        ("Wladyslaw Gomulka", "Vladislav Gomulka"),
        ("???", "!!!"),
        ("名前", "名"),
    ],
)
def test_what_may_be_two_people_is_two_values(one: str, other: str) -> None:
    assert person_key(one) != person_key(other)


def test_a_spelling_stands_in_one_row_and_folded() -> None:
    rows = [row[0].split() for row in lexicons.rows("given_name_spellings.tsv")]
    spellings = [spelling for row in rows for spelling in row]
    assert len(spellings) == len(set(spellings))
    assert all(len(row) > 1 for row in rows)
    assert all(fold(spelling) == spelling for spelling in spellings)


@given(st.text(max_size=30))
def test_any_text_has_a_key_that_capitals_do_not_change(name: str) -> None:
    assert person_key(name) == person_key(name)
    assert bool(person_key(name)) == bool(name)


NEWS = [
    item("a", "One", person=["Sergei Ivanov", "Ali Shamkhani"], date="2001-01-01"),
    item("b", "Two", person=["Sergey Ivanov"], date="2001-01-02"),
    item("c", "Three", person=["Sergey Ivanov", "SERGEI IVANOV"], date="2001-01-03"),
    item("d", "Four", person=["Igor Ivanov"]),
]
IVANOV = ("Sergey Ivanov", "SERGEI IVANOV", "Sergei Ivanov")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"))
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    archive.engine.write(NEWS)
    return archive


def people(archive: Archive, **given: object) -> tuple[Bucket, ...]:
    return archive.search(**given).facets[1].buckets  # type: ignore[arg-type]


def test_one_value_for_all_spellings_called_by_the_commonest(archive: Archive) -> None:
    assert people(archive) == (
        Bucket("Sergey Ivanov", "Sergey Ivanov", 3, variants=IVANOV),
        Bucket("Ali Shamkhani", "Ali Shamkhani", 1),
        Bucket("Igor Ivanov", "Igor Ivanov", 1),
    )
    assert archive.stats().values["person"] == 3


@pytest.mark.parametrize("spelling", [*IVANOV, "Serguei Ivanov"])
def test_any_spelling_finds_all(archive: Archive, spelling: str) -> None:
    page = archive.search(person=[spelling])
    assert page.total == 3
    first = page.facets[1].buckets[0]
    assert (first.value, first.count, first.selected) == ("Sergey Ivanov", 3, True)
    assert archive.search(not_person=[spelling]).total == 1
    assert archive.search(f'person:"{spelling}"').total == 3


def test_each_article_keeps_its_own_spelling(archive: Archive) -> None:
    assert archive.article("a").tags.values("person") == ("Sergei Ivanov", "Ali Shamkhani")
    assert archive.search("person:igor").total == 1


def test_two_spellings_chosen_are_one_filter(archive: Archive) -> None:
    page = archive.search(person=["Sergei Ivanov", "Sergey Ivanov", "Igor Ivanov"])
    assert [chosen.value for chosen in page.chosen] == ["Sergei Ivanov", "Igor Ivanov"]
    assert page.chosen[0].without.chosen == {"person": ("Igor Ivanov",)}


def test_values_are_looked_for_in_every_spelling(archive: Archive) -> None:
    (found,) = archive.facet(Search(), "person", contains="sergei").buckets
    assert found.value == "Sergey Ivanov"


def test_a_spelling_that_no_article_has_any_more_is_gone(archive: Archive) -> None:
    archive.engine.write([], gone=["b", "c"])
    assert [b.variants for b in people(archive)] == [(), (), ()]
    assert {b.value for b in people(archive)} == {"Ali Shamkhani", "Igor Ivanov", "Sergei Ivanov"}


@pytest.mark.parametrize("seed", range(5))
def test_order_of_adding_and_number_of_segments_do_not_matter(
    archive: Archive, tmp_path: Path, seed: int
) -> None:
    shuffled = random.Random(seed).sample(NEWS, len(NEWS))
    settings = Settings(index=str(tmp_path / "parted"))
    parted = Archive(open_engine(settings.index, settings, create=True), settings)
    for tagged in shuffled:
        parted.engine.write([tagged])
    assert people(parted) == people(archive)
    assert people(parted, person=["Sergei Ivanov"]) == people(archive, person=["Sergei Ivanov"])
