"""Values that are kept by the bytes they take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searchapp.remembered import Remembered


def test_what_was_longest_not_asked_for_goes_first() -> None:
    known: Remembered[str, str] = Remembered(24, len)
    for word in ("oil", "gas", "tin", "tea", "ore", "rye", "oat", "tar"):
        known.put(word, word)
    assert known.get("oil") == "oil"
    known.put("hay", "hay")
    assert known.get("gas") is None
    assert known.get("oil") == "oil"


def test_what_would_push_out_too_much_is_not_kept() -> None:
    known: Remembered[str, str] = Remembered(80, len)
    known.put("short", "s" * 10)
    known.put("long", "l" * 11)
    assert known.get("short") is not None
    assert known.get("long") is None


@given(st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=30))))
def test_it_weighs_what_is_in_it_and_never_more_than_it_may(
    puts: list[tuple[int, bytes]],
) -> None:
    known: Remembered[int, bytes] = Remembered(100, len)
    for key, value in puts:
        known.put(key, value)
        assert known.bytes == sum(len(known.get(one) or b"") for one in range(21)) <= 100
