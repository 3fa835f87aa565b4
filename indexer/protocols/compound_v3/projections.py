"""How far an account is from being absorbed: by price, by time. Each answer is a boundary of the contract's comparison.

By price: of `isLiquidatable` on the stored indices, whose liquidity falls as a collateral's price does. By time: of
`absorb`, which accrues first; the debt only grows. A price of zero makes the contract revert, so one is the lowest.
"""

from dataclasses import replace

from indexer.errors import ArithmeticOverflow
from indexer.evm import Address
from indexer.protocols._boundary import HORIZON, PPM, first_true
from indexer.protocols._interface import Projection
from indexer.protocols.compound_v3.accrual import accrued_indices
from indexer.protocols.compound_v3.liquidity import is_liquidatable, valuation
from indexer.protocols.compound_v3.state import Account, Asset, Comet, Indices, UnpricedFeed


def projection(comet: Comet, account: Account, at: int) -> Projection | None:
    """All projections of an account with debt at timestamp `at`; None without debt, or where it cannot be valued."""
    stored = comet.totals.indices
    try:
        if valuation(comet, account, stored).debt_value == 0:
            return None
        is_liquidatable(comet, account, stored)
    except (UnpricedFeed, ArithmeticOverflow):
        return None
    held = [asset for asset in account.assets(comet) if asset.price]
    boundaries = {asset.address: liquidation_price(comet, account, asset) for asset in held}
    ppm = uniform_drop_ppm(comet, account)
    return Projection(
        liquidation_prices={str(token): price for token, price in boundaries.items()},
        price_drops={asset.address: _fall(asset, boundaries[asset.address]) for asset in held},
        uniform_drop=None if ppm is None else ppm / PPM,
        interest_timestamp=absorbable_at(comet, account, at),
    )


def liquidation_price(comet: Comet, account: Account, asset: Asset) -> int | None:
    """The largest price of an asset (others equal) at which the view says liquidatable.

    None where it does already, or where it does not down to a price of one.
    """
    price = asset.require_price()

    def below(fall: int) -> bool:
        return _is_below(_with_prices(comet, {asset.address: price - fall}), account, comet.totals.indices)

    fall = first_true(below, 0, price - 1)
    return None if fall is None else price - fall


def uniform_drop_ppm(comet: Comet, account: Account) -> int | None:
    """The smallest fall of all collateral prices together, in millionths (prices rounded down, one at least)."""
    held = {asset.address: asset.price for asset in account.assets(comet) if asset.price}

    def below(drop: int) -> bool:
        fallen = {token: max(1, price * (PPM - drop) // PPM) for token, price in held.items()}
        return _is_below(_with_prices(comet, fallen), account, comet.totals.indices)

    return first_true(below, 0, PPM)


def absorbable_at(comet: Comet, account: Account, at: int) -> int | None:
    """The first timestamp after `at` at which `absorb` would find the account liquidatable.

    At today's utilisation and prices; None where it would now, or not for 50 years, or where accrual reverts before.
    """

    def below(when: int) -> bool:
        try:
            return _is_below(comet, account, accrued_indices(comet, when))
        except ArithmeticOverflow:
            return when > at  # indices outgrew uint64

    found = first_true(below, at, at + HORIZON)
    if found is None:
        return None
    try:
        accrued_indices(comet, found)
    except ArithmeticOverflow:
        return None
    return found


def _is_below(comet: Comet, account: Account, indices: Indices) -> bool:
    try:
        return is_liquidatable(comet, account, indices)
    except UnpricedFeed:  # the contract reverts: nobody is absorbed
        return False


def _with_prices(comet: Comet, prices: dict[Address, int]) -> Comet:
    assets = (replace(asset, price=prices.get(asset.address, asset.price)) for asset in comet.assets)
    return replace(comet, assets=tuple(assets))


def _fall(asset: Asset, boundary: int | None) -> float | None:
    price = asset.require_price()
    return None if boundary is None else (price - boundary) / price
