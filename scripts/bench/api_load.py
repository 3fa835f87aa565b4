"""A load generator that costs little: keep-alive connections that count bytes and look at nothing else.

Each connection sends its request again as soon as the answer is complete. The answer's head is read once; as long as
the next answer begins with the same status its length is taken from its own content-length.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Load:
    """What so many seconds of it came to. `p99_ms` is of the time from a request to its answer's last byte."""

    requests_per_s: float
    p99_ms: float
    answer_bytes: int


def load(url: str, *, connections: int, seconds: float) -> Load:
    """Ask for `url` on so many connections for so long. Raises RuntimeError when an answer is not 200."""
    return uvloop.run(_load(url, connections, seconds))


async def _load(url: str, connections: int, seconds: float) -> Load:
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    asking = [_Asking(request, loop.create_future()) for _ in range(connections)]
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    for one in asking:
        one.until = until
        await loop.create_connection(partial(_same, one), parts.hostname or "", parts.port or 80)
    await asyncio.gather(*(one.ended for one in asking))
    took = time.perf_counter() - began
    times = sorted(second for one in asking for second in one.times)
    return Load(len(times) / took, times[int(len(times) * 0.99)] * 1e3, asking[0].length)


def _same(one: "_Asking") -> "_Asking":
    return one


class _Asking(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, ended: asyncio.Future[None]) -> None:
        self._request = request
        self.ended = ended
        self.times: list[float] = []
        self.until = 0.0
        self.length = 0
        self._head = b""
        self._missing = 0
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Count, and ask again at the end."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(_HEAD_END)
            if end < 0:
                return
            self.length = self._length(self._head[:end])
            self._missing = self.length - (len(self._head) - end - len(_HEAD_END))
            self._head = b""
        if self._missing == 0:
            now = time.perf_counter()
            self.times.append(now - self._asked_at)
            if now < self.until:
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, a good one where the time is over."""
        if self.ended.done():
            return
        if exc is not None or time.perf_counter() < self.until:
            self.ended.set_exception(exc or RuntimeError("the server closed the connection"))
        else:
            self.ended.set_result(None)

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(self._request)

    def _length(self, head: bytes) -> int:
        if not head.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(RuntimeError(f"the answer is {head[:200]!r}"))
        low = head.lower()
        at = low.index(_LENGTH) + len(_LENGTH)
        return int(low[at : low.find(b"\r\n", at) if b"\r\n" in low[at:] else None])
