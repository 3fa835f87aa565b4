"""The health report of the newest block at `/`: made once, by one thread of its own, for however many ask."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from indexer.api.doors import Doors
from indexer.errors import IndexerError
from indexer.reports.health.making import compared_report
from indexer.reports.health.rendering import SECURITY_POLICY, as_page, waiting_page
from indexer.reports.snapshot import open_snapshot

AT_MOST_EVERY_S = 15.0
_WAIT_S = 5
_HEADERS = {
    "Content-Security-Policy": f"{SECURITY_POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Page:
    """One report as it is sent: of a block, and of what was known of head and incidents when it was made."""

    block_hash: str
    body: bytes
    edition: str

    @property
    def etag(self) -> str:
        """The same block is told anew when it grows old."""
        return f'"{self.block_hash}-{self.edition}"'


class Pages:
    """The last page, made anew when it is asked for and old enough: how far behind it is changes without a block."""

    def __init__(
        self,
        make: Callable[[], Page],
        newest: Callable[[], str | None],
        every_s: float = AT_MOST_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`newest` is the hash of the newest block, None before the first."""
        self._make, self._newest, self._every_s, self._clock = make, newest, every_s, clock
        self._worker = ThreadPoolExecutor(1, "report-page")
        self._lock = threading.Lock()
        self._page: Page | None = None
        self._made = 0.0
        self._coming: Future[Page] | None = None

    def ask(self) -> Page | Future[Page] | None:
        """The page, or one that is on its way; None before the first block. Never waits."""
        if self._newest() is None:
            return None
        with self._lock:
            page = self._page
            if page is not None and self._clock() - self._made < self._every_s:
                return page
            if self._coming is None or self._coming.done():
                self._coming = self._worker.submit(self._renew)
            return self._coming

    def _renew(self) -> Page:
        page = self._make()
        with self._lock:
            self._page, self._made = page, self._clock()
        return page


def router(doors: Doors) -> APIRouter:
    """The route of `/`. It reads the block from the database, so that nobody's reading holds up the newest block."""
    pages, routes = Pages(partial(_made, doors), partial(_newest, doors)), APIRouter()

    @routes.get("/", include_in_schema=False)
    async def report_page(request: Request) -> Response:
        try:
            found = pages.ask()
            if isinstance(found, Future):
                found = await asyncio.shield(asyncio.wrap_future(found))
        except IndexerError as error:
            _log.warning("the report page cannot be made", why=str(error))
            found = None
        if found is None:
            headers = {**_HEADERS, "Retry-After": str(_WAIT_S), "Cache-Control": "no-store"}
            return HTMLResponse(waiting_page(), status_code=503, headers=headers)
        headers = {**_HEADERS, "ETag": found.etag}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(found.body, headers=headers)

    return routes


def _newest(doors: Doors) -> str | None:
    ref = doors.current.living.ref
    return None if ref is None else ref.hash


def _made(doors: Doors) -> Page:
    with open_snapshot(doors.store, doors.asked) as snapshot:
        answer = compared_report(snapshot, doors.store)
    return Page(answer["block_hash"], as_page(answer).encode(), snapshot.edition)
