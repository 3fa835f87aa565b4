"""When things happen: the follower as one long-lived thread, everything else as jobs of one scheduler.

The scheduler keeps its jobs in memory; when they last ran, and whether that failed, goes through the store.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from indexer.errors import DatabaseError, IndexerError, NotFoundError, ServiceError
from indexer.evm import Address
from indexer.oracles.feeds import Feed
from indexer.reports.alerts.watch import Alerts
from indexer.reports.export.scheduled import scheduled_snapshot
from indexer.reports.health.making import make_report
from indexer.reports.incidents import compare_and_quarantine
from indexer.reports.snapshot import Asked, open_snapshot
from indexer.reports.tables import price_rows
from indexer.settings import Cron, ReportSettings, ScheduleSettings, SnapshotSettings
from indexer.store import JobRun, Store

_FIRST_AFTER_S = 1.0
_CLOSE_TO_HEAD = 5
_WORKERS_END_S = 60.0
_BEAT_S = 5
_DEAD_AFTER_S = 120.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something that happens again and again. `run` returns what is wrong in one line, None: nothing.

    Due every `every_s` seconds, or (`cron` given, `every_s` is 0) by a cron expression in its time zone.
    """

    name: str
    every_s: int
    run: Callable[[], str | None]
    cron: Cron | None = None

    def first_due(self, last: JobRun | None, now: datetime) -> datetime | None:
        """When it is first due in a service that starts now: soon where a time was missed, however many were.

        A run that did not end was none. What never ran missed nothing: it waits for its first time.
        """
        soon = now + timedelta(seconds=_FIRST_AFTER_S)
        ended = None if last is None or last.last_finished is None else datetime.fromtimestamp(last.last_finished, UTC)
        if self.cron is None:
            every = timedelta(seconds=self.every_s)
            return soon if ended is None else max(soon, min(ended, now) + every)  # a clock may have been set back
        begun = None if last is None or last.last_started is None else datetime.fromtimestamp(last.last_started, UTC)
        if begun is not None and (ended is None or ended < begun or self.cron.missed(begun, now)):
            return soon
        return self.cron.next_after(now)


class CronTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A `Cron` as APScheduler asks for it."""

    def __init__(self, cron: Cron) -> None:
        self._cron = cron

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time after the last one; times missed meanwhile are one run (`coalesce`)."""
        return self._cron.next_after(previous_fire_time or now)


@dataclass(slots=True)
class Jobs:
    """The jobs of the configuration, over the service's one store."""

    store: Store
    urls: Sequence[str]
    feeds: dict[Address, Feed]
    settings: ScheduleSettings
    alerts: Alerts | None = None
    _stale: set[str] = field(default_factory=set)

    def all(self) -> list[Job]:
        """Every job that is turned on."""
        jobs = [
            Job("verify", self.settings.verify_every_s, self.verify),
            Job("housekeeping", self.settings.housekeeping_every_s, self.housekeeping),
        ]
        if self.alerts is not None:
            jobs.append(Job("alerts", self.alerts.every_s, self.alerts.run))
        return [job for job in jobs if job.every_s]

    def close(self) -> None:
        """End what jobs left running."""
        if self.alerts is not None:
            self.alerts.close()

    def verify(self) -> str | None:
        """Compare a sample with the contracts; loud when they differ. Raises NodeError."""
        open_before = self._quarantined()
        outcome = compare_and_quarantine(
            self.store, self.urls[0], sample=self.settings.verify_sample, at=int(time.time())
        )
        for wrong in outcome.mismatches:
            _log.error("MISMATCH with the contract: its deployment is quarantined", **wrong)
        for name in sorted(open_before - self._quarantined()):
            _log.warning("the quarantine is over: everything agrees again", deployment=name)
        if not outcome.mismatches:
            _log.info("verified", accounts=len(outcome.verifications), fields=outcome.fields)
            return None
        return f"{len(outcome.mismatches)} integers differ from the contracts'"

    def _quarantined(self) -> set[str]:
        return {incident.deployment for incident in self.store.incidents() if incident.is_open}

    def housekeeping(self) -> str | None:
        """Forget hashes that finality made useless, and say which feeds became old or fresh again."""
        seen = self.store.heads_seen()
        if seen is not None and seen.finalized is not None:
            forgotten = self.store.prune_block_hashes(seen.finalized.number)
            _log.debug("housekeeping", forgotten=forgotten)
        if self.alerts is not None:
            self.alerts.prune()
        self._watch_feeds()
        return None

    def _watch_feeds(self) -> None:
        with open_snapshot(self.store, Asked(feeds=self.feeds)) as snapshot:
            if snapshot.lag is None or snapshot.lag > _CLOSE_TO_HEAD:
                return
            stale = {name for row in price_rows(snapshot) for name in row["stale_feeds"]}
        for name in sorted(stale - self._stale):
            _log.warning("a feed is older than its heartbeat", feed=name)
        for name in sorted(self._stale - stale):
            _log.info("a feed is fresh again", feed=name)
        self._stale = stale


