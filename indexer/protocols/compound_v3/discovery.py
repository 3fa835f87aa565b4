"""Who logs what, and whose account a log is about.

A Comet is one proxy: everything comes from the entry. Every debtor has collateral, so SupplyCollateral and
TransferCollateral name them all, those too whose debt was opened by a base transfer, which logs nothing.
"""

from collections.abc import Iterable, Sequence

from indexer.book import Book
from indexer.evm import Address, Call, Log, address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v3 import configuration
from indexer.protocols.compound_v3.interfaces import COMET

TOPICS = tuple(event.topic for event in COMET.events.values())

NAMES = {
    "Supply": ("dst",),
    "Transfer": ("from", "to"),
    "Withdraw": ("src",),
    "SupplyCollateral": ("dst",),
    "TransferCollateral": ("from", "to"),
    "WithdrawCollateral": ("src",),
    "AbsorbDebt": ("borrower",),
    "AbsorbCollateral": ("borrower",),
}
"""The accounts each event names."""

ACCRUING = frozenset(("Supply", "Transfer", "Withdraw", "AbsorbDebt"))
"""Events of calls that accrue interest first and may change principals."""


def implementation_of(log: Log) -> Address | None:
    """The new implementation an Upgraded log names; None for any other log."""
    if log.topics[0] != COMET.topic("Upgraded"):
        return None
    return address(COMET.events["Upgraded"].decode(log)["implementation"])


def addresses(deployment: Deployment, book: Book) -> set[Address]:
    """The proxy: everything logs there."""
    del book
    return {deployment.entry}


def discover(logs: Iterable[Log]) -> set[Address]:
    """Nobody: a Comet has no other contracts that log."""
    del logs
    return set()


def plan_facts(deployment: Deployment, logs: Sequence[Log]) -> list[Call]:
    """The immutables of every implementation the logs name, asked of the implementation itself: they cannot change."""
    del deployment
    calls: dict[Call, None] = {}
    for log in logs:
        if (implementation := implementation_of(log)) is not None:
            calls.update(dict.fromkeys(configuration.calls(implementation)))
    return list(calls)
