"""The table of liquidations."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, WARNING, note, stacked, table, title
from indexer.reports.text import NOTHING, bps, dollars, harmless, moment, short, symbol, units

Row = dict[str, Any]
_NUMBERS = ("repaid", "seized", "$", "bonus", "bad debt", "open for")
_COLUMNS = ("block", "when", "deployment", "account", *_NUMBERS, "kind", "by")


def draw_liquidations(answer: Row) -> RenderableType:
    """One table, newest first."""
    rows = answer["liquidations"]
    if not rows:
        return stacked(title("liquidations", answer), note("no liquidation"))
    made = table(_COLUMNS, right=("block", *_NUMBERS), keep=("account",))
    for row in rows:
        made.add_row(*_cells(row))
    more = answer["next_after"] is not None
    footer = f"{len(rows):,} liquidations" + (", and perhaps more before them: raise --limit" if more else "")
    return stacked(title("liquidations", answer), made, note(footer, WARNING if more else DIM))


def _cells(row: Row) -> tuple[Text, ...]:
    lost = row["bad_debt"] not in (None, "0")
    blocks = row["liquidatable_blocks"]
    return (
        Text(f"{row['block_number']:,}"),
        Text(moment(row["block_timestamp"]), style=DIM),
        Text(harmless(row["deployment"])),
        Text(short(row["account"])),
        Text(_amount(row, "debt", row["debt_repaid"])),
        Text(_seized(row)),
        Text(dollars(row["collateral_seized_usd"])),
        Text(NOTHING if row["bonus_bps"] is None else bps(row["bonus_bps"])),
        Text(_amount(row, "debt", row["bad_debt"]) if lost else NOTHING, style="bold magenta" if lost else DIM),
        Text(NOTHING if blocks is None else f"{blocks:,} blocks"),
        Text(row["kind"].replace("_", " "), style=DIM),
        Text(NOTHING if row["liquidator"] is None else short(row["liquidator"]), style=DIM),
    )


def _seized(row: Row) -> str:
    if row["collateral_seized"] is None and row["receipt_seized"] is not None:
        return f"{int(row['receipt_seized']):,} of {short(row['receipt_asset'])}"
    return _amount(row, "collateral", row["collateral_seized"])


def _amount(row: Row, side: str, raw: str | None) -> str:
    asset = row[f"{side}_asset"]
    if asset is None or raw is None:
        return NOTHING
    return f"{units(raw, row[f'{side}_decimals'])} {symbol(row[f'{side}_symbol'], asset)}"
