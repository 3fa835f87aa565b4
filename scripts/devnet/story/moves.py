"""Rare moves of tokens and flags, each by an account whose state is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.devnet.story.specialists import borrow_share
from scripts.devnet.story.world import Beat, Chapter, World

if TYPE_CHECKING:
    from scripts.devnet.market import Market


def _supply(world: World, market: Market, who: str, symbol: str, dollars: float) -> None:
    market.supply(who, symbol, market.units(symbol, dollars * world.dice.uniform(0.9, 1.1)))


def supply(world: World) -> None:
    """The movers get positions, one of them from somebody else."""
    for market in world.markets:
        movers = world.cast(market).movers
        for index, who in enumerate(movers[:12]):
            _supply(world, market, who, ("WETH", "WBTC", "DAI")[index % 3], 9_000)
        for who in movers[4:8]:
            _supply(world, market, who, "USDC", 400)
        market.supply(movers[0], "WETH", market.units("WETH", 700), to=movers[12])
        market.supply(movers[13], "WETH", 3)  # dust: three wei


def transfer(world: World) -> None:
    """To a fresh account, to a user, to oneself, everything, all but one unit."""
    for market in world.markets:
        movers = world.cast(market).movers
        fresh = world.fresh[:10] if market.legacy else world.fresh[10:]
        held = [market.positions(who)[0] for who in movers[:4]]
        for who, item, to in zip(movers[:3], held, fresh[:3], strict=False):
            market.transfer(who, item.symbol, to, item.supplied // 3)
        market.transfer(movers[3], held[3].symbol, fresh[3], held[3].supplied - 1)
        market.transfer(movers[0], "WETH", movers[0], 10**15)
        market.transfer(movers[0], "WETH", movers[1], 10**15)
        market.transfer(movers[1], "WBTC", fresh[4], 1)


def transfer_everything(world: World) -> None:
    """A whole balance leaves, the collateral flag goes with it; receivers send on."""
    for market in world.markets:
        movers = world.cast(market).movers
        fresh = world.fresh[:10] if market.legacy else world.fresh[10:]
        item = market.position(movers[2], "DAI")
        # More than the balance by the block's interest is not possible: leave nothing but dust.
        market.transfer(movers[2], "DAI", fresh[5], item.supplied)
        market.withdraw(fresh[0], market.positions(fresh[0])[0].symbol)
        market.transfer(fresh[1], "WBTC", fresh[6], market.position(fresh[1], "WBTC").supplied)


def borrow(world: World) -> None:
    """Debt in the asset that is also supplied, and dust debt."""
    for market in world.markets:
        movers = world.cast(market).movers
        borrow_share(market, movers[4:8], "USDC", 0.3)
        borrow_share(market, movers[8:12], "USDT", 0.5)
        market.borrow(movers[8], "WBTC", 1)
        market.borrow(movers[9], "USDC", 1)


def repay_with_a_tokens(world: World) -> None:
    """A part of the supply, and all of it: in 3.0.2 the collateral flag then stays on."""
    for market in world.markets:
        movers = world.cast(market).movers
        market.repay_with_a_tokens(movers[4], "USDC", market.units("USDC", 150))
        market.repay_with_a_tokens(movers[5], "USDC")
        market.repay_with_a_tokens(movers[6], "USDC")


def flags(world: World) -> None:
    """Flags off, on, and off and on again in one block."""
    for market in world.markets:
        movers = world.cast(market).movers
        market.use_as_collateral(movers[0], "WETH", False)
        market.use_as_collateral(movers[7], "USDC", False)
        market.use_as_collateral(movers[12], "WETH", False)
        market.use_as_collateral(movers[12], "WETH", True)


def flags_back(world: World) -> None:
    """One goes back on; receivers of aTokens flag them where that did not happen by itself."""
    for market in world.markets:
        movers = world.cast(market).movers
        fresh = world.fresh[:10] if market.legacy else world.fresh[10:]
        market.use_as_collateral(movers[0], "WETH", True)
        if not market.position(fresh[2], "DAI").used_as_collateral:
            market.use_as_collateral(fresh[2], "DAI", True)


def repay_everything(world: World) -> None:
    """Whole debts go, one paid by somebody else; then a withdrawal in the same block."""
    for market in world.markets:
        movers = world.cast(market).movers
        debt = market.position(movers[10], "USDT").variable_debt
        market.repay(movers[10], "USDT", debt + debt // 50 + 1)
        market.withdraw(movers[10], market.positions(movers[10])[0].symbol)
        debt = market.position(movers[11], "USDT").variable_debt
        market.repay(movers[0], "USDT", debt // 2, debtor=movers[11])


def withdraw(world: World) -> None:
    """Everything, to oneself and to another address."""
    for market in world.markets:
        movers = world.cast(market).movers
        market.withdraw(movers[0], "WETH")
        market.withdraw(movers[13], "WETH", to=movers[14])
        market.withdraw(movers[11], market.positions(movers[11])[0].symbol, 10)


def leave_emode(world: World) -> None:
    """One user repays and leaves the category, another only tries another asset."""
    for market in world.markets:
        who = world.cast(market).specialists[0]
        debt = market.position(who, "USDT").variable_debt
        market.repay(who, "USDT", debt + debt // 50 + 1)
        market.set_emode(who, 0)
    world.feeds.move("LINK / USD", -15)


def act_for_others(world: World) -> None:
    """ATokens moved by an approved spender; on 3.6 a position manager acts on a user's flags."""
    for market in world.markets:
        owner, spender = world.cast(market).movers[12], world.cast(market).movers[14]
        a_token, _, _ = market.reserve_tokens("WETH")
        market.send(owner, a_token, "approve(address,uint256)", [spender, 10**16])
        args = [owner, spender, 10**16]
        market.send(spender, a_token, "transferFrom(address,address,uint256)", args)
    market, movers = world.main, world.cast(world.main).movers
    market.send(movers[12], market.pool, "approvePositionManager(address,bool)", [movers[13], True])
    market.send(
        movers[13],
        market.pool,
        "setUserUseReserveAsCollateralOnBehalfOf(address,bool,address)",
        [market.tokens["WETH"], False, movers[12]],
    )


def moves() -> Chapter:
    """One beat for each kind of move."""
    acts = (
        (supply, 12),
        (transfer, 12),
        (transfer_everything, 12),
        (borrow, 12),
        (repay_with_a_tokens, 7_200),
        (flags, 12),
        (flags_back, 24),
        (repay_everything, 86_400),
        (withdraw, 12),
        (leave_emode, 12),
        (act_for_others, 12),
    )
    return Chapter("moves", tuple(Beat(act, seconds) for act, seconds in acts))
