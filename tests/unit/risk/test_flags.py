"""Flags that no single protocol can raise, each with the way it came."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from indexer.evm import Address, address
from indexer.risk.chains import Leg
from indexer.risk.flags import Flag, Judge
from indexer.risk.footprints import Account
from indexer.risk.look_through import Conversion
from indexer.risk.owners import Owner, Totals, exposures, totals
from indexer.words import Health, State
from tests.unit.risk.small_market import (
    DAI,
    DOLLAR,
    ETHER,
    WRAPPED,
    SmallView,
    dollar_each,
    owner,
    sick,
    three_quarters,
    unknown,
)

WHO = address(1)
FEED = address(0xF)


def chain(health: Mapping[Account, Health] | None = None) -> Owner:
    """Ether in a, dollars out of a, dollars in b, DAI out of b, DAI in c."""
    return owner(
        WHO,
        {
            "a": SmallView({WHO: {(ETHER, False): 200, (DOLLAR, True): 100}}),
            "b": SmallView({WHO: {(DOLLAR, False): 100, (DAI, True): 50}}),
            "c": SmallView({WHO: {(DAI, False): 50}}),
        },
        health=health,
    )


def judge(feeds: Mapping[tuple[str, Address], Address] | None = None, price: object = dollar_each) -> Judge:
    def feeds_of(leg: Leg) -> frozenset[Address]:
        feed = (feeds or {}).get((leg.side.deployment, leg.asset))
        return frozenset() if feed is None else frozenset((feed,))

    return Judge(three_quarters, feeds_of, price)  # type: ignore[arg-type]


def raised(who: Owner, by: Judge) -> dict[tuple[str, ...], list[tuple[Flag, tuple[str, ...]]]]:
    return {edge.path: [(each.flag, each.path) for each in flags] for edge, flags in by.flags(who) if flags}


def test_all_is_well() -> None:
    assert raised(chain(), judge()) == {}


@pytest.mark.parametrize("state", [State.AT_RISK, State.LIQUIDATABLE, State.BAD_DEBT])
def test_a_healthy_position_on_a_sick_one_upstream(state: State) -> None:
    sick_a = sick(Account("a", WHO), state=state)
    assert raised(chain(sick_a), judge()) == {
        ("a", DOLLAR, "b"): [(Flag.CHAIN_AT_RISK, (state.value, "a", DOLLAR, "b"))],
        ("b", DAI, "c"): [(Flag.CHAIN_AT_RISK, (state.value, "a", DOLLAR, "b", DAI, "c"))],
    }


def test_a_sick_position_is_not_flagged_for_what_is_upstream() -> None:
    assert ("a", DOLLAR, "b") not in raised(chain(sick(Account("a", WHO), Account("b", WHO))), judge())


def test_unknown_upstream_is_not_healthy() -> None:
    found = raised(chain(unknown(Account("a", WHO))), judge())
    assert found[("a", DOLLAR, "b")] == [(Flag.CHAIN_UNKNOWN, ("unknown", "a", DOLLAR, "b"))]


def test_a_sick_one_further_up_goes_before_a_nearer_unknown() -> None:
    found = raised(chain({**unknown(Account("b", WHO)), **sick(Account("a", WHO))}), judge())
    assert found[("b", DAI, "c")][0][0] is Flag.CHAIN_AT_RISK


def test_no_equity_is_left_although_every_position_is_healthy() -> None:
    who = owner(
        WHO,
        {
            "a": SmallView({WHO: {(ETHER, False): 100, (DOLLAR, True): 100}}),
            "b": SmallView({WHO: {(DOLLAR, False): 50}}),
        },
    )
    prices = {ETHER: Fraction(1, 2), DOLLAR: Fraction(1)}
    assert totals(who, prices.get).equity == 0
    assert raised(who, judge(price=prices.get)) == {
        ("a", DOLLAR, "b"): [(Flag.CHAIN_AT_RISK, ("no equity", WHO, "a", DOLLAR, "b"))]
    }


def test_equity_of_an_owner_with_a_position_that_cannot_be_read() -> None:
    """An unsupported revision has no rows: what he owes there must not make him richer."""
    who = owner(WHO, {"a": SmallView({WHO: {(ETHER, False): 100, (DOLLAR, True): 50}})})
    dark = replace(who, holdings=(*who.holdings, replace(who.holdings[0], debts=(), collaterals=(), is_legible=False)))
    assert totals(who, dollar_each) == Totals(Fraction(100), Fraction(0), Fraction(50))
    assert totals(dark, dollar_each) == Totals(None, None, None)


def test_equity_that_nobody_can_tell() -> None:
    found = raised(chain(), judge(price={DOLLAR: Fraction(1), DAI: Fraction(1)}.get))
    assert {flag for flags in found.values() for flag, _ in flags} == {Flag.CHAIN_UNKNOWN}


def test_collateral_of_two_protocols_on_one_feed() -> None:
    feeds = {("a", ETHER): FEED, ("b", DOLLAR): FEED, ("c", DAI): address(0xE)}
    assert raised(chain(), judge(feeds)) == {
        ("a", DOLLAR, "b"): [(Flag.SHARED_FEED, (f"feed {FEED}", "a", DOLLAR, "b"))]
    }


def test_a_cycle_above_the_cut_and_one_at_it() -> None:
    who = owner(
        WHO,
        {
            "a": SmallView({WHO: {(ETHER, False): 200, (DOLLAR, True): 100}}),
            "b": SmallView({WHO: {(DOLLAR, False): 150, (ETHER, True): 50}}),
        },
    )
    assert {flag for flags in raised(who, judge()).values() for flag, _ in flags} == {Flag.CIRCULAR}
    at_the_cut = Judge(three_quarters, lambda _: frozenset(), dollar_each, circular_above=Fraction(9, 16))
    assert raised(who, at_the_cut) == {}


def test_base_assets_are_counted_once_under_three_names() -> None:
    conversions = [Conversion(WRAPPED, ETHER, 12, 10, "wsteth")]
    who = owner(
        WHO,
        {
            "a": SmallView({WHO: {(ETHER, False): 10, (WRAPPED, False): 10}}),
            "b": SmallView({WHO: {(WRAPPED, False): 5, (ETHER, True): 20}}),
        },
        conversions,
    )
    assert exposures(who.collaterals) == {ETHER: 10 + 12 + 6}
    assert totals(who, dollar_each).leverage == Fraction(28, 8)
