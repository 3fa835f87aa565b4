"""A store that can be killed or lose its database at any moment around a commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from indexer.errors import DatabaseUnavailable
from indexer.evm import BlockRef
from indexer.store import BlockRecord, HeadsSeen, Store
from tests.simulation.faults import Fault, Faults


class Killed(BaseException):
    """The process is gone: nothing after this line happened."""


class MortalStore(Store):
    """The real store; `faults` decide what happens around its reads and writes. None: it is left in peace."""

    faults: Faults | None = None
    gone = 0

    def _save_changes(self, connection: Connection, records: Sequence[BlockRecord]) -> None:
        super()._save_changes(connection, records)
        self._suffer()

    def _move_cursor(self, connection: Connection, cursor: BlockRef, everybody: bool) -> None:
        super()._move_cursor(connection, cursor, everybody)
        self._suffer()

    def _save_heads(self, connection: Connection, heads: HeadsSeen) -> None:
        super()._save_heads(connection, heads)
        self._suffer()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._lose()
        with super()._reading() as connection:
            yield connection

    @contextmanager
    def _begun(self, *, write: bool) -> Iterator[Connection]:
        self._lose()
        with super()._begun(write=write) as connection:
            yield connection

    def _settle(self, *, committed: bool, uncertain: bool = False) -> None:
        if committed and self.faults is not None:  # it is stored: only the answer can be lost from here on
            if self.faults.now(Fault.KILL_COMMIT):
                raise Killed
            if self.faults.now(Fault.ANSWER_LOST):
                raise DatabaseUnavailable("the connection was lost while committing")
        super()._settle(committed=committed, uncertain=uncertain)

    def _suffer(self) -> None:
        if self.faults is not None and self.faults.now(Fault.KILL_COMMIT):
            raise Killed
        if self.faults is not None and self.faults.now(Fault.DATABASE_GONE):
            self.gone = self.faults.dice.randint(0, 12)
            raise DatabaseUnavailable("the connection was lost")

    def _lose(self) -> None:
        if self.gone:
            self.gone -= 1
            raise DatabaseUnavailable("cannot reach the database")
