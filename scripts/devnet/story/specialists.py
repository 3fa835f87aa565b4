"""What only some users do: e-mode, isolation, siloed borrowing, stable rates, delegation, flash loans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.market import STABLE, VARIABLE
from scripts.devnet.story.calm import wiggle_prices
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.devnet.market import Market

DOLLAR = 10**8
# Category numbers differ between the markets, see plan.py.
STABLES_EMODE = {True: 1, False: 2}
ETHER_EMODE = {True: 2, False: 1}


def borrow_share(market: Market, who: Sequence[str], symbol: str, share: float, mode: int = VARIABLE) -> None:
    """Everybody borrows that share of what is available to them."""
    for state in market.accounts(who):
        dollars = state.available_base / DOLLAR * share
        market.borrow(state.address, symbol, market.units(symbol, dollars), mode=mode)


def enter_emode(world: World) -> None:
    """Stable coin users and staked ether users enter their categories, before or after supplying."""
    for market in world.markets:
        cast = world.cast(market).specialists
        for index, who in enumerate(cast[:6]):
            symbol = ("USDC", "DAI")[index % 2]
            market.supply(who, symbol, market.units(symbol, world.size(200, 200_000)))
            market.set_emode(who, STABLES_EMODE[market.legacy])
        for who in cast[6:12]:
            market.set_emode(who, ETHER_EMODE[market.legacy])
            market.supply(who, "WSTETH", market.units("WSTETH", world.size(500, 300_000)))


def borrow_in_emode(world: World) -> None:
    """They borrow close to the category's limit."""
    for market in world.markets:
        cast = world.cast(market).specialists
        borrow_share(market, cast[:6], "USDT", world.dice.uniform(0.8, 0.98))
        borrow_share(market, cast[6:12], "WETH", world.dice.uniform(0.8, 0.98))


def supply_isolated(world: World) -> None:
    """CRV is supplied; isolated collateral is not switched on by itself."""
    for market in world.markets:
        for who in world.cast(market).specialists[12:17]:
            market.supply(who, "CRV", market.units("CRV", world.size(2_000, 90_000)))


def enable_isolated(world: World) -> None:
    """The owners switch it on."""
    for market in world.markets:
        for who in world.cast(market).specialists[12:17]:
            market.use_as_collateral(who, "CRV", True)


def borrow_isolated(world: World) -> None:
    """They borrow against the debt ceiling, to the limit."""
    for market in world.markets:
        cast = world.cast(market).specialists
        borrow_share(market, cast[12:15], "DAI", 0.97)
        borrow_share(market, cast[15:17], "USDC", 0.97)
        for who in cast[17:24]:
            market.supply(who, "WETH", market.units("WETH", world.size(3_000, 60_000)))


def borrow_siloed(world: World) -> None:
    """SUSD can only be borrowed alone."""
    for market in world.markets:
        borrow_share(market, world.cast(market).specialists[17:20], "SUSD", 0.7)


def borrow_stable(world: World) -> None:
    """Stable-rate debt in two reserves of 3.0.2, some beside variable debt."""
    cast = world.cast(world.legacy).specialists
    borrow_share(world.legacy, cast[20:23], "USDC", 0.48, STABLE)
    borrow_share(world.legacy, cast[21:24], "EURS", 0.3, STABLE)
    borrow_share(world.legacy, cast[22:24], "DAI", 0.2)
    borrow_share(world.main, world.cast(world.main).specialists[20:24], "DAI", 0.3)


def swap_rates(world: World) -> None:
    """One debtor goes from stable to variable, others from variable to stable."""
    cast = world.cast(world.legacy).specialists
    world.legacy.swap_rate(cast[20], "USDC", STABLE)
    world.legacy.swap_rate(cast[22], "DAI", VARIABLE)
    world.legacy.swap_rate(cast[23], "DAI", VARIABLE)


def repay_stable(world: World) -> None:
    """A part of one stable debt, the whole of another."""
    cast = world.cast(world.legacy).specialists
    debt = world.legacy.position(cast[21], "USDC").stable_debt
    world.legacy.repay(cast[21], "USDC", debt // 3, mode=STABLE)
    debt = world.legacy.position(cast[23], "EURS").stable_debt
    world.legacy.repay(cast[23], "EURS", debt + debt // 10 + 1, mode=STABLE)


def delegate(world: World) -> None:
    """Three owners of collateral let others borrow on their credit."""
    for market in world.markets:
        cast = world.cast(market).specialists
        for giver, taker in zip(cast[24:27], cast[27:30], strict=True):
            market.supply(giver, "WBTC", market.units("WBTC", world.size(4_000, 40_000)))
            market.delegate(giver, "USDC", taker, market.units("USDC", 5_000))
        if market.legacy:
            market.delegate(cast[24], "USDC", cast[27], market.units("USDC", 500), STABLE)


def borrow_on_credit(world: World) -> None:
    """The others borrow; the debt belongs to the owners. One of them takes a stable rate."""
    for market in world.markets:
        cast = world.cast(market).specialists
        for giver, taker in zip(cast[24:27], cast[27:30], strict=True):
            market.borrow(taker, "USDC", market.units("USDC", world.size(200, 900)), debtor=giver)
        if market.legacy:
            amount = market.units("USDC", 300)
            market.borrow(cast[27], "USDC", amount, debtor=cast[24], mode=STABLE)


def flash_loans(world: World) -> None:
    """Some nobody pays back: they become debt. One is repaid: its premium lifts the index on 3.0.2."""
    receiver = world.site.flash_receiver
    for market in world.markets:
        members = world.cast(market).specialists
        for state in market.accounts(members[23:26]):
            amount = market.units("USDT", state.available_base / DOLLAR * 0.2)
            market.flash_loan(state.address, receiver, "USDT", amount, into_debt=True)
        market.flash_loan(members[0], receiver, "DAI", market.units("DAI", 90_000), into_debt=False)


def two_days(world: World) -> None:
    """Prices of the quiet time before interest is noticed."""
    wiggle_prices(world, 4)


def specialists() -> Chapter:
    """One chapter, one beat for each practice."""
    acts = (
        (enter_emode, 12),
        (borrow_in_emode, 12),
        (supply_isolated, 12),
        (enable_isolated, 600),
        (borrow_isolated, 12),
        (borrow_siloed, 12),
        (borrow_stable, 12),
        (two_days, 172_800),
        (swap_rates, 3_600),
        (repay_stable, 12),
        (delegate, 12),
        (borrow_on_credit, 12),
        (flash_loans, 12),
        (two_days, 172_800),
    )
    return Chapter("specialists", tuple(Beat(act, seconds) for act, seconds in acts))
