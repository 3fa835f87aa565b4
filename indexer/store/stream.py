"""The log of `/v1/stream`: rows that are only ever added at the end, each after the one its writer knew to be last."""

from collections.abc import Iterator

from sqlalchemy import delete, func, insert, select

from indexer.store.database import Database
from indexer.store.records import StreamEntry, StreamMark
from indexer.store.tables import STREAM_BLOCK

_MARK = [STREAM_BLOCK.c[name] for name in StreamMark._fields]
_ENTRY = [STREAM_BLOCK.c[name] for name in StreamEntry._fields]


class StreamLog(Database):
    """One row for the events of a block, a retraction or a whole list."""

    def append_stream(self, entry: StreamEntry) -> bool:
        """Add a row. False, and nothing written, when `after_seq` is not the last row: another server was first.

        Raises ValueError when `seq` does not grow (a bug).
        """
        if entry.seq <= entry.after_seq:
            raise ValueError(f"row {entry.seq} cannot follow row {entry.after_seq}")
        with self._writing() as connection:
            last = connection.scalar(select(func.max(STREAM_BLOCK.c.seq))) or 0
            if last != entry.after_seq:
                return False
            connection.execute(insert(STREAM_BLOCK).values(entry._asdict()))
            return True

    def stream_marks(self) -> list[StreamMark]:
        """Every row without its body, in order."""
        with self._reading() as connection:
            rows = connection.execute(select(*_MARK).order_by(STREAM_BLOCK.c.seq))
            return [StreamMark(*row) for row in rows]

    def stream_entries(self, first: int, last: int | None = None, *, at_once: int = 64) -> Iterator[StreamEntry]:
        """The rows from `first` to `last` (None: the end), both included, in order, read a few at a time."""
        while True:
            query = select(*_ENTRY).where(STREAM_BLOCK.c.seq >= first).order_by(STREAM_BLOCK.c.seq).limit(at_once)
            if last is not None:
                query = query.where(STREAM_BLOCK.c.seq <= last)
            with self._reading() as connection:
                found = [StreamEntry(*row) for row in connection.execute(query)]
            yield from found
            if len(found) < at_once:
                return
            first = found[-1].seq + 1

    def prune_stream(self, below: int) -> int:
        """Forget the rows under `below`; how many they were."""
        with self._writing() as connection:
            return connection.execute(delete(STREAM_BLOCK).where(STREAM_BLOCK.c.seq < below)).rowcount
