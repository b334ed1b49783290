"""What the owner says of the tags: what it does to one article, and to an index, for good."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import whoosh.index
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp import ingest
from searchapp.archive import Archive
from searchapp.corrections import Corrections, table, understood
from searchapp.engine import open_engine
from searchapp.model import FACETS, BadCorrection, Correction, IndexLocked, Tag, Tagged, Tags
from searchapp.settings import Settings
from tests.conftest import item
from tests.reference import ReferenceEngine

WAR, POLITICS, ELECTION = "medtop:16000000", "medtop:11000000", "medtop:20000574"


def corrected(tagged: Tagged, *said: Correction) -> Tagged:
    return Corrections(map(understood, said)).correct(tagged)


def shown(tagged: Tagged, facet: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag.value, tag.corrected) for tag in tagged.tags.of(facet)]


TALKS = Tagged(
    item("talks").article,
    Tags(
        country=(Tag("IR", "Iran", ((0, 4),), 0.9), Tag("BE", "Belgium", ((9, 11),), 0.2, False)),
        person=(
            Tag("Sergei Ivanov", "Sergei Ivanov", ((20, 33),), 0.8),
            Tag("White House", "White House", ((40, 51),), 0.5),
            Tag("Sergej Iwanow", "Sergej Iwanow", ((60, 73),), 0.4),
        ),
        topic=(Tag(WAR, "conflict, war and peace", ((2, 5),), 0.7),),
    ),
)


# --- one article ----------------------------------------------------------------------------------


def test_nobody_says_anything() -> None:
    assert corrected(TALKS) == TALKS
    assert corrected(TALKS, Correction("person", "Nobody Here", "not")) == TALKS
    assert corrected(TALKS, Correction("person", "White House", "not", article="other")) == TALKS


@pytest.mark.parametrize("article", ["", "talks"])
@pytest.mark.parametrize("spelling", ["White House", "WHITE HOUSE"])
def test_this_is_not_a_person(article: str, spelling: str) -> None:
    told = corrected(TALKS, Correction("person", spelling, "not", article=article))
    assert shown(told, "person") == [("Sergei Ivanov", ()), ("Sergej Iwanow", ())]
    assert told.corrected
    assert told.corrected.found == TALKS.tags
    assert [tag.value for tag in told.corrected.removed.person] == ["White House"]


def test_this_name_is_that_person() -> None:
    told = corrected(TALKS, Correction("person", "Sergej Iwanow", "is", "Sergei Ivanov"))
    ivanov, house = told.tags.person
    assert (ivanov.value, ivanov.corrected) == ("Sergei Ivanov", ("was Sergej Iwanow",))
    assert (ivanov.spans, ivanov.score) == (((20, 33), (60, 73)), 0.8)
    assert house.value == "White House"


def test_a_name_that_is_the_person_of_another_correction() -> None:
    chain = [
        Correction("person", "Sergej Iwanow", "is", "S Ivanov"),
        Correction("person", "S. Ivanov", "is", "Sergei Ivanov"),
    ]
    for said in (chain, chain[::-1]):
        assert shown(corrected(TALKS, *said), "person") == [
            ("Sergei Ivanov", ("was Sergej Iwanow",)),
            ("White House", ()),
        ]


def test_another_spelling_of_the_same_person_is_written_the_owners_way() -> None:
    told = corrected(TALKS, Correction("person", "SERGEI IVANOV", "is", "Sergey Ivanov"))
    assert shown(told, "person")[0] == ("Sergey Ivanov", ("was Sergei Ivanov",))
    told = corrected(TALKS, Correction("person", "Sergey Ivanov", "is", "Sergei Ivanov"))
    assert told.tags == TALKS.tags


def test_names_that_are_each_other_end() -> None:
    round_about = [
        Correction("person", "Sergei Ivanov", "is", "White House"),
        Correction("person", "White House", "is", "Sergei Ivanov"),
    ]
    assert len(corrected(TALKS, *round_about).tags.person) == 3


def test_this_article_is_about_a_value() -> None:
    told = corrected(
        TALKS,
        Correction("country", "Turkey", "add", article="talks"),
        Correction("country", "Belgium", "add", article="talks"),
        Correction("person", "Ali Shamkhani", "add", article="talks"),
        Correction("topic", "politics and government", "add", article="talks"),
    )
    assert shown(told, "country") == [("TR", ("added",)), ("IR", ()), ("BE", ("about it",))]
    assert told.tags.values("country") == ("TR", "IR", "BE")
    assert ("Ali Shamkhani", ("added",)) in shown(told, "person")
    assert shown(told, "topic") == [(POLITICS, ("added",)), (WAR, ())]
    assert told.tags.topic[0].label == "politics and government"


def test_this_article_is_not_about_a_value() -> None:
    told = corrected(
        TALKS,
        Correction("country", "IR", "not", article="talks"),
        Correction("topic", WAR, "not", article="talks"),
    )
    assert shown(told, "country") == [("BE", ())]
    assert shown(told, "topic") == []


def test_a_country_is_only_mentioned() -> None:
    told = corrected(TALKS, Correction("country", "Iran", "mentioned"))
    assert shown(told, "country") == [("IR", ("only mentioned",)), ("BE", ())]
    assert told.tags.values("country") == ()
    told = corrected(TALKS, Correction("country", "Turkey", "mentioned", article="talks"))
    assert told.tags.country[0] == Tag("TR", "Turkey", about=False, corrected=("added",))
    assert corrected(TALKS, Correction("country", "Turkey", "mentioned")).tags == TALKS.tags


def test_a_topic_of_the_owners_own_can_be_taken_away() -> None:
    told = replace(TALKS, tags=Tags(topic=(Tag("Gas Pipelines", "Gas Pipelines"),)))
    assert shown(corrected(told, Correction("topic", "Gas  Pipelines", "not")), "topic") == []


def test_a_topic_brings_the_one_above_it_and_goes_with_it() -> None:
    told = corrected(TALKS, Correction("topic", ELECTION, "add", article="talks"))
    assert {value for value, _ in shown(told, "topic")} == {ELECTION, POLITICS, WAR}
    found = replace(TALKS, tags=Tags(topic=(Tag(POLITICS, "p"), Tag(ELECTION, "e"))))
    politics = Correction("topic", POLITICS, "not")
    assert shown(corrected(found, politics), "topic") == []
    elections = Correction("topic", ELECTION, "add", article="talks")
    assert shown(corrected(found, politics, elections), "topic") == [(ELECTION, ())]
    assert shown(corrected(TALKS, politics, elections), "topic") == [
        (ELECTION, ("added",)),
        (WAR, ()),
    ]


def test_what_is_said_of_the_article_wins() -> None:
    everywhere = Correction("person", "White House", "not")
    here = Correction("person", "White House", "add", article="talks")
    for said in ([everywhere, here], [here, everywhere]):
        assert shown(corrected(TALKS, *said), "person") == shown(TALKS, "person")


def test_of_two_that_contradict_the_later_wins() -> None:
    no, yes = (Correction("country", "BE", a, article="talks") for a in ("not", "add"))
    assert shown(corrected(TALKS, no, yes), "country")[-1] == ("BE", ("about it",))
    assert shown(corrected(TALKS, yes, no), "country") == [("IR", ())]


def test_rows_that_do_not_contradict_may_stand_in_any_order() -> None:
    rows = [
        Correction("person", "Ali Shamkhani", "add", article="talks"),
        Correction("person", "Mehdi Safari", "add", article="talks"),
        Correction("person", "White House", "not"),
        Correction("country", "Iran", "mentioned"),
    ]
    assert corrected(TALKS, *rows) == corrected(TALKS, *rows[::-1])


def test_correcting_again_starts_from_what_was_found() -> None:
    once = corrected(TALKS, Correction("person", "White House", "not"))
    assert corrected(once) == TALKS
    again = corrected(once, Correction("country", "BE", "not"))
    assert again == corrected(TALKS, Correction("country", "BE", "not"))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (Correction("planet", "Mars", "not"), "“planet” is none of country, person, topic"),
        (Correction("person", "A B", "isn't"), "“isn't” is none of not, is, add, mentioned"),
        (Correction("person", " ", "not"), "“value” is empty"),
        (Correction("person", "A B", "is"), "“becomes” is empty"),
        (Correction("person", "A B", "not", "C D"), "“becomes” goes with “is”"),
        (Correction("person", "A B", "add"), "“add” needs an article"),
        (Correction("person", "A B", "mentioned"), "“mentioned” is for countries"),
        (Correction("country", "Atlantis", "not"), "no country is called “Atlantis”"),
        (Correction("topic", "conflict", "not"), "may be"),
        (Correction("person", "x" * 301, "not"), "more than 300 characters"),
    ],
)
def test_what_has_no_meaning_says_why(said: Correction, problem: str) -> None:
    with pytest.raises(BadCorrection, match=problem):
        understood(said)


# --- the table ------------------------------------------------------------------------------------

HEAD = "facet,value,action,becomes,article,note\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> table.Table:
    (folder / table.NAME).write_bytes(text.encode(encoding))
    return table.load(folder)


def said(loaded: table.Table) -> list[Correction]:
    return list(loaded.corrections)


def test_no_table_says_nothing(tmp_path: Path) -> None:
    assert said(table.load(tmp_path / "nowhere")) == []


MUELLER = Correction("person", "Jörg Müller", "is", "Jorg Muller; Jr", "a, b.txt", 'said "so"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        HEAD + 'person,Jörg Müller,is,Jorg Muller; Jr,"a, b.txt","said ""so"""\n',
        "sep=;\r\n"
        + HEAD.replace(",", ";")
        + 'person;Jörg Müller;is;"Jorg Muller; Jr";a, b.txt;"said ""so"""\r\n;;;;;\r\n',
        HEAD.replace(",", "\t")
        + 'person\tJörg Müller\tis\tJorg Muller; Jr\ta, b.txt\t"said ""so"""',
        "\nNote,Article,who,Action,Facet,Value,Becomes\n\n"
        + '"said ""so""","a, b.txt",me,IS,Person, Jörg  Müller,Jorg Muller; Jr\n',
    ],
    ids=["commas", "semicolons", "tabs", "own columns"],
)
def test_whatever_a_spreadsheet_saves_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    assert said(written(tmp_path, text, encoding)) == [MUELLER]