def report_jobs(store: Store, asked: Asked, settings: ReportSettings) -> list[Job]:
    """The job that writes the health report; none where no schedule is set."""

    def run() -> str | None:
        written = make_report(store, asked, Path(settings.out), keep=settings.keep, at=int(time.time()))
        _log.info("the health report is written", files=[str(path) for path in written])
        return None

    return [] if settings.trigger is None else [Job("report", 0, run, settings.trigger)]


def snapshot_jobs(store: Store, asked: Asked, settings: SnapshotSettings) -> list[Job]:
    """The job that writes a snapshot of the newest final block; none where no schedule is set."""
    trigger, out = settings.trigger, settings.out
    if trigger is None or out is None:
        return []
    return [Job("snapshot", 0, lambda: scheduled_snapshot(store, asked, out, datetime.now(UTC)), trigger)]


class Service:
    """Follower and jobs until `stop` is set or the follower dies. One `run` per object.

    `beside` is what else lives as long, by name (the API): when one of them dies, the service ends too.
    """

    def __init__(
        self,
        follow: Callable[[threading.Event], None],
        jobs: Sequence[Job],
        store: Store,
        beside: Mapping[str, Callable[[threading.Event], None]] | None = None,
    ) -> None:
        self._lives = {"follower": follow, **(beside or {})}
        self._jobs = jobs
        self._store = store
        self._death: BaseException | None = None
        self._beaten = 0.0

    def run(self, stop: threading.Event) -> None:
        """Run until `stop`, then end in order: follower after its block, jobs after their run.

        Raises what the follower, or what is beside it, died of, and ServiceError when the scheduler runs no more jobs.
        """
        lives = [threading.Thread(target=self._living, args=(name, stop), name=name) for name in self._lives]
        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        known, now = self._store.job_runs(), datetime.fromtimestamp(time.time(), UTC)
        for job in self._jobs:
            scheduler.add_job(
                self._ran,
                _trigger(job),
                [job, stop],
                id=job.name,
                next_run_time=job.first_due(known.get(job.name), now),
            )
        scheduler.add_job(self._beat, "interval", seconds=_BEAT_S)
        self._beat()
        for life in lives:
            life.start()
        scheduler.start()
        try:
            while not stop.wait(1.0):
                self._see_that_the_scheduler_lives()
        finally:
            stop.set()
            if scheduler.running:
                scheduler.shutdown(wait=True)
            for life in lives:
                life.join(_WORKERS_END_S)
        if self._death is not None:
            raise self._death

    def _beat(self) -> None:
        self._beaten = time.monotonic()

    def _see_that_the_scheduler_lives(self) -> None:
        """A scheduler that died in silence is worse than none: the service ends, and its keeper starts it again."""
        silent_s = self.silent_s
        if silent_s > _DEAD_AFTER_S:
            raise ServiceError(f"the scheduler has run nothing for {silent_s:.0f} s: start the service again")

    @property
    def silent_s(self) -> float:
        """How long the scheduler has run nothing: a few seconds while it lives, 0 before it was started."""
        return time.monotonic() - self._beaten if self._beaten else 0.0

    def _living(self, name: str, stop: threading.Event) -> None:
        try:
            self._lives[name](stop)
        except BaseException as error:  # noqa: BLE001 - raised again by `run`, in the main thread
            self._death = self._death or error
            _log.error(f"the {name} died, so the service ends", why=str(error))
        finally:
            stop.set()

    def _ran(self, job: Job, stop: threading.Event) -> None:
        """One run of a job, its outcome kept. A job that fails is tried again at its next time."""
        if stop.is_set():
            return
        try:
            self._store.save_job_started(job.name, int(time.time()))
            fault = job.run()
        except NotFoundError:
            fault = None  # the first sync has not come far enough yet
        except IndexerError as error:
            fault = str(error)
        except Exception as error:  # noqa: BLE001 - a job must not end the service
            fault = f"{type(error).__name__}: {error}"
            _log.exception("a job failed", job=job.name)
        if fault is not None:
            _log.error("a job failed", job=job.name, why=fault)
        with suppress(DatabaseError):  # a lock held too long costs this row, not the job
            self._store.save_job_finished(job.name, int(time.time()), fault)


def _trigger(job: Job) -> BaseTrigger:
    return IntervalTrigger(seconds=job.every_s, timezone=UTC) if job.cron is None else CronTrigger(job.cron)
