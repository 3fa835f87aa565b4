"""Maker as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping

from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    liquidations,
    notes,
    reads,
    reconciliation,
)
from indexer.protocols.maker import identity as identities
from indexer.protocols.maker.view import MakerView


class Maker(Adapter):
    """Maker, Sky, and what is deployed from dss. The entry is the Vat. Topics are selectors of noted calls, too."""

    name = "maker"
    built_in = deployments.BUILT_IN
    understood = notes.TOPICS
    read_fields = reads.READ_FIELDS
    also_read = reads.ALSO_READ

    plan_identity = staticmethod(identities.plan_identity)
    identity = staticmethod(identities.identity)
    addresses = staticmethod(discovery.addresses)
    discover = staticmethod(discovery.discover)
    plan_facts = staticmethod(discovery.plan_facts)
    apply_logs = staticmethod(block_logs.apply_logs)
    flows = staticmethod(flows.flows)
    liquidations = staticmethod(liquidations.liquidations)
    plan_reads = staticmethod(reads.plan_reads)
    apply_reads = staticmethod(reads.apply_reads)
    plan_reconcile = staticmethod(reconciliation.plan_reconcile)
    reconcile = staticmethod(reconciliation.reconcile)
    plan_holdings = staticmethod(holdings.plan_holdings)
    holdings = staticmethod(holdings.holdings)
    plan_heal = staticmethod(healing.plan_heal)
    apply_heal = staticmethod(healing.apply_heal)
    price_calls = staticmethod(reads.price_calls)
    price_sources = staticmethod(reads.sources)
    assets = staticmethod(reads.assets)

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> MakerView:
        """A view at the stored spots, which no clock moves, or at given prices; nothing in Maker counts blocks."""
        del number
        return MakerView(rows, deployment.entry, None if isinstance(prices, str) else prices)

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The stored ones."""
        del answers
        names = reads.ilks(deployment, Draft(book))
        return {name: book.get(Entity(deployment.name, name), "price") for name in names}
