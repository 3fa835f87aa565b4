"""Whether an account can be absorbed, and what its collateral and debt are worth.

Source: compound-finance/comet d5a30b0a, contracts/CometWithExtendedAssetList.sol (Comet.sol computes the same, with
bits 0 to 15 only): `isLiquidatable`, `isBorrowCollateralized`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.errors import ArithmeticOverflow
from indexer.evm import Address
from indexer.protocols.compound_v3.accrual import mul_factor, present_value
from indexer.protocols.compound_v3.state import Account, Asset, Comet, Indices, UnpricedFeed
from indexer.units import MAX_INT256, mul_div_floor


@dataclass(frozen=True, slots=True)
class Collateral:
    """One asset of an account: balance x price / scale = value, x liquidate factor = weighted, each rounded down.

    Price, value and weighted value are None where the feed cannot be read.
    """

    asset: Asset
    balance: int
    value: int | None
    weighted: int | None


@dataclass(frozen=True, slots=True)
class Valuation:
    """An account's worth at given indices, in units of price (8 decimals). Assets without a price add nothing."""

    debt: int
    debt_value: int
    collateral: tuple[Collateral, ...]

    @property
    def collateral_value(self) -> int:
        """The sum of values."""
        return sum(line.value or 0 for line in self.collateral)

    @property
    def weighted_value(self) -> int:
        """The sum of values x liquidate factor, which the contract compares with the debt."""
        return sum(line.weighted or 0 for line in self.collateral)

    @property
    def unpriced(self) -> list[Address]:
        """Assets whose feed cannot be read."""
        return [line.asset.address for line in self.collateral if line.value is None]


def mul_price(amount: int, price: int, scale: int) -> int:
    """`mulPrice`: amount * price / scale, rounded down."""
    return mul_div_floor(amount, price, scale)


def is_liquidatable(comet: Comet, account: Account, indices: Indices) -> bool:
    """`isLiquidatable` at given indices: the view takes the stored ones, `absorb` those it accrued to.

    The debt's value is rounded toward zero, each collateral down. Feeds are read in the order of offsets and no
    further than the debt is covered: a broken later feed does not matter then. Raises UnpricedFeed where the contract
    reverts on a feed, ArithmeticOverflow where it reverts on arithmetic.
    """
    return _uncovered(comet, account, indices, lambda asset: asset.liquidate_factor)


def is_borrow_collateralized(comet: Comet, account: Account, indices: Indices) -> bool:
    """`isBorrowCollateralized` at given indices: the same comparison with the borrow factors, the other way round."""
    return not _uncovered(comet, account, indices, lambda asset: asset.borrow_factor)


def _uncovered(comet: Comet, account: Account, indices: Indices, factor: Callable[[Asset], int]) -> bool:
    if account.principal >= 0:
        return False
    liquidity = -_debt_value(comet, -present_value(account.principal, indices))
    for asset in account.assets(comet):
        if liquidity >= 0:
            return False
        value = mul_price(account.balances.get(asset.address, 0), asset.require_price(), asset.scale)
        liquidity += mul_factor(value, factor(asset))
    return liquidity < 0


def _debt_value(comet: Comet, debt: int) -> int:
    """`signedMulPrice`, in magnitude: debt * price / scale, rounded toward zero."""
    product = debt * comet.require_base_price()
    if product > MAX_INT256:
        raise ArithmeticOverflow(product)
    return product // comet.base_scale


def valuation(comet: Comet, account: Account, indices: Indices) -> Valuation:
    """Every collateral and the debt in full, without the contract's early exit.

    Raises UnpricedFeed where there is a debt and the base token has no price, and ArithmeticOverflow.
    """
    debt = max(0, -present_value(account.principal, indices))
    value = _debt_value(comet, debt) if account.principal < 0 else 0
    return Valuation(debt, value, tuple(_line(account, asset) for asset in account.assets(comet)))


def _line(account: Account, asset: Asset) -> Collateral:
    balance = account.balances.get(asset.address, 0)
    try:
        value = mul_price(balance, asset.require_price(), asset.scale)
    except UnpricedFeed:
        return Collateral(asset, balance, None, None)
    return Collateral(asset, balance, value, mul_factor(value, asset.liquidate_factor))
