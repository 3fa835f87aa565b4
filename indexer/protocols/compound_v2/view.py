"""One Comptroller at one block and one set of prices, answering about accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from indexer.book import DeploymentBook
from indexer.errors import ArithmeticOverflow
from indexer.evm import Address, address
from indexer.protocols._interface import (
    Claim,
    Deployment,
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
from indexer.protocols.compound_v2 import claims, explanation, market_rows, projections, screen_weights
from indexer.protocols.compound_v2.accrual import accrue, borrow_balance, exchange_rate
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.liquidation import liquidation_terms, may_be_seized
from indexer.protocols.compound_v2.liquidity import Liquidity, liquidity, token_value
from indexer.protocols.compound_v2.state import Market, Pool, Position, UnpricedMarket, UnreadMarket
from indexer.protocols.compound_v2.stored import has_position, stored_positions
from indexer.units import WAD, mul_div_floor
from indexer.words import Gate, Health, Reason, State, Terms, state_of

_PRICE_DECIMALS = 36


class CompoundView(ByAddress):
    """The deployment's columns read as the contracts read their storage. See `protocols/_interface.View`.

    Health is `getAccountLiquidity` on stored values, whatever `at` says; `liquidatable_after_accrual` and the terms
    are what `liquidateBorrow` would find in block `number`.
    """

    def __init__(
        self,
        lineage: Lineage,
        deployment: Deployment,
        rows: DeploymentBook,
        prices: str | Mapping[str, int | None],
        number: int,
    ) -> None:
        self._lineage, self._deployment, self._rows, self._number = lineage, deployment, rows, number
        self._rules = lineage.rules_for(rows.own)
        self._prices = prices_of(rows, prices)

    @property
    def revision(self) -> str:
        """The Comptroller's generation."""
        return "unknown" if self._rules is None else self._rules.revision

    @property
    def supported(self) -> bool:
        """Whether this generation's maths was compared with the contract."""
        return self._rules is not None

    @cached_property
    def _pool(self) -> Pool:
        if self._rules is None:
            raise ValueError("a Comptroller of an unknown generation has no rules")
        return self._lineage.pool(self._rows, self._rules, self._prices)

    def accounts(self) -> Iterator[str]:
        """Every account that holds cTokens or owes."""
        return (key for key in self._rows.accounts if has_position(self._rows, key))

    def unit(self, account: str) -> ValueUnit:
        """Dollars at 18 decimals."""
        del account
        return self._lineage.unit

    def price_unit(self, market: str) -> ValueUnit:
        """`getUnderlyingPrice` has 36 decimals less the underlying's."""
        decimals = _PRICE_DECIMALS - self._rows.markets.get(market, {}).get("decimals", 0)
        return ValueUnit(f"usd_e{decimals}", decimals, self._lineage.unit.is_usd)

    def priced_asset(self, market: str) -> Address:
        """The underlying: markets are named by their cToken."""
        return address(self._rows.markets.get(market, {}).get("asset", 0))

    def owes(self, account: str) -> bool:
        """Whether the account has any debt principal."""
        return any(self._rows.position_value(row, "debt") for _, row in self._rows.positions_of(account))

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        """`getAccountLiquidity`; unknown where it gives an error or reverts."""
        sums = self._sums(account)
        after = self._after_accrual(account, at)
        if isinstance(sums, Reason):
            return replace(Health.unknown(sums), liquidatable_after_accrual=after or None)
        factor = sums.health_factor_wad
        state = state_of(factor, sums.collateral, sums.debt, threshold_wad=WAD, cut_wad=cut_wad)
        if state in (State.HEALTHY, State.AT_RISK):
            forced = self._is_forced(account)
            if forced is None:
                return replace(Health.unknown(Reason.UNREADABLE), liquidatable_after_accrual=after)
            state = State.LIQUIDATABLE if forced else state
        return Health(state, None, factor, sums.collateral, sums.weighted, sums.debt, after)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        """Terms of every pair; empty for an unsupported revision."""
        if self._rules is None:
            return ()
        positions = self._positions(account)
        pairs = liquidation_terms(self._pool, positions, self._number, at)
        if self._lineage.further_terms is None:
            return pairs
        further = self._lineage.further_terms(self._pool, positions, self._number, at)
        return tuple(sorted((*further, *pairs), key=lambda terms: not terms.allowed))

    def positions(self, account: str, at: int) -> list[PositionRow]:
        """The account's markets in raw units of the underlying, at stored values."""
        del at
        if self._rules is None:
            return []
        used = (p for p in self._positions(account) if p.supply or p.debt or p.is_member)
        return [self._position_row(position) for position in used]

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        """The collateral factor; a Venus market's liquidation threshold is higher and lets nobody borrow more."""
        del account
        factor = self._rows.markets.get(market, {}).get("collateral_factor")
        return None if self._rules is None or factor is None else Fraction(factor, WAD)

    def receipts(self, at: int) -> list[Receipt]:
        """The cTokens, at the exchange rate that `redeem` would store in block `number` (or at `at`, by the clock)."""
        if self._rules is None:
            return []
        return [
            Receipt(market.address, name, market.asset, self._redemption_rate(market, at), WAD)
            for name, market in self._pool.markets.items()
        ]

    def projection(self, account: str, at: int) -> Projection | None:
        """How far the account is from a shortfall; None without debt or where health is unknown."""
        if isinstance(self._sums(account), Reason):
            return None
        return projections.projection(self._pool, self._positions(account), self._number, at)

    def explain(self, account: str, at: int) -> list[Step]:
        """Every step; empty where health is unknown."""
        del at
        sums = self._sums(account)
        if isinstance(sums, Reason) or self._rules is None:
            return []
        return explanation.steps(sums, self._rules)

    def markets_used(self, account: str) -> list[str]:
        """The entered markets: the Comptroller asks the price of each, with or without a balance."""
        return [position.market for position in self._positions(account) if position.is_member]

    def markets(self, at: int) -> list[MarketRow]:
        """One row a cToken."""
        del at
        return [] if self._rules is None else market_rows.market_rows(self._lineage, self._pool, self._rows)

    def weights(self, at: int) -> Weights | None:
        """The linear screen of this deployment."""
        if self._rules is None:
            return None
        return screen_weights.weights(self._pool, self._rows, self._number, at)

    def truth(self, account: str) -> Truth:
        """`Comptroller.getAccountLiquidity(account)`."""
        return claims.account_truth(self._deployment, account)

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        """No error, liquidity and shortfall; PRICE_ERROR for a price of 0; None where it would revert."""
        del at
        sums = self._sums(account)
        if not isinstance(sums, Reason):
            return dict(zip(claims.TRUTH_FIELDS, (0, sums.liquidity, sums.shortfall), strict=True))
        if sums is Reason.UNPRICED and all(self.price_of(market) is not None for market in self.markets_used(account)):
            return dict(zip(claims.TRUTH_FIELDS, (claims.PRICE_ERROR, 0, 0), strict=True))
        return None

    def holdings(self, account: str) -> list[Claim]:
        """`getAccountSnapshot` and `checkMembership` in every market it ever touched."""
        markets = {} if self._rules is None else self._pool.markets
        return claims.holdings(self._lineage, self._deployment, self._rows, markets, account)

    def market_claims(self, at: int) -> list[Claim]:
        """Price, exchange rate and stored numbers of every cToken."""
        del at
        return [] if self._rules is None else claims.markets(self._lineage, self._deployment, self._pool, self._rows)

    def _redemption_rate(self, market: Market, at: int) -> int | None:
        """`exchangeRateCurrent`; None where accrual reverts, was not read, or there are no cTokens to have a rate."""
        try:
            accrued = accrue(market, self._pool.rules, at if market.by_seconds else self._number)
            return exchange_rate(accrued) or None
        except (UnreadMarket, ArithmeticOverflow):
            return None

    def _positions(self, key: str) -> tuple[Position, ...]:
        return stored_positions(self._rows, key)

    def _sums(self, key: str) -> Liquidity | Reason:
        if self._rules is None:
            return Reason.UNSUPPORTED_REVISION
        try:
            return liquidity(self._pool.markets, self._rules, self._positions(key))
        except UnpricedMarket:
            return Reason.UNPRICED
        except (UnreadMarket, ArithmeticOverflow):
            return Reason.UNREADABLE

    def _is_forced(self, key: str) -> bool | None:
        """Whether it owes in a market that is liquidated without a shortfall, and has cTokens that may be seized.

        None where it was not read whether one of its debts is such a debt.
        """
        positions = self._positions(key)
        if not any(position.supply and may_be_seized(self._pool.rules, position) for position in positions):
            return False
        forced = {self._pool.markets[position.market].forced for position in positions if position.debt}
        return True if True in forced else None if None in forced else False

    def _after_accrual(self, key: str, at: int) -> bool | None:
        """Whether any pair would go through; None where a pair that could cannot be told."""
        terms = self.liquidation(key, at)
        if any(pair.allowed for pair in terms):
            return True
        unclear = any(gate in (Gate.UNREADABLE, Gate.UNPRICED) for pair in terms for gate in pair.gates)
        return None if unclear or self._rules is None else False

    def _position_row(self, position: Position) -> PositionRow:
        market = self._pool.markets[position.market]
        supplied, supplied_value = self._supplied(position, market)
        try:
            owed = borrow_balance(position, market)
        except (UnreadMarket, ArithmeticOverflow):
            owed = position.debt
        owed_value = None if not market.price else market.price * owed // WAD
        return PositionRow(
            position.market, market.asset, supplied, owed, position.is_member, supplied_value, owed_value
        )

    def _supplied(self, position: Position, market: Market) -> tuple[int, int | None]:
        """Underlying of the cTokens, and its value; without a value where the exchange rate or price is not known."""
        try:
            supplied = mul_div_floor(exchange_rate(market), position.supply, WAD)
            value = mul_div_floor(token_value(market, self._pool.rules), position.supply, WAD)
        except UnpricedMarket:
            return supplied, None
        except (UnreadMarket, ArithmeticOverflow):
            return 0, None
        return supplied, value
