"""What every log handler needs: the deployment, the draft it writes to, and facts read beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, field

from indexer.book import Draft, Entity
from indexer.errors import DecodeError
from indexer.evm import Address, Log, address
from indexer.protocols._interface import Deployment, Facts
from indexer.protocols.maker.interfaces import account_key, ilk_name
from indexer.units import uint256


@dataclass(slots=True)
class Context:
    """One block's logs being applied to one deployment."""

    deployment: Deployment
    draft: Draft
    facts: Facts
    opened: dict[Address, int] = field(default_factory=dict)
    """By manager: the vault it has just made."""

    @property
    def own(self) -> Entity:
        """The deployment itself."""
        return Entity(self.deployment.name)

    def ilk(self, word: int) -> Entity:
        """The market of an ilk (a word from a log)."""
        return Entity(self.deployment.name, ilk_name(word))

    def contract(self, emitter: Address) -> Entity:
        """The market of a contract that is no ilk."""
        return Entity(self.deployment.name, emitter)

    def position(self, word: int, urn: int) -> Entity:
        """An urn's position in an ilk."""
        name = ilk_name(word)
        return Entity(self.deployment.name, name, account_key(address(urn), name))

    def add(self, where: Entity, field: str, change: int) -> None:
        """Add to a number as the contract does. Raises ArithmeticOverflow below 0: a log was missed."""
        self.draft.set(where, field, uint256(self.draft.number(where, field) + change))

    def timestamp(self, log: Log) -> int:
        """The timestamp of the log's block, which sync fills in where the node left it out."""
        if log.block_timestamp is None:
            raise DecodeError(f"log {log.index} of block {log.block_number} came without its block's timestamp")
        return log.block_timestamp


Handler = Callable[[Context, Log], None]
"""What one kind of log does to the draft."""
