"""Connections and transactions: who reads sees one snapshot, who writes writes all or nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from indexer.errors import DatabaseError, DatabaseUnavailable
from indexer.store.backend import Backend
from indexer.store.interning import Interning
from indexer.store.sqlite import Sqlite

_EXAMPLES = "sqlite:///indexer.db or postgresql://user:password@host:5432/indexer"


def backend_for(url: str, *, read_only: bool, create: bool, wait_s: float) -> Backend:
    """Choose the kind of database by its URL. Raises DatabaseError for one that is not understood."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Without its cause: that may quote a piece of a password.
        raise DatabaseError(f"[database] url is not understood: write it like {_EXAMPLES}") from None
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return Sqlite.at(parsed, read_only=read_only, create=create, wait_s=wait_s)
    if kind in {"postgresql", "postgres"}:
        # By its name: the driver takes a fifth of a second to load, which a SQLite file does not need.
        backend: Backend = import_module("indexer.store.postgres").Postgres.at(parsed, wait_s=wait_s)
        return backend
    raise DatabaseError(f"a {kind} database is not supported: use {_EXAMPLES} as [database] url")


class _Current(threading.local):
    """The transaction or snapshot this thread is inside of."""

    connection: Connection | None = None
    writing: bool = False
    failed: bool = False


class Database:
    """An open database: safe to share between threads; the threads' writes queue up."""

    def __init__(self, backend: Backend, *, read_only: bool) -> None:
        self._backend = backend
        self._read_only = read_only
        self._interning = Interning(backend)
        self._current = _Current()
        self._write_lock = threading.RLock()
        self._engine = backend.engine()

    @property
    def name(self) -> str:
        """The database as a person knows it, without secrets."""
        return self._backend.name

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything this thread reads inside comes from one moment, whatever is committed meanwhile."""
        if self._current.connection is not None:
            yield
            return
        with self._explained(), self._begun(write=False):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything this thread writes inside is committed together at the end, or not at all.

        Raises DatabaseError when the database cannot be written, or when a write inside failed and its
        exception was swallowed.
        """
        with self._writing():
            yield

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._current.connection is not None:
            with self._explained():
                yield self._current.connection
            return
        # Not the thread's current connection: a half-read generator must not hold up a later transaction.
        with self._explained(), self._engine.connect() as connection:
            self._backend.begin(connection, write=False)
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._read_only:
            raise DatabaseError(f"{self.name} was opened read-only: nothing can be written")
        if self._current.writing:
            yield from self._joining()
            return
        if self._current.connection is not None:
            raise DatabaseError("a snapshot only reads: write outside of it")
        with self._write_lock, self._explained(), self._begun(write=True) as connection:
            yield connection
            if self._current.failed:
                raise DatabaseError("a write inside the transaction failed: all of it was undone")

    def _joining(self) -> Iterator[Connection]:
        connection = self._current.connection
        if connection is None:
            raise AssertionError("writing without a connection")
        try:
            with self._explained():
                yield connection
        except BaseException:
            self._current.failed = True
            raise

    @contextmanager
    def _begun(self, *, write: bool) -> Iterator[Connection]:
        current, committing = self._current, False
        with self._engine.connect() as connection:
            self._backend.begin(connection, write=write)
            current.connection, current.writing, current.failed = connection, write, False
            try:
                yield connection
                committing = True
                connection.commit()
                if write:
                    self._settle(committed=True)
            except BaseException:
                if write:
                    self._settle(committed=False, uncertain=committing)
                with suppress(DBAPIError):  # a lost connection: what lost it is the error to tell
                    connection.rollback()
                raise
            finally:
                current.connection, current.writing, current.failed = None, False, False

    def _settle(self, *, committed: bool, uncertain: bool = False) -> None:
        """Keep or forget what memory learnt in the write transaction that just ended.

        `uncertain`: it failed while committing, so it may be stored all the same.
        """
        del uncertain
        if committed:
            self._interning.keep()
        else:
            self._interning.forget()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            self._raise_explained(error, error.orig)
        except self._backend.driver_errors as error:
            self._raise_explained(error, error)

    def _raise_explained(self, error: Exception, original: BaseException | None) -> None:
        line = None if original is None else self._backend.explain(original)
        if line is None:
            raise error
        passing = original is not None and self._backend.is_passing(original)
        raise (DatabaseUnavailable if passing else DatabaseError)(line) from error

    def close(self) -> None:
        """Close every connection; the object is of no use afterwards."""
        self._engine.dispose()
