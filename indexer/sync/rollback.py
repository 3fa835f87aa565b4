"""Reorgs: find the last block that store and node agree on, by hash."""

from collections.abc import Iterator

from indexer.errors import DeepReorgError
from indexer.evm import BlockRef
from indexer.node import Node
from indexer.store import Store

_LOOK_BACK = 128


def common_ancestor(node: Node, store: Store, cursor: BlockRef) -> BlockRef | None:
    """The newest stored block that the node has under the same hash; None when the node merely lags.

    A node whose head is below our cursor but on our hashes lags: nothing contradicts us, so nothing is undone.
    Raises DeepReorgError when the node contradicts every stored block, or one that was final.
    """
    final = _final_number(store)
    contradicted = False
    for first, last in _windows(cursor.number, max(0, min(final, cursor.number))):
        stored = [block.ref for block in store.blocks(first, last)]
        headers = node.fetch_headers([ref.number for ref in stored])
        for ref, header in sorted(zip(stored, headers, strict=True), key=lambda pair: -pair[0].number):
            if header is None:
                continue
            if header.ref.hash == ref.hash:
                return ref if contradicted or ref == cursor else None
            contradicted = True
            if ref.number <= final:
                raise _deep(ref.number, final)
    if contradicted:
        raise _deep(cursor.number, final)
    return None


def _windows(last: int, lowest: int) -> Iterator[tuple[int, int]]:
    """Ranges of blocks from `last` down to `lowest`, newest first."""
    while last >= lowest:
        yield max(lowest, last - _LOOK_BACK + 1), last
        last -= _LOOK_BACK


def _final_number(store: Store) -> int:
    seen = store.heads_seen()
    return -1 if seen is None or seen.finalized is None else seen.finalized.number


def _deep(number: int, final: int) -> DeepReorgError:
    return DeepReorgError(
        f"the node's chain differs from ours at block {number}, which was final (finality seen: {final}): "
        "nothing was undone. Check that [node] url is the right chain and a healthy node; "
        "if the chain really was reorganised below finality, sync into a new database"
    )
