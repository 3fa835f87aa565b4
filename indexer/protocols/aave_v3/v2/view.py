"""One Aave V2 deployment at one block: V3's view with V2's rules, unit and liquidations."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from indexer.book import DeploymentBook
from indexer.evm import Address, address
from indexer.protocols._interface import Claim, MarketRow, ValueUnit, Weights
from indexer.protocols.aave_v3.account_data import AccountData
from indexer.protocols.aave_v3.revisions import Rules
from indexer.protocols.aave_v3.v2.liquidation import PoolRules, liquidation_terms
from indexer.protocols.aave_v3.v2.managers import close_factor
from indexer.protocols.aave_v3.v2.market_rows import market_rows, supply_claims
from indexer.protocols.aave_v3.v2.revisions import rules_for
from indexer.protocols.aave_v3.v2.special_tokens import is_special
from indexer.protocols.aave_v3.view import AaveView
from indexer.words import Reason, Terms

_ETHER = ValueUnit("eth_e18", 18, is_usd=False)


class AaveV2View(AaveView):
    """The deployment's columns read as the contract reads its storage. See `protocols/_interface.View`."""

    _priced_by = ("collateral", "debt", "stable", "left_borrowing")
    """One of the user's two bits is set."""

    def __init__(
        self,
        rows: DeploymentBook,
        prices: str | Mapping[str, int | None],
        managers: Mapping[Address, int],
    ) -> None:
        super().__init__(rows, prices)
        self._close_factor = close_factor(rows.own, managers)

    def _find_rules(self) -> Rules | None:
        return rules_for(self._rows.own.get("pool_revision", 0))

    @property
    def revision(self) -> str:
        """The pool's `LENDINGPOOL_REVISION`, as text."""
        return str(self._rows.own.get("pool_revision", "unknown"))

    def accounts(self) -> Iterator[str]:
        """Those with a balance, and those who ever touched a token of its own kind: theirs is not known."""
        with_balance = dict.fromkeys(super().accounts())
        return (key for key in self._rows.accounts if key in with_balance or self._is_special(key))

    def owes(self, account: str) -> bool:
        """Whether the account has variable or stable debt; where that cannot be known, it may have."""
        return super().owes(account) or self._is_special(account)

    @property
    def _unit(self) -> ValueUnit:
        """Ether, unless the oracle names another base currency: 0 is dollars, with `BASE_CURRENCY_UNIT` to one."""
        unit = self._rows.own.get("base_unit")
        if unit is None:
            return _ETHER
        decimals = len(str(unit)) - 1
        base = self._rows.own.get("base_currency")
        if base == 0:
            return ValueUnit(f"usd_e{decimals}", decimals, is_usd=True)
        token = None if base is None else address(base)
        return ValueUnit("eth_e18" if decimals == _ETHER.decimals else f"base_e{decimals}", decimals, False, token)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """Terms of every pair; empty where health is unknown."""
        if isinstance(self._data(account, at), Reason):
            return ()
        return liquidation_terms(self._market, self._account(account), at, self._pool_rules)

    @property
    def _pool_rules(self) -> PoolRules:
        own, markets = self._rows.own, self._rows.markets
        asks_sentinel = bool(own.get("grace_sentinel", 0))
        return PoolRules(
            self._close_factor,
            paused=bool(own.get("paused", 0)),
            grace_until={name: fields.get("grace_until") for name, fields in markets.items()}
            if asks_sentinel
            else None,
        )

    def markets(self, at: int) -> list[MarketRow]:
        """One row a reserve."""
        return [] if self._rules is None else market_rows(self._market, self._rows, at)

    def weights(self, at: int) -> Weights | None:
        """V3's weights of an averaged threshold; class 1: the price of a reserve whose bit they left cannot be read."""
        found = super().weights(at)
        if found is None:
            return None
        owners, columns = self._rows.position_links()
        classes = found.classes.copy()
        classes[owners[(self._rows.position_floats("left_borrowing") != 0) & np.isnan(found.debt[0, columns])]] = 1
        never = np.full((1, len(self._rows.market_names)), np.nan)
        return replace(
            found,
            classes=classes,
            always_fields=(*found.always_fields, "special"),
            collateral=np.vstack((found.collateral, never)),
            collateral_loss=np.vstack((found.collateral_loss, never)),
            debt=np.vstack((found.debt, never)),
            debt_loss=np.vstack((found.debt_loss, never)),
        )

    def holdings(self, account: str) -> list[Claim]:
        """Balances of every token but those of their own kind."""
        return [claim for claim in super().holdings(account) if claim.market is None or not is_special(claim.market)]

    def market_claims(self, at: int) -> list[Claim]:
        """As of V3, and every token's `totalSupply`."""
        if self._rules is None:
            return []
        return [*super().market_claims(at), *supply_claims(self._market, self._rows, at)]

    def _redeems_at_par(self, market: str) -> bool:
        """Not where the tokens are of their own kind."""
        return super()._redeems_at_par(market) and not is_special(market)

    def _data(self, key: str, at: int) -> AccountData | Reason:
        return Reason.UNSUPPORTED_REVISION if self._is_special(key) else super()._data(key, at)

    def _is_special(self, key: str) -> bool:
        return any(self._rows.position_value(row, "special") for _, row in self._rows.positions_of(key))
