"""One block of the store, opened for answering: every report reads from one of these, so no report mixes blocks."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

from indexer.book import Book, Change, DeploymentBook, Entity
from indexer.errors import HistoryError, NodeError, NotFoundError, UserError
from indexer.evm import Address, Answer, BlockRef
from indexer.node import Node
from indexer.oracles.feeds import Feed
from indexer.parts import CHAIN, Part
from indexer.protocols._interface import Deployment, ValueUnit, View
from indexer.protocols._registry import protocol_of
from indexer.reports.on_demand import prices_at, read_on_demand
from indexer.store import Deployment as StoredDeployment
from indexer.store import Head, HeadsSeen, Incident, Store, Token, Verification
from indexer.wrappers import Wrapping


def _keep_nothing(_: BlockRef, __: Mapping[bytes, Answer]) -> None:
    pass


def _no_history(_: Entity) -> Iterable[tuple[int, Change]]:
    return ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which block, which time, how far behind is too far. `node` is used where the store alone cannot answer."""

    block: int | None = None
    at_timestamp: int | None = None
    max_lag: int | None = None
    node: Node | None = None
    feeds: Mapping[Address, Feed] = field(default_factory=dict)
    wrappers: Mapping[Address, Wrapping] = field(default_factory=dict)
    """Tokens of which it is known beforehand what they stand for."""
    block_time_s: int = 12
    watch_below: float = 1.05
    """The health factor under which an account is `at_risk` where a report has no cut of its own."""
    keep: Callable[[BlockRef, Mapping[bytes, Answer]], None] = _keep_nothing
    """What to do with answers read on demand at a block, so that they need no node the next time."""
    clock: Callable[[], float] = time.time
    """Now, Unix seconds: tells how old a block is, and decides nothing."""


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """One deployment at the snapshot's block: `now` at the asked time, `following` at the next block's, if known."""

    part: Part
    now: View
    following: View | None
    over: Callable[[DeploymentBook], View]
    """The view `now` would be over other rows: the same prices and time."""

    @property
    def deployment(self) -> Deployment:
        """The deployment's facts."""
        return self.part.deployment


@dataclass(slots=True)
class Snapshot:
    """Everything a report needs, from one block."""

    chain_id: int
    ref: BlockRef
    at: int
    """The timestamp at which accounts are valued: the block's own, or the one asked for."""
    asked: Asked
    heads: HeadsSeen | None
    book: Book
    deployments: list[DeploymentView]
    behind: list[str]
    """Deployments that are not indexed up to this block yet: nothing is said about them."""
    tokens: Mapping[Address, Token]
    verified: Mapping[tuple[str, str], Verification]
    incidents: Sequence[Incident] = ()
    is_proven: bool = True
    """Whether this block or a later one was read fully: until then nobody compared the backfill with the contracts."""
    history: Callable[[Entity], Iterable[tuple[int, Change]]] = _no_history
    """Every stored change of an entity with its block, oldest first, beyond this block too."""

    edition: str = field(default_factory=lambda: uuid4().hex[:12])
    """Names this opening of the block. What is known beside its state (verification, incidents) is the same throughout
    an edition; the heads are not."""

    _usd_prices: dict[Address, float] | None = None

    @property
    def next_timestamp(self) -> int:
        """The next block's timestamp, as `next_price` was read for."""
        return self.ref.timestamp + (self.book.get(CHAIN, "block_time_s") or self.asked.block_time_s)

    @property
    def lag(self) -> int | None:
        """Blocks behind the node's head; None where no head was ever seen."""
        return None if self.heads is None else max(0, self.heads.head.number - self.ref.number)

    @property
    def lag_seconds(self) -> int:
        """How old the block is by this machine's clock. It grows when sync is dead, whatever head was seen last."""
        return max(0, int(self.asked.clock()) - self.ref.timestamp)

    @property
    def is_behind(self) -> bool:
        """Whether the indexer is further behind than the caller accepts."""
        limit = self.asked.max_lag
        return limit is not None and (self.lag is None or self.lag > limit)

    def usd_price(self, asset: Address) -> float | None:
        """What one whole token costs in dollars, for people: as the first deployment that counts in dollars has it."""
        if self._usd_prices is None:
            self._usd_prices = self._found_usd_prices()  # at once: other threads read the same snapshot
        return self._usd_prices.get(asset)

    def _found_usd_prices(self) -> dict[Address, float]:
        prices: dict[Address, float] = {}
        for found in self.deployments:
            for market in found.part.protocol.sources(found.deployment, self.book):
                unit, price = found.now.price_unit(market), found.now.price_of(market)
                if unit.is_usd and price is not None:
                    prices.setdefault(found.now.priced_asset(market), price / 10**unit.decimals)
        return prices

    def usd(self, unit: ValueUnit, value: int | None) -> float | None:
        """A value as dollars, for people; None where its unit is no dollar, and nobody tells what it is worth."""
        if value is None:
            return None
        worth = 1.0 if unit.is_usd else None if unit.asset is None else self.usd_price(unit.asset)
        return None if worth is None else value / 10**unit.decimals * worth

    def symbol(self, asset: str) -> str | None:
        """The token's symbol as it calls itself."""
        token = self.tokens.get(Address(asset))
        return None if token is None else token.symbol


