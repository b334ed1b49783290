"""Work in threads is done in order, and says what went wrong."""

from __future__ import annotations

import time

import pytest

from searchapp.engine.parallel import in_order


def test_results_come_in_the_order_of_the_items() -> None:
    def late(number: int) -> int:
        time.sleep(0.001 * (5 - number % 5))
        return number

    assert list(in_order(late, range(20))) == list(range(20))


@pytest.mark.parametrize("items", [[], [1], [1, 2]])
def test_few_items_are_no_exception(items: list[int]) -> None:
    assert list(in_order(str, items)) == [str(item) for item in items]


def test_what_fails_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda number: 1 // number, [1, 0, 1]))
