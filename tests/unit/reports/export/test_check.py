"""A check sees every byte that is not the manifest's, and rows that are not the block's."""

import json
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from indexer.reports.export.check import check_archive
from indexer.reports.export.target import Target
from tests.unit.reports.export.made import written

ACCOUNTS = "accounts/chain_id=1/protocol=aave_v3/block=100/part-0.parquet"
MANIFEST = "manifests/chain_id=1/block=100/manifest.json"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    written(tmp_path, tmp_path / "out")
    return tmp_path / "out"


def faults(archive: Path) -> list[tuple[int | None, str, str]]:
    return [(fault.block, fault.path, fault.what) for fault in check_archive(str(archive)).faults]


def test_a_sound_archive(archive: Path) -> None:
    checked = check_archive(str(archive))
    assert (checked.snapshots, checked.files, checked.rows, checked.faults) == (1, 8, 16, [])


def test_a_file_that_is_gone_broken_or_of_nobody(archive: Path) -> None:
    (archive / ACCOUNTS).unlink()
    stray = archive / "markets/chain_id=1/protocol=aave_v3/block=99/part-0.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    (archive / "notes.txt").write_text("not ours")
    found = faults(archive)
    assert [(path, what.partition(":")[0]) for _, path, what in found] == [
        (ACCOUNTS, "it is not there"),
        (str(stray.relative_to(archive)), "no manifest names it"),
    ]
    (archive / ACCOUNTS).write_bytes(b"nothing that is Parquet")
    whats = [what for _, path, what in faults(archive) if path == ACCOUNTS]
    assert whats[0] == "its sha256 is not the manifest's"
    assert whats[1].startswith("it cannot be read")


@pytest.mark.parametrize(("column", "value"), [("owner", "0xthief"), ("debt_value", "1"), ("state", "healthy")])
def test_a_changed_row_is_seen_even_where_the_file_hash_was_mended(archive: Path, column: str, value: str) -> None:
    table = pq.read_table(archive / ACCOUNTS, partitioning=None)
    values = [value, *table[column].to_pylist()[1:]]
    field = table.schema.field(column)
    table = table.set_column(table.schema.get_field_index(column), field, [values])
    pq.write_table(table, archive / ACCOUNTS)
    mend(archive)
    assert faults(archive) == [(100, "accounts", "its content hash, made again from the rows, is not the manifest's")]


def test_another_encoding_of_the_same_rows_has_the_same_content(archive: Path) -> None:
    table = pq.read_table(archive / ACCOUNTS, partitioning=None)
    pq.write_table(table, archive / ACCOUNTS, compression="none", row_group_size=1)
    mend(archive)
    assert faults(archive) == []


def test_a_manifest_that_is_none(archive: Path) -> None:
    (archive / MANIFEST).write_text("{}")
    found = faults(archive)
    assert found[0][1] == MANIFEST
    assert "is no manifest of a snapshot" in found[0][2]


def mend(archive: Path) -> None:
    """Give the manifest the file's hash."""
    said = json.loads((archive / MANIFEST).read_text())
    (file,) = said["tables"]["accounts"]["files"]
    file["sha256"], file["bytes"] = Target(str(archive)).sha256(ACCOUNTS)
    (archive / MANIFEST).write_text(json.dumps(said))
