import pytest

from indexer.book.change import Change
from indexer.errors import DatabaseError, InconsistentAnswer, WrongChainError
from indexer.store import Head, HeadsSeen, Store, StoredBlock
from tests.store.made import BORROWER, commit, record, ref


def test_a_database_is_one_chain(store: Store, database_url: str) -> None:
    assert store.chain_id == 1
    store.bind_chain(1)
    with pytest.raises(WrongChainError, match="chain 10, but the database holds chain 1"):
        store.bind_chain(10)
    with Store.open(database_url, read_only=True) as reader:
        reader.bind_chain(1)
        with pytest.raises(WrongChainError):
            reader.bind_chain(10)


def test_nothing_is_written_before_the_chain_is_known(database_url: str) -> None:
    with Store.open(database_url) as store:
        assert store.chain_id is None
        with pytest.raises(DatabaseError, match="bind_chain"):
            commit(store, 1)
        assert store.cursor() is None
        assert store.blocks(0, 10) == []


def test_cursor_and_blocks(store: Store) -> None:
    assert store.cursor() is None
    assert store.last_complete_block() is None
    store.commit([record(5, complete=False), record(6), record(9, complete=False)], ref(9))
    assert store.cursor() == ref(9)
    assert store.block(6) == StoredBlock(ref(6), complete=True)
    assert store.block(7) is None
    assert store.blocks(6, 9) == [StoredBlock(ref(6), complete=True), StoredBlock(ref(9), complete=False)]
    assert store.last_complete_block() == ref(6)
    assert store.complete_block_at_or_before(5) is None
    assert store.complete_block_at_or_before(8) == ref(6)


def test_the_cursor_is_stored_also_without_a_record(store: Store) -> None:
    store.commit([], ref(100))
    assert store.block(100) == StoredBlock(ref(100), complete=False)
    assert store.cursor() == ref(100)


def test_the_cursor_never_goes_back(store: Store) -> None:
    commit(store, 5)
    with pytest.raises(ValueError, match="does not go back to 4"):
        store.commit([], ref(4))
    assert store.cursor() == ref(5)


@pytest.mark.parametrize(("numbers", "cursor"), [((6, 5), 6), ((5, 5), 5), ((5, 7), 6)])
def test_records_ascend_to_the_cursor(store: Store, numbers: tuple[int, int], cursor: int) -> None:
    with pytest.raises(ValueError, match=r"must ascend|above the cursor"):
        store.commit([record(number) for number in numbers], ref(cursor))
    assert store.cursor() is None


def test_a_block_keeps_its_hash(store: Store) -> None:
    commit(store, 5)
    with pytest.raises(InconsistentAnswer, match="undo to a common ancestor"):
        commit(store, 5, Change(BORROWER, "debt", None, 1), fork="f")
    assert store.cursor() == ref(5)
    assert list(store.load_state()) == []


def test_once_complete_always_complete(store: Store) -> None:
    commit(store, 5)
    commit(store, 5, complete=False)
    assert store.block(5) == StoredBlock(ref(5), complete=True)
    commit(store, 6, complete=False)
    commit(store, 6)
    assert store.block(6) == StoredBlock(ref(6), complete=True)


def test_more_blocks_than_one_query_names(store: Store) -> None:
    records = [record(number, complete=False) for number in range(1, 25_001)]
    store.commit(records, ref(25_000))
    store.commit(records, ref(25_000))
    assert len(store.blocks(1, 25_000)) == 25_000


def test_prune_block_hashes(store: Store) -> None:
    for number in range(1, 7):
        commit(store, number, Change(BORROWER, "debt", number - 1 or None, number), complete=number == 2)
    assert store.prune_block_hashes(4) == 2
    assert [block.ref.number for block in store.blocks(0, 9)] == [2, 4, 5, 6]
    assert store.prune_block_hashes(100, keep_complete=False) == 3
    assert store.cursor() == ref(6)
    assert list(store.load_state(3)) == [(BORROWER, "debt", 3)]


def test_heads_seen(store: Store, database_url: str) -> None:
    assert store.heads_seen() is None
    young = HeadsSeen(Head(9, "0x9"), None, None, observed_at=1_700_000_000)
    store.save_heads(young)
    assert store.heads_seen() == young
    full = HeadsSeen(Head(100, "0xa"), Head(68, "0xb"), Head(36, "0xc"), observed_at=1_700_000_012)
    store.commit([], ref(9), heads=full)
    with Store.open(database_url, read_only=True) as reader:
        assert reader.heads_seen() == full
