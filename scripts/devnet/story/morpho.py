"""Morpho Blue's story: its users arrive and live; what goes wrong is in morpho_trouble.py."""

from __future__ import annotations

from functools import partial

from scripts.devnet.morpho_deploy import PARAMS
from scripts.devnet.morpho_market import MorphoMarket, MorphoPosition, units
from scripts.devnet.morpho_plan import BITCOIN, CURVE, ETHER, LINK, STAKED
from scripts.devnet.story.morpho_stage import SUPPLIERS, MorphoStage
from scripts.devnet.story.morpho_trouble import trouble
from scripts.devnet.story.world import Beat, Chapter, World


def supply(stage: MorphoStage, world: World) -> None:
    """Liquidity in every market: by assets, by shares, and from the vault."""
    for place, market in enumerate(stage.markets):
        for index, who in enumerate(stage.users[SUPPLIERS]):
            if (index + place) % 3 == 0:
                market.supply(who, units(world, market.plan.loan, world.size(150_000, 900_000)))
        market.allocate(stage.users[0], units(world, market.plan.loan, world.size(100_000, 400_000)))


def supply_more(stage: MorphoStage, world: World) -> None:
    """A few name shares instead of assets."""
    for market in stage.markets[:4]:
        market.supply_shares(world.dice.choice(stage.users[SUPPLIERS]), market.totals()[1] // 20)


def bring_collateral(stage: MorphoStage, world: World) -> None:
    """Collateral of all sizes, down to dust."""
    for market in stage.markets:
        for index, who in enumerate(stage.borrowers(market)):
            dollars = 0.5 if index == 0 else world.size(200, 60_000)
            market.add_collateral(who, units(world, market.plan.collateral, dollars))


def borrow(stage: MorphoStage, world: World) -> None:
    """A share of what their collateral allows, a few by shares."""
    for market in stage.markets:
        left = market.idle() * 9 // 10
        for position in market.positions(stage.borrowers(market)):
            amount = min(int(position.limit * world.dice.uniform(0.6, 0.97)), left)
            left -= amount
            if amount and world.dice.random() < 0.2:
                market.borrow(position.who, 0, amount * 10**6)
            elif amount:
                market.borrow(position.who, amount)


def _supply_or_not(market: MorphoMarket, world: World, position: MorphoPosition) -> None:
    if position.supply_shares and world.dice.random() < 0.5:
        shares = position.supply_shares if world.dice.random() < 0.3 else position.supply_shares // 7
        market.withdraw(position.who, 0, max(1, shares))
    else:
        market.supply(position.who, units(world, market.plan.loan, world.size(500, 50_000)))


def _collateral_or_not(market: MorphoMarket, world: World, position: MorphoPosition) -> None:
    if position.collateral and world.dice.random() < 0.5:
        whole = not position.borrow_shares and world.dice.random() < 0.5
        market.take_collateral(position.who, position.collateral if whole else max(1, position.collateral // 15))
    else:
        market.add_collateral(position.who, units(world, market.plan.collateral, world.size(100, 20_000)))


def _debt_or_not(market: MorphoMarket, world: World, position: MorphoPosition) -> None:
    room = position.limit - position.owed
    if position.borrow_shares and world.dice.random() < 0.55:
        if world.dice.random() < 0.35:
            market.repay_all(position)
        else:
            market.repay(position.who, max(1, position.owed // world.dice.choice((2, 3, 9))))
    elif room > 1:
        market.borrow(position.who, max(1, min(int(room * world.dice.uniform(0.1, 0.8)), market.idle() // 2)))


def random_life(stage: MorphoStage, world: World, actors: int = 3) -> None:
    """A few random users do something sensible in one or two markets; a failure is tolerated and counted."""
    for market in world.dice.sample(stage.markets, world.dice.choice((1, 2, 2))):
        if not market.price():
            continue
        for position in market.positions(world.dice.sample(stage.public, actors)):
            act = world.dice.choice((_supply_or_not, _collateral_or_not, _debt_or_not, _debt_or_not))
            act(market.lenient(), world, position)


def ordinary_block(stage: MorphoStage, world: World) -> None:
    """Random users, a bare accrual now and then, the vault moving its supply."""
    random_life(stage, world)
    if world.dice.random() < 0.3:
        world.dice.choice(stage.markets).accrue(stage.users[0])
    if world.dice.random() < 0.2:
        market = world.dice.choice(stage.markets)
        amount = units(world, market.plan.loan, world.size(1_000, 20_000))
        market.lenient().allocate(stage.users[0], world.dice.choice((amount, -amount)))


def govern(stage: MorphoStage, world: World) -> None:
    """Fees change: one begins, one ends; the recipient changes between two accruals of one block."""
    set_fee = f"setFee({PARAMS},uint256)"
    stage.site.send(set_fee, [stage.markets[STAKED].params, 15 * 10**16])
    stage.markets[ETHER].accrue(stage.users[0])
    stage.site.send("setFeeRecipient(address)", [stage.site.recipients[1]])
    stage.markets[CURVE].accrue(stage.users[0])
    stage.site.send(set_fee, [stage.markets[CURVE].params, 0])
    stage.markets[LINK].accrue(stage.users[0])  # no IRM: not even a log
    stage.markets[BITCOIN].accrue(stage.users[0])
    world.feeds.move("ETH / USD", 60)


def morpho_story(stage: MorphoStage) -> tuple[Chapter, ...]:
    """Arrivals, calm, then trouble."""
    arrivals = tuple(Beat(partial(act, stage)) for act in (supply, supply_more, bring_collateral, borrow))
    calm = Beat(partial(ordinary_block, stage))
    slow = Beat(partial(ordinary_block, stage), 7_200)
    govern_beat = Beat(partial(govern, stage), 3_600)
    return (
        Chapter("Morpho: users arrive", arrivals),
        Chapter("Morpho: calm", (calm, calm, slow, govern_beat, calm, slow, calm, calm)),
        *trouble(stage, calm),
    )
