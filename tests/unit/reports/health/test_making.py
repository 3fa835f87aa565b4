"""Reports that are written and remembered."""

from pathlib import Path

import msgspec
import pytest

from indexer.errors import UserError
from indexer.reports.health.making import compared_report, make_report
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.store import ReportRun, Store
from tests.unit.reports.stored import BLOCK


def test_three_files_of_one_block_and_the_next_report_compares(database_url: str, tmp_path: Path) -> None:
    with Store.open(database_url) as store:
        store.save_report_run(ReportRun(90, "0x5a", 1_700_000_000, {"debt_usd": 20_000.0}), keep=9)
        written = make_report(store, Asked(), tmp_path / "out", keep=9, at=1_750_000_100)
        assert [path.name for path in written] == ["report-1-100.html", "report-1-100.md", "report-1-100.json"]
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)
        answer = msgspec.json.decode(written[2].read_bytes())
        assert answer["report"]["since"]["changes"]["debt_usd"] == 8_600
        kept = store.report_run_before(BLOCK.number + 1)
    assert kept == ReportRun(BLOCK.number, BLOCK.hash, 1_750_000_100, answer["report"]["headline"])


def test_since_takes_an_older_one(database_url: str) -> None:
    with Store.open(database_url) as store:
        for number in (70, 80, 90):
            store.save_report_run(ReportRun(number, "0x5a", 1_700_000_000, {"debt_usd": 1.0}), keep=9)
    with Store.open(database_url) as store, open_snapshot(store, Asked()) as snapshot:
        assert compared_report(snapshot, store)["report"]["since"]["block_number"] == 90
        assert compared_report(snapshot, store, 85)["report"]["since"]["block_number"] == 80
        assert compared_report(snapshot, store, 80)["report"]["since"]["block_number"] == 80
        with pytest.raises(UserError, match="no report of block 60 or earlier is remembered"):
            compared_report(snapshot, store, 60)


def test_a_folder_that_cannot_be_made_is_one_line(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with Store.open(database_url) as store, pytest.raises(UserError, match="cannot be written into"):
        make_report(store, Asked(), tmp_path / "taken", keep=9, at=0)
