"""Chains kept in the database are those of the block: followed, undone, started again, or synced late."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from indexer.errors import DatabaseError
from indexer.reports.chains.scene import Scene
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.risk.kept import DEPLOYMENT
from scripts.devnet import Devnet
from tests.conftest import SEED
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, indexer, rows_of
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.node
Bounds = dict[tuple[str, str], tuple[int | None, int | None]]
"""By owner and pair: low and high."""


def kept(found: Indexer, block: int | None = None) -> Bounds:
    rows = rows_of(found.store, block, DEPLOYMENT)
    keys = {(entity.account, entity.market): entity for entity, _ in rows}
    return {key: (rows.get((entity, "low")), rows.get((entity, "high"))) for key, entity in keys.items()}


def rebuilt(found: Indexer, block: int | None = None) -> Bounds:
    """From everybody, at that block."""
    out: Bounds = {}
    with open_snapshot(found.store, Asked(block=block, node=found.node)) as snapshot:
        for owner in Scene(snapshot).owners():
            for edge in owner.reuses:
                out[owner.address, edge.pair.name] = (edge.low, edge.high)
            for receipt in owner.receipts:
                out[owner.address, receipt.name] = (receipt.amount, receipt.amount)
    return out


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """The URL of a database that does not exist yet, on each of both."""
    if request.param == "sqlite":
        numbers = count()
        yield lambda: f"sqlite:///{tmp_path}/indexer-{next(numbers)}.db"
        return
    with PostgresServer() as server:
        yield server.new_database


def test_kept_from_block_to_block_through_reorgs_and_restarts(new_url: NewUrl) -> None:
    url = new_url()
    with Devnet.start(seed=SEED, protocols=("morpho_blue", "chains"), common=False) as devnet:
        devnet.live(devnet.story_blocks - 24)  # before the first chain
        with indexer(devnet, url, chains=True, checked=True) as found:
            found.once()
            few = len(kept(found))
            same = 0
            for _ in range(12):
                devnet.live(2)
                found.once()
                now, anew = kept(found), rebuilt(found)
                assert now.keys() == anew.keys()
                same += sum(now[key] == anew[key] for key in now)
            assert len(now) > few
            assert same > 12, "those who were touched have the block's own bounds"
            before, number = now, found.cursor.number
            devnet.live(3)
            found.once()
            devnet.reorg(5)
            found.once()
            assert kept(found).keys() == rebuilt(found).keys()
            assert kept(found, number - 2).keys() == rebuilt(found, number - 2).keys(), "the past has its own"
            assert before
        with indexer(devnet, url, chains=True, checked=True) as again:
            devnet.live(2)
            again.once()
            after = kept(again)
            assert after.keys() == rebuilt(again).keys()
        with indexer(devnet, new_url(), chains=True) as late:
            late.once()
            assert kept(late).keys() == after.keys()
            with late.store._reading() as connection:
                rows = connection.execute(
                    text("SELECT owner, pair, high_hex, computed_at_block FROM v_chain_hex")
                ).all()
            assert {(row[0], row[1]) for row in rows} == after.keys()
            blocks = {row[3] for row in rows}
            assert len(blocks) > 3
            for block in blocks:
                told = rebuilt(late, block)
                for owner, pair, high, _ in (row for row in rows if row[3] == block):
                    assert int(high, 16) == told[owner, pair][1], "the bounds are those of the block they name"


def test_what_the_store_refused_is_not_in_the_book(tmp_path: Path) -> None:
    with (
        Devnet.start(seed=SEED, protocols=("morpho_blue", "chains"), common=False) as devnet,
        indexer(devnet, f"sqlite:///{tmp_path}/indexer.db", chains=True) as found,
    ):
        devnet.live_all()
        found.once()
        rows = sorted(found.sync.book.items())
        devnet.live(1)
        refusing = patch.object(found.store, "commit", side_effect=DatabaseError("full"))
        with refusing, pytest.raises(DatabaseError, match="full"):
            found.once()
        assert sorted(found.sync.book.items()) == rows
        assert found.once().number == devnet.block_number
        assert kept(found).keys() == rebuilt(found).keys()


def test_two_requests_a_block_still(tmp_path: Path) -> None:
    with (
        Devnet.start(seed=SEED, protocols=("morpho_blue", "chains"), common=False) as devnet,
        indexer(devnet, f"sqlite:///{tmp_path}/indexer.db", chains=True) as found,
    ):
        devnet.live_all()
        found.once()
        devnet.live(1)
        with patch.object(found.node.rpc, "_post", wraps=found.node.rpc._post) as sent:
            assert found.sync._step()
        assert sent.call_count == 2
