"""One client of the stream: what waits for it, within bounds."""

import asyncio
from collections import deque

from indexer.api.stream.events import Wanted


class Client:
    """Lives on the event loop. What is put is shared with other clients, never copied."""

    def __init__(self, wanted: Wanted, most_bytes: int) -> None:
        self.wanted = wanted
        self.seq = 0
        """The last row of the log it has, or has waiting."""
        self._most_bytes = most_bytes
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._is_ending = False
        self._news = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for it."""
        return not self._waiting

    def put(self, piece: bytes) -> bool:
        """Have a piece wait. False, and nothing taken, when too much would: the client is too slow.

        A single piece may be larger than the bound, or nobody would ever get it.
        """
        if self._waiting and self._bytes + len(piece) > self._most_bytes:
            return False
        self._waiting.append(piece)
        self._bytes += len(piece)
        self._news.set()
        return True

    def end(self, last: bytes | None = None) -> None:
        """Forget what waits, say `last`, and end."""
        self._waiting.clear()
        if last is not None:
            self._waiting.append(last)
        self._is_ending = True
        self._news.set()

    async def take(self) -> bytes | None:
        """Wait for the next piece; None at the end."""
        while not self._waiting:
            if self._is_ending:
                return None
            self._news.clear()
            await self._news.wait()
        piece = self._waiting.popleft()
        self._bytes -= len(piece)
        return piece
