"""Compound V3 as a `Protocol`: every method delegates to the module that has the idea."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, DeploymentBook, Draft
from indexer.evm import Address, Call, Log, address
from indexer.protocols._built_in import deployments_of
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Reads
from indexer.protocols.compound_v3 import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    reads,
    reconciliation,
)
from indexer.protocols.compound_v3 import identity as identities
from indexer.protocols.compound_v3.view import CometView


class CompoundV3:
    """Comet: one base token to borrow, many collateral assets. See `protocols/_interface.Protocol`."""

    name = "compound_v3"
    read_fields = reads.READ_FIELDS
    also_read = frozenset[str]()
    chooses_sources = True

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """Built-in deployments of a chain."""
        return deployments_of(self.name, deployments.BUILT_IN, chain_id)

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is a Comet."""
        return identities.plan_identity(deployment, known)

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return identities.identity(deployment, known)

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands."""
        return discovery.TOPICS

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        """The proxy: everything logs there."""
        del book
        return {deployment.entry}

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        """Nobody: a Comet has no other contracts that log."""
        del logs
        return set()

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        """The immutables of new implementations."""
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
        """The price feed of the base token and of each asset."""
        draft = book if isinstance(book, Draft) else Draft(book)
        return reads.feeds(deployment, draft)

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> CometView:
        """A view at stored prices (a field name) or given ones; a Comet counts no blocks."""
        del number
        return CometView(deployment.entry, rows, prices)

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """`getPrice` of each market's feed."""
        return reads.price_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices in those answers."""
        return {market: word_of(answers.get(call)) for market, call in self.plan_prices(deployment, book).items()}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """The base token and the collateral assets."""
        return [address(market) for market in reads.feeds(deployment, draft)]
