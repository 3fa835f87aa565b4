"""Where something turns true: the search behind every projection."""

from collections.abc import Callable

from indexer.units import SECONDS_PER_YEAR

PPM = 1_000_000
"""Of a fall of all prices together: the steps in which it is searched."""
HORIZON = 50 * SECONDS_PER_YEAR
"""How far ahead interest is followed."""


def first_true(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """The boundary in (low, high] where `holds` turns true; None when it is already, or is not at `high`."""
    if high <= low or holds(low) or not holds(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
