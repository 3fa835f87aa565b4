"""Distance to liquidation: the numbers of the risk literature, and what must hold for all."""

from fractions import Fraction
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.risk.metrics.distance import (
    bad_debt_fall,
    liquidation_probability,
    log_distance,
    price_fall,
    toxic_ltv,
)

DAY = 86_400
SIX_FIFTHS = Fraction(12, 10)


def test_a_fall_of_a_sixth_liquidates_and_of_three_tenths_leaves_bad_debt() -> None:
    assert price_fall(SIX_FIFTHS) == Fraction(1, 6)
    assert bad_debt_fall(SIX_FIFTHS, Fraction(8, 10), Fraction(5, 100)) == Fraction(3, 10)
    assert bad_debt_fall(Fraction(105, 100), Fraction(8, 10), Fraction(5, 100)) == Fraction(2, 10)


def test_a_liquidation_harms_above_the_toxic_ltv() -> None:
    assert toxic_ltv(Fraction(5, 100)) == Fraction(20, 21)


@pytest.mark.parametrize(
    ("days", "drift", "expected"),
    [(1, 0.0, 1.336e-5), (7, 0.0, 0.09983), (30, 0.0, 0.42665), (30, -0.5, 0.48841)],
)
def test_first_passage_at_a_volatility_of_eighty_percent(days: int, drift: float, expected: float) -> None:
    found = liquidation_probability(log_distance(SIX_FIFTHS), 0.8, days * DAY, drift)
    assert found == pytest.approx(expected, rel=5e-4)


def test_the_distance_in_standard_deviations() -> None:
    assert log_distance(SIX_FIFTHS) / (0.8 * sqrt(30 / 365)) == pytest.approx(0.7949, abs=1e-4)


def test_whoever_is_below_is_there_already() -> None:
    assert log_distance(Fraction(1)) == 0
    assert liquidation_probability(0.0, 0.8, DAY) == 1.0
    assert liquidation_probability(-0.1, 0.0, DAY) == 1.0


def test_what_does_not_move_arrives_only_by_drift() -> None:
    assert liquidation_probability(0.1, 0.0, 365 * DAY) == 0.0
    assert liquidation_probability(0.1, 0.0, 365 * DAY, -0.05) == 0.0
    assert liquidation_probability(0.1, 0.0, 365 * DAY, -0.2) == 1.0


DISTANCES = st.floats(1e-6, 5)
VOLATILITIES = st.floats(0.01, 3)


@given(DISTANCES, VOLATILITIES, st.floats(3600, 1e8), st.floats(-1, 1))
def test_it_is_a_probability_that_grows_with_time(distance: float, volatility: float, time: float, mu: float) -> None:
    sooner = liquidation_probability(distance, volatility, time, mu)
    later = liquidation_probability(distance, volatility, 2 * time, mu)
    assert 0 <= sooner <= later + 1e-12 <= 1 + 2e-12


@given(DISTANCES, VOLATILITIES)
def test_a_vanishing_drift_is_no_drift(distance: float, volatility: float) -> None:
    still = liquidation_probability(distance, volatility, 30 * DAY)
    assert liquidation_probability(distance, volatility, 30 * DAY, 1e-12) == pytest.approx(still, rel=1e-6, abs=1e-300)


@given(st.fractions(Fraction(101, 100), 10))
def test_a_fall_by_the_price_fall_is_the_log_distance(factor: Fraction) -> None:
    assert exp(-log_distance(factor)) == pytest.approx(float(1 - price_fall(factor)))
    assert log(factor) == log_distance(factor)
