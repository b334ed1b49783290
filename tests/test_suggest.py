"""What is offered to somebody who is typing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import OFFERED, BadQuery, Query, Suggestion, Suggestions
from searchapp.settings import Settings
from tests.conftest import item

TOPIC = "medtop:16000000"
NEWS = [
    item(
        "talks",
        "Iran talks of a pipeline",
        "Pipelines for Iranian gas. Shamkhani was there.",
        "2000-07-03",
        "Reuters",
        country=["IR", "RU"],
        person=["Ali Shamkhani", "Kim Jong Il"],
        topic=[TOPIC],
    ),
    item("iraq", "Iraq pipes oil", "Pipelines again, and the pipe.", country=["IQ", "IR"]),
    item(
        "copy",
        "Iran talks of a pipeline",
        "A pipeline.",
        country=["IR"],
        person=["Sergey Ivanov", "Ali Larijani"],
    ),
    item("schröder", "Schröder in Ankara", "Gerhard Schröder.", person=["Gerhard Schröder"]),
    item("third", "Ivanov", "Sergei Ivanov.", person=["Sergei Ivanov"]),
    item(
        "fourth",
        "Ivanov again",
        "Sergei Ivanov, who whispers of pipelines.",
        person=["Sergei Ivanov"],
    ),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    where = tmp_path_factory.mktemp("suggest") / "index"
    settings = Settings(index=str(where))
    with Archive(open_engine(where, settings, create=True), settings) as archive:
        archive.engine.write(NEWS)
        yield archive


def offered(archive: Archive, q: str, *kinds: str, limit: int = 50) -> list[str]:
    items = archive.suggest(q, limit).items
    return [each.label.text for each in items if not kinds or each.kind in kinds]


def the(archive: Archive, q: str, kind: str) -> Suggestion:
    return next(each for each in archive.suggest(q, 50).items if each.kind == kind)


# --- kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("pip", ["pipelines", "pipe"]),  # of one stem the commonest, ties by the alphabet
        ("PIP", ["pipelines", "pipe"]),
        ("gas pip", ["pipelines", "pipe"]),
        ("ira", ["iran", "iranian", "iraq"]),
        ("iran", ["iranian"]),  # not what is there
        ("p", []),  # one letter begins too many
        ("wh", ["whispers"]),  # who is a stop word
        ("title:pi", ["pipeline", "pipes"]),
        ("source:reu", ["reuters"]),
        ("-gas -pipel", ["pipelines"]),
        ("oil-pipel", ["pipelines"]),
    ],
)
def test_words_of_the_index(archive: Archive, q: str, expected: Sequence[str]) -> None:
    assert offered(archive, q, "word") == expected


@pytest.mark.parametrize(
    ("q", "completed"),
    [
        ("gas pipel", "gas pipelines"),
        ("Pipel", "Pipelines"),
        ('oil "gas pipel', 'oil "gas pipelines"'),
        ("oil OR -pipel", "oil OR -pipelines"),
        ("(oil OR pipel", "(oil OR pipelines"),
        ("title:pipel", "title:pipeline"),
        ("oil-pipel", "oil-pipelines"),
    ],
)
def test_a_word_completes_the_query_and_keeps_the_rest(
    archive: Archive, q: str, completed: str
) -> None:
    search = the(archive, q, "word").search
    assert search
    assert (search.q, search.chosen) == (completed, {})


def test_a_word_has_the_number_of_its_articles(archive: Archive) -> None:
    word = the(archive, "pipel", "word")
    assert (word.value, word.articles, word.label.marks) == ("pipelines", 3, ((0, 5),))


@pytest.mark.parametrize(
    ("q", "kind", "expected"),
    [
        ("ira", "country", ["Iran", "Iraq"]),  # commonest first
        ("per", "country", ["Iran"]),  # Persia
        ("irani", "country", ["Iran"]),
        ("ali", "person", ["Ali Larijani", "Ali Shamkhani"]),
        ("sham", "person", ["Ali Shamkhani"]),  # any word of the label
        ("ali sh", "person", ["Ali Shamkhani"]),
        ("sham al", "person", ["Ali Shamkhani"]),
        ("schro", "person", ["Gerhard Schröder"]),
        ("SCHRÖ", "person", ["Gerhard Schröder"]),
        ("sergey", "person", ["Sergei Ivanov"]),  # another spelling
        ("sergei iv", "person", ["Sergei Ivanov"]),
        ("jong-i", "person", ["Kim Jong Il"]),
        ("war and pe", "topic", ["conflict, war and peace"]),
        ("person:ali", "person", ["Ali Larijani", "Ali Shamkhani"]),
        ('person:"ali sh', "person", ["Ali Shamkhani"]),
        ("country:ira", "country", ["Iran", "Iraq"]),
        ("country:ali", "person", []),
        ("-ira", "country", []),
        ("(ira", "country", []),
        ("gas OR ira", "country", []),  # as a filter it would mean something else
        ("ali ", "person", ["Ali Larijani", "Ali Shamkhani"]),
        ("al ", "person", []),  # a whole word, and no name has it
    ],
)
def test_values_of_facets(archive: Archive, q: str, kind: str, expected: Sequence[str]) -> None:
    assert offered(archive, q, kind) == expected


@pytest.mark.parametrize(
    ("q", "kind", "kept", "value"),
    [
        ("ira", "country", "", "IR"),
        ("gas ira", "country", "gas", "IR"),
        ("gas AND ira", "country", "gas", "IR"),
        ('"gas pipeline" ali sh', "person", '"gas pipeline"', "Ali Shamkhani"),
        ("gas country:ira", "country", "gas", "IR"),
        ('gas person:"ali sh', "person", "gas", "Ali Shamkhani"),
        ("oil conflict war", "topic", "oil", TOPIC),
    ],
)
def test_a_value_becomes_a_filter_and_leaves_the_query(
    archive: Archive, q: str, kind: str, kept: str, value: str
) -> None:
    search = the(archive, q, kind).search
    assert search
    assert (search.q, search.chosen) == (kept, {kind: (value,)})


def test_a_value_has_the_number_of_articles_that_choosing_it_finds(archive: Archive) -> None:
    for q, kind in (("ira", "country"), ("sergey", "person"), ("war", "topic")):
        suggestion = the(archive, q, kind)
        assert suggestion.search
        assert archive.run(suggestion.search).total == suggestion.articles


def test_what_was_typed_is_marked_in_a_label(archive: Archive) -> None:
    assert the(archive, "sham al", "person").label.marks == ((0, 2), (4, 8))
    assert the(archive, "schro", "person").label.marks == ((8, 13),)
    assert the(archive, "persia", "country").label.marks == ()
    assert the(archive, "talks pip", "title").label.marks == ((5, 10), (16, 19))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("talks pip", ["Iran talks of a pipeline"]),  # one of two that have this headline
        ("pipelin talk", ["Iran talks of a pipeline"]),
        ("talk", ["Iran talks of a pipeline"]),
        ("title:ank", ["Schröder in Ankara"]),
        ("oil pip", ["Iraq pipes oil"]),
        ("gas pip", []),  # in the text alone
        ("oil AND pip", []),
        ("pipe ", ["Iraq pipes oil"]),
    ],
)
def test_headlines_with_all_the_words(archive: Archive, q: str, expected: Sequence[str]) -> None:
    found = offered(archive, q, "title")
    assert found == expected


def test_a_headline_leads_to_its_article(archive: Archive) -> None:
    title = the(archive, "ank", "title")
    assert (title.value, title.search, title.articles) == ("schröder", None, None)


def test_two_words_with_a_hyphen_are_not_offered_as_one(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        archive.engine.write(
            [
                item("a", body="The Iran-Iraq war. Iranian pipelines."),
                item("b", body="Iran, Iraq. A pipe line."),
                item("c", body="A pipeline."),
                item("d", body="A pipeline."),
            ]
        )
        assert offered(archive, "iran", "word") == ["iranian"]
        assert offered(archive, "pip", "word") == ["pipeline", "pipe"]


# --- together -----------------------------------------------------------------------------------


def test_kinds_share_the_room_and_stand_together(archive: Archive) -> None:
    whole = archive.suggest("i", 50)
    assert archive.suggest("ira", 3).items == (
        the(archive, "ira", "word"),
        the(archive, "ira", "country"),
        the(archive, "ira", "title"),
    )
    kinds = [each.kind for each in archive.suggest("ira", 4).items]
    assert kinds == ["word", "word", "country", "title"]
    order = [OFFERED.index(each.kind) for each in whole.items]
    assert order == sorted(order)


def test_a_slip_is_mended_where_nothing_goes_on(archive: Archive) -> None:
    found = archive.suggest("pipilin")
    assert found.mended
    assert [each.value for each in found.items if each.kind == "word"] == ["pipelines"]
    assert [each.value for each in found.items if each.kind == "title"] in (["talks"], ["copy"])
    people = archive.suggest("ali shamkahn")
    assert [(e.kind, e.value) for e in people.items if e.kind == "person"] == [
        ("person", "Ali Shamkhani")
    ]
    assert not archive.suggest("pipelin").mended
    assert archive.suggest("whispers") == Suggestions("whispers")  # it is a word, and whole
    assert archive.suggest("xip").items == ()  # too short
    assert archive.suggest("zipelin").items == ()  # another first letter


@pytest.mark.parametrize(
    "q", ["", " ", "?", '"', "gas AND ", "ira*", "ira~", "date:20", "(ira)", "-"]
)
def test_nothing_is_offered_where_no_word_is_being_typed(archive: Archive, q: str) -> None:
    assert archive.suggest(q).items == ()


def test_what_is_over_a_limit_is_refused(archive: Archive) -> None:
    with pytest.raises(BadQuery, match="max_query_chars"):
        archive.suggest("x" * 3000)


def test_a_commit_is_seen_at_once(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        assert archive.suggest("ira").items == ()
        archive.engine.write(NEWS)
        assert the(archive, "ira", "country").articles == 3
        archive.engine.write([], gone=["talks"])
        assert the(archive, "ira", "country").articles == 2
        assert offered(archive, "sham") == []


def test_values_are_gathered_once_for_a_commit(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.suggest("ira")
    asked: list[Query] = []
    rank = archive.engine.rank

    def counting(query: Query, *rest: object, **more: object) -> object:
        asked.append(query)
        return rank(query, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.engine, "rank", counting)
    archive.suggest("country:ira")
    assert asked == []


def test_hostile_values_are_offered_as_text(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path))
    evil = "<script>alert(1)</script> \u202eEvil"
    with Archive(open_engine(tmp_path, settings, create=True), settings) as archive:
        archive.engine.write([item("a", evil, evil, person=[evil, "{x} %s"], topic=["evil own"])])
        assert evil in offered(archive, "evi", "person")
        assert offered(archive, "evi", "topic") == ["evil own"]
        assert evil in offered(archive, "evi", "title")


@given(st.text(alphabet='gas iraplnO RTN":()-~*?1éßİ', max_size=30), st.integers(0, 12))
def test_whatever_is_typed_is_answered_within_the_limit(
    archive: Archive, q: str, limit: int
) -> None:
    found = archive.suggest(q, limit)
    assert len(found.items) <= limit
    assert len({(each.kind, each.value) for each in found.items}) == len(found.items)
    for each in found.items:
        at = 0
        for start, end in each.label.marks:
            assert at <= start < end <= len(each.label.text)
            at = end
        assert archive.suggest(q, limit) == found
