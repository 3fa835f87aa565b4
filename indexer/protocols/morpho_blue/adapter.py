"""Morpho Blue as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping

from indexer.book import DeploymentBook
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment
from indexer.protocols.morpho_blue import (
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    liquidations,
    market_logs,
    reads,
    reconciliation,
)
from indexer.protocols.morpho_blue import identity as identities
from indexer.protocols.morpho_blue.view import MorphoView


class MorphoBlue(Adapter):
    """Morpho Blue. Beside the prices travel the rates that are not computed."""

    name = "morpho_blue"
    built_in = deployments.BUILT_IN
    understood = discovery.TOPICS
    read_fields = reads.READ_FIELDS
    chooses_sources = False

    plan_identity = staticmethod(identities.plan_identity)
    identity = staticmethod(identities.identity)
    addresses = staticmethod(discovery.addresses)
    discover = staticmethod(discovery.discover)
    plan_facts = staticmethod(discovery.plan_facts)
    apply_logs = staticmethod(market_logs.apply_logs)
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
    price_calls = staticmethod(reads.timed_calls)
    price_sources = staticmethod(reads.sources)
    assets = staticmethod(reads.assets)

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> MorphoView:
        """A view at stored prices (a field name) or given ones; nothing in Morpho counts blocks."""
        del number
        return MorphoView(deployment.entry, rows, prices)
