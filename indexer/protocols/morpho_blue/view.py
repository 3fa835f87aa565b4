"""One Morpho Blue deployment at one block and one set of prices, answering about positions."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import (
    AccountId,
    Claim,
    MarketRow,
    PositionRow,
    Projection,
    Receipt,
    Step,
    Truth,
    ValueUnit,
    Weights,
)
from indexer.protocols._view import Plain
from indexer.protocols.morpho_blue import claims, screen_weights
from indexer.protocols.morpho_blue.account import AccountData, account_data
from indexer.protocols.morpho_blue.accrual import Accrued, accrued
from indexer.protocols.morpho_blue.explanation import steps
from indexer.protocols.morpho_blue.identity import REVISION
from indexer.protocols.morpho_blue.interfaces import account_key, parts_of
from indexer.protocols.morpho_blue.liquidation import liquidation_terms
from indexer.protocols.morpho_blue.market_rows import market_rows
from indexer.protocols.morpho_blue.position_rows import position_rows
from indexer.protocols.morpho_blue.projections import projections
from indexer.protocols.morpho_blue.reads import rate_name
from indexer.protocols.morpho_blue.state import Market, Position, UnpricedMarket, UnreadableRate
from indexer.protocols.morpho_blue.stored import has_position, stored_market, stored_position
from indexer.units import WAD
from indexer.words import Health, Reason, State, Terms, state_of

_UNIT_NAME = "loan_token"
_ORACLE_DECIMALS = 36


class MorphoView(Plain):
    """The deployment's columns read as the contract reads its storage. See `protocols/_interface.View`.

    With prices given by market, a rate that was not given along (`reads.rate_name`) is the block's.
    """

    revision = REVISION
    supported = True

    def __init__(self, entry: Address, rows: DeploymentBook, prices: str | Mapping[str, int | None]) -> None:
        self._entry = entry
        self._rows = rows
        self._prices = prices
        self._markets: dict[str, Market | None] = {}
        self._accrued: dict[tuple[str, int], Accrued] = {}

    def accounts(self) -> Iterator[str]:
        """Every position with supply, debt or collateral."""
        return (key for key in self._rows.accounts if has_position(self._rows, key))

    def identify(self, account: str) -> AccountId:
        """The user of the position, its own owner, and the market id. A vault is the user of what it supplies."""
        user, market = parts_of(account)
        return AccountId(user, user, market)

    def keys_of(self, address: str) -> list[str]:
        """The keys of an address in every market it ever had a position in."""
        keys = (account_key(address, market) for market in self._rows.markets)  # far fewer than accounts
        return [key for key in keys if self._rows.knows(key)]

    def unit(self, account: str) -> ValueUnit:
        """Raw units of the market's loan token."""
        _, market = parts_of(account)
        return ValueUnit(
            _UNIT_NAME, self._decimals(market, "loan_decimals"), is_usd=False, asset=self._token(market, "loan_token")
        )

    def price_unit(self, market: str) -> ValueUnit:
        """What one whole collateral token costs in loan tokens: 36 + loan decimals - collateral decimals."""
        decimals = self._decimals(market, "loan_decimals") - self._decimals(market, "collateral_decimals")
        return ValueUnit(
            _UNIT_NAME, max(0, _ORACLE_DECIMALS + decimals), is_usd=False, asset=self._token(market, "loan_token")
        )

    def priced_asset(self, market: str) -> Address:
        """The collateral."""
        return self._token(market, "collateral_token")

    def owes(self, account: str) -> bool:
        """Whether the position has borrow shares."""
        return bool(stored_position(self._rows, account).borrow_shares)

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """Exact health after accrual to `at`; unknown where the contract's own read would fail.

        Without debt the contract reads nothing: healthy, with no value where none can be told.
        """
        data = self._data(account, at)
        if isinstance(data, Reason):
            if self.owes(account):
                return Health.unknown(data)
            return Health(State.HEALTHY, None, None, None, None, 0)
        if not data.has_debt and self._position(account).collateral and self.price_of(parts_of(account)[1]) is None:
            return Health(State.HEALTHY, None, None, None, None, 0)
        factor = data.health_factor_wad
        state = state_of(factor, data.collateral_value, data.borrowed, threshold_wad=WAD, cut_wad=cut_wad)
        return Health(state, None, factor, data.collateral_value, data.max_borrow, data.borrowed)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """The one pair of the position's market; empty where health is unknown, without debt or collateral."""
        if isinstance(self._data(account, at), Reason) or not self.owes(account):
            return ()
        return liquidation_terms(self._accrue(parts_of(account)[1], at).market, self._position(account))

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The collateral, and what is supplied and owed of the loan token, accrued to `at`.

        Where the rate cannot be read they are as of the last accrual, as the contract stores them: health is unknown.
        """
        _, name = parts_of(account)
        market = self._market(name)
        if market is None:
            return []
        try:
            after = self._accrue(name, at)
        except (UnreadableRate, ArithmeticOverflow):
            after = Accrued(market)
        user, _ = parts_of(account)
        is_recipient = int(user, 16) == self._rows.own.get("fee_recipient", 0)
        return position_rows(after, self._position(account), is_recipient=is_recipient)

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """The market's LLTV: what may be borrowed is what is not yet liquidated."""
        del account
        found = self._market(market)
        return None if found is None else Fraction(found.params.lltv, WAD)

    def receipts(self, at: int) -> list[Receipt]:
        """None: a supply is shares in the singleton, and no token."""
        del at
        return []

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the position is from liquidation; None without debt or where health is unknown."""
        _, name = parts_of(account)
        market = self._market(name)
        if market is None or isinstance(self._data(account, at), Reason):
            return None
        found = projections(market, self._position(account), at)
        if found is None:
            return None
        return Projection(
            liquidation_prices={name: found.liquidation_price},
            price_drops={name: found.price_drop},
            uniform_drop=found.price_drop,
            interest_timestamp=found.liquidatable_at,
        )

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step; empty where health is unknown or there is no debt."""
        _, name = parts_of(account)
        market, data = self._market(name), self._data(account, at)
        if market is None or isinstance(data, Reason) or not data.has_debt:
            return []
        return steps(market, self._accrue(name, at), self._position(account), data)

    def markets_used(self, account: str) -> list[str]:
        """Its own market where it owes: else no price is read."""
        return [parts_of(account)[1]] if self.owes(account) else []

    def markets(self, at: int) -> list[MarketRow]:
        """One row a market that ever had a position."""
        return market_rows(self._rows, self._market, lambda name: self._accrue(name, at))

    def price_of(self, market: str) -> int | None:
        """`IOracle.price()`; None when it reverts, or nobody owes in the market."""
        return self._given(market, "price")

    def weights(self, at: int) -> Weights:
        """The linear screen of this deployment at `at`."""
        found: dict[str, Market | None] = {}
        for name in self._rows.market_names:
            if self._rows.markets.get(name, {}).get("total_borrow_shares"):
                try:
                    found[name] = self._accrue(name, at).market
                except (UnreadableRate, ArithmeticOverflow):
                    found[name] = None
        return screen_weights.weights(found, self._rows)

    def truth(self, account: str) -> Truth:
        """`Morpho.position(id, user)`."""
        return claims.position_truth(self._entry, account)

    def comparable(self, account: str, at: int) -> dict[str, int]:
        """Our three words: they need neither price nor time."""
        del at
        return claims.position_fields(self._position(account))

    def holdings(self, account: str) -> list[Claim]:
        """`position(id, user)`: all the contract holds of it."""
        return [Claim(self.truth(account), self.comparable(account, 0), parts_of(account)[1])]

    def market_claims(self, at: int) -> list[Claim]:
        """`market(id)` of every market that ever had a position; its price and rate where somebody owes."""
        return claims.markets(self._entry, self._rows, self._market, at)

    def _token(self, market: str, field: str) -> Address:
        return address(self._rows.markets.get(market, {}).get(field, 0))

    def _decimals(self, market: str, field: str) -> int:
        return self._rows.markets.get(market, {}).get(field, 0)

    def _position(self, account: str) -> Position:
        return stored_position(self._rows, account)

    def _market(self, name: str) -> Market | None:
        if name not in self._markets:
            fields = self._rows.markets.get(name, {})
            self._markets[name] = stored_market(name, fields.get, self.price_of(name), self._given(name, "borrow_rate"))
        return self._markets[name]

    def _given(self, market: str, field: str) -> int | None:
        """A price or a rate of the view's moment."""
        fields = self._rows.markets.get(market, {})
        if isinstance(self._prices, str):
            return fields.get(field if self._prices == "price" else f"next_{field}")
        name = market if field == "price" else rate_name(market)
        if name in self._prices or field == "price":
            return self._prices.get(name)
        return fields.get(field)

    def _accrue(self, name: str, at: int) -> Accrued:
        known = self._accrued.get((name, at))
        if known is None:
            market = self._market(name)
            if market is None:
                raise UnreadableRate(name)
            known = self._accrued[name, at] = accrued(market, at)
        return known

    def _data(self, account: str, at: int) -> AccountData | Reason:
        try:
            return account_data(self._accrue(parts_of(account)[1], at).market, self._position(account))
        except UnpricedMarket:
            return Reason.UNPRICED
        except (ArithmeticOverflow, UnreadableRate):
            return Reason.UNREADABLE
