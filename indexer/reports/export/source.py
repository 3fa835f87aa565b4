"""What the tables of a snapshot are made from: one block, looked at once for all tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from indexer.protocols._interface import AccountId
from indexer.reports.chains.answers import chains_answer
from indexer.reports.chains.rows import ChainFilters
from indexer.reports.chains.scene import Scene
from indexer.reports.envelope import Answer
from indexer.reports.export.columns import Row
from indexer.reports.snapshot import DeploymentView, Snapshot
from indexer.reports.solvency import solvency_answer
from indexer.reports.tables import price_rows


@dataclass
class Source:
    """One snapshot, and what several tables ask of it."""

    snapshot: Snapshot
    liquidations: Sequence[Row]
    """The rows of `indexer liquidations` at the snapshot, all of them."""
    _keys: dict[str, list[str]] = field(default_factory=dict)
    _prices: dict[str, dict[str, Row]] = field(default_factory=dict)

    @property
    def protocols(self) -> list[str]:
        """The protocols that have a deployment at this block, by name."""
        return sorted({found.deployment.protocol for found in self.snapshot.deployments})

    def of(self, protocol: str) -> list[DeploymentView]:
        """Its deployments, by name."""
        named = {found.deployment.name: found for found in self.snapshot.deployments}
        return [named[name] for name in sorted(named) if named[name].deployment.protocol == protocol]

    def accounts(self, found: DeploymentView) -> Iterator[tuple[str, AccountId]]:
        """Every account of a deployment, in the order of the tables."""
        name, identify = found.deployment.name, found.now.identify

        def place(key: str) -> tuple[str, str, str]:
            who = identify(key)
            return who.account, who.market or "", key

        if name not in self._keys:
            self._keys[name] = sorted(found.now.accounts(), key=place)
        return ((key, identify(key)) for key in self._keys[name])

    def prices(self, found: DeploymentView) -> dict[str, Row]:
        """The rows of `indexer prices` by market."""
        name = found.deployment.name
        if name not in self._prices:
            self._prices[name] = {row["market"]: row for row in price_rows(self.snapshot, name)}
        return self._prices[name]

    @cached_property
    def solvency(self) -> Answer:
        """The answer of `indexer solvency`, for two tables."""
        return solvency_answer(self.snapshot)

    @cached_property
    def chains(self) -> list[Row]:
        """Every collateral chain."""
        rows: list[Row] = chains_answer(Scene(self.snapshot), ChainFilters())["chains"]
        return rows
