"""Writing integers: a commit of blocks, and its undo. One transaction each."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, func, select, update

from indexer.book.change import Change, Entity
from indexer.errors import DeepReorgError, HistoryError
from indexer.evm import BlockRef
from indexer.store.blocks import Blocks, save_blocks
from indexer.store.liquidations import save_liquidations
from indexer.store.records import BlockRecord, HeadsSeen, StoredBlock
from indexer.store.tables import (
    BLOCK,
    CHAIN,
    CHANGE,
    DEPLOYMENT,
    ENTITY,
    FIELD,
    LIQUIDATION,
    REPORT_RUN,
    STATE,
    VERIFICATION,
)
from indexer.store.values import decode_optional, encode_optional

_CHANGE_COLUMNS = ("block_number", "entity_id", "field_id", "old", "new")
_STATE_COLUMNS = ("entity_id", "field_id", "value", "block_number")

Key = tuple[int, int]
"""(entity id, field id)."""


class Changes(Blocks):
    """Commits and undo."""

    checked = False
    """For tests and debugging: compare every change's `old` with the stored state before storing it."""

    def commit(
        self,
        records: Sequence[BlockRecord],
        cursor: BlockRef,
        heads: HeadsSeen | None = None,
        covered: Mapping[str, int] | None = None,
    ) -> None:
        """Store blocks with their changes, the new state and the cursor: all of it, or none.

        `records` ascend by number. The cursor moves forward or stays (a deployment backfilled on its own);
        `covered` gives the `covered_to` of the deployments that were followed. Without it all that stood at the
        old cursor move along; with it the others stay behind, because nobody looked at their logs.
        Whatever else belongs to the same moment goes with it inside `transaction()`.

        Raises InconsistentAnswer when a block is stored with another hash; DatabaseError when it cannot be
        written or another process wrote meanwhile; ValueError for a cursor or records out of order (a bug).
        """
        with self._writing() as connection:
            _check_order(records, cursor)
            self._count_write(connection)
            kept = [StoredBlock(record.ref, record.complete) for record in records if record.keep_block]
            if not kept or kept[-1].ref.number != cursor.number:
                kept.append(StoredBlock(cursor, complete=False))
            save_blocks(connection, self._backend, kept)
            self._save_changes(connection, records)
            happened = [one for record in records for one in record.liquidations]
            save_liquidations(connection, self._backend, happened)
            self._move_cursor(connection, cursor, covered is None)
            for name, number in (covered or {}).items():
                self._cover(connection, name, number)
            if heads is not None:
                self._save_heads(connection, heads)

    def _save_changes(self, connection: Connection, records: Sequence[BlockRecord]) -> None:
        if self.checked:
            _check_old(connection, records)
        entities = self._interning.entity_ids(connection, (c.entity for record in records for c in record.changes))
        fields = self._interning.field_ids(connection, {c.field for record in records for c in record.changes})
        rows: list[tuple[int, int, int, bytes | None, bytes | None]] = []
        last: dict[Key, tuple[bytes | None, int]] = {}
        for record in records:
            number = record.ref.number
            for entity, field, old, new in record.changes:
                entity_id, field_id, stored = entities[entity], fields[field], encode_optional(new)
                rows.append((number, entity_id, field_id, encode_optional(old), stored))
                last[entity_id, field_id] = (stored, number)
        self._backend.insert(connection, CHANGE, _CHANGE_COLUMNS, rows)
        self._save_state(connection, last)

    def _save_state(self, connection: Connection, last: Mapping[Key, tuple[bytes | None, int]]) -> None:
        present = [(*key, value, number) for key, (value, number) in last.items() if value is not None]
        absent = [key for key, (value, _) in last.items() if value is None]
        self._backend.upsert(connection, STATE, _STATE_COLUMNS, present)
        self._backend.delete(connection, STATE, absent)

    def _cover(self, connection: Connection, name: str, to: int, start: int | None = None) -> None:
        covered_from = func.coalesce(DEPLOYMENT.c.covered_from, DEPLOYMENT.c.first_block) if start is None else start
        values = {"covered_to": to, "covered_from": covered_from}
        found = connection.execute(update(DEPLOYMENT).where(DEPLOYMENT.c.name == name).values(values)).rowcount
        if found != 1:
            raise ValueError(f"no deployment {name!r} is stored: `save_deployments` comes first")

    def undo_to(self, number: int) -> list[Change]:
        """Take the store back to the end of block `number`: state, changes, blocks, cursor, verifications.

        Block -1 takes back everything. Returns the inverse changes, newest first: `old` is the value before the
        undo, `new` after it.
        Raises HistoryError when the block lies above the cursor or its hash is not stored, DeepReorgError
        when it is not stored and was final. Undoing to the cursor itself does nothing.
        """
        with self._writing() as connection:
            self._check_undo(connection, number)
            self._count_write(connection)
            inverse, restored = self._inverse(connection, number)
            self._save_state(connection, restored)
            connection.execute(delete(CHANGE).where(CHANGE.c.block_number > number))
            for table in (VERIFICATION, LIQUIDATION, REPORT_RUN):
                connection.execute(delete(table).where(table.c.block_number > number))
            end = None if number < 0 else number
            covered = {"covered_to": end} if end is not None else {"covered_to": None, "covered_from": None}
            connection.execute(update(DEPLOYMENT).where(DEPLOYMENT.c.covered_to > number).values(covered))
            connection.execute(update(CHAIN).values(cursor_number=end))
            connection.execute(delete(BLOCK).where(BLOCK.c.number > number))
        return inverse

    def _check_undo(self, connection: Connection, number: int) -> None:
        chain = connection.execute(select(CHAIN.c.cursor_number, CHAIN.c.finalized_number)).one_or_none()
        cursor = None if chain is None else chain.cursor_number
        if cursor is None or number > cursor:
            raise HistoryError(f"cannot undo to block {number}: the store ends at block {cursor}")
        if number >= 0 and connection.scalar(select(BLOCK.c.number).where(BLOCK.c.number == number)) is None:
            if chain is not None and chain.finalized_number is not None and number < chain.finalized_number:
                raise DeepReorgError(
                    f"cannot undo to block {number}: block {chain.finalized_number} was final, nothing was changed; "
                    "check the node, or index again into a new database"
                )
            raise HistoryError(f"cannot undo to block {number}: its hash is not stored")

    def _inverse(self, connection: Connection, number: int) -> tuple[list[Change], dict[Key, tuple[bytes | None, int]]]:
        earlier = CHANGE.alias()
        previous = (
            select(func.max(earlier.c.block_number))
            .where(earlier.c.entity_id == CHANGE.c.entity_id, earlier.c.field_id == CHANGE.c.field_id)
            .where(earlier.c.block_number <= number)
            .scalar_subquery()
        )
        query = (
            select(ENTITY.c.id, ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account, FIELD.c.id, FIELD.c.name)
            .add_columns(CHANGE.c.old, CHANGE.c.new, previous)
            .join_from(CHANGE, ENTITY, ENTITY.c.id == CHANGE.c.entity_id)
            .join(FIELD, FIELD.c.id == CHANGE.c.field_id)
            .where(CHANGE.c.block_number > number)
            .order_by(CHANGE.c.id.desc())
        )
        inverse: list[Change] = []
        restored: dict[Key, tuple[bytes | None, int]] = {}
        for entity_id, deployment, market, account, field_id, field, old, new, changed_at in connection.execute(query):
            entity = Entity(deployment, market, account)
            inverse.append(Change(entity, field, decode_optional(new), decode_optional(old)))
            # The oldest undone change comes last and decides; without an earlier one its history was pruned.
            restored[entity_id, field_id] = (old, number if changed_at is None else changed_at)
        return inverse, restored


