"""A small archive: the store of `stored.py` as snapshots, with answers that other tables are made from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from indexer.evm import BlockRef
from indexer.reports.export.columns import Table
from indexer.reports.export.files import FileFormat
from indexer.reports.export.manifest import Manifest
from indexer.reports.export.schema import DEPLOYMENTS, LIQUIDATIONS, SOLVENCY, TABLES
from indexer.reports.export.source import Given
from indexer.reports.export.write import write_snapshot
from indexer.reports.face import Reader
from indexer.reports.snapshot import Snapshot
from indexer.store import BlockRecord, Store
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.stored import BLOCK, changes_of, write_store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@contextmanager
def opened(folder: Path, name: str = "indexer", **asked: Any) -> Iterator[Snapshot]:
    """The block of a store, written when it is not there yet."""
    path = folder / f"{name}.db"
    url = f"sqlite:///{path}"
    if not path.exists():
        write_store(url, changes_of())
    with Reader(url) as reader, reader.snapshot(**asked) as snapshot:
        yield snapshot


def written(
    folder: Path, out: str | Path, form: FileFormat = FileFormat.PARQUET, given: Given | None = None, **asked: Any
) -> tuple[Manifest, bool]:
    """The store's block as a snapshot in `out`."""
    with opened(folder, **asked) as snapshot:
        return write_snapshot(snapshot, str(out), NOON, form=form, given=given)


def go_on(folder: Path) -> None:
    """One more block in the store, read fully, in which nothing changes."""
    later = BlockRef(BLOCK.number + 1, "0x" + "65" * 32, BLOCK.hash, BLOCK.timestamp + 12)
    with Store.open(f"sqlite:///{folder}/indexer.db") as store:
        store.commit([BlockRecord(later, True, [])], later)


def sql(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What DuckDB alone answers; `@` stands for the folder, `{table}` for a table of an archive."""
    for name in (table.name for table in TABLES):
        query = query.replace(f"{{{name}}}", f"read_parquet('@/{name}/**/*.parquet', hive_partitioning = true)")
    with duckdb.connect() as connection:
        return connection.execute(query.replace("@", str(folder))).fetchall()


def row_of(table: Table, **values: Any) -> dict[str, Any]:
    """A row of a table, null where nothing is said."""
    return {"protocol": "aave_v3", **dict.fromkeys(column.name for column in table.columns), **values}


def solvency_of(rows: Mapping[str, Any]) -> Given:
    """Answers with one row each, of whatever figures."""
    market = row_of(SOLVENCY, deployment=DEPLOYMENT, revision="10", market="0xweth", asset="0xweth", **rows)
    whole = row_of(DEPLOYMENTS, deployment=DEPLOYMENT, revision="10", value_unit="usd_e8", accounts=4)
    happened = [
        row_of(
            LIQUIDATIONS, deployment=DEPLOYMENT, block_number=block, log_index=3, account="0xa", debt_asset="0xusdc",
            collateral_asset="0xweth", debt_repaid=str(block * 10**6), debt_symbol="USDC", debt_repaid_usd=float(block),
        )
        for block in (99, 12)
    ]  # fmt: skip
    return Given(lambda _: {"solvency": [market], "deployments": [whole]}, lambda _: happened)
