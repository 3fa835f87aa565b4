"""Views of stored rows: who an account is, what is unknown and what is merely without a price, the screen's bound."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.book import DeploymentBook, Entity
from indexer.evm import ZERO_ADDRESS, Address, Answer, Call, address
from indexer.protocols._interface import AccountId, Deployment, ValueUnit
from indexer.protocols.morpho_blue.adapter import MorphoBlue
from indexer.protocols.morpho_blue.interfaces import MORPHO, PARAMS, account_key
from indexer.protocols.morpho_blue.reads import rate_name
from indexer.protocols.morpho_blue.view import MorphoView
from indexer.risk.screen import candidates
from indexer.words import Reason, State
from tests.protocols.morpho_blue.made import ADAPTIVE, COLLATERAL, LOAN, ORACLE, OTHER_IRM, START

ENTRY, ALICE, BOB = (address(number) for number in (0xE, 0xA11CE, 0xB0B))
FIRST, SECOND = "0x" + "01" * 32, "0x" + "02" * 32
CUT = 105 * 10**16
WAD = 10**18


def listed(rows: DeploymentBook, market: str = FIRST, irm: Address = OTHER_IRM, **fields: int) -> None:
    words = (int(LOAN, 16), int(COLLATERAL, 16), int(ORACLE, 16), int(irm, 16), 86 * 10**16)
    fields = dict(zip(PARAMS, words, strict=True)) | {"last_update": START} | fields
    for field, value in fields.items():
        rows.set(Entity("morpho", market), field, value)


def held(rows: DeploymentBook, user: Address, market: str = FIRST, **fields: int) -> str:
    key = account_key(user, market)
    for field, value in fields.items():
        rows.set(Entity("morpho", market, key), field, value)
    return key


def lent() -> tuple[DeploymentBook, str, str]:
    """1,000 supplied by Alice, 500 owed by Bob against one unit of collateral worth 1,000."""
    rows = DeploymentBook()
    listed(
        rows,
        total_supply_assets=1_000_000_000,
        total_supply_shares=1_000_000_000_000_000,
        total_borrow_assets=500_000_000,
        total_borrow_shares=500_000_000_000_000,
        price=1_000 * 10**24,
        next_price=900 * 10**24,
        borrow_rate=10**9,
        next_borrow_rate=2 * 10**9,
        loan_decimals=6,
        collateral_decimals=18,
    )
    alice = held(rows, ALICE, supply_shares=1_000_000_000_000_000)
    return rows, alice, held(rows, BOB, borrow_shares=500_000_000_000_000, collateral=10**18)


def view(rows: DeploymentBook, prices: str | Mapping[str, int | None] = "price") -> MorphoView:
    return MorphoView(ENTRY, rows, prices)


def test_who_an_account_is() -> None:
    rows, alice, bob = lent()
    other = held(rows, ALICE, SECOND, collateral=5)
    assert view(rows).identify(bob) == AccountId(BOB, BOB, FIRST)
    assert view(rows).keys_of(ALICE) == [alice, other]
    assert view(rows).keys_of(ENTRY) == []
    assert view(rows).unit(bob) == ValueUnit("loan_token", 6, is_usd=False, asset=LOAN)
    assert view(rows).price_unit(FIRST) == ValueUnit("loan_token", 24, is_usd=False, asset=LOAN)
    assert view(rows).priced_asset(FIRST) == COLLATERAL


def test_values_are_the_contracts_at_each_time() -> None:
    rows, alice, bob = lent()
    now = view(rows).health(bob, START, CUT)
    assert (now.debt_value, now.collateral_value, now.weighted_collateral_value) == (500_000_000, 10**9, 860_000_000)
    assert now.health_factor_wad == 172 * 10**16
    later = view(rows, "next_price").health(bob, START + 12, CUT)
    assert later.debt_value == 500_000_000 + 12  # 2e9 a second for 12 seconds of 500,000,000, rounded down
    assert later.collateral_value == 900_000_000
    lender = view(rows).health(alice, START, CUT)
    assert (lender.state, lender.health_factor_wad, lender.debt_value) == (State.HEALTHY, None, 0)


def test_given_prices_may_bring_rates_along() -> None:
    rows, _, bob = lent()
    day = START + 86_400
    with_rate = view(rows, {FIRST: 1_000 * 10**24, rate_name(FIRST): 0}).health(bob, day, CUT)
    assert with_rate.debt_value == 500_000_000
    shocked = view(rows, {FIRST: 500 * 10**24}).health(bob, day, CUT)
    assert shocked.state is State.BAD_DEBT
    assert shocked.debt_value == 500_043_201
    failed = view(rows, {FIRST: 10**27, rate_name(FIRST): None}).health(bob, day, CUT)
    assert failed.reason is Reason.UNREADABLE


@pytest.mark.parametrize(("missing", "reason"), [("price", Reason.UNPRICED), ("borrow_rate", Reason.UNREADABLE)])
def test_what_cannot_be_read_leaves_only_debtors_unknown(missing: str, reason: Reason) -> None:
    rows, alice, bob = lent()
    carol = held(rows, ENTRY, collateral=7)
    rows.set(Entity("morpho", FIRST), missing, None)
    at, found = START + 1, view(rows)
    assert found.health(bob, at, CUT).reason is reason
    assert found.owes(bob)
    assert found.liquidation(bob, at) == ()
    assert found.projection(bob, at) is None
    assert found.explain(bob, at) == []
    for key in (alice, carol):
        health = found.health(key, at, CUT)
        assert (health.state, health.reason, health.health_factor_wad) == (State.HEALTHY, None, None)
        assert not found.owes(key)
    named = {rows.accounts[row] for row in candidates(rows, found.weights(at), CUT)}
    assert bob in named


def test_a_market_never_heard_of_is_unreadable() -> None:
    rows = DeploymentBook()
    key = held(rows, BOB, borrow_shares=5)
    assert view(rows).health(key, START, CUT).reason is Reason.UNREADABLE
    assert view(rows).positions(key, START) == []


def test_the_fee_recipient_is_shown_what_an_accrual_would_add() -> None:
    rows, _, _ = lent()
    rows.set(Entity("morpho", FIRST), "fee", 25 * 10**16)
    rows.set(Entity("morpho"), "fee_recipient", int(ENTRY, 16))
    key = held(rows, ENTRY, supply_shares=0)
    (row,) = view(rows).positions(key, START + 10**6)
    assert row.supplied > 120_000  # a quarter of 500,000 of interest, rounded down
    assert view(rows).positions(key, START) == []


def test_the_entry_must_be_a_singleton() -> None:
    protocol, deployment = MorphoBlue(), Deployment("morpho", "morpho_blue", ENTRY)
    calls = protocol.plan_identity(deployment, {})
    known: dict[Call, Answer] = {call: bytes(call.answer_bytes) for call in calls}
    assert protocol.identity(deployment, known).supported
    assert protocol.identity(deployment, {}).fault is not None
    listed_none = MORPHO.call("idToMarketParams", ENTRY, 0)
    assert protocol.identity(deployment, known | {listed_none: b"\1" * 160}).fault is not None


AMOUNTS = st.integers(0, 2**112)


@given(
    st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=8),
    st.integers(0, 2**120),
    st.integers(0, WAD - 1),
    st.integers(1, 2**100),
    st.sampled_from([ZERO_ADDRESS, ADAPTIVE]),
    st.integers(0, 10**7),
)
def test_the_screen_names_everybody_below_his_next_wad(
    positions: list[tuple[int, int]], price: int, lltv: int, assets: int, irm: Address, seconds: int
) -> None:
    rows = DeploymentBook()
    shares = sum(owed for owed, _ in positions)
    totals = {"total_borrow_assets": assets, "total_supply_assets": 2 * assets, "total_borrow_shares": shares}
    listed(rows, FIRST, irm, **totals, price=price, lltv=lltv, rate_at_target=10**9)
    keys = [
        held(rows, address(0x1000 + index), borrow_shares=owed, collateral=collateral)
        for index, (owed, collateral) in enumerate(positions)
    ]
    found, at = view(rows), START + seconds
    for key in keys:
        health = found.health(key, at, CUT)
        cut = WAD if health.health_factor_wad is None else health.health_factor_wad + 1
        named = {rows.accounts[row] for row in candidates(rows, found.weights(at), cut)}
        assert key in named or (health.health_factor_wad is None and not found.owes(key))


def test_a_curve_whose_rate_was_never_told_is_not_taken_for_a_young_one() -> None:
    """At the curve's initial rate a market that pays more would owe too little, and look healthy."""
    rows, _, bob = lent()
    rows.set(Entity("morpho", FIRST), "irm", int(ADAPTIVE, 16))
    at = START + 86_400
    health = view(rows).health(bob, at, CUT)
    assert (health.state, health.reason) == (State.UNKNOWN, Reason.UNREADABLE)
    assert view(rows).markets(at)[0].amounts["borrowed"] is None
    rows.set(Entity("morpho", FIRST), "rate_at_target", 10**9)
    assert view(rows).health(bob, at, CUT).state is State.HEALTHY


def test_a_market_has_the_names_that_are_the_same_for_every_protocol() -> None:
    facts = view(lent()[0]).markets(START)[0].facts
    expected = {"decimals": 6, "ltv_bps": 8_600, "liquidation_threshold_bps": 8_600, "liquidation_bonus_bps": 438}
    assert {name: facts[name] for name in expected} == expected
