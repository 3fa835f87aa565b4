"""Compound V2 and its descendants as a `Protocol`: every method delegates to the module that has the idea."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import Address, Call, Log, address
from indexer.protocols._built_in import deployments_of
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Reads
from indexer.protocols.compound_v2 import block_logs, discovery, flows, healing, holdings, reads, reconciliation
from indexer.protocols.compound_v2.compound import COMPOUND
from indexer.protocols.compound_v2.interfaces import NATIVE
from indexer.protocols.compound_v2.lineage import Lineage
from indexer.protocols.compound_v2.view import CompoundView


class CompoundV2:
    """One lineage of Compound V2. See `protocols/_interface.Protocol`."""

    also_read = frozenset[str]()
    chooses_sources = True

    def __init__(self, lineage: Lineage = COMPOUND) -> None:
        self._lineage = lineage
        self.name = lineage.name
        self.read_fields = reads.read_fields(lineage)

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """Built-in deployments of a chain."""
        return deployments_of(self.name, self._lineage.built_in, chain_id)

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is a Comptroller."""
        return self._lineage.plan_identity(deployment, known)

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return self._lineage.identity(deployment, known)

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands."""
        return discovery.topics(self._lineage)

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        """Emitters known so far."""
        return discovery.addresses(deployment, book)

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        """The cTokens these logs introduce."""
        return discovery.discover(self._lineage, logs)

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        """Unchanging facts needed to understand the logs."""
        return self._lineage.plan_facts(deployment, logs)

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        """Fold one block's logs."""
        block_logs.apply_logs(self._lineage, deployment, logs, draft, facts)

    def flows(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
        """What the same logs say moved."""
        return flows.flows(self._lineage, deployment, logs, draft)

    def plan_reads(self, deployment: Deployment, draft: Draft) -> Reads:
        """What the block needs read."""
        return reads.plan_reads(self._lineage, deployment, draft)

    def apply_reads(self, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
        """Put the answers into the draft."""
        del at
        reads.apply_reads(self._lineage, deployment, draft, now, following)

    def plan_reconcile(self, deployment: Deployment, book: Book) -> list[Call]:
        """Reads that prove a backfill complete."""
        return reconciliation.plan_reconcile(self._lineage, deployment, book)

    def reconcile(self, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts."""
        return reconciliation.reconcile(self._lineage, deployment, book, answers)

    def plan_holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
        """Reads that prove accounts right."""
        return holdings.plan_holdings(self._lineage, deployment, accounts, book)

    def holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts."""
        return holdings.holdings(self._lineage, deployment, accounts, book, answers)

    def plan_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
        """Reads that replace what logs said."""
        return healing.plan_heal(self._lineage, deployment, accounts, draft)

    def apply_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
        """Put what the contracts hold into the draft."""
        healing.apply_heal(self._lineage, deployment, accounts, draft, answers)

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        """The Comptroller's oracle for every market: what stands behind it the Comptroller does not know."""
        draft = book if isinstance(book, Draft) else Draft(book)
        oracle = draft.number(Entity(deployment.name), "oracle")
        return {where.market: address(oracle) for where in reads.markets(deployment, draft)} if oracle else {}

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> CompoundView:
        """A view at stored prices (a field name) or given ones, for a transaction in block `number`."""
        return CompoundView(self._lineage, deployment, rows, prices, number)

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """The oracle call of each market's price."""
        return reads.price_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices in those answers."""
        return {market: word_of(answers.get(call)) for market, call in self.plan_prices(deployment, book).items()}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """The underlying tokens and the cTokens, which liquidators receive; Ether has no contract to ask."""
        listed = reads.markets(deployment, draft)
        tokens = (address(draft.number(where, "asset")) for where in listed)
        return [*(token for token in tokens if token != NATIVE), *(address(where.market) for where in listed)]
