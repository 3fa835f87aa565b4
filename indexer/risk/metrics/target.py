"""The smallest stored integer that reaches a target, by asking the exact health: no formula is assumed linear."""

from collections.abc import Callable

Reaches = Callable[[int], bool]
"""Whether the account reaches the target with so many stored units of one position."""
_ROUNDING = 2
"""Stored units by which a contract's own rounding may pass the one that was meant."""


def largest_debt(reaches: Reaches, owed: int) -> int | None:
    """The most stored debt units that still reach the target; `owed` where they all do, None where not even 0 does."""
    if reaches(owed):
        return owed
    if not reaches(0):
        return None
    low, high = 0, owed
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle):
            low = middle
        else:
            high = middle
    while low and not all(reaches(max(0, low - step)) for step in range(_ROUNDING + 1)):
        low = max(0, low - _ROUNDING)
    return low


def smallest_supply(reaches: Reaches, held: int, most: int) -> int | None:
    """The least stored supply units from `held` up to `most` that reach the target; None where `most` does not.

    A truncating formula may fall back a little above: what is told holds for a few units more, too.
    """
    if reaches(held):
        return held
    high = max(1, 2 * held)
    while not reaches(high):
        if high >= most:
            return None
        high = min(most, 2 * high)
    low = held
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle
    while not all(reaches(high + step) for step in range(_ROUNDING + 1)):
        high += 1
    return high
