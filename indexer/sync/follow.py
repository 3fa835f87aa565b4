"""One followed block: batch one by number, batch two by hash, one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from indexer.book import Book, Draft, Entity
from indexer.errors import ArithmeticOverflow, InconsistentAnswer, MissedLog, NodeError
from indexer.evm import Address, Answer, BlockRef, Log
from indexer.node import BlockAnswer, LogFilter, LogRange, Node, Read
from indexer.oracles import chainlink
from indexer.parts import Fetch, Liquidated, Parts, StateReader, sight_of, with_timestamps
from indexer.risk import watch
from indexer.risk.footprints import Sight
from indexer.risk.kept import KeptChains
from indexer.store import BlockRecord, HeadsSeen, Incident, LiquidationRecord, Store
from indexer.sync.logs_of_range import complete, fetch_facts
from indexer.sync.taking_back import taken_back
from indexer.sync.tokens import TokenFacts

_log = structlog.get_logger()
_Drafted = tuple[Draft, list[Liquidated]]
_LOOK_BACK = 2_000
"""Blocks in which a newly seen aggregator's cutoff and pending answer are looked for."""


class _MissedLogs(NodeError):
    """The block has logs that the first answer did not: the answer by number was short."""

    def __init__(self, logs: list[Log]) -> None:
        super().__init__(f"an answer was short: {len(logs)} logs more by hash")
        self.logs = logs


