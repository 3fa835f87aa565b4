"""Sync: common ancestor first, then backfill to finality, then block by block. One code path for `--once` too."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

from indexer.book import Book
from indexer.errors import BlockNotFound, DatabaseUnavailable, DeepReorgError, NodeError
from indexer.evm import Address, BlockRef
from indexer.node import Heads, Node
from indexer.protocols._interface import Deployment
from indexer.store import Deployment as StoredDeployment
from indexer.store import Store
from indexer.sync.condition import Activity, Condition
from indexer.sync.finality import Finality
from indexer.sync.progress import Phase, Progress, Report, silent
from indexer.sync.reconciled import ReconciledBackfill
from indexer.sync.replica import Replica
from indexer.sync.rollback import common_ancestor
from indexer.sync.waiting import Waiting
from indexer.wrappers import Wrapping

_IDLE_POLLS = 5

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync. `block_time_s` is the chain's usual time between blocks; `history` False keeps only the head."""

    block_time_s: int = 12
    poll_s: float = 1.0
    retry_s: float = 5.0
    history: bool = True
    wrappers: Mapping[Address, Wrapping] = field(default_factory=dict)
    """Tokens of which it is known beforehand what they stand for."""
    chains: bool = False
    """Whether the collateral chains of followed blocks are kept."""


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
        self._poll_s = options.poll_s
        self._report = report
        self._ready = False
        self._replica = Replica(
            node, store, deployments, options.block_time_s, options.wrappers, keeps_chains=options.chains
        )
        self._finality = Finality(node, store, clock)
        self._backfill = ReconciledBackfill(node, store, self._replica, self._finality, report, history=options.history)
        self._waiting = Waiting(node, store, report, clock, retry_s=options.retry_s, block_time_s=options.block_time_s)

    @property
    def book(self) -> Book:
        """The state at the last block stored."""
        return self._replica.book

    @property
    def condition(self) -> Condition:
        """What sync is doing now, and why it waits where it does."""
        return self._waiting.condition

    def once(self, stop: Event | None = None) -> BlockRef | None:
        """Sync up to the head seen at the start; returns the last block stored. Raises NodeError, UserError."""
        stop = stop or Event()
        heads = self._start(stop)
        replica, idle = self._replica, 0
        while not stop.is_set() and (replica.cursor is None or replica.cursor.number < heads.latest.number):
            if self._step():
                idle = 0
            elif (idle := idle + 1) > _IDLE_POLLS:
                break  # the node lags behind the head it told: the next sync goes on from here
            else:
                stop.wait(self._poll_s)
        return replica.cursor

    def follow(self, stop: Event) -> None:
        """Follow for ever, until `stop`: a node or a database that fails is waited for and asked again.

        The cursor stays meanwhile. Raises DeepReorgError, WrongChainError, and DatabaseError where waiting cannot help.
        """
        while not stop.is_set():
            try:
                moved = self._step() if self._ready else bool(self._start(stop))
            except (NodeError, DatabaseUnavailable, DeepReorgError) as error:
                cursor = self._replica.cursor
                resumable = self._waiting.wait(error, -1 if cursor is None else cursor.number, stop)
                self._ready = self._ready and resumable
                continue
            self._waiting.end(Activity.FOLLOWING if self._ready else Activity.STARTING)
            if not moved:
                stop.wait(self._poll_s)

    def _start(self, stop: Event) -> Heads:
        """Load the book, find the common ancestor, backfill to finality. Idempotent; raises NodeError."""
        self._ready = False
        self._store.look_again()
        self._node.rpc.chain_id = self._store.chain_id
        self._store.bind_chain(self._node.fetch_chain_id())
        self._node.rpc.chain_id = self._store.chain_id
        self._store.save_deployments(
            StoredDeployment(d.name, d.protocol, d.entry, d.first_block) for d in self._replica.deployments
        )
        heads = self._node.fetch_heads()
        self._replica.load(self._store.cursor())
        self._finality.load()
        self._return_to_chain()
        self._backfill.catch_up(heads, stop)
        if not stop.is_set():
            self._waiting.turn(Activity.BACKFILLING)
            self._backfill.run(heads, stop)
        self._ready = not stop.is_set()
        return heads

    def _return_to_chain(self) -> None:
        """Undo what the node's chain does not have; of a backfill that was not reconciled yet nothing is trusted."""
        try:
            self._undo_to_ancestor()
        except DeepReorgError as error:
            if self._replica.is_complete:
                raise
            self._backfill.distrust(error)

    def _undo_to_ancestor(self) -> bool:
        """Undo what the node's chain does not have. False when there was nothing to undo.

        Raises DeepReorgError when every URL contradicts what was final; one alone may be on a dead fork.
        """
        cursor = self._replica.cursor
        if cursor is None:
            return False
        ancestor = self._ask_ancestor(cursor)
        if ancestor is None or ancestor == cursor:
            return False
        _log.warning("reorg", depth=cursor.number - ancestor.number, to_block=ancestor.number)
        self._report(Progress(Phase.REORG, ancestor.number, cursor.number, block=ancestor))
        self._replica.undo_to(ancestor)
        return True

    def _ask_ancestor(self, cursor: BlockRef) -> BlockRef | None:
        for _ in range(self._node.rpc.urls - 1):
            try:
                return common_ancestor(self._node, self._store, cursor)
            except DeepReorgError:
                self._node.doubt()
        return common_ancestor(self._node, self._store, cursor)

    def _step(self) -> bool:
        """One poll: apply the next block, or undo a reorg. False when there is nothing to do yet."""
        replica, number = self._replica, self._replica.next_number
        answer = self._node.fetch_block(number, replica.parts.log_filter, replica.follower.earlier)
        block = None if answer.header is None else answer.header.ref
        seen = self._finality.seen(answer.heads, replica.cursor, block)
        if block is None:
            if seen.head.number < number:  # else the node contradicts itself: its finality is not ours
                self._finality.save(seen)
            return self._head_contradicts(answer.heads) and self._undo_to_ancestor()
        if replica.cursor is not None and block.parent_hash != replica.cursor.hash:
            return self._undo_to_ancestor()
        try:
            changed = replica.follower.apply(answer, seen)
        except BlockNotFound:
            return False
        except NodeError:
            raise  # nothing was kept of the block, neither in the store nor in the book
        except BaseException:
            self._ready = False  # the book may be ahead of the store: load it again
            raise
        replica.cursor = block
        self._report(Progress(Phase.FOLLOW, number, answer.heads.latest.number, changed, block))
        return True

    def _head_contradicts(self, heads: Heads) -> bool:
        """Whether the head, at or below our cursor, has another hash than ours."""
        cursor = self._replica.cursor
        if cursor is None or heads.latest.number > cursor.number:
            return False
        stored = self._store.block(heads.latest.number)
        return stored is None or stored.ref.hash != heads.latest.hash
