"""The stream's log on both databases: added only at the end, by one writer at a time, read in pages, pruned."""

import random

import pytest

from indexer.api.stream import announcer as announcing
from indexer.errors import DatabaseError
from indexer.store import Store, StreamEntry
from tests.store.made import NewUrl, commit
from tests.unit.api.stream.play import Play
from tests.unit.api.stream.scene import Chain


def entry(seq: int, after: int) -> StreamEntry:
    return StreamEntry(seq, after, "block", 100 + seq, hex(seq), bytes([seq]))


def test_rows_come_back_in_order_whatever_the_page(store: Store) -> None:
    rows = [entry(seq, after) for after, seq in ((0, 2), (2, 3), (3, 9), (9, 10), (10, 200))]
    assert all(store.append_stream(row) for row in rows)
    assert store.stream_marks() == [row.mark for row in rows]
    for at_once in (1, 2, 5, 64):
        assert list(store.stream_entries(0, at_once=at_once)) == rows
        assert list(store.stream_entries(3, 10, at_once=at_once)) == rows[1:4]
    assert store.prune_stream(9) == 2
    assert store.stream_marks() == [row.mark for row in rows[2:]]


def test_only_one_can_go_on_from_a_row(database_url: str, store: Store) -> None:
    with Store.open(database_url) as other:
        assert store.append_stream(entry(5, 0))
        assert not other.append_stream(entry(6, 0))
        assert other.append_stream(entry(6, 5))
        assert not store.append_stream(entry(7, 5))
    assert [mark.seq for mark in store.stream_marks()] == [5, 6]
    with pytest.raises(ValueError, match="cannot follow"):
        store.append_stream(entry(6, 6))


def test_undo_leaves_what_was_said(store: Store) -> None:
    commit(store, 1)
    commit(store, 2)
    store.append_stream(entry(5, 0))
    store.undo_to(1)
    assert [mark.seq for mark in store.stream_marks()] == [5]


def test_who_only_reads_cannot_write(database_url: str) -> None:
    Store.open(database_url).close()
    with Store.open(database_url, read_only=True) as reader, pytest.raises(DatabaseError, match="read-only"):
        reader.append_stream(entry(5, 0))


def test_a_life_of_servers_and_clients(new_postgres_url: NewUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite: tests/unit/api/stream."""
    monkeypatch.setattr(announcing, "_BASE_EVERY", 5)
    chain = Chain(new_postgres_url())
    play = Play(chain, random.Random(11))
    for _ in range(12):
        play.step()
    play.finish()
    chain.close()
    assert play.compared > 8
