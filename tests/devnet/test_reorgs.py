"""Reorgs: whatever was undone, the rows end as those of a new database synced on the new chain."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from indexer.book import Change, Entity
from indexer.store import LiquidationFilters
from scripts.devnet import Devnet
from tests.conftest import SEED
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, Rows, indexer, rows_in, rows_of

pytestmark = pytest.mark.node

LIVED = 130  # in the crash: every block has liquidations
PATIENCE_S = 60


@pytest.fixture(scope="module")
def living() -> Iterator[Devnet]:
    with Devnet.start(seed=SEED, protocols=()) as devnet:
        devnet.live(LIVED)
        yield devnet


@pytest.fixture(scope="module")
def old_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database that goes through all the reorgs."""
    return f"sqlite:///{tmp_path_factory.mktemp('reorgs')}/indexer.db"


@pytest.fixture
def old(living: Devnet, old_url: str) -> Iterator[Indexer]:
    """An indexer at the tip of the chain before the reorg."""
    with indexer(living, old_url, checked=True) as following:
        following.once()
        living.live(2)
        following.once()
        yield following


def header(devnet: Devnet, number: int) -> tuple[str, str]:
    """(hash, state root) of a block of the node's chain."""
    block = devnet.rpc("eth_getBlockByNumber", [hex(number), False])
    return block["hash"], block["stateRoot"]


def reorg(devnet: Devnet, depth: int, then: Callable[[Devnet], None] | None = None) -> int:
    """Reorganise; hashes and state of every block above the fork really are others. Returns the fork's number."""
    tip = devnet.block_number
    fork = tip - depth
    before = {number: header(devnet, number) for number in range(fork, tip + 1)}
    devnet.reorg(depth, then)
    after = {number: header(devnet, number) for number in range(fork, min(tip, devnet.block_number) + 1)}
    assert after[fork] == before[fork]
    for number in range(fork + 1, min(tip, devnet.block_number) + 1):
        assert after[number][0] != before[number][0]
        assert after[number][1] != before[number][1]
    return fork


def history_above(of: Indexer, fork: int, rows: Rows) -> dict[Entity, list[tuple[int, Change]]]:
    """Every change above the fork, by entity, in order."""
    entities = dict.fromkeys(entity for entity, _ in rows)
    found: dict[Entity, list[tuple[int, Change]]] = {}
    for entity in entities:
        changes = [(number, change) for number, change in of.store.history(entity) if number > fork]
        if changes:
            found[entity] = changes
    return found


def assert_like_new(old: Indexer, devnet: Devnet, url: str, fork: int) -> None:
    """State at every block above the fork, changes, blocks and book: as in a new database."""
    with indexer(devnet, url) as new:
        tip = new.once()
        assert old.cursor == tip
        assert tip.hash == devnet.tip_hash
        rows = rows_of(new.store)
        assert rows_of(old.store) == rows
        assert rows_in(old.sync.book) == rows
        for number in range(fork, tip.number):
            assert rows_of(old.store, number) == rows_of(new.store, number)
        assert old.store.blocks(fork, tip.number) == new.store.blocks(fork, tip.number)
        changes = history_above(new, fork, rows)
        assert changes
        assert history_above(old, fork, rows) == changes
        wanted = LiquidationFilters(since_block=fork + 1)
        assert [(one.deployment, one.key, one.what) for one in old.store.liquidations(wanted)] == [
            (one.deployment, one.key, one.what) for one in new.store.liquidations(wanted)
        ]
        assert old.store.integrity() == []


def branch(blocks: int, bps: int) -> Callable[[Devnet], None]:
    """Another branch of so many blocks, in which ether moves."""

    def live(devnet: Devnet) -> None:
        for _ in range(blocks):
            devnet.world.feeds.move("ETH / USD", bps)
            devnet.mine(13)

    return live


@pytest.mark.parametrize("depth", range(1, 8))
def test_reorg_of_every_depth(living: Devnet, old: Indexer, new_url: NewUrl, depth: int) -> None:
    cursor = old.cursor
    orphaned = rows_of(old.store)
    fork = reorg(living, depth)
    old.once()
    assert rows_of(old.store, cursor.number) != orphaned
    assert_like_new(old, living, new_url(), fork)


def test_reorg_while_the_indexer_was_stopped(living: Devnet, old_url: str, new_url: NewUrl) -> None:
    with indexer(living, old_url) as before:
        before.once()
    fork = reorg(living, 5)
    with indexer(living, old_url) as after:
        after.once()
        assert_like_new(after, living, new_url(), fork)


@pytest.mark.parametrize("blocks", [2, 3], ids=["lower head", "same head"])
def test_reorg_noticed_while_idle_at_the_tip(living: Devnet, old: Indexer, new_url: NewUrl, blocks: int) -> None:
    """The new branch is not longer than ours, so no next block gives it away: only the head's hash does.

    The branch is there before the follower looks: while it mines, anvil answers reads pinned to the tip's hash
    with the state of the block after it.
    """
    fork = reorg(living, 3, branch(blocks, -10 * blocks))
    stop = threading.Event()
    follower = threading.Thread(target=old.sync.follow, args=(stop,))
    follower.start()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while old.cursor.hash != living.tip_hash:
            assert time.monotonic() < deadline, f"still at {old.cursor}"
            time.sleep(0.05)
    finally:
        stop.set()
        follower.join(PATIENCE_S)
    assert_like_new(old, living, new_url(), fork)


def test_node_that_lags_on_our_hashes_undoes_nothing(living: Devnet, old: Indexer, new_url: NewUrl) -> None:
    cursor, rows = old.cursor, rows_of(old.store)
    living.reorg(3, lambda _: None)
    assert living.block_number == cursor.number - 3
    assert old.sync.once() == cursor
    assert rows_of(old.store) == rows
    branch(4, -77)(living)
    old.once()
    assert old.cursor.number == cursor.number + 1
    assert_like_new(old, living, new_url(), cursor.number - 3)
