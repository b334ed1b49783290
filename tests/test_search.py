"""From a search to a page: relaxing, filters, what emptied a list, and reading an article."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchapp import tag
from searchapp.analyse import Analyser
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.engine import open_engine
from searchapp.model import (
    BEGINNING,
    BadParameter,
    BadQuery,
    NoSuchArticle,
    Search,
    SearchTimeout,
    Tagged,
)
from searchapp.search import tree
from searchapp.settings import Settings
from searchapp.web import create_app
from tests.conftest import item
from tests.reference import ReferenceEngine


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"), max_depth=50)
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    archive.engine.write(
        [
            item("a", "Gas", "Gas for Iran.", "2000-01-01", country=["IR"], person=["Ali Amini"]),
            item("b", "Oil", "Oil for Russia & <b>Iran</b>.", "2001-01-01", country=["IR", "RU"]),
            item("c", "Talks", "Talks in Moscow.", None, country=["RU"], mentioned=["TR"]),
        ]
    )
    return archive


def ids(archive: Archive, q: str = "", **given: object) -> list[str]:
    return [hit.id for hit in archive.search(q, **given).hits]  # type: ignore[arg-type]


def test_all_words_are_wanted(archive: Archive) -> None:
    assert ids(archive, "oil iran") == ["b"]
    assert archive.search("oil iran").warnings == ()


def test_some_of_the_words_where_none_has_all_and_it_is_said(archive: Archive) -> None:
    page = archive.search("gas oil moscow")
    assert {hit.id for hit in page.hits} == {"a", "b", "c"}
    assert page.parsed == "gas OR oil OR moscow"
    assert page.warnings == ("No article has all of these words; these have some of them.",)


@pytest.mark.parametrize(
    ("q", "marked"),
    [
        ("g?s", ["Gas", "Gas"]),
        ("*ran", ["Iran"]),
        ("iraan~", ["Iran"]),
        ('"iran gas"~1', ["Gas", "Iran"]),
        ("title:gass~1", ["Gas"]),
    ],
)
def test_what_patterns_slips_and_near_words_found_is_marked(
    archive: Archive, q: str, marked: list[str]
) -> None:
    (hit,) = [hit for hit in archive.search(q).hits if hit.id == "a"]
    shown = [passage.text[start:end] for passage in hit.passages for start, end in passage.marks]
    title = [hit.title.text[start:end] for start, end in hit.title.marks]
    assert title + shown == marked


def test_all_chosen_values_are_wanted_where_that_is_said(archive: Archive) -> None:
    both = ["IR", "RU"]
    assert set(ids(archive, country=both)) == {"a", "b", "c"}
    page = archive.search(country=both, all_of=["country"])
    assert [hit.id for hit in page.hits] == ["b"]
    country, person, _ = page.facets
    assert [(b.value, b.count, b.selected) for b in country.buckets] == [
        ("IR", 1, True),
        ("RU", 1, True),
    ]
    assert (country.mode, person.mode) == ("all", "any")
    assert archive.facet(page.search, "country").mode == "all"


def test_a_count_says_what_adding_the_value_would_give(archive: Archive) -> None:
    page = archive.search(country=["RU"], all_of=["country"])
    assert [(b.value, b.count) for b in page.facets[0].buckets] == [("RU", 2), ("IR", 1)]


def test_what_emptied_a_list_of_all_values_is_named(archive: Archive) -> None:
    page = archive.search(country=["IR", "RU", "TR"], all_of=["country"], countries="mentioned")
    assert page.total == 0
    assert [(c.value, c.total_without) for c in page.emptied_by] == [("IR", 1), ("TR", 1)]


def test_spellings_of_one_person_are_one_value_of_all(tmp_path: Path) -> None:
    settings = Settings(index=str(tmp_path / "index"))
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.engine.write(
            [
                item("a", person=["Sergei Ivanov", "Ali Amini"]),
                item("b", person=["Sergey Ivanov"]),
            ]
        )
        found = ids(archive, person=["Sergei Ivanov", "Sergey Ivanov"], all_of=["person"])
        assert set(found) == {"a", "b"}
        both = archive.search(person=["Sergey Ivanov", "Ali Amini"], all_of=["person"])
        assert [hit.id for hit in both.hits] == ["a"]


def test_a_list_of_all_values_goes_on_by_cursor(archive: Archive) -> None:
    first = archive.search(country=["RU"], all_of=["country"], sort="newest", per_page=1)
    rest = archive.run(replace(first.search, cursor=first.next))
    assert [[hit.id for hit in page.hits] for page in (first, rest)] == [["b"], ["c"]]


HOSTILE = pytest.mark.parametrize(
    ("q", "said"),
    [
        ("(" * 1000 + "oil" + ")" * 1000, "max_query_depth"),
        ("*", "without letters"),
        ("?*", "without letters"),
        ("**", "without letters"),
        ("*" * 1000, "without letters"),
        ("abcdefg~9", "max_fuzziness"),
        ('"oil gas"~99', "max_distance"),
        (" OR ".join(["oil"] * 1000), "max_query_chars"),
        (" OR ".join(["oil"] * 65), "max_query_clauses"),
        ("oil " * 25_000, "max_query_chars"),
        ("x" * 100_000, "max_query_chars"),
        ("(" * 100_000, "max_query_chars"),
        ('"' * 100_000, "max_query_chars"),
        ("-" * 2000, ""),
        ("NOT " * 500, ""),
        ("(" * 20 + "oil" + ")" * 20, ""),
        ("title:(" * 200 + "oil", "max_query_depth"),
        (" OR ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"), ""),
        (" OR ".join(f"*{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"), ""),
        (" OR ".join(f"pipelin{letter}~2" for letter in "abcdefghijklmnopqrstuvwxyz"), ""),
        ("mentions:Iran " * 64, ""),
        ("a" + "*" * 1000 + "b", ""),
        ("a*" * 1000, ""),
        ("?" * 1000 + "a", ""),
        ("a" * 2000 + "~2", ""),
        ('"' + "a b " * 500 + '"~50', ""),
        ('"' + " ".join(f"w{n}" for n in range(400)) + '"~50', ""),
    ],
    ids=lambda text: text[:12],
)
"""Queries that would hang a search without limits, and what is said of each. How long they take is
measured by `benchmarks/hostile.py`."""


@HOSTILE
def test_no_query_hangs_the_search(archive: Archive, q: str, said: str) -> None:
    try:
        answer = " ".join(archive.search(q).warnings)
    except BadQuery as problem:
        answer = str(problem)
    assert said in answer


@HOSTILE
def test_no_query_hangs_its_explanation(archive: Archive, q: str, said: str) -> None:
    with suppress(BadQuery):
        assert all(hit.explanation for hit in archive.search(q, explain=True, match="any").hits)


@HOSTILE
def test_no_query_hangs_the_api(archive: Archive, q: str, said: str) -> None:
    app = create_app(archive, archive.settings)
    answer = app.test_client().get("/api/v1/search", query_string={"q": q, "explain": "true"})
    if answer.status_code == 400:
        assert answer.json
        assert answer.json["parameter"] == "q"
        assert said in answer.json["detail"]
    else:
        assert answer.status_code == 200
        assert said in " ".join(answer.json["query"]["warnings"])


@HOSTILE
def test_no_query_hangs_the_command(archive: Archive, q: str, said: str) -> None:
    command = ["search", "--index", archive.settings.index, "--explain", "--", q]
    result = CliRunner().invoke(main, command)
    assert result.exit_code in (0, 1)
    assert not result.exception or isinstance(result.exception, SystemExit)
    assert said in (result.stderr if result.exit_code else result.stdout)


def test_more_filters_than_the_limit_are_refused(archive: Archive) -> None:
    many = [f"nobody {number}" for number in range(101)]
    assert archive.search(person=many[:100]).total == 0
    with pytest.raises(BadParameter, match=r"person: 101 values .* 100 \(max_filters\)"):
        archive.search(person=many[:99], not_country=["IR", "RU"])
    with pytest.raises(BadParameter, match="max_filters"):
        archive.facet(Search(excluded={"topic": tuple(many)}), "person")


class Clock:
    """Stands still until it was asked some times, and then is far past every deadline."""

    def __init__(self, checks: int) -> None:
        self.checks = checks

    def __call__(self) -> float:
        self.checks -= 1
        return 0.0 if self.checks > 0 else 1e9


@pytest.mark.parametrize(
    "q",
    [
        "oil",
        "oil iran",
        '"oil for"',
        '"oil iran russia"~9',
        "o*",
        "*l",
        "oik~",
        "-oil",
        "(oil OR gas) iran",
        "country:Iran",
        "date:2000 oil",
        "oil for russia and iran gas talks in moscow",
    ],
)
def test_a_search_past_its_time_is_an_error_wherever_it_is(archive: Archive, q: str) -> None:
    """Never a part of an answer, never another error."""
    whole = archive.search(q, match="any", explain=True)
    refused = 0
    for checks in itertools.count(2):  # the first look is at when it starts
        archive.engine.clock = Clock(checks)  # type: ignore[attr-defined]
        try:
            page = archive.search(q, match="any", explain=True)
        except SearchTimeout:
            refused += 1
        else:
            break
    assert page.hits == whole.hits
    assert refused >= 4


def test_operators_are_taken_at_their_word(archive: Archive) -> None:
    page = archive.search("gas AND oil")
    assert (page.total, page.warnings) == (0, ())


def test_filters_never_relax_the_words(archive: Archive) -> None:
    page = archive.search("gas iran", country=["RU"])
    assert page.total == 0
    assert page.parsed == "gas AND iran"


def test_relaxed_search_keeps_its_filters(archive: Archive) -> None:
    assert set(ids(archive, "gas oil moscow", country=["IR"])) == {"a", "b"}
    assert ids(archive, "gas oil moscow country:Russia date:2001") == ["b"]


def test_match_any(archive: Archive) -> None:
    assert set(ids(archive, "gas moscow", match="any")) == {"a", "c"}


def test_the_filter_that_emptied_the_list_is_named(archive: Archive) -> None:
    page = archive.search("gas", country=["RU"], date_from="1999-01-01")
    assert page.total == 0
    (emptied,) = page.emptied_by
    assert (emptied.facet, emptied.label, emptied.total_without) == ("country", "Russia", 1)
    assert emptied.without.chosen == {}
    assert emptied.without.date_from == datetime.date(1999, 1, 1)


def test_filters_that_only_together_empty_the_list(archive: Archive) -> None:
    page = archive.search("talks", country=["IR"], person=["Ali Amini"])
    assert (page.total, page.emptied_by, page.total_unfiltered) == (0, (), 1)


def test_chosen_filters_are_listed_with_the_search_without_each(archive: Archive) -> None:
    page = archive.search(country=["IR", "RU"], not_person=["Ali Amini"], date_to="2001-12-31")
    assert [(c.facet, c.label, c.excluded) for c in page.chosen] == [
        ("country", "Iran", False),
        ("country", "Russia", False),
        ("person", "Ali Amini", True),
        ("date", "until 2001-12-31", False),
    ]
    assert page.chosen[0].without.chosen == {"country": ("RU",)}
    assert page.chosen[2].without.excluded == {}
    assert page.chosen[3].without.date_to is None


def test_facets_say_what_is_chosen_and_excluded(archive: Archive) -> None:
    country = archive.search(country=["IR"], not_country=["RU"]).facets[0]
    assert [(b.label, b.count, b.selected, b.excluded) for b in country.buckets] == [
        ("Iran", 1, True, False),
        ("Russia", 0, False, True),
    ]


def test_countries_are_those_articles_are_about_unless_mentions_are_asked_for(
    archive: Archive,
) -> None:
    assert ids(archive, country=["TR"]) == []
    assert ids(archive, country=["TR"], countries="mentioned") == ["c"]
    assert set(ids(archive, not_country=["TR"], countries="mentioned")) == {"a", "b"}
    assert [b.value for b in archive.search().facets[0].buckets] == ["IR", "RU"]
    mentioned = archive.search(countries="mentioned").facets[0]
    assert [b.value for b in mentioned.buckets] == ["IR", "RU", "TR"]
    assert mentioned == archive.facet(Search(countries="mentioned"), "country")


def test_fields_mean_the_same_whatever_the_facet_counts(archive: Archive) -> None:
    for countries in ("about", "mentioned"):
        assert ids(archive, "country:Turkey", countries=countries) == []
        assert ids(archive, "mentions:Turkey", countries=countries) == ["c"]


def test_unknown_facet_value_is_an_ordinary_answer(archive: Archive) -> None:
    page = archive.search(country=["Atlantis"])
    assert page.total == 0
    assert page.emptied_by[0].total_without == 3


def test_unknown_country_in_the_query_is_said(archive: Archive) -> None:
    assert archive.search("country:Atlantis").warnings == ("no country is called “Atlantis”",)


@pytest.mark.parametrize(("sort", "expected"), [("newest", "bac"), ("oldest", "abc")])
def test_sorts(archive: Archive, sort: str, expected: str) -> None:
    assert "".join(ids(archive, sort=sort)) == expected


def test_pages_reach_the_limit_and_say_so_beyond(archive: Archive) -> None:
    assert archive.search(page=25, per_page=2).hits == ()
    with pytest.raises(BadParameter, match="max_depth"):
        archive.search(page=26, per_page=2)


def test_a_cursor_goes_on_beyond_the_limit(archive: Archive) -> None:
    first = archive.search(per_page=2, sort="oldest")
    assert first.next
    rest = archive.search(per_page=2, sort="oldest", cursor=first.next)
    assert [hit.id for hit in first.hits + rest.hits] == ["a", "b", "c"]
    assert (rest.start, rest.next, rest.total) == (2, None, 3)
    (chosen,) = archive.search(country=["RU"], cursor=first.next).chosen
    assert chosen.without.cursor is None


def test_query_over_a_limit_is_refused(archive: Archive) -> None:
    with pytest.raises(BadQuery, match="max_query_clauses"):
        archive.search("a " * 100)


class Watched(ReferenceEngine):
    """Remembers whether whole articles were asked for."""

    def __init__(self, analyser: Analyser) -> None:
        super().__init__(analyser)
        self.whole: list[bool] = []

    def get(self, ids: Sequence[str], whole: bool = True) -> list[Tagged | None]:
        self.whole.append(whole)
        return super().get(ids, whole)


def test_only_who_reads_an_article_asks_for_all_of_it(analyser: Analyser) -> None:
    engine = Watched(analyser)
    engine.write([item("a", "Gas", "Gas for Iran.")])
    archive = Archive(engine, Settings())
    assert ids(archive, "gas") == ["a"]
    assert engine.whole == [False]
    assert archive.read("a").article.original == "Gas for Iran."
    assert engine.whole == [False, True]


def test_reading_marks_the_words(archive: Archive) -> None:
    reading = archive.read("b", "iran")
    assert [reading.body.text[a:b] for a, b in reading.body.marks] == ["Iran"]
    assert archive.read("b").body.marks == ()


def test_of_a_very_long_article_the_beginning_is_read(archive: Archive) -> None:
    archive.engine.write([item("long", "Long", "oil " * 100_000)])
    reading = archive.read("long", "oil")
    assert len(reading.body.text) == BEGINNING
    assert len(reading.body.marks) == BEGINNING // 4
    assert len(reading.article.body) == 400_000


def test_reading_what_is_not_there(archive: Archive) -> None:
    with pytest.raises(NoSuchArticle, match="nobody"):
        archive.read("nobody")


def test_facet_values_pass_a_filter_whatever_accents_and_case(archive: Archive) -> None:
    facet = archive.facet(Search(), "country", contains="IRÁ")
    assert [b.label for b in facet.buckets] == ["Iran"]
    assert (facet.value_count, facet.other_count) == (1, 0)


def test_facet_values_come_in_slices(archive: Archive) -> None:
    first = archive.facet(Search(), "country", limit=1)
    second = archive.facet(Search(), "country", offset=1, limit=1)
    assert [b.value for b in first.buckets + second.buckets] == ["IR", "RU"]
    assert (first.value_count, first.other_count) == (2, 2)


def test_unknown_facet_is_named(archive: Archive) -> None:
    with pytest.raises(BadParameter, match="colour"):
        archive.facet(Search(), "colour")


def test_rank_takes_any_text_as_words(archive: Archive) -> None:
    assert [id_ for id_, _ in archive.rank('What (about) "gas?', "any")] == ["a"]
    assert archive.rank("???", "any") == ()


# --- values of a facet --------------------------------------------------------------------------


@pytest.fixture
def people(tmp_path: Path) -> Archive:
    settings = Settings(index=str(tmp_path / "index"))
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    names = ["Zoë Ali", "alice Öz", "Ötzi 10", "Ötzi 9", "John Smith-Jones"]
    archive.engine.write(
        [
            *(item(f"p{n}", person=[name]) for n, name in enumerate(names)),
            item("i1", person=["Sergei Ivanov"], country=["NL"]),
            item("i2", person=["Sergey Ivanov", "Zoë Ali"], topic=["medtop:16000000"]),
        ]
    )
    return archive


def labels(archive: Archive, name: str = "person", **given: object) -> list[str]:
    found = archive.facet(Search(), name, **given)  # type: ignore[arg-type]
    return [bucket.label for bucket in found.buckets]


def test_values_are_sorted_by_label_as_people_sort(people: Archive) -> None:
    assert labels(people, order="label") == [
        "alice Öz",
        "John Smith-Jones",
        "Ötzi 9",
        "Ötzi 10",
        "Sergei Ivanov",
        "Zoë Ali",
    ]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("ali", ["alice Öz", "Zoë Ali"]),
        ("OTZ", ["Ötzi 9", "Ötzi 10"]),
        ("ones", []),
        ("jones", ["John Smith-Jones"]),
        ("smith jo", ["John Smith-Jones"]),
        ("sergey", ["Sergei Ivanov"]),
        ("  ", ["alice Öz", "John Smith-Jones", "Ötzi 9", "Ötzi 10", "Sergei Ivanov", "Zoë Ali"]),
    ],
)
def test_values_whose_words_begin_with_it(people: Archive, prefix: str, found: list[str]) -> None:
    assert labels(people, prefix=prefix, order="label") == found


def test_a_country_is_found_by_what_else_it_is_called(people: Archive) -> None:
    assert labels(people, "country", prefix="holl") == ["Netherlands"]
    assert labels(people, "country", prefix="oll") == []


def test_values_of_a_search_that_was_relaxed_are_those_of_its_page(people: Archive) -> None:
    people.engine.write([item("gas", "Gas", person=["Ali Amini"]), item("oil", "Oil")])
    page = people.search("gas oil")
    assert page.warnings
    assert people.facet(page.search, "person").buckets == page.facets[1].buckets


def test_topics_stand_below_their_parents(people: Archive, tmp_path: Path) -> None:
    war, conflict = "medtop:16000000", "medtop:20000056"
    assert tag.parents("topic", conflict) == (war,)
    rules = tmp_path / "index.rules"
    rules.mkdir()
    (rules / "topics.tsv").write_text("Drones\tdrone\tmedtop:20000056\n", encoding="utf-8")
    people.engine.write([item("t", topic=[war, conflict, "Drones"]), item("u", topic=["Local"])])
    found = people.tree(Search())
    assert [(one.bucket.value, one.bucket.count) for one in found] == [(war, 2), ("Local", 1)]
    (below,) = found[0].below
    assert (below.bucket.value, [b.bucket.value for b in below.below]) == (conflict, ["Drones"])


def test_a_value_whose_parent_is_not_listed_is_at_the_top(people: Archive) -> None:
    people.engine.write([item("t", topic=["medtop:16000000", "medtop:20000056"])])
    facet = people.facet(Search(), "topic")
    child = replace(facet, buckets=facet.buckets[1:])
    assert [(one.bucket.value, one.below) for one in tree(child)] == [("medtop:20000056", ())]
