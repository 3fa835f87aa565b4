"""One followed block: batch one by number, batch two by hash, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from indexer.book import Book, Draft, Entity
from indexer.errors import ArithmeticOverflow, InconsistentAnswer, NodeError
from indexer.evm import Answer, BlockRef, Log
from indexer.node import BlockAnswer, LogFilter, Node, Read
from indexer.oracles import chainlink
from indexer.parts import Fetch, Parts, StateReader, with_timestamps
from indexer.store import BlockRecord, HeadsSeen, Incident, Store
from indexer.sync.logs_of_range import complete, fetch_facts
from indexer.sync.tokens import TokenFacts

_log = structlog.get_logger()
_CUTOFF_LOOK_BACK = 100_000


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

    def apply(self, answer: BlockAnswer, heads: HeadsSeen) -> int:
        """Apply a block whose parent is the cursor: logs, reads, commit. Returns the number of changes.

        Raises NodeError (nothing is then kept of the block) and DecodeError.
        """
        if answer.header is None:
            raise ValueError("a block that is not there cannot be applied")
        ref = answer.header.ref
        try:
            draft = self._draft(ref, answer.logs, confirm=answer.doubtful)
        except _MissedLogs as missed:
            _log.warning("eth_getLogs by number was short, believed by hash", block=ref.number, logs=len(missed.logs))
            draft = self._draft(ref, missed.logs, confirm=False)
        healed = self._heal(ref, draft)
        changes = draft.changes()
        covered = {part.deployment.name: ref.number for part in self.parts.parts}
        self.tokens.learn(ref, draft)
        with self.store.transaction():
            self.store.commit([BlockRecord(ref, complete=True, changes=changes)], ref, heads, covered)
            for name in healed:
                self.store.save_healed(name, ref.number)
        self.book.apply(changes)
        self.everything = False
        return len(changes)

    def read_cursor(self, ref: BlockRef, heads: HeadsSeen) -> None:
        """Read the state of the cursor's own block, for deployments that were brought to it by their logs only."""
        draft = Draft(self.book)
        self._read(ref, draft, self.node.read)
        changes = draft.changes()
        self.tokens.learn(ref, draft)
        self.store.commit([BlockRecord(ref, complete=True, changes=changes)], ref, heads, {})
        self.book.apply(changes)

    def _draft(self, ref: BlockRef, answered: list[Log], *, confirm: bool) -> Draft:
        def fetch(log_filter: LogFilter) -> list[Log]:
            return self.node.fetch_logs_by_hash(log_filter, ref.hash)

        logs = complete(self.parts, answered, fetch)
        timed = with_timestamps(logs, {ref.number: ref.timestamp})
        facts = fetch_facts(self.node, self.parts, timed, ref.hash)
        draft = Draft(self.book)
        try:
            self.parts.apply_logs(timed, draft, facts)
        except ArithmeticOverflow as error:
            raise InconsistentAnswer(f"the logs of block {ref.number} do not add up: {error}") from None
        if not confirm:
            self._read(ref, draft, self.node.read)
            return draft
        confirming = _Confirming(self.node, self.parts)
        self._read(ref, draft, confirming)
        if not confirming.done and (missed := fetch(self.parts.log_filter)):  # nothing had to be read
            raise _MissedLogs(missed)
        return draft

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
        self._learn_aggregators(ref, draft)

    def _learn_aggregators(self, ref: BlockRef, draft: Draft) -> None:
        """An aggregator seen for the first time: its recent logs tell its cutoff and what is pending."""
        fresh = self.parts.adopt_aggregators(draft)
        if not fresh:
            return
        asked = LogFilter(tuple(sorted(fresh)), chainlink.TOPICS)
        logs = self.node.fetch_logs(asked, max(0, ref.number - _CUTOFF_LOOK_BACK), ref.number)
        chainlink.apply_logs([replace(log, block_timestamp=0) for log in logs], draft)
