"""Reading integers: the whole state at any block, and the history of one entity."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Result, Select, func, select, true

from indexer.book.change import Change, Entity
from indexer.errors import HistoryError
from indexer.store.database import Database
from indexer.store.tables import CHAIN, CHANGE, DEPLOYMENT, ENTITY, FIELD, STATE
from indexer.store.values import decode, decode_optional

_AT_ONCE = 10_000

StateRow = tuple[Entity, str, int]
"""(entity, field, value)."""


class Past(Database):
    """State at a block, and history."""

    def load_state(self, block: int | None = None, deployment: str | None = None) -> Iterator[StateRow]:
        """Every integer present at the end of `block` (None: at the cursor), in one snapshot, in no set order.

        Without `deployment`, deployments whose own backfill has not reached that block are left out: they
        cannot stand beside the others (`deployments()` tells). With it, only that one, and None means as far
        as it is stored. Raises HistoryError for a block outside what the store holds;
        a deployment without state has no rows.
        """
        with self._reading() as connection:
            cursor = connection.scalar(select(CHAIN.c.cursor_number))
            if cursor is None and block is None:
                return
            if cursor is None or (block is not None and block > cursor):
                end = "is still empty" if cursor is None else f"ends at block {cursor}"
                raise HistoryError(f"block {block} is not stored yet: the store {end}; run `indexer sync`")
            wanted = self._covering(connection, cursor if block is None else block, deployment, named=block is not None)
            fields = {row.id: row.name for row in connection.execute(select(FIELD.c.id, FIELD.c.name))}
            before = {} if block is None or block == cursor else _first_old_after(connection, block, wanted)
            yield from _present(connection, wanted, fields, before)
            yield from _gone_since(connection, fields, before)

    def _covering(self, connection: Connection, at: int, only: str | None, *, named: bool) -> ColumnElement[bool]:
        wanted = true() if only is None else ENTITY.c.deployment == only
        partial = []
        for row in connection.execute(select(DEPLOYMENT)):
            if only is not None and row.name != only:
                continue
            if row.covered_from is not None and row.first_block < row.covered_from and at < row.covered_from:
                raise HistoryError(f"the history of {row.name} begins at block {row.covered_from}, not at {at}")
            if row.covered_to is None or row.covered_to < at:
                partial.append(row.name)
        if only is None:
            return ENTITY.c.deployment.not_in(partial) if partial else wanted
        if partial and named:
            raise HistoryError(f"{only} is not indexed up to block {at} yet: wait for `indexer sync`")
        return wanted

    def history(self, entity: Entity, field: str | None = None) -> Iterator[tuple[int, Change]]:
        """Every change of one entity (or one field of it) with its block number, oldest first."""
        query = (
            select(CHANGE.c.block_number, FIELD.c.name, CHANGE.c.old, CHANGE.c.new)
            .join_from(CHANGE, ENTITY, ENTITY.c.id == CHANGE.c.entity_id)
            .join(FIELD, FIELD.c.id == CHANGE.c.field_id)
            .where(ENTITY.c.deployment == entity.deployment)
            .where(ENTITY.c.market == entity.market, ENTITY.c.account == entity.account)
            .order_by(CHANGE.c.id)
        )
        if field is not None:
            query = query.where(FIELD.c.name == field)
        with self._reading() as connection, _streamed(connection, query) as rows:
            for number, name, old, new in rows:
                yield number, Change(entity, name, decode_optional(old), decode_optional(new))

    def value_at(self, entity: Entity, field: str, block: int) -> int | None:
        """One integer as it was at the end of a block, None where it was absent or is of before the history."""
        query = (
            select(CHANGE.c.new)
            .join(ENTITY, ENTITY.c.id == CHANGE.c.entity_id)
            .join(FIELD, FIELD.c.id == CHANGE.c.field_id)
            .where(ENTITY.c.deployment == entity.deployment)
            .where(ENTITY.c.market == entity.market, ENTITY.c.account == entity.account, FIELD.c.name == field)
            .where(CHANGE.c.block_number <= block)
            .order_by(CHANGE.c.block_number.desc(), CHANGE.c.id.desc())
            .limit(1)
        )
        with self._reading() as connection:
            return decode_optional(connection.scalar(query))

    def changes_between(self, after: int, last: int) -> Iterator[tuple[int, Change]]:
        """Every change of the blocks after `after` up to `last`, with its block number, in order."""
        query = (
            select(CHANGE.c.block_number, ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account)
            .add_columns(FIELD.c.name, CHANGE.c.old, CHANGE.c.new)
            .join_from(CHANGE, ENTITY, ENTITY.c.id == CHANGE.c.entity_id)
            .join(FIELD, FIELD.c.id == CHANGE.c.field_id)
            .where(CHANGE.c.block_number > after, CHANGE.c.block_number <= last)
            .order_by(CHANGE.c.id)
        )
        with self._reading() as connection, _streamed(connection, query) as rows:
            for number, deployment, market, account, name, old, new in rows:
                entity = Entity(deployment, market, account)
                yield number, Change(entity, name, decode_optional(old), decode_optional(new))


def _streamed(connection: Connection, query: Select[*tuple[Any, ...]]) -> Result[*tuple[Any, ...]]:
    """Rows by the ten thousand. Close the result (`with`): a half-read one holds a cursor of the server."""
    return connection.execute(query.execution_options(yield_per=_AT_ONCE))


Before = dict[tuple[int, int], bytes | None]


def _first_old_after(connection: Connection, block: int, wanted: ColumnElement[bool]) -> Before:
    """What every integer that changed after `block` was at its end."""
    first = (
        select(func.min(CHANGE.c.id).label("id"))
        .join(ENTITY, ENTITY.c.id == CHANGE.c.entity_id)
        .where(CHANGE.c.block_number > block, wanted)
        .group_by(CHANGE.c.entity_id, CHANGE.c.field_id)
        .subquery()
    )
    query = select(CHANGE.c.entity_id, CHANGE.c.field_id, CHANGE.c.old).join(first, first.c.id == CHANGE.c.id)
    with _streamed(connection, query) as rows:
        return {(entity_id, field_id): old for entity_id, field_id, old in rows}


def _present(
    connection: Connection, wanted: ColumnElement[bool], fields: dict[int, str], before: Before
) -> Iterator[StateRow]:
    query = (
        select(STATE.c.entity_id, STATE.c.field_id, STATE.c.value)
        .add_columns(ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account)
        .join(ENTITY, ENTITY.c.id == STATE.c.entity_id)
        .where(wanted)
        .order_by(STATE.c.entity_id)
    )
    last_id, entity = -1, Entity("")
    with _streamed(connection, query) as rows:
        for entity_id, field_id, value, deployment, market, account in rows:
            if entity_id != last_id:
                last_id, entity = entity_id, Entity(deployment, market, account)
            stored = before.pop((entity_id, field_id), value) if before else value
            if stored is not None:
                yield entity, fields[field_id], decode(stored)


def _gone_since(connection: Connection, fields: dict[int, str], before: Before) -> Iterator[StateRow]:
    """Integers that were present at the block and are absent now: what `_present` left in `before`."""
    gone = {key: old for key, old in before.items() if old is not None}
    ids = list({entity_id for entity_id, _ in gone})
    entities: dict[int, Entity] = {}
    columns = (ENTITY.c.id, ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account)
    for start in range(0, len(ids), _AT_ONCE):
        query = select(*columns).where(ENTITY.c.id.in_(ids[start : start + _AT_ONCE]))
        entities |= {entity_id: Entity(*names) for entity_id, *names in connection.execute(query)}
    for (entity_id, field_id), old in gone.items():
        yield entities[entity_id], fields[field_id], decode(old)
