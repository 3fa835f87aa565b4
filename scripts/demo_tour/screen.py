"""A frame of the watch list as a rich table, or as plain lines for a pipe."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scripts.demo_tour.watch import Entry, Frame, Row, best_bonus, health_of

COLOURS = {"healthy": "green", "at_risk": "yellow", "liquidatable": "red", "bad_debt": "magenta", "unknown": "cyan"}
SHOWN_LEFT = 4


def render(frame: Frame, news: str, prices: Sequence[Row], limit: int) -> RenderableType:
    """The list as one screen: what happened, prices, counts, the rows that matter now."""
    table = Table(box=None, pad_edge=False, expand=False)
    for name in ("", "account", "market", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("health", "last block", "debt $", "collateral $", "best bonus $"):
        table.add_column(name, justify="right", no_wrap=True)
    for entry in frame.nearest(limit):
        table.add_row(*_cells(entry))
    hidden = len(frame.entries) - limit
    lines: list[RenderableType] = [
        Text.assemble((f"block {frame.block}  ", "bold"), (news, "bold red")),
        price_line(prices),
        count_line(frame),
        Text(),
        table,
    ]
    if hidden > 0:
        lines.append(Text(f"… and {hidden} more, further from the threshold", style="dim"))
    lines.append(Text("  ".join(f"▼ {short(row)} left" for row in frame.left[:SHOWN_LEFT]), style="green"))
    return Group(*lines)


def _cells(entry: Entry) -> Iterator[Text]:
    row, state = entry.row, str(entry.row["state"])
    yield Text(marker(entry), style="bold red" if entry.is_changed else "dim")
    yield Text(short(row))
    yield Text(row["deployment"], style="dim")
    yield Text(state, style=COLOURS.get(state, ""))
    yield Text(_health(row), style=COLOURS.get(state, ""))
    yield Text(_health(entry.before) if entry.before else "not listed", style="dim")
    yield Text(_money(row["debt_usd"]))
    yield Text(_money(row["collateral_usd"]))
    yield Text(_money(best_bonus(row)))


def marker(entry: Entry) -> str:
    """▲ entered the list, ● another state than a block ago."""
    return "▲" if entry.is_new else "●" if entry.is_changed else " "


def short(row: Row) -> str:
    """An address that fits a column."""
    return f"{row['account'][:10]}…{row['account'][-4:]}"


def _health(row: Row) -> str:
    health = health_of(row)
    return "-" if health is None else f"{health:.4f}"


def _money(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def price_line(prices: Iterable[Row]) -> Text:
    """Prices as the protocol reads them, and answers published but not visible to it yet."""
    line = Text()
    for row in prices:
        price = "unpriced" if row["price_usd"] is None else f"{row['price_usd']:,.2f}"
        line.append(f"{row['symbol']} ", style="dim").append(f"{price}  ")
        if row["pending"] and row["answer_decimals"] is not None:
            coming = int(row["pending"]["answer"]) / 10 ** row["answer_decimals"]
            line.append(f"({coming:,.2f} published, not visible to Aave yet)  ", style="yellow")
    return line


def count_line(frame: Frame) -> Text:
    """How many accounts are in each state, and how that changed."""
    line = Text()
    for state in ("liquidatable", "at_risk", "bad_debt", "unknown"):
        now, before = frame.counts.get(state, 0), frame.counts_before.get(state, 0)
        if now or before:
            line.append(f"{state} {now}", style=COLOURS[state])
            line.append(f" ({now - before:+d})  " if now != before else "  ")
    return line


def plain(frame: Frame, news: str, prices: Sequence[Row]) -> Iterator[str]:
    """The same without a terminal: a line a block and a line for each account that moved."""
    yield f"block {frame.block}  {news}"
    yield f"  {price_line(prices).plain.rstrip()}"
    yield f"  {count_line(frame).plain.rstrip()}"
    for entry in frame.changed:
        before = entry.before["state"] if entry.before else "not listed"
        row = entry.row
        yield f"  {marker(entry)} {short(row)} {row['deployment']}: {before} -> {row['state']}, health {_health(row)}"
    for row in frame.left:
        yield f"  ▼ {short(row)} {row['deployment']}: left the list"
