"""Which block of ours is final: the node's word counts where it speaks of a block that we have."""

from collections.abc import Callable

from indexer.evm import BlockRef
from indexer.node import Heads, Node
from indexer.store import Head, HeadsSeen, Store

_HEADS_EVERY_S = 10


class Finality:
    """Keeps the newest final block of ours, and the heads saved when no block came with them."""

    def __init__(self, node: Node, store: Store, clock: Callable[[], float]) -> None:
        self._node = node
        self._store = store
        self._clock = clock
        self._final: Head | None = None
        self._saved = HeadsSeen(Head(-1, ""), None, None, 0)

    def load(self) -> None:
        """Go on from what the store says is final."""
        saved = self._store.heads_seen()
        self._final = None if saved is None else saved.finalized

    def seen(self, heads: Heads, cursor: BlockRef | None, following: BlockRef | None = None) -> HeadsSeen:
        """The heads as they are stored; `following` is the block that comes after `cursor`, where there is one."""

        def head(ref: BlockRef | None) -> Head | None:
            return None if ref is None else Head(ref.number, ref.hash)

        latest = Head(heads.latest.number, heads.latest.hash)
        told = head(heads.finalized) or Head(self._node.finalized_number(heads), "")
        if told != self._final and self._is_ours(told, cursor, following):
            self._final = told
        return HeadsSeen(latest, head(heads.safe), self._final, int(self._clock()))

    def save(self, seen: HeadsSeen) -> None:
        """Store heads that no block came with: another head at once, the same one every ten seconds."""
        if seen.head != self._saved.head or seen.observed_at - self._saved.observed_at >= _HEADS_EVERY_S:
            self._store.save_heads(seen)
            self._saved = seen

    def _is_ours(self, told: Head, cursor: BlockRef | None, following: BlockRef | None) -> bool:
        """Whether what is said to be final is a block of ours: else nothing of ours became final by it."""
        if following is not None and told.number == following.number:
            return told.hash in ("", following.hash)
        if cursor is None or told.number > cursor.number:
            return False
        stored = self._store.block(told.number)
        return stored is None or told.hash in ("", stored.ref.hash)
