"""What holds for any market and any account."""

from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.errors import ArithmeticOverflow
from indexer.protocols.compound_v3.absorption import absorption
from indexer.protocols.compound_v3.accrual import accrued_indices, present_value, principal_value
from indexer.protocols.compound_v3.liquidity import is_borrow_collateralized, is_liquidatable, valuation
from indexer.protocols.compound_v3.state import BASE_INDEX_SCALE, Account, Comet, Indices
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import State
from tests.protocols.compound_v3.made import accounts_of, comet, comets, view

indices = st.builds(Indices, st.integers(10**15, 2**60), st.integers(10**15, 2**60))


@given(indices, st.integers(1, 2**90))
def test_a_debt_survives_the_way_there_and_back(index: Indices, principal: int) -> None:
    assert principal_value(present_value(-principal, index), index) == -principal


@given(indices, st.integers(1, 2**90))
def test_a_supply_loses_at_most_one_unit_of_principal(index: Indices, principal: int) -> None:
    """So that a transfer of zero, which goes there and back, takes one from its receiver, and logs nothing."""
    back = principal_value(present_value(principal, index), index)
    assert principal - 1 <= back <= principal


@given(comets(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_indices_grow_with_time(market: Comet, sooner: int, more: int) -> None:
    at = market.totals.last_accrual + sooner
    try:
        first, second = accrued_indices(market, at), accrued_indices(market, at + more)
    except ArithmeticOverflow:
        return
    assert market.totals.indices.borrow <= first.borrow <= second.borrow
    assert market.totals.indices.supply <= first.supply <= second.supply


@given(st.data())
def test_the_factor_is_below_one_exactly_when_the_view_says_liquidatable(data: st.DataObject) -> None:
    market = data.draw(comets(priced=True))
    account = data.draw(accounts_of(market))
    worth = valuation(market, account, market.totals.indices)
    liquidatable = is_liquidatable(market, account, market.totals.indices)
    if worth.debt_value == 0:
        assert not liquidatable
    else:
        assert (worth.weighted_value * WAD // worth.debt_value < WAD) == liquidatable
    if is_borrow_collateralized(market, account, market.totals.indices):
        assert not liquidatable


@given(st.data())
def test_absorbed_value_is_conserved(data: st.DataObject) -> None:
    market = data.draw(comets(priced=True))
    account = data.draw(accounts_of(market))
    try:
        outcome = absorption(market, account, market.totals.indices)
    except ArithmeticOverflow:
        assume(False)
        return
    assert outcome.debt == -present_value(account.principal, market.totals.indices)
    assert outcome.loss == 0 or (outcome.principal, outcome.leftover) == (0, 0)
    new_balance = outcome.base_paid_out - outcome.debt
    assert 0 <= new_balance - outcome.leftover <= market.totals.indices.supply // BASE_INDEX_SCALE + 1
    assert {taken.asset: taken.amount for taken in outcome.seized} == dict(account.balances)


@given(st.data())
def test_the_screen_names_whoever_may_be_below(data: st.DataObject) -> None:
    market = data.draw(comets())
    crowd = [(f"0x{number:040x}", data.draw(accounts_of(market))) for number in range(1, 5)]
    seen, rows = view(market, crowd)
    at = market.totals.last_accrual + data.draw(st.sampled_from([0, 12, 86_400, 10**8]))
    weights = seen.weights(at)
    assert weights is not None
    for key, _ in crowd:
        health = seen.health(key, at, WAD)
        factor = health.health_factor_wad
        cut = WAD if factor is None else factor + 1
        named = {rows.accounts[row] for row in candidates(rows, weights, cut)}
        if health.state is State.UNKNOWN or factor is not None:
            assert key in named
        if health.liquidatable_after_accrual:
            assert key in {rows.accounts[row] for row in candidates(rows, weights, WAD)}


def test_a_healthy_account_is_not_named() -> None:
    """The screen is of use: a market of plain numbers names only who is near."""
    market = comet()
    token = market.assets[0].address
    crowd = [(f"0x{debt:040x}", Account(-debt * 10**6, 1, {token: 10**19})) for debt in (1_000, 20_000, 23_500, 30_000)]
    seen, rows = view(market, crowd)
    weights = seen.weights(market.totals.last_accrual)
    assert weights is not None
    assert [int(rows.accounts[row], 16) for row in candidates(rows, weights, 105 * WAD // 100)] == [23_500, 30_000]
