"""Batch two of a block: everything logs do not carry, read at the block's hash until no part wants more."""

from collections.abc import Callable, Sequence

import structlog

from indexer import wrappers
from indexer.book import Draft, Entity
from indexer.evm import Address, Answer, BlockRef, Call
from indexer.node import OverridesUnsupported, Read
from indexer.oracles import chainlink
from indexer.parts.parts import Parts
from indexer.protocols._interface import Reads

CHAIN = Entity("chain")
"""The entity of what belongs to no deployment: `block_time_s`, after which `next_price` was read."""

Fetch = Callable[[str, Sequence[Read]], list[list[Answer]]]
"""Answers at a block hash, in order: `Node.read`, or something in front of it."""

_log = structlog.get_logger()


class StateReader:
    """Reads a block's state: one request, more only when a block adds contracts."""

    def __init__(self, fetch: Fetch, parts: Parts, block_time_s: int) -> None:
        self._fetch = fetch
        self._parts = parts
        self._block_time_s = block_time_s
        self._overrides = True

    def read(self, ref: BlockRef, draft: Draft) -> None:
        """Fill the draft with what is read at `ref`, and prices also at the next block's timestamp.

        Raises NodeError; the draft is then to be thrown away.
        """
        now: dict[Call, Answer] = {}
        following: dict[Call, Answer] = {}
        while True:
            wrappers.apply_reads(self._parts.assets(draft), draft, now, self._parts.wrappers)
            wanted = self._plan(draft)
            fresh = Reads(
                tuple(call for call in wanted.now if call not in now),
                tuple(call for call in wanted.next if call not in following) if self._overrides else (),
            )
            if not fresh.now and not fresh.next:
                draft.set(CHAIN, "block_time_s", self._block_time_s if self._overrides else None)
                return
            self._ask(ref, fresh, now, following)
            for part in self._parts.parts:
                part.protocol.apply_reads(part.deployment, draft, ref.timestamp, now, following)
            chainlink.apply_reads(self._sources(draft), draft, now)

    def _plan(self, draft: Draft) -> Reads:
        plans = [part.protocol.plan_reads(part.deployment, draft) for part in self._parts.parts]
        now = dict.fromkeys(call for plan in plans for call in plan.now)
        now.update(dict.fromkeys(chainlink.plan_reads(self._sources(draft), draft)))
        now.update(dict.fromkeys(wrappers.plan_reads(self._parts.assets(draft), draft, self._parts.wrappers)))
        following = dict.fromkeys(call for plan in plans for call in plan.next)
        return Reads(tuple(now), tuple(following))

    def _ask(self, ref: BlockRef, reads: Reads, now: dict[Call, Answer], following: dict[Call, Answer]) -> None:
        asked = [Read(reads.now)]
        if reads.next:
            asked.append(Read(reads.next, ref.timestamp + self._block_time_s))
        try:
            answers = self._fetch(ref.hash, asked)
        except OverridesUnsupported:
            _log.warning("the node cannot read at a future timestamp: next_block will be unknown")
            self._overrides = False
            answers = self._fetch(ref.hash, asked[:1])
        now.update(zip(reads.now, answers[0], strict=True))
        if len(answers) > 1:
            following.update(zip(reads.next, answers[1], strict=True))

    def _sources(self, draft: Draft) -> list[Address]:
        sources: dict[Address, None] = {}
        for part in self._parts.parts:
            sources.update(dict.fromkeys(part.protocol.sources(part.deployment, draft).values()))
        return list(sources)