def test_a_row_that_makes_no_sense_is_named_and_stops_no_other(tmp_path: Path) -> None:
    loaded = written(
        tmp_path,
        HEAD
        + "person,White House,not,,,\n"
        + "country,Atlantis,not,,,\n"
        + 'person,"Never closed,not,,,\n'
        + "person,Smith, John,not,,,\n"
        + "person,A B,not,,,a note,and more\n"
        + "person\n"
        + "country,Iran,not\n",
    )
    assert [(c.facet, c.value) for c in said(loaded)] == [
        ("person", "White House"),
        ("country", "IR"),
    ]
    lines = [(p.path.rpartition("#L")[2], p.reason) for p in loaded.problems]
    assert [line for line, _ in lines] == ["3", "4", "5", "6", "7"]
    assert "no country is called “Atlantis”" in lines[0][1]
    assert "is not a row" in lines[1][1]
    assert "more cells" in lines[3][1]


@pytest.mark.parametrize("text", ["White House;not a person\n", "\0\1\2", "facet,value\n"])
def test_a_table_that_is_none_is_no_order_to_take_everything_back(
    tmp_path: Path, text: str
) -> None:
    loaded = written(tmp_path, text)
    assert not loaded.readable
    assert "#L1" in loaded.problems[0].path
    with pytest.raises(BadCorrection, match="first row"):
        table.append(tmp_path, MUELLER)


