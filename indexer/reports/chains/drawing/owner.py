"""One owner's chain: his positions with their states, and what of their debts may be collateral again."""

from typing import Any

from indexer.reports.chains.drawing.diagram import (
    MOST_ARROWS,
    Answer,
    Arrow,
    Box,
    Diagram,
    Words,
    box_name,
    money,
    notes,
    subtitle,
    widths,
)
from indexer.reports.chains.styles import CIRCULAR, INK, QUIET, RECEIPT, REUSE, WARNING, colour_of, tint_of
from indexer.reports.text import harmless, health_factor, short, symbol, units

Row = dict[str, Any]
_MOST_TOKENS = 4
_MEANINGS = {
    REUSE: "from where it is borrowed to where it is collateral",
    RECEIPT: "from the market that issues a receipt to where it is collateral",
    CIRCULAR: "borrowed, and the debt comes round",
    WARNING: "borrowed, and the chain is at risk or unknown",
}


def owner_diagram(answer: Answer) -> Diagram:
    """The chains of the one owner among the rows."""
    rows = answer["chains"]
    drawn = rows[:MOST_ARROWS]
    boxes = {key: box for row in drawn for end in ("source", "target") for key, box in [_box(row, row[end])]}
    largest = max((row["high_usd"] or 0.0 for row in drawn), default=0.0)
    used = {_colour(row) for row in drawn}
    return Diagram(
        f"Collateral chain of {rows[0]['owner']}",
        subtitle(answer),
        tuple(boxes.values()),
        tuple(_arrow(row, largest) for row in drawn),
        tuple((colour, meaning) for colour, meaning in _MEANINGS.items() if colour in used),
        notes(answer, len(drawn), len(rows) - len(drawn), "chains are"),
    )


def _key(side: Row) -> str:
    """A position, or for a receipt the market that issued it."""
    of = ("market", side["market"]) if side["account"] is None else ("position", side["position"])
    return "\0".join((side["deployment"], *of))


def _box(row: Row, side: Row) -> tuple[str, Box]:
    lines = [Words(box_name(side["deployment"]), 10.5, bold=True)]
    if side["account"] is None:
        lines.append(Words(f"issues {_name(row['tokens'][-1])}" if row["tokens"] else "issuer", 8, QUIET))
    else:
        if side["account_market"] is not None:
            lines.append(Words(f"market {harmless(short(side['account_market']))}", 8, QUIET))
        if side["account"] != row["owner"]:
            lines.append(Words(f"account {harmless(short(side['account']))}", 8, QUIET))
        lines.append(Words(_health(side), 8.5, colour_of(side["state"]), bold=True))
    return _key(side), Box(_key(side), tuple(lines), colour_of(side["state"]), tint_of(side["state"]))


def _health(side: Row) -> str:
    state = side["state"].replace("_", " ")
    if side["reason"] is not None:
        return f"{state}: {side['reason'].replace('_', ' ')}"
    return (
        state
        if side["health_factor_wad"] is None
        else f"{state}, health factor {health_factor(side['health_factor_wad'])}"
    )


def _arrow(row: Row, largest: float) -> Arrow:
    proven, possible = widths(row["low_usd"], row["high_usd"], largest)
    if row["low_usd"] is None and row["low"] is not None and row["low"] == row["high"]:
        proven, possible = possible, 0.0
    colour = _colour(row)
    below = [Words(_amounts(row), 7.5, INK)]
    flags = ", ".join(flag.replace("_", " ") for flag in dict.fromkeys(row["flags"]))
    if flags:
        below.append(Words(flags, 7.5, colour if colour in (WARNING, CIRCULAR) else QUIET, bold=True))
    return Arrow(
        _key(row["source"]),
        _key(row["target"]),
        (Words(_way(row), 8.5, bold=True),),
        tuple(below),
        proven,
        possible,
        colour,
    )


def _amounts(row: Row) -> str:
    """At most so much, and how much of it is proven; a dollar figure where there is one."""
    if row["high"] is None:
        return "amount unknown: a rate cannot be read"
    most = f"{units(row['high'], row['decimals'])} {symbol(row['symbol'], row['asset'])}"
    most += f" ({money(row['high_usd'])})" if row["high_usd"] is not None else " (no price)"
    if row["low"] == row["high"]:
        return f"{most}, certain" if row["kind"] == "receipt" else f"{most}, all proven"
    if row["low"] in (None, "0"):
        return f"at most {most}, nothing proven"
    return f"at most {most}, proven {units(row['low'], row['decimals'])}"


def _way(row: Row) -> str:
    names = [_name(token) for token in row["tokens"]]
    if len(names) > _MOST_TOKENS:
        names = [names[0], "…", *names[-2:]]
    return " → ".join(names)


def _name(token: Row) -> str:
    return symbol(token["symbol"], token["asset"])


def _colour(row: Row) -> str:
    if row["kind"] == "receipt":
        return RECEIPT
    if "chain_at_risk" in row["flags"] or "chain_unknown" in row["flags"]:
        return WARNING
    return CIRCULAR if "circular" in row["flags"] else REUSE
