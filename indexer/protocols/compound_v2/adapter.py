"""Compound V2 and its descendants as a `Protocol`: a table of the functions that have the ideas."""

from collections.abc import Mapping
from functools import partial

from indexer.book import DeploymentBook
from indexer.protocols._adapter import Adapter
from indexer.protocols._interface import Deployment
from indexer.protocols._thresholds import Lowered, lowered_wads
from indexer.protocols.compound_v2 import (
    block_logs,
    discovery,
    flows,
    healing,
    holdings,
    liquidations,
    reads,
    reconciliation,
)
from indexer.protocols.compound_v2.compound import COMPOUND
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.view import CompoundView


class CompoundV2(Adapter):
    """One lineage of Compound V2: most of its functions are first told which."""

    addresses = staticmethod(discovery.addresses)
    price_calls = staticmethod(reads.price_calls)
    price_sources = staticmethod(reads.sources)
    assets = staticmethod(reads.assets)

    def __init__(self, lineage: Lineage = COMPOUND) -> None:
        self._lineage = lineage
        self.name = lineage.name
        self.built_in = lineage.built_in
        self.understood = discovery.topics(lineage)
        self.read_fields = reads.read_fields(lineage)

        self.plan_identity = lineage.plan_identity
        self.identity = lineage.identity
        self.discover = partial(discovery.discover, lineage)
        self.plan_facts = lineage.plan_facts
        self.apply_logs = partial(block_logs.apply_logs, lineage)
        self.flows = partial(flows.flows, lineage)
        self.liquidations = partial(liquidations.liquidations, lineage)
        self.plan_reads = partial(reads.plan_reads, lineage)
        self.apply_reads = partial(reads.apply_reads, lineage)
        self.plan_reconcile = partial(reconciliation.plan_reconcile, lineage)
        self.reconcile = partial(reconciliation.reconcile, lineage)
        self.plan_holdings = partial(holdings.plan_holdings, lineage)
        self.holdings = partial(holdings.holdings, lineage)
        self.plan_heal = partial(healing.plan_heal, lineage)
        self.apply_heal = partial(healing.apply_heal, lineage)

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> CompoundView:
        """A view at stored prices (a field name) or given ones, for a transaction in block `number`."""
        return CompoundView(self._lineage, deployment, rows, prices, number)

    def lowered_thresholds(self, rows: DeploymentBook, points_bps: int) -> Lowered:
        """What weighs collateral in a liquidation: Compound's collateral factor, Venus' liquidation threshold."""
        rules = self._lineage.rules_for(rows.own)
        return {} if rules is None else lowered_wads(rows, rules.threshold_field, points_bps)
