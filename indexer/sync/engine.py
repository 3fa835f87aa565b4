"""Sync: common ancestor first, then backfill to finality, then block by block. One code path for `--once` too."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

import structlog

from indexer.book import Book
from indexer.errors import (
    BlockNotFound,
    DatabaseError,
    DatabaseUnavailable,
    DeepReorgError,
    IndexerError,
    NodeError,
    NodeUnreachable,
    ReconciliationFailed,
)
from indexer.evm import BlockRef
from indexer.node import Heads, Node
from indexer.parts import Parts
from indexer.protocols._interface import Deployment
from indexer.store import Deployment as StoredDeployment
from indexer.store import Head, HeadsSeen, Store
from indexer.sync.backfill import Backfill, reconcile
from indexer.sync.condition import Activity, Condition, ConditionLog
from indexer.sync.follow import Follower
from indexer.sync.progress import Phase, Progress, Report, silent
from indexer.sync.rollback import common_ancestor
from indexer.sync.tokens import TokenFacts

_IDLE_POLLS = 5
_HEADS_EVERY_S = 10
_MENDS = 3
_MEND_PAUSE, _LONGEST_MEND_PAUSE = 720, 17_280
"""In retries (5 s each: an hour, a day): what a backfill that never adds up may cost in requests."""
_DEEP_REORG_TRIES = 8
"""How often a chain that differs below finality is asked again: one node may be on a dead fork for a while."""
_LONG_WAIT_S = 600
_LONGEST_RETRY_S = 60.0
JOB = "follow"
"""The name of the row among the job runs that says how following goes."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync. `block_time_s` is the chain's usual time between blocks; `history` False keeps only the head."""

    block_time_s: int = 12
    poll_s: float = 1.0
    retry_s: float = 5.0
    history: bool = True


