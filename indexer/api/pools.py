"""Threads that compute answers: so many at a time, so many waiting, and who comes then is told to come again."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from indexer.api.faults import busy

T = TypeVar("T")


class Pool:
    """A bounded pool. Used from one event loop."""

    def __init__(self, name: str, *, workers: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=f"api-{name}")
        self._most = workers + waiting
        self._inside = 0
        self._flying: dict[Hashable, asyncio.Future[Any]] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """The outcome of `work`, done in a thread. Raises ApiFault 503 when the pool is full."""
        if self._inside >= self._most:
            raise busy()
        self._inside += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._left)  # when the work is done, not when its asker went away
        return await asyncio.shield(future)

    async def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """As `run`; whoever asks for the same `key` meanwhile gets the same outcome."""
        flying = self._flying.get(key)
        if flying is None:
            flying = asyncio.ensure_future(self.run(work))
            self._flying[key] = flying
            flying.add_done_callback(lambda _: self._flying.pop(key, None))
        outcome: T = await asyncio.shield(flying)
        return outcome

    def close(self) -> None:
        """Begin nothing new; what runs is let run."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _left(self, future: asyncio.Future[Any]) -> None:
        self._inside -= 1
        if not future.cancelled():
            future.exception()  # looked at: an asker who went away leaves it to nobody
