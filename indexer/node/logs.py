"""Logs: the filter, what an honest answer looks like, and ranges that a provider may refuse."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.errors import BlockNotFound, InconsistentAnswer, RangeTooLarge, RpcError
from indexer.evm import Address, Log
from indexer.node.faults import NodeTimedOut, RpcFault, is_range_too_large, is_unknown_block, range_hint
from indexer.node.rpc import JsonRpc, Reply, Request
from indexer.node.wire import hex_quantity, parse_logs, quantity

MOST_ADDRESSES_PER_REQUEST = 1_000
"""geth refuses more ("exceed max addresses"); several requests go in one batch."""
FIRST_RANGE_BLOCKS = 10_000
LONGEST_RANGE_BLOCKS = 1_000_000
CALM_ANSWERS = 8
"""After a refusal this many ranges must pass before a longer one is tried."""
PLENTY_OF_LOGS = 20_000
"""What one answer should hold at most; a longer one makes the next range shorter (memory)."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs to follow: any of `addresses` (none: no logs) with any of `topics` as topic0 (none: any topic)."""

    addresses: tuple[Address, ...]
    topics: tuple[str, ...]


def log_requests(log_filter: LogFilter, where: dict[str, str]) -> list[Request]:
    """eth_getLogs requests that together ask for the filter's logs; `where` names the block or range."""
    topics: dict[str, Any] = {"topics": [list(log_filter.topics)]} if log_filter.topics else {}
    step = MOST_ADDRESSES_PER_REQUEST
    return [
        Request("eth_getLogs", [{**where, "address": list(log_filter.addresses[at : at + step]), **topics}])
        for at in range(0, len(log_filter.addresses), step)
    ]


def check_logs(log_filter: LogFilter, logs: list[Log], first: int, last: int) -> list[Log]:
    """Logs sorted by (block, index). Raises InconsistentAnswer for logs not asked for, doubled or of two forks."""
    addresses, topics = set(log_filter.addresses), set(log_filter.topics)
    hashes: dict[int, str] = {}
    logs = sorted(logs, key=lambda log: (log.block_number, log.index))
    previous = None
    for log in logs:
        place = (log.block_number, log.index)
        if not first <= log.block_number <= last:
            raise InconsistentAnswer(f"asked for logs of blocks {first}-{last}, the node answered one of {place[0]}")
        if log.address not in addresses or (topics and (not log.topics or log.topics[0] not in topics)):
            raise InconsistentAnswer(f"the node answered a log outside the filter: {log.address} in block {place[0]}")
        if place == previous or hashes.setdefault(log.block_number, log.block_hash) != log.block_hash:
            raise InconsistentAnswer(f"the node answered logs of two versions of block {place[0]}")
        previous = place
    return logs


def check_block_logs(log_filter: LogFilter, logs: list[Log], block_hash: str) -> list[Log]:
    """Logs of one block asked for by hash, by index. Raises InconsistentAnswer as `check_logs`."""
    for log in logs:
        if log.block_hash != block_hash.lower():
            raise InconsistentAnswer(f"asked for logs of block {block_hash}, the node answered {log.block_hash}")
    number = logs[0].block_number if logs else 0
    return check_logs(log_filter, logs, number, number)


def join_logs(replies: Sequence[Reply]) -> list[Log]:
    """Logs of one or more eth_getLogs replies. Raises RpcError for a fault, InconsistentAnswer."""
    logs: list[Log] = []
    for reply in replies:
        if isinstance(reply, RpcFault):
            raise RpcError("eth_getLogs", reply.code, reply.message, reply.data)
        logs += parse_logs(reply)
    return logs


def log_fault(replies: Sequence[Reply]) -> RpcFault | None:
    """The first fault among replies."""
    return next((reply for reply in replies if isinstance(reply, RpcFault)), None)


