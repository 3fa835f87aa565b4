"""The smallest amount that reaches a target, whatever the formula truncates."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.risk.metrics.target import largest_debt, smallest_supply

AMOUNTS = st.integers(0, 2**128)


@given(AMOUNTS, AMOUNTS)
def test_of_a_debt_as_much_stays_as_may(owed: int, most: int) -> None:
    found = largest_debt(lambda units: units <= most, owed)
    assert found == min(owed, most)


@given(AMOUNTS, AMOUNTS)
def test_of_a_supply_no_more_is_added_than_must_be(held: int, least: int) -> None:
    assert smallest_supply(lambda units: units >= least, held, 2**200) == max(held, least)


def test_what_no_amount_reaches_is_told() -> None:
    assert largest_debt(lambda _: False, 5) is None
    assert smallest_supply(lambda _: False, 5, 10**30) is None


def test_a_formula_that_falls_back_above_is_searched_upward() -> None:
    def stumbles(units: int) -> bool:
        return units >= 100 and units not in (101, 103)

    found = smallest_supply(stumbles, 1, 10**9)
    assert found is not None
    assert all(stumbles(found + step) for step in range(3))
    assert found <= 104
