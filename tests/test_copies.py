"""Which texts are copies of one story, and which only look like it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.copies import LONGER, SHORT, VALUES, Sketches, alike, groups, sketch, word_hashes

PIPELINE = (
    "Iran and Turkey signed an agreement on Monday to build a gas pipeline from the fields at "
    "Tabriz to the border town of Dogubayazit, officials of both ministries said.",
    "The line will carry three billion cubic metres of gas in its first year and ten billion "
    "from 2002 on, the Turkish energy minister told reporters after the ceremony in Ankara.",
    "Washington has criticised the plan because it wants the gas of the Caspian Sea to reach "
    "Europe without crossing Iranian soil, and has threatened firms that take part with sanctions.",
    "Diplomats said the project was likely to be late, as no bank has yet promised the money and "
    "the mountains on the Turkish side are closed by snow for five months of the year.",
    "The ministers will meet again in Tehran in March, when the tenders for pumps and compressors "
    "are to be opened and the price of the gas, so far secret, is to be fixed.",
)
ALLIANCE = (
    "Fighters of the Northern Alliance took the airfield at Bagram on Tuesday after two days of "
    "shelling, and moved heavy guns onto the hills above the road to the capital.",
    "The Taliban denied the loss and said that their men had pulled back to shorten the front "
    "before winter; travellers on the road saw lorries with wounded heading for Kabul.",
    "Relief workers said that some four thousand people had left their villages in the plain and "
    "were on their way to the Panjshir valley, where tents and flour are short.",
    "A spokesman for the alliance said in Dushanbe that it had no wish to enter the city before "
    "there was an agreement of all parties on who would govern it afterwards.",
)
FOLLOW_UP = (
    "Turkish lorry drivers blocked the border crossing at Dogubayazit on Friday in protest at the "
    "price of diesel, and police broke up the queue with water cannon, witnesses said.",
    "The drivers complain that they pay twice what their Iranian colleagues do and that the new "
    "customs post has one officer where there used to be six of them on every shift.",
    "The governor of the province promised to raise their case in Ankara but said that nobody "
    "could expect the state to sell fuel below what it costs at the refinery in Batman.",
)
MARCH = "March 31|12|45|11|41|310|290|27|26|nine|33|905|120|18"
JUNE = "June 30|17|62|12|45|350|310|27|27|twelve|50|1255|131|21"
EARNINGS = (
    "Acme Steel Corp said its net income for the quarter ended {0} was {1} mln dlrs, or {2} cts a "
    "share, compared with {3} mln dlrs, or {4} cts a share, in the same period of last year. Sales "
    "were {5} mln dlrs against {6} mln, and the average number of shares was {7} mln against {8} "
    "mln. For the {9} months the company had a net income of {10} mln dlrs on sales of {11} mln. "
    "Backlog at the end of the period stood at {12} mln dlrs, it said, and cash at {13} mln."
)
BOILERPLATE = (
    "Reuters is the news and media division of the group. All rights reserved. Click here to "
    "subscribe to our daily newsletter."
)


def story(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def sketched(*texts: str | tuple[str, str]) -> Sketches:
    """Of bodies, or of pairs of a headline and a body."""
    pairs = [("", text) if isinstance(text, str) else text for text in texts]
    heads = [len(words(title)) for title, _ in pairs]
    every = [words(f"{title} {body}") for title, body in pairs]
    return sketch(
        word_hashes(word for row in every for word in row),
        np.array([len(row) for row in every], np.int64),
        np.array(heads, np.int64),
    )


def together(*texts: str | tuple[str, str]) -> bool:
    """Whether all of them are in one group."""
    return len(set(groups(sketched(*texts)).tolist())) == 1


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(
            ("Neighbours agree on gas", "ANKARA, Feb 26 (Reuters) - " + story(*PIPELINE)),
            id="another headline and dateline",
        ),
        pytest.param(("", story(*PIPELINE[:4])), id="cut at the end"),
        pytest.param(("", story(*PIPELINE[:3])), id="cut at three fifths"),
        pytest.param(("", story(*PIPELINE[:2], *PIPELINE[3:])), id="a paragraph dropped"),
        pytest.param(("", story(*PIPELINE[:3], ALLIANCE[0], *PIPELINE[3:])), id="one added"),
        pytest.param(("", story(BOILERPLATE, *PIPELINE, BOILERPLATE)), id="boilerplate around"),
        pytest.param(("", story(*reversed(PIPELINE))), id="paragraphs in another order"),
        pytest.param(
            ("", story(*PIPELINE).replace("criticised", "criticized").replace("lorries", "trucks")),
            id="other spelling",
        ),
        pytest.param(("", story(*PIPELINE).replace("ten billion", "10 billion")), id="a number"),
        pytest.param(("", story(*PIPELINE).replace(" ", "\n")), id="wrapped lines"),
        pytest.param(("", story(*PIPELINE).upper()), id="capitals"),
    ],
)
def test_an_edited_story_is_a_copy(copy: tuple[str, str]) -> None:
    original = ("Iran and Turkey sign gas deal", "TEHRAN - " + story(*PIPELINE))
    assert together(original, copy)
    assert together(copy, original)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(story(*ALLIANCE), id="another story"),
        pytest.param(story(*FOLLOW_UP, *PIPELINE[2:4]), id="a follow-up with its background"),
        pytest.param(story(*PIPELINE[2:4], *FOLLOW_UP), id="a follow-up that begins with it"),
        pytest.param(
            story(*ALLIANCE, *PIPELINE, *FOLLOW_UP, EARNINGS), id="a digest of it and others"
        ),
        pytest.param(" ".join(PIPELINE[0].split()[:20]), id="its first sentence alone"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_shares_paragraphs_is_no_copy(other: str) -> None:
    assert not together(story(*PIPELINE), other)


def test_earnings_with_other_numbers_are_no_copy() -> None:
    one, later = EARNINGS.format(*MARCH.split("|")), EARNINGS.format(*JUNE.split("|"))
    assert len(words(one)) > SHORT
    assert together(one, one + " Final figures will follow.")
    assert not together(one, later)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Gold", "Gold closed at 405 dollars."), ("Gold", "Gold closed at 405 dollars."), True),
        (("Gold", "Gold closed at 405 dollars."), ("Gold", "Gold closed at 406 dollars."), False),
        (("Acme sets payout", "Qtly div 5 cts."), ("Bolt sets payout", "Qtly div 5 cts."), False),
        (("Gold", "Closed at 405"), ("Gold", "CLOSED at\n405."), True),
        (("Gold closed", ""), ("Gold closed", ""), False),
    ],
)
def test_a_short_text_is_a_copy_of_its_equal_alone(
    one: tuple[str, str], other: tuple[str, str], expected: bool
) -> None:
    assert together(one, other) is expected


def test_of_thousands_of_short_notes_none_is_a_copy_of_another() -> None:
    """If 16 bits told them apart, hundreds of pairs would be equal."""
    notes = [f"Gold closed at {number} dollars." for number in range(6000)]
    assert len(set(groups(sketched(*notes)).tolist())) == 6000


def test_a_text_without_words_is_a_copy_of_nothing() -> None:
    empty = sketched("", "", story(*PIPELINE))
    assert empty.sizes.tolist()[:2] == [0, 0]
    assert groups(empty).tolist() == [0, 1, 2]
    assert not alike(empty.take(np.array([0, 0])), empty.take(np.array([1, 2]))).any()


def test_no_texts_have_no_groups() -> None:
    nothing = sketched()
    assert nothing.values.shape == (0, VALUES)
    assert len(Sketches.joined([])) == len(Sketches.joined([nothing])) == 0
    assert groups(nothing).tolist() == []


def test_a_digest_does_not_bring_its_stories_together() -> None:
    stories = [story(*PIPELINE), story(*ALLIANCE), story(*FOLLOW_UP), EARNINGS]
    for digest in (story(*stories), story(*PIPELINE[:2], *ALLIANCE[:2], *FOLLOW_UP[:2])):
        assert len(set(groups(sketched(*stories, digest)).tolist())) == 5


def test_the_longest_text_decides_who_is_in_its_group() -> None:
    """A story that grows through the day: what is between two versions does not make them one."""
    versions = [
        story(*PIPELINE),
        story(*PIPELINE[1:], *ALLIANCE[:1]),
        story(*PIPELINE[2:], *ALLIANCE[:2]),
        story(*PIPELINE[3:], *ALLIANCE[:3]),
        story(*PIPELINE[4:], *ALLIANCE),
    ]
    sketches = sketched(*versions)
    found = groups(sketches)
    assert found[0] != found[-1]
    for number in set(found.tolist()):
        (members,) = np.nonzero(found == number)
        leader = members[np.argmax(sketches.sizes[members])]
        pairs = sketches.take(np.full(len(members), leader)), sketches.take(members)
        assert alike(*pairs).all()


def test_a_long_chain_of_texts_is_parted_as_far_as_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each text has most of the one before; what else there is is grouped all the same."""
    row = [f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(600)]
    chain = [" ".join(row[at : at + 100]) for at in range(0, 500, 10)]
    sketches = sketched(*chain, story(*PIPELINE), story(*PIPELINE[:4]))
    whole = groups(sketches)
    monkeypatch.setattr("searchapp.copies.PAIRS", len(chain))
    hurried = groups(sketches)
    assert len(set(whole.tolist())) < len(set(hurried.tolist())) < len(sketches)
    assert whole[-1] == whole[-2]
    assert hurried[-1] == hurried[-2]


