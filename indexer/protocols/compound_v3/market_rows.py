"""One row a token, for analysts: the base market's size, rates, reserves and losses; each collateral and its sale."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from indexer.errors import ArithmeticOverflow
from indexer.protocols._interface import MarketRow
from indexer.protocols.compound_v3.absorption import absorption
from indexer.protocols.compound_v3.accrual import accrued_indices, rate, total_borrow, total_supply, utilization
from indexer.protocols.compound_v3.liquidity import is_liquidatable
from indexer.protocols.compound_v3.state import Account, Asset, Comet, Pause, UnpricedFeed
from indexer.protocols.compound_v3.storefront import (
    bonus_bps,
    collateral_reserves,
    discounted_price,
    is_open,
    quote_collateral,
    reserves,
)
from indexer.units import wad_to_bps

_T = TypeVar("_T")


def market_rows(comet: Comet, accounts: Iterable[Account | None], at: int) -> list[MarketRow]:
    """The base token, then the assets by offset. Raw token units accrued to `at`, factors and rates with 18 decimals.

    An account is None where its principal was not read. `bad_debt` is what absorbing everybody who could be absorbed at
    `at` would cost the reserves beyond the collateral at its liquidation factors. `store_front_price` is what an asset
    costs in `buyCollateral`, `quote_per_base` what one whole base token buys.
    """
    return [_base_row(comet, accounts, at), *(_asset_row(comet, asset) for asset in comet.assets)]


def _base_row(comet: Comet, accounts: Iterable[Account | None], at: int) -> MarketRow:
    used = utilization(comet.totals)
    indices = _or_none(lambda: accrued_indices(comet, at))
    return MarketRow(
        market=comet.base,
        asset=comet.base,
        amounts={
            "price": comet.base_price,
            "supplied": _or_none(lambda: total_supply(comet, at)),
            "borrowed": _or_none(lambda: total_borrow(comet, at)),
            "cash": comet.cash,
            "reserves": _or_none(lambda: reserves(comet, at)),
            "target_reserves": comet.target_reserves,
            "bad_debt": _bad_debt(comet, accounts, at),
            "utilization_wad": used,
            "supply_rate_per_second_wad": _or_none(lambda: rate(comet.supply_curve, used)),
            "borrow_rate_per_second_wad": _or_none(lambda: rate(comet.borrow_curve, used)),
            "supply_index": None if indices is None else indices.supply,
            "borrow_index": None if indices is None else indices.borrow,
            "store_front_price_factor_wad": comet.store_front_price_factor,
        },
        facts={
            "base": True,
            "decimals": _decimals(comet.base_scale),
            "last_accrual": comet.totals.last_accrual,
            "store_front_open": _or_none(lambda: is_open(comet, at)),
            **{f"{action.name.lower()}_paused": comet.is_paused(action) for action in Pause},
        },
    )


def _asset_row(comet: Comet, asset: Asset) -> MarketRow:
    return MarketRow(
        market=asset.address,
        asset=asset.address,
        amounts={
            "price": asset.price,
            "supplied": asset.total,
            "supply_cap": asset.supply_cap,
            "cash": asset.cash,
            "reserves": collateral_reserves(asset),
            "store_front_price": _or_none(lambda: discounted_price(comet, asset)),
            "quote_per_base": _or_none(lambda: quote_collateral(comet, asset, comet.base_scale)),
            "borrow_factor_wad": asset.borrow_factor,
            "liquidate_factor_wad": asset.liquidate_factor,
            "liquidation_factor_wad": asset.liquidation_factor,
        },
        facts={
            "base": False,
            "offset": asset.offset,
            "decimals": _decimals(asset.scale),
            "ltv_bps": wad_to_bps(asset.borrow_factor),
            "liquidation_threshold_bps": wad_to_bps(asset.liquidate_factor),
            "liquidation_bonus_bps": _or_none(lambda: bonus_bps(comet, asset)),
        },
    )


def _bad_debt(comet: Comet, accounts: Iterable[Account | None], at: int) -> int | None:
    """The losses of everybody who could be absorbed now; None where one of them was not read or cannot be valued."""
    lost = 0
    try:
        indices = accrued_indices(comet, at)
        for account in accounts:
            if account is None:
                return None
            if account.principal < 0 and is_liquidatable(comet, account, indices):
                lost += absorption(comet, account, indices).loss
    except (UnpricedFeed, ArithmeticOverflow):
        return None
    return lost


def _decimals(scale: int) -> int:
    """The token's: the constructor makes every scale a power of ten."""
    return len(str(scale)) - 1


def _or_none(compute: Callable[[], _T]) -> _T | None:
    """A number the contract would answer, None where it reverts."""
    try:
        return compute()
    except (UnpricedFeed, ArithmeticOverflow):
        return None
