"""Writing a snapshot: whole or not at all, the same content once, refused with one line where it cannot be."""

import csv
import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec  # type: ignore[import-untyped]
import pytest

from indexer.errors import SnapshotError
from indexer.reports.accounts import all_accounts
from indexer.reports.export import files
from indexer.reports.export.check import check_archive
from indexer.reports.export.columns import Row
from indexer.reports.export.files import FileFormat
from indexer.reports.export.target import Counted, Target
from indexer.reports.tables import price_rows
from indexer.store import Incident, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.export.made import go_on, happened, opened, sql, written
from tests.unit.reports.stored import BLOCK, LIQUIDATABLE, changes_of, write_store


def below(folder: Path) -> list[str]:
    """Every file and folder of an archive."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class TestContent:
    def test_one_block_hash_for_all_and_a_manifest_that_says_what_was_written(self, tmp_path: Path) -> None:
        manifest, is_new = written(tmp_path, tmp_path / "out", liquidations=happened())
        assert is_new
        assert (manifest.chain_id, manifest.block_number, manifest.block_hash) == (1, BLOCK.number, BLOCK.hash)
        (deployment,) = manifest.deployments
        assert (deployment.revision, deployment.accounts) == ("10", {"healthy": 2, "at_risk": 1, "liquidatable": 1})
        assert {name: table.rows for name, table in manifest.tables.items()} == {
            "accounts": 4, "positions": 7, "markets": 2, "prices": 0, "solvency": 2, "deployments": 1, "chains": 0,
            "liquidations": 2,
        }  # fmt: skip
        assert json.loads((tmp_path / "out" / manifest.path).read_text()) == json.loads(manifest.encoded())
        assert (tmp_path / "out" / "manifest.json").read_bytes() == manifest.encoded()
        for name in manifest.tables:
            hashes = sql(tmp_path / "out", f"SELECT DISTINCT snapshot_hash FROM {{{name}}}")  # noqa: S608
            assert hashes == ([(BLOCK.hash,)] if manifest.tables[name].rows else [])

    def test_accounts_are_those_of_indexer_accounts(self, tmp_path: Path) -> None:
        written(tmp_path, tmp_path / "out")
        names = ("account", "state", "health_factor_wad", "debt_value", "value_unit", "debt_usd", "owner", "revision")
        found = sql(tmp_path / "out", f"SELECT {', '.join(names)} FROM {{accounts}}")  # noqa: S608
        with opened(tmp_path) as snapshot:
            assert found == [tuple(row[name] for name in names) for row in all_accounts(snapshot)]
            assert price_rows(snapshot) == []

    def test_unknown_accounts_are_rows_with_a_reason_and_no_numbers(self, tmp_path: Path) -> None:
        with opened(tmp_path):
            pass
        with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store:
            store.save_incident(Incident(DEPLOYMENT, BLOCK.number, (LIQUIDATABLE,), "it differs", 1))
        manifest, _ = written(tmp_path, tmp_path / "out")
        numbers = "health_factor_wad, collateral_value, debt_value, debt_value_float, debt_usd"
        found = sql(tmp_path / "out", f"SELECT state, reason, {numbers} FROM {{accounts}}")  # noqa: S608
        assert found == [("unknown", "quarantined", *[None] * 5)] * 4
        assert manifest.deployments[0].quarantined
        assert manifest.deployments[0].accounts == {"unknown: quarantined": 4}

    def test_small_row_groups_give_the_same_content(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        whole, _ = written(tmp_path, tmp_path / "whole")
        monkeypatch.setattr(files, "BATCH", 2)
        parts, _ = written(tmp_path, tmp_path / "parts")
        assert parts.content == whole.content
        assert parts.tables["accounts"].files[0].sha256 != whole.tables["accounts"].files[0].sha256
        assert check_archive(str(tmp_path / "parts")).faults == []

    def test_csv_has_the_same_content_and_no_cell_that_runs(self, tmp_path: Path) -> None:
        manifest, _ = written(tmp_path, tmp_path / "csv", FileFormat.CSV)
        assert manifest.content == written(tmp_path, tmp_path / "parquet")[0].content
        with (tmp_path / "csv" / manifest.tables["positions"].files[0].path).open() as file:
            cells = list(csv.DictReader(file))
        assert [row["symbol"] for row in cells if row["side"] == "borrowed"] == ["'=USDC"] * 3
        assert {row["raw"]: row["raw_float"] for row in cells}["17000000000"] == "17000000000.0"
        raw = "SELECT DISTINCT symbol FROM {positions} ORDER BY 1"
        assert sql(tmp_path / "parquet", raw) == [("=USDC",), ("WETH",)]
        assert check_archive(str(tmp_path / "csv")).faults == []

    def test_an_archive_of_two_blocks_is_one_table(self, tmp_path: Path) -> None:
        written(tmp_path, tmp_path / "out")
        go_on(tmp_path)
        past, is_new = written(tmp_path, tmp_path / "out", block=100)
        assert not is_new
        newest, is_new = written(tmp_path, tmp_path / "out")
        assert (newest.block_number, is_new) == (101, True)
        assert newest.content != past.content
        found = sql(
            tmp_path / "out",
            "SELECT chain_id, protocol, block, count(*), count(DISTINCT snapshot_hash) FROM {accounts} "
            "GROUP BY ALL ORDER BY block",
        )
        assert found == [(1, "aave_v3", 100, 4, 1), (1, "aave_v3", 101, 4, 1)]


class TestAgain:
    def test_the_same_content_changes_nothing(self, tmp_path: Path) -> None:
        first, _ = written(tmp_path, tmp_path / "out")
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
        again, is_new = written(tmp_path, tmp_path / "out")
        assert (again, is_new) == (first, False)
        assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before

    def test_other_content_is_refused_and_what_is_there_stays(self, tmp_path: Path) -> None:
        written(tmp_path, tmp_path / "out")
        before = below(tmp_path / "out")
        with pytest.raises(SnapshotError, match=r"holds block 100 of chain 1 already, with other content in accounts"):
            written(tmp_path, tmp_path / "out", watch_below=2.0)
        assert below(tmp_path / "out") == before
        assert check_archive(str(tmp_path / "out")).faults == []

    def test_another_format_and_another_hash_are_refused(self, tmp_path: Path) -> None:
        written(tmp_path, tmp_path / "out")
        with pytest.raises(SnapshotError, match="as parquet of schema version 1: choose another --out"):
            written(tmp_path, tmp_path / "out", FileFormat.CSV)
        path = tmp_path / "out/manifests/chain_id=1/block=100/manifest.json"
        path.write_text(path.read_text().replace(BLOCK.hash, "0x" + "ab" * 32))
        with pytest.raises(SnapshotError, match="with another hash"):
            written(tmp_path, tmp_path / "out")

    def test_a_snapshot_that_lost_a_file_is_written_again(self, tmp_path: Path) -> None:
        first, _ = written(tmp_path, tmp_path / "out")
        (tmp_path / "out" / first.tables["markets"].files[0].path).unlink()
        again, is_new = written(tmp_path, tmp_path / "out")
        assert is_new
        assert again.content == first.content
        assert check_archive(str(tmp_path / "out")).faults == []


def full(_: Counted, __: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


class TestFailures:
    def test_a_full_disk_is_one_line_and_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Counted, "write", full)
        with pytest.raises(SnapshotError, match=r"cannot write the snapshot at .*: no space left on device"):
            written(tmp_path, tmp_path / "out")
        assert below(tmp_path / "out") == []

    @pytest.mark.parametrize("crash", [KeyboardInterrupt, OSError, ZeroDivisionError])
    def test_a_crash_before_the_last_table_leaves_nothing(self, tmp_path: Path, crash: type[BaseException]) -> None:
        class Rows(list[Row]):
            def __iter__(self) -> Iterator[Row]:
                raise crash

        with pytest.raises((crash, SnapshotError)):
            written(tmp_path, tmp_path / "out", liquidations=Rows())
        assert below(tmp_path / "out") == []

    @pytest.mark.parametrize("survived", [0, 1, 3, 5])
    def test_a_crash_while_names_are_given_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
    ) -> None:
        monkeypatch.setattr(Target, "move", dies_after(survived))
        with pytest.raises(KeyboardInterrupt):
            written(tmp_path, tmp_path / "out")
        assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []

    def test_what_a_killed_process_left_is_no_snapshot_and_is_replaced(self, tmp_path: Path) -> None:
        manifest, _ = written(tmp_path, tmp_path / "out")
        for path in (tmp_path / "out").rglob("manifest.json"):
            path.unlink()
        with pytest.raises(SnapshotError, match="holds no snapshot"):
            check_archive(str(tmp_path / "out"))
        left = tmp_path / "out/_writing/chain_id=1-block=100/accounts/half"
        left.parent.mkdir(parents=True)
        left.write_text("half")
        again, is_new = written(tmp_path, tmp_path / "out")
        assert is_new
        assert again.content == manifest.content
        assert not left.exists()
        assert check_archive(str(tmp_path / "out")).faults == []

    def test_targets_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(SnapshotError, match="cannot write the snapshot"):
            written(tmp_path, tmp_path / "file")
        with pytest.raises(SnapshotError, match=r"--out nowhere: .*not known"):
            written(tmp_path, "nowhere://bucket/x")
        with pytest.raises(SnapshotError, match="are patterns there"):
            written(tmp_path, "memory://archive*")
        with pytest.raises(SnapshotError, match="s3:// needs another package: install s3fs"):
            written(tmp_path, "s3://bucket/x")

    def test_any_filesystem_of_fsspec(self, tmp_path: Path) -> None:
        memory = fsspec.filesystem("memory")
        manifest, _ = written(tmp_path, "memory://archive/x")
        try:
            assert check_archive("memory://archive/x").faults == []
            assert manifest.content == written(tmp_path, tmp_path / "out")[0].content
            assert not [path for path in memory.find("/archive") if "_writing" in path]
        finally:
            memory.rm("/archive", recursive=True)


def dies_after(moves: int) -> Callable[[Target, str, str], None]:
    """A `move` that is interrupted after so many moves."""
    usual, done = Target.move, iter(range(moves))

    def move(self: Target, old: str, new: str) -> None:
        if next(done, None) is None:
            raise KeyboardInterrupt
        usual(self, old, new)

    return move


def test_a_store_with_another_order_of_rows_gives_the_same_content(tmp_path: Path) -> None:
    manifest, _ = written(tmp_path, tmp_path / "out")
    write_store(f"sqlite:///{tmp_path}/other.db", changes_of()[::-1])
    with opened(tmp_path, "other") as snapshot:
        assert snapshot.ref == BLOCK
    path = tmp_path / "indexer.db"
    path.unlink()
    (tmp_path / "other.db").rename(path)
    assert written(tmp_path, tmp_path / "again")[0].content == manifest.content