@dataclass(slots=True)
class _Confirming:
    """Reads that bring the block's logs by hash along, and fail when there are any; `done` once they did."""

    node: Node
    parts: Parts
    done: bool = False

    def __call__(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        answers, logs = self.node.read_and_confirm(block_hash, reads, self.parts.log_filter)
        self.done = True
        if logs:
            raise _MissedLogs(logs)
        return answers


def _healed(incident: Incident, number: int) -> bool:
    """Whether it was healed at an earlier block of this chain (a reorg may have taken the healing back)."""
    return incident.healed_block is not None and incident.healed_block < number


@dataclass(slots=True)
class Follower:
    """Applies single blocks to book and store. The caller reloads the book when anything here raises."""

    node: Node
    store: Store
    book: Book
    parts: Parts
    block_time_s: int
    tokens: TokenFacts
    everything: bool = True
    """Whether the next read asks all state again: what was read before a start or a backfill may be old."""
    earlier: LogRange | None = None
    """What to ask along with the next block: logs from before an aggregator was known."""
    asked: set[Address] = field(default_factory=set)
    """Aggregators whose earlier logs were asked since the start."""
    chains: KeptChains | None = None
    """What keeps collateral chains; None where they are not kept."""
    learning: set[Address] = field(default_factory=set)
    """Those asked for the block being applied: asked for good once it is committed."""

    def apply(self, answer: BlockAnswer, heads: HeadsSeen) -> int:
        """Apply a block whose parent is the cursor: logs, reads, commit. Returns the number of changes.

        Raises NodeError (nothing is then kept of the block) and DecodeError.
        """
        if answer.header is None:
            raise ValueError("a block that is not there cannot be applied")
        ref = answer.header.ref
        try:
            draft, liquidated = self._draft(answer, ref, answer.logs, confirm=answer.doubtful)
        except _MissedLogs as missed:
            _log.warning("eth_getLogs by number was short, believed by hash", block=ref.number, logs=len(missed.logs))
            draft, liquidated = self._draft(answer, ref, missed.logs, confirm=False)
        happened = [self._record(ref, one) for one in liquidated]
        healed = self._heal(ref, draft)
        changes = draft.changes()
        covered = {part.deployment.name: ref.number for part in self.parts.parts}
        self.tokens.learn(ref, draft)
        with taken_back(self.book, self.chains) as book:
            book.apply(changes)
            if self.chains is not None:
                changes += book.apply(self.chains.follow(changes, lambda: self._sight(ref)))
            changes += book.apply(watch.follow(self.book, ref.number, ref.timestamp, self._watched(ref)))
            record = BlockRecord(ref, complete=True, changes=changes, liquidations=happened)
            with self.store.transaction():
                self.store.commit([record], ref, heads, covered)
                for name in healed:
                    self.store.save_healed(name, ref.number)
        self.everything = False
        self.asked |= self.learning
        self.earlier = self._unlearned(ref, draft)
        return len(changes)

    def read_cursor(self, ref: BlockRef, heads: HeadsSeen) -> None:
        """Read the state of the cursor's own block, for deployments that were brought to it by their logs only."""
        draft = Draft(self.book)
        self._read(ref, draft, self.node.read)
        self._learn_now(ref, draft)
        changes = draft.changes()
        self.tokens.learn(ref, draft)
        self.store.commit([BlockRecord(ref, complete=True, changes=changes)], ref, heads, {})
        self.book.apply(changes)

    def _draft(self, answer: BlockAnswer, ref: BlockRef, answered: list[Log], *, confirm: bool) -> _Drafted:
        def fetch(log_filter: LogFilter) -> list[Log]:
            return self.node.fetch_logs_by_hash(log_filter, ref.hash)

        logs = complete(self.parts, answered, fetch)
        timed = with_timestamps(logs, {ref.number: ref.timestamp})
        facts = fetch_facts(self.node, self.parts, timed, ref.hash)
        draft = Draft(self.book)
        self._learn_aggregators(answer, draft)
        try:
            liquidated = self.parts.apply_logs(timed, draft, facts)
        except (ArithmeticOverflow, MissedLog) as error:
            raise InconsistentAnswer(f"the logs of block {ref.number} do not add up: {error}") from None
        confirming = _Confirming(self.node, self.parts)
        self._read(ref, draft, confirming if confirm else self.node.read)
        if confirm and not confirming.done and (missed := fetch(self.parts.log_filter)):  # nothing had to be read
            raise _MissedLogs(missed)
        if self.everything:
            self._learn_now(ref, draft)
        return draft, liquidated

    def _record(self, ref: BlockRef, one: Liquidated) -> LiquidationRecord:
        """A liquidation of a block that is not in the book yet."""
        since = watch.since(self.book, one.deployment, one.what.account)
        return LiquidationRecord(one.deployment, ref.number, ref.timestamp, one.what, since)

    def _watched(self, ref: BlockRef) -> Iterator[watch.Watched]:
        """Every deployment at the block, from the book that has its changes."""
        for part in self.parts.parts:
            name = part.deployment.name
            rows = self.book[name]
            yield watch.Watched(name, rows, part.protocol.view(part.deployment, rows, "price", ref.number))

    def _sight(self, ref: BlockRef) -> Sight:
        """The block as chains see it, from the book that has its changes."""
        views = {one.name: one.view for one in self._watched(ref)}
        return sight_of(self.parts.parts, views, self.book, ref.timestamp, self.parts.wrappers)

    def _heal(self, ref: BlockRef, draft: Draft) -> list[str]:
        """Read again what a comparison found wrong; the deployments healed at this block."""
        waiting = {i.deployment: i for i in self.store.incidents() if i.is_open and not _healed(i, ref.number)}
        healed = []
        for part in self.parts.parts:
            incident = waiting.get(part.deployment.name)
            if incident is None:
                continue
            _log.warning("reading state again", deployment=part.deployment.name, accounts=len(incident.accounts))
            calls = part.protocol.plan_heal(part.deployment, incident.accounts, draft)
            answers = self.node.read(ref.hash, [Read(tuple(calls))])[0]
            part.protocol.apply_heal(part.deployment, incident.accounts, draft, dict(zip(calls, answers, strict=True)))
            healed.append(part.deployment.name)
        if healed:
            self._read(ref, draft, self.node.read)
        return healed

    def _read(self, ref: BlockRef, draft: Draft, fetch: Fetch) -> None:
        if self.everything:
            for part in self.parts.parts:
                name = part.deployment.name
                for market in draft.markets(name):
                    draft.touch(Entity(name, market))
        StateReader(fetch, self.parts, self.block_time_s).read(ref, draft)

    def _unlearned(self, ref: BlockRef, draft: Draft) -> LogRange | None:
        """Aggregators whose logs nobody has seen yet: what they logged lately is asked along with the next block."""
        self.parts.adopt_aggregators(draft)
        fresh = (chainlink.unlearned(draft) & self.parts.aggregators(draft)) - self.asked
        if not fresh:
            return None
        return LogRange(LogFilter(tuple(sorted(fresh)), chainlink.TOPICS), max(0, ref.number - _LOOK_BACK), ref.number)

    def _learn_now(self, ref: BlockRef, draft: Draft) -> None:
        """At a start one request more does not matter, and there may be no next block to ask along with."""
        asked = self._unlearned(ref, draft)
        if asked is not None:
            chainlink.apply_logs(self.node.fetch_logs(asked.log_filter, asked.first, asked.last), draft)
            self.learning.update(asked.log_filter.addresses)

    def _learn_aggregators(self, answer: BlockAnswer, draft: Draft) -> None:
        self.learning = set()
        if self.earlier is None:
            return
        self.learning.update(self.earlier.log_filter.addresses)
        logs = answer.earlier
        if logs is None:
            logs = self.node.fetch_logs(self.earlier.log_filter, self.earlier.first, self.earlier.last)
        chainlink.apply_logs(logs, draft)
