"""Chains for people: every edge on a line, then protocol on protocol."""

from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.cli.tables.frame import DIM, STATE_STYLES, WARNING, note, stacked, table, title
from indexer.reports.text import NOTHING, dollars, harmless, percent, short, symbol, units

Row = dict[str, Any]
_FLAG_STYLES = {"chain_at_risk": "bold red", "chain_unknown": "cyan", "circular": "yellow", "shared_feed": DIM}


def draw_chains(answer: Row) -> RenderableType:
    """The list, the sums, and what is not in them."""
    parts: list[RenderableType | None] = [title("chains", answer)]
    parts.append(chain_table(answer["chains"]) if answer["chains"] else note("no chain"))
    parts.append(_flag_paths(answer["chains"]))
    parts += [_dependencies(answer), _cycles(answer), _concentration(answer["concentration"])]
    if answer["hidden_rows"]:
        parts.append(note(f"{answer['hidden_rows']:,} more rows are hidden by the filters"))
    if answer["deployments_unknown"]:
        names = ", ".join(harmless(name) for name in answer["deployments_unknown"])
        parts.append(note(f"nothing can be said about {names}: their chains are missing here", WARNING))
    if answer["deployments_quarantined"]:
        names = ", ".join(harmless(name) for name in answer["deployments_quarantined"])
        parts.append(
            note(f"amounts of {names} are known to be wrong, and in these sums: see `indexer doctor`", WARNING)
        )
    return stacked(*parts)


def chain_table(rows: list[Row]) -> Table:
    """Edges, one a line: amounts in the base asset, and in dollars at most."""
    made = table(
        ("owner", "path", "proven", "at most", "$", "flags"), right=("proven", "at most", "$"), keep=("owner",)
    )
    for row in rows:
        name = symbol(row["symbol"], row["asset"])
        made.add_row(
            Text(short(row["owner"])),
            _path(row),
            Text(_amount(row["low"], row, ""), style="" if row["low"] not in (None, "0") else DIM),
            Text(_amount(row["high"], row, name)),
            Text(dollars(row["high_usd"])),
            _flags(row),
        )
    return made


def _amount(raw: str | None, row: Row, name: str) -> str:
    return NOTHING if raw is None else f"{units(raw, row['decimals'])} {name}".strip()


def _path(row: Row) -> Text:
    names = [symbol(token["symbol"], token["asset"]) for token in row["tokens"]]
    shown = Text()
    for place, name in enumerate((row["path"][0], *names, row["path"][-1])):
        end = place in (0, len(names) + 1)
        shown.append(" → " if place else "", style=DIM)
        shown.append(harmless(name) if end else name, style="" if end else DIM)
    for side, what in (("source", "borrower"), ("target", "collateral")):
        state = row[side]["state"]
        if state not in (None, "healthy"):
            shown.append(f"\n{what} {state.replace('_', ' ')}", style=STATE_STYLES.get(state, ""))
    return shown


def _flags(row: Row) -> Text:
    names = [Text(name.replace("_", " "), style=_FLAG_STYLES.get(name, "")) for name in dict.fromkeys(row["flags"])]
    if row["kind"] != "reuse":
        names.append(Text(row["kind"], style=DIM))
    return Text("\n").join(names)


def _flag_paths(rows: list[Row]) -> RenderableType | None:
    """The way of each serious flag, in words."""
    names = {token["asset"]: symbol(token["symbol"], token["asset"]) for row in rows for token in row["tokens"]}
    lines = [
        f"{short(row['owner'])}  {each['flag'].replace('_', ' ')}: "
        + " → ".join(names.get(part) or short(harmless(part)) for part in each["path"])
        for row in rows
        for each in row["flag_paths"]
        if each["flag"] in ("chain_at_risk", "chain_unknown")
    ]
    return Text("\n".join(lines), style=WARNING) if lines else None


def _dependencies(answer: Row) -> RenderableType | None:
    if not answer["dependencies"]:
        return None
    made = table(
        ("borrowed or issued by", "collateral on", "proven $", "at most $", "edges", "owners"),
        right=("proven $", "at most $", "edges", "owners"),
    )
    for row in answer["dependencies"]:
        made.add_row(
            Text(harmless(row["source"])),
            Text(harmless(row["target"])),
            Text(dollars(row["low_usd"])),
            Text(dollars(row["high_usd"])),
            Text(f"{row['edges']:,}"),
            Text(f"{row['owners']:,}"),
        )
    return stacked(Text("protocol on protocol", style="bold"), made)


def _cycles(answer: Row) -> RenderableType | None:
    lines = [
        " → ".join(harmless(name) for name in (*row["deployments"], row["deployments"][0]))
        + f"   gain {percent(row['gain'])}, at most {dollars(row['bottleneck_usd'])} can go round"
        for row in answer["cycles"]
    ]
    return stacked(Text("cycles", style="bold"), Text("\n".join(lines))) if lines else None


def _concentration(row: Row) -> RenderableType | None:
    if row["hhi_by_base"] is None:
        return None
    parts = (f"{name} {row[f'hhi_by_{name}']:.3f}" for name in ("base", "protocol", "feed") if row[f"hhi_by_{name}"])
    return note(f"concentration (HHI, 1 is all in one): {', '.join(parts)}")
