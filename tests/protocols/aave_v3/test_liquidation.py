"""Liquidation terms: two examples worked by hand, and the literal ports of `liquidationCall`."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from indexer.protocols.aave_v3.account_data import account_data
from indexer.protocols.aave_v3.liquidation import Amounts, Quote, available_collateral_to_liquidate, liquidation_terms
from indexer.protocols.aave_v3.revisions import RULES
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.words import Gate, Terms
from tests.protocols.aave_v3 import reference_v3_0, reference_v3_6
from tests.protocols.aave_v3.solidity import Revert
from tests.protocols.aave_v3.strategies import BORROWER, NOW, V3_0, V3_6, asset, cases, dollar_cases, reserve

USD = 10**8


class TestWorkedExampleE4:
    QUOTE = Quote(268124697227, 10**18, 99987654, 10**6, bonus=10450, fee=1000)
    CROSS = Quote(50501685589, 10**6, 39790166505, 10**6, bonus=10500, fee=1000)

    @pytest.mark.parametrize(("revision", "last_digits"), [(1, 117), (8, 117), (10, 117), (11, 116)])
    def test_the_cover_is_the_limit(self, revision: int, last_digits: int) -> None:
        amounts = available_collateral_to_liquidate(
            self.QUOTE, debt_to_cover=12345678901, collateral_balance=9 * 10**18, rules=RULES[revision]
        )
        assert amounts == Amounts(4790343113413331000 + last_digits, 12345678901, 20717485834079760)

    @pytest.mark.parametrize(("revision", "debt"), [(1, 11547465243), (8, 11547465243), (10, 11547465244)])
    def test_the_collateral_is_the_limit(self, revision: int, debt: int) -> None:
        amounts = available_collateral_to_liquidate(
            self.QUOTE, debt_to_cover=12345678901, collateral_balance=4500000000000000003, rules=RULES[revision]
        )
        assert amounts == Amounts(4480622009569377993, debt, 19377990430622010)

    @pytest.mark.parametrize(
        ("revision", "collateral", "fee"), [(10, 12741748979, 60965306), (11, 12741748978, 60965307)]
    )
    def test_the_fee_rounds_up_in_3_7(self, revision: int, collateral: int, fee: int) -> None:
        amounts = available_collateral_to_liquidate(
            self.CROSS, debt_to_cover=95506640000, collateral_balance=12802714285, rules=RULES[revision]
        )
        assert (amounts.collateral, amounts.fee) == (collateral, fee)


def usd_account(*, collateral: int, debts: list[int], threshold: int) -> tuple[Market, Account]:
    """One 18-decimals collateral at $1 (bonus 5 %) and 6-decimals debts at $1, in whole dollars."""
    book = {0: reserve(0, price=USD, liquidation_threshold=threshold, liquidation_bonus=10_500)}
    positions = [Position(0, collateral * 10**18, 0, True)]
    for reserve_id, debt in enumerate(debts, start=1):
        book[reserve_id] = reserve(reserve_id, price=USD, decimals=6)
        positions.append(Position(reserve_id, 0, debt * 10**6, False))
    return Market(V3_6, book, {}), Account(BORROWER, 0, tuple(positions))


def by_debt(terms: tuple[Terms, ...]) -> dict[str, Terms]:
    return {one.debt_asset: one for one in terms}


class TestWorkedExampleE5:
    """Debts $1500 and $6500, collateral $9000: the half of revision 7 and later is of the account's debt."""

    def test_above_095_a_small_debt_closes_whole_and_a_large_one_by_half_of_all_debt(self) -> None:
        market, account = usd_account(collateral=9000, debts=[1500, 6500], threshold=8622)
        terms = by_debt(liquidation_terms(market, account, NOW))
        small, large = terms[asset(1)], terms[asset(2)]
        assert (small.close_factor_bps, small.max_debt_to_cover, small.gates) == (10_000, 1500 * 10**6, ())
        assert (large.close_factor_bps, large.max_debt_to_cover, large.gates) == (5_000, 4000 * 10**6, ())

    def test_at_095_the_whole_debt_is_allowed(self) -> None:
        market, account = usd_account(collateral=9000, debts=[1500, 6500], threshold=8444)
        large = by_debt(liquidation_terms(market, account, NOW))[asset(2)]
        assert (large.close_factor_bps, large.max_debt_to_cover, large.gates) == (10_000, 6500 * 10**6, ())
        assert large.collateral_to_liquidator == 6825 * 10**18
        assert (large.bonus_bps, large.gross_bonus_value) == (500, 325 * USD)

    def test_the_best_pair_comes_first_and_a_forbidden_one_last(self) -> None:
        market, account = usd_account(collateral=9000, debts=[1500, 6500, 10], threshold=8444)
        paused = {**market.reserves, 2: reserve(2, price=USD, decimals=6, paused=1)}
        terms = liquidation_terms(replace(market, reserves=paused), account, NOW)
        assert [one.debt_asset for one in terms] == [asset(1), asset(3), asset(2)]

    def test_a_half_that_leaves_dust_is_forbidden(self) -> None:
        market, account = usd_account(collateral=6600, debts=[3000, 2900], threshold=8622)
        large = by_debt(liquidation_terms(market, account, NOW))[asset(1)]
        assert large.max_debt_to_cover == 2950 * 10**6  # half of $5900, so $50 would stay
        assert large.gates == (Gate.LEFTOVER,)


