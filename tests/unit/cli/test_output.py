"""CSV that no spreadsheet runs, tables that no symbol styles."""

import csv
import io

import pytest
from rich.console import RenderableType

from indexer.cli.output import Format, as_csv, rendered, show
from indexer.cli.tables.accounts import draw_at_risk
from indexer.cli.tables.frame import title

ANSWER = {
    "chain_id": 1,
    "block_number": 5,
    "block_hash": "0xaa",
    "block_timestamp": 1_700_000_000,
    "head_block": 7,
    "lag_blocks": 2,
    "finality": "latest",
}
TERM = {
    "debt_asset": "0x" + "11" * 20,
    "debt_symbol": "[red]X[/red]",
    "debt_decimals": 6,
    "collateral_asset": "0x" + "22" * 20,
    "collateral_symbol": "\x1b[2JY",
    "collateral_decimals": 18,
    "max_debt_to_cover": "5000000",
    "gross_bonus_usd": 1.5,
    "bonus_bps": 500,
    "allowed": True,
    "gates": [],
}
ROW = {
    "deployment": "d",
    "account": "0x" + "33" * 20,
    "state": "liquidatable",
    "reason": None,
    "health_factor_wad": str(10**18 - 1),
    "collateral_usd": 10.0,
    "debt_usd": 9.0,
    "stale_feeds": ["\x07bell"],
    "next_block": {"timestamp": 1, "state": "bad_debt", "health_factor_wad": "1"},
    "liquidation": [TERM],
}


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@sum", "\tx", "\rx"])
def test_a_formula_of_a_stranger_is_a_text(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([{"symbol": text}])))
    assert row["symbol"].startswith("'")
    assert "\r" not in row["symbol"]


def test_numbers_stay_numbers_and_nested_values_are_json() -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([{"a": "-12", "b": -0.5, "c": {"d": [1]}, "e": None, "f": True}])))
    assert (row["a"], row["b"], row["c"], row["e"], row["f"]) == ("-12", "-0.5", '{"d":[1]}', "", "true")


def test_rows_of_different_kinds_share_one_head() -> None:
    head, *_ = as_csv([{"a": 1}, {"b": 2}]).splitlines()
    assert head == "chain_id,block_number,block_hash,a,b"


def test_strangers_neither_style_a_table_nor_move_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    text = rendered(draw_at_risk({**ANSWER, "hidden_rows": 4, "accounts": [ROW]}))
    assert "[red]X[/red]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "0.999999" in text
    assert "the filters hide 4 more" in text


def test_a_title_tells_how_far_behind() -> None:
    text = rendered(title("at-risk", ANSWER))
    assert "block 5" in text
    assert "2 blocks behind" in text


def test_json_is_the_answer_itself(capsys: pytest.CaptureFixture[str]) -> None:
    def never(_: object) -> RenderableType:
        raise AssertionError("no table was asked for")

    show({"a": "1"}, [], Format.JSON, never)
    assert capsys.readouterr().out == '{"a":"1"}\n'