class Sync:
    """Keeps book and store at the node's head. Not thread-safe: one Sync is the one writer of its store."""

    def __init__(
        self,
        node: Node,
        store: Store,
        deployments: Sequence[Deployment],
        *,
        options: SyncOptions,
        report: Report = silent,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._node = node
        self._store = store
        self._options = options
        self._report = report
        self._clock = clock
        self._deployments = tuple(deployments)
        self._parts = Parts(deployments)
        self._tokens = TokenFacts(node, store, self._parts)
        self._cursor: BlockRef | None = None
        self._ready = False
        self._final: Head | None = None
        self._saved = HeadsSeen(Head(-1, ""), None, None, 0)
        self._conditions = ConditionLog(clock())
        self._failures = self._contradictions = 0
        self.book = Book()

    def once(self, stop: Event | None = None) -> BlockRef | None:
        """Sync up to the head seen at the start; returns the last block stored. Raises NodeError, UserError."""
        stop = stop or Event()
        heads = self._start(stop)
        idle = 0
        while not stop.is_set() and (self._cursor is None or self._cursor.number < heads.latest.number):
            if self._step():
                idle = 0
            elif (idle := idle + 1) > _IDLE_POLLS:
                break  # the node lags behind the head it told: the next sync goes on from here
            else:
                stop.wait(self._options.poll_s)
        return self._cursor

    def follow(self, stop: Event) -> None:
        """Follow for ever, until `stop`: a node or a database that fails is waited for and asked again.

        The cursor stays meanwhile. Raises DeepReorgError, WrongChainError, and DatabaseError where waiting cannot help.
        """
        while not stop.is_set():
            try:
                moved = self._step() if self._ready else bool(self._start(stop))
            except (NodeError, DatabaseUnavailable) as error:
                self._wait(error, stop)
                continue
            except DeepReorgError as error:
                self._contradictions += 1
                if self._contradictions > _DEEP_REORG_TRIES:
                    raise
                self._wait(error, stop)
                continue
            self._recovered()
            if not moved:
                stop.wait(self._options.poll_s)

    @property
    def condition(self) -> Condition:
        """What sync is doing now, and why it waits where it does."""
        return self._conditions.condition

    def _wait(self, error: IndexerError, stop: Event) -> None:
        """Say why there is nothing to do, and pause: longer and longer while nothing helps."""
        now, why = self._clock(), str(error)
        fresh = self.condition.activity is not Activity.WAITING
        self._conditions.wait(why, now)
        if isinstance(error, DatabaseError) or now - self.condition.since > _LONG_WAIT_S:
            self._ready = False
        if not isinstance(error, DatabaseError | NodeUnreachable):
            self._node.doubt()
        if fresh:
            self._note(why)
        self._report(Progress(Phase.WAIT, self._number(), self._number(), why=why))
        self._failures += 1
        stop.wait(self._pause(error))

    def _pause(self, error: IndexerError) -> float:
        """Seconds until the next try: a block's time at most, but hours where a whole backfill is asked again."""
        retry_s, doubled = self._options.retry_s, 2.0 ** (min(self._failures, 16) - 1)
        if isinstance(error, ReconciliationFailed):
            return min(retry_s * _MEND_PAUSE * doubled, retry_s * _LONGEST_MEND_PAUSE)
        return min(retry_s * doubled, max(retry_s, min(_LONGEST_RETRY_S, self._options.block_time_s)))

    def _recovered(self) -> None:
        self._failures = self._contradictions = 0
        if self.condition.activity is Activity.WAITING:
            self._note(None)
        self._conditions.turn(Activity.FOLLOWING if self._ready else Activity.STARTING, self._clock())

    def _note(self, why: str | None) -> None:
        """Keep how following goes for who looks into the database."""
        with suppress(DatabaseError):
            self._store.save_job_started(JOB, self.condition.since)
            self._store.save_job_finished(JOB, int(self._clock()), why)

    def _number(self) -> int:
        return -1 if self._cursor is None else self._cursor.number

    def _first(self) -> int:
        return min((d.first_block for d in self._deployments), default=0)

    def _start(self, stop: Event) -> Heads:
        """Load the book, find the common ancestor, backfill to finality. Idempotent; raises NodeError."""
        self._ready = False
        self._store.look_again()
        self._node.rpc.chain_id = self._store.chain_id
        self._store.bind_chain(self._node.fetch_chain_id())
        self._node.rpc.chain_id = self._store.chain_id
        self._store.save_deployments(
            StoredDeployment(d.name, d.protocol, d.entry, d.first_block) for d in self._deployments
        )
        heads = self._node.fetch_heads()
        self._cursor = self._store.cursor()
        saved = self._store.heads_seen()
        self._final = None if saved is None else saved.finalized
        self._load()
        self._return_to_chain()
        self._catch_up(heads, stop)
        if not stop.is_set():
            self._backfill(heads, stop)
        self._ready = not stop.is_set()
        return heads

    def _load(self) -> None:
        self.book = Book().load(self._store.load_state())
        self._parts.refresh(self.book)
        self._follower = Follower(
            self._node, self._store, self.book, self._parts, self._options.block_time_s, self._tokens
        )

    def _return_to_chain(self) -> None:
        """Undo what the node's chain does not have; of a backfill that was not reconciled yet nothing is trusted."""
        try:
            self._undo_to_ancestor()
        except DeepReorgError as error:
            if self._cursor is None or self._is_complete(self._cursor):
                raise
            self._distrust(error)

    def _undo_to_ancestor(self) -> bool:
        """Undo what the node's chain does not have. False when there was nothing to undo.

        Raises DeepReorgError when every URL contradicts what was final; one alone may be on a dead fork.
        """
        if self._cursor is None:
            return False
        ancestor = self._ask_ancestor(self._cursor)
        if ancestor is None or ancestor == self._cursor:
            return False
        _log.warning("reorg", depth=self._cursor.number - ancestor.number, to_block=ancestor.number)
        self._report(Progress(Phase.REORG, ancestor.number, self._cursor.number, block=ancestor))
        changes = self._store.undo_to(ancestor.number)
        self.book.apply(changes)
        self._parts.refresh(self.book)
        self._cursor = ancestor
        return True

    def _ask_ancestor(self, cursor: BlockRef) -> BlockRef | None:
        for _ in range(self._node.rpc.urls - 1):
            try:
                return common_ancestor(self._node, self._store, cursor)
            except DeepReorgError:
                self._node.doubt()
        return common_ancestor(self._node, self._store, cursor)

    def _catch_up(self, heads: Heads, stop: Event) -> None:
        """Deployments added to a database that already follows others are brought to its cursor first."""
        if self._cursor is None:
            return
        stored = {deployment.name: deployment for deployment in self._store.deployments()}
        late = [d for d in self._deployments if not stored[d.name].joined(self._cursor.number)]
        for deployment in late:
            try:
                self._join(deployment, stored[deployment.name].covered_to, self._cursor, heads, stop)
            except ReconciliationFailed:
                self._store.drop_deployment(deployment.name)
                raise
            if stop.is_set():
                return
        if late and self._is_complete(self._cursor):
            self._follower.read_cursor(self._cursor, self._seen(heads))

    def _join(self, deployment: Deployment, covered_to: int | None, to: BlockRef, heads: Heads, stop: Event) -> None:
        self.book.load(self._store.load_state(deployment=deployment.name))
        parts = Parts([deployment])
        parts.refresh(self.book)
        first = deployment.first_block if covered_to is None else covered_to + 1
        backfill = Backfill(self._node, self._store, self.book, parts)
        backfill.catch_up(first, to, self._seen(heads), self._report, iter(stop.is_set, None))
        self._parts.refresh(self.book)

    def _backfill(self, heads: Heads, stop: Event) -> None:
        """Backfill to finality, and again, elsewhere, where it does not add up. Raises ReconciliationFailed, NodeError.

        The end of a backfill is believed, and followed on, only after it was reconciled, by this process or the next:
        until then its block is not complete.
        """
        for left in reversed(range(_MENDS)):
            self._conditions.turn(Activity.BACKFILLING, self._clock())
            try:
                self._backfill_once(heads, stop)
                if stop.is_set() or self._cursor is None or self._is_complete(self._cursor):
                    return
                reconcile(self._node, self.book, self._parts, self._cursor)
            except ReconciliationFailed as error:
                self._distrust(error)
                if not left:
                    raise
            else:
                self._store.save_heads(self._seen(heads))
                return

    def _backfill_once(self, heads: Heads, stop: Event) -> None:
        first = self._first() if self._cursor is None else self._cursor.number + 1
        last = self._node.fetch_header(self._node.finalized_number(heads))
        if last is None or last.ref.number < first or not self._deployments:
            return
        backfill = Backfill(self._node, self._store, self.book, self._parts, history=self._options.history)
        stopped = iter(stop.is_set, None)
        self._cursor = backfill.run(first, last.ref, self._seen(heads), self._report, stopped)

    def _distrust(self, error: IndexerError) -> None:
        """Undo what was backfilled since the last block that was read fully; the next try asks elsewhere."""
        trusted = self._store.last_complete_block()
        _log.warning("backfilled again", why=str(error), after=-1 if trusted is None else trusted.number)
        self._store.undo_to(-1 if trusted is None else trusted.number)
        self._cursor = trusted
        self._node.doubt()
        self._load()

    def _is_complete(self, ref: BlockRef) -> bool:
        stored = self._store.block(ref.number)
        return stored is not None and stored.complete

    def _step(self) -> bool:
        """One poll: apply the next block, or undo a reorg. False when there is nothing to do yet."""
        number = self._first() if self._cursor is None else self._cursor.number + 1
        answer = self._node.fetch_block(number, self._parts.log_filter, self._follower.earlier)
        seen = self._seen(answer.heads, None if answer.header is None else answer.header.ref)
        if answer.header is None:
            news = seen.head != self._saved.head or seen.observed_at - self._saved.observed_at >= _HEADS_EVERY_S
            if seen.head.number < number and news:  # else the node contradicts itself: its finality is not ours
                self._store.save_heads(seen)
                self._saved = seen
            return self._head_contradicts(answer.heads) and self._undo_to_ancestor()
        if self._cursor is not None and answer.header.ref.parent_hash != self._cursor.hash:
            return self._undo_to_ancestor()
        try:
            changed = self._follower.apply(answer, seen)
        except BlockNotFound:
            return False
        except NodeError:
            raise  # nothing was kept of the block, neither in the store nor in the book
        except BaseException:
            self._ready = False  # the book may be ahead of the store: load it again
            raise
        self._cursor = answer.header.ref
        self._report(Progress(Phase.FOLLOW, number, answer.heads.latest.number, changed, self._cursor))
        return True

    def _head_contradicts(self, heads: Heads) -> bool:
        """Whether the head, at or below our cursor, has another hash than ours."""
        if self._cursor is None or heads.latest.number > self._cursor.number:
            return False
        stored = self._store.block(heads.latest.number)
        return stored is None or stored.ref.hash != heads.latest.hash

    def _seen(self, heads: Heads, following: BlockRef | None = None) -> HeadsSeen:
        def head(ref: BlockRef | None) -> Head | None:
            return None if ref is None else Head(ref.number, ref.hash)

        latest = Head(heads.latest.number, heads.latest.hash)
        told = head(heads.finalized) or Head(self._node.finalized_number(heads), "")
        if told != self._final and self._is_ours(told, following):
            self._final = told
        return HeadsSeen(latest, head(heads.safe), self._final, int(self._clock()))

    def _is_ours(self, told: Head, following: BlockRef | None) -> bool:
        """Whether what is said to be final is a block of ours: else nothing of ours became final by it."""
        if following is not None and told.number == following.number:
            return told.hash in ("", following.hash)
        if self._cursor is None or told.number > self._cursor.number:
            return False
        stored = self._store.block(told.number)
        return stored is None or told.hash in ("", stored.ref.hash)