class TestBoundariesOf3_3:  # noqa: N801
    def only(self, *, collateral: int, debts: list[int], threshold: int) -> Terms:
        market, account = usd_account(collateral=collateral, debts=debts, threshold=threshold)
        return by_debt(liquidation_terms(market, account, NOW))[asset(1)]

    def test_a_position_of_exactly_2000_on_both_sides_is_large(self) -> None:
        assert self.only(collateral=2000, debts=[2000], threshold=9700).close_factor_bps == 5_000
        assert self.only(collateral=1999, debts=[2000], threshold=9700).close_factor_bps == 10_000
        assert self.only(collateral=2000, debts=[1999], threshold=9700).close_factor_bps == 10_000

    def test_a_debt_of_exactly_half_closes_whole(self) -> None:
        half = self.only(collateral=7000, debts=[3000, 3000], threshold=8300)
        assert (half.close_factor_bps, half.max_debt_to_cover) == (10_000, 3000 * 10**6)

    def test_a_leftover_of_exactly_1000_on_either_side_may_stay(self) -> None:
        assert self.only(collateral=2050, debts=[2000], threshold=9463).gates == ()  # 1000 stay of both
        assert self.only(collateral=2049, debts=[2000], threshold=9463).gates == (Gate.LEFTOVER,)

    def test_collateral_that_suffices_to_the_wei_covers_the_debt_asked_for(self) -> None:
        quote = Quote(1, 1, 1, 1, bonus=12_000, fee=0)
        exact = available_collateral_to_liquidate(quote, debt_to_cover=3, collateral_balance=4, rules=V3_6)
        assert exact == Amounts(4, 3, 0)  # 3.6 rounds to 4; from the collateral it would be ceil(4 / 1.2) = 4


def assert_terms_are_the_contracts(case: tuple[Market, Account]) -> None:
    market, account = case
    reference = reference_v3_0 if market.rules is V3_0 else reference_v3_6
    terms = {(one.debt_asset, one.collateral_asset): one for one in liquidation_terms(market, account, NOW)}
    for debt in account.positions:
        for collateral in account.positions:
            pair = (asset(debt.reserve_id), asset(collateral.reserve_id))
            if not debt.has_debt or not collateral.is_collateral or not collateral.scaled_supply:
                assert pair not in terms
                continue
            found = terms.pop(pair)
            try:
                expected = reference.liquidationCall(market, account, collateral, debt, NOW)
            except Revert as revert:
                reason = str(revert)
                assert found.gates if reason not in set(Gate) else reason in found.gates
            else:
                assert found.gates == ()
                assert (found.max_debt_to_cover, found.collateral_to_liquidator, found.protocol_fee) == (
                    expected.debt,
                    expected.collateral,
                    expected.fee,
                )
    assert not terms


@given(cases(V3_0) | dollar_cases(V3_0))
@settings(max_examples=150, deadline=None)
def test_revision_1_takes_and_gives_what_the_contract_does(case: tuple[Market, Account]) -> None:
    assert_terms_are_the_contracts(case)


@given(cases(V3_6) | dollar_cases(V3_6) | dollar_cases(V3_6))
@settings(max_examples=150, deadline=None)
def test_revision_10_takes_and_gives_what_the_contract_does(case: tuple[Market, Account]) -> None:
    assert_terms_are_the_contracts(case)


@given(cases(V3_0, wild=True))
@settings(max_examples=150, deadline=None)
def test_revision_1_reverts_when_the_contract_does(case: tuple[Market, Account]) -> None:
    assert_terms_are_the_contracts(case)


@given(cases(V3_6, wild=True))
@settings(max_examples=150, deadline=None)
def test_revision_10_reverts_when_the_contract_does(case: tuple[Market, Account]) -> None:
    assert_terms_are_the_contracts(case)


@given(cases(V3_6) | cases(V3_0))
@settings(max_examples=150, deadline=None)
def test_terms_never_take_more_than_there_is(case: tuple[Market, Account]) -> None:
    market, account = case
    lines = {(line.side, line.asset): line.amount for line in account_data(market, account, NOW).lines}
    for terms in liquidation_terms(market, account, NOW):
        assert 0 <= terms.max_debt_to_cover <= lines["debt", terms.debt_asset]
        seized = terms.collateral_to_liquidator + terms.protocol_fee
        assert 0 <= seized <= lines["collateral", terms.collateral_asset]
        assert terms.protocol_fee >= 0
