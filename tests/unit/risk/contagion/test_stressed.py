"""The walk over real views: an Aave pool against brute force, and a Morpho market whose loss reaches that pool."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.book import DeploymentBook, Entity
from indexer.errors import UserError
from indexer.evm import Address, address
from indexer.protocols._interface import Deployment, Protocol
from indexer.protocols.aave_v3.adapter import AaveV3
from indexer.protocols.aave_v3.state import Account as AaveAccount
from indexer.protocols.aave_v3.state import Market, Position
from indexer.protocols.morpho_blue.adapter import MorphoBlue
from indexer.protocols.morpho_blue.interfaces import PARAMS, account_key
from indexer.risk.contagion.allocations import allocations
from indexer.risk.contagion.falls import Backing, Backings, Falls
from indexer.risk.contagion.first import first_to_fall
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.prices import stressed_prices
from indexer.risk.contagion.result import Contagion, Ending
from indexer.risk.contagion.shock import MarketId, Shock
from indexer.risk.contagion.stressed import StressedViews
from indexer.risk.contagion.walk import walk
from indexer.risk.footprints import Account
from indexer.risk.look_through import Conversion, LookThrough
from indexer.units import WAD
from indexer.words import State
from tests.protocols.aave_v3.strategies import NOW, V3_6, asset, reserve
from tests.unit.market_book import DEPLOYMENT, rows_of

WETH, STAKED, USDC, VAULT = (asset(number) for number in range(4))
FIFTH = Fraction(1, 5)
BELOW = (State.LIQUIDATABLE, State.BAD_DEBT)
ID = "0x" + "01" * 32
MORPHO = "morpho"
OTHER = address(0xC0)
DOLLARS = {WETH: 2_000, STAKED: 2_400, USDC: 1, VAULT: 1, OTHER: 1_000}
CONVERSIONS = [Conversion(STAKED, WETH, 12, 10, "wrapper"), Conversion(VAULT, USDC, 1, 1, "vault", MORPHO, ID)]
BACKINGS = Backings(LookThrough(CONVERSIONS))


def worth(token: Address) -> Fraction | None:
    return Fraction(DOLLARS[token]) if token in DOLLARS else None


def pool() -> Market:
    """Ether and its wrapper at 83 %, a dollar with 6 decimals at 78 %, a vault's share at 90 %."""
    fields = {"liquidation_threshold": 8_300, "ltv": 8_000, "liquidation_bonus": 10_500}
    reserves = [
        reserve(0, price=2_000 * 10**8 + 7, **fields),
        reserve(1, price=2_400 * 10**8 + 11, **fields),
        reserve(2, price=10**8, **{**fields, "liquidation_threshold": 7_800, "decimals": 6}),
        reserve(3, price=10**8, **{**fields, "liquidation_threshold": 9_000}),
    ]
    return Market(V3_6, {each.id: each for each in reserves}, {})


def holder(number: int, supplied: Mapping[int, int], owed: Mapping[int, int]) -> AaveAccount:
    positions = (Position(i, supplied.get(i, 0), owed.get(i, 0), i in supplied, 0) for i in sorted({*supplied, *owed}))
    return AaveAccount(address(0xB0000 + number), 0, tuple(positions))


