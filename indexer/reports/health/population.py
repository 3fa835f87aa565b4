"""Everybody once: the health of each account at the snapshot's moment, and what it comes to in dollars."""

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.reports.accounts import wad
from indexer.reports.rows import withheld_for
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.words import Health, State


@dataclass(frozen=True, slots=True)
class Person:
    """One account that has a position."""

    found: DeploymentView
    key: str
    health: Health
    owes: bool
    collateral_usd: float | None
    debt_usd: float | None

    @property
    def state(self) -> State:
        """What the contract says, `unknown` where nothing may be said."""
        return self.health.state

    @property
    def is_without_dollars(self) -> bool:
        """Whether the account owes a known debt whose worth in dollars nobody tells."""
        return self.owes and self.state is not State.UNKNOWN and self.debt_usd is None

    @property
    def shortfall_usd(self) -> float | None:
        """Debt that the collateral does not cover; None where one of them is not known in dollars."""
        if self.debt_usd is None or self.collateral_usd is None:
            return None
        return max(0.0, self.debt_usd - self.collateral_usd)


def population(snapshot: Snapshot) -> list[Person]:
    """Every account, by deployment."""
    cut = wad(snapshot.asked.watch_below)
    people = []
    for found in snapshot.deployments:
        for key in found.now.accounts():
            withheld = withheld_for(snapshot, found, key)
            health = Health.unknown(withheld) if withheld else found.now.health(key, snapshot.at, cut)
            unit = found.now.unit(key)
            people.append(
                Person(
                    found,
                    key,
                    health,
                    found.now.owes(key),
                    snapshot.usd(unit, health.collateral_value),
                    snapshot.usd(unit, health.debt_value),
                )
            )
    return people


def total(values: Iterable[float | None]) -> float:
    """The sum of what is known."""
    return float(sum(value for value in values if value is not None))
