"""Maker as a `Protocol`: every method delegates to the module that has the idea."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Call, Log, address
from indexer.protocols._built_in import deployments_of
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Reads
from indexer.protocols.maker import (
    block_logs,
    deployments,
    discovery,
    flows,
    healing,
    holdings,
    notes,
    reads,
    reconciliation,
)
from indexer.protocols.maker import identity as identities
from indexer.protocols.maker.view import MakerView


class Maker:
    """Maker, Sky, and what is deployed from dss. The entry is the Vat. See `protocols/_interface.Protocol`."""

    name = "maker"
    read_fields = reads.READ_FIELDS
    also_read = reads.ALSO_READ
    chooses_sources = True

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """Built-in deployments of a chain."""
        return deployments_of(self.name, deployments.BUILT_IN, chain_id)

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        """Reads that tell whether the entry is a Vat."""
        return identities.plan_identity(deployment, known)

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        """What those answers say the entry is."""
        return identities.identity(deployment, known)

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands: selectors of noted calls, and events."""
        return notes.TOPICS

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        """Emitters known so far."""
        return discovery.addresses(deployment, book)

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        """Emitters these logs introduce."""
        return discovery.discover(logs)

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        """What the addresses are that the Vat relies on."""
        return discovery.plan_facts(deployment, logs)

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
        del at, following
        reads.apply_reads(deployment, draft, now)

    def plan_reconcile(self, deployment: Deployment, book: Book) -> list[Call]:
        """Reads that prove a backfill complete."""
        return reconciliation.plan_reconcile(deployment, book)

    def reconcile(self, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
        """What disagrees with the contracts."""
        return reconciliation.reconcile(deployment, book, answers)

    def plan_holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
        """Reads that prove vaults right."""
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
        """The oracle (pip) of each ilk."""
        draft = book if isinstance(book, Draft) else Draft(book)
        pips = {name: draft.number(Entity(deployment.name, name), "pip") for name in reads.ilks(deployment, draft)}
        return {name: address(pip) for name, pip in pips.items() if address(pip) != ZERO_ADDRESS}

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> MakerView:
        """A view at the stored spots, which no clock moves, or at given prices; nothing in Maker counts blocks."""
        del number
        return MakerView(rows, deployment.entry, None if isinstance(prices, str) else prices)

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """None: the Vat compares with what was poked, whatever the time."""
        del deployment, book
        return {}

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The stored ones."""
        del answers
        names = reads.ilks(deployment, Draft(book))
        return {name: book.get(Entity(deployment.name, name), "price") for name in names}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        """Dai, and the token of each ilk that has a join."""
        own = Entity(deployment.name)
        words = [draft.number(own, "dai")]
        words.extend(draft.number(own._replace(market=name), "gem") for name in reads.ilks(deployment, draft))
        return [address(word) for word in dict.fromkeys(words) if word]
