"""The snapshot that the service writes by itself: the newest final block that was read fully."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from indexer.errors import NotFoundError
from indexer.evm import Address
from indexer.oracles.feeds import Feed
from indexer.reports.export.source import Given
from indexer.reports.export.write import write_snapshot
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.store import Store
from indexer.wrappers import Wrapping


class _Out(Protocol):
    @property
    def out(self) -> str | None: ...


class _Watch(Protocol):
    @property
    def below(self) -> float: ...


class Configured(Protocol):
    """As much of the settings as a snapshot needs."""

    @property
    def snapshot(self) -> _Out:
        """[snapshot]."""

    @property
    def watch(self) -> _Watch:
        """[watch]."""

    def feeds_of(self, chain_id: int) -> Mapping[Address, Feed]:
        """Names and heartbeats of feeds."""

    def wrappers_of(self, chain_id: int) -> Mapping[Address, Wrapping]:
        """Tokens known beforehand."""

    def block_time_of(self, chain_id: int) -> int:
        """Seconds between blocks."""


def scheduled_snapshot(store: Store, settings: Configured, now: datetime, given: Given | None = None) -> str | None:
    """Write the newest final block whose state and prices are stored, so that no node is asked. None: it is written.

    Returns what keeps it from being written, in a line. Raises SnapshotError, NotFoundError before the first sync.
    """
    if settings.snapshot.out is None:
        return "[snapshot] out is not set: say where snapshots go"
    chain_id, seen = store.chain_id, store.heads_seen()
    if chain_id is None:
        raise NotFoundError(f"{store.name} holds nothing yet: run `indexer sync` first")
    if seen is None or seen.finalized is None:
        return "the node names no finalized block, so there is none to write"
    block = store.complete_block_at_or_before(seen.finalized.number)
    if block is None:
        return f"no block up to the finalized one ({seen.finalized.number}) was read fully yet"
    asked = Asked(
        block=block.number,
        feeds=settings.feeds_of(chain_id),
        wrappers=settings.wrappers_of(chain_id),
        block_time_s=settings.block_time_of(chain_id),
        watch_below=settings.watch.below,
    )
    with open_snapshot(store, asked) as snapshot:
        write_snapshot(snapshot, settings.snapshot.out, now, given=given)
    return None
