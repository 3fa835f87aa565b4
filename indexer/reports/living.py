"""A snapshot that keeps up with the store: it stands on one block, and moves with what sync commits.

State is loaded once; from then on the changes of each block are applied, and taken back when the store undid them. So a
process that only reads answers about the newest block without loading it anew.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.book import Book, Change
from indexer.errors import NotFoundError
from indexer.evm import BlockRef
from indexer.reports.snapshot import Asked, Beside, Snapshot, assembled, read_beside
from indexer.store import Store

_REMEMBERED = 256
"""Blocks that can be taken back without loading everything anew."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move: `orphaned` are the blocks left because the chain no longer has them, newest first.

    `jumped`: blocks in between were not looked at one by one (a start, a backfill, a reorg deeper than remembered).
    """

    ref: BlockRef
    orphaned: tuple[BlockRef, ...] = ()
    jumped: bool = False


@dataclass(slots=True)
class _Stand:
    """Where the book stands, and how to go back from there."""

    ref: BlockRef
    book: Book
    joined: frozenset[str]
    past: deque[tuple[BlockRef, list[Change]]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    """Each block before `ref` that was stood on, and the changes that led away from it."""


class Living:
    """The newest block that was read fully. `step` moves it, one thread at a time; any thread may be `reading`."""

    def __init__(self, store: Store, asked: Asked, start: BlockRef | None = None) -> None:
        """`start`: begin at this earlier block instead of the newest, where the store still has it."""
        self._store = store
        self._asked = asked
        self._start = start
        self._stand: _Stand | None = None
        self._snapshot: Snapshot | None = None
        self._moving = threading.Condition()
        self._readers = 0
        self._is_wanted = False
        """Whether `step` waits for the readers to end."""

    @property
    def ref(self) -> BlockRef | None:
        """The block stood on; None before the first was read fully."""
        return None if self._stand is None else self._stand.ref

    @property
    def newest(self) -> Snapshot | None:
        """The snapshot, not held: good for what never moves in it (block, chain, edition) and for the heads."""
        return self._snapshot

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """The snapshot, which does not move meanwhile. Raises NotFoundError.

        Whoever reads long holds up `step`, and with it those who come later. Not from within another `reading`.
        """
        with self._moving:
            self._moving.wait_for(lambda: not self._is_wanted)
            snapshot = self._snapshot
            if snapshot is None:
                raise NotFoundError(f"{self._store.name} has no block that was read fully yet: sync is on its way")
            self._readers += 1
        try:
            yield snapshot
        finally:
            with self._moving:
                self._readers -= 1
                self._moving.notify_all()

    def step(self) -> Step | None:
        """Move by one block: forward, or back to the last one the chain still has. None: there is nothing new.

        A deployment that is quarantined, or no longer, is news of the block stood on.
        """
        with self._store.snapshot():
            stand, chain_id = self._stand, self._store.chain_id
            if chain_id is None:
                return None
            if stand is None:
                return self._load(chain_id)
            if not self._is_on_chain(stand.ref):
                return self._back(stand, chain_id)
            following = self._following(stand.ref)
            if following is None:
                return self._renew(stand, chain_id)
            if self._joined(following) != stand.joined:
                return self._load(chain_id)
            return self._forward(stand, chain_id, following)

    def _forward(self, stand: _Stand, chain_id: int, following: BlockRef) -> Step:
        found = self._store.changes_between(stand.ref.number, following.number)
        beside = self._beside(following)
        behind = {d.name for d in beside.stored} - stand.joined
        changes = [change for _, change in found if change.entity.deployment not in behind]
        moved = Step(following, jumped=following.parent_hash != stand.ref.hash)
        with self._alone():
            stand.book.apply(changes)
            stand.past.append((stand.ref, changes))
            stand.ref = following
            self._show(chain_id, stand, beside)
        return moved

    def _renew(self, stand: _Stand, chain_id: int) -> Step | None:
        """The same block, with what is known of head and incidents now."""
        if self._snapshot is None or self._snapshot.incidents != self._store.incidents():
            beside = self._beside(stand.ref)
            with self._alone():
                self._show(chain_id, stand, beside)
            return Step(stand.ref)
        self._snapshot.heads = self._store.heads_seen()
        return None

    def _load(self, chain_id: int, orphaned: Sequence[BlockRef] = ()) -> Step | None:
        start, self._start = self._start, None
        stored = None if start is None else self._store.block(start.number)
        begun = stored is not None and stored.complete and stored.ref == start
        ref = start if begun else self._store.last_complete_block()
        if ref is None:
            return None
        stand = _Stand(ref, Book().load(self._store.load_state(ref.number)), self._joined(ref))
        beside = self._beside(ref)
        with self._alone():
            self._stand = stand
            self._show(chain_id, stand, beside)
        return Step(ref, tuple(orphaned), jumped=True)

    def _back(self, stand: _Stand, chain_id: int) -> Step | None:
        """Take back the blocks that the chain no longer has; load anew where more is gone than is remembered."""
        orphaned = [stand.ref]
        undone: list[Change] = []
        for ref, changes in reversed(stand.past):
            undone += reversed(changes)
            if self._is_on_chain(ref):
                break
            orphaned.append(ref)
        else:
            return self._load(chain_id, orphaned)
        if self._joined(ref) != stand.joined:
            return self._load(chain_id, orphaned)
        beside = self._beside(ref)
        with self._alone():
            for change in undone:
                stand.book.set(change.entity, change.field, change.old)
            for _ in orphaned:
                stand.past.pop()
            stand.ref = ref
            self._show(chain_id, stand, beside)
        return Step(ref, tuple(orphaned))

    def _beside(self, ref: BlockRef) -> Beside:
        """Read before the book is touched: a database that fails then leaves the last block as it was."""
        return read_beside(self._store, ref, self._asked)

    def _show(self, chain_id: int, stand: _Stand, beside: Beside) -> None:
        self._snapshot = assembled(beside, chain_id, stand.ref, stand.book, self._asked)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While nobody reads; who comes meanwhile waits, or readers that overlap would hold up the chain for ever."""
        with self._moving:
            self._is_wanted = True
            try:
                self._moving.wait_for(lambda: self._readers == 0)
                yield
            finally:
                self._is_wanted = False
                self._moving.notify_all()

    def _is_on_chain(self, ref: BlockRef) -> bool:
        cursor, stored = self._store.cursor(), self._store.block(ref.number)
        if stored is not None:
            return stored.ref.hash == ref.hash
        return cursor is not None and ref.number < cursor.number  # its hash was forgotten: it is final

    def _following(self, ref: BlockRef) -> BlockRef | None:
        cursor = self._store.cursor()
        if cursor is None or cursor.number <= ref.number:
            return None
        stored = self._store.blocks(ref.number + 1, cursor.number)
        return next((block.ref for block in stored if block.complete), None)

    def _joined(self, ref: BlockRef) -> frozenset[str]:
        return frozenset(d.name for d in self._store.deployments() if d.joined(ref.number))
