"""The recorded chain of Compound V2 played through the adapter block by block, and the golden cases."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from indexer.book import Book, Draft
from indexer.evm import Answer, Call, Log, address
from indexer.protocols._interface import Deployment, Facts, Truth
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.protocols.compound_v2.interfaces import NATIVE
from indexer.protocols.compound_v2.rules import COMPOUND
from indexer.protocols.compound_v2.state import Market, Pool, Position
from indexer.protocols.compound_v2.stored import stored_market
from tests.protocols.recording import bytes_of, facts_of, logs_of, recording


def golden(name: str) -> dict[str, Any]:
    """One recorded document."""
    found: dict[str, Any] = recording("compound_v2", name)
    return found


@dataclass
class Playback:
    """The chain at one block: the book after it, and what the contracts answered there."""

    protocol: CompoundV2
    deployment: Deployment
    book: Book
    block: Mapping[str, Any]
    rounds: int = 0

    def ask(self, calls: Iterable[Call], *, following: bool = False) -> Facts:
        """Recorded answers; KeyError for a call that was never recorded."""
        return facts_of(self.block["calls_next" if following else "calls"], calls)

    def said(self, truth: Truth) -> dict[str, int] | None:
        """What the contract answered to a truth, by its named fields; None where it reverted."""
        inner = truth.signature[truth.signature.index("(") + 1 : -1]
        data = keccak(truth.signature.encode())[:4] + encode([t for t in inner.split(",") if t], truth.arguments)
        answer = bytes_of(self.block["calls"][f"{truth.to}:0x{data.hex()}"])
        if answer is None:
            return None
        words = [int.from_bytes(answer[32 * i : 32 * i + 32], "big") for i in range(len(truth.fields))]
        return {name: word for name, word in zip(truth.fields, words, strict=True) if name}


def play(*, read: bool = True) -> Iterator[Playback]:
    """Every block in order, followed (or `read=False`: logs alone, as a backfill folds them)."""
    document = golden("chain.json.gz")
    deployment = Deployment("compound_v2", "compound_v2", address(document["entry"]), document["first_block"])
    state = Playback(CompoundV2(), deployment, Book(), {})
    for block in document["blocks"]:
        state.block = block
        draft = Draft(state.book)
        logs = _logs(state, block)
        facts = state.ask(state.protocol.plan_facts(deployment, logs))
        state.protocol.apply_logs(deployment, logs, draft, facts)
        state.rounds = _read(state, draft) if read else 0
        state.book.apply(draft.changes())
        yield state


def liquidations(number: int) -> list[Mapping[str, Any]]:
    """What liquidators tried on snapshots of a block, in the next one."""
    return [record for record in golden("chain.json.gz")["liquidations"] if record["block"] == number]


def pool_of(raw: Mapping[str, Any], prices: Mapping[str, str]) -> Pool:
    """The pool of a golden case."""
    rules = COMPOUND[raw["generation"]]
    markets: dict[str, Market] = {}
    for name, fields in raw["markets"].items():
        numbers = {field: int(value) for field, value in fields.items()}
        price = int(prices.get(name, fields["price"]))
        markets[name] = stored_market(name, {**numbers, "asset": int(NATIVE, 16)}, {}, rules, price)
    return Pool(rules, markets, int(raw["close_factor"]), int(raw["incentive"]), bool(raw["seize_paused"]))


def positions_of(raw: Mapping[str, Any], account: str) -> list[Position]:
    """One account of a golden case."""
    return [
        Position(market, int(supply), int(principal), int(index), bool(member))
        for market, supply, principal, index, member in raw["accounts"][account]
    ]


def _logs(state: Playback, block: Mapping[str, Any]) -> list[Log]:
    everything = logs_of(block)
    own = [log for log in everything if log.address == state.deployment.entry]
    followed = state.protocol.addresses(state.deployment, state.book) | state.protocol.discover(own)
    topics = set(state.protocol.topics())
    return [log for log in everything if log.address in followed and log.topics and log.topics[0] in topics]


def _read(state: Playback, draft: Draft) -> int:
    now: dict[Call, Answer] = {}
    following: dict[Call, Answer] = {}
    rounds = 0
    while True:
        plan = state.protocol.plan_reads(state.deployment, draft)
        fresh = [call for call in plan.now if call not in now]
        later = [call for call in plan.next if call not in following]
        if not fresh and not later:
            return rounds
        rounds += 1
        now.update(state.ask(fresh))
        following.update(state.ask(later, following=True))
        state.protocol.apply_reads(state.deployment, draft, state.block["timestamp"], now, following)
