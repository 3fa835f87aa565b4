"""Walks whose every number is known: the guide's cascade, a receipt that falls, a backstop, bad debt put in."""

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt

import pytest

from indexer.errors import UserError
from indexer.evm import Address, address
from indexer.risk.contagion.balance import Balance
from indexer.risk.contagion.clearing import MarketLoss
from indexer.risk.contagion.falls import Backings
from indexer.risk.contagion.first import first_to_fall
from indexer.risk.contagion.result import Contagion, Ending
from indexer.risk.contagion.seam import Impact, NoImpact
from indexer.risk.contagion.shock import MarketId, Shock
from indexer.risk.contagion.walk import walk
from indexer.risk.footprints import Account
from indexer.risk.look_through import Conversion, LookThrough
from indexer.words import State
from tests.unit.risk.contagion.world import (
    BACKINGS,
    DOLLAR,
    ETHER,
    LENDING,
    RECEIPTS,
    STAKED,
    VAULT,
    Person,
    World,
)

ITSELF = Conversion(address(0x77), address(0x77), 1, 1, "wrapper")
CASCADE = (("p0", 100, 150_000), ("p1", 200, 280_000), ("p2", 400, 540_000))
"""The guide's positions: ether, each put in as 2,000 units of one dollar, and dollars owed."""


THREE = World(
    {name: Person("one", debt, {ETHER: ether * 2_000}, Fraction(4, 5)) for name, ether, debt in CASCADE},
    {"one": 10**6},
    {},
)


