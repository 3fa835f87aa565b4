"""What `doctor` asks of the alerts: whether somebody would hear them, and whether the outbox is stuck."""

import time
from collections.abc import Iterator, Sequence

from indexer.errors import DatabaseError
from indexer.reports.alerts.rules import Rule, Target
from indexer.reports.alerts.sinks import NotAccepted, sink_of
from indexer.reports.findings import Finding, fail, ok, warn
from indexer.reports.text import duration
from indexer.store import Store

_STUCK_AFTER_S = 300
_DAY_S = 86_400


def look_at_alerts(rules: Sequence[Rule], targets: Sequence[Target], database_url: str) -> Iterator[Finding]:
    """Rules, targets that apprise understands, and what waits in the outbox. Nothing is sent."""
    if not rules:
        yield ok("alerts", "no rule is set: nobody is told of anything")
    else:
        yield from _targets(rules, targets)
    try:
        with Store.open(database_url, read_only=True) as store:
            yield from _outbox(store, targets)
    except DatabaseError:
        return  # the checks of the database said why


def _targets(rules: Sequence[Rule], targets: Sequence[Target]) -> Iterator[Finding]:
    silent = [rule.name for rule in rules if not rule.targets]
    if silent:
        yield warn(
            "alerts", f"rules without a target: {', '.join(silent)}", "set to or webhooks, for all or for the rule"
        )
    for target in targets:
        try:
            sink_of(target, 1.0)
        except NotAccepted as error:
            yield fail(f"alert target {target.shown}", str(error), "correct its URL in [alerts]")
    if not silent:
        shown = ", ".join(dict.fromkeys(target.shown for target in targets))
        yield ok(
            "alerts", f"{len(rules)} rules tell {len(targets)} targets: {shown}; try them by `indexer alerts test`"
        )


def _outbox(store: Store, targets: Sequence[Target]) -> Iterator[Finding]:
    now, shown = int(time.time()), {target.key: target.shown for target in targets}
    rows = store.outbox()
    waiting = [row for row in rows if row["given_up_at"] is None]
    for key in dict.fromkeys(row["target"] for row in waiting):
        own = [row for row in waiting if row["target"] == key]
        age = now - min(row["created_at"] for row in own)
        if age < _STUCK_AFTER_S:
            continue
        name = shown.get(key, "a target that the configuration no longer names")
        why = next((row["last_error"] for row in own if row["last_error"]), "nothing was tried: is `indexer run` up?")
        todo = "nothing is lost yet: mend the target, and try it by `indexer alerts test`"
        yield warn("alert outbox", f"{len(own):,} messages wait for {name}, the first {duration(age)}: {why}", todo)
    lost = sum(row["given_up_at"] is not None and now - row["given_up_at"] < 7 * _DAY_S for row in rows)
    if lost:
        todo = "see what they said by `indexer alerts`"
        yield fail("alert outbox", f"{lost:,} messages of the last 7 days were never accepted and given up", todo)
