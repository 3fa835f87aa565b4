"""The service's own snapshot: of the newest final block that was read fully, without asking any node."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import NotFoundError
from indexer.reports.export.scheduled import scheduled_snapshot
from indexer.settings import Settings
from indexer.store import Head, Store
from tests.unit.reports.export.made import NOON, go_on, written
from tests.unit.reports.stored import BLOCK, HEADS, changes_of, write_store


def test_the_newest_final_block_that_was_read_fully(tmp_path: Path) -> None:
    settings = Settings(snapshot={"out": str(tmp_path / "out")})
    with Store.open(write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())) as store:
        assert scheduled_snapshot(store, settings, NOON) == "no block up to the finalized one (90) was read fully yet"
        store.save_heads(replace(HEADS, finalized=None))
        assert (
            scheduled_snapshot(store, settings, NOON) == "the node names no finalized block, so there is none to write"
        )
    go_on(tmp_path)
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store:
        store.save_heads(replace(HEADS, finalized=Head(BLOCK.number, BLOCK.hash)))
        assert scheduled_snapshot(store, settings, NOON) is None
        assert scheduled_snapshot(store, settings, NOON) is None
        assert scheduled_snapshot(store, Settings(), NOON) == "[snapshot] out is not set: say where snapshots go"
    assert [path.name for path in (tmp_path / "out").glob("manifests/*/*")] == ["block=100"]
    assert not written(tmp_path, tmp_path / "out", block=100)[1], "by the command it is the same"


def test_before_the_first_sync_there_is_nothing(tmp_path: Path) -> None:
    settings = Settings(snapshot={"out": str(tmp_path / "out")})
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store, pytest.raises(NotFoundError, match="holds nothing"):
        scheduled_snapshot(store, settings, NOON)
