"""The service: jobs run and are remembered, the follower's death ends it, a stop ends it in order."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from indexer import schedule
from indexer.errors import NodeError, ServiceError
from indexer.schedule import Job, Service
from indexer.store import Store


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
