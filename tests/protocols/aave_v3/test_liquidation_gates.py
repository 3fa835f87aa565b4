"""Every gate alone: one account that can be liquidated, and one change that forbids it."""

from dataclasses import replace
from typing import Any

import pytest

from indexer.protocols.aave_v3.configuration import write
from indexer.protocols.aave_v3.liquidation import liquidation_terms
from indexer.protocols.aave_v3.revisions import Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, Sentinel
from indexer.words import Gate, Terms
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, V3_0, V3_6, reserve, with_reserve

USD = 10**8
COLLATERAL = reserve(0, price=USD, ltv=8000, liquidation_threshold=8600, liquidation_bonus=10_500)
DEBT = reserve(1, price=USD, decimals=6)
DOWN = Sentinel(sequencer_answer=1, since=0, grace_period=3600)
UNREADABLE = Sentinel(sequencer_answer=None, since=None, grace_period=None)
BOTH = pytest.mark.parametrize("rules", [V3_0, V3_6])


def market_of(rules: Rules) -> Market:
    return Market(rules, {0: COLLATERAL, 1: DEBT}, {})


def terms_of(market: Market, *, debt: int = 920, emode: int = 0) -> Terms:
    """$1000 of collateral against `debt` dollars: HF 0.93 (all of it may be closed) unless told otherwise."""
    positions = (Position(0, 1000 * 10**18, 0, True), Position(1, 0, debt * 10**6, False))
    (terms,) = liquidation_terms(market, Account(BORROWER, emode, positions), NOW)
    return terms


def changed(market: Market, reserve_id: int, **values: Any) -> Market:
    return with_reserve(market, replace(market.reserves[reserve_id], **values))


def configured(market: Market, reserve_id: int, name: str, value: int) -> Market:
    word = write(market.reserves[reserve_id].configuration, name, value)
    return changed(market, reserve_id, configuration=word)


@BOTH
def test_nothing_forbids_it(rules: Rules) -> None:
    assert terms_of(market_of(rules)).allowed


@BOTH
@pytest.mark.parametrize("side", [0, 1])
def test_an_inactive_or_paused_reserve_on_either_side(rules: Rules, side: int) -> None:
    assert terms_of(configured(market_of(rules), side, "active", 0)).gates == (Gate.RESERVE_INACTIVE,)
    assert terms_of(configured(market_of(rules), side, "paused", 1)).gates == (Gate.RESERVE_PAUSED,)


@BOTH
def test_health_factor_of_one_or_more(rules: Rules) -> None:
    assert terms_of(market_of(rules), debt=860).gates == (Gate.NOT_LIQUIDATABLE,)
    assert terms_of(market_of(rules), debt=861).allowed


@BOTH
@pytest.mark.parametrize(("sentinel", "gate"), [(DOWN, Gate.SENTINEL), (UNREADABLE, Gate.UNREADABLE)])
def test_the_sentinel_is_asked_from_095_up(rules: Rules, sentinel: Sentinel, gate: Gate) -> None:
    market = replace(market_of(rules), sentinel=sentinel)
    assert terms_of(market, debt=905).gates == (gate,)  # HF 0.9503
    assert terms_of(market, debt=906).allowed  # HF 0.9492
    exactly_095 = configured(market, 0, "liquidation_threshold", 9500)
    assert terms_of(exactly_095, debt=1000).gates == (gate,)


@pytest.mark.parametrize("side", [0, 1])
def test_the_grace_period_holds_through_its_last_second(side: int) -> None:
    assert terms_of(changed(market_of(V3_6), side, grace_until=NOW)).gates == (Gate.GRACE_PERIOD,)
    assert terms_of(changed(market_of(V3_6), side, grace_until=NOW - 1)).allowed
    assert terms_of(changed(market_of(V3_0), side, grace_until=NOW)).allowed


def test_a_zero_threshold_collateral_cannot_be_taken_up_to_3_5() -> None:
    market = configured(market_of(V3_0), 0, "liquidation_threshold", 0)
    assert terms_of(market).gates == (Gate.COLLATERAL_NOT_ENABLED,)
    assert terms_of(configured(market_of(V3_6), 0, "liquidation_threshold", 0)).allowed


def test_a_collateral_without_bonus_yields_nothing_in_3_6() -> None:
    for fee in (0, 1000):
        market = configured(configured(market_of(V3_6), 0, "liquidation_bonus", 0), 0, "protocol_fee", fee)
        assert terms_of(market).gates == (Gate.ZERO_AMOUNT,)


@BOTH
def test_a_zero_price_of_the_collateral_reverts(rules: Rules) -> None:
    assert terms_of(changed(market_of(rules), 0, price=0)).gates == (Gate.UNPRICED,)


