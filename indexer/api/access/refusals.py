"""What is said instead of an answer: one JSON shape; the connection ends where the request cannot be finished."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Send

READING = ("GET", "HEAD", "OPTIONS")
ALLOW = ", ".join(READING).encode()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, why in one sentence, and headers beside the usual ones."""

    status: HTTPStatus
    why: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    closes: bool = True

    @property
    def body(self) -> bytes:
        """`{"error": {"code", "message"}}`, as every error of the API."""
        code = self.status.phrase.lower().replace(" ", "_").replace("-", "_")
        return msgspec.json.encode({"error": {"code": code, "message": self.why}})

    def head(self) -> list[tuple[bytes, bytes]]:
        """The response's headers."""
        own = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode())]
        if self.closes:
            own.append((b"connection", b"close"))
        return [*own, *self.headers]

    async def send(self, send: Send) -> None:
        """Answer with it."""
        await send({"type": "http.response.start", "status": self.status.value, "headers": self.head()})
        await send({"type": "http.response.body", "body": self.body})

    def raw(self) -> bytes:
        """The whole response, where there is no request to answer yet."""
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}".encode()]
        lines += [name + b": " + value for name, value in self.head()]
        return b"\r\n".join([*lines, b"", self.body])


NOT_READING = Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "the API only reads: GET, HEAD or OPTIONS", ((b"allow", ALLOW),))
HAS_BODY = Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the API only reads: a request has no body")
FOREIGN_HOST = Refusal(
    HTTPStatus.MISDIRECTED_REQUEST,
    "without keys the API answers this machine only: call it as localhost or 127.0.0.1, or set [[api.keys]]",
)
NO_KEY = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "a key is needed: send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`",
    ((b"www-authenticate", b'Bearer realm="indexer"'),),
)
LONG_LINE = Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "the request line is too long")
LARGE_HEAD = Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large")
MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "this is not HTTP")
TOO_SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "the request did not come to its end in time")
TOO_MANY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: come back soon", ((b"retry-after", b"5"),))
OUR_FAULT = Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "the request failed here; the log says why")


def too_fast(wait_s: float) -> Refusal:
    """The rate is used up; `wait_s` is when the next request is allowed."""
    seconds = max(1, int(wait_s) + (wait_s > int(wait_s)))
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many requests: the next one in {seconds} s",
        ((b"retry-after", str(seconds).encode()),),
        closes=False,
    )


_ANYWHERE = (NOT_READING, HAS_BODY, FOREIGN_HOST, NO_KEY, LONG_LINE, LARGE_HEAD, MALFORMED, TOO_SLOW, TOO_MANY)
_TEXTS = {"code": {"type": "string"}, "message": {"type": "string"}}
_ERROR = {"type": "object", "required": ["code", "message"], "properties": _TEXTS}
_SHAPE = {"type": "object", "required": ["error"], "properties": {"error": _ERROR}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    one.status.value: {"description": one.status.phrase, "content": {"application/json": {"schema": _SHAPE}}}
    for one in (*_ANYWHERE, too_fast(1))
}
"""What any request may be answered with, for the OpenAPI document (`FastAPI(responses=RESPONSES)`)."""
