"""Ordinary life: random users, small price moves, no drama. It also goes on after the script has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.plan import FEEDS
from scripts.devnet.story.liquidation import liquidate
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.devnet.market import AccountState, Market

DOLLAR = 10**8
DEBTS = ("USDC", "DAI", "USDT", "WETH", "WBTC", "LINK")
STABLES = ("USDC / USD", "USDT / USD", "DAI / USD", "SUSD / USD")


def supply_more(world: World, market: Market, state: AccountState) -> None:
    """Add to a random position, or open one."""
    held = [item.symbol for item in market.positions(state.address) if item.used_as_collateral]
    symbol = world.dice.choice(held) if held else world.dice.choice(("WETH", "USDC", "WBTC"))
    market.supply(state.address, symbol, market.units(symbol, world.size(50, 20_000)))


def borrow_more(world: World, market: Market, state: AccountState) -> None:
    """Borrow a part of what is available."""
    dollars = state.available_base / DOLLAR * world.dice.uniform(0.05, 0.5)
    if dollars < 1:
        return
    symbol = world.dice.choice(DEBTS)
    market.borrow(state.address, symbol, market.units(symbol, dollars))


def repay_some(world: World, market: Market, state: AccountState) -> None:
    """Repay a part of one debt, now and then all of it."""
    debts = [item for item in market.positions(state.address) if item.variable_debt]
    if not debts:
        return
    item = world.dice.choice(debts)
    share = world.dice.choice((0.1, 0.3, 0.6, 1.02))
    market.repay(state.address, item.symbol, max(1, int(item.variable_debt * share)))


def withdraw_some(world: World, market: Market, state: AccountState) -> None:
    """Withdraw a small part; without debt now and then everything."""
    held = [item for item in market.positions(state.address) if item.supplied]
    if not held:
        return
    item = world.dice.choice(held)
    if state.debt_base == 0 and world.dice.random() < 0.3:
        market.withdraw(state.address, item.symbol)
    elif state.health_wad > 12 * 10**17:
        market.withdraw(state.address, item.symbol, max(1, item.supplied // 12))


def send_a_tokens(world: World, market: Market, state: AccountState) -> None:
    """Send a small part of a supply to another account."""
    held = [item for item in market.positions(state.address) if item.supplied]
    if held and state.health_wad > 12 * 10**17:
        item = world.dice.choice(held)
        # Never to the edge accounts: a received aToken would not be collateral there on 3.6.
        cast = world.cast(market)
        to = world.dice.choice((*cast.suppliers, *cast.borrowers, *world.fresh))
        market.transfer(state.address, item.symbol, to, max(1, item.supplied // 15))


def flip_flag(world: World, market: Market, state: AccountState) -> None:
    """Turn a collateral flag over, when there is no debt to endanger."""
    held = [item for item in market.positions(state.address) if item.supplied]
    if held and state.debt_base == 0:
        item = world.dice.choice(held)
        market.use_as_collateral(state.address, item.symbol, not item.used_as_collateral)


ACTIONS: tuple[tuple[Callable[[World, Market, AccountState], None], int], ...] = (
    (supply_more, 5),
    (borrow_more, 4),
    (repay_some, 5),
    (withdraw_some, 4),
    (send_a_tokens, 2),
    (flip_flag, 1),
)


def random_life(world: World, actors: int = 4) -> None:
    """A few random users of each market do something sensible; a failure is tolerated and counted."""
    actions = [action for action, _ in ACTIONS]
    weights = [weight for _, weight in ACTIONS]
    for market in world.markets:
        cast = world.cast(market)
        chosen = world.dice.sample([*cast.suppliers, *cast.borrowers], actors)
        for state in market.accounts(chosen):
            action = world.dice.choices(actions, weights)[0]
            action(world, market.lenient(), state)


def wiggle_prices(world: World, feeds: int = 2) -> None:
    """A few feeds move a little: stable coins by hundredths of a percent, others by up to 1 %."""
    for plan in world.dice.sample(FEEDS, feeds):
        reach = 8 if plan.name in STABLES else 100
        world.feeds.move(plan.name, world.dice.randint(-reach, reach) or 3)


def calm_beat(world: World) -> None:
    """One block of ordinary life; some blocks are empty of users, some of prices."""
    if world.dice.random() < 0.9:
        random_life(world, world.dice.randint(1, 6))
    if world.dice.random() < 0.6:
        wiggle_prices(world, world.dice.randint(1, 3))
    if world.dice.random() < 0.2:
        liquidate(world, world.dice.choice(world.markets), 1)


def calm(name: str, blocks: int, pauses: tuple[int, ...] = (12, 12, 12, 3600)) -> Chapter:
    """A chapter of ordinary life with the given times between blocks, repeated."""
    beats = tuple(Beat(calm_beat, pauses[index % len(pauses)]) for index in range(blocks))
    return Chapter(name, beats)
