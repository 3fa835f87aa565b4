"""Lists that are read page by page: made once a block, and kept for who still reads the last blocks'."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from indexer.api.answered import Answered, answered, standing
from indexer.api.asking import LARGEST_BLOCK, LiquidationsQuery, PageQuery, WatchQuery
from indexer.api.cursor import Position, Shape, following
from indexer.reports.accounts import Filters, Place, at_risk, places, rows_of
from indexer.reports.liquidations import liquidations_answer
from indexer.reports.rows import LIQUIDATED, Row
from indexer.reports.snapshot import Snapshot
from indexer.risk.ranking import SortBy, sort_key
from indexer.store import Store
from indexer.words import State

AT_RISK, LIQUIDATABLE, ACCOUNTS, LIQUIDATIONS = "at-risk", "liquidatable", "accounts", "liquidations"
_VALUES: dict[SortBy, type] = {SortBy.HEALTH: int, SortBy.DEBT: float, SortBy.BONUS: float}
_MOST_PLACES = 3
_MOST_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one block in order, encoded, and where each stands. `counted` are the sums beside them."""

    kind: str
    stand: Snapshot
    question: PageQuery
    positions: Sequence[Position]
    rows: Sequence[msgspec.Raw]
    counted: dict[str, int]

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return sum(len(row) for row in self.rows) + 300 * len(self.rows)

    def page(self, after: Position | None, limit: int) -> Answered:
        """The rows behind a position; `next_cursor` is null on the last page."""
        first = 0 if after is None else bisect_right(self.positions, after)
        last = first + limit
        shown = self.positions[first:last]
        more = shown and last < len(self.positions)
        cursor = following(self.stand, self.kind, self.question, shown[-1]) if more else None
        rest = {**self.counted, "accounts": list(self.rows[first:last]), "next_cursor": cursor}
        return Answered(self.stand, rest)


def watch_listing(snapshot: Snapshot, kind: str, query: WatchQuery) -> Listing:
    """The whole watch list for a question. Raises NotFoundError, UserError."""
    rows, hidden = at_risk(snapshot, query.filters)
    return listing_of(snapshot, kind, query, rows, hidden)


def listing_of(snapshot: Snapshot, kind: str, query: WatchQuery, rows: Sequence[Row], hidden: int = 0) -> Listing:
    """A list of rows of the watch list, which are in order.

    Of `liquidatable` the rest of the watch list is hidden too, and the unknown ones are counted: they may well be.
    """
    counted = {"hidden_rows": hidden}
    if kind == LIQUIDATABLE:
        shown = [row for row in rows if is_liquidatable(row)]
        unknown = sum(row["state"] == State.UNKNOWN for row in rows)
        counted = {"hidden_rows": hidden + len(rows) - len(shown), "unknown_rows": unknown}
        rows = shown
    key = sort_key(query.sort)
    encoded = [msgspec.Raw(msgspec.json.encode(row)) for row in rows]
    return Listing(kind, standing(snapshot), query.question, [key(row) for row in rows], encoded, counted)


def is_liquidatable(row: Row) -> bool:
    """Whether the contract would have the account liquidated: by its state, or because it says on what terms."""
    return row["state"] in LIQUIDATED or bool(row["liquidation"])


def watch_shape(query: WatchQuery) -> Shape:
    """The types of a position in a watch list (`SortKey`)."""
    return bool, _VALUES[query.sort], str, str, str


def accounts_shape(_: PageQuery) -> Shape:
    """The types of a `Place`."""
    return str, str, str


def accounts_page(snapshot: Snapshot, known: "Places", query: PageQuery, after: Position | None) -> Answered:
    """A page of all accounts: health is computed for the rows shown only."""
    found = known.of(snapshot, query.deployment)
    first = 0 if after is None else bisect_right(found, after, key=lambda each: each[0])
    wanted = found[first : first + query.limit]
    more = wanted and first + query.limit < len(found)
    cursor = following(snapshot, ACCOUNTS, query, wanted[-1][0]) if more else None
    return Answered(standing(snapshot), {"accounts": rows_of(snapshot, wanted), "next_cursor": cursor})


def liquidations_shape(_: LiquidationsQuery) -> Shape:
    """The types of a `LiquidationRecord.key`."""
    return _column, _column


def _column(value: str) -> int:
    """A number that the database can compare. Raises ValueError."""
    number = int(value)
    if not 0 <= number <= LARGEST_BLOCK:
        raise ValueError(f"{number} is no place in the table")
    return number


def liquidations_page(snapshot: Snapshot, store: Store, query: LiquidationsQuery, after: Position | None) -> Answered:
    """A page of what happened up to the block, newest first."""
    place = None if after is None else (after[0], after[1])
    answer = liquidations_answer(snapshot, store, query.filters(place))
    last = answer.pop("next_after")
    answer["next_cursor"] = None if last is None else following(snapshot, LIQUIDATIONS, query, tuple(last))
    return answered(snapshot, answer)


def is_wide(filters: Filters) -> bool:
    """Whether so many accounts may pass the screen that the newest block should not be held meanwhile."""
    return (filters.below or 0) > 1.5 or (filters.within_drop or 0) > 0.3


Key = tuple[int, str, str, PageQuery]
"""Block number and hash, kind, question."""


class Places:
    """Where every account stands, of the blocks asked last. Any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str | None], list[tuple[Place, str]]] = OrderedDict()
        self._alone = threading.Lock()

    def of(self, snapshot: Snapshot, deployment: str | None) -> list[tuple[Place, str]]:
        """As `places` has it. Raises NotFoundError."""
        key = (snapshot.edition, deployment)
        with self._alone:
            if key not in self._kept:
                self._kept[key] = places(snapshot, deployment)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_PLACES:
                self._kept.popitem(last=False)
            return self._kept[key]


class Listings:
    """The lists of the last blocks. Any thread."""

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._kept: OrderedDict[Key, Listing] = OrderedDict()
        self._size = 0

    def keep(self, listing: Listing) -> None:
        """Keep it; the ones asked for longest ago go."""
        key = (listing.stand.ref.number, listing.stand.ref.hash, listing.kind, listing.question)
        with self._alone:
            old = self._kept.pop(key, None)
            self._size += listing.size - (0 if old is None else old.size)
            self._kept[key] = listing
            while self._size > _MOST_BYTES and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._size -= gone.size

    def find(self, block: int, block_hash: str, kind: str, question: PageQuery) -> Listing | None:
        """The list as the first page of it was told."""
        key = (block, block_hash, kind, question)
        with self._alone:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found
