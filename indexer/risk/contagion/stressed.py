"""The followed deployments at any falls, through their own views."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from indexer.errors import UserError
from indexer.evm import Address
from indexer.protocols._interface import MarketRow, ValueUnit
from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.moment import Followed, Moment
from indexer.risk.contagion.prices import left_of_unit, stressed_prices
from indexer.risk.contagion.seam import Lent, Standing
from indexer.risk.contagion.shock import MarketId
from indexer.risk.footprints import Account


class StressedViews:
    """A `Stressed` over views at timestamp `at`. One screen a deployment and change of its prices, then exact."""

    def __init__(
        self, followed: Iterable[Followed], at: int, whole_price: Callable[[Address], Fraction | None]
    ) -> None:
        """`whole_price`: one whole token in the common numeraire, before the shock; None: nobody says."""
        self._parts = {each.deployment.name: _Part(each, at) for each in followed}
        self._whole_price = whole_price

    def below(self, falls: Falls) -> list[Standing]:
        """Every account that is below, and every one that owes and is unknown."""
        found = []
        for part in self._parts.values():
            moment = part.moment(falls)
            found += [self._valued(part, moment.standing(key), falls) for key in moment.below]
        return found

    def standing(self, account: Account, falls: Falls) -> Standing:
        """Any one account."""
        part = self._parts[account.deployment]
        return self._valued(part, part.moment(falls).standing(account.key), falls)

    def lent(self, market: MarketId) -> Lent:
        """What the market's suppliers are owed. Raises UserError for a market that is not there."""
        part = self._parts.get(market.deployment)
        row = None if part is None else part.markets.get(market.market)
        if part is None or row is None:
            raise UserError(f"no market {market}: write deployment/market as `indexer markets` lists them")
        return part.lent(row)

    def reserves(self, backstop: MarketId) -> int:
        """What is there, 0 where that is not known or negative."""
        return max(0, self._parts[backstop.deployment].markets[backstop.market].amounts.get("reserves") or 0)

    def _valued(self, part: "_Part", standing: Standing, falls: Falls) -> Standing:
        unit = part.followed.view.unit(standing.account.key)
        return replace(standing, worth=self._worth(unit, falls))

    def _worth(self, unit: ValueUnit, falls: Falls) -> Fraction | None:
        left = left_of_unit(unit, falls)
        price = Fraction(1) if unit.is_usd else None if unit.asset is None else self._whole_price(unit.asset)
        return None if left is None or price is None else price * left / 10**unit.decimals


class _Part:
    """A deployment, with its view as things are and at the falls asked last."""

    def __init__(self, followed: Followed, at: int) -> None:
        self.followed, self._at = followed, at
        self.markets = {row.market: row for row in followed.view.markets(at)}
        self._names = list(followed.rows.markets)
        self._prices = {name: followed.view.price_of(name) for name in self._names}
        self._base = Moment(followed, self.markets, followed.view, at)
        self._last, self._last_prices = self._base, self._prices

    def moment(self, falls: Falls) -> Moment:
        """Nothing is computed again while the prices stay the same."""
        prices = stressed_prices(self.followed.view, self._names, falls)
        if prices == self._prices:
            return self._base
        if prices != self._last_prices:
            own = self.followed
            view = own.protocol.view(own.deployment, own.rows, prices, own.number)
            self._last, self._last_prices = Moment(own, self.markets, view, self._at), prices
        return self._last

    def lent(self, row: MarketRow) -> Lent:
        """Where another token is owed than the market's own (a vault's Dai), nobody supplied it there."""
        name, borrowed = self.followed.deployment.name, row.facts.get("borrowed_asset")
        token = row.asset if borrowed is None else Address(str(borrowed))
        supplied = row.amounts.get("supplied") if borrowed is None else None
        if "reserves" in row.amounts:
            return Lent(token, supplied, MarketId(name, row.market))
        shared = (other for other in self.markets.values() if other.asset == token and "supplied" not in other.amounts)
        system = next((other for other in shared if "reserves" in other.amounts), None)
        return Lent(token, supplied, None if system is None else MarketId(name, system.market))
