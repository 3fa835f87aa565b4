"""What every log handler needs: the deployment, the draft it writes to, and facts read beforehand."""

from dataclasses import dataclass

from indexer.abi import word_of
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
