"""How far from liquidation: every answer is a boundary of the exact health factor."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from indexer.errors import ArithmeticOverflow
from indexer.protocols._boundary import HORIZON
from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.projections import (
    Projections,
    liquidatable_at,
    liquidation_price,
    projections,
    uniform_drop_ppm,
)
from indexer.protocols.aave_v3.state import Account, Category, Market, Position
from indexer.units import WAD
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, V3_0, V3_6, cases, reserve, with_reserve

USD = 10**8
YEAR = 31_536_000
COLLATERAL = reserve(0, price=USD, liquidation_threshold=8000, liquidation_bonus=10_500)
DEBT = reserve(1, price=USD)


def health(market: Market, account: Account, at: int = NOW) -> int:
    return account_data(market, account, at).health_factor


def borrower_of(debt: int) -> Account:
    """$1000 of collateral at LT 80 %."""
    return Account(BORROWER, 0, (Position(0, 1000 * 10**18, 0, True), Position(1, 0, debt * 10**18, False)))


def market_of(variable_borrow_rate: int = 0) -> Market:
    return Market(V3_6, {0: COLLATERAL, 1: replace(DEBT, variable_borrow_rate=variable_borrow_rate)}, {})


def test_a_plain_borrower() -> None:
    # $400 of debt: HF 1 at half the price, and one below is the largest integer with HF < 1
    found = projections(market_of(), borrower_of(400), NOW)
    assert isinstance(found, Projections)
    (fall,) = found.collateral
    assert (fall.price, fall.liquidation_price) == (USD, USD // 2 - 1)
    assert fall.price_drop == pytest.approx(0.5, abs=1e-6)
    assert found.uniform_drop_ppm == 500_001
    assert found.liquidatable_at is None


def test_the_liquidation_price_is_of_the_timestamp_asked_for() -> None:
    market, account = market_of(variable_borrow_rate=10 * RAY), borrower_of(400)
    assert liquidation_price(market, account, COLLATERAL, NOW) == USD // 2 - 1
    assert liquidation_price(market, account, COLLATERAL, NOW + 1) == USD // 2 + 15  # 400 x (1 + 10 / SPY)


def test_no_debt_no_projections() -> None:
    assert projections(market_of(), borrower_of(0), NOW) is None


def test_nothing_more_has_to_happen_below_one() -> None:
    found = projections(market_of(variable_borrow_rate=RAY), borrower_of(900), NOW)
    assert found is not None
    assert found.collateral[0].liquidation_price is None
    assert (found.uniform_drop_ppm, found.liquidatable_at) == (None, None)


def test_interest_makes_it_liquidatable_at_one_second() -> None:
    market, account = market_of(variable_borrow_rate=RAY // 10), borrower_of(400)
    when = liquidatable_at(market, account, NOW)
    assert when is not None
    assert health(market, account, when) < WAD <= health(market, account, when - 1)
    assert NOW + 6 * YEAR < when < NOW + 8 * YEAR  # the debt doubles in about 7 years at 10 %


def test_supply_interest_may_lift_the_health_factor_first() -> None:
    market = market_of(variable_borrow_rate=RAY // 10)
    market = with_reserve(market, replace(COLLATERAL, liquidity_rate=RAY // 4))
    account = borrower_of(790)
    assert health(market, account, NOW + YEAR) > health(market, account)
    when = liquidatable_at(market, account, NOW)
    assert when is not None
    assert health(market, account, when) < WAD <= health(market, account, when - 1)


def test_a_debt_that_outgrows_uint256_crossed_one_long_before() -> None:
    market, account = market_of(variable_borrow_rate=2**127), borrower_of(400)
    with pytest.raises(ArithmeticOverflow):
        health(market, account, NOW + HORIZON)
    when = liquidatable_at(market, account, NOW)
    assert when is not None
    assert health(market, account, when) < WAD <= health(market, account, when - 1)


def test_supply_interest_that_keeps_it_safe_for_the_horizon() -> None:
    market = with_reserve(market_of(), replace(COLLATERAL, liquidity_rate=RAY // 100))
    assert health(market, borrower_of(799), NOW + HORIZON) >= WAD
    assert liquidatable_at(market, borrower_of(799), NOW) is None


def test_an_asset_on_both_sides_moves_both() -> None:
    both = Account(BORROWER, 0, (Position(0, 1000 * 10**18, 500 * 10**18, True),))
    market = Market(V3_6, {0: COLLATERAL}, {})
    assert liquidation_price(market, both, COLLATERAL, NOW) is None
    assert uniform_drop_ppm(market, both, NOW) is None


def test_in_3_0_the_price_of_an_emode_account_is_the_sources() -> None:
    category = Category(1, 9000, 8000, 10_100, price=USD, has_price_source=True)
    in_category = reserve(0, price=USD, liquidation_threshold=5000, emode_category=1)
    market = Market(V3_0, {0: in_category, 1: DEBT}, {1: category})
    account = replace(borrower_of(400), emode=1)
    assert liquidation_price(market, account, in_category, NOW) == USD // 2 - 1
    assert uniform_drop_ppm(market, account, NOW) == 500_001


@given(cases(V3_6, most=4) | cases(V3_0, most=4))
@settings(max_examples=60, deadline=None)
def test_the_liquidation_price_is_the_boundary(case: tuple[Market, Account]) -> None:
    market, account = case
    account = replace(account, emode=0)
    assume(account_data(market, account, NOW).health_factor >= WAD)
    for position in account.positions:
        reserve_ = market.reserves[position.reserve_id]
        boundary = liquidation_price(market, account, reserve_, NOW) if position.is_collateral else None
        at_zero = health(with_reserve(market, replace(reserve_, price=0)), account)
        if boundary is not None:
            at_boundary = with_reserve(market, replace(reserve_, price=boundary))
            above = with_reserve(market, replace(reserve_, price=boundary + 1))
            assert health(at_boundary, account) < WAD <= health(above, account)
        elif position.is_collateral:
            assert at_zero >= WAD


@given(cases(V3_6, most=4) | cases(V3_0, most=4))
@settings(max_examples=60, deadline=None)
def test_the_uniform_fall_is_the_boundary(case: tuple[Market, Account]) -> None:
    market, account = case
    account = replace(account, emode=0)
    assume(health(market, account) >= WAD)
    drop = uniform_drop_ppm(market, account, NOW)

    def after(ppm: int) -> int:
        fallen = market
        for position in account.positions:
            held = market.reserves[position.reserve_id]
            if position.is_collateral and held.price is not None:
                fallen = with_reserve(fallen, replace(held, price=held.price * (10**6 - ppm) // 10**6))
        return health(fallen, account)

    if drop is None:
        assert after(10**6) >= WAD
    else:
        assert after(drop) < WAD <= after(drop - 1)
