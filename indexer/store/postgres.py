"""PostgreSQL 15 and later, through psycopg 3: one writer at a time, any number of readers, on any machine.

Readers take a snapshot (REPEATABLE READ, READ ONLY) and hold nobody up. A writer holds an advisory lock of this
database and schema to the end of its transaction, so that two never interleave; waiting for it, and for any other
lock, is bounded. Rows travel as binary COPY. A commit is on the server's disk when it returns, as the server is
configured (`synchronous_commit`). Connections that the server closed are replaced at the next use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Connection,
    Double,
    Engine,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    QueuePool,
    Table,
    Text,
    create_engine,
    func,
    select,
)

from indexer.book.change import Entity
from indexer.errors import DatabaseError, DatabaseUnavailable
from indexer.store.backend import Backend
from indexer.store.postgres_errors import explain_connect, explain_statement, is_passing, is_passing_connect
from indexer.store.tables import ENTITY, METADATA

_EXAMPLE = "postgresql://user:password@host:5432/indexer"
_OLDEST = 15
_WRITER_LOCK = 7648
_FEW = 1_000
"""Up to here one statement with arrays is quicker than a temporary table filled by COPY (measured: 2 x at 50 rows)."""
_DEFAULTS = {
    "application_name": "indexer",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
_TYPES = {BigInteger: "int8", Integer: "int4", Boolean: "bool", LargeBinary: "bytea", Text: "text", Double: "float8"}


class Postgres(Backend):
    """One database of a server, or one schema of it (`?options=-csearch_path%3Dname`).

    `wait_s` is how long to wait for another writer or any lock.
    """

    driver_errors = (psycopg.Error,)

    def __init__(self, url: URL, *, wait_s: float) -> None:
        self._url = url
        self._wait_s = wait_s
        host = _one(url.query.get("host") or url.host or "localhost")
        port = f":{url.port}" if url.port else ""
        self.name = f"postgresql://{host}{port}/{url.database}"

    @classmethod
    def at(cls, url: URL, *, wait_s: float) -> Self:
        """Choose the database at `url`. Raises DatabaseError for a URL that cannot be."""
        if url.drivername not in {"postgresql", "postgresql+psycopg", "postgres"}:
            raise DatabaseError(f"PostgreSQL is reached through psycopg 3 only: write [database] url like {_EXAMPLE}")
        if "@" in (url.host or ""):
            raise DatabaseError(
                f"[database] url has more than one @: write %40 for one in the password, as in {_EXAMPLE}"
            )
        if not url.database:
            raise DatabaseError(f"[database] url names no database: write it like {_EXAMPLE}")
        return cls(url, wait_s=wait_s)

    def engine(self) -> Engine:
        """Make the engine. Nothing is asked of the server yet."""
        # The engine's own URL stays empty, so that no message of SQLAlchemy can hold a password.
        return create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=QueuePool,
            max_overflow=-1,
            pool_pre_ping=True,
            use_native_hstore=False,
        )

    def _connect(self) -> psycopg.Connection[Any]:
        named = self._url.translate_connect_args(username="user", database="dbname")
        asked = {key: _one(value) for key, value in self._url.query.items()}
        words = _DEFAULTS | named | asked | {"client_encoding": "utf8"}
        try:
            connection: psycopg.Connection[Any] = psycopg.connect(make_conninfo(**words))
        except psycopg.Error as error:
            # Raised here and not explained later: only here is it certain that nothing was being done yet.
            kind = DatabaseUnavailable if is_passing_connect(error) else DatabaseError
            raise kind(explain_connect(error, self.name)) from None
        try:
            self._check_server(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_server(self, connection: psycopg.Connection[Any]) -> None:
        version = connection.info.server_version // 10_000
        if version < _OLDEST:
            raise DatabaseError(f"{self.name} is PostgreSQL {version}: {_OLDEST} or newer is needed")
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise DatabaseError(
                f"{self.name} has the encoding {encoding}, and token names are in every script: create a database "
                f"with `createdb --template template0 --encoding UTF8 NAME`"
            )

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin. A reader's snapshot is taken here and not at its first query; a writer waits here for another."""
        wait = f"SET LOCAL lock_timeout = {max(1, round(self._wait_s * 1_000))}"
        if write:
            # Not REPEATABLE READ: its snapshot would be older than the wait.
            mode = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
            first = f"SELECT pg_advisory_xact_lock({_WRITER_LOCK}, hashtext(coalesce(current_schema(), '')))"
        else:
            mode, first = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"
        connection.exec_driver_sql(f"{mode}; {wait}; {first}").close()

    def insert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert rows by COPY."""
        if rows:
            _copy(connection, table.name, columns, _types(table, columns), rows)

    def upsert(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Insert or update rows in one statement; of two with the same key the last stands."""
        keys = [column.name for column in table.primary_key]
        at = [columns.index(key) for key in keys]
        different = list({tuple(row[i] for i in at): row for row in rows}.values())
        if not different:
            return
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
        then = f"UPDATE SET {changes}" if changes else "NOTHING"
        named = ", ".join(columns)
        with _given(connection, columns, _types(table, columns), different) as (given, values):
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({named}) SELECT {named} FROM {given} "  # noqa: S608  our own names
                f"ON CONFLICT ({', '.join(keys)}) DO {then}",
                values,
            )

    def delete(self, connection: Connection, table: Table, keys: Sequence[Any]) -> None:
        """Delete rows by key in one statement."""
        if not keys:
            return
        columns = [column.name for column in table.primary_key]
        same = " AND ".join(f"{table.name}.{name} = given.{name}" for name in columns)
        with _given(connection, columns, _types(table, columns), keys) as (given, values):
            connection.exec_driver_sql(f"DELETE FROM {table.name} USING {given} WHERE {same}", values)  # noqa: S608

    def entity_ids(self, connection: Connection, entities: Sequence[Entity]) -> Iterable[int | None]:
        """Look all up in one statement."""
        columns = ("deployment", "market", "account")
        rows = [(number, *entity) for number, entity in enumerate(entities)]
        with _given(connection, ("place", *columns), ("int8", *_types(ENTITY, columns)), rows) as (given, values):
            found = connection.exec_driver_sql(
                f"SELECT entity.id FROM {given} LEFT JOIN entity USING (deployment, market, account) "  # noqa: S608
                "ORDER BY given.place",
                values,
            )
            return found.scalars().all()

    def view(self, statement: str) -> str:
        """Write `hex(…)`, which PostgreSQL lacks, by what it has."""
        return _HEX.sub(r"upper(encode(\1, 'hex'))", statement)

    def explain(self, error: BaseException) -> str | None:
        """Explain by the server's SQLSTATE; without one the connection was lost."""
        return explain_statement(error, self.name, self._wait_s)

    def is_passing(self, error: BaseException) -> bool:
        """By SQLSTATE; a lost connection has none."""
        return is_passing(error)

    def size_bytes(self, connection: Connection) -> int:
        """Bytes of the whole database on the server, without its write-ahead log."""
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def integrity(self, connection: Connection) -> list[str]:
        """Rows that refer to missing rows, invalid indexes, pages whose checksum was wrong."""
        # Foreign keys of the two large tables are not the server's business: they cost half of a COPY.
        complaints = [
            f"table {table.name}: {orphans} rows refer to missing rows of {key.referred_table.name}"
            for table in METADATA.sorted_tables
            for key in table.foreign_key_constraints
            if (orphans := _orphans(connection, table, key))
        ]
        for (index,) in connection.exec_driver_sql(_INVALID_INDEXES):
            complaints.append(f"the index {index} is invalid: run `REINDEX INDEX {index}`")
        failures = connection.exec_driver_sql(_CHECKSUM_FAILURES).scalar()
        if failures:
            complaints.append(f"{failures} pages of the database had a wrong checksum: restore a copy")
        return complaints


