from contextlib import suppress

import pytest

from indexer.book.change import Change, Entity
from indexer.errors import DatabaseError, DeepReorgError, HistoryError
from indexer.store import BlockRecord, Head, HeadsSeen, Store, Verification
from tests.store.made import BORROWER, MARKET, OTHER, SUPPLIER, commit, dump, record, ref, state


def test_all_four_shapes_of_entity(store: Store) -> None:
    shapes = [Entity("d"), Entity("d", "m"), Entity("d", "", "a"), Entity("d", "m", "a")]
    commit(store, 1, *(Change(entity, "f", None, number) for number, entity in enumerate(shapes)))
    assert state(store) == {(entity, "f"): number for number, entity in enumerate(shapes)}


@pytest.mark.parametrize("value", [0, 1, 2**256 - 1, -1, -(2**255)])
def test_extreme_integers_survive(store: Store, value: int) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, value))
    assert state(store) == {(BORROWER, "debt"): value}
    commit(store, 2, Change(BORROWER, "debt", value, None))
    assert state(store) == {}
    assert state(store, 1) == {(BORROWER, "debt"): value}
    assert list(store.history(BORROWER)) == [
        (1, Change(BORROWER, "debt", None, value)),
        (2, Change(BORROWER, "debt", value, None)),
    ]


def test_zero_is_not_absent(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 0), Change(SUPPLIER, "debt", None, 1))
    commit(store, 2, Change(SUPPLIER, "debt", 1, None))
    assert state(store) == {(BORROWER, "debt"): 0}
    store.undo_to(1)
    assert state(store) == {(BORROWER, "debt"): 0, (SUPPLIER, "debt"): 1}


def test_several_changes_of_one_integer_in_one_block(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1), Change(BORROWER, "debt", 1, 2))
    commit(store, 2, Change(BORROWER, "debt", 2, None), Change(BORROWER, "debt", None, 3))
    assert state(store) == {(BORROWER, "debt"): 3}
    assert state(store, 1) == {(BORROWER, "debt"): 2}
    assert store.undo_to(1) == [Change(BORROWER, "debt", 3, None), Change(BORROWER, "debt", None, 2)]
    assert state(store) == {(BORROWER, "debt"): 2}


def test_undo_returns_the_inverse_newest_first(store: Store) -> None:
    commit(store, 1, Change(MARKET, "index", None, 10))
    commit(store, 2, Change(MARKET, "index", 10, 11), Change(BORROWER, "debt", None, 5))
    commit(store, 3, Change(MARKET, "index", 11, 12))
    assert store.undo_to(1) == [
        Change(MARKET, "index", 12, 11),
        Change(BORROWER, "debt", 5, None),
        Change(MARKET, "index", 11, 10),
    ]
    assert store.cursor() == ref(1)
    assert state(store) == {(MARKET, "index"): 10}


def test_undo_forgets_blocks_and_verifications_above(store: Store) -> None:
    commit(store, 1)
    commit(store, 2)
    store.save_verified(
        [
            Verification("aave_v3_main", "0x1", 1, ref(1).hash, ok=True),
            Verification("aave_v3_main", "0x2", 2, "0x", ok=True),
        ]
    )
    assert store.undo_to(1) == []
    assert store.block(2) is None
    assert set(store.verified()) == {("aave_v3_main", "0x1")}
    commit(store, 2, fork="f")
    assert store.cursor() == ref(2, "f")


def test_undo_to_the_cursor_changes_nothing(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1))
    before = dump(store)
    assert store.undo_to(1) == []
    assert dump(store) == before


def test_undo_needs_a_stored_block(store: Store) -> None:
    with pytest.raises(HistoryError, match="cannot undo to block 1"):
        store.undo_to(1)
    store.commit([record(3), record(9)], ref(9))
    for number in (2, 5, 10):
        with pytest.raises(HistoryError, match=f"cannot undo to block {number}"):
            store.undo_to(number)
    store.save_heads(HeadsSeen(Head(9, "0x9"), None, Head(6, "0x6"), observed_at=1))
    with pytest.raises(DeepReorgError, match="block 6 was final"):
        store.undo_to(5)
    with pytest.raises(HistoryError):
        store.undo_to(7)
    assert store.cursor() == ref(9)