def test_what_is_appended_is_read_back_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "rules"
    for _ in range(2):
        table.append(folder, MUELLER)
    assert said(table.load(folder)) == [MUELLER]
    data = (folder / table.NAME).read_bytes()
    assert data.startswith(b"\xef\xbb\xbffacet,value,action,becomes,article,note\n")
    assert data.count(b"\n") == 2


def test_appending_keeps_the_table_as_its_owner_has_it(tmp_path: Path) -> None:
    before = "who;value;facet;action;article;becomes;note\r\nme;Müller;person;not"
    written(tmp_path, before, "cp1252")
    table.append(tmp_path, replace(MUELLER, note=""))
    after = (tmp_path / table.NAME).read_bytes().decode("utf-8-sig")
    assert after == before + '\r\n;Jörg Müller;person;is;a, b.txt;"Jorg Muller; Jr";\r\n'


def test_removing_takes_out_the_row_and_leaves_the_others(tmp_path: Path) -> None:
    before = HEAD + "person,White House,not,,,why\nperson,broken\n\nperson,A B,not,,,\n"
    written(tmp_path, before)
    table.remove(tmp_path, Correction("person", "White  House", "not"))
    text = (tmp_path / table.NAME).read_text(encoding="utf-8-sig")
    assert text == before.replace("person,White House,not,,,why\n", "")
    with pytest.raises(BadCorrection, match="no such correction"):
        table.remove(tmp_path, Correction("person", "White House", "not"))


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'t Hooft", "'=x", '"', "a,b;c\td", "“x”"]
)
def test_no_name_runs_in_a_spreadsheet_and_all_come_back(tmp_path: Path, name: str) -> None:
    correction = Correction("person", name, "not", note=name)
    table.append(tmp_path, correction)
    (row,) = (tmp_path / table.NAME).read_text(encoding="utf-8-sig").splitlines()[1:]
    assert not row.partition("person,")[2].lstrip('"').startswith(("=", "+", "-", "@"))
    assert said(table.load(tmp_path)) == [understood(correction)]


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(texts, min_size=1, max_size=4), texts, texts)
def test_any_names_come_back(names: list[str], note: str, article: str) -> None:
    given_ = [Correction("person", name, "not", article=article, note=note) for name in names]
    with tempfile.TemporaryDirectory() as folder:
        wanted = []
        for correction in given_:
            with contextlib.suppress(BadCorrection):
                table.append(Path(folder), correction)
                wanted.append(understood(correction))
        loaded = table.load(Path(folder))
        assert loaded.problems == ()
        assert list(loaded.corrections) == list(Corrections(wanted))


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    def write(worker: int) -> None:
        for number in range(5):
            table.append(tmp_path, Correction("person", f"Name {worker} {number}", "not"))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded = table.load(tmp_path)
    assert (len(said(loaded)), loaded.problems) == (20, ())


