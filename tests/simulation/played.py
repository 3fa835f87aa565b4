"""The simulation over real contracts: a chain that was recorded, or lives in the devnet, all its protocols at once.

Life is what was played; forks are branches of empty blocks, from which the chain comes back to what was played. What a
branch's block answers is what the block answers from which it grew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from eth_hash.auto import keccak

from indexer.evm import EMPTY_HASH
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import protocol_of
from indexer.reports.contract import ContractReader
from indexer.reports.rows import withheld_for
from indexer.reports.snapshot import DeploymentView, Snapshot
from tests.json_rpc import Json, reply_to, wire_logs
from tests.protocols.replay import NO_BLOOM
from tests.protocols.replay import Block as Told
from tests.protocols.replay import Chain as Played
from tests.simulation.chain import FINALITY
from tests.simulation.simulation import BLOCKS, Simulation

ASKED = 12
"""Accounts of each deployment that are compared at a block, drawn; all of them at the end."""
WATCH = 105 * 10**16
LONGEST_BRANCH = FINALITY - 2
"""Blocks after which a branch is left, before its fork is final."""


@dataclass(eq=False)
class Block:
    """One block, told or of a branch. As `chain.Block`, without a storage of our own."""

    told: Told
    parent: "Block | None"
    played: Played

    @property
    def number(self) -> int:
        return self.told.number

    @property
    def hash(self) -> str:
        return self.told.hash

    @property
    def timestamp(self) -> int:
        return self.told.timestamp

    def header(self) -> dict[str, Json]:
        return self.told.header()

    def logs(self, asked: Mapping[str, Json]) -> list[dict[str, Json]]:
        return wire_logs(self.number, self.hash, self.told.events, asked)

    def call(self, call: Mapping[str, str], at: int) -> str:
        return self.played.call(self.told, call, at)


@dataclass
class PlayedChain:
    """As `chain.Chain`: the canonical chain from block 0, and every block that ever was."""

    played: Played
    dice: Random
    first: int
    blocks: list[Block] = field(default_factory=list)
    by_hash: dict[str, Block] = field(default_factory=dict)
    orphans: list[Block] = field(default_factory=list)
    finalized: int = 0

    def __post_init__(self) -> None:
        self.chain_id = self.played.chain_id
        self._told = [*_empty_before(self.played.blocks[0]), *self.played.blocks]
        self._canon: list[Block] = []
        for told in self._told:
            self._canon.append(Block(told, self._canon[-1] if self._canon else None, self.played))
        self.by_hash = {block.hash: block for block in self._canon}
        self._stand(self._canon[: self.first + 1])

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    @property
    def left(self) -> int:
        """Blocks there are still to play."""
        return len(self._canon) - 1 - self.head.number

    def mine(self) -> Block:
        """The next block: of what is played, or of a branch; a branch ends before its fork is final."""
        length = self._astray(self.blocks)
        if length == 0:
            self._stand([*self.blocks, self._canon[self.head.number + 1]] if self.left > 0 else self.blocks)
        elif self.dice.random() < 0.5 or length >= LONGEST_BRANCH:
            self._return(self.head.number + 1)
        else:
            self._stand([*self.blocks, self._grown(self.head)])
        return self.head

    def reorg(self, depth: int, blocks: int) -> None:
        """Replace the last `depth` blocks by empty ones; never one that was final, never for long."""
        depth = min(depth, self.head.number - self.finalized)
        if depth < 1:
            return
        branch = self.blocks[:-depth]
        for _ in range(min(max(1, blocks), LONGEST_BRANCH - self._astray(branch))):
            branch = [*branch, self._grown(branch[-1])]
        self._replace(branch)

    def _astray(self, path: Sequence[Block]) -> int:
        """Blocks since the path left what is played."""
        return path[-1].number - next(b.number for b in reversed(path) if b is self._canon[b.number])

    def mine_prices(self) -> None:
        """Back to what is played."""
        if self.head is not self._canon[self.head.number]:
            self._return(self.head.number + 1)

    def _return(self, number: int) -> None:
        self._replace(self._canon[: min(number, len(self._canon) - 1) + 1])

    def _replace(self, path: Sequence[Block]) -> None:
        kept = set(path)
        self.orphans = ([block for block in self.blocks if block not in kept] + self.orphans)[:40]
        self._stand(path)

    def _stand(self, path: Sequence[Block]) -> None:
        self.blocks = list(path)
        self.orphans = [block for block in self.orphans if block not in set(self.blocks[-60:])]
        self.finalized = max(self.finalized, self.head.number - FINALITY)

    def _grown(self, parent: Block) -> Block:
        name = "0x" + keccak(parent.hash.encode() + self.dice.randbytes(8)).hex()
        told = replace(parent.told, number=parent.number + 1, hash=name, parent_hash=parent.hash, bloom=NO_BLOOM,
                       events=())  # fmt: skip
        block = self.by_hash[name] = Block(told, parent, self.played)
        return block


def _empty_before(first: Told) -> list[Told]:
    """Blocks 0 to the first that is told, so that numbers are places: nothing happened in them."""
    found: list[Told] = []
    for number in range(first.number):
        name = first.parent_hash if number == first.number - 1 else f"0x{number + 1:064x}"
        parent = found[-1].hash if found else EMPTY_HASH
        found.append(replace(first, number=number, hash=name, parent_hash=parent, bloom=NO_BLOOM, events=()))
    return found


class PlayedSimulation(Simulation):
    """As `Simulation`, over everything that is deployed on the played chain. `late`: the last blocks of it."""

    def __init__(
        self, seed: int, url: str, played: Played, deployments: Sequence[Deployment], *, late: bool = False
    ) -> None:
        self._played = played
        self._late = late
        super().__init__(seed, url)
        self.deployments = tuple(deployments)
        self.target = min(self.chain.first + BLOCKS, self.chain.head.number + self.chain.left - 2 * FINALITY)
        protocols = [protocol_of(deployment) for deployment in deployments]
        self.read = frozenset({"block_time_s"}).union(*(p.read_fields | p.also_read for p in protocols))
        self.leaving_out = ("chain", "chainlink", "wrappers", "watch")
        self.compared: dict[str, int] = {}

    chain: Any

    def _chain(self, dice: Random) -> Any:
        tip = self._played.blocks[-1].number
        latest = tip - BLOCKS - 3 * FINALITY
        first = latest if self._late else self._played.blocks[0].number + 6
        return PlayedChain(self._played, Random(dice.random()), dice.randint(first, max(first, latest)))

    def judge(self, snapshot: Snapshot, *, complete: bool) -> None:
        """Every account drawn, by the contract's own answer at that hash."""
        block = self.chain.by_hash[snapshot.ref.hash]
        for found in snapshot.deployments:
            keys = sorted(found.now.accounts())
            if not complete:
                assert all(withheld_for(snapshot, found, key) for key in keys), "nobody compared this block yet"
                continue
            if self.target and len(keys) > ASKED:
                keys = self.dice.sample(keys, ASKED)
            self._judge(found, keys, block, snapshot.at)

    def _judge(self, found: DeploymentView, keys: Sequence[str], block: Any, at: int) -> None:
        claims = [(key, found.now.truth(key), found.now.comparable(key, at)) for key in keys]
        answers = _Contracts(block).ask([truth for _, truth, _ in claims])
        for (key, truth, ours), theirs in zip(claims, answers, strict=True):
            shown = f"block {block.number}, {found.deployment.name} {key}: {truth.signature}"
            assert (ours is None) == (theirs is None), f"{shown}: we say {ours}, the contract {theirs}"
            for name, value in (theirs or {}).items():
                assert ours is not None
                assert ours[name] == value, f"{shown}: {name} is {value}, we say {ours[name]}"
            self.checked += theirs is not None
            self.compared[found.deployment.protocol] = self.compared.get(found.deployment.protocol, 0) + len(
                theirs or {}
            )


class _Contracts(ContractReader):
    """The reader of `verify`, asking the block itself: no fault comes between."""

    def __init__(self, block: Block) -> None:
        self._url = "http://contracts.test"
        self._block = {"blockHash": block.hash}
        self._provider: Any = self
        self._asked = block

    def make_batch_request(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Json]]:
        return [
            reply_to({"id": number, "params": [params[0], self._asked.timestamp]}, self._asked.call)
            for number, (_, params) in enumerate(requests)
        ]
