"""How rows travel to PostgreSQL: many by COPY, few in one statement, and never one by one."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event

from indexer.book.change import Change, Entity
from indexer.store import BlockRecord, Store
from tests.store.made import NewUrl, ref, state


@pytest.fixture
def store(new_postgres_url: NewUrl) -> Iterator[Store]:
    with Store.open(new_postgres_url()) as opened:
        opened.bind_chain(1)
        yield opened


@pytest.fixture
def statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to the server since, COPY included."""
    seen: list[str] = []
    real = psycopg.Cursor.copy

    def copy(self: psycopg.Cursor[Any], statement: bytes, *rest: Any) -> Any:
        seen.append(statement.decode())
        return real(self, statement, *rest)

    def executed(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    monkeypatch.setattr(psycopg.Cursor, "copy", copy)
    event.listen(store._engine, "before_cursor_execute", executed)
    return seen


def commit_of(store: Store, number: int, accounts: range, old: int | None, new: int | None) -> None:
    changes = [Change(Entity("d", "m", str(account)), "debt", old, new) for account in accounts]
    store.commit([BlockRecord(ref(number), complete=True, changes=changes)], ref(number))


@pytest.mark.parametrize("wide", [2_000, 20_000])
def test_bulk_goes_by_copy_and_takes_as_many_statements_for_any_number_of_rows(
    store: Store, statements: list[str], wide: int
) -> None:
    commit_of(store, 1, range(wide), None, 5)
    copies = [statement for statement in statements if statement.startswith("COPY")]
    assert copies == [
        "COPY given (place, deployment, market, account) FROM STDIN (FORMAT BINARY)",
        "COPY entity (id, deployment, market, account) FROM STDIN (FORMAT BINARY)",
        "COPY field (id, name) FROM STDIN (FORMAT BINARY)",
        "COPY change (block_number, entity_id, field_id, old, new) FROM STDIN (FORMAT BINARY)",
        "COPY given (entity_id, field_id, value, block_number) FROM STDIN (FORMAT BINARY)",
    ]
    assert len(statements) < 25
    statements.clear()
    commit_of(store, 2, range(wide), 5, None)
    assert [s for s in statements if s.startswith("COPY given")] == [
        "COPY given (entity_id, field_id) FROM STDIN (FORMAT BINARY)"
    ]
    statements.clear()
    store.undo_to(1)
    assert len(statements) < 25
    assert len(state(store)) == wide


def test_a_followed_block_makes_no_temporary_table(store: Store, statements: list[str]) -> None:
    commit_of(store, 1, range(500), None, 5)
    assert not [statement for statement in statements if "TEMPORARY" in statement]
    assert [statement.split("(")[0] for statement in statements if statement.startswith("COPY")] == [
        "COPY entity ",
        "COPY field ",
        "COPY change ",
    ]


def test_the_state_is_streamed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server-side cursor: memory holds some thousands of rows and not all of them."""
    commit_of(store, 1, range(30_000), None, 5)
    asked: list[int] = []
    real = psycopg.ServerCursor.fetchmany

    def fetchmany(self: psycopg.ServerCursor[Any], size: int = 0) -> Any:
        asked.append(size)
        return real(self, size)

    monkeypatch.setattr(psycopg.ServerCursor, "fetchmany", fetchmany)
    assert len(state(store)) == 30_000
    assert len(asked) >= 3
    assert max(asked) == 10_000
