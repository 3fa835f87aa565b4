"""Haircuts: the numbers of the risk literature."""

from fractions import Fraction

import pytest

from indexer.risk.metrics.haircut import after_haircuts, liquidity_haircut, threshold_ceiling, volatility_haircut


def test_one_day_at_eighty_percent_and_ninety_nine_of_a_hundred() -> None:
    assert volatility_haircut(0.8) == pytest.approx(0.0930, abs=5e-5)
    assert threshold_ceiling(0.01, volatility_haircut(0.8), 0.05) == pytest.approx(0.8553, abs=1e-4)


def test_what_does_not_move_loses_nothing() -> None:
    assert volatility_haircut(0.0) == 0
    assert after_haircuts(200.0, 0.0, 0.0) == 200.0


def test_cuts_are_of_what_the_other_leaves() -> None:
    assert after_haircuts(100.0, 0.1, 0.5) == pytest.approx(45.0)


@pytest.mark.parametrize(("sold", "expected"), [(100, 0.00990), (500, 0.04762), (1_000, 0.09091)])
def test_slippage_of_a_constant_product_pool(sold: int, expected: float) -> None:
    assert float(liquidity_haircut(Fraction(sold), Fraction(10_000))) == pytest.approx(expected, abs=1e-5)
