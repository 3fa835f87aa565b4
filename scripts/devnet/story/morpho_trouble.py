"""What goes wrong on Morpho Blue: falling prices, an oracle and a rate that revert, bad debt, the edge at the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.morpho_market import MorphoMarket, units
from scripts.devnet.morpho_plan import CURVE, LINK
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.devnet.story.morpho_stage import MorphoStage


def liquidate(stage: MorphoStage, world: World, market: MorphoMarket, limit: int) -> None:
    """Up to `limit` unhealthy positions, in either form, wholly or in part; it may fail."""
    unhealthy = [position for position in market.positions(stage.public) if position.borrow_shares]
    unhealthy = [position for position in unhealthy if position.owed > position.limit]
    for position in unhealthy[:limit]:
        part = world.dice.choice((2, 3, 1))
        if world.dice.random() < 0.5:
            seized, shares = 0, max(1, position.borrow_shares // part)
        else:
            seized, shares = max(1, position.collateral // part), 0
        market.lenient().liquidate(world.liquidator(), position.who, seized, shares)


def fall(stage: MorphoStage, world: World, moves: Mapping[str, int], limit: int) -> None:
    """Feeds move by basis points while liquidators act on the prices of the block before."""
    for name, bps in moves.items():
        world.feeds.move(name, bps)
    for market in stage.markets:
        if market.price():
            liquidate(stage, world, market, limit)


def break_oracle(stage: MorphoStage, _world: World, *, broken: bool) -> None:
    """The oracle of LINK reverts: nobody can borrow or be liquidated there; or it is back."""
    stage.site.break_oracle(stage.markets[LINK].plan.name, broken=broken)


def break_rates(stage: MorphoStage, _world: World, *, broken: bool) -> None:
    """The variable rate model reverts: nothing that accrues works in its markets; or it is back."""
    stage.site.break_rates(broken=broken)


def only_collateral(stage: MorphoStage, world: World) -> None:
    """What works while rates and an oracle revert: collateral comes in, and markets without either go on."""
    for market in stage.markets:
        who = world.dice.choice(stage.borrowers(market))
        market.add_collateral(who, units(world, market.plan.collateral, 30))


def sweep(stage: MorphoStage, world: World) -> None:
    """All collateral is seized where it no longer covers the debt: the rest is taken from the suppliers."""
    market = stage.markets[CURVE]
    for position in market.positions(stage.users):
        if position.collateral and position.owed > position.limit * 10_000 // market.plan.lltv:
            market.lenient().liquidate(world.liquidator(), position.who, position.collateral, 0)


def edge_collateral(stage: MorphoStage, world: World) -> None:
    """Accounts that nobody will liquidate: some in every market, of all sizes."""
    for place, market in enumerate(stage.markets):
        for index, who in enumerate(stage.edge(place)):
            market.add_collateral(who, units(world, market.plan.collateral, (900, 25_000, 7, 140_000)[index % 4]))


def edge_borrow(stage: MorphoStage, world: World) -> None:
    """They borrow up to their limit, to the unit."""
    for place, market in enumerate(stage.markets):
        left = market.idle()
        for position in market.positions(stage.edge(place)):
            amount = min(position.limit * world.dice.randint(9_970, 9_999) // 10_000 - position.owed, left)
            left -= amount
            if amount > 0:
                market.lenient().borrow(position.who, amount)


def slip(stage: MorphoStage, world: World, moves: Mapping[str, int]) -> None:
    """Prices slip, nobody liquidates."""
    del stage
    for name, bps in moves.items():
        world.feeds.move(name, bps)


def trouble(stage: MorphoStage, calm: Beat) -> tuple[Chapter, ...]:
    """Falls and liquidations, reverts, bad debt, a long quiet, and the edge."""
    ether = {"ETH / USD": -420, "WSTETH / USD": -470, "BTC / USD": -500, "LINK / USD": -600}
    falls = [Beat(partial(fall, stage, moves=ether, limit=4), 12 if n % 2 else 600) for n in range(5)]
    curve = [
        Beat(partial(fall, stage, moves={"CRV / USD": -4_500}, limit=1)),
        Beat(partial(fall, stage, moves={"CRV / USD": -5_500}, limit=1)),
        Beat(partial(sweep, stage)),
    ]
    reverts = [
        Beat(partial(break_oracle, stage, broken=True)),
        calm,
        Beat(partial(break_rates, stage, broken=True)),
        Beat(partial(only_collateral, stage)),
        Beat(partial(break_rates, stage, broken=False), 900),
        calm,
        Beat(partial(break_oracle, stage, broken=False)),
    ]
    slips = (
        {"ETH / USD": -60, "WSTETH / USD": -110, "CRV / USD": -400, "USDC / USD": 9},
        {"BTC / USD": -180, "LINK / USD": -320, "ETH / USD": 90},
        {"CRV / USD": -6_900, "LINK / USD": -2_500, "WSTETH / USD": -150},
    )
    return (
        Chapter("Morpho: falling prices", tuple(falls)),
        Chapter("Morpho: reverts", tuple(reverts)),
        Chapter("Morpho: bad debt", tuple(curve)),
        Chapter("Morpho: long quiet", tuple(Beat(calm.act, days * 86_400) for days in (2, 9, 30))),
        Chapter(
            "Morpho: edge",
            (
                Beat(partial(edge_collateral, stage)),
                Beat(partial(edge_borrow, stage)),
                *(Beat(partial(slip, stage, moves=moves)) for moves in slips),
                calm,
            ),
        ),
    )
