"""What adapters do alike. The rest of an adapter is a table: which function of its folder is which method."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from indexer.abi import word_of
from indexer.book import Book, Draft, Entity
from indexer.evm import ZERO_ADDRESS, Address, Answer, Call, address
from indexer.protocols._interface import Deployment, Facts

BuiltIn = Mapping[int, tuple[tuple[str, str, int], ...]]
"""Deployments by chain id: name, entry, first block to read (never after the entry's creation)."""


class Adapter(ABC):
    """Base of the adapters. `protocols/_interface.Protocol` says what each method promises.

    Functions that have the interface's signature are named, not wrapped: `plan_reads = staticmethod(reads.plan_reads)`.
    """

    name: str
    built_in: BuiltIn
    understood: tuple[str, ...]
    """Every topic0."""
    read_fields: frozenset[str]
    also_read: frozenset[str] = frozenset()
    chooses_sources = True

    @abstractmethod
    def price_calls(self, deployment: Deployment, draft: Draft) -> dict[str, Call]:
        """The call that reads each market's price."""

    @abstractmethod
    def price_sources(self, deployment: Deployment, draft: Draft) -> dict[str, Address]:
        """The price source of each market."""

    def deployments(self, chain_id: int) -> tuple[Deployment, ...]:
        """The built-in ones of a chain; none for a chain that is not in the table."""
        found = self.built_in.get(chain_id, ())
        return tuple(Deployment(name, self.name, address(entry), first_block) for name, entry, first_block in found)

    def topics(self) -> tuple[str, ...]:
        """Every topic0 it understands."""
        return self.understood

    def sources(self, deployment: Deployment, book: Book | Draft) -> dict[str, Address]:
        """The price source of each market."""
        return self.price_sources(deployment, book if isinstance(book, Draft) else Draft(book))

    def plan_prices(self, deployment: Deployment, book: Book) -> dict[str, Call]:
        """The call that reads each market's price."""
        return self.price_calls(deployment, Draft(book))

    def read_prices(self, deployment: Deployment, book: Book, answers: Facts) -> dict[str, int | None]:
        """The prices in those answers; None where a call failed or was not answered."""
        return {market: word_of(answers.get(call)) for market, call in self.plan_prices(deployment, book).items()}


def apply_prices(deployment: Deployment, draft: Draft, calls: Mapping[str, Call], now: Facts, following: Facts) -> None:
    """Put each market's price into the draft, now and at the next block's time. Where unreadable: absent, never 0."""
    for market, call in calls.items():
        where = Entity(deployment.name, market)
        if call in now:
            draft.set(where, "price", word_of(now[call]))
        if call in following:
            draft.set(where, "next_price", word_of(following[call]))


def named_addresses(deployment: Deployment, draft: Draft, markets: Iterable[str], field: str) -> dict[str, Address]:
    """The address that a field of each market holds, where it holds one."""
    found = {market: address(draft.number(Entity(deployment.name, market), field)) for market in markets}
    return {market: named for market, named in found.items() if named != ZERO_ADDRESS}


def contract_in(answer: Answer) -> Address | None:
    """The contract that a getter's answer names; None where it failed or names none."""
    word = word_of(answer)
    return None if not word or word >> 160 else address(word)
