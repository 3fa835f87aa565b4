"""What thousands of markets cost before a block is read: those that are only there, and those with dust in them."""

import time
from collections.abc import Callable

import pytest

from indexer.book import Book, Draft, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.morpho_blue.adapter import MorphoBlue
from indexer.protocols.morpho_blue.interfaces import PARAMS, account_key
from tests.protocols.morpho_blue.made import COLLATERAL, LOAN, ORACLE, OTHER_IRM

DEPLOYMENT = Deployment("morpho", "morpho_blue", address(0xE))
MARKETS = 5_000


def crowded(*, positions: bool) -> Book:
    """5,000 markets, in five of which somebody owes."""
    book = Book()
    for number in range(MARKETS):
        where = Entity("morpho", f"0x{number:064x}")
        words = (int(LOAN, 16), int(COLLATERAL, 16), int(ORACLE, 16) + number, int(OTHER_IRM, 16), 86 * 10**16)
        for field, word in zip(PARAMS, words, strict=True):
            book.set(where, field, word)
        owed = number % 1_000 == 0
        if owed:
            book.set(where, "total_borrow_shares", 10**12)
        if positions or owed:
            book.set(Entity("morpho", where.market, account_key(number + 1, where.market)), "supply_shares", 1)
    return book


@pytest.mark.parametrize("positions", [False, True])
def test_only_markets_with_debt_are_read(positions: bool, record_property: Callable[[str, object], None]) -> None:
    protocol, book = MorphoBlue(), crowded(positions=positions)
    plan = protocol.plan_reads(DEPLOYMENT, Draft(book))
    assert len(plan.next) == 10
    assert len(plan.now) == 12
    assert len(protocol.sources(DEPLOYMENT, book)) == 5
    times = []
    for _ in range(50):
        started = time.process_time_ns()
        protocol.plan_reads(DEPLOYMENT, Draft(book))
        times.append(time.process_time_ns() - started)
    spent = min(times) / 1e6
    record_property("ms to plan a block", f"{spent:.2f}")
    assert spent < 3
