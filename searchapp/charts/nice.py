"""Numbers that are easy to read: 1, 2, 5, 10, 20, 50 and so on."""

from __future__ import annotations

import math


def at_most(number: float) -> int:
    """The largest easy number that is not above `number`, which is 1 or more."""
    power: int = 10 ** (len(str(int(number))) - 1)
    return max(step * power for step in (1, 2, 5) if step * power <= number)


def nearest(number: float) -> int:
    """The easy number that `number`, 1 or more, differs from by the least factor."""
    below = at_most(number)
    above = below * 5 // 2 if str(below).startswith("2") else below * 2
    return min(below, above, key=lambda easy: abs(math.log(easy / number)))
