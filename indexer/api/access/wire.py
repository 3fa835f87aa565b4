"""One connection, watched: no request line, header or silence of a client's may cost more than it is allowed to.

uvicorn's protocol parses with httptools, which holds a header for as long as bytes of it come. So the bytes of an
unfinished head are counted here, its time is limited, and a client that does not read what it asked for is cut off.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from indexer.api.access.refusals import LARGE_HEAD, LONG_LINE, MALFORMED, TOO_MANY, TOO_SLOW, Refusal


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds of one connection, and how many there may be."""

    request_line_bytes: int
    header_bytes: int
    connections: int
    head_s: float = 10.0
    """From a request's first byte (or the connection's beginning) to the end of its headers."""
    unread_s: float = 30.0
    """How long answers may wait for a client that does not read."""


class _Refused(Exception):
    """Ends the parsing."""


class WatchedConnection(HttpToolsProtocol):
    """A connection under `limits`, set by `watched`."""

    limits: Limits

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **kwargs)
        self._refusal = MALFORMED
        self._unfinished = 0
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or refuse it where there are too many."""
        if len(self.connections) >= self.limits.connections:
            self.transport = transport
            transport.write(TOO_MANY.raw())
            transport.close()
            return
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers with the connection."""
        self._unwatch_head()
        self._unwatch_reading()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then look at what an unfinished head has come to."""
        if self.transport is None or self.transport.is_closing():
            return
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            self._unfinished = 0
            return
        if self._head_timer is None:
            self._watch_head()
        self._unfinished += len(data)
        if self._unfinished > self.limits.request_line_bytes + self.limits.header_bytes:
            self._refuse(LARGE_HEAD if self.headers else LONG_LINE)

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there: the application is asked, unless it is too large."""
        self._in_head = False
        self._unwatch_head()
        if len(self.url) > self.limits.request_line_bytes:
            self._refusal = LONG_LINE
            raise _Refused
        if sum(len(name) + len(value) + 4 for name, value in self.headers) > self.limits.header_bytes:
            self._refusal = LARGE_HEAD
            raise _Refused
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Whatever ended the parsing, in the API's own words."""
        del msg
        self._refuse(self._refusal)

    def pause_writing(self) -> None:
        """The client does not read: for a while."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._unwatch_reading()
        super().resume_writing()
        self._watch_the_rest()

    def on_response_complete(self) -> None:
        """An answer is written, which does not mean read."""
        super().on_response_complete()
        self._watch_the_rest()

    def timeout_keep_alive_handler(self) -> None:
        """An idle connection ends; what its client never read is thrown away."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _refuse(self, refusal: Refusal) -> None:
        cycle = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.abort()  # an answer is under way: nothing can be said in its midst
            return
        self.transport.write(refusal.raw())
        self.transport.close()

    def _watch_head(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_s, self._head_took_too_long)

    def _unwatch_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_took_too_long(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse(TOO_SLOW)

    def _watch_reading(self) -> None:
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self.limits.unread_s, self._abort)

    def _watch_the_rest(self) -> None:
        """A connection that is being closed waits for its last bytes to be read: not for ever."""
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._watch_reading()

    def _unwatch_reading(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _abort(self) -> None:
        self._unread_timer = None
        self.transport.abort()


def watched(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol class for uvicorn."""
    return cast("type[asyncio.Protocol]", type("Watched", (WatchedConnection,), {"limits": limits}))
