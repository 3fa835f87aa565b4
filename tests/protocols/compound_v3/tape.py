"""A recorded life of a real Comet, replayed through the parts of the indexer block by block, without a node."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.book import Book, Change, Draft, Entity
from indexer.evm import Answer, BlockRef, Call, address
from indexer.node import Read
from indexer.parts import Parts, StateReader
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v3.adapter import CompoundV3
from indexer.protocols.compound_v3.view import CometView
from tests.protocols.recording import bytes_of, key_of, logs_of, recording
from tests.protocols.tape import NEXT_S, READS_FOR_PEOPLE

NAMES = ("chain.json.gz", "chain_weth.json.gz")


@dataclass
class Replay:
    """A follower of one recording; `requests` counts what the last block asked."""

    name: str
    book: Book = field(default_factory=Book)
    requests: int = 0

    def __post_init__(self) -> None:
        self.document = recording("compound_v3", self.name)
        self.deployment = Deployment("comet", "compound_v3", address(self.document["entry"]))
        self.protocol = CompoundV3()
        self._parts = Parts([self.deployment])
        self._parts.refresh(self.book)
        self.block: dict[str, Any] = {}
        self.asked: list[Call] = []

    def blocks(self, *, follow: bool = True) -> Iterator[dict[str, Any]]:
        """Apply every block in turn; `follow`: with its state read, else logs only."""
        for block in self.document["blocks"]:
            self.step(block, follow=follow)
            yield block

    def step(self, block: dict[str, Any], *, follow: bool = True) -> list[Change]:
        """Apply one block and return its changes."""
        self.block, self.requests, self.asked = block, 0, []
        draft = Draft(self.book)
        logs = logs_of(block)
        facts = dict(zip(plan := self._parts.plan_facts(logs), self.answers(plan, block["calls"]), strict=True))
        self._parts.apply_logs(logs, draft, facts)
        if follow:
            ref = BlockRef(block["number"], block["hash"], block["parent_hash"], block["timestamp"])
            StateReader(self._fetch, self._parts, NEXT_S).read(ref, draft)
        changes = draft.changes()
        self.book.apply(changes)
        return changes

    @property
    def base(self) -> str:
        """The base token."""
        return address(self.book["comet"].own["base_token"])

    def view(self, prices: str = "price") -> CometView:
        """The view at the block."""
        return self.protocol.view(self.deployment, self.book["comet"], prices, self.block["number"])

    def said(self, data: str, *, following: bool = False, to: str | None = None) -> list[int] | None:
        """The words the chain answered to a call; None where it reverted."""
        answer = self.block["calls_next" if following else "calls"][f"{to or self.deployment.entry}:{data}"]
        return None if answer is None else [int(answer[i : i + 64], 16) for i in range(2, len(answer), 64)]

    def answers(self, calls: Sequence[Call], answers: dict[str, str | None]) -> list[Answer]:
        """What was recorded for these calls; KeyError for one that was not."""
        return [self._answer(call, answers) for call in calls]

    def _answer(self, call: Call, answers: dict[str, str | None]) -> Answer:
        is_for_people = f"0x{call.data[:4].hex()}" in READS_FOR_PEOPLE
        return bytes_of(answers.get(key_of(call)) if is_for_people else answers[key_of(call)])

    def _fetch(self, block_hash: str, reads: Sequence[Read]) -> list[list[Answer]]:
        assert block_hash == self.block["hash"]
        self.requests += 1
        self.asked.extend(call for read in reads for call in read.calls)
        sides = {None: "calls", self.block["timestamp"] + NEXT_S: "calls_next"}
        return [self.answers(read.calls, self.block[sides[read.at_timestamp]]) for read in reads]


def state(book: Book) -> set[tuple[Entity, str, int]]:
    """Everything a book holds about the Comet."""
    return {item for item in book.items() if item[0].deployment == "comet"}