@contextmanager
def open_snapshot(store: Store, asked: Asked) -> Iterator[Snapshot]:
    """Load the asked block. Raises NotFoundError, HistoryError, UserError; NodeError only where a node is needed."""
    with store.snapshot():
        chain_id, ref, complete = _locate(store, asked)
        book = Book().load(store.load_state(ref.number))
        if not complete:
            parts, kept = _parts(store.deployments(), book), store.kept_answers(ref.hash)
            fetched = read_on_demand(
                book, parts, ref, node=asked.node, kept=kept, block_time_s=asked.block_time_s, known=asked.wrappers
            )
            asked.keep(ref, fetched)
        yield assembled(read_beside(store, ref, asked), chain_id, ref, book, asked)


@dataclass(frozen=True, slots=True)
class Beside:
    """What the store knows beside a block's state."""

    stored: Sequence[StoredDeployment]
    heads: HeadsSeen | None
    tokens: Mapping[Address, Token]
    verified: Mapping[tuple[str, str], Verification]
    incidents: Sequence[Incident]
    is_proven: bool
    history: Callable[[Entity], Iterable[tuple[int, Change]]]


def read_beside(store: Store, ref: BlockRef, asked: Asked) -> Beside:
    """Everything `assembled` needs from the store."""
    return Beside(
        stored=store.deployments(),
        heads=_heads(store, asked.node),
        tokens=store.tokens(),
        verified=store.verified(),
        incidents=store.incidents(),
        is_proven=_is_proven(store, ref),
        history=store.history,
    )


def assembled(beside: Beside, chain_id: int, ref: BlockRef, book: Book, asked: Asked) -> Snapshot:
    """A snapshot over a book that stands at `ref`; the store is not asked. Raises UserError."""
    at = _moment(asked, ref)
    return Snapshot(
        chain_id=chain_id,
        ref=ref,
        at=at,
        asked=asked,
        heads=beside.heads,
        book=book,
        deployments=[_view(part, book, ref, at, asked) for part in _parts(beside.stored, book)],
        behind=[d.name for d in beside.stored if not d.joined(ref.number)],
        tokens=beside.tokens,
        verified=beside.verified,
        incidents=beside.incidents,
        is_proven=beside.is_proven,
        history=beside.history,
    )


def _locate(store: Store, asked: Asked) -> tuple[int, BlockRef, bool]:
    cursor, chain_id = store.cursor(), store.chain_id
    if cursor is None or chain_id is None:
        raise NotFoundError(f"{store.name} holds nothing yet: run `indexer sync` first")
    number = cursor.number if asked.block is None else asked.block
    stored = store.block(number)
    if stored is not None:
        return chain_id, stored.ref, stored.complete
    if number > cursor.number or number < 0:
        raise HistoryError(f"block {number} is not indexed: the store ends at block {cursor.number}")
    if asked.node is None:
        raise HistoryError(
            f"block {number} was backfilled and its header is not stored: set [node] url so that it can be read"
        )
    header = asked.node.fetch_header(number)
    if header is None:
        raise HistoryError(f"the node does not know block {number}: use an archive node for blocks this old")
    return chain_id, header.ref, False


def _is_proven(store: Store, ref: BlockRef) -> bool:
    read = store.last_complete_block()
    return read is not None and read.number >= ref.number


def _parts(stored: Sequence[StoredDeployment], book: Book) -> list[Part]:
    known = [Deployment(row.name, row.protocol, row.entry, row.first_block) for row in stored]
    return [Part(deployment, protocol_of(deployment)) for deployment in known if deployment.name in book.deployments]


def _moment(asked: Asked, ref: BlockRef) -> int:
    if asked.at_timestamp is None:
        return ref.timestamp
    if asked.at_timestamp < ref.timestamp:
        raise UserError(
            f"--at-timestamp {asked.at_timestamp} lies before block {ref.number} ({ref.timestamp}): "
            "ask an earlier --block instead"
        )
    return asked.at_timestamp


def _view(part: Part, book: Book, ref: BlockRef, at: int, asked: Asked) -> DeploymentView:
    rows = book[part.deployment.name]
    block_time = book.get(CHAIN, "block_time_s")
    prices = prices_at(part, book, ref, at, block_time, asked.node)
    number = _number(ref, at, block_time or asked.block_time_s)

    def over(others: DeploymentBook) -> View:
        return part.protocol.view(part.deployment, others, prices, number)

    following = None
    if block_time is not None:
        following = part.protocol.view(part.deployment, rows, "next_price", ref.number + 1)
    return DeploymentView(part, over(rows), following, over)


def _number(ref: BlockRef, at: int, block_time_s: int) -> int:
    """The block in which a transaction at timestamp `at` would be: the block itself, or one so many block times on."""
    return ref.number if at == ref.timestamp else ref.number + max(1, (at - ref.timestamp) // block_time_s)


def _heads(store: Store, node: Node | None) -> HeadsSeen | None:
    """The heads sync saw last, with the head the node tells now if it answers."""
    seen = store.heads_seen()
    if node is None or seen is None:
        return seen
    try:
        latest = node.fetch_heads().latest
    except NodeError:
        return seen
    return replace(seen, head=Head(latest.number, latest.hash)) if latest.number > seen.head.number else seen
