"""The handling of each fault, taken out: what a seed must notice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection

from indexer.book import Book
from indexer.errors import NodeError
from indexer.node import logs, reads
from indexer.node.bloom import BloomFilter
from indexer.node.lens import Outcome, Status, unpack
from indexer.node.rpc import JsonRpc
from indexer.node.wire import WireLog
from indexer.store import Store
from indexer.sync import engine, logs_of_range, reconciled, waiting
from indexer.sync.engine import Sync
from indexer.sync.rollback import common_ancestor
from indexer.sync.waiting import Waiting
from tests.simulation.faults import Fault
from tests.simulation.mortal import MortalStore

Removal = Callable[[pytest.MonkeyPatch], None]


def _raise(_: Any, error: Exception, *__: Any) -> None:
    raise error


def no_waiting(patch: pytest.MonkeyPatch) -> None:
    """No attempt is repeated, and `follow` ends at the first failure."""
    patch.setattr(Waiting, "wait", _raise)
    patch.setattr(engine, "BlockNotFound", KeyboardInterrupt)
    patch.setattr(
        JsonRpc, "_wait_or_raise", lambda own, failure, patience, _: _raise(own, own._unreachable(failure, patience))
    )


def no_splitting(patch: pytest.MonkeyPatch) -> None:
    no_waiting(patch)
    patch.setattr(logs, "is_range_too_large", lambda _: False)


def no_chain_id(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(JsonRpc, "_introduced", lambda own, items, _: own._post(items))


def lag_is_a_reorg(patch: pytest.MonkeyPatch) -> None:
    """A block that the node does not have counts as one that it has not under our hash."""

    def ancestor(node: Any, store: Store, cursor: Any) -> Any:
        header = node.fetch_header(cursor.number)
        below = store.blocks(0, cursor.number - 1)
        return below[-1].ref if header is None and below else common_ancestor(node, store, cursor)

    patch.setattr(engine, "common_ancestor", ancestor)
    patch.setattr(Sync, "_head_contradicts", lambda *_: True)


def any_header(patch: pytest.MonkeyPatch) -> None:
    """Timestamps of a range are taken from whatever header comes."""

    def timestamps(node: Any, found: Any) -> dict[int, int]:
        headers = node.fetch_headers(sorted({log.block_number for log in found}))
        return {header.ref.number: header.ref.timestamp for header in headers if header is not None}

    patch.setattr(logs_of_range, "_missing_timestamps", timestamps)


def no_undo(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sync, "_undo_to_ancestor", lambda _: False)


def one_word_is_final(patch: pytest.MonkeyPatch) -> None:
    """The first node that contradicts finality is believed."""
    patch.setattr(waiting, "_DEEP_REORG_TRIES", 0)
    patch.setattr(Sync, "_ask_ancestor", lambda own, cursor: common_ancestor(own._node, own._store, cursor))


def removed_is_true(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WireLog, "removed", False)


def no_bloom(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(BloomFilter, "maybe", lambda *_: False)


def no_reconciliation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconciled, "reconcile", lambda *_: None)


def cut_is_failed(patch: pytest.MonkeyPatch) -> None:
    """What is missing of an answer counts as calls that revert."""

    def lenient(code: bytes, count: int) -> tuple[int, list[Outcome]]:
        try:
            return unpack(code, count)
        except NodeError:
            return int.from_bytes(code[1:9]), [Outcome(Status.FAILED)] * count

    patch.setattr(reads, "unpack", lenient)


def empty_book(patch: pytest.MonkeyPatch) -> None:
    """A process that starts goes on at the cursor without what stands in the store."""
    patch.setattr(Book, "load", lambda own, _: own)


def half_commits(patch: pytest.MonkeyPatch) -> None:
    """Rows reach the disk before the cursor does."""
    real = MortalStore._save_changes

    def save(own: MortalStore, connection: Connection, records: Any) -> None:
        faults, own.faults = own.faults, None
        real(own, connection, records)
        own.faults = faults
        connection.commit()
        own._backend.begin(connection, write=True)
        own._suffer()

    patch.setattr(MortalStore, "_save_changes", save)


def never_looks_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Store, "look_again", lambda _: None)


REMOVALS: dict[Fault, Removal] = {
    **dict.fromkeys((Fault.REFUSED, Fault.TIMEOUT, Fault.RATE_429, Fault.HTTP_503, Fault.CUT_JSON), no_waiting),
    **dict.fromkeys((Fault.WRONG_ID, Fault.ITEM_RATE, Fault.OUTAGE, Fault.PRUNED, Fault.DATABASE_GONE), no_waiting),
    Fault.OTHER_CHAIN: no_chain_id,
    Fault.LAG: lag_is_a_reorg,
    Fault.NULL_HEADER: any_header,
    Fault.OTHER_FORK: any_header,
    **dict.fromkeys((Fault.OLD_FORK, Fault.REORG, Fault.TWO_REORGS), no_undo),
    Fault.DEAD_FORK: one_word_is_final,
    Fault.REMOVED: removed_is_true,
    Fault.SHORT_BLOCK: no_bloom,
    Fault.SHORT_RANGE: no_reconciliation,
    Fault.TOO_LARGE: no_splitting,
    Fault.CUT_CALL: cut_is_failed,
    **dict.fromkeys((Fault.KILL, Fault.STOP), empty_book),
    Fault.KILL_COMMIT: half_commits,
    Fault.ANSWER_LOST: never_looks_again,
}


@contextmanager
def removed(kind: Fault) -> Iterator[None]:
    """The handling of one kind of fault is gone."""
    with pytest.MonkeyPatch.context() as patch:
        REMOVALS[kind](patch)
        yield
