"""Ready means: the newest block was read, it is near the head, and what should run runs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.api.doors import Doors
from indexer.api.health import Pulse, Readiness
from indexer.api.house import open_doors
from indexer.evm import BlockRef
from indexer.settings import Settings
from indexer.store import BlockRecord, Head, Store
from tests.unit.api.serving import served
from tests.unit.reports.stored import BLOCK, HEADS, changes_of, write_store

SOON = HEADS.observed_at + 5
NEXT = BlockRef(101, "0x" + "65" * 32, BLOCK.hash, BLOCK.timestamp + 12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(write_store(f"sqlite:///{tmp_path}/indexer.db", changes_of())) as opened:
        yield opened


@pytest.fixture
def doors(store: Store) -> Doors:
    opened = open_doors(Settings(), store, chain_id=1)
    opened.current.advance()
    return opened


def reasons(doors: Doors, *, at: int = SOON, pulse: Pulse | None = None) -> list[str]:
    said = Readiness(doors, pulse or Pulse(), lambda: at).look()
    assert said["ready"] is (said["reasons"] == [])
    listed: list[str] = said["reasons"]
    return listed


def test_three_blocks_behind_is_near_enough(doors: Doors) -> None:
    said = Readiness(doors, Pulse(lambda: 3.0), lambda: SOON).look()
    assert said == {
        "ready": True,
        "reasons": [],
        "lag_seconds": SOON - BLOCK.timestamp,
        "chain_id": 1,
        "block_number": 100,
        "block_hash": BLOCK.hash,
        "block_timestamp": BLOCK.timestamp,
        "head_block": 103,
        "head_observed_at": HEADS.observed_at,
        "lag_blocks": 3,
        "finality": "safe",
    }


def test_a_head_further_away_than_wanted_is_not(store: Store, doors: Doors) -> None:
    store.save_heads(replace(HEADS, head=Head(110, "0x" + "6e" * 32)))
    doors.current.advance()
    assert reasons(doors) == []
    store.save_heads(replace(HEADS, head=Head(111, "0x" + "6f" * 32)))
    doors.current.advance()
    assert reasons(doors) == ["11 blocks behind the head, more than [api] max_lag, 10"]


def test_a_sync_that_no_longer_asks_is_stopped_or_stuck(doors: Doors) -> None:
    assert reasons(doors, at=HEADS.observed_at + 60) == []
    assert reasons(doors, at=HEADS.observed_at + 61) == ["sync has not asked the node for 61 s: it is stopped or stuck"]


def test_a_sync_that_waits_says_why(store: Store, doors: Doors) -> None:
    store.save_job_started("follow", SOON)
    store.save_job_finished("follow", SOON, "the node is away")
    assert reasons(doors) == ["sync waits: the node is away"]
    store.save_job_finished("follow", SOON)
    assert reasons(doors) == []


def test_a_newest_block_that_was_not_read_fully_is_not_ready(store: Store, doors: Doors) -> None:
    store.commit([BlockRecord(NEXT, False, [])], NEXT, HEADS, {})
    doors.current.advance()
    assert reasons(doors) == ["block 101 is stored and not read fully yet"]


def test_a_scheduler_that_stands_still_is_not_ready(doors: Doors) -> None:
    assert reasons(doors, pulse=Pulse(lambda: 61.0)) == ["the scheduler has run nothing for 61 s"]


def test_before_the_first_block_nothing_is_ready(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/new.db") as store:
        doors = open_doors(Settings(), store, chain_id=1)
        assert any("no block that was read fully yet" in reason for reason in reasons(doors))


def test_a_database_that_is_broken_is_told_and_the_process_lives(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        for file in tmp_path.glob("indexer.db-*"):
            file.unlink()
        (tmp_path / "indexer.db").write_bytes(b"no database" * 1_000)
        answer = api.client.get("/readyz")
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert any("the database does not answer" in reason for reason in answer.json()["reasons"])
        assert api.client.get("/healthz").status_code == 200
