"""The whole market in memory: per deployment a few market fields and long columns of accounts and positions."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from indexer.book.change import Change, Entity
from indexer.book.column import IntColumn, Links

Fields = dict[str, int]


class DeploymentBook:
    """One deployment: its own fields, its markets, and accounts and positions as columns.

    Positions of an account are a linked list of rows, so that a million accounts need no dict of pairs.
    """

    def __init__(self) -> None:
        self.own: Fields = {}
        self.markets: dict[str, Fields] = {}
        self.accounts: list[str] = []
        self.market_names: list[str] = []
        self._account_row: dict[str, int] = {}
        self._market_row: dict[str, int] = {}
        self._account_columns: dict[str, IntColumn] = {}
        self._position_columns: dict[str, IntColumn] = {}
        self._first, self._next = Links(), Links()
        self._owner, self._market = Links(), Links()
        self.position_count = 0

    def account_field(self, account: str, field: str) -> int | None:
        """One account's own field, None when absent."""
        row = self._account_row.get(account)
        column = self._account_columns.get(field)
        return None if row is None or column is None else column.get(row)

    def position_field(self, account: str, market: str, field: str) -> int | None:
        """One position's field, None when absent."""
        column = self._position_columns.get(field)
        if column is None:
            return None
        row = self._find_position(account, market)
        return None if row < 0 else column.get(row)

    def positions_of(self, account: str) -> Iterator[tuple[str, int]]:
        """(market, position row) of an account, in no particular order."""
        row = self._account_row.get(account, -1)
        position = self._first[row] if row >= 0 else -1
        while position >= 0:
            yield self.market_names[self._market[position]], position
            position = self._next[position]

    def position_value(self, row: int, field: str) -> int:
        """The field of a position row; absent reads as 0."""
        column = self._position_columns.get(field)
        return (column.get(row) or 0) if column else 0

    def position_floats(self, field: str) -> npt.NDArray[np.float64]:
        """A position field of all positions as float64 (absent: 0.0)."""
        column = self._position_columns.get(field)
        return column.floats(self.position_count) if column else np.zeros(self.position_count)

    def account_floats(self, field: str) -> npt.NDArray[np.float64]:
        """An account field of all accounts as float64 (absent: 0.0)."""
        column = self._account_columns.get(field)
        return column.floats(len(self.accounts)) if column else np.zeros(len(self.accounts))

    def position_links(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """(account row, market row) of every position."""
        return self._owner.array(self.position_count), self._market.array(self.position_count)

    def set(self, entity: Entity, field: str, value: int | None) -> None:
        """Set or remove one field of this deployment."""
        if entity.account:
            self._column(entity, field).set(self._row(entity), value)
            return
        fields = self.markets.setdefault(entity.market, {}) if entity.market else self.own
        if value is None:
            fields.pop(field, None)
        else:
            fields[field] = value

    def knows(self, account: str) -> bool:
        """Whether the account was ever seen."""
        return account in self._account_row

    def only(self, account: str) -> "DeploymentBook":
        """The deployment with this account alone, whose fields may be set without changing it here.

        Its own fields and its markets' are shared: they are for reading.
        """
        alone = DeploymentBook()
        alone.own, alone.markets = self.own, self.markets
        row = self._account_row.get(account)
        if row is None:
            return alone
        for field, column in self._account_columns.items():
            alone.set(Entity("", "", account), field, column.get(row))
        for market, position in self.positions_of(account):
            for field, column in self._position_columns.items():
                alone.set(Entity("", market, account), field, column.get(position))
        return alone

    def forget(self, fields: AbstractSet[str]) -> None:
        """Remove these fields, whatever they belong to."""
        for own in (self.own, *self.markets.values()):
            for field in fields & own.keys():
                del own[field]
        for columns in (self._account_columns, self._position_columns):
            for field in fields & columns.keys():
                del columns[field]

    def items(self, deployment: str) -> Iterator[tuple[Entity, str, int]]:
        """Everything present, as (entity, field, value)."""
        for field, value in self.own.items():
            yield Entity(deployment), field, value
        for market, fields in self.markets.items():
            for field, value in fields.items():
                yield Entity(deployment, market), field, value
        for field, column in self._account_columns.items():
            for row, account in enumerate(self.accounts):
                if (found := column.get(row)) is not None:
                    yield Entity(deployment, "", account), field, found
        for field, column in self._position_columns.items():
            for row in range(self.position_count):
                if (found := column.get(row)) is not None:
                    market = self.market_names[self._market[row]]
                    yield Entity(deployment, market, self.accounts[self._owner[row]]), field, found

    def _column(self, entity: Entity, field: str) -> IntColumn:
        columns = self._position_columns if entity.market else self._account_columns
        return columns.setdefault(field, IntColumn())

    def _row(self, entity: Entity) -> int:
        account = self._account_row.get(entity.account)
        if account is None:
            account = self._account_row[entity.account] = len(self.accounts)
            self.accounts.append(entity.account)
        if not entity.market:
            return account
        found = self._find_position(entity.account, entity.market)
        return found if found >= 0 else self._add_position(account, entity.market)

    def _find_position(self, account: str, market: str) -> int:
        owner, wanted = self._account_row.get(account, -1), self._market_row.get(market, -1)
        position = self._first[owner] if owner >= 0 and wanted >= 0 else -1
        while position >= 0 and self._market[position] != wanted:
            position = self._next[position]
        return position

    def _add_position(self, account: int, market: str) -> int:
        if market not in self._market_row:
            self._market_row[market] = len(self.market_names)
            self.market_names.append(market)
        position = self.position_count
        self.position_count += 1
        self._owner[position], self._market[position] = account, self._market_row[market]
        self._next[position], self._first[account] = self._first[account], position
        return position


class Book:
    """All deployments of one chain at one block."""

    def __init__(self) -> None:
        self.deployments: dict[str, DeploymentBook] = {}

    def __getitem__(self, deployment: str) -> DeploymentBook:
        return self.deployments.setdefault(deployment, DeploymentBook())

    def get(self, entity: Entity, field: str) -> int | None:
        """One field's value, None when absent."""
        rows = self.deployments.get(entity.deployment)
        if rows is None:
            return None
        if entity.account:
            if entity.market:
                return rows.position_field(entity.account, entity.market, field)
            return rows.account_field(entity.account, field)
        fields = rows.markets.get(entity.market, {}) if entity.market else rows.own
        return fields.get(field)

    def set(self, entity: Entity, field: str, value: int | None) -> None:
        """Set or (None) remove one field."""
        self[entity.deployment].set(entity, field, value)

    def apply(self, changes: Iterable[Change]) -> None:
        """Apply changes in order."""
        for change in changes:
            self.set(change.entity, change.field, change.new)

    def load(self, rows: Iterable[tuple[Entity, str, int]]) -> "Book":
        """Fill from stored rows; returns itself."""
        for entity, field, value in rows:
            self.set(entity, field, value)
        return self

    def items(self) -> Iterator[tuple[Entity, str, int]]:
        """Everything present, as (entity, field, value), in no particular order."""
        for name, rows in self.deployments.items():
            yield from rows.items(name)
