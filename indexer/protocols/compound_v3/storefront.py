"""Reserves, and what seized collateral costs whoever buys it from the protocol.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol `getReserves`,
`getCollateralReserves`, `quoteCollateral`, `buyCollateral` (Comet.sol computes the same).
"""

from indexer.protocols.compound_v3.accrual import mul_factor, total_borrow, total_supply
from indexer.protocols.compound_v3.state import FACTOR_SCALE, Asset, Comet, Pause
from indexer.units import PERCENTAGE_FACTOR, mul_div_floor, uint256


def reserves(comet: Comet, at: int) -> int | None:
    """`getReserves()` at a timestamp, signed: cash less what suppliers are owed plus what borrowers owe.

    None where the cash was not read. Raises ArithmeticOverflow where accrual reverts.
    """
    if comet.cash is None:
        return None
    return comet.cash - total_supply(comet, at) + total_borrow(comet, at)


def collateral_reserves(asset: Asset) -> int | None:
    """`getCollateralReserves(asset)`: what is held beyond what accounts own; None where unread, or where it reverts."""
    if asset.cash is None or asset.cash < asset.total:
        return None
    return asset.cash - asset.total


def discount(comet: Comet, asset: Asset) -> int:
    """The store front's part of the liquidation penalty, 18 decimals, rounded down."""
    return mul_factor(comet.store_front_price_factor, uint256(FACTOR_SCALE - asset.liquidation_factor))


def bonus_bps(comet: Comet, asset: Asset) -> int:
    """What a buyer of seized collateral gets beyond what it pays: discount / (1 - discount). Of ours, rounded down."""
    off = discount(comet, asset)
    return mul_div_floor(off, PERCENTAGE_FACTOR, uint256(FACTOR_SCALE - off))


def discounted_price(comet: Comet, asset: Asset) -> int:
    """The asset's price less the discount, rounded down."""
    return mul_factor(asset.require_price(), FACTOR_SCALE - discount(comet, asset))


def quote_collateral(comet: Comet, asset: Asset, base_amount: int) -> int:
    """`quoteCollateral`: base price * amount * asset scale / discounted price / base scale, rounded down twice.

    Raises UnpricedFeed, and ArithmeticOverflow (a discounted price of zero too).
    """
    price = discounted_price(comet, asset)
    worth = uint256(comet.require_base_price() * base_amount)
    return mul_div_floor(worth, asset.scale, price) // comet.base_scale


def is_open(comet: Comet, at: int) -> bool | None:
    """Whether `buyCollateral` sells: not paused, and reserves below their target; None where the cash was not read."""
    held = reserves(comet, at)
    if held is None:
        return None
    return not comet.is_paused(Pause.BUY) and not held >= comet.target_reserves
