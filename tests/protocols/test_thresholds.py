"""Lowered thresholds against what the protocol itself makes of a book whose thresholds governance had lowered.

Everywhere two collaterals stand behind a debt of 10 or 16,000; every number is worked out by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from indexer.book import Book, DeploymentBook, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment, Protocol
from indexer.protocols._thresholds import LowersThresholds
from indexer.protocols.aave_v3.state import Account, Market, Position
from indexer.protocols.aave_v3.v2.adapter import AaveV2
from indexer.protocols.aave_v3.v2.revisions import rules_for
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.compound import COMPOUND
from indexer.protocols.compound_v2.venus import VENUS_ISOLATED
from indexer.protocols.compound_v3.adapter import CompoundV3
from indexer.protocols.compound_v3.state import Account as CometAccount
from indexer.risk.contagion.falls import Backings, Falls
from indexer.risk.contagion.moment import Followed
from indexer.risk.footprints import Account as Found
from indexer.risk.look_through import LookThrough
from indexer.risk.stress import Stress
from indexer.units import WAD
from indexer.words import Health, State
from tests.protocols.aave_v3.strategies import NOW, reserve
from tests.protocols.compound_v3 import made
from tests.unit.market_book import rows_of

KEY = address("0x" + "b0" * 20)
NUMBER = 10_000
POINTS = 500


def aave_v2(larger: int, smaller: int) -> DeploymentBook:
    """10 and 3 ether behind 20,000 dollars at 0.0005 ether."""
    rules = rules_for(2)
    assert rules is not None
    market = Market(
        rules,
        {
            0: reserve(0, price=10**18, ltv=1, liquidation_threshold=larger, liquidation_bonus=10_500),
            1: reserve(1, price=10**18, ltv=1, liquidation_threshold=smaller, liquidation_bonus=10_500),
            2: reserve(2, price=5 * 10**14, decimals=6, ltv=0, liquidation_threshold=0),
        },
        {},
    )
    held = (Position(0, 10 * 10**18, 0, True), Position(1, 3 * 10**18, 0, True), Position(2, 0, 20_000 * 10**6, False))
    return rows_of(market, [Account(KEY, 0, held)])


def compound(field: str, larger: int, smaller: int, **own: int) -> DeploymentBook:
    """20,000 and 1,000 dollars of collateral behind 16,000 dollars; a cToken is worth 0.02 of its token."""
    book = Book()
    for name, value in {"close_factor": WAD // 2, "incentive": 108 * 10**16, **own}.items():
        book.set(Entity("c"), name, value)
    tokens = ((18, 2_000, larger, 10), (18, 1, smaller, 1_000), (6, 1, 0, 0))
    for index, (decimals, dollars, threshold, supply) in enumerate(tokens):
        market = address(0xC0 + index)
        fields = {
            "listed": 1,
            "asset": 0xA0 + index,
            "decimals": decimals,
            "price": dollars * 10 ** (36 - decimals),
            "cash": 2 * 10 ** (6 + decimals),
            "total_borrows": 0,
            "reserves": 0,
            "total_supply": 10 ** (8 + 8),
            "borrow_index": WAD,
            "accrual": NUMBER,
            "borrow_rate": 0,
            "reserve_factor": 0,
            "seize_share": 0,
            "collateral_factor": 10**16,
            field: threshold * 10**14,
        }
        held = {"supply": supply * 50 * 10**8, "debt": 0, "interest_index": 0, "member": 1}
        if not supply:
            held |= {"debt": 16_000 * 10**6, "interest_index": WAD}
        for name, value in fields.items():
            book.set(Entity("c", market), name, value)
        for name, value in held.items():
            book.set(Entity("c", market, KEY), name, value)
    return book["c"]


def comet(larger: int, smaller: int) -> DeploymentBook:
    """10 ether at 2,000 dollars and 1,000 of another token behind 16,000 dollars."""
    assets = (
        made.asset(0, price=2_000 * 10**8, liquidate_factor=larger * 10**14),
        made.asset(1, price=10**8, liquidate_factor=smaller * 10**14),
    )
    held = {made.token(0): 10 * 10**18, made.token(1): 1_000 * 10**18}
    account = CometAccount(-16_000 * 10**6, 0b11, held)
    return made.view(made.comet(*assets, base_price=10**8), [(KEY, account)])[1]


@dataclass(frozen=True)
class Case:
    """`book` makes it at two thresholds; the rest are basis points and the contract's integers."""

    protocol: Protocol
    book: Callable[[int, int], DeploymentBook]
    today: tuple[int, int]
    lowered: tuple[int, int]
    weighted: tuple[int, int]
    factor: tuple[int, int]
    at: int = NOW