class LogReader:
    """Reads logs of ranges; remembers between calls how many blocks the provider takes at once."""

    def __init__(self, rpc: JsonRpc) -> None:
        self._rpc = rpc
        self.range_blocks = FIRST_RANGE_BLOCKS
        self._ceiling = LONGEST_RANGE_BLOCKS
        self._hold = 0

    def fetch_range(
        self, log_filter: LogFilter, first: int, last: int, on_progress: Callable[[int], None] | None = None
    ) -> list[Log]:
        """All logs of blocks first..last, sorted; `on_progress` gets the last block done.

        Raises RangeTooLarge (a single block and address is refused), BlockNotFound (the node does not have `last`
        yet), InconsistentAnswer, RpcError, NodeUnreachable.
        """
        logs: list[Log] = []
        while first <= last and log_filter.addresses:
            end = min(last, first + self.range_blocks - 1)
            try:
                part = self._fetch_once(log_filter, first, end)
            except (RangeTooLarge, NodeTimedOut) as refusal:
                if end > first:
                    self._shrink(refusal, end - first + 1)
                    continue
                part = self._fetch_split(log_filter, first, refusal)
            else:
                self._grow(end - first + 1, len(part))
            logs += part
            if on_progress is not None:
                on_progress(end)
            first = end + 1
        return logs

    def shorten(self) -> None:
        """Ask much shorter ranges for a while: what a long one answered was not all."""
        self.range_blocks = max(1, self.range_blocks // 8)
        self._hold = CALM_ANSWERS

    def fetch_by_hash(self, log_filter: LogFilter, block_hash: str) -> list[Log]:
        """Logs of one block, by index. Raises BlockNotFound, RangeTooLarge, InconsistentAnswer, RpcError."""
        replies = self._rpc.batch(log_requests(log_filter, {"blockHash": block_hash}))
        fault = log_fault(replies)
        if fault is not None and is_unknown_block(fault):
            raise BlockNotFound(block_hash)
        if fault is not None and is_range_too_large(fault):
            halves = list(_halves(log_filter))
            if not halves:
                raise RangeTooLarge(fault.code, fault.message, None)
            logs = [log for half in halves for log in self.fetch_by_hash(half, block_hash)]
        else:
            logs = join_logs(replies)
        return check_block_logs(log_filter, logs, block_hash)

    def _fetch_once(self, log_filter: LogFilter, first: int, last: int) -> list[Log]:
        """One HTTP request. The head asked along with it tells a node that is behind from a range without logs."""
        where = {"fromBlock": hex_quantity(first), "toBlock": hex_quantity(last)}
        requests = [*log_requests(log_filter, where), Request("eth_blockNumber")]
        *replies, head = self._rpc.batch(requests, timeouts=None if first == last else 1)
        fault = log_fault(replies)
        if fault is not None and is_unknown_block(fault):
            raise BlockNotFound(str(last))
        if fault is not None and is_range_too_large(fault):
            hint = range_hint(f"{fault.message} {fault.data or ''}", first, last)
            if hint is not None and hint.fixed:
                self._ceiling = hint.last - hint.first + 1
            raise RangeTooLarge(fault.code, fault.message, None if hint is None else (hint.first, hint.last))
        if not isinstance(head, RpcFault) and _number(head) < last:
            raise BlockNotFound(str(last))
        return check_logs(log_filter, join_logs(replies), first, last)

    def _fetch_split(self, log_filter: LogFilter, number: int, refusal: RangeTooLarge | NodeTimedOut) -> list[Log]:
        """One block that is refused: half of the addresses at a time. Raises `refusal` when that is no way out."""
        halves = list(_halves(log_filter))
        if not halves or isinstance(refusal, NodeTimedOut):
            raise refusal
        logs: list[Log] = []
        for half in halves:
            try:
                logs += self._fetch_once(half, number, number)
            except RangeTooLarge as again:
                logs += self._fetch_split(half, number, again)
        return check_logs(log_filter, logs, number, number)

    def _shrink(self, refusal: RangeTooLarge | NodeTimedOut, blocks: int) -> None:
        hint = refusal.hint if isinstance(refusal, RangeTooLarge) else None
        self.range_blocks = max(1, blocks // 2) if hint is None else hint[1] - hint[0] + 1
        self._hold = CALM_ANSWERS

    def _grow(self, blocks: int, logs: int) -> None:
        """After a full range that was no trouble: half as many blocks more, up to a limit the provider stated."""
        if logs > PLENTY_OF_LOGS:
            self.range_blocks = max(1, blocks * PLENTY_OF_LOGS // logs)
        elif blocks < self.range_blocks:
            return
        elif self._hold:
            self._hold -= 1
        else:
            self.range_blocks = min(self._ceiling, blocks + (blocks + 1) // 2)


def _halves(log_filter: LogFilter) -> Iterator[LogFilter]:
    count = len(log_filter.addresses)
    if count > 1:
        yield LogFilter(log_filter.addresses[: count // 2], log_filter.topics)
        yield LogFilter(log_filter.addresses[count // 2 :], log_filter.topics)


def _number(reply: Reply) -> int:
    text = bytes(reply).decode() if not isinstance(reply, RpcFault) else ""
    return quantity(text.strip('"'))
