"""Solvency for people: the protocols, their markets, who owes most. Unknown debt has a column of its own."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, STATE_STYLES, WARNING, note, stacked, table, title
from indexer.reports.text import NOTHING, harmless, health_factor, percent, short, short_dollars, symbol, units

Row = dict[str, Any]
_STATES = ("at_risk", "liquidatable", "bad_debt")
_SICK = ("at risk", "liquidatable", "bad debt", "unknown")
_DEPLOYMENTS = ("protocol", "collateral", "debt", "ratio", *_SICK)
_MARKETS = ("market", "supplied", "borrowed", "use", "at threshold", *_SICK)
_BORROWERS = ("owner", "debt", "collateral", "health factor", "state", "worst account on")


def draw_solvency(answer: Row) -> RenderableType:
    """Protocols first, then one table a deployment with its markets, then the largest borrowers."""
    rows = answer["solvency"]
    parts: list[RenderableType | None] = [title("solvency", answer), _deployments(answer["deployments"])]
    for name, revision in dict.fromkeys((row["deployment"], row["revision"]) for row in rows):
        made = table(_MARKETS, right=_MARKETS[1:], keep=("market",))
        for row in rows:
            if row["deployment"] == name and _is_used(row):
                made.add_row(*_market(row))
        parts += [Text(f"{harmless(name)} · revision {harmless(revision)}", style="bold"), made]
    parts += [_borrowers(answer["top_borrowers"]), _footer(answer["totals"])]
    return stacked(*parts)


def _deployments(rows: list[Row]) -> RenderableType | None:
    if not rows:
        return note("no account yet")
    made = table(_DEPLOYMENTS, right=_DEPLOYMENTS[1:], keep=("protocol",))
    for row in rows:
        made.add_row(
            Text(harmless(row["deployment"]) + ("" if row["value_symbol"] is None else f" in {_unit(row)}")),
            Text(_worth(row, "collateral_usd", "collateral_value")),
            Text(_worth(row, "debt_usd", "debt_value")),
            Text(percent(row["collateralization_ratio"], 0)),
            *(_sick(state, _worth(row, f"{state}_usd", f"debt_value_{state}")) for state in _STATES),
            _unknown(row),
        )
    return made


def _market(row: Row) -> tuple[Text, ...]:
    return (
        Text(symbol(row["symbol"], row["market"])),
        Text(_amount(row, "supplied", "decimals")),
        Text(_amount(row, "borrowed", "borrowed_decimals")),
        Text(percent(row["utilisation"], 0)),
        Text(short_dollars(row["collateral_at_threshold_usd"])),
        *(_sick(state, _amount(row, f"debt_{state}", "borrowed_decimals")) for state in _STATES),
        _sick("unknown", _amount(row, "debt_unknown", "borrowed_decimals")),
    )


def _is_used(row: Row) -> bool:
    amounts = any(row[name] not in (None, "0") for name in ("supplied", "borrowed", "bad_debt"))
    return amounts or bool(row["suppliers"] or row["borrowers"])


def _amount(row: Row, name: str, decimals: str) -> str:
    """Dollars where they are known, else whole tokens."""
    known = row.get(f"{name}_usd")
    return short_dollars(known) if known is not None else units(row[name], row[decimals], 0)


def _worth(row: Row, in_usd: str, in_unit: str) -> str:
    """What is known of it; no zero where nothing is."""
    if row["unknown"] and row["unknown"] == row["borrowers"]:
        return NOTHING
    known = row[in_usd]
    return short_dollars(known) if known is not None else units(row[in_unit], row["value_decimals"], 0)


def _unit(row: Row) -> str:
    return symbol(row["value_symbol"], row["value_asset"])


def _sick(state: str, shown: str) -> Text:
    return Text("") if shown in ("$0.00", "0", NOTHING) else Text(shown, style=STATE_STYLES[state])


def _unknown(row: Row) -> Text:
    """How many accounts nothing is said about, and what they owe: they are in no other column."""
    count, owed = row["unknown_accounts"], row["debt_unknown_usd"]
    if not count:
        return Text("")
    return Text(
        f"{count:,}: " + ("debt unpriced" if owed is None else short_dollars(owed)), style=STATE_STYLES["unknown"]
    )


def _borrowers(rows: list[Row]) -> RenderableType | None:
    if not rows:
        return None
    made = table(_BORROWERS, right=_BORROWERS[1:4])
    for row in rows:
        made.add_row(
            Text(short(row["owner"])),
            Text(short_dollars(row["debt_usd"])),
            Text(short_dollars(row["collateral_usd"])),
            Text(health_factor(row["health_factor_wad"])),
            Text(row["state"].replace("_", " "), style=STATE_STYLES[row["state"]]),
            Text(harmless(row["deployment"])),
        )
    return stacked(Text("largest borrowers", style="bold"), made)


def _footer(totals: Row) -> RenderableType:
    ratio = totals["collateralization_ratio"]
    lines = [
        (
            f"in all: collateral of borrowers {short_dollars(totals['borrowers_collateral_usd'])}, debt "
            f"{short_dollars(totals['debt_usd'])}, ratio {NOTHING if ratio is None else percent(ratio, 0)}; "
            f"{totals['borrowers']:,} accounts with debt, "
            f"short of {short_dollars(totals['shortfall_usd'])}"
        )
    ]
    missing = totals["unknown_accounts"]
    if missing:
        lines.append(f"nothing can be said about {missing:,} accounts: their values are in no sum")
    if totals["without_dollars"]:
        names = ", ".join(harmless(name) for name in totals["without_dollars"])
        lines.append(f"no price in dollars, left out of these sums in dollars: {names}")
    return note("\n".join(lines), WARNING if len(lines) > 1 else DIM)
