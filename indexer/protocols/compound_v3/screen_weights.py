"""The linear screen of Comet: what one raw unit of collateral or debt weighs, and what truncation may cost.

Collateral: floor(floor(balance x price / scale) x factor / 1e18) loses less than one unit of value, which counts
`factor`, and less than one unit more. Debt: floored twice, so the product of reals is an upper bound; it is taken at
the index accrued to the timestamp, not below the stored one, so that accounts are named too which only `absorb` would
find liquidatable. The bound of `risk/screen` is proven in docs/screen.md.
"""

import math

import numpy as np

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import Weights
from indexer.protocols.compound_v3.accrual import accrued_indices
from indexer.protocols.compound_v3.state import BASE_INDEX_SCALE, FACTOR_SCALE, Asset, Comet

# Within these no product of `isLiquidatable` can pass int256; beyond them nothing is judged.
AMOUNT_LIMIT = 2.0**120
_PRICE_LIMIT = 2**120
_UNIT_VALUE_LIMIT = 2.0**64


def weights(comet: Comet, rows: DeploymentBook, at: int) -> Weights:
    """Weights at timestamp `at`. Accounts marked `unscreened` are not judged."""
    shape = (1, len(rows.market_names))
    collateral, collateral_loss = np.zeros(shape), np.zeros(shape)
    debt, debt_loss = np.zeros(shape), np.ones(shape)
    assets: dict[str, Asset] = {asset.address: asset for asset in comet.assets}
    for column, name in enumerate(rows.market_names):
        if name == comet.base:
            debt[0, column] = _debt_weight(comet, at)
        elif (asset := assets.get(name)) is not None:
            factor = asset.liquidate_factor / FACTOR_SCALE
            collateral[0, column] = _unit_value(asset) * factor
            collateral_loss[0, column] = factor + 1
    return Weights(
        np.zeros(len(rows.accounts), np.int64),
        collateral,
        collateral_loss,
        debt,
        debt_loss,
        supply_field="supply",
        flag_field="",
        debt_field="debt",
        always_fields=("unscreened",),
        amount_limit=AMOUNT_LIMIT,
    )


def _unit_value(asset: Asset) -> float:
    value = (asset.price or math.nan) / asset.scale
    return value if value <= _UNIT_VALUE_LIMIT else math.nan


def _debt_weight(comet: Comet, at: int) -> float:
    """Value units of one unit of principal; NaN without a base price, or where accrual reverts."""
    price = comet.base_price
    if not price or price > _PRICE_LIMIT:
        return math.nan
    try:
        index = accrued_indices(comet, at).borrow
    except ArithmeticOverflow:
        return math.nan
    return index / BASE_INDEX_SCALE * (price / comet.base_scale)
