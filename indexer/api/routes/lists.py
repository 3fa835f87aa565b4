"""`/v1/at-risk`, `/v1/liquidatable`, `/v1/accounts`, `/v1/liquidations`: the lists, page by page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from indexer.api.answered import Answered
from indexer.api.asking import LiquidationsQuery, PageQuery, WatchQuery
from indexer.api.cursor import Position
from indexer.api.desk import Desk
from indexer.api.listings import (
    ACCOUNTS,
    AT_RISK,
    LIQUIDATABLE,
    LIQUIDATIONS,
    accounts_page,
    accounts_shape,
    liquidations_page,
    liquidations_shape,
)
from indexer.api.models.accounts import AccountsAnswer, AtRiskAnswer, LiquidatableAnswer
from indexer.api.models.tables import LiquidationsAnswer
from indexer.api.routes.described import described
from indexer.reports.snapshot import Snapshot


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

        def make(snapshot: Snapshot, asked: PageQuery, after: Position | None) -> Answered:
            return accounts_page(snapshot, desk.places, asked, after)

        return await desk.page(request, ACCOUNTS, query, accounts_shape, make)

    @made.get("/v1/liquidations", responses=described(LiquidationsAnswer, paged=True), response_class=Response)
    async def liquidations(request: Request, query: Annotated[LiquidationsQuery, InQuery()]) -> Response:
        """Liquidations as they happened, newest first: who, what, seized, bonus, bad debt, since when it was due."""

        def make(snapshot: Snapshot, asked: LiquidationsQuery, after: Position | None) -> Answered | None:
            store, ref = desk.doors.store, snapshot.ref
            with store.snapshot():
                there = desk.past.is_on_chain(ref.number, ref.hash)
                return liquidations_page(snapshot, store, asked, after) if there else None

        return await desk.page(request, LIQUIDATIONS, query, liquidations_shape, make)

    return made
