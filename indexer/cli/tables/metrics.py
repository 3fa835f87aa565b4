"""What is measured of an account: ratios, distance and its likelihood, and what reaches a target."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, WARNING, note, stacked, table
from indexer.reports.text import NOTHING, health_factor, percent, symbol, units

Row = dict[str, Any]
_TARGETS = ("do", "amount", "health factor then")


def metrics_text(row: Row) -> Text | None:
    """Two lines; None without debt."""
    found = row["metrics"]
    if found["over_collateralization"] is None:
        return None
    parts = [
        f"beyond the debt {percent(found['over_collateralization'])}",
        f"after a haircut of {percent(found['haircut'], 0)}: {_number(found['haircut_ratio'])}",
        f"borrowed of what may be {percent(found['efficiency'])}",
    ]
    if found["diversification"] is not None:
        parts.append(f"collaterals, in effect {found['diversification']['effective_number']:.1f}")
    shown = Text(" · ".join(parts))
    if found["volatility"] is None:
        return shown.append(f"\nno volatility: {found['volatility_missing']}", style=DIM)
    likely = ", ".join(f"{name} {_likely(chance)}" for name, chance in found["liquidation_probability"].items())
    shown.append(
        f"\nvolatility {percent(found['volatility'], 1)} a year ± {percent(found['volatility_standard_error'], 1)}, by "
        f"{found['volatility_moves']:,} moves · after a bad day {_number(found['volatility_adjusted_ratio'])} · "
        f"liquidated within {likely}"
    )
    return shown


def targets_table(row: Row) -> RenderableType | None:
    """One line an asset; each alone reaches the target. None where no target was asked for."""
    if "target_health_factor_wad" not in row:
        return None
    head = Text(f"to reach a health factor of {health_factor(row['target_health_factor_wad'])}", style="bold")
    if row["repay_to_target"] is None:
        return stacked(head, note("nothing can be said about this account", WARNING))
    made = table(_TARGETS, right=_TARGETS[1:])
    for verb, name in (("repay", "repay_to_target"), ("or add", "add_to_target")):
        for each in row[name]:
            amount = "no amount of it does" if each["amount"] is None else _up(each["amount"], each["decimals"])
            made.add_row(
                Text(f"{verb} {symbol(each['symbol'], each['asset'])}"),
                Text(amount),
                Text(health_factor(each["health_factor_wad"])),
            )
    return stacked(head, made)


def _up(raw: str, decimals: int | None) -> str:
    """All digits: cut off, it would not reach the target."""
    return units(raw, decimals, decimals or 0)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _likely(chance: float) -> str:
    return "<0.01 %" if 0 < chance < 1e-4 else percent(chance)
