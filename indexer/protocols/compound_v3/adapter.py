"""Compound V3 as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment
from indexer.protocols._thresholds import Lowered, lowered_wads
from indexer.protocols.compound_v3 import (
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
from indexer.protocols.compound_v3 import identity as identities
from indexer.protocols.compound_v3.view import CometView


class CompoundV3(Adapter):
    """Comet: one base token to borrow, many collateral assets."""

    name = "compound_v3"
    built_in = deployments.BUILT_IN
    understood = discovery.TOPICS
    read_fields = reads.READ_FIELDS

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
    price_sources = staticmethod(reads.feeds)
    assets = staticmethod(reads.assets)

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> CometView:
        """A view at stored prices (a field name) or given ones; a Comet counts no blocks."""
        del number
        return CometView(deployment.entry, rows, prices)

    def lowered_thresholds(self, rows: DeploymentBook, points_bps: int) -> Lowered:
        """Each asset's `liquidateCollateralFactor`, as an upgrade of the implementation could set it."""
        return lowered_wads(rows, "liquidate_factor", points_bps)
