"""`indexer sync` killed with SIGKILL at random requests of backfill and follow: the rows are as if undisturbed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import httpx
import pytest

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
    dice, points = Random(3), list[int]()
    with FaultProxy(answers_of(peaceful)).serving() as proxy:
        (tmp_path / "indexer.toml").write_text(CONFIG.format(node=proxy.url))
        command = Indexer(tmp_path / "indexer.toml", {"INDEXER_DATABASE__URL": peaceful.url})
        for _ in range(KILLS):
            points.append(dice.randint(4, 30))
            kill_at(proxy, peaceful, command, points[-1], dice.uniform(0, 0.03))
        ended = command.run("sync", "--once")
        assert ended.code == 0, ended.err
    record_property("killed after so many requests", points)
    assert peaceful.compare(new_url()) > 100


def kill_at(proxy: FaultProxy, simulation: Simulation, command: Indexer, requests: int, later_s: float) -> None:
    """Start `sync`, kill it a moment after it sent so many requests; a block is mined at every third one."""
    first = proxy.requests

    def mine(number: int) -> None:
        if (number - first) % 3 == 0:
            simulation.chain.mine()

    proxy.before = mine
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "indexer", "--config", str(command.config), "sync"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=command.whole_environment(),
    )
    try:
        until = time.monotonic() + LONGEST_S
        while proxy.requests - first < requests:
            assert process.poll() is None, f"ended by itself with {process.returncode}"
            assert time.monotonic() < until, "it does not ask any more"
            time.sleep(0.002)
        time.sleep(later_s)
    finally:
        proxy.before = lambda _: None
        process.kill()
        process.wait()
