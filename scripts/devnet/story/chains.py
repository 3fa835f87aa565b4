"""The story of the collateral chains: every owner takes one step a block, side by side; then one goes to its limit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.chains_plan import (
    ATOMIC,
    ATOMIC_PART,
    ATOMIC_WRAPPED,
    DEBTOR,
    ETHER_OWED,
    HEALTH_AT_END_PERCENT,
    LENDER,
    LIQUIDITY,
    MORPHO_LIQUIDITY,
    STATIC_CHAIN,
)
from scripts.devnet.morpho_market import units
from scripts.devnet.story.chains_steps import STEPS
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.story.chains_stage import ChainsStage

DAY = 86_400
GROWTH_PPM = 400


def lend(stage: ChainsStage, world: World) -> None:
    """Liquidity of our own everywhere; on Aave 3.6 somebody owes ether, so its static aToken earns."""
    lender, debtor, main = stage.who(LENDER), stage.who(DEBTOR), world.main
    for symbol, dollars in LIQUIDITY.items():
        for market in world.markets:
            market.supply(lender, symbol, market.units(symbol, dollars))
    stage.site.market.supply(lender, units(world, "USDC", MORPHO_LIQUIDITY))
    main.supply(debtor, "WBTC", main.units("WBTC", 2 * ETHER_OWED))
    main.borrow(debtor, "WETH", main.units("WETH", ETHER_OWED))


def step(stage: ChainsStage, world: World, number: int) -> None:
    """The step with that number of every owner that has one."""
    for steps in STEPS:
        if number < len(steps):
            steps[number](stage, world)


def report(stage: ChainsStage, world: World) -> None:
    """Staked ether has grown."""
    stage.site.report_staking(world, GROWTH_PPM)


def go_to_the_limit(stage: ChainsStage, _world: World) -> None:
    """The owner of the static chain borrows on Morpho Blue until little is left; its positions elsewhere stay well."""
    position = stage.position(STATIC_CHAIN)
    stage.site.market.borrow(position.who, position.limit * 100 // HEALTH_AT_END_PERCENT - position.owed)


def nothing(_world: World) -> None:
    """A quiet block."""


def ordinary_block(stage: ChainsStage, world: World) -> None:
    """A little of what one transaction built is taken back or repaid; now and then staked ether grows."""
    name, part = world.dice.choice((ATOMIC, ATOMIC_PART, ATOMIC_WRAPPED)), world.dice.randint(30, 90)
    who = stage.who(name)
    if world.dice.random() < 0.4:
        debt = world.legacy.position(who, "WETH").debt
        world.legacy.lenient().repay(who, "WETH", max(1, debt // part))
    elif name == ATOMIC_WRAPPED:
        stage.site.market.lenient().take_collateral(who, max(1, stage.position(name).collateral // part))
    else:
        supplied = world.main.position(who, "WETH").supplied
        world.main.lenient().withdraw(who, "WETH", max(1, supplied // part))
    if world.dice.random() < 0.25:
        stage.site.report_staking(world, world.dice.randint(1, GROWTH_PPM))


def chains_story(stage: ChainsStage) -> tuple[Chapter, ...]:
    """Liquidity, a day of interest, the steps, the end."""
    steps = [Beat(partial(step, stage, number=number)) for number in range(max(map(len, STEPS)))]
    steps[0] = Beat(steps[0].act, DAY)
    return (
        Chapter("Chains: liquidity", (Beat(partial(lend, stage)),)),
        Chapter("Chains: step by step", tuple(steps)),
        Chapter(
            "Chains: at the limit",
            (Beat(partial(report, stage), 3_600), Beat(partial(go_to_the_limit, stage)), Beat(nothing)),
        ),
    )
