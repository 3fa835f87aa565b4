"""A walk for people: the rounds, who fell and how it came to them, who bears the loss."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, WARNING, note, stacked, state_text, table, title
from indexer.reports.text import NOTHING, dollars, harmless, health_factor, percent, short, symbol, units

Row = dict[str, Any]


def draw_contagion(answer: Row) -> RenderableType:
    """What was asked, round by round, and the books."""
    parts: list[RenderableType | None] = [title("contagion", answer), _asked(answer["shock"])]
    parts += [_fallers(answer), _rounds(answer), _losses(answer["losses"]), _books(answer)]
    return stacked(*parts, *_notes(answer))


def _asked(shock: Row) -> Text:
    falls = [f"{symbol(f['symbol'], f['asset'])} falls {percent(f['fall'])}" for f in shock["falls"]]
    rates = [f"the rate of {symbol(f['symbol'], f['asset'])} falls {percent(f['fall'])}" for f in shock["rates"]]
    debts = [f"bad debt of {d['amount']} raw units in {harmless(d['deployment'])}" for d in shock["bad_debt"]]
    return Text(", ".join([*falls, *rates, *debts]), style="bold")


def _fallers(answer: Row) -> RenderableType:
    if not answer["contagion"]:
        if answer["unknown"]:
            return note("nobody falls of those about whom anything can be said", WARNING)
        return note("nobody falls who was not below before")
    made = table(
        ("round", "deployment", "account", "state", "health factor", "debt $", "short $", "through"),
        right=("round", "health factor", "debt $", "short $"),
        keep=("account",),
    )
    for row in answer["contagion"]:
        ways = [" → ".join(_named(part, answer["symbols"]) for part in path[:-1]) for path in row["causes"]]
        made.add_row(
            Text(str(row["round"])),
            Text(harmless(row["deployment"])),
            Text(short(row["account"])),
            state_text(row),
            Text(health_factor(row["health_factor_wad"])),
            Text(dollars(row["debt_usd"])),
            Text(dollars(row["shortfall_usd"]) if row["shortfall_usd"] else NOTHING),
            Text("\n".join(ways), style=DIM),
        )
    return made


def _named(part: str, symbols: Row) -> str:
    """A token by its symbol, a market without what everybody sees beside it, a source as it is."""
    deployment, slash, market = part.partition("/")
    if slash:
        return f"{harmless(deployment)} {symbol(symbols.get(market), market)}"
    return symbol(symbols.get(part), part) if part in symbols else harmless(part)


def _rounds(answer: Row) -> RenderableType:
    names = ("collateral_lost_usd", "bonus_usd", "equity_lost_usd", "absorbed_usd", "bad_debt_usd")
    heads = ("collateral lost $", "bonus $", "equity lost $", "backstops $", "bad debt $")
    made = table(("round", "fall", *heads), right=("round", "fall", *heads))
    for row in answer["rounds"]:
        made.add_row(str(row["round"]), f"{row['fallers']:,}", *(dollars(row[name]) for name in names))
    total = answer["balance"]
    made.add_row(Text("all", style="bold"), f"{len(answer['contagion']) + answer['hidden_rows']:,}",
                 *(Text(dollars(total[name]), style="bold") for name in names))  # fmt: skip
    return made


def _losses(losses: list[Row]) -> RenderableType | None:
    if not losses:
        return None
    made = table(
        ("suppliers of", "token", "short", "backstop", "lost", "share"), right=("short", "backstop", "lost", "share")
    )
    for row in losses:
        amounts = (units(row[name], row["decimals"]) for name in ("short", "absorbed", "lost"))
        made.add_row(
            Text(f"{harmless(row['deployment'])} {short(row['market'])}"),
            Text(symbol(row["symbol"], row["asset"])),
            *amounts,
            percent(row["lost_share"], 4),
        )
    return made


def _books(answer: Row) -> Text:
    total = answer["balance"]
    line = (
        f"collateral lost {dollars(total['collateral_lost_usd'])} + bonus {dollars(total['bonus_usd'])} = "
        f"equity {dollars(total['equity_lost_usd'])} + backstops {dollars(total['absorbed_usd'])} + "
        f"bad debt {dollars(total['bad_debt_usd'])}"
    )
    return note(line + (f" + relief of debts {dollars(total['relief_usd'])}" if total["relief_usd"] else ""))


def _notes(answer: Row) -> list[Text]:
    before, found = answer["baseline"], []
    if before["accounts"]:
        found.append(
            note(f"{before['accounts']:,} accounts were below before, short of {dollars(before['short_usd'])}")
        )
    if answer["ending"] == "round_limit":
        found.append(
            note("something still moved when the rounds ended: this is a lower bound; raise --rounds", WARNING)
        )
    if answer["unknown"]:
        found.append(note(f"nothing can be said about {len(answer['unknown']):,} accounts with debt", WARNING))
    if answer["unvalued"]:
        found.append(note(f"{len(answer['unvalued']):,} have no value in dollars and are in no sum", WARNING))
    if answer["deployments_unknown"]:
        names = ", ".join(harmless(name) for name in answer["deployments_unknown"])
        found.append(note(f"nothing can be said about {names}", WARNING))
    if answer["hidden_rows"]:
        found.append(note(f"{answer['hidden_rows']:,} more rows are hidden by --limit"))
    return found
