"""What goes wrong in the Venus pool: liquidations of every kind, bad debt, governance, prices that fail."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scripts.devnet.chain import BLOCK_SECONDS
from scripts.devnet.venus_plan import WAD
from scripts.devnet.venus_pool import ENTER, EXIT, LIQUIDATE, SEIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.devnet.story.world import World
    from scripts.devnet.venus_pool import VenusPool

    Act = Callable[[VenusPool, World, Sequence[str]], None]

Row = tuple[int, tuple[tuple[str, int], ...], tuple[str, ...]]
# Accounts below the collateral for ordinary liquidations: who, what they supply with dollars, what they borrow.
SMALL: tuple[Row, ...] = (
    (18, (("WETH", 50), ("LINK", 30)), ("USDC", "DAI")),
    (19, (("WETH", 90),), ("DAI",)),
    (20, (("LINK", 85),), ("USDC",)),
    (21, (("WETH", 60), ("USDC", 30)), ("USDC", "WBTC")),
    (22, (("WETH", 95),), ("USDC",)),
)
# Placed around the limit at the end.
EDGE: tuple[Row, ...] = (
    (23, (("WETH", 5_000),), ("USDC",)),
    (24, (("WBTC", 900), ("DAI", 400)), ("WETH", "LINK")),
    (25, (("LINK", 2_000), ("WETH", 60)), ("DAI", "USDC")),
    (26, (("WETH", 110),), ("WBTC",)),
    (27, (("USDC", 40), ("LINK", 50)), ("WETH",)),
)
LIQUIDATORS = 2
STALE_SECONDS = 200_000


def supply(pool: VenusPool, _world: World, users: Sequence[str], rows: Sequence[Row] = SMALL) -> None:
    """Accounts of a table supply and enter."""
    for index, held, _ in rows:
        for symbol, dollars in held:
            pool.supply(users[index], symbol, pool.units(symbol, dollars))
        pool.enter(users[index], [symbol for symbol, _ in held])


def borrow(
    pool: VenusPool,
    _world: World,
    users: Sequence[str],
    rows: Sequence[Row] = SMALL,
    share: float = 0.99,
) -> None:
    """They borrow nearly all they may."""
    for index, _, debts in rows:
        dollars = pool.liquidity(users[index], borrowing=True) / WAD * share / len(debts)
        for symbol in debts:
            pool.borrow(users[index], symbol, pool.units(symbol, dollars))


def borrow_what_will_be_unlisted(pool: VenusPool, _world: World, users: Sequence[str]) -> None:
    """Debt and collateral in the market that governance takes off the list later."""
    pool.borrow(users[9], "USDT", pool.units("USDT", 25))
    pool.supply(users[10], "USDT", pool.units("USDT", 800))
    pool.enter(users[10], ["USDT"])


def move_prices(_pool: VenusPool, world: World, _users: Sequence[str], moves: dict[str, int]) -> None:
    """Feeds move by basis points."""
    for feed, bps in moves.items():
        world.feeds.move(feed, bps)


def liquidate(pool: VenusPool, world: World, users: Sequence[str], limit: int = 4) -> None:
    """Ordinary liquidations of accounts with a shortfall: a part of the largest debt for the best collateral.

    Some fail: too little collateral in one market, a paused action, an account that is too small.
    """
    close: int = pool.chain.call(pool.site.comptroller, "closeFactorMantissa()")
    short = [who for who in users[6:27] if pool.liquidity(who) < 0]
    for who in short[:limit]:
        entered = pool.entered(who)
        positions = [item for item in pool.positions(who) if item.symbol in entered]
        worth = {item.symbol: pool.units(item.symbol, 1_000) for item in positions}
        debt = max(positions, key=lambda item: item.debt / worth[item.symbol])
        collateral = max(positions, key=lambda item: item.supplied / worth[item.symbol])
        amount = debt.debt * close // WAD * world.dice.choice((100, 60, 25)) // 100
        if amount:
            pool.lenient().liquidate(liquidator(users, world), who, debt.symbol, collateral.symbol, amount)


def liquidator(users: Sequence[str], world: World) -> str:
    """One of a few accounts that borrow nothing."""
    return world.dice.choice(users[len(users) - LIQUIDATORS :])


def liquidate_small(pool: VenusPool, world: World, users: Sequence[str]) -> None:
    """Whole small accounts that can still pay everything, with interest to the wei; orders per debt."""
    for index in (21, 22):
        who = users[index]
        positions = pool.positions(who)
        collateral = max(positions, key=lambda item: item.supplied / pool.units(item.symbol, 1_000)).symbol
        orders = [
            (collateral, item.symbol, pool.debt_next(who, item.symbol, BLOCK_SECONDS))
            for item in positions
            if item.debt
        ]
        pool.lenient().liquidate_account(liquidator(users, world), who, orders)


def heal(pool: VenusPool, world: World, users: Sequence[str], indexes: Sequence[int]) -> None:
    """Small accounts that cannot pay everything: all collateral goes, the rest becomes bad debt."""
    for index in indexes:
        pool.lenient().heal(liquidator(users, world), users[index])


def recover_bad_debt(pool: VenusPool, _world: World, _users: Sequence[str]) -> None:
    """The auction of the shortfall contract brought a part back: its account pays and says so."""
    site = pool.site
    for symbol, market in site.markets.items():
        bad = pool.chain.call(market, "badDebt()")
        if bad > 1:
            pool.send(site.shortfall, pool.tokens[symbol], "mint(address,uint256)", market, bad // 2)
            pool.send(site.shortfall, market, "badDebtRecovered(uint256)", bad // 2)


def tune(pool: VenusPool, _world: World, _users: Sequence[str]) -> None:
    """Governance: thresholds, close factor, shares, reserves, rates."""
    site = pool.site
    factors = (site.markets["WETH"], 74 * WAD // 100, 79 * WAD // 100)
    pool.govern(site.comptroller, "setCollateralFactor(address,uint256,uint256)", *factors)
    pool.govern(site.comptroller, "setCloseFactor(uint256)", 40 * WAD // 100)
    pool.govern(site.markets["WETH"], "setProtocolSeizeShare(uint256)", 3 * WAD // 100)
    pool.govern(site.markets["USDC"], "setReserveFactor(uint256)", 15 * WAD // 100)
    rates = [WAD // 100, 12 * WAD // 100, 3 * WAD, 75 * WAD // 100]
    pool.govern(site.models["USDC"], "updateJumpRateModel(uint256,uint256,uint256,uint256)", *rates)


def raise_incentive(pool: VenusPool, _world: World, _users: Sequence[str]) -> None:
    """A larger incentive, another rate model, reserves paid in and out by hand."""
    site = pool.site
    pool.govern(site.comptroller, "setLiquidationIncentive(uint256)", 112 * WAD // 100)
    pool.govern(site.markets["WETH"], "setInterestRateModel(address)", site.models["LINK"])
    pool.pay(site.admin, "DAI", 10**18)
    pool.govern(site.markets["DAI"], "addReserves(uint256)", 10**18)
    pool.govern(site.markets["USDC"], "reduceReserves(uint256)", 1)


def force(pool: VenusPool, _world: World, _users: Sequence[str], symbol: str, on: bool = True) -> None:
    """Debts of one market may be liquidated whatever the account's liquidity, or no longer."""
    pool.govern(pool.site.comptroller, "setForcedLiquidation(address,bool)", pool.site.markets[symbol], on)


