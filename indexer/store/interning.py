"""Ids of entities and fields, kept in memory across transactions but never across a rollback."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from indexer.book.change import Entity
from indexer.store.backend import Backend
from indexer.store.tables import ENTITY, FIELD

_MOST_KEPT = 200_000


class Interning:
    """Two caches, name to id. Only the thread that holds the write transaction uses them.

    What a transaction learnt is *fresh* until the transaction is committed: an id given in a transaction
    that is rolled back belongs to nobody.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._entities: dict[Entity, int] = {}
        self._fresh_entities: dict[Entity, int] = {}
        self._fields: dict[str, int] = {}
        self._fresh_fields: dict[str, int] = {}

    def keep(self) -> None:
        """The transaction was committed."""
        if len(self._entities) + len(self._fresh_entities) > _MOST_KEPT:
            self._entities.clear()
        self._entities.update(self._fresh_entities)
        self._fields.update(self._fresh_fields)
        self.forget()

    def forget(self) -> None:
        """The transaction was rolled back."""
        self._fresh_entities.clear()
        self._fresh_fields.clear()

    def clear(self) -> None:
        """Entities were deleted: their ids mean nothing any more."""
        self._entities.clear()
        self._fresh_entities.clear()

    def entity_ids(self, connection: Connection, entities: Iterable[Entity]) -> dict[Entity, int]:
        """Give the id of every entity, adding those the database does not know."""
        ids: dict[Entity, int] = {}
        unknown: list[Entity] = []
        for entity in dict.fromkeys(entities):
            known = self._entities.get(entity) or self._fresh_entities.get(entity)
            if known is None:
                unknown.append(entity)
            else:
                ids[entity] = known
        if unknown:
            found = self._find_or_add(connection, unknown)
            self._fresh_entities.update(found)
            ids.update(found)
        return ids

    def _find_or_add(self, connection: Connection, unknown: list[Entity]) -> dict[Entity, int]:
        found = dict(zip(unknown, self._backend.entity_ids(connection, unknown), strict=True))
        absent = [entity for entity, known in found.items() if known is None]
        # The write transaction is the only one, so the next id is nobody else's.
        next_id = (connection.scalar(select(func.max(ENTITY.c.id))) or 0) + 1
        added = {entity: next_id + offset for offset, entity in enumerate(absent)}
        rows = [(added[entity], *entity) for entity in absent]
        self._backend.insert(connection, ENTITY, ("id", "deployment", "market", "account"), rows)
        return {entity: added[entity] if known is None else known for entity, known in found.items()}

    def field_ids(self, connection: Connection, names: Iterable[str]) -> dict[str, int]:
        """Give the id of every field, adding those the database does not know."""
        wanted = set(names)
        if not wanted <= self._fields.keys() | self._fresh_fields.keys():
            stored = {name: number for number, name in connection.execute(select(FIELD.c.id, FIELD.c.name))}
            absent = sorted(wanted - stored.keys())
            next_id = max(stored.values(), default=0) + 1
            added = {name: next_id + offset for offset, name in enumerate(absent)}
            rows = [(number, name) for name, number in added.items()]
            self._backend.insert(connection, FIELD, ("id", "name"), rows)
            self._fresh_fields.update(stored | added)
        return self._fields | self._fresh_fields
