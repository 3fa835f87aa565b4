"""`indexer sync` and `indexer run` killed with SIGKILL at random requests: the rows are as if undisturbed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import httpx
import pytest

from indexer.store import Store
from tests.e2e.command import Indexer
from tests.fault_proxy import FaultProxy
from tests.simulation.conftest import EXHAUSTIVE, NewUrl
from tests.simulation.node import URLS
from tests.simulation.simulation import Simulation

pytestmark = pytest.mark.long
KILLS = 50 if EXHAUSTIVE else 5
LONGEST_S = 60
CONFIG = """
[node]
url = "{node}"
[schedule]
poll_s = 0.05
verify_every_s = 1
housekeeping_every_s = 1
[[deployments]]
name = "sim"
protocol = "aave_v3"
entry = "0x00000000000000000000000000000000000000e0"
first_block = 0
"""


@pytest.fixture
def peaceful(new_url: NewUrl) -> Simulation:
    """A chain without faults, forty blocks long, and a database that is to be disturbed."""
    simulation = Simulation(1, new_url(), handled=frozenset())
    while simulation.chain.head.number < 40:
        simulation.chain.mine()
    return simulation


def answers_of(simulation: Simulation) -> Callable[[bytes], bytes]:
    simulation.faults.on = False
    simulation.target = 0
    return lambda body: simulation.node(httpx.Request("POST", URLS[0], content=body)).content


def test_killed_at_random_moments(
    peaceful: Simulation, new_url: NewUrl, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    dice, points = Random(3), list[str]()
    with FaultProxy(answers_of(peaceful)).serving() as proxy:
        (tmp_path / "indexer.toml").write_text(CONFIG.format(node=proxy.url))
        command = Indexer(tmp_path / "indexer.toml", {"INDEXER_DATABASE__URL": peaceful.url})
        for number in range(KILLS):
            name = ("sync", "run")[number % 2]
            requests = dice.randint(4, 30) if name == "sync" else dice.choice((0, 0, 20))
            points.append(f"{name} {requests}")
            kill_at(proxy, peaceful, command, name, requests, dice.uniform(0, 0.03))
        ended = command.run_alone("sync", "--once")
        assert ended.code == 0, ended.err
    record_property("killed after so many requests", points)
    with Store.open(peaceful.url) as store:
        assert {run.last_error for run in store.job_runs().values()} == {None}
        assert store.incidents() == []
    assert peaceful.compare(new_url()) > 100


def kill_at(
    proxy: FaultProxy, simulation: Simulation, command: Indexer, name: str, requests: int, later_s: float
) -> None:
    """Start the command, kill it a moment after so many requests; a block is mined at every third one.

    `run` is killed so many requests after its `verify` began to ask; 0 is often within this job.
    """
    first, verifications = proxy.requests, simulation.node.verifications

    def mine(number: int) -> None:
        if (number - first) % 3 == 0:
            simulation.chain.mine()

    proxy.before = mine
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "indexer", "--config", str(command.config), name],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=command.whole_environment(),
    )
    try:
        if name == "run":
            wait_until(lambda: simulation.node.verifications > verifications, process)
        began = proxy.requests
        wait_until(lambda: proxy.requests - began >= requests, process)
        time.sleep(later_s)
    finally:
        proxy.before = lambda _: None
        process.kill()
        process.wait()


def wait_until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + LONGEST_S
    while not true():
        assert process.poll() is None, f"ended by itself with {process.returncode}"
        assert time.monotonic() < until, "it does not ask any more"
        time.sleep(0.002)