class TestLiquidity:
    NEEDED = 966 * 10**18  # $920 and the bonus

    @BOTH
    def test_the_underlying_must_be_in_the_atoken(self, rules: Rules) -> None:
        assert terms_of(changed(market_of(rules), 0, cash=self.NEEDED)).allowed
        dry = terms_of(changed(market_of(rules), 0, cash=self.NEEDED - 1))
        assert dry.gates == (Gate.INSUFFICIENT_LIQUIDITY,)
        assert terms_of(changed(market_of(rules), 0, cash=None)).gates == (Gate.UNREADABLE,)

    def test_and_in_the_virtual_balance_from_3_1_on(self) -> None:
        dry = terms_of(changed(market_of(V3_6), 0, virtual_balance=self.NEEDED - 1))
        assert dry.gates == (Gate.INSUFFICIENT_LIQUIDITY,)
        assert terms_of(changed(market_of(V3_6), 0, virtual_balance=None)).gates == (Gate.UNREADABLE,)
        assert terms_of(changed(market_of(V3_0), 0, virtual_balance=None)).allowed

    @pytest.mark.parametrize(("rules", "virtual", "allowed"), [(V3_6, 46, True), (V3_6, 45, False), (V3_0, 0, True)])
    def test_a_repayment_in_the_same_asset_counts_in_the_virtual_balance(
        self, rules: Rules, virtual: int, allowed: bool
    ) -> None:
        same = replace(COLLATERAL, virtual_balance=virtual * 10**18, cash=self.NEEDED)
        account = Account(BORROWER, 0, (Position(0, 1000 * 10**18, 920 * 10**18, True),))
        (terms,) = liquidation_terms(Market(rules, {0: same}, {}), account, NOW)
        assert terms.allowed is allowed

    @BOTH
    def test_but_never_in_the_real_one(self, rules: Rules) -> None:
        same = replace(COLLATERAL, cash=self.NEEDED - 1)
        account = Account(BORROWER, 0, (Position(0, 1000 * 10**18, 920 * 10**18, True),))
        (terms,) = liquidation_terms(Market(rules, {0: same}, {}), account, NOW)
        assert terms.gates == (Gate.INSUFFICIENT_LIQUIDITY,)


class TestZeroAmount:
    """One wei of collateral covers one wei of a debt whose index is above one ray: zero scaled debt from 3.5 on."""

    def terms(self, rules: Rules, other_collateral: int) -> Terms:
        cheap = replace(reserve(0, price=1, decimals=0, liquidation_threshold=8000, liquidation_bonus=10_001))
        owed = replace(reserve(1, price=1, decimals=0), variable_borrow_index=3 * RAY // 2)
        other = reserve(2, price=1, decimals=0, liquidation_threshold=8000, liquidation_bonus=10_500)
        positions = (
            Position(0, 1, 0, True),
            Position(1, 0, 10**6, False),
            Position(2, other_collateral, 0, other_collateral != 0),
        )
        market = Market(rules, {0: cheap, 1: owed, 2: other}, {})
        terms = liquidation_terms(market, Account(BORROWER, 0, positions), NOW)
        return next(one for one in terms if one.collateral_asset == cheap.asset)

    def test_it_reverts_while_other_collateral_is_left(self) -> None:
        assert self.terms(V3_6, other_collateral=10).gates == (Gate.ZERO_AMOUNT,)
        assert self.terms(V3_0, other_collateral=10).allowed  # half up: one

    def test_the_whole_debt_is_burnt_when_none_is_left(self) -> None:
        terms = self.terms(V3_6, other_collateral=0)
        assert terms.allowed
        assert terms.max_debt_to_cover == 1


def test_a_stable_debt_of_one_wei_is_burnt_whatever_the_variable_index() -> None:
    owed = replace(reserve(1, price=USD, decimals=0), variable_borrow_index=3 * RAY)
    pledged = reserve(0, price=USD, decimals=0, liquidation_threshold=5000, liquidation_bonus=10_500)
    stable = Position(1, 0, 0, False, stable_principal=1, stable_updated=NOW)
    account = Account(BORROWER, 0, (Position(0, 1, 0, True), stable))
    (terms,) = liquidation_terms(Market(V3_0, {0: pledged, 1: owed}, {}), account, NOW)
    assert (terms.max_debt_to_cover, terms.collateral_to_liquidator, terms.gates) == (1, 1, ())


def test_up_to_3_1_a_category_source_prices_any_debt() -> None:
    category = Category(1, 9000, 9300, 10_100, price=2 * USD, has_price_source=True)
    market = replace(market_of(V3_0), categories={1: category})
    outside = terms_of(market, emode=1)  # neither asset is in the category, the debt is priced by it all the same
    # $920 at twice the price needs $1840: the whole collateral is taken for $1000 / 1.05 / 2
    assert outside.max_debt_to_cover == 476190476
    assert (outside.bonus_bps, outside.collateral_to_liquidator) == (500, 1000 * 10**18)
    inside = terms_of(configured(market, 0, "emode_category", 1), emode=1, debt=2000)
    assert inside.bonus_bps == 100


@BOTH
def test_an_account_without_debt_has_no_pairs(rules: Rules) -> None:
    account = Account(BORROWER, 0, (Position(0, 10**18, 0, True),))
    assert liquidation_terms(market_of(rules), account, NOW) == ()
