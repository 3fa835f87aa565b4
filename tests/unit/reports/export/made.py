"""A small archive: the store of `stored.py` as snapshots, with liquidations."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from indexer.evm import BlockRef
from indexer.reports.export.columns import Row
from indexer.reports.export.files import FileFormat
from indexer.reports.export.manifest import Manifest
from indexer.reports.export.schema import LIQUIDATIONS, TABLES
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
    folder: Path,
    out: str | Path,
    form: FileFormat = FileFormat.PARQUET,
    liquidations: Sequence[Row] = (),
    **asked: Any,
) -> tuple[Manifest, bool]:
    """The store's block as a snapshot in `out`."""
    with opened(folder, **asked) as snapshot:
        return write_snapshot(snapshot, liquidations, str(out), NOON, form=form)


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


def happened(**values: Any) -> list[Row]:
    """Two liquidations, newest first, null where nothing is said."""
    nothing = dict.fromkeys(column.name for column in LIQUIDATIONS.columns)
    same = {
        "protocol": "aave_v3", "deployment": DEPLOYMENT, "log_index": 3, "account": "0xa", "debt_asset": "0xusdc",
        "collateral_asset": "0xweth", "debt_symbol": "USDC",
    }  # fmt: skip
    return [
        {
            **nothing,
            **same,
            "block_number": block,
            "debt_repaid": str(block * 10**6),
            "debt_repaid_usd": float(block),
            **values,
        }
        for block in (99, 12)
    ]
