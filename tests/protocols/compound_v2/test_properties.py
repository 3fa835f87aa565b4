"""What must hold for any pool: the screen misses nobody, the most that can be repaid is the most, boundaries are."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given, settings

from indexer.book import Book, DeploymentBook, Entity
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.accrual import accrue, exchange_rate
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.liquidation import Pair, max_repay, seize_ratio
from indexer.protocols.compound_v2.rules import COMPOUND, V2_9
from indexer.protocols.compound_v2.state import Market, Pool
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import State

NUMBER = 10_000
NAMES = [address(f"0x{n:040x}") for n in (1, 2, 3)]
USERS = [address(f"0x{n:040x}") for n in range(100, 106)]
AMOUNTS = st.one_of(st.integers(0, 3), st.integers(0, 10**9), st.integers(0, 10**24), st.integers(0, 2**130))
PRICES = st.one_of(st.none(), st.just(0), st.integers(1, 10**6), st.integers(10**15, 10**36), st.just(2**200))
MARKETS = st.fixed_dictionaries(
    {
        "cash": AMOUNTS,
        "total_borrows": AMOUNTS,
        "reserves": st.integers(0, 10**6),
        "total_supply": AMOUNTS,
        "borrow_index": st.one_of(st.integers(WAD, 5 * WAD), st.just(2**81)),
        "accrual": st.integers(NUMBER - 5_000, NUMBER),
        "borrow_rate": st.one_of(st.integers(0, 10**12), st.just(6 * 10**12)),
        "reserve_factor": st.sampled_from([0, 10**17, WAD]),
        "collateral_factor": st.one_of(st.just(0), st.integers(0, 9 * 10**17)),
        "borrow_paused": st.integers(0, 1),
        "seize_share": st.sampled_from([0, 28 * 10**15]),
        "price": PRICES,
    }
)
POSITIONS = st.fixed_dictionaries(
    {"supply": AMOUNTS, "debt": AMOUNTS, "interest_index": st.integers(WAD, 2 * WAD), "member": st.integers(0, 1)}
)


@st.composite
def books(draw: st.DrawFn) -> DeploymentBook:
    """A deployment with three markets and six accounts."""
    book = Book()
    own = {"generation": draw(st.sampled_from(list(COMPOUND))), "close_factor": 5 * 10**17, "incentive": 108 * 10**16}
    for field, value in own.items():
        book.set(Entity("c"), field, value)
    for name in NAMES:
        fixed = {"listed": 1, "asset": int(name, 16) + 9, "decimals": 18}
        for field, number in {**fixed, **draw(MARKETS)}.items():
            book.set(Entity("c", name), field, number)
    for user in USERS:
        for name in draw(st.sets(st.sampled_from(NAMES), min_size=1)):
            for field, value in draw(POSITIONS).items():
                book.set(Entity("c", name, user), field, value)
            if book.get(Entity("c", name, user), "debt"):
                book.set(Entity("c", name, user), "member", 1)  # borrowing enters the market
    return book["c"]


@settings(max_examples=400, deadline=None)
@given(books())
def test_the_screen_misses_nobody(rows: DeploymentBook) -> None:
    view = CompoundV2().view(Deployment("c", "compound_v2", NAMES[0]), rows, "price", NUMBER)
    weights = view.weights(0)
    assert weights is not None

    def named(cut: int) -> set[str]:
        return {rows.accounts[row] for row in candidates(rows, weights, cut)}

    for key in view.accounts():
        health = view.health(key, 0, 105 * 10**16)
        if health.health_factor_wad is not None:
            assert key in named(health.health_factor_wad + 1)
        if health.liquidatable_after_accrual or health.state in (State.LIQUIDATABLE, State.BAD_DEBT):
            assert key in named(WAD)
        if health.state is State.UNKNOWN and view.owes(key):
            assert key in named(1)
        assert health.state is not State.LIQUIDATABLE or view.liquidation(key, 0) != ()


MARKET = Market(
    address=NAMES[0],
    asset=NAMES[1],
    decimals=18,
    price=WAD,
    cash=10**24,
    total_borrows=10**24,
    reserves=0,
    total_supply=10**24,
    borrow_index=WAD,
    accrual=NUMBER,
    borrow_rate=10**11,
    reserve_factor=0,
    threshold=8 * 10**17,
    seize_share=0,
)


@settings(max_examples=300, deadline=None)
@given(
    owed=st.integers(1, 10**24),
    held=st.integers(1, 10**24),
    total=st.integers(1, 10**24),
    price=st.integers(10**12, 10**24),
    cash=st.integers(10**18, 10**30),
    forced=st.booleans(),
    close_factor=st.integers(5 * 10**16, 9 * 10**17),
)
def test_the_most_is_the_most(
    *, owed: int, held: int, total: int, price: int, cash: int, forced: bool, close_factor: int
) -> None:
    borrowed = replace(MARKET, total_borrows=total, forced=forced, price=price)
    collateral = replace(MARKET, address=Address(NAMES[2]), cash=cash)
    pool = Pool(V2_9, {}, close_factor, 108 * 10**16)
    ratio = seize_ratio(pool, borrowed, collateral)
    repay, seized = max_repay(pool, Pair(borrowed, collateral, owed, held), ratio)

    def accepted(amount: int) -> bool:
        limit = owed if forced else close_factor * owed // WAD
        return amount <= limit and amount <= total and ratio * amount // WAD <= held

    assert accepted(repay)
    assert not accepted(repay + 1)
    assert seized == ratio * repay // WAD


@given(st.integers(NUMBER, NUMBER + 10**7), st.integers(0, 5 * 10**12), st.integers(0, WAD))
def test_accrual_never_lowers_what_a_ctoken_is_worth(number: int, rate: int, factor: int) -> None:
    market = replace(MARKET, borrow_rate=rate, reserve_factor=factor)
    accrued = accrue(market, V2_9, number)
    assert exchange_rate(accrued) >= exchange_rate(market)
    assert (accrued.borrow_index or 0) >= WAD
    assert accrue(accrued, V2_9, number) == accrued


def test_a_rate_beyond_the_contracts_limit_stops_accrual() -> None:
    for rate, refused in ((5 * 10**12, False), (5 * 10**12 + 1, True)):
        try:
            accrue(replace(MARKET, borrow_rate=rate), V2_9, NUMBER + 1)
        except ArithmeticOverflow:
            assert refused
        else:
            assert not refused