def liquidate_healthy(pool: VenusPool, world: World, users: Sequence[str], symbol: str) -> None:
    """Under the forced flag a whole debt may be repaid, whatever the close factor."""
    for who in users[6:18]:
        debt = pool.position(who, symbol).debt
        held = [item for item in pool.positions(who) if item.symbol in pool.entered(who) and item.v_tokens]
        if debt and held and pool.liquidity(who) > 0:
            pool.lenient().liquidate(liquidator(users, world), who, symbol, held[0].symbol, debt * 4 // 5)
            return


def pause(pool: VenusPool, _world: World, _users: Sequence[str], paused: bool) -> None:
    """No liquidation of DAI debt, no seizing of WBTC; or again."""
    pool.pause("DAI", [LIQUIDATE], paused)
    pool.pause("WBTC", [SEIZE, ENTER], paused)


def unlist(pool: VenusPool, _world: World, _users: Sequence[str]) -> None:
    """A market is taken off the list: positions in it count no longer, neither supplies nor debts."""
    site, market = pool.site, pool.site.markets["USDT"]
    pool.govern(site.comptroller, "setMarketBorrowCaps(address[],uint256[])", [market], [0])
    pool.govern(site.comptroller, "setMarketSupplyCaps(address[],uint256[])", [market], [0])
    pool.govern(site.comptroller, "setCollateralFactor(address,uint256,uint256)", market, 0, 0)
    pool.pause("USDT", list(range(EXIT + 1)))
    pool.govern(site.comptroller, "unlistMarket(address)", market)


def direct_price(pool: VenusPool, _world: World, _users: Sequence[str], price: int) -> None:
    """The oracle's owner names a price for DAI, without a feed; or takes it back with zero."""
    pool.govern(pool.site.chainlink, "setDirectPrice(address,uint256)", pool.tokens["DAI"], price)


def switch_oracle(pool: VenusPool, _world: World, _users: Sequence[str], call: str) -> None:
    """The whole oracle is paused for a block: nobody's liquidity can be read."""
    pool.govern(pool.site.oracle, call)


def nothing(_pool: VenusPool, _world: World, _users: Sequence[str]) -> None:
    """Time passes: LINK's price gets too old for the oracle."""


def end(pool: VenusPool, world: World, _users: Sequence[str]) -> None:
    """At the tip: LINK's debts may be forced, the small are larger, an answer of the delayed feed is pending."""
    pool.govern(pool.site.comptroller, "setMinLiquidatableCollateral(uint256)", 120 * WAD)
    world.feeds.move("BTC / USD", -700)


def trouble() -> tuple[tuple[Act, int], ...]:
    """What happens, and how long after the block before."""
    slip = {"ETH / USD": -900, "LINK / USD": -800}
    crash = {"ETH / USD": -2_700, "LINK / USD": -3_300, "BTC / USD": -1_500}
    last = {"ETH / USD": -1_300, "LINK / USD": -1_100}
    return (
        (supply, 12),
        (borrow, 12),
        (borrow_what_will_be_unlisted, 12),
        (tune, 12),
        (partial(move_prices, moves=slip), 1_200),
        (liquidate, 12),
        (liquidate_small, 12),
        (partial(pause, paused=True), 12),
        (liquidate, 12),
        (partial(pause, paused=False), 12),
        (partial(move_prices, moves=crash), 12),
        (partial(heal, indexes=(18, 19)), 12),
        (liquidate, 84),
        (raise_incentive, 12),
        (partial(liquidate, limit=8), 12),
        (recover_bad_debt, 7_200),
        (partial(force, symbol="USDC"), 12),
        (partial(liquidate_healthy, symbol="USDC"), 12),
        (partial(force, symbol="USDC", on=False), 12),
        (unlist, 12),
        (partial(move_prices, moves={"LINK / USD": 60}), 12),
        (nothing, STALE_SECONDS),
        (partial(move_prices, moves={"LINK / USD": 30}), 12),
        (partial(direct_price, price=96 * WAD // 100), 12),
        (partial(switch_oracle, call="pause()"), 12),
        (partial(switch_oracle, call="unpause()"), 12),
        (partial(supply, rows=EDGE), 12),
        (partial(borrow, rows=EDGE), 12),
        (partial(direct_price, price=0), 12),
        (partial(force, symbol="LINK"), 12),
        (partial(move_prices, moves=last), 3_600),
        (end, 12),
    )
