"""The contract's account data: an example worked by hand, the literal ports, and every special case."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3.account_data import AccountData, account_data
from indexer.protocols.aave_v3.revisions import RULES, Rules
from indexer.protocols.aave_v3.state import Account, Category, Market, Position, UnpricedReserve
from indexer.units import MAX_UINT256
from tests.protocols.aave_v3 import reference_v3_0, reference_v3_6
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.strategies import BORROWER, NOW, RAY, V3_0, V3_6, asset, cases, reserve, with_reserve

V3_4 = RULES[8]


def fields(data: AccountData) -> tuple[int, int, int, int, int, int]:
    return (
        data.total_collateral_base,
        data.total_debt_base,
        data.available_borrows_base,
        data.current_liquidation_threshold,
        data.ltv,
        data.health_factor,
    )


class TestWorkedExampleE3:
    WETH = replace(
        reserve(0, price=268124697227, liquidation_threshold=8300), liquidity_index=1052345678901234567890123456
    )
    WBTC = replace(
        reserve(1, price=6701234567890, liquidation_threshold=7800, decimals=8),
        liquidity_index=1023456789012345678901234567,
    )
    USDC = replace(reserve(2, price=99987654, decimals=6), variable_borrow_index=1211111111222222222333333333)

    def data(self, rules: Rules, scaled_debt: int) -> AccountData:
        market = Market(rules, {0: self.WETH, 1: self.WBTC, 2: self.USDC}, {})
        positions = (
            Position(0, 9876543210123456789, 0, True),
            Position(1, 123456789, 0, True),
            Position(2, 0, scaled_debt, False),
        )
        return account_data(market, Account(BORROWER, 0, positions), NOW)

    def test_the_truncated_average_makes_it_liquidatable_up_to_3_4(self) -> None:
        data = self.data(V3_4, 73639184854)
        assert data.total_collateral_base == 11253954186707
        assert data.current_liquidation_threshold == 7923
        assert data.total_debt_base == 8917422418888
        assert data.health_factor == 999897446064900664

    def test_the_sum_leaves_it_healthy_from_3_5_on(self) -> None:
        data = self.data(V3_6, 73639184854)
        assert data.total_collateral_base == 11253954119695
        assert data.weighted_collateral == 89174224190611500 // 10_000
        assert data.total_debt_base == 8917422418989
        assert data.health_factor == 1000000000008090903

    @pytest.mark.parametrize(
        ("rules", "scaled_debt", "health_factor"),
        [
            (V3_6, 73639184855, 999999999996876900),
            (V3_4, 73631632866, 1000000000002243031),
            (V3_4, 73631632867, 999999999979812725),
        ],
    )
    def test_the_boundary(self, rules: Rules, scaled_debt: int, health_factor: int) -> None:
        assert self.data(rules, scaled_debt).health_factor == health_factor


@given(cases(V3_0, wild=True, most=20))
@settings(max_examples=100, deadline=None)
def test_revision_1_is_the_contracts(case: tuple[Market, Account]) -> None:
    market, account = case
    assert fields(account_data(market, account, NOW)) == reference_v3_0.getUserAccountData(market, account, NOW)


@given(cases(V3_6, wild=True, most=20))
@settings(max_examples=100, deadline=None)
def test_revision_10_is_the_contracts(case: tuple[Market, Account]) -> None:
    market, account = case
    assert fields(account_data(market, account, NOW)) == reference_v3_6.getUserAccountData(market, account, NOW)


@given(st.sampled_from([V3_0, V3_6]).flatmap(lambda rules: cases(rules, wild=True)), st.data())
@settings(max_examples=100, deadline=None)
def test_an_unreadable_price_raises_exactly_when_the_contract_reverts(
    case: tuple[Market, Account], data: st.DataObject
) -> None:
    market, account = case
    unread = market.reserves[data.draw(st.sampled_from(sorted(market.reserves)))]
    market = with_reserve(market, replace(unread, price=None))
    reference = reference_v3_0 if market.rules is V3_0 else reference_v3_6
    try:
        expected = reference.getUserAccountData(market, account, NOW)
    except Revert:
        with pytest.raises(UnpricedReserve, match=unread.asset):
            account_data(market, account, NOW)
    else:
        assert fields(account_data(market, account, NOW)) == expected


@given(cases(V3_6) | cases(V3_0))
@settings(max_examples=100, deadline=None)
def test_the_lines_add_up(case: tuple[Market, Account]) -> None:
    market, account = case
    data = account_data(market, account, NOW)
    collateral = [line for line in data.lines if line.side == "collateral" and line.counted]
    assert sum(line.value for line in collateral) == data.total_collateral_base
    assert sum(line.value for line in data.lines if line.side == "debt") == data.total_debt_base
    weight = sum(line.value * line.liquidation_threshold for line in collateral)
    assert weight // max(data.total_collateral_base, 1) == data.current_liquidation_threshold


class TestFlagged:
    """A flag is enough to be asked for a price; a supply without a flag is not."""

    def data(self, rules: Rules, position: Position, *, emode: int = 0) -> AccountData:
        market = Market(rules, {0: reserve(0, price=None, liquidation_threshold=0)}, {})
        return account_data(market, Account(BORROWER, emode, (position,)), NOW)

    @pytest.mark.parametrize("rules", [V3_0, V3_6])
    @pytest.mark.parametrize("position", [Position(0, 0, 0, True), Position(0, 0, 1, False)])
    def test_a_flag_asks_the_oracle_even_for_nothing(self, rules: Rules, position: Position) -> None:
        with pytest.raises(UnpricedReserve, match=asset(0)):
            self.data(rules, position)

    def test_stable_debt_alone_is_a_flag(self) -> None:
        with pytest.raises(UnpricedReserve, match=asset(0)):
            self.data(V3_0, Position(0, 0, 0, False, stable_principal=1, stable_updated=NOW))

    @pytest.mark.parametrize("rules", [V3_0, V3_6])
    def test_an_unflagged_supply_asks_nothing(self, rules: Rules) -> None:
        data = self.data(rules, Position(0, 10**18, 0, False), emode=1)
        assert fields(data) == (0, 0, 0, 0, 0, MAX_UINT256)
        assert data.lines == ()


def test_a_broken_category_source_makes_the_account_unreadable_in_3_0() -> None:
    category = Category(1, 9000, 9300, 10100, price=None, has_price_source=True)
    market = Market(V3_0, {0: reserve(0, liquidation_threshold=8000)}, {1: category})
    account = Account(BORROWER, 1, (Position(0, 10**18, 0, True),))
    with pytest.raises(UnpricedReserve, match="e-mode category 1"):
        account_data(market, account, NOW)


def test_a_zero_threshold_reserve_counts_only_from_3_6_on() -> None:
    frozen_out = reserve(0, liquidation_threshold=0, ltv=0)
    account = Account(BORROWER, 1, (Position(0, 10**18, 0, True),))
    category = Category(1, 9000, 9300, 10100, collateral_bitmap=1)
    by_revision = {
        rules.pool_revision: account_data(Market(rules, {0: frozen_out}, {1: category}), account, NOW)
        for rules in (V3_0, RULES[9], V3_6)
    }
    assert [by_revision[revision].total_collateral_base for revision in (1, 9, 10)] == [0, 0, 10**8]
    assert by_revision[10].current_liquidation_threshold == 9300
    assert by_revision[10].ltv == 9000
    skipped = by_revision[1].lines[0]
    assert (skipped.counted, skipped.amount, skipped.value) == (False, 10**18, 0)


@pytest.mark.parametrize(("rules", "available"), [(V3_0, 4), (V3_6, 3)])
def test_borrowing_power_rounds_half_up_up_to_3_4_and_down_from_3_5_on(rules: Rules, available: int) -> None:
    market = Market(rules, {0: reserve(0, price=7, ltv=5000, liquidation_threshold=8000)}, {})
    data = account_data(market, Account(BORROWER, 0, (Position(0, 10**18, 0, True),)), NOW)
    assert data.available_borrows_base == available  # 3.5


def test_absurd_magnitudes_revert_as_the_contract_does() -> None:
    market = Market(V3_6, {0: reserve(0, price=2**255, liquidation_threshold=8000)}, {})
    account = Account(BORROWER, 0, (Position(0, 2**110, 0, True),))
    with pytest.raises(Revert):
        reference_v3_6.getUserAccountData(market, account, NOW)
    with pytest.raises(ArithmeticOverflow):
        account_data(market, account, NOW)


def test_interest_accrues_to_the_timestamp_asked_for() -> None:
    borrowed = replace(reserve(0, decimals=6), variable_borrow_rate=RAY // 10)
    account = Account(BORROWER, 0, (Position(0, 0, 10**12, False),))
    year = 31_536_000
    later = account_data(Market(V3_6, {0: borrowed}, {}), account, NOW + year)
    # 1 + 0.1 + 0.005 + 0.000166…: 1105166666667 in 6 decimals, rounded up, x 1e8 / 1e6
    assert later.total_debt_base == 110516666666700
