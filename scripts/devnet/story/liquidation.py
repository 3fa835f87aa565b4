"""Liquidators: they look for health factors below one and offer the whole debt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.devnet.market import Market, Position
    from scripts.devnet.story.world import World


def collateral_of(positions: list[Position], market: Market) -> list[Position]:
    """What counts as collateral, the most valuable first."""
    used = [item for item in positions if item.used_as_collateral and item.supplied]
    return sorted(used, key=lambda item: -item.supplied / market.units(item.symbol, 1_000))


def liquidate(world: World, market: Market, limit: int, *, receive_a_token: bool = False) -> int:
    """Liquidate up to `limit` accounts with a health factor below one; how many were tried.

    The liquidator offers the whole debt: the pool takes what its close factor allows. It may fail,
    for example when a reserve is paused or the 3.6 rule against dust leftovers forbids the amount.
    """
    cast = world.cast(market)
    targets = [*cast.borrowers, *cast.specialists, *cast.movers]
    unhealthy = [state for state in market.accounts(targets) if state.liquidatable]
    chosen = world.dice.sample(unhealthy, min(limit, len(unhealthy)))
    for state in chosen:
        positions = market.positions(state.address)
        debts = [item for item in positions if item.debt]
        collaterals = collateral_of(positions, market)
        if not debts or not collaterals:
            continue
        debt = world.dice.choice(debts)
        offer = debt.debt + debt.debt // 20 + 1
        market.lenient().liquidate(
            world.liquidator(),
            state.address,
            collaterals[0].symbol,
            debt.symbol,
            offer,
            receive_a_token=receive_a_token,
        )
    return len(chosen)