# --- an index -------------------------------------------------------------------------------------


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in {
        "one.txt": "Gas talks\n\nMohammad Khatami of Iran met Sergei Ivanov.\n",
        "two.txt": "Oil talks\n\nIran sent Mohammad Khatami to Turkey.\n",
        "three.txt": "Snow\n\nIt snowed in Oslo, and Norway was white.\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def archive(tmp_path: Path, news: Path) -> Iterator[Archive]:
    where = Settings(index=str(tmp_path / "index"))
    with Archive(open_engine(where.index, where, create=True), where) as archive:
        assert archive.add([news]).added == 3
        yield archive


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Inside, somebody else is writing to the index."""
    writer = whoosh.index.open_dir(str(folder)).writer()
    try:
        yield
    finally:
        writer.cancel()


def ids(archive: Archive, **given: object) -> set[str]:
    return {hit.id for hit in archive.search(**given).hits}  # type: ignore[arg-type]


KHATAMI = Correction("person", "Mohammad Khatami", "not")


def test_the_next_search_sees_a_correction_and_its_being_taken_back(archive: Archive) -> None:
    before = archive.article("one.txt")
    assert archive.correct(KHATAMI) == 2
    assert ids(archive, person=["Mohammad Khatami"]) == set()
    assert archive.search('person:"Mohammad Khatami"').total == 0
    assert archive.correct(KHATAMI) == 0
    assert archive.uncorrect(KHATAMI) == 2
    assert ids(archive, person=["Mohammad Khatami"]) == {"one.txt", "two.txt"}
    assert archive.article("one.txt") == before


def test_corrections_of_one_article_leave_the_others(archive: Archive) -> None:
    assert archive.correct(replace(KHATAMI, article="one.txt")) == 1
    assert ids(archive, person=["Mohammad Khatami"]) == {"two.txt"}
    assert archive.correct(Correction("country", "Belgium", "add", article="three.txt")) == 1
    assert ids(archive, country=["BE"]) == {"three.txt"}
    assert archive.correct(Correction("country", "BE", "mentioned", article="three.txt")) == 1
    assert ids(archive, country=["BE"]) == set()
    assert ids(archive, country=["BE"], countries="mentioned") == {"three.txt"}
    assert archive.check() == []


def test_a_row_written_by_hand_is_applied_by_the_next_run_which_reads_nothing_again(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "index.rules"
    rules.mkdir()
    written(rules, HEAD + "person,Mohammad Khatami,is,M. Khatami,,\n")
    report = archive.add([news])
    assert (report.unchanged, report.updated, report.corrected) == (3, 0, 2)
    assert ids(archive, person=["M. Khatami"]) == {"one.txt", "two.txt"}
    assert archive.add([news]).corrected == 0
    written(rules, HEAD)
    assert archive.add([news]).corrected == 2
    assert ids(archive, person=["M. Khatami"]) == set()


def test_nothing_is_written_when_nothing_changes(archive: Archive, news: Path) -> None:
    archive.correct(KHATAMI)
    archive.correct(Correction("person", "Nobody Here", "not"))
    archive.correct(Correction("person", "Nobody Here", "not", article="not there yet"))
    archive.add([news])
    generation = archive.stats().generation
    assert archive.add([news]).corrected == 0
    assert archive.stats().generation == generation


def test_a_changed_article_is_tagged_anew_and_corrected(archive: Archive, news: Path) -> None:
    archive.correct(KHATAMI)
    (news / "one.txt").write_text("Talks\n\nMohammad Khatami of Iran met Robert Kocharian.\n")
    report = archive.add([news])
    assert (report.updated, report.corrected) == (1, 0)
    assert archive.article("one.txt").tags.values("person") == ("Robert Kocharian",)
    archive.uncorrect(KHATAMI)
    assert "one.txt" in ids(archive, person=["Mohammad Khatami"])


def test_corrections_survive_a_rebuild(archive: Archive, news: Path) -> None:
    archive.correct(KHATAMI)
    before = [archive.article(id_) for id_ in ("one.txt", "two.txt", "three.txt")]
    again = open_engine(archive.settings.index, archive.settings, rebuild=True)
    report = ingest.add(again, [news], archive.settings, rebuild=True)
    assert (report.added, report.corrected) == (3, 0)
    assert again.get(["one.txt", "two.txt", "three.txt"]) == before


def test_a_correction_of_an_article_that_comes_later(archive: Archive, news: Path) -> None:
    assert archive.correct(Correction("country", "Chile", "add", article="late.txt")) == 0
    (news / "late.txt").write_text("Late\n\nIt rained.\n")
    archive.add([news])
    assert ids(archive, country=["CL"]) == {"late.txt"}


def test_a_bad_row_is_a_warning_of_the_run_and_of_the_check(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "index.rules"
    rules.mkdir()
    written(rules, HEAD + "country,Atlantis,not,,,\nperson,Mohammad Khatami,not,,,\n")
    report = archive.add([news])
    assert report.corrected == 2
    (warning,) = report.warnings
    assert warning.path.endswith("corrections.csv#L2")
    (problem,) = archive.check()
    assert "corrections.csv#L2: no country is called “Atlantis”" in problem


def test_a_spoilt_table_changes_nothing(archive: Archive, news: Path, tmp_path: Path) -> None:
    archive.correct(KHATAMI)
    written(tmp_path / "index.rules", "rubbish")
    report = archive.add([news])
    assert (report.corrected, len(report.warnings)) == (0, 1)
    assert ids(archive, person=["Mohammad Khatami"]) == set()


def test_reading_says_what_was_taken_away(archive: Archive) -> None:
    assert archive.read("one.txt").removed == Tags()
    archive.correct(KHATAMI)
    reading = archive.read("one.txt")
    assert [tag.value for tag in reading.removed.person] == ["Mohammad Khatami"]
    assert "Mohammad Khatami" not in [e.tag.value for e in reading.evidence["person"]]


def test_an_article_without_any_correction_costs_nothing(archive: Archive) -> None:
    archive.correct(KHATAMI)
    assert archive.article("three.txt").corrected is None


def test_a_correction_while_another_process_writes_is_kept_and_applied_by_the_next_run(
    archive: Archive, news: Path, tmp_path: Path
) -> None:
    hasty = replace(archive.settings, lock_seconds=0.2)
    other = Archive(open_engine(hasty.index, hasty), hasty)
    with holding(Path(hasty.index)), pytest.raises(IndexLocked):
        other.correct(KHATAMI)
    assert "one.txt" in ids(other, person=["Mohammad Khatami"])
    assert archive.add([news]).corrected == 2
    assert ids(other, person=["Mohammad Khatami"]) == set()


def test_a_correction_made_while_a_run_reads_is_applied_before_it_ends(
    archive: Archive, news: Path
) -> None:
    (news / "four.txt").write_text("Four\n\nMohammad Khatami of Iran spoke.\n")
    (news / "five.txt").write_text("Five\n\nMohammad Khatami of Iran was silent.\n")

    def meanwhile(_: ingest.Progress) -> None:
        table.append(archive.settings.rules_folder, KHATAMI)

    assert archive.add([news], progress=meanwhile).added == 2
    assert ids(archive, person=["Mohammad Khatami"]) == set()
    assert archive.article("four.txt").corrected is not None


def test_two_that_correct_at_the_same_time_both_do(archive: Archive) -> None:
    names = ["Mohammad Khatami", "Sergei Ivanov"]

    def say(name: str) -> None:
        where = archive.settings
        with Archive(open_engine(where.index, where), where) as other:
            other.correct(Correction("person", name, "not"))

    threads = [threading.Thread(target=say, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(archive, person=names) == set()
    assert ingest.settle(archive.engine, archive.settings) == 0


# Whatever the owner says and takes back, in whatever order, every article is what its tags as found
# and the corrections now in force make of it.

PEOPLE = ["Sergei Ivanov", "SERGEI IVANOV", "Ali Amini", "White House"]
COUNTRIES = ["IR", "RU", "BE"]
TOPICS = [WAR, POLITICS, ELECTION]
VALUES = {"person": PEOPLE, "country": COUNTRIES, "topic": TOPICS}
ARTICLES = ["a", "b", "c"]


@st.composite
def corrections(draw: st.DrawFn) -> Correction:
    facet = draw(st.sampled_from(FACETS))
    action = draw(st.sampled_from(["not", "is", "add"] + ["mentioned"] * (facet == "country")))
    value = st.sampled_from(VALUES[facet])
    article = st.sampled_from(ARTICLES if action == "add" else ["", *ARTICLES])
    becomes = draw(value) if action == "is" else ""
    return Correction(facet, draw(value), action, becomes, draw(article))


@st.composite
def tagged(draw: st.DrawFn) -> list[Tagged]:
    def some(facet: str) -> list[str]:
        return draw(st.lists(st.sampled_from(VALUES[facet]), max_size=3, unique=True))

    return [
        item(id_, person=some("person"), country=some("country"), topic=some("topic"))
        for id_ in ARTICLES
    ]


@settings(max_examples=40)
@given(tagged(), st.lists(st.lists(corrections(), max_size=4), min_size=1, max_size=4))
def test_an_index_is_always_what_the_corrections_in_force_make_of_what_was_found(
    found: list[Tagged], tables: list[list[Correction]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        where = Settings(index=f"{folder}/index")
        where.rules_folder.mkdir()
        engines = [
            open_engine(where.index, where, create=True),
            ReferenceEngine(open_engine(where.index, where, create=True).analyser),
        ]
        for engine in engines:
            engine.write(found)
        for given_ in tables:
            rows = [f"{c.facet},{c.value},{c.action},{c.becomes},{c.article}\n" for c in given_]
            written(where.rules_folder, "facet,value,action,becomes,article\n" + "".join(rows))
            expected = [corrected(one, *given_) for one in found]
            for engine in engines:
                ingest.settle(engine, where)
                assert engine.get(ARTICLES) == expected
                assert ingest.settle(engine, where) == 0
        engines[0].close()
