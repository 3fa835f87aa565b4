"""What differs between databases, in one place: everything else in the store is portable SQLAlchemy."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table

from indexer.book.change import Entity


class Backend(ABC):
    """One kind of database.

    Statements of the hot path go to the driver as tuples, one tuple a row, in the order of the named columns.
    """

    name: str
    """The database as a person knows it (no secrets): it stands in error messages."""
    driver_errors: tuple[type[Exception], ...]
    """What the driver raises when called without SQLAlchemy around it."""

    @abstractmethod
    def engine(self) -> Engine:
        """Make the engine. Raises DatabaseError when there is nothing to open."""

    @abstractmethod
    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction: one consistent snapshot, and with `write` the only writer from here on."""

    @abstractmethod
    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert rows."""

    @abstractmethod
    def upsert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert rows, or where the primary key is there already set the other named columns.

        Of two rows with the same key the last stands.
        """

    @abstractmethod
    def delete(self, connection: Connection, table: Table, keys: Sequence[Any]) -> None:
        """Delete the rows with these primary keys (tuples in the order of the table)."""

    @abstractmethod
    def entity_ids(self, connection: Connection, entities: Sequence[Entity]) -> Iterable[int | None]:
        """Look up the ids of entities, in their order; None where the database has none."""

    @abstractmethod
    def view(self, statement: str) -> str:
        """Write a view of `db/views` in this database's words."""

    @abstractmethod
    def explain(self, error: BaseException) -> str | None:
        """Say in one line what happened and what to do; None when the error is a bug and not a circumstance."""

    @abstractmethod
    def is_passing(self, error: BaseException) -> bool:
        """Whether a failure that `explain` explains may pass by itself: gone, locked, full."""

    @abstractmethod
    def size_bytes(self, connection: Connection) -> int:
        """Bytes the database takes on disk, all its files together."""

    @abstractmethod
    def integrity(self, connection: Connection) -> list[str]:
        """Let the database check itself: its complaints, none when it is sound."""
