"""Prices fall, positions are liquidated, some debt is never paid."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.abi import address_of
from scripts.devnet.plan import FEEDS
from scripts.devnet.story.calm import random_life
from scripts.devnet.story.liquidation import liquidate
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Mapping

ETHER_FALLS = (150, 320, 410, 280, 520, 90, 460, 380, 240, 510, -180, 350)
# Staked ether falls further than ether: that is what hurts the users of the ether e-mode.
STAKED_EXTRA = (10, 90, -20, 140)


def fall(world: World, moves: Mapping[str, int], limit: int) -> None:
    """Feeds move by basis points while liquidators act on the prices of the block before."""
    for name, bps in moves.items():
        world.feeds.move(name, bps)
    for market in world.markets:
        liquidate(world, market, limit, receive_a_token=world.dice.random() < 0.3)


def ether_step(world: World, step: int) -> None:
    """Ether falls, the rest follows less; the delayed feed publishes every third block."""
    down = ETHER_FALLS[step]
    moves = {"ETH / USD": -down, "WSTETH / USD": -down - STAKED_EXTRA[step % 4], "LINK / USD": -down * 3 // 2}
    if step % 3 == 0:
        moves["BTC / USD"] = -down
    if step % 4 == 1:
        moves["AAVE / USD"] = -down * 2
    fall(world, moves, limit=5)
    if step % 2:
        random_life(world, 2)


def clean_up(world: World) -> None:
    """Liquidators take most of what the fall has left."""
    fall(world, {"LINK / USD": 120}, limit=7)


def curve_step(world: World, bps: int) -> None:
    """CRV loses most of its value within two blocks: its borrowers are under water."""
    fall(world, {"CRV / USD": bps}, limit=2)


def sweep_isolated(world: World) -> None:
    """Their collateral is taken whole: the rest of the debt is a deficit on 3.6, and stays on 3.0.2.

    Three accounts of each market by script; the others are found by the liquidators.
    """
    for market in world.markets:
        for who in world.cast(market).specialists[12:15]:
            positions = market.positions(who)
            debts = [item for item in positions if item.debt]
            if not debts or market.position(who, "CRV").supplied == 0:
                continue
            amount = debts[0].debt + debts[0].debt // 20 + 1
            market.liquidate(world.liquidator(), who, "CRV", debts[0].symbol, amount)


def crash() -> Chapter:
    """The great fall of Ether, then the end of CRV."""
    ether = [Beat(partial(ether_step, step=step), 12 if step % 4 else 300) for step in range(len(ETHER_FALLS))]
    curve = [
        Beat(partial(curve_step, bps=-4_500)),
        Beat(partial(curve_step, bps=-6_500)),
        Beat(sweep_isolated),
        Beat(sweep_isolated),
    ]
    return Chapter("crash", (*ether, *[Beat(clean_up)] * 4, *curve, Beat(clean_up, 600)))


def cover_deficit(world: World) -> None:
    """The deficit of DAI on 3.6 is partly paid by the account registered as Umbrella."""
    market, ground = world.main, world.site.ground
    asset = ground.tokens["DAI"]
    deficit = world.chain.call(market.pool, "getReserveDeficit(address)", [asset])
    umbrella = address_of("devnet umbrella")
    name = b"UMBRELLA".ljust(32, b"\0")
    ground.admin_send(market.deployment.entry, "setAddress(bytes32,address)", [name, umbrella])
    market.supply(umbrella, "DAI", deficit)
    args = [asset, deficit * 2 // 3]
    market.send(umbrella, market.pool, "eliminateReserveDeficit(address,uint256)", args)


def recover_step(world: World) -> None:
    """Prices climb back a part of the way, users come back."""
    for name in ("ETH / USD", "WSTETH / USD", "LINK / USD", "BTC / USD"):
        world.feeds.move(name, world.dice.randint(80, 240))
    random_life(world, 5)
    for market in world.markets:
        liquidate(world, market, 1)


def recovery() -> Chapter:
    """A dozen blocks of rising prices."""
    steps = tuple(Beat(recover_step, 12 + 1200 * (n % 3 == 2)) for n in range(12))
    return Chapter("recovery", (*steps[:6], Beat(cover_deficit), *steps[6:]))


def publish_late(world: World, bps: int) -> None:
    """Only the delayed feed moves: the log is there at once, the price some blocks later."""
    world.feeds.move("BTC / USD", bps)


def wait_for_it(world: World) -> None:
    """Nothing is logged by the feed, but in one of these blocks the price changes."""
    random_life(world, 1)
    for market in world.markets:
        liquidate(world, market, 2)


def delayed_feed() -> Chapter:
    """Answers of the delayed feed: one alone, two within the delay, one that is overtaken."""
    quiet = Beat(wait_for_it)
    return Chapter(
        "delayed feed",
        (
            *(Beat(partial(publish_late, bps=-700)), *[quiet] * 6),
            *(Beat(partial(publish_late, bps=-400)), quiet, Beat(partial(publish_late, bps=650))),
            *[quiet] * 7,
            Beat(partial(publish_late, bps=-250), 90),
        ),
    )


def quiet_day(world: World) -> None:
    """Days pass: the feeds report by heartbeat, all but the euro's, which goes stale."""
    for plan in FEEDS:
        if plan.name != "EUR / USD":
            world.feeds.move(plan.name, world.dice.randint(-6, 6))
    random_life(world, 2)


def long_quiet() -> Chapter:
    """Interest does what prices did not."""
    days = (1, 3, 5, 8, 8, 13, 13, 21)
    return Chapter("long quiet", tuple(Beat(quiet_day, day * 86_400) for day in days))
