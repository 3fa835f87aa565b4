"""Collateral with something cut off for the time and the depth that a sale takes: floats, for show.

A haircut for volatility is the fall that a log-normal price passes with a chance of 1 - N(z) while it is sold; one for
liquidity is the average slippage of the sale.
"""

from fractions import Fraction
from math import exp, sqrt

from indexer.risk.metrics.volatility import YEAR_S

QUANTILE = 2.33
"""z of 99 %."""
DAY_S = 86_400


def volatility_haircut(volatility: float, seconds: float = DAY_S, quantile: float = QUANTILE) -> float:
    """1 - exp(-z s sqrt T), `volatility` a year."""
    return 1 - exp(-quantile * volatility * sqrt(seconds / YEAR_S))


def after_haircuts(value: float, liquidity: float, volatility: float) -> float:
    """What is left of a value after both cuts, one on what the other leaves."""
    return value * (1 - liquidity) * (1 - volatility)


def threshold_ceiling(liquidity: float, volatility: float, bonus: float) -> float:
    """The liquidation threshold above which a sale after both cuts does not pay debt and bonus."""
    return (1 - volatility) * (1 - liquidity) / (1 + bonus)


def liquidity_haircut(sold: Fraction, depth: Fraction) -> Fraction:
    """The average slippage of selling into a constant product pool that holds `depth`: s / (x + s)."""
    return sold / (depth + sold)
