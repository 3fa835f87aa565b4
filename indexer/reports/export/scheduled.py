"""The snapshot that the service writes by itself: the newest final block that was read fully."""

from dataclasses import replace
from datetime import datetime

from indexer.errors import NotFoundError
from indexer.reports.export.write import write_snapshot
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.store import Store


def scheduled_snapshot(store: Store, asked: Asked, out: str, now: datetime) -> str | None:
    """Write the newest final block whose state and prices are stored, so that no node is asked. None: it is written.

    Returns what keeps it from being written, in a line. Raises SnapshotError, NotFoundError before the first sync.
    """
    seen = store.heads_seen()
    if store.chain_id is None:
        raise NotFoundError(f"{store.name} holds nothing yet: run `indexer sync` first")
    if seen is None or seen.finalized is None:
        return "the node names no finalized block, so there is none to write"
    block = store.complete_block_at_or_before(seen.finalized.number)
    if block is None:
        return f"no block up to the finalized one ({seen.finalized.number}) was read fully yet"
    with open_snapshot(store, replace(asked, block=block.number)) as snapshot:
        liquidations = liquidations_answer(snapshot, store, LiquidationFilters())["liquidations"]
        write_snapshot(snapshot, liquidations, out, now)
    return None
