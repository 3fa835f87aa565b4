"""What one release alone does: regressions of what its recording showed."""

from dataclasses import replace

import pytest

from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.liquidation import liquidation_terms
from indexer.protocols.aave_v3.revisions import RULES, V3_0_0, Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position
from indexer.units import WAD
from indexer.words import Gate
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, V3_0, V3_6, reserve

USD = 10**8
YEAR = 31_536_000
V3_7 = RULES[11]
COLLATERAL = reserve(0, price=USD, ltv=8000, liquidation_threshold=9000, liquidation_bonus=10_500)
DEBT = reserve(1, price=USD)


def account(supplied: int, owed: int, emode: int = 0) -> Account:
    return Account(BORROWER, emode, (Position(0, supplied, 0, True), Position(1, 0, owed, False)))


@pytest.mark.parametrize(
    ("rules", "liquidity_rate", "gates", "covered"),
    [
        (V3_0_0, 0, (Gate.NOT_LIQUIDATABLE,), 425 * WAD),
        (V3_0_0, 1, (), 469_693_868_199_257_525_345),
        (V3_0, 0, (), 469_693_868_199_257_525_345),
    ],
)
def test_3_0_0_liquidates_without_the_interest_of_a_reserve_without_liquidity_rate(
    rules: Rules, liquidity_rate: int, gates: tuple[Gate, ...], covered: int
) -> None:
    idle = replace(DEBT, variable_borrow_rate=RAY // 10, liquidity_rate=liquidity_rate, last_update=NOW - YEAR)
    market = Market(rules, {0: COLLATERAL, 1: idle}, {})
    borrower = account(1000 * WAD, 850 * WAD)
    assert account_data(market, borrower, NOW).health_factor < WAD
    (terms,) = liquidation_terms(market, borrower, NOW)
    assert terms.gates == gates
    assert terms.max_debt_to_cover == covered


@pytest.mark.parametrize(("rules", "is_isolated", "ltv"), [(V3_7, True, 0), (V3_7, False, 8000), (V3_6, True, 8000)])
def test_an_isolated_category_takes_the_ltv_of_every_other_asset(rules: Rules, is_isolated: bool, ltv: int) -> None:
    category = Category(1, 9000, 9300, 10_100, isolated=is_isolated)
    data = account_data(Market(rules, {0: COLLATERAL, 1: DEBT}, {1: category}), account(WAD, 0, emode=1), NOW)
    assert (data.ltv, data.current_liquidation_threshold) == (ltv, 9000)
