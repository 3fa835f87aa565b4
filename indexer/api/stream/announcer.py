"""Listens to every step of the newest block, writes what it means into the log, and only then says it.

So nothing that was said is ever lost or said differently, whatever dies when: a start finds in the log what was said
last and goes on from there, one block after the other as far as it can, taking back what the chain took back meanwhile.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from indexer.api.stream.broadcast import Broadcast
from indexer.api.stream.diff import diff
from indexer.api.stream.events import Event, Kind, Row
from indexer.api.stream.fates import fates_of
from indexer.api.stream.log import Entry, Log, Said
from indexer.api.stream.picture import Key, Picture, picture_of
from indexer.errors import DatabaseError, NotFoundError
from indexer.evm import BlockRef
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.living import Living, Step
from indexer.reports.snapshot import Snapshot
from indexer.settings import StreamSettings
from indexer.store import Store, StreamMark

_CATCH_UP = 64
"""After a start so many blocks are told one by one; more are one jump."""
_BASE_EVERY = 64
"""Rows between two bases: what a start reads at most."""
_MOST_WAITING = 16
"""Blocks that wait for a database that refuses writes; older ones go, and the next is told as a jump."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the newest block, ready to be said."""

    picture: Picture
    ref: BlockRef
    fates: Mapping[Key, str]


