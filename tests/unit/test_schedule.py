"""The service: jobs run and are remembered, the follower's death ends it, a stop ends it in order."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from indexer import schedule
from indexer.errors import NodeError, ServiceError
from indexer.schedule import CronTrigger, Job, Service
from indexer.settings import Cron
from indexer.store import JobRun, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as opened:
        yield opened


def stopped_after(stop: threading.Event, condition: Callable[[], bool]) -> None:
    """A follower that follows until something happened."""
    until = time.monotonic() + 20
    while not condition() and not stop.is_set() and time.monotonic() < until:
        time.sleep(0.01)
    stop.set()


def test_jobs_run_and_their_outcome_is_kept(store: Store) -> None:
    ran: list[str] = []

    def good() -> str | None:
        ran.append("good")
        return None

    def bad() -> str | None:
        raise NodeError("the node is away")

    def finished() -> bool:
        runs = store.job_runs()
        return len(runs) == 2 and all(run.last_finished is not None for run in runs.values())

    jobs = [Job("good", 3600, good), Job("bad", 3600, bad)]
    Service(lambda stop: stopped_after(stop, finished), jobs, store).run(threading.Event())
    assert ran == ["good"]
    runs = store.job_runs()
    assert runs["good"].last_error is None
    assert runs["bad"].last_error == "the node is away"


def test_a_job_that_ran_lately_waits_for_its_time(store: Store) -> None:
    store.save_job_started("verify", int(time.time()))
    store.save_job_finished("verify", int(time.time()))
    ran = threading.Event()

    def run() -> str | None:
        ran.set()
        return None

    def follow(stop: threading.Event) -> None:
        time.sleep(1.5)
        stop.set()

    Service(follow, [Job("verify", 3600, run)], store).run(threading.Event())
    assert not ran.is_set()


def test_a_job_that_ran_in_the_future_waits_for_one_interval() -> None:
    now = datetime.fromtimestamp(1_000_000, UTC)
    ahead = JobRun("verify", 9_000_000, 9_000_001, None)  # the clock was set back since
    assert Job("verify", 3600, lambda: None).first_due(ahead, now) == now + timedelta(seconds=3600)


def test_the_follower_s_death_ends_the_service_with_its_error(store: Store) -> None:
    def die(_: threading.Event) -> None:
        raise NodeError("nothing to follow")

    stop = threading.Event()
    with pytest.raises(NodeError, match="nothing to follow"):
        Service(die, [], store).run(stop)
    assert stop.is_set()


def test_the_death_of_what_lives_beside_the_follower_ends_the_service_in_order(store: Store) -> None:
    followed: list[str] = []

    def follow(stop: threading.Event) -> None:
        stop.wait(20)
        followed.append("its block, to the end")

    def die(_: threading.Event) -> None:
        raise ServiceError("the API's server died")

    stop = threading.Event()
    with pytest.raises(ServiceError, match="the API's server died"):
        Service(follow, [], store, {"API": die}).run(stop)
    assert stop.is_set()
    assert followed == ["its block, to the end"]


def test_a_stop_lets_the_follower_finish_its_block(store: Store) -> None:
    done: list[str] = []

    def follow(stop: threading.Event) -> None:
        stop.wait(20)
        time.sleep(0.2)
        done.append("block")

    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    Service(follow, [], store).run(stop)
    assert done == ["block"]


def test_a_scheduler_that_died_in_silence_ends_the_service(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_DEAD_AFTER_S", 0.5)
    monkeypatch.setattr(BackgroundScheduler, "start", lambda _: None)
    stop = threading.Event()
    with pytest.raises(ServiceError, match="start the service again"):
        Service(lambda stopped: stopped_after(stopped, stopped.is_set), [], store).run(stop)
    assert stop.is_set()


def test_a_lock_on_the_database_delays_a_job_and_does_not_kill_it(store: Store, tmp_path: Path) -> None:
    stop, runs = threading.Event(), []

    def job() -> str | None:
        runs.append(time.monotonic())
        if len(runs) == 3:
            stop.set()
        return None

    other = sqlite3.connect(tmp_path / "indexer.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(2.5, other.execute, ["COMMIT"])
    started = time.monotonic()
    release.start()
    Service(lambda stopped: stopped_after(stopped, stopped.is_set), [Job("watched", 1, job)], store).run(stop)
    other.close()
    assert runs[0] - started >= 2.4  # waited for the lock
    assert len(runs) == 3  # and went on
    assert store.job_runs()["watched"].last_error is None


class TestCron:
    """Monday 29 March 2027 at seven in Berlin is five in UTC."""

    SEVEN = Cron("0 7 * * *", "Europe/Berlin")
    DUE = datetime(2027, 3, 29, 5, tzinfo=UTC)

    def job(self, run: Callable[[], str | None] = lambda: None) -> Job:
        return Job("report", 0, run, self.SEVEN)

    def ran(self, started: datetime, finished: datetime | None) -> JobRun:
        ended = None if finished is None else int(finished.timestamp())
        return JobRun("report", int(started.timestamp()), ended, None)

    def test_what_never_ran_waits_for_its_time(self) -> None:
        assert self.job().first_due(None, self.DUE - timedelta(hours=2)) == self.DUE

    def test_what_ran_at_its_time_waits_for_the_next(self) -> None:
        last = self.ran(self.DUE, self.DUE + timedelta(seconds=30))
        assert self.job().first_due(last, self.DUE + timedelta(hours=1)) == self.DUE + timedelta(days=1)

    @pytest.mark.parametrize("days", [1, 10, 400])
    def test_however_many_times_were_missed_it_runs_soon_and_once(self, days: int) -> None:
        last, now = self.ran(self.DUE, self.DUE + timedelta(seconds=30)), self.DUE + timedelta(days=days, minutes=9)
        assert self.job().first_due(last, now) == now + timedelta(seconds=1)

    def test_a_run_that_was_killed_runs_again(self) -> None:
        now = self.DUE + timedelta(minutes=5)
        assert self.job().first_due(self.ran(self.DUE, None), now) == now + timedelta(seconds=1)
        before = self.DUE - timedelta(days=1)
        assert self.job().first_due(self.ran(self.DUE, before), now) == now + timedelta(seconds=1)

    def test_the_trigger_gives_times_after_the_last_one(self) -> None:
        trigger = CronTrigger(self.SEVEN)
        assert trigger.get_next_fire_time(None, self.DUE - timedelta(hours=1)) == self.DUE
        assert trigger.get_next_fire_time(self.DUE, self.DUE) == self.DUE + timedelta(days=1)

    def test_a_service_that_was_down_runs_the_missed_report_once(self, store: Store) -> None:
        long_ago, ran = int(time.time()) - 400 * 86_400, []
        store.save_job_started("report", long_ago)
        store.save_job_finished("report", long_ago + 1)

        def run() -> str | None:
            ran.append("report")
            return None

        def follow(stop: threading.Event) -> None:
            stopped_after(stop, lambda: bool(ran))
            time.sleep(1.2)

        yearly = Job("report", 0, run, Cron("0 0 1 1 *", "Europe/Berlin"))
        Service(follow, [yearly], store).run(threading.Event())
        assert ran == ["report"]
        assert (store.job_runs()["report"].last_started or 0) > long_ago
