"""What is followed: the deployments with their protocols, and who owns which emitter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.book import Book, Draft
from indexer.evm import Address, Answer, Call, Log
from indexer.node import LogFilter
from indexer.oracles import chainlink
from indexer.protocols._interface import Deployment, Liquidation, Protocol
from indexer.protocols._registry import protocol_of
from indexer.risk import evidence
from indexer.wrappers import Wrapping

_ORACLE = -1


@dataclass(frozen=True, slots=True)
class Part:
    """One deployment and the protocol that understands it."""

    deployment: Deployment
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Liquidated:
    """A liquidation, and the deployment in which it happened."""

    deployment: str
    what: Liquidation


class Parts:
    """The followed deployments and the price feeds behind them, as one log filter.

    `wrappers`: the tokens of which it is known beforehand what they stand for.
    """

    def __init__(self, deployments: Sequence[Deployment], wrappers: Mapping[Address, Wrapping] | None = None) -> None:
        self.wrappers = wrappers or {}
        self.parts = [Part(deployment, protocol_of(deployment)) for deployment in deployments]
        self._owners: dict[Address, list[int]] = {}
        self._topics = _all_topics(self.parts)
        self._filter = LogFilter((), self._topics)

    @property
    def log_filter(self) -> LogFilter:
        """Addresses and topics to ask for; the same object until the addresses change."""
        return self._filter

    def filter_of(self, addresses: Iterable[Address]) -> LogFilter:
        """The same topics at other addresses."""
        return LogFilter(tuple(sorted(addresses)), self._topics)

    def refresh(self, book: Book) -> None:
        """Take the emitters from the book: at start, and after an undo."""
        self._owners = {}
        for index, part in enumerate(self.parts):
            self._own(part.protocol.addresses(part.deployment, book), index)
        self._own(self.aggregators(Draft(book)), _ORACLE)
        self._rebuild()

    def adopt(self, logs: Sequence[Log]) -> set[Address]:
        """Emitters that these logs introduce and nobody followed yet; they are followed from now on."""
        fresh: set[Address] = set()
        for index, part in enumerate(self.parts):
            own = [log for log in logs if index in self._owners.get(log.address, ())]
            fresh |= self._own(part.protocol.discover(own), index)
        if fresh:
            self._rebuild()
        return fresh

    def adopt_aggregators(self, draft: Draft) -> set[Address]:
        """Aggregators that the last reads showed for the first time."""
        fresh = self._own(self.aggregators(draft), _ORACLE)
        if fresh:
            self._rebuild()
        return fresh

    def aggregators(self, draft: Draft) -> set[Address]:
        """The aggregators to follow: those behind the sources of protocols that choose their sources."""
        chosen = [part for part in self.parts if part.protocol.chooses_sources]
        if len(chosen) == len(self.parts):
            return chainlink.aggregators(draft)
        found = (part.protocol.sources(part.deployment, draft).values() for part in chosen)
        return chainlink.aggregators(draft, [source for sources in found for source in sources])

    def assets(self, draft: Draft) -> list[Address]:
        """The tokens of every deployment's markets, each once."""
        found = (part.protocol.assets(part.deployment, draft) for part in self.parts)
        return list(dict.fromkeys(asset for assets in found for asset in assets))

    def plan_facts(self, logs: Sequence[Log]) -> list[Call]:
        """Unchanging reads needed before these logs can be applied."""
        calls: dict[Call, None] = {}
        for index, part in enumerate(self.parts):
            calls.update(dict.fromkeys(part.protocol.plan_facts(part.deployment, self._of(index, logs))))
        return list(calls)

    def apply_logs(self, logs: Sequence[Log], draft: Draft, facts: dict[Call, Answer]) -> list[Liquidated]:
        """Fold one block's logs into the draft, each part its own, and what they prove of reuse.

        Returns what was liquidated in it, by deployment.
        """
        flows: list[evidence.Moved] = []
        liquidated: list[Liquidated] = []
        for index, part in enumerate(self.parts):
            own = self._of(index, logs)
            if own:
                part.protocol.apply_logs(part.deployment, own, draft, facts)
                found = part.protocol.flows(part.deployment, own, draft)
                flows.extend(evidence.Moved(part.deployment.name, flow) for flow in found)
                happened = part.protocol.liquidations(part.deployment, own, draft)
                liquidated.extend(Liquidated(part.deployment.name, one) for one in happened)
        evidence.apply_flows(flows, (log.transaction_hash for log in logs), draft)
        if oracle := self._of(_ORACLE, logs):
            chainlink.apply_logs(oracle, draft)
        return liquidated

    def _of(self, index: int, logs: Sequence[Log]) -> list[Log]:
        return [log for log in logs if index in self._owners.get(log.address, ())]

    def _own(self, addresses: Iterable[Address], index: int) -> set[Address]:
        fresh: set[Address] = set()
        for address in addresses:
            owners = self._owners.setdefault(address, [])
            if not owners:
                fresh.add(address)
            if index not in owners:
                owners.append(index)
        return fresh

    def _rebuild(self) -> None:
        self._filter = self.filter_of(self._owners)


def with_timestamps(logs: Iterable[Log], timestamps: dict[int, int]) -> list[Log]:
    """The logs, each with its block's timestamp (the log's own where the node put one in)."""
    return [
        log if log.block_timestamp is not None else replace(log, block_timestamp=timestamps[log.block_number])
        for log in logs
    ]


def _all_topics(parts: Iterable[Part]) -> tuple[str, ...]:
    topics: dict[str, None] = {}
    for part in parts:
        topics.update(dict.fromkeys(part.protocol.topics()))
    topics.update(dict.fromkeys(chainlink.TOPICS))
    return tuple(topics)
