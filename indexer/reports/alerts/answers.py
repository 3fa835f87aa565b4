"""`indexer alerts`: what is open and what waits in the outbox; and a test of every target."""

import time
import uuid
from collections.abc import Sequence
from typing import Any

from indexer.reports.alerts.message import encoded, test_message
from indexer.reports.alerts.rules import Rule, Target
from indexer.reports.alerts.sinks import NotAccepted, sink_of
from indexer.store import OpenAlert, Outgoing, Store

Answer = dict[str, Any]
_GONE = "a target that the configuration no longer names"


def alerts_answer(store: Store, targets: Sequence[Target]) -> Answer:
    """Open alerts by rule, and the deliveries that wait or were given up. Targets are shown without secrets."""
    with store.snapshot():
        cursor, heads = store.last_complete_block(), store.heads_seen()
        shown = {target.key: target.shown for target in targets}
        return {
            "chain_id": store.chain_id,
            "block_number": None if cursor is None else cursor.number,
            "block_hash": None if cursor is None else cursor.hash,
            "block_timestamp": None if cursor is None else cursor.timestamp,
            "head_block": None if heads is None else heads.head.number,
            "lag_blocks": None if heads is None or cursor is None else max(0, heads.head.number - cursor.number),
            "alerts": [_open_row(alert) for alert in store.open_alerts()],
            "outbox": [{**row, "target": shown.get(row["target"], _GONE)} for row in store.outbox()],
        }


def _open_row(alert: OpenAlert) -> Answer:
    return {
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity,
        "size": alert.size,
        "fired_at": alert.fired_at,
        "said_block": alert.said_number,
        "said_block_hash": alert.said_hash,
        "calm_since": alert.calm_since,
        "facts": dict(alert.facts),
    }


def tried(targets: Sequence[Target], rule: str | None, timeout_s: float) -> list[Answer]:
    """Send each target a message that is marked as a test, past the outbox: a row each with its outcome."""
    message = test_message(rule, id_=str(uuid.uuid4()), at=int(time.time()))
    outgoing = Outgoing(message.id, message.rule, message.event, message.created_at, message.title, encoded(message))
    return [{"target": target.shown, "id": message.id, **_outcome(target, outgoing, timeout_s)} for target in targets]


def _outcome(target: Target, message: Outgoing, timeout_s: float) -> Answer:
    try:
        sink_of(target, timeout_s).send(message)
    except NotAccepted as error:
        return {"ok": False, "why": str(error)}
    return {"ok": True, "why": None}


def targets_of(rules: Sequence[Rule], name: str) -> tuple[Target, ...] | None:
    """The targets of the rule of that name; None where there is no such rule."""
    return next((rule.targets for rule in rules if rule.name == name), None)
