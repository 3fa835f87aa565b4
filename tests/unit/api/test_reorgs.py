"""The store leaves a block before the doors have looked: no answer mixes two forks, and none is refused."""

from dataclasses import replace

import pytest

from indexer.evm import BlockRef
from indexer.store import BlockRecord, LiquidationRecord
from tests.unit.api.doors import FIRST, House
from tests.unit.market_book import DEPLOYMENT
from tests.unit.reports.liquidated import CALL
from tests.unit.reports.stored import BLOCK, HEADS

HEAVY = ("/v1/chains", "/v1/solvency", "/v1/contagion?shock=WETH=-20%25", "/v1/at-risk?below=3")


def happened(ref: BlockRef) -> LiquidationRecord:
    return LiquidationRecord(DEPLOYMENT, ref.number, ref.timestamp, replace(CALL, transaction=ref.hash), None)


def fork(house: House, name: str) -> BlockRef:
    """Block 101 of one fork, with a liquidation of its own; the doors have not looked."""
    ref = BlockRef(BLOCK.number + 1, "0x" + name * 32, BLOCK.hash, BLOCK.timestamp + 12)
    house.store.commit([BlockRecord(ref, True, [], liquidations=[happened(ref)])], ref, HEADS)
    return ref


@pytest.mark.parametrize("paged", [False, True])
def test_liquidations_are_those_of_the_block_they_are_told_of(house: House, paged: bool) -> None:
    old = fork(house, "a1")
    assert house.current.advance()
    first = house.json("/v1/liquidations?limit=1")
    assert [row["transaction_hash"] for row in first["liquidations"]] == [old.hash]
    house.store.undo_to(BLOCK.number)
    new = fork(house, "b1")
    if paged:
        assert house.error(f"/v1/liquidations?cursor={first['next_cursor']}") == (410, "cursor_gone")
        return
    told = house.json("/v1/liquidations?limit=2")
    assert (told["block_hash"], [row["transaction_hash"] for row in told["liquidations"]]) == (new.hash, [new.hash])


@pytest.mark.parametrize("path", HEAVY)
def test_a_reorg_to_an_earlier_block_refuses_nobody_who_named_no_block(house: House, path: str) -> None:
    house.follow("a1", FIRST // 2)
    house.store.undo_to(BLOCK.number)
    assert house.json(path)["block_hash"] == BLOCK.hash


def test_old_page_and_new_block_are_told_apart(house: House) -> None:
    """What is ready is still that of the block it names."""
    ref = house.follow("a1", FIRST // 2)
    house.store.undo_to(BLOCK.number)
    assert house.json("/v1/at-risk")["block_hash"] == ref.hash
    assert house.current.advance()
    assert house.json("/v1/at-risk")["block_hash"] == BLOCK.hash
