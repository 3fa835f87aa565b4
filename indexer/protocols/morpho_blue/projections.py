"""How far a position is from liquidation: by price, by time. Every answer is a boundary of the exact comparison.

`max_borrow` is monotone in the price, so a search finds the only crossing. Over time only the debt moves: it grows
with the rate of each moment where the IRM is the AdaptiveCurveIrm, with today's rate held where it is another.
"""

from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.protocols._boundary import HORIZON, first_true
from indexer.protocols.morpho_blue.account import account_data
from indexer.protocols.morpho_blue.accrual import accrued
from indexer.protocols.morpho_blue.state import Market, Position


@dataclass(frozen=True, slots=True)
class Projections:
    """What would make a position with debt liquidatable; None: nothing of the kind, or it already is.

    `liquidation_price` is the highest price (of `IOracle.price`) at which it is, all else equal, and `price_drop` the
    fall as a fraction. `liquidatable_at` is the first timestamp at which interest alone does it, within 50 years.
    """

    liquidation_price: int | None
    price_drop: float | None
    liquidatable_at: int | None


def projections(market: Market, position: Position, at: int) -> Projections | None:
    """All projections of a position at timestamp `at`; `market` as stored, not accrued. None without debt.

    Raises UnpricedMarket, UnreadableRate and ArithmeticOverflow as the health itself.
    """
    if position.borrow_shares == 0:
        return None
    now, price = accrued(market, at).market, market.require_price()
    fall = first_true(lambda fall: not account_data(now.with_price(price - fall), position).is_healthy, 0, price)
    boundary = None if fall is None else price - fall
    drop = None if boundary is None else (price - boundary) / price
    return Projections(boundary, drop, _liquidatable_at(market, position, at))


def _liquidatable_at(market: Market, position: Position, at: int) -> int | None:
    def below(when: int) -> bool:
        try:
            return not account_data(accrued(market, when).market, position).is_healthy
        except ArithmeticOverflow:
            if when == at:
                raise
            return True  # only a debt can outgrow 128 bits, long after it outgrew the collateral

    return first_true(below, at, at + HORIZON)
