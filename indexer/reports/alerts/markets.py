"""Prices that are old, cannot be read, or are about to change."""

from collections.abc import Iterator

from indexer.reports.alerts.rules import Rule
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import price_rows
from indexer.risk.alerting import Condition

_OLD, _UNREADABLE = 1, 2
_TOLD = ("deployment", "market", "asset", "symbol", "source", "feed", "age_s", "heartbeat_s", "price_usd")


def stale_prices(snapshot: Snapshot, rule: Rule) -> list[Condition]:
    """Prices older than their heartbeat or the rule's limit; worse, those that the contract cannot read."""
    conditions = []
    for row in _rows(snapshot, rule):
        unreadable = row["state"] == "unpriced"
        aged = rule.max_age_s is not None and row["age_s"] is not None and row["age_s"] > rule.max_age_s
        if unreadable or aged or row["stale"] or row["stale_feeds"]:
            size = None if row["age_s"] is None else float(row["age_s"])
            facts = {**_facts(row), "price_state": row["state"], "stale_feeds": row["stale_feeds"]}
            subject = f"{row['deployment']}|{row['market']}|price"
            conditions.append(Condition(subject, _UNREADABLE if unreadable else _OLD, size, facts))
    return conditions


def pending_prices(snapshot: Snapshot, rule: Rule) -> list[Condition]:
    """Answers that are published and not used yet, each one a subject of its own."""
    conditions = []
    for row in _rows(snapshot, rule):
        pending = row["pending"]
        if pending is None:
            continue
        upcoming = pending.get("answer", pending.get("price"))
        move = _move_bps(row["answer"] if "answer" in pending else row["price"], upcoming)
        if move is None or abs(move) >= rule.min_move_bps:
            subject = f"{row['deployment']}|{row['market']}|{upcoming}|{pending['visible_from']}"
            conditions.append(Condition(subject, 1, None, {**_facts(row), "pending": pending, "move_bps": move}))
    return conditions


def _rows(snapshot: Snapshot, rule: Rule) -> Iterator[Row]:
    protocols = {found.deployment.name: found.deployment.protocol for found in snapshot.deployments}
    for row in price_rows(snapshot):
        about = rule.is_about(row["deployment"], protocols[row["deployment"]])
        if about and rule.names(row["asset"], row["symbol"]):
            yield row


def _facts(row: Row) -> Row:
    return {name: row[name] for name in _TOLD}


def _move_bps(now: str | None, upcoming: str) -> float | None:
    return None if now is None or not int(now) else (int(upcoming) - int(now)) / int(now) * 10_000
