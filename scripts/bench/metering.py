"""Counting requests of a Sync, block by block, without a clock: the chain moves when Sync has nothing to do."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import httpx

from indexer.book import Draft
from indexer.evm import Address, address
from indexer.node import JsonRpc, Node
from indexer.oracles import chainlink
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import protocol_of
from indexer.store import Store
from indexer.sync import backfill
from indexer.sync.engine import Sync, SyncOptions
from indexer.sync.progress import Phase, Progress
from scripts.devnet import Devnet


class CountingTransport(httpx.BaseTransport):
    """Counts below the client: requests as they leave, and the JSON-RPC calls in their bodies."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.http = 0
        self.rpc = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Count and send."""
        body = json.loads(request.read())
        self.http += 1
        self.rpc += len(body) if isinstance(body, list) else 1
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


@dataclass(frozen=True)
class Cost:
    """What one thing took; for a block also what it brought that had to be discovered."""

    http: int
    rpc: int
    adds_markets: bool = False
    """Or contracts of a market."""
    adds_feeds: bool = False
    """A feed's aggregator that was never seen before."""


@dataclass
class Measured:
    """One database, from nothing to the head and on."""

    range_blocks: int
    backfilled: int = 0
    accounts: int = 0
    backfill: Cost = Cost(0, 0)
    restart: Cost = Cost(0, 0)
    ranges: list[Cost] = field(default_factory=list)
    blocks: list[Cost] = field(default_factory=list)
    idle: list[Cost] = field(default_factory=list)
    counts_agree: bool = False

    @property
    def ordinary(self) -> list[Cost]:
        """Followed blocks that add neither market nor feed."""
        return [cost for cost in self.blocks if not cost.adds_markets and not cost.adds_feeds]


class _Meter:
    """Takes what was counted since it was last asked."""

    def __init__(self, transport: CountingTransport) -> None:
        self._transport = transport
        self._http = self._rpc = 0

    def take(self) -> Cost:
        http, rpc = self._transport.http, self._transport.rpc
        cost = Cost(http - self._http, rpc - self._rpc)
        self._http, self._rpc = http, rpc
        return cost


class _WhenIdle(Event):
    """The stop event of Sync, which waits on it when a poll found nothing: then we act."""

    def __init__(self, act: Callable[[], bool]) -> None:
        super().__init__()
        self._act = act

    def wait(self, timeout: float | None = None) -> bool:
        """Called in place of sleeping."""
        del timeout
        if not self._act():
            self.set()
        return self.is_set()


def measure(devnet: Devnet, blocks: int, *, range_blocks: int = backfill.RANGE_BLOCKS) -> Measured:
    """Backfill a new database, then follow `blocks` blocks of life, each mined when the one before is stored."""
    transport = CountingTransport()
    rpc = JsonRpc([devnet.url], transport=transport)
    usual, backfill.RANGE_BLOCKS = backfill.RANGE_BLOCKS, range_blocks
    try:
        with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{Path(folder) / 'cost.db'}") as store:
            found = _Run(devnet, Node(rpc), store, _Meter(transport), range_blocks).run(blocks)
        found.counts_agree = (rpc.http_requests, rpc.rpc_calls) == (transport.http, transport.rpc)
    finally:
        backfill.RANGE_BLOCKS = usual
        rpc.close()
        transport.close()
    return found


class _Run:
    def __init__(self, devnet: Devnet, node: Node, store: Store, meter: _Meter, range_blocks: int) -> None:
        self._devnet = devnet
        self._meter = meter
        self._found = Measured(range_blocks)
        self._stop = Event()
        deployments = [
            Deployment(item.name, item.protocol, address(item.entry), item.first_block)
            for item in devnet.manifest.listed
        ]
        self._deployments = deployments
        self._sync = Sync(node, store, deployments, options=SyncOptions(), report=self._heard)
        self._first = min(deployment.first_block for deployment in deployments)
        self._known: tuple[int, set[Address]] = (0, set())

    def run(self, blocks: int) -> Measured:
        found = self._found
        self._sync.once(self._stop)  # ends with the backfill, see _heard; without one it follows at once
        if found.ranges:
            found.ranges.append(self._meter.take())  # after the last range: sums against token totals
            found.backfill = Cost(sum(cost.http for cost in found.ranges), sum(cost.rpc for cost in found.ranges))
            found.ranges.pop()
            self._known = self._look()
            self._sync.once()
        del found.blocks[:1]  # the first block after a start carries the start
        self._meter.take()
        self._sync.once()
        found.restart = self._meter.take()
        self._left = blocks
        self._sync.follow(_WhenIdle(self._idle))
        found.accounts = sum(len(self._sync.book[item.name].accounts) for item in self._deployments)
        return found

    def _heard(self, progress: Progress) -> None:
        if progress.phase == Phase.BACKFILL:
            self._found.ranges.append(self._meter.take())
            self._found.backfilled = progress.done - self._first + 1
            if progress.done == progress.total:
                self._stop.set()
        elif progress.phase == Phase.FOLLOW:
            before, self._known = self._known, self._look()
            cost = self._meter.take()
            adds_markets, adds_feeds = before[0] != self._known[0], not self._known[1] <= before[1]
            self._found.blocks.append(replace(cost, adds_markets=adds_markets, adds_feeds=adds_feeds))

    def _look(self) -> tuple[int, set[Address]]:
        """Number of markets and of contracts that log for them, and the aggregators of their feeds."""
        book = self._sync.book
        markets = sum(len(book[item.name].markets) for item in self._deployments)
        emitters = sum(len(protocol_of(item).addresses(item, book)) for item in self._deployments)
        return markets + emitters, chainlink.aggregators(Draft(book))

    def _idle(self) -> bool:
        """One poll found no new block: mine one, or end."""
        self._found.idle.append(self._meter.take())
        if self._left == 0:
            return False
        self._left -= 1
        self._devnet.live(1)
        return True
