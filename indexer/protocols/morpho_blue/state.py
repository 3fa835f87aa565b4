"""The plain integers the maths takes: a market's parameters and totals, a position."""

from dataclasses import dataclass, replace

from indexer.errors import IndexerError
from indexer.evm import ZERO_ADDRESS, Address


class UnreadableRate(IndexerError):
    """The IRM's rate is not known and interest is to be accrued: the contract's call reverts, or nobody asked."""


class UnpricedMarket(IndexerError):
    """The oracle's price is not known: the contract's call reverts."""


@dataclass(frozen=True, slots=True)
class MarketParams:
    """`MarketParams`: immutable per market id. `lltv` is a wad; `irm` zero: no interest."""

    loan_token: Address
    collateral_token: Address
    oracle: Address
    irm: Address
    lltv: int

    @property
    def bears_interest(self) -> bool:
        """Whether the market has an IRM."""
        return self.irm != ZERO_ADDRESS


@dataclass(frozen=True, slots=True)
class Market:
    """`Market` with its parameters, and what its oracle and IRM say.

    `price` is `IOracle.price()`: loan token units of one collateral unit, times 1e36; None when it reverts. A market
    of the AdaptiveCurveIrm has `rate_at_target`; for any other IRM `borrow_rate` is what `borrowRateView` answered for
    these totals at the timestamp to accrue to, None when it reverts.
    """

    id: str
    params: MarketParams
    total_supply_assets: int
    total_supply_shares: int
    total_borrow_assets: int
    total_borrow_shares: int
    last_update: int
    fee: int
    price: int | None = None
    is_adaptive: bool = False
    rate_at_target: int = 0
    borrow_rate: int | None = None

    def require_price(self) -> int:
        """The price. Raises UnpricedMarket."""
        if self.price is None:
            raise UnpricedMarket(self.id)
        return self.price

    def with_price(self, price: int) -> "Market":
        """The same market at another price."""
        return replace(self, price=price)


@dataclass(frozen=True, slots=True)
class Position:
    """`Position`: shares of supply and debt, and collateral in raw units of the collateral token."""

    supply_shares: int
    borrow_shares: int
    collateral: int
