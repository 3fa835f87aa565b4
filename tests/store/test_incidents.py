from dataclasses import replace

from indexer.store import Incident, Store

FOUND = Incident("aave_v3_main", 9, ("0xaa",), "0xaa: ltv is 1, ours is 2", 1000)


def test_an_incident_stays_after_it_is_closed(store: Store) -> None:
    store.save_incident(FOUND)
    store.save_healed("aave_v3_main", 10)
    store.close_incident("aave_v3_main", 11, 1100)
    closed = replace(FOUND, healed_block=10, closed_block=11, closed_at=1100)
    assert store.incidents() == [closed]
    assert not closed.is_open
    again = replace(FOUND, block_number=20, opened_at=2000)
    store.save_incident(again)
    assert store.incidents() == [closed, again]


def test_an_open_incident_grows_and_is_to_be_healed_again(store: Store) -> None:
    store.save_incident(FOUND)
    store.save_healed("aave_v3_main", 10)
    store.save_incident(replace(FOUND, block_number=12, accounts=("0xbb",), example="0xbb: …", opened_at=1200))
    assert store.incidents() == [replace(FOUND, accounts=("0xaa", "0xbb"), example="0xbb: …")]


def test_deployments_have_incidents_of_their_own(store: Store) -> None:
    store.save_incident(FOUND)
    store.save_incident(replace(FOUND, deployment="aave_v3_lido"))
    store.close_incident("aave_v3_lido", 12, 1200)
    assert [(i.deployment, i.is_open) for i in store.incidents()] == [("aave_v3_lido", False), ("aave_v3_main", True)]
