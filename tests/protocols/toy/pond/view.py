"""One Pond at one block and one set of prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from indexer.book import DeploymentBook
from indexer.evm import Address, address
from indexer.protocols._interface import (
    AccountId,
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
from indexer.units import WAD
from indexer.words import Gate, Health, Reason, Terms, state_of

from .interfaces import SUPPORTED_REVISION
from .maths import BONUS_BPS, BPS, CLOSE_BPS, Token, current_index, debt_of, seizure

_UNIT = ValueUnit("coin_e18", 18, is_usd=False)
_TRUTH_FIELDS = ("collateral", "weighted", "debt")
_AMOUNT_LIMIT = 2.0**112


@dataclass(frozen=True, slots=True)
class _Account:
    tokens: list[Token]
    debt: int

    @property
    def collateral(self) -> int:
        return sum(token.value for token in self.tokens)

    @property
    def weighted(self) -> int:
        return sum(token.weighted for token in self.tokens)


class PondView:
    """See `protocols/_interface.View`."""

    def __init__(self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None]) -> None:
        self._pond = deployment.entry
        self._rows = rows
        self._coin = address(rows.own.get("coin", 0))
        if isinstance(prices, str):
            self._prices = {name: fields.get(prices) for name, fields in rows.markets.items()}
        else:
            self._prices = dict(prices)

    @property
    def revision(self) -> str:
        return str(self._rows.own.get("revision", "unknown"))

    @property
    def supported(self) -> bool:
        return self._rows.own.get("revision") == SUPPORTED_REVISION

    def accounts(self) -> Iterator[str]:
        return (key for key in self._rows.accounts if self.owes(key) or self._held(key))

    def identify(self, account: str) -> AccountId:
        return AccountId(account, account)

    def keys_of(self, address: str) -> list[str]:
        return [address] if self._rows.knows(address) else []

    def unit(self, account: str) -> ValueUnit:
        del account
        return _UNIT

    def price_unit(self, market: str) -> ValueUnit:
        del market
        return _UNIT

    def priced_asset(self, market: str) -> Address:
        return Address(market)

    def upcoming_price(self, market: str) -> None:
        del market

    def owes(self, account: str) -> bool:
        return bool(self._shares(account))

    def health(self, account: str, at: int, cut_wad: int) -> Health:
        found = self._account(account, at)
        if isinstance(found, Reason):
            return Health.unknown(found)
        factor = found.weighted * WAD // found.debt if found.debt else None
        state = state_of(factor, found.collateral, found.debt, threshold_wad=WAD, cut_wad=cut_wad)
        return Health(state, None, factor, found.collateral, found.weighted, found.debt)

    def liquidation(self, account: str, at: int) -> tuple[Terms, ...]:
        found = self._account(account, at)
        if isinstance(found, Reason) or not found.debt:
            return ()
        healthy = found.weighted >= found.debt
        terms = [self._terms(found.debt, token, healthy=healthy) for token in found.tokens]
        return tuple(sorted(terms, key=lambda term: (not term.allowed, -term.gross_bonus_value)))

    def positions(self, account: str, at: int) -> list[PositionRow]:
        rows = []
        for market, amount in self._held(account).items():
            price = self._prices.get(market)
            value = None if price is None else amount * price // WAD
            rows.append(PositionRow(market, address(market), amount, 0, is_collateral=True, supplied_value=value,
                                    borrowed_value=0))  # fmt: skip
        if shares := self._shares(account):
            debt = debt_of(shares, self._index(at))
            rows.append(PositionRow(self._coin, self._coin, 0, debt, is_collateral=False, supplied_value=0,
                                    borrowed_value=debt))  # fmt: skip
        return rows

    def proxies(self) -> Mapping[str, str]:
        return {}

    def loan_to_value(self, account: str, market: str) -> Fraction | None:
        del account
        factor = self._rows.markets.get(market, {}).get("factor")
        return None if factor is None else Fraction(factor, BPS)

    def receipts(self, at: int) -> list[Receipt]:
        del at
        return []  # what is supplied has no token of its own

    def projection(self, account: str, at: int) -> Projection | None:
        found = self._account(account, at)
        if isinstance(found, Reason) or not found.debt:
            return None
        drop = None if found.weighted < found.debt else 1 - found.debt / found.weighted
        return Projection({}, {}, drop, None)

    def explain(self, account: str, at: int) -> list[Step]:
        found = self._account(account, at)
        if isinstance(found, Reason):
            return []
        steps = [Step(f"{t.market} weighted", f"{t.amount} x {t.price} x {t.factor} bps", t.weighted)
                 for t in found.tokens]  # fmt: skip
        return [*steps, Step("debt", f"ceil({self._shares(account)} x {self._index(at)} / 1e18)", found.debt)]

    def markets_used(self, account: str) -> list[str]:
        return list(self._held(account))

    def markets(self, at: int) -> list[MarketRow]:
        rows = []
        for name, fields in self._rows.markets.items():
            is_coin = name == self._coin
            borrowed = debt_of(fields.get("shares", 0), self._index(at)) if is_coin else 0
            amounts = {"supplied": fields.get("total", 0), "borrowed": borrowed}
            rows.append(MarketRow(name, address(name), amounts, {"factor_bps": fields.get("factor")}))
        return rows

    def price_of(self, market: str) -> int | None:
        return WAD if market == self._coin else self._prices.get(market)

    def weights(self, at: int) -> Weights | None:
        if not self.supported:
            return None
        names, index = self._rows.market_names, self._index(at)
        prices = [self.price_of(name) for name in names]
        factors = [self._rows.markets[name].get("factor", 0) / BPS for name in names]
        unit = np.array([np.nan if price is None else price / WAD for price in prices])
        is_coin = np.array([name == self._coin for name in names], dtype=float)
        return Weights(
            classes=np.zeros(len(self._rows.accounts), np.int64),
            collateral=np.array([unit * factors]),
            collateral_loss=np.array([np.array(factors) + 1]),  # value and weighted value, each rounded down
            debt=np.array([is_coin * (index / WAD)]),
            debt_loss=np.array([is_coin]),
            supply_field="collateral",
            flag_field="",
            debt_field="shares",
            always_fields=(),
            amount_limit=_AMOUNT_LIMIT,
        )

    def truth(self, account: str) -> Truth:
        return Truth(self._pond, "accountOf(address)", (Address(account),), _TRUTH_FIELDS)

    def comparable(self, account: str, at: int) -> dict[str, int] | None:
        found = self._account(account, at)
        return None if isinstance(found, Reason) else {name: getattr(found, name) for name in _TRUTH_FIELDS}

    def holdings(self, account: str) -> list[Claim]:
        claims = [Claim(Truth(self._pond, "sharesOf(address)", (Address(account),), ("shares",)),
                        {"shares": self._shares(account)}, self._coin)]  # fmt: skip
        for market, amount in self._held(account).items():
            asked = Truth(self._pond, "collateralOf(address,address)", (Address(account), market), ("collateral",))
            claims.append(Claim(asked, {"collateral": amount}, market))
        return claims

    def market_claims(self, at: int) -> list[Claim]:
        if not self.supported:
            return []
        oracle, index = address(self._rows.own["oracle"]), self._index(at)
        claims = [Claim(Truth(self._pond, "currentIndex()", (), ("index",)), {"index": index}, self._coin)]
        for market, price in self._prices.items():
            if market != self._coin:
                ours = None if price is None else {"price": price}
                claims.append(Claim(Truth(oracle, "priceOf(address)", (market,), ("price",)), ours, market))
        return claims

    def _index(self, at: int) -> int:
        return current_index(self._rows.markets.get(self._coin, {}), at)

    def _shares(self, account: str) -> int:
        return self._rows.position_field(account, self._coin, "shares") or 0

    def _held(self, account: str) -> dict[str, int]:
        held = {market: self._rows.position_value(row, "collateral")
                for market, row in self._rows.positions_of(account)}  # fmt: skip
        return {market: amount for market, amount in sorted(held.items()) if amount}

    def _account(self, account: str, at: int) -> _Account | Reason:
        if not self.supported:
            return Reason.UNSUPPORTED_REVISION
        tokens = []
        for market, amount in self._held(account).items():
            price = self._prices.get(market)
            if price is None:
                return Reason.UNPRICED
            tokens.append(Token(market, amount, price, self._rows.markets[market].get("factor", 0)))
        return _Account(tokens, debt_of(self._shares(account), self._index(at)))

    def _terms(self, debt: int, token: Token, *, healthy: bool) -> Terms:
        repaid, seized = seizure(debt, token)
        gates = [Gate.NOT_LIQUIDATABLE] if healthy else []
        gates += [Gate.RESERVE_PAUSED] if self._rows.markets[token.market].get("frozen") else []
        gates += [] if seized else [Gate.ZERO_AMOUNT]
        return Terms(
            debt_asset=self._coin,
            collateral_asset=token.market,
            max_debt_to_cover=repaid,
            collateral_to_liquidator=seized,
            protocol_fee=0,
            bonus_bps=BONUS_BPS - BPS,
            close_factor_bps=CLOSE_BPS,
            gross_bonus_value=seized * token.price // WAD - repaid,
            gates=tuple(gates),
        )
