"""The service's own snapshot: of the newest final block that was read fully, without asking any node."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import NotFoundError
from indexer.reports.export.scheduled import scheduled_snapshot
from indexer.reports.face import Reader
from indexer.reports.liquidations import LiquidationFilters
from indexer.reports.snapshot import Asked
from indexer.store import Head, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.export.made import NOON, sql, written
from tests.unit.reports.liquidated import CALL, liquidate
from tests.unit.reports.stored import HEADS, changes_of, write_store


def test_the_newest_final_block_that_was_read_fully(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    with Store.open(write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())) as store:
        line = "no block up to the finalized one (90) was read fully yet"
        assert scheduled_snapshot(store, Asked(), out, NOON) == line
        store.save_heads(replace(HEADS, finalized=None))
        line = "the node names no finalized block, so there is none to write"
        assert scheduled_snapshot(store, Asked(), out, NOON) == line
        liquidate(store, 101)
        liquidate(store, 102, complete=False)
        store.save_heads(replace(HEADS, finalized=Head(102, "0x" + "66" * 32)))
        assert scheduled_snapshot(store, Asked(), out, NOON) is None
        assert scheduled_snapshot(store, Asked(), out, NOON) is None
    assert [path.name for path in (tmp_path / "out").glob("manifests/*/*")] == ["block=101"]
    happened = sql(tmp_path / "out", "SELECT deployment, block_number, account, debt_repaid FROM {liquidations}")
    assert happened == [(DEPLOYMENT, 101, CALL.account, str(CALL.debt_repaid))], "not what is after the block"
    with Reader(f"sqlite:///{tmp_path}/indexer.db") as reader, reader.snapshot(block=101) as snapshot:
        rows = reader.liquidations_of(snapshot, LiquidationFilters())["liquidations"]
    assert not written(tmp_path, tmp_path / "out", liquidations=rows, block=101)[1], "by the command it is the same"


def test_before_the_first_sync_there_is_nothing(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store, pytest.raises(NotFoundError, match="holds nothing"):
        scheduled_snapshot(store, Asked(), str(tmp_path / "out"), NOON)
