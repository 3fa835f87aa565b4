"""Liquidity arrives, then borrowers of all sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.plan import DROPPED
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.market import Market

COLLATERALS = ("WETH", "WSTETH", "WBTC", "LINK", "USDC", "DAI", "USDT")
DEBTS = ("USDC", "DAI", "USDT", "WETH", "WBTC", "LINK")
LIQUIDITY_BLOCKS = 6
GROUP = 6


def seed_liquidity(world: World, step: int) -> None:
    """Each reserve gets several suppliers, every supplier several reserves."""
    for market in world.markets:
        symbols = [symbol for symbol in market.listed() if symbol != DROPPED]
        suppliers = world.cast(market).suppliers
        for index, who in enumerate(suppliers):
            if index % LIQUIDITY_BLOCKS != step:
                continue
            for offset in range(4):
                symbol = symbols[(index * 3 + offset) % len(symbols)]
                if symbol == "CRV" and offset:
                    continue
                market.supply(who, symbol, market.units(symbol, world.size(400_000, 2_500_000)))


def supply_group(world: World, market: Market, group: int) -> None:
    """Some borrowers supply one to three collaterals."""
    for who in world.cast(market).borrowers[group * GROUP : (group + 1) * GROUP]:
        dollars = world.size(60, 400_000)
        # Mostly volatile collateral and stable debt: the crash shall have something to break.
        symbols = COLLATERALS[:4] if world.dice.random() < 0.7 else COLLATERALS
        for symbol in world.dice.sample(symbols, world.dice.choice((1, 1, 2, 3))):
            market.supply(who, symbol, market.units(symbol, dollars * world.dice.uniform(0.3, 1)))


def borrow_group(world: World, market: Market, group: int) -> None:
    """Some borrowers borrow one or two assets, with a share of what they may."""
    members = world.cast(market).borrowers[group * GROUP : (group + 1) * GROUP]
    for state in market.accounts(members):
        greed = world.dice.uniform(0.5, 0.985)
        symbols = DEBTS[:3] if world.dice.random() < 0.7 else DEBTS
        chosen = world.dice.sample(symbols, world.dice.choice((1, 1, 2)))
        for symbol in chosen:
            dollars = state.available_base / 10**8 * greed / len(chosen)
            market.borrow(state.address, symbol, market.units(symbol, dollars))


def arrivals(world: World, step: int) -> None:
    """Group after group: supply in one block, borrow in the next, the markets alternating."""
    group, phase = divmod(step, 2)
    for market in world.markets:
        if phase == 0:
            supply_group(world, market, group)
        else:
            borrow_group(world, market, group)
    if step % 3 == 2:
        world.feeds.move(world.dice.choice(("ETH / USD", "BTC / USD", "LINK / USD")), 40 - step)


def opening() -> tuple[Chapter, ...]:
    """The first two chapters."""
    liquidity = tuple(Beat(partial(seed_liquidity, step=step)) for step in range(LIQUIDITY_BLOCKS))
    borrowing = tuple(Beat(partial(arrivals, step=step), 12 if step % 5 else 1800) for step in range(20))
    return (Chapter("liquidity", liquidity), Chapter("borrowers arrive", borrowing))