def crowd(dice: Random, size: int) -> list[AaveAccount]:
    """Ether or staked ether against dollars or ether, health factors from 0.9 to 2."""
    accounts = []
    for number in range(size):
        supplied = {i: dice.randint(1, 10**21) for i in dice.sample((0, 1), dice.randint(1, 2))}
        weighted = sum(amount * (2_000, 2_400)[i] * 83 // 100 for i, amount in supplied.items())
        debt = weighted * 1_000 // dice.randint(900, 2_000)
        owed = {0: debt // 2_000} if dice.random() < 0.2 else {2: debt // 10**12}
        accounts.append(holder(number, supplied, owed))
    return accounts


def followed(rows: DeploymentBook, protocol: Protocol, name: str) -> Followed:
    deployment = Deployment(name, protocol.name, address(0xE))
    return Followed(protocol, deployment, rows, protocol.view(deployment, rows, "price", 1), 1)


def aave(accounts: list[AaveAccount], market: Market | None = None) -> Followed:
    return followed(rows_of(market or pool(), accounts), AaveV3(), DEPLOYMENT)


def brute(own: Followed, prices: Mapping[str, int | None]) -> dict[str, int | None]:
    """Everybody below at these prices, with the exact factor, asked one by one of a view of their own."""
    view = own.protocol.view(own.deployment, own.rows, prices, own.number)
    healths = {key: view.health(key, NOW, WAD) for key in view.accounts()}
    return {key: health.health_factor_wad for key, health in healths.items() if health.state in BELOW}


def walked(*parts: Followed, shock: Shock) -> Contagion:
    return walk(StressedViews(parts, NOW, worth), shock, BACKINGS)


def test_prices_are_the_floors_of_what_is_left() -> None:
    own = aave([])
    fallen = Falls(BACKINGS, Shock({WETH: Fraction(1, 3)}, {STAKED: Fraction(1, 100)}))
    assert stressed_prices(own.view, list(own.rows.markets), fallen) == {
        WETH: (2_000 * 10**8 + 7) * 2 // 3,
        STAKED: (2_400 * 10**8 + 11) * 2 * 99 // 300,
        USDC: 10**8,
        VAULT: 10**8,
    }


@given(st.integers(0, 2**64).map(Random), st.sampled_from([0, 1, 5, 20, 60, 99]))
@settings(max_examples=15, deadline=None)
def test_who_falls_is_who_a_view_at_those_prices_finds_below(dice: Random, percent: int) -> None:
    own = aave(crowd(dice, 60))
    left = 100 - percent
    prices: dict[str, int | None] = {
        WETH: (2_000 * 10**8 + 7) * left // 100,
        STAKED: (2_400 * 10**8 + 11) * left // 100,
        USDC: 10**8,
        VAULT: 10**8,
    }
    found = walked(own, shock=Shock({WETH: Fraction(percent, 100)}))
    before = brute(own, {name: own.view.price_of(name) for name in own.rows.markets})
    below = brute(own, prices)
    assert {each.account.key for each in found.baseline} == before.keys()
    # Who owes ether may be helped by its fall: once below before the shock, he stays in the baseline.
    assert {each.account.key for each in found.fallers} == below.keys() - before.keys()
    assert {each.account.key: each.health_factor_wad for each in found.fallers} == {
        key: factor for key, factor in below.items() if key not in before
    }
    assert found.ending is Ending.FIXED_POINT


def test_a_fifth_off_ether_in_exact_integers() -> None:
    one, dollar = 10**18, 10**6
    people = [
        holder(0, {0: one}, {2: 1_328 * dollar}),  # 1,600 x 83 % is 1,328 (and 4 / 100,000,000)
        holder(1, {0: one}, {2: 1_329 * dollar}),
        holder(2, {1: one}, {2: 1_900 * dollar}),  # 1,920 fetch 1,828.57
        holder(3, {1: one}, {0: one * 8 // 10}),  # owes what falls with it
        holder(4, {0: one}, {2: 1_700 * dollar}),  # below before
    ]
    prices = {WETH: 160_000_000_005, STAKED: 192_000_000_008}
    found = walked(aave(people), shock=Shock({WETH: FIFTH}))
    second, third = found.fallers
    assert [each.account.key for each in found.baseline] == [people[4].address]
    assert [each.account.key for each in found.fallers] == [people[1].address, people[2].address]
    assert second.health_factor_wad == prices[WETH] * 8_300 * 10**18 // (1_329 * 10**8 * 10_000)
    assert (second.state, third.state) == (State.LIQUIDATABLE, State.LIQUIDATABLE)
    assert second.shortfall == 0
    assert third.collateral == Fraction(prices[STAKED], 10**8)
    assert third.shortfall == 1_900 - Fraction(prices[STAKED], 10**8) / Fraction(105, 100)
    assert third.causes == (("shock", WETH, STAKED, f"{DEPLOYMENT}/{STAKED}", people[2].address),)
    late = found.baseline[0]
    assert late.short_before == 0
    assert late.shortfall == 1_700 - Fraction(prices[WETH], 10**8) / Fraction(105, 100)
    assert found.losses[0].market == MarketId(DEPLOYMENT, USDC)
    assert found.losses[0].lost == ((third.shortfall or 0) + (late.shortfall or 0)) * dollar
    assert found.balance.relief == 0
    assert found.balance.bad_debt == (third.shortfall or 0) + (late.shortfall or 0)


def test_a_missing_price_is_unknown_and_never_healthy() -> None:
    market = pool()
    unread = replace(market, reserves={**market.reserves, 1: replace(market.reserves[1], price=None)})
    people = [holder(0, {1: 10**18}, {2: 10**6}), holder(1, {0: 10**18}, {2: 10**6}), holder(2, {1: 10**18}, {})]
    found = walked(aave(people, unread), shock=Shock({WETH: FIFTH}))
    assert found.unknown == (Account(DEPLOYMENT, people[0].address),)
    assert found.fallers == ()


def test_what_may_not_be_said_is_unknown() -> None:
    own = replace(aave([holder(0, {0: 10**18}, {2: 1_500 * 10**6})]), is_withheld=True)
    found = walked(own, shock=Shock({WETH: FIFTH}))
    assert [each.key for each in found.unknown] == [address(0xB0000)]
    assert found.fallers == ()


def lender() -> tuple[Followed, str]:
    """1,000 dollars lent, 800 of them owed against one other token at 1,000 and 86 %, with a bonus of 4.38 %."""
    rows = DeploymentBook()
    words = (int(USDC, 16), int(OTHER, 16), 0xA, 0, 86 * 10**16)
    fields = dict(zip(PARAMS, words, strict=True)) | {
        "last_update": NOW,
        "total_supply_assets": 1_000 * 10**6,
        "total_supply_shares": 1_000 * 10**12,
        "total_borrow_assets": 800 * 10**6,
        "total_borrow_shares": 800 * 10**12,
        "price": 1_000 * 10**24,
        "loan_decimals": 6,
        "collateral_decimals": 18,
    }
    for field, value in fields.items():
        rows.set(Entity(MORPHO, ID), field, value)
    key = account_key(address(0xB0B), ID)
    for field, value in {"borrow_shares": 800 * 10**12, "collateral": 10**18}.items():
        rows.set(Entity(MORPHO, ID, key), field, value)
    rows.set(Entity(MORPHO, ID, account_key(VAULT, ID)), "supply_shares", 1_000 * 10**12)
    return followed(rows, MorphoBlue(), MORPHO), key


def test_bad_debt_in_one_protocol_makes_a_vault_s_holder_fall_in_another() -> None:
    one, dollar = 10**18, 10**6
    lent, borrower = lender()
    people = [holder(0, {3: 1_000 * one}, {2: 700 * dollar}), holder(1, {3: 1_000 * one}, {2: 600 * dollar})]
    found = walked(lent, aave(people), shock=Shock({OTHER: Fraction(2, 5)}))
    assert [(each.account.key, each.round) for each in found.fallers] == [(people[0].address, 2), (borrower, 1)]
    holder_of_vault, debtor = found.fallers
    bonus = Fraction(438, 10_000)
    short = 800 - Fraction(600) / (1 + bonus)
    assert debtor.health_factor_wad == 600 * 86 * 10**18 // (800 * 100)
    assert debtor.state is State.BAD_DEBT
    assert (debtor.shortfall, debtor.absorbed, debtor.bad_debt) == (short, Fraction(0), short)
    share = short / 1_000
    lost = Fraction(-(-share.numerator * WAD // share.denominator), WAD)
    assert [(loss.market, loss.token, loss.lost, loss.share) for loss in found.losses] == [
        (MarketId(MORPHO, ID), USDC, short * dollar, lost)
    ]
    price = int(10**8 * (1 - lost))
    assert holder_of_vault.health_factor_wad == price * 1_000 * 9_000 * 10**18 // (700 * 10**8 * 10_000)
    assert holder_of_vault.state is State.LIQUIDATABLE
    assert holder_of_vault.causes == ((f"loss of {MORPHO}/{ID}", VAULT, f"{DEPLOYMENT}/{VAULT}", people[0].address),)
    assert found.balance.bad_debt == short


def test_a_vault_s_allocation_is_what_its_contract_supplies() -> None:
    lent, _ = lender()
    second = "0x" + "02" * 32
    for field, value in lent.rows.markets[ID].items():
        lent.rows.set(Entity(MORPHO, second), field, value)
    lent.rows.set(Entity(MORPHO, second, account_key(VAULT, second)), "supply_shares", 250 * 10**12)
    look = LookThrough([Conversion(VAULT, USDC, 1, 1, "vault", MORPHO), Conversion(STAKED, OTHER, 1, 1, "wrapper")])
    assert allocations({MORPHO: lent.view}, look, NOW) == [
        Backing(VAULT, MarketId(MORPHO, ID), Fraction(4, 5)),
        Backing(VAULT, MarketId(MORPHO, second), Fraction(1, 5)),
    ]
    assert allocations({MORPHO: lent.view}, BACKINGS.look, NOW) == []


def test_a_market_that_is_not_listed_is_the_user_s_mistake() -> None:
    with pytest.raises(UserError, match="no market"):
        walked(aave([]), shock=Shock(bad_debt={MarketId(DEPLOYMENT, "0x1"): 5}))
    with pytest.raises(UserError, match="no market"):
        walked(aave([]), shock=Shock(bad_debt={MarketId("elsewhere", USDC): 5}))


def test_the_first_to_fall_is_what_the_protocols_own_projections_say() -> None:
    one, dollar = 10**18, 10**6
    lent, borrower = lender()
    people = [holder(0, {0: one}, {2: 1_500 * dollar}), holder(1, {1: one, 0: one}, {2: 3_500 * dollar})]
    own = aave(people)
    accounts = [Account(MORPHO, borrower), *(Account(DEPLOYMENT, each.address) for each in people)]
    drops = {
        account: view.projection(account.key, NOW).uniform_drop  # type: ignore[union-attr]
        for account, view in zip(accounts, (lent.view, own.view, own.view), strict=True)
    }
    found = first_to_fall(StressedViews([lent, own], NOW, worth), accounts, BACKINGS)
    assert found is not None
    assert found.account == min(drops, key=lambda account: drops[account] or 1)
    assert float(found.fall) == drops[found.account]
    assert [each.state for each in found.standings] == [State.HEALTHY, State.HEALTHY, State.LIQUIDATABLE]
