"""The server of the database stops while a follower runs, and comes back: it waits, says so, and misses nothing."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from indexer.sync.condition import Activity
from indexer.sync.engine import SyncOptions
from indexer.sync.waiting import JOB
from tests.postgres_server import PostgresServer
from tests.simulation.conftest import EXHAUSTIVE
from tests.simulation.simulation import Simulation
from tests.store.conftest import own_server

pytestmark = pytest.mark.long
ROUNDS = 5 if EXHAUSTIVE else 2
PATIENCE_S = 20.0


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with own_server(durable=True) as server:
        yield server


def wait_until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.01)


@pytest.mark.filterwarnings("ignore:.*psycopg.ServerCursor:ResourceWarning")  # its close() fails with its server
def test_the_server_goes_and_comes_back(server: PostgresServer) -> None:
    simulation = Simulation(1, server.new_database(), handled=frozenset())
    simulation.target = 0
    stop = threading.Event()
    with simulation.indexer(options=SyncOptions(poll_s=0.01, retry_s=0.05)) as alive:
        thread = threading.Thread(target=alive.sync.follow, args=(stop,))
        thread.start()
        try:
            for _ in range(ROUNDS):
                follow_some(simulation, lambda: alive.sync._replica.cursor)
                server.kill()
                simulation.chain.mine()
                wait_until(lambda: alive.sync.condition.activity is Activity.WAITING, "it never says that it waits")
                assert "PostgreSQL" in alive.sync.condition.why or "was lost" in alive.sync.condition.why
                server.start()
                wait_until(lambda: alive.sync.condition.is_ready, "it never recovers")
            follow_some(simulation, lambda: alive.sync._replica.cursor)
        finally:
            stop.set()
            thread.join(PATIENCE_S)
        assert alive.store.job_runs()[JOB].last_error is None, "what is over is still complained of"
    assert simulation.compare(server.new_database()) > 50


def follow_some(simulation: Simulation, cursor: Callable[[], object]) -> None:
    for _ in range(5):
        simulation.chain.mine()
        wait_until(lambda: getattr(cursor(), "hash", "") == simulation.chain.head.hash, "the head is not reached")
