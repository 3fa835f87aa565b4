"""The recorded chain, block by block through the adapter: its logs, its facts, its reads. No node, no store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indexer.book import Book, Draft
from indexer.evm import Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.maker.adapter import Maker
from indexer.protocols.maker.view import MakerView
from tests.protocols.maker.golden import recorded
from tests.protocols.recording import facts_of, logs_of


@dataclass(frozen=True, slots=True)
class Moment:
    """One block as it was followed: the book after it, and what the contracts answered at it and 12 seconds later."""

    number: int
    timestamp: int
    view: MakerView
    logs: list[Log]
    said: Mapping[str, str | None]
    said_next: Mapping[str, str | None]


def deployment() -> Deployment:
    """The recorded one."""
    tape = recorded("chain.json.gz")
    return Deployment("recorded", "maker", address(tape["entry"]), tape["first_block"])


def moments(book: Book | None = None) -> Iterator[Moment]:
    """Every block, followed into a book."""
    protocol, chain, book = Maker(), deployment(), Book() if book is None else book
    followed: set[Address] = set()
    for block in recorded("chain.json.gz")["blocks"]:
        followed |= protocol.addresses(chain, book)
        logs = _logs_of(block, protocol, followed)
        draft = Draft(book)
        calls = protocol.plan_facts(chain, logs)
        protocol.apply_logs(chain, logs, draft, facts_of(block["calls"], calls))
        _read(protocol, chain, draft, block)
        book.apply(draft.changes())
        view = protocol.view(chain, book[chain.name], "price", block["number"])
        yield Moment(block["number"], block["timestamp"], view, logs, block["calls"], block["calls_next"])


def _logs_of(block: Mapping[str, Any], protocol: Maker, followed: set[Address]) -> list[Log]:
    """Those of followed emitters, and of the ones these logs introduce."""
    logs = logs_of(block)
    topics = set(protocol.topics())
    while True:
        own = [log for log in logs if log.address in followed and log.topics and log.topics[0] in topics]
        fresh = protocol.discover(own) - followed
        if not fresh:
            return own
        followed |= fresh


def _read(protocol: Maker, chain: Deployment, draft: Draft, block: Mapping[str, Any]) -> None:
    known: dict[Call, bytes | None] = {}
    while True:
        calls = [call for call in protocol.plan_reads(chain, draft).now if call not in known]
        if not calls:
            return
        known.update(facts_of(block["calls"], calls))
        protocol.apply_reads(chain, draft, block["timestamp"], known, {})
