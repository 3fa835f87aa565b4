"""The node as the follower sees it: heads, headers, a block with its logs, logs of a range, reads at a hash."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.errors import BlockNotFound, InconsistentAnswer, RpcError
from indexer.evm import Address, Answer, BlockRef, Call, Header, Log
from indexer.node.bloom import BloomFilter
from indexer.node.faults import RpcFault, is_range_too_large, is_unknown_block
from indexer.node.lens import Status
from indexer.node.logs import (
    LogFilter,
    LogReader,
    check_block_logs,
    check_logs,
    join_logs,
    log_fault,
    log_requests,
)
from indexer.node.reads import Read, StateReader, answers_of
from indexer.node.rpc import JsonRpc, Reply, Request
from indexer.node.wire import hex_quantity, parse_header, quantity

_HEAD_TAGS = ("latest", "safe", "finalized")
_HEADERS_PER_BATCH = 200  # a header names all its transactions: geth cuts answers of a batch at 25 MB


@dataclass(frozen=True, slots=True)
class Heads:
    """The node's heads; `safe` and `finalized` are None where it does not know those tags."""

    latest: BlockRef
    safe: BlockRef | None
    finalized: BlockRef | None


@dataclass(frozen=True, slots=True)
class LogRange:
    """A filter over blocks first..last."""

    log_filter: LogFilter
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """One block by number: its header (None: not there yet), the filter's logs in order, and the heads.

    `doubtful`: there are no logs although the bloom says "maybe": confirm it (`Node.read_and_confirm`).
    """

    header: Header | None
    logs: list[Log]
    heads: Heads
    doubtful: bool = False
    earlier: list[Log] | None = None
    """Logs of the range asked along; None when none was, or the provider refused it."""


class Node:
    """Everything asked of an Ethereum node. Every method raises NodeUnreachable after bounded retries.

    `bloom_reasks` counts blocks whose empty logs were asked for once more because the bloom said "maybe".
    """

    def __init__(self, rpc: JsonRpc, *, finality_depth: int = 64) -> None:
        self.rpc = rpc
        self.bloom_reasks = 0
        self._finality_depth = finality_depth
        self._log_reader = LogReader(rpc)
        self._state_reader = StateReader(rpc)
        self._bits: dict[str, tuple[int, int, int]] = {}
        self._bloom: tuple[LogFilter, BloomFilter] | None = None

    def fetch_chain_id(self) -> int:
        """The chain's id. Raises RpcError."""
        return quantity(self.rpc.call("eth_chainId", [], str))

    def fetch_heads(self) -> Heads:
        """latest, safe and finalized in one request. Raises RpcError, InconsistentAnswer."""
        return _heads(self.rpc.batch(_head_requests()))

    def finalized_number(self, heads: Heads) -> int:
        """The last block that will not be reorganised: the node's word, else `finality_depth` under its head."""
        if heads.finalized is not None:
            return heads.finalized.number
        return max(0, heads.latest.number - self._finality_depth)

    def fetch_header(self, number: int | str) -> Header | None:
        """A header by number, tag or block hash; None where there is none. Raises RpcError, InconsistentAnswer."""
        return _header(self.rpc.batch([_header_request(number)])[0], number)

    def fetch_headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Headers by number, in batches, in the order of `numbers`. Raises as `fetch_header`."""
        replies: list[Reply] = []
        for start in range(0, len(numbers), _HEADERS_PER_BATCH):
            part = numbers[start : start + _HEADERS_PER_BATCH]
            replies += self.rpc.batch([_header_request(number) for number in part])
        return [_header(reply, number) for reply, number in zip(replies, numbers, strict=True)]

    def fetch_block(self, number: int, log_filter: LogFilter, earlier: LogRange | None = None) -> BlockAnswer:
        """Header, logs and heads in one HTTP request ("batch one"), and with them the logs of a range `earlier`.

        Logs must carry the header's hash. A block that is not there yet has no header. Raises InconsistentAnswer,
        RpcError, RangeTooLarge, and BlockNotFound when the block is orphaned in between.
        """
        asked = log_requests(log_filter, _range(number, number))
        along = [] if earlier is None else log_requests(earlier.log_filter, _range(earlier.first, earlier.last))
        replies = self.rpc.batch([_header_request(number), *asked, *along, *_head_requests()])
        heads = _heads(replies[-len(_HEAD_TAGS) :])
        header = _header(replies[0], number)
        log_replies = replies[1 : 1 + len(asked)]
        fault = log_fault(log_replies)
        if header is None or (fault is not None and is_unknown_block(fault)):
            return BlockAnswer(None, [], heads)
        if fault is not None and is_range_too_large(fault):
            return BlockAnswer(header, self.fetch_logs_by_hash(log_filter, header.ref.hash), heads)
        logs = check_logs(log_filter, join_logs(log_replies), number, number)
        if logs and logs[0].block_hash != header.ref.hash:
            raise InconsistentAnswer(
                f"block {number}: header {header.ref.hash} and logs {logs[0].block_hash} are of two forks; ask again"
            )
        followed = bool(log_filter.addresses)
        doubtful = followed and not logs and self._bloom_of(log_filter).maybe(header.logs_bloom)
        found = None if earlier is None else _earlier_logs(earlier, replies[1 + len(asked) :][: len(along)])
        return BlockAnswer(header, logs, heads, doubtful, found)

    def fetch_logs(
        self,
        log_filter: LogFilter,
        first: int,
        last: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Log]:
        """Logs of blocks first..last, sorted by (block, index); `on_progress` gets the last block done.

        Refused ranges are cut by the provider's hint, else halved, and grow again. Raises RangeTooLarge when a
        single block and address is refused, BlockNotFound when the node does not have `last` yet,
        InconsistentAnswer, RpcError.
        """
        return self._log_reader.fetch_range(log_filter, first, last, on_progress)

    def fetch_logs_by_hash(self, log_filter: LogFilter, block_hash: str) -> list[Log]:
        """Logs of one block, by index. Raises BlockNotFound, RangeTooLarge, InconsistentAnswer, RpcError."""
        return self._log_reader.fetch_by_hash(log_filter, block_hash)

    def read(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        """All reads at one block hash in one HTTP request ("batch two"); answers in order, None where a call fails.

        More requests only where the node's gas, size or time limit cut a chunk. Raises BlockNotFound (orphaned or
        pruned), OverridesUnsupported (the node cannot set `at_timestamp`), InconsistentAnswer, RpcError.
        """
        return self._state_reader.read(block_hash, reads)

    def read_and_confirm(
        self, block_hash: str, reads: Sequence[Read], log_filter: LogFilter
    ) -> tuple[list[list[Answer]], list[Log]]:
        """`read`, and beside it in the same HTTP request the block's logs once more, by hash. Raises as both."""
        self.bloom_reasks += 1
        replies: list[Reply] = []
        beside = log_requests(log_filter, {"blockHash": block_hash})
        outcomes = self._state_reader.outcomes(block_hash, reads, beside, replies)
        if log_fault(replies) is not None:
            return answers_of(outcomes), self.fetch_logs_by_hash(log_filter, block_hash)
        return answers_of(outcomes), check_block_logs(log_filter, join_logs(replies), block_hash)

    def doubt(self) -> None:
        """Believe the node less: another URL is asked first, and ranges of logs become shorter."""
        self.rpc.prefer_next()
        self._log_reader.shorten()

    def has_code(self, block_hash: str, addresses: Sequence[Address]) -> list[bool]:
        """Whether each address has code at the block. Raises as `read`."""
        calls = tuple(Call(to, b"", answer_bytes=0, gas=0) for to in addresses)
        outcomes = self._state_reader.outcomes(block_hash, [Read(calls)])[0]
        return [outcome.status is not Status.NO_CODE for outcome in outcomes]

    def _bloom_of(self, log_filter: LogFilter) -> BloomFilter:
        if self._bloom is None or self._bloom[0] is not log_filter:
            self._bloom = log_filter, BloomFilter(log_filter.addresses, log_filter.topics, self._bits)
        return self._bloom[1]