class Pool(NoImpact):
    """x * y = k: `depth` ether against 2,000 dollars each before the shock, `depth` * sqrt(2000 / price) after it."""

    def __init__(self, depth: int, price: int) -> None:
        digits = 10**30
        self.depth = Fraction(isqrt(depth**2 * 2_000 * digits**2 // price), digits)

    def prices_after(self, sales: Mapping[Address, Fraction]) -> Mapping[Address, Fraction]:
        ether = sales.get(ETHER, Fraction(0)) / 2_000
        return {ETHER: (self.depth / (self.depth + ether)) ** 2}


def cascade(price: int, impact: Impact | None = None) -> Contagion:
    shock = Shock({ETHER: 1 - Fraction(price, 2_000)})
    return walk(THREE, shock, BACKINGS, impact=impact or NoImpact())


@pytest.mark.parametrize(
    ("price", "fallen"),
    [(1900, 0), (1875, 0), (1870, 1), (1850, 1), (1750, 1), (1749, 2), (1688, 2), (1687, 3)],
)
def test_who_falls_without_fire_sales(price: int, fallen: int) -> None:
    found = cascade(price)
    assert [each.account.key for each in found.fallers] == ["p0", "p1", "p2"][:fallen]
    assert found.ending is Ending.FIXED_POINT
    assert len(found.rounds) == 1
    assert found.losses == ()


@pytest.mark.parametrize(
    ("price", "depth", "rounds", "ends_at"),
    [
        (1870, 10_000, [1, 0], "1839.91"),
        (1850, 10_000, [1, 0], "1820.07"),
        (1850, 1_000, [1, 2, 0, 0], "717.45"),
    ],
)
def test_the_guide_s_fire_sales(price: int, depth: int, rounds: list[int], ends_at: str) -> None:
    found = cascade(price, Pool(depth, price))
    assert [len(each.fallers) for each in found.rounds] == rounds
    assert f"{float(price * found.falls.impact[ETHER]):.2f}" == ends_at


def test_sales_that_make_a_price_rise_are_refused() -> None:
    class Upwards(NoImpact):
        def prices_after(self, sales: Mapping[Address, Fraction]) -> Mapping[Address, Fraction]:
            return {ETHER: Fraction(1, 2) if len(sales) < 2 else Fraction(3, 4)}

    world = World(
        {"a": Person("one", 90, {ETHER: 100}, Fraction(9, 10)), "b": Person("one", 50, {STAKED: 100}, Fraction(9, 10))},
        {"one": 200},
        {},
    )
    with pytest.raises(AssertionError, match="must never leave more"):
        walk(world, Shock({ETHER: Fraction(1, 100)}), BACKINGS, impact=Upwards())


def test_a_loss_goes_on_through_a_receipt() -> None:
    """One lends 1,000; half of its only collateral's price goes, a receipt falls, and in two somebody falls with it."""
    people = {
        "borrower": Person("one", 800, {ETHER: 1_050}, Fraction(95, 100)),
        "saver": Person("two", 700, {RECEIPTS["one"]: 1_000}, Fraction(8, 10)),
        "other": Person("two", 500, {RECEIPTS["one"]: 1_000}, Fraction(8, 10)),
    }
    found = walk(World(people, {"one": 1_000, "two": 2_000}, {"one": 50}), Shock({ETHER: Fraction(1, 2)}), BACKINGS)
    assert found.ending is Ending.FIXED_POINT
    assert [[each.account.key for each in each.fallers] for each in found.rounds] == [["borrower"], ["saver"]]
    # 1,050 / 2 at a bonus of 5 % fetches 500: 300 are short, 50 of them kept for it, 250 of 1,000 are lost.
    short, kept, lost = Fraction(300), Fraction(50), Fraction(250)
    assert found.rounds[0].losses == (MarketLoss(LENDING["one"], DOLLAR, short, kept, lost, Fraction(1, 4)),)
    assert found.falls.factor(RECEIPTS["one"]) == Fraction(3, 4)
    # The saver: 750 of 1,000 fetch 714 2/7, all of his 700.
    borrower, saver = found.fallers
    assert borrower.causes == (("shock", ETHER, "one/dollar", "borrower"),)
    assert saver.causes == (("loss of one/dollar", RECEIPTS["one"], "two/dollar", "saver"),)
    assert (borrower.state, saver.state) == (State.BAD_DEBT, State.LIQUIDATABLE)
    assert (borrower.shortfall, borrower.absorbed, borrower.bad_debt) == (short, kept, lost)
    assert (saver.shortfall, saver.collateral, saver.debt) == (Fraction(0), Fraction(750), Fraction(700))
    assert saver.health_factor_wad == 750 * 8 * 10**17 // 700
    assert found.balance == Balance(
        collateral_lost=Fraction(525 + 250),
        bonus=Fraction(25 + 35),
        equity_lost=Fraction(250 + 300 - 15),
        absorbed=kept,
        bad_debt=lost,
    )


def test_bad_debt_put_in_reaches_receipts_without_anybody_below() -> None:
    people = {"saver": Person("two", 790, {RECEIPTS["one"]: 1_000}, Fraction(8, 10))}
    world = World(people, {"one": 1_000, "two": 2_000}, {"one": 40})
    found = walk(world, Shock(bad_debt={LENDING["one"]: 240}), BACKINGS)
    assert [(each.account.key, each.round) for each in found.fallers] == [("saver", 1)]
    assert found.losses[0] == MarketLoss(
        LENDING["one"], DOLLAR, Fraction(240), Fraction(40), Fraction(200), Fraction(1, 5)
    )
    assert found.balance.absorbed == 0
    assert found.fallers[0].short_before == 0


def test_a_vault_falls_by_its_share_and_takes_those_below_fifty_forty_sevenths() -> None:
    people = {name: Person("two", debt, {VAULT: 1_000}, Fraction(1)) for name, debt in (("above", 940), ("below", 941))}
    world = World(people, {"one": 1_000, "two": 2_000}, {})
    found = walk(world, Shock(bad_debt={LENDING["one"]: 200}), BACKINGS)
    assert found.falls.factor(VAULT) == Fraction(94, 100)
    assert [each.account.key for each in found.fallers] == ["below"]


def test_who_was_below_before_counts_only_with_what_the_shock_adds() -> None:
    people = {"late": Person("one", 1_000, {ETHER: 945}, Fraction(8, 10))}
    found = walk(World(people, {"one": 1_000}, {}), Shock({ETHER: Fraction(1, 10)}), BACKINGS)
    assert found.fallers == ()
    late = found.baseline[0]
    assert late.round == 0
    assert (late.short_before, late.shortfall, late.bad_debt) == (Fraction(100), Fraction(90), Fraction(90))
    assert found.losses[0].lost == 90


def test_a_market_that_is_not_there() -> None:
    with pytest.raises(UserError, match="no market"):
        walk(THREE, Shock(bad_debt={MarketId("nowhere", "x"): 1}), BACKINGS)


def test_a_token_that_stands_for_itself_makes_its_holder_unknown_not_healthy() -> None:
    circle = Backings(LookThrough([*BACKINGS.look.conversions.values(), ITSELF]))
    people = {"lost": Person("one", 10, {ITSELF.token: 1_000}, Fraction(8, 10))}
    found = walk(World(people, {"one": 1_000}, {}), Shock({ETHER: Fraction(1, 10)}), circle)
    assert found.unknown == (Account("one", "lost"),)
    assert found.fallers == ()


def test_the_first_of_an_owner_s_positions_to_fall() -> None:
    people = {
        "a": Person("one", 700, {ETHER: 1_000}, Fraction(8, 10)),
        "b": Person("two", 750, {STAKED: 1_000}, Fraction(8, 10)),
        "c": Person("three", 0, {ETHER: 1_000}, Fraction(8, 10)),
    }
    world = World(people, {"one": 1, "two": 1, "three": 1}, {})
    found = first_to_fall(world, world.accounts, BACKINGS)
    assert found is not None
    assert (found.account.key, found.fall) == ("b", Fraction(62_501, 10**6))  # 750 / 800 is exactly at 1
    assert [each.state for each in found.standings] == [State.HEALTHY, State.LIQUIDATABLE, State.HEALTHY]
    assert first_to_fall(world, [Account("three", "c")], BACKINGS) is None
