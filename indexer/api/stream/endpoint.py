"""`GET /v1/stream`: server-sent events, for as long as the client stays."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Header, HTTPException, Query, Response
from starlette.types import Receive, Scope, Send

from indexer.api.doors import Doors
from indexer.api.stream.announcer import Announcer
from indexer.api.stream.client import Client
from indexer.api.stream.events import Group, Wanted
from indexer.api.stream.replay import Position, missed, whole
from indexer.errors import DatabaseError, NotFoundError

_RETRY_S = 5
_START = b"retry: 1000\n\n"
_PIECE = 2**18
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_DESCRIPTION = (
    "Server-sent events: `reset` (forget what you have, the list follows), `enter`, `change` and `leave` of the watch "
    "list, `price`, `pending`, `block` (ends every block's events), `retraction` (blocks that were orphaned are taken "
    "back), `heartbeat`, `dropped`. At each `block` a client that applied all events holds the rows of `/v1/at-risk`. "
    "Go on after a break with `Last-Event-ID`: nothing is missed or repeated. docs/stream.md has every field."
)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, without end.",
        "content": {"text/event-stream": {"schema": {"type": "string", "description": "id, event and data (JSON)"}}},
    },
    503: {"description": "No block was said yet, or no more streams are let in: try again."},
}
_log = structlog.get_logger()


def router(doors: Doors, announcer: Announcer) -> APIRouter:
    """The stream of what `announcer` says. `doors.current` has to have it as a listener."""
    made = APIRouter(prefix="/v1", tags=["stream"])

    @made.get(
        "/stream",
        response_class=EventStream,
        status_code=200,
        responses=_ANSWERS,
        description=_DESCRIPTION,
        summary="Stream",
    )
    async def stream(
        deployment: Annotated[
            list[str] | None, Query(description="only these deployments' accounts and prices")
        ] = None,
        events: Annotated[list[Group] | None, Query(description="only these; blocks always come")] = None,
        last_event_id: Annotated[str | None, Header(description="go on after this event")] = None,
    ) -> Response:
        if deployment is not None:
            await asyncio.to_thread(_refuse_unknown, doors, deployment)
        wanted = Wanted(
            None if deployment is None else frozenset(deployment), None if events is None else frozenset(events)
        )
        if announcer.broadcast.tip is None:
            raise _unavailable("no block was read fully yet: sync is on its way")
        if not announcer.broadcast.admit():
            raise _unavailable("all streams are taken: try again later")
        return EventStream(announcer, wanted, last_event_id)

    return made


def _refuse_unknown(doors: Doors, names: list[str]) -> None:
    known = {deployment.name for deployment in doors.store.deployments()}
    for name in names:
        if name not in known:
            raise NotFoundError(f"no deployment {name!r}; there are: {', '.join(sorted(known)) or 'none'}")


def _unavailable(why: str) -> HTTPException:
    return HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, why, {"retry-after": str(_RETRY_S)})


class EventStream(Response):
    """One client's stream. It was admitted already, and leaves at the end."""

    media_type = "text/event-stream"

    def __init__(self, announcer: Announcer, wanted: Wanted, last_event_id: str | None) -> None:
        super().__init__()
        self._announcer = announcer
        self._broadcast = announcer.broadcast
        self._event_id = last_event_id
        self._client = Client(wanted, announcer.settings.buffer_bytes)
        self._was_cut_off = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the client goes, is too slow, or the server ends."""
        del scope
        watching = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": _HEADERS})
            async for piece in self._pieces():
                for start in range(0, len(piece), _PIECE):
                    part = piece if len(piece) <= _PIECE else piece[start : start + _PIECE]
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            if not self._was_cut_off:
                raise
            _log.info("a stream was cut off: its client takes nothing any more")
        finally:
            self._broadcast.leave(self._client)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield _START
        try:
            async for piece in self._until_up_to_date():
                yield piece
        except DatabaseError as error:
            _log.warning("a stream ends: what was missed cannot be read", why=str(error))
            return
        while (waiting := await self._client.take()) is not None:
            yield waiting

    async def _until_up_to_date(self) -> AsyncIterator[bytes]:
        """What was missed, or the whole list; then the client has joined."""
        wanted, log, cut_off = self._client.wanted, self._announcer.log, self._cut_off_by(asyncio.current_task())
        position = Position.read(self._event_id)
        while position is not None and not self._broadcast.is_closed:
            tip = self._broadcast.tip
            if tip is None or position.seq > tip.seq:
                break
            found = await asyncio.to_thread(missed, log, position, tip.seq, wanted)
            if found is None:
                break
            if found.piece:
                yield found.piece
            position = found.position
            if position.seq == tip.seq and self._broadcast.join(self._client, cut_off, tip.seq):
                return
        reason = "new" if self._event_id is None else "unknown_id"
        joined = self._broadcast.join(self._client, cut_off)
        if joined is not None:
            pieces = whole(joined, wanted, reason)
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece

    def _cut_off_by(self, task: "asyncio.Task[Any] | None") -> Callable[[], None]:
        def cut_off() -> None:
            self._was_cut_off = True
            if task is not None:
                task.cancel()

        return cut_off

    async def _watch(self, receive: Receive) -> None:
        """See the client go, also while nothing is said."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._client.end()


__all__ = ["EventStream", "router"]
