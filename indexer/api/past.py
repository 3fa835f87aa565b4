"""Blocks of their own: loaded for heavy answers and for the past, kept a while, never held against the newest block."""

import threading
import time
from collections import OrderedDict
from dataclasses import replace

from indexer.api.doors import Doors
from indexer.api.faults import cursor_gone, not_ready
from indexer.errors import HistoryError
from indexer.reports.snapshot import Snapshot, assembled, open_snapshot, read_beside

_KEPT_S = 60.0
_MOST = 3
"""A block may be hundreds of megabytes."""


class PastBlocks:
    """The last few blocks that were loaded, by number. Any thread may ask; one loads at a time."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._loading = threading.Lock()
        self._kept: OrderedDict[int, tuple[float, Snapshot]] = OrderedDict()

    def at(self, block: int | None, at_timestamp: int | None = None) -> Snapshot:
        """The block, loaded or kept; None: the newest that was read fully, as the store has it at this moment.

        Raises NotFoundError, HistoryError, UserError, NodeError; ApiFault 503 where no block was read fully.
        """
        with self._loading, self._doors.store.snapshot():
            number = self._newest() if block is None else block
            found = self._still_true(number)
            if found is None:
                found = self._load(number)
        if at_timestamp is None:
            return found
        asked, store = replace(found.asked, at_timestamp=at_timestamp, node=None), self._doors.store
        with store.snapshot():
            beside = read_beside(store, found.ref, asked)
        asked = replace(asked, node=self._doors.node)  # for prices that depend on the time, not for the heads
        return assembled(beside, found.chain_id, found.ref, found.book, asked)

    def exactly(self, block: int, block_hash: str, at_timestamp: int | None = None) -> Snapshot:
        """The block of that hash. Raises ApiFault 410 where the chain no longer has it, or it cannot be loaded."""
        try:
            found = self.at(block, at_timestamp)
        except HistoryError:
            raise cursor_gone(f"block {block} cannot be loaded any more") from None
        if found.ref.hash != block_hash:
            raise cursor_gone(f"block {block} of this cursor was orphaned")
        return found

    def is_on_chain(self, block: int, block_hash: str) -> bool:
        """Whether the store still has it, or forgot its hash because it is final."""
        store = self._doors.store
        with store.snapshot():
            stored, cursor = store.block(block), store.cursor()
        if stored is not None:
            return stored.ref.hash == block_hash
        return cursor is not None and block < cursor.number

    def _newest(self) -> int:
        ref = self._doors.store.last_complete_block()
        if ref is None:
            raise not_ready()
        return ref.number

    def _still_true(self, block: int) -> Snapshot | None:
        """The kept one, unless the chain left it, or what is known beside it may have changed."""
        since, found = self._kept.get(block, (0.0, None))
        if found is None:
            return None
        fresh = time.monotonic() - since < _KEPT_S and self._doors.store.incidents() == found.incidents
        if fresh and self.is_on_chain(block, found.ref.hash):
            self._kept.move_to_end(block)
            return found
        del self._kept[block]
        return None

    def _load(self, block: int) -> Snapshot:
        stored = self._doors.store.block(block)
        is_whole = stored is not None and stored.complete  # no node is needed: one that is silent holds nobody up
        node = None if is_whole else self._doors.node
        with open_snapshot(self._doors.store, replace(self._doors.asked, block=block, node=node)) as found:
            pass
        while len(self._kept) >= _MOST:
            self._kept.popitem(last=False)
        self._kept[block] = (time.monotonic(), found)
        return found
