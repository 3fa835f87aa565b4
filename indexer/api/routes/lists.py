"""`/v1/at-risk`, `/v1/liquidatable`, `/v1/accounts`: the lists, page by page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from indexer.api.asking import PageQuery, WatchQuery
from indexer.api.desk import Desk
from indexer.api.listings import AT_RISK, LIQUIDATABLE
from indexer.api.models.accounts import AccountsAnswer, AtRiskAnswer, LiquidatableAnswer
from indexer.api.routes.described import described


def router(desk: Desk) -> APIRouter:
    """The lists of accounts."""
    made = APIRouter(tags=["accounts"])

    @made.get("/v1/at-risk", responses=described(AtRiskAnswer, paged=True), response_class=Response)
    async def at_risk(request: Request, query: Annotated[WatchQuery, InQuery()]) -> Response:
        """The watch list: who is liquidatable, or soon will be. Unknown accounts with debt are listed too, last."""
        return await desk.watch_page(request, AT_RISK, query)

    @made.get("/v1/liquidatable", responses=described(LiquidatableAnswer, paged=True), response_class=Response)
    async def liquidatable(request: Request, query: Annotated[WatchQuery, InQuery()]) -> Response:
        """Of the watch list those the contract would have liquidated, bad debt too, with the exact terms."""
        return await desk.watch_page(request, LIQUIDATABLE, query)

    @made.get("/v1/accounts", responses=described(AccountsAnswer, paged=True), response_class=Response)
    async def accounts(request: Request, query: Annotated[PageQuery, InQuery()]) -> Response:
        """Every account that has a position, suppliers and dust included, by deployment and address."""
        return await desk.accounts_page(request, query)

    return made
