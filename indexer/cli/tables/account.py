"""One owner: positions, health, what it takes, terms; and `explain`, step by step."""

from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.cli.tables.chains import chain_table
from indexer.cli.tables.frame import DIM, STATE_STYLES, WARNING, note, stacked, state_text, table, title
from indexer.cli.tables.metrics import metrics_text, targets_table
from indexer.reports.text import (
    NOTHING,
    bps,
    day,
    harmless,
    health_factor,
    percent,
    short,
    symbol,
    units,
    usd,
)

Row = dict[str, Any]
_POSITIONS = ("market", "supplied", "$", "collateral", "borrowed", "$ ")
_TERMS = ("repay", "receive", "bonus", "bonus $", "close factor", "allowed")


def draw_account(answer: Row) -> RenderableType:
    """Everything about one owner, deployment by deployment."""
    parts: list[RenderableType | None] = [title("account", answer), Text(answer["account"], style="bold")]
    for row in answer["accounts"]:
        parts += [_summary(row), _positions(row), _projection(row), metrics_text(row), targets_table(row), _terms(row)]
    parts += [_across(owner) for owner in answer["owners"]]
    if answer["deployments_unknown"]:
        names = ", ".join(harmless(name) for name in answer["deployments_unknown"])
        parts.append(note(f"nothing can be said about {names}: what is there is missing here", WARNING))
    return stacked(*parts)


def draw_explain(answer: Row) -> RenderableType:
    """Every step, then our integers beside the contract's own."""
    parts: list[RenderableType | None] = [title("explain", answer), Text(answer["account"], style="bold")]
    for row in answer["explain"]:
        parts += [_summary(row), _steps(row), _comparison(row), _verdict(row), _reproduce(row)]
    parts += [_chain_steps(chain) for chain in answer["chains"]]
    return stacked(*parts)


def _across(owner: Row) -> RenderableType | None:
    """What an owner has over all protocols, where there is more than one position or a chain."""
    if len(owner["positions"]) < 2 and not owner["chains"]:
        return None
    whose = "a vault, itself no owner" if owner["kind"] == "vault" else f"{len(owner['positions'])} positions"
    head = Text.assemble(("across protocols", "bold"), f"  {short(owner['address'])}, {whose}")
    head.append(
        f"\nassets ${usd(owner['assets_usd'])} · debt ${usd(owner['debt_usd'])} · equity ${usd(owner['equity_usd'])}"
        + ("" if owner["leverage"] is None else f" · leverage {owner['leverage']:.2f}")
    )
    if (first := owner["first_to_fall"]) is not None:
        then = ", ".join(_then(each) for each in first["positions_then"])
        head.append(
            f"\nfirst to fall: {harmless(first['deployment'])}, when all collateral falls {percent(first['fall'])}"
        )
        head.append(f"\nthen: {then}", style=DIM)
    return stacked(head, chain_table(owner["chains"]) if owner["chains"] else None)


def _then(position: Row) -> str:
    state = position["state"].replace("_", " ")
    return f"{harmless(position['deployment'])} {state} {health_factor(position['health_factor_wad'])}"


def _summary(row: Row) -> Text:
    shown = Text.assemble((harmless(row["deployment"]), "bold"), (f"  revision {row['revision']}  ", DIM))
    state = state_text(row)
    shown.append_text(Text(" ").join(state.split("\n")))
    style = STATE_STYLES.get(row["state"], "")
    shown.append(f"  health factor {health_factor(row['health_factor_wad'])}", style=style)
    following = row["next_block"]
    shown.append(
        f"\ncollateral ${usd(row['collateral_usd'])} · debt ${usd(row['debt_usd'])} · loan to value "
        f"{percent(row['ltv'])} · next block {following['state'].replace('_', ' ')}, "
        f"{health_factor(following['health_factor_wad'])}"
    )
    if row["stale_feeds"]:
        names = ", ".join(harmless(name) for name in row["stale_feeds"])
        shown.append(f"\nstale feeds, which the contract still uses: {names}", style=WARNING)
    verified = row["verified_block"]
    shown.append(
        "\nnever verified against the contract" if verified is None else f"\nverified at block {verified:,}", style=DIM
    )
    return shown


def _positions(row: Row) -> Table | Text:
    if not row["positions"]:
        return note("no position")
    made = table(_POSITIONS, right=("supplied", "$", "borrowed", "$ "), keep=("market",))
    for position in row["positions"]:
        supplied, borrowed = int(position["supplied"]), int(position["borrowed"])
        made.add_row(
            Text(symbol(position["symbol"], position["market"])),
            Text(units(supplied, position["decimals"]) if supplied else ""),
            Text(usd(position["supplied_usd"]) if supplied else ""),
            Text(("yes" if position["is_collateral"] else "no") if supplied else "", style=DIM),
            Text(units(borrowed, position["decimals"]) if borrowed else ""),
            Text(usd(position["borrowed_usd"]) if borrowed else ""),
        )
    return made


