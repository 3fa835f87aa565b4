"""One Aave V3 deployment at one block and one set of prices, answering about accounts."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._boundary import PPM
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
from indexer.protocols.aave_v3 import claims, screen_weights, transfer_units
from indexer.protocols.aave_v3.account_data import AccountData, account_data, ltv_of
from indexer.protocols.aave_v3.accrual import (
    normalized_debt,
    normalized_income,
    stable_balance,
    supply_balance,
)
from indexer.protocols.aave_v3.discount import variable_debt
from indexer.protocols.aave_v3.explanation import steps
from indexer.protocols.aave_v3.liquidation import HEALTH_FACTOR_LIQUIDATION_THRESHOLD, liquidation_terms
from indexer.protocols.aave_v3.market_rows import market_rows
from indexer.protocols.aave_v3.projections import projections
from indexer.protocols.aave_v3.revisions import REVISION_OF_3_0_0, V3_0_0, Rules, rules_for
from indexer.protocols.aave_v3.spark import Implementations
from indexer.protocols.aave_v3.state import Account, Market, UnpricedReserve
from indexer.protocols.aave_v3.stored import has_position, stored_account, stored_market
from indexer.units import MAX_UINT256, PERCENTAGE_FACTOR
from indexer.words import Health, Reason, Terms, state_of

_TRUTH_FIELDS = (
    "total_collateral_base",
    "total_debt_base",
    "available_borrows_base",
    "current_liquidation_threshold",
    "ltv",
    "health_factor",
)
_BASE_UNIT = ValueUnit("usd_e8", 8, is_usd=True)


class AaveView(ByAddress):
    """The deployment's columns read as the contract reads its storage. See `protocols/_interface.View`."""

    _priced_by: tuple[str, ...] = ("collateral", "debt", "stable")
    """Fields of a position: where one is not 0, the contract reads the reserve's price."""

    def __init__(
        self,
        rows: DeploymentBook,
        prices: str | Mapping[str, int | None],
        implementations: Implementations | None = None,
    ) -> None:
        """`implementations`: where the pool's implementation decides which rules, and not its `POOL_REVISION`."""
        self._rows = rows
        self._implementations = implementations
        self._rules = self._find_rules()
        self._prices = prices_of(rows, prices)

    @property
    def _is_3_0_0(self) -> bool:
        return any(fields.get(transfer_units.FIELD) == 0 for fields in self._rows.markets.values())

    def _find_rules(self) -> Rules | None:
        if self._implementations is not None:
            return self._implementations.get(address(self._rows.own.get("pool_implementation", 0)))
        return rules_for(self._rows.own.get("pool_revision", 0), is_3_0_0=self._is_3_0_0)

    @property
    def revision(self) -> str:
        """The pool's `POOL_REVISION`, as text, with its implementation where that decides."""
        revision = self._rows.own.get("pool_revision", "unknown")
        if self._implementations is not None:
            return f"{revision}-{address(self._rows.own.get('pool_implementation', 0))}"
        return REVISION_OF_3_0_0 if self._is_3_0_0 and revision == V3_0_0.pool_revision else str(revision)

    @property
    def supported(self) -> bool:
        """Whether this revision's maths was compared with a deployed contract."""
        return self._rules is not None

    @cached_property
    def _market(self) -> Market:
        if self._rules is None:
            raise ValueError(f"revision {self.revision} has no rules")
        return stored_market(self._rows, self._rules, self._prices)

    def accounts(self) -> Iterator[str]:
        """Every account with non-zero collateral, debt or supply."""
        return (key for key in self._rows.accounts if has_position(self._rows, key))

    @property
    def _unit(self) -> ValueUnit:
        """Base currency units of the oracle: dollars with 8 decimals."""
        return _BASE_UNIT

    def unit(self, account: str) -> ValueUnit:
        """Base currency units of the oracle."""
        del account
        return self._unit

    def price_unit(self, market: str) -> ValueUnit:
        """As of values."""
        del market
        return self._unit

    def owes(self, account: str) -> bool:
        """Whether the account has variable or stable debt."""
        return any(
            self._rows.position_value(row, field)
            for _, row in self._rows.positions_of(account)
            for field in ("debt", "stable")
        )

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """Exact health; unknown where the contract's own read would fail."""
        data = self._data(account, at)
        if isinstance(data, Reason):
            return Health.unknown(data)
        factor = None if data.health_factor == MAX_UINT256 else data.health_factor
        state = state_of(
            factor,
            data.total_collateral_base,
            data.total_debt_base,
            threshold_wad=HEALTH_FACTOR_LIQUIDATION_THRESHOLD,
            cut_wad=cut_wad,
        )
        collateral, debt = data.total_collateral_base, data.total_debt_base
        return Health(state, None, factor, collateral, data.weighted_collateral, debt)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """Terms of every pair; empty where health is unknown."""
        if isinstance(self._data(account, at), Reason):
            return ()
        return liquidation_terms(self._market, self._account(account), at)

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The account's reserves, accrued to `at`; empty for an unsupported revision."""
        if self._rules is None:
            return []
        rows = []
        rounding = self._rules.rounding
        for position in self._account(account).positions:
            reserve = self._market.reserve_of(position)
            if reserve is None:
                continue
            supplied = supply_balance(position.scaled_supply, normalized_income(reserve, at), rounding)
            index, discounted = normalized_debt(reserve, self._rules, at), self._rules.discounts_liquidated_debt
            owed = variable_debt(position, index, self._rules, discounted=discounted)
            owed += stable_balance(position, self._rules, at)
            if not (supplied or owed or position.is_collateral):
                continue
            price, unit = reserve.price, reserve.unit
            values = (None, None) if price is None else (supplied * price // unit, owed * price // unit)
            rows.append(PositionRow(reserve.asset, reserve.asset, supplied, owed, position.is_collateral, *values))
        return rows

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """The reserve's LTV, or that of the account's e-mode category; None for an unsupported revision."""
        if self._rules is None:
            return None
        reserve = next((each for each in self._market.reserves.values() if each.asset == market), None)
        category = self._market.category(self._account(account).emode)
        return None if reserve is None else Fraction(ltv_of(self._market, reserve, category), PERCENTAGE_FACTOR)

    def receipts(self, at: int) -> list[Receipt]:
        """The aTokens: one is one of the underlying, whatever the time; untold for an unsupported revision."""
        del at
        found = []
        for market, fields in self._rows.markets.items():
            if fields.get("atoken") and "id" in fields:
                rate = 1 if self._redeems_at_par(market) else None
                found.append(Receipt(address(fields["atoken"]), market, address(market), rate, 1))
        return found

    def _redeems_at_par(self, market: str) -> bool:
        """Whether an aToken's balance is what `withdraw` pays out for it (all of `AToken`, whose balance grows)."""
        del market
        return self.supported

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the account is from HF 1; None without debt or where health is unknown."""
        if isinstance(self._data(account, at), Reason):
            return None
        found = projections(self._market, self._account(account), at)
        if found is None:
            return None
        return Projection(
            liquidation_prices={fall.asset: fall.liquidation_price for fall in found.collateral},
            price_drops={fall.asset: fall.price_drop for fall in found.collateral},
            uniform_drop=None if found.uniform_drop_ppm is None else found.uniform_drop_ppm / PPM,
            interest_timestamp=found.liquidatable_at,
        )

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step; empty where health is unknown."""
        data = self._data(account, at)
        if isinstance(data, Reason) or self._rules is None:
            return []
        return steps(data, self._rules)

    def markets_used(self, account: str) -> list[str]:
        """Reserves whose price `getUserAccountData` asks: flagged as collateral or owed."""
        positions = self._rows.positions_of(account)
        return [market for market, row in positions if any(self._rows.position_value(row, f) for f in self._priced_by)]

    def markets(self, at: int) -> list[MarketRow]:
        """One row a reserve."""
        return [] if self._rules is None else market_rows(self._market, self._rows, at)

    def weights(self, at: int) -> Weights | None:
        """The linear screen of this deployment at `at`."""
        return None if self._rules is None else screen_weights.weights(self._market, self._rows, at)

    def truth(self, account: str) -> Truth:
        """`Pool.getUserAccountData(account)`."""
        pool = address(self._rows.own.get("pool", 0))
        return Truth(pool, "getUserAccountData(address)", (Address(account),), _TRUTH_FIELDS)

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        """Our six fields, None where our state is unknown."""
        data = self._data(account, at)
        return None if isinstance(data, Reason) else {name: getattr(data, name) for name in _TRUTH_FIELDS}

    def holdings(self, account: str) -> list[Claim]:
        """`scaledBalanceOf` of every aToken and variable debt token, `principalBalanceOf` of stable debt."""
        return claims.holdings(self._rows, account)

    def market_claims(self, at: int) -> list[Claim]:
        """`getAssetPrice`, `getReserveNormalizedIncome` and `getReserveNormalizedVariableDebt` of every reserve."""
        return [] if self._rules is None else claims.markets(self._market, self._rows, at)

    def _account(self, key: str) -> Account:
        return stored_account(self._rows, key)

    def _data(self, key: str, at: int) -> AccountData | Reason:
        if self._rules is None:
            return Reason.UNSUPPORTED_REVISION
        try:
            return account_data(self._market, self._account(key), at)
        except UnpricedReserve:
            return Reason.UNPRICED
        except ArithmeticOverflow:
            return Reason.UNREADABLE
