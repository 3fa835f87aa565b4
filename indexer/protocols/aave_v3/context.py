"""What every log handler needs: the deployment, the draft it writes to, facts read beforehand; and how it is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.abi import Event, Interface, word_of
from indexer.book import Draft, Entity
from indexer.errors import DecodeError
from indexer.evm import Call, Log, address
from indexer.protocols._interface import Deployment, Facts


@dataclass(slots=True)
class Context:
    """One block's logs being applied to one deployment."""

    deployment: Deployment
    draft: Draft
    facts: Facts
    contracts_changed: bool = False

    def market(self, asset: int) -> Entity:
        """The reserve of an asset (a word from a log)."""
        return Entity(self.deployment.name, address(asset))

    def position(self, asset: int | str, user: int) -> Entity:
        """One user's position in a reserve."""
        return Entity(self.deployment.name, address(asset), address(user))

    def fact(self, call: Call) -> int | None:
        """A fact read for these logs; None when the contract does not answer it."""
        return word_of(self.facts.get(call))

    def timestamp(self, log: Log) -> int:
        """The timestamp of the log's block, which sync fills in where the node left it out."""
        if log.block_timestamp is None:
            raise DecodeError(f"log {log.index} of block {log.block_number} came without its block's timestamp")
        return log.block_timestamp


Handler = Callable[[Context, Log, dict[str, int]], None]
"""Folds one log, whose values it is given by name."""


@dataclass(frozen=True, slots=True)
class Route:
    """How logs with one topic are decoded and folded."""

    event: Event
    handle: Handler


def routes(interface: Interface, handlers: Mapping[str, Handler]) -> dict[str, Route]:
    """The routes of a contract's logs by topic, from its handlers by the event's name."""
    return {interface.topic(name): Route(interface.events[name], handle) for name, handle in handlers.items()}
