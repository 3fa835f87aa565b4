"""The examples of the field guide, E1 to E5: a dollar market, 10 ETH, prices 99987654 and 268124697227."""

import pytest

from indexer.protocols.compound_v3.absorption import absorption
from indexer.protocols.compound_v3.accrual import accrued_indices, present_value, principal_value
from indexer.protocols.compound_v3.liquidity import is_liquidatable, valuation
from indexer.protocols.compound_v3.state import Account, Indices
from indexer.protocols.compound_v3.storefront import discounted_price, quote_collateral, reserves
from tests.protocols.compound_v3.made import asset, comet, token

ETH = asset()
MARKET = comet(ETH)
BORROWER = Account(-24000123457, 1, {token(0): 10 * 10**18})
LATER = MARKET.totals.last_accrual + 30 * 86_400


def test_e1_the_view_is_stale_and_absorb_is_not() -> None:
    stored = MARKET.totals.indices
    worth = valuation(MARKET, BORROWER, stored)
    assert worth.debt == 24000123457
    assert worth.weighted_value - worth.debt_value == 6
    assert not is_liquidatable(MARKET, BORROWER, stored)

    accrued = accrued_indices(MARKET, LATER)
    assert accrued == Indices(1000008547977952, 1001242082224288)
    worth = valuation(MARKET, BORROWER, accrued)
    assert worth.debt == 24029933583
    assert worth.weighted_value - worth.debt_value == -2980644558
    assert is_liquidatable(MARKET, BORROWER, accrued)


def test_e2_absorption() -> None:
    outcome = absorption(MARKET, BORROWER, accrued_indices(MARKET, LATER))
    assert [(taken.amount, taken.value) for taken in outcome.seized] == [(10 * 10**18, 2681246972270)]
    assert outcome.base_paid_out == 25474991378
    assert outcome.value_paid_out == 2547184623556
    assert outcome.base_paid_out - outcome.debt == 1445057795
    assert outcome.principal == 1445045442
    assert outcome.leftover == 1445057794
    assert outcome.loss == 0


@pytest.mark.parametrize(("paid", "bought"), [(1_000_000_000, 382476665002274256), (12_345_678, 4721933748631947)])
def test_e3_quote(paid: int, bought: int) -> None:
    assert discounted_price(MARKET, ETH) == 261421579796
    assert quote_collateral(MARKET, ETH, paid) == bought


def test_e4_transfer_between_borrowers() -> None:
    indices, amount = accrued_indices(MARKET, LATER), 1_000_000_000
    assert principal_value(present_value(-4993797294, indices) - amount, indices) == -5992556752
    assert principal_value(present_value(-8000000001, indices) + amount, indices) == -7001240542


def test_e5_reserves() -> None:
    market = comet(cash=10**13 - MARKET.totals.borrow)
    assert reserves(market, LATER) == -45732995
