"""What the store does not hold: state reads of a backfilled block, and prices at another timestamp."""

from collections.abc import Mapping, Sequence

import structlog

from indexer import wrappers
from indexer.book import Book, Draft, Entity
from indexer.errors import NodeError, UserError
from indexer.evm import Address, Answer, BlockRef, Call
from indexer.node import Node, Read
from indexer.oracles import chainlink
from indexer.parts import CHAIN, Part, Parts, StateReader
from indexer.store import call_key

_log = structlog.get_logger()


def read_on_demand(  # the seven things a read is made of; a class would only rename them
    book: Book,
    parts: Sequence[Part],
    ref: BlockRef,
    *,
    node: Node | None,
    kept: Mapping[bytes, Answer],
    block_time_s: int,
    known: Mapping[Address, wrappers.Wrapping],
) -> dict[bytes, Answer]:
    """Fill the book with what a followed block would have read at `ref`; returns the answers worth keeping.

    `kept` are answers of an earlier time, by `call_key`; `known` are wrappers known beforehand. Without a node (or an
    archive where one is needed), and nothing kept, prices stay absent: accounts are `unpriced`.
    """
    forget_reads(book, parts)
    if node is None and not kept:
        return {}
    fetched: dict[bytes, Answer] = {}

    def fetch(block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        return _answer(node, block_hash, reads, kept, fetched)

    draft = Draft(book)
    try:
        reader = StateReader(fetch, Parts([part.deployment for part in parts], known), block_time_s)
        reader.read(ref, draft)
    except NodeError as error:
        _log.warning("prices of this block cannot be read: accounts are unpriced", block=ref.number, why=str(error))
        return {}
    book.apply(draft.changes())
    return fetched


def forget_reads(book: Book, parts: Sequence[Part]) -> None:
    """Drop what only reads fill: at a block that was not read it is a later or an earlier block's."""
    book.set(CHAIN, "block_time_s", None)
    for part in parts:
        book[part.deployment.name].forget(part.protocol.read_fields)
    book[chainlink.DEPLOYMENT].forget(chainlink.READ_FIELDS)
    book[wrappers.DEPLOYMENT].forget(wrappers.READ_FIELDS)


def prices_at(
    part: Part, book: Book, ref: BlockRef, at: int, block_time_s: int | None, node: Node | None
) -> str | Mapping[str, int | None]:
    """Prices at timestamp `at`: the stored ones at the block's and the next block's time, else read or proven still.

    Raises UserError where a price may depend on time and no node can tell it.
    """
    if at == ref.timestamp:
        return "price"
    if block_time_s is not None and at == ref.timestamp + block_time_s:
        return "next_price"
    if node is not None:
        calls = part.protocol.plan_prices(part.deployment, book)
        answers = node.read(ref.hash, [Read(tuple(calls.values()), at)])[0]
        return part.protocol.read_prices(part.deployment, book, dict(zip(calls.values(), answers, strict=True)))
    moving = [market for market in part.protocol.sources(part.deployment, book) if _may_move(part, book, market)]
    if moving:
        raise UserError(
            f"{part.deployment.name}: the price of {moving[0]} may depend on time, and only a node can tell it "
            "at another timestamp: set [node] url"
        )
    return "price"


def _may_move(part: Part, book: Book, market: str) -> bool:
    """Whether the price could change by the clock alone: anything but a plain Chainlink proxy at rest could."""
    where = Entity(part.deployment.name, market)
    source = part.protocol.sources(part.deployment, book)[market]
    provenance = chainlink.provenance(book, source)
    is_proxy = provenance.aggregator is not None and provenance.phase is not None
    return not is_proxy or provenance.pending is not None or book.get(where, "price") != book.get(where, "next_price")


def _answer(
    node: Node | None,
    block_hash: str,
    reads: Sequence[Read],
    kept: Mapping[bytes, Answer],
    fetched: dict[bytes, Answer],
) -> list[list[Answer]]:
    missing = [_missing(read, kept) for read in reads]
    wanted = [read for read in missing if read.calls]
    if wanted and node is None:
        raise NodeError("an answer was not kept and there is no node to ask")
    if wanted and node is not None:
        for read, answers in zip(wanted, node.read(block_hash, wanted), strict=True):
            fetched.update((_key(read, call), a) for call, a in zip(read.calls, answers, strict=True))
    found = {**kept, **fetched}
    return [[found[_key(read, call)] for call in read.calls] for read in reads]


def _missing(read: Read, kept: Mapping[bytes, Answer]) -> Read:
    return Read(tuple(call for call in read.calls if _key(read, call) not in kept), read.at_timestamp)


def _key(read: Read, call: Call) -> bytes:
    return call_key(call, read.at_timestamp)
