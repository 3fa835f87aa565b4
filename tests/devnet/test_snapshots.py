"""The same block gives the same content on any day, and from a database that was filled in another way."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.reports.export.check import check_archive
from indexer.reports.export.manifest import Manifest
from indexer.reports.export.write import write_snapshot
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.snapshot import Asked, open_snapshot
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS
from tests.devnet.conftest import NewUrl
from tests.devnet.indexing import Indexer, indexer, wrappers_of

pytestmark = pytest.mark.node
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def exported(devnet: Devnet, found: Indexer, block: int, out: Path) -> Manifest:
    asked = Asked(block=block, node=found.node, block_time_s=BLOCK_SECONDS, wrappers=wrappers_of(devnet))
    with open_snapshot(found.store, asked) as snapshot:
        happened = liquidations_answer(snapshot, found.store, LiquidationFilters())["liquidations"]
        return write_snapshot(snapshot, happened, str(out), DAY)[0]


def test_a_block_has_its_content_after_the_chain_went_on_and_in_a_backfilled_database(
    playground: Devnet, at_tip: Indexer, new_url: NewUrl, tmp_path: Path
) -> None:
    number = at_tip.cursor.number
    then = exported(playground, at_tip, number, tmp_path / "then")
    playground.live(30)
    assert at_tip.once().number >= number + 5
    assert exported(playground, at_tip, number, tmp_path / "later").content == then.content
    now = exported(playground, at_tip, at_tip.cursor.number, tmp_path / "later")
    assert {name for name in now.content if now.content[name] != then.content[name]} >= {"accounts", "positions"}
    with indexer(playground, new_url()) as backfilled:
        backfilled.once()
        assert exported(playground, backfilled, number, tmp_path / "backfilled").content == then.content
    assert check_archive(str(tmp_path / "later")).faults == []
