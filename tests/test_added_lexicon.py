"""Rows that a newsroom adds to the word lists: what they do, and what is said of bad ones."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchapp import tag
from searchapp.additions import lexicon_of, tagger_of
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.engine import open_engine
from searchapp.model import Article, BadSettings
from searchapp.settings import Settings
from searchapp.tag import lexicons, words


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "index.rules" / "lexicon").mkdir(parents=True)
    return Settings(index=str(tmp_path / "index"))


def write(settings: Settings, name: str, *rows: str) -> None:
    text = "".join(f"{row}\n" for row in rows)
    (settings.rules_folder / "lexicon" / name).write_text(text, encoding="utf-8")


def found(settings: Settings, body: str, facet: str) -> set[str]:
    return {t.label for t in tagger_of(settings).tag(Article("a", "", body)).of(facet)}


def test_a_phrase_gives_its_topic(settings: Settings) -> None:
    body = "The zephyrs came, the mistral too."
    assert found(settings, body, "topic") == set()
    write(settings, "topic_phrases.tsv", "# ours", "medtop:17000000\t4,5\tzephyr ; mistral")
    assert found(settings, body, "topic") == {"weather"}


def test_a_phrase_can_be_taken_away(settings: Settings) -> None:
    body = "Snow fell; it snowed and snowed. Forecasters saw no snowflakes."
    assert "weather" in found(settings, body, "topic")
    write(
        settings,
        "topic_phrases.tsv",
        "-\t0\tsnow; snowed; forecaster; snowflake; forecast; snowfall",
    )
    assert found(settings, body, "topic") == set()
    write(settings, "topic_phrases.tsv", "-\t0\tsnow; forecaster", "medtop:15000000\t5\tsnow")
    assert found(settings, body, "topic") == {"sport"}


def test_a_name_gives_its_country_and_can_be_typed(settings: Settings) -> None:
    write(settings, "countries.tsv", "is\tname\tSaga Island", "IS\tlabel\tIsland")
    assert found(settings, "They met in Saga Island.", "country") == {"Island"}
    with lexicons.using(lexicon_of(settings)):
        assert tag.resolve("country", "saga island") == {"IS"}
    assert tag.resolve("country", "saga island") == frozenset()
    assert tag.label("country", "IS") == "Iceland"


def test_a_phrase_can_be_no_country(settings: Settings) -> None:
    body = "He joined Iran Motors."
    assert found(settings, body, "country") == {"Iran"}
    write(settings, "countries.tsv", "-\tnone\tIran Motors")
    assert found(settings, body, "country") == set()


def test_a_name_can_be_nobody(settings: Settings) -> None:
    body = "Analysts praised John Mercer. John Mercer said so."
    assert found(settings, body, "person") == {"John Mercer"}
    write(settings, "not_people.tsv", "John Mercer")
    assert found(settings, body, "person") == set()


def test_a_word_tells_of_people(settings: Settings) -> None:
    body = "They met Zorgmeester Xylophan Qwib there."
    before = found(settings, body, "person")
    write(settings, "person_words.tsv", "honorific\tZorgmeester")
    assert before != found(settings, body, "person") == {"Xylophan Qwib"}


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("topic_phrases.tsv", "medtop:99\t1\tzephyr", "'medtop:99' is no IPTC topic"),
        ("topic_phrases.tsv", "medtop:17000000\tx\tzephyr", "its weight 'x' is not a number"),
        ("topic_phrases.tsv", "medtop:17000000\tnan\tzephyr", "its weight nan is not from 0 to 5"),
        ("topic_phrases.tsv", "medtop:17000000\t1\tzephyr; ;", "'' has no words"),
        ("topic_phrases.tsv", "zephyr", "has 1 of 3 cells (code, tab, weight, tab, phrases)"),
        ("topic_phrases.tsv", "\t1\tzephyr", "has no code"),
        ("countries.tsv", "XX\tname\tSaga", "'XX' is no ISO 3166-1 alpha-2 code"),
        ("countries.tsv", "-\tname\tSaga", "'-' is no ISO 3166-1 alpha-2 code"),
        ("countries.tsv", "IS\tnick\tSaga", "its kind 'nick' is none of name, demonym,"),
        ("countries.tsv", "IS\tname\t!!", "'!!' has no words"),
        ("not_people.tsv", "a\tb", "has 2 of 1 cells (name)"),
        ("person_words.tsv", "boss\tzorg", "its kind 'boss' is none of honorific, role,"),
        ("person_words.tsv", "role", "has 1 of 2 cells (kind, tab, words)"),
    ],
)
def test_a_bad_row_ends_the_run_and_is_named(
    settings: Settings, name: str, row: str, reason: str
) -> None:
    write(settings, name, "# ours", row)
    with pytest.raises(BadSettings) as raised:
        tagger_of(settings)
    path, _, said = str(raised.value).partition(f"{name}:2: ")
    assert path == f"{settings.rules_folder}/lexicon/"
    assert said.startswith(reason)


def test_several_bad_rows_are_named_together(settings: Settings) -> None:
    write(settings, "not_people.tsv", *["a\tb"] * 7)
    with pytest.raises(BadSettings, match=r"not_people\.tsv:5: [^\n]*\n… and 2 more$"):
        tagger_of(settings)


@pytest.mark.parametrize("name", ["country.tsv", "countries.csv", "topics.txt"])
def test_a_file_that_is_no_word_list_is_named(settings: Settings, name: str) -> None:
    write(settings, name, "x")
    with pytest.raises(BadSettings, match=r"is no word list; there are countries\.tsv, not_people"):
        tagger_of(settings)


def test_files_that_nobody_means_are_left_alone(settings: Settings) -> None:
    for name in (".~lock.countries.tsv", "countries.tsv~", "README.md", ".DS_Store"):
        write(settings, name, "x")
    assert tagger_of(settings).fingerprint() == tag.fingerprint()


def test_a_file_that_is_no_text_is_named(settings: Settings) -> None:
    (settings.rules_folder / "lexicon" / "not_people.tsv").write_bytes(b"John\nJos\xe9\n")
    with pytest.raises(BadSettings, match=r"not_people\.tsv: line 2 is not UTF-8"):
        tagger_of(settings)


def test_fingerprint_follows_the_rows(settings: Settings) -> None:
    write(settings, "not_people.tsv", "John Mercer")
    one = tagger_of(settings).fingerprint()
    write(settings, "not_people.tsv", "# ours", "John  Mercer ")
    assert tagger_of(settings).fingerprint() == one
    write(settings, "not_people.tsv", "Jane Mercer")
    assert len({one, tagger_of(settings).fingerprint(), tag.fingerprint()}) == 3


def test_threads_do_not_see_each_other(settings: Settings) -> None:
    write(settings, "person_words.tsv", "honorific\tzorgmeester")
    seen: list[bool] = []

    def look() -> None:
        seen.append("zorgmeester" in words.classes())

    with lexicons.using(lexicon_of(settings)):
        assert "zorgmeester" in words.classes()
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [False]
    assert "zorgmeester" not in words.classes()


def test_workers_see_the_rows(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    rows = (
        {"id": str(n), "title": f"Talks {n}", "text": "A zephyr came. " * 150} for n in range(1100)
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert path.stat().st_size > 2_000_000
    write(settings, "topic_phrases.tsv", "medtop:17000000\t5\tzephyr")
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.add([path], workers=2)
        assert archive.search(topic=["medtop:17000000"]).total == 1100


def test_search_pages_name_countries_as_the_owner_does(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Late news\n\nThey met in Reykjavik.\n")
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.add([tmp_path / "a.txt"])
        write(settings, "countries.tsv", "IS\tlabel\tIsland", "IS\tname\tSaga Island")
        assert archive.add([tmp_path / "a.txt"]).updated == 1
        page = archive.search('country:"saga island"')
        assert (page.total, page.warnings) == (1, ())
        assert [bucket.label for bucket in page.facets[0].buckets] == ["Island"]


def test_the_command_says_what_is_wrong_before_it_starts(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Late news\n\nThey met in Reykjavik.\n")
    write(settings, "countries.tsv", "XX\tname\tSaga")
    command = ["index", str(tmp_path / "a.txt"), "--index", settings.index]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "countries.tsv:1: 'XX' is no ISO 3166-1 alpha-2 code" in result.stderr
