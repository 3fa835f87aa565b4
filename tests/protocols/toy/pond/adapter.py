"""Pond as a `Protocol`."""

from collections.abc import Iterable, Mapping, Sequence

from indexer.abi import word_of
from indexer.book import Book, DeploymentBook, Draft, Entity
from indexer.evm import Address, Call, Log, address
from indexer.protocols._interface import Deployment, Facts, Flow, Identity, Liquidation, Reads

from . import flows as moves
from . import liquidations as happened
from . import logs as folding
from . import reads
from .interfaces import POND, SUPPORTED_REVISION
from .view import PondView


class Pond:
    """See `protocols/_interface.Protocol`."""

    name = "pond"
    read_fields = reads.READ_FIELDS
    also_read = frozenset[str]()
    chooses_sources = True

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        del chain_id
        return ()

    def plan_identity(self, deployment: Deployment, known: Facts) -> list[Call]:
        del known
        return [POND.call("REVISION", deployment.entry)]

    def identity(self, deployment: Deployment, known: Facts) -> Identity:
        revision = word_of(known.get(POND.call("REVISION", deployment.entry)))
        if revision is None:
            return Identity("it does not answer REVISION(): it is not a Pond")
        return Identity(None, str(revision), revision == SUPPORTED_REVISION, (deployment.entry,))

    def topics(self) -> tuple[str, ...]:
        return tuple(event.topic for event in POND.events.values())

    def addresses(self, deployment: Deployment, book: Book) -> set[Address]:
        del book
        return {deployment.entry}

    def discover(self, logs: Iterable[Log]) -> set[Address]:
        del logs
        return set()

    def plan_facts(self, deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
        return folding.plan_facts(deployment, logs)

    def apply_logs(self, deployment: Deployment, logs: Sequence[Log], draft: Draft, facts: Facts) -> None:
        folding.apply_logs(deployment, logs, draft, facts)

    def flows(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Flow]:
        return moves.flows(deployment, logs, draft)

    def liquidations(self, deployment: Deployment, logs: Sequence[Log], draft: Draft) -> list[Liquidation]:
        return happened.liquidations(deployment, logs, draft)

    def plan_reads(self, deployment: Deployment, draft: Draft) -> Reads:
        return reads.plan_reads(deployment, draft)

    def apply_reads(self, deployment: Deployment, draft: Draft, at: int, now: Facts, following: Facts) -> None:
        del at
        reads.apply_reads(deployment, draft, now, following)

    def plan_reconcile(self, deployment: Deployment, book: Book) -> list[Call]:
        return [POND.call("tokensLength", deployment.entry),
                *(call for call, _, _ in reads.market_fields(deployment, Draft(book)))]  # fmt: skip

    def reconcile(self, deployment: Deployment, book: Book, answers: Facts) -> list[str]:
        draft = Draft(book)
        told, known = word_of(answers.get(POND.call("tokensLength", deployment.entry))), reads.tokens(deployment, draft)
        missed = [] if told in (None, len(known)) else [f"{deployment.name}: {told} tokens, logs say {len(known)}"]
        return missed + reads.differences(reads.market_fields(deployment, draft), book, answers)

    def plan_holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book) -> list[Call]:
        return [call for call, _, _ in reads.account_fields(deployment, accounts, Draft(book))]

    def holdings(self, deployment: Deployment, accounts: Sequence[str], book: Book, answers: Facts) -> list[str]:
        return reads.differences(reads.account_fields(deployment, accounts, Draft(book)), book, answers)

    def plan_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft) -> list[Call]:
        wanted = (*reads.market_fields(deployment, draft), *reads.account_fields(deployment, accounts, draft))
        return [call for call, _, _ in wanted]

    def apply_heal(self, deployment: Deployment, accounts: Sequence[str], draft: Draft, answers: Facts) -> None:
        reads.write(reads.market_fields(deployment, draft), draft, answers)
        reads.write(reads.account_fields(deployment, accounts, draft), draft, answers)

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        del deployment, book
        return {}  # the oracle is no feed: nothing stands behind its price that a feed's logs would tell

    def view(
        self, deployment: Deployment, rows: DeploymentBook, prices: str | Mapping[str, int | None], number: int
    ) -> PondView:
        del number
        return PondView(deployment, rows, prices)

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        return reads.price_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        return {token: word_of(answers.get(call)) for token, call in self.plan_prices(deployment, book).items()}

    def assets(self, deployment: Deployment, draft: Draft) -> list[Address]:
        own = Entity(deployment.name)
        coin = [address(draft.number(own, "coin"))] if draft.get(own, "coin") else []
        return [*coin, *map(address, reads.tokens(deployment, draft))]
