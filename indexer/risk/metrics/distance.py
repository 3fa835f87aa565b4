"""How far a position is from liquidation, and how likely it gets there: closed forms.

Exact fractions where the formula is rational; floats (relative error under 1e-12) where it has a logarithm. One factor
moves: the ratio of weighted collateral to debt. Jumps between oracle updates are not in it.
"""

from fractions import Fraction
from math import erfc, exp, log, sqrt

from indexer.risk.metrics.volatility import YEAR_S


def price_fall(health_factor: Fraction) -> Fraction:
    """The fall of all collateral that takes the health factor to 1: 1 - 1 / HF; below 0 where it is under 1 already."""
    return 1 - 1 / health_factor


def bad_debt_fall(health_factor: Fraction, threshold: Fraction, bonus: Fraction) -> Fraction:
    """The fall from which a full liquidation leaves bad debt: 1 - LT (1 + b) / HF."""
    return 1 - threshold * (1 + bonus) / health_factor


def toxic_ltv(bonus: Fraction) -> Fraction:
    """Debt over collateral above which each liquidation makes it worse: 1 / (1 + b)."""
    return 1 / (1 + bonus)


def log_distance(health_factor: Fraction) -> float:
    """The logarithm of the health factor: 0 at the threshold, below it under 1."""
    return log(health_factor)


def liquidation_probability(distance: float, volatility: float, seconds: float, drift: float = 0.0) -> float:
    """The chance that ln HF, now `distance` above 0, touches 0 within `seconds`.

    First passage of a Brownian motion with `volatility` and `drift` a year:
    P = N((-x - mT) / s sqrt T) + exp(-2 m x / s^2) N((-x + mT) / s sqrt T), which is 2 N(-x / s sqrt T) without drift.
    """
    if distance <= 0:
        return 1.0
    years = seconds / YEAR_S
    if volatility <= 0 or years <= 0:
        return float(distance + drift * years <= 0)
    spread = volatility * sqrt(years)
    touched = _normal((-distance - drift * years) / spread)
    if not drift:
        return min(1.0, 2 * touched)
    reflected = _normal((-distance + drift * years) / spread)
    return min(1.0, touched + _reflection(distance, volatility, drift) * reflected if reflected else touched)


def _reflection(distance: float, volatility: float, drift: float) -> float:
    return exp(min(700.0, -2 * drift * distance / volatility**2))


def _normal(x: float) -> float:
    """The standard normal distribution, exact in its far tail."""
    return erfc(-x / sqrt(2)) / 2
