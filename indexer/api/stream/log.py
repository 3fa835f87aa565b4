"""The durable log as the stream's own things: entries to be written, and what was said read back."""

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from indexer.api.stream.events import Event, Frame, joined, named_at_the_end, numbered, split
from indexer.api.stream.picture import Follower, Picture
from indexer.store import Store, StreamEntry, StreamMark

_log = structlog.get_logger()
_STRANGE = (KeyError, ValueError, zlib.error)
"""What reading words of another version raises; msgspec's DecodeError is a ValueError."""
_LEVEL = 1
"""zlib's quickest: a block's events shrink to a fifth already."""


class Entry(StrEnum):
    """What a row of the log is. A `base` repeats the whole list and is said to nobody: a start begins from it."""

    LIST = "list"
    BLOCK = "block"
    RETRACTION = "retraction"
    BASE = "base"


@dataclass(frozen=True, slots=True)
class Said:
    """One row of the log, and what a client holds after it."""

    mark: StreamMark
    frames: tuple[Frame, ...]
    picture: Picture

    @property
    def seq(self) -> int:
        """The first half of its events' ids."""
        return self.mark.seq

    @property
    def end(self) -> str:
        """The id of its last event."""
        return f"{self.mark.seq}-{len(self.frames) - 1}"


@dataclass(slots=True)
class Log:
    """Reads and writes the rows. `clock` is Unix seconds."""

    store: Store
    clock: Callable[[], float] = time.time
    last: int = 0
    """The last row known."""
    branch: list[StreamMark] = field(default_factory=list)
    """The blocks said and not taken back, oldest first: where the last of them is orphaned, go down here."""

    def load(self) -> Said | None:
        """What was said last; None when nothing was, or in words that this version does not know."""
        marks = self.store.stream_marks()
        self.branch = []
        for mark in marks:
            self._stand(mark)
        self.last = marks[-1].seq if marks else 0
        base = _last_whole(marks, self.branch[-1].seq) if self.branch else None
        if base is None:
            return None
        try:
            return self._replayed(base, self.branch[-1].seq)
        except _STRANGE as error:
            _log.warning("the stream's log is of another version: everybody is told the whole list", why=repr(error))
            return None

    def picture_at(self, seq: int) -> Picture | None:
        """What a client held after that row; None where the log does not reach."""
        base = _last_whole(self.store.stream_marks(), seq)
        try:
            said = None if base is None else self._replayed(base, seq)
        except _STRANGE:
            return None
        return None if said is None else said.picture

    def write(self, kind: Entry, events: Sequence[Event], picture: Picture) -> Said | None:
        """Write a row, then take note of it. None: another server has written meanwhile (`news`). Raises DatabaseError.

        The number of a row is the time in milliseconds, or the next free: a database that was made anew, or put back
        from a copy, never uses a number again that a client may have seen.
        """
        seq = max(self.last + 1, int(self.clock() * 1_000))
        block = picture.block
        if kind in (Entry.LIST, Entry.BASE):
            frames = named_at_the_end(events, block, f"{seq}-{len(events) - 1}")
        else:
            frames = numbered(events, block, seq)
        body = zlib.compress(joined(frames), _LEVEL)
        entry = StreamEntry(seq, self.last, kind.value, block.block_number, block.block_hash, body)
        if not self.store.append_stream(entry):
            return None
        self._stand(entry.mark)
        self.last = seq
        return Said(entry.mark, frames, picture)

    def news(self, picture: Picture | None) -> Iterator[Said]:
        """The rows that another server has written since `picture`, and what a client holds after each."""
        follower = Follower() if picture is None else Follower.at(picture)
        for entry in self.store.stream_entries(self.last + 1):
            said = _said(entry, follower)
            self._stand(entry.mark)
            self.last = entry.seq
            if entry.kind != Entry.BASE:
                yield said

    def prune(self, keep: int) -> None:
        """Forget all rows before a whole list that at least `keep` rows follow."""
        said = [mark.seq for mark in self.store.stream_marks() if mark.kind != Entry.BASE]
        if len(said) <= keep:
            return
        base = _last_whole(self.store.stream_marks(), said[-keep] - 1)
        if base is not None:
            self.store.prune_stream(base.seq)
            self.branch = [mark for mark in self.branch if mark.seq >= base.seq]

    def frames_between(self, first: int, last: int) -> Iterator[tuple[StreamMark, tuple[Frame, ...]]]:
        """What was said from row `first` to row `last`, to be said again, as far as it is understood."""
        for entry in self.store.stream_entries(first, last):
            if entry.kind != Entry.BASE:
                try:
                    yield entry.mark, _frames(entry)
                except _STRANGE:
                    return

    def _replayed(self, base: StreamMark, last: int) -> Said | None:
        """The rows from a whole list to row `last`, which was said."""
        follower, said = Follower(), None
        for entry in self.store.stream_entries(base.seq, last):
            said = _said(entry, follower)
        return said

    def _stand(self, mark: StreamMark) -> None:
        if mark.kind == Entry.LIST:
            self.branch = []
        elif mark.kind == Entry.RETRACTION:
            while self.branch and self.branch[-1].block_hash != mark.block_hash:
                self.branch.pop()
        if mark.kind != Entry.BASE:
            self.branch.append(mark)


def _said(entry: StreamEntry, follower: Follower) -> Said:
    frames = _frames(entry)
    return Said(entry.mark, frames, follower.take_all(frames))


def _frames(entry: StreamEntry) -> tuple[Frame, ...]:
    return split(zlib.decompress(entry.body))


def _last_whole(marks: Sequence[StreamMark], until: int) -> StreamMark | None:
    whole = (mark for mark in reversed(marks) if mark.kind in (Entry.LIST, Entry.BASE) and mark.seq <= until)
    return next(whole, None)


__all__ = ["Entry", "Log", "Said"]
