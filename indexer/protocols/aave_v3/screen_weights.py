"""The linear screen of Aave V3: what one raw unit of supply or debt weighs, and what truncation may cost.

The bound is proven in docs/screen.md. Lower bound of weighted collateral: an amount loses less than one raw unit
to rounding (price / unit), its value less than one base unit, and up to 3.4 the averaged threshold less than one
basis point of the whole collateral. Upper bound of debt: the same two roundings upwards.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import Weights
from indexer.protocols.aave_v3.account_data import in_category
from indexer.protocols.aave_v3.accrual import normalized_debt, normalized_income
from indexer.protocols.aave_v3.interfaces import emode_id
from indexer.protocols.aave_v3.state import Category, Market, Reserve
from indexer.units import PERCENTAGE_FACTOR, RAY

# Within these no product or sum of `getUserAccountData` can pass uint256; beyond them nothing is judged.
AMOUNT_LIMIT = 2.0**112
_INDEX_LIMIT = 2.0**20
_PRICE_LIMIT = 2**120
_UNIT_WEIGHT_LIMIT = 2.0**48


def weights(market: Market, rows: DeploymentBook, at: int) -> Weights:
    """Weights at timestamp `at`; risk classes are e-mode categories."""
    classes = rows.account_floats("emode").astype(np.int64)
    shape = (int(classes.max(initial=0)) + 1, len(rows.market_names))
    collateral, collateral_loss = np.zeros(shape), np.zeros(shape)
    debt, debt_loss = np.zeros(shape), np.zeros(shape)
    by_asset: dict[str, Reserve] = {reserve.asset: reserve for reserve in market.reserves.values()}
    for column, name in enumerate(rows.market_names):
        reserve = None if emode_id(name) is not None else by_asset.get(name)
        if reserve is None:
            continue
        income = _growth(partial(normalized_income, reserve, at))
        owed = _growth(partial(normalized_debt, reserve, market.rules, at))
        for category_id in np.unique(classes):
            category = market.category(int(category_id))
            value = _unit_value(market, reserve, category)
            threshold = _threshold(market, reserve, category)
            collateral[category_id, column] = _judged(income * value) * threshold
            collateral_loss[category_id, column] = (value + 1) * threshold + 1
            debt[category_id, column] = _judged(owed * value)
            debt_loss[category_id, column] = value + 1
    return Weights(
        classes,
        collateral,
        collateral_loss,
        debt,
        debt_loss,
        supply_field="supply",
        flag_field="collateral",
        debt_field="debt",
        always_fields=("stable",),
        amount_limit=AMOUNT_LIMIT,
    )


def _growth(index: Callable[[], int]) -> float:
    """An accrued index as a number; NaN where the contract reverts on it, or could on what it is multiplied with."""
    try:
        growth = index() / RAY
    except ArithmeticOverflow:
        return math.nan
    return growth if growth <= _INDEX_LIMIT else math.nan


def _judged(unit_weight: float) -> float:
    return unit_weight if unit_weight <= _UNIT_WEIGHT_LIMIT else math.nan


def _unit_value(market: Market, reserve: Reserve, category: Category) -> float:
    """Base units of one raw unit; NaN without a price, or with one that is beyond reason."""
    price = reserve.price
    if market.rules.emode_price_source and category.has_price_source:
        if category.price is None:
            return math.nan
        if category.price and in_category(market, reserve, category):
            price = category.price
    return math.nan if price is None or price > _PRICE_LIMIT else price / reserve.unit


def _threshold(market: Market, reserve: Reserve, category: Category) -> float:
    """What a unit of value counts; NaN for a threshold of 0 in an average, which it lowers for everything else."""
    own = reserve.setting("liquidation_threshold")
    if own == 0 and not market.rules.counts_zero_threshold_collateral:
        return 0.0
    used = category.liquidation_threshold if in_category(market, reserve, category) else own
    if not market.rules.health_from_weighted_sum:
        return (used - 1) / PERCENTAGE_FACTOR if used else math.nan  # the average is truncated to basis points
    return used / PERCENTAGE_FACTOR
