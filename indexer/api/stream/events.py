"""The words of the stream, and how they are written: one server-sent event a fact."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

import msgspec

Row = dict[str, Any]


class Kind(StrEnum):
    """What an event says."""

    RESET = "reset"
    ENTER = "enter"
    CHANGE = "change"
    LEAVE = "leave"
    PRICE = "price"
    PENDING = "pending"
    BLOCK = "block"
    RETRACTION = "retraction"
    HEARTBEAT = "heartbeat"
    DROPPED = "dropped"


class Group(StrEnum):
    """What a client may ask for alone without losing its thread: accounts come and go whole or not at all."""

    ACCOUNTS = "accounts"
    PRICE = "price"
    PENDING = "pending"


_GROUPS = {
    Kind.ENTER: Group.ACCOUNTS,
    Kind.CHANGE: Group.ACCOUNTS,
    Kind.LEAVE: Group.ACCOUNTS,
    Kind.PRICE: Group.PRICE,
    Kind.PENDING: Group.PENDING,
}


class Block(NamedTuple):
    """The block an event belongs to: part of its data."""

    chain_id: int
    block_number: int
    block_hash: str
    block_timestamp: int


class Event(NamedTuple):
    """One event; `data` without the block's own fields."""

    kind: Kind
    data: Row


class Frame(NamedTuple):
    """One event as it is sent."""

    kind: Kind
    deployment: str | None
    raw: bytes

    @classmethod
    def of(cls, event: Event, block: Block, event_id: str | None = None) -> Self:
        """Write an event. ASCII only: some clients take exotic characters of a token's name for the end of a line."""
        data = block._asdict() | event.data
        written = msgspec.json.encode(data)
        if not written.isascii():
            written = json.dumps(data, separators=(",", ":")).encode()
        head = b"" if event_id is None else b"id: %s\n" % event_id.encode()
        raw = b"%sevent: %s\ndata: %s\n\n" % (head, event.kind.encode(), written)
        return cls(event.kind, event.data.get("deployment"), raw)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Take what `of` wrote apart again."""
        kind, data = _fields(raw)
        return cls(kind, data.get("deployment"), raw)

    @property
    def data(self) -> Row:
        """The event's data, the block's fields included."""
        return _fields(self.raw)[1]


def _fields(raw: bytes) -> tuple[Kind, Row]:
    lines = dict(line.split(b": ", 1) for line in raw.rstrip(b"\n").split(b"\n"))
    return Kind(lines[b"event"].decode()), msgspec.json.decode(lines[b"data"])


def numbered(events: Sequence[Event], block: Block, seq: int) -> tuple[Frame, ...]:
    """Events under ids `<seq>-<k>`, so that a client can go on after each."""
    return tuple(Frame.of(event, block, f"{seq}-{k}") for k, event in enumerate(events))


def named_at_the_end(events: Sequence[Event], block: Block, event_id: str) -> tuple[Frame, ...]:
    """A whole list: only its last event has an id, so that a list that was broken off starts anew."""
    *most, last = events
    return (*(Frame.of(event, block) for event in most), Frame.of(last, block, event_id))


def joined(frames: Iterable[Frame]) -> bytes:
    """Frames as one piece."""
    return b"".join(frame.raw for frame in frames)


def split(text: bytes) -> tuple[Frame, ...]:
    """The frames of such a piece."""
    return tuple(Frame.read(raw + b"\n\n") for raw in text.split(b"\n\n") if raw)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for; None: everything. What keeps a client right is always sent."""

    deployments: frozenset[str] | None = None
    groups: frozenset[Group] | None = None

    def takes(self, frame: Frame) -> bool:
        """Whether the client is to see it."""
        group = _GROUPS.get(frame.kind)
        if group is None:
            return True
        if self.groups is not None and group not in self.groups:
            return False
        return self.deployments is None or frame.deployment in self.deployments

    def of(self, frames: Iterable[Frame]) -> bytes:
        """The frames it takes, as one piece."""
        return joined(frame for frame in frames if self.takes(frame))


EVERYTHING = Wanted()
