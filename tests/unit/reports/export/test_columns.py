"""One type a column for ever: what fits stands exactly, what a type cannot be is null, digits have a float beside."""

from pathlib import Path

import pytest

from indexer.reports.export.columns import Column, Kind, Row, Table
from indexer.reports.export.content import ContentHash
from indexer.reports.export.files import FileFormat, opened
from indexer.reports.export.target import Target
from tests.unit.reports.export.made import sql

EDGES = (0, 1, -1, 2**63 - 1, 2**63, 10**38 - 1, 10**38, 2**128, 2**256 - 1, -(2**255))
TABLE = Table(
    "edges",
    "every kind",
    ("n",),
    (
        Column("n", Kind.INT64, "order"),
        Column("digits", Kind.DIGITS, "any integer"),
        Column("decimal", Kind.DECIMAL38, "up to 10**38"),
        Column("small", Kind.INT64, "64 bits"),
        Column("real", Kind.FLOAT, "float"),
        Column("flag", Kind.FLAG, "flag"),
        Column("text", Kind.TEXT, "text"),
    ),
)
PLACE = {"snapshot_block": 1, "snapshot_hash": "0x01", "snapshot_timestamp": 2}


def rows() -> list[dict[str, object]]:
    made = [
        {"n": n, "digits": str(v), "decimal": v, "small": v, "real": v, "flag": n % 2 == 0, "text": "'\n=,é"}
        for n, v in enumerate(EDGES)
    ]
    nothing = dict.fromkeys(("digits", "decimal", "small", "real", "flag", "text"))
    return [TABLE.normal(row) for row in [*made, {"n": len(EDGES), **nothing}]]


def write(folder: Path, table: Table, *batches: list[Row]) -> None:
    target = Target(str(folder))
    with target.create("part-0.parquet") as file, opened(file, FileFormat.PARQUET, table, PLACE, {}) as out:
        for batch in batches:
            out.write(batch)


def test_integers_at_the_edges_come_back_from_parquet_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, TABLE, rows()[:4], rows()[4:])
    query = "SELECT digits, digits_float, decimal::VARCHAR, small, real, flag, text FROM '@/*.parquet' ORDER BY n"
    found = sql(tmp_path, query)
    assert [row[0] for row in found] == [*map(str, EDGES), None]
    assert [row[1] for row in found] == [row[4] for row in found] == [*map(float, EDGES), None]
    assert [row[2] for row in found] == [*(str(v) if abs(v) < 10**38 else None for v in EDGES), None]
    assert [row[3] for row in found] == [*(v if abs(v) < 2**63 else None for v in EDGES), None]
    assert [row[6] for row in found] == ["'\n=,é"] * len(EDGES) + [None]
    assert sql(tmp_path, "SELECT sum(digits::BIGNUM)::VARCHAR FROM '@/*.parquet'") == [(str(sum(EDGES)),)]


@pytest.mark.parametrize(("kind", "type_"), [(Kind.DECIMAL38, "DECIMAL(38,0)"), (Kind.DIGITS, "VARCHAR")])
def test_a_type_does_not_depend_on_the_data(tmp_path: Path, kind: Kind, type_: str) -> None:
    table = Table("one", "one column", ("v",), (Column("v", kind, "value"),))
    for name, values in (("null", [None]), ("small", [1]), ("none", [])):
        write(tmp_path / name, table, [table.normal({"v": value}) for value in values])
        assert sql(tmp_path / name, "DESCRIBE SELECT v FROM '@/*.parquet'")[0][1] == type_
    assert sql(tmp_path, "SELECT count(*), count(v) FROM '@/*/*.parquet'") == [(2, 1)]


def test_the_content_is_the_same_from_integers_and_from_their_digits() -> None:
    def digest(row: dict[str, object]) -> str:
        content = ContentHash()
        content.begin("edges", 1, "p", 5, "0x01", columns=TABLE.content_columns)
        content.add(row)
        return content.hexdigest()

    row = {"n": 1, "digits": "5", "decimal": 5, "small": 5, "flag": True, "text": "é", "real": 5.0}
    assert TABLE.content_columns == ("n", "digits", "decimal", "small", "flag", "text")
    assert digest(row) == digest({**row, "digits": 5, "decimal": "5", "real": 6.0})
    assert digest(row) != digest({**row, "small": None})
    assert digest(row) != digest({**row, "flag": False})


def test_a_row_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(KeyError):
        TABLE.normal({"n": 1})
