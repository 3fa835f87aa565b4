"""What is said when there is no answer: one JSON shape for every error, whatever it is."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from indexer.errors import (
    ArithmeticOverflow,
    DatabaseError,
    DatabaseUnavailable,
    HistoryError,
    IndexerError,
    NodeError,
    NotFoundError,
    UserError,
)
from indexer.reports.text import harmless

RETRY_S = 2
_KNOWN = (
    (HistoryError, HTTPStatus.NOT_FOUND, "block_not_available"),
    (NotFoundError, HTTPStatus.NOT_FOUND, "not_found"),
    (DatabaseUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
    (DatabaseError, HTTPStatus.SERVICE_UNAVAILABLE, "database_error"),
    (NodeError, HTTPStatus.SERVICE_UNAVAILABLE, "node_unavailable"),
    (UserError, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"),
    (ArithmeticOverflow, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"),
)
"""The program's own errors; the first that fits."""
_log = structlog.get_logger()
_LONGEST = 500


class ApiFault(Exception):
    """An answer that is an error: `code` for programs, `message` and `hint` for people."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, *, hint: str | None = None, retry_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_s = retry_s

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """The error as an HTTP response."""
        told: dict[str, str] = {"code": self.code, "message": harmless(self.message)[:_LONGEST]}
        if self.hint is not None:
            told["hint"] = self.hint
        sent = {"cache-control": "no-store", **(headers or {})}
        if self.retry_s is not None:
            sent["retry-after"] = str(self.retry_s)
        body = msgspec.json.encode({"error": told})
        return Response(body, status_code=self.status, headers=sent, media_type="application/json")


def not_ready() -> ApiFault:
    """Nothing was read fully yet."""
    return ApiFault(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not_ready",
        "the first backfill is on its way: no block was read fully yet",
        hint="/v1/status tells how far it is",
        retry_s=RETRY_S * 5,
    )


def busy() -> ApiFault:
    """Too much of this kind is being computed."""
    return ApiFault(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        "too many answers of this kind are being computed: ask again in a moment",
        retry_s=RETRY_S,
    )


def cursor_gone(why: str) -> ApiFault:
    """The list a cursor belongs to cannot be told any more."""
    return ApiFault(HTTPStatus.GONE, "cursor_gone", f"{why}: start again without a cursor")


def bad_cursor(why: str) -> ApiFault:
    """No cursor of ours, or one of another question."""
    return ApiFault(HTTPStatus.BAD_REQUEST, "bad_cursor", f"{why}: take `next_cursor` of the page before, unchanged")


def explained(error: IndexerError) -> ApiFault:
    """An error of the program's own as one of the API."""
    for kind, status, code in _KNOWN:
        if isinstance(error, kind):
            retry_s = RETRY_S if status is HTTPStatus.SERVICE_UNAVAILABLE else None
            return ApiFault(status, code, str(error), retry_s=retry_s)
    return ApiFault(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "a defect of the program: its log says more")


def install(app: FastAPI) -> None:
    """Have every error of `app` answered in the one shape."""
    app.add_exception_handler(ApiFault, _of_ours)
    app.add_exception_handler(IndexerError, _of_the_program)
    app.add_exception_handler(RequestValidationError, _of_the_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _defect)


async def _of_ours(_: Request, error: Exception) -> Response:
    if not isinstance(error, ApiFault):
        raise error
    return error.response()


async def _of_the_program(request: Request, error: Exception) -> Response:
    if not isinstance(error, IndexerError):
        raise error
    fault = explained(error)
    if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("a question could not be answered", path=request.url.path, why=str(error))
    return fault.response()


async def _of_the_request(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    lines = [f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors()]
    return ApiFault(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "; ".join(lines), hint=_SEE).response()


async def _of_http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    hint = _SEE if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) else None
    return ApiFault(status, code, str(error.detail), hint=hint).response(error.headers)


async def _defect(request: Request, error: Exception) -> Response:
    _log.error("a defect while answering", path=request.url.path, why=f"{type(error).__name__}: {error}")
    return explained(IndexerError()).response()


_SEE = "/v1/openapi.json describes every question"
