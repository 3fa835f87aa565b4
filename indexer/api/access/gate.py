"""The gate before the application: only reading, only those who may, and not too often.

An ASGI middleware around everything. Without keys the API listens on loopback only (see `api/server.py`): every program
of this machine may ask as often as it likes, a web page in a browser here may not. With keys every request carries one,
on loopback too; `/healthz` alone stays open, for whoever restarts what does not answer, and says nothing but that.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer.api.access.hosts import is_local_name
from indexer.api.access.keys import Keys
from indexer.api.access.rates import Rates
from indexer.api.access.refusals import (
    ALLOW,
    FOREIGN_HOST,
    HAS_BODY,
    NO_KEY,
    NOT_READING,
    OUR_FAULT,
    READING,
    Refusal,
    too_fast,
)
from indexer.settings.sections import ApiSettings

OPEN_PATHS = frozenset(("/healthz",))
_NO_ROUTE = "none"
_MOST_TEMPLATES = 1_024
_WELL = (200, 304)
_WORDS = re.compile(r"(/v1)?(/[a-z-]+){1,3}")
_LOOKED_AT = frozenset((b"host", b"authorization", b"x-api-key", b"content-length", b"transfer-encoding"))

Seen = Callable[[str, str, int, float], None]
"""Told of every request: the route's template, the method, the status, and the seconds until its first byte."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Answering:
    """What of an answer went out; a HEAD request gets the headers of its GET and no body."""

    send: Send
    is_head: bool
    began: float
    status: int = 0
    seconds: float = 0.0
    """Until the answer's first byte: a stream's last one may be hours away."""
    done: bool = False

    async def __call__(self, message: Message) -> None:
        if self.done:
            return
        await self.send(message)
        if message["type"] == "http.response.start":
            self.status, self.seconds = message["status"], perf_counter() - self.began
            if self.is_head:
                self.done = True
                await self.send({"type": "http.response.body", "body": b""})
        else:
            self.done = not message.get("more_body", False)


class Gate:
    """Lets requests through to `app`, or refuses them. `seen` is told of all. For one event loop."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, seen: Seen) -> None:
        self._app = app
        self._keys = Keys(settings.keys)
        self._rates = Rates(settings.requests_per_minute, settings.burst)
        self._strangers = Rates(settings.requests_per_minute, settings.burst)
        self._seen = seen
        self._templates: dict[str, str] = {}
        """By path, for answers that were ready before the application looked for a route."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        answering = _Answering(send, method == "HEAD", perf_counter())
        refusal = self._refusal(scope)
        route = _NO_ROUTE
        if refusal is not None:
            await refusal.send(answering)
        elif method == "OPTIONS":
            await _tell_what_is_allowed(answering)
        else:
            inner = {**scope, "method": "GET"} if answering.is_head else scope
            await self._let_through(inner, receive, answering)
            route = self._template(inner, answering.status)
        self._seen(route, method if method in READING else "other", answering.status, answering.seconds)

    async def _let_through(self, scope: Scope, receive: Receive, answering: _Answering) -> None:
        try:
            await self._app(scope, receive, answering)
        except Exception as error:
            _log.exception(
                "a request failed",
                route=self._template(scope, answering.status),
                why=f"{type(error).__name__}: {error}",
            )
            if answering.done:
                return  # FastAPI has answered with its 500, and told us too
            if answering.status:
                raise  # what was begun is cut off
            await OUR_FAULT.send(answering)

    def _refusal(self, scope: Scope) -> Refusal | None:
        """Why a request is not let through."""
        headers: dict[bytes, bytes] = {name: value for name, value in scope["headers"] if name in _LOOKED_AT}
        if not self._keys and not is_local_name(headers.get(b"host", b"")):
            return FOREIGN_HOST
        if self._keys and scope["path"] not in OPEN_PATHS:
            refusal = self._refuse_by_key(scope, headers)
            if refusal is not None:
                return refusal
        if scope["method"] not in READING:
            return NOT_READING
        has_body = b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
        return HAS_BODY if has_body else None

    def _refuse_by_key(self, scope: Scope, headers: dict[bytes, bytes]) -> Refusal | None:
        """Who has no key is counted by address, so that asking for nothing costs little too."""
        name = self._keys.name_of(headers.get(b"authorization"), headers.get(b"x-api-key"))
        if name is not None:
            wait_s = self._rates.wait_s(name)
            return too_fast(wait_s) if wait_s else None
        client = scope.get("client")
        wait_s = self._strangers.wait_s("" if client is None else client[0])
        return too_fast(wait_s) if wait_s else NO_KEY

    def _template(self, scope: Scope, status: int) -> str:
        """The route's template (`/v1/accounts/{address}`), never just any path: there are endless many.

        An answer that was ready passed no route. It has the path of one that did, or of a route without parameters:
        words only, and nothing else is answered well under such a path.
        """
        path: str = scope["path"]
        route: Any = scope.get("route")
        if route is None:
            is_fixed = status in _WELL and _WORDS.fullmatch(path)
            return self._templates.get(path) or (path if is_fixed else _NO_ROUTE)
        template: str = getattr(route, "path", None) or _NO_ROUTE
        if len(self._templates) >= _MOST_TEMPLATES:
            self._templates.clear()
        self._templates[path] = template
        return template


async def _tell_what_is_allowed(send: Send) -> None:
    """OPTIONS. No CORS header: no page of another origin may read the answers."""
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", ALLOW)]})
    await send({"type": "http.response.body", "body": b""})
