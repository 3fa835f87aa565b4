import pytest

from indexer.book.change import Change, Entity
from indexer.errors import HistoryError
from indexer.evm import Address
from indexer.store import Deployment, Store
from tests.store.made import BORROWER, MARKET, OTHER, commit, record, ref, state

ENTRY = Address("0x" + "ee" * 20)


def test_an_empty_store_has_no_state(store: Store) -> None:
    assert state(store) == {}
    with pytest.raises(HistoryError, match="run `indexer sync`"):
        state(store, 1)


def test_state_before_the_first_change_is_empty(store: Store) -> None:
    commit(store, 5, Change(BORROWER, "debt", None, 1))
    assert state(store, 4) == {}
    assert state(store, 5) == {(BORROWER, "debt"): 1}


def test_a_block_above_the_cursor_is_not_answered(store: Store) -> None:
    commit(store, 5)
    with pytest.raises(HistoryError, match="the store ends at block 5"):
        state(store, 6)


def test_one_deployment_alone(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1), Change(OTHER, "shares", None, 2))
    commit(store, 2, Change(BORROWER, "debt", 1, None), Change(OTHER, "shares", 2, 3))
    assert state(store, deployment="morpho_blue") == {(OTHER, "shares"): 3}
    assert state(store, 1, "morpho_blue") == {(OTHER, "shares"): 2}
    assert state(store, 1, "aave_v3_main") == {(BORROWER, "debt"): 1}
    assert state(store, deployment="nobody") == {}


def test_more_vanished_integers_than_one_query_names(store: Store) -> None:
    entities = [Entity("d", "m", str(number)) for number in range(25_000)]
    store.checked = False
    commit(store, 1, *(Change(entity, "debt", None, 7) for entity in entities))
    commit(store, 2, *(Change(entity, "debt", 7, None) for entity in entities))
    assert state(store) == {}
    assert state(store, 1) == {(entity, "debt"): 7 for entity in entities}


def test_history_of_one_field(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1), Change(BORROWER, "collateral", None, 5))
    commit(store, 2, Change(BORROWER, "debt", 1, 2), Change(MARKET, "debt", None, 9))
    assert list(store.history(BORROWER, "debt")) == [
        (1, Change(BORROWER, "debt", None, 1)),
        (2, Change(BORROWER, "debt", 1, 2)),
    ]
    assert list(store.history(OTHER)) == []


def test_deployments_of_a_new_store_move_with_the_cursor(store: Store) -> None:
    store.save_deployments([Deployment("aave_v3_main", "aave_v3", ENTRY, first_block=3)])
    commit(store, 5)
    commit(store, 6)
    assert store.deployments() == [
        Deployment("aave_v3_main", "aave_v3", ENTRY, 3, covered_from=3, covered_to=6),
    ]
    store.undo_to(5)
    assert store.deployments()[0].covered_to == 5


def test_a_deployment_added_later_joins_when_it_has_caught_up(store: Store) -> None:
    store.save_deployments([Deployment("aave_v3_main", "aave_v3", ENTRY, 0)])
    commit(store, 10, Change(BORROWER, "debt", None, 1))
    store.save_deployments([Deployment("morpho_blue", "morpho", ENTRY, 2)])
    assert state(store, deployment="morpho_blue") == {}

    store.commit([record(4, Change(OTHER, "shares", None, 4))], ref(10), covered={"morpho_blue": 4})
    later = {deployment.name: deployment for deployment in store.deployments()}["morpho_blue"]
    assert later == Deployment("morpho_blue", "morpho", ENTRY, 2, covered_from=2, covered_to=4)
    assert not later.joined(10)
    assert state(store) == {(BORROWER, "debt"): 1}  # half a deployment does not stand beside the others
    assert state(store, 4) == {(OTHER, "shares"): 4}
    assert state(store, deployment="morpho_blue") == {(OTHER, "shares"): 4}
    with pytest.raises(HistoryError, match="morpho_blue is not indexed up to block 10"):
        state(store, 10, "morpho_blue")

    store.commit([record(11)], ref(11))  # the others go on meanwhile
    assert {d.name: d.covered_to for d in store.deployments()} == {"aave_v3_main": 11, "morpho_blue": 4}

    store.commit([record(9, Change(OTHER, "shares", 4, 9))], ref(11), covered={"morpho_blue": 11})
    assert state(store) == {(BORROWER, "debt"): 1, (OTHER, "shares"): 9}
    store.commit([record(12)], ref(12))
    assert {d.covered_to for d in store.deployments()} == {12}


def test_a_state_first_read_at_a_head_has_no_history_before(store: Store) -> None:
    store.save_deployments([Deployment("aave_v3_main", "aave_v3", ENTRY, 0)])
    with store.transaction():
        commit(store, 100, Change(BORROWER, "debt", None, 1))
        store.set_covered_to("aave_v3_main", 100, covered_from=100)
    assert state(store, 100) == {(BORROWER, "debt"): 1}
    with pytest.raises(HistoryError, match="the history of aave_v3_main begins at block 100, not at 99"):
        state(store, 99)
    assert state(store, 99, "morpho_blue") == {}


def test_a_generator_left_half_read_hurts_nobody(store: Store) -> None:
    commit(store, 1, Change(BORROWER, "debt", None, 1), Change(OTHER, "shares", None, 2))
    rows = store.load_state()
    first = next(rows)
    commit(store, 2, Change(BORROWER, "debt", 1, 5), Change(OTHER, "shares", 2, 5))
    assert {first, next(rows)} == {(BORROWER, "debt", 1), (OTHER, "shares", 2)}
    half = store.load_state()
    next(half)
    store.undo_to(1)
    assert state(store) == {(BORROWER, "debt"): 1, (OTHER, "shares"): 2}
