"""How old the prices are, against what their feeds promise, and what is published and not used yet."""

from typing import Any

from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import price_rows

Row = dict[str, Any]
SHOWN = 25


def oracle_figures(snapshot: Snapshot) -> Row:
    """Feeds, each once: those past their heartbeat first, then by the part of it that is used up. Counts are of all."""
    feeds: dict[str, Row] = {}
    unpriced = []
    for price in price_rows(snapshot):
        if price["state"] != "priced":
            unpriced.append({name: price[name] for name in ("deployment", "market", "asset", "symbol")})
        row = feeds.setdefault(price["feed_address"], _feed(price))
        row["stale"] = row["stale"] or (True if price["stale_feeds"] else price["stale"])
        row["pending"] = row["pending"] or price["pending"]
        _add(row["symbols"], {"asset": price["asset"], "symbol": price["symbol"]})
        _add(row["deployments"], price["deployment"])
    ordered = sorted(feeds.values(), key=_order)
    return {
        "feeds": len(ordered),
        "stale_feeds": sum(row["stale"] is True for row in ordered),
        "without_heartbeat": sum(row["heartbeat_s"] is None for row in ordered),
        "without_age": sum(row["age_s"] is None for row in ordered),
        "pending": sum(row["pending"] is not None for row in ordered),
        "rows": ordered[:SHOWN],
        "hidden_rows": max(0, len(ordered) - SHOWN),
        "unpriced_markets": len(unpriced),
        "unpriced": unpriced[:SHOWN],
    }


def _feed(price: Row) -> Row:
    age, heartbeat = price["age_s"], price["heartbeat_s"]
    return {
        "feed": price["feed"],
        "feed_address": price["feed_address"],
        "symbols": [],
        "deployments": [],
        "updated_at": price["updated_at"],
        "age_s": age,
        "heartbeat_s": heartbeat,
        "used_share": None if age is None or not heartbeat else age / heartbeat,
        "stale": price["stale"],
        "pending": price["pending"],
    }


def _add(rows: list[Any], row: object) -> None:
    if row not in rows:
        rows.append(row)


def _order(row: Row) -> tuple[bool, bool, float, int, str]:
    """Stale, pending, nearest to its heartbeat, oldest."""
    return (
        row["stale"] is not True,
        row["pending"] is None,
        -(row["used_share"] or 0.0),
        -(row["age_s"] or 0),
        row["feed_address"],
    )
