"""One deployment at one set of prices: who is below, exactly, of those whom the screen names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from indexer.book import DeploymentBook
from indexer.protocols._interface import Deployment, MarketRow, Protocol, View
from indexer.risk.contagion.seam import Held, Owed, Standing
from indexer.risk.contagion.shock import MarketId
from indexer.risk.footprints import Account
from indexer.risk.screen import candidates
from indexer.units import PERCENTAGE_FACTOR, WAD
from indexer.words import Health, Reason, State, Terms

_BELOW = (State.LIQUIDATABLE, State.BAD_DEBT)


@dataclass(frozen=True, slots=True)
class Followed:
    """One deployment: what makes its views, and its view as things are.

    `number` is the block's in which a transaction would see it. `is_withheld`: nothing may be said about its accounts.
    """

    protocol: Protocol
    deployment: Deployment
    rows: DeploymentBook
    view: View
    number: int
    is_withheld: bool = False


class Moment:
    """One view: who is below in it, and standings once each, without the unit's worth."""

    def __init__(self, followed: Followed, markets: Mapping[str, MarketRow], view: View, at: int) -> None:
        """`view` is the deployment's at some prices; `markets` its rows, for what terms do not fix."""
        self._own, self._markets, self._view, self._at = followed, markets, view, at
        self._below: list[str] | None = None
        self._standings: dict[str, Standing] = {}

    @property
    def below(self) -> list[str]:
        """Keys of everybody below, and of the unknown who owe."""
        if self._below is None:
            self._below = []
            for key in self._candidates():
                health = self._health(key)
                if health.state in _BELOW or (health.state is State.UNKNOWN and self._view.owes(key)):
                    self._below.append(key)
                    self._standings[key] = self._find(key, health)
        return self._below

    def standing(self, key: str) -> Standing:
        """Any account."""
        known = self._standings.get(key)
        if known is None:
            known = self._standings[key] = self._find(key, self._health(key))
        return known

    def _candidates(self) -> Iterable[str]:
        own = self._own
        weights = None if own.is_withheld else self._view.weights(self._at)
        if weights is None:
            return self._view.accounts()
        return (own.rows.accounts[row] for row in candidates(own.rows, weights, WAD))

    def _health(self, key: str) -> Health:
        if self._own.is_withheld:
            return Health.unknown(Reason.QUARANTINED)
        return self._view.health(key, self._at, WAD)

    def _find(self, key: str, health: Health) -> Standing:
        name, owner = self._own.deployment.name, self._view.identify(key).owner
        account = Account(name, key)
        if health.state is State.UNKNOWN:
            return Standing(account, owner, State.UNKNOWN, None, (), (), None)
        bonuses = _bonuses(self._view.liquidation(key, self._at)) if health.state in _BELOW else {}
        rows = self._view.positions(key, self._at)
        debts, held = [], []
        for row in rows:
            market = MarketId(name, row.market)
            if row.borrowed:
                debts.append(Owed(market, row.asset, row.borrowed, row.borrowed_value))
            if row.supplied and row.is_collateral:
                bonus = bonuses.get(row.market, bonuses.get(row.asset, self._listed_bonus(row.market)))
                held.append(Held(market, row.asset, row.supplied, row.supplied_value, bonus))
        return Standing(account, owner, health.state, health.health_factor_wad, tuple(debts), tuple(held), None)

    def _listed_bonus(self, market: str) -> Fraction:
        """Where the terms fix none: what the market lists, a buyer's discount for one; an auction gives none."""
        row = self._markets.get(market)
        bps = None if row is None else row.facts.get("liquidation_bonus_bps")
        return Fraction(bps if isinstance(bps, int) else 0, PERCENTAGE_FACTOR)


def _bonuses(terms: Iterable[Terms]) -> Mapping[str, Fraction]:
    """The most a liquidator gets for each collateral."""
    out: dict[str, Fraction] = {}
    for each in terms:
        if each.bonus_bps is not None:
            bonus = Fraction(each.bonus_bps, PERCENTAGE_FACTOR)
            out[each.collateral_asset] = max(bonus, out.get(each.collateral_asset, Fraction(0)))
    return out
