"""A chain with forks: blocks know their storage, so that any hash can be asked, orphaned ones too."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from eth_hash.auto import keccak

from indexer.evm import EMPTY_HASH, Address, address
from tests.json_rpc import Event, Refusal, bloom_of, wire_header, wire_logs
from tests.protocols.aave_v3.solidity import Revert
from tests.simulation.contracts import run_call, run_lens
from tests.simulation.market import Pool

CHAIN_ID = 31_337
FINALITY = 10
SECONDS = 12
FIRST_TIME = 1_760_000_000
USERS = tuple(str(address(0xB000 + number)) for number in range(7))


@dataclass(eq=False)
class Block:
    """One block and the storage at its end."""

    number: int
    hash: str
    parent: "Block | None"
    timestamp: int
    events: list[Event]
    pool: Pool

    def header(self) -> dict[str, Any]:
        parent = EMPTY_HASH if self.parent is None else self.parent.hash
        return wire_header(self.number, self.hash, parent, self.timestamp, bloom_of(self.events))

    def call(self, call: dict[str, str], at: int) -> str:
        """An `eth_call` (the packed lens, or a contract itself) on this block's storage at timestamp `at`."""
        data = bytes.fromhex(call["data"][2:])
        if "to" not in call:
            return "0x" + run_lens(self.pool, data, at).hex()
        answer = run_call(self.pool, address(call["to"]), data, at)
        if answer is None:
            raise Refusal(3, "execution reverted")
        return "0x" + answer.hex()

    def logs(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        return wire_logs(self.number, self.hash, self.events, asked)


@dataclass
class Chain:
    """The canonical chain from block 0, and every block that ever was."""

    dice: Random
    revision: int
    blocks: list[Block] = field(default_factory=list)
    by_hash: dict[str, Block] = field(default_factory=dict)
    orphans: list[Block] = field(default_factory=list)
    finalized: int = 0
    chain_id: int = CHAIN_ID

    def __post_init__(self) -> None:
        genesis = Pool(self.revision)
        self._add(None, FIRST_TIME, genesis)
        for _ in range(2):
            self.mine()

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def mine(self) -> Block:
        """One block of random life on the head."""
        parent = self.head
        pool, number = parent.pool.copy(), parent.number + 1
        now = parent.timestamp + SECONDS * self.dice.choice((1, 1, 1, 2, 300))
        if number == 1:
            pool.deploy()
        elif number == 2 or (len(pool.listed) < 5 and self.dice.random() < 0.03):
            for _ in range(3 if number == 2 else 1):
                self._list(pool, now)
        elif self.dice.random() < 0.75:
            for _ in range(self.dice.randint(1, 4)):
                self._act(pool, now)
        return self._add(parent, now, pool)

    def reorg(self, depth: int, blocks: int) -> None:
        """Replace the last `depth` blocks by others; never one that was final."""
        depth = min(depth, self.head.number - self.finalized)
        if depth < 1:
            return
        self.orphans = (self.blocks[-depth:] + self.orphans)[:40]
        del self.blocks[-depth:]
        for _ in range(max(1, blocks)):
            self.mine()

    def mine_prices(self) -> None:
        """A block in which every price can be read again: what follows can be judged."""
        pool, now = self.head.pool.copy(), self.head.timestamp + SECONDS
        for asset, own in pool.listed.items():
            if own.quoted is None:
                pool.quote(asset, 10**8, now)
        self._add(self.head, now, pool)

    def _add(self, parent: Block | None, now: int, pool: Pool) -> Block:
        events = [replace(event, index=index) for index, event in enumerate(pool.events)]
        pool.events = []
        number = 0 if parent is None else parent.number + 1
        salt = self.dice.randbytes(8)
        name = keccak((b"" if parent is None else bytes.fromhex(parent.hash[2:])) + salt)
        block = Block(number, "0x" + name.hex(), parent, now, events, pool)
        self.blocks.append(block)
        self.by_hash[block.hash] = block
        self.finalized = max(self.finalized, number - FINALITY)
        return block

    def _list(self, pool: Pool, now: int) -> None:
        dice = self.dice
        drift = dice.choice((0, 0, 3))
        pool.list_reserve(dice.choice((6, 8, 18)), dice.randint(1, 3_000) * 10**8, drift, now)

    def _act(self, pool: Pool, now: int) -> None:
        dice = self.dice
        asset, user = dice.choice(list(pool.listed)), dice.choice(USERS)
        own = pool.listed[asset]
        unit: int = own.reserve.unit
        dollars = dice.randint(1, 5_000) * 10**8
        amount = dollars * unit // (own.quoted or 10**8) + dice.randint(1, 9)
        before = pool.copy()
        try:
            self._transact(pool, asset, user, amount, now)
        except Revert:
            pool.listed, pool.events = before.listed, before.events

    def _transact(self, pool: Pool, asset: Address, user: str, amount: int, now: int) -> None:
        dice, own = self.dice, pool.listed[asset]
        supplied, owed = pool.balances(asset, user, now)
        match dice.choices(("supply", "borrow", "repay", "withdraw", "transfer", "quote", "configure"),
                           (5, 5, 2, 2, 2, 3, 1))[0]:  # fmt: skip
            case "supply":
                pool.supply(asset, user, amount, now)
            case "borrow":
                pool.borrow(asset, user, amount * 2 // 3 + 1, now)
            case "repay" if owed > 1:
                pool.repay(asset, user, dice.randint(1, owed), now)
            case "withdraw" if supplied > 1:
                pool.withdraw(asset, user, dice.randint(1, supplied), now)
            case "transfer" if supplied > 1:
                pool.transfer(asset, user, dice.choice(USERS), dice.randint(1, supplied), now)
            case "quote":
                moved = (own.quoted or 10**8) * dice.randint(70, 130) // 100 + 1
                pool.quote(asset, None if dice.random() < 0.05 else moved, now)
            case "configure":
                threshold = dice.randint(6_000, 8_900)
                pool.configure(asset, threshold - 500, threshold)
            case _:
                pass
