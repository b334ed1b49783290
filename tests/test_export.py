"""What a search finds as files, and back into an index."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchapp
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.export import COLUMNS, MARK, csv_lines, json_lines
from searchapp.model import Hit, Passage, Search, Tag, Tags
from searchapp.settings import Settings
from tests.conftest import SEEDS, item

HIT = Hit(
    id="a/1.txt",
    title=Passage("Gas, oil & “talks”"),
    passages=(Passage("They met.\nIn Oslo", ((0, 4),)), Passage("=1+1")),
    score=2.5,
    date=None,
    source="Reuters",
    byline=None,
    url=None,
    language="en",
    path="a/1.txt",
    tags=Tags(
        country=(Tag("IR", "Iran"), Tag("RU", "Russia"), Tag("US", "United States", about=False)),
        person=(Tag("Ali Amini", "Ali Amini"),),
    ),
)


def table(*hits: Hit) -> list[dict[str, str]]:
    text = "".join(csv_lines(hits))
    assert text.startswith(MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))


def test_a_hit_is_a_line_of_csv() -> None:
    assert table(HIT) == [
        {
            "id": "a/1.txt",
            "title": "Gas, oil & “talks”",
            "date": "",
            "source": "Reuters",
            "byline": "",
            "url": "",
            "path": "a/1.txt",
            "language": "en",
            "countries": "Iran; Russia",
            "people": "Ali Amini",
            "topics": "",
            "snippet": "They met.\nIn Oslo … =1+1",
        }
    ]


def test_nothing_found_is_a_head_alone() -> None:
    assert "".join(csv_lines([])) == MARK + ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_begins_as_a_formula_does(title: str) -> None:
    (row,) = table(replace(HIT, title=Passage(title)))
    assert row["title"] == f"'{title}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_from_csv(text: str) -> None:
    (row,) = table(replace(HIT, title=Passage(text)))
    assert row["title"].removeprefix("'" if row["title"] != text else "") == text


def test_json_lines_make_the_same_index_again(tmp_path: Path) -> None:
    with searchapp.open(tmp_path / "one") as archive:
        archive.add([SEEDS])
        lines = list(json_lines(archive.every_article(Search())))
    (tmp_path / "export.jsonl").write_text("".join(lines), encoding="utf-8")
    with searchapp.open(tmp_path / "two") as again:
        assert again.add([tmp_path / "export.jsonl"]).added == len(lines) == 2
        assert list(json_lines(again.every_article(Search()))) == lines


def test_a_title_that_was_inferred_is_not_given() -> None:
    given_ = item("a", "Gas", "Gas for Iran.", country=["IR"], mentioned=["RU"])
    inferred = replace(given_, article=replace(given_.article, provenance={"title": "inferred"}))
    rows = [json.loads(line) for line in json_lines([given_, inferred])]
    assert rows == [
        {"id": "a", "title": "Gas", "text": "Gas for Iran.", "country": ["IR"]},
        {"id": "a", "text": "Gas for Iran.", "country": ["IR"]},
    ]


# --- every hit ------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"), max_depth=5)
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    for part in range(3):
        archive.engine.write(
            item(f"{n:02}", "Gas", "Gas " * (n % 7) + "talks.", f"2000-01-{1 + n % 28:02}")
            for n in range(part * 20, part * 20 + 20)
        )
    return archive


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_every_hit_is_that_of_the_pages_in_their_order(
    archive: Archive, sort: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchapp.engine.embedded._BATCH", batch)
    search = Search(q="gas talks", sort=sort, page=2)  # type: ignore[arg-type]
    page = archive.run(replace(search, page=1, per_page=60))
    assert len(page.hits) == page.total > archive.settings.max_depth
    assert tuple(archive.every(search)) == page.hits
    assert [t.article.id for t in archive.every_article(search)] == [h.id for h in page.hits]


def test_every_hit_is_of_one_commit(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchapp.engine.embedded._BATCH", 5)
    hits = archive.every(Search(sort="oldest"))
    first = next(hits)
    archive.engine.write([item("new", "Gas")], gone=[f"{n:02}" for n in range(60)])
    assert archive.search().total == 1
    assert {first.id, *(hit.id for hit in hits)} == {f"{n:02}" for n in range(60)}


def test_every_hit_of_a_search_that_was_relaxed(archive: Archive) -> None:
    assert (
        len(list(archive.every(Search(q="gas pipeline")))) == archive.search("gas pipeline").total
    )