def _range(first: int, last: int) -> dict[str, str]:
    return {"fromBlock": hex_quantity(first), "toBlock": hex_quantity(last)}


def _earlier_logs(earlier: LogRange, replies: Sequence[Reply]) -> list[Log] | None:
    if log_fault(replies) is not None:
        return None
    return check_logs(earlier.log_filter, join_logs(replies), earlier.first, earlier.last)


def _head_requests() -> list[Request]:
    return [Request("eth_getBlockByNumber", [tag, False]) for tag in _HEAD_TAGS]


def _header_request(number: int | str) -> Request:
    if isinstance(number, str) and len(number) == 66:
        return Request("eth_getBlockByHash", [number, False])
    where = number if isinstance(number, str) else hex_quantity(number)
    return Request("eth_getBlockByNumber", [where, False])


def _header(reply: Reply, asked: int | str) -> Header | None:
    if isinstance(reply, RpcFault):
        if is_unknown_block(reply):
            return None
        raise RpcError("eth_getBlockByNumber", reply.code, reply.message, reply.data)
    header = parse_header(reply)
    if header is None:
        return None
    hashed = isinstance(asked, str) and len(asked) == 66
    if (isinstance(asked, int) and header.ref.number != asked) or (hashed and header.ref.hash != str(asked).lower()):
        raise InconsistentAnswer(f"asked for block {asked}, the node answered {header.ref.number}")
    return header


def _heads(replies: Sequence[Reply]) -> Heads:
    latest = _header(replies[0], "latest")
    if latest is None:
        raise BlockNotFound("latest")
    safe, finalized = (None if isinstance(reply, RpcFault) else parse_header(reply) for reply in replies[1:])
    return Heads(latest.ref, None if safe is None else safe.ref, None if finalized is None else finalized.ref)