_HEX = re.compile(r"\bhex\(([^()]*)\)")
_INVALID_INDEXES = (
    "SELECT c.oid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
    "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
)
_CHECKSUM_FAILURES = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"


def _orphans(connection: Connection, table: Table, key: ForeignKeyConstraint) -> int:
    there = select(1).where(*(element.parent == element.column for element in key.elements)).correlate(table).exists()
    present = (element.parent.is_not(None) for element in key.elements)
    return connection.scalar(select(func.count()).select_from(table).where(~there, *present)) or 0


def _types(table: Table, columns: Sequence[str]) -> list[str]:
    return [_TYPES[type(table.columns[name].type)] for name in columns]


@contextmanager
def _given(
    connection: Connection, columns: Sequence[str], types: Sequence[str], rows: Sequence[Any]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Bring rows to the server: what to write after FROM to read them as `given`, and its parameters."""
    if len(rows) <= _FEW:
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        yield f"unnest({arrays}) AS given({', '.join(columns)})", tuple(map(list, zip(*rows, strict=True)))
        return
    described = ", ".join(f"{name} {kind}" for name, kind in zip(columns, types, strict=True))
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE given ({described}) ON COMMIT DROP")
    _copy(connection, "given", columns, types, rows)
    yield "given", ()
    connection.exec_driver_sql("DROP TABLE pg_temp.given")


def _copy(
    connection: Connection, table: str, columns: Sequence[str], types: Sequence[str], rows: Sequence[Any]
) -> None:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(types)
        write = copy.write_row
        for row in rows:
            write(row)


def _one(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ",".join(value)
