"""What a client that followed the stream holds at the end of a block, and how events lead to the next."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from indexer.api.stream.events import Block, Event, Frame, Kind, Row
from indexer.reports.envelope import envelope
from indexer.reports.snapshot import Snapshot
from indexer.reports.tables import price_rows

Key = tuple[str, str, str | None]
"""(deployment, account, market)."""
Place = tuple[str, str]
"""(deployment, market)."""

GONE = "gone"
"""The state of a price whose market or deployment is not there any more."""
KEY = ("deployment", "account", "market")
_PRICE = (
    "deployment", "market", "asset", "symbol", "price", "price_unit", "price_decimals", "price_usd",
    "state", "source", "feed", "round", "updated_at",
)  # fmt: skip
_PENDING = ("deployment", "market", "asset", "symbol", "source", "feed", "answer_decimals", "price_decimals", "pending")
_STANDING = ("parent_hash", "head_block", "lag_blocks", "finality")


@dataclass(frozen=True, slots=True)
class Picture:
    """The watch list, the prices and the pending answers at one block. Not to be changed."""

    block: Block
    standing: Row
    """What else the block's own event says of it: parent, head, lag and finality as they were then."""
    accounts: Mapping[Key, Row]
    prices: Mapping[Place, Row]
    pendings: Mapping[Place, Row]

    def ending(self, said: Iterable[Event], *, jumped: bool) -> Event:
        """The event that ends the block's events."""
        counts = Counter(event.kind.value for event in said)
        data = {
            **self.standing,
            "jumped": jumped,
            "accounts": len(self.accounts),
            "states": dict(sorted(Counter(row["state"] for row in self.accounts.values()).items())),
            "events": {kind: counts[kind] for kind in ("enter", "change", "leave", "price", "pending")},
        }
        return Event(Kind.BLOCK, data)

    def whole(self, reason: str) -> list[Event]:
        """Everything from nothing: what a client is told that has no thread to go on from."""
        facts = [entering(row) for row in self.accounts.values()]
        facts += [Event(Kind.PRICE, {**row, "previous": None}) for row in self.prices.values()]
        facts += [Event(Kind.PENDING, {**row, "change": "appeared"}) for row in self.pendings.values()]
        reset = Event(Kind.RESET, {"reason": reason, "accounts": len(self.accounts)})
        return [reset, *facts, self.ending(facts, jumped=True)]


def picture_of(snapshot: Snapshot, rows: Iterable[Row]) -> Picture:
    """The picture of a snapshot; `rows` are its watch list."""
    told = envelope(snapshot)
    prices = price_rows(snapshot)
    return Picture(
        Block(*(told[name] for name in Block._fields)),
        {"parent_hash": snapshot.ref.parent_hash} | {name: told[name] for name in _STANDING[1:]},
        {key_of(row): row for row in rows},
        {place_of(row): {name: row[name] for name in _PRICE} for row in prices},
        {place_of(row): {name: row[name] for name in _PENDING} for row in prices if row["pending"] is not None},
    )


def key_of(row: Row) -> Key:
    """What names an account's row."""
    return row["deployment"], row["account"], row["market"]


def place_of(row: Row) -> Place:
    """What names a price."""
    return row["deployment"], row["market"]


def entering(row: Row) -> Event:
    """An account that was not on the list, whole."""
    return Event(Kind.ENTER, {name: row[name] for name in KEY} | {"to": row["state"], "row": row})


@dataclass(slots=True)
class Follower:
    """Holds what a client holds that applies events in order."""

    accounts: dict[Key, Row] = field(default_factory=dict)
    prices: dict[Place, Row] = field(default_factory=dict)
    pendings: dict[Place, Row] = field(default_factory=dict)

    @classmethod
    def at(cls, picture: Picture) -> "Follower":
        """One that has followed so far."""
        return cls(dict(picture.accounts), dict(picture.prices), dict(picture.pendings))

    def take_all(self, frames: Iterable[Frame]) -> Picture:
        """Apply a row of the log, which ends with a block's event. Raises ValueError when it does not."""
        picture = None
        for frame in frames:
            picture = self.take(frame.kind, frame.data)
        if picture is None:
            raise ValueError("the events do not end with a block")
        return picture

    def take(self, kind: Kind, data: Row) -> Picture | None:
        """Apply one event; the picture at a block's end."""
        if kind is Kind.RESET:
            self.accounts, self.prices, self.pendings = {}, {}, {}
        elif kind is Kind.ENTER:
            self.accounts[key_of(data)] = data["row"]
        elif kind is Kind.CHANGE:
            self.accounts[key_of(data)] = self.accounts[key_of(data)] | data["changed"]
        elif kind is Kind.LEAVE:
            del self.accounts[key_of(data)]
        elif kind is Kind.PRICE:
            self._price(data)
        elif kind is Kind.PENDING:
            self._pending(data)
        elif kind is Kind.BLOCK:
            block = Block(*(data[name] for name in Block._fields))
            standing = {name: data[name] for name in _STANDING}
            return Picture(block, standing, dict(self.accounts), dict(self.prices), dict(self.pendings))
        return None

    def _price(self, data: Row) -> None:
        if data["state"] == GONE:
            del self.prices[place_of(data)]
        else:
            self.prices[place_of(data)] = {name: data[name] for name in _PRICE}

    def _pending(self, data: Row) -> None:
        if data["pending"] is None:
            del self.pendings[place_of(data)]
        else:
            self.pendings[place_of(data)] = {name: data[name] for name in _PENDING}


__all__ = ["GONE", "KEY", "Follower", "Key", "Picture", "Place", "entering", "key_of", "picture_of", "place_of"]
