"""Batch two: contract reads pinned to one block hash, packed into lens calls, all in one HTTP request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.errors import RpcError
from indexer.evm import Answer, Call
from indexer.node.faults import OverridesUnsupported, RpcFault, is_chunk_too_big, read_error
from indexer.node.lens import FIRST_GAS_BUDGET, Outcome, Status, pack, plan_chunks, unpack
from indexer.node.rpc import JsonRpc, Reply, Request
from indexer.node.wire import hex_quantity, parse_bytes


@dataclass(frozen=True, slots=True)
class Read:
    """Calls to make at one block; `at_timestamp` (seconds) replaces the block's own time."""

    calls: tuple[Call, ...]
    at_timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some calls of one read (by position) that go in one eth_call."""

    read: int
    positions: tuple[int, ...]
    gas_budget: int


class StateReader:
    """Runs reads through the lens; asks again, smaller, where the node's limits cut a chunk short."""

    def __init__(self, rpc: JsonRpc) -> None:
        self._rpc = rpc

    def read(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        """The answers of every read, in order; None where the call fails. Errors as `Node.read` has them."""
        return answers_of(self.outcomes(block_hash, reads))

    def outcomes(
        self, block_hash: str, reads: Sequence[Read], beside: Sequence[Request] = (), replies: list[Reply] | None = None
    ) -> list[list[Outcome]]:
        """Like `read`, with what became of each call (never STARVED).

        Requests `beside` go in the same HTTP request; what they answer is added to `replies`.
        """
        results: list[list[Outcome]] = [[Outcome(Status.STARVED)] * len(read.calls) for read in reads]
        chunks = [
            chunk
            for index, read in enumerate(reads)
            for chunk in _cut(index, reads, range(len(read.calls)), FIRST_GAS_BUDGET)
        ]
        while chunks or beside:
            asked = [_request(block_hash, reads[chunk.read], chunk) for chunk in chunks]
            answered = self._rpc.batch([*asked, *beside])
            if replies is not None:
                replies.extend(answered[len(asked) :])
            beside = ()
            again: list[_Chunk] = []
            for chunk, reply in zip(chunks, answered[: len(asked)], strict=True):
                again += self._settle(block_hash, reads, chunk, reply, results[chunk.read])
            chunks = again
        return results

    def _settle(
        self, block_hash: str, reads: Sequence[Read], chunk: _Chunk, reply: Reply, results: list[Outcome]
    ) -> list[_Chunk]:
        """Keep a chunk's outcomes; the smaller chunks that have to be asked again."""
        at_timestamp = reads[chunk.read].at_timestamp
        if isinstance(reply, RpcFault):
            if not is_chunk_too_big(reply) or len(chunk.positions) == 1:
                raise read_error(reply, block_hash, at_timestamp=at_timestamp is not None)
            middle = len(chunk.positions) // 2
            halves = chunk.positions[:middle], chunk.positions[middle:]
            return [_Chunk(chunk.read, half, chunk.gas_budget) for half in halves]
        timestamp, outcomes = unpack(parse_bytes(reply), len(chunk.positions))
        if at_timestamp is not None and timestamp != at_timestamp:
            raise OverridesUnsupported(
                "eth_call", 0, f"asked for the block time {at_timestamp}, the node computed at {timestamp}"
            )
        starved = []
        for position, outcome in zip(chunk.positions, outcomes, strict=True):
            results[position] = outcome
            if outcome.status is Status.STARVED:
                starved.append(position)
        if starved and len(chunk.positions) == 1:
            gas = reads[chunk.read].calls[starved[0]].gas
            raise RpcError("eth_call", 0, f"the node's gas cap is too low for one read of {gas} gas")
        return list(_cut(chunk.read, reads, starved, chunk.gas_budget // 4))


def answers_of(outcomes: Sequence[Sequence[Outcome]]) -> list[list[Answer]]:
    """Answers by read; None where the call fails."""
    return [[outcome.data if outcome.status is Status.OK else None for outcome in read] for read in outcomes]


def _cut(index: int, reads: Sequence[Read], positions: Sequence[int], gas_budget: int) -> Iterator[_Chunk]:
    calls = [reads[index].calls[position] for position in positions]
    for part in plan_chunks(calls, gas_budget):
        yield _Chunk(index, tuple(positions[at] for at in part), gas_budget)


def _request(block_hash: str, read: Read, chunk: _Chunk) -> Request:
    code = pack([read.calls[position] for position in chunk.positions])
    params: list[object] = [{"data": "0x" + code.hex()}, {"blockHash": block_hash}]
    if read.at_timestamp is not None:
        params += [{}, {"time": hex_quantity(read.at_timestamp)}]
    return Request("eth_call", params)
