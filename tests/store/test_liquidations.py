"""Liquidations in the store: they come and go with their blocks, and are read in pages, newest first."""

from dataclasses import replace

import pytest

from indexer.evm import address
from indexer.store import BlockRecord, Deployment, LiquidationFilters, LiquidationRecord, Store
from tests.store.made import ALICE, POOL, happened, ref

BOB, OTHER_KEEPER = address(0xB0B), address(0xB0B0)
MARKET = "0x" + "cc" * 32
SINGLETON = "morpho_blue"


ROWS = [
    happened(1, 4),
    happened(1, 9, BOB, liquidator=OTHER_KEEPER),
    happened(2, 0, f"{BOB}/{MARKET}", deployment=SINGLETON, since=1),
    happened(3, 5),
    happened(3, 5, deployment=SINGLETON),
    happened(4, 1, BOB, since=2),
]


def commit(store: Store, *rows: LiquidationRecord, fork: str = "0") -> None:
    for number in sorted({row.block_number for row in rows}):
        own = [row for row in rows if row.block_number == number]
        made = ref(number, fork)
        store.commit([BlockRecord(made, complete=True, changes=(), liquidations=own)], made)


@pytest.fixture
def filled(store: Store) -> Store:
    store.bind_chain(1)
    store.save_deployments([Deployment(name, "p", ALICE, 0) for name in (POOL, SINGLETON)])
    commit(store, *ROWS)
    return store


def test_they_come_back_as_they_were_written_newest_first(filled: Store) -> None:
    newest = sorted(ROWS, key=lambda row: (-row.block_number, -row.what.log_index, row.deployment))
    assert filled.liquidations(LiquidationFilters()) == newest


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (LiquidationFilters(account=ALICE), [3, 4, 0]),
        (LiquidationFilters(account=BOB), [5, 2, 1]),
        (LiquidationFilters(account=f"{BOB}/{MARKET}"), [2]),
        (LiquidationFilters(owner=BOB, deployment=POOL), [5, 1]),
        (LiquidationFilters(liquidator=OTHER_KEEPER), [1]),
        (LiquidationFilters(deployment=SINGLETON), [4, 2]),
        (LiquidationFilters(since_block=2, until_block=3), [3, 4, 2]),
        (LiquidationFilters(owner=address(0xBEEF)), []),
        (LiquidationFilters(limit=1), [5]),
    ],
)
def test_filters(filled: Store, filters: LiquidationFilters, expected: list[int]) -> None:
    assert filled.liquidations(filters) == [ROWS[at] for at in expected]


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_pages_join_to_the_whole(filled: Store, size: int) -> None:
    found: list[LiquidationRecord] = []
    while page := filled.liquidations(LiquidationFilters(limit=size, after=found[-1].key if found else None)):
        found += page
    assert found == filled.liquidations(LiquidationFilters())


def test_undone_blocks_take_theirs_along_and_the_new_ones_bring_their_own(filled: Store) -> None:
    filled.undo_to(2)
    assert filled.liquidations(LiquidationFilters(since_block=3)) == []
    again = replace(ROWS[3], what=replace(ROWS[3].what, log_index=8))
    commit(filled, again, fork="f")
    assert filled.liquidations(LiquidationFilters()) == [again, ROWS[2], ROWS[1], ROWS[0]]


def test_a_dropped_deployment_has_none(filled: Store) -> None:
    filled.drop_deployment(SINGLETON)
    assert {row.deployment for row in filled.liquidations(LiquidationFilters())} == {POOL}


def test_a_commit_that_fails_leaves_none(filled: Store) -> None:
    def fail() -> None:
        with filled.transaction():
            commit(filled, happened(5, 0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert filled.liquidations(LiquidationFilters(since_block=5)) == []
