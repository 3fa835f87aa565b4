"""What a sync does while a node or the database cannot be used: it says so, pauses, and asks again."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event

from indexer.errors import DatabaseError, DeepReorgError, IndexerError, NodeUnreachable, ReconciliationFailed
from indexer.node import Node
from indexer.store import Store
from indexer.sync.condition import Activity, Condition, ConditionLog
from indexer.sync.progress import Phase, Progress, Report

JOB = "follow"
"""The name of the row among the job runs that says how following goes."""
_MEND_PAUSE, _LONGEST_MEND_PAUSE = 720, 17_280
"""In retries (5 s each: an hour, a day): what a backfill that never adds up may cost in requests."""
_DEEP_REORG_TRIES = 8
"""How often a chain that differs below finality is asked again: one node may be on a dead fork for a while."""
_LONG_WAIT_S = 600
_LONGEST_RETRY_S = 60.0


class Waiting:
    """Keeps the sync's condition and how often it failed in a row; knows how long to pause."""

    def __init__(
        self, node: Node, store: Store, report: Report, clock: Callable[[], float], *, retry_s: float, block_time_s: int
    ) -> None:
        self._node = node
        self._store = store
        self._report = report
        self._clock = clock
        self._retry_s = retry_s
        self._longest_retry_s = max(retry_s, min(_LONGEST_RETRY_S, block_time_s))
        self._conditions = ConditionLog(clock())
        self._failures = self._contradictions = 0

    @property
    def condition(self) -> Condition:
        """What sync is doing now, and why it waits where it does."""
        return self._conditions.condition

    def wait(self, error: IndexerError, cursor: int, stop: Event) -> bool:
        """Say why there is nothing to do, and pause: longer and longer while nothing helps.

        Returns whether work can go on where it was: False after the database was away, and after a long wait.
        Raises the error itself when it is a DeepReorgError that came too often.
        """
        if isinstance(error, DeepReorgError):
            self._contradictions += 1
            if self._contradictions > _DEEP_REORG_TRIES:
                raise error
        now, why = self._clock(), str(error)
        fresh = self.condition.activity is not Activity.WAITING
        self._conditions.wait(why, now)
        brief = now - self.condition.since <= _LONG_WAIT_S
        if not isinstance(error, DatabaseError | NodeUnreachable):
            self._node.doubt()
        if fresh:
            self._note(why)
        self._report(Progress(Phase.WAIT, cursor, cursor, why=why))
        self._failures += 1
        stop.wait(self._pause(error))
        return brief and not isinstance(error, DatabaseError)

    def turn(self, activity: Activity) -> None:
        """Say what is done now; how often it failed before stays."""
        if self.condition.activity is Activity.WAITING:
            self._note(None)
        self._conditions.turn(activity, self._clock())

    def end(self, activity: Activity) -> None:
        """Nothing failed this time: the next pause is a short one again."""
        self._failures = self._contradictions = 0
        self.turn(activity)

    def _pause(self, error: IndexerError) -> float:
        """Seconds until the next try: a block's time at most, but hours where a whole backfill is asked again."""
        doubled = 2.0 ** (min(self._failures, 16) - 1)
        if isinstance(error, ReconciliationFailed):
            return min(self._retry_s * _MEND_PAUSE * doubled, self._retry_s * _LONGEST_MEND_PAUSE)
        return min(self._retry_s * doubled, self._longest_retry_s)

    def _note(self, why: str | None) -> None:
        """Keep how following goes for who looks into the database."""
        with suppress(DatabaseError):
            self._store.save_job_started(JOB, self.condition.since)
            self._store.save_job_finished(JOB, int(self._clock()), why)
