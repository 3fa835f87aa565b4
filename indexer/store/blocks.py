"""Which chain, how far, and the blocks known by hash."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from indexer.errors import DatabaseError, HistoryError, InconsistentAnswer, WrongChainError
from indexer.evm import BlockRef
from indexer.store.backend import Backend
from indexer.store.database import Database
from indexer.store.records import Head, HeadsSeen, StoredBlock
from indexer.store.tables import BLOCK, CHAIN, DEPLOYMENT, KEPT_ANSWER

_AT_ONCE = 10_000
_BLOCK_COLUMNS = ("number", "hash", "parent_hash", "timestamp", "complete")
_BLOCKS = select(*(BLOCK.c[name] for name in _BLOCK_COLUMNS))
_HEAD_COLUMNS = (
    "head_number",
    "head_hash",
    "safe_number",
    "safe_hash",
    "finalized_number",
    "finalized_hash",
    "heads_observed_at",
)


def _stored(row: Row[Any]) -> StoredBlock:
    return StoredBlock(BlockRef(row.number, row.hash, row.parent_hash, row.timestamp), bool(row.complete))


class Blocks(Database):
    """The chain's one row and the table of blocks."""

    _write_count = 0
    _fresh_write_count: int | None = None
    _uncertain_write_count: int | None = None

    def bind_chain(self, chain_id: int) -> None:
        """Remember the chain the first time; afterwards raise WrongChainError if it is another."""
        bound = self.chain_id
        if bound is None:
            with self._writing() as connection:
                bound = connection.scalar(select(CHAIN.c.chain_id))
                if bound is None:
                    connection.execute(insert(CHAIN).values(chain_id=chain_id, write_count=0))
                    return
        if bound != chain_id:
            raise WrongChainError(expected=bound, actual=chain_id, where="the node")

    @property
    def chain_id(self) -> int | None:
        """The chain this database holds; None before `bind_chain`."""
        with self._reading() as connection:
            return connection.scalar(select(CHAIN.c.chain_id))

    def cursor(self) -> BlockRef | None:
        """The last block everything up to which is in the store; None before the first commit."""
        with self._reading() as connection:
            row = connection.execute(_BLOCKS.join(CHAIN, CHAIN.c.cursor_number == BLOCK.c.number)).one_or_none()
        return None if row is None else _stored(row).ref

    def block(self, number: int) -> StoredBlock | None:
        """Look up one block by number; None when its hash is not stored."""
        found = self.blocks(number, number)
        return found[0] if found else None

    def blocks(self, first: int, last: int) -> list[StoredBlock]:
        """Look up all stored blocks from `first` to `last`, both included, in ascending order."""
        with self._reading() as connection:
            query = _BLOCKS.where(BLOCK.c.number.between(first, last)).order_by(BLOCK.c.number)
            return [_stored(row) for row in connection.execute(query)]

    def last_complete_block(self) -> BlockRef | None:
        """The newest block at which all state and prices were read."""
        return self._last_complete()

    def complete_block_at_or_before(self, number: int) -> BlockRef | None:
        """The newest block not above `number` at which all state and prices were read."""
        return self._last_complete(BLOCK.c.number <= number)

    def _last_complete(self, *also: ColumnElement[bool]) -> BlockRef | None:
        query = _BLOCKS.where(BLOCK.c.complete, *also).order_by(BLOCK.c.number.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _stored(row).ref

    def prune_block_hashes(self, below: int, *, keep_complete: bool = True) -> int:
        """Forget the hashes of blocks under `below` (choose it below finality), never the cursor's.

        Changes stay, and so do blocks at which answers were kept.
        Returns how many were forgotten; undo to one of them is no longer possible.
        """
        cursor_number = select(func.coalesce(func.max(CHAIN.c.cursor_number), -1)).scalar_subquery()
        answered = select(KEPT_ANSWER.c.block_hash)
        where = [BLOCK.c.number < below, BLOCK.c.number != cursor_number, BLOCK.c.hash.not_in(answered)]
        if keep_complete:
            where.append(~BLOCK.c.complete)
        with self._writing() as connection:
            return connection.execute(delete(BLOCK).where(*where)).rowcount

    def keep_block(self, ref: BlockRef) -> None:
        """Remember a finalised block inside a backfilled range, whose hash was not stored.

        Raises InconsistentAnswer when the number is stored with another hash, HistoryError above the cursor.
        """
        with self._writing() as connection:
            cursor = connection.scalar(select(CHAIN.c.cursor_number))
            if cursor is None or ref.number > cursor:
                raise HistoryError(f"block {ref.number} is above the cursor: it cannot be kept")
            save_blocks(connection, self._backend, [StoredBlock(ref, complete=False)])

    def save_heads(self, heads: HeadsSeen) -> None:
        """Remember what the node last called latest, safe and finalized."""
        with self._writing() as connection:
            self._save_heads(connection, heads)

    def heads_seen(self) -> HeadsSeen | None:
        """What the node last called latest, safe and finalized; None before it was ever asked."""
        with self._reading() as connection:
            row = connection.execute(select(*(CHAIN.c[name] for name in _HEAD_COLUMNS))).one_or_none()
        if row is None or row.head_number is None:
            return None
        safe = None if row.safe_number is None else Head(row.safe_number, row.safe_hash)
        finalized = None if row.finalized_number is None else Head(row.finalized_number, row.finalized_hash)
        return HeadsSeen(Head(row.head_number, row.head_hash), safe, finalized, row.heads_observed_at)

    def _save_heads(self, connection: Connection, heads: HeadsSeen) -> None:
        ends = (heads.head, heads.safe or (None, None), heads.finalized or (None, None))
        values = [part for end in ends for part in end]
        row = dict(zip(_HEAD_COLUMNS, [*values, heads.observed_at], strict=True))
        _one_chain(connection.execute(update(CHAIN).values(row)).rowcount)

    def _move_cursor(self, connection: Connection, cursor: BlockRef, everybody: bool) -> None:
        """Move the cursor, and with it every deployment that stood at it if `everybody` was followed.

        Going back is undo's business.
        """
        old = connection.scalar(select(CHAIN.c.cursor_number))
        if old is not None and cursor.number < old:
            raise ValueError(f"the cursor is at block {old} and does not go back to {cursor.number}: undo does")
        _one_chain(connection.execute(update(CHAIN).values(cursor_number=cursor.number)).rowcount)
        joined = DEPLOYMENT.c.covered_to.is_(None) if old is None else DEPLOYMENT.c.covered_to >= old
        if everybody and cursor.number != old:
            covered_from = func.coalesce(DEPLOYMENT.c.covered_from, DEPLOYMENT.c.first_block)
            values = {"covered_to": cursor.number, "covered_from": covered_from}
            connection.execute(update(DEPLOYMENT).where(joined).values(values))

    def _count_write(self, connection: Connection) -> None:
        """Note that the integers change, and refuse when another process changed them since we last looked."""
        found = connection.scalar(select(CHAIN.c.write_count))
        _one_chain(0 if found is None else 1)
        expected = self._write_count if self._fresh_write_count is None else self._fresh_write_count
        if found != expected:
            raise DatabaseError(
                f"another process has written to {self.name} meanwhile: let only one `indexer` write, "
                "and start this one again"
            )
        self._fresh_write_count = expected + 1
        connection.execute(update(CHAIN).values(write_count=self._fresh_write_count))

    def _look_at_write_count(self) -> None:
        with self._reading() as connection:
            self._write_count = connection.scalar(select(CHAIN.c.write_count)) or 0

    def look_again(self) -> None:
        """Find out whether a commit whose answer was lost is stored. Reload what was read from the store before this.

        Another process's writes are still refused by the next commit.
        """
        if self._uncertain_write_count is None:
            return
        with self._reading() as connection:
            found = connection.scalar(select(CHAIN.c.write_count))
        if found == self._uncertain_write_count:
            self._write_count = found
        self._uncertain_write_count = None

    def _settle(self, *, committed: bool, uncertain: bool = False) -> None:
        super()._settle(committed=committed, uncertain=uncertain)
        if committed and self._fresh_write_count is not None:
            self._write_count = self._fresh_write_count
        elif uncertain and self._fresh_write_count is not None:
            self._uncertain_write_count = self._fresh_write_count
        self._fresh_write_count = None


def save_blocks(connection: Connection, backend: Backend, blocks: Sequence[StoredBlock]) -> None:
    """Store blocks; once complete, always complete. Raises InconsistentAnswer when a number has another hash."""
    if not blocks:
        return
    new = {block.ref.number: block for block in blocks}
    for row in _rows_of(connection, list(new)):
        block = new[row.number]
        if block.ref.hash != row.hash:
            raise InconsistentAnswer(
                f"block {row.number} is stored with hash {row.hash}, and now comes with {block.ref.hash}: "
                "undo to a common ancestor first"
            )
        if row.complete:
            new[row.number] = block._replace(complete=True)
    rows = [(*_columns(ref), complete) for ref, complete in new.values()]
    backend.upsert(connection, BLOCK, _BLOCK_COLUMNS, rows)


def _rows_of(connection: Connection, numbers: Sequence[int]) -> Iterator[Row[Any]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield from connection.execute(_BLOCKS.where(BLOCK.c.number.in_(numbers[start : start + _AT_ONCE])))


def _columns(ref: BlockRef) -> tuple[int, str, str, int]:
    return ref.number, ref.hash, ref.parent_hash, ref.timestamp


def _one_chain(rows: int) -> None:
    if rows != 1:
        raise DatabaseError("the database is not bound to a chain yet: `bind_chain` comes first")
