"""Curves and named shocks: what becomes liquidatable, each account revalued exactly (`risk.stress`)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from indexer.evm import Address
from indexer.protocols._interface import ValueUnit
from indexer.reports.chains.scene import Scene
from indexer.reports.health.population import Person
from indexer.risk.contagion.falls import Backings, Falls
from indexer.risk.contagion.moment import Followed
from indexer.risk.contagion.prices import left_of_unit
from indexer.risk.contagion.shock import Shock
from indexer.risk.footprints import Account
from indexer.risk.stress import Outcome, Stress
from indexer.words import Health, State

Row = dict[str, Any]
FALLS = tuple(Fraction(percent, 100) for percent in (0, 3, 5, 10, 15, 20, 30, 40, 50, 60, 75))
"""Of a curve. Each is one revaluation of everybody whom it may touch."""


@dataclass
class Stressed:
    """The scenarios of one scene."""

    scene: Scene
    stress: Stress
    backings: Backings

    @classmethod
    def of(cls, scene: Scene, people: Iterable[Person]) -> "Stressed":
        """`people` says what is true today."""
        snapshot = scene.snapshot
        today: dict[str, dict[str, Health]] = {name: {} for name in scene.deployments}
        for person in people:
            if person.owes:
                today[person.found.deployment.name][person.key] = person.health
        followed = [
            Followed(found.part.protocol, found.deployment, snapshot.book[name], found.now, snapshot.ref.number)
            for name, found in scene.deployments.items()
        ]
        return cls(scene, Stress(followed, snapshot.at, today), Backings(scene.look))

    @cached_property
    def today(self) -> Outcome:
        """Nothing falls."""
        return self.stress.under(Falls(self.backings))

    def falls(self, tokens: Iterable[Address], fall: Fraction) -> Falls:
        """All these tokens' prices, and what looks through to them."""
        return Falls(self.backings, Shock(dict.fromkeys(tokens, fall)))

    def curves(self, fallen: Sequence[Sequence[Address]], falls: Sequence[Fraction] = FALLS) -> list[list[Row]]:
        """One point a fall for each group of tokens that fall together. `added_*` leaves out who is below today."""
        found: list[list[Row]] = [[] for _ in fallen]
        for fall in falls:
            with self.stress.together():  # one fall of all curves: most accounts hang on the prices of few tokens
                for points, tokens in zip(found, fallen, strict=True):
                    struck = self.falls(tokens, fall)
                    points.append({"fall": float(fall), **self.figures(self.stress.under(struck), struck)})
        return found

    def figures(self, outcome: Outcome, falls: Falls) -> Row:
        """Sums at the scenario's own prices; what has no worth in dollars is counted."""
        today = self.today
        added = {account: health for account, health in outcome.below.items() if account not in today.below}
        short = {account: h for account, h in outcome.below.items() if h.state is State.BAD_DEBT}
        return {
            "liquidatable_accounts": len(outcome.below),
            "liquidatable_debt_usd": self._usd(outcome.below, falls, _debt),
            "collateral_usd": self._usd(outcome.below, falls, _collateral),
            "added_accounts": len(added),
            "added_debt_usd": self._usd(added, falls, _debt),
            "recovered_accounts": len(today.below.keys() - outcome.below.keys() - outcome.unknown),
            "bad_debt_accounts": len(short),
            "shortfall_usd": self._usd(short, falls, _shortfall),
            "unknown_borrowers": len(outcome.unknown),
            "accounts_without_dollars": self._without_dollars(outcome.below, falls),
        }

    def _usd(self, healths: Mapping[Account, Health], falls: Falls, part: Callable[[Health], int]) -> float:
        """Integers are added a unit, so that the sum does not depend on an order."""
        sums: dict[ValueUnit, int] = {}
        for account, health in healths.items():
            unit = self.scene.views[account.deployment].unit(account.key)
            sums[unit] = sums.get(unit, 0) + part(health)
        worths = {unit: self._unit_worth(unit, falls) for unit in sums}
        return float(sum((sums[unit] * worth for unit, worth in worths.items() if worth is not None), Fraction(0)))

    def _without_dollars(self, accounts: Iterable[Account], falls: Falls) -> int:
        units = Counter(self.scene.views[account.deployment].unit(account.key) for account in accounts)
        return sum(count for unit, count in units.items() if self._unit_worth(unit, falls) is None)

    def _unit_worth(self, unit: ValueUnit, falls: Falls) -> Fraction | None:
        left = left_of_unit(unit, falls)
        price = Fraction(1) if unit.is_usd else None if unit.asset is None else self.scene.whole_price(unit.asset)
        return None if left is None or price is None else price * left / 10**unit.decimals


def _debt(health: Health) -> int:
    return health.debt_value or 0


def _collateral(health: Health) -> int:
    return health.collateral_value or 0


def _shortfall(health: Health) -> int:
    return max(0, _debt(health) - _collateral(health))
