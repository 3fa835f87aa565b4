"""Interest and balances against the Solidity libraries, and an example worked by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.aave_v3 import accrual
from indexer.protocols.aave_v3.revisions import Rounding
from indexer.protocols.aave_v3.state import Position
from tests.protocols.aave_v3 import reference_v3_0, reference_v3_6, solidity
from tests.protocols.aave_v3.strategies import NOW, RAY, V3_0, V3_6, indices, rates, reserve

HALF_UP, DIRECTIONAL = Rounding.HALF_UP, Rounding.DIRECTIONAL
elapsed = st.sampled_from([0, 1, 2, 3]) | st.integers(0, 5 * 31_536_000)
scaled_balances = st.integers(0, 10**6) | st.integers(0, 2**100)


class TestWorkedExampleE1:
    RATE = 123456700987654327936225969
    ELAPSED = 1234567
    INDEX = 1123456789012345678901234567

    def test_compounded_interest_changes_at_3_4(self) -> None:
        start, end = NOW, NOW + self.ELAPSED
        assert accrual.compounded_interest_binomial(self.RATE, start, end) == 1004844763744092288524305329
        assert accrual.compounded_interest_taylor(self.RATE, start, end) == 1004844764066037497191805082

    def test_normalized_debt(self) -> None:
        weth = replace(
            reserve(0), variable_borrow_rate=self.RATE, variable_borrow_index=self.INDEX, last_update=NOW - self.ELAPSED
        )
        assert accrual.normalized_debt(weth, V3_0, NOW) == 1128899671731807030983949087
        assert accrual.normalized_debt(weth, V3_6, NOW) == 1128899672093498561351447960

    def test_debt_balance_rounds_up_from_3_5_on(self) -> None:
        scaled = 987654321987654
        binomial, taylor = 1128899671731807030983949087, 1128899672093498561351447960
        assert accrual.debt_balance(scaled, binomial, HALF_UP) == 1114962639876363
        assert accrual.debt_balance(scaled, taylor, HALF_UP) == 1114962640233589
        assert accrual.debt_balance(scaled, taylor, DIRECTIONAL) == 1114962640233590


def test_taylor_has_exactly_three_terms() -> None:
    # 60 %, 2 years: 1 + 1.2 + 1.2**2 / 2 + 1.2**3 / 6
    assert accrual.compounded_interest_taylor(6 * RAY // 10, NOW, NOW + 2 * 31_536_000) == 3208 * RAY // 1000


@given(rates, elapsed)
def test_interest_is_the_contracts(rate: int, seconds: int) -> None:
    end = NOW + seconds
    assert accrual.linear_interest(rate, NOW, end) == solidity.calculateLinearInterest(rate, NOW, end)
    expected = solidity.calculateCompoundedInterest_3_0(rate, NOW, end)
    assert accrual.compounded_interest(rate, NOW, end, V3_0) == expected
    expected = solidity.calculateCompoundedInterest_3_4(rate, NOW, end)
    assert accrual.compounded_interest(rate, NOW, end, V3_6) == expected


@given(rates, rates, indices, indices, elapsed)
def test_normalized_indices_are_the_contracts(
    supply_rate: int, borrow_rate: int, supply_index: int, borrow_index: int, seconds: int
) -> None:
    stored = replace(
        reserve(0),
        liquidity_rate=supply_rate,
        liquidity_index=supply_index,
        variable_borrow_rate=borrow_rate,
        variable_borrow_index=borrow_index,
        last_update=NOW - seconds,
    )
    assert accrual.normalized_income(stored, NOW) == reference_v3_0.getNormalizedIncome(stored, NOW)
    assert accrual.normalized_debt(stored, V3_0, NOW) == reference_v3_0.getNormalizedDebt(stored, NOW)
    assert accrual.normalized_debt(stored, V3_6, NOW) == reference_v3_6.getNormalizedDebt(stored, NOW)


@given(scaled_balances, indices)
def test_balances_are_the_contracts(scaled: int, index: int) -> None:
    assert accrual.supply_balance(scaled, index, HALF_UP) == solidity.rayMul(scaled, index)
    assert accrual.debt_balance(scaled, index, HALF_UP) == solidity.rayMul(scaled, index)
    assert accrual.supply_balance(scaled, index, DIRECTIONAL) == solidity.rayMulFloor(scaled, index)
    assert accrual.debt_balance(scaled, index, DIRECTIONAL) == solidity.rayMulCeil(scaled, index)


@given(scaled_balances, indices)
def test_scaled_amounts_are_the_contracts(amount: int, index: int) -> None:
    assert accrual.scaled_supply_taken(amount, index, HALF_UP) == solidity.rayDiv(amount, index)
    assert accrual.scaled_debt_burnt(amount, index, HALF_UP) == solidity.rayDiv(amount, index)
    assert accrual.scaled_supply_taken(amount, index, DIRECTIONAL) == solidity.rayDivCeil(amount, index)
    assert accrual.scaled_debt_burnt(amount, index, DIRECTIONAL) == solidity.rayDivFloor(amount, index)


@given(scaled_balances, rates, elapsed)
def test_stable_balance_grows_at_the_accounts_own_rate(principal: int, rate: int, seconds: int) -> None:
    position = Position(0, 0, 0, False, principal, rate, NOW - seconds)
    assert accrual.stable_balance(position, V3_0, NOW) == reference_v3_0.stableBalanceOf(position, NOW)
    assert accrual.stable_balance(position, V3_6, NOW) == 0


def test_a_timestamp_before_the_last_update_reverts() -> None:
    with pytest.raises(ArithmeticOverflow):
        accrual.normalized_income(reserve(0), NOW - 1)
    with pytest.raises(ArithmeticOverflow):
        accrual.normalized_debt(reserve(0), V3_6, NOW - 1)
