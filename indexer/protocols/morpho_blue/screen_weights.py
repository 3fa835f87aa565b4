"""The linear screen of Morpho Blue: what one unit of collateral and one borrow share weigh in their own market.

An account is a position in one market, so its sum has one term a side. Lower bound of max borrow: the value loses less
than one unit of the loan token to rounding, its share `lltv` less than one more. Upper bound of debt: one unit, as
shares to assets rounds up. The bound is proven in docs/screen.md.
"""

import math

import numpy as np

from indexer.book import DeploymentBook
from indexer.protocols._interface import Weights
from indexer.protocols.morpho_blue.shares import ORACLE_PRICE_SCALE, VIRTUAL_ASSETS, VIRTUAL_SHARES
from indexer.protocols.morpho_blue.state import Market
from indexer.units import WAD

# Within these no product of `_isHealthy` can pass uint256; beyond them nothing is judged.
AMOUNT_LIMIT = 2.0**112
_PRICE_LIMIT = 2**120


def weights(markets: dict[str, Market | None], rows: DeploymentBook) -> Weights:
    """Weights from accrued markets by id; None where interest cannot be accrued. One risk class."""
    shape = (1, len(rows.market_names))
    collateral, collateral_loss = np.zeros(shape), np.zeros(shape)
    debt, debt_loss = np.full(shape, np.nan), np.zeros(shape)  # who owes where nobody should is not judged
    for column, name in enumerate(rows.market_names):
        if name not in markets:
            continue
        market = markets[name]
        debt_loss[0, column] = 1.0
        if market is None or market.price is None or market.price > _PRICE_LIMIT:
            collateral[0, column] = debt[0, column] = math.nan
            continue
        lltv = market.params.lltv / WAD
        collateral[0, column] = market.price / ORACLE_PRICE_SCALE * lltv
        collateral_loss[0, column] = lltv + 1
        share = (market.total_borrow_assets + VIRTUAL_ASSETS) / (market.total_borrow_shares + VIRTUAL_SHARES)
        debt[0, column] = share
    return Weights(
        np.zeros(len(rows.accounts), np.int64),
        collateral,
        collateral_loss,
        debt,
        debt_loss,
        supply_field="collateral",
        flag_field="",
        debt_field="borrow_shares",
        always_fields=(),
        amount_limit=AMOUNT_LIMIT,
    )
