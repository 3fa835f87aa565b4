"""An answer as bytes: encoded once, its lag written anew whenever it changes.

The ETag names the block, the edition of what is known beside its state (verification, incidents), the head and the
finality. It is weak, because the same ETag may go with another `lag_seconds` and `head_observed_at`: time alone moves
those. So they are headers too, of a 304 as well: an unchanged answer of a dead sync must not look fresh.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from fastapi import Response
from starlette.types import Receive, Scope, Send

from indexer.book import Book
from indexer.reports.envelope import Answer, envelope
from indexer.reports.snapshot import Snapshot
from indexer.store import HeadsSeen

Headers = list[tuple[bytes, bytes]]
_NOTHING = {"type": "http.response.body", "body": b""}


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer as of one second: ASGI messages, ready to send."""

    second: int
    heads: HeadsSeen | None
    etag: bytes
    start: dict[str, Any]
    body: dict[str, Any]
    start_unchanged: dict[str, Any]


class Answered:
    """One answer of one block."""

    __slots__ = ("_shown", "_tail", "stand")

    def __init__(self, stand: Snapshot, rest: Answer) -> None:
        """`rest` is what follows the envelope; `stand` is kept without its state (`standing`)."""
        self.stand = stand
        self._tail = msgspec.json.encode(rest)
        self._shown: Shown | None = None

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return 2 * len(self._tail)

    def shown(self, heads: HeadsSeen | None) -> Shown:
        """The answer now, `heads` being the newest ones seen."""
        second, shown = int(self.stand.asked.clock()), self._shown
        if shown is None or shown.second != second or shown.heads is not heads:
            shown = self._shown = self._encoded(heads, second)
        return shown

    def _encoded(self, heads: HeadsSeen | None, second: int) -> Shown:
        stand = replace(self.stand, heads=heads or self.stand.heads)
        place = envelope(stand)
        head = msgspec.json.encode(place)
        body = head if self._tail == b"{}" else b"%b,%b" % (head[:-1], self._tail[1:])
        etag = f'W/"{place["block_hash"][2:]}-{stand.edition}-{place["head_block"]}-{place["finality"]}"'.encode()
        common: Headers = [
            (b"etag", etag),
            (b"cache-control", b"no-cache"),
            (b"lag-blocks", str(place["lag_blocks"]).encode()),
            (b"lag-seconds", str(place["lag_seconds"]).encode()),
        ]
        told: Headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *common]
        return Shown(
            second,
            heads,
            etag,
            {"type": "http.response.start", "status": 200, "headers": told},
            {"type": "http.response.body", "body": body},
            {"type": "http.response.start", "status": 304, "headers": common},
        )


def answered(snapshot: Snapshot, answer: Answer) -> Answered:
    """An answer of `reports`, which begins with the envelope of `snapshot`."""
    place = envelope(snapshot)
    return Answered(standing(snapshot), {name: value for name, value in answer.items() if name not in place})


def standing(snapshot: Snapshot) -> Snapshot:
    """Which block it is and what its envelope needs, without its state: small enough to keep."""
    return replace(snapshot, book=Book(), deployments=[], tokens={}, verified={}, _usd_prices=None)


class Ready(Response):
    """An answer as a response of the application."""

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or 304 where the client has it."""
        del receive
        for message in messages(self._shown, scope["headers"]):
            await send(message)


def messages(shown: Shown, headers: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is sent to who asked with these headers."""
    if is_unchanged(headers, shown.etag):
        return shown.start_unchanged, _NOTHING
    return shown.start, shown.body


def is_unchanged(headers: Iterable[tuple[bytes, bytes]], etag: bytes) -> bool:
    """Whether one of the request's If-None-Match is the ETag, compared weakly (RFC 9110, 13.1.2), or `*`."""
    opaque = etag.removeprefix(b"W/")
    for name, line in headers:
        if name == b"if-none-match":
            for each in line.split(b","):
                if each.strip().removeprefix(b"W/") == opaque or each.strip() == b"*":
                    return True
    return False
