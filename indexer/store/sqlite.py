"""SQLite: the embedded default. WAL, one writer, many readers, in one folder.

`synchronous=NORMAL`: after a power failure the last commits may be missing, but the file is whole and the
cursor agrees with the state, so that `sync` reads the missing blocks again. After a crash of the program
alone nothing is lost.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, Table, bindparam, create_engine, delete
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.dialects.sqlite import insert

from indexer.book.change import Entity
from indexer.errors import DatabaseError, DatabaseMissing
from indexer.store.backend import Backend

_FIND_ENTITY = "SELECT id FROM entity WHERE deployment = ? AND market = ? AND account = ?"
_EXAMPLE = "sqlite:///indexer.db"
_DIALECT = sqlite_dialect()
_WAL_LIMIT_BYTES = 64 * 2**20
_CACHE_KIB = 32 * 2**10


class Sqlite(Backend):
    """One database file. `wait_s` is how long a writer waits for another writer."""

    driver_errors = (sqlite3.Error,)

    def __init__(self, path: Path, *, read_only: bool, create: bool, wait_s: float) -> None:
        self.path = path
        self.name = str(path)
        self._read_only = read_only
        self._create = create
        self._wait_s = wait_s

    @classmethod
    def at(cls, url: URL, *, read_only: bool, create: bool, wait_s: float) -> Self:
        """Choose the file at `url`. Raises DatabaseError for a URL that cannot be."""
        if not url.database or url.database == ":memory:":
            raise DatabaseError(f"the database must be a file, so that others can read it: use {_EXAMPLE}")
        if url.query:
            raise DatabaseError(f"[database] url has options after '?', which SQLite has none of: use {_EXAMPLE}")
        return cls(Path(url.database), read_only=read_only, create=create, wait_s=wait_s)

    def engine(self) -> Engine:
        """Check the file and its folder, and make the engine. Raises DatabaseError."""
        if not self.path.exists():
            if self._read_only or not self._create:
                raise DatabaseMissing(
                    f"there is no database at {self.name}: run `indexer sync` first, or check [database] url"
                )
            if not self.path.parent.is_dir():
                raise DatabaseError(
                    f"the folder {self.path.parent} does not exist: create it, or change [database] url"
                )
        elif not self.path.is_file():
            raise DatabaseError(f"{self.name} is not a file: [database] url names a database file")
        elif not self._read_only and not (os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)):
            # SQLite itself would open it, and fail at the first write.
            raise DatabaseError(_EXPLANATIONS[sqlite3.SQLITE_READONLY].format(path=self.name))
        return create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, max_overflow=-1)

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc" if self._create else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(self.path.absolute()))}?mode={mode}",
            uri=True,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if not self._read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except BaseException:
            connection.close()
            raise
        return connection

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin; a reader's snapshot is taken here and not at its first query."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").close()

    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert rows through the driver's executemany."""
        if rows:
            connection.exec_driver_sql(_insert_sql(table, tuple(columns)), rows)

    def upsert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert or update rows through the driver's executemany."""
        if rows:
            connection.exec_driver_sql(_upsert_sql(table, tuple(columns)), rows)

    def delete(self, connection: Connection, table: Table, keys: Sequence[Any]) -> None:
        """Delete rows by key through the driver's executemany."""
        if keys:
            connection.exec_driver_sql(_delete_sql(table), keys)

    def entity_ids(self, connection: Connection, entities: Sequence[Entity]) -> Iterable[int | None]:
        """Look up one by one: in this process that is faster than any join over a temporary table."""
        cursor = connection.connection.cursor()
        try:
            for entity in entities:
                cursor.execute(_FIND_ENTITY, entity)
                row = cursor.fetchone()
                yield None if row is None else row[0]
        finally:
            cursor.close()

    def view(self, statement: str) -> str:
        """Views are written in SQLite's words."""
        return statement

    def explain(self, error: BaseException) -> str | None:
        """Explain by SQLite's own result code."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return None
        line = _EXPLANATIONS.get(code & 0xFF)
        return line and line.format(path=self.name, folder=self.path.parent, wait=self._wait_s, error=error)

    def is_passing(self, error: BaseException) -> bool:
        """By SQLite's own result code."""
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING

    def size_bytes(self, connection: Connection) -> int:  # noqa: ARG002  # PostgreSQL asks the server
        """Bytes of the file and its write-ahead log."""
        files = (self.path, Path(f"{self.path}-wal"), Path(f"{self.path}-shm"))
        return sum(file.stat().st_size for file in files if file.exists())

    def integrity(self, connection: Connection) -> list[str]:
        """`PRAGMA quick_check` and `foreign_key_check`."""
        complaints = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return complaints + [f"table {row[0]}, row {row[1]}: refers to a missing row of {row[2]}" for row in orphans]


_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_EXPLANATIONS = {
    sqlite3.SQLITE_CANTOPEN: "cannot open {path}: make its folder {folder} readable and writable for this user, "
    "or change [database] url",
    sqlite3.SQLITE_PERM: "no permission to open {path}: give this user access, or change [database] url",
    sqlite3.SQLITE_READONLY: "{path} or its folder is read-only for this user: make both writable, "
    "or change [database] url",
    sqlite3.SQLITE_NOTADB: "{path} is not a database: move it away, or change [database] url",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged ({error}): restore a copy, or move it away and run `indexer sync`",
    sqlite3.SQLITE_BUSY: "{path} was locked by another process for {wait:g} s: stop the other writer, or try again",
    sqlite3.SQLITE_LOCKED: "{path} is locked by another process ({error}): stop the other writer, or try again",
    sqlite3.SQLITE_FULL: "no space left for {path}: free some disk space; nothing was half written",
    sqlite3.SQLITE_IOERR: "reading or writing {path} failed ({error}): check the disk; nothing was half written",
}


@cache
def _insert_sql(table: Table, columns: tuple[str, ...]) -> str:
    statement = insert(table).values({column: bindparam(column) for column in columns})
    return _in_order(str(statement.compile(dialect=_DIALECT)), table, columns)


@cache
def _upsert_sql(table: Table, columns: tuple[str, ...]) -> str:
    statement = insert(table).values({column: bindparam(column) for column in columns})
    keys = {column.name for column in table.primary_key}
    others = [column for column in columns if column not in keys]
    if others:
        changed = {column: statement.excluded[column] for column in others}
        statement = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    return _in_order(str(statement.compile(dialect=_DIALECT)), table, columns)


@cache
def _delete_sql(table: Table) -> str:
    keys = (column == bindparam(f"key_{column.name}") for column in table.primary_key)
    return str(delete(table).where(*keys).compile(dialect=_DIALECT))


def _in_order(sql: str, table: Table, columns: tuple[str, ...]) -> str:
    # SQLAlchemy renders the columns in the table's order: rows must be tuples in that order.
    ordered = tuple(column.name for column in table.columns if column.name in columns)
    if ordered != columns:
        raise ValueError(f"name the columns of {table.name} in the table's order: {ordered}")
    return sql
