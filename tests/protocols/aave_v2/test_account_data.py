"""V2's maths: the guide's examples worked by hand, and the literal port of the contract."""

from dataclasses import replace

from hypothesis import given, settings

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.accrual import (
    compounded_interest_binomial,
    compounded_interest_taylor,
    compounded_interest_truncated,
    normalized_debt,
    stable_balance,
)
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.protocols.aave_v3.v2.revisions import rules_for
from tests.protocols.aave_v2 import reference_v2
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.strategies import BORROWER, NOW, cases, rates, reserve

_FOUND = rules_for(2)
assert _FOUND is not None
V2 = _FOUND
RATE, SECONDS = 43210899999999995194101013, 259217


def test_worked_example_1_compounds_a_truncated_rate_per_second() -> None:
    assert compounded_interest_truncated(RATE, 0, SECONDS) == 1000355244461109089078502402
    assert compounded_interest_binomial(RATE, 0, SECONDS) == 1000355244458206141523802064
    assert compounded_interest_taylor(RATE, 0, SECONDS) == 1000355244460111587926218809
    owed = replace(
        reserve(0), variable_borrow_index=1212345678901234567890123456, variable_borrow_rate=RATE, last_update=NOW
    )
    assert normalized_debt(owed, V2, NOW + SECONDS) == 1212776357988613769709365855
    assert normalized_debt(owed, V2, NOW) == 1212345678901234567890123456


def test_worked_example_2_is_liquidatable() -> None:
    market = Market(
        V2,
        {
            0: replace(
                reserve(0, price=10**18, liquidation_threshold=8250),
                liquidity_index=1061234567890123456789012345,
            ),
            1: replace(
                reserve(1, price=24991234567890123456, decimals=8, liquidation_threshold=7500),
                liquidity_index=1003456789012345678901234567,
            ),
            2: replace(
                reserve(2, price=372951234567890, decimals=6), variable_borrow_index=1212345678901234567890123456
            ),
        },
        {},
    )
    positions = (
        Position(0, 5123456789012345678, 0, is_collateral=True),
        Position(1, 12345678, 0, is_collateral=True),
        Position(2, 0, 16000000000, is_collateral=False, stable_principal=1234567890, stable_updated=NOW),
    )
    data = account_data(market, Account(BORROWER, 0, positions), NOW)
    weth, wbtc, usdc = data.lines
    assert (weth.amount, weth.value) == (5437189451591236091, 5437189451591236091)
    assert (wbtc.amount, wbtc.value) == (12388354, 3096002607240598824)
    assert (usdc.amount, usdc.stable, usdc.value) == (19397530862 + 1234567890, 1234567890, 7694766701285022528)
    assert data.total_collateral_base == 8533192058831834915
    assert data.current_liquidation_threshold == 7977
    assert data.weighted_collateral == 6806927305330154712
    assert data.health_factor == 884617762900258036


def test_worked_example_5_grows_a_stable_debt() -> None:
    debt = Position(0, 0, 0, is_collateral=False, stable_principal=1200000000, stable_rate=875 * 10**23)
    assert stable_balance(debt, V2, 400 * 86_400) == 1320758844


def test_a_bit_left_by_a_liquidation_asks_the_price_of_nothing() -> None:
    market = Market(V2, {0: reserve(0, liquidation_threshold=8000), 1: reserve(1, price=7)}, {})
    positions = (Position(0, 10**18, 0, is_collateral=True), Position(1, 0, 0, False, left_borrowing=True))
    data = account_data(market, Account(BORROWER, 0, positions), NOW)
    assert [(line.side, line.value) for line in data.lines] == [("collateral", 10**8), ("debt", 0)]


@given(rates, rates)
@settings(max_examples=100)
def test_compounding_is_the_contracts(rate: int, seconds: int) -> None:
    elapsed = seconds % 10**10
    assert compounded_interest_truncated(rate, NOW, NOW + elapsed) == reference_v2.calculateCompoundedInterest(
        rate, NOW, NOW + elapsed
    )


@given(cases(V2, wild=True))
@settings(max_examples=150)
def test_account_data_is_the_contracts(case: tuple[Market, Account]) -> None:
    market, account = case[0], replace(case[1], emode=0)
    try:
        said: object = reference_v2.getUserAccountData(market, account, NOW)
    except Revert:
        said = None
    try:
        data = account_data(market, account, NOW)
        ours: object = (
            data.total_collateral_base,
            data.total_debt_base,
            data.available_borrows_base,
            data.current_liquidation_threshold,
            data.ltv,
            data.health_factor,
        )
    except ArithmeticOverflow:
        ours = None
    assert ours == said
