"""Aave V3 as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import Address
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment, Facts, Identity
from indexer.protocols.aave_v3 import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    liquidations,
    reads,
    reconciliation,
    spark,
    thresholds,
)
from indexer.protocols.aave_v3 import identity as identities
from indexer.protocols.aave_v3.spark import Implementations
from indexer.protocols.aave_v3.view import AaveView


class AaveV3(Adapter):
    """Aave V3 and what is deployed from its sources.

    `forks`: the entries whose rules are chosen by the pool's implementation, and those implementations.
    """

    name = "aave_v3"
    built_in = deployments.BUILT_IN
    understood = discovery.TOPICS
    read_fields = reads.READ_FIELDS
    also_read = reads.ALSO_READ

    plan_identity = staticmethod(identities.plan_identity)
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
    lowered_thresholds = staticmethod(thresholds.lowered_thresholds)

    def __init__(self, forks: Mapping[Address, Implementations] = spark.DEPLOYMENTS) -> None:
        self._forks = forks

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return identities.identity(deployment, known, self._forks.get(deployment.entry))

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> AaveView:
        """A view at stored prices (a field name) or given ones; nothing in Aave counts blocks."""
        del number
        return AaveView(rows, prices, self._forks.get(deployment.entry))