def test_the_state_remembers_the_block_of_its_last_change(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1))
    commit(store, 2)
    commit(store, 3, Change(BORROWER, "debt", 1, 2))
    store.undo_to(2)
    assert dump(store)["state"] == [(*BORROWER, "debt", (1).to_bytes(32, "big"), 1)]


def test_finalised_blocks_of_a_range_need_no_hash(store: Store) -> None:
    inner = BlockRecord(ref(4), complete=False, changes=[Change(BORROWER, "debt", None, 4)], keep_block=False)
    store.commit([inner, record(9, Change(BORROWER, "debt", 4, 9))], ref(9))
    assert store.block(4) is None
    assert state(store, 3) == {}
    assert state(store, 4) == {(BORROWER, "debt"): 4}
    assert state(store, 8) == {(BORROWER, "debt"): 4}


def test_a_failing_commit_leaves_nothing(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1))
    before = dump(store)
    with pytest.raises(OverflowError):
        store.commit(
            [record(2, Change(OTHER, "shares", None, 1)), record(3, Change(BORROWER, "debt", 1, 2**256))], ref(3)
        )
    assert dump(store) == before
    assert store.counts()["entity"] == 1


def test_names_of_a_failed_transaction_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id given inside a rolled-back transaction belongs to nobody; the cache must not know it."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "_move_cursor", _fail)
        with pytest.raises(RuntimeError, match="power cut"):
            commit(store, 1, Change(BORROWER, "debt", None, 1))
    commit(store, 1, Change(OTHER, "shares", None, 2))
    commit(store, 2, Change(BORROWER, "debt", None, 1))
    assert state(store) == {(OTHER, "shares"): 2, (BORROWER, "debt"): 1}


def _fail(*_: object) -> None:
    raise RuntimeError("power cut")


def test_a_full_cache_of_names_starts_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.store.interning._MOST_KEPT", 3)
    entities = [Entity("d", "m", str(number)) for number in range(10)]
    for number, entity in enumerate(entities * 2):
        commit(store, number + 1, Change(entity, "f", None if number < 10 else 1, 1 if number < 10 else 2))
    assert state(store) == {(entity, "f"): 2 for entity in entities}
    assert store.counts()["entity"] == 10


def test_transaction_joins_writes(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            commit(store, 1, Change(BORROWER, "debt", None, 1))
            store.save_job_started("verify", 5)
            assert store.cursor() == ref(1)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half()
    assert store.cursor() is None
    assert store.job_runs() == {}
    with store.transaction():
        commit(store, 1, Change(BORROWER, "debt", None, 1))
        commit(store, 2, Change(BORROWER, "debt", 1, 2))
        store.save_job_started("verify", 5)
    assert store.cursor() == ref(2)
    assert set(store.job_runs()) == {"verify"}


def test_a_swallowed_failure_still_undoes_the_transaction(store: Store) -> None:
    def careless() -> None:
        with store.transaction(), suppress(OverflowError):
            commit(store, 1, Change(BORROWER, "debt", None, 2**256))

    with pytest.raises(DatabaseError, match="all of it was undone"):
        careless()
    assert store.cursor() is None
    commit(store, 1, Change(BORROWER, "debt", None, 1))


def test_a_snapshot_only_reads(store: Store) -> None:
    with store.snapshot(), store.snapshot(), pytest.raises(DatabaseError, match="snapshot only reads"):
        commit(store, 1)


def test_checked_finds_a_wrong_old(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1))
    with pytest.raises(ValueError, match="the change says 7, the store holds 1"):
        commit(store, 2, Change(BORROWER, "debt", 7, 8))


def test_two_writers_are_noticed(store: Store, database_url: str) -> None:
    commit(store, 1)
    with Store.open(database_url) as second:
        commit(second, 2)
        with pytest.raises(DatabaseError, match="another process has written"):
            commit(store, 2, fork="f")
        commit(second, 3)
        assert store.cursor() == ref(3)
