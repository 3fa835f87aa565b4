"""The small public face in Python: `from indexer import open_store; open_store(url).at_risk(below=1.05)`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from indexer.errors import DatabaseError
from indexer.evm import Answer, BlockRef, address
from indexer.reports.accounts import Filters, all_accounts, at_risk
from indexer.reports.liquidations import LiquidationFilters, liquidations_answer
from indexer.reports.measured import account_rows
from indexer.reports.snapshot import Asked, Snapshot, open_snapshot
from indexer.reports.tables import market_rows, price_rows
from indexer.store import Store

Row = dict[str, Any]


class Reader:
    """Reads a database that `indexer sync` writes; every method answers from one block. Close it, or use `with`."""

    def __init__(self, url: str, asked: Asked | None = None) -> None:
        self._url = url
        self._asked = asked or Asked()
        self._store = Store.open(url, read_only=True)

    @contextmanager
    def snapshot(self, given: Asked | None = None, **asked: Any) -> Iterator[Snapshot]:  # noqa: ANN401  fields of Asked
        """One block, opened for answering; keywords replace fields of `Asked`."""
        with open_snapshot(self._store, replace(given or self._asked, keep=keeper(self._url), **asked)) as snapshot:
            yield snapshot

    @property
    def chain_id(self) -> int | None:
        """The chain of the database; None before the first sync."""
        return self._store.chain_id

    def at_risk(self, below: float = 1.05, block: int | None = None, **filters: Any) -> list[Row]:  # noqa: ANN401
        """The rows of `indexer at-risk`; further filters as in `reports.accounts.Filters`."""
        with self.snapshot(block=block) as snapshot:
            return at_risk(snapshot, Filters(below=below, **filters))[0]

    def accounts(self, block: int | None = None) -> list[Row]:
        """The rows of `indexer accounts`."""
        with self.snapshot(block=block) as snapshot:
            return all_accounts(snapshot)

    def account(self, owner: str, block: int | None = None) -> list[Row]:
        """The rows of `indexer account`. Raises NotFoundError."""
        with self.snapshot(block=block) as snapshot:
            return account_rows(snapshot, address(owner))

    def markets(self, block: int | None = None) -> list[Row]:
        """The rows of `indexer markets`."""
        with self.snapshot(block=block) as snapshot:
            return market_rows(snapshot)

    def prices(self, block: int | None = None) -> list[Row]:
        """The rows of `indexer prices`."""
        with self.snapshot(block=block) as snapshot:
            return price_rows(snapshot)

    def liquidations(self, block: int | None = None, **filters: Any) -> list[Row]:  # noqa: ANN401
        """The rows of `indexer liquidations`; filters as in `store.LiquidationFilters`. Raises NotFoundError."""
        with self.snapshot(block=block) as snapshot:
            rows: list[Row] = self.liquidations_of(snapshot, LiquidationFilters(**filters))["liquidations"]
            return rows

    def liquidations_of(self, snapshot: Snapshot, filters: LiquidationFilters) -> dict[str, Any]:
        """The answer of `indexer liquidations` for a snapshot of this database. Raises NotFoundError."""
        return liquidations_answer(snapshot, self._store, filters)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def keeper(url: str) -> Callable[[BlockRef, Mapping[bytes, Answer]], None]:
    """Keeps answers read on demand (`Asked.keep`); a read-only database keeps none: no failure of the answer."""

    def keep(ref: BlockRef, answers: Mapping[bytes, Answer]) -> None:
        if answers:
            with suppress(DatabaseError), Store.open(url, create=False) as writer, writer.transaction():
                writer.keep_block(ref)
                writer.keep_answers(ref.hash, answers)

    return keep


def open_store(url: str) -> Reader:
    """Open a database for reading. Raises DatabaseError with one line that says what to do."""
    return Reader(url)
