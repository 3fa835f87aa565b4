"""`/v1/accounts/{address}` and below, `/v1/owners/{address}`: one address."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from indexer.api.asking import AccountQuery, AddressPath, MomentQuery
from indexer.api.desk import Desk
from indexer.api.models.accounts import ExplainAnswer, LiquidationAnswer
from indexer.api.models.owners import AccountAnswer, OwnersAnswer
from indexer.api.routes.described import described
from indexer.reports.account import account_answer
from indexer.reports.envelope import Answer
from indexer.reports.explain import explain_answer
from indexer.reports.liquidation import liquidation_answer
from indexer.reports.snapshot import Snapshot

Moment = Annotated[MomentQuery, InQuery()]


def router(desk: Desk) -> APIRouter:
    """What is asked about one address."""
    made = APIRouter(tags=["accounts"])

    @made.get("/v1/accounts/{address}", responses=described(AccountAnswer), response_class=Response)
    async def account(request: Request, address: AddressPath, query: Annotated[AccountQuery, InQuery()]) -> Response:
        """Everything about an address: its accounts, their positions and terms, their owners over all protocols."""
        answer = desk.answer if query.target is None else desk.long_answer
        return await answer(request, lambda snapshot: account_answer(snapshot, address, query.measured), query)

    @made.get("/v1/accounts/{address}/explain", responses=described(ExplainAnswer), response_class=Response)
    async def explain(request: Request, address: AddressPath, query: Moment) -> Response:
        """Every step to the health factor, beside the contract's own answer and a call that reproduces it."""
        urls = desk.doors.settings.node.url if desk.doors.node is not None else []
        url = urls[0] if urls else None
        return await desk.long_answer(
            request, lambda snapshot: explain_answer(snapshot, address, url), query, is_lasting=url is None
        )

    @made.get("/v1/accounts/{address}/liquidation", responses=described(LiquidationAnswer), response_class=Response)
    async def liquidation(request: Request, address: AddressPath, query: Moment) -> Response:
        """The exact terms of a liquidation of every account of an address; none where the contract allows none."""
        return await desk.answer(request, lambda snapshot: liquidation_answer(snapshot, address), query)

    @made.get("/v1/owners/{address}", responses=described(OwnersAnswer), response_class=Response)
    async def owners(request: Request, address: AddressPath, query: Moment) -> Response:
        """The owners of an address's accounts over all protocols: sums, leverage, chains, what falls first."""
        return await desk.answer(request, lambda snapshot: _owners(snapshot, address), query)

    return made


def _owners(snapshot: Snapshot, address: str) -> Answer:
    return {name: value for name, value in account_answer(snapshot, address).items() if name != "accounts"}
