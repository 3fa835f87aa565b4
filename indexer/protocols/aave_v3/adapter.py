"""Aave V3 as a `Protocol`: every method delegates to the module that has the idea."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._built_in import deployments_of
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Reads
from indexer.protocols.aave_v3 import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    reads,
    reconciliation,
    spark,
)
from indexer.protocols.aave_v3 import identity as identities
from indexer.protocols.aave_v3.spark import Implementations
from indexer.protocols.aave_v3.view import AaveView


class AaveV3:
    """Aave V3 and what is deployed from its sources. See `protocols/_interface.Protocol`.

    `forks`: the entries whose rules are chosen by the pool's implementation, and those implementations.
    """

    name = "aave_v3"
    read_fields = reads.READ_FIELDS
    also_read = reads.ALSO_READ
    chooses_sources = True

    def __init__(self, forks: Mapping[Address, Implementations] = spark.DEPLOYMENTS) -> None:
        self._forks = forks

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """Built-in deployments of a chain."""
        return deployments_of(self.name, deployments.BUILT_IN, chain_id)

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is a PoolAddressesProvider."""
        return identities.plan_identity(deployment, known)

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return identities.identity(deployment, known, self._forks.get(deployment.entry))

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands."""
        return discovery.TOPICS

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        """Emitters known so far."""
        return discovery.addresses(deployment, book)

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        """Emitters these logs introduce."""
        return discovery.discover(logs)

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        """Unchanging facts needed to understand the logs."""
        del deployment
        return discovery.plan_facts(logs)

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        """Fold one block's logs."""
        block_logs.apply_logs(deployment, logs, draft, facts)

    def flows(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
        """What the same logs say moved."""
        return flows.flows(deployment, logs, draft)

    def plan_reads(self, deployment: Deployment, draft: Draft) -> Reads:
        """What the block needs read."""
        return reads.plan_reads(deployment, draft)

    def apply_reads(self, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
        """Put the answers into the draft."""
        reads.apply_reads(deployment, draft, at, now, following)

    def plan_reconcile(self, deployment: Deployment, book: Book) -> list[Call]:
        """Reads that prove a backfill complete."""
        return reconciliation.plan_reconcile(deployment, book)

    def reconcile(self, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts."""
        return reconciliation.reconcile(deployment, book, answers)

    def plan_holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
        """Reads that prove accounts right."""
        return holdings.plan_holdings(deployment, accounts, book)

    def holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts."""
        return holdings.holdings(deployment, accounts, book, answers)

    def plan_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
        """Reads that replace what logs said."""
        return healing.plan_heal(deployment, accounts, draft)

    def apply_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
        """Put what the contracts hold into the draft."""
        healing.apply_heal(deployment, accounts, draft, answers)

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        """The price source of each listed reserve."""
        draft = book if isinstance(book, Draft) else Draft(book)
        own = {
            asset: draft.number(Entity(deployment.name, asset), "source") for asset in reads.reserves(deployment, draft)
        }
        return {asset: address(source) for asset, source in own.items() if address(source) != ZERO_ADDRESS}

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> AaveView:
        """A view at stored prices (a field name) or given ones; nothing in Aave counts blocks."""
        del number
        return AaveView(rows, prices, self._forks.get(deployment.entry))

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """The oracle call of each market's price."""
        return reads.price_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices in those answers."""
        return {market: word_of(answers.get(call)) for market, call in self.plan_prices(deployment, book).items()}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """The tokens of the listed reserves."""
        return [address(asset) for asset in reads.reserves(deployment, draft)]
