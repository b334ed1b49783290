"""How many are let in, who waits, who is turned away."""

from __future__ import annotations

import threading
import time

from searchapp.gate import Gate

LONG = 60.0


def waiting(gate: Gate, number: int) -> None:
    """Until so many wait."""
    deadline = time.monotonic() + LONG
    while len(gate._queue) != number:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_places_are_taken_and_given_back() -> None:
    gate = Gate(2, 0, 0)
    assert [gate.enter() for _ in range(3)] == [True, True, False]
    gate.leave()
    assert [gate.enter() for _ in range(2)] == [True, False]


def test_first_to_come_is_first_to_enter() -> None:
    gate, order = Gate(1, 5, LONG), []
    assert gate.enter()

    def come(number: int) -> None:
        assert gate.enter()
        order.append(number)
        gate.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=come, args=(number,)))
        threads[-1].start()
        waiting(gate, number + 1)
    assert not gate.enter()  # five wait already
    gate.leave()
    for thread in threads:
        thread.join(LONG)
    assert order == [0, 1, 2, 3, 4]
    assert gate.enter()


def test_who_waits_too_long_is_turned_away_and_leaves_no_trace() -> None:
    gate = Gate(1, 1, 0.01)
    assert gate.enter()
    assert not gate.enter()
    waiting(gate, 0)
    gate.leave()
    assert [gate.enter(), gate.enter()] == [True, False]


def test_no_more_are_in_than_there_are_places() -> None:
    gate, inside, most, refused = Gate(3, 100, LONG), 0, 0, []
    lock = threading.Lock()

    def visit() -> None:
        nonlocal inside, most
        for _ in range(50):
            if not gate.enter():
                refused.append(1)
                continue
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
            gate.leave()

    threads = [threading.Thread(target=visit) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert (inside, refused) == (0, [])
    assert 1 <= most <= 3
    assert [gate.enter() for _ in range(3)] == [True, True, True]
