"""Aave V2 as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.evm import Address
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment
from indexer.protocols.aave_v3 import discovery as v3_discovery
from indexer.protocols.aave_v3 import reads as v3_reads
from indexer.protocols.aave_v3.thresholds import lowered_thresholds
from indexer.protocols.aave_v3.v2 import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    liquidations,
    reads,
    reconciliation,
)
from indexer.protocols.aave_v3.v2 import identity as identities
from indexer.protocols.aave_v3.v2.managers import CLOSE_FACTORS
from indexer.protocols.aave_v3.v2.view import AaveV2View


class AaveV2(Adapter):
    """Aave V2 and what is deployed from its sources.

    `managers`: the close factor of each collateral manager that is known by its address.
    """

    name = "aave_v2"
    built_in = deployments.BUILT_IN
    understood = discovery.TOPICS
    read_fields = reads.READ_FIELDS

    plan_identity = staticmethod(identities.plan_identity)
    identity = staticmethod(identities.identity)
    addresses = staticmethod(v3_discovery.addresses)
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
    price_sources = staticmethod(v3_reads.sources)
    assets = staticmethod(v3_reads.assets)
    lowered_thresholds = staticmethod(lowered_thresholds)

    def __init__(self, managers: Mapping[Address, int] = CLOSE_FACTORS) -> None:
        self._managers = managers

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> AaveV2View:
        """A view at stored prices (a field name) or given ones; nothing in Aave counts blocks."""
        del deployment, number
        return AaveV2View(rows, prices, self._managers)
