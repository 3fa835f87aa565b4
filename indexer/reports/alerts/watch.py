"""Rules over the newest block: what changed goes to the outbox in the transaction that notes it as said."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from indexer.reports.accounts import Filters, at_risk
from indexer.reports.alerts.conditions import Moment, is_withheld, look, now_of
from indexer.reports.alerts.delivery import Delivery
from indexer.reports.alerts.message import Block as SaidBlock
from indexer.reports.alerts.message import Message, encoded, message_of
from indexer.reports.alerts.rules import Kind, Rule
from indexer.reports.envelope import finality
from indexer.reports.living import Living
from indexer.reports.rows import Row
from indexer.reports.snapshot import Asked, Snapshot
from indexer.risk.alerting import Block, Event, Judge, Open, Verdict
from indexer.store import OpenAlert, Outgoing, Store

_OF_ACCOUNTS = (Kind.STATE, Kind.SOLVENCY)
_DAY_S = 86_400

_log = structlog.get_logger()


@dataclass(slots=True)
class Alerts:
    """The rules, over one store. `evaluate` and `deliver` are apart: no sink holds up an evaluation.

    `shared` is a `Living` that somebody else moves; without one the alerts keep one of their own.
    """

    store: Store
    rules: Sequence[Rule]
    asked: Asked
    delivery: Delivery
    max_lag: int
    keep_days: int
    every_s: int
    shared: Living | None = None
    clock: Callable[[], float] = time.time
    _own: Living | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """One round: look at the newest block, then set the workers to what waits. Raises NotFoundError before it."""
        self.deliver()
        with self._newest().reading() as snapshot:
            self.evaluate(snapshot)
        self.deliver()

    def _newest(self) -> Living:
        if self.shared is not None:
            return self.shared
        if self._own is None:
            self._own = Living(self.store, self.asked)
        while self._own.step() is not None:
            pass
        return self._own

    def deliver(self) -> None:
        """Send what waits, by workers of their own."""
        self.delivery.deliver()

    def prune(self) -> int:
        """Forget old messages that were sent or given up."""
        return self.store.prune_messages(int(self.clock()) - self.keep_days * _DAY_S)

    def close(self, wait_s: float = 5.0) -> None:
        """Let the workers end, and wait a little for what is being sent."""
        self.delivery.close(wait_s)

    def evaluate(self, snapshot: Snapshot, rows: Sequence[Row] | None = None) -> list[Message]:
        """Judge every rule at the snapshot's block, `rows` being its unfiltered watch list; what goes to the outbox.

        Alerts and messages are written in one transaction, so a crash loses neither. Raises DatabaseError.
        """
        with self._one:
            needed = rows is None and any(rule.kind in _OF_ACCOUNTS for rule in self.rules)
            watched = at_risk(snapshot, Filters())[0] if needed else rows or ()
            moment = Moment(snapshot, watched, int(self.clock()))
            known = _by_rule(self.store.open_alerts())
            orphaned = _Orphaned(self.store)
            verdicts = [
                (rule, self._judged(moment, rule, known.get(rule.name, []), orphaned))
                for rule in self.rules
                if not is_withheld(snapshot, rule, self.max_lag)
            ]
            messages = self._written(moment, verdicts, known.keys() - {rule.name for rule in self.rules})
        for message in messages:
            _log.info("alert", title=message.title, id=message.id)
        return messages

    def _judged(self, moment: Moment, rule: Rule, known: Sequence[Open], orphaned: "_Orphaned") -> Verdict:
        snapshot = moment.snapshot
        found = look(moment, rule, known)
        block = Block(snapshot.ref.number, snapshot.ref.hash)
        judge = Judge(rule.name, rule.patience, moment.now, block, orphaned, lambda alert: now_of(snapshot, alert))
        return judge.verdict(found.conditions, known, found.held)

    def _written(self, moment: Moment, verdicts: Sequence[tuple[Rule, Verdict]], dropped: set[str]) -> list[Message]:
        if not dropped and not any(verdict.kept or verdict.over for _, verdict in verdicts):
            return []
        messages: list[Message] = []
        with self.store.transaction():
            if dropped:
                self.store.forget_rules([rule.name for rule in self.rules])
            for rule, verdict in verdicts:
                self.store.save_alerts(_stored(alert) for alert in verdict.kept)
                self.store.close_alerts(rule.name, verdict.over)
                for message in _messages(moment, rule, verdict):
                    outgoing = Outgoing(
                        message.id, message.rule, message.event, message.created_at, message.title, encoded(message)
                    )
                    self.store.enqueue(outgoing, [target.key for target in rule.targets])
                    messages.append(message)
        return messages


class _Orphaned:
    """Whether the chain no longer has a block; asked once for each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Block, bool] = {}

    def __call__(self, block: Block) -> bool:
        if block not in self._known:
            stored, cursor = self._store.block(block.number), self._store.cursor()
            above = cursor is not None and block.number > cursor.number
            # A block whose hash is not stored any more is final, unless it lies above the cursor.
            self._known[block] = above if stored is None else stored.ref.hash != block.hash
        return self._known[block]


def _messages(moment: Moment, rule: Rule, verdict: Verdict) -> list[Message]:
    told = [event for event in Event if rule.resolved or event is not Event.RESOLVED]
    found = [news for event in told if (news := verdict.of(event))]
    return [message_of(rule, news, _said(moment.snapshot), id_=str(uuid.uuid4()), at=moment.now) for news in found]


def _said(snapshot: Snapshot) -> SaidBlock:
    return SaidBlock(
        chain_id=snapshot.chain_id,
        block_number=snapshot.ref.number,
        block_hash=snapshot.ref.hash,
        block_timestamp=snapshot.ref.timestamp,
        head_block=None if snapshot.heads is None else snapshot.heads.head.number,
        lag_blocks=snapshot.lag,
        finality=finality(snapshot),
    )


def _by_rule(stored: Sequence[OpenAlert]) -> dict[str, list[Open]]:
    known: dict[str, list[Open]] = {}
    for one in stored:
        said = Block(one.said_number, one.said_hash)
        alert = Open(one.rule, one.subject, one.severity, one.size, one.fired_at, said, one.facts, one.calm_since)
        known.setdefault(one.rule, []).append(alert)
    return known


def _stored(alert: Open) -> OpenAlert:
    return OpenAlert(
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity,
        size=alert.size,
        fired_at=alert.fired_at,
        said_number=alert.said.number,
        said_hash=alert.said.hash,
        calm_since=alert.calm_since,
        facts=alert.facts,
    )
