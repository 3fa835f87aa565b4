"""Sums over accounts, by hand: two loan tokens, every state, an account that is unknown, one that nobody can value."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from indexer.evm import address
from indexer.protocols._interface import PositionRow, ValueUnit
from indexer.risk.solvency import Sums
from indexer.words import Health, Reason, State

ETHER, DOLLAR, PENNY = (address(n) for n in (0xE, 0xD, 0xC))
IN_DOLLARS = ValueUnit("loan", 2, is_usd=False, asset=DOLLAR)
IN_PENNIES = ValueUnit("loan", 2, is_usd=False, asset=PENNY)
THRESHOLDS: dict[str, float] = {ETHER: 0.8, DOLLAR: 0.5}


def health(state: State, collateral: int, weighted: int, debt: int) -> Health:
    factor = None if not debt else weighted * 10**18 // debt
    return Health(state, None, factor, collateral, weighted, debt)


def pledged(amount: int, value: int | None, asset: str = ETHER) -> PositionRow:
    return PositionRow(asset, address(asset), amount, 0, True, value, 0)


def owed(amount: int, value: int | None, asset: str = DOLLAR) -> PositionRow:
    return PositionRow(asset, address(asset), 0, amount, False, 0, value)


def no() -> bool:
    return False


def yes() -> bool:
    return True


def test_every_state_has_its_own_sum_and_unknown_is_in_none_of_the_values() -> None:
    sums = Sums(THRESHOLDS)
    cases = [
        ("a", State.HEALTHY, 1_000, 800, 100),
        ("b", State.AT_RISK, 500, 400, 390),
        ("c", State.LIQUIDATABLE, 100, 80, 90),
        ("d", State.BAD_DEBT, 10, 8, 25),
    ]
    for owner, state, collateral, weighted, debt in cases:
        positions = [pledged(collateral // 10, collateral), owed(debt * 3, debt)]
        sums.add(IN_DOLLARS, owner, health(state, collateral, weighted, debt), positions, no)
    sums.add(IN_DOLLARS, "e", Health.unknown(Reason.UNPRICED), [pledged(7, None), owed(1_000_000, None)], no)
    market, unit = sums.markets[DOLLAR], sums.units["loan", DOLLAR]
    expected = {
        State.HEALTHY: 300,
        State.AT_RISK: 1_170,
        State.LIQUIDATABLE: 270,
        State.BAD_DEBT: 75,
        State.UNKNOWN: 10**6,
    }
    assert dict(market.debt) == expected
    assert market.borrowers == 5
    assert sums.markets[ETHER].collateral == 100 + 50 + 10 + 1 + 7
    assert sums.markets[ETHER].suppliers == {ETHER: 5}
    assert (unit.collateral, unit.weighted, unit.debt, unit.shortfall) == (1_610, 1_288, 605, 15)
    assert unit.debt_by_state == {
        State.HEALTHY: 100,
        State.AT_RISK: 390,
        State.LIQUIDATABLE: 90,
        State.BAD_DEBT: 25,
    }
    assert unit.states == dict.fromkeys(State, 1)
    assert (unit.accounts, unit.unknown_accounts, unit.unvalued_accounts) == (5, 1, 0)


def test_two_loan_tokens_are_never_added() -> None:
    sums = Sums({})
    sums.add(IN_DOLLARS, "a", health(State.HEALTHY, 100, 80, 10), [owed(10, 10)], no)
    sums.add(IN_PENNIES, "a", health(State.HEALTHY, 7_000, 6_000, 500), [owed(500, 500, PENNY)], no)
    assert {key: (unit.collateral, unit.debt) for key, unit in sums.units.items()} == {
        ("loan", DOLLAR): (100, 10),
        ("loan", PENNY): (7_000, 500),
    }


def test_the_weighted_collateral_of_an_account_is_divided_by_threshold_and_none_is_lost() -> None:
    sums = Sums(THRESHOLDS)
    positions = [pledged(1, 1_000), pledged(1, 400, DOLLAR), owed(1, 50)]
    sums.add(IN_DOLLARS, "a", health(State.HEALTHY, 1_400, 1_260, 50), positions, no)  # an e-mode counts 90 %
    ether, dollar = sums.markets[ETHER].at_threshold, sums.markets[DOLLAR].at_threshold
    assert (ether, dollar) == (1_260 * 0.8, 1_260 * 0.2)


def test_collateral_stands_behind_debts_by_their_value() -> None:
    sums = Sums(THRESHOLDS)
    positions = [pledged(1, 1_000), owed(1, 300), owed(1, 100, PENNY)]
    sums.add(IN_DOLLARS, "a", health(State.HEALTHY, 1_000, 800, 400), positions, no)
    assert (sums.markets[DOLLAR].behind_debt, sums.markets[PENNY].behind_debt) == (750, 250)


def test_an_unknown_account_owes_what_the_protocol_says_where_no_position_shows_it() -> None:
    sums = Sums({})
    sums.add(IN_DOLLARS, "a", Health.unknown(Reason.UNSUPPORTED_REVISION), [], yes)
    sums.add(IN_DOLLARS, "b", Health.unknown(Reason.UNSUPPORTED_REVISION), [], no)
    unit = sums.units["loan", DOLLAR]
    assert (unit.states[State.UNKNOWN], unit.unknown_accounts) == (1, 2)


def test_collateral_that_nobody_can_value_is_counted_and_not_zero() -> None:
    sums = Sums({})
    sums.add(IN_DOLLARS, "a", Health(State.HEALTHY, None, None, None, None, 0), [pledged(5, None)], no)
    unit = sums.units["loan", DOLLAR]
    assert (unit.unvalued_accounts, unit.states.total(), sums.markets[ETHER].collateral) == (1, 0, 5)


STATES = st.sampled_from(list(State))
AMOUNTS = st.integers(0, 2**200)


@given(st.lists(st.tuples(STATES, AMOUNTS, AMOUNTS, AMOUNTS), max_size=30))
def test_what_goes_in_comes_out(accounts: list[tuple[State, int, int, int]]) -> None:
    sums = Sums(THRESHOLDS)
    for number, (state, collateral, raw, debt) in enumerate(accounts):
        known = state is not State.UNKNOWN
        told = health(state, collateral, collateral // 2, debt) if known else Health.unknown(Reason.UNREADABLE)
        sums.add(IN_DOLLARS, str(number), told, [pledged(collateral, collateral), owed(raw, debt)], no)
    market = sums.markets.get(DOLLAR)
    assert sum(raw for _, _, raw, _ in accounts) == (0 if market is None else market.debt.total())
    told_of = [each for each in accounts if each[0] is not State.UNKNOWN]
    units = list(sums.units.values())
    assert sum(debt for *_, debt in told_of) == sum(unit.debt_by_state.total() for unit in units)
    assert sum(each[1] for each in told_of) == sum(unit.collateral for unit in units)
    weighted = Fraction(sum(each[1] // 2 for each in told_of))
    at_threshold = sum(Fraction(each.at_threshold) for each in sums.markets.values())
    assert abs(at_threshold - weighted) <= weighted / 10**12