def test_a_text_is_alike_to_none_that_is_much_longer() -> None:
    sketches = sketched(story(*PIPELINE[:2]), story(*PIPELINE, *ALLIANCE))
    assert sketches.sizes[1] > LONGER * sketches.sizes[0]
    assert not alike(sketches.take(np.array([0])), sketches.take(np.array([1]))).any()


edits = st.sampled_from(
    [
        story(*PIPELINE),
        story(*PIPELINE[:4]),
        story(*PIPELINE[1:]),
        story(BOILERPLATE, *PIPELINE),
        story(*PIPELINE[2:], *ALLIANCE[:2]),
        story(*FOLLOW_UP, *PIPELINE[2:4]),
        story(*ALLIANCE),
        story(*ALLIANCE, BOILERPLATE),
        story(*ALLIANCE[1:]),
        "Gold closed at 405 dollars.",
        "Gold closed at 406 dollars.",
        "",
    ]
)


@given(
    st.lists(edits, max_size=9).flatmap(lambda row: st.tuples(st.just(row), st.permutations(row)))
)
def test_the_order_of_texts_is_irrelevant(rows: tuple[list[str], list[str]]) -> None:
    found = []
    for row in rows:
        numbers = groups(sketched(*row)).tolist()
        members: dict[int, list[str]] = {}
        for number, text in zip(numbers, row, strict=True):
            members.setdefault(number, []).append(text)
        found.append(sorted(map(sorted, members.values())))
    assert found[0] == found[1]


@given(st.lists(edits, max_size=6), st.lists(edits, max_size=6))
def test_a_sketch_does_not_depend_on_the_texts_beside_it(
    some: list[str], others: list[str]
) -> None:
    apart, whole = Sketches.joined([sketched(*some), sketched(*others)]), sketched(*some, *others)
    assert (apart.values == whole.values).all()
    assert (apart.sizes == whole.sizes).all()


@given(st.lists(edits, max_size=9))
def test_a_group_has_the_number_of_one_of_its_texts(row: list[str]) -> None:
    found = groups(sketched(*row))
    assert (found[found] == found).all()


def test_sketches_agree_as_often_as_sets_of_shingles() -> None:
    """The estimate that the rule is made of, over texts that share from nothing to everything."""
    base = [f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(600)]
    for shared in (0, 150, 300, 450, 600):
        other = base[:shared] + [f"{word}x" for word in base[shared:]]
        one, two = sketched(" ".join(base)), sketched(" ".join(other))
        sets = [{tuple(row[at : at + 4]) for at in range(597)} for row in (base, other)]
        share = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
        agree = np.count_nonzero(one.values == two.values) / VALUES
        assert agree == pytest.approx(share, abs=0.15)
