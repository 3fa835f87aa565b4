"""V2's liquidations: the guide's examples, the literal port of the collateral manager, and each gate."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.evm import ZERO_ADDRESS, address
from indexer.protocols.aave_v3.state import Account, Market, Position, Reserve
from indexer.protocols.aave_v3.v2.liquidation import (
    Amounts,
    PoolRules,
    available_collateral_to_liquidate,
    liquidation_terms,
)
from indexer.protocols.aave_v3.v2.managers import CLOSE_FACTORS, close_factor
from indexer.words import Gate, Terms
from tests.protocols.aave_v2 import reference_v2
from tests.protocols.aave_v2.test_account_data import V2
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, asset, cases, reserve

HALF, WHOLE = PoolRules(5_000), PoolRules(10_000)
REASONS = {
    Gate.RESERVE_INACTIVE: {"2"},
    Gate.NOT_LIQUIDATABLE: {"42"},
    Gate.COLLATERAL_NOT_ENABLED: {"43"},
    Gate.INSUFFICIENT_LIQUIDITY: {"45"},
    Gate.ZERO_AMOUNT: {"CT_INVALID_BURN_AMOUNT", "panic 0x12"},
    Gate.UNREADABLE: {"panic 0x11", "panic 0x12", "percentDiv", "percentMul", "rayDiv", "rayMul"},
    Gate.UNPRICED: {"panic 0x12"},
}


def test_worked_example_3_takes_the_bonus_before_the_division() -> None:
    collateral = reserve(0, price=64783280821308061993, decimals=8, liquidation_bonus=10500)
    debt = reserve(1, price=707847338624093817, decimals=6)
    found = available_collateral_to_liquidate(debt, collateral, debt_to_cover=3405809748, collateral_balance=10**20)
    assert found == Amounts(3907386291, 3405809748)


@pytest.mark.parametrize("cover", [30000000000, 8000000000])
def test_worked_example_4_is_limited_by_the_collateral(cover: int) -> None:
    collateral = reserve(0, price=24991234567890123456, decimals=8, liquidation_bonus=11000)
    debt = reserve(1, price=372951234567890, decimals=6)
    found = available_collateral_to_liquidate(debt, collateral, debt_to_cover=cover, collateral_balance=12388355)
    assert found == Amounts(12388355, 7546691875)


@given(cases(V2, wild=True), st.booleans())
@settings(max_examples=150)
def test_terms_are_the_contracts(case: tuple[Market, Account], whole: bool) -> None:
    market, account = case[0], replace(case[1], emode=0)
    try:
        terms = liquidation_terms(market, account, NOW, WHOLE if whole else HALF)
    except ArithmeticOverflow:
        return
    for one in terms:
        ids = {reserve.asset: reserve.id for reserve in market.reserves.values()}
        supplied, owed = (ids[address(asset)] for asset in (one.collateral_asset, one.debt_asset))
        try:
            done: object = reference_v2.liquidationCall(market, account, supplied, owed, NOW, None if whole else 5_000)
        except Revert as revert:
            done = str(revert)
        if one.allowed:
            assert done == (one.max_debt_to_cover, one.collateral_to_liquidator)
        else:
            assert isinstance(done, str)
            assert any(done in REASONS[gate] for gate in one.gates), (one.gates, done)


def below_one(*, debt: int = 900, stable: int = 0, **settings: int) -> tuple[Market, Account]:
    """100 whole tokens of collateral at price 10, debt in tokens at price 1; HF 1 at 800."""
    collateral = reserve(0, price=10 * 10**18, liquidation_threshold=8000, liquidation_bonus=11000)
    owed = replace(reserve(1, price=10**18, decimals=6), liquidity_rate=1)
    book = {0: _changed(collateral, settings), 1: owed}
    positions = (
        Position(0, 100 * 10**18, 0, is_collateral=True),
        Position(1, 0, debt * 10**6, False, stable_principal=stable * 10**6, stable_updated=NOW),
    )
    return Market(V2, book, {}), Account(BORROWER, 0, positions)


def _changed(one: Reserve, settings: dict[str, int]) -> Reserve:
    return replace(one, **settings)  # type: ignore[arg-type]


def only(case: tuple[Market, Account], rules: PoolRules) -> Terms:
    (terms,) = liquidation_terms(*case, NOW, rules)
    return terms


def test_half_of_both_debts_together_may_be_repaid() -> None:
    terms = only(below_one(debt=301, stable=600), HALF)
    assert terms.gates == ()
    assert (terms.max_debt_to_cover, terms.close_factor_bps, terms.bonus_bps) == (901 * 10**6 // 2, 5_000, 1_000)
    assert terms.collateral_to_liquidator == 49_555 * 10**15
    assert terms.protocol_fee == 0


def test_without_a_close_factor_all_of_it_may_be_repaid() -> None:
    terms = only(below_one(debt=301, stable=600), WHOLE)
    assert (terms.max_debt_to_cover, terms.close_factor_bps) == (901 * 10**6, 10_000)
    assert terms.collateral_to_liquidator == 9911 * 10**16


def test_a_manager_nobody_knows_promises_nothing() -> None:
    terms = only(below_one(), PoolRules(None))
    assert terms.gates == (Gate.UNREADABLE,)
    assert (terms.max_debt_to_cover, terms.close_factor_bps) == (0, None)


@pytest.mark.parametrize(
    ("rules", "gate"),
    [
        (PoolRules(5_000, paused=True), Gate.RESERVE_PAUSED),
        (PoolRules(5_000, grace_until={asset(0): NOW, asset(1): 0}), Gate.GRACE_PERIOD),
        (PoolRules(5_000, grace_until={asset(0): 0, asset(1): NOW + 1}), Gate.GRACE_PERIOD),
        (PoolRules(5_000, grace_until={asset(0): 0}), Gate.UNREADABLE),
    ],
)
def test_pool_and_sentinel_forbid(rules: PoolRules, gate: Gate) -> None:
    assert only(below_one(), rules).gates == (gate,)


def test_a_grace_period_ends_with_its_last_second() -> None:
    assert only(below_one(), PoolRules(5_000, grace_until={asset(0): NOW - 1, asset(1): 0})).allowed


def test_a_reserve_earning_nothing_burns_at_its_old_index() -> None:
    """The balance is compounded by the view, the burn is not: for the whole debt it is more than there is."""
    market, account = below_one()
    late = replace(market.reserves[1], liquidity_rate=0, variable_borrow_rate=RAY, last_update=NOW - 10**7)
    stale = replace(market, reserves={**market.reserves, 1: late})
    gates = liquidation_terms(stale, account, NOW, WHOLE)[0].gates
    assert gates == () or Gate.UNREADABLE in gates
    deep = replace(account, positions=(replace(account.positions[0], scaled_supply=10**21), account.positions[1]))
    rich = replace(deep, positions=(deep.positions[0], replace(deep.positions[1], scaled_debt=8_000 * 10**6)))
    assert liquidation_terms(stale, rich, NOW, WHOLE)[0].gates == (Gate.UNREADABLE,)


def test_a_bit_without_debt_is_no_pair() -> None:
    market, account = below_one()
    bit = Position(2, 0, 0, is_collateral=False, left_borrowing=True)
    market = replace(market, reserves={**market.reserves, 2: reserve(2)})
    assert len(liquidation_terms(market, replace(account, positions=(*account.positions, bit)), NOW, HALF)) == 1


class TestCloseFactorOfAManager:
    def test_by_address(self) -> None:
        half, whole = (
            "0x368e6441bB27159c6e8e6d3bbd9147BEcBA915E3",
            "0xcc9632725266473ab5d42320E8Ae00437A1df3bB",
        )
        assert close_factor({"collateral_manager": int(half, 16), "grace_sentinel": 1}) == 5_000
        assert close_factor({"collateral_manager": int(whole, 16), "grace_sentinel": 1}) == 10_000
        assert address(whole.lower()) in CLOSE_FACTORS

    def test_one_without_sentinel_is_old(self) -> None:
        assert close_factor({"collateral_manager": 1}) == 5_000

    def test_an_unknown_one_with_sentinel_may_be_either(self) -> None:
        assert close_factor({"collateral_manager": 1, "grace_sentinel": 0}) is None

    def test_none_is_set(self) -> None:
        assert close_factor({}) is None
        assert close_factor({"collateral_manager": int(ZERO_ADDRESS, 16)}) is None
