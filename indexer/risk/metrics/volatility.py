"""Volatility of a ratio from prices as they were seen, however irregularly: floats, for show.

The ratio is what a health factor hangs on: a basket of collateral over a basket of debt, both at today's weights. Its
own path is measured, never put together from the volatilities of its sides: what two prices have in common cancels.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

YEAR_S = 31_536_000
FEWEST_MOVES = 20
"""Below it the standard error, a share of 1 / sqrt(2 n), is above a sixth: no volatility is told."""

_NOISE = 1e-15
"""What float rounding leaves of prices that cancel."""

Path = Sequence[tuple[int, int]]
"""(timestamp, price), oldest first; each price holds until the next."""


@dataclass(frozen=True, slots=True)
class Volatility:
    """`annual` is None where there is too little to measure it by; `moves` is how much there is."""

    annual: float | None
    moves: int
    seconds: int
    """From the first price that all of them have to the last move."""

    @property
    def standard_error(self) -> float | None:
        """Of `annual`, were the moves of a Brownian motion: s / sqrt(2 n)."""
        return None if self.annual is None else self.annual / sqrt(2 * self.moves)


def ratio_path(
    collateral: Mapping[str, float], debt: Mapping[str, float], paths: Mapping[str, Path]
) -> list[tuple[int, float]]:
    """(timestamp, ln ratio) wherever a price moved, from the first time at which all are known.

    `collateral` and `debt` are today's weights by market; each counts relative to its last price. Empty where a
    weight has no price.
    """
    needed = [name for name in (*collateral, *debt) if (collateral.get(name, 0) or debt.get(name, 0))]
    if not needed or any(not paths.get(name) for name in needed):
        return []
    start = max(paths[name][0][0] for name in needed)
    times = sorted({at for name in needed for at, _ in paths[name] if at > start} | {start})
    clocks = {name: [at for at, _ in paths[name]] for name in needed}

    def level(name: str, at: int) -> float:
        path = paths[name]
        return path[bisect_right(clocks[name], at) - 1][1] / path[-1][1]

    found = []
    for at in times:
        above = sum(weight * level(name, at) for name, weight in collateral.items() if weight)
        below = sum(weight * level(name, at) for name, weight in debt.items() if weight)
        if above > 0:
            found.append((at, log(above) - (log(below) if debt and below > 0 else 0.0)))
    return found


def volatility_of(path: Sequence[tuple[int, float]]) -> Volatility:
    """Annualised root of the mean squared log move per time: sqrt(sum of r^2 / sum of dt)."""
    returns = [later - earlier for (_, earlier), (_, later) in pairwise(path)]
    moves = sum(1 for step in returns if abs(step) > _NOISE)
    seconds = path[-1][0] - path[0][0] if path else 0
    if len(returns) < FEWEST_MOVES or seconds <= 0:
        return Volatility(None, moves, seconds)
    return Volatility(sqrt(sum(step * step for step in returns) / seconds * YEAR_S), len(returns), seconds)