def _check_order(records: Iterable[BlockRecord], cursor: BlockRef) -> None:
    last = -1
    for record in records:
        if record.ref.number <= last:
            raise ValueError(f"block {record.ref.number} comes after block {last}: records must ascend")
        last = record.ref.number
    if last > cursor.number:
        raise ValueError(f"block {last} lies above the cursor at {cursor.number}")


def _check_old(connection: Connection, records: Iterable[BlockRecord]) -> None:
    seen: dict[tuple[Entity, str], int | None] = {}
    query = (
        select(STATE.c.value).join(ENTITY, ENTITY.c.id == STATE.c.entity_id).join(FIELD, FIELD.c.id == STATE.c.field_id)
    )
    for record in records:
        for entity, field, old, new in record.changes:
            if (entity, field) not in seen:
                here = (ENTITY.c.deployment, ENTITY.c.market, ENTITY.c.account, FIELD.c.name)
                wanted = (column == name for column, name in zip(here, (*entity, field), strict=True))
                seen[entity, field] = decode_optional(connection.scalar(query.where(*wanted)))
            if seen[entity, field] != old:
                raise ValueError(
                    f"block {record.ref.number}, {entity}, {field}: the change says {old}, "
                    f"the store holds {seen[entity, field]}"
                )
            seen[entity, field] = new
