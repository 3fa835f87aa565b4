"""Who answers from where: light questions from the newest block as it stands, heavy ones from a block of their own.

While a light answer is computed the newest block does not move, so what may take long, or asks a node, never reads it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fastapi import Request, Response

from indexer.api.answered import Answered, Ready, answered
from indexer.api.asking import BlockQuery, WatchQuery
from indexer.api.cursor import Cursor, Position, Q, Shape, knowledge, read_cursor
from indexer.api.doors import Doors
from indexer.api.faults import cursor_gone, not_ready
from indexer.api.hot import Asked, Pages
from indexer.api.listings import (
    AT_RISK,
    LIQUIDATABLE,
    Listing,
    Listings,
    Places,
    is_wide,
    listing_of,
    watch_listing,
    watch_shape,
)
from indexer.api.past import PastBlocks
from indexer.api.pools import Pool
from indexer.reports.accounts import Filters, at_risk
from indexer.reports.envelope import Answer
from indexer.reports.living import Step
from indexer.reports.rows import Row
from indexer.reports.snapshot import Snapshot

Ask = Callable[[Snapshot], Answer]
ShapeOf = Callable[[Q], Shape]
Make = Callable[[Snapshot, Q, Position | None], Answered | None]
"""Reads the rows behind a position; None where the store has left the snapshot's block."""
_READY = ((AT_RISK, b""), (AT_RISK, b"limit=100"), (LIQUIDATABLE, b""), (LIQUIDATABLE, b"limit=100"))


