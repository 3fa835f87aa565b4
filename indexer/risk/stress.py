"""Who is below when prices fall, or thresholds are lowered: each account revalued by its own protocol's maths.

Screen wide, confirm narrow at every scenario. Of the accounts the screen names, those whose prices did not move keep
the health they have; all others are computed again, exactly, at the fallen prices, once for scenarios asked `together`
in which these prices are the same. Nothing else reacts: no sale, no bad debt that is passed on (that is
`risk.contagion`).
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.book import DeploymentBook
from indexer.protocols._interface import View
from indexer.protocols._thresholds import LowersThresholds
from indexer.risk.contagion.falls import Falls
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.prices import stressed_prices
from indexer.risk.footprints import Account
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import Health, State

BELOW = (State.LIQUIDATABLE, State.BAD_DEBT)
Healths = Mapping[str, Mapping[str, Health]]
"""By deployment and key, of everybody who owes: what may be said today, unknown where nothing may."""
Prices = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everybody below in one scenario, and who cannot be told although he owes."""

    below: Mapping[Account, Health]
    unknown: frozenset[Account]
    unmoved: frozenset[str]
    """Deployments in which the scenario changed nothing: no price, no threshold."""


class Stress:
    """The followed deployments under any scenario, at timestamp `at`."""

    def __init__(self, followed: Iterable[Followed], at: int, today: Healths) -> None:
        """`today` has everybody who owes; who is unknown today stays unknown."""
        self._parts = [_Part(each, at, today[each.deployment.name]) for each in followed]

    def under(self, falls: Falls, points_bps: int = 0) -> Outcome:
        """What the falls do, and liquidation thresholds `points_bps` lower where a protocol can lower them."""
        below: dict[Account, Health] = {}
        unknown: set[Account] = set()
        unmoved = set()
        for part in self._parts:
            name = part.own.deployment.name
            moved = part.moved(falls, points_bps)
            if moved is None:
                unmoved.add(name)
            for key, health in part.today() if moved is None else moved:
                if health.state is State.UNKNOWN:
                    unknown.add(Account(name, key))
                else:
                    below[Account(name, key)] = health
        return Outcome(below, frozenset(unknown), frozenset(unmoved))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Scenarios asked in here share work: what is computed of one is kept for the others."""
        for part in self._parts:
            part.kept = {}
        yield
        for part in self._parts:
            part.kept = None

    def lowers_thresholds(self, deployment: str) -> bool:
        """Whether the deployment's protocol could lower its liquidation thresholds."""
        return any(
            isinstance(part.own.protocol, LowersThresholds)
            for part in self._parts
            if part.own.deployment.name == deployment
        )


@dataclass
class _Part:
    own: Followed
    at: int
    healths: Mapping[str, Health]
    kept: "dict[tuple[str, Prices], Health] | None" = None
    """Of scenarios asked together: by account and the prices that decide about it."""
    _used: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def today(self) -> Iterator[tuple[str, Health]]:
        return ((key, health) for key, health in self.healths.items() if _counts(health))

    def moved(self, falls: Falls, points_bps: int) -> Iterator[tuple[str, Health]] | None:
        """Everybody below or unknown; None where nothing changes."""
        own = self.own
        names = list(own.rows.markets)
        prices = stressed_prices(own.view, names, falls)
        fallen = {name for name in names if prices[name] != own.view.price_of(name)}
        rows = self._lowered(points_bps)
        if not fallen and rows is None:
            return None
        view = own.protocol.view(own.deployment, own.rows if rows is None else rows, prices, own.number)
        is_local = rows is None and fallen <= set(own.rows.market_names)
        named = self._named(view, own.rows if rows is None else rows)
        if is_local:
            return self._confirmed(named, lambda key, today: self._revalued(view, key, today, prices, fallen))
        return self._confirmed(named, lambda key, _: view.health(key, self.at, WAD))

    def _confirmed(
        self, named: "set[str] | Mapping[str, Health]", health_of: Callable[[str, Health], Health]
    ) -> Iterator[tuple[str, Health]]:
        for key, today in self.healths.items():
            if today.state is State.UNKNOWN:
                yield key, today
            elif key in named and _counts(health := health_of(key, today)):
                yield key, health

    def _revalued(
        self, view: View, key: str, today: Health, prices: Mapping[str, int | None], fallen: set[str]
    ) -> Health:
        used = self._markets(key)
        if fallen.isdisjoint(used):
            return today
        if self.kept is None:
            return view.health(key, self.at, WAD)
        of = key, tuple(prices[market] for market in used)
        known = self.kept.get(of)
        if known is None:
            known = self.kept[of] = view.health(key, self.at, WAD)
        return known

    def _named(self, view: View, rows: DeploymentBook) -> "set[str] | Mapping[str, Health]":
        weights = view.weights(self.at)
        if weights is None:
            return self.healths
        return {rows.accounts[row] for row in candidates(rows, weights, WAD)}

    def _lowered(self, points_bps: int) -> DeploymentBook | None:
        """A copy whose markets have lower thresholds, positions shared; None where none is lowered."""
        if not points_bps or not isinstance(self.own.protocol, LowersThresholds):
            return None
        fields = self.own.protocol.lowered_thresholds(self.own.rows, points_bps)
        if not fields:
            return None
        rows = copy.copy(self.own.rows)
        rows.markets = {name: {**known, **fields.get(name, {})} for name, known in self.own.rows.markets.items()}
        return rows

    def _markets(self, key: str) -> tuple[str, ...]:
        """The markets whose prices decide about an account."""
        known = self._used.get(key)
        if known is None:
            known = self._used[key] = tuple(dict.fromkeys(self.own.view.markets_used(key)))
        return known


def _counts(health: Health) -> bool:
    return health.state in BELOW or health.state is State.UNKNOWN
