"""A node that plays a chain back: recorded (a tape) or living behind it; cut anywhere, advanced, reorganised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import httpx
from eth_hash.auto import keccak

from tests.json_rpc import Event, Json, Refusal, reply_to, respond, wire_header, wire_logs

NO_BLOOM = "0x" + "00" * 256


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `state_of` is the recorded block whose storage and clock it has: itself, unless it is of a branch."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int
    bloom: str
    events: tuple[Event, ...]
    state_of: str

    def header(self) -> dict[str, Json]:
        return wire_header(self.number, self.hash, self.parent_hash, self.timestamp, self.bloom)


class Chain(Protocol):
    """What is played back."""

    @property
    def chain_id(self) -> int:
        """As `eth_chainId` tells it."""

    @property
    def blocks(self) -> Sequence[Block]:
        """Every block there is to play, by number."""

    def call(self, block: Block, call: Mapping[str, str], at: int) -> str:
        """The answer to an `eth_call` (the packed lens, or a plain one) at timestamp `at`; may raise `Refusal`."""


class ReplayNode:
    """An Ethereum node at the HTTP transport: `httpx.MockTransport(node)`.

    Its head is cut at a height of the chain it plays (`cut`), moves on (`advance`), and may leave that chain for a
    branch of empty blocks (`reorg`), from which `cut` brings it back. The last `finality` blocks are not final.
    """

    def __init__(self, chain: Chain, *, finality: int = 10) -> None:
        self.chain = chain
        self.finality = finality
        self.requests = 0
        self.items = 0
        self._first = chain.blocks[0].number
        self._by_hash = {block.hash: block for block in chain.blocks}
        self.path: list[Block] = list(chain.blocks)

    @property
    def head(self) -> Block:
        """The last block the node has."""
        return self.path[-1]

    @property
    def tip(self) -> int:
        """The number of the last block there is to play."""
        return self.chain.blocks[-1].number

    def cut(self, number: int) -> None:
        """Stand at a block of the chain that is played; a branch is left for it, by a reorg."""
        assert self._first <= number <= self.tip, f"the chain has blocks {self._first}-{self.tip}, not {number}"
        self.path = list(self.chain.blocks[: number - self._first + 1])

    def advance(self, blocks: int = 1) -> bool:
        """Go on along the chain that is played; False at its end."""
        if self.head.number >= self.tip:
            return False
        self.cut(min(self.tip, self.head.number + blocks))
        return True

    def reorg(self, depth: int, blocks: int | None = None) -> Block:
        """Replace the last `depth` blocks by as many (or `blocks`) empty ones with other hashes; the fork's block.

        A branch's blocks have the storage and the timestamp of the block they grow from: nothing happened in them.
        """
        assert depth < len(self.path)
        replaced = self.path[-depth:]
        del self.path[-depth:]
        fork = self.head
        for _ in range(depth if blocks is None else blocks):
            parent = self.head
            seed = f"{parent.hash}{replaced[0].hash}".encode()
            name = "0x" + keccak(seed).hex()
            branch = replace(parent, number=parent.number + 1, hash=name, parent_hash=parent.hash, bloom=NO_BLOOM,
                             events=(), state_of=fork.state_of)  # fmt: skip
            self._by_hash[name] = branch
            self.path.append(branch)
        return fork

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self.answer(request.content))

    def answer(self, body: bytes) -> bytes:
        """The answer to one HTTP request."""
        self.requests += 1
        return respond(body, self._answer)

    def _answer(self, item: Mapping[str, Json]) -> dict[str, Json]:
        self.items += 1
        return reply_to(item, getattr(self, "_" + item["method"], _unknown))

    def _at(self, number: int) -> Block | None:
        index = number - self._first
        return self.path[index] if 0 <= index < len(self.path) else None

    def _eth_syncing(self) -> bool:
        return False

    def _eth_chainId(self) -> str:  # noqa: N802
        return hex(self.chain.chain_id)

    def _eth_blockNumber(self) -> str:  # noqa: N802
        return hex(self.head.number)

    def _eth_getBlockByNumber(self, where: str, _full: bool) -> Json:  # noqa: N802
        if where == "latest":
            return self.head.header()
        number = self.head.number - self.finality if where in ("safe", "finalized") else int(where, 16)
        block = self._at(number)
        return None if block is None else block.header()

    def _eth_getBlockByHash(self, name: str, _full: bool) -> Json:  # noqa: N802
        block = self._by_hash.get(name)
        return None if block is None else block.header()

    def _eth_getLogs(self, asked: Mapping[str, Json]) -> Json:  # noqa: N802
        if "blockHash" in asked:
            blocks = [self._known(asked["blockHash"])]
        else:
            first, last = (int(asked[name], 16) - self._first for name in ("fromBlock", "toBlock"))
            blocks = self.path[max(0, first) : max(0, last + 1)]
        return [log for block in blocks for log in wire_logs(block.number, block.hash, block.events, asked)]

    def _eth_call(self, call: Mapping[str, str], where: Mapping[str, str] | str, *rest: Json) -> str:
        if isinstance(where, str):
            block = self.head if where == "latest" else self._at(int(where, 16))
        else:
            block = self._known(where["blockHash"])
        if block is None:
            raise Refusal(-32000, "header not found")
        at = int(rest[1]["time"], 16) if len(rest) > 1 else block.timestamp
        return self.chain.call(block, call, at)

    def _known(self, name: str) -> Block:
        block = self._by_hash.get(name)
        if block is None or block.number > self.head.number:
            raise Refusal(-32000, "header for hash not found")
        return block


def _unknown(*_: Json) -> Json:
    raise Refusal(-32601, "the method does not exist")
