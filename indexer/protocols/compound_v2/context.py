"""What every log handler needs: the deployment, the draft it writes to, and facts read beforehand."""

from dataclasses import dataclass, field

from indexer.abi import word_of
from indexer.book import Draft, Entity
from indexer.evm import Address, Call, address
from indexer.protocols._interface import Deployment, Facts


@dataclass(slots=True)
class Context:
    """One block's logs being applied to one deployment."""

    deployment: Deployment
    draft: Draft
    facts: Facts
    sent_home: dict[Address, int] = field(default_factory=dict)
    """cTokens of the last transfer to the cToken itself, by cToken: what a seize burns right after."""
    held_before: dict[tuple[Address, int], int] = field(default_factory=dict)
    """What an account held before its last transfer away, by cToken and account (Venus)."""

    @property
    def own(self) -> Entity:
        """The deployment itself."""
        return Entity(self.deployment.name)

    def market(self, ctoken: int | str) -> Entity:
        """A cToken's market (a word from a log, or an address)."""
        return Entity(self.deployment.name, address(ctoken))

    def position(self, ctoken: int | str, account: int | str) -> Entity:
        """One account's position in a market."""
        return Entity(self.deployment.name, address(ctoken), address(account))

    def add(self, where: Entity, name: str, amount: int) -> None:
        """Move one number by an amount."""
        if amount:
            self.draft.set(where, name, self.draft.number(where, name) + amount)

    def fact(self, call: Call) -> int | None:
        """A fact read for these logs; None when the contract does not answer it."""
        return word_of(self.facts.get(call))
