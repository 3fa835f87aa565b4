"""Where a client goes on: after the event it names, out of the log, until it is up to date."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, Self

from indexer.api.stream.events import Frame, Wanted, named_at_the_end
from indexer.api.stream.log import Entry, Log, Said

_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")
_AT_ONCE = 64


class Position(NamedTuple):
    """The last event a client has: row and place in it."""

    seq: int
    k: int

    @classmethod
    def read(cls, event_id: str | None) -> Self | None:
        """Take an id apart; None for one that is none of ours."""
        found = _ID.fullmatch(event_id or "")
        return None if found is None else cls(int(found[1]), int(found[2]))


class Missed(NamedTuple):
    """Some of what a client missed, and where it is then."""

    piece: bytes
    position: Position


def missed(log: Log, after: Position, last: int, wanted: Wanted) -> Missed | None:
    """Some rows on from `after`, not beyond row `last`. None: that event is not in the log. Raises DatabaseError."""
    rows = list(islice(log.frames_between(after.seq, last), _AT_ONCE))
    if not rows or rows[0][0].seq != after.seq or after.k >= len(rows[0][1]):
        return None
    if rows[0][0].kind == Entry.LIST and after.k != len(rows[0][1]) - 1:
        return None  # within a list no event has an id
    pieces = [wanted.of(rows[0][1][after.k + 1 :]), *(wanted.of(frames) for _, frames in rows[1:])]
    mark, frames = rows[-1]
    return Missed(b"".join(pieces), Position(mark.seq, len(frames) - 1))


def whole(said: Said, wanted: Wanted, reason: str) -> Iterator[bytes]:
    """The whole list as it was said last, for a client that has no place to go on from, in a few pieces."""
    events = said.picture.whole(reason)
    frames: tuple[Frame, ...] = named_at_the_end(events, said.picture.block, said.end)
    for start in range(0, len(frames), 1_000):
        yield wanted.of(frames[start : start + 1_000])
