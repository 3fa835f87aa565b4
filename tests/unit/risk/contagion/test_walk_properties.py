"""What holds of every walk: it ends at a fixed point, conserves value, and a larger shock never does less."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.risk.contagion.clearing import clear
from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.result import Contagion, Ending
from indexer.risk.contagion.settlement import Case, settle
from indexer.risk.contagion.shock import Shock
from indexer.risk.contagion.walk import walk
from indexer.risk.footprints import Account
from tests.unit.risk.contagion.world import BACKINGS, World, larger, shocks, worlds

START = Falls(BACKINGS)
ENOUGH = 5_000


def walked(world: World, shock: Shock) -> Contagion:
    return walk(world, shock, BACKINGS, rounds=ENOUGH)


def fallen(found: Contagion) -> set[Account]:
    return {each.account for each in (*found.baseline, *found.fallers)}


@given(worlds(), shocks())
@settings(max_examples=80, deadline=None)
def test_it_ends_where_nothing_moves(world: World, shock: Shock) -> None:
    found = walked(world, shock)
    assert found.ending is Ending.FIXED_POINT
    below = {each.account for each in world.below(found.falls)}
    assert fallen(found) == below
    cases = []
    for account in sorted(below):
        before, now = world.standing(account, START), world.standing(account, found.falls)
        cases.append(Case(now, settle(before, liquidated=before.is_below), settle(now, liquidated=True), True))
    again = {market: loss.share for market, loss in clear(cases, shock.bad_debt, world).items() if loss.share}
    assert again == found.falls.losses


@given(worlds(), shocks())
@settings(max_examples=40, deadline=None)
def test_every_round_but_the_last_lowers_a_rate(world: World, shock: Shock) -> None:
    rounds = walked(world, shock).rounds
    assert [each.number for each in rounds] == list(range(1, len(rounds) + 1))
    shares = [{loss.market: loss.share for loss in each.losses} for each in rounds]
    assert all(before != after for before, after in pairwise(shares[:-1]))


@given(worlds(), shocks())
@settings(max_examples=80, deadline=None)
def test_value_is_conserved(world: World, shock: Shock) -> None:
    found = walked(world, shock)
    people, one = fallen(found), Fraction(1, 10**6)
    worth = dict.fromkeys(("before", "after"), 0)
    for account in people:
        for at, when in (("before", START), ("after", found.falls)):
            worth[at] += sum(held.value or 0 for held in world.standing(account, when).collaterals)
    everybody = (*found.baseline, *found.fallers)
    total = found.balance
    assert total.collateral_lost == (worth["before"] - worth["after"]) * one
    assert total.collateral_lost + total.bonus == total.equity_lost + total.absorbed + total.bad_debt
    assert total.relief == 0
    assert sum((each.shortfall or 0 for each in everybody), Fraction(0)) == total.absorbed + total.bad_debt
    assert sum((each.bad_debt or 0 for each in everybody), Fraction(0)) == total.bad_debt
    summed = [sum((getattr(each.balance, name) for each in found.rounds), Fraction(0)) for name in total.__slots__]
    assert summed == [getattr(total, name) for name in total.__slots__]
    put_in = sum(shock.bad_debt.values())
    assert sum((loss.absorbed + loss.lost for loss in found.losses), Fraction(0)) == (
        total.absorbed + total.bad_debt + put_in
    )
    for loss in found.losses:
        assert loss.absorbed <= world.kept.get(loss.market.deployment, 0)


@given(st.data(), worlds(), shocks())
@settings(max_examples=80, deadline=None)
def test_a_larger_shock_takes_no_fewer_and_costs_no_less(data: st.DataObject, world: World, shock: Shock) -> None:
    more = data.draw(larger(shock))
    small, large = walked(world, shock), walked(world, more)
    assert fallen(small) <= fallen(large)
    lost = {loss.market: loss for loss in large.losses}
    for loss in small.losses:
        assert loss.short <= lost[loss.market].short
        assert loss.lost <= lost[loss.market].lost
    short = {each.account: each.shortfall for each in (*large.baseline, *large.fallers)}
    for each in (*small.baseline, *small.fallers):
        assert each.shortfall is not None
        assert each.shortfall <= (short[each.account] or 0)


@given(worlds())
@settings(max_examples=40, deadline=None)
def test_no_shock_does_nothing(world: World) -> None:
    found = walked(world, Shock())
    assert found.fallers == ()
    assert found.losses == ()
    assert {each.account for each in found.baseline} == {each.account for each in world.below(START)}
    assert {each.shortfall for each in found.baseline} <= {Fraction(0)}
    assert found.balance == replace(found.balance, collateral_lost=Fraction(0), bad_debt=Fraction(0))


@given(worlds(), shocks(), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_walk_cut_short_is_a_lower_bound_and_says_so(world: World, shock: Shock, rounds: int) -> None:
    whole, part = walked(world, shock), walk(world, shock, BACKINGS, rounds=rounds)
    assert part.ending is (Ending.FIXED_POINT if len(whole.rounds) <= rounds else Ending.ROUND_LIMIT)
    assert part.rounds == whole.rounds[:rounds]
    assert fallen(part) <= fallen(whole)
