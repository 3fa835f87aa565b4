"""The server dies at random moments: after its recovery cursor and state agree, and nothing is there twice."""

import random
import threading

import pytest

from indexer.book.change import Change, Entity
from indexer.errors import DatabaseError
from indexer.store import Store
from tests.postgres_server import PostgresServer
from tests.store.made import commit, ref, state

ENTITIES = [Entity("d", "m", str(number)) for number in range(1_200)]
"""Enough that their state goes through a temporary table."""


@pytest.mark.parametrize("how", ["kill", "crash"])
def test_the_server_dies_while_blocks_are_committed(durable: PostgresServer, how: str) -> None:
    """`kill` is kill -9 of the postmaster, `crash` is `pg_ctl stop -m immediate`."""
    chance = random.Random(how)
    url = durable.new_database()
    store = Store.open(url)
    store.bind_chain(1)
    number = 0
    for _ in range(5):
        dying = threading.Timer(chance.uniform(0.05, 1.0), getattr(durable, how))
        dying.start()
        reported = _commit_until_lost(store, number)
        dying.join()
        with pytest.raises(DatabaseError, match="cannot reach"):
            store.cursor()
        durable.start()
        cursor = store.cursor()
        number = cursor.number if cursor else 0
        assert number in {reported, reported + 1}  # the last one may be stored although its answer was lost
        _check(store, number)
        if number > reported:
            # Not known to this Store: it refuses to go on, and who starts again reads the cursor.
            with pytest.raises(DatabaseError, match="start this one again"):
                commit(store, number + 1)
            store.close()
            store = Store.open(url)
    commit(store, number + 1, *_block(number + 1))
    _check(store, number + 1)
    assert number > 0
    store.close()


def _block(number: int) -> list[Change]:
    return [Change(entity, "f", number - 1 or None, number) for entity in ENTITIES]


def _commit_until_lost(store: Store, number: int) -> int:
    """Commit block after block; the last one of which the server said that it is stored."""
    while True:
        try:
            commit(store, number + 1, *_block(number + 1))
        except DatabaseError as error:
            assert "was lost" in str(error) or "cannot reach" in str(error)  # noqa: PT017
            return number
        number += 1


def _check(store: Store, number: int) -> None:
    assert store.cursor() == (ref(number) if number else None)
    assert store.integrity() == []
    assert state(store) == ({(entity, "f"): number for entity in ENTITIES} if number else {})
    told = [(at, change.new) for at, change in store.history(ENTITIES[0])]
    assert told == [(at, at) for at in range(1, number + 1)]
    counts = store.counts()
    assert counts["change"] == number * len(ENTITIES)
    assert counts["block"] == number
    if number > 1:
        assert state(store, number - 1) == {(entity, "f"): number - 1 for entity in ENTITIES}
