"""The store: the book's integers, durably, with everything needed to go back and to start again."""

from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from indexer.errors import DatabaseError
from indexer.store.database import backend_for
from indexer.store.liquidations import Liquidations
from indexer.store.migrate import check_schema, migrate, schema_version
from indexer.store.outbox import Outbox
from indexer.store.past import Past
from indexer.store.report_runs import ReportRuns
from indexer.store.stream import StreamLog
from indexer.store.tables import BLOCK, CHAIN, METADATA

DEFAULT_WAIT_S = 60.0


class Store(Outbox, Liquidations, ReportRuns, StreamLog, Past):
    """One database, which is one chain.

    Safe to share between threads. One process writes; any number read, each with its own Store. Use it as
    a context manager, or `close` it.
    """

    @classmethod
    def open(cls, url: str, *, read_only: bool = False, create: bool = True, wait_s: float = DEFAULT_WAIT_S) -> Self:
        """Open the database at `url`, and when it may be written bring its schema forward.

        `url` is `sqlite:///path` or `postgresql://user:password@host:port/database`. Without `create` a
        database with no tables of ours is refused. `wait_s` is how long to wait for another writer. Raises
        DatabaseError, one line that says what to do.
        """
        store = cls(backend_for(url, read_only=read_only, create=create, wait_s=wait_s), read_only=read_only)
        try:
            store._prepare(create=create and not read_only)
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self, *, create: bool) -> None:
        with self._reading() as connection:
            current = check_schema(connection, self.name)
            empty = not current and schema_version(connection, self.name) is None
        if empty and not create:
            raise DatabaseError(f"{self.name} is empty: run `indexer sync` first, or check [database] url")
        if not current:
            if self._read_only:
                raise DatabaseError(f"{self.name} is of an older version: run `indexer sync` to bring it forward")
            with self._writing() as connection:
                migrate(connection, self._backend)
        self._look_at_write_count()

    def size_bytes(self) -> int:
        """Bytes on disk."""
        with self._reading() as connection:
            return self._backend.size_bytes(connection)

    def counts(self) -> dict[str, int]:
        """Rows of every table, by its name. Reads all of it: seconds for a large database."""
        with self._reading() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in METADATA.sorted_tables
            }

    def integrity(self) -> list[str]:
        """What is wrong with the database, in sentences; empty when it is sound."""
        try:
            with self._reading() as connection:
                complaints = self._backend.integrity(connection)
                above = select(func.count()).select_from(BLOCK).join(CHAIN, BLOCK.c.number > CHAIN.c.cursor_number)
                if not complaints and connection.scalar(above):
                    complaints.append("blocks above the cursor are stored")
                return complaints
        except DatabaseError as error:
            return [str(error)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(url: str, *, read_only: bool = False, create: bool = True) -> Store:
    """Open a database: `Store.open` by another name."""
    return Store.open(url, read_only=read_only, create=create)
