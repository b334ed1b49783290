"""Numbers that are easy to read: 1, 2, 5, 10, 20, 50 and so on."""

from __future__ import annotations


def at_most(number: float) -> int:
    """The largest easy number that is not above `number`, which is 1 or more."""
    power = 10 ** (len(str(int(number))) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= number)
