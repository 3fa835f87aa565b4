"""What sync is doing, since when, and why it waits: for logs, for the store, for whoever asks whether it is ready."""

from dataclasses import dataclass
from enum import StrEnum

import structlog

_LINE_EVERY_S = 60

_log = structlog.get_logger()


class Activity(StrEnum):
    """What sync is doing."""

    STARTING = "starting"
    BACKFILLING = "backfilling"
    FOLLOWING = "following"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Condition:
    """`since` is in Unix seconds; `why` says what is waited for, and is empty while all is well."""

    activity: Activity
    since: int
    why: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether answers come from the head: the chain is being followed."""
        return self.activity is Activity.FOLLOWING


class ConditionLog:
    """Keeps the condition; says at once when waiting begins, each minute while it lasts, and when it is over."""

    def __init__(self, now: float) -> None:
        self.condition = Condition(Activity.STARTING, int(now))
        self._last_line = now

    def wait(self, why: str, now: float) -> None:
        """Something cannot be used: go on waiting since the first time."""
        before = self.condition
        since = before.since if before.activity is Activity.WAITING else int(now)
        self.condition = Condition(Activity.WAITING, since, why)
        if since != before.since or before.activity is not Activity.WAITING or now - self._last_line >= _LINE_EVERY_S:
            self._last_line = now
            _log.warning("waiting", why=why, since=since, seconds=int(now) - since)

    def turn(self, activity: Activity, now: float) -> None:
        """Work goes on."""
        before = self.condition
        if before.activity is activity:
            return
        if before.activity is Activity.WAITING:
            _log.info("the wait is over", seconds=int(now) - before.since, now=str(activity))
        self.condition = Condition(activity, int(now))
