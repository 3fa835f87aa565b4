"""What a column of a snapshot may be, and how a value stands in it: one type for ever, whatever the data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

Row = dict[str, Any]
Value = None | bool | int | float | str
"""A cell: an integer where its type holds it, else its digits."""

_INT64 = 2**63
_DECIMAL38 = 10**38


class Kind(StrEnum):
    """How a column is stored (decision 018)."""

    TEXT = "text"
    FLAG = "flag"
    INT64 = "int64"
    """Counts, block numbers, Unix seconds, small contract types; null where a contract's word is no such thing."""
    DECIMAL38 = "decimal38"
    """decimal128(38, 0): integers whose ABI type ends below 10**38 (uint80); null where a word is no such thing."""
    DIGITS = "digits"
    """Integers up to 256 bits and beyond, as decimal digits; a column `…_float` stands beside."""
    FLOAT = "float"
    """For people: computed from the exact columns."""
    JSON = "json"
    """What differs from protocol to protocol, as JSON text with sorted keys."""

    @property
    def type(self) -> pa.DataType:
        """The type in Parquet."""
        return _TYPES[self]


_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.FLAG: pa.bool_(),
    Kind.INT64: pa.int64(),
    Kind.DECIMAL38: pa.decimal128(38, 0),
    Kind.DIGITS: pa.string(),
    Kind.FLOAT: pa.float64(),
    Kind.JSON: pa.string(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `of_block` False: it also depends on the settings, the program or the day, not on the block alone."""

    name: str
    kind: Kind
    about: str
    of_block: bool = True

    @property
    def in_content(self) -> bool:
        """Whether the content hash covers it: what is exact, and a function of the block."""
        return self.of_block and self.kind is not Kind.FLOAT

    def fields(self) -> list[pa.Field]:
        """The column in Parquet, and the float column beside digits."""
        content = "yes" if self.in_content else "no"
        found = [_field(self.name, self.kind, self.about, content)]
        if self.kind is Kind.DIGITS:
            found.append(_field(f"{self.name}_float", Kind.FLOAT, f"`{self.name}` as the nearest float", "no"))
        return found

    def normal(self, value: object) -> Value:
        """The value as this column has it; None for what its type cannot be."""
        if value is None or isinstance(value, bool):
            return value
        if self.kind is Kind.FLOAT:
            return float(str(value)) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
        if self.kind is Kind.INT64:
            return _within(int(str(value)), _INT64)
        if self.kind is Kind.DECIMAL38:
            return _within(int(str(value)), _DECIMAL38)
        return str(int(str(value))) if self.kind is Kind.DIGITS else str(value)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a snapshot. Rows stand in ascending `order`: texts by code point, null as an empty text."""

    name: str
    about: str
    order: tuple[str, ...]
    columns: tuple[Column, ...]
    by_protocol: bool = True
    """False: its rows are of no one protocol, and its files stand under `protocol=all`."""

    @property
    def content_columns(self) -> tuple[str, ...]:
        """The columns that the content hash covers, in their order."""
        return tuple(column.name for column in self.columns if column.in_content)

    def schema(self) -> pa.Schema:
        """The table in Parquet: which snapshot, then the columns."""
        fields = [*(field for column in PLACE for field in column.fields())]
        return pa.schema([*fields, *(field for column in self.columns for field in column.fields())])

    def normal(self, row: Row) -> Row:
        """A row as its columns have it. Raises KeyError when one is missing."""
        return {column.name: column.normal(row[column.name]) for column in self.columns}

    def place_of(self, row: Row) -> tuple[object, ...]:
        """What rows are ordered by."""
        return tuple("" if row[name] is None else row[name] for name in self.order)


PLACE = (
    Column("snapshot_block", Kind.INT64, "the snapshot's block", of_block=False),
    Column("snapshot_hash", Kind.TEXT, "its hash: one for every row of every table", of_block=False),
    Column("snapshot_timestamp", Kind.INT64, "its timestamp, Unix seconds, UTC", of_block=False),
)
"""Stands in every row. The content hash has it once, in its first line, not row by row."""


def arrays(columns: Iterable[Column], rows: Sequence[Row]) -> list[pa.Array]:
    """Normal rows by column, in the order of `fields`."""
    found = []
    for column in columns:
        values = [row[column.name] for row in rows]
        if column.kind is Kind.DECIMAL38:
            values = [None if value is None else Decimal(value) for value in values]
        found.append(pa.array(values, column.kind.type))
        if column.kind is Kind.DIGITS:
            found.append(pa.array([None if value is None else float(int(value)) for value in values], pa.float64()))
    return found


def _field(name: str, kind: Kind, about: str, content: str) -> pa.Field:
    return pa.field(name, kind.type, metadata={"description": about, "kind": kind.value, "content": content})


def _within(value: int, limit: int) -> int | None:
    return value if -limit < value < limit else None
