"""Sync: common ancestor first, then backfill to finality, then block by block. One code path for `--once` too."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import structlog

from indexer.book import Book
from indexer.errors import BlockNotFound, NodeError
from indexer.evm import BlockRef
from indexer.node import Heads, Node
from indexer.parts import Parts
from indexer.protocols._interface import Deployment
from indexer.store import Deployment as StoredDeployment
from indexer.store import Head, HeadsSeen, Store
from indexer.sync.backfill import Backfill, reconcile
from indexer.sync.follow import Follower
from indexer.sync.progress import Phase, Progress, Report, silent
from indexer.sync.rollback import common_ancestor
from indexer.sync.tokens import TokenFacts

_IDLE_POLLS = 5
_HEADS_EVERY_S = 10

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
        self._saved = HeadsSeen(Head(-1, ""), None, None, 0)
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
        """Follow for ever: a node that fails is waited for and asked again, the cursor stays; ends on `stop`."""
        waiting_since: float | None = None
        while not stop.is_set():
            try:
                moved = self._step() if self._ready else bool(self._start(stop))
            except NodeError as error:
                self._ready = False
                waiting_since = waiting_since or self._clock()
                _log.warning("the node cannot be used, waiting", why=str(error), since=int(waiting_since))
                self._report(Progress(Phase.WAIT, self._number(), self._number(), why=str(error)))
                stop.wait(self._options.retry_s)
                continue
            waiting_since = None
            if not moved:
                stop.wait(self._options.poll_s)

    def _number(self) -> int:
        return -1 if self._cursor is None else self._cursor.number

    def _first(self) -> int:
        return min((d.first_block for d in self._deployments), default=0)

    def _start(self, stop: Event) -> Heads:
        """Load the book, find the common ancestor, backfill to finality. Idempotent; raises NodeError."""
        self._ready = False
        self._store.bind_chain(self._node.fetch_chain_id())
        self._store.save_deployments(
            StoredDeployment(d.name, d.protocol, d.entry, d.first_block) for d in self._deployments
        )
        heads = self._node.fetch_heads()
        self._cursor = self._store.cursor()
        if self._cursor is not None:
            self._undo_to_ancestor()
        self._load()
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

    def _undo_to_ancestor(self) -> bool:
        """Undo what the node's chain does not have. False when there was nothing to undo."""
        if self._cursor is None:
            return False
        ancestor = common_ancestor(self._node, self._store, self._cursor)
        if ancestor is None or ancestor == self._cursor:
            return False
        _log.warning("reorg", depth=self._cursor.number - ancestor.number, to_block=ancestor.number)
        self._report(Progress(Phase.REORG, ancestor.number, self._cursor.number, block=ancestor))
        changes = self._store.undo_to(ancestor.number)
        self.book.apply(changes)
        self._parts.refresh(self.book)
        self._cursor = ancestor
        return True

    def _catch_up(self, heads: Heads, stop: Event) -> None:
        """Deployments added to a database that already follows others are brought to its cursor first."""
        if self._cursor is None:
            return
        stored = {deployment.name: deployment for deployment in self._store.deployments()}
        late = [d for d in self._deployments if not stored[d.name].joined(self._cursor.number)]
        for deployment in late:
            self.book.load(self._store.load_state(deployment=deployment.name))
            parts = Parts([deployment])
            parts.refresh(self.book)
            covered_to = stored[deployment.name].covered_to
            first = deployment.first_block if covered_to is None else covered_to + 1
            Backfill(self._node, self._store, self.book, parts).catch_up(
                first, self._cursor, self._seen(heads), self._report, iter(stop.is_set, None)
            )
            self._parts.refresh(self.book)
            if stop.is_set():
                return
        stored_cursor = self._store.block(self._cursor.number)
        if late and stored_cursor is not None and stored_cursor.complete:
            self._follower.read_cursor(self._cursor, self._seen(heads))

    def _backfill(self, heads: Heads, stop: Event) -> None:
        first = self._first() if self._cursor is None else self._cursor.number + 1
        last = self._node.fetch_header(self._node.finalized_number(heads))
        if last is None or last.ref.number < first or not self._deployments:
            return
        backfill = Backfill(self._node, self._store, self.book, self._parts, history=self._options.history)
        stopped = iter(stop.is_set, None)
        self._cursor = backfill.run(first, last.ref, self._seen(heads), self._report, stopped)
        if self._cursor == last.ref:
            reconcile(self._node, self.book, self._parts, last.ref)

    def _step(self) -> bool:
        """One poll: apply the next block, or undo a reorg. False when there is nothing to do yet."""
        number = self._first() if self._cursor is None else self._cursor.number + 1
        answer = self._node.fetch_block(number, self._parts.log_filter, self._follower.earlier)
        seen = self._seen(answer.heads)
        if answer.header is None:
            if seen.head != self._saved.head or seen.observed_at - self._saved.observed_at >= _HEADS_EVERY_S:
                self._store.save_heads(seen)
                self._saved = seen
            return self._head_contradicts(answer.heads) and self._undo_to_ancestor()
        if self._cursor is not None and answer.header.ref.parent_hash != self._cursor.hash:
            return self._undo_to_ancestor()
        try:
            changed = self._follower.apply(answer, seen)
        except BlockNotFound:
            return False
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

    def _seen(self, heads: Heads) -> HeadsSeen:
        def head(ref: BlockRef | None) -> Head | None:
            return None if ref is None else Head(ref.number, ref.hash)

        latest = Head(heads.latest.number, heads.latest.hash)
        finalized = self._node.finalized_number(heads)
        final = head(heads.finalized) or Head(finalized, "")
        return HeadsSeen(latest, head(heads.safe), final, int(self._clock()))
