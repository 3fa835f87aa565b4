"""Emptying the outbox: every target has a worker of its own, and a message is marked only after it was accepted."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from indexer.errors import DatabaseError
from indexer.reports.alerts.rules import Target
from indexer.reports.alerts.sinks import NotAccepted, Sink, sink_of
from indexer.store import Store, Waiting

HOLDS_UP = 3
"""Failed attempts for which a message keeps those behind it waiting, so that their order stays."""
_FIRST_PAUSE_S = 5
_LONGEST_PAUSE_S = 600
_AT_ONCE = 50

_log = structlog.get_logger()


def pause_s(attempts: int) -> int:
    """How long to wait after so many failed attempts."""
    return int(min(_FIRST_PAUSE_S * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE_S))


class Delivery:
    """Sends what waits. A message is sent at least once: killed between sending and marking, it is sent again."""

    def __init__(
        self,
        store: Store,
        targets: Sequence[Target],
        *,
        timeout_s: float,
        give_up_after_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._targets = targets
        self._timeout_s = timeout_s
        self._give_up_after_s = give_up_after_s
        self._clock = clock
        self._workers: dict[str, threading.Thread] = {}
        self._sinks: dict[str, Sink] = {}
        self._stop = threading.Event()

    def deliver(self) -> None:
        """Set every idle worker to what is due, and return at once. Raises DatabaseError."""
        now = int(self._clock())
        lost = self._store.give_up(now - self._give_up_after_s, now)
        if lost:
            _log.error("alert messages were given up: no target accepted them in time", messages=lost)
        for target in self._targets:
            worker = self._workers.get(target.key)
            if (worker is None or not worker.is_alive()) and self._store.waiting(target.key, 1):
                # A daemon: a sink that never answers must not keep the program from ending.
                made = threading.Thread(target=self._empty, args=(target,), name="alert sink", daemon=True)
                self._workers[target.key] = made
                made.start()

    def close(self, wait_s: float = 5.0) -> None:
        """Start nothing new, and wait a little for what is being sent."""
        self._stop.set()
        until = time.monotonic() + wait_s
        for worker in self._workers.values():
            worker.join(max(0.0, until - time.monotonic()))

    def _empty(self, target: Target) -> None:
        try:
            self._send_all(target)
        except DatabaseError as error:
            _log.warning("the outbox cannot be read or marked: what was sent may be sent again", why=str(error))
        except Exception:  # noqa: BLE001 - it is logged, and the next round starts another worker
            _log.exception("a worker of the outbox failed", target=target.shown)

    def _send_all(self, target: Target) -> None:
        after = 0
        while batch := self._store.waiting(target.key, _AT_ONCE, after):
            for waiting in batch:
                after = waiting.number
                if self._stop.is_set():
                    return
                due = not 0 < waiting.next_at - self._clock() <= _LONGEST_PAUSE_S
                failed = 0 if due and self._send(target, waiting) else waiting.attempts + due
                if 0 < failed < HOLDS_UP:
                    return

    def _send(self, target: Target, waiting: Waiting) -> bool:
        try:
            sink = self._sinks.get(target.key) or sink_of(target, self._timeout_s)
            self._sinks[target.key] = sink
            sink.send(waiting.message)
        except NotAccepted as error:
            attempts, now = waiting.attempts + 1, int(self._clock())
            due = now + pause_s(attempts)
            self._store.save_failed(waiting.number, target.key, str(error), attempts=attempts, next_at=due)
            _log.warning("an alert was not accepted", target=target.shown, id=waiting.message.id, why=str(error))
            return False
        self._store.save_sent(waiting.number, target.key, int(self._clock()))
        return True
