"""The lists of accounts: at-risk and accounts."""

from collections import Counter
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, STATE_STYLES, WARNING, note, stacked, state_text, table, title
from indexer.reports.text import bps, day, dollars, harmless, health_factor, percent, short, symbol, units, usd

Row = dict[str, Any]
_COLUMNS = ("account", "deployment", "state", "health", "collateral", "debt", "best liquidation")
_NUMBERS = ("health", "collateral", "debt")


def draw_at_risk(answer: Row) -> RenderableType:
    """The watch list, worst first, with what a liquidator gets and what the next block changes."""
    rows = answer["accounts"]
    projected = any("projection" in row for row in rows)
    last = "what it takes" if projected else "best liquidation"
    made = table((*_COLUMNS[:-1], last), right=_NUMBERS, keep=("account", "deployment", "state"))
    for row in rows:
        made.add_row(*_cells(row), _takes(row) if projected and not row["liquidation"] else best_pair(row))
    shown = made if rows else note("nobody is at risk", "green")
    return stacked(title("at-risk", answer), shown, _footer(answer), _stale(rows))


def draw_accounts(answer: Row) -> RenderableType:
    """Everyone with a position."""
    made = table(_COLUMNS[:-1], right=_NUMBERS, keep=("account", "deployment", "state"))
    for row in answer["accounts"]:
        made.add_row(*_cells(row))
    states = Counter(row["state"] for row in answer["accounts"])
    counted = " · ".join(f"{states[state]:,} {state.replace('_', ' ')}" for state in STATE_STYLES if states[state])
    counts = note(counted or "no account has a position")
    return stacked(title("accounts", answer), made, counts, _stale(answer["accounts"]))


def best_pair(row: Row) -> Text:
    """The best liquidation pair: what is repaid, what it gives, or what forbids it."""
    terms = row["liquidation"]
    if not terms:
        return Text("no collateral left" if row["state"] == "bad_debt" else "", style=DIM)
    term = terms[0]
    debt = symbol(term["debt_symbol"], term["debt_asset"])
    collateral = symbol(term["collateral_symbol"], term["collateral_asset"])
    shown = Text(f"{units(term['max_debt_to_cover'], term['debt_decimals'], 2)} {debt} → {collateral}")
    if term["allowed"]:
        gain = term["gross_bonus_usd"]
        shown.append("\n" + (kind_of(term) if gain is None else f"+${usd(gain)}"), style="green")
        shown.append("" if term["bonus_bps"] is None else f" ({bps(term['bonus_bps'])})", style=DIM)
    else:
        shown.append(f"\nforbidden: {', '.join(term['gates'])}".replace("_", " "), style=WARNING)
    return shown


def kind_of(term: Row) -> str:
    """How the liquidator is paid, in a word."""
    return str(term["kind"]).replace("_", " ")


def _cells(row: Row) -> tuple[Text, Text, Text, Text, Text, Text]:
    state = state_text(row)
    if row["stale_feeds"]:
        state.append(" *", style=WARNING)
    return (
        Text(short(row["account"])),
        Text(harmless(row["deployment"]), style=DIM),
        state,
        _health(row),
        Text(dollars(row["collateral_usd"])),
        Text(dollars(row["debt_usd"])),
    )


def _health(row: Row) -> Text:
    """The health factor, and under it the next block's where its state differs."""
    following = row["next_block"]
    shown = Text(health_factor(row["health_factor_wad"]), style=STATE_STYLES.get(row["state"], ""))
    if following["state"] not in (row["state"], "unknown"):
        style = STATE_STYLES.get(following["state"], "")
        shown.append(f"\n→ {health_factor(following['health_factor_wad'])}", style=style)
    return shown


def _takes(row: Row) -> Text:
    projection = row["projection"]
    if projection is None:
        return Text("")
    lines = []
    if projection["uniform_drop"] is not None:
        lines.append(f"collateral falls {percent(projection['uniform_drop'])}")
    if projection["interest_timestamp"] is not None:
        lines.append(f"interest: {day(projection['interest_timestamp'])}")
    return Text("\n".join(lines), style=DIM)


def _footer(answer: Row) -> Text:
    count, hidden = len(answer["accounts"]), answer["hidden_rows"]
    line = f"{count:,} account{'' if count == 1 else 's'}"
    return note(f"{line}; the filters hide {hidden:,} more" if hidden else f"{line}; the filters hide none")


def _stale(rows: list[Row]) -> Text | None:
    """The footnote of the stars: which feeds are old."""
    names = sorted({harmless(name) for row in rows for name in row["stale_feeds"]})
    if not names:
        return None
    return note(
        f"* priced by feeds older than their heartbeat, which the contract still uses: {', '.join(names)}", WARNING
    )
