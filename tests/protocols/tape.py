"""Recorded chains, to be played back by `ReplayNode`.

A tape is `tests/golden/<protocol>/chain.json.gz`: every block's logs, and what the real contracts answered to every
read at it and at the next block's time (tests/golden/README.md). What was not recorded is never made up.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

from indexer.abi import load_interface
from indexer.evm import Call
from indexer.node.lens import Outcome, Status
from tests.json_rpc import Event, Refusal
from tests.protocols.replay import Block
from tests.unit.node.lens_wire import answer, parse

NEXT_S = 12
"""Seconds after a block at which a tape has a second set of answers: the next block's usual time."""


_Calls = Mapping[str, str | None]
_Answers = tuple[_Calls, _Calls]


class NotRecorded(AssertionError):
    """A read that the tape has no answer to. Not an `IndexerError`: nothing may catch it."""


def _reads_for_people() -> frozenset[str]:
    """Selectors that sync itself asks for names, where a price comes from, and what a token stands for.

    No integer of a deployment depends on them.

    A contract that has no answer to one of them anywhere on the tape answers as one without that function.
    """
    names = ("EACAggregatorProxy", "PriceAdapters")
    found = [f.selector for name in names for f in load_interface("chainlink", name).functions.values()]
    found += [f.selector for f in load_interface("wrappers", "Wrappers").functions.values()]
    token = load_interface("erc20", "ERC20").functions
    return frozenset("0x" + s.hex() for s in (*found, *(token[n].selector for n in ("symbol", "name", "decimals"))))


@dataclass
class Tape:
    """A recorded chain. `liquidations` are those that the contracts were asked to do, on snapshots."""

    chain_id: int
    protocol: str
    entry: str
    first_block: int
    blocks: list[Block]
    liquidations: list[dict[str, Any]]
    source: Mapping[str, Any]
    answers: dict[str, _Answers] = field(repr=False)
    accruals: list[dict[str, Any]] = field(default_factory=list)
    """What accruing calls made of a market, likewise; where a tape has them."""

    def __post_init__(self) -> None:
        self._by_hash = {block.hash: block for block in self.blocks}
        self._asked = {key[:53] for calls, _ in self.answers.values() for key in calls}

    @classmethod
    def load(cls, path: Path) -> "Tape":
        """A tape from its file."""
        return cls.of(json.loads(gzip.decompress(path.read_bytes())))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Tape":
        """A tape from its JSON."""
        blocks = [_block(raw) for raw in document["blocks"]]
        answers: dict[str, _Answers] = {
            raw["hash"].lower(): (_lower(raw["calls"]), _lower(raw.get("calls_next", {}))) for raw in document["blocks"]
        }
        return cls(
            chain_id=document["chain_id"],
            protocol=document["protocol"],
            entry=document["entry"].lower(),
            first_block=document["first_block"],
            blocks=blocks,
            liquidations=document.get("liquidations", []),
            source=document["source"],
            answers=answers,
            accruals=document.get("accruals", []),
        )

    def block(self, number: int) -> Block:
        """The recorded block of that number."""
        return self.blocks[number - self.blocks[0].number]

    def asked(self, number: int, signature: str) -> Iterator[tuple[str, list[str], list[int] | None]]:
        """Every recorded call of a function at a block: contract, argument words (64 digits), words answered."""
        selector = "0x" + keccak(signature.encode())[:4].hex()
        for key, result in self.answers[self.block(number).hash][0].items():
            to, _, data = key.partition(":")
            if data[:10] == selector:
                words = None if result is None else [int(word, 16) for word in _words(result[2:])]
                yield to, _words(data[10:]), words

    def call(self, block: Block, call: Mapping[str, str], at: int) -> str:
        """As `Chain.call`; raises NotRecorded for what the tape does not have."""
        if "to" in call:
            found = self._find(block, call["to"].lower(), call["data"].lower(), at)
            if found is None:
                raise Refusal(3, "execution reverted")
            return found
        outcomes = [self._outcome(block, asked, at) for asked in parse(bytes.fromhex(call["data"][2:]))]
        return "0x" + answer(outcomes, at).hex()

    def _outcome(self, block: Block, call: Call, at: int) -> Outcome:
        if not call.data:  # only whether there is any code
            has_code = any(call.to in key for key in self._asked)
            return Outcome(Status.FAILED if has_code else Status.NO_CODE)
        found = self._find(block, call.to, "0x" + call.data.hex(), at)
        return Outcome(Status.FAILED) if found is None else _cut(found, call.answer_bytes)

    def _find(self, block: Block, to: str, data: str, at: int) -> str | None:
        state, key = self._by_hash[block.state_of], f"{to}:{data}"
        if at - state.timestamp not in (0, NEXT_S):
            raise NotRecorded(
                f"block {block.number} was recorded at {state.timestamp} and {NEXT_S} s later, not at {at}"
            )
        calls = self.answers[state.hash][int(at != state.timestamp)]
        if key in calls:
            return calls[key]
        if data[:10] in READS_FOR_PEOPLE and key[:53] not in self._asked:
            return None
        when = "the next block's time" if at != state.timestamp else "its own time"
        raise NotRecorded(f"block {block.number} has no answer recorded at {when}: to {to} data {data}")


def _block(raw: Mapping[str, Any]) -> Block:
    events = tuple(
        Event(
            log["address"].lower(),
            tuple(topic.lower() for topic in log["topics"]),
            log["data"].lower(),
            _number(log["logIndex"]),
            log["transactionHash"].lower(),
        )
        for log in raw["logs"]
    )
    number, timestamp, name = _number(raw["number"]), _number(raw["timestamp"]), raw["hash"].lower()
    return Block(number, name, raw["parent_hash"].lower(), timestamp, raw["logs_bloom"], events, name)


def _number(value: int | str) -> int:
    return int(value, 16) if isinstance(value, str) else value


def _lower(calls: Mapping[str, str | None]) -> dict[str, str | None]:
    return {key.lower(): result for key, result in calls.items()}


def _words(digits: str) -> list[str]:
    return [digits[at : at + 64] for at in range(0, len(digits), 64)]


def _cut(result: str, most: int) -> Outcome:
    return Outcome(Status.OK, bytes.fromhex(result[2:])[:most])


READS_FOR_PEOPLE = _reads_for_people()
