"""What may have been meant: slips mended from the words of a few articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp import spelling
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings
from searchapp.spelling import cost
from tests.conftest import item
from tests.reference import edits_between

NEWS = [
    *(
        item(f"gas{n}", "Gas pipeline", "Officials at the White House spoke.", "2000-07-03")
        for n in range(3)
    ),
    item("crude", "Crude oil", "Crude oil rose in Iran.", country=["IR"], person=["Sergei Ivanov"]),
    item("caspian", "Caspian", "The pipeline reached the Caspian.", "2001-07-03", country=["RU"]),
    item("rare", "Gaz", "The gaz of Übersee, 1987."),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    where = tmp_path_factory.mktemp("spelling") / "index"
    settings = Settings(index=str(where))
    with Archive(open_engine(where, settings, create=True), settings) as archive:
        archive.engine.write(NEWS)
        yield archive


def meant(archive: Archive, q: str, **filters: object) -> str | None:
    found = archive.search(q, **filters).meant  # type: ignore[arg-type]
    return found.query.text if found else None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pipelnie", "pipeline"),
        ("Pipelnie", "Pipeline"),
        ("PIPELNIE", "PIPELINE"),
        ("gas pipelnie", "gas pipeline"),
        ("gsa pipelnie", "gas pipeline"),
        ("  gas   pipelnie ", "  gas   pipeline "),
        ('"gas pipelnie"', '"gas pipeline"'),
        ('"gas pipelnie"~5', '"gas pipeline"~5'),
        ("(gas AND pipelnie) OR caspain", "(gas AND pipeline) OR caspian"),
        ("title:pipelnie", "title:pipeline"),
        ("title:(gas pipelnie)", "title:(gas pipeline)"),
        ("pipelnie -iran", "pipeline -iran"),
        ("pipelnie date:2000", "pipeline date:2000"),
        ("pipelnie country:RU", "pipeline country:RU"),
        ("person:Ivanof", "person:Ivanov"),
        ("pipelnie's", "pipeline's"),
        ("oil-pipelnie OR crud", "oil-pipeline OR crude"),
        ("whitehouse", "white house"),
        ("WhiteHouse", "White House"),
        ('"whitehouse spoke"', '"white house spoke"'),
        ("pipe line", "pipeline"),
        ("gas pipe line", "gas pipeline"),
    ],
)
def test_a_slip_is_mended_and_the_rest_kept(archive: Archive, typed: str, expected: str) -> None:
    assert meant(archive, typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "pipeline",  # found
        "gas oil",  # words that are there, though in no article together
        "-pipelnie gas",  # excluded
        "gas NOT (pipelnie OR oli)",
        "pipel*",  # patterns
        "pipelnie~",
        "p?pelnie",
        "country:Iarn",  # looked up by its name
        "topic:medtop:16000009",
        "date:2oo1 gas",
        "1978",  # numbers
        "gz",  # short
        "xqzzywt",  # like nothing
        "gaz",  # rare, and not very many have its neighbour
    ],
)
def test_nothing_is_proposed_for(archive: Archive, typed: str) -> None:
    assert meant(archive, typed) is None


def test_changed_words_are_marked_and_articles_counted(archive: Archive) -> None:
    page = archive.search("gsa  pipelnie", page=2, sort="newest")
    assert page.meant
    assert (page.meant.query.marks, page.meant.total) == (((0, 3), (5, 13)), 3)
    assert page.meant.search.q == "gas  pipeline"
    assert (page.meant.search.page, page.meant.search.sort) == (1, "newest")


def test_filters_count(archive: Archive) -> None:
    found = archive.search("pipelnie", country=["RU"]).meant
    assert found
    assert (found.total, found.search.chosen) == (1, {"country": ("RU",)})
    assert meant(archive, "pipelnie", country=["IR"]) is None


def test_the_second_likeliest_is_tried_where_the_likeliest_finds_nothing(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        forms = [item(f"f{n}", body="A form.") for n in range(5)]
        archive.engine.write([*forms, item("farm", body="A cow on a farm.")])
        assert meant(archive, "fxrm") == "form"
        assert meant(archive, "fxrm cow") == "farm cow"


def test_a_rare_word_is_a_slip_where_very_many_have_its_neighbour(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        many = [item(f"m{n}", body="A pipeline.") for n in range(spelling.MANY)]
        archive.engine.write([*many, item("slip", body="A pipelime.")])
        found = archive.search("pipelime")
        assert (found.total, found.meant and found.meant.query.text) == (1, "pipeline")
        archive.engine.write([], gone=["m0"])
        assert archive.search("pipelime").meant is None


def test_nothing_is_looked_for_where_enough_is_found(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        archive.engine.write([item(f"m{n}", body="A pipeline.") for n in range(spelling.FEW + 1)])
        assert archive.search("pipelime pipeline", match="any").meant is None
        assert archive.search("pipelime pipeline").meant  # none has both


def test_it_is_given_up_where_looking_takes_too_long(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "settings", Settings(search_seconds=0))
    page = archive.search("pipelnie")
    assert (page.total, page.meant) == (0, None)


def test_hostile_queries_are_answered(archive: Archive) -> None:
    for typed in ("pipelnie " * 60, '"' * 60, "(" * 15 + "pipelnie", "\u202epipelnie\x00", ":" * 9):
        archive.search(typed)


@pytest.mark.parametrize(
    ("likelier", "other"),
    [
        (("recieve", "receive"), ("reciver", "receive")),  # exchanged
        (("caspiann", "caspian"), ("caspianx", "caspian")),  # doubled
        (("pipelime", "pipeline"), ("pipelixe", "pipeline")),  # the key beside
        (("caspoan", "caspian"), ("caspran", "caspian")),
        (("gasp", "gas"), ("xgas", "gas")),  # the first letter
    ],
)
def test_slips_differ_in_what_they_cost(likelier: tuple[str, str], other: tuple[str, str]) -> None:
    assert cost(*likelier) < cost(*other)


words = st.text("abcdns", max_size=6)


@given(words, words)
def test_a_cost_is_between_a_share_of_the_distance_and_a_bit_more(word: str, other: str) -> None:
    edits = edits_between(word, other)
    assert spelling.DOUBLED * edits <= cost(word, other) + 1e-9
    assert cost(word, other) <= edits * (1 + spelling.FIRST) + 1e-9
    assert (cost(word, other) == 0) == (word == other)
