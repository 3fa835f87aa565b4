"""Everybody below under a fall: against the guide's example, against brute force, and with lower thresholds."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evm import address
from indexer.protocols.aave_v3.state import Account as AaveAccount
from indexer.protocols.aave_v3.state import Category, Market, Position
from indexer.protocols.aave_v3.view import AaveView
from indexer.risk.contagion.falls import Backings, Falls
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.prices import stressed_prices
from indexer.risk.contagion.shock import Shock
from indexer.risk.look_through import LookThrough
from indexer.risk.stress import BELOW, Stress
from indexer.units import WAD
from indexer.words import Health, Reason, State
from tests.protocols.aave_v3.strategies import NOW, V3_6, reserve
from tests.unit.market_book import DEPLOYMENT
from tests.unit.risk.contagion.test_stressed import BACKINGS, STAKED, USDC, WETH, aave, crowd, holder

GUIDE = Backings(LookThrough([]))


def ether_pool() -> Market:
    """Ether at 2,000 and 80 %, a dollar."""
    ether = reserve(0, price=2_000 * 10**8, ltv=7_500, liquidation_threshold=8_000, liquidation_bonus=10_500)
    dollar = reserve(2, price=10**8, ltv=7_500, liquidation_threshold=7_800, liquidation_bonus=10_450, decimals=6)
    return Market(V3_6, {0: ether, 2: dollar}, {})


def healths(own: Followed) -> dict[str, Health]:
    return {key: own.view.health(key, NOW, WAD) for key in own.view.accounts() if own.view.owes(key)}


def stress(own: Followed) -> Stress:
    return Stress([own], NOW, {DEPLOYMENT: healths(own)})


def ether(fall: Fraction, backings: Backings = BACKINGS) -> Falls:
    return Falls(backings, Shock({WETH: fall}))


@pytest.mark.parametrize(
    ("percent", "debt", "collateral"),
    [(0, 0, 0), (3, 0, 0), (7, 150_000, 186_000), (13, 430_000, 522_000), (20, 970_000, 1_120_000)],
)
def test_the_curve_of_the_guide(percent: int, debt: int, collateral: int) -> None:
    """risk measures, 3: (100, 150k), (200, 280k), (400, 540k) at 2,000 and 80 %."""
    loans = ((100, 150_000), (200, 280_000), (400, 540_000))
    people = [holder(n, {0: amount * 10**18}, {2: owed * 10**6}) for n, (amount, owed) in enumerate(loans)]
    outcome = stress(aave(people, ether_pool())).under(ether(Fraction(percent, 100), GUIDE))
    found = outcome.below.values()
    assert sum(health.debt_value or 0 for health in found) == debt * 10**8
    assert sum(health.collateral_value or 0 for health in found) == collateral * 10**8


def brute(own: Followed, falls: Falls) -> Mapping[str, Health]:
    prices = stressed_prices(own.view, list(own.rows.markets), falls)
    view = own.protocol.view(own.deployment, own.rows, prices, own.number)
    found = {key: view.health(key, NOW, WAD) for key in view.accounts()}
    return {key: health for key, health in found.items() if health.state in BELOW}


@given(
    st.integers(0, 2**64).map(Random), st.fractions(0, 1, max_denominator=200), st.sampled_from([WETH, STAKED, USDC])
)
@settings(max_examples=25, deadline=None)
def test_who_is_below_is_who_a_view_at_those_prices_finds(dice: Random, fall: Fraction, token: str) -> None:
    own = aave(crowd(dice, 50))
    falls = Falls(BACKINGS, Shock({address(token): fall}))
    outcome = stress(own).under(falls)
    assert {account.key: health for account, health in outcome.below.items()} == brute(own, falls)
    assert not outcome.unknown


@given(st.integers(0, 2**64).map(Random), st.lists(st.fractions(0, 1, max_denominator=400), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_larger_fall_lets_nobody_go_who_owes_nothing_that_falls(dice: Random, falls: list[Fraction]) -> None:
    people = [each for each in crowd(dice, 50) if not any(p.scaled_debt for p in each.positions if p.reserve_id == 0)]
    tested = stress(aave(people))
    found = [set(tested.under(ether(fall)).below) for fall in sorted(falls)]
    assert all(smaller <= larger for smaller, larger in pairwise(found))


def test_no_fall_is_today() -> None:
    own = aave(crowd(Random(7), 200))
    today = healths(own)
    outcome = stress(own).under(ether(Fraction(0)))
    assert {account.key: health for account, health in outcome.below.items()} == {
        key: health for key, health in today.items() if health.state in BELOW
    }
    assert outcome.below
    assert outcome.unmoved == {DEPLOYMENT}


def test_who_is_unknown_today_stays_unknown() -> None:
    own = aave([holder(0, {0: 10**18}, {2: 1_000 * 10**6})])
    today = {key: Health.unknown(Reason.QUARANTINED) for key in healths(own)}
    outcome = Stress([own], NOW, {DEPLOYMENT: today}).under(ether(Fraction(9, 10)))
    assert [account.key for account in outcome.unknown] == list(today)
    assert not outcome.below


class TestLowerThresholds:
    def test_five_points_are_what_governance_would_set(self) -> None:
        """1,600 dollars of weighted collateral become 1,500."""
        people = [holder(n, {0: 10**18}, {2: owed * 10**6}) for n, owed in enumerate((1_499, 1_500, 1_501, 1_601))]
        own = aave(people, ether_pool())
        lowered = replace(
            ether_pool().reserves[0], configuration=reserve(0, ltv=7_500, liquidation_threshold=7_500,
                                                            liquidation_bonus=10_500).configuration
        )  # fmt: skip
        governed = aave(people, replace(ether_pool(), reserves={**ether_pool().reserves, 0: lowered}))
        outcome = stress(own).under(Falls(GUIDE), points_bps=500)
        assert {account.key: health for account, health in outcome.below.items()} == {
            key: health for key, health in healths(governed).items() if health.state in BELOW
        }
        assert sorted(account.key for account in outcome.below) == [people[2].address, people[3].address]
        assert [key for key, health in healths(own).items() if health.state in BELOW] == [people[3].address]

    def test_an_e_mode_s_threshold_too(self) -> None:
        category = Category(1, 9_000, 9_300, 10_100, collateral_bitmap=0b1, borrowable_bitmap=0b101, ltvzero_bitmap=0)
        market = replace(ether_pool(), categories={1: category})
        inside = AaveAccount(address(0xE1), 1, (Position(0, 10**18, 0, True), Position(2, 0, 1_800 * 10**6, False)))
        tested = stress(aave([inside], market))
        assert not tested.under(Falls(GUIDE)).below
        below = tested.under(Falls(GUIDE), points_bps=500).below
        assert [health.health_factor_wad for health in below.values()] == [2_000 * 88 * 10**16 // 1_800]

    def test_the_book_itself_keeps_its_thresholds(self) -> None:
        own = aave([holder(0, {0: 10**18}, {2: 1_550 * 10**6})], ether_pool())
        before = {market: dict(fields) for market, fields in own.rows.markets.items()}
        assert stress(own).under(Falls(GUIDE), points_bps=500).below
        assert own.rows.markets == before

    def test_a_threshold_never_falls_below_zero(self) -> None:
        own = aave([holder(0, {0: 10**18}, {2: 10**6})], ether_pool())
        below = stress(own).under(Falls(GUIDE), points_bps=10_000).below
        assert [health.state for health in below.values()] == [State.LIQUIDATABLE]
        assert [health.health_factor_wad for health in below.values()] == [0]


def test_scenarios_asked_together_say_what_each_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has none of the second token stands on the same prices in two scenarios, and is revalued once."""
    tested = stress(aave([*crowd(Random(3), 40), *(holder(n, {0: 10**18}, {2: 1_600 * 10**6}) for n in range(20))]))
    fifth = Fraction(1, 5)
    shocks = ({address(WETH): fifth}, {address(WETH): fifth, address(STAKED): fifth})
    scenarios = [Falls(BACKINGS, Shock(shock)) for shock in shocks]
    asked: list[str] = []
    exact = AaveView.health

    def counted(self: AaveView, account: str, at: int, cut_wad: int) -> Health:
        asked.append(account)
        return exact(self, account, at, cut_wad)

    monkeypatch.setattr(AaveView, "health", counted)
    alone = [tested.under(falls) for falls in scenarios]
    each = len(asked)
    with tested.together():
        assert [tested.under(falls) for falls in scenarios] == alone
    assert any(outcome.below for outcome in alone)
    assert 0 < len(asked) - each < each
