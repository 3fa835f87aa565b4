"""One file of a table, written batch by batch: Parquet row groups or lines of CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from typing import Protocol

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from indexer.reports.cells import cell
from indexer.reports.export.columns import PLACE, Row, Table, arrays
from indexer.reports.export.target import Counted

BATCH = 16_384
"""Rows of one row group: so many are in memory at once."""


class FileFormat(StrEnum):
    """How the files of a snapshot are written."""

    PARQUET = "parquet"
    CSV = "csv"


class Batches(Protocol):
    """Takes rows, as their columns have them, by the batch."""

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows by the batch."""
    while batch := list(islice(rows, BATCH)):
        yield batch


class _Parquet:
    def __init__(self, writer: pq.ParquetWriter, table: Table, place: Row) -> None:
        self._writer, self._table, self._place = writer, table, place

    def write(self, rows: Sequence[Row]) -> None:
        placed = arrays(PLACE, [self._place] * len(rows))
        columns = [*placed, *arrays(self._table.columns, rows)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._writer.schema))


class _Csv:
    def __init__(self, file: Counted, table: Table, place: Row) -> None:
        self._file, self._table, self._place = file, table, place
        self._names = [field.name for field in table.schema()]
        self._line([self._names])

    def write(self, rows: Sequence[Row]) -> None:
        digits = [name.removesuffix("_float") for name in self._names]
        self._line(
            [
                cell(whole[name] if name in whole else _float(whole[origin]))
                for name, origin in zip(self._names, digits, strict=True)
            ]
            for whole in ({**self._place, **row} for row in rows)
        )

    def _line(self, rows: Iterator[list[str]] | Sequence[Sequence[str]]) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        self._file.write(out.getvalue().encode())


def _float(digits: object) -> float | None:
    return None if digits is None else float(int(str(digits)))


@contextmanager
def opened(file: Counted, form: FileFormat, table: Table, place: Row, about: Mapping[str, str]) -> Iterator[Batches]:
    """Write a table into a file; `about` stands in the footer of Parquet."""
    if form is FileFormat.CSV:
        yield _Csv(file, table, place)
        return
    schema = table.schema().with_metadata({"table": table.name, "description": table.about, **about})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        yield _Parquet(writer, table, place)
