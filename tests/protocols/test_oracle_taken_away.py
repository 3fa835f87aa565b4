"""An oracle set to the zero address answers nothing: no price is known from then on, and the last one is gone."""

import pytest

from indexer.book import Book, Draft, Entity
from indexer.evm import address
from indexer.protocols._interface import Deployment
from indexer.protocols._registry import named

MARKET = address("0x" + "22" * 20)


@pytest.mark.parametrize("protocol", ["aave_v2", "aave_v3", "compound_v2", "venus_isolated"])
def test_the_last_price_does_not_outlive_its_oracle(protocol: str) -> None:
    adapter, deployment = named(protocol), Deployment("made", protocol, address("0x" + "11" * 20))
    book = Book()
    for field in ("listed", "id", "asset", "price", "next_price"):
        book.set(Entity("made", MARKET), field, 7)
    book.set(Entity("made"), "oracle", 0)
    draft = Draft(book)
    plan = adapter.plan_reads(deployment, draft)
    adapter.apply_reads(deployment, draft, 1_000, dict.fromkeys(plan.now), dict.fromkeys(plan.next))
    assert [draft.get(Entity("made", MARKET), field) for field in ("price", "next_price")] == [None, None]
