"""A segment holds what its articles say, and merging is building from what is left."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.analyse import Analyser
from searchapp.engine import build
from searchapp.engine.build import ALL_COLUMNS, FIELDS, STEMMED, Builder, Part, merge
from searchapp.engine.lexer import Lexer
from searchapp.engine.segment import Field, Segment
from searchapp.model import Tagged
from tests.conftest import item

WORDS = ["oil", "oils", "oiled", "gas", "Gas", "prices", "price", "U.S.", "pipe-line", "3.5", "of"]
words = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
values = st.lists(st.sampled_from(["Ann Lee", "Bo Xu", "José É"]), max_size=2)
articles = st.lists(
    st.builds(
        item,
        st.just(""),
        title=words,
        body=words,
        date=st.sampled_from([None, "2024-05-01"]),
        source=st.sampled_from([None, "Reuters"]),
        country=values,
        person=values,
    ),
    max_size=8,
)


def named(found: list[Tagged], start: int = 0) -> list[Tagged]:
    """The articles with ids of their own."""
    return [
        item(
            f"a{number}",
            a.article.title,
            a.article.body,
            a.article.date.isoformat() if a.article.date else None,
            a.article.source,
            country=a.tags.values("country"),
            person=a.tags.values("person"),
        )
        for number, a in enumerate(found, start)
    ]


def built(analyser: Analyser, found: list[Tagged], path: Path) -> Segment:
    builder = Builder(Lexer(analyser))
    for tagged in found:
        builder.add(tagged)
    builder.write(path)
    return Segment(path)


def postings(field: Field) -> dict[str, dict[int, list[int]]]:
    """Of each term, of each document that has it, the addresses from the document's first."""
    found: dict[str, dict[int, list[int]]] = {}
    for ordinal, text in enumerate(field.terms.terms()):
        term, places = field.term(ordinal), defaultdict(list)
        addresses = term.addresses()
        for doc, address in zip(field.docs_at(addresses), addresses.tolist(), strict=True):
            places[int(doc)].append(address - int(field.base[doc]))
        assert list(places) == term.docs.tolist()
        tf = [1] * term.df if term.tf is None else term.tf.tolist()
        assert tf == [len(row) for row in places.values()]
        found[text] = dict(places)
    return found


def forms(field: Field) -> dict[str, list[int]]:
    """Of each exact form the documents that have it."""
    found = {t: field.form_docs(n).tolist() for n, t in enumerate(field.forms.terms())}
    assert field.form_df.tolist() == [len(docs) for docs in found.values()]
    return found


def contents(segment: Segment) -> dict[str, Any]:
    """Everything in a segment."""
    docs = range(segment.size)
    found: dict[str, Any] = {
        "ids": [segment.id_of(doc) for doc in docs],
        "dates": segment.dates.tolist(),
        "articles": segment.articles.lines(docs),
        "states": segment.states.lines(docs),
    }
    assert [segment.find(id_) for id_ in found["ids"]] == list(docs)
    for name in FIELDS:
        field = segment.field(name)
        places = [a.tolist() for a in (field.lengths, field.base, field.breaks)]
        found[name] = postings(field), forms(field), field.total_length, *places
    for name in ALL_COLUMNS:
        column = segment.column(name)
        rows = np.split(column.ordinals, column.first[1:-1].astype(np.int64))
        found[name] = [[column.values[ordinal] for ordinal in row] for row in rows]
    return found


@given(articles, st.sampled_from([1, 7, 1000]))
def test_a_segment_holds_every_token(analyser: Analyser, found: list[Tagged], at_once: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "AT_ONCE", (at_once, at_once))
        patch.setattr(build, "BATCH", 20)
        segment = built(analyser, named(found), Path(folder, "segment"))
        for name in STEMMED:
            terms: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
            exact: dict[str, set[int]] = defaultdict(set)
            for doc, tagged in enumerate(found):
                at, article = 0, tagged.article
                for value in (article.title, article.body)[: 1 if name == "title" else 2]:
                    last = -1
                    for token in analyser.tokens(value):
                        last = token.position
                        terms[token.stem][doc].append(at + last)
                        exact[token.exact].add(doc)
                    at += last + 2 if value else 0
            assert postings(segment.field(name)) == terms
            assert forms(segment.field(name)) == {t: sorted(docs) for t, docs in exact.items()}


@given(st.lists(articles, min_size=1, max_size=3), st.randoms(), st.sampled_from([1, 7, 1000]))
def test_merging_is_building_from_what_is_left(
    analyser: Analyser, groups: list[list[Tagged]], random: Any, at_once: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "AT_ONCE", (at_once, at_once))
        parts, left = [], []
        for number, group in enumerate(groups):
            group = named(group, 10 * number)
            keep = np.array([random.random() < 0.7 for _ in group], np.bool_)
            segment = built(analyser, group, Path(folder, f"part {number}"))
            parts.append(Part(segment, keep))
            left += [tagged for tagged, kept in zip(group, keep, strict=True) if kept]
        merge(parts, Path(folder, "merged"))
        anew = built(analyser, left, Path(folder, "anew"))
        assert contents(Segment(Path(folder, "merged"))) == contents(anew)


def test_of_an_id_given_twice_the_last_is_found(analyser: Analyser, tmp_path: Path) -> None:
    found = [item("b", "One"), item("a", "Two"), item("b", "Three"), item("c", "Four")]
    segment = built(analyser, found, tmp_path / "segment")
    assert [segment.find(id_) for id_ in "abcd"] == [1, 2, 3, None]
    assert [segment.id_of(doc) for doc in range(4)] == ["b", "a", "b", "c"]
