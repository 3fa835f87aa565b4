from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.morpho_blue.accrual import accrued, borrow_rate
from indexer.protocols.morpho_blue.shares import to_assets_down, w_taylor_compounded
from indexer.protocols.morpho_blue.state import UnreadableRate
from tests.protocols.morpho_blue.made import OTHER_IRM, START, WEEK, example, market

SECONDS = st.integers(0, 10**8)
RATES = st.integers(0, 8 * 10**18 // 31_536_000)
ASSETS = st.integers(0, 10**30)


def test_a_week_of_the_example() -> None:
    after = accrued(example(), START + WEEK)
    assert after.borrow_rate == 514_615_678
    assert after.interest == 105_837_920
    assert (after.market.total_supply_assets, after.market.total_borrow_assets) == (1_000_105_837_920, 340_105_837_920)
    assert after.market.rate_at_target == 698_345_666


def test_without_an_irm_only_time_passes() -> None:
    before = market(total_supply_assets=10, total_borrow_assets=5, total_borrow_shares=5 * 10**6)
    assert accrued(before, START + WEEK).market == replace(before, last_update=START + WEEK)


def test_nothing_is_asked_of_the_irm_within_a_second() -> None:
    before = market(OTHER_IRM, total_borrow_assets=5)
    assert accrued(before, START).market == before
    with pytest.raises(UnreadableRate):
        accrued(before, START + 1)


def test_a_rate_that_was_read_is_used_as_it_is() -> None:
    before = market(OTHER_IRM, total_supply_assets=10**12, total_borrow_assets=10**12, borrow_rate=10**9)
    assert borrow_rate(before, START + 5) == 10**9
    assert accrued(before, START + 5).interest == 10**12 * w_taylor_compounded(10**9, 5) // 10**18


def test_interest_past_128_bits_reverts() -> None:
    huge = market(OTHER_IRM, total_supply_assets=2**127, total_borrow_assets=2**127, borrow_rate=10**12)
    with pytest.raises(ArithmeticOverflow):
        accrued(huge, START + 10**7)


@given(ASSETS, st.integers(0, 10**30), RATES, SECONDS, st.integers(0, 25 * 10**16))
def test_the_fee_never_takes_from_what_others_had(borrowed: int, idle: int, rate: int, elapsed: int, fee: int) -> None:
    supplied = borrowed + idle
    shares = supplied * 10**6
    before = market(
        OTHER_IRM,
        total_supply_assets=supplied,
        total_supply_shares=shares,
        total_borrow_assets=borrowed,
        total_borrow_shares=borrowed * 10**6,
        borrow_rate=rate,
        fee=fee,
    )
    after = accrued(before, START + elapsed)
    assert after.market.total_supply_assets - supplied == after.market.total_borrow_assets - borrowed == after.interest
    assert after.market.total_supply_shares - shares == after.fee_shares
    held = to_assets_down(shares, after.market.total_supply_assets, after.market.total_supply_shares)
    assert held >= to_assets_down(shares, supplied, shares)
