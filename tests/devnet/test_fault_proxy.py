"""A live follower behind a proxy that breaks a fifth of the answers: its lag stays small, outages end at once."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from indexer.node import JsonRpc, Node
from indexer.store import Store
from indexer.sync.condition import Activity
from indexer.sync.engine import Sync, SyncOptions
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from tests.devnet.conftest import Figure, NewUrl
from tests.devnet.indexing import deployments_of, indexer, rows_of
from tests.fault_proxy import FAULTS, FaultProxy, forward_to

pytestmark = pytest.mark.node

BLOCKS = 500 if os.environ.get("INDEXER_TEST_EXHAUSTIVE") else 100
OUTAGE_EVERY = 25
PATIENCE_S = 30.0
MOST_SECONDS_BEHIND = 10.0


@contextmanager
def following(devnet: Devnet, store: Store, url: str) -> Iterator[Sync]:
    """A follower in a thread of its own."""
    options = SyncOptions(block_time_s=BLOCK_SECONDS, poll_s=0.01, retry_s=0.02)
    rpc = JsonRpc([url], timeout_s=5, attempts=3, backoff_s=0.01)
    sync = Sync(Node(rpc), store, deployments_of(devnet), options=options)
    stop = threading.Event()
    thread = threading.Thread(target=sync.follow, args=(stop,))
    thread.start()
    try:
        yield sync
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        rpc.close()


def wait_until(true: Callable[[], bool], what: str) -> float:
    """Seconds until it was true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE_S, what
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_hundred_blocks_through_faults(playground: Devnet, new_url: NewUrl, record_property: Figure) -> None:
    slowest = 0.0
    with FaultProxy(forward_to(playground.url), seed=5).serving() as proxy, Store.open(new_url()) as store:

        def is_at_tip() -> bool:
            cursor = store.cursor()
            return cursor is not None and cursor.hash == playground.tip_hash

        with following(playground, store, proxy.url) as sync:
            wait_until(is_at_tip, "the first sync")
            proxy.rate = 0.2
            for number in range(1, BLOCKS + 1):
                if number % OUTAGE_EVERY == 0:
                    break_off(proxy, sync)
                playground.live(1)
                slowest = max(slowest, wait_until(is_at_tip, f"block {number}: {sync.condition}"))
                wait_until(lambda: sync.condition.is_ready, "following again")
            proxy.rate = 0.0
        with indexer(playground, new_url()) as undisturbed:
            undisturbed.once()
            assert rows_of(store) == rows_of(undisturbed.store)
        assert store.integrity() == []
    record_property("blocks", BLOCKS)
    record_property("slowest block, s", round(slowest, 2))
    for fault in FAULTS:
        record_property(fault, proxy.counts[fault])
        assert proxy.counts[fault]
    assert slowest < MOST_SECONDS_BEHIND


def break_off(proxy: FaultProxy, sync: Sync) -> None:
    """The node goes, the follower says so, the node comes back: the next block is followed (the caller waits)."""
    proxy.down = True
    wait_until(lambda: sync.condition.activity is Activity.WAITING, "a state that says it waits")
    assert "does not answer" in sync.condition.why
    proxy.down = False
