"""`verify` finds what is wrong, and says where."""

import sqlite3
from pathlib import Path

import pytest

from tests.e2e.command import Indexer

pytestmark = pytest.mark.node

A_POSITION = """
    SELECT state.entity_id, state.field_id, state.value, entity.account FROM state
    JOIN entity ON entity.id = state.entity_id JOIN field ON field.id = state.field_id
    JOIN token ON token.address = entity.market
    WHERE entity.account <> '' AND field.name = ? AND token.symbol = ? AND entity.deployment = ?
    ORDER BY state.value DESC LIMIT 1
"""


def plant_one_wei(database: Path, side: str, symbol: str, deployment: str) -> str:
    """Add 1 to somebody's position in the stored state; whose."""
    with sqlite3.connect(database) as connection:
        entity, field, value, account = connection.execute(A_POSITION, (side, symbol, deployment)).fetchone()
        wrong = (int.from_bytes(value, "big") + 1).to_bytes(32, "big")
        connection.execute("UPDATE state SET value = ? WHERE entity_id = ? AND field_id = ?", (wrong, entity, field))
    connection.close()
    return str(account)


def test_everyone_agrees_and_is_then_known_as_verified(own: Indexer) -> None:
    ran = own.run("verify", "--all", "--format", "json")
    assert ran.code == 0, ran.err
    answer = ran.answer
    assert answer["mismatches"] == []
    assert answer["fields_compared"] == sum(row["fields"] for row in answer["verify"]) > 1_500
    assert {row["deployment"]: row["revision"] for row in answer["verify"]} == {
        "aave_v3_legacy": "1",
        "aave_v3_main": "10",
    }
    rows = own.run("at-risk", "--format", "json").answer["accounts"]
    assert {row["verified_block"] for row in rows if row["state"] != "unknown"} == {answer["block_number"]}


@pytest.mark.parametrize("deployment", ["aave_v3_legacy", "aave_v3_main"])
@pytest.mark.parametrize(
    ("side", "symbol"), [("debt", "USDC"), ("debt", "WETH"), ("supply", "WETH"), ("supply", "WBTC")]
)
def test_one_wei_is_found_and_named(own: Indexer, own_database: Path, side: str, symbol: str, deployment: str) -> None:
    victim = plant_one_wei(own_database, side, symbol, deployment)
    ran = own.run("verify", "--all", "--format", "json")
    assert ran.code == 1
    assert {row["account"] for row in ran.answer["mismatches"]} == {victim}
    wrong = next(row for row in ran.answer["mismatches"] if row["field"] == f"scaled_{side}")
    assert int(wrong["ours"]) == int(wrong["contract"]) + 1
    assert victim in ran.err
    table = own.run("verify", "--all", "--format", "table")
    assert table.code == 1
    assert victim in table.out


def test_all_and_sample_exclude_each_other(own: Indexer) -> None:
    ran = own.run("verify", "--all", "--sample", "3")
    assert ran.code == 2
    assert "exclude each other" in ran.error
