"""The plain integers the maths takes: one Comet and one account, as their storage and immutables hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from indexer.errors import ArithmeticOverflow
from indexer.evm import Address
from indexer.units import MAX_INT256

BASE_INDEX_SCALE = 10**15
FACTOR_SCALE = 10**18
PRICE_SCALE = 10**8


class Pause(IntEnum):
    """Bits of `pauseFlags` (CometCore.PAUSE_*_OFFSET)."""

    SUPPLY = 0
    TRANSFER = 1
    WITHDRAW = 2
    ABSORB = 3
    BUY = 4


class UnpricedFeed(Exception):
    """`getPrice` reverts for this asset: the feed reverts, or answers zero or less."""


@dataclass(frozen=True, slots=True)
class RateCurve:
    """One side's interest: rates a second and the kink, 18 decimals."""

    kink: int
    base: int
    slope_low: int
    slope_high: int


@dataclass(frozen=True, slots=True)
class Indices:
    """What principals are multiplied with, 15 decimals."""

    supply: int
    borrow: int


@dataclass(frozen=True, slots=True)
class Totals:
    """`totalsBasic()`: stored indices, and the sums of principals."""

    indices: Indices
    supply: int
    borrow: int
    last_accrual: int


@dataclass(frozen=True, slots=True)
class Asset:
    """One collateral asset: `getAssetInfo(offset)`, its price, and what the Comet holds of it.

    `total` is `totalsCollateral`, `cash` the token's `balanceOf(comet)`; None where it was not read.
    """

    address: Address
    offset: int
    scale: int
    borrow_factor: int
    liquidate_factor: int
    liquidation_factor: int
    supply_cap: int
    price: int | None
    total: int = 0
    cash: int | None = None

    def require_price(self) -> int:
        """The price; raises UnpricedFeed."""
        if not self.price or self.price > MAX_INT256:
            raise UnpricedFeed(self.address)
        return self.price


@dataclass(frozen=True, slots=True)
class Comet:
    """One market: its configuration, totals, prices and assets in the order of their offsets."""

    base: Address
    base_scale: int
    base_price: int | None
    supply_curve: RateCurve
    borrow_curve: RateCurve
    store_front_price_factor: int
    target_reserves: int
    pause_flags: int
    totals: Totals
    assets: tuple[Asset, ...]
    cash: int | None = None

    def require_base_price(self) -> int:
        """The base token's price; raises UnpricedFeed."""
        if not self.base_price or self.base_price > MAX_INT256:
            raise UnpricedFeed(self.base)
        return self.base_price

    def is_paused(self, action: Pause) -> bool:
        """Whether the pause guardian or governor stopped an action."""
        return bool(self.pause_flags >> action & 1)


@dataclass(frozen=True, slots=True)
class Account:
    """`userBasic` and `userCollateral`: principal below zero is a debt, `assets_in` has a bit an asset offset."""

    principal: int
    assets_in: int
    balances: Mapping[Address, int]

    def assets(self, comet: Comet) -> list[Asset]:
        """The assets `isInAsset` finds, in the order of the contract's loop."""
        return [asset for asset in comet.assets if self.assets_in >> asset.offset & 1]


def bounded(value: int, bits: int) -> int:
    """`value` if an unsigned integer of that many bits holds it, else raise ArithmeticOverflow (CometMath.safe64 …)."""
    if 0 <= value < 1 << bits:
        return value
    raise ArithmeticOverflow(value)
