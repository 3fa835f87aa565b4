"""What every endpoint's description has in common: the answer, the errors, the headers."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from indexer.api.models.base import ErrorAnswer

_WHY = {
    HTTPStatus.BAD_REQUEST: "A cursor that is none, or is of another question.",
    HTTPStatus.NOT_FOUND: "Nobody of that name here, or a block that is not available.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Only GET.",
    HTTPStatus.GONE: "The block of the cursor was orphaned or cannot be loaded any more: start again.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter that is wrong, unknown or given twice.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A defect of the program.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not ready, busy, or the database is away: Retry-After says when to ask again.",
}
_HEADERS = {
    "ETag": {"schema": {"type": "string"}, "description": "Weak: block hash, edition, head and finality."},
    "Lag-Blocks": {"schema": {"type": "string"}, "description": "`lag_blocks` now, of a 304 too."},
    "Lag-Seconds": {"schema": {"type": "string"}, "description": "`lag_seconds` now, of a 304 too."},
}
_ERRORS = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)

Responses = dict[int | str, dict[str, Any]]


def described(model: type[BaseModel], *, paged: bool = False, cached: bool = True) -> Responses:
    """The `responses` of an endpoint that answers with `model`."""
    errors = [*_ERRORS, *((HTTPStatus.BAD_REQUEST, HTTPStatus.GONE) if paged else ())]
    found: Responses = {200: {"model": model, "description": _first_line(model)}}
    if cached:
        found[200]["headers"] = _HEADERS
        found[304] = {"description": "It is what If-None-Match has.", "headers": _HEADERS}
    return found | {int(each): {"model": ErrorAnswer, "description": _WHY[each]} for each in sorted(errors)}


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
