"""One Comet at one block and one set of prices, answering about accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import (
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
from indexer.protocols._view import ByAddress, prices_of
from indexer.protocols.compound_v3 import claims, explanation, projections, screen_weights
from indexer.protocols.compound_v3.accrual import accrued_indices
from indexer.protocols.compound_v3.liquidation import liquidation_terms
from indexer.protocols.compound_v3.liquidity import is_liquidatable, valuation
from indexer.protocols.compound_v3.market_rows import market_rows
from indexer.protocols.compound_v3.positions import position_rows
from indexer.protocols.compound_v3.state import Account, Comet, UnpricedFeed
from indexer.protocols.compound_v3.stored import has_position, is_supported, stored_account, stored_comet
from indexer.units import WAD
from indexer.words import Health, Reason, Terms, state_of

_USD = ValueUnit("usd_e8", 8, is_usd=True)
_BASE = ValueUnit("base_e8", 8, is_usd=False)


class CometView(ByAddress):
    """The deployment's columns read as the contract reads its storage. See `protocols/_interface.View`.

    `state` and the health factor are `isLiquidatable`'s, which stands on the stored indices whatever the time;
    `liquidatable_after_accrual` is what `absorb`, which accrues first, would find at that moment.
    """

    def __init__(self, entry: Address, rows: DeploymentBook, prices: str | Mapping[str, int | None]) -> None:
        self._entry = entry
        self._rows = rows
        self._prices = prices_of(rows, prices)

    @property
    def revision(self) -> str:
        """How many assets the implementation can hold, as text: 15 (Comet.sol), 24 (with an asset list)."""
        return str(self._rows.own.get("max_assets", "unknown"))

    @property
    def supported(self) -> bool:
        """Whether the implementation has the constants this maths was compared with."""
        return is_supported(self._rows.own)

    @cached_property
    def _comet(self) -> Comet | None:
        return stored_comet(self._rows, self._prices)

    def accounts(self) -> Iterator[str]:
        """Every account with collateral, base supply or debt."""
        return (key for key in self._rows.accounts if has_position(self._rows, key))

    def keys_of(self, address: str) -> list[str]:
        """The address itself, where a log ever named it."""
        return [address] if self._rows.account_field(address, "known") else []

    def unit(self, account: str) -> ValueUnit:
        """Dollars, or whole base tokens where the base token's feed is no dollar feed."""
        del account
        return self._unit

    def price_unit(self, market: str) -> ValueUnit:
        """The same unit for every market."""
        del market
        return self._unit

    def owes(self, account: str) -> bool:
        """Whether the principal is negative, or was not read although the account is known."""
        found = stored_account(self._rows, account)
        return has_position(self._rows, account) if found is None else found.principal < 0

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """Exact health; unknown where the contract's own view would fail."""
        found = self._state(account)
        if isinstance(found, Reason):
            return Health.unknown(found)
        comet, state = found
        try:
            is_liquidatable(comet, state, comet.totals.indices)  # reverts where the contract's own view does
            worth = valuation(comet, state, comet.totals.indices)
        except UnpricedFeed:
            return Health.unknown(Reason.UNPRICED)
        except ArithmeticOverflow:
            return Health.unknown(Reason.UNREADABLE)
        # Below one exactly where the view says liquidatable: what it did not read came after the debt was covered.
        factor = worth.weighted_value * WAD // worth.debt_value if worth.debt_value else None
        collateral, weighted = worth.collateral_value, worth.weighted_value
        word = state_of(factor, collateral, worth.debt_value, threshold_wad=WAD, cut_wad=cut_wad)
        after = after_accrual(comet, state, at)
        return Health(word, None, factor, collateral, weighted, worth.debt_value, liquidatable_after_accrual=after)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """What `absorb` would do at timestamp `at`, and what forbids it; empty without debt and where unknown."""
        found = self._state(account)
        return () if isinstance(found, Reason) else liquidation_terms(*found, at)

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The base balance accrued to `at`, and every collateral."""
        found = self._state(account)
        return [] if isinstance(found, Reason) else position_rows(*found, at)

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """The asset's borrow collateral factor; 0 for the base token, against which nothing is borrowed."""
        del account
        if self._comet is None or not self.supported:
            return None
        factors = {asset.address: asset.borrow_factor for asset in self._comet.assets}
        return Fraction(factors.get(address(market), 0), WAD)

    def receipts(self, at: int) -> list[Receipt]:
        """The Comet itself: its balances are base units (`balanceOf`), and `withdraw` pays as many."""
        del at
        base = self._rows.own.get("base_token")
        if base is None:
            return []
        token = address(base)
        return [Receipt(self._entry, token, token, 1 if self.supported else None, 1)]

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the account is from being absorbed; None without debt or where health is unknown."""
        found = self._state(account)
        return None if isinstance(found, Reason) else projections.projection(*found, at)

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step; empty where health is unknown."""
        found = self._state(account)
        return [] if isinstance(found, Reason) else explanation.steps(*found, at)

    def markets_used(self, account: str) -> list[str]:
        """What `isLiquidatable` prices: the base token and each collateral, for accounts that owe."""
        found = self._state(account)
        if isinstance(found, Reason) or found[1].principal >= 0:
            return []
        comet, state = found
        return [comet.base, *(asset.address for asset in state.assets(comet))]

    def markets(self, at: int) -> list[MarketRow]:
        """The base token, then the assets by offset."""
        return [] if self._comet is None or not self.supported else market_rows(self._comet, self._accounts(), at)

    def weights(self, at: int) -> Weights | None:
        """The linear screen of this deployment at `at`; None also where totals or principals were not read."""
        if not self.supported or self._comet is None or "principals_as_of" not in self._rows.own:
            return None
        return screen_weights.weights(self._comet, self._rows, at)

    def truth(self, account: str) -> Truth:
        """`isLiquidatable(account)`."""
        return Truth(self._entry, "isLiquidatable(address)", (account,), ("is_liquidatable",), ("bool",))

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        """1 where the view says so, 0 where not, None where it reverts or our state is unknown."""
        del at
        found = self._state(account)
        if isinstance(found, Reason):
            return None
        try:
            return {"is_liquidatable": int(is_liquidatable(*found, found[0].totals.indices))}
        except (UnpricedFeed, ArithmeticOverflow):
            return None

    def holdings(self, account: str) -> list[Claim]:
        """`userBasic`, and `userCollateral` of every asset it ever held."""
        return claims.holdings(self._entry, self._rows, account)

    def market_claims(self, at: int) -> list[Claim]:
        """Totals, reserves, prices and quotes."""
        return claims.markets(self._entry, self._comet, self._rows, at) if self.supported else []

    @property
    def _unit(self) -> ValueUnit:
        if self._rows.own.get("base_is_usd"):
            return _USD
        return replace(_BASE, asset=address(self._rows.own.get("base_token", 0)))

    def _accounts(self) -> Iterator[Account | None]:
        return (stored_account(self._rows, key) for key in self._rows.accounts)

    def _state(self, key: str) -> tuple[Comet, Account] | Reason:
        if not self.supported:
            return Reason.UNSUPPORTED_REVISION
        account = stored_account(self._rows, key)
        if self._comet is None or account is None:
            return Reason.UNREADABLE
        return self._comet, account


def after_accrual(comet: Comet, account: Account, at: int) -> bool:
    """Whether `absorb` would find the account liquidatable at `at`; False where it would revert before it could."""
    try:
        return is_liquidatable(comet, account, accrued_indices(comet, at))
    except (UnpricedFeed, ArithmeticOverflow):
        return False
