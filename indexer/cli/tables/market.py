"""The tables of markets and prices."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from indexer.cli.tables.frame import DIM, WARNING, note, stacked, table, title
from indexer.reports.text import NOTHING, duration, harmless, moment, percent, short, symbol, units
from indexer.units import RAY

Row = dict[str, Any]
_MARKETS = ("market", "price $", "supplied", "borrowed", "use", "supply %", "borrow %", "LTV / LT / bonus", "flags")
_LIMITS = ("ltv_bps", "liquidation_threshold_bps", "liquidation_bonus_bps")
_PRICES = ("market", "price $", "next", "feed", "age", "heartbeat", "off feed", "what is coming")


def draw_markets(answer: Row) -> RenderableType:
    """One table a deployment."""
    rows = answer["markets"]
    parts: list[RenderableType] = [title("markets", answer)]
    for name, revision in dict.fromkeys((row["deployment"], row["revision"]) for row in rows):
        parts += [Text(f"{name} · revision {revision}", style="bold")]
        made = table(_MARKETS, right=_MARKETS[1:7], keep=("market", "LTV / LT / bonus"))
        for row in rows:
            if row["deployment"] == name:
                made.add_row(*_market(row))
        parts.append(made)
    return stacked(*parts, None if rows else note("no market yet"))


def _market(row: Row) -> tuple[Text, ...]:
    supplied, borrowed, decimals = row.get("supplied"), row.get("borrowed"), row.get("decimals")
    is_one_token = "borrowed_asset" not in row
    used = int(borrowed) / int(supplied) if is_one_token and borrowed and supplied and int(supplied) else None
    return (
        Text(symbol(row["symbol"], row["market"])),
        Text(_price(row)),
        Text(units(supplied, decimals, 0)),
        Text(units(borrowed, row.get("borrowed_decimals", decimals), 0)),
        Text(percent(used, 0)),
        Text(_rate(row.get("liquidity_rate_ray"))),
        Text(_rate(row.get("variable_borrow_rate_ray"))),
        Text(" / ".join(_share(row.get(name)) for name in _LIMITS)),
        _flags(row),
    )


def _share(points: int | None) -> str:
    return NOTHING if points is None else f"{points / 100:g}"


def _rate(ray: str | None) -> str:
    return NOTHING if ray is None else f"{int(ray) * 100 / RAY:.2f}"


def _flags(row: Row) -> Text:
    inactive, ceiling, deficit = row.get("active") is False, int(row.get("debt_ceiling", 0)), int(row.get("deficit", 0))
    flags = [name for name in ("frozen", "paused", "siloed", "deprecated") if row.get(name)]
    flags += ["inactive"] if inactive else []
    flags += [f"isolated, ceiling {ceiling / 100:,.0f}"] if ceiling else []
    flags += [f"e-mode {', '.join(map(str, row['emode_categories']))}"] if row.get("emode_categories") else []
    flags += [f"deficit {units(deficit, row.get('decimals'), 0)}"] if deficit else []
    bad = inactive or row.get("frozen") or row.get("paused") or deficit
    return Text(" · ".join(flags), style=WARNING if bad else DIM)


def draw_prices(answer: Row) -> RenderableType:
    """One table a deployment: the price the protocol uses, and the feed behind it."""
    rows = answer["prices"]
    parts: list[RenderableType] = [title("prices", answer)]
    for name in dict.fromkeys(row["deployment"] for row in rows):
        made = table(_PRICES, right=(*_PRICES[1:3], *_PRICES[4:7]), keep=("market",))
        for row in rows:
            if row["deployment"] == name:
                made.add_row(*_price_cells(row))
        parts += [Text(name, style="bold"), made]
    stale = sum(1 for row in rows if row["stale"])
    footer = f"{len(rows):,} prices, {stale:,} from feeds older than their heartbeat"
    return stacked(*parts, note(footer, WARNING if stale else DIM))


def _price_cells(row: Row) -> tuple[Text, ...]:
    moves = row["next_price"] is not None and row["next_price"] != row["price"]
    age, heartbeat = row["age_s"], row["heartbeat_s"]
    feed = harmless(row["feed"]) if row["feed"] else short(row["feed_address"])
    return (
        Text(symbol(row["symbol"], row["market"])),
        Text(_price(row), style="" if row["price"] is not None else "cyan"),
        Text(_scaled(row) if moves else "same", style=WARNING if moves else DIM),
        Text(feed + (f" via {short(row['source'])}" if row["legs"] else "")),
        Text(NOTHING if age is None else duration(age), style=WARNING if row["stale"] else ""),
        Text(NOTHING if heartbeat is None else duration(heartbeat), style=DIM),
        Text(
            NOTHING if row["deviation_bps"] is None else f"{round(row['deviation_bps'] / 100, 2) + 0.0:+.2f} %",
            style=DIM,
        ),
        _coming(row),
    )


def _price(row: Row) -> str:
    """Dollars where it is known what the price is in dollars, else the price in its own unit."""
    if row.get("price") is None:
        return "unpriced"
    if row["price_usd"] is not None:
        return f"{row['price_usd']:,.4f}"
    return f"{units(row['price'], row['price_decimals'])} {row['price_unit'].partition('_')[0]}"


def _scaled(row: Row) -> str:
    if row["price_usd"] is None or not int(row["price"]):
        return units(row["next_price"], row["price_decimals"])
    return f"{row['price_usd'] * int(row['next_price']) / int(row['price']):,.4f}"


def _coming(row: Row) -> Text:
    pending = row["pending"]
    if pending is None:
        return Text("")
    by_feed = "answer" in pending
    answer = units(
        pending["answer" if by_feed else "price"], row["answer_decimals" if by_feed else "price_decimals"], 4
    )
    when = pending["visible_from"]
    return Text(f"{answer} from {moment(when)[11:]}" if when else f"{answer}, time unknown", style=WARNING)
