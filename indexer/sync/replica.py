"""Our copy of the chain's state: the cursor, the book at it, and the follower that goes on from there."""

from collections.abc import Mapping, Sequence

from indexer.book import Book
from indexer.evm import Address, BlockRef
from indexer.node import Node
from indexer.parts import Parts
from indexer.protocols._interface import Deployment
from indexer.risk.kept import KeptChains
from indexer.store import Store
from indexer.sync.follow import Follower
from indexer.sync.tokens import TokenFacts
from indexer.wrappers import Wrapping


class Replica:
    """Book and parts as the store has them at `cursor`; `follower` is there once it was loaded."""

    def __init__(
        self,
        node: Node,
        store: Store,
        deployments: Sequence[Deployment],
        block_time_s: int,
        wrappers: Mapping[Address, Wrapping],
        *,
        keeps_chains: bool,
    ) -> None:
        self.cursor: BlockRef | None = None
        self.deployments = tuple(deployments)
        self.parts = Parts(deployments, wrappers)
        self.book = Book()
        self._node = node
        self._store = store
        self._block_time_s = block_time_s
        self._keeps_chains = keeps_chains
        self._tokens = TokenFacts(node, store, self.parts)

    def load(self, cursor: BlockRef | None) -> None:
        """Make the book anew from the store, whose cursor this is."""
        self.cursor = cursor
        self.book = Book().load(self._store.load_state())
        self.parts.refresh(self.book)
        self.follower = Follower(self._node, self._store, self.book, self.parts, self._block_time_s, self._tokens)
        self.follower.chains = KeptChains(self.book) if self._keeps_chains else None

    def undo_to(self, ancestor: BlockRef) -> None:
        """Take back every block after `ancestor`, in the store and in the book."""
        undone = self._store.undo_to(ancestor.number)
        self.book.apply(undone)
        if self.follower.chains is not None:
            self.follower.chains.undone(undone)
        self.parts.refresh(self.book)
        self.cursor = ancestor

    @property
    def next_number(self) -> int:
        """The block after the cursor, or the first one there is anything in."""
        if self.cursor is None:
            return min((d.first_block for d in self.deployments), default=0)
        return self.cursor.number + 1

    @property
    def is_complete(self) -> bool:
        """Whether the cursor's block was read fully; a backfill reads logs only."""
        stored = None if self.cursor is None else self._store.block(self.cursor.number)
        return stored is not None and stored.complete