@dataclass
class Desk:
    """One per application."""

    doors: Doors
    pages: Pages = field(init=False)
    past: PastBlocks = field(init=False)
    listings: Listings = field(default_factory=Listings)
    places: Places = field(default_factory=Places)
    light: Pool = field(default_factory=lambda: Pool("light", workers=4, waiting=200))
    heavy: Pool = field(default_factory=lambda: Pool("heavy", workers=2, waiting=8))

    def __post_init__(self) -> None:
        self.pages, self.past = Pages(self.doors.current.living), PastBlocks(self.doors)

    @property
    def newest(self) -> Snapshot:
        """The newest block, not held. Raises ApiFault 503 before there is one."""
        snapshot = self.doors.current.living.newest
        if snapshot is None:
            raise not_ready()
        return snapshot

    def start(self) -> None:
        """Follow the newest block from now on."""
        current = self.doors.current
        current.listen(self.turn)
        if current.living.newest is not None:
            with current.living.reading() as snapshot:
                rows, _ = at_risk(snapshot, Filters())
                self.turn(snapshot, None, rows)

    def turn(self, snapshot: Snapshot, _: Step | None, rows: Sequence[Row]) -> None:
        """The block moved (a listener of `Current`): have the watch list ready. `rows` are all of it, unfiltered."""
        question, ready = WatchQuery(), dict[Asked, Answered]()
        for kind in (AT_RISK, LIQUIDATABLE):
            listing = listing_of(snapshot, kind, question, rows)
            self.listings.keep(listing)
            page = listing.page(None, question.limit)
            ready |= {(f"/v1/{name}", query): page for name, query in _READY if name == kind}
        self.pages.turn(snapshot.edition, ready)

    async def answer(self, request: Request, ask: Ask, moment: BlockQuery | None = None) -> Response:
        """A light question: of the newest block from it, of any other from a block of its own."""
        if moment is not None and moment.is_elsewhere:
            return await self.long_answer(request, ask, moment)
        key = (request.url.path, request.scope["query_string"], self.newest.edition)
        answer = await self.light.once(key, lambda: self._of_newest(ask))
        self._keep(request, answer)
        return self._shown(answer)

    async def long_answer(self, request: Request, ask: Ask, moment: BlockQuery, *, is_lasting: bool = True) -> Response:
        """A heavy question; asked twice at once, or again of the same block (`is_lasting`), it is computed once."""
        newest = self.newest
        key = (request.url.path, request.scope["query_string"], newest.edition)

        def compute() -> Answered:
            snapshot = self.past.at(moment.block, moment.moment)
            return answered(snapshot, ask(snapshot))

        answer = await self.heavy.once(key, compute)
        if is_lasting and not moment.is_elsewhere and answer.stand.ref == newest.ref:
            self._keep(request, answer, newest.edition)
        return self._shown(answer)

    async def watch_page(self, request: Request, kind: str, query: WatchQuery) -> Response:
        """A page of the watch list."""
        if query.cursor is None:
            listing = await self._first(kind, query)
            page = listing.page(None, query.limit)
            self._keep(request, page)
        else:
            cursor = self._read(query, kind, watch_shape)
            listing = await self._again(cursor)
            page = listing.page(cursor.after, query.limit)
        return self._shown(page)

    async def page(self, request: Request, kind: str, query: Q, shape: ShapeOf[Q], make: Make[Q]) -> Response:
        """A page of a list that is not kept as a whole: `make` reads the rows behind a position."""
        asked, after, block, block_hash = query, None, query.block, None
        if query.cursor is not None:
            cursor = self._read(query, kind, shape)
            asked = cursor.question.model_copy(update={"limit": query.limit})
            after, block, block_hash = cursor.after, cursor.block, cursor.block_hash
        newest = self.newest
        is_newest = (block, block_hash) in ((None, None), (newest.ref.number, newest.ref.hash))
        answer = None
        if is_newest and asked.moment is None:
            answer = await self.light.run(lambda: self._page_of_newest(asked, after, block_hash, make))
        if answer is None:
            answer = await self.heavy.run(lambda: self._page_of_past(block, block_hash, asked, after, make))
        elif query.cursor is None:
            self._keep(request, answer)
        return self._shown(answer)

    def close(self) -> None:
        """Begin nothing new."""
        self.light.close()
        self.heavy.close()

    async def _first(self, kind: str, query: WatchQuery) -> Listing:
        """The list of a question that comes without a cursor."""
        question, newest = query.question, self.newest
        if question.block is not None or question.at_timestamp is not None or is_wide(question.filters):
            listing = await self.heavy.once(
                (kind, question, newest.edition),
                lambda: watch_listing(self.past.at(question.block, question.at_timestamp), kind, question),
            )
        else:
            found = self.listings.find(newest.ref.number, newest.ref.hash, kind, question)
            if found is not None and found.stand.edition == newest.edition:
                return found
            listing = await self.light.once(
                (kind, question, newest.edition), lambda: self._watch_of_newest(kind, question)
            )
        self.listings.keep(listing)
        return listing

    async def _again(self, cursor: Cursor[WatchQuery]) -> Listing:
        """The list a cursor belongs to: kept, or of its block loaded anew."""
        kind, question, newest = cursor.kind, cursor.question, self.newest
        is_newest = (cursor.block, cursor.block_hash) == (newest.ref.number, newest.ref.hash)
        found = self.listings.find(cursor.block, cursor.block_hash, kind, question)
        if found is not None:
            there = is_newest or await self.light.run(lambda: self.past.is_on_chain(cursor.block, cursor.block_hash))
            if not there:
                raise cursor_gone(f"block {cursor.block} of this cursor was orphaned")
            return found
        if is_newest:
            listing = await self._first(kind, question)
            if listing.stand.ref.hash == cursor.block_hash:
                return listing
        listing = await self.heavy.once(
            (kind, question, cursor.block_hash),
            lambda: watch_listing(
                self.past.exactly(cursor.block, cursor.block_hash, question.at_timestamp), kind, question
            ),
        )
        self.listings.keep(listing)
        return listing

    def _read(self, query: Q, kind: str, shape: ShapeOf[Q]) -> Cursor[Q]:
        """The question's cursor. Raises ApiFault 400, and 410 where other accounts are quarantined now."""
        cursor = read_cursor(query, kind, shape)
        if cursor.knowledge != knowledge(self.newest.incidents):
            raise cursor_gone("what is known to be wrong has changed since this cursor was made")
        return cursor

    def _of_newest(self, ask: Ask) -> Answered:
        with self.doors.current.living.reading() as snapshot:
            return answered(snapshot, ask(snapshot))

    def _watch_of_newest(self, kind: str, question: WatchQuery) -> Listing:
        with self.doors.current.living.reading() as snapshot:
            return watch_listing(snapshot, kind, question)

    def _page_of_newest(
        self, query: Q, after: Position | None, block_hash: str | None, make: Make[Q]
    ) -> Answered | None:
        """None: the newest block is not that of the hash any more, or the store has left it."""
        with self.doors.current.living.reading() as snapshot:
            return None if block_hash not in (None, snapshot.ref.hash) else make(snapshot, query, after)

    def _page_of_past(
        self, block: int | None, block_hash: str | None, query: Q, after: Position | None, make: Make[Q]
    ) -> Answered:
        at, past = query.moment, self.past
        with self.doors.store.snapshot():  # the block and what `make` reads beside it are of one moment
            if block is None or block_hash is None:
                answer = make(past.at(block, at), query, after)
            else:
                answer = make(past.exactly(block, block_hash, at), query, after)
        if answer is None:
            raise not_ready()
        return answer

    def _keep(self, request: Request, answer: Answered, edition: str | None = None) -> None:
        """Have it ready for the next who asks the same of this block, which is newest in `edition`."""
        scope = request.scope
        self.pages.put((scope["path"], scope["query_string"]), answer, scope["route"], edition or answer.stand.edition)

    def _shown(self, answer: Answered) -> Response:
        return Ready(answer.shown(self.pages.heads))
