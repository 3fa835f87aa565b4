"""How far an account is from a shortfall: by price, and by interest. Every answer is a boundary of the exact sums."""

from collections.abc import Sequence
from dataclasses import replace

from indexer.errors import ArithmeticOverflow
from indexer.protocols._boundary import HORIZON, PPM, first_true
from indexer.protocols._interface import Projection
from indexer.protocols.compound_v2.accrual import accrue
from indexer.protocols.compound_v2.liquidation import slot
from indexer.protocols.compound_v2.liquidity import liquidity
from indexer.protocols.compound_v2.state import Market, Pool, Position, UnreadMarket

SECONDS_PER_BLOCK = 12
"""Ethereum's slot: how blocks of interest become a time."""


def projection(pool: Pool, positions: Sequence[Position], number: int, at: int) -> Projection | None:
    """All projections of an account with debt; None for one without. Prices are the oracle's, lowest integer first.

    `interest_timestamp`: when all its markets, accrued by then at today's rates, give a shortfall.
    """
    entered = [position for position in positions if position.is_member]
    sums = liquidity(pool.markets, pool.rules, entered)
    if sums.debt == 0:
        return None
    held = [position.market for position in entered if position.supply and pool.markets[position.market].threshold]
    prices, drops = {}, {}
    for name in held:
        price = pool.markets[name].require_price()
        boundary = _liquidation_price(pool, entered, name, price)
        prices[name] = boundary
        drops[name] = None if boundary is None else (price - boundary) / price
    uniform = first_true(lambda drop: _short(_fallen(pool, held, drop), pool, entered), 0, PPM - 1)
    return Projection(
        liquidation_prices=prices,
        price_drops=drops,
        uniform_drop=None if uniform is None else uniform / PPM,
        interest_timestamp=_interest_timestamp(pool, entered, number, at),
    )


def _liquidation_price(pool: Pool, positions: Sequence[Position], name: str, price: int) -> int | None:
    """The largest price of a market, others equal, with a shortfall; at 0 the oracle is broken, so 1 is the least."""

    def short_after(fall: int) -> bool:
        cheaper = {**pool.markets, name: replace(pool.markets[name], price=price - fall)}
        return _short(cheaper, pool, positions)

    fall = first_true(short_after, 0, price - 1)
    return None if fall is None else price - fall


def _fallen(pool: Pool, held: Sequence[str], drop: int) -> dict[str, Market]:
    fallen = dict(pool.markets)
    for name in held:
        market = pool.markets[name]
        fallen[name] = replace(market, price=max(1, market.require_price() * (PPM - drop) // PPM))
    return fallen


def _interest_timestamp(pool: Pool, positions: Sequence[Position], number: int, at: int) -> int | None:
    def short_at(seconds: int) -> bool:
        blocks = seconds // SECONDS_PER_BLOCK
        moved = dict(pool.markets)
        for position in positions:
            market = moved[position.market]
            moved[position.market] = accrue(market, pool.rules, slot(market, number + blocks, at + seconds))
        return _short(moved, pool, positions)

    try:
        seconds = first_true(short_at, 0, HORIZON)
    except (ArithmeticOverflow, UnreadMarket):
        return None
    return None if seconds is None else at + seconds


def _short(markets: dict[str, Market], pool: Pool, positions: Sequence[Position]) -> bool:
    return liquidity(markets, pool.rules, positions).shortfall > 0
