"""The schema is pinned: whoever changes a column raises SCHEMA_VERSION, and this file with it."""

import json
from pathlib import Path

import pytest

from indexer.reports.export.columns import PLACE, Kind, Table
from indexer.reports.export.schema import SCHEMA_VERSION, TABLES

PINNED = json.loads((Path(__file__).parent / "schema.json").read_text())
PAGE = (Path(__file__).parents[4] / "docs" / "snapshots.md").read_text(encoding="utf-8")


def shown() -> dict[str, object]:
    """The schema as the pinned file has it: types, and in brackets what the content hash does not cover."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tables": {
            table.name: {
                "order": list(table.order),
                "columns": {
                    field.name: f"{field.type}" if field.metadata[b"content"] == b"yes" else f"({field.type})"
                    for field in table.schema()
                },
            }
            for table in TABLES
        },
    }


def test_the_schema_is_the_pinned_one() -> None:
    assert shown() == PINNED


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_types_are_few_and_every_column_is_described(table: Table) -> None:
    schema = table.schema()
    assert {str(field.type) for field in schema} <= {"string", "bool", "int64", "decimal128(38, 0)", "double"}
    assert all(field.metadata[b"description"] and field.nullable for field in schema)
    assert len(set(schema.names)) == len(schema.names)
    assert not {"chain_id", "protocol", "block"} & set(schema.names), "these are folders: a reader would have two"
    assert set(table.order) <= set(table.content_columns)


def test_floats_and_what_is_of_no_block_are_outside_the_content() -> None:
    for table in TABLES:
        for column in table.columns:
            assert column.in_content == (column.of_block and column.kind is not Kind.FLOAT)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_page_names_every_column(table: Table) -> None:
    section = PAGE.partition(f"\n### {table.name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    named = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
    assert named == [column.name for column in table.columns]
    assert all(f"`{column.name}`" in PAGE for column in PLACE)
