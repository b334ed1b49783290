"""Marks and passages: what is marked, what is shown, and that nothing renders as markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import Analyser
from searchapp.highlight import fold_spaces, mark, passages, to_html
from searchapp.locate import Marker, terms
from searchapp.model import Passage
from searchapp.query import analyse, parse

NEWS = (
    "Moscow hosted talks on Friday. The Iranian minister spoke of missiles and of a missile "
    "shield.\n\nA gas pipeline under the Caspian Sea was not discussed. Oil prices rose. "
    "Experts say the pipeline is years away."
)


def wanted(analyser: Analyser, q: str) -> Marker:
    root, _ = analyse(parse(q).root, analyser, lambda facet, name: frozenset({name}))
    return Marker(terms(root), analyser)


def marked(analyser: Analyser, q: str, text: str = NEWS) -> list[str]:
    return [text[start:end] for start, end in mark(text, wanted(analyser, q))]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("missile", ["missiles", "missile"]),
        ("MISSILES", ["missiles", "missile"]),
        ('"gas pipeline"', ["gas pipeline"]),
        ("pipelin*", ["pipeline", "pipeline"]),
        ("p?pel*ne", ["pipeline", "pipeline"]),
        ("*sts", []),
        ("pipline~", ["pipeline", "pipeline"]),
        ("moskow~1", ["Moscow"]),
        ('"pipeline gas"~0', ["gas", "pipeline"]),
        ('"gas caspian"~2', []),
        ('"gas caspian"~3', ["gas", "Caspian"]),
        ('"missile minister"~5', ["minister", "missiles"]),
        ('"missile minister"~6', ["minister", "missiles", "missile"]),
        ('-"gas caspian"~3 oil', ["Oil"]),
        ("person:min?ster", ["minister"]),
        ("person:minist*", ["minister"]),
        ("person:ministre~1", ["minister"]),
        ('person:"minister iranian"~3', ["Iranian", "minister"]),
        ("title:o?l", []),
        ("oil -gas", ["Oil"]),
        ("oil OR gas", ["gas", "Oil"]),
        ("person:minister", ["minister"]),
        ("title:oil", []),
        ("country:Iran", []),
        ("date:2000", []),
        ("", []),
    ],
)
def test_marks(analyser: Analyser, q: str, expected: list[str]) -> None:
    assert marked(analyser, q) == expected


def test_all_the_words_near_each_other_are_in_the_passage(analyser: Analyser) -> None:
    (passage,) = passages(NEWS, wanted(analyser, '"years experts"~5'), chars=80)
    assert to_html(passage).count("<mark>") == 2


def test_part_of_a_designation_is_marked(analyser: Analyser) -> None:
    text = "the S-300PMU-1 system"
    assert marked(analyser, "S-300PMU-1", text) == ["S-300PMU-1"]
    assert marked(analyser, "S-300", text) == ["S-300"]


def test_passage_is_the_sentence_that_matches(analyser: Analyser) -> None:
    (passage,) = passages(NEWS, wanted(analyser, "caspian"), chars=60)
    assert to_html(passage) == (
        "A gas pipeline under the <mark>Caspian</mark> Sea was not discussed."
    )


def test_passage_with_all_the_words_wins(analyser: Analyser) -> None:
    (passage,) = passages(NEWS, wanted(analyser, "gas pipeline"), chars=80)
    assert "gas" in passage.text


def test_second_passage_only_for_words_the_first_lacks(analyser: Analyser) -> None:
    shown = passages(NEWS, wanted(analyser, "Moscow Caspian"), chars=60)
    assert [p.text.split()[0] for p in shown] == ["Moscow", "A"]
    assert len(passages(NEWS, wanted(analyser, "pipeline"), chars=60)) == 1


def test_without_a_match_the_beginning_is_shown(analyser: Analyser) -> None:
    (passage,) = passages(NEWS, wanted(analyser, "unicorn"), chars=40)
    assert passage == Passage("Moscow hosted talks on Friday.")
    assert passages("  \n ", wanted(analyser, "unicorn")) == ()


def test_markup_of_a_document_is_shown_as_text() -> None:
    hostile = Passage('<i>"oil" & gas</i>', ((4, 7),))
    assert to_html(hostile) == "&lt;i&gt;&quot;<mark>oil</mark>&quot; &amp; gas&lt;/i&gt;"


def test_white_space_folds_and_marks_move_with_it() -> None:
    assert fold_spaces("gas\n   pipeline", [(7, 15)]) == Passage("gas pipeline", ((4, 12),))


texts = st.text(alphabet="oil gas.\n<>&\"é-'A", max_size=400)


@given(texts, st.integers(10, 100), st.sampled_from(["oil gas", "o?l ga*", "oul~1 gaz~1"]))
def test_passages_are_whole_and_marked_where_the_word_is(
    analyser: Analyser, text: str, chars: int, q: str
) -> None:
    found = wanted(analyser, q)
    for passage in passages(text, found, chars=chars):
        last = 0
        for start, end in passage.marks:
            assert last <= start < end <= len(passage.text)
            last = end
        words = [passage.text[start:end] for start, end in passage.marks]
        assert all(mark(word, found) for word in words)


@given(texts)
def test_only_marks_are_markup(analyser: Analyser, text: str) -> None:
    for passage in passages(text, wanted(analyser, "oil")):
        html = to_html(passage)
        assert html.count("<") == html.count("<mark>") + html.count("</mark>")
        assert html.count("<mark>") == len(passage.marks)
