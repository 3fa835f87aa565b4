"""Beyond its limits the screen judges nobody: who holds or owes such amounts is named at any cut."""

import pytest

from indexer.book import Book, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols.compound_v2.adapter import CompoundV2
from indexer.risk.screen import candidates
from indexer.units import WAD
from indexer.words import Reason

COLLATERAL, BORROWED, USER = (address(f"0x{n:040x}") for n in (1, 2, 3))
PLAIN = {
    "listed": 1, "decimals": 18, "price": WAD, "cash": WAD, "total_borrows": 0, "reserves": 0, "total_supply": WAD,
    "borrow_index": WAD, "accrual": 9, "borrow_rate": 0, "reserve_factor": 0, "collateral_factor": WAD // 2,
    "seize_share": 0,
}  # fmt: skip
RICH = {"price": 2**119, "supply": 2**111}


@pytest.mark.parametrize(
    ("held", "owed"),
    [
        ({"price": 2**160, "supply": 2**100}, {"debt": 10}),
        ({**RICH}, {"price": 2**160, "debt": 2**100, "cash": 1}),
        ({**RICH}, {"price": 2**119, "debt": 2**111, "borrow_index": 2**90}),
        ({"supply": 2**250}, {"debt": 10}),
    ],
)
def test_what_the_contract_cannot_multiply_is_named(held: dict[str, int], owed: dict[str, int]) -> None:
    book = Book()
    own = {"generation": 9, "close_factor": WAD // 2, "incentive": 108 * 10**16}
    for field, value in own.items():
        book.set(Entity("c"), field, value)
    for market, extra in ((COLLATERAL, held), (BORROWED, owed)):
        for field, value in {**PLAIN, **extra}.items():
            if field not in ("supply", "debt"):
                book.set(Entity("c", market), field, value)
        position = {"member": 1, "interest_index": WAD, "supply": extra.get("supply", 0), "debt": extra.get("debt", 0)}
        for field, value in position.items():
            book.set(Entity("c", market, USER), field, value)
    view = CompoundV2().view(Deployment("c", "compound_v2", COLLATERAL), book["c"], "price", 9)
    weights = view.weights(0)
    assert weights is not None
    assert view.health(USER, 0, 0).reason is Reason.UNREADABLE
    assert candidates(book["c"], weights, 1).tolist() == [0]
