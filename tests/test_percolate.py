"""One article asked what an engine is asked: the same answer, and the words that show it."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from searchapp import query, tag
from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine import open_engine
from searchapp.model import Article, Dated, Near, Node, Query, Span, Tag, Tagged, Tags, Word
from searchapp.settings import Settings
from searchapp.tag.percolate import Words, marks
from tests.conftest import item
from tests.reference import ReferenceEngine
from tests.test_execute import ANALYSER, articles, dates, last_of_each, ours, trees

NODES = trees(st.one_of(ours, st.builds(Dated, dates, dates)))


def holds(tagged: Tagged, node: Node) -> bool:
    words = Words(tagged.article, tagged.tags.person, ANALYSER)
    return marks(node, words, tagged.tags) is not None


@given(articles(), NODES)
def test_same_answer_as_brute_force(news: list[Tagged], node: Node) -> None:
    reference = ReferenceEngine(ANALYSER)
    for tagged in news:
        assert holds(tagged, node) == reference.matches(tagged, node)


OIL, NUMBER = Word("oil", "oil", ("text",)), Word("300", "300", ("text",))


@settings(max_examples=25)
@example([item("a0", body="oil S-300")], Near((OIL, OIL, NUMBER), 0, ("text",)))
@given(articles(), NODES)
def test_same_articles_as_the_engine(news: list[Tagged], node: Node) -> None:
    news = last_of_each(news)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(folder, Settings(), create=True)
        engine.write(news)
        found = {id_ for id_, _ in engine.rank(Query(node), stop=100).hits}
        engine.close()
    assert found == {tagged.article.id for tagged in news if holds(tagged, node)}


@given(articles(), NODES)
def test_evidence_lies_in_the_text(news: list[Tagged], node: Node) -> None:
    for tagged in news:
        words = Words(tagged.article, tagged.tags.person, ANALYSER)
        for _, (start, end) in marks(node, words, tagged.tags) or ():
            assert 0 <= start < end <= len(tagged.article.text)
            assert tagged.article.text[start:end].strip()


def shown(text: str, headline: str, asked: str, tags: Tags = Tags()) -> set[str] | None:  # noqa: B008 (frozen)
    """The words that show that an article matches `asked`."""
    article = Article("a", headline, text, source="Northern Star")
    node, _ = query.analyse(query.parse(asked).root, ANALYSER, tag.resolve)
    found = marks(node, Words(article, tags.person, ANALYSER), tags)
    return None if found is None else {article.text[a:b] for _, (a, b) in found}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("pipeline", {"pipelines", "Pipeline"}),
        ('"gas pipelines"', {"Gas pipelines"}),
        ('"talks gas"', None),  # the headline's last word and the body's first
        ("title:talks", {"talks"}),
        ("title:gas", None),
        ("pipel*", {"pipelines", "Pipeline"}),
        ("pip*ne", {"Pipeline"}),
        ("piplines~", {"pipelines", "Pipeline"}),
        ('"pmu gas"~4', {"Gas", "PMU"}),
        ('"pmu gas"~3', None),
        ('"talks gas"~50', None),
        ("(iran russia) OR gas", {"Gas"}),
        ("gas -oil", {"Gas"}),
        ("gas -pipelines", None),
        ("source:northern", set()),
        ("date:2000", None),
        ("S-300PMU-1", {"S-300 PMU1"}),
    ],
)
def test_what_shows_a_match(asked: str, expected: set[str] | None) -> None:
    assert shown("Gas pipelines and S-300 PMU1.", "Pipeline talks", asked) == expected


def test_a_tag_is_shown_by_its_mentions() -> None:
    text = "Ali Amini spoke. Amini left for Iran."
    spans: tuple[Span, ...] = ((0, 9), (17, 22))
    tags = Tags(
        (Tag("IR", "Iran", ((32, 36),)),),
        (Tag("Leonid X", "Leonid X"), Tag("Ali Amini", "Ali Amini", spans)),
    )
    assert shown(text, "", "person:amini", tags) == {"Ali Amini", "Amini"}
    assert shown(text, "", "country:iran", tags) == {"Iran"}
    assert shown(text, "", "person:leonid", tags) == set()
    assert shown(text, "", "country:russia", tags) is None


def test_offsets_are_those_of_the_article_behind_a_headline() -> None:
    assert shown(f"Oil{PARAGRAPH}rose. Oil fell", "Oil", "oil") == {"Oil"}


def test_words_are_compared_in_the_language_of_the_index() -> None:
    german = Analyser("german")
    article = Article("a", "", "Die Häuser brennen.")
    node, _ = query.analyse(query.parse("Haus").root, german, tag.resolve)
    assert marks(node, Words(article, (), german), Tags()) is not None


def test_an_article_is_analysed_once() -> None:
    words = Words(item("a", "Oil", "Oil rose.").article, (), ANALYSER)
    assert words.text is words.text
    assert words.field("text") is words.field("text")
