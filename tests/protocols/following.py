"""An indexer on a chain that is played back, and everything a test wants to know from both."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from indexer.book import Book, DeploymentBook
from indexer.evm import BlockRef, Call
from indexer.node import JsonRpc, Node, Read
from indexer.protocols._interface import Deployment, Facts, Protocol, Truth, View
from indexer.protocols._registry import protocol_of
from indexer.reports.contract import ContractReader
from indexer.store import Store
from indexer.sync.engine import Sync, SyncOptions
from tests.protocols.replay import ReplayNode
from tests.protocols.tape import NEXT_S
from tests.simulation.simulation import Pauses

URL = "http://replay.test"
Rows = dict[tuple[str, str, str], int]
"""(market, account, field) -> value, of one deployment."""


class Following:
    """One deployment's indexer: node, store and sync, as the `sync` command joins them."""

    def __init__(self, node: ReplayNode, deployment: Deployment, store: Store) -> None:
        self.replay = node
        self.deployment = deployment
        self.store = store
        self.protocol: Protocol = protocol_of(deployment)
        self.rpc = JsonRpc([URL], transport=httpx.MockTransport(node), attempts=1)
        self.node = Node(self.rpc, finality_depth=10**9)
        options = SyncOptions(block_time_s=NEXT_S, poll_s=0.0, retry_s=0.0)
        self.sync = Sync(self.node, store, [deployment], options=options)
        self._books: dict[int, Book] = {}

    def once(self) -> BlockRef:
        """Sync to the node's head; the cursor."""
        cursor = self.sync.once(Pauses(lambda _: False))
        assert cursor is not None
        assert cursor.hash == self.replay.head.hash, f"stopped at {cursor.number}, head {self.replay.head.number}"
        return cursor

    def follow_to(self, number: int) -> int:
        """Follow while the chain grows block by block, up to that number; how often there was nothing to do."""
        pauses = 0

        def grow(_: float) -> bool:
            nonlocal pauses
            pauses += 1
            return self.replay.head.number >= number or not self.replay.advance()

        self.sync.follow(Pauses(grow))
        assert self.cursor.hash == self.replay.head.hash, f"stopped at {self.cursor.number}: {self.sync.condition}"
        return pauses

    @property
    def cursor(self) -> BlockRef:
        """The last block stored."""
        cursor = self.store.cursor()
        assert cursor is not None
        return cursor

    def rows(self, number: int | None = None) -> Rows:
        """What the store holds of the deployment at the end of a block."""
        found = self.store.load_state(number, self.deployment.name)
        return {(entity.market, entity.account, field): value for entity, field, value in found}

    def book_at(self, number: int) -> Book:
        """The book at the end of a followed block, from the store's history."""
        if number not in self._books:
            self._books[number] = Book().load(self.store.load_state(number))
        return self._books[number]

    def rows_at(self, number: int) -> DeploymentBook:
        """The deployment's columns at the end of a followed block."""
        return self.book_at(number)[self.deployment.name]

    def view(
        self, number: int, prices: str | Mapping[str, int | None] = "price", *, seen_in: int | None = None
    ) -> View:
        """A view of a followed block at the prices stored with it, or others; `seen_in`: the block of a transaction."""
        seen = number if seen_in is None else seen_in
        return self.protocol.view(self.deployment, self.rows_at(number), prices, seen)

    def read(self, number: int, calls: Sequence[Call], at: int | None = None) -> Facts:
        """The contracts' answers at a block of the node's chain."""
        asked = tuple(calls)
        answers = self.node.read(self.ref(number).hash, [Read(asked, at)])[0] if asked else []
        return dict(zip(asked, answers, strict=True))

    def ask(self, number: int, truths: Sequence[Truth], at: int | None = None) -> list[dict[str, int] | None]:
        """What the contracts say, by verify's independent path."""
        return _Contracts(self.replay, self.ref(number).hash, at).ask(truths)

    def ref(self, number: int) -> BlockRef:
        """A block of the node's chain by number."""
        header = self.node.fetch_header(number)
        assert header is not None
        return header.ref


@contextmanager
def following(node: ReplayNode, deployment: Deployment, url: str, *, checked: bool = False) -> Iterator[Following]:
    """An indexer whose database is at `url`; started again when the database is there already.

    `checked`: the store compares every change's `old` with what it holds, which is slow.
    """
    with Store.open(url) as store:
        store.checked = checked
        found = Following(node, deployment, store)
        try:
            yield found
        finally:
            found.rpc.close()


class _Contracts(ContractReader):
    """The reader of `verify` on a node without a socket, at any timestamp the node can tell."""

    def __init__(self, node: ReplayNode, block_hash: str, at: int | None) -> None:
        self._url = URL
        self._block = {"blockHash": block_hash}
        self._provider: Any = _Provider(node, at)


class _Provider:
    def __init__(self, node: ReplayNode, at: int | None) -> None:
        self._node = node
        self._override: list[Any] = [] if at is None else [{}, {"time": hex(at)}]

    def make_batch_request(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> Any:
        items = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": [*params, *self._override]}
            for number, (method, params) in enumerate(requests)
        ]
        return json.loads(self._node.answer(json.dumps(items).encode()))