def _names(row: Row) -> dict[str, str]:
    """Markets by the symbol of their token; where there are two tokens, of the collateral, which comes first."""
    return {p["market"]: symbol(p["symbol"], p["market"]) for p in reversed(row["positions"])}


def _projection(row: Row) -> Text | None:
    """What it takes to be liquidatable, in sentences."""
    projection = row.get("projection")
    if projection is None:
        return None
    names = _names(row)
    lines = [
        f"{names.get(market, short(market))} falls {percent(drop)} → liquidatable"
        for market, drop in projection["price_drops"].items()
        if drop is not None
    ]
    if projection["uniform_drop"] is not None:
        lines.append(f"all collateral falls {percent(projection['uniform_drop'])} → liquidatable")
    if projection["interest_timestamp"] is not None:
        lines.append(f"interest alone: {day(projection['interest_timestamp'])}")
    return Text("\n".join(lines)) if lines else None


def _terms(row: Row) -> RenderableType | None:
    if not row["liquidation"]:
        return note("no collateral is left to liquidate", WARNING) if row["state"] == "bad_debt" else None
    made = table(_TERMS, right=("repay", "receive", "bonus", "bonus $", "close factor"))
    for term in row["liquidation"]:
        debt = symbol(term["debt_symbol"], term["debt_asset"])
        collateral = symbol(term["collateral_symbol"], term["collateral_asset"])
        gates = ", ".join(term["gates"]).replace("_", " ")
        made.add_row(
            Text(f"{units(term['max_debt_to_cover'], term['debt_decimals'])} {debt}"),
            Text(f"{units(term['collateral_to_liquidator'], term['collateral_decimals'])} {collateral}"),
            Text(bps(term["bonus_bps"])),
            Text(usd(term["gross_bonus_usd"]), style="green" if term["allowed"] else DIM),
            Text(bps(term["close_factor_bps"])),
            Text("yes", style="green") if term["allowed"] else Text(f"no: {gates}", style=WARNING),
        )
    return stacked(Text("liquidation", style="bold"), made)


def _steps(row: Row) -> Table:
    names = _names(row)
    made = table(("step", "computed as", "result"), right=("result",))
    for step in row["steps"]:
        what = step["what"]
        for market, name in names.items():
            what = what.replace(market, name)
        made.add_row(Text(what), Text(step["formula"], style=DIM), Text(step["result"]))
    return made


def _chain_steps(chain: Row) -> RenderableType:
    made = table(("step", "computed as", "result"), right=("result",))
    for step in chain["steps"]:
        what, formula = Text(harmless(step["what"])), Text(harmless(step["formula"]), style=DIM)
        made.add_row(what, formula, Text(step["result"] or NOTHING))
    path = " → ".join(short(harmless(name)) for name in chain["path"])
    return stacked(Text.assemble(("collateral chain", "bold"), f"  {path}"), made)


def _comparison(row: Row) -> Table | Text:
    ours, contract = row["ours"], row["contract"]
    if ours is None and contract is None:
        return note("neither we nor the contract can value this account", WARNING)
    made = table(("the contract's own answer", "contract", "ours", ""), right=("contract", "ours"))
    for name in ours or contract or {}:
        mine = None if ours is None else ours[name]
        theirs = None if contract is None else contract.get(name)
        verdict = Text("") if mine is None or theirs is None else _mark(same=mine == theirs)
        made.add_row(
            Text(name), Text(theirs or "not asked", style="" if theirs else DIM), Text(mine or NOTHING), verdict
        )
    return made


def _mark(*, same: bool) -> Text:
    return Text("same", style="green") if same else Text("DIFFERS", style="bold red")


def _verdict(row: Row) -> Text:
    if row["matches"] is None:
        return note("not compared: the contract was not asked (no node, or another time than the block's)", WARNING)
    if row["matches"]:
        return Text("every integer is the contract's own", style="green")
    return Text("our integers are NOT the contract's: please report this", style="bold red")


def _reproduce(row: Row) -> Text:
    call = row["eth_call"]
    block = call["block"]["blockHash"]
    shown = Text("reproduce it with\n", style="bold", no_wrap=True, overflow="ignore")  # whole lines, to be copied
    shown.append(f"{row['reproduce']}\n", style="")
    shown.append(f'eth_call [{{"to":"{call["to"]}","data":"{call["data"]}"}},{{"blockHash":"{block}"}}]', style=DIM)
    return shown
