"""Backfills that are believed only after they were reconciled: what does not add up is undone and asked elsewhere."""

from threading import Event

import structlog

from indexer.errors import IndexerError, ReconciliationFailed
from indexer.evm import BlockRef
from indexer.node import Heads, Node
from indexer.parts import Parts
from indexer.protocols._interface import Deployment
from indexer.store import Store
from indexer.sync.backfill import Backfill, reconcile
from indexer.sync.finality import Finality
from indexer.sync.progress import Report
from indexer.sync.replica import Replica

_MENDS = 3

_log = structlog.get_logger()


class ReconciledBackfill:
    """Brings the replica to finality, and deployments that were added later to the replica's cursor."""

    def __init__(
        self, node: Node, store: Store, replica: Replica, finality: Finality, report: Report, *, history: bool
    ) -> None:
        self._node = node
        self._store = store
        self._replica = replica
        self._finality = finality
        self._report = report
        self._history = history

    def run(self, heads: Heads, stop: Event) -> None:
        """Backfill to finality, and again, elsewhere, where it does not add up. Raises ReconciliationFailed, NodeError.

        The end of a backfill is believed, and followed on, only after it was reconciled, by this process or the next:
        until then its block is not complete.
        """
        for left in reversed(range(_MENDS)):
            try:
                self._run_once(heads, stop)
                cursor = self._replica.cursor
                if stop.is_set() or cursor is None or self._replica.is_complete:
                    return
                reconcile(self._node, self._replica.book, self._replica.parts, cursor)
            except ReconciliationFailed as error:
                self.distrust(error)
                if not left:
                    raise
            else:
                self._store.save_heads(self._finality.seen(heads, cursor))
                return

    def distrust(self, error: IndexerError) -> None:
        """Undo what was backfilled since the last block that was read fully; the next try asks elsewhere."""
        trusted = self._store.last_complete_block()
        after = -1 if trusted is None else trusted.number
        _log.warning("backfilled again", why=str(error), after=after)
        self._store.undo_to(after)
        self._node.doubt()
        self._replica.load(trusted)

    def catch_up(self, heads: Heads, stop: Event) -> None:
        """Deployments added to a database that already follows others are brought to its cursor first."""
        replica = self._replica
        if replica.cursor is None:
            return
        stored = {deployment.name: deployment for deployment in self._store.deployments()}
        late = [d for d in replica.deployments if not stored[d.name].joined(replica.cursor.number)]
        for deployment in late:
            try:
                self._join(deployment, stored[deployment.name].covered_to, replica.cursor, heads, stop)
            except ReconciliationFailed:
                self._store.drop_deployment(deployment.name)
                raise
            if stop.is_set():
                return
        if late and replica.is_complete:
            replica.follower.read_cursor(replica.cursor, self._finality.seen(heads, replica.cursor))

    def _run_once(self, heads: Heads, stop: Event) -> None:
        replica = self._replica
        first = replica.next_number
        last = self._node.fetch_header(self._node.finalized_number(heads))
        if last is None or last.ref.number < first or not replica.deployments:
            return
        backfill = Backfill(self._node, self._store, replica.book, replica.parts, history=self._history)
        seen = self._finality.seen(heads, replica.cursor)
        replica.cursor = backfill.run(first, last.ref, seen, self._report, iter(stop.is_set, None))

    def _join(self, deployment: Deployment, covered_to: int | None, to: BlockRef, heads: Heads, stop: Event) -> None:
        book = self._replica.book
        book.load(self._store.load_state(deployment=deployment.name))
        parts = Parts([deployment])
        parts.refresh(book)
        first = deployment.first_block if covered_to is None else covered_to + 1
        backfill = Backfill(self._node, self._store, book, parts)
        backfill.catch_up(first, to, self._finality.seen(heads, to), self._report, iter(stop.is_set, None))
        self._replica.parts.refresh(book)
