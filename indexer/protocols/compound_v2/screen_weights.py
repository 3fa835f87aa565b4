"""The linear screen of Compound V2: what one raw cToken or unit of debt principal weighs, and what truncation may cost.

`tokensToDenom` is known exactly, so a collateral loses less than 1 to the contract's last truncation. Both of
debt's truncations go down, so principal / interest index x index x price bounds it. Markets are weighed with the
larger of the stored index and the accrued one, so that whom a liquidation would only find after accrual is named too:
collateral never falls by accrual. The bound is proven in docs/screen.md.
"""

import math
from contextlib import suppress

import numpy as np

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import Weights
from indexer.protocols.compound_v2.accrual import accrue
from indexer.protocols.compound_v2.liquidation import slot
from indexer.protocols.compound_v2.liquidity import token_value, token_weight
from indexer.protocols.compound_v2.state import Market, Pool, UnpricedMarket, UnreadMarket
from indexer.units import WAD

# Within these no product or sum of the Comptroller's can pass uint256; beyond them nothing is judged.
AMOUNT_LIMIT = 2.0**112
_TOKEN_VALUE_LIMIT = 2**120
_PRICE_LIMIT = 2**120
_INDEX_LIMIT = 2**80


def weights(pool: Pool, rows: DeploymentBook, number: int, at: int) -> Weights:
    """Weights at block `number`; one risk class."""
    shape = (1, len(rows.market_names))
    collateral, debt = np.zeros(shape), np.zeros(shape)
    for column, name in enumerate(rows.market_names):
        market = pool.markets.get(name)
        if market is not None:
            collateral[0, column] = _collateral_weight(pool, market)
            debt[0, column] = _debt_weight(pool, market, slot(market, number, at))
    return Weights(
        classes=np.zeros(len(rows.accounts), np.int64),
        collateral=collateral,
        collateral_loss=np.ones(shape),
        debt=debt,
        debt_loss=np.zeros(shape),
        supply_field="supply",
        flag_field="member",
        debt_field="debt",
        always_fields=(),
        amount_limit=AMOUNT_LIMIT,
        debt_divisor_field="interest_index",
    )


def _collateral_weight(pool: Pool, market: Market) -> float:
    """NaN where the Comptroller cannot value it: everybody who entered is confirmed exactly, empty-handed or not."""
    try:
        if max(token_value(market, pool.rules), token_weight(market, pool.rules)) > _TOKEN_VALUE_LIMIT:
            return math.nan
        return token_weight(market, pool.rules) / WAD
    except (UnpricedMarket, UnreadMarket, ArithmeticOverflow):
        return math.nan


def _debt_weight(pool: Pool, market: Market, accrued_to: int) -> float:
    """NaN without a price or an index, beyond reason, and where debt is liquidated without a shortfall."""
    index, price = market.borrow_index, market.price
    if market.forced is not False or not price or not index or price > _PRICE_LIMIT or not WAD <= index <= _INDEX_LIMIT:
        return math.nan
    with suppress(UnreadMarket, ArithmeticOverflow):  # where the contract cannot accrue, what is stored is all there is
        index = max(index, accrue(market, pool.rules, accrued_to).require("borrow_index"))
    return index * price / WAD
