"""What views do alike."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import Address
from indexer.protocols._interface import AccountId, UpcomingPrice


def prices_of(rows: DeploymentBook, prices: str | Mapping[str, int | None]) -> dict[str, int | None]:
    """Prices by market: those stored under a field name, or the given ones."""
    if isinstance(prices, str):
        return {market: fields.get(prices) for market, fields in rows.markets.items()}
    return dict(prices)


class Plain:
    """A view of a protocol that delays no price and leads to no smart wallet's owner."""

    def upcoming_price(self, market: str) -> UpcomingPrice | None:
        """None: price sources are read as they are."""
        del market
        return None

    def proxies(self) -> Mapping[str, str]:
        """None: nothing here leads to a smart wallet's owner."""
        return {}


class ByAddress(Plain):
    """A view of a protocol that judges an address as a whole and names its markets by their tokens."""

    _rows: DeploymentBook
    _prices: Mapping[str, int | None]

    def identify(self, account: str) -> AccountId:
        """An account is an address, and its own owner."""
        return AccountId(account, account)

    def keys_of(self, address: str) -> list[str]:
        """The address itself, where a log ever named it."""
        return [address] if self._rows.knows(address) else []

    def priced_asset(self, market: str) -> Address:
        """Markets are named by their token."""
        return Address(market)

    def price_of(self, market: str) -> int | None:
        """The price the view was made with; None when it cannot be read."""
        return self._prices.get(market)
