"""`/v1/markets`, `/v1/prices`, `/v1/status`: what an analyst and an operator ask for."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from indexer.api.asking import Query, TableQuery
from indexer.api.desk import Desk
from indexer.api.models.tables import MarketsAnswer, PricesAnswer, StatusAnswer
from indexer.api.routes.described import described
from indexer.reports.answers import markets_answer, prices_answer
from indexer.reports.status import status_answer


def router(desk: Desk) -> APIRouter:
    """Tables."""
    made = APIRouter(tags=["tables"])

    @made.get("/v1/markets", responses=described(MarketsAnswer), response_class=Response)
    async def markets(request: Request, query: Annotated[TableQuery, InQuery()]) -> Response:
        """Every market: sizes, rates, limits and flags."""
        return await desk.answer(request, lambda snapshot: markets_answer(snapshot, query.deployment), query)

    @made.get("/v1/prices", responses=described(PricesAnswer), response_class=Response)
    async def prices(request: Request, query: Annotated[TableQuery, InQuery()]) -> Response:
        """The price each protocol uses, its feed, its age, and what is published but not visible yet."""
        return await desk.answer(request, lambda snapshot: prices_answer(snapshot, query.deployment), query)

    @made.get("/v1/status", responses=described(StatusAnswer, cached=False), response_class=Response)
    async def status(query: Annotated[Query, InQuery()]) -> Response:
        """Where the database stands: cursor, head, lag, finality, coverage, incidents, jobs. Answers always."""
        del query
        doors = desk.doors
        answer = await desk.light.once("status", lambda: status_answer(doors.store, doors.current.living.newest))
        body = msgspec.json.encode(answer)
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    return made
