"""What the maths takes: one pool and one account as plain integers, at stored (not accrued) values."""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.errors import IndexerError
from indexer.evm import Address
from indexer.protocols.compound_v2.rules import Rules


class UnpricedMarket(IndexerError):
    """The oracle answers 0 or not at all: the Comptroller gives PRICE_ERROR or reverts, the account is unknown."""

    def __init__(self, market: str) -> None:
        super().__init__(f"no price for {market}: the Comptroller cannot value accounts that entered it")
        self.market = market


class UnreadMarket(IndexerError):
    """What the maths needs of a market was not read at this block."""

    def __init__(self, market: str, what: str) -> None:
        super().__init__(f"{what} of {market} is not known at this block")
        self.market = market
        self.what = what


@dataclass(frozen=True, slots=True)
class Market:
    """One cToken as stored. Factors, rates and the index have 18 decimals; None is what was not read.

    `price` is `getUnderlyingPrice`: 36 - decimals decimals. `accrual` counts blocks, or seconds where `by_seconds`.
    """

    address: Address
    asset: Address
    decimals: int
    price: int | None
    cash: int | None
    total_borrows: int
    reserves: int | None
    total_supply: int
    borrow_index: int | None
    accrual: int | None
    borrow_rate: int | None
    reserve_factor: int | None
    threshold: int
    """What weighs collateral: the collateral factor, or a liquidation threshold of its own."""
    seize_share: int | None
    forced: bool | None = False
    """Debt is liquidated without a shortfall; None: that was not read."""
    is_home: bool = True
    """False after the cToken moved to another Comptroller."""
    bad_debt: int = 0
    """Counted as an asset in the exchange rate (Venus)."""
    by_seconds: bool = False
    liquidation_paused: bool = False
    """Debt in it cannot be liquidated (Venus)."""
    seize_paused: bool = False
    repay_paused: bool = False
    """Debt in it cannot be repaid, so not liquidated either (Venus)."""
    pay_out_after: int | None = None
    """Blocks or seconds after which an accrual pays the reserves out (Venus)."""
    paid_out_at: int | None = None
    accrual_unknown: bool = False
    """Accrual moves the cash too (cDAI's savings rate), so it cannot be told from what is stored."""

    def require_price(self) -> int:
        """The price, or raise `UnpricedMarket` where the Comptroller gives PRICE_ERROR (0) or reverts."""
        if not self.price:
            raise UnpricedMarket(self.address)
        return self.price

    def require(self, name: str) -> int:
        """A number that must have been read, or raise `UnreadMarket`."""
        value: int | None = getattr(self, name)
        if value is None:
            raise UnreadMarket(self.address, name)
        return value


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one market: cTokens, debt principal with its index, and whether it entered."""

    market: str
    supply: int
    debt: int
    interest_index: int
    is_member: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """One Comptroller with its markets by address."""

    rules: Rules
    markets: Mapping[str, Market]
    close_factor: int
    incentive: int
    seize_paused: bool = False
    min_liquidatable_collateral: int = 0
    """Venus: an account with no more collateral than this is liquidated otherwise."""