@dataclass(slots=True)
class Announcer:
    """A listener of `Current`. `store` is written to; `close` ends all streams. One thread calls it."""

    store: Store
    settings: StreamSettings = field(default_factory=StreamSettings)
    log: Log = field(init=False)
    broadcast: Broadcast = field(init=False)
    _picture: Picture | None = None
    """What was said last."""
    _waiting: deque[Told] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    _since_base: int = 0
    _is_loaded: bool = False
    _is_level: bool = False
    """Whether what happened before the start was told."""
    _closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.log, self.broadcast = Log(self.store), Broadcast(self.settings)

    def __call__(self, snapshot: Snapshot, _: Step, rows: list[Row]) -> None:
        """Say what the step means. A database that refuses is tried again at the next step."""
        try:
            self.load()
            if not self._is_level:
                self._is_level = True
                self._catch_up(snapshot)
        except DatabaseError as error:
            _log.warning("the stream waits for the database", why=str(error))
        self._take(snapshot, rows)

    def load(self) -> None:
        """Find what was said last, so that clients are answered before the first step. Raises DatabaseError."""
        if self._is_loaded:
            return
        said = self.log.load()
        self._is_loaded = True
        if said is not None:
            self._picture = said.picture
            self.broadcast.publish(said)

    def close(self) -> None:
        """End every stream, and take no more. From any thread, also while a step is being said."""
        self._closed.set()
        self.broadcast.close()

    def _take(self, snapshot: Snapshot, rows: list[Row]) -> None:
        picture = picture_of(snapshot, rows)
        before = self._waiting[-1].picture if self._waiting else self._picture
        gone = () if before is None else before.accounts.keys() - picture.accounts.keys()
        self._waiting.append(Told(picture, snapshot.ref, fates_of(snapshot, gone)))
        if not self._is_loaded:
            return
        try:
            while self._waiting:
                self.say(self._waiting[0])
                self._waiting.popleft()
        except DatabaseError as error:
            _log.warning("what happened could not be written, so it is not said yet", why=str(error))

    def say(self, told: Told) -> None:
        """Write and push until what was said is what is so. Raises DatabaseError: then it is not said yet."""
        while True:
            following = self._following(told)
            if following is None:
                return
            said = self.log.write(*following)
            if said is None:
                self._adopt()
            else:
                self._push(said)

    def _following(self, told: Told) -> tuple[Entry, list[Event], Picture] | None:
        """The next row on the way to `told`; None when there is nothing to say, or the log is ahead."""
        if self._picture is None or not self.log.branch:
            return self._whole(told)
        top, ref = self.log.branch[-1], told.ref
        if top.block_hash == ref.hash:
            return self._block(told, again=True)
        if ref.parent_hash == top.block_hash:
            return self._block(told)
        if self._is_on_chain(top):
            return None if top.block_number >= ref.number else self._block(told)
        return self._retraction(told)

    def _block(self, told: Told, *, again: bool = False) -> tuple[Entry, list[Event], Picture] | None:
        old, new = self._said_last, told.picture
        events = diff(old, new, told.fates)
        if again and not events:
            return None
        jumped = not again and told.ref.parent_hash != old.block.block_hash
        return Entry.BLOCK, [*events, new.ending(events, jumped=jumped)], new

    def _retraction(self, told: Told) -> tuple[Entry, list[Event], Picture]:
        """Back to the last block said that the chain still has; the whole list where the log does not reach it."""
        orphaned: dict[str, StreamMark] = {}
        ancestor = None
        for mark in reversed(self.log.branch):
            if mark.block_hash == told.ref.hash or (mark.block_number < told.ref.number and self._is_on_chain(mark)):
                ancestor = mark
                break
            orphaned[mark.block_hash] = mark
        target = None if ancestor is None else self._target(ancestor, told)
        if target is None:
            return self._whole(told)
        events = diff(self._said_last, target, told.fates)
        names = [{"block_number": mark.block_number, "block_hash": mark.block_hash} for mark in orphaned.values()]
        taken_back = Event(Kind.RETRACTION, {"orphaned": names})
        return Entry.RETRACTION, [taken_back, *events, target.ending(events, jumped=False)], target

    def _target(self, ancestor: StreamMark, told: Told) -> Picture | None:
        if ancestor.block_hash == told.ref.hash:
            return told.picture
        return self.log.picture_at(ancestor.seq)

    def _whole(self, told: Told) -> tuple[Entry, list[Event], Picture]:
        return Entry.LIST, told.picture.whole("relisted"), told.picture

    def _adopt(self) -> None:
        """Say what another server over this database wrote, as our own."""
        for said in self.log.news(self._picture):
            self._picture = said.picture
            self.broadcast.publish(said)

    def _push(self, said: Said) -> None:
        self._picture = said.picture
        self.broadcast.publish(said)
        self._since_base = 0 if said.mark.kind == Entry.LIST else self._since_base + 1
        if self._since_base >= _BASE_EVERY and self.log.write(Entry.BASE, said.picture.whole("base"), said.picture):
            self._since_base = 0
            self.log.prune(self.settings.keep_blocks)

    def _catch_up(self, snapshot: Snapshot) -> None:
        """Say the blocks since what was said last (or since where the chain left it), if they are few and known."""
        newest, branch = snapshot.ref, reversed(self.log.branch)
        start = next((mark for mark in branch if mark.block_number < newest.number and self._is_on_chain(mark)), None)
        if self._waiting or start is None or newest.number - start.block_number > _CATCH_UP:
            return
        top, stored = self.log.branch[-1], self.store.block(start.block_number)
        if stored is None or (start is top and newest.number - start.block_number == 1):
            return
        living = Living(self.store, replace(snapshot.asked, block=None), stored.ref)
        while not self._closed.is_set() and (step := living.step()) is not None:
            if step.orphaned or step.ref.number >= newest.number:
                return
            if step.ref.hash != top.block_hash:
                with living.reading() as between:
                    self._take(between, at_risk(between, Filters())[0])

    def _is_on_chain(self, mark: StreamMark) -> bool:
        stored, cursor = self.store.block(mark.block_number), self.store.cursor()
        if stored is not None:
            return stored.ref.hash == mark.block_hash
        return cursor is not None and mark.block_number < cursor.number  # its hash was forgotten: it is final

    @property
    def _said_last(self) -> Picture:
        if self._picture is None:
            raise NotFoundError("nothing was said yet")
        return self._picture
