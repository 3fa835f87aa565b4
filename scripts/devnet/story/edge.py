"""The end of the script: accounts of every kind stand around health factor one and nobody liquidates them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.market import STABLE, VARIABLE
from scripts.devnet.plan import LATE_MAIN_EMODE
from scripts.devnet.story.calm import random_life
from scripts.devnet.story.specialists import ETHER_EMODE, STABLES_EMODE, borrow_share
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.market import Market

MIXES = (
    ("WETH", "WBTC"),
    ("WETH", "LINK", "USDC"),
    ("WSTETH", "LINK"),
    ("WBTC", "DAI"),
    ("LINK", "WETH"),
    ("WSTETH", "USDC", "WBTC"),
)
GRACE_SECONDS = 14_400
DOLLAR = 10**8


def tiny(market: Market, _world: World, who: str, index: int) -> None:
    """One small collateral: the close factor is the whole debt below 2,000 dollars on 3.6."""
    symbol = ("WETH", "LINK", "WSTETH", "WBTC")[index % 4]
    market.supply(who, symbol, market.units(symbol, (4, 60, 700, 1_950)[index % 4]))


def mixed(market: Market, world: World, who: str, index: int) -> None:
    """Several collaterals of different thresholds."""
    for symbol in MIXES[index % len(MIXES)]:
        market.supply(who, symbol, market.units(symbol, world.size(2_500, 40_000)))


def large(market: Market, world: World, who: str, index: int) -> None:
    """One large collateral."""
    symbol = ("WETH", "LINK", "WBTC", "WETH")[index % 4]
    market.supply(who, symbol, market.units(symbol, world.size(150_000, 900_000)))


def ether_emode(market: Market, world: World, who: str, index: int) -> None:
    """Staked ether against ether in e-mode; the odd ones add collateral outside the category."""
    market.set_emode(who, ETHER_EMODE[market.legacy])
    market.supply(who, "WSTETH", market.units("WSTETH", world.size(900, 90_000)))
    if index % 2:
        market.supply(who, "WBTC", market.units("WBTC", world.size(300, 4_000)))


def stable_emode(market: Market, world: World, who: str, _index: int) -> None:
    """Stable coins against stable coins in e-mode."""
    market.set_emode(who, STABLES_EMODE[market.legacy])
    market.supply(who, "USDC", market.units("USDC", world.size(900, 90_000)))


def special(market: Market, world: World, who: str, index: int) -> None:
    """Ether for stable-rate debt on 3.0.2; the new e-mode category on 3.6."""
    if not market.legacy:
        market.set_emode(who, LATE_MAIN_EMODE.category)
    symbol = "WETH" if market.legacy else ("AAVE", "LINK")[index % 2]
    market.supply(who, symbol, market.units(symbol, world.size(900, 30_000)))


def dust(market: Market, _world: World, who: str, index: int) -> None:
    """Amounts so small that rounding decides."""
    market.supply(who, "WETH", 2_000_000_000_000 * (index + 1))


def deep(market: Market, world: World, who: str, _index: int) -> None:
    """The collateral that falls most: these end far below one."""
    if not market.legacy:
        market.set_emode(who, LATE_MAIN_EMODE.category)
    market.supply(who, "AAVE", market.units("AAVE", world.size(1_200, 60_000)))


def isolated(market: Market, world: World, who: str, _index: int) -> None:
    """Isolated collateral, switched on at once."""
    market.supply(who, "CRV", market.units("CRV", world.size(1_500, 20_000)))
    market.use_as_collateral(who, "CRV", True)


# First member, one past the last, what they supply, what they borrow, with which share of the limit.
GROUPS = (
    (0, 6, tiny, ("USDC",), 0.985),
    (6, 11, mixed, ("USDC", "DAI"), 0.99),
    (11, 14, deep, ("USDC",), 0.97),
    (14, 18, large, ("USDT", "USDC"), 0.985),
    (18, 22, ether_emode, ("WETH",), 0.985),
    (22, 26, stable_emode, ("USDT",), 0.99),
    (26, 30, special, ("USDC",), 0.98),
    (30, 32, dust, ("USDC",), 0.9),
    (32, 34, isolated, ("DAI",), 0.97),
)


def supply(world: World, first: int, last: int) -> None:
    """The groups from `first` to `last` supply."""
    for market in world.markets:
        edge = world.cast(market).edge
        for start, end, act, _, _ in GROUPS[first:last]:
            for index, who in enumerate(edge[start:end]):
                act(market, world, who, index)


def borrow(world: World, first: int, last: int) -> None:
    """They borrow up to their limit."""
    for market in world.markets:
        edge = world.cast(market).edge
        for start, end, act, debts, share in GROUPS[first:last]:
            for symbol in debts:
                stable = act is special and market.legacy
                part = 0.2 if stable else share / len(debts)
                borrow_share(market, edge[start:end], symbol, part, STABLE if stable else VARIABLE)
                if stable:
                    borrow_share(market, edge[start:end], "USDT", 0.75)


def slip(world: World, moves: tuple[tuple[str, int], ...]) -> None:
    """Prices slip, a few users act, no liquidator does."""
    for name, bps in moves:
        world.feeds.move(name, bps)
    random_life(world, 2)


def go_to_the_limit(world: World) -> None:
    """A third of the ordinary borrowers use the last of their credit: they end just above one."""
    for market in world.markets:
        for state in market.accounts(world.cast(market).borrowers[::3]):
            dollars = state.available_base / DOLLAR * world.dice.uniform(0.85, 0.99)
            if dollars > 1:
                market.lenient().borrow(state.address, "USDC", market.units("USDC", dollars))


def grace_at_the_end(world: World) -> None:
    """WBTC is paused and back on 3.6: at the tip its users are in their grace period."""
    asset, configurator = world.site.ground.tokens["WBTC"], world.main.deployment.configurator
    send = world.site.ground.admin_send
    send(configurator, "setReservePause(address,bool)", [asset, True])
    send(configurator, "setReservePause(address,bool,uint40)", [asset, False, GRACE_SECONDS])


def freeze_at_the_end(world: World) -> None:
    """SUSD stays frozen on both markets."""
    asset = world.site.ground.tokens["SUSD"]
    for market in world.markets:
        world.site.ground.admin_send(market.deployment.configurator, "setReserveFreeze(address,bool)", [asset, True])


def edge() -> Chapter:
    """Positions first, then small falls; the last beat leaves an answer pending on the delayed feed."""
    falls = (
        (("LINK / USD", -450), ("ETH / USD", -190), ("WSTETH / USD", -260)),
        (("BTC / USD", -400), ("USDT / USD", 22)),
        (("ETH / USD", -220), ("WSTETH / USD", -430), ("AAVE / USD", -1_300), ("BTC / USD", -390)),
        (("LINK / USD", -480), ("CRV / USD", -1_200), ("ETH / USD", -60), ("WSTETH / USD", -170)),
        (("CRV / USD", -1_200), ("AAVE / USD", -1_300), ("USDC / USD", -8)),
        (("ETH / USD", -140), ("LINK / USD", -260), ("WSTETH / USD", -190)),
    )
    slips = [Beat(partial(slip, moves=moves)) for moves in falls]
    return Chapter(
        "edge",
        (
            Beat(partial(supply, first=0, last=4)),
            Beat(partial(borrow, first=0, last=2)),
            Beat(partial(borrow, first=2, last=4)),
            Beat(partial(supply, first=4, last=9)),
            Beat(partial(borrow, first=4, last=9), 3_600),
            *slips,
            Beat(go_to_the_limit),
            Beat(freeze_at_the_end),
            Beat(grace_at_the_end),
            Beat(partial(slip, moves=(("BTC / USD", -420),))),
        ),
    )
