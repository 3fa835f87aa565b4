"""Alerts that are open, and the outbox: messages stay until every target has accepted them, or is given up."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, select, update

from indexer.store.incidents import Incidents
from indexer.store.records import OpenAlert, Outgoing, Waiting
from indexer.store.tables import ALERT, ALERT_DELIVERY, ALERT_MESSAGE

_ALERT = ("rule", "subject", "severity", "size", "fired_at", "said_number", "said_hash", "calm_since", "facts")
_OPEN = and_(ALERT_DELIVERY.c.sent_at.is_(None), ALERT_DELIVERY.c.given_up_at.is_(None))


class Outbox(Incidents):
    """Whoever evaluates writes alerts and messages in one `transaction`; whoever delivers marks afterwards."""

    def open_alerts(self, rule: str | None = None) -> list[OpenAlert]:
        """What is open, of one rule or of all, by rule and subject."""
        query = select(ALERT).order_by(ALERT.c.rule, ALERT.c.subject)
        if rule is not None:
            query = query.where(ALERT.c.rule == rule)
        with self._reading() as connection:
            return [
                OpenAlert(**{**row._mapping, "facts": json.loads(row.facts)})  # noqa: SLF001 - its public name
                for row in connection.execute(query)
            ]

    def save_alerts(self, alerts: Iterable[OpenAlert]) -> None:
        """Open alerts, or tell what is new of open ones."""
        rows = [
            tuple(json.dumps(alert.facts) if name == "facts" else getattr(alert, name) for name in _ALERT)
            for alert in alerts
        ]
        if rows:
            self._upsert(ALERT, _ALERT, rows)

    def close_alerts(self, rule: str, subjects: Sequence[str]) -> None:
        """These are over."""
        with self._writing() as connection:
            if subjects:
                self._backend.delete(connection, ALERT, [(rule, subject) for subject in subjects])

    def forget_rules(self, kept: Iterable[str]) -> int:
        """Drop what is open of rules that are no longer there, and return how many alerts that were."""
        with self._writing() as connection:
            return connection.execute(delete(ALERT).where(ALERT.c.rule.not_in(list(kept)))).rowcount

    def enqueue(self, message: Outgoing, targets: Iterable[str]) -> None:
        """Put a message into the outbox, once for each target (by key). It is due at once."""
        with self._writing() as connection:
            columns = {name: getattr(message, name) for name in ("id", "rule", "event", "created_at", "title", "body")}
            number = connection.scalar(insert(ALERT_MESSAGE).values(columns).returning(ALERT_MESSAGE.c.number))
            rows = [(number, target, 0, message.created_at) for target in dict.fromkeys(targets)]
            if rows:
                self._backend.insert(connection, ALERT_DELIVERY, ("number", "target", "attempts", "next_at"), rows)

    def waiting(self, target: str, limit: int, after: int = 0) -> list[Waiting]:
        """What a target has neither accepted nor been given up for, after a message's number, oldest first."""
        query = (
            select(ALERT_MESSAGE, ALERT_DELIVERY.c.attempts, ALERT_DELIVERY.c.next_at)
            .join(ALERT_DELIVERY, ALERT_DELIVERY.c.number == ALERT_MESSAGE.c.number)
            .where(_OPEN, ALERT_DELIVERY.c.target == target, ALERT_DELIVERY.c.number > after)
            .order_by(ALERT_DELIVERY.c.number)
            .limit(limit)
        )
        with self._reading() as connection:
            return [_waiting(row) for row in connection.execute(query)]

    def save_sent(self, number: int, target: str, at: int) -> None:
        """The target accepted the message; what waits behind it because of failures is due again."""
        with self._writing() as connection:
            self._mark(number, target, sent_at=at, last_error=None)
            late = and_(_OPEN, ALERT_DELIVERY.c.target == target, ALERT_DELIVERY.c.next_at > at)
            connection.execute(update(ALERT_DELIVERY).where(late).values(next_at=at))

    def save_failed(self, number: int, target: str, why: str, *, attempts: int, next_at: int) -> None:
        """The target did not accept it: `attempts` so far, the next not before `next_at`."""
        self._mark(number, target, last_error=why, attempts=attempts, next_at=next_at)

    def give_up(self, created_before: int, at: int) -> int:
        """Give up whatever is older and was not accepted; how many deliveries that were."""
        old = select(ALERT_MESSAGE.c.number).where(ALERT_MESSAGE.c.created_at < created_before)
        late = and_(_OPEN, ALERT_DELIVERY.c.number.in_(old))
        with self._reading() as connection:
            if not connection.scalar(select(exists().where(late))):
                return 0  # asked every few seconds: no write where there is nothing to write
        with self._writing() as connection:
            return connection.execute(update(ALERT_DELIVERY).where(late).values(given_up_at=at)).rowcount

    def prune_messages(self, created_before: int) -> int:
        """Forget older messages that no target waits for, and return how many."""
        pending = exists().where(ALERT_DELIVERY.c.number == ALERT_MESSAGE.c.number, _OPEN)
        old = and_(ALERT_MESSAGE.c.created_at < created_before, ~pending)
        with self._writing() as connection:
            numbers = select(ALERT_MESSAGE.c.number).where(old)
            connection.execute(delete(ALERT_DELIVERY).where(ALERT_DELIVERY.c.number.in_(numbers)))
            leftover = exists().where(ALERT_DELIVERY.c.number == ALERT_MESSAGE.c.number)
            gone = and_(ALERT_MESSAGE.c.created_at < created_before, ~leftover)
            return connection.execute(delete(ALERT_MESSAGE).where(gone)).rowcount

    def outbox(self, target: str | None = None) -> list[dict[str, Any]]:
        """What waits and what was given up, oldest first: message, target's key, attempts, last error."""
        query = (
            select(
                *(ALERT_MESSAGE.c[name] for name in ("id", "rule", "event", "created_at", "title")),
                *(ALERT_DELIVERY.c[name] for name in ("target", "attempts", "next_at", "last_error", "given_up_at")),
            )
            .join(ALERT_DELIVERY, ALERT_DELIVERY.c.number == ALERT_MESSAGE.c.number)
            .where(ALERT_DELIVERY.c.sent_at.is_(None), *_of(target))
            .order_by(ALERT_DELIVERY.c.number, ALERT_DELIVERY.c.target)
        )
        with self._reading() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - its public name

    def sent(self, since: int) -> int:
        """How many deliveries were accepted since then."""
        with self._reading() as connection:
            counted = select(func.count()).select_from(ALERT_DELIVERY).where(ALERT_DELIVERY.c.sent_at >= since)
            return connection.scalar(counted) or 0

    def _mark(self, number: int, target: str, **values: object) -> None:
        with self._writing() as connection:
            this = and_(ALERT_DELIVERY.c.number == number, ALERT_DELIVERY.c.target == target)
            connection.execute(update(ALERT_DELIVERY).where(this).values(values))


def _of(target: str | None) -> list[ColumnElement[bool]]:
    return [] if target is None else [ALERT_DELIVERY.c.target == target]


def _waiting(row: Row[Any]) -> Waiting:
    message = Outgoing(row.id, row.rule, row.event, row.created_at, row.title, row.body)
    return Waiting(row.number, message, row.attempts, row.next_at)
