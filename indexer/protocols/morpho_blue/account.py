"""What the contract compares: `Morpho._isHealthy` (@morpho-org/morpho-blue 1.0.0) on a market already accrued."""

from dataclasses import dataclass

from indexer.protocols.morpho_blue.shares import ORACLE_PRICE_SCALE, to_assets_up, w_mul_down
from indexer.protocols.morpho_blue.state import Market, Position
from indexer.units import WAD, mul_div_floor


@dataclass(frozen=True, slots=True)
class AccountData:
    """A position in raw units of the loan token. Healthy is `max_borrow >= borrowed`, or no borrow shares."""

    borrowed: int
    collateral_value: int
    max_borrow: int
    has_debt: bool

    @property
    def is_healthy(self) -> bool:
        """The contract's own comparison; equality is healthy."""
        return not self.has_debt or self.max_borrow >= self.borrowed

    @property
    def health_factor_wad(self) -> int | None:
        """floor(max_borrow * 1e18 / borrowed): below 1e18 exactly where the contract says unhealthy. None: no debt."""
        return self.max_borrow * WAD // self.borrowed if self.borrowed else None


def account_data(market: Market, position: Position) -> AccountData:
    """Debt rounded up; collateral value and then its share `lltv` rounded down.

    Without borrow shares the contract asks no price: the value is 0 where none is known. Raises UnpricedMarket, and
    ArithmeticOverflow where the contract reverts.
    """
    if position.borrow_shares == 0:
        value = _collateral_value(market.price or 0, position)
        return AccountData(0, value, w_mul_down(value, market.params.lltv), has_debt=False)
    borrowed = to_assets_up(position.borrow_shares, market.total_borrow_assets, market.total_borrow_shares)
    value = _collateral_value(market.require_price(), position)
    return AccountData(borrowed, value, w_mul_down(value, market.params.lltv), has_debt=True)


def _collateral_value(price: int, position: Position) -> int:
    return mul_div_floor(position.collateral, price, ORACLE_PRICE_SCALE)
