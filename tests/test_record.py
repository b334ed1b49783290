"""What is stored of an article comes back the same, whatever is in it."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engine.record import pack, unpack
from searchapp.model import Article, Corrected, IndexDamaged, Tag, Tagged, Tags
from tests.conftest import item

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
maybe = st.one_of(st.none(), texts.filter(bool))
spans = st.lists(st.tuples(st.integers(0, 99), st.integers(100, 199)), max_size=3).map(tuple)
tags = st.lists(
    st.builds(Tag, texts, texts, spans, st.floats(0, 1), st.booleans(), st.lists(texts).map(tuple)),
    max_size=3,
).map(tuple)
articles = st.builds(
    Article,
    id=texts,
    title=texts,
    body=texts,
    date=st.one_of(st.none(), st.dates()),
    source=maybe,
    byline=maybe,
    place=maybe,
    language=maybe,
    url=maybe,
    path=texts,
    origin=texts,
    original=texts,
    digest=texts,
    provenance=st.dictionaries(st.sampled_from(["title", "date"]), st.sampled_from(["found"])),
    given=st.dictionaries(st.sampled_from(["country"]), st.lists(texts).map(tuple)),
)


all_tags = st.builds(Tags, tags, tags, tags)
words = st.lists(texts).map(tuple)
corrected = st.one_of(st.none(), st.builds(Corrected, all_tags, all_tags, words, words))


@given(st.builds(Tagged, articles, all_tags, corrected))
def test_round_trip(tagged: Tagged) -> None:
    assert unpack(*pack(tagged)) == tagged


@given(st.builds(Tagged, articles, all_tags, corrected))
def test_without_the_rest_it_has_a_beginning(tagged: Tagged) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("searchapp.engine.record.BEGINNING", 9)
        line, rest = pack(tagged)
    assert unpack(line, rest) == tagged
    start = replace(tagged.article, body=tagged.article.body[:9], original="")
    assert unpack(line) == replace(tagged, article=start)


def test_what_results_do_not_show_is_not_in_the_first_line() -> None:
    page = replace(item("a", body="Oil rose.").article, original="<p>Oil rose.</p>")
    line, rest = pack(Tagged(page, Tags()))
    assert b"<p>" not in line
    assert rest == b'{"original":"<p>Oil rose.</p>"}'
    assert pack(item("a", body="Oil rose."))[1] == b""


def test_original_that_is_the_body_costs_nothing() -> None:
    body = "".join(chr(33 + (n * n) % 90) for n in range(5000))
    size = len(zlib.compress(b"".join(pack(item("a", body=body)))))
    assert size < 1.1 * len(zlib.compress(body.encode())) + 300


@pytest.mark.parametrize("data", [b"", b"junk", b"[]", b'{"id": 1}'])
def test_anything_else_is_damage(data: bytes) -> None:
    with pytest.raises(IndexDamaged):
        unpack(data)
