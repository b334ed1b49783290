"""Postings come back from their bytes, all at once and a term at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engine.postings import DENSE, HEADS_FROM, Table, Term, decode, encode, starts

Row = tuple[int, list[int], int]
"""A document, the addresses of the term in it, and which forms it has there, as bits."""


def table(terms: Sequence[Sequence[Row]], form_bytes: Sequence[int], addresses: bool) -> Table:
    rows = [row for term in terms for row in term]
    widths = [width for term, width in zip(terms, form_bytes, strict=True) for _ in term]
    sets = [bits.to_bytes(8, "little")[:w] for (_, _, bits), w in zip(rows, widths, strict=True)]
    where = np.array([address for _, found, _ in rows for address in found], np.int64)
    return Table(
        df=np.array([len(term) for term in terms], np.int64),
        docs=np.array([doc for doc, _, _ in rows], np.int64),
        tf=np.array([len(found) for _, found, _ in rows], np.int64),
        form_bytes=np.array(form_bytes, np.int64),
        forms=np.frombuffer(b"".join(sets), np.uint8),
        cf=np.array([sum(len(found) for _, found, _ in term) for term in terms], np.int64),
        addresses=where if addresses else None,
    )


def assert_same_after_a_round_trip(given: Table, size: int) -> Sequence[int]:
    """The kinds of its terms."""
    done = encode(given, size)
    at = starts(done.sizes)
    with_addresses = given.addresses is not None
    again = decode(
        done.data, at[:-1], done.kinds, given.df, given.cf, given.form_bytes, size, with_addresses
    )
    for name in ("docs", "tf", "forms", "addresses"):
        before, after = getattr(given, name), getattr(again, name)
        assert (before is None) == (after is None)
        assert before is None or before.tolist() == after.tolist(), name
    rows, places = starts(given.df), starts(given.cf)
    for number, kind in enumerate(done.kinds.tolist()):
        data = done.data[at[number] : at[number + 1]]
        numbers = (int(array[number]) for array in (given.df, given.cf, given.form_bytes))
        term = Term(data, kind, *numbers, size)
        chosen = slice(rows[number], rows[number + 1])
        assert term.docs.tolist() == given.docs[chosen].tolist()
        tf = [1] * term.df if term.tf is None else term.tf.tolist()
        assert tf == given.tf[chosen].tolist()
        if given.addresses is not None:
            found = given.addresses[places[number] : places[number + 1]]
            assert term.addresses().tolist() == found.tolist()
    return list(done.kinds)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, int]:
    size = draw(st.sampled_from([1, 7, 300, 100_000]))
    terms, widths = [], []
    for _ in range(draw(st.integers(0, 5))):
        docs = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=20, unique=True))
        tf = [draw(st.sampled_from([1, 1, 2, 300])) for _ in docs]
        steps = draw(st.lists(st.sampled_from([1, 3, 400, 70_000]), min_size=1, max_size=9))
        ends = np.cumsum(np.resize(np.array(steps), sum(tf))).tolist()
        first = starts(np.array(tf)).tolist()
        bits = draw(st.integers(0, 2**16 - 1))
        terms.append(
            [(doc, ends[first[n] : first[n + 1]], bits + n) for n, doc in enumerate(sorted(docs))]
        )
        widths.append(draw(st.integers(0, 2)))
    return table(terms, widths, draw(st.booleans())), size


@given(tables())
def test_bytes_hold_every_posting(case: tuple[Table, int]) -> None:
    assert_same_after_a_round_trip(*case)


def spaced(gaps: Sequence[int]) -> list[Row]:
    """A term once in each of some documents, at an address ten times as high."""
    return [(doc, [10 * doc], 1) for doc in np.cumsum(gaps).tolist()]


@pytest.mark.parametrize(
    ("gaps", "width", "patched"),
    [
        ([1] * 9, 0, False),
        ([1] * 99 + [1000], 0, True),
        ([1000] * 9, 1, False),
        ([1000] * 99 + [100_000], 1, True),
        ([100_000] * 9, 2, False),
    ],
    ids=["one byte", "one byte, patched", "two", "two, patched", "four"],
)
def test_gaps_take_what_is_shortest(gaps: list[int], width: int, patched: bool) -> None:
    (kind,) = assert_same_after_a_round_trip(table([spaced(gaps)], [1], True), 10_000_000)
    assert (kind & 3, bool(kind & 64)) == (width, patched)


def test_what_most_documents_have_is_dense() -> None:
    rows = [(doc, [2 * doc, 2 * doc + 1], doc % 4) for doc in range(300) if doc % 50]
    kinds = assert_same_after_a_round_trip(table([rows, rows[::40]], [1, 0], True), 300)
    assert [kind & 3 == DENSE for kind in kinds] == [True, False]


def test_long_lists_can_be_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchapp.engine.postings.FEW", 0)
    steps = np.resize([3, 5, 300, 2, 70_000], 3 * HEADS_FROM)
    addresses = np.cumsum(steps)
    rows = [(0, addresses.tolist(), 0)]
    long = table([rows], [0], True)
    assert_same_after_a_round_trip(long, 10)
    done = encode(long, 10)
    term = Term(done.data, int(done.kinds[0]), 1, len(addresses), 0, 10)
    begin = int(addresses[2000])
    near = term.addresses_near(np.array([begin]), np.array([begin + 10]))
    assert begin in near
    assert len(near) < len(addresses)


def test_no_terms_are_no_bytes() -> None:
    done = encode(table([], [], True), 5)
    assert (len(done.data), len(done.sizes), len(done.kinds)) == (0, 0, 0)