CASES = [
    # (10 x 8,250 + 3 x 7,001) / 13 = 7,961.7, truncated; 13 x 0.7961 = 10.3493. (77,500 + 19,503) / 13 = 7,461.7
    Case(AaveV2(), aave_v2, (8_250, 7_001), (7_750, 6_501),
         (103_493 * 10**14, 96_993 * 10**14), (1_034_930 * 10**12, 969_930 * 10**12)),
    # 20,000 x 0.825 + 1,000 x 0.03 = 16,530; 20,000 x 0.775 = 15,500: 3 % less 5 points is nothing
    Case(CompoundV2(COMPOUND), lambda *each: compound("collateral_factor", *each, generation=9),
         (8_250, 300), (7_750, 0),
         (16_530 * 10**18, 15_500 * 10**18), (1_033_125 * 10**12, 968_750 * 10**12)),
    Case(CompoundV2(VENUS_ISOLATED), lambda *each: compound("liquidation_threshold", *each),
         (8_250, 300), (7_750, 0),
         (16_530 * 10**18, 15_500 * 10**18), (1_033_125 * 10**12, 968_750 * 10**12)),
    Case(CompoundV3(), comet, (8_250, 300), (7_750, 0),
         (16_530 * 10**8, 15_500 * 10**8), (1_033_125 * 10**12, 968_750 * 10**12), made.comet().totals.last_accrual),
]  # fmt: skip


def followed(case: Case, thresholds: tuple[int, int]) -> Followed:
    rows, deployment = case.book(*thresholds), Deployment("c", case.protocol.name, made.ENTRY)
    return Followed(case.protocol, deployment, rows, case.protocol.view(deployment, rows, "price", NUMBER), NUMBER)


def shown(health: Health) -> tuple[State, int | None, int | None]:
    return health.state, health.weighted_collateral_value, health.health_factor_wad


@pytest.mark.parametrize("case", CASES, ids=["aave_v2", "compound_v2", "venus_isolated", "compound_v3"])
class TestFivePoints:
    def test_are_the_fields_that_governance_would_set(self, case: Case) -> None:
        rows, governed = case.book(*case.today), case.book(*case.lowered)
        assert isinstance(case.protocol, LowersThresholds)
        fields = case.protocol.lowered_thresholds(rows, POINTS)
        assert {name: {**own, **fields.get(name, {})} for name, own in rows.markets.items()} == governed.markets
        assert rows.markets != governed.markets

    def test_are_the_health_that_the_protocol_would_have(self, case: Case) -> None:
        own, governed = followed(case, case.today), followed(case, case.lowered)
        today = own.view.health(KEY, case.at, WAD)
        assert shown(today) == (State.HEALTHY, case.weighted[0], case.factor[0])
        stressed = Stress([own], case.at, {"c": {KEY: today}})
        below = stressed.under(Falls(Backings(LookThrough([]))), points_bps=POINTS).below
        assert below == {Found("c", KEY): governed.view.health(KEY, case.at, WAD)}
        assert shown(below[Found("c", KEY)]) == (State.LIQUIDATABLE, case.weighted[1], case.factor[1])
