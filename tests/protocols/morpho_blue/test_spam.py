"""Five thousand markets that nobody uses cost nothing: no request, no read, hardly any time."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.book import Draft
from indexer.evm import address
from indexer.node import JsonRpc, Node
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import protocol_of
from indexer.store import Store
from indexer.sync.engine import Sync, SyncOptions
from scripts.devnet.morpho import spam
from tests.protocols.morpho_blue.witness import Witness

pytestmark = pytest.mark.node
MARKETS = 5_000
BLOCKS = 12


class Costs:
    """An indexer that follows the devnet, and what its blocks cost."""

    def __init__(self, witness: Witness, store: Store) -> None:
        told = witness.told
        self.devnet = witness.devnet
        self.deployment = Deployment(told.name, told.protocol, address(told.entry), told.first_block)
        self.rpc = JsonRpc([self.devnet.url])
        options = SyncOptions(block_time_s=12, poll_s=0.0, retry_s=0.0)
        self.sync = Sync(Node(self.rpc), store, [self.deployment], options=options)
        self.sync.once()

    def of_blocks(self) -> tuple[int, int, float]:
        """Most HTTP requests of a block, JSON-RPC calls of all, median milliseconds of a block."""
        requests, times, calls = [], [], self.rpc.rpc_calls
        for _ in range(BLOCKS):
            self.devnet.mine()
            before, started = self.rpc.http_requests, time.perf_counter()
            assert self.sync._step()
            times.append((time.perf_counter() - started) * 1000)
            requests.append(self.rpc.http_requests - before)
        return max(requests), self.rpc.rpc_calls - calls, statistics.median(times)

    def planning_ms(self) -> float:
        """What the adapter itself takes to plan a block's reads, sources and tokens."""
        protocol, draft, times = protocol_of(self.deployment), Draft(self.sync.book), []
        for _ in range(50):
            started = time.process_time_ns()
            protocol.plan_reads(self.deployment, draft)
            protocol.sources(self.deployment, draft)
            protocol.assets(self.deployment, draft)
            protocol.addresses(self.deployment, self.sync.book)
            times.append((time.process_time_ns() - started) / 1e6)
        return min(times)


def test_markets_nobody_uses_cost_nothing(
    witness: Witness, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    before = witness.devnet.snapshot()
    with Store.open(f"sqlite:///{tmp_path}/indexer.db") as store:
        costs = Costs(witness, store)
        calm = costs.of_blocks()
        planning = costs.planning_ms()
        spam(witness.devnet, MARKETS)
        started = time.perf_counter()
        assert costs.sync._step()
        arriving = time.perf_counter() - started
        assert len(costs.sync.book[costs.deployment.name].markets) == MARKETS + len(witness.markets)
        spammed = costs.of_blocks()
        planning_spammed = costs.planning_ms()
        costs.rpc.close()
    witness.devnet.revert(before)
    record_property("HTTP requests a block", f"{calm[0]} and {spammed[0]}")
    record_property("ms a block", f"{calm[2]:.1f} and {spammed[2]:.1f}")
    record_property("ms of planning", f"{planning:.2f} and {planning_spammed:.2f}")
    record_property("seconds of the block that brought them", f"{arriving:.2f}")
    assert calm[0] == spammed[0] == 2
    assert calm[1] == spammed[1]
    assert planning_spammed < planning + 1
