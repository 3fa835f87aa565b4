"""Morpho Blue as a `Protocol`: every method delegates to the module that has the idea."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._built_in import deployments_of
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Reads
from indexer.protocols.morpho_blue import (
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    market_logs,
    reads,
    reconciliation,
)
from indexer.protocols.morpho_blue import identity as identities
from indexer.protocols.morpho_blue.view import MorphoView


class MorphoBlue:
    """Morpho Blue. See `protocols/_interface.Protocol`."""

    name = "morpho_blue"
    read_fields = reads.READ_FIELDS
    also_read = frozenset[str]()
    chooses_sources = False

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """Built-in deployments of a chain."""
        return deployments_of(self.name, deployments.BUILT_IN, chain_id)

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is the singleton."""
        return identities.plan_identity(deployment, known)

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return identities.identity(deployment, known)

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
        """None: logs say everything."""
        del deployment, logs
        return []

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        """Fold one block's logs."""
        del facts
        market_logs.apply_logs(deployment, logs, draft)

    def flows(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
        """What the same logs say moved."""
        return flows.flows(deployment, logs, draft)

    def plan_reads(self, deployment: Deployment, draft: Draft) -> Reads:
        """What the block needs read."""
        return reads.plan_reads(deployment, draft)

    def apply_reads(self, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
        """Put the answers into the draft."""
        del at
        reads.apply_reads(deployment, draft, now, following)

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
        """What disagrees with the contract."""
        return holdings.holdings(deployment, accounts, book, answers)

    def plan_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
        """Reads that replace what logs said."""
        return healing.plan_heal(deployment, accounts, draft)

    def apply_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
        """Put what the contracts hold into the draft."""
        healing.apply_heal(deployment, accounts, draft, answers)

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        """The oracle of each market in which somebody owes."""
        draft = book if isinstance(book, Draft) else Draft(book)
        oracles = {
            market: address(draft.number(Entity(deployment.name, market), "oracle"))
            for market in reads.indebted(deployment, draft)
        }
        return {market: oracle for market, oracle in oracles.items() if oracle != ZERO_ADDRESS}

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> MorphoView:
        """A view at stored prices (a field name) or given ones; nothing in Morpho counts blocks."""
        del number
        return MorphoView(deployment.entry, rows, prices)

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """What depends on the clock: prices by market, and beside them the rates that are not computed."""
        return reads.timed_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices and rates in those answers."""
        return {name: word_of(answers.get(call)) for name, call in self.plan_prices(deployment, book).items()}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """The tokens of the markets in which somebody owes."""
        markets = [Entity(deployment.name, market) for market in reads.indebted(deployment, draft)]
        words = (draft.number(where, field) for where in markets for field in ("loan_token", "collateral_token"))
        return [token for token in dict.fromkeys(address(word) for word in words) if token != ZERO_ADDRESS]
