"""Ratios of one account."""

from fractions import Fraction

from indexer.risk.metrics.ratios import borrowable, collateralization, efficiency, over_collateralization, utilisation


def test_collateral_over_debt_and_what_is_beyond_it() -> None:
    assert collateralization(300, 200) == Fraction(3, 2)
    assert over_collateralization(300, 200) == Fraction(1, 2)
    assert over_collateralization(150, 200) == Fraction(-1, 4)


def test_nothing_is_told_where_nothing_is_owed_or_supplied() -> None:
    assert collateralization(300, 0) is None
    assert over_collateralization(300, 0) is None
    assert utilisation(5, 0) is None
    assert efficiency(5, Fraction(0)) is None


def test_efficiency_is_of_what_could_be_borrowed() -> None:
    most = borrowable([(1_000, Fraction(3, 4)), (400, Fraction(1, 2))])
    assert most == 950
    assert efficiency(475, most) == Fraction(1, 2)
    assert utilisation(80, 100) == Fraction(4, 5)
