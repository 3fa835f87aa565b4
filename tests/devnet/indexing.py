"""Our side: an indexer on the devnet, and its views at any block."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from indexer.book import Book, DeploymentBook, Entity
from indexer.evm import Address, BlockRef, address
from indexer.node import JsonRpc, Node, Read
from indexer.protocols._interface import Deployment, View
from indexer.protocols._registry import protocol_of
from indexer.risk import watch
from indexer.store import Store
from indexer.sync.engine import Sync, SyncOptions
from indexer.sync.progress import Report, silent
from indexer.wrappers import WrapperKind, Wrapping
from scripts.devnet import Devnet
from scripts.devnet.chain import BLOCK_SECONDS

Rows = dict[tuple[Entity, str], int]
"""(entity, field) -> value."""


@dataclass
class Indexer:
    """One node, store and sync, as the `sync` command joins them."""

    node: Node
    store: Store
    sync: Sync
    deployments: tuple[Deployment, ...]

    def once(self) -> BlockRef:
        """Sync to the node's head; the cursor."""
        cursor = self.sync.once()
        assert cursor is not None
        return cursor

    @property
    def cursor(self) -> BlockRef:
        """The last block stored."""
        cursor = self.store.cursor()
        assert cursor is not None
        return cursor

    def deployment(self, name: str) -> Deployment:
        return next(deployment for deployment in self.deployments if deployment.name == name)

    def header(self, number: int) -> BlockRef:
        """A block of the node's chain by number."""
        header = self.node.fetch_header(number)
        assert header is not None
        return header.ref

    def view(self, name: str, prices: str = "price") -> View:
        """The live book at stored prices: `price`, or `next_price` for the next block's timestamp."""
        deployment = self.deployment(name)
        number = self.cursor.number + (prices == "next_price")
        return protocol_of(deployment).view(deployment, self.sync.book[name], prices, number)

    def view_of(self, name: str, rows: DeploymentBook) -> View:
        """Any rows at the prices stored in them."""
        deployment = self.deployment(name)
        return protocol_of(deployment).view(deployment, rows, "price", self.cursor.number)

    def view_at(self, name: str, book: Book, block_hash: str, at: int | None = None) -> View:
        """Any book at prices read at that block, or at timestamp `at` on top of it."""
        deployment = self.deployment(name)
        protocol = protocol_of(deployment)
        calls = tuple(dict.fromkeys(protocol.plan_prices(deployment, book).values()))
        answers = self.node.read(block_hash, [Read(calls, at)])[0] if calls else []
        prices = protocol.read_prices(deployment, book, dict(zip(calls, answers, strict=True)))
        return protocol.view(deployment, book[name], prices, self.cursor.number)


def deployments_of(devnet: Devnet) -> tuple[Deployment, ...]:
    """The devnet's markets as the configuration names them."""
    return tuple(
        Deployment(item.name, item.protocol, address(item.entry), item.first_block) for item in devnet.manifest.listed
    )


def wrappers_of(devnet: Devnet) -> dict[Address, Wrapping]:
    """The tokens that the devnet's configuration calls another token."""
    relabels = devnet.manifest.relabels
    return {address(one.token): Wrapping(WrapperKind.SAME, address(one.underlying)) for one in relabels}


@contextmanager
def indexer(
    devnet: Devnet,
    url: str,
    *,
    deployments: Sequence[Deployment] | None = None,
    history: bool = True,
    checked: bool = False,
    chains: bool = False,
    report: Report = silent,
) -> Iterator[Indexer]:
    """An indexer of the devnet with its database at `url`; started again when the database is there already.

    `chains`: collateral chains are kept. `checked`: the store compares every change's `old` with what it holds, which
    is slow.
    """
    followed = tuple(deployments_of(devnet) if deployments is None else deployments)
    options = SyncOptions(
        block_time_s=BLOCK_SECONDS,
        poll_s=0.02,
        retry_s=0.02,
        history=history,
        wrappers=wrappers_of(devnet),
        chains=chains,
    )
    rpc = JsonRpc([devnet.url])
    try:
        with Store.open(url) as store:
            store.checked = checked
            node = Node(rpc)
            yield Indexer(node, store, Sync(node, store, followed, options=options, report=report), followed)
    finally:
        rpc.close()


def rows_of(store: Store, block: int | None = None, deployment: str | None = None) -> Rows:
    """What the store holds at the end of a block, but for since when accounts are watched."""
    return _comparable(store.load_state(block, deployment))


def rows_in(book: Book) -> Rows:
    """The same of a book."""
    return _comparable(book.items())


def _comparable(rows: Iterable[tuple[Entity, str, int]]) -> Rows:
    """Who followed from which block on sees in `watch`: whoever came later cannot have the same."""
    return {(entity, field): value for entity, field, value in rows if entity.deployment != watch.DEPLOYMENT}
